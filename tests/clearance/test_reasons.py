"""Reasons that the record gives, in the language of the reader."""

from __future__ import annotations

import pytest

from lastword.clearance.reasons import against_words, field_words, stop_words, why_words
from lastword.texts import speaking


@pytest.mark.parametrize(
    "why",
    [
        "the request changed in `item.1`, `party.2`",
        "the question `q1` stayed unanswered",
        "the decision was rejected at the seat `countersigning`",
        "the request was withdrawn",
        "the answer on which it rested changed",
        "another authority is competent now",
    ],
)
def test_a_reason_of_the_record_is_told_in_the_language_of_the_reader(why: str) -> None:
    """What a case says by itself is kept in English and read in German."""
    with speaking("de"):
        assert why_words(why) != why
        assert "the " not in why_words(why)


def test_the_fields_of_a_request_go_by_words() -> None:
    """Not by the names under which the record keeps them."""
    assert why_words("the request changed in `item.1`, `end_use`") == "the request changed in item 1, end use"
    assert field_words("document.2") == "document 2"


def test_what_is_not_known_stands_as_it_was_written() -> None:
    """A reason of a later version is not lost, whatever it holds; nor is a code."""
    for told in (why_words, field_words, against_words, stop_words):
        assert told("100 % new") == "100 % new"


def test_the_reason_of_a_stop_names_the_question_or_the_moratorium() -> None:
    """With its id."""
    assert stop_words("query:q1") == "question q1"
    assert stop_words("moratorium:m1") == "the moratorium m1"
