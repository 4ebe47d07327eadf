"""What a desk, an exporter, a firm and an attacker would try with the procedures of the packs: given, when, then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from desk import TACIT, answer, assessed, calendars, code_of, roster
from desk import fields as asked_for
from packdesk import DE, DE_ASKED, FIRM, REVIEW, UK, US, PackDesk, utc

from lastword.cases.acts import Advise, ItemVerdict, PassTime, ProvisoAsked, Reassess, Review, Withdraw
from lastword.cases.blocks import blocks
from lastword.cases.moratorium import Class
from lastword.cases.timing import case_dues


def advised(*views: str, at: str = "2026-03-05 10:00") -> PackDesk:
    """Given a British case with the views of three departments, to approve unless said otherwise."""
    desk = PackDesk(UK)
    desk.file(UK)
    desk.on(at)
    departments = ("fcdo-export-policy.1", "mod-export-advice.1", "desnz-non-proliferation.1")
    for person, view in zip(departments, views or ("approve", "approve", "no_view"), strict=True):
        desk.advise(person, UK, view)
    return desk


def refused(at: str = "2026-03-10 12:00") -> PackDesk:
    """Given a British refusal on criteria 1 and 2c."""
    desk = advised().on(at)
    desk.decide("ecju-licensing.1", UK, "refuse", grounds=("1", "2c"))
    desk.confirm("ecju-countersigning.1", UK)
    return desk


def granted(at: str = "2026-03-05 10:00") -> PackDesk:
    """Given a British licence for 40 pumps."""
    desk = advised(at=at)
    desk.decide("ecju-licensing.1", UK)
    desk.confirm("ecju-countersigning.1", UK)
    return desk


def disputed() -> PackDesk:
    """Given an American case in which State would approve and Defense would refuse; Energy stays silent for 30 days."""
    desk = PackDesk(US)
    desk.file(US)
    desk.on("2026-03-05 10:00")
    desk.advise("state-export-review.1", US)
    desk.advise("defense-export-review.1", US, "refuse")
    return desk.on("2026-04-02 04:00")


# -- Britain ---------------------------------------------------------------------------------------------------


def test_departments_that_differ_leave_the_decision_to_the_licensing_unit() -> None:
    """One would refuse and one would approve: Britain has no ladder for that; a grant is confirmed like any other."""
    desk = advised("refuse", "approve", "no_view")
    desk.decide("ecju-licensing.1", UK)
    desk.confirm("ecju-countersigning.1", UK)
    assert desk.states() == [("grant", False, False)]


def test_whoever_decided_confirms_nothing_under_any_office_or_id_even_after_a_rejection() -> None:
    """The officer, appointed to countersign too, and a second id of the same human being, are both turned away."""
    desk = advised()
    desk.appoint("GB/ECJU-countersigning", "ecju-licensing.1")
    desk.appoint("GB/ECJU-countersigning", "alias", organisation="GB/ECJU", same_as="ecju-licensing.1")
    desk.decide("ecju-licensing.1", UK)
    for person in ("ecju-licensing.1", "alias"):
        assert code_of(desk.confirm, person, UK) == "one_seat"
    desk.confirm("ecju-countersigning.1", UK, yes=False)
    desk.decide("ecju-licensing.2", UK)
    for person in ("ecju-licensing.1", "alias"):
        assert code_of(desk.confirm, person, UK) == "one_seat"
    assert code_of(desk.confirm, "ecju-licensing.2", UK) == "not_seated"


def test_whoever_rejected_a_decision_does_not_make_the_next_one() -> None:
    """A countersigner who is appointed to the licensing unit as well has the one seat."""
    desk = advised()
    desk.appoint("GB/ECJU-licensing", "ecju-countersigning.1")
    desk.decide("ecju-licensing.1", UK)
    desk.confirm("ecju-countersigning.1", UK, yes=False)
    assert code_of(desk.decide, "ecju-countersigning.1", UK) == "one_seat"


def test_a_question_overdue_for_a_month_is_still_answered_and_then_the_case_is_not_closed() -> None:
    """The clock of the targets stood still: 17 working days were left on 5 March, and run from 20 April, over a bank holiday."""
    desk = advised()
    desk.ask("ecju-licensing.1")
    desk.on("2026-04-20 10:00")
    assert desk.case.queries[0].overdue
    desk.reply()
    first = next(due for due in desk.clearance(UK).dues if due.kind == "target")
    assert first.at == utc("2026-05-14 23:00")
    desk.decide("ecju-licensing.1", UK)


@pytest.mark.parametrize(
    ("at", "state"),
    [("2026-04-07 22:59", "open"), ("2026-04-07 23:00", "late"), ("2026-04-08 00:30", "late")],
)
def test_the_28th_day_of_an_appeal_ends_at_midnight_in_london_after_the_clocks_went_forward(
    at: str, state: str
) -> None:
    """Refused on 10 March in winter time; 7 April ends at 23:00 UTC."""
    desk = refused().on(at)
    desk.appeal()
    assert [one.state for one in desk.clearance(UK).appeals] == [state]


def test_a_refusal_after_midnight_counts_its_days_from_the_new_day() -> None:
    """Countersigned at 00:30 on 11 March in London, it may be appealed against up to the end of 8 April."""
    desk = refused("2026-03-11 00:30")
    assert code_of(desk.appeal) == "done"
    late = refused("2026-03-11 00:30").on("2026-04-08 22:59")
    late.appeal()
    assert late.clearance(UK).appeals[0].state == "open"


def test_nobody_who_had_a_part_hears_the_appeal_and_nobody_else_brings_it() -> None:
    """Not the decider and not an adviser, whatever they hold by then; an outsider and an officer bring none."""
    desk = refused()
    assert code_of(desk.appeal, person="ed") == "no_such_case"
    assert code_of(desk.appeal, person="ecju-licensing.2") == "not_applicant"
    desk.appeal()
    for person in ("ecju-licensing.1", "fcdo-export-policy.1", "ecju-countersigning.1"):
        desk.appoint("GB/ECJU-appeals", person)
        assert code_of(desk.decide, person, UK) == "one_seat"
    assert code_of(desk.decide, "ecju-licensing.2", UK) == "not_now"
    assert code_of(desk.appeal, name="a2", person="bob") == "appealed_before"


def test_a_decision_on_appeal_is_not_appealed_against_again() -> None:
    """It is told so, and not recorded as too late."""
    desk = refused()
    desk.appeal()
    desk.decide("ecju-appeals.1", UK, "refuse", grounds=("2c",))
    assert desk.states() == [("refuse", False, True), ("refuse", True, False)]
    assert code_of(desk.appeal, name="a2") == "appealed_before"
    assert len(desk.clearance(UK).appeals) == 1


def test_an_appeal_that_ends_with_the_case_is_no_longer_open() -> None:
    """Withdrawn while it is heard: the refusal stands, and the appeal is shown as ended."""
    desk = refused()
    desk.appeal()
    desk.do(Withdraw(person="amy", case=desk.case.id))
    assert [one.state for one in desk.clearance(UK).appeals] == ["ended"]
    assert desk.states() == [("refuse", False, False)]


def test_a_second_revocation_has_an_appeal_of_its_own() -> None:
    """Revoked, given back on appeal under a new licence, and revoked again: that is another act of the authority."""
    desk = granted()
    desk.change("ecju-licensing.1", "revoke", desk.licence(), "2c")
    desk.appeal(UK, "revoke")
    desk.decide("ecju-appeals.1", UK)
    assert code_of(desk.appeal, UK, "revoke", name="a2") == "nothing_to_appeal"
    again = desk.licence()
    assert (again.on_appeal, again.status) == (True, "issued")
    desk.change("ecju-licensing.1", "revoke", again, "2c")
    desk.appeal(UK, "revoke", name="a2")
    assert [one.state for one in desk.clearance(UK).appeals] == ["heard", "open"]


def test_a_revocation_that_is_upheld_on_appeal_stays() -> None:
    """The appeal was heard: there is no second one against the same revocation, though its window is still open."""
    desk = granted()
    desk.change("ecju-licensing.1", "revoke", desk.licence(), "2c")
    desk.appeal(UK, "revoke")
    desk.decide("ecju-appeals.1", UK, "refuse", grounds=("2c",))
    assert code_of(desk.appeal, UK, "revoke", name="a2") == "nothing_to_appeal"
    assert [one.status for one in desk.world.licences.values()] == ["revoked"]


def test_an_office_that_is_empty_when_its_turn_comes_is_shown_and_nobody_takes_its_place() -> None:
    """All countersigners left while the case ran: it waits, says why, and the threshold is what it was."""
    desk = advised()
    for number in (1, 2, 3):
        desk.leaves(f"ecju-countersigning.{number}", date(2026, 3, 6))
    desk.on("2026-03-06 10:00").decide("ecju-licensing.1", UK)
    (found,) = [one for one in blocks(desk.case, desk.world, desk.at) if one.blocks]
    assert (found.state, found.seat) == ("cannot_be_filled", "countersigning")
    assert code_of(desk.confirm, "ecju-licensing.2", UK) == "not_seated"


def test_an_officer_acts_up_to_midnight_of_the_last_day_where_the_authority_is() -> None:
    """5 June ends in London at 23:00 UTC."""
    desk = PackDesk(UK, at="2026-06-01 09:00")
    desk.file(UK)
    for person in ("fcdo-export-policy.1", "mod-export-advice.1"):
        desk.leaves(person, date(2026, 6, 6))
    desk.on("2026-06-05 22:59").advise("fcdo-export-policy.1", UK)
    desk.on("2026-06-05 23:00")
    assert code_of(desk.advise, "mod-export-advice.1", UK) != "done"


def test_more_pumps_after_the_advice_are_advised_on_again_also_if_they_are_taken_back() -> None:
    """A later day of shipment carries the views; a higher quantity voids them; the old quantity does not revive them."""
    desk = advised()
    desk.amend(planned="2026-10-01")
    assert all(vote.counts and vote.carried for vote in desk.clearance(UK).votes)
    desk.amend(item__1={"thing": "pump", "quantity": "60", "unit": "pcs"}, planned="2026-10-01")
    desk.amend(planned="2026-10-01")
    assert desk.case.round == 4
    assert not any(vote.counts for vote in desk.clearance(UK).votes)
    assert code_of(desk.decide, "ecju-licensing.1", UK) == "not_now"
    assert code_of(desk.advise, "mod-export-advice.1", UK, round=1) == "stale_request"
    desk.advise("mod-export-advice.1", UK, round=4)


def test_what_waits_to_be_countersigned_stands_over_an_immaterial_change_and_falls_with_a_material_one() -> (
    None
):
    """The countersigner named what was there before: after a later shipping day it is the same, after another end use gone."""
    desk = advised()
    desk.decide("ecju-licensing.1", UK)
    seen = desk.clearance(UK).pending
    assert seen is not None
    desk.amend(planned="2026-11-01")
    assert desk.clearance(UK).pending == seen
    desk.amend(end_use="military", planned="2026-11-01")
    assert desk.clearance(UK).pending is None
    assert code_of(desk.confirm, "ecju-countersigning.1", UK, decision=seen.digest) == "not_now"


def test_a_moratorium_between_decision_and_countersignature_holds_it_unless_the_case_is_carved_out() -> None:
    """The pending grant waits; in a case that is named as an exception it is confirmed."""
    for carved in (False, True):
        desk = advised()
        desk.decide("ecju-licensing.1", UK)
        outs = (Class(cases=(desk.case.id,)),) if carved else ()
        desk.on("2026-03-06 10:00").freeze(on=Class(to=("IN",)), carve_outs=outs)
        assert code_of(desk.confirm, "ecju-countersigning.1", UK) == ("done" if carved else "held")


def test_a_withdrawn_case_has_no_timer_left_of_a_moratorium_that_will_end() -> None:
    """Nor does its clock stand still any more."""
    desk = advised()
    desk.freeze(on=Class(to=("IN",)), until=utc("2026-04-01 00:00"))
    desk.on("2026-03-06 10:00")
    assert [name for name, _ in case_dues(desk.case)] == ["GB/ECJU:uk-individual:moratorium:m1:ends"]
    desk.do(Withdraw(person="amy", case=desk.case.id), at=utc("2026-03-07 10:00"))
    assert case_dues(desk.case) == ()
    assert all(stop.until == utc("2026-03-07 10:00") for stop in desk.case.stops)


def test_a_refused_case_tells_of_nothing_that_could_still_be_done_about_what_forbids_it() -> None:
    """A prohibition arose, the case was refused for it: what blocks is over, and no amendment is proposed."""
    desk = advised()
    forbidden = replace(answer(assessed(UK), day=desk.at.date()), prohibitions=("NEW-BAN",), facts=1)
    desk.today(forbidden)
    desk.do(Reassess(person="worker", case=desk.case.id))
    assert code_of(desk.decide, "ecju-licensing.1", UK) == "prohibited"
    desk.decide("ecju-licensing.1", UK, "refuse", grounds=("1",))
    desk.confirm("ecju-countersigning.1", UK)
    found = blocks(desk.case, desk.world, desk.at)
    assert {one.state for one in found} == {"final"}
    assert not [move for one in found for move in one.acts if move.act in ("amend", "withdraw")]


# -- America ---------------------------------------------------------------------------------------------------


def test_agencies_that_disagree_come_before_the_chair_and_the_officer_of_bis_decides_nothing() -> None:
    """The silent agency has no view: the others still disagree."""
    desk = disputed()
    assert desk.clearance(US).stage == "operating-committee"
    assert code_of(desk.decide, "bis-licensing.1", US) == "not_now"


def test_the_chair_has_until_the_end_of_the_fourteenth_day_and_decides_later_all_the_same() -> None:
    """The stage began on 2 April: 16 April is the 14th day. After it the seat is overdue, and nothing passes by silence."""
    desk = disputed()
    (due,) = [due for due in desk.clearance(US).dues if due.kind == "seat"]
    assert due.at == utc("2026-04-17 04:00")
    desk.on("2026-04-20 10:00")
    assert [one.state for one in blocks(desk.case, desk.world, desk.at) if one.blocks] == ["overdue"]
    desk.decide("operating-committee-chair.1", US, "refuse", grounds=("NS",))


@pytest.mark.parametrize(("at", "code"), [("2026-04-22 03:59", "done"), ("2026-04-22 04:00", "final")])
def test_an_agency_escalates_up_to_the_end_of_the_fifth_day(at: str, code: str) -> None:
    """The chair granted on 16 April in New York against Defense: 21 April is the 5th day. Then the grant stands."""
    desk = disputed().on("2026-04-16 14:00")
    desk.decide("operating-committee-chair.1", US)
    for person in ("state-export-review.1", "energy-export-review.1"):
        assert code_of(desk.escalate, person) == "not_seated"
    desk.on(at)
    assert code_of(desk.escalate, "defense-export-review.2") == code
    assert len(desk.world.licences) == (1 if code == "final" else 0)


def before_the_committee() -> PackDesk:
    """Given that Defense took the chair's grant to the Advisory Committee."""
    desk = disputed().on("2026-04-16 14:00")
    desk.decide("operating-committee-chair.1", US)
    desk.escalate("defense-export-review.1")
    return desk


def test_two_against_two_in_the_committee_is_no_majority() -> None:
    """Each member speaks once for its agency; it is shown as split, and one who changes their mind makes three."""
    desk = before_the_committee()
    for member in ("commerce", "state"):
        desk.decide(f"acep-{member}.1", US)
    for member in ("defense", "energy"):
        desk.decide(f"acep-{member}.1", US, "refuse", grounds=("NS",))
    assert code_of(desk.decide, "acep-commerce.2", US) == "office_spoke"
    assert [one.state for one in blocks(desk.case, desk.world, desk.at) if one.blocks] == ["split"]
    desk.decide("acep-energy.1", US)
    pending = desk.clearance(US).pending
    assert pending is not None
    assert pending.outcome == "grant"


def test_the_member_that_was_outvoted_takes_it_to_the_review_board_and_on_to_the_president() -> None:
    """Three of four decided; the fourth has five days. So it goes again one step up, where nobody is left but the President."""
    desk = before_the_committee()
    for step in ("acep", "earb"):
        for member in ("commerce", "state", "energy"):
            desk.decide(f"{step}-{member}.1", US)
            if desk.clearance(US).pending is None and member == "state":
                desk.decide(f"{step}-defense.1", US, "refuse", grounds=("NS",))
        assert desk.clearance(US).waits_for == "escalation"
        assert code_of(desk.escalate, f"{step}-state.1") == "not_seated"
        desk.escalate(f"{step}-defense.2")
    assert desk.clearance(US).stage == "president"
    assert code_of(desk.decide, "acep-commerce.1", US) == "not_now"
    desk.decide("president-office.1", US, "refuse", grounds=("FP",))
    assert desk.states(US) == [("refuse", False, False)]


def test_a_committee_of_one_mind_decides_at_once() -> None:
    """Who did not vote did not disagree."""
    desk = before_the_committee()
    for member in ("commerce", "state", "energy"):
        desk.decide(f"acep-{member}.1", US)
    assert desk.states(US) == [("grant", False, False)]


def test_a_decision_does_not_come_to_stand_by_time_alone_once_the_answer_asks_otherwise() -> None:
    """The reasons changed while the window ran and nobody looked: the chair's grant is void, and everybody is asked again."""
    desk = disputed().on("2026-04-16 14:00")
    desk.decide("operating-committee-chair.1", US)
    before = answer(assessed(US, basis="other reasons"), facts=1)
    desk.at = utc("2026-04-23 10:00")
    desk.world = replace(desk.world, facts=1)
    assert desk.code(PassTime(person="worker", case=desk.case.id)) == "stale_answer"
    desk.today(before)
    desk.do(PassTime(person="worker", case=desk.case.id))
    assert (desk.clearance(US).pending, desk.world.licences) == (None, {})
    desk.do(Reassess(person="worker", case=desk.case.id))
    assert desk.clearance(US).stage == "agencies"
    assert not any(vote.counts for vote in desk.clearance(US).votes)


def test_a_refusal_comes_to_stand_on_whatever_answer() -> None:
    """Nothing goes by it, so that it waits for no new one."""
    desk = disputed().on("2026-04-16 14:00")
    desk.decide("operating-committee-chair.1", US, "refuse", grounds=("NS",))
    desk.world = replace(desk.world, facts=1)
    desk.do(PassTime(person="worker", case=desk.case.id), at=utc("2026-04-23 10:00"))
    assert desk.states(US) == [("refuse", False, False)]


# -- Germany ---------------------------------------------------------------------------------------------------


def test_a_preliminary_yes_leaves_no_licence_and_the_application_is_decided_for_itself() -> None:
    """The same officer may decide both: they are two cases."""
    asked = PackDesk(DE_ASKED)
    asked.file(DE_ASKED, given=asked_for(preliminary=True))
    asked.decide("bafa-licensing.1", DE_ASKED)
    assert asked.world.licences == {}
    desk = PackDesk(DE)
    desk.file(DE)
    desk.advise("aa-export-control.1", DE)
    desk.decide("bafa-licensing.1", DE)
    assert len(desk.world.licences) == 1


def side_claused() -> PackDesk:
    """Given thirty pumps with a side clause on 31 March, and the valves refused."""
    desk = PackDesk(DE)
    desk.file(DE)
    desk.on("2026-03-31 09:00").advise("aa-export-control.1", DE)
    desk.decide(
        "bafa-licensing.1",
        DE,
        items=(ItemVerdict("1", "grant", Decimal(30)), ItemVerdict("2", "refuse")),
        provisos=(ProvisoAsked("report each shipment"),),
        grounds=("GSP",),
    )
    return desk


def test_a_month_from_the_last_of_march_ends_with_the_last_of_april() -> None:
    """An objection is in time up to the end of 30 April, against the clause and against the refusal."""
    dues = {due.about: due.at for due in side_claused().clearance(DE).dues if due.kind == "appeal"}
    assert dues == {"refuse": utc("2026-04-30 22:00"), "proviso": utc("2026-04-30 22:00")}


def test_two_objections_of_different_kinds_in_time_are_heard_together() -> None:
    """The second one joins the first, whose window was as long; it is not lost, and not called late."""
    desk = side_claused().on("2026-04-01 09:00")
    desk.appeal(DE, "proviso")
    desk.on("2026-04-30 21:59").appeal(DE, "refuse", name="a2")
    assert [one.state for one in desk.clearance(DE).appeals] == ["open", "open"]
    items = (ItemVerdict("1", "grant"), ItemVerdict("2", "grant"))
    desk.decide("bafa-objections.1", DE, items=items)
    assert [one.state for one in desk.clearance(DE).appeals] == ["heard", "heard"]
    assert {line.granted for line in desk.licence().lines.values()} == {Decimal(40), Decimal("7.5")}


def test_an_objection_of_the_other_kind_after_its_time_is_late_though_the_first_is_still_heard() -> None:
    """The window of each kind ends for itself."""
    desk = side_claused().on("2026-04-01 09:00")
    desk.appeal(DE, "proviso")
    desk.on("2026-04-30 22:00").appeal(DE, "refuse", name="a2")
    assert [one.state for one in desk.clearance(DE).appeals] == ["open", "late"]


def test_a_foreign_office_that_is_silent_for_thirty_working_days_is_passed_over() -> None:
    """Good Friday and Easter Monday are no working days in Hesse: 30 from 2 March end with 15 April."""
    desk = PackDesk(DE)
    desk.file(DE)
    desk.on("2026-04-15 21:59")
    assert desk.clearance(DE).stage == "advice"
    desk.on("2026-04-15 22:00")
    assert desk.clearance(DE).stage == "decision"
    assert code_of(desk.advise, "aa-export-control.1", DE, "refuse") == "not_now"


def test_silence_consents_to_nothing_that_was_not_asked_in_this_way() -> None:
    """The reasons changed before the two months were over: the silent office is asked again, with a time of its own."""
    desk = PackDesk()
    desk.world = replace(desk.world, roster=roster(), calendars=calendars())
    desk.file(TACIT)
    desk.at = utc("2026-05-04 10:00")
    desk.today(answer(assessed(TACIT, basis="other reasons"), facts=1))
    desk.do(PassTime(person="worker", case=desk.case.id))
    assert desk.clearance(TACIT).silent == {"silence/desk": "blocks"}
    desk.do(Reassess(person="worker", case=desk.case.id))
    assert (desk.clearance(TACIT).silent, desk.states(TACIT)) == ({}, [])
    (due,) = [due for due in desk.clearance(TACIT).dues if due.kind == "seat"]
    assert due.at == utc("2026-07-04 22:00")


# -- a firm ----------------------------------------------------------------------------------------------------


def test_the_four_eyes_of_a_firm_are_not_those_of_who_asked() -> None:
    """Neither who filed, nor a second id of theirs, nor their deputy, is one pair of them."""
    desk = PackDesk(FIRM)
    desk.appoint("ZZ/own-firm-export-control", "amy")
    desk.appoint("ZZ/own-firm-export-control", "amy-too", organisation="acme", same_as="amy")
    desk.stands_in("bob", "ZZ/own-firm-export-control", "amy")
    desk.file(FIRM)
    for person, principal in (("amy", ""), ("amy-too", ""), ("bob", "amy")):
        assert code_of(desk.agree, person, FIRM, principal=principal) == "applicant_excluded"


def test_one_pair_of_eyes_does_not_look_twice_also_not_for_somebody_else() -> None:
    """Who checked, and holds the other office or deputises in it, does not release."""
    desk = PackDesk(FIRM)
    desk.file(FIRM)
    desk.agree("own-firm-export-control.1", FIRM)
    desk.appoint("ZZ/own-firm-responsible", "own-firm-export-control.1")
    desk.stands_in("own-firm-export-control.1", "ZZ/own-firm-responsible", "own-firm-responsible.1")
    assert code_of(desk.decide, "own-firm-export-control.1", FIRM) == "one_seat"
    code = code_of(desk.decide, "own-firm-export-control.1", FIRM, principal="own-firm-responsible.1")
    assert code == "one_seat"


def test_a_colleague_s_no_stops_the_release_until_the_office_takes_it_back() -> None:
    """One said yes, another said no: a veto. The first may release it for the office, and it is released for good."""
    desk = PackDesk(FIRM)
    desk.file(FIRM)
    desk.agree("own-firm-export-control.1", FIRM)
    desk.agree("own-firm-export-control.2", FIRM, yes=False)
    assert code_of(desk.decide, "own-firm-responsible.1", FIRM) == "veto_stands"
    desk.object("own-firm-export-control.1", FIRM, release=True)
    desk.decide("own-firm-responsible.1", FIRM)
    assert desk.states(FIRM) == [("grant", False, False)]


def test_broken_glass_is_reviewed_late_and_by_nobody_who_had_a_hand_in_it() -> None:
    """Three working days from Thursday 5 March end with Tuesday 10 March; the review that comes later is written all the same."""
    desk = PackDesk(FIRM)
    desk.appoint("ZZ/own-firm-responsible", "amy")
    desk.appoint("ZZ/own-firm-export-control", "bob")
    desk.appoint("ZZ/own-firm-export-control", "own-firm-responsible.1")
    desk.file(FIRM)
    desk.on("2026-03-05 10:00")
    assert code_of(desk.break_the_glass, "amy") == "applicant_excluded"
    desk.break_the_glass("own-firm-responsible.1")
    assert desk.licence().review_due == utc("2026-03-11 00:00")
    desk.use("use", "g1", "5")
    assert code_of(desk.use, "use", "g2", "5") == "exhausted"
    desk.do(PassTime(person="worker", licence="L-GLASS"), at=utc("2026-03-11 00:00"))
    own = Review(person="own-firm-responsible.1", licence="L-GLASS", right=True)
    assert desk.code(own) == "one_seat" or desk.licence().reviewed == ""
    desk.do(Review(person="bob", licence="L-GLASS", right=False, text="it could have waited"))
    assert desk.licence().reviewed == "wrong"


# -- the reference case ----------------------------------------------------------------------------------------


def test_the_last_word_waits_for_the_review_and_need_not_follow_it() -> None:
    """The Secretary decides against the adviser, and not before; the adviser has no veto."""
    desk = PackDesk(REVIEW)
    desk.file(REVIEW)
    assert code_of(desk.decide, "secretary-of-defense-office.1", REVIEW) == "not_now"
    desk.advise("defense-policy.1", REVIEW, "refuse")
    desk.decide("secretary-of-defense-office.1", REVIEW)
    assert desk.states(REVIEW) == [("grant", False, False)]


# -- licences --------------------------------------------------------------------------------------------------


def two_licences() -> PackDesk:
    """Given a British licence and a firm's own release for the same goods."""
    desk = PackDesk(UK, FIRM)
    desk.file(UK, FIRM)
    desk.on("2026-03-05 10:00")
    for person in ("fcdo-export-policy.1", "mod-export-advice.1", "desnz-non-proliferation.1"):
        desk.advise(person, UK)
    desk.decide("ecju-licensing.1", UK)
    desk.confirm("ecju-countersigning.1", UK)
    desk.agree("own-firm-export-control.1", FIRM)
    desk.decide("own-firm-responsible.1", FIRM)
    return desk


def test_one_suspended_licence_of_two_stops_the_use_that_needs_both() -> None:
    """A reservation on both is confirmed on neither, and nobody leaves the suspended one out; what happened is still told."""
    desk = two_licences()
    british, own = desk.world.licences
    assert code_of(desk.use, "use", "u1", "5", licences=(british,)) == "licence_missing"
    desk.use("reserve", "r1", "5", expires=utc("2026-04-01 00:00"))
    desk.change("own-firm-responsible.2", "suspend", desk.world.licences[own])
    assert code_of(desk.use, "confirm", "r1") == "suspended"
    assert code_of(desk.use, "confirm", "r1", licences=(british,)) != "done"
    assert {one.lines["1"].reserved for one in desk.world.licences.values()} == {Decimal(5)}
    desk.use("report", "r1", "6")
    assert {one.lines["1"].used for one in desk.world.licences.values()} == {Decimal(6)}


def test_a_licence_of_the_own_firm_is_no_licence_of_the_state() -> None:
    """Refused by one authority, released by the firm: nothing may go."""
    desk = PackDesk(UK, FIRM)
    desk.file(UK, FIRM)
    desk.on("2026-03-05 10:00")
    for person in ("fcdo-export-policy.1", "mod-export-advice.1", "desnz-non-proliferation.1"):
        desk.advise(person, UK)
    desk.decide("ecju-licensing.1", UK, "refuse", grounds=("1",))
    desk.confirm("ecju-countersigning.1", UK)
    desk.agree("own-firm-export-control.1", FIRM)
    desk.decide("own-firm-responsible.1", FIRM)
    assert code_of(desk.use, "use", "u1", "5") == "not_granted"


@pytest.mark.parametrize("name", ["u1", "u2", "back-at-the-gate"])
def test_excess_comes_back_before_anything_is_free_again(name: str) -> None:
    """Sixty went on a licence for forty, in two shipments: of 25 that come back, under whichever name, twenty heal the breach."""
    desk = granted()
    desk.use("use", "u1", "30")
    desk.use("report", "u2", "30")
    desk.use("return", name, "25")
    line = desk.licence().lines["1"]
    assert (line.available, line.used, line.over) == (Decimal(5), Decimal(35), Decimal(20))
    assert code_of(desk.use, "use", "u3", "6") == "not_enough"
    desk.use("return", "another-day", "25")
    assert desk.licence().lines["1"].available == Decimal(30)


def test_a_licence_lasts_to_the_end_of_its_last_day_in_its_authority_s_zone() -> None:
    """Two years from 6 March 2026: a use at 23:59 on 6 March 2028 is in time, and at midnight it is not."""
    for at, code in (("2028-03-06 23:59", "done"), ("2028-03-07 00:00", "expired")):
        desk = granted(at="2026-03-06 10:00").on(at)
        assert code_of(desk.use, "use", "u1", "1") == code


def test_a_revoked_licence_shows_no_suspension_any_more() -> None:
    """Suspended on one ground and revoked on another, it is revoked."""
    desk = granted()
    desk.change("ecju-licensing.1", "suspend", desk.licence(), "7")
    desk.change("ecju-licensing.2", "revoke", desk.licence(), "2c")
    assert (desk.licence().status, desk.licence().suspended_for) == ("revoked", "")


def test_what_went_before_a_revocation_counts_on_the_licence_that_an_appeal_gives_back() -> None:
    """Thirty of forty were used: ten are left."""
    desk = granted()
    desk.use("use", "u1", "30")
    old = desk.licence()
    desk.change("ecju-licensing.1", "revoke", old, "2c")
    desk.appeal(UK, "revoke")
    desk.decide("ecju-appeals.1", UK)
    new = desk.licence()
    assert new.lines["1"].available == Decimal(10)
    assert code_of(desk.use, "use", "u2", "11", licences=(new.id,)) == "not_enough"


def test_a_vote_at_the_due_instant_comes_after_the_silence() -> None:
    """The third department has until the end of 30 March in London: one second before is in time."""
    for before, code in ((timedelta(seconds=1), "done"), (timedelta(0), "not_now")):
        desk = PackDesk(UK)
        desk.file(UK)
        for person in ("fcdo-export-policy.1", "mod-export-advice.1"):
            desk.advise(person, UK)
        desk.at = utc("2026-03-30 23:00") - before
        desk.today()
        late: Advise = desk.act(Advise, "desnz-non-proliferation.1", UK, view="refuse")
        assert code_of(desk.do, late) == code
