"""Every rule comes with worked cases beside it, and they hold."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from lastword.errors import Where
from lastword.examples import read_examples, run
from lastword.files.yaml import Map
from lastword.rules.book import Book
from lastword.workspace import BUNDLED, open_book, pack_folders

TODAY = date(2026, 11, 24)
CASES = sorted(BUNDLED.glob("*/cases/*.yaml"))
OFFICIAL = sorted(Path(__file__).parent.glob("official/*.yaml"))


def every_case(files: list[Path]) -> list[pytest.param]:  # type: ignore[valid-type]
    """Return the cases of files, named by their ids."""
    return [pytest.param(case, id=str(case["id"])) for file in files for case in read_examples(file)]


@pytest.fixture(scope="module")
def book() -> Book:
    """All bundled packs."""
    return open_book(None, [folder.name for folder in pack_folders(BUNDLED)])


@pytest.mark.parametrize("case", every_case(CASES))
def test_a_worked_case_beside_its_rule_comes_out_as_written(book: Book, case: Map) -> None:
    """Each case says what the rule's text decides; unknown where the case decides is a failure."""
    assert run(book, case, today=TODAY).line == f"{case['id']} passed"


@pytest.mark.parametrize("case", every_case(OFFICIAL))
def test_an_official_answer_is_reproduced(book: Book, case: Map) -> None:
    """Answers of authorities, regulations and governments come out of the rules as written."""
    assert run(book, case, today=TODAY).line == f"{case['id']} passed"


def test_every_rule_has_at_least_two_cases(book: Book) -> None:
    """A rule without a case that reaches and one that does not is not believed."""
    counted: Counter[str] = Counter()
    for file in CASES:
        for case in read_examples(file):
            counted.update(str(name) for name in case.get("regime") or ())
    # The schema of official answers has no word for a prohibition; those are tested in test_sanctions.py.
    rules = [rule for rule in book.rules.values() if rule.kind != "prohibition"]
    few = (r.id for r in rules if max(counted[name] for name in (r.id, r.name, *r.families)) < 2)
    assert sorted(few) == []


def test_a_row_or_day_that_differs_from_its_look_up_is_named(book: Book) -> None:
    """A look-up says what a table gives and when a rule holds; the first difference is told."""
    wrong = {
        "id": "A",
        "table": "de_minimis",
        "as_of": TODAY,
        "gives": {"IR": "0.11"},
    }
    outcome = run(book, _map(wrong), today=TODAY)
    assert outcome.line == "A failed: de_minimis.IR expected 0.11 got 1/10"
    wrong = {"id": "B", "table": "country_groups", "key": "E:2", "as_of": TODAY, "holds": ["CU", "DE"]}
    assert run(book, _map(wrong), today=TODAY).line == "B failed: country_groups.DE expected true got false"
    wrong = {"id": "C", "in_force": {"EAR-SPP": _map({"from": date(2025, 9, 3)})}}
    assert (
        run(book, _map(wrong), today=TODAY).line
        == "C failed: in_force.EAR-SPP.from expected 2025-09-03 got 2025-09-02"
    )


def _map(content: dict[str, object]) -> Map:
    found = Map(Where("look-up"))
    found.update(content)
    return found
