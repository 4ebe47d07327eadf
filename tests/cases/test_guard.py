"""Guarded acts: two where two are needed, never for oneself, and never below what the constitution asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rosterdesk import (
    CALENDAR,
    DAY,
    FIRST,
    NOW,
    OFFICE,
    SEAT,
    SINCE,
    TODAY,
    TWO,
    RosterDesk,
    appoint,
    deputy,
)

from lastword.cases.acts import Act, RosterChange
from lastword.cases.constitution import GUARDED, Constitution, Guard
from lastword.cases.guard import WAITS, found, guarded
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Deputy, NameAt, Office, Officer, Person, Roster
from lastword.cases.rosterevents import EVENTS, KEPT, ProposalMade, RosterChanged, apply_roster
from lastword.errors import InputError

MADE, CONFIRMED, DONE, CHANGED = (
    "proposal.made",
    "proposal.confirmed",
    "proposal.carried_out",
    "roster.changed",
)


@pytest.fixture
def desk() -> RosterDesk:
    """Ann, Ben and Cleo keep the registry, two must act together; Dora decides, Eve holds nothing."""
    return RosterDesk()


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a refusal with a code, and words that say what to do or why."""
    with pytest.raises(ActRefused) as caught:
        yield
    assert caught.value.code == code
    assert caught.value.problems[0].what


# -- two together


def test_a_change_of_the_roster_takes_two_officers(desk: RosterDesk) -> None:
    """The first puts it forward, the second confirms it, and only then it is so."""
    assert desk.change("ann", appoint("eve")) == (MADE,)
    assert not desk.roster.holds("eve", SEAT, TODAY)
    assert desk.confirm("ben") == (CONFIRMED, DONE, CHANGED)
    assert desk.roster.holds("eve", SEAT, TODAY)
    (event,) = [one.event for one in desk.history if one.event.kind == CHANGED][1:]
    assert event.by == ("ann", "ben")


def test_the_same_change_done_again_by_another_officer_confirms_it(desk: RosterDesk) -> None:
    """Who agrees need not know that it waits."""
    desk.change("ann", appoint("eve"))
    assert desk.change("ben", appoint("eve")) == (CONFIRMED, DONE, CHANGED)


def test_different_contents_are_never_added_up(desk: RosterDesk) -> None:
    """Two officers who want different things have agreed on nothing (invariant 21)."""
    desk.change("ann", appoint("eve"))
    assert desk.change("ben", appoint("eve", since=TODAY + DAY)) == (MADE,)
    assert not desk.roster.holds("eve", SEAT, TODAY + DAY)


def test_nobody_confirms_the_own_proposal(desk: RosterDesk) -> None:
    """Neither by confirming it nor by putting it forward once more (invariant 8)."""
    desk.change("ann", appoint("eve"))
    with refused("already"):
        desk.confirm("ann")
    with refused("already"):
        desk.change("ann", appoint("eve"))


def test_another_id_of_the_same_human_confirms_nothing() -> None:
    """Ann holds the office under two ids and is still one."""
    desk = RosterDesk(
        first=(
            *FIRST,
            RosterChange(person=Person("ann2", "authority", same_as="ann")),
            RosterChange(officer=Officer(OFFICE, "ann2", SINCE)),
        )
    )
    desk.change("ann", appoint("eve"))
    with refused("already"):
        desk.confirm("ann2")


def test_an_officer_counts_once_in_person_or_through_a_deputy(desk: RosterDesk) -> None:
    """Ann's deputy cannot second Ann, nor Ann her deputy; for another officer's proposal the deputy counts."""
    desk.change("ann", deputy("eve", "ann"))
    desk.change("ann", RosterChange(office=Office("X/a", "X")))
    with refused("already"):
        desk.confirm("eve", principal="ann")
    desk.change("eve", RosterChange(office=Office("X/b", "X")), principal="ann")
    with refused("already"):
        desk.confirm("ann")
    desk.change("ben", RosterChange(office=Office("X/c", "X")))
    assert desk.confirm("eve", principal="ann") == (CONFIRMED, DONE, CHANGED)
    changed = desk.history[-1].event
    assert (changed.by, changed.principals) == (("ben", "eve"), ("", "ann"))


def test_who_holds_no_office_of_the_guard_can_neither_propose_nor_confirm(desk: RosterDesk) -> None:
    """Dora decides cases, which gives her nothing here; robots and strangers have nothing either."""
    for person in ("dora", "bot", "nobody", "worker", ""):
        with refused("not_seated"):
            desk.change(person, appoint("eve"))
    desk.change("ann", appoint("eve"))
    for person in ("dora", "bot", "nobody"):
        with refused("not_seated"):
            desk.confirm(person)


def test_a_term_that_ended_gives_no_say_but_what_was_said_in_it_stands(desk: RosterDesk) -> None:
    """One rule everywhere: a yes counts as of when it was given (invariant 15)."""
    desk.change("ann", appoint("eve"), proposal="p1")
    desk.change("cleo", RosterChange(end_officer=(OFFICE, "ann", TODAY)), proposal="p2")
    desk.confirm("ben", "p2")
    with refused("not_seated"):
        desk.change("ann", RosterChange(office=Office("X/a", "X")))
    assert desk.confirm("ben", "p1") == (CONFIRMED, DONE, CHANGED)


def test_what_can_no_longer_be_done_is_refused_when_it_comes_to_it(desk: RosterDesk) -> None:
    """It is judged on the state of the last confirmation, and that it failed is written."""
    desk.change("ann", appoint("eve"), proposal="p1")
    desk.change("ben", RosterChange(office=Office(SEAT, "GB/ECJU", closed=TODAY)), proposal="p2")
    desk.confirm("cleo", "p2")
    assert desk.confirm("ben", "p1") == (CONFIRMED, "proposal.refused")
    assert desk.proposals.all["p1"].state == "refused"
    assert desk.proposals.all["p1"].refused == "closed"
    with refused("final"):
        desk.confirm("cleo", "p1")


def test_a_proposal_lapses(desk: RosterDesk) -> None:
    """After thirty days nobody can bring it back, and the same may be put forward anew."""
    desk.change("ann", appoint("eve", since=date(2026, 9, 1)))
    desk.now = NOW + WAITS
    with refused("final"):
        desk.confirm("ben")
    assert desk.change("ben", appoint("eve", since=date(2026, 9, 1))) == (MADE,)


def test_a_second_proposal_cannot_take_the_id_of_another(desk: RosterDesk) -> None:
    """Nobody confirms something else than they think."""
    desk.change("ann", appoint("eve"), proposal="p1")
    with refused("exists"):
        desk.change("ben", appoint("dora", OFFICE), proposal="p1")
    desk.confirm("ben", "p1")
    with refused("exists"):
        desk.change("cleo", RosterChange(office=Office("X/a", "X")), proposal="p1")


def test_an_id_of_a_proposal_is_short_and_plain(desk: RosterDesk) -> None:
    """It is typed by whoever confirms."""
    for ident in ("two words", "x" * 65, "a/b", "-"):
        with refused("bad_id"):
            desk.change("ann", appoint("eve"), proposal=ident)


def test_what_waits_stays_however_much_is_over(desk: RosterDesk) -> None:
    """Of what is over the state keeps the last hundred; entries stay for ever."""
    desk.change("ann", appoint("eve"), proposal="first")
    for number in range(KEPT + 20):
        desk.change("ann", RosterChange(office=Office(f"X/{number}", "X")), proposal=f"p{number}")
        desk.confirm("ben", f"p{number}")
    assert len(desk.proposals.all) <= KEPT + 2
    assert desk.confirm("ben", "first") == (CONFIRMED, DONE, CHANGED)
    assert desk.roster.holds("eve", SEAT, TODAY)


def test_an_unknown_proposal_is_told(desk: RosterDesk) -> None:
    """It is never taken for a confirmed one."""
    with refused("no_such_proposal"):
        desk.confirm("ann", "nothing")


def test_a_change_that_one_officer_may_make_is_made_at_once() -> None:
    """Where the constitution asks for one."""
    desk = RosterDesk(Constitution({name: Guard(OFFICE) for name in GUARDED}))
    assert desk.change("ann", appoint("eve")) == (CHANGED,)


def test_what_no_guard_is_named_for_nobody_may_change(desk: RosterDesk) -> None:
    """A missing guard is never "free for all" (invariant 2)."""
    desk.constitution = Constitution({})
    with refused("not_guarded"):
        desk.change("ann", appoint("eve"))
    desk.constitution = Constitution({"roster": Guard(OFFICE, 0)})
    with refused("not_guarded"):
        desk.change("ann", appoint("eve"))


# -- never for oneself


def test_nobody_is_for_a_change_of_the_own_rights(desk: RosterDesk) -> None:
    """Neither as the one who proposes nor as the one who confirms (invariant 13)."""
    with refused("own_rights"):
        desk.change("ann", appoint("ann"))
    desk.change("ann", appoint("ben"))
    with refused("own_rights"):
        desk.confirm("ben")
    assert desk.confirm("cleo") == (CONFIRMED, DONE, CHANGED)


@pytest.mark.parametrize(
    "change",
    [
        RosterChange(person=Person("ann", "elsewhere")),
        RosterChange(person=Person("ann", "authority", acts_for=("acme",))),
        RosterChange(person=Person("ann", "authority", robot=False, same_as="eve")),
        RosterChange(person=Person("eve", "authority", same_as="ann")),
        RosterChange(person=Person("new", "authority", same_as="ann")),
        deputy("ann", "ben"),
        appoint("ann"),
    ],
)
def test_the_own_identity_and_firm_are_own_rights_too(desk: RosterDesk, change: RosterChange) -> None:
    """Whoever could leave the applicant's staff by an own act could decide the applicant's case."""
    with refused("own_rights"):
        desk.change("ann", change)


def test_an_id_of_oneself_cannot_be_cut_loose_by_oneself() -> None:
    """A second identity is a second vote."""
    desk = RosterDesk(first=(*FIRST, RosterChange(person=Person("ann2", same_as="ann"))))
    with refused("own_rights"):
        desk.change("ann", RosterChange(person=Person("ann2")))


def test_a_deputy_is_not_for_a_change_of_the_principals_rights(desk: RosterDesk) -> None:
    """What Ann may not do herself her deputy may not do for her."""
    desk.change("ann", deputy("eve", "ann"))
    with refused("own_rights"):
        desk.change("eve", appoint("ann"), principal="ann")
    desk.change("ben", appoint("ann"))
    with refused("own_rights"):
        desk.confirm("eve", principal="ann")


def test_whoever_loses_an_office_may_be_for_it(desk: RosterDesk) -> None:
    """Resigning raises nobody's rights."""
    desk.change("ann", RosterChange(end_officer=(OFFICE, "ann", TODAY)))
    assert desk.confirm("ben") == (CONFIRMED, DONE, CHANGED)


def test_who_appoints_the_guards_of_a_thing_needs_as_many_as_the_thing() -> None:
    """One registrar alone cannot fill the office that guards the keys with two friends."""
    keys = Constitution({**{name: Guard(OFFICE) for name in GUARDED}, "keys": Guard("ZZ/keys", 2)})
    desk = RosterDesk(
        keys,
        (
            *FIRST,
            RosterChange(office=Office("ZZ/keys", "ZZ")),
            *(RosterChange(officer=Officer("ZZ/keys", one, SINCE)) for one in ("ann", "dora")),
        ),
    )
    assert desk.change("ben", appoint("eve")) == (CHANGED,)
    assert desk.change("ben", appoint("eve", "ZZ/keys")) == (MADE,)
    assert desk.change("ben", RosterChange(person=Person("dora", "elsewhere"))) == (MADE,)


# -- deputies


def test_an_officer_names_the_own_deputy_alone(desk: RosterDesk) -> None:
    """For a time, without a second person."""
    assert desk.change("dora", deputy("eve", "dora", SEAT)) == (CHANGED,)
    assert desk.roster.capacity("eve", SEAT, "dora", TODAY)
    assert not desk.roster.capacity("eve", SEAT, "dora", date(2026, 6, 1))


def test_officer_and_deputy_may_both_end_it_alone(desk: RosterDesk) -> None:
    """From today on."""
    for person in ("dora", "eve"):
        desk.change("dora", deputy("eve", "dora", SEAT))
        assert desk.change(person, RosterChange(end_deputy=(SEAT, "dora", "eve", TODAY))) == (CHANGED,)
        assert desk.roster.deputies == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (deputy("bot", "dora", SEAT), "robot"),
        (deputy("dora", "dora", SEAT), "same_human"),
        (deputy("nobody", "dora", SEAT), "unknown_person"),
        (deputy("eve", "dora", OFFICE), "not_seated"),
        (deputy("eve", "dora", "X/none"), "unknown_office"),
        (deputy("eve", "dora", SEAT, since=date(2026, 2, 27)), "past"),
        (deputy("eve", "dora", SEAT, until=TODAY), "no_term"),
    ],
)
def test_a_deputy_who_cannot_be_is_refused(desk: RosterDesk, change: RosterChange, code: str) -> None:
    """A robot, oneself, a stranger, in an office one does not hold, backwards, for no time."""
    with refused(code):
        desk.change("dora", change)


def test_a_deputy_names_no_deputy(desk: RosterDesk) -> None:
    """One step deep: neither in the own name nor in the officer's."""
    desk.change("dora", deputy("eve", "dora", SEAT))
    with refused("not_seated"):
        desk.change("eve", deputy("ben", "eve", SEAT))
    with refused("not_seated"):
        desk.change("eve", deputy("ben", "dora", SEAT), principal="dora")


def test_nobody_names_a_deputy_for_somebody_else_alone(desk: RosterDesk) -> None:
    """That is a change like any other."""
    with refused("not_seated"):
        desk.change("eve", deputy("ben", "dora", SEAT))
    assert desk.change("ann", deputy("eve", "dora", SEAT)) == (MADE,)


# -- what cannot be


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (RosterChange(), "no_change"),
        (RosterChange(office=Office("X/a", "X"), person=Person("x")), "no_change"),
        (RosterChange(person=Person("eve", "authority")), "no_change"),
        (appoint("bot"), "robot"),
        (appoint("nobody"), "unknown_person"),
        (appoint("eve", "X/none"), "unknown_office"),
        (appoint("eve", since=date(2026, 2, 27)), "past"),
        (appoint("eve", until=TODAY), "no_term"),
        (appoint("dora"), "exists"),
        (appoint("dora", until=date(2027, 1, 1)), "exists"),
        (RosterChange(end_officer=(SEAT, "eve", TODAY)), "no_term"),
        (RosterChange(end_officer=(SEAT, "dora", date(2026, 2, 27))), "past"),
        (RosterChange(end_deputy=(SEAT, "dora", "eve", TODAY)), "no_term"),
        (RosterChange(person=Person("has space")), "bad_id"),
        (RosterChange(person=Person("")), "bad_id"),
        (RosterChange(person=Person("Eve")), "bad_id"),
        (RosterChange(person=Person("worker")), "bad_id"),
        (RosterChange(person=Person("eve\u200b")), "bad_id"),
        (RosterChange(person=Person("eve", same_as="nobody")), "unknown_person"),
        (RosterChange(person=Person("eve", same_as="eve")), "ring"),
        (RosterChange(person=Person("dora", "authority", robot=True)), "robot"),
        (RosterChange(office=Office("X/a", "")), "no_authority"),
        (RosterChange(office=Office(SEAT, "US/BIS")), "exists"),
        (RosterChange(office=Office(SEAT, "GB/ECJU", closed=date(2026, 2, 27))), "past"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_its_reason(
    desk: RosterDesk, change: RosterChange, code: str
) -> None:
    """At once, not when somebody confirms it (invariant 4); and nothing has changed."""
    before = desk.roster, desk.proposals
    with refused(code):
        desk.change("ann", change)
    assert (desk.roster, desk.proposals) == before


def test_terms_that_began_elsewhere_are_taken_over_with_their_office(desk: RosterDesk) -> None:
    """Where nobody can have acted in an office here a term may have begun long ago; later nothing is changed backwards."""
    new = RosterChange(office=Office("X/desk", "X"))
    old = date(2019, 5, 1)
    desk.change("ann", new, appoint("eve", "X/desk", old), appoint("dora", "X/desk", old, date(2021, 1, 1)))
    desk.confirm("ben")
    assert desk.roster.holders("X/desk", TODAY) == ("eve",)
    with refused("past"):
        desk.change("ann", appoint("dora", "X/desk", date(2022, 1, 1)))


def test_all_of_a_change_or_none(desk: RosterDesk) -> None:
    """The good half is not kept."""
    with refused("unknown_person"):
        desk.change("ann", RosterChange(office=Office("X/a", "X")), appoint("nobody"))
    assert "X/a" not in desk.roster.offices


def test_a_ring_of_ids_is_refused_over_several_changes(desk: RosterDesk) -> None:
    """Also within one act."""
    with refused("ring"):
        desk.change(
            "ann",
            RosterChange(person=Person("dora", same_as="eve")),
            RosterChange(person=Person("eve", same_as="dora")),
        )


def test_a_closed_office_stays_closed(desk: RosterDesk) -> None:
    """Who held it does not come back to power by a change of a date."""
    desk.change("ann", RosterChange(office=Office(SEAT, "GB/ECJU", closed=TODAY)))
    desk.confirm("ben")
    with refused("closed"):
        desk.change("ann", RosterChange(office=Office(SEAT, "GB/ECJU")))


def test_a_term_is_only_ever_made_shorter_by_an_end(desk: RosterDesk) -> None:
    """A longer one is a new appointment."""
    desk.change("ann", appoint("eve", until=date(2026, 4, 1)))
    desk.confirm("ben")
    with refused("no_term"):
        desk.change("ann", RosterChange(end_officer=(SEAT, "eve", date(2026, 5, 1))))


def test_a_term_that_has_not_begun_can_be_taken_back(desk: RosterDesk) -> None:
    """It then never was."""
    desk.change("ann", appoint("eve", since=date(2026, 5, 1)))
    desk.confirm("ben")
    desk.change("ann", RosterChange(end_officer=(SEAT, "eve", TODAY)))
    desk.confirm("ben")
    assert [one.person for one in desk.roster.officers if one.office == SEAT] == ["dora"]


def test_today_is_today_wherever_one_is(desk: RosterDesk) -> None:
    """At noon UTC it is still the second of March in the far west, and yesterday is over everywhere."""
    assert desk.change("ann", appoint("eve", since=date(2026, 3, 2))) == (MADE,)
    desk.now = NOW.replace(hour=6)
    assert desk.change("ann", appoint("eve", since=date(2026, 3, 1))) == (MADE,)


@pytest.mark.parametrize(
    "change",
    [
        RosterChange(end_officer=(OFFICE, "ben", TODAY)),
        RosterChange(end_officer=(OFFICE, "ben", date(2026, 9, 1))),
        RosterChange(office=Office(OFFICE, "ZZ", closed=date(2026, 9, 1))),
    ],
)
def test_a_guard_is_never_left_with_fewer_than_it_needs(change: RosterChange) -> None:
    """Neither now nor later; the number that is needed stays (invariant 16)."""
    desk = RosterDesk(first=tuple(one for one in FIRST if one.officer != Officer(OFFICE, "cleo", SINCE)))
    before = desk.constitution
    with refused("too_few"):
        desk.change("ann", change)
    assert desk.constitution == before
    assert desk.change("ann", appoint("eve", OFFICE), RosterChange(end_officer=(OFFICE, "ben", TODAY))) == (
        MADE,
    )


def test_two_officers_who_become_one_human_count_once() -> None:
    """A guard of three is not left with three ids of two."""
    desk = RosterDesk(Constitution({name: Guard(OFFICE, 3) for name in GUARDED}))
    with refused("too_few"):
        desk.change("cleo", RosterChange(person=Person("ben", "authority", same_as="ann")))


# -- names


def test_a_name_is_an_erasable_text_and_never_in_the_entry(desk: RosterDesk) -> None:
    """The roster knows where it stands: with the proposal that brought it."""
    desk.change("ann", RosterChange(person=Person("fay"), name="Fay Winter"))
    made = desk.history[-1]
    assert isinstance(made.event, ProposalMade)
    assert made.texts == {"changes.0.name": "Fay Winter"}
    desk.confirm("ben")
    for one in desk.history:
        assert b"Winter" not in msgspec.json.encode(one.event)
    where = desk.roster.names["fay"]
    assert where.stream == "proposals"
    assert desk.history[-3 - 1].texts[where.at.name] == "Fay Winter"
    assert desk.proposals.all[next(iter(desk.proposals.all))].no == where.at.no


def test_names_at_the_foundation_stand_in_the_first_entry_of_the_roster(desk: RosterDesk) -> None:
    """Under the name of the person's id."""
    where = desk.roster.names["ann"]
    assert (where.stream, where.at.no) == ("roster", 1)
    assert desk.history[0].texts[where.at.name] == "Ann"
    assert isinstance(where, NameAt)


# -- calendars, foundation, other guarded acts


def test_calendars_are_put_in_force_by_two(desk: RosterDesk) -> None:
    """Those not named stay."""
    later = replace(CALENDAR, last=date(2030, 12, 31))
    assert desk.set_calendars("ann", later) == (MADE,)
    assert desk.confirm("ben") == (CONFIRMED, DONE, "calendar.set")
    assert desk.calendars.all == {"gb": later}
    with refused("no_change"):
        desk.set_calendars("ann", later)


def test_a_calendar_that_makes_no_sense_is_refused(desk: RosterDesk) -> None:
    """One without a working day, for instance, by which no time would ever pass."""
    for wrong in (replace(CALENDAR, weekend=tuple(range(7))), replace(CALENDAR, zone="Nowhere/None")):
        with refused("bad_calendar"):
            desk.set_calendars("ann", wrong)


def constitution_said(constitution: Constitution, first: tuple[RosterChange, ...] = FIRST) -> str:
    """Return why a record cannot be founded so."""
    with pytest.raises(InputError) as caught:
        found(constitution, first, (), NOW)
    return str(caught.value)


def test_a_record_is_not_founded_on_what_nobody_could_ever_do() -> None:
    """Everything at once: missing guards, none needed, offices that do not exist, too few to hold them."""
    said = constitution_said(
        Constitution({
            "roster": Guard(OFFICE, 4),
            "keys": Guard(OFFICE, 0),
            "rules": Guard("X/none"),
            "typo": Guard(OFFICE),
        })
    )  # fmt: skip
    assert "nobody may ever change `facts`" in said
    assert "`roster` needs 4 officers of `ZZ/registry`, and it has 3" in said
    assert "`keys` needs 0 officers" in said
    assert "the office `X/none`, which does not exist" in said
    assert "`typo` is nothing that a constitution guards" in said


def test_the_registry_must_be_able_to_appoint_every_guard() -> None:
    """If the keys need three, so does appointing who guards them."""
    first = (
        *FIRST,
        RosterChange(office=Office("K", "ZZ")),
        *(RosterChange(officer=Officer("K", one, SINCE)) for one in ("ann", "ben", "dora", "eve")),
    )
    said = constitution_said(Constitution({**TWO.guards, "keys": Guard("K", 4)}), first)
    assert "who appoints the guards of a thing needs as many as the thing: 4 officers" in said


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Act):
    """An act that only an edge can carry out."""

    digest: str


def test_an_act_of_an_edge_goes_once_two_are_for_it(desk: RosterDesk) -> None:
    """After confirmation whoever was for it does it, once; the same act by a second officer does it too."""
    first = guarded("facts", Load(person="ann", digest="d1"), desk.world, NOW)
    assert not first.goes
    desk.keep(first.written)
    assert desk.confirm("ben") == (CONFIRMED,)
    with refused("not_seated"):
        guarded("facts", Load(person="dora", digest="d1"), desk.world, NOW)
    leave = guarded("facts", Load(person="ann", digest="d1"), desk.world, NOW)
    assert (leave.goes, leave.by) == (True, ("ann", "ben"))
    assert desk.keep(leave.written) == (DONE,)
    assert not guarded("facts", Load(person="ann", digest="d1"), desk.world, NOW).goes
    assert not guarded("facts", Load(person="ann", digest="d2"), desk.world, NOW).goes
    assert not guarded("rules", Load(person="ben", digest="d1"), desk.world, NOW).goes


def test_a_confirmed_act_of_an_edge_lapses_too(desk: RosterDesk) -> None:
    """Nobody carries out next year what two wanted today."""
    desk.keep(guarded("facts", Load(person="ann", digest="d1"), desk.world, NOW).written)
    desk.confirm("ben")
    assert not guarded("facts", Load(person="ann", digest="d1"), desk.world, NOW + WAITS).goes


def test_a_threshold_that_rose_while_something_waited_counts(desk: RosterDesk) -> None:
    """What waits is judged by the constitution of the last confirmation; one that fell lowers nothing."""
    desk.change("ann", appoint("eve"))
    desk.constitution = Constitution({name: Guard(OFFICE, 3) for name in GUARDED})
    assert desk.confirm("ben") == (CONFIRMED,)
    desk.constitution = Constitution({name: Guard(OFFICE, 1) for name in GUARDED})
    assert desk.confirm("cleo") == (CONFIRMED, DONE, CHANGED)


def test_every_kind_of_event_has_its_own_name() -> None:
    """As `area.word` in lower case."""
    kinds = [event.kind for event in EVENTS]  # type: ignore[attr-defined]
    assert len(set(kinds)) == len(kinds)
    assert all(kind.replace(".", "").replace("_", "").islower() for kind in kinds)


# -- whatever they do

PEOPLE = ("ann", "ben", "cleo", "dora", "eve", "ann2", "bot")
WHO = st.sampled_from(PEOPLE)
WHERE = st.sampled_from([OFFICE, SEAT])
WHEN = st.integers(0, 40).map(lambda days: TODAY + days * DAY)
CHANGES = st.one_of(
    st.builds(lambda o, p, d: RosterChange(officer=Officer(o, p, d)), WHERE, WHO, WHEN),
    st.builds(lambda o, p, d: RosterChange(end_officer=(o, p, d)), WHERE, WHO, WHEN),
    st.builds(
        lambda o, p, q, d: RosterChange(deputy=Deputy(o, p, q, d, d + 20 * DAY)), WHERE, WHO, WHO, WHEN
    ),
    st.builds(lambda o, p, q, d: RosterChange(end_deputy=(o, p, q, d)), WHERE, WHO, WHO, WHEN),
    st.builds(
        lambda p, s, r: RosterChange(person=Person(p, "authority", r, s)),
        WHO,
        st.sampled_from(["", *PEOPLE]),
        st.booleans(),
    ),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), WHO, st.sampled_from(["", *PEOPLE]), st.lists(CHANGES, min_size=1, max_size=2)),
        st.tuples(st.just("confirm"), WHO, st.sampled_from(["", *PEOPLE]), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.just(""), st.just(""), st.integers(1, 10)),
    ),
    max_size=25,
)  # fmt: skip


def own_deputies(event: RosterChanged) -> bool:
    """Say whether an event is about deputies of the one who made it, or of which that one is one."""
    rest = (event.offices, event.persons, event.officers_gone, event.officers_came)
    terms = (*event.deputies_gone, *event.deputies_came)
    return not any(rest) and all(event.by[0] in (one.principal, one.person) for one in terms)


@settings(max_examples=120, deadline=None)
@given(STEPS)
def test_no_sequence_of_acts_lets_one_human_do_what_needs_two(
    steps: list[tuple[str, str, str, object]],
) -> None:
    """Whatever people try: a change has two humans behind it unless it is about own deputies; nobody gains by an act that they
    were for; a guard keeps as many officers as it needs; and replaying the entries gives the same roster.
    """
    desk = RosterDesk(first=(*FIRST, RosterChange(person=Person("ann2", same_as="ann"))))
    for kind, person, principal, what in steps:
        before, told = desk.roster, len(desk.history)
        try:
            if kind == "wait":
                desk.now += int(str(what)) * DAY
            elif kind == "change":
                assert isinstance(what, list)
                desk.change(person, *what, principal=principal)
            elif desk.proposals.all:
                ids = list(desk.proposals.all)
                desk.confirm(person, ids[int(str(what)) % len(ids)], principal=principal)
        except ActRefused:
            assert desk.roster == before
            assert len(desk.history) == told
        today = desk.now.date()
        for one in desk.history[told:]:
            if not isinstance(one.event, RosterChanged) or own_deputies(one.event):
                continue
            humans = {before.human(name) for name in one.event.by}
            assert len(humans) >= 2
            event = one.event
            gained = {term.person for term in event.officers_came}
            gained |= {term.person for term in event.deputies_came}
            lost = {term.person for term in event.officers_gone}
            lost |= {term.person for term in event.deputies_gone}
            assert humans.isdisjoint(before.human(name) for name in gained - lost)
            assert humans.isdisjoint(before.human(name.id) for name in one.event.persons)
        holders = {desk.roster.human(name) for name in desk.roster.holders(OFFICE, today)}
        assert len(holders) >= 2
        assert not any(one.person == "bot" for one in desk.roster.officers)
    replayed = Roster()
    for one in desk.history:
        if one.stream == "roster":
            replayed = apply_roster(replayed, one.event)
    assert msgspec.to_builtins(replayed) == msgspec.to_builtins(desk.roster)
