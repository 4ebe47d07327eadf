"""How two periods lie to each other where their ends may be only estimated, and how periods are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, TypeVar

from lastword.answers.told import phrases
from lastword.facts.day import EVER, NEVER, Bound, Period
from lastword.texts import _

Joint = Literal["joins", "overlap", "hole"]
Dated = TypeVar("Dated")


def overlap(one: Period, other: Period) -> bool | None:
    """Say whether some day lies in both; None where the estimated ends leave it open."""
    starts, ends = (one.start, other.start), (one.end, other.end)
    if max(start.by for start in starts) < min(end.after for end in ends):
        return True
    if max(start.after for start in starts) >= min(end.by for end in ends):
        return False
    return None


def is_empty(period: Period) -> bool:
    """Say whether no day can lie in a period."""
    return period.start.after >= period.end.by


def joint(one: Period, later: Period) -> Joint:
    """Say how the period that starts later follows the other.

    Where an estimated end leaves it open they are said to join: an answer for such a day is unknown by itself.
    """
    if one.end.by < later.start.after or (one.end.by == later.start.after and one.end.after != one.end.by):
        return "hole"
    return "overlap" if overlap(one, later) is True else "joins"


def joints(
    dated: Iterable[tuple[Period, Dated]],
) -> Iterator[tuple[Joint, tuple[Period, Dated], tuple[Period, Dated]]]:
    """Return each two that follow one another, by their first days, and how they do."""
    ordered = sorted(dated, key=lambda one: (one[0].start.by, one[0].end.by))
    for index, later in enumerate(ordered[1:], 1):
        before = max(ordered[:index], key=lambda one: one[0].end.by)
        yield joint(before[0], later[0]), before, later


def told(period: Period) -> str:
    """Return a period in words; the end is told as the last day that counts."""
    words = []
    if period.start != EVER:
        words.append(_("from %(day)s") % {"day": told_bound(period.start)})
    if period.end != NEVER:
        words.append(_("to %(day)s") % {"day": told_bound(period.end, end=True)})
    return " ".join(words) or _("no days given")


def told_bound(bound: Bound, *, end: bool = False) -> str:
    """Return a bound in words; an end is told as the last day that counts."""
    shift = phrases.day_before if end else _same
    if bound.after == bound.by:
        return phrases.day(shift(bound.by))
    span = {"after": phrases.day(shift(bound.after)), "by": phrases.day(phrases.day_before(bound.by))}
    return _("a day between %(after)s and %(by)s") % span


def hole_told(one: Period, later: Period) -> str:
    """Return the days between two periods in words."""
    first, last = one.end.after, phrases.day_before(later.start.by)
    if first >= last:
        return phrases.day(last)
    return _("%(first)s to %(last)s") % {"first": phrases.day(first), "last": phrases.day(last)}


def _same(value: date) -> date:
    return value
