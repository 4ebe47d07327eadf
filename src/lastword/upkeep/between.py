"""What changed in the law on file from one day to another: rules that came into force or ended, dated values of terms,
rows of tables, control lines; and days that are only known roughly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from lastword.answers.told import phrases
from lastword.facts.day import EVER, NEVER, Bound, Period
from lastword.rules.rule import Pack, Rule, Term
from lastword.rules.table import Found, Line, Lines, Table
from lastword.texts import _, chosen

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Event:
    """A change of the law on ``day``; with ``by``: on some day from ``day`` on and before ``by``.

    ``kind``: begins, ends, known, value, row or line. ``title``: of the rule, term or table; ``what``: in words.
    ``old`` and ``new``: what held before and after, where that is a value; ``keys``: for which rows.
    """

    day: date
    by: date | None
    pack: str
    kind: str
    about: str
    title: str
    what: str
    citation: str = ""
    old: str = ""
    new: str = ""
    keys: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "day": self.day.isoformat(),
            "before": self.by.isoformat() if self.by is not None else None,
            "pack": self.pack,
            "kind": self.kind,
            "id": self.about,
            "title": self.title,
            "what": self.what,
            "citation": self.citation or None,
            "old": self.old or None,
            "new": self.new or None,
            "keys": list(self.keys),
        }


def events(pack: Pack, first: date, last: date) -> list[Event]:
    """Return what is different in a pack on ``last`` and the days before it, down to the day after ``first``."""
    found = [
        *(event for rule in pack.rules for event in _rule(pack, rule, first, last)),
        *(event for term in pack.terms for event in _term(pack, term, first, last)),
        *(event for table in pack.tables for event in _table(pack, table, first, last)),
        *(event for lines in pack.lines for event in _lines(pack, lines, first, last)),
    ]
    return sorted(found, key=lambda one: (one.day, one.by or one.day, one.about, one.kind))


def _within(bound: Bound, first: date, last: date) -> bool:
    """Say whether a bound lies, or may lie, after ``first`` and not after ``last``."""
    if bound in (EVER, NEVER):
        return False
    if bound.after == bound.by:
        return first < bound.by <= last
    return bound.after <= last and bound.by - _ONE_DAY > first


def _span(bound: Bound) -> date | None:
    return None if bound.after == bound.by else bound.by


def _rule(pack: Pack, rule: Rule, first: date, last: date) -> Iterator[Event]:
    title, cited = chosen(rule.title), rule.citation.text
    doubt = _(" (whether it binds is not known)") if rule.in_force_unknown else ""
    start, end = rule.period.start, rule.period.end
    if _within(start, first, last):
        what = _("comes into force") + doubt
        yield Event(start.after, _span(start), pack.id, "begins", rule.id, title, what, cited)
    if _within(end, first, last):
        what = _("is no longer in force")
        yield Event(end.after, _span(end), pack.id, "ends", rule.id, title, what, cited)
    known = rule.known.start
    if known not in (start, Bound.on(start.after)) and _within(known, first, last):
        what = _("can be known of since this day; it is in force %(days)s")
        words = {
            "days": _("from %(day)s") % {"day": phrases.day(start.by)}
            if start != EVER
            else _("without a first day on file")
        }
        yield Event(known.after, _span(known), pack.id, "known", rule.id, title, what % words, cited)


def _term(pack: Pack, term: Term, first: date, last: date) -> Iterator[Event]:
    bounds = {bound for dated in term.values for bound in dated.period if _within(bound, first, last)}
    for bound in bounds:
        old, new = (_value_on(term, day) for day in (bound.after - _ONE_DAY, bound.by))
        if old != new:
            words = {"old": old or _("no value"), "new": new or _("no value")}
            plain = _is_plain(old) and _is_plain(new)
            what = (
                _("was %(old)s, is now %(new)s")
                if plain
                else _("is defined anew: until then %(old)s; from then on %(new)s")
            ) % words
            yield Event(bound.after, _span(bound), pack.id, "value", term.id, chosen(term.title), what,
                        term.citation.text, old, new)  # fmt: skip


def _value_on(term: Term, day: date) -> str:
    return next((" ".join(d.condition.text.split()) for d in term.values if d.period.holds(day)), "")


def _is_plain(value: str) -> bool:
    """Say whether a value is written out, and no condition."""
    return not any(sign in value for sign in "()&|=<>")


def _table(pack: Pack, table: Table, first: date, last: date) -> Iterator[Event]:
    alike: dict[tuple[Bound, str, str], list[str]] = defaultdict(list)
    for keys, rows in table.rows.items():
        bounds = {bound for row in rows for bound in row.period if _within(bound, first, last)}
        for bound in bounds:
            old, new = (_told(table.find(keys, day)) for day in (bound.after - _ONE_DAY, bound.by))
            if old != new:
                alike[(bound, old, new)].append(" ".join(keys))
    for (bound, old, new), names in alike.items():
        words = {"keys": ", ".join(names), "old": old, "new": new}
        what = _("%(keys)s: was %(old)s, is now %(new)s") % words
        yield Event(bound.after, _span(bound), pack.id, "row", table.id, chosen(table.title), what,
                    table.citation.text, old, new, tuple(names))  # fmt: skip


def _told(found: Found) -> str:
    return phrases.value(found.value) if found.status == "found" else _("not known")


def _lines(pack: Pack, lines: Lines, first: date, last: date) -> Iterator[Event]:
    alike: dict[tuple[Bound, bool], list[str]] = defaultdict(list)
    for line in dict.fromkeys(line for entry in lines.entries.values() for line in entry):
        for bound, begins in _ends(line.period):
            if _within(bound, first, last):
                alike[(bound, begins)].append(_called(line))
    for (bound, begins), names in alike.items():
        text = _("%(lines)s: controlled from now on") if begins else _("%(lines)s: no longer controlled")
        yield Event(bound.after, _span(bound), pack.id, "line", lines.id, chosen(lines.title),
                    text % {"lines": ", ".join(names)}, lines.citation.text, keys=tuple(names))  # fmt: skip


def _ends(period: Period) -> tuple[tuple[Bound, bool], tuple[Bound, bool]]:
    return (period.start, True), (period.end, False)


def _called(line: Line) -> str:
    scope = "|".join(line.scope) + ("!" + "|".join(line.but) if line.but else "")
    return f"{scope} {line.column or line.reason}".strip()
