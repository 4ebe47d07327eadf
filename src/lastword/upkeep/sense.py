"""Rules that can never apply, or that act on nothing; what is cited; what is dated; tables out of their days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from lastword.answers.told import phrases
from lastword.errors import Where
from lastword.facts.day import ALWAYS, EVER, NEVER, Period
from lastword.rules.book import Book, rule_conditions
from lastword.rules.rule import Pack, Rule, Term
from lastword.rules.table import Citation, Lines, Table
from lastword.texts import _, several
from lastword.upkeep.days import is_empty, overlap, told_bound
from lastword.upkeep.finding import Finding
from lastword.upkeep.folding import never, number

MOST_NAMED: Final = 12


def sense_findings(book: Book, pack: Pack, today: date) -> Iterator[Finding]:
    """Return what makes no sense in the rules of a pack, seen among all packs in the book."""
    yield from _cited(pack)
    yield from _undated(pack)
    for rule in pack.rules:
        for wrong, kind, what in (
            *_days(rule),
            *_reachable(book, rule),
            *_acts_on(book, rule),
            *_regimes(book, rule),
        ):
            yield Finding(pack.id, rule.where, wrong, kind, rule.id, what)
    for term in pack.terms:
        for dated in term.values:
            if is_empty(dated.period):
                what = _("a value ends on %(end)s before it begins on %(start)s") % _ends(dated.period)
                yield Finding(pack.id, term.where, True, "days", term.id, what)
    yield from _tables(book, pack, today)


# ---- cited and dated -----------------------------------------------------------------------------------


def _cited(pack: Pack) -> Iterator[Finding]:
    entries: Iterable[Rule | Term | Table | Lines] = (*pack.rules, *pack.terms, *pack.tables, *pack.lines)
    for entry in entries:
        where = getattr(entry, "where", Where(f"{pack.id}/tables.yaml"))
        if not entry.citation.text.strip():
            yield Finding(pack.id, where, True, "citation", entry.id, _("does not say where it is written"))
        elif not _looked_up(entry.citation):
            what = _("does not say when its text was read, or by whom it was reported (`read` or `reported`)")
            yield Finding(pack.id, where, isinstance(entry, Rule), "citation", entry.id, what)


def _looked_up(citation: Citation) -> bool:
    return citation.read is not None or bool(citation.reported)


def _undated(pack: Pack) -> Iterator[Finding]:
    undated = [rule for rule in pack.rules if rule.period.start == EVER]
    if undated:
        count = several("%(n)d rule has no first day on file and counts for every day before",
                        "%(n)d rules have no first day on file and count for every day before", len(undated))  # fmt: skip
        yield Finding(
            pack.id,
            undated[0].where,
            False,
            "days",
            "",
            f"{count}: {phrases.names((r.id for r in undated), MOST_NAMED)}",
        )


def _days(rule: Rule) -> Iterator[tuple[bool, str, str]]:
    if is_empty(rule.period):
        yield True, "days", _("ends on %(end)s before it begins on %(start)s") % _ends(rule.period)
    if is_empty(rule.known):
        yield True, "days", _("`known_to` is not after `known_from`, so nobody ever knew of it")
    elif rule.known.end != NEVER and rule.known.end.by <= rule.period.start.after:
        what = _("`known_to` (%(known)s) is before its first day: it was dropped before it came into force")
        yield False, "days", what % {"known": phrases.day(rule.known.end.by)}


def _ends(period: Period) -> dict[str, str]:
    return {"start": told_bound(period.start), "end": told_bound(period.end, end=True)}


# ---- reach -----------------------------------------------------------------------------------------------


def _reachable(book: Book, rule: Rule) -> Iterator[tuple[bool, str, str]]:
    # What nobody read may add to a rule that by itself applies to nothing.
    if (rule.unread is None or rule.unread.may != "add") and never(book, rule):
        yield (
            True,
            "unreachable",
            _("its conditions contradict each other or its acts: it can apply to no case"),
        )
    for reach in rule.reach:
        if reach.limit is None:
            continue
        limit = number(book, reach.limit)
        if isinstance(limit, int | Decimal | Fraction) and (limit > 1 or (limit == 1 and reach.equal_free)):
            yield (
                True,
                "unreachable",
                _("no share of a value can come to more than its limit of %(limit)s") % {"limit": limit},
            )


def _acts_on(book: Book, rule: Rule) -> Iterator[tuple[bool, str, str]]:
    for word, names in (("lifts", rule.lifts), ("satisfies", rule.satisfies)):
        meant = {name: book.meant(name) for name in names}
        dead = [name for name, targets in meant.items() if targets and not _on_its_days(rule, targets)]
        for name, targets in meant.items():
            words = {"word": word, "name": name}
            if not targets:
                yield (
                    False,
                    "unreachable",
                    _("`%(word)s: %(name)s` names no rule of the packs in use") % words,
                )
            elif name in dead:
                what = _("`%(word)s: %(name)s` names a rule that is in force on none of its days")
                # Beside others that are in force it is only a name too many.
                yield len(dead) == len(names), "unreachable", what % words
            elif word == "satisfies" and not any(target.kind == "consent" for target in targets):
                yield (
                    True,
                    "unreachable",
                    _("`satisfies: %(name)s` names a rule that asks for no consent") % words,
                )


def _on_its_days(rule: Rule, targets: Iterable[Rule]) -> bool:
    return any(overlap(rule.period, target.period) is not False for target in targets)


def _regimes(book: Book, rule: Rule) -> Iterator[tuple[bool, str, str]]:
    dead = [regime for regime in (*rule.needs, *rule.needs_any) if not _given(book, rule, regime)]
    if rule.needs_any and not set(rule.needs_any) - set(dead):
        names = ", ".join(rule.needs_any)
        yield (
            True,
            "unreachable",
            _("needs one of %(regimes)s, and no rule puts anything under one on its days")
            % {"regimes": names},
        )
    for regime in rule.needs:
        if regime in dead:
            yield (
                True,
                "unreachable",
                _("needs %(regime)s, and no rule puts anything under it on its days") % {"regime": regime},
            )


def _given(book: Book, rule: Rule, regime: str) -> bool:
    return _on_its_days(rule, book.regimes.get(regime, ()))


# ---- tables ----------------------------------------------------------------------------------------------


def _tables(book: Book, pack: Pack, today: date) -> Iterator[Finding]:
    own: tuple[Table | Lines, ...] = (*pack.tables, *pack.lines)
    users: dict[str, list[Rule]] = {}
    for rule in pack.rules:
        for name in tables_of(book, rule):
            users.setdefault(name, []).append(rule)
    for name, rules in sorted(users.items()):
        table = book.table(name)
        if table is not None:
            yield from _out_of_days(pack, table, rules, today)
    for table in own:
        age = getattr(table, "stale_after", None)
        if table.read and age is not None and table.read[-1] + timedelta(days=age) < today:
            what = _("was last read on %(day)s, longer ago than the %(age)s that it may age")
            words = {"day": phrases.day(table.read[-1]), "age": several("%(n)d day", "%(n)d days", age)}
            yield Finding(pack.id, Where(f"{pack.id}/tables.yaml"), False, "old", table.id, what % words)


def _out_of_days(pack: Pack, table: Table | Lines, rules: list[Rule], today: date) -> Iterator[Finding]:
    """Return the days on which rules are in force and their table says nothing, in one finding for each such span."""
    if table.assume == ALWAYS or _all_dated(table):
        return
    start, end = table.assume.start.after, table.assume.end.by
    early = [rule for rule in rules if EVER.by < rule.period.start.by < start]
    if early:
        first = min(rule.period.start.by for rule in early)
        what = _("is asked by %(rules)s from %(first)s on, but says nothing before %(start)s")
        words = {
            "rules": phrases.names(r.id for r in early),
            "first": phrases.day(first),
            "start": phrases.day(start),
        }
        yield Finding(pack.id, early[0].where, False, "out-of-days", table.id, what % words)
    late = [rule for rule in rules if rule.period.end.after > max(today, end)]
    if late and end <= today:
        what = _(
            "is asked by %(rules)s, but says nothing since %(end)s: read it again, or say until when it may be assumed"
        )
        words = {"rules": phrases.names(rule.id for rule in late), "end": phrases.day(end)}
        yield Finding(pack.id, late[0].where, True, "out-of-days", table.id, what % words)


def _all_dated(table: Table | Lines) -> bool:
    if isinstance(table, Lines):
        return False
    return all(row.dated for rows in table.rows.values() for row in rows)


def tables_of(book: Book, rule: Rule) -> frozenset[str]:
    """Return the tables that the conditions of a rule look up, by its terms as well."""
    texts, seen = [], set[str]()
    waiting = list(rule_conditions(rule))
    while waiting:
        condition = waiting.pop()
        texts.append(condition.text)
        for call in condition.calls - seen:
            seen.add(call)
            if call in book.terms:
                waiting += [dated.condition for dated in book.terms[call].values]
    quoted = {word for text in texts for word in text.replace('"', "'").split("'")[1::2]}
    return frozenset(quoted & (book.tables.keys() | book.lines.keys()))
