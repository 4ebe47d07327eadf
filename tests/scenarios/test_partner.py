"""Scenario 9: who has the last word on a jointly built aircraft is contested."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from click.testing import CliRunner
from practice import WORKSPACES, Practice, plain

from lastword.cli.main import main

pytest_plugins = ("beginning",)

CASE = "JET-1"
ASK = "--from GB --to SA --end-use military"


@pytest.fixture
def partner(begin: Any) -> Practice:
    """A desk of the partner on 2 January 2023; two months of its silence count as consent."""
    desk: Practice = begin("aircraft", "2023-01-02")
    desk(f"case file joint-jet {ASK} --id {CASE}", by="p-uk", at="2023-05-02T09:00Z")
    return desk


def asked(words: str) -> str:
    """Return what ``lastword ask`` prints."""
    return CliRunner().invoke(main, ["ask", *shlex.split(words)]).output


def test_text_and_practice_stand_beside_each_other_with_their_days() -> None:
    """The answer asks by practice, says that it is no published rule, and tells what the partners' text of 1986 says."""
    told = plain(asked(f"joint-jet --workspace {WORKSPACES / 'aircraft'} {ASK} --as-of 2023-05-02 --why"))
    assert "practice, not a published rule" in told
    for words in ("1 January 1986", "neither may block it", "1 November 2018", "7 January 2024"):
        assert words in told
    assert "contested" in plain(
        CliRunner()
        .invoke(main, ["rule", "PARTNER-PRACTICE", "--workspace", str(WORKSPACES / "aircraft")])
        .output
    )


@pytest.mark.parametrize(("thing", "asks"), [("jet-18", False), ("jet-22", True), ("jet-18-listed", True)])
def test_twenty_per_cent_decide_in_a_french_system_unless_the_part_is_listed(thing: str, asks: bool) -> None:
    """At 18 % Germany keeps no consent back, at 22 % it does, and for a part of the war weapons list at any share."""
    words = f"{thing} --workspace {WORKSPACES / 'french-jet'} --act reexport --from FR --to IN"
    found: dict[str, Any] = json.loads(asked(f"{words} --end-use military --as-of 2023-05-01 --json"))
    offices = {
        one["authority"]
        for need in found["consents"]
        if need["clause"] in ("needed", "needed_unless")
        for group in need["alternatives"]
        for one in group
    }
    assert ("DE/federal-government" in offices) is asks


def test_two_months_of_silence_are_consent_and_not_a_day_less(partner: Practice) -> None:
    """The last day is still open; the next day it counts as consent, and the licence says by whom it was given."""
    assert "it counts as consent" in partner(f"case show {CASE}", by="p-uk", at="2023-07-02T12:00Z")
    assert partner.case(CASE, by="p-uk")["licences"] == []
    partner("worker --once", at="2023-07-03T09:00Z")
    case = partner.case(CASE, by="p-uk")
    assert [(one["outcome"], one["by"]) for one in case["clearances"][0]["outcomes"]] == [
        ("grant", "silence")
    ]
    assert len(case["licences"]) == 1


def test_an_objection_in_time_is_a_refusal(partner: Practice) -> None:
    """Of the partner, with a ground, on the last day."""
    partner(f"case decide {CASE} refuse --ground interests", by="p-bund", at="2023-07-02T20:00Z")
    (outcome,) = partner.case(CASE, by="p-uk")["clearances"][0]["outcomes"]
    assert (outcome["outcome"], outcome["grounds"]) == ("refuse", ["interests"])


def test_a_moratorium_and_an_open_question_keep_silence_from_meaning_anything(partner: Practice) -> None:
    """Held before its time is over, it is not granted by silence; released, it gets the days that were left."""
    partner("moratorium declare m1 --authority DE/federal-government --text 'talks'", at="2023-06-30T09:00Z")
    partner("worker --once", at="2023-08-01T09:00Z")
    assert ("held", "m1") in partner.blocking(CASE, by="p-bund")
    partner("moratorium lift m1", at="2023-08-02T09:00Z")
    partner("worker --once", at="2023-08-03T09:00Z")
    assert partner.case(CASE, by="p-uk")["licences"] == []
    partner("worker --once", at="2023-08-08T09:00Z")
    assert len(partner.case(CASE, by="p-uk")["licences"]) == 1
