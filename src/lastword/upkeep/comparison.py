"""What changed between two states of a pack: rules, terms, tables and its head, each added, removed or changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lastword.answers.told import phrases
from lastword.rules.book import Book
from lastword.rules.rule import Pack
from lastword.rules.table import Line, Lines, Row, Table
from lastword.texts import _, chosen
from lastword.upkeep.aspects import Aspects, pack_aspects, rule_aspects, table_aspects, term_aspects
from lastword.upkeep.days import told

How = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect that differs: the lines that went and those that came. ``label`` may be a list of keys."""

    label: str
    old: tuple[str, ...]
    new: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"what": self.label, "old": list(self.old), "new": list(self.new)}


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one entry. ``group``: pack, rule, term or table; ``rows``: what differs in a table's rows."""

    group: str
    id: str
    title: str
    how: How
    differences: tuple[Difference, ...] = ()
    rows: tuple[Difference, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "group": self.group,
            "id": self.id,
            "title": self.title,
            "how": self.how,
            "differences": [one.to_json() for one in self.differences],
            "rows": [one.to_json() for one in self.rows],
        }


def compare(old: tuple[Book, Pack], new: tuple[Book, Pack]) -> Iterator[Change]:
    """Return what changed from one state of a pack to the other; each comes with the book it was read in."""
    (old_book, before), (new_book, after) = old, new
    head = _differing(pack_aspects(before), pack_aspects(after))
    if head:
        yield Change("pack", after.id, chosen(after.title), "changed", head)
    yield from _entries(
        "rule",
        before.rules,
        after.rules,
        lambda r: rule_aspects(old_book, r),
        lambda r: rule_aspects(new_book, r),
    )
    yield from _entries("term", before.terms, after.terms, term_aspects, term_aspects)
    yield from _tables((*before.tables, *before.lines), (*after.tables, *after.lines))


def _entries(
    group: str,
    before: Iterable[Any],
    after: Iterable[Any],
    tell_old: Callable[[Any], Aspects],
    tell_new: Callable[[Any], Aspects],
) -> Iterator[Change]:
    olds, news = {one.id: one for one in before}, {one.id: one for one in after}
    for ident in [*news, *(ident for ident in olds if ident not in news)]:
        if ident not in olds:
            aspects = tell_new(news[ident])
            yield Change(group, ident, chosen(news[ident].title), "added", _all_of(aspects, came=True))
        elif ident not in news:
            aspects = tell_old(olds[ident])
            yield Change(group, ident, chosen(olds[ident].title), "removed", _all_of(aspects, came=False))
        else:
            differences = _differing(tell_old(olds[ident]), tell_new(news[ident]))
            if differences:
                yield Change(group, ident, chosen(news[ident].title), "changed", differences)


def _tables(before: Iterable[Table | Lines], after: Iterable[Table | Lines]) -> Iterator[Change]:
    olds, news = {one.id: one for one in before}, {one.id: one for one in after}
    for ident in [*news, *(ident for ident in olds if ident not in news)]:
        old, new = olds.get(ident), news.get(ident)
        title = chosen((new or olds[ident]).title)
        if new is None:
            yield Change("table", ident, title, "removed", _all_of(table_aspects(olds[ident]), came=False))
            continue
        how: How = "changed" if old is not None else "added"
        differences = (
            _differing(table_aspects(old), table_aspects(new)) if old is not None else _all_of(table_aspects(new), came=True)
        )  # fmt: skip
        rows = tuple(_rows(_told_rows(old) if old is not None else {}, _told_rows(new)))
        if how == "added" or differences or rows:
            yield Change("table", ident, title, how, differences, rows)


def _told_rows(table: Table | Lines) -> Mapping[str, tuple[str, ...]]:
    """Return key -> what stands there, with its days."""
    if isinstance(table, Table):
        return {" ".join(keys): tuple(map(_row, rows)) for keys, rows in table.rows.items()}
    found: dict[str, list[str]] = defaultdict(list)
    for line in dict.fromkeys(line for lines in table.entries.values() for line in lines):
        scope = "|".join(line.scope) + ("!" + "|".join(line.but) if line.but else "")
        found[scope].append(_line(line))
    return {scope: tuple(lines) for scope, lines in found.items()}


def _row(row: Row) -> str:
    return phrases.value(row.value) + (f" ({told(row.period)})" if row.dated else "")


def _line(line: Line) -> str:
    words = [line.column or line.reason or _("on the list")]
    if line.status == "unread":
        words.append(_("(scope not read)"))
    if line.period.start != Row(None).period.start or line.period.end != Row(None).period.end:
        words.append(f"({told(line.period)})")
    return " ".join(words)


def _rows(old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]) -> Iterator[Difference]:
    """Return what differs in the rows; keys that change in the same way are told together."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for key in [*new, *(key for key in old if key not in new)]:
        gone = _without(old.get(key, ()), new.get(key, ()))
        came = _without(new.get(key, ()), old.get(key, ()))
        if gone or came:
            alike[(gone, came)].append(key)
    for (gone, came), keys in alike.items():
        yield Difference(", ".join(keys), gone, came)


def _differing(old: Aspects, new: Aspects) -> tuple[Difference, ...]:
    found = []
    for label in [*old, *(label for label in new if label not in old)]:
        gone = _without(old.get(label, ()), new.get(label, ()))
        came = _without(new.get(label, ()), old.get(label, ()))
        if gone or came:
            found.append(Difference(label, gone, came))
    return tuple(found)


def _without(lines: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    rest = list(others)
    found = []
    for line in lines:
        if line in rest:
            rest.remove(line)
        else:
            found.append(line)
    return tuple(found)


def _all_of(aspects: Aspects, *, came: bool) -> tuple[Difference, ...]:
    title = _("Title")
    return tuple(
        Difference(label, () if came else lines, lines if came else ())
        for label, lines in aspects.items()
        if label != title
    )
