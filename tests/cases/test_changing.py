"""Changes of the request and of the world: what becomes of votes, clearances and licences to come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from desk import (
    DAY,
    DE,
    MONDAY,
    REVIEW,
    UK,
    US,
    Desk,
    answer,
    assessed,
    code_of,
    fields,
    key,
)

from lastword.cases.acts import Amend, Ask, Close, ProvisoAsked, Reassess, Withdraw
from lastword.cases.assessment import Assessment
from lastword.cases.caseevents import VotesCarried, VotesVoided
from lastword.cases.needs import uncovered, verdict
from lastword.cases.procedure import Procedure, Seat
from lastword.cases.request import request_of

OTHER_BASIS = "ff" * 32


def advised(*procedures: Procedure) -> Desk:
    """A British case, perhaps with others, on which both departments have advised."""
    desk = Desk()
    desk.file(UK, *procedures)
    desk.advise("fcdo.1", provisos=(ProvisoAsked("one shipment only"),))
    desk.advise("mod.1")
    return desk


def amend(desk: Desk, asked: Assessment | None = None, person: str = "amy", **changes: Any) -> None:
    """Change fields of the request."""
    given = fields(**changes)
    before = desk.world.assessment
    assert before is not None
    act = Amend(
        person=person,
        case=desk.case.id,
        request=request_of(given),
        fields=given,
        assessment=asked or replace(before, day=desk.at.date()),
    )
    desk.do(act)
    desk.world = replace(desk.world, assessment=act.assessment)


def reassess(desk: Desk, asked: Assessment, **numbers: int) -> None:
    """Let the worker judge the case again on another answer."""
    desk.today(asked=asked, **numbers)
    desk.do(Reassess(person="worker", case=desk.case.id))


# amendments


def test_a_material_change_voids_every_yes_and_asks_again() -> None:
    """More pumps than before: the views are void with the reason, the seats are asked again, with new time."""
    desk = advised()
    desk.decide("unit.1")
    desk.at = MONDAY + DAY
    amend(desk, item__1={"thing": "pump", "quantity": "50", "unit": "pcs", "value": "1500 EUR"})
    one = desk.clearance(UK)
    assert (desk.case.round, one.stage, one.pending) == (2, "advice", None)
    assert {vote.why_not for vote in one.votes} == {"the request changed in `item.1`"}
    assert one.standing() == ()
    assert {due.started for due in one.dues if due.kind == "seat"} == {MONDAY + DAY}


def test_the_same_people_may_act_at_the_same_seats_in_a_new_round() -> None:
    """One person one seat: the seat is the same."""
    desk = advised()
    amend(desk, to="PK")
    desk.advise("fcdo.1", view="refuse")
    assert [vote.round for vote in desk.clearance(UK).votes if vote.counts] == [2]


def test_an_immaterial_change_carries_the_votes_with_the_reason_written() -> None:
    """Another planned day: the pack calls it immaterial, so the views stand, bound to the new request."""
    desk = advised()
    amend(desk, planned="2026-10-01")
    one = desk.clearance(UK)
    assert one.stage == "combine"
    assert [(vote.carried, vote.round, vote.request) for vote in one.votes] == [
        (True, 2, desk.case.request.digest)
    ] * 2
    (carried,) = [each.event for each in desk.log if isinstance(each.event, VotesCarried)]
    assert "`planned`" in carried.why
    assert len(one.standing()) == 1


def test_a_change_that_is_immaterial_to_one_authority_is_material_to_another() -> None:
    """Each procedure says for itself what its votes rest on."""
    desk = advised(US)
    desk.advise("us-state.1", US)
    amend(desk, planned="2026-10-01")
    assert [vote.counts for vote in desk.clearance(UK).votes] == [True, True]
    assert [vote.counts for vote in desk.clearance(US).votes] == [False]
    (voided,) = [one.event for one in desk.log if isinstance(one.event, VotesVoided)]
    assert voided.clearance == key(US)


def test_an_immaterial_change_with_a_new_basis_voids_the_votes() -> None:
    """The answer changed with the field: that is what the votes rested on."""
    desk = advised()
    asked = answer(assessed(UK, basis=OTHER_BASIS))
    amend(desk, asked, planned="2026-10-01")
    assert {vote.why_not for vote in desk.clearance(UK).votes} == {"the answer on which it rested changed"}


def test_an_immaterial_change_mixed_with_a_material_one_is_material() -> None:
    """One field that matters is enough."""
    desk = advised()
    amend(desk, planned="2026-10-01", to="PK")
    assert desk.clearance(UK).stage == "advice"


def test_a_new_document_is_immaterial_where_the_kind_is() -> None:
    """`document` in a pack means every document."""
    desk = advised()
    amend(desk, document__1={"name": "undertaking", "sha256": "ab" * 32})
    assert desk.clearance(UK).stage == "combine"


def test_a_new_round_releases_objections() -> None:
    """The request that was objected to is no longer in force."""
    desk = Desk()
    desk.file(REVIEW)
    desk.object("partner.1")
    desk.agree("dow-policy.1", yes=False)
    amend(desk, to="PK")
    assert [vote for vote in desk.clearance(REVIEW).votes if vote.counts] == []


def test_open_questions_stay_open_over_a_new_round() -> None:
    """An amendment is no answer, and the new clocks stand still as the old ones did."""
    desk = advised()
    desk.do(Ask(person="unit.1", case=desk.case.id, clearance=key(UK), text="?", query="q1"))
    amend(desk, to="PK")
    assert desk.case.queries[0].replied is None
    assert all(due.held for due in desk.clearance(UK).dues if due.kind == "seat")


def test_an_old_vote_is_not_cast_on_the_new_round() -> None:
    """What was prepared for round 1 is refused in round 2, loudly."""
    desk = Desk()
    desk.file(UK)
    old = desk.case.request.digest
    amend(desk, to="PK")
    assert code_of(lambda: desk.advise("fcdo.1", round=1)) == "stale_request"
    assert code_of(lambda: desk.advise("fcdo.1", request=old)) == "stale_request"


@pytest.mark.parametrize(
    ("person", "changes", "code"),
    [
        ("unit.1", {"to": "PK"}, "not_applicant"),
        ("outsider", {"to": "PK"}, "no_such_case"),
        ("amy", {}, "nothing_changed"),
        ("amy", {"applicant": "globex"}, "other_applicant"),
    ],
)
def test_amendments_that_are_refused(person: str, changes: dict[str, Any], code: str) -> None:
    """By an officer, by a stranger, without a change, to another applicant."""
    desk = advised()
    assert code_of(lambda: amend(desk, person=person, **changes)) == code


def test_after_a_decision_nothing_is_amended() -> None:
    """One clearance is decided: the rest of the request cannot change under it."""
    desk = advised(DE)
    desk.decide("bafa.1", DE)
    assert code_of(lambda: amend(desk, to="PK")) == "final"


def test_an_amendment_is_not_a_way_around_the_counter() -> None:
    """What would be refused at filing is refused as an amendment: forbidden, stale, without a procedure."""
    desk = advised()
    for asked, code in (
        (answer(assessed(UK), prohibitions=("embargo",)), "prohibited"),
        (answer(assessed(UK), facts=3), "stale_answer"),
        (answer(assessed(UK), assessed(None)), "no_procedure"),
    ):
        assert code_of(amend, desk, asked, to="PK") == code
    assert desk.case.round == 1


def test_an_amendment_after_which_nothing_is_needed_ends_the_clearances() -> None:
    """The deal changed so that no consent is needed: the clearance is not needed, which is no grant."""
    desk = advised()
    amend(desk, answer(outcomes={"1": "free", "2": "free"}), to="FR")
    assert (desk.clearance(UK).status, desk.case.status) == ("not_needed", "decided")
    assert dict(desk.world.licences) == {}


# reassessment


def test_a_change_of_the_world_voids_only_votes_whose_basis_changed() -> None:
    """Of two clearances one rests on what changed; the other one's votes stand."""
    desk = advised(US)
    desk.advise("us-state.1", US)
    reassess(desk, answer(assessed(UK, basis=OTHER_BASIS), assessed(US)), facts=4)
    assert [vote.counts for vote in desk.clearance(UK).votes] == [False, False]
    assert [vote.counts for vote in desk.clearance(US).votes] == [True]
    assert desk.clearance(UK).stage == "advice"


def test_a_change_of_the_world_does_not_lose_a_proviso() -> None:
    """What a department asked for stands until it is heard again, or drops it; its new view takes its place."""
    desk = advised()
    (before,) = desk.clearance(UK).standing()
    reassess(desk, answer(assessed(UK, basis=OTHER_BASIS)))
    assert desk.clearance(UK).standing() == (before,)
    desk.advise("fcdo.2", provisos=(ProvisoAsked("two shipments"),))
    assert [one.id == before.id for one in desk.clearance(UK).standing()] == [False]


def test_a_change_of_the_world_does_not_lift_a_veto() -> None:
    """A no is released at its seat or by a new round, and by nothing else."""
    desk = Desk()
    desk.file(REVIEW)
    desk.object("partner.1")
    desk.agree("dow-policy.1", yes=False)
    reassess(desk, answer(assessed(REVIEW, basis=OTHER_BASIS)))
    assert [vote.verdict for vote in desk.clearance(REVIEW).votes if vote.counts] == ["no", "no"]


def test_an_answer_that_says_the_same_writes_nothing() -> None:
    """New numbers of facts and rules alone are no change."""
    desk = advised()
    count = len(desk.log)
    reassess(desk, answer(assessed(UK)), facts=9, rules=9)
    assert len(desk.log) == count


def test_a_stale_answer_judges_nothing_again() -> None:
    """A reassessment on other numbers than those in force is refused."""
    desk = advised()
    desk.world = replace(desk.world, facts=1)
    assert desk.code(Reassess(person="worker", case=desk.case.id)) == "stale_answer"


def test_a_new_consent_opens_a_new_clearance() -> None:
    """A rule now asks Germany too: the case is not decided before Germany is."""
    desk = advised()
    reassess(desk, answer(assessed(UK), assessed(DE)))
    assert set(desk.case.clearances) == {key(UK), key(DE)}
    desk.decide("unit.1")
    desk.confirm("managers.1")
    assert (desk.case.status, verdict(desk.case)) == ("open", "open")


def test_a_new_consent_without_a_procedure_keeps_the_case_from_a_verdict() -> None:
    """Nobody can decide it, so the case never reads as granted."""
    desk = advised()
    reassess(desk, answer(assessed(UK), assessed(None)))
    desk.decide("unit.1")
    desk.confirm("managers.1")
    assert uncovered(desk.case) == ("XX/NOBODY:word",)
    assert verdict(desk.case) == "open"


def test_a_consent_that_is_no_longer_needed_ends_without_a_grant() -> None:
    """Only once that is settled; while facts are missing it stays."""
    desk = advised(DE)
    reassess(desk, answer(assessed(DE), settled=False, outcomes={"1": "consent", "2": "unknown"}))
    assert desk.clearance(UK).status == "open"
    reassess(desk, answer(assessed(DE)))
    assert desk.clearance(UK).status == "not_needed"
    assert code_of(lambda: desk.decide("unit.1")) == "final"


def test_a_consent_that_is_needed_again_is_asked_anew() -> None:
    """Votes of before do not come back to life, and their people keep to their seats."""
    desk = advised(DE)
    reassess(desk, answer(assessed(DE)))
    reassess(desk, answer(assessed(UK), assessed(DE)))
    one = desk.clearance(UK)
    assert (one.status, one.stage) == ("open", "advice")
    assert [vote.counts for vote in one.votes] == [False, False]


def test_when_another_authority_becomes_competent_the_case_moves_there() -> None:
    """The old clearance closes and never becomes approvable under other rules; the new authority begins at its start."""
    desk = advised()
    moved = answer(assessed(DE, ("1",)), settled=False, outcomes={"1": "consent", "2": "unknown"})
    reassess(desk, moved)
    assert (desk.clearance(UK).status, desk.clearance(DE).status) == ("closed", "open")
    assert code_of(lambda: desk.decide("unit.1")) == "final"


def test_a_procedure_stays_the_one_recorded_at_filing() -> None:
    """A pack that drops the countersignature changes no case that was filed under it."""
    desk = advised()
    weaker = replace(UK, stages=UK.stages[:2], appeal=None)
    reassess(desk, answer(assessed(weaker, key=key(UK), basis=OTHER_BASIS)))
    assert desk.clearance(UK).procedure == UK


def test_an_item_that_a_decided_clearance_does_not_cover_is_shown() -> None:
    """The answer asks the same authority for one item more: the decision does not stretch to it."""
    desk = Desk()
    desk.file(
        asked=answer(assessed(DE, ("1",)), assessed(UK, ("1",)), outcomes={"1": "consent", "2": "free"})
    )
    desk.decide("bafa.1", DE)
    reassess(desk, answer(assessed(DE), assessed(UK, ("1",))))
    assert uncovered(desk.case) == (key(DE),)


def test_the_choice_among_alternatives_stays_over_a_reassessment() -> None:
    """What the applicant chose is not chosen again by the machine."""
    either = answer(assessed(UK), assessed(DE), needs=(((key(UK),), (key(DE),)),))
    desk = Desk()
    desk.file(asked=either, choose=(key(DE),))
    reassess(desk, replace(either, consents=(assessed(UK), assessed(DE, basis=OTHER_BASIS))))
    assert list(desk.case.clearances) == [key(DE)]


def test_settled_without_a_consent_the_case_is_over() -> None:
    """What was unknown turned out to be free: nothing was needed."""
    desk = Desk()
    desk.file(asked=answer(outcomes={"1": "unknown", "2": "free"}, settled=False))
    reassess(desk, answer(outcomes={"1": "free", "2": "free"}))
    assert (desk.case.status, verdict(desk.case)) == ("decided", "not_required")


def test_settled_as_forbidden_the_case_is_not_over() -> None:
    """A prohibition that came out is no verdict that lets anything go."""
    desk = Desk()
    desk.file(asked=answer(outcomes={"1": "unknown", "2": "free"}, settled=False))
    reassess(desk, answer(outcomes={"1": "prohibited", "2": "free"}, prohibitions=("embargo",)))
    assert (desk.case.status, verdict(desk.case)) == ("settle", "settle")


def test_a_decided_clearance_is_not_touched_by_a_reassessment() -> None:
    """Its licence is judged again at each use; the decision stands."""
    desk = advised(DE)
    desk.decide("bafa.1", DE)
    before = desk.clearance(DE)
    reassess(desk, answer(assessed(UK), assessed(DE, basis=OTHER_BASIS)))
    assert desk.clearance(DE) == before


# withdrawal


@pytest.mark.parametrize(("person", "code"), [("unit.1", "not_applicant"), ("outsider", "no_such_case")])
def test_only_the_applicant_withdraws(person: str, code: str) -> None:
    """An officer closes, and does not withdraw."""
    assert code_of(lambda: advised().do(Withdraw(person=person, case="K7M4-QX2P"))) == code


def test_a_withdrawal_ends_what_is_open_and_leaves_what_is_decided() -> None:
    """Of two clearances the decided one stands; afterwards nothing is decided."""
    desk = advised(DE)
    desk.decide("bafa.1", DE)
    decided = desk.clearance(DE).outcome
    desk.do(Withdraw(person="amy", case=desk.case.id))
    assert desk.clearance(DE).outcome == decided
    assert desk.clearance(UK).status == "closed"
    assert code_of(lambda: desk.decide("unit.1")) == "final"
    assert desk.code(Withdraw(person="amy", case=desk.case.id)) == "final"


def test_what_was_closed_for_want_of_a_reply_stays_closed() -> None:
    """Neither a change of the world nor an amendment opens it again."""
    desk = advised(DE)
    desk.do(Ask(person="unit.1", case=desk.case.id, clearance=key(UK), text="?", query="q1"))
    desk.pass_to(MONDAY + 40 * DAY)
    desk.do(Close(person="unit.1", case=desk.case.id))
    reassess(desk, answer(assessed(UK, basis=OTHER_BASIS), assessed(DE)))
    assert (desk.clearance(UK).status, desk.clearance(DE).status) == ("closed", "open")
    amend(desk, to="PK")
    assert desk.clearance(UK).status == "closed"
    desk.decide("bafa.1", DE)
    assert (desk.case.status, verdict(desk.case)) == ("decided", "refused")


def test_a_question_by_a_deputy_names_both() -> None:
    """Who asked, and for whom."""
    desk = advised()
    ask = Ask(person="deputy", principal="unit.1", case=desk.case.id, clearance=key(UK), text="?", query="q1")
    desk.do(ask)
    (query,) = desk.case.queries
    assert (query.asked_by, query.principal, query.office) == ("deputy", "unit.1", "unit")


def test_that_nobody_objects_is_no_view_for_a_grant() -> None:
    """All advisers against, and a partner who does not object: that is agreement, and no dispute."""
    objecting = replace(
        US,
        stages=(
            replace(US.stages[0], seats=(*US.stages[0].seats, Seat("p", "object", ("partner",)))),
            *US.stages[1:],
        ),
    )
    desk = Desk()
    desk.file(objecting)
    desk.agree("partner.1", objecting)
    desk.advise("us-state.1", objecting, "refuse")
    desk.advise("us-defense.1", objecting, "refuse")
    assert desk.clearance(objecting).stage == "bis"
