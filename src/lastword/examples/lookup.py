"""A worked look-up: what a table gives on a day, or from when to when rules hold, written down a second time.

It pins the rows and days of a pack as the examples pin its rules: who changes one by mistake sees a look-up
fail (``docs/examples.md``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from lastword.errors import Problem
from lastword.facts.day import EVER, NEVER, Bound, Period
from lastword.facts.unknown import NONE
from lastword.files.suggestion import did_you_mean
from lastword.files.values import Refused, bound, number
from lastword.files.yaml import Map
from lastword.rules.book import Book
from lastword.rules.table import Table

KEYS: Final = frozenset("id table key as_of holds gives in_force source reason".split())
_DAYS: Final = frozenset(("from", "to"))


def is_lookup(spec: Map) -> bool:
    """Say whether an entry of a case file is a look-up."""
    return "table" in spec or "in_force" in spec


def lookup_problems(spec: Any, content: Map) -> Iterator[Problem]:
    """Yield what is wrong in how a look-up is written."""
    if not isinstance(spec, Map):
        yield Problem(content.where("lookups"), "a look-up must be written as {id: ..., ...}")
        return
    if not spec.get("id"):
        yield Problem(spec.at, "the look-up has no `id`", "write id: ...")
    for key in spec:
        if key not in KEYS:
            yield Problem(spec.where(key), f"`{key}` is no key of a look-up", did_you_mean(key, KEYS))
    if "in_force" in spec:
        if not isinstance(spec["in_force"], Map) or not all(
            isinstance(days, Map) and set(days) <= _DAYS for days in spec["in_force"].values()
        ):
            yield Problem(spec.where("in_force"), "`in_force` is written as {RULE: {from: DAY, to: DAY}}")
        return
    if not isinstance(spec.get("as_of"), date):
        yield Problem(spec.at, "the look-up has no `as_of`", "write as_of: 2026-09-24")
    if not isinstance(spec.get("holds"), list) and not isinstance(spec.get("gives"), Map):
        yield Problem(spec.at, "the look-up says nothing", "write holds: [...] or gives: {...}")


def check_lookup(book: Book, spec: Map) -> tuple[str, Any, Any] | None:
    """Return the first difference as (field, expected, got), or None."""
    if "in_force" in spec:
        return next(iter(_wrong_days(book, spec["in_force"])), None)
    table = book.tables.get(str(spec["table"]))
    if table is None:
        return "table", spec["table"], did_you_mean(str(spec["table"]), book.tables) or None
    differences = _wrong_holders(table, spec) if "holds" in spec else _wrong_values(table, spec)
    return next(iter(differences), None)


def _wrong_holders(table: Table, spec: Map) -> Iterator[tuple[str, Any, Any]]:
    """Compare the first keys that a yes/no table holds on the day with the complete list."""
    rest = _rest(spec)
    found = {
        keys[0] for keys in table.rows if keys[1:] == rest and table.find(keys, spec["as_of"]).value is True
    }
    expected = {str(one) for one in spec["holds"]}
    for one in sorted(found ^ expected):
        yield f"{table.id}.{one}", one in expected, one in found


def _wrong_values(table: Table, spec: Map) -> Iterator[tuple[str, Any, Any]]:
    """Compare what a table gives for each key; ``unknown`` where no row holds."""
    rest = _rest(spec)
    for key, expected in spec["gives"].items():
        found = table.find((str(key), *rest), spec["as_of"])
        got = found.value if found.status == "found" else "unknown"
        if _value(table, expected) != got:
            yield f"{table.id}.{key}", expected, _told(got)


def _rest(spec: Map) -> tuple[str, ...]:
    key = spec.get("key")
    return () if key is None else tuple(str(k) for k in key) if isinstance(key, list) else (str(key),)


def _value(table: Table, value: Any) -> Any:
    if value in ("unknown", None):
        return "unknown"
    if table.type == "number":
        try:
            return number(value)
        except Refused:
            return value
    if table.type == "yes-no":
        return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value
    if table.type == "columns":
        return tuple(str(value).split())
    return NONE if value == "none" else str(value)


def _told(value: Any) -> Any:
    return str(value) if not isinstance(value, bool) else value


def _wrong_days(book: Book, rules: Map) -> Iterator[tuple[str, Any, Any]]:
    for name, days in rules.items():
        found = list(_periods(book, str(name)))
        if not found:
            yield f"in_force.{name}", "a rule or dated value", None
        for period in found:
            for key, got in (("from", period.start), ("to", period.end)):
                expected = _bound(days.get(key), EVER if key == "from" else NEVER)
                if expected != got:
                    yield f"in_force.{name}.{key}", _day(expected), _day(got)


def _periods(book: Book, name: str) -> Iterable[Period]:
    ident, _, place = name.partition("#")
    if ident in book.rules:
        yield book.rules[ident].period
    elif ident in book.terms and place.isdigit() and 0 < int(place) <= len(book.terms[ident].values):
        yield book.terms[ident].values[int(place) - 1].period


def _bound(value: Any, default: Bound) -> Bound:
    if value is None:
        return default
    try:
        return bound(value)
    except Refused:
        return default


def _day(found: Bound) -> Any:
    if found in (EVER, NEVER):
        return None
    return found.by.isoformat() if found.after == found.by else f"{found.after}/{found.by}"
