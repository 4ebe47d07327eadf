"""Gaps and silent overlaps, as decision-table checks look for them: rows of tables, dated values of terms, lines of
control lists, and rules that say the same twice.

Only what can be decided exactly is looked at: two conditions that differ in their text may still hold together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise
from typing import Any

from lastword.answers.told import phrases
from lastword.errors import Where
from lastword.facts.code import on
from lastword.facts.day import ALWAYS
from lastword.rules.rule import Pack, Rule, Term
from lastword.rules.table import Lines, Table
from lastword.texts import _
from lastword.upkeep.days import hole_told, joints, overlap, told
from lastword.upkeep.finding import Finding
from lastword.upkeep.written import WrittenRow, WrittenTable


def value_findings(pack: Pack, written: Mapping[str, WrittenTable]) -> Iterator[Finding]:
    """Return gaps and overlaps in the tables, terms, control lines and rules of a pack."""
    for table in pack.tables:
        if table.id in written:
            yield from _table(pack, table, written[table.id])
    for lines in pack.lines:
        if lines.id in written:
            yield from _lines(pack, lines, written[lines.id])
    for term in pack.terms:
        yield from _term(pack, term)
    yield from _rules(pack)


def _table(pack: Pack, table: Table, written: WrittenTable) -> Iterator[Finding]:
    by_key: dict[tuple[str, ...], list[WrittenRow]] = defaultdict(list)
    for row in written.rows:
        by_key[row.keys].append(row)
    for keys, rows in by_key.items():
        undated = [row for row in rows if row.period == ALWAYS]
        for first, second in pairwise(undated):
            yield _twice(pack, table.id, keys, first, second, written)
        dated = [(row.period, row) for row in rows if row.period != ALWAYS]
        for how, (before, one), (after, other) in joints(dated):
            if how == "overlap":
                yield _twice(pack, table.id, keys, one, other, written)
            elif how == "hole" and not undated and _is_silent(table):
                what = _(
                    "`%(key)s` has no row for %(days)s, between lines %(one)s and %(other)s; the answer is then %(value)s"
                )
                words = {"key": ", ".join(keys), "days": hole_told(before, after), "one": one.where.line,
                         "other": other.where.line, "value": _missing(table)}  # fmt: skip
                yield Finding(pack.id, other.where, False, "gap", table.id, what % words)


def _is_silent(table: Table) -> bool:
    """Say whether a hole in the days is one: a list that names who is on it may leave somebody out for a while."""
    return not (table.type == "yes-no" and table.missing is False)


def _missing(table: Table) -> str:
    if table.missing == "unknown":
        return _("not known")
    return _("the key itself") if table.missing == "same" else phrases.value(table.missing)


def _twice(
    pack: Pack, ident: str, keys: tuple[str, ...], one: WrittenRow, other: WrittenRow, written: WrittenTable
) -> Finding:
    differ = _differing(one, other, written)
    words = {"key": ", ".join(keys), "one": one.where.line, "other": other.where.line, "differ": differ}
    if not differ:
        what = _("`%(key)s` stands in lines %(one)s and %(other)s for the same days, with the same value")
        return Finding(pack.id, other.where, False, "overlap", ident, what % words)
    what = _("`%(key)s` has two values for the same days, in lines %(one)s and %(other)s: %(differ)s")
    return Finding(pack.id, other.where, True, "overlap", ident, what % words)


def _differing(one: WrittenRow, other: WrittenRow, written: WrittenTable) -> str:
    if written.columns:
        columns = [
            column
            for column in written.columns
            if (one.cells.get(column) == written.mark) is not (other.cells.get(column) == written.mark)
        ]
        return phrases.names(columns)
    values = one.cells.get(written.value, ""), other.cells.get(written.value, "")
    return (
        "" if values[0] == values[1] else _("%(one)s and %(other)s") % {"one": values[0], "other": values[1]}
    )


# ---- control lines ---------------------------------------------------------------------------------------


def _lines(pack: Pack, lines: Lines, written: WrittenTable) -> Iterator[Finding]:
    by_scope: dict[tuple[str, str], list[WrittenRow]] = defaultdict(list)
    for row in written.rows:
        by_scope[(row.cells.get("scope", ""), row.cells.get("reason", ""))].append(row)
        yield from _scope(pack, lines, row)
    for (scope, reason), rows in by_scope.items():
        for one, other in combinations(rows, 2):
            if overlap(one.period, other.period):
                yield from _same_scope(pack, lines, f"{scope} {reason}".strip(), one, other)


def _same_scope(pack: Pack, lines: Lines, key: str, one: WrittenRow, other: WrittenRow) -> Iterator[Finding]:
    columns = one.cells.get("column", ""), other.cells.get("column", "")
    status = one.cells.get("status", ""), other.cells.get("status", "")
    words: dict[str, Any] = {"key": key, "one": one.where.line, "other": other.where.line}
    if columns[0] == columns[1] and status[0] == status[1]:
        if status[0] != "unread" or one.cells.get("text") == other.cells.get("text"):
            what = _("`%(key)s` stands in lines %(one)s and %(other)s for the same days, with the same value")
            yield Finding(pack.id, other.where, False, "overlap", lines.id, what % words)
    elif columns[0] == columns[1]:
        what = _(
            "`%(key)s`: line %(one)s and line %(other)s contradict each other on whether its scope was read"
        )
        yield Finding(pack.id, other.where, False, "overlap", lines.id, what % words)
    elif (
        all(columns)
        and status == ("structured", "structured")
        and _letters(columns[0]) == _letters(columns[1])
    ):
        what = _(
            "`%(key)s` has two columns for the same reason and days, in lines %(one)s and %(other)s: %(differ)s"
        )
        words["differ"] = _("%(one)s and %(other)s") % {"one": columns[0], "other": columns[1]}
        yield Finding(pack.id, other.where, False, "overlap", lines.id, what % words)


def _letters(column: str) -> str:
    return column.rstrip("0123456789")


def _scope(pack: Pack, lines: Lines, row: WrittenRow) -> Iterator[Finding]:
    scope, _mark, but = row.cells.get("scope", "").partition("!")
    inside = [one for one in scope.split("|") if one]
    for one in (one for one in but.split("|") if one):
        if not any(on(one, pattern) is True for pattern in inside):
            what = _("takes `%(but)s` out of `%(scope)s`, which does not hold it") % {
                "but": one,
                "scope": scope,
            }
            yield Finding(pack.id, row.where, False, "overlap", lines.id, what)


# ---- terms ----------------------------------------------------------------------------------------------


def _term(pack: Pack, term: Term) -> Iterator[Finding]:
    for how, (before, one), (after, other) in joints((dated.period, dated) for dated in term.values):
        where = _where_of(other, term.where)
        if how == "overlap":
            same = one.condition.text == other.condition.text
            words = {
                "one": one.condition.text,
                "other": other.condition.text,
                "days": told(before),
                "later": told(after),
            }
            what = _("has two values for the same days: %(one)s (%(days)s) and %(other)s (%(later)s)") % words
            yield Finding(pack.id, where, not same, "overlap", term.id, what)
        elif how == "hole":
            what = _("has no value for %(days)s: whatever asks for it is then not known")
            yield Finding(pack.id, where, False, "gap", term.id, what % {"days": hole_told(before, after)})


def _where_of(dated: Any, default: Where) -> Where:
    place = dated.condition.remake[2]
    return place if isinstance(place, Where) and place.line else default


# ---- rules ----------------------------------------------------------------------------------------------


def _rules(pack: Pack) -> Iterator[Finding]:
    """Return the rules of one family that hold under the same conditions on the same days."""
    alike: dict[Any, list[Rule]] = defaultdict(list)
    for rule in pack.rules:
        alike[_conditions(rule)].append(rule)
    for rules in alike.values():
        for one, other in combinations(rules, 2):
            if overlap(one.period, other.period):
                yield from _same_rule(pack, one, other)


def _conditions(rule: Rule) -> Any:
    reach = tuple(
        (r.kind, r.test.text, _text(r.stop), _text(r.whole), r.itself, r.through, r.kinds, _text(r.presumed))
        for r in rule.reach
    )
    checks = tuple(sorted(finding.id for finding in rule.checklist))
    return (
        rule.family, rule.kind, rule.acts, rule.seen_from, rule.leg, _text(rule.domain), _text(rule.when),
        rule.needs, rule.needs_any, _text(rule.per), rule.gives, tuple(sorted(rule.lifts)), tuple(sorted(rule.satisfies)),
        reach, checks,
    )  # fmt: skip


def _same_rule(pack: Pack, one: Rule, other: Rule) -> Iterator[Finding]:
    words = {"one": one.id, "other": other.id}
    if _edges(one) != _edges(other):
        what = _(
            "`%(one)s` and `%(other)s` hold under the same conditions on the same days, with different limits"
        )
        yield Finding(pack.id, other.where, True, "overlap", other.id, what % words)
    elif _says(one) == _says(other):
        what = _("`%(one)s` and `%(other)s` say the same for the same days")
        yield Finding(pack.id, other.where, False, "overlap", other.id, what % words)


def _edges(rule: Rule) -> Iterable[tuple[str, bool]]:
    return [(_text(reach.limit), reach.equal_free) for reach in rule.reach if reach.kind == "content"]


def _says(rule: Rule) -> Any:
    if rule.consent is None:
        return rule.lifted_by_office
    return [
        sorted((seat.authority, _text(seat.expression), seat.procedure) for seat in group)
        for group in rule.consent.alternatives
    ]


def _text(condition: Any) -> str:
    return "" if condition is None else str(condition.text)
