"""Refusals, appeals, split decisions, amendments and withdrawals."""

from __future__ import annotations

import pytest
from practice import Practice

pytest_plugins = ("beginning",)

CASE = "K7M4-QX2P"


@pytest.fixture
def both(uk: Practice) -> Practice:
    """Given a request for ten cameras, which are controlled, and twenty brackets, which are not, with all advice in."""
    uk(
        "case file camera --from GB --to IN --end-use civil --quantity 10 --item 'bracket=20 piece' "
        f"--party end_user=rescue --id {CASE}",
        by="p-ann",
        at="2026-03-02T11:00Z",
    )
    uk(f"case advise {CASE} approve", by="p-fay", at="2026-03-03T10:00Z")
    uk(f"case advise {CASE} approve", by="p-mo")
    uk(f"case advise {CASE} no_view", by="p-des")
    return uk


def refuse(uk: Practice, at: str = "2026-03-10T12:00Z") -> None:
    """When it is refused on criteria 1 and 2c."""
    uk(
        f"case decide {CASE} refuse --ground 1 --ground 2c --text-applicant 'criteria 1 and 2c'",
        by="p-liz",
        at=at,
    )
    uk(f"case countersign {CASE}", by="p-con")


def test_a_refusal_names_its_grounds_in_the_letter_with_the_last_day_for_an_appeal(both: Practice) -> None:
    """Scenario 4: the letter tells criteria 1 and 2c, and the end of the 28th day."""
    both.refused(f"case decide {CASE} refuse", "no_ground", by="p-liz")
    both.refused(f"case decide {CASE} refuse --ground 99", "unknown_code", by="p-liz")
    refuse(both)
    letter = both(f"case letter {CASE}", by="p-ann")
    assert "Ground 1: Criterion 1" in letter
    assert "Ground 2c: Criterion 2(c)" in letter
    assert "until the end of 7 April 2026" in letter
    assert both.case(CASE, by="p-ann")["licences"] == []


def test_an_appeal_on_day_28_is_heard_and_a_later_grant_reads_issued_on_appeal(both: Practice) -> None:
    """Scenario 4: the refusal is kept beside the grant."""
    refuse(both)
    both(f"case appeal {CASE} --text 'please'", by="p-ann", at="2026-04-07T22:30Z")
    both(f"case decide {CASE} grant", by="p-app", at="2026-04-20T09:00Z")
    outcomes = both.case(CASE, by="p-ann")["clearances"][0]["outcomes"]
    assert [(one["outcome"], one["on_appeal"], one["superseded"]) for one in outcomes] == [
        ("refuse", False, True),
        ("grant", True, False),
    ]
    assert "issued on appeal" in both(f"licence show {CASE}", by="p-ann")


def test_an_appeal_on_day_29_is_recorded_and_rejected(both: Practice) -> None:
    """Scenario 4: it stands in the record as too late, and the refusal stands."""
    refuse(both)
    told = both(f"case appeal {CASE} --text 'please'", by="p-ann", at="2026-04-08T00:30+01:00")
    assert "came too late and is rejected" in told
    assert both.case(CASE, by="p-ann")["clearances"][0]["outcomes"][0]["outcome"] == "refuse"
    both.refused(f"case decide {CASE} grant", "final", by="p-app")


def test_the_licence_lists_what_needs_one_and_the_letter_says_that_the_rest_needs_none(
    both: Practice,
) -> None:
    """Scenario 5: one controlled and one uncontrolled item."""
    both(f"case decide {CASE} grant", by="p-liz")
    both(f"case countersign {CASE}", by="p-con")
    assert [line["thing"] for line in both.licence(CASE, by="p-ann")["lines"]] == ["camera"]
    letter = both(f"case letter {CASE}", by="p-ann")
    assert "No licence is needed, by the facts and rules of" in letter
    assert "2. 20 piece bracket" in letter


def test_less_than_asked_for_may_be_granted_and_never_more(both: Practice) -> None:
    """Five of ten leave a licence of five; eleven are refused."""
    both.refused(f"case decide {CASE} grant --item 1=grant:11", "widened", by="p-liz")
    both(f"case decide {CASE} grant --item 1=grant:5", by="p-liz")
    both(f"case countersign {CASE}", by="p-con")
    assert [line["granted"] for line in both.licence(CASE, by="p-ann")["lines"]] == ["5"]


def test_an_amendment_is_a_new_round_in_which_every_yes_is_given_again(both: Practice) -> None:
    """Scenario 5: the earlier round stays in the record, its votes no longer count and say why; the old round is locked."""
    told = both(f"case amend {CASE} --quantity 8", by="p-ann", at="2026-03-05T09:00Z")
    assert "amended: item 1" in told
    case = both.case(CASE, by="p-liz")
    assert case["round"] == 2
    votes = case["clearances"][0]["votes"]
    assert [vote["counts"] for vote in votes] == [False, False, False]
    assert all(vote["why_not"] for vote in votes)
    both.refused(f"case decide {CASE} grant", "not_now", by="p-liz")
    both.refused(f"case advise {CASE} approve --round 1", "stale_request", by="p-fay")
    both(f"case advise {CASE} approve --round 2", by="p-fay")
    assert "8 piece camera" in both(f"case show {CASE}", by="p-ann")


def test_an_immaterial_change_carries_the_votes_over_and_says_so(both: Practice) -> None:
    """A later day of shipment is no reason to ask everybody again; the record says that the votes were carried."""
    both(f"case amend {CASE} --planned 2026-09-01", by="p-ann", at="2026-03-05T09:00Z")
    votes = both.case(CASE, by="p-liz")["clearances"][0]["votes"]
    assert all(vote["counts"] and vote["carried"] and vote["round"] == 2 for vote in votes)
    assert "carried over" in both(f"case show {CASE}", by="p-liz")
    both(f"case decide {CASE} grant", by="p-liz")


def test_only_the_applicant_s_people_amend_reply_and_withdraw(both: Practice) -> None:
    """An officer who tries is refused; the agent whom the roster lets act may."""
    for command in (f"case amend {CASE} --quantity 5", f"case withdraw {CASE}"):
        result = both.run(command, by="p-liz")
        assert result.exit_code == 4
    both(f"case withdraw {CASE}", by="p-agent")
    assert both.case(CASE, by="p-ann")["verdict"] == "withdrawn"
    both.refused(f"case decide {CASE} grant", "final", by="p-liz")


def test_a_countersignature_that_is_refused_sends_the_case_back_to_be_decided(both: Practice) -> None:
    """The rejected decision no longer counts; another one may be made."""
    both(f"case decide {CASE} grant", by="p-liz")
    both(f"case countersign {CASE} --no --text 'not like that'", by="p-con")
    assert ("waiting", "licensing") in both.blocking(CASE, by="p-liz")
    both(f"case decide {CASE} refuse --ground 7", by="p-liz")
    both(f"case countersign {CASE}", by="p-con")
    (outcome,) = both.case(CASE, by="p-ann")["clearances"][0]["outcomes"]
    assert outcome["outcome"] == "refuse"


def test_what_needs_no_consent_is_no_case(uk: Practice) -> None:
    """Filing it is refused, and says so."""
    uk.refused(
        "case file bracket --from GB --to IN --end-use civil --party end_user=rescue",
        "nothing_to_ask",
        by="p-ann",
    )


def test_who_may_not_act_for_the_applicant_files_nothing(uk: Practice) -> None:
    """Not an officer, and not somebody whom the roster does not know."""
    command = (
        "case file camera --from GB --to IN --end-use civil --party end_user=rescue --applicant maker-ltd"
    )
    uk.refused(command, "not_applicant", by="p-liz")
    uk.refused(command, "not_applicant", by="p-nobody")


def test_a_dry_run_tells_who_decides_and_files_nothing(uk: Practice) -> None:
    """Which consent, who has the last word, by when; and no case is there afterwards."""
    told = uk(
        "case file camera --from GB --to IN --end-use civil --party end_user=rescue --dry-run", by="p-ann"
    )
    assert "GB/ECJU:export-licence, for item 1" in told
    assert "last word: Export Control Joint Unit: licensing unit (GB/ECJU-licensing)" in told
    assert "aims at 20 working days: the end of 30 March 2026" in told
    assert uk("case list", by="p-ann") == "There is no case that you may see."


def test_who_asks_for_the_same_twice_is_told_of_the_first(both: Practice) -> None:
    """It is no error: the second case has a number of its own, and the first is named before it is filed."""
    told = both(
        "case file camera --from GB --to IN --end-use civil --quantity 10 --item 'bracket=20 piece' "
        "--party end_user=rescue --dry-run",
        by="p-ann",
    )
    assert f"case {CASE} asks for the same, and is open" in told


def test_an_officer_who_may_read_a_case_is_told_that_amending_is_for_the_applicant(both: Practice) -> None:
    """Not that there is no case."""
    both.refused(f"case amend {CASE} --quantity 5", "not_applicant", by="p-liz")


def test_a_case_that_ended_without_a_decision_shows_no_seat_as_done(both: Practice) -> None:
    """The applicant reads that it ended; the officers also who had acted."""
    both(f"case withdraw {CASE}", by="p-ann")
    for reader in ("p-ann", "p-liz"):
        shown = both(f"case show {CASE}", by=reader)
        assert "ended without a decision" in shown
        assert ": done" not in shown
    assert "p-fay" in both(f"case show {CASE}", by="p-liz")
