"""What blocks, who is next, and what each reader sees of a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import DAY, DE, FIRM, MONDAY, REVIEW, TACIT, UK, US, Desk, answer, assessed, code_of, fields, key
from hypothesis import given
from hypothesis import strategies as st

from lastword.cases.acts import Ask, ProvisoAsked, Reassess
from lastword.cases.blocks import Move, Requirement, blocks, next_up
from lastword.cases.procedure import Procedure
from lastword.cases.reading import Reader, may_read, reader_of, texts_seen, view, visible
from lastword.cases.refusal import ActRefused
from lastword.cases.request import request_of

FILE = Reader("auditor", all=True)


def uk() -> Desk:
    """A case at the advice of two departments."""
    desk = Desk()
    desk.file(UK)
    return desk


def at_seat(desk: Desk, seat: str, reader: Reader | None = None) -> Requirement:
    """The requirement of a seat."""
    found = [one for one in blocks(desk.case, desk.world, desk.at, reader=reader) if one.seat == seat]
    assert len(found) == 1, found
    return found[0]


def states(desk: Desk, reader: Reader | None = None) -> set[str]:
    """The states of all requirements."""
    return {one.state for one in blocks(desk.case, desk.world, desk.at, reader=reader)}


def reader(desk: Desk, person: str) -> Reader:
    """Somebody of the roster as a reader today."""
    return reader_of(person, desk.world.roster, desk.at.date())


def test_a_waiting_seat_says_who_by_when_and_what_its_silence_means() -> None:
    """Offices, the due instant, the meaning of silence and the smallest act stand in one object."""
    one = at_seat(uk(), "foreign")
    assert (one.state, one.offices, one.silence, one.acts) == (
        "waiting",
        ("fcdo",),
        "no_view",
        (Move("advise", ("fcdo",)),),
    )
    assert one.by is not None
    assert (one.have, one.needs) == (0, 1)


def test_later_stages_are_shown_as_later_with_who_has_the_last_word() -> None:
    """The officer and the manager are named before their turn comes, and asked for nothing yet."""
    for seat, office in (("officer", "unit"), ("manager", "managers")):
        one = at_seat(uk(), seat)
        assert (one.state, one.offices, one.acts) == ("later", (office,), ())


def test_what_is_done_is_shown_as_done() -> None:
    """A filled seat blocks nothing."""
    desk = uk()
    desk.advise("fcdo.1")
    one = at_seat(desk, "foreign")
    assert (one.state, one.blocks, one.acts) == ("filled", False, ())


def test_an_objection_names_the_office_that_can_take_it_back() -> None:
    """The smallest acts are a release by that office, or an amendment by the applicant."""
    desk = Desk()
    desk.file(REVIEW)
    for who in ("army.1", "navy.1", "dow-policy.1"):
        desk.agree(who)
    desk.object("partner.1")
    one = at_seat(desk, "partner")
    assert (one.state, one.acts) == (
        "objected",
        (Move("object", ("partner",)), Move("amend", role="applicant")),
    )


def test_an_open_question_blocks_until_the_reply() -> None:
    """The applicant's reply is the smallest act; once overdue the officers' closing is another."""
    desk = uk()
    desk.do(Ask(person="unit.1", case=desk.case.id, clearance=key(UK), text="?", query="q1"))
    (one,) = [each for each in blocks(desk.case, desk.world, desk.at) if each.state == "open_query"]
    assert (one.detail, one.silence, [move.act for move in one.acts]) == ("q1", "may_close", ["reply"])
    assert at_seat(desk, "foreign").runs is False
    later = desk.at + 60 * DAY
    (one,) = [each for each in blocks(desk.case, desk.world, later) if each.state == "open_query"]
    assert [move.act for move in one.acts] == ["reply", "close"]


def test_a_moratorium_shows_as_what_blocks() -> None:
    """With its id, its beginning, and the office that can lift it."""
    desk = uk()
    desk.freeze("spring")
    (one,) = [each for each in blocks(desk.case, desk.world, desk.at) if each.state == "held"]
    assert (one.detail, one.since, one.acts) == ("spring", MONDAY, (Move("lift", ("freeze",)),))


def test_what_is_due_is_told_as_due_though_nobody_let_time_pass_yet() -> None:
    """A view at an instant shows the case as an act at that instant would find it."""
    desk = uk()
    found = blocks(desk.case, desk.world, MONDAY + 60 * DAY)
    assert [one.seat for one in found if one.state == "waiting"] == ["officer"]


def test_missing_facts_and_prohibitions_block_the_case() -> None:
    """What has to be settled, and what nobody may decide over, stand beside the seats."""
    desk = Desk()
    desk.file(asked=answer(assessed(DE, ("1",)), outcomes={"1": "consent", "2": "unknown"}, settled=False))
    assert "not_settled" in states(desk)
    desk.today(prohibitions=("embargo",))
    (one,) = [each for each in blocks(desk.case, desk.world, desk.at) if each.state == "prohibited"]
    assert one.detail == "embargo"


def test_an_answer_of_other_facts_is_shown_as_stale() -> None:
    """It is judged again before the next act, so that it stands in nobody's way: most loads change nothing for most cases."""
    desk = uk()
    desk.world = replace(desk.world, facts=1, assessment=None)
    (found,) = [one for one in blocks(desk.case, desk.world, desk.at) if one.state == "stale"]
    assert not found.blocks


def test_a_seat_that_nobody_can_fill_any_more_is_told() -> None:
    """The last officer who may act there left: the roster has to change."""
    desk = uk()
    roster = desk.world.roster
    left = tuple(one for one in roster.officers if one.office != "fcdo")
    desk.world = replace(desk.world, roster=replace(roster, officers=left))
    one = at_seat(desk, "foreign")
    assert (one.state, one.acts) == ("cannot_be_filled", (Move("changeroster", role="roster"),))


def test_deciders_who_decide_differently_are_shown_as_split() -> None:
    """Two votes for two contents are not one decision."""
    desk = Desk()
    desk.file(FIRM)
    desk.agree("acme-control.1", FIRM)
    desk.decide("acme-board.1", FIRM)
    desk.decide("acme-board.2", FIRM, "refuse")
    assert at_seat(desk, "board").state == "split"


def test_a_decision_that_waits_is_shown_with_who_may_still_stop_it() -> None:
    """A countersignature by the managers; an escalation by who disagreed, until its window is over."""
    desk = uk()
    desk.advise("fcdo.1")
    desk.advise("mod.1")
    desk.decide("unit.1")
    assert at_seat(desk, "manager").state == "pending_countersign"
    other = Desk()
    other.file(US)
    other.advise("us-state.1", US)
    other.advise("us-defense.1", US, "refuse")
    other.decide("us-oc.1", US)
    (one,) = [
        each for each in blocks(other.case, other.world, other.at) if each.state == "pending_escalation"
    ]
    assert (one.offices, one.silence, one.detail) == (("us-defense",), "stands", "acep")


def test_a_case_that_is_over_says_so_and_what_is_left_to_do() -> None:
    """A refusal in its window: an appeal by the applicant."""
    desk = Desk()
    desk.file(DE)
    desk.decide("bafa.1", DE, "refuse")
    last = blocks(desk.case, desk.world, desk.at)[-1]
    assert (last.state, last.detail, [move.act for move in last.acts]) == (
        "final",
        "refuse",
        ["appealagainst"],
    )
    assert blocks(desk.case, desk.world, desk.at + 60 * DAY)[-1].acts == ()


def test_who_is_next_is_sorted_by_when() -> None:
    """The seats at work now, soonest first; the decider only once the others are done."""
    desk = Desk()
    desk.file(UK, REVIEW)
    assert [(one.seat, one.by is not None) for one in next_up(desk.case, desk.at)] == [
        ("defence", True),
        ("foreign", True),
        ("policy", False),
        ("services", False),
    ]


@pytest.mark.parametrize("procedure", [UK, US, DE, REVIEW, TACIT, FIRM])
def test_every_open_case_says_what_would_move_it(procedure: Procedure) -> None:
    """No procedure leaves a desk with a case that blocks and nobody to act."""
    desk = Desk()
    desk.file(procedure)
    assert [one for one in blocks(desk.case, desk.world, desk.at) if one.blocks and one.acts]


@given(st.integers(0, 200))
def test_what_is_told_to_act_can_be_done(days: int) -> None:
    """The act that a waiting seat is told to do is not refused to an officer of that office: it is read from the same state."""
    desk = uk()
    desk.at = MONDAY + timedelta(days=days)
    desk.today()
    for one in blocks(desk.case, desk.world, desk.at):
        if one.state in ("waiting", "overdue") and one.acts and one.seat in ("foreign", "defence"):
            assert code_of(desk.advise, f"{one.offices[0]}.1") == "done"


# readers


@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("amy", True),
        ("bob", True),
        ("agent", True),
        ("friend", True),
        ("fcdo.2", True),
        ("managers.1", True),
        ("duty.1", True),
        ("deputy", True),
        ("bafa.1", False),
        ("outsider", False),
        ("ghost", False),
    ],
)
def test_who_may_read_a_case(person: str, may: bool) -> None:
    """The applicant's people and agent, whom it named, and officers and deputies of its offices; nobody else."""
    desk = Desk()
    desk.file(UK, readers=("friend",))
    who = reader(desk, person)
    assert may_read(desk.case, who) is may
    assert code_of(lambda: visible(desk.case, desk.case.id, who)) == ("done" if may else "no_such_case")
    assert code_of(lambda: blocks(desk.case, desk.world, desk.at, reader=who)) == (
        "done" if may else "no_such_case"
    )


def test_a_case_that_one_may_not_see_reads_like_one_that_is_not_there() -> None:
    """The same words, so that asking tells nothing."""
    desk = uk()
    told = []
    for case in (desk.case, None):
        with pytest.raises(ActRefused) as refused:
            visible(case, "K7M4-QX2P", reader(desk, "outsider"))
        told.append((refused.value.code, str(refused.value)))
    assert told[0] == told[1]


def test_the_applicant_sees_no_view_no_vote_and_no_person() -> None:
    """What the departments said, who said it, and a decision before it stands are not in the applicant's view."""
    desk = uk()
    desk.advise("fcdo.1", view="refuse", text="doubts", provisos=())
    desk.advise("mod.1", provisos=(ProvisoAsked("no resale"),))
    desk.decide("unit.1", outcome="refuse", grounds=("1",), for_applicant="no", for_file="secret")
    seen = view(desk.case, reader(desk, "amy"))
    shown = repr(replace(seen, acted=()))
    for hidden in ("fcdo.1", "mod.1", "unit.1", "p3.1", "grounds=('1',)"):
        assert hidden not in shown
    assert seen.clearances[key(UK)].pending is None
    assert texts_seen(seen) == {}
    assert [one.state for one in blocks(desk.case, desk.world, desk.at, reader=reader(desk, "amy"))] == [
        "waiting"
    ]


def test_the_applicant_is_not_told_how_a_seat_voted() -> None:
    """A seat with a no is waited for, as far as the applicant knows."""
    said, silent = Desk(), Desk()
    for desk in (said, silent):
        desk.file(REVIEW)
    said.agree("army.1", yes=False)
    for seat in ("services", "policy", "partner"):
        told = [at_seat(desk, seat, reader(desk, "amy")) for desk in (said, silent)]
        assert told[0] == told[1]


def test_once_decided_the_applicant_sees_the_decision_its_provisos_and_its_reasons() -> None:
    """And still not the reasons for the file."""
    desk = uk()
    desk.advise("fcdo.1", provisos=(ProvisoAsked("no resale"),))
    desk.advise("mod.1")
    desk.decide("unit.1", for_applicant="yes", for_file="because")
    desk.confirm("managers.1")
    seen = view(desk.case, reader(desk, "bob"))
    outcome = seen.clearances[key(UK)].outcome
    assert outcome is not None
    assert outcome.decision.for_file is None
    assert set(texts_seen(seen).values()) == {"proviso", "for_applicant"}


def test_officers_see_the_file() -> None:
    """An officer of any of the case's offices sees all of it."""
    desk = uk()
    desk.advise("fcdo.1", text="doubts")
    assert view(desk.case, reader(desk, "managers.1")) == desk.case
    assert "vote" in texts_seen(view(desk.case, FILE)).values()


def test_the_applicants_people_do_not_see_the_file_by_an_office() -> None:
    """The alias that sits in the deciding office belongs to the applicant: it reads what the applicant reads."""
    desk = uk()
    desk.advise("fcdo.1")
    seen = view(desk.case, reader(desk, "amy-alias"))
    assert seen.clearances[key(UK)].votes == ()


def test_whom_the_applicant_named_does_not_see_whom_else_it_named() -> None:
    """Readers are the applicant's affair."""
    desk = Desk()
    desk.file(UK, readers=("friend", "other"))
    assert view(desk.case, Reader("friend")).readers == ()
    assert view(desk.case, reader(desk, "amy")).readers == ("friend", "other")


def test_the_applicant_sees_of_the_rules_only_those_that_the_caller_vouches_for() -> None:
    """A rule may be for authorities only, and its name tells of it; that something is forbidden is told all the same."""
    desk = uk()
    desk.today(prohibitions=("hidden-embargo",))
    desk.do(Reassess(person="worker", case=desk.case.id))
    who = reader(desk, "amy")
    seen = view(desk.case, who)
    assert "rule-1" not in repr((seen.clearances[key(UK)].rules, seen.assessment))
    assert "hidden-embargo" not in repr((seen, blocks(desk.case, desk.world, desk.at, reader=who)))
    assert len(seen.assessment.prohibitions) == 1
    assert "prohibited" in states(desk, who)
    assert view(desk.case, who, rules=("rule-1",)).clearances[key(UK)].rules == ("rule-1",)


def test_views_never_change_what_is_so() -> None:
    """A view leaves out and adds nothing: the request and the assessment are the same for who may read."""
    desk = uk()
    seen = view(desk.case, reader(desk, "amy"))
    assert (seen.request, seen.id, seen.status) == (desk.case.request, desk.case.id, desk.case.status)
    assert seen.request.digest == request_of(fields()).digest
