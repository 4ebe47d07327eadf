"""Tables that a facts file names: many things and their parts at once, and suppliers' declarations."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from lastword.errors import InputError, Where
from lastword.facts.day import EVER, NEVER, Bound
from lastword.facts.fact import Complete, Entry, Fact, Money
from lastword.facts.schema import DEPENDENCIES, NEEDS, Field
from lastword.facts.unknown import NONE
from lastword.files.assembly import Assembly, fact_of
from lastword.files.suggestion import did_you_mean, unknown_word
from lastword.files.telling import Telling
from lastword.files.text import read_bytes, utf8_text
from lastword.files.values import Refused, currency, day, number, parsed, period, share, text
from lastword.files.yaml import Map

MOST_TABLE_BYTES: Final = 400 * 1024 * 1024
NAME_COLUMNS: Final[Mapping[str, str]] = {"name": "en", "name_en": "en", "name_de": "de"}
USE_COLUMNS: Final = ("quantity", "unit_price", "share")
PART_COLUMNS: Final = ("id", *NAME_COLUMNS, "parent", *USE_COLUMNS, "currency")
DECLARATION_COLUMNS: Final = ("supplier", "scope", "term", "value", "from", "to", "signed_by")
EVERYTHING: Final = "all"


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file named by a facts file. ``completes``: who declares the parts of ``product`` complete."""

    path: Path
    file: str
    at: Where
    told: Telling
    product: str = ""
    replaces: Path | None = None
    completes: tuple[Map, ...] = ()
    replaced: bool = False


def read_rows(
    table: Table, assembly: Assembly, allowed: Mapping[str, Any]
) -> tuple[list[str], Iterator[Row]] | None:
    """Return the columns of a table and its rows (line, cells); None, with problems noted, if it cannot be
    read.
    """
    try:
        content = utf8_text(read_bytes(table.path, table.file, most=MOST_TABLE_BYTES), table.file)
    except InputError as error:
        assembly.problems.extend(error.problems)
        return None
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    header = [cell.strip() for cell in next(reader, [])]
    at = Where(table.file, 1)
    good = True
    for index, column in enumerate(header):
        if column not in allowed:
            assembly.refuse(at, f"unknown column `{column}`", did_you_mean(column, allowed))
            good = False
        elif column in header[:index]:
            assembly.refuse(at, f"the column `{column}` stands there twice", "remove one")
            good = False
    return (header, _rows(reader, len(header), table, assembly)) if good else None


Row = tuple[int, list[str]]


def _rows(reader: Any, width: int, table: Table, assembly: Assembly) -> Iterator[Row]:
    try:
        for row in reader:
            if len(row) == width:
                yield reader.line_num, [cell.strip() for cell in row]
            elif any(row):
                at = Where(table.file, reader.line_num)
                assembly.refuse(
                    at, f"the row has {len(row)} cells, the header {width}", "check commas and quotes"
                )
    except csv.Error as error:
        assembly.refuse(
            Where(table.file, reader.line_num), f"is not readable as CSV: {error}", "check the quotes"
        )


class _Column:
    """The values of one column, each text parsed once."""

    __slots__ = ("_parse", "index", "name", "parsed")

    def __init__(self, index: int, name: str, parse: Callable[[str], Any]) -> None:
        self.index, self.name = index, name
        self._parse = parse
        self.parsed: dict[str, Any] = {}

    def value(self, row: list[str]) -> Any:
        """Return the value in ``row``, None for an empty cell; raises Refused."""
        raw = row[self.index]
        if not raw:
            return None
        found = self.parsed.get(raw)
        if found is None:
            try:
                found = self._parse(raw)
            except Refused as refused:
                found = refused
            self.parsed[raw] = found
        if type(found) is Refused:
            raise found
        return found


def read_list(assembly: Assembly, table: Table) -> None:
    """Take a table of things: one row for each use of a part in its parent, cells of a part on any of its
    rows.
    """
    allowed = {**dict.fromkeys(PART_COLUMNS), **assembly.thing_fields}
    opened = read_rows(table, assembly, allowed)
    if opened is None:
        return
    header, rows = opened
    if "id" not in header:
        assembly.refuse(Where(table.file, 1), "there is no column `id`", "add it")
        return
    _ListReading(assembly, table, header).take(rows)
    if table.product and assembly.kind_of(table.product) is None:
        what, mend = unknown_word("a thing", table.product, assembly.subjects())
        assembly.refuse(table.at, f"`product`: {what}", mend)
        return
    if table.completes and not table.product:
        assembly.refuse(table.at, "`complete` needs `product`", "say whose list is complete")
        return
    for item in table.completes:
        lists = assembly.lists_named(item, "thing") if "list" in item else ("contains",)
        assembly.complete(table.product, item, lists, table.told.read(item, assembly.refuse), item.at)


class _ListReading:
    """One pass over a table of things, made for 100,000 rows in a few seconds."""

    def __init__(self, assembly: Assembly, table: Table, header: list[str]) -> None:
        self.assembly, self.table = assembly, table
        at = {name: index for index, name in enumerate(header)}
        fields: dict[str, Field] = assembly.thing_fields

        def parser(name: str, field: Field) -> Callable[[str], Any]:
            return lambda raw: parsed(name, field, raw)

        self.cells = [_Column(at[name], name, parser(name, fields[name]))
                      for name in header if name in fields and name not in PART_COLUMNS]  # fmt: skip
        self.names = [(at[name], language) for name, language in NAME_COLUMNS.items() if name in at]
        self.id, self.parent = at["id"], at.get("parent")
        self.quantity = _Column(at["quantity"], "quantity", number) if "quantity" in at else None
        self.price = _Column(at["unit_price"], "unit_price", number) if "unit_price" in at else None
        self.share = _Column(at["share"], "share", share) if "share" in at else None
        self.currency = _Column(at["currency"], "currency", currency) if "currency" in at else None
        self.span = assembly.span_of(table.told)
        self.first: dict[str, list[str]] = {}
        self.uses: dict[tuple[str, str], int] = {}
        self.parents: dict[str, Where] = {}

    def take(self, rows: Iterator[Row]) -> None:
        """Take every row."""
        assembly, file = self.assembly, self.table.file
        for line, row in rows:
            ident = row[self.id]
            where = Where(file, line)
            if not ident:
                if any(row):
                    assembly.refuse(where, "the row has no `id`", "name the part")
                continue
            first = self.first.get(ident)
            if first is None:
                self.first[ident] = row
                self._define(ident, row, where)
            elif first is not row:
                self._compare(ident, first, row, where)
            try:
                self._use(ident, row, where)
            except Refused as refused:
                assembly.refuse(where, refused.what, refused.mend)
        for parent, where in self.parents.items():
            assembly.refer(where, parent, "thing")
        told = self.table.told
        assembly.named_sources.setdefault(told.source, self.table.at)

    def _define(self, ident: str, row: list[str], where: Where) -> None:
        assembly = self.assembly
        if assembly.kinds.get(ident) != "thing":
            assembly.define(ident, "thing", where)
        for index, language in self.names:
            if row[index]:
                if self.table.replaced:
                    assembly.names.setdefault(ident, {}).setdefault(language, row[index])
                else:
                    assembly.call(ident, {language: row[index]}, where)
        for column in self.cells:
            raw = row[column.index]
            if raw:
                value = column.parsed.get(raw)
                if value is None or type(value) is Refused:
                    self._cell(ident, column, row, where)
                else:
                    self._tell(ident, column.name, value, where)

    def _cell(self, ident: str, column: _Column, row: list[str], where: Where) -> None:
        try:
            value = column.value(row)
        except Refused as refused:
            self.assembly.refuse(where, f"column `{column.name}`: {refused.what}", refused.mend)
            return
        self._tell(ident, column.name, value, where)

    def _tell(self, ident: str, attribute: str, value: object, where: Where) -> None:
        told = self.table.told
        fact = Fact(ident, attribute, value, "cell", "", told.source, told.standing, told.valid, told.known, (), "",
                    told.audience, told.said_by, told.note, where)  # fmt: skip
        self.assembly.tell_in_bulk(fact, self.span)

    def _compare(self, ident: str, first: list[str], row: list[str], where: Where) -> None:
        """Take what a further row of the same part adds; refuse what contradicts the first."""
        for column in self.cells:
            raw, before = row[column.index], first[column.index]
            if not raw or raw == before:
                continue
            if before:
                what = f"column `{column.name}`: `{ident}` has `{before}` on an earlier row and `{raw}` here"
                self.assembly.refuse(where, what, "a part has one value")
            else:
                first[column.index] = raw
                self._cell(ident, column, row, where)

    def _use(self, ident: str, row: list[str], where: Where) -> None:
        parent = row[self.parent] if self.parent is not None else ""
        fields: dict[str, Any] = {}
        quantity = self.quantity.value(row) if self.quantity else None
        price = self.price.value(row) if self.price else None
        portion = self.share.value(row) if self.share else None
        if price is not None:
            unit = self.currency.value(row) if self.currency else None
            if unit is None:
                raise Refused(
                    "column `unit_price`: an amount without a currency", "fill the column `currency`"
                )
            price = Money(price, unit)
        if not parent:
            if price is not None:
                self._tell(ident, "value", price, where)
            return
        if price is not None and portion is not None:
            raise Refused("a unit price and a share for the same part", "keep one of them")
        fields["thing"] = ident
        if quantity is not None:
            fields["quantity"] = quantity
        if price is not None:
            fields["unit_price"] = price
        if portion is not None:
            fields["share"] = portion
        if parent not in self.parents:
            self.parents[parent] = where
        count = self.uses[parent, ident] = self.uses.get((parent, ident), 0) + 1
        entry = Entry(ident if count == 1 else f"{ident}#{count}", fields)
        told = self.table.told
        fact = Fact(parent, "contains", entry, "element", "", told.source, told.standing, told.valid, told.known, (),
                    "", told.audience, told.said_by, told.note, where)  # fmt: skip
        self.assembly.tell_in_bulk(fact, self.span)


def read_declarations(assembly: Assembly, table: Table) -> None:
    """Take a table of suppliers' declarations; ``all`` reaches every thing of that supplier, however it came
    in.
    """
    opened = read_rows(table, assembly, dict.fromkeys(DECLARATION_COLUMNS))
    if opened is None:
        return
    header, rows = opened
    missing = [column for column in DECLARATION_COLUMNS if column not in header]
    if missing:
        assembly.refuse(
            Where(table.file, 1), f"there is no column `{missing[0]}`", "add it, empty if need be"
        )
        return
    supplied = _supplied(assembly)
    for line, row in rows:
        cells = dict(zip(header, row, strict=True))
        where = Where(table.file, line)
        try:
            told = told_by(cells, table.told)
            things = _things(assembly, supplied, cells)
            for thing in things:
                for fact in declared(thing, cells, told, where, assembly.thing_fields):
                    if assembly.told(fact) is None:
                        assembly.tell(fact)
        except Refused as refused:
            assembly.refuse(where, refused.what, refused.mend)


def _supplied(assembly: Assembly) -> dict[str, list[str]]:
    """Return the things of each supplier, by its name without regard to case."""
    found: dict[str, set[str]] = {}
    for fact in (*assembly.known.facts, *assembly.facts):
        if fact.attribute == "supplier" and isinstance(fact.value, str):
            found.setdefault(fact.value.casefold(), set()).add(fact.about)
    return {supplier: sorted(things) for supplier, things in found.items()}


def _things(assembly: Assembly, supplied: Mapping[str, list[str]], cells: Mapping[str, str]) -> list[str]:
    scope, supplier = cells["scope"], cells["supplier"]
    if scope != EVERYTHING:
        if assembly.kind_of(scope) != "thing":
            what, mend = unknown_word("a thing", scope, assembly.subjects())
            raise Refused(f"column `scope`: {what}", mend)
        return [scope]
    # A supplier of nothing yet is no mistake: its parts may come with the next bill of materials.
    return supplied.get(supplier.casefold(), [])


def told_by(cells: Mapping[str, str], told: Telling) -> Telling:
    """Return how one row is told: signed by whom, valid from the day ``from`` to the end of the day ``to``."""
    start = Bound.on(day(cells["from"])) if cells["from"] else None
    last: date | None = day(cells["to"]) if cells["to"] else None
    end = Bound.on(last + timedelta(days=1)) if last is not None and last < date.max else None
    if not cells["supplier"] or not cells["signed_by"]:
        empty = "supplier" if not cells["supplier"] else "signed_by"
        raise Refused(
            f"column `{empty}`: is empty", "a declaration has somebody who gives and somebody who signs it"
        )
    return replace(told, valid=period(start or EVER, end or NEVER), said_by=cells["signed_by"])


def declared(
    thing: str, cells: Mapping[str, str], told: Telling, where: Where, fields: Mapping[str, Field]
) -> list[Fact]:
    """Return the facts about ``thing`` that one row of a declaration states; raises Refused.

    ``none`` for a control list speaks of the thing and of everything in it, at any depth; so does
    ``complete``.
    """
    term, raw = cells["term"], cells["value"]
    by = cells["signed_by"]
    if not raw:
        raise Refused("column `value`: is empty", "write what is declared, or remove the row")
    if term == "complete":
        remainder = share("0" if raw == "none" else raw)
        return [fact_of(thing, "contains", Complete(by, True, remainder), told, where, kind="complete")]
    lists = NEEDS if term == "needs" else (term,) if term in DEPENDENCIES else ()
    if lists:
        if raw != "none":
            raise Refused(
                f"column `value`: `{raw}` for `{term}`", "write none, or name the elements in a facts file"
            )
        return [fact_of(thing, name, Complete(by), told, where, kind="complete") for name in lists]
    field = fields.get(term)
    if field is None or term == "name":
        words = (*fields, *DEPENDENCIES, "needs", "complete")
        raise Refused(f"column `term`: unknown term `{text(term)}`", did_you_mean(term, words))
    value = parsed(term, field, raw)
    facts = [fact_of(thing, term, value, told, where)]
    if value is NONE and field.kind == "code":
        facts.append(fact_of(thing, "contains", Complete(by, term=term), told, where, kind="complete"))
    return facts
