"""Scenario 7: whether the United States are asked at all depends on a share; and how their agencies disagree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from practice import WORKSPACES, Practice

from lastword.cli.main import main

pytest_plugins = ("beginning",)

CASE = "US-CASE-1"


def outcome(thing: str, to: str, day: str) -> str:
    """Return the outcome of the question about a fire engine."""
    words = ["ask", thing, "--workspace", str(WORKSPACES / "fire-engine"), "--from", "DE", "--to", to]
    result = CliRunner().invoke(main, [*words, "--end-use", "civil", "--as-of", day, "--json"])
    found: dict[str, Any] = json.loads(result.output)
    return str(found["outcome"])


@pytest.fixture
def us(begin: Any) -> Practice:
    """A desk of the United States on 2 March 2026, as 15 CFR 750.4 has it."""
    practice: Practice = begin("fire-engine")
    return practice


def filed(us: Practice) -> None:
    """Given the dearer content to Austria."""
    us(
        f"case file engine-cheap --from DE --to AT --end-use civil --id {CASE}",
        by="p-max",
        at="2026-03-02T15:00Z",
    )


@pytest.mark.parametrize(
    ("thing", "to", "expected"),
    [("engine-dear", "AT", "free"), ("engine-cheap", "AT", "consent"), ("engine-army", "CN", "consent")],
)
def test_the_share_decides_but_for_what_counts_at_any_share(thing: str, to: str, expected: str) -> None:
    """24.04 % is free for Austria, 31.25 % is not; a 600-series part counts at any share for a country of group D:5."""
    assert outcome(thing, to, "2026-03-02") == expected


def test_what_is_free_is_no_case_and_what_is_not_goes_to_bis(us: Practice) -> None:
    """The same engine at two prices."""
    us.refused("case file engine-dear --from DE --to AT --end-use civil", "nothing_to_ask", by="p-max")
    filed(us)
    assert [one["authority"] for one in us.case(CASE, by="p-max")["clearances"]] == ["US/BIS"]


def test_agencies_that_agree_leave_it_to_bis_and_silence_is_no_objection(us: Practice) -> None:
    """Two approve, one is silent for thirty days: the officer decides."""
    filed(us)
    us(f"case advise {CASE} approve", by="p-sta")
    us(f"case advise {CASE} approve", by="p-def")
    us.refused(f"case decide {CASE} grant", "not_now", by="p-bis", at="2026-04-01T12:00-04:00")
    us(f"case decide {CASE} grant", by="p-bis", at="2026-04-02T12:00-04:00")
    assert us.case(CASE, by="p-max")["verdict"] == "granted"
    assert us.licence(CASE, by="p-max")["valid_until"].startswith("2030-04-03")


def disputed(us: Practice) -> None:
    """Given that Defense says no and the others yes: it goes to the chair of the Operating Committee."""
    filed(us)
    us(f"case advise {CASE} approve", by="p-sta")
    us(f"case advise {CASE} refuse --ground NS", by="p-def")
    us(f"case advise {CASE} approve", by="p-ene")


def test_agencies_that_disagree_are_decided_by_the_chair_and_the_decision_stands_after_five_days(
    us: Practice,
) -> None:
    """It waits for those who may escalate, and stands when nobody does."""
    disputed(us)
    us(f"case decide {CASE} grant", by="p-cha", at="2026-03-04T15:00Z")
    assert us.case(CASE, by="p-max")["licences"] == []
    us("worker --once", at="2026-03-11T15:00Z")
    assert us.case(CASE, by="p-max")["verdict"] == "granted"


def test_only_who_disagreed_escalates_and_a_majority_of_the_committee_decides(us: Practice) -> None:
    """Defense takes it to the committee in time, where three of four have to vote for the same."""
    disputed(us)
    us(f"case decide {CASE} grant", by="p-cha", at="2026-03-04T15:00Z")
    assert us.run(f"case escalate {CASE}", by="p-sta").exit_code == 4
    us(f"case escalate {CASE} --text 'risk'", by="p-def", at="2026-03-06T15:00Z")
    us(f"case decide {CASE} refuse --ground NS", by="p-ac1", at="2026-03-07T15:00Z")
    us(f"case decide {CASE} refuse --ground NS", by="p-ac2")
    assert us.case(CASE, by="p-max")["verdict"] == "open"
    us(f"case decide {CASE} refuse --ground NS", by="p-ac3")
    us("worker --once", at="2026-03-20T15:00Z")
    assert us.case(CASE, by="p-max")["verdict"] == "refused"


def test_votes_for_different_decisions_are_never_added_up(us: Practice) -> None:
    """Two for a refusal and one for a grant decide nothing, and the case shows it."""
    disputed(us)
    us(f"case decide {CASE} grant", by="p-cha", at="2026-03-04T15:00Z")
    us(f"case escalate {CASE} --text 'risk'", by="p-def", at="2026-03-06T15:00Z")
    us(f"case decide {CASE} refuse --ground NS", by="p-ac1")
    us(f"case decide {CASE} refuse --ground FP", by="p-ac2")
    us(f"case decide {CASE} grant", by="p-ac3")
    assert ("split", "acep") in us.blocking(CASE, by="p-ac1")
