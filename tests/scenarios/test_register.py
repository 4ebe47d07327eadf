"""What the register counts, and for whom."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from practice import Practice

from lastword.cli.main import main

pytest_plugins = ("beginning",)

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def several(uk: Practice) -> Practice:
    """Given four requests: one granted after ten days, one refused and granted on appeal, one withdrawn, one waiting."""
    for number in range(1, 5):
        uk(
            f"case file camera --from GB --to IN --end-use civil --party end_user=rescue --id CASE-{number}",
            by="p-ann",
            at="2026-03-02T09:00Z",
        )
    for number in (1, 2):
        uk(f"case advise CASE-{number} approve", by="p-fay")
        uk(f"case advise CASE-{number} approve", by="p-mo")
        uk(f"case advise CASE-{number} no_view", by="p-des")
    uk("case decide CASE-2 refuse --ground 7", by="p-liz", at="2026-03-04T09:00Z")
    uk("case countersign CASE-2", by="p-con")
    uk("case withdraw CASE-3", by="p-ann")
    uk("case query CASE-1 --text 'how?'", by="p-liz")
    uk("case reply CASE-1 q1 --text 'so'", by="p-ann", at="2026-03-06T09:00Z")
    uk("case decide CASE-1 grant", by="p-liz", at="2026-03-12T09:00Z")
    uk("case countersign CASE-1", by="p-con")
    uk("case appeal CASE-2 --text 'please'", by="p-ann", at="2026-03-13T09:00Z")
    uk("case decide CASE-2 grant", by="p-app", at="2026-03-14T09:00Z")
    return uk


def row(desk: Practice, more: str = "", by: str = "p-liz") -> dict[str, Any]:
    """Return the row of ECJU."""
    found: dict[str, Any] = json.loads(desk.run(f"register --json {more}", by=by).output)
    (only,) = found["authorities"]
    assert isinstance(only, dict)
    return only


def test_every_request_is_counted_once_by_its_first_decision(several: Practice) -> None:
    """The outcomes add up to the requests; what an appeal brought stands beside them."""
    found = row(several)
    assert found["requests"] == 4
    assert {word: number for word, number in found["outcomes"].items() if number} == {
        "granted": 1,
        "refused": 1,
        "withdrawn": 1,
        "pending": 1,
    }
    assert found["pending_by_state"]["waiting_for_advice"] == 1
    assert (found["appeals"]["heard"], found["appeals"]["granted_on_appeal"]) == (1, 1)


def test_lengths_are_told_with_and_without_the_time_in_which_clocks_stood_still(several: Practice) -> None:
    """Ten days with a question of two, and two days: median and mean, and of how many."""
    found = row(several)
    assert found["days"] == {"of": 2, "median": "6.00", "mean": "6.00"}
    assert found["running_days"] == {"of": 2, "median": "5.00", "mean": "5.00"}
    assert found["within"][0] == {"count": 20, "unit": "working_days", "met": 2, "of": 2}


def test_days_and_authorities_choose_what_is_counted(several: Practice) -> None:
    """By receipt nothing was received later; by decision only what was decided in the days."""
    empty = json.loads(several.run("register --json --from 2026-03-03", by="p-liz").output)
    assert empty["authorities"] == []
    assert row(several, "--by decided --from 2026-03-10 --to 2026-03-12")["requests"] == 1
    assert (
        json.loads(several.run("register --json --authority US/BIS", by="p-liz").output)["authorities"] == []
    )
    assert "2026-03-01" in several.wrong("register --from 2026-03-03 --to 2026-03-01", by="p-liz")


def test_who_may_not_see_a_case_does_not_find_it_in_the_numbers(several: Practice) -> None:
    """Neither in the text, nor as JSON, nor as CSV."""
    assert "None that you may see." in several("register", by="p-kay")
    assert json.loads(several.run("register --json", by="p-kay").output)["authorities"] == []
    rows = list(csv.reader(io.StringIO(several.run("register --csv", by="p-kay").output)))
    assert len(rows) == 1


def test_as_csv_each_authority_is_a_line_under_a_head(several: Practice) -> None:
    """With the same numbers."""
    rows = list(csv.DictReader(io.StringIO(several.run("register --csv", by="p-ann").output)))
    assert [(one["authority"], one["requests"], one["granted"], one["refused"]) for one in rows] == [
        ("GB/ECJU", "4", "1", "1")
    ]


def test_the_review_of_2025_is_answered_from_what_was_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reference case, Q9: at least one request, at least one refused, none granted, with who says so; no store is needed."""
    monkeypatch.delenv("LASTWORD_STORE", raising=False)
    words = ["register", "--workspace", str(EXAMPLES / "long-range-2025"), "--known", "2025-08-24"]
    words += ["--from", "2025-03-01", "--to", "2025-08-24"]
    (found,) = json.loads(CliRunner().invoke(main, [*words, "--json"]).output)["reported"]
    assert found["authority"] == "US/secretary-of-defense"
    assert found["counts"] == {
        "granted": {"number": 0, "at_least": False},
        "requests": {"number": 1, "at_least": True},
        "refused": {"number": 1, "at_least": True},
    }
    told = CliRunner().invoke(main, words).output
    assert "requests at least 1" in told
    assert "refused at least 1" in told
    assert "granted 0" in told


def test_before_it_was_reported_nothing_is_known_of_the_review() -> None:
    """On 22 August 2025 nobody had said so."""
    words = ["register", "--workspace", str(EXAMPLES / "long-range-2025"), "--known", "2025-08-22", "--json"]
    assert json.loads(CliRunner().invoke(main, words).output)["reported"] == []


def test_the_language_of_the_environment_holds_for_every_command(
    uk: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown one is refused."""
    monkeypatch.setenv("LASTWORD_LANG", "de")
    assert (
        "Anträge" in CliRunner().invoke(main, ["register", "--store", str(uk.store), "--as", "p-liz"]).output
    )
    monkeypatch.setenv("LASTWORD_LANG", "xx")
    result = CliRunner().invoke(main, ["register", "--store", str(uk.store), "--as", "p-liz"])
    assert (result.exit_code, "LASTWORD_LANG" in result.output) == (2, True)
