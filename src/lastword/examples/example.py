"""A worked example: read from a file, answered, and compared with what it decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from lastword.answers.answer import Answer
from lastword.answers.verdict import judge
from lastword.errors import InputError, Problem
from lastword.examples.closure import question_of
from lastword.examples.comparison import compare
from lastword.examples.lookup import check_lookup, is_lookup, lookup_problems
from lastword.facts.schema import ACTS
from lastword.facts.snapshot import Snapshot
from lastword.files.suggestion import did_you_mean
from lastword.files.values import Refused, number
from lastword.files.yaml import Map, read_yaml
from lastword.rules.book import Book

KEYS: Final = frozenset(
    (
        "id title authority regime as_of known item content technology needs history findings move expect reason assumed "
        "sources doubts"
    ).split()
)
EXPECTED: Final = frozenset(
    "consents subject_to limit limit_kind counted row columns_checked columns_marked exceptions conditions".split()
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an example. ``verdict``: passed, failed or unknown; ``field`` names the first difference."""

    id: str
    verdict: str
    field: str = ""
    expected: Any = None
    got: Any = None

    @property
    def line(self) -> str:
        """Return the line printed for it."""
        if self.verdict == "passed":
            return f"{self.id} passed"
        if self.verdict == "unknown":
            return f"{self.id} unknown: missing {self.got}"
        return f"{self.id} failed: {self.field} expected {_shown(self.expected)} got {_shown(self.got)}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "id": self.id,
            "verdict": self.verdict,
            "field": self.field or None,
            "expected": self.expected,
            "got": self.got,
        }


def read_examples(path: Path) -> list[Map]:
    """Return the examples of a file, and its look-ups. Raises InputError with everything wrong in it."""
    content = read_yaml(path)
    problems: list[Problem] = []
    if not isinstance(content, Map) or not any(
        isinstance(content.get(key), list) for key in ("examples", "lookups")
    ):
        raise InputError(
            Problem(
                content.at,
                "the file holds no `examples:` or `lookups:`",
                "see docs/examples.md for the format",
            )
        )
    examples: list[Map] = []
    seen: dict[str, Any] = {}
    for lookup in content.get("lookups") or ():
        problems.extend(lookup_problems(lookup, content))
        if isinstance(lookup, Map):
            examples.append(lookup)
            seen[str(lookup.get("id"))] = lookup
    for example in content.get("examples") or ():
        if not isinstance(example, Map):
            problems.append(
                Problem(content.where("examples"), "an example must be written as {id: ..., ...}")
            )
            continue
        problems.extend(_problems(example))
        ident = str(example.get("id"))
        if ident in seen:
            problems.append(
                Problem(example.where("id"), f"the id `{ident}` is used twice", "give each its own")
            )
        seen[ident] = example
        examples.append(example)
    if problems:
        raise InputError(problems)
    return examples


def _problems(example: Map) -> Iterator[Problem]:
    for key in ("id", "as_of", "item", "move", "expect"):
        if example.get(key) is None:
            yield Problem(example.at, f"the example has no `{key}`", f"write {key}: ...")
    for key in example:
        if key not in KEYS:
            yield Problem(example.where(key), f"`{key}` is no key of an example", did_you_mean(key, KEYS))
    for key in ("item", "move", "expect"):
        if example.get(key) is not None and not isinstance(example[key], Map):
            yield Problem(example.where(key), f"`{key}` must be written as {{...}}")
    expect = example.get("expect")
    if isinstance(expect, Map):
        for key in expect:
            if key not in EXPECTED:
                yield Problem(
                    expect.where(key),
                    f"`{key}` is nothing an example can expect",
                    did_you_mean(key, EXPECTED),
                )
    if example.get("as_of") is not None and not isinstance(example["as_of"], date):
        yield Problem(example.where("as_of"), f"`{example['as_of']}` is no day", "write it as 2026-09-24")
    move = example.get("move")
    if isinstance(move, Map):
        for key in ("act", "from", "to"):
            if not isinstance(move.get(key), str):
                yield Problem(move.at, f"`move` has no `{key}`", f'write {key}: "..."')
        if isinstance(move.get("act"), str) and move["act"] not in ACTS:
            yield Problem(move.where("act"), f"`{move['act']}` is no act", did_you_mean(move["act"], ACTS))
        yield from _lists_of_maps(move, ("parties",))
    yield from _lists_of_maps(example, ("content", "technology", "needs", "history"))
    if isinstance(expect, Map):
        yield from _lists_of_maps(expect, ("consents", "exceptions"))
    for part in example.get("content") or ():
        if isinstance(part, Map):
            yield from _number_problems(part, "share")
            yield from _classification_problems(part)
    if isinstance(example.get("item"), Map):
        yield from _number_problems(example["item"], "value")
        yield from _number_problems(example["item"], "quantity")
        yield from _classification_problems(example["item"])


def _lists_of_maps(spec: Map, keys: Sequence[str]) -> Iterator[Problem]:
    for key in keys:
        value = spec.get(key)
        if value is not None and not (isinstance(value, list) and all(isinstance(one, Map) for one in value)):
            yield Problem(spec.where(key), f"`{key}` must be a list of {{...}}", "write [] if there is none")


def _number_problems(spec: Map, key: str) -> Iterator[Problem]:
    if spec.get(key) is None:
        return
    try:
        number(spec[key])
    except Refused as error:
        yield Problem(spec.where(key), str(error.args[0]), *(str(arg) for arg in error.args[1:2]))


def _classification_problems(spec: Map) -> Iterator[Problem]:
    if spec.get("classification") is not None and not isinstance(spec["classification"], Map):
        yield Problem(spec.where("classification"), "`classification` must be written as {list: number}")


def run(book: Book, example: Map, *, today: date) -> Outcome:
    """Answer one example, with what is known ``today``, and compare."""
    if is_lookup(example):
        difference = check_lookup(book, example)
        ident = str(example["id"])
        return Outcome(ident, "failed", *difference) if difference else Outcome(ident, "passed")
    question, facts = question_of(book, example, today)
    snapshot = Snapshot(facts, question.as_of, question.known)
    answer = Answer(question, book, snapshot, judge(book, snapshot, question))
    missing: Outcome | None = None
    for field, expected, got, why in compare(answer, example["expect"]):
        if got is Ellipsis:
            missing = missing or Outcome(str(example["id"]), "unknown", field, expected, why)
        elif got != expected:
            return Outcome(str(example["id"]), "failed", field, expected, got)
    return missing or Outcome(str(example["id"]), "passed")


def _shown(value: Any) -> str:
    return (
        {True: "true", False: "false", None: "nothing"}.get(value, str(value))
        if isinstance(value, bool | None)
        else str(value)
    )
