"""Tables of a pack: limits, territories, country groups, control lines. Dated, and read on stated days
(semantics R5, R7, R16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, NamedTuple

from lastword.facts.code import on, paragraphs
from lastword.facts.day import ALWAYS, EVER, NEVER, Period

STALE_AFTER: Final = 365
"""Days after which a table that states no age of its own is called old."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where something is written. ``read``: the day of the text read in full; ``reported``: seen only
    second-hand.

    ``again``: {"day", "source", "changed"} of the last time it was looked up.
    """

    text: str
    read: date | None = None
    reported: str = ""
    note: str = ""
    again: Mapping[str, str] = field(default_factory=dict)


class Row(NamedTuple):
    """A value of one key for a period; a period without a start or end was not dated by the source."""

    value: Any
    period: Period = ALWAYS

    @property
    def dated(self) -> bool:
        """Say whether the source gives at least one of its days."""
        return self.period != ALWAYS


@dataclass(frozen=True, slots=True)
class Found:
    """What a table says for a key on a day: the value, or why it is unknown; ``assumed``: applied to a day
    not read.
    """

    value: Any = None
    status: Literal["found", "missing", "open"] = "found"
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A dated look-up table.

    ``rows``: key -> rows. ``missing``: ``unknown``, ``same`` (the first key itself) or a value for a key
    without a row. ``read``: days of the texts read, oldest first. ``assume``: for which days the rows may
    be assumed.
    """

    id: str
    title: Mapping[str, str]
    citation: Citation
    type: str
    keys: int
    rows: Mapping[tuple[str, ...], tuple[Row, ...]]
    missing: Any = "unknown"
    read: tuple[date, ...] = ()
    assume: Period = ALWAYS
    stale_after: int = STALE_AFTER

    def find(self, keys: tuple[str, ...], day: date) -> Found:
        """Return the value for ``keys`` on ``day``; dated rows win over undated ones (R16)."""
        rows = self.rows.get(keys)
        if rows is None:
            if self.missing == "unknown":
                return Found(status="missing")
            value = keys[0] if self.missing == "same" else self.missing
            return Found(value, assumed=self._outside(day, None))
        for row in rows:
            held = row.period.holds(day)
            if held:
                if not row.dated and self.assume.holds(day) is not True:
                    return Found(status="open")
                return Found(row.value, assumed=self._outside(day, row))
            if held is None:
                return Found(status="open")
        if self.missing in ("unknown", "same"):
            return Found(status="missing")
        return Found(self.missing, assumed=self._outside(day, rows[0]))

    def _outside(self, day: date, row: Row | None) -> bool:
        if not self.read:
            return False
        if day > self.read[-1]:
            # A row whose end is printed does not age; any other may have changed since it was read.
            return row is None or row.period.end == NEVER
        if day < self.read[0]:
            return row is None or (row.period.start == EVER and row.period.end == NEVER)
        return False


class Line(NamedTuple):
    """One line of a control list: the codes in its scope, and what it says about them.

    ``status``: ``structured`` or ``unread`` (the scope is still in words).
    """

    scope: tuple[str, ...]
    but: tuple[str, ...]
    reason: str
    column: str
    status: str
    text: str = ""
    period: Period = ALWAYS

    def covers(self, code: str) -> bool | None:
        """Say whether ``code`` is in scope; None where the code is too short to tell (R5)."""
        inside = _any(on(code, pattern) for pattern in self.scope)
        if inside is False:
            return False
        outside = _any(on(code, pattern) for pattern in self.but)
        if outside is True:
            return False
        return None if inside is None or outside is None else True


def list_of_lines(table: str) -> str:
    """Return the control list that a table of lines is about: the first word of its id."""
    return table.split("_", 1)[0]


def entry_of(code: str) -> str:
    """Return the entry of a code: its first piece."""
    pieces = paragraphs(code)
    return pieces[0] if pieces else ""


def _any(values: Any) -> bool | None:
    result: bool | None = False
    for value in values:
        if value is True:
            return True
        if value is None:
            result = None
    return result


@dataclass(frozen=True, slots=True)
class Lines:
    """The control lines of one list, by entry (the first piece of a code, in small letters)."""

    id: str
    title: Mapping[str, str]
    citation: Citation
    entries: Mapping[str, tuple[Line, ...]]
    missing: str = "unknown"
    read: tuple[date, ...] = ()
    assume: Period = ALWAYS
    stale_after: int = STALE_AFTER

    def of(self, code: str, day: date) -> tuple[Line, ...] | None:
        """Return the lines of the entry of ``code`` in force on ``day``; None if the list has no such entry."""
        lines = self.entries.get(entry_of(code))
        if lines is None:
            return None
        return tuple(line for line in lines if line.period.holds(day) is not False)

    def assumed(self, day: date) -> bool:
        """Say whether the lines are applied to a day on which they were not read."""
        return bool(self.read) and not self.read[0] <= day <= self.read[-1]
