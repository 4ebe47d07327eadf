"""Using licences: one use takes all that it needs or none, exactly, once, and judged again each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from licencedesk import (
    DAY,
    NOW,
    XA,
    YB,
    Desk,
    assessment,
    decided,
    decision,
    granted_desk,
    open_case,
    use,
    world,
)

from lastword.cases.acts import ChangeLicence, PassTime, UseLicences
from lastword.cases.licence import LARGEST, Line, is_quantity
from lastword.cases.licensing import licence_dues
from lastword.cases.refusal import ActRefused
from lastword.cases.using import licences_for, needs_of


def refused(desk: Desk, act: Any, code: str, at: Any = NOW, *, today: bool = True) -> ActRefused:
    """Hand in an act that must be refused with ``code``, and see that no ledger moved by it."""
    before = {ident: one.lines for ident, one in desk.world.licences.items()}
    with pytest.raises(ActRefused) as caught:
        desk.do(act, at, today=today)
    assert caught.value.code == code, caught.value
    if not caught.value.due:
        assert {ident: one.lines for ident, one in desk.world.licences.items()} == before
    return caught.value


def amounts(desk: Desk, licence: str, item: str = "1") -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return available, reserved, used, over."""
    line = desk.licence(licence).lines[item]
    return line.available, line.reserved, line.used, line.over


def D(*words: str) -> tuple[Decimal, ...]:
    """Return exact numbers."""
    return tuple(Decimal(one) for one in words)


def test_a_use_draws_on_every_licence_it_names_for_the_items_on_it() -> None:
    """Ten pieces and a weight: the first licence loses both, the second, which has only the pieces, loses these."""
    desk = granted_desk()
    written = desk.do(use("use", "k1", {"1": "10", "2": "0.25"}))
    assert [one.stream for one in written] == ["licence/L-1", "licence/L-2"]
    assert amounts(desk, "L-1") == D("90", "0", "10", "0")
    assert amounts(desk, "L-1", "2") == D("50.25", "0", "0.25", "0")
    assert amounts(desk, "L-2") == D("90", "0", "10", "0")


def test_a_use_that_one_licence_cannot_carry_takes_nothing_from_the_other() -> None:
    """All or none: the second licence has only 5 left, so the first keeps all it had."""
    desk = Desk(world(open_case()))
    desk.issue("L-1", XA, decision(("1", "grant", None), ("2", "grant", None)))
    desk.issue("L-2", YB, decision(("1", "grant", "5")))
    error = refused(desk, use("use", "k1", {"1": "6"}), "not_enough")
    assert "L-2 has left, 5" in str(error)
    assert amounts(desk, "L-1") == D("100", "0", "0", "0")


def test_a_use_must_name_every_licence_that_it_needs() -> None:
    """A use of the first licence alone is refused while today's answer asks for the second consent, which is named."""
    desk = granted_desk()
    error = refused(desk, use("use", "k1", {"1": "1"}, licences=("L-1",)), "licence_missing")
    assert "L-2" in str(error)
    desk.do(use("use", "k1", {"2": "1"}, licences=("L-1",)))


def test_the_licences_that_a_use_needs_are_told_beforehand() -> None:
    """For the pieces both licences, for the weight one; one that is suspended is not told."""
    desk = granted_desk()
    case, answer = desk.world.case, desk.world.assessment
    assert case is not None
    assert answer is not None
    assert licences_for(["1"], case, answer, desk.world.licences, NOW) == ("L-1", "L-2")
    assert licences_for(["2"], case, answer, desk.world.licences, NOW) == ("L-1",)
    desk.do(ChangeLicence(person="uma", licence="L-2", to="suspend", ground="1"))
    assert licences_for(["2", "1"], case, answer, desk.world.licences, NOW) == ("L-1",)


def test_where_a_need_has_alternatives_one_whole_alternative_is_enough() -> None:
    """Either the first consent or the second will do: a use of the second licence alone goes."""
    desk = granted_desk()
    either = assessment(needs=(((XA,), (YB,)),))
    desk.world = replace(desk.world, assessment=either)
    assert needs_of(either, "1") == (((XA,), (YB,)),)
    assert needs_of(either, "2") == (((XA,),),)
    desk.do(use("use", "k1", {"1": "1"}, licences=("L-2",)))
    assert amounts(desk, "L-1") == D("100", "0", "0", "0")


def test_a_consent_that_no_need_names_is_needed_all_the_same() -> None:
    """An answer that lists a consent but no need of it never makes the consent superfluous; nor does a key it lacks."""
    assert needs_of(assessment(needs=()), "1") == (((XA,),), ((YB,),))
    assert needs_of(assessment(needs=(((XA, "no such key"),),)), "1") == (
        ((XA, "no such key"),),
        ((YB,),),
    )


def test_a_consent_found_not_required_for_an_item_needs_no_licence() -> None:
    """The officer of the second authority ruled `not required`: the first licence is all that a use needs."""
    case = decided(YB, open_case(), decision(("1", "not_required", None)))
    desk = Desk(world(case))
    desk.issue("L-1", XA, decision(("1", "grant", None)))
    desk.do(use("use", "k1", {"1": "1"}, licences=("L-1",)))
    desk.world = replace(desk.world, case=None)
    refused(desk, use("use", "k2", {"1": "1"}, licences=("L-1",)), "answer_changed")


def test_a_consent_that_is_not_granted_yet_stops_a_use() -> None:
    """The second authority has not decided: the first licence can be used for the weight only."""
    desk = Desk(world(open_case()))
    desk.issue("L-1", XA, decision(("1", "grant", None), ("2", "grant", None)))
    refused(desk, use("reserve", "k1", {"1": "1"}, licences=("L-1",)), "not_granted")


@pytest.mark.parametrize("mode", ["reserve", "use"])
def test_a_use_is_refused_while_the_answer_on_hand_is_not_of_today(mode: str) -> None:
    """No answer, one on older facts or rules, or one of yesterday: it is asked again first."""
    desk = granted_desk()
    good = assessment()
    for answer in (
        None,
        replace(good, facts=0),
        replace(good, rules=2),
        replace(good, day=(NOW - DAY).date()),
    ):
        desk.world = replace(desk.world, assessment=answer)
        refused(desk, use(mode, "k1", {"1": "1"}), "stale_answer", today=False)


def test_the_answer_is_of_the_day_that_it_is_where_one_of_the_case_is_decided() -> None:
    """At 23:30 UTC it is the next day in Berlin and still this one in New York: either will do, and no third."""
    desk = granted_desk()
    late = NOW.replace(hour=23, minute=30)
    for past in (-1, 0, 1, 2):
        day = (late + past * DAY).date()
        desk.world = replace(desk.world, assessment=replace(assessment(), day=day))
        act = use("use", f"k{past + 1}", {"1": "1"})
        if past in (0, 1):
            assert desk.do(act, late, today=False)
        else:
            refused(desk, act, "stale_answer", late, today=False)


def test_invariant_25_a_yes_is_judged_again_at_each_use() -> None:
    """A rule that is in force since the grant asks for a third consent: reserve, use and confirm are refused, naming it."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "5"}))
    new = "ZD/AGENCY:permit"
    answer = assessment(rules=2, consents={XA: ("1", "2"), YB: ("1",), new: ("1",)})
    desk.world = replace(desk.world, rules=2, assessment=answer)
    for act in (use("reserve", "k1", {"1": "1"}), use("use", "k1", {"1": "1"}), use("confirm", "r1")):
        assert new in str(refused(desk, act, "answer_changed"))
    desk.do(use("use", "k2", {"2": "1"}, licences=("L-1",)))


def test_a_stale_licence_is_judged_again_and_the_entry_says_at_which_facts_and_rules() -> None:
    """Facts moved on, the answer asks for no more: the licence says so before it is used, and only once."""
    desk = granted_desk()
    desk.world = replace(desk.world, facts=7)
    written = desk.do(use("use", "k1", {"1": "1"}))
    assert [one.event.kind for one in written] == ["licence.rejudged", "licence.used"] * 2
    assert (desk.licence("L-1").facts, desk.licence("L-2").facts) == (7, 7)
    assert [one.event.kind for one in desk.do(use("use", "k2", {"1": "1"}))] == ["licence.used"] * 2


def test_a_prohibition_that_arises_stops_uses_of_what_it_forbids() -> None:
    """The pieces are prohibited now, the weight is not; a prohibition that no outcome shows stops both.

    The rule is not named: the holder may be nobody who may see it.
    """
    desk = granted_desk()
    forbidden = assessment(prohibitions=("a-ban",), outcomes={"1": "prohibited", "2": "consent"})
    desk.world = replace(desk.world, assessment=forbidden)
    assert "a-ban" not in str(refused(desk, use("use", "k1", {"1": "1"}), "answer_changed"))
    desk.do(use("use", "k2", {"2": "1"}, licences=("L-1",)))
    desk.world = replace(desk.world, assessment=assessment(prohibitions=("a-ban",)))
    refused(desk, use("use", "k3", {"2": "1"}, licences=("L-1",)), "answer_changed")


def test_a_prohibition_that_the_licensed_consent_lifts_does_not_stop_its_use() -> None:
    """The answer still says `prohibited`, but the consent that lifts it is granted and in the use."""
    desk = granted_desk()
    answer = assessment(consents={XA: ("1",)}, outcomes={"1": "prohibited", "2": "consent"})
    lifting = replace(answer, consents=(replace(answer.consents[0], lifts=True),))
    desk.world = replace(desk.world, assessment=lifting)
    desk.do(use("use", "k1", {"1": "1"}, licences=("L-1",)))
    desk.world = replace(desk.world, assessment=answer)
    refused(desk, use("use", "k2", {"1": "1"}, licences=("L-1",)), "answer_changed")


def test_what_lifts_the_prohibition_of_one_item_lifts_that_of_no_other() -> None:
    """The first consent lifts it for the weight alone; the pieces stand on the same licence and stay prohibited."""
    desk = granted_desk()
    outcomes = {"1": "prohibited", "2": "prohibited"}
    answer = assessment(consents={XA: ("2",), YB: ("1",)}, outcomes=outcomes)
    lifting = replace(answer, consents=(replace(answer.consents[0], lifts=True), answer.consents[1]))
    desk.world = replace(desk.world, assessment=lifting)
    refused(desk, use("use", "k1", {"1": "1"}), "answer_changed")
    desk.do(use("use", "k2", {"2": "1"}, licences=("L-1",)))


def test_missing_facts_stop_a_use_only_where_no_certain_consent_covers_the_item() -> None:
    """Unknown, yet the certain consents are granted: it goes. Unknown with no consent at all: it does not."""
    desk = granted_desk()
    unknown = {"1": "unknown", "2": "unknown"}
    desk.world = replace(desk.world, assessment=assessment(settled=False, outcomes=unknown))
    desk.do(use("use", "k1", {"1": "1", "2": "1"}))
    bare = assessment(settled=False, outcomes=unknown, consents={YB: ("1",)})
    desk.world = replace(desk.world, assessment=bare)
    refused(desk, use("use", "k2", {"2": "1"}, licences=("L-1",)), "not_settled")


@pytest.mark.parametrize("outcomes", [{}, {"1": "no such outcome"}, {"1": "consent", "2": "consent"}])
def test_an_answer_that_does_not_say_what_an_item_needs_never_lets_it_go(
    outcomes: Mapping[str, str],
) -> None:
    """No outcome, one that nobody knows, or `consent` without saying whose."""
    desk = granted_desk()
    desk.world = replace(desk.world, assessment=assessment(consents={}, outcomes=outcomes))
    refused(desk, use("use", "k1", {"1": "1"}), "answer_changed")


def test_what_needs_nothing_any_more_may_still_be_drawn() -> None:
    """The law became milder: a use of the licences is booked all the same."""
    desk = granted_desk()
    desk.world = replace(
        desk.world, assessment=assessment(consents={}, outcomes={"1": "free", "2": "pending"})
    )
    desk.do(use("use", "k1", {"1": "1", "2": "1"}))
    assert amounts(desk, "L-2")[2] == 1


def test_a_reservation_holds_its_quantities_until_it_is_confirmed_and_the_rest_is_released() -> None:
    """40 reserved, 25 confirmed: 25 are used, 75 are available again."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "40"}))
    assert amounts(desk, "L-2") == D("60", "40", "0", "0")
    refused(desk, use("use", "k1", {"1": "61"}), "not_enough")
    refused(desk, use("confirm", "r1", {"1": "41"}), "not_enough")
    desk.do(use("confirm", "r1", {"1": "25"}))
    assert amounts(desk, "L-1") == amounts(desk, "L-2") == D("75", "0", "25", "0")


def test_a_confirmation_without_quantities_takes_all_that_was_reserved() -> None:
    """Also of two items, of which the second licence has only one."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "40", "2": "1"}))
    desk.do(use("confirm", "r1"))
    assert amounts(desk, "L-1") == amounts(desk, "L-2") == D("60", "0", "40", "0")
    assert amounts(desk, "L-1", "2") == D("49.5", "0", "1", "0")


def test_a_part_that_leaves_nothing_for_one_licence_releases_it_there() -> None:
    """Only the weight went: the second licence, which has none of it, gets its pieces back."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "40", "2": "1"}))
    part = use("confirm", "r1", {"2": "1"})
    assert [one.event.kind for one in desk.do(part)] == ["licence.confirmed", "licence.released"]
    assert amounts(desk, "L-1") == amounts(desk, "L-2") == D("100", "0", "0", "0")
    assert desk.do(part) == ()


def test_a_reservation_expires_by_itself_at_its_instant() -> None:
    """In time is before the due instant; at the instant it is released, also where a confirmation comes just then."""
    desk = granted_desk()
    until = NOW + DAY
    desk.do(use("reserve", "r1", {"1": "40"}, expires=until))
    assert ("reservation:r1", until) in licence_dues(desk.licence("L-1"))
    error = refused(desk, use("confirm", "r1"), "not_reserved", until)
    assert [one.event.kind for one in error.due] == ["licence.released"] * 2
    assert [one.event.at for one in error.due] == [until] * 2
    assert amounts(desk, "L-1") == D("100", "0", "0", "0")


def test_a_confirmation_one_moment_before_the_reservation_expires_is_in_time() -> None:
    """Now < due."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "40"}, expires=NOW + DAY))
    desk.do(use("confirm", "r1"), NOW + DAY - timedelta(microseconds=1))
    assert amounts(desk, "L-1")[2] == 40


def test_a_reservation_needs_an_expiry_that_is_still_to_come() -> None:
    """None, one without a zone, or one that is over is refused; one beyond the licence's time ends with the licence."""
    desk = granted_desk()
    for expires in (NOW, NOW.replace(tzinfo=None) + DAY):
        refused(desk, use("reserve", "r1", {"1": "1"}, expires=expires), "bad_expiry")
    bare = replace(use("reserve", "r1", {"1": "1"}), expires=None)
    refused(desk, bare, "bad_expiry")
    desk.do(use("reserve", "r1", {"1": "1"}, expires=NOW + 9999 * DAY))
    assert desk.licence("L-1").uses["r1"].expires == desk.licence("L-1").valid_until


def test_invariant_37_a_repeated_use_with_the_same_key_writes_nothing_more() -> None:
    """The answer was lost and the act is sent again, even after suspension: the ledger moves once, the result is the same."""
    desk = granted_desk()
    acts = [
        use("use", "k1", {"1": "10"}),
        use("reserve", "r1", {"1": "5"}),
        use("confirm", "r1", {"1": "4"}),
        use("return", "k1", {"1": "2"}),
        use("report", "m1", {"1": "3"}),
        use("reserve", "r2", {"1": "5"}),
        use("release", "r2"),
    ]
    for act in acts:
        assert desk.do(act)
        assert desk.do(act) == ()
    before = dict(desk.world.licences)
    desk.do(ChangeLicence(person="olga", licence="L-1", to="suspend", ground="1"))
    for act in acts:
        assert desk.do(act) == ()
    assert desk.world.licences["L-2"] == before["L-2"]
    assert amounts(desk, "L-1") == D("85", "0", "15", "0")


def test_invariant_30_a_key_is_used_by_one_use_only() -> None:
    """Other quantities, another mode, or other licences under the same key are refused."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "10"}))
    refused(desk, use("use", "k1", {"1": "11"}), "key_used")
    refused(desk, use("reserve", "k1", {"1": "10"}), "key_used")
    refused(desk, use("report", "k1", {"1": "11"}), "key_used")
    desk.do(use("use", "k2", {"2": "1"}, licences=("L-1",)))
    refused(desk, use("use", "k2", {"1": "1", "2": "1"}), "key_used")
    refused(desk, use("return", "k1", {"1": "1"}, licences=("L-1",)), "key_used")
    refused(desk, use("confirm", "k1"), "key_used")


def test_a_reservation_of_two_licences_is_confirmed_on_both_or_not_at_all() -> None:
    """Naming one of them is refused: it would leave the other out."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "10"}))
    refused(desk, use("confirm", "r1", licences=("L-1",)), "key_used")
    desk.do(ChangeLicence(person="uma", licence="L-2", to="suspend", ground="1"))
    refused(desk, use("confirm", "r1"), "suspended")
    assert amounts(desk, "L-1") == D("90", "10", "0", "0")


def test_suspended_stops_at_once_but_lets_reservations_go() -> None:
    """No reserve, no use and no confirm of an earlier reservation; release, return and report are booked."""
    desk = granted_desk()
    desk.do(use("use", "k0", {"1": "10"}))
    desk.do(use("reserve", "r1", {"1": "10"}))
    desk.do(ChangeLicence(person="olga", licence="L-1", to="suspend", ground="1"))
    for act in (use("reserve", "r2", {"1": "1"}), use("use", "k1", {"1": "1"}), use("confirm", "r1")):
        refused(desk, act, "suspended")
    desk.do(use("release", "r1"))
    desk.do(use("return", "k0", {"1": "3"}))
    desk.do(use("report", "m1", {"1": "1"}))
    assert amounts(desk, "L-1") == D("92", "0", "8", "0")
    assert desk.licence("L-1").uses["m1"].status == "suspended"


def test_invariant_26_a_licence_is_no_ticket_for_whoever_holds_its_number() -> None:
    """The holder's people, its robot and its agent may use it; a rival learns not even that it exists, an officer may not."""
    desk = granted_desk()
    unknown = refused(desk, use("use", "k1", {"1": "1"}, licences=("L-9",)), "no_such_licence")
    for person in ("eve", "nobody"):
        hidden = refused(desk, use("use", "k1", {"1": "1"}, person=person), "no_such_licence")
        assert str(hidden).replace("L-1", "L-9") == str(unknown)
        refused(desk, use("report", "k1", {"1": "1"}, person=person), "no_such_licence")
    refused(desk, use("use", "k1", {"1": "1"}, person="olga", licences=("L-1",)), "not_holder")
    refused(desk, use("use", "k1", {"1": "1"}, principal="otto"), "not_holder")
    for number, person in enumerate(("ann", "robot", "agent", "mole")):
        desk.do(use("use", f"k{number}", {"1": "1"}, person=person))


@pytest.mark.parametrize(
    "scope",
    [
        {"to": "ZZ"},
        {"act": "transit"},
        {"from": "ZC"},
        {"end_use": "other"},
        {"request": "another"},
        {"party.1": "another"},
        {"colour": "red"},
    ],
)
def test_a_use_for_something_else_than_was_granted_is_refused(scope: Mapping[str, str]) -> None:
    """Another destination, act, end use, request or party, or a word that no licence knows."""
    desk = granted_desk()
    refused(desk, use("use", "k1", {"1": "1"}, scope=scope), "other_scope")
    desk.do(
        use("use", "k1", {"1": "1"}, scope={"to": "ZC", "act": "export", "party.1": "digest-of-the-end-user"})
    )


def test_nothing_is_converted() -> None:
    """Another unit is refused, and both are named."""
    desk = granted_desk()
    for mode in ("use", "reserve", "report"):
        error = refused(desk, use(mode, "k1", {"1": "1"}, unit="dozen"), "other_unit")
        assert "`piece`" in str(error)
        assert "`dozen`" in str(error)


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "-0", "NaN", "Infinity", "1E15", "0.0000000000001", "sNaN", "1E-9999999"]
)
def test_a_number_that_is_no_quantity_is_refused(quantity: str) -> None:
    """Nothing, less than nothing, no number, or more figures than can be summed without rounding."""
    desk = granted_desk()
    for mode in ("use", "reserve", "report", "return"):
        refused(desk, use(mode, "k1", {"1": quantity}), "bad_quantity")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=0, max_value=10**14))
def test_every_quantity_that_is_taken_is_summed_exactly(quantity: Decimal) -> None:
    """What is left and what is used are together what was granted, to the last of twelve decimals."""
    if not is_quantity(quantity):
        assert quantity == 0
        return
    line = Line("1", "lamp", "kg", LARGEST - 1, used=quantity)
    assert Fraction(line.available) + Fraction(quantity) == 10**15 - 1


def test_an_item_that_is_on_no_licence_is_refused_and_so_is_a_use_of_nothing() -> None:
    """The items that are on them are named."""
    desk = granted_desk()
    for mode in ("use", "reserve", "report", "return"):
        refused(desk, use(mode, "k1", {"9": "1"}), "not_on_licence")
        refused(desk, use(mode, "k1", {}), "not_on_licence")
        refused(desk, use(mode, "k1", {"2": "1"}), "not_on_licence")
        refused(desk, use(mode, "k1", {"1": "1"}, licences=()), "not_on_licence")
        refused(desk, use(mode, "k1", {"1": "1"}, licences=("L-1", "L-1")), "not_on_licence")


@pytest.mark.parametrize("key", ["", " k", "Jörg Müller", "a" * 129, "-k", "k\n"])
def test_a_key_is_a_short_plain_word(key: str) -> None:
    """It is kept for ever, so that it must not be able to name a person."""
    refused(granted_desk(), use("use", key, {"1": "1"}), "bad_key")


def test_licences_of_different_cases_are_not_used_together() -> None:
    """Item 1 of one case is not item 1 of another."""
    desk = granted_desk()
    other = replace(desk.licence("L-2"), id="L-3", case="CASE-2")
    desk.world = replace(desk.world, licences={**desk.world.licences, "L-3": other})
    refused(desk, use("use", "k1", {"1": "1"}, licences=("L-1", "L-3")), "other_case")


def test_a_licence_whose_time_is_over_expires_at_its_instant_with_no_reservation_open() -> None:
    """Before the instant it can be used; at it, what was reserved is released, and a use is refused."""
    desk = granted_desk()
    end = desk.licence("L-1").valid_until
    assert end is not None
    desk.do(use("reserve", "r1", {"1": "10"}, expires=end + DAY))
    desk.do(use("use", "k1", {"1": "1"}), end - timedelta(seconds=1))
    error = refused(desk, use("use", "k2", {"1": "1"}), "expired", end + DAY)
    kinds = [one.event.kind for one in error.due if one.stream == "licence/L-1"]
    assert kinds == ["licence.released", "licence.expired"]
    assert {one.event.at for one in error.due if one.stream == "licence/L-1"} == {end}
    assert amounts(desk, "L-1") == D("99", "0", "1", "0")


def test_time_alone_ends_reservations_and_licences() -> None:
    """The worker lets time pass; a second time nothing is left to do, and a licence that is over has no timers."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "10"}, expires=NOW + DAY))
    late = NOW + 800 * DAY
    kinds = [one.event.kind for one in desk.do(PassTime(person="worker", licence="L-1"), late)]
    assert kinds == ["licence.released", "licence.expired"]
    assert desk.do(PassTime(person="worker", licence="L-1"), late) == ()
    assert licence_dues(desk.licence("L-1")) == ()
    refused(desk, PassTime(person="worker", licence="L-9"), "no_such_licence")


def test_a_licence_of_which_nothing_is_left_is_exhausted_and_a_return_opens_it_again() -> None:
    """All pieces and all weight: exhausted; three come back: issued, with three to use."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "100"}))
    assert desk.licence("L-2").status == "exhausted"
    assert desk.licence("L-1").status == "issued"
    desk.do(use("use", "k2", {"2": "50.50"}, licences=("L-1",)))
    assert desk.licence("L-1").status == "exhausted"
    refused(desk, use("use", "k3", {"1": "1"}), "exhausted")
    kinds = [one.event.kind for one in desk.do(use("return", "k1", {"1": "3"}))]
    assert kinds == ["licence.returned", "licence.reopened"] * 2
    desk.do(use("use", "k3", {"1": "3"}))
    assert desk.licence("L-2").status == "exhausted"


def test_a_reservation_of_all_that_is_left_does_not_exhaust() -> None:
    """It may still be released."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "100"}))
    assert desk.licence("L-2").status == "issued"
    desk.do(use("confirm", "r1"))
    assert desk.licence("L-2").status == "exhausted"


def test_no_more_comes_back_than_went_out() -> None:
    """Under the key of a use no more than that use; under a new key no more than was used at all."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "10"}))
    desk.do(use("use", "k2", {"1": "10"}))
    refused(desk, use("return", "k1", {"1": "11"}), "not_used")
    refused(desk, use("return", "b1", {"1": "21"}), "not_used")
    desk.do(use("return", "b1", {"1": "15"}))
    refused(desk, use("return", "k1"), "not_used")
    desk.do(use("return", "k1", {"1": "5"}))
    refused(desk, use("return", "k1", {"1": "4"}), "key_used")
    assert amounts(desk, "L-1") == D("100", "0", "0", "0")


def test_what_was_only_reserved_cannot_come_back_and_what_was_used_cannot_be_released() -> None:
    """Each has its own way."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "10"}))
    refused(desk, use("return", "r1"), "not_used")
    refused(desk, use("release", "r1", {"1": "4"}), "whole_only")
    desk.do(use("confirm", "r1"))
    refused(desk, use("release", "r1"), "not_reserved")
    refused(desk, use("release", "r9"), "no_such_use")
    refused(desk, use("confirm", "r9"), "no_such_use")


def test_goods_come_back_on_a_licence_that_is_over_without_opening_it() -> None:
    """The return is booked; a revoked licence stays revoked."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "100"}))
    for ident, person in (("L-1", "olga"), ("L-2", "uma")):
        desk.do(ChangeLicence(person=person, licence=ident, to="revoke", ground="1"))
    desk.do(use("return", "k1", {"1": "40"}))
    assert amounts(desk, "L-2") == D("40", "0", "60", "0")
    assert desk.licence("L-2").status == "revoked"
    refused(desk, use("use", "k2", {"1": "1"}), "revoked")


def test_a_report_of_more_than_is_left_is_booked_as_a_breach() -> None:
    """Ten were left and thirteen went: ten are used, three are over, and available is zero, not less."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "90"}))
    written = desk.do(use("report", "m1", {"1": "13"}))
    assert [one.event.kind for one in written] == [
        "licence.breached",
        "licence.breached",
        "licence.exhausted",
    ]
    assert amounts(desk, "L-2") == D("0", "0", "100", "3")
    assert desk.licence("L-2").uses["m1"].state == "breach"
    desk.do(use("report", "m2", {"1": "5"}))
    assert amounts(desk, "L-2") == D("0", "0", "100", "8")


def test_of_a_breach_the_excess_comes_back_first() -> None:
    """Thirteen went, three of them beyond the licence: when four come back only one is available again."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "90"}))
    desk.do(use("report", "m1", {"1": "13"}))
    desk.do(use("return", "m1", {"1": "4"}))
    assert amounts(desk, "L-2") == D("1", "0", "99", "3")
    assert desk.licence("L-2").status == "issued"


def test_a_report_takes_the_place_of_its_reservation() -> None:
    """Ten were reserved, suspension came, twelve went all the same: no piece is counted twice."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "10"}))
    desk.do(ChangeLicence(person="olga", licence="L-1", to="suspend", ground="1"))
    refused(desk, use("confirm", "r1"), "suspended")
    desk.do(use("report", "r1", {"1": "12"}))
    assert amounts(desk, "L-1") == amounts(desk, "L-2") == D("88", "0", "12", "0")


@pytest.mark.parametrize("end", ["revoke", "surrender", "expire", "exhaust"])
def test_a_report_is_never_refused_because_of_the_state_of_the_licence(end: str) -> None:
    """Revoked, surrendered, expired or exhausted: what happened is booked, and the state of the licence with it."""
    desk, at = granted_desk(), NOW
    if end == "expire":
        at = NOW + 800 * DAY
    elif end == "exhaust":
        desk.do(use("use", "k1", {"1": "100", "2": "50.5"}))
    else:
        for ident, officer in (("L-1", "olga"), ("L-2", "uma")):
            person = "ann" if end == "surrender" else officer
            desk.do(ChangeLicence(person=person, licence=ident, to=end, ground="1"))  # type: ignore[arg-type]
    status = {"expire": "expired", "exhaust": "exhausted"}.get(end, end.removesuffix("e") + "ed")
    desk.do(use("report", "m1", {"1": "1"}), at)
    assert desk.licence("L-1").status == status
    assert desk.licence("L-1").uses["m1"].status == status
    assert desk.licence("L-1").lines["1"].used + desk.licence("L-1").lines["1"].over in (1, 101)


def test_the_words_of_a_use_stand_beside_the_entry_and_the_state_says_where() -> None:
    """They may be erased; the ledger does not need them."""
    desk = granted_desk()
    written = desk.do(use("use", "k1", {"1": "1"}, text="with the morning train"))
    assert all(one.texts == {"text": "with the morning train"} for one in written)
    assert all("train" not in repr(one.event) for one in written)
    where = desk.licence("L-1").uses["k1"].text
    assert where is not None
    assert (where.no, where.name) == (desk.licence("L-1").no, "text")


def test_an_unknown_way_to_use_a_licence_is_refused() -> None:
    """Nothing turns it into one of the known ways."""
    act = UseLicences(person="ann", licences=("L-1",), key="k1", mode="borrow")  # type: ignore[arg-type]
    refused(granted_desk(), act, "unknown_mode")
