"""The decision: what may be decided when, countersignature, escalation, and the licence it leaves behind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
from desk import DAY, DE, FIRM, MONDAY, UK, US, Desk, answer, assessed, code_of, fields, key
from hypothesis import given
from hypothesis import strategies as st

from lastword.cases.acts import Ask, Escalate, ItemVerdict, ProvisoAsked, Reply
from lastword.cases.case import ItemDecision
from lastword.cases.caseevents import CaseDecided
from lastword.cases.decision import decision_digest
from lastword.cases.needs import verdict
from lastword.cases.procedure import Seat, Stage
from lastword.cases.refusal import ActRefused

ONCE = ProvisoAsked("one shipment only")


def combining(*views: str) -> Desk:
    """A case that both departments have advised on."""
    desk = Desk()
    desk.file(UK)
    first, second = views or ("approve", "approve")
    desk.advise("fcdo.1", view=first)
    desk.advise("mod.1", view=second)
    return desk


def dispute() -> Desk:
    """An American case on which the agencies disagree, decided by the chair against Defense."""
    desk = Desk()
    desk.file(US)
    desk.advise("us-state.1", US)
    desk.advise("us-defense.1", US, "refuse")
    assert desk.clearance(US).stage == "oc"
    desk.decide("us-oc.1", US)
    return desk


def test_approve_with_conditions() -> None:
    """Two departments each with a condition, an officer, a manager: the licence shows both with their owners, and is final."""
    desk = Desk()
    desk.file(UK)
    desk.advise("fcdo.1", provisos=(ONCE,))
    desk.advise("mod.1", provisos=(ProvisoAsked("no resale"),))
    desk.decide("unit.1")
    desk.confirm("managers.1")
    (licence,) = desk.world.licences.values()
    assert [one.owner for one in licence.provisos] == ["fcdo", "mod"]
    outcome = desk.clearance(UK).outcome
    assert outcome is not None
    assert outcome.decision.outcome == "grant_with_provisos"
    assert (desk.case.status, desk.clearance(UK).stage) == ("decided", "")


def test_a_decision_waits_for_the_countersignature() -> None:
    """Before the manager confirms nothing is decided and no licence exists."""
    desk = combining()
    desk.decide("unit.1")
    assert (desk.clearance(UK).outcome, dict(desk.world.licences)) == (None, {})
    desk.confirm("managers.1")
    assert desk.clearance(UK).status == "decided"


def test_the_countersigner_names_the_decision_by_its_digest() -> None:
    """A countersignature on another decision than the one that waits is refused, and so is one on nothing."""
    desk = combining()
    assert code_of(lambda: desk.confirm("managers.1")) == "not_now"
    desk.decide("unit.1")
    assert code_of(lambda: desk.confirm("managers.1", decision="0" * 64)) == "stale_decision"
    assert code_of(lambda: desk.confirm("managers.1", decision="")) == "stale_decision"


def test_who_decided_or_advised_does_not_countersign() -> None:
    """The manager who is the deciding officer too confirms nothing: another human being has to."""
    desk = combining()
    roster = desk.world.roster
    since = roster.officers[0].since
    more = tuple(replace(roster.officers[0], office="managers", person=who) for who in ("unit.1", "mod.1"))
    desk.world = replace(desk.world, roster=replace(roster, officers=(*roster.officers, *more)))
    assert since == more[0].since
    desk.decide("unit.1")
    assert code_of(lambda: desk.confirm("unit.1")) == "one_seat"
    assert code_of(lambda: desk.confirm("mod.1")) == "one_seat"


def test_a_rejected_decision_is_void_and_decided_again() -> None:
    """After a manager's no the same officer decides anew, and the same manager may confirm that."""
    desk = combining()
    desk.decide("unit.1")
    desk.confirm("managers.1", yes=False)
    one = desk.clearance(UK)
    assert (one.stage, one.pending, one.counted("combine", "officer")) == ("combine", None, ())
    desk.decide("unit.1", outcome="refuse", grounds=("2c",))
    desk.confirm("managers.1")
    outcome = desk.clearance(UK).outcome
    assert outcome is not None
    assert (outcome.decision.outcome, outcome.decision.grounds) == ("refuse", ("2c",))
    events = [one for one in desk.log if isinstance(one.event, CaseDecided)]
    assert len(events) == 1


def test_provisos_of_a_rejected_decision_go_with_it_and_those_of_the_advice_stay() -> None:
    """What the officer added falls with the officer's decision; what a department asked for is the department's."""
    desk = Desk()
    desk.file(UK)
    desk.advise("fcdo.1", provisos=(ONCE,))
    desk.advise("mod.1")
    desk.decide("unit.1", provisos=(ProvisoAsked("and a report"),))
    assert len(desk.clearance(UK).standing()) == 2
    desk.confirm("managers.1", yes=False)
    assert [one.owner for one in desk.clearance(UK).standing()] == ["fcdo"]


def test_an_open_question_stops_the_decision() -> None:
    """All signatures are in but a question is open: the officer cannot decide, and can once it is answered."""
    desk = combining()
    desk.do(Ask(person="unit.1", case=desk.case.id, clearance=key(UK), text="which pump?", query="q1"))
    assert code_of(lambda: desk.decide("unit.1")) == "open_query"
    desk.do(Reply(person="bob", case=desk.case.id, query="q1", text="the red one"))
    desk.decide("unit.1")
    assert desk.clearance(UK).pending is not None


def test_a_question_asked_while_the_countersignature_is_awaited_stops_it_too() -> None:
    """No way to a decision goes around an open question."""
    desk = combining()
    desk.decide("unit.1")
    desk.do(Ask(person="unit.2", case=desk.case.id, clearance=key(UK), text="?", query="q1"))
    assert code_of(lambda: desk.confirm("managers.1")) == "open_query"


def test_several_deciders_have_to_decide_the_same() -> None:
    """Yes votes for different contents are never added up; one of the two may come round."""
    desk = Desk()
    desk.file(FIRM)
    desk.agree("acme-control.1", FIRM)
    desk.decide("acme-board.1", FIRM)
    half = (ItemVerdict("1", "grant", Decimal(20)), ItemVerdict("2", "grant"))
    desk.decide("acme-board.2", FIRM, items=half)
    assert desk.clearance(FIRM).outcome is None
    desk.decide("acme-board.1", FIRM, items=half)
    outcome = desk.clearance(FIRM).outcome
    assert outcome is not None
    assert outcome.decision.items[0].quantity == 20
    assert [vote.why_not for vote in desk.clearance(FIRM).votes if not vote.counts] == [
        "replaced by a later one of the same seat"
    ]


def test_the_same_decision_twice_by_one_person_is_one_vote() -> None:
    """Deciding again the same way adds nothing and is refused."""
    desk = Desk()
    desk.file(FIRM)
    desk.agree("acme-control.1", FIRM)
    desk.decide("acme-board.1", FIRM)
    assert code_of(lambda: desk.decide("acme-board.1", FIRM)) == "voted_already"


def test_the_second_decider_joins_a_decision_with_a_proviso_of_the_first() -> None:
    """A proviso that one decider adds stands, so a plain grant of the other is the same decision."""
    desk = Desk()
    desk.file(FIRM)
    desk.agree("acme-control.1", FIRM)
    desk.decide("acme-board.1", FIRM, provisos=(ONCE,))
    desk.decide("acme-board.2", FIRM)
    outcome = desk.clearance(FIRM).outcome
    assert outcome is not None
    assert outcome.decision.outcome == "grant_with_provisos"


def test_a_split_decision_licenses_only_what_is_granted() -> None:
    """One item granted in part, the other refused: the licence holds the one, in the granted quantity."""
    desk = combining()
    items = (ItemVerdict("1", "grant", Decimal("12.5")), ItemVerdict("2", "refuse"))
    desk.decide("unit.1", items=items, grounds=("1",))
    desk.confirm("managers.1")
    (licence,) = desk.world.licences.values()
    assert {ident: line.granted for ident, line in licence.lines.items()} == {"1": Decimal("12.5")}
    assert verdict(desk.case) == "partly"


def test_one_controlled_and_one_uncontrolled_item() -> None:
    """The licence lists the one; the other is found not required, with reasons where the answer says otherwise."""
    desk = combining()
    items = (ItemVerdict("1", "grant"), ItemVerdict("2", "not_required"))
    assert code_of(lambda: desk.decide("unit.1", items=items)) == "departs"
    desk.decide("unit.1", items=items, for_file="the valve is below the threshold")
    desk.confirm("managers.1")
    (licence,) = desk.world.licences.values()
    assert list(licence.lines) == ["1"]
    assert verdict(desk.case) == "granted"


def test_unknown_never_becomes_not_required() -> None:
    """While a fact is missing that could matter, no officer finds that nothing is required."""
    desk = Desk()
    desk.file(asked=answer(assessed(DE, ("1",)), outcomes={"1": "consent", "2": "unknown"}, settled=False))
    assert code_of(lambda: desk.decide("bafa.1", DE, "not_required", for_file="x")) == "not_settled"
    desk.decide("bafa.1", DE)
    assert desk.clearance(DE).status == "decided"
    assert desk.case.status == "settle"


def test_what_is_forbidden_unless_lifted_is_not_found_not_required() -> None:
    """A consent that lifts a prohibition is granted or refused."""
    desk = Desk()
    desk.file(
        asked=answer(assessed(DE, lifts=True), outcomes={"1": "prohibited", "2": "prohibited"}),
    )
    assert code_of(lambda: desk.decide("bafa.1", DE, "not_required", for_file="x")) == "prohibited"


@pytest.mark.parametrize("quantity", ["40.000000000001", "41", "1000000000"])
def test_a_decider_narrows_and_never_widens(quantity: str) -> None:
    """More than was asked for is not granted."""
    desk = combining()
    items = (ItemVerdict("1", "grant", Decimal(quantity)), ItemVerdict("2", "grant"))
    assert code_of(lambda: desk.decide("unit.1", items=items)) == "widened"


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "0.0000000000001"])
def test_nothing_is_granted_in_no_quantity(quantity: str) -> None:
    """Zero, less, and what is no number are refused."""
    desk = combining()
    items = (ItemVerdict("1", "grant", Decimal(quantity)), ItemVerdict("2", "grant"))
    assert code_of(lambda: desk.decide("unit.1", items=items)) == "bad_quantity"


@pytest.mark.parametrize(
    "items",
    [
        (ItemVerdict("1", "grant"),),
        (ItemVerdict("1", "grant"), ItemVerdict("2", "grant"), ItemVerdict("3", "grant")),
        (ItemVerdict("1", "grant"), ItemVerdict("1", "refuse"), ItemVerdict("2", "grant")),
    ],
)
def test_every_item_is_decided_exactly_once(items: tuple[ItemVerdict, ...]) -> None:
    """Missing, strange and doubled items are refused."""
    assert code_of(lambda: combining().decide("unit.1", items=items)) == "unknown_item"


def test_codes_that_nobody_knows_are_refused() -> None:
    """Outcomes and grounds are those of the procedure, and a refusal has one."""
    desk = combining()
    assert code_of(lambda: desk.decide("unit.1", outcome="yes")) == "unknown_outcome"
    assert code_of(lambda: desk.decide("unit.1", outcome="refuse")) == "no_ground"
    assert code_of(lambda: desk.decide("unit.1", outcome="refuse", grounds=("9",))) == "unknown_code"
    assert code_of(lambda: desk.decide("unit.1", grounds=("1",))) == "grounds_without_refusal"
    assert code_of(lambda: desk.decide("unit.1", outcome="grant_with_provisos")) == "no_proviso"
    assert code_of(lambda: desk.decide("unit.1", drop=("p9.1",))) == "unknown_proviso"


@pytest.mark.parametrize("changes", [{"facts": 1}, {"rules": 1}, {"day": MONDAY.date() - DAY}])
def test_a_decision_rests_on_the_answer_of_its_day(changes: dict[str, object]) -> None:
    """An answer on older facts or rules, or of yesterday, decides nothing; neither does none."""
    desk = combining()
    asked = desk.world.assessment
    assert asked is not None
    desk.world = replace(desk.world, assessment=replace(asked, **changes))  # type: ignore[arg-type]
    assert code_of(lambda: desk.decide("unit.1")) == "stale_answer"
    desk.world = replace(desk.world, assessment=None)
    assert code_of(lambda: desk.decide("unit.1")) == "stale_answer"


def test_the_day_of_a_decision_is_the_authoritys() -> None:
    """At half past midnight in London on 2 June it is 1 June in UTC, and the answer has to be of 2 June."""
    desk = combining()
    desk.at = MONDAY.replace(month=6, day=1, hour=23, minute=30)
    desk.today()
    assert code_of(lambda: desk.decide("unit.1")) == "stale_answer"
    desk.today(day=MONDAY.replace(month=6, day=2).date())
    desk.decide("unit.1")


def test_a_world_that_changed_is_seen_before_the_decision() -> None:
    """The answer of the day asks on another basis: the votes are void, the seats asked again, the decision refused."""
    desk = combining()
    desk.today(asked=answer(assessed(UK, basis="ff" * 32)))
    with pytest.raises(ActRefused) as refused:
        desk.decide("unit.1")
    assert refused.value.code == "not_now"
    one = desk.clearance(UK)
    assert (one.stage, one.basis) == ("advice", "ff" * 32)
    assert {vote.why_not for vote in one.votes} == {"the answer on which it rested changed"}


def test_a_prohibition_that_arose_bars_the_grant_but_not_the_refusal() -> None:
    """After filing a rule forbids it: granting is refused, refusing is not."""
    desk = combining()
    desk.today(prohibitions=("embargo",))
    assert code_of(lambda: desk.decide("unit.1")) == "prohibited"
    desk.decide("unit.1", outcome="refuse", grounds=("1",))


def test_a_case_that_is_returned() -> None:
    """Given back undecided: no licence, and the case says so."""
    desk = combining()
    desk.decide("unit.1", outcome="return")
    desk.confirm("managers.1")
    assert (desk.case.status, dict(desk.world.licences), verdict(desk.case)) == ("returned", {}, "returned")


def test_a_preliminary_decision_leaves_no_licence() -> None:
    """A grant on a planned deal binds, and licenses nothing."""
    desk = Desk()
    desk.file(replace(DE, preliminary=True))
    desk.decide("bafa.1", DE)
    outcome = desk.clearance(DE).outcome
    assert outcome is not None
    assert (outcome.decision.outcome, outcome.licence, dict(desk.world.licences)) == ("grant", "", {})


def test_a_preliminary_request_leaves_no_licence_either() -> None:
    """The request says that it is preliminary, whatever the procedure says."""
    desk = Desk()
    desk.file(DE, given=fields(preliminary=True))
    desk.decide("bafa.1", DE)
    assert dict(desk.world.licences) == {}


def test_a_licence_gets_the_id_that_the_decider_gave_and_no_two_the_same() -> None:
    """An id that exists is refused, whoever's licence it is."""
    desk = Desk()
    desk.file(DE)
    desk.decide("bafa.1", DE, licence="L-ONE")
    assert list(desk.world.licences) == ["L-ONE"]
    other = Desk()
    other.world = replace(other.world, licences=desk.world.licences)
    other.file(DE)
    assert code_of(lambda: other.decide("bafa.1", DE, licence="L-ONE")) == "exists"


def test_what_is_decided_does_not_move() -> None:
    """A decided clearance takes no vote, no question, no escalation."""
    desk = combining()
    desk.decide("unit.1")
    desk.confirm("managers.1")
    assert code_of(lambda: desk.decide("unit.2")) == "final"
    assert code_of(lambda: desk.advise("fcdo.2")) == "final"
    ask = Ask(person="unit.1", case=desk.case.id, clearance=key(UK), text="?", query="q")
    assert desk.code(ask) == "final"
    assert desk.code(Escalate(person="unit.1", case=desk.case.id, clearance=key(UK))) == "final"


def test_the_two_texts_of_a_refusal_have_two_audiences() -> None:
    """The applicant gets one text, the file the other; the state holds neither."""
    desk = combining()
    told, secret = "criterion 1", "a source told us"
    desk.decide("unit.1", outcome="refuse", grounds=("1",), for_applicant=told, for_file=secret)
    (written,) = [one for one in desk.log if one.texts.get("for_file")]
    assert (written.audience, dict(written.text_audience)) == ("file", {"for_applicant": "applicant"})
    assert "source" not in repr(desk.case)


def test_a_second_countersigner_in_a_later_stage() -> None:
    """Two stages of confirmation are gone through in turn, by two human beings."""
    stages = (
        Stage("s", {}, (Seat("amt", "decide", ("bafa",)),)),
        Stage("first", {}, (Seat("one", "countersign", ("unit",)),)),
        Stage("second", {}, (Seat("two", "countersign", ("managers",)),)),
    )
    thrice = replace(DE, stages=stages, appeal=None)
    desk = Desk()
    desk.file(thrice)
    desk.decide("bafa.1", thrice)
    desk.confirm("unit.1", thrice)
    assert (desk.clearance(thrice).stage, desk.clearance(thrice).outcome) == ("second", None)
    desk.confirm("managers.1", thrice)
    assert desk.case.status == "decided"


def test_a_countersignature_in_the_stage_of_the_decision() -> None:
    """One stage may hold both seats; the countersigner's time starts with the decision."""
    stage = Stage(
        "s", {}, (Seat("amt", "decide", ("bafa",)), Seat("eyes", "countersign", ("unit",), needs=2))
    )
    same = replace(DE, stages=(stage,), appeal=None)
    desk = Desk()
    desk.file(same)
    assert code_of(lambda: desk.confirm("unit.1", same)) == "not_now"
    desk.decide("bafa.1", same)
    desk.confirm("unit.1", same)
    assert desk.clearance(same).outcome is None
    assert code_of(lambda: desk.confirm("unit.1", same)) == "voted_already"
    desk.confirm("unit.2", same)
    assert desk.case.status == "decided"


# agreement, disagreement, escalation


def test_agencies_that_agree_leave_the_decision_to_the_officer() -> None:
    """All for it, or all against it, is agreement."""
    for views in (("approve", "not_required"), ("refuse", "refuse"), ("no_view", "refuse")):
        desk = Desk()
        desk.file(US)
        desk.advise("us-state.1", US, views[0])
        desk.advise("us-defense.1", US, views[1])
        assert desk.clearance(US).stage == "bis"


def test_agencies_that_disagree_take_it_to_the_chair() -> None:
    """One for, one against: the officer does not decide."""
    desk = Desk()
    desk.file(US)
    desk.advise("us-state.1", US)
    desk.advise("us-defense.1", US, "refuse")
    assert code_of(lambda: desk.decide("us-bis.1", US)) == "not_now"
    desk.decide("us-oc.1", US)


def test_a_decision_against_an_agency_waits_for_its_time_to_escalate() -> None:
    """It stands five days later if nobody escalates, with the licence."""
    desk = dispute()
    assert (desk.clearance(US).outcome, desk.clearance(US).waits_for) == (None, "escalation")
    desk.pass_to(MONDAY + 6 * DAY)
    outcome = desk.clearance(US).outcome
    assert outcome is not None
    assert (outcome.by, len(desk.world.licences)) == ("us-oc", 1)


def test_only_who_disagreed_escalates_and_in_time() -> None:
    """The agency that got its way does not escalate; neither does anybody after the window."""
    desk = dispute()
    escalate = Escalate(person="us-state.2", case=desk.case.id, clearance=key(US))
    assert desk.code(escalate) == "not_seated"
    assert desk.code(replace(escalate, person="us-defense.2"), at=MONDAY + 6 * DAY) == "final"


def test_the_ladder_has_two_steps_and_its_last_decision_is_final() -> None:
    """The chair, the committee, the board: each step voids what was decided below, and the board has the last word."""
    desk = dispute()
    escalate = Escalate(person="us-defense.2", case=desk.case.id, clearance=key(US))
    desk.do(escalate, at=MONDAY + DAY)
    assert (desk.clearance(US).stage, desk.clearance(US).pending) == ("acep", None)
    desk.today()
    desk.decide("us-acep.1", US)
    desk.decide("us-acep.2", US)
    assert desk.clearance(US).waits_for == "escalation"
    desk.do(replace(escalate, person="us-defense.3"), at=MONDAY + 2 * DAY)
    desk.today()
    desk.decide("us-earb.1", US, "refuse")
    outcome = desk.clearance(US).outcome
    assert outcome is not None
    assert (outcome.stage, outcome.decision.outcome) == ("earb", "refuse")
    assert sum(isinstance(one.event, CaseDecided) for one in desk.log) == 1


def test_a_decision_that_follows_all_views_stands_at_once() -> None:
    """Nobody disagreed, so there is no time in which to escalate: who gave no view disagrees with nothing."""
    desk = Desk()
    desk.file(US)
    desk.advise("us-state.1", US, "no_view")
    desk.advise("us-defense.1", US, "refuse")
    desk.decide("us-bis.1", US, "refuse")
    assert desk.clearance(US).status == "decided"


def test_silence_of_a_committee_takes_it_to_the_board() -> None:
    """The committee lets its eleven days pass: the board decides."""
    desk = dispute()
    desk.do(Escalate(person="us-defense.2", case=desk.case.id, clearance=key(US)), at=MONDAY + DAY)
    desk.pass_to(MONDAY + 13 * DAY)
    assert desk.clearance(US).stage == "earb"


# digests


@given(st.decimals(min_value="0.000001", max_value=1_000_000, allow_nan=False, places=6))
def test_a_decision_has_one_digest_however_its_quantity_is_written(quantity: Decimal) -> None:
    """Zeros at the end of a quantity make no second decision."""
    plain, padded = (
        decision_digest(
            case="c",
            round=1,
            clearance="k",
            request="r",
            basis="b",
            items=(ItemDecision("1", "grant", one),),
            grounds=(),
            provisos=(),
        )
        for one in (quantity.normalize(), quantity)
    )
    assert plain == padded


def test_a_decision_can_be_digested_outside() -> None:
    """The digest is SHA-256 over canonical JSON, so that a decider can compute it with any tool."""
    desk = Desk()
    desk.file(DE)
    desk.decide("bafa.1", DE)
    outcome, one = desk.clearance(DE).outcome, desk.clearance(DE)
    assert outcome is not None
    body = {
        "basis": one.basis,
        "case": desk.case.id,
        "clearance": key(DE),
        "grounds": [],
        "items": [
            {"item": "1", "outcome": "grant", "quantity": "40"},
            {"item": "2", "outcome": "grant", "quantity": "7.5"},
        ],
        "provisos": [],
        "request": desk.case.request.digest,
        "round": 1,
    }
    text = json.dumps(body, separators=(",", ":"), sort_keys=True)
    assert outcome.decision.digest == sha256(text.encode()).hexdigest()


def test_time_does_not_run_backwards_for_a_decision() -> None:
    """A decision an hour later on the same day is as good."""
    desk = combining()
    desk.at += timedelta(hours=1)
    desk.decide("unit.1")
    assert desk.clearance(UK).pending is not None


def test_a_confirmation_that_belongs_to_one_way_is_not_waited_for_on_the_other() -> None:
    """The officer's decision is confirmed by a manager; the chair, who decides where the agencies disagree, comes after that."""
    confirm = Stage("confirm", {}, (Seat("manager", "countersign", ("managers",)),))
    ways = replace(US, stages=(*US.stages[:2], confirm, *US.stages[2:]))
    for second, stage in (("refuse", "oc"), ("approve", "bis")):
        desk = Desk()
        desk.file(ways)
        desk.advise("us-state.1", ways)
        desk.advise("us-defense.1", ways, second)
        assert desk.clearance(ways).stage == stage
    desk.decide("us-bis.1", ways)
    assert desk.clearance(ways).stage == "confirm"
    desk.confirm("managers.1", ways)
    assert desk.clearance(ways).status == "decided"
