"""A destination under sanctions whose lists nobody here read is never free."""

from __future__ import annotations

from datetime import date

import pytest

from lastword import Question
from lastword.answers.verdict import judge
from lastword.examples import question_of
from lastword.facts.snapshot import Snapshot
from lastword.files.yaml import Map, parse_yaml
from lastword.rules.book import Book
from lastword.workspace import open_book

DAY = date(2026, 11, 24)
CASE = """
id: unlisted
as_of: 2026-11-24
item: {name: office chair, kind: commodity, made_in: "FROM", classification: {}}
content: []
technology: []
history: []
move: {act: export, from: "FROM", to: "TO", end_user: buyer, end_use: civil, parties: []}
expect: {}
"""


@pytest.fixture(scope="module")
def book() -> Book:
    """All bundled packs that count by default."""
    return open_book(None)


def outcome(book: Book, here: str, there: str) -> str:
    """Return the outcome for an unlisted, ordinary thing."""
    case = parse_yaml(CASE.replace("FROM", here).replace("TO", there), "case")
    assert isinstance(case, Map)
    question, facts = question_of(book, case, DAY)
    assert isinstance(question, Question)
    return judge(book, Snapshot(facts, question.as_of, question.known), question).outcome


@pytest.mark.parametrize("here", ["DE", "GB", "CH"])
@pytest.mark.parametrize("there", ["RU", "IR", "KP"])
def test_an_ordinary_thing_to_a_sanctioned_destination_is_not_free(book: Book, here: str, there: str) -> None:
    """The lists of the sanctions were not read: the answer stays open, and is neither free nor prohibited."""
    assert outcome(book, here, there) == "unknown"


@pytest.mark.parametrize("here", ["DE", "GB", "CH"])
def test_an_ordinary_thing_to_a_friend_is_free(book: Book, here: str) -> None:
    """Where no sanctions stand on file the same thing is free."""
    assert outcome(book, here, "JP") == "free"
