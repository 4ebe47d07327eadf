"""Appeals, and break-glass: what moves after a decision, or before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from desk import DAY, DE, MONDAY, UK, Desk, code_of, key

from lastword.cases.acts import (
    AppealAgainst,
    BreakTheGlass,
    ChangeLicence,
    DropProviso,
    ItemVerdict,
    ProvisoAsked,
    Withdraw,
)
from lastword.cases.caseevents import CaseDecided
from lastword.cases.procedure import Procedure

DAY_28_OVER = datetime(2026, 3, 30, 23, 0, tzinfo=UTC)
"""The end of day 28 after 2 March, in London."""


def decided(outcome: str = "refuse", **more: Any) -> Desk:
    """A British case, decided and confirmed on Monday."""
    desk = Desk()
    desk.file(UK)
    desk.advise("fcdo.1")
    desk.advise("mod.1")
    if outcome == "refuse":
        more = {"grounds": ("1", "2c"), **more}
    desk.decide("unit.1", outcome=outcome, **more)
    desk.confirm("managers.1")
    return desk


def against(desk: Desk, kind: str = "refuse", ident: str = "a1", procedure: Procedure = UK) -> AppealAgainst:
    """An appeal by the applicant."""
    return AppealAgainst(
        person="amy", case=desk.case.id, clearance=key(procedure), appeal=ident, against=kind, text="why not"
    )


def test_an_appeal_on_day_28_is_heard_and_a_later_grant_reads_issued_on_appeal() -> None:
    """Refused on criteria 1 and 2c; the appeal of day 28 is heard; the grant stands beside the refusal, which is kept."""
    desk = decided()
    desk.do(against(desk), at=DAY_28_OVER.replace(hour=22, minute=59))
    assert (desk.clearance(UK).stage, desk.case.status) == ("appeal", "open")
    desk.today()
    desk.decide("appeals.1")
    first, second = desk.clearance(UK).outcomes
    assert (first.decision.outcome, first.decision.grounds, first.superseded) == ("refuse", ("1", "2c"), True)
    assert (second.decision.outcome, second.on_appeal) == ("grant", True)
    (licence,) = desk.world.licences.values()
    assert licence.on_appeal
    assert [one.state for one in desk.clearance(UK).appeals] == ["heard"]


def test_an_appeal_on_day_29_is_recorded_and_rejected_as_late() -> None:
    """It is on record, and changes nothing."""
    desk = decided()
    desk.do(against(desk), at=DAY_28_OVER)
    assert [one.state for one in desk.clearance(UK).appeals] == ["late"]
    assert (desk.clearance(UK).status, desk.case.status) == ("decided", "decided")


def test_the_window_does_not_start_again() -> None:
    """Its due instant is computed once, at the decision, whatever is written later."""
    desk = decided()
    before = [one.at for one in desk.clearance(UK).dues]
    desk.pass_to(MONDAY + 20 * DAY)
    assert [one.at for one in desk.clearance(UK).dues] == before == [DAY_28_OVER]


def test_a_refusal_that_is_upheld_stays_a_refusal() -> None:
    """Refused again on appeal: one more final event, no licence, and no further appeal here."""
    desk = decided()
    desk.do(against(desk), at=MONDAY + DAY)
    desk.today()
    desk.decide("appeals.1", outcome="refuse", grounds=("1",))
    assert dict(desk.world.licences) == {}
    assert desk.code(against(desk, ident="a2")) == "appealed_before"
    assert sum(isinstance(one.event, CaseDecided) for one in desk.log) == 2


def test_one_appeal_at_a_time() -> None:
    """While one is open another is refused."""
    desk = decided()
    desk.do(against(desk))
    assert desk.code(against(desk, ident="a2")) == "appealed_before"
    assert desk.code(against(desk)) == "exists"


def test_without_a_refusal_there_is_nothing_to_appeal_against() -> None:
    """Neither before a decision nor after a grant."""
    desk = Desk()
    desk.file(UK)
    assert desk.code(against(desk)) == "nothing_to_appeal"
    assert decided("grant").code(against(decided("grant"))) == "nothing_to_appeal"


def test_a_procedure_without_an_appeal_has_none() -> None:
    """What the pack does not know is refused, and so is a kind that it does not know."""
    bare = replace(DE, stages=DE.stages[:1], appeal=None)
    desk = Desk()
    desk.file(bare)
    desk.decide("bafa.1", bare, "refuse")
    assert desk.code(against(desk, procedure=bare)) == "no_appeal"
    other = Desk()
    other.file(DE)
    other.decide("bafa.1", DE, "refuse")
    assert other.code(against(other, "revoke", procedure=DE)) == "no_appeal"


def test_only_the_applicant_appeals() -> None:
    """An adviser who lost does not."""
    desk = decided()
    assert desk.code(replace(against(desk), person="fcdo.2")) == "not_applicant"


def test_who_sat_in_the_case_does_not_hear_the_appeal() -> None:
    """One person, one seat: the officer who refused is no judge of the refusal."""
    desk = decided()
    roster = desk.world.roster
    more = replace(roster.officers[0], office="appeals", person="unit.1")
    desk.world = replace(desk.world, roster=replace(roster, officers=(*roster.officers, more)))
    desk.do(against(desk))
    assert code_of(lambda: desk.decide("unit.1")) == "one_seat"


def test_a_withdrawal_during_an_appeal_leaves_the_first_decision() -> None:
    """The appeal is over; what was decided stays decided, and nothing runs any more."""
    desk = decided()
    desk.do(against(desk))
    desk.do(Withdraw(person="amy", case=desk.case.id))
    one = desk.clearance(UK)
    assert one.outcome is not None
    assert (one.status, one.outcome.decision.outcome, one.dues) == ("decided", "refuse", ())


def test_an_appeal_against_a_proviso_replaces_the_licence() -> None:
    """The owner drops the proviso on appeal: a new licence without it takes the place of the old one."""
    desk = decided("grant", provisos=(ProvisoAsked("no resale"),))
    (old,) = desk.world.licences.values()
    (proviso,) = old.provisos
    desk.do(against(desk, "proviso"), at=MONDAY + DAY)
    desk.today()
    code = code_of(lambda: desk.decide("appeals.1", drop=(proviso.id,)))
    assert code == "not_owner"
    drop = DropProviso(person="unit.2", case=desk.case.id, clearance=key(UK), proviso=proviso.id)
    desk.do(drop)
    desk.decide("appeals.1")
    new = desk.world.licences[desk.clearance(UK).outcomes[-1].licence]
    assert (new.on_appeal, new.provisos) == (True, ())
    assert desk.world.licences[old.id].status == "surrendered"


def test_an_appeal_against_a_revocation() -> None:
    """The licence was revoked after the decision: its window counts from the revocation."""
    desk = decided("grant")
    (licence,) = desk.world.licences
    assert desk.code(against(desk, "revoke")) == "nothing_to_appeal"
    revoke = ChangeLicence(person="unit.2", licence=licence, to="revoke", ground="1", for_applicant="x")
    desk.do(revoke, at=MONDAY + 100 * DAY)
    desk.do(against(desk, "revoke"), at=MONDAY + 127 * DAY)
    desk.today()
    desk.decide("appeals.1")
    assert [one.status for one in desk.world.licences.values()] == ["revoked", "issued"]


@pytest.mark.parametrize("outcome", ["grant", "refuse"])
def test_a_split_decision_opens_only_the_windows_that_it_gives_cause_for(outcome: str) -> None:
    """A refused item opens the window against refusals; a plain grant opens none."""
    desk = Desk()
    desk.file(DE)
    items = (ItemVerdict("1", "grant"), ItemVerdict("2", outcome))
    desk.decide("bafa.1", DE, items=items)
    kinds = [(one.kind, one.about) for one in desk.clearance(DE).dues]
    assert kinds == ([("appeal", "refuse")] if outcome == "refuse" else [])


# break-glass


def glass(desk: Desk, person: str = "duty.1", procedure: Procedure = UK) -> BreakTheGlass:
    """Let three pumps go ahead."""
    items = (ItemVerdict("1", "grant", Decimal(3)),)
    return BreakTheGlass(
        person=person,
        case=desk.case.id,
        clearance=key(procedure),
        licence="L-GLASS",
        text="flood",
        items=items,
    )


def test_one_act_may_go_ahead_before_the_decision() -> None:
    """The case shows who broke the glass, for what licence, and when that is reviewed; the clearance stays open."""
    desk = Desk()
    desk.file(UK)
    desk.do(glass(desk))
    (broken,) = desk.case.glass
    assert (broken.licence, broken.by, broken.office) == ("L-GLASS", "duty.1", "duty")
    assert desk.world.licences["L-GLASS"].review_due == broken.review_due
    assert desk.clearance(UK).status == "open"


def test_the_glass_breaks_once_and_only_where_there_is_one() -> None:
    """A second time is refused, and so is a procedure that has none."""
    desk = Desk()
    desk.file(UK, DE)
    assert desk.code(glass(desk, "bafa.1", DE)) == "no_break_glass"
    desk.do(glass(desk))
    assert desk.code(replace(glass(desk, "duty.2"), licence="L-TWO")) == "broken_before"


def test_a_moratorium_blocks_the_breaking_of_the_glass() -> None:
    """Every way to a grant is blocked."""
    desk = Desk()
    desk.file(UK)
    desk.freeze()
    assert desk.code(glass(desk)) == "held"


def test_the_applicant_breaks_no_glass() -> None:
    """Nor does its alias, or an officer of another seat."""
    desk = Desk()
    desk.file(UK)
    assert desk.code(glass(desk, "amy")) in ("not_seated", "applicant_excluded")
    assert desk.code(glass(desk, "unit.1")) == "not_seated"
