"""A sheet as a bill of materials: by parent, by level, or flat."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from lastword.errors import InputError, Problem, Where
from lastword.facts.schema import THING, Field
from lastword.files.bill import Bill, Part, Use, written
from lastword.files.cells import tidied
from lastword.files.columns import part_names, recognised, unread
from lastword.files.decimals import Style, amount, style_of
from lastword.files.sheet import Sheet, cell_text, unwatched
from lastword.files.suggestion import did_you_mean
from lastword.files.values import Refused, currency
from lastword.files.workbook import Cell, Row, Watch
from lastword.texts import _

_NAMES: Final = ("name", "name_de", "name_en")
_NUMBERS: Final = ("quantity", "unit_price", "share")
_DOTTED = re.compile(r"\d+(\.\d+)*\.?", re.ASCII)
_INDENTED = re.compile(r"[.\-+*\s]*(\d+)", re.ASCII)
_UNITS: Final[Mapping[str, str]] = {"€": "EUR", "EURO": "EUR", "US$": "USD", "£": "GBP"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says about a sheet: our column -> theirs, the product's id, and how decimals are written."""

    mapped: Mapping[str, str] = field(default_factory=dict)
    product: str = ""
    decimal: Style | None = None


def read_bom(
    sheet: Sheet, stem: str, terms: Mapping[str, Field], wishes: Wishes, watch: Watch = unwatched
) -> Bill:
    """Return what a sheet says; ``stem``: the product's id where nothing names it.

    Raises InputError with every row that cannot be taken.
    """
    return _Reading(sheet, stem, terms, wishes).bill(watch)


@dataclass(slots=True)
class _Line:
    """A row of the sheet as a use whose parent is still to be found."""

    id: str
    above: str
    use: Use
    where: Where


class _Reading:
    def __init__(self, sheet: Sheet, stem: str, terms: Mapping[str, Field], wishes: Wishes) -> None:
        self.sheet, self.stem, self.wishes = sheet, stem, wishes
        names = part_names(terms)
        self.at, self.currencies = recognised(sheet.header, names, wishes.mapped, sheet.file)
        if "id" not in self.at:
            mend = "name the column `id` or Teilenummer, or say --map id=NAME"
            what = "no column was recognised as the id of a part"
            raise InputError(Problem(Where(sheet.file, 1), what, mend))
        self.problems: list[Problem] = []
        self.parts: dict[str, Part] = {}
        self.notes = list(sheet.notes)
        fields = {**terms, **THING}
        special = {"id", "parent", "level", "currency", *_NUMBERS, *_NAMES}
        self.cells = [
            (name, index, _Remembered(lambda cell, n=name: tidied(n, fields[n], cell)))  # type: ignore[misc]
            for name, index in self.at.items()
            if name not in special
        ]
        self.names = [(name, self.at[name]) for name in _NAMES if name in self.at]
        self.numbers: dict[str, _Remembered] = {}
        for name in _NUMBERS:
            if name in self.at:
                self.numbers[name] = self._numbers(name, self.at[name])

    def _numbers(self, name: str, index: int) -> _Remembered:
        style = self.wishes.decimal or style_of(row[index] for _, row in self.sheet.rows)
        if style is not None:
            said = (
                _("column `%(name)s`: decimal comma")
                if style == "comma"
                else _("column `%(name)s`: decimal point")
            )
            self.notes.append(said % {"name": self.sheet.header[index]})
        return _Remembered(lambda cell: amount(cell, style))

    def bill(self, watch: Watch) -> Bill:
        """Read every row, then find the parents."""
        lines = [
            line
            for row in watch(self.sheet.rows, len(self.sheet.rows))
            if (line := self._line(row)) is not None
        ]
        if self.problems:
            raise InputError(self.problems)
        bill = self._placed(lines)
        if self.problems:
            raise InputError(self.problems)
        bill.unread = unread(self.sheet.header, self.at)
        self._note(bill)
        return bill

    # --- one row ------------------------------------------------------------------------------------------

    def _line(self, row: Row) -> _Line | None:
        number, cells = row
        where = Where(self.sheet.file, number)
        ident = cell_text(cells[self.at["id"]])
        if not ident:
            self._refuse(where, "id", "is empty", "name the part")
            return None
        if not ident.isprintable() or ident in ("licences", "world"):
            self._refuse(where, "id", f"`{ident}` cannot be an id", "use another one")
            return None
        self._part(ident, cells, where)
        above = ""
        for column in ("parent", "level"):
            if column in self.at:
                above = cell_text(cells[self.at[column]])
                break
        return _Line(ident, above, self._use(ident, cells, where), where)

    def _part(self, ident: str, cells: list[Cell], where: Where) -> None:
        part = self.parts.get(ident)
        known = part is not None
        if part is None:
            part = self.parts[ident] = Part(ident, {}, where)
        for called, index in self.names:
            self._say(part, called, " ".join(cell_text(cells[index]).split()), where, known)
        for name, index, tidy in self.cells:
            cell = cells[index]
            if cell == "":
                continue
            try:
                self._say(part, name, tidy(cell), where, known)
            except Refused as refused:
                self._refuse(where, self.sheet.header[index], refused.what, refused.mend)

    def _say(self, part: Part, name: str, value: str, where: Where, known: bool) -> None:
        if not value:
            return
        before = part.cells.setdefault(name, value)
        if known and before != value:
            what = f"`{part.id}` has `{before}` on line {part.where.line} and `{value}` here"
            self._refuse(
                where, self.sheet.header[self.at[name]], what, "a part has one value: mend one of them"
            )

    def _use(self, ident: str, cells: list[Cell], where: Where) -> Use:
        said: dict[str, tuple[Fraction, str]] = {}
        for name, number in self.numbers.items():
            cell = cells[self.at[name]]
            if cell == "":
                continue
            try:
                said[name] = number(cell)
            except Refused as refused:
                self._refuse(where, self.sheet.header[self.at[name]], refused.what, refused.mend)
        price, beside = said.get("unit_price", (None, ""))
        unit = ""
        if price is not None:
            unit = self._unit(cells, beside, where)
        portion = said["share"][0] if "share" in said else None
        if portion is not None and portion > 1:
            mend = "write 21.4% or 0.214"
            self._refuse(where, "share", f"`{written(portion)}` is more than the whole", mend)
        if price is not None and portion is not None:
            self._refuse(where, "share", "a unit price and a share for the same part", "keep one of them")
        quantity = said["quantity"][0] if "quantity" in said else None
        return Use("", ident, where, quantity, price, unit, portion)

    def _unit(self, cells: list[Cell], beside: str, where: Where) -> str:
        stated = cell_text(cells[self.at["currency"]]).upper() if "currency" in self.at else ""
        stated = _UNITS.get(stated, stated) or beside or self.currencies.get("unit_price", "")
        if not stated:
            mend = "fill a column `currency` (Währung), or name the column e.g. Preis (EUR)"
            self._refuse(where, "unit_price", "an amount without a currency", mend)
        elif beside and beside != stated:
            self._refuse(
                where, "unit_price", f"{beside} beside the amount, {stated} in its column", "keep one"
            )
        else:
            try:
                return currency(stated)
            except Refused as refused:
                self._refuse(where, "currency", refused.what, refused.mend)
        return ""

    # --- the tree -----------------------------------------------------------------------------------------

    def _placed(self, lines: list[_Line]) -> Bill:
        if "parent" in self.at:
            if "level" in self.at:
                self.notes.append(
                    _("parents were taken from the column of parents; the levels were not read")
                )
            return self._by_parent(lines)
        if "level" in self.at:
            return self._by_level(lines)
        self.notes.append(
            _("there is no column of parents or levels: every part was put directly into the product")
        )
        return self._by_parent(lines)

    def _by_parent(self, lines: list[_Line]) -> Bill:
        ids = self.parts.keys()
        above = {line.above for line in lines}
        tops = list(dict.fromkeys(line.id for line in lines if not line.above))
        absent = list(dict.fromkeys(line.above for line in lines if line.above and line.above not in ids))
        product = self.wishes.product
        if not product and not tops and len(absent) == 1:
            product = absent[0]
        if not product and len(tops) == 1 and tops[0] in above:
            product = tops[0]
        bill = self._start(product)
        for line in lines:
            parent = line.above
            if not parent:
                if line.id == bill.product:
                    self._value(bill, line.use)
                    continue
                parent = bill.product
            elif parent not in ids and parent != bill.product:
                what = f"`{parent}` is not the id of any row"
                self._refuse(
                    line.where, self.sheet.header[self.at["parent"]], what, did_you_mean(parent, ids)
                )
                continue
            bill.uses.append(_under(parent, line.use))
        self._refuse_cycles(bill)
        return bill

    def _by_level(self, lines: list[_Line]) -> Bill:
        depths = self._depths(lines)
        if self.problems or not lines:
            return Bill("")
        top = min(depth for depth, _ in depths)
        alone = sum(1 for depth, _ in depths if depth == top) == 1 and depths[0][0] == top
        first = lines[0].id
        product = self.wishes.product or (first if alone and (len(lines) > 1 or top == 0) else "")
        bill = self._start(product)
        rooted = alone and first == bill.product
        # The uses below each occurrence of an assembly: a list of parts may repeat it wherever it is used.
        below: list[list[Use]] = [[] for _ in lines]
        under_product: list[Use] = []
        for index, (line, (_depth, parent)) in enumerate(zip(lines, depths, strict=True)):
            if index == 0 and rooted:
                self._value(bill, line.use)
            elif parent is None or (parent == 0 and rooted):
                under_product.append(_under(bill.product, line.use))
            else:
                below[parent].append(_under(lines[parent].id, line.use))
        bill.uses.extend(under_product)
        taken: dict[str, tuple[list[Use], Where]] = {}
        for line, uses in zip(lines, below, strict=True):
            if not uses:
                continue
            earlier = taken.setdefault(line.id, (uses, line.where))
            if earlier[0] is uses:
                bill.uses.extend(uses)
            elif [use.said for use in earlier[0]] != [use.said for use in uses]:
                what = f"`{line.id}` has other parts here than on line {earlier[1].line}"
                self._refuse(line.where, "id", what, "an assembly has one list of parts: mend one of them")
        self._refuse_cycles(bill)
        return bill

    def _depths(self, lines: list[_Line]) -> list[tuple[int, int | None]]:
        """Return the depth of each line and the index of the line above it."""
        column = self.sheet.header[self.at["level"]]
        dotted = any("." in line.above.strip(".") for line in lines)
        positions: dict[str, int] = {}
        last_at: dict[int, int] = {}
        found: list[tuple[int, int | None]] = []
        if dotted:
            positions = {line.above.rstrip("."): index for index, line in enumerate(lines)}
        for index, line in enumerate(lines):
            if dotted and _DOTTED.fullmatch(line.above):
                position = line.above.rstrip(".")
                if positions[position] != index:
                    self._refuse(
                        line.where, column, f"the position `{position}` stands there twice", "mend one"
                    )
                higher = position.rpartition(".")[0]
                if higher and higher not in positions:
                    self._refuse(line.where, column, f"there is no row `{higher}` above it", "add that row")
                found.append((position.count(".") + 1 if position != "0" else 0, positions.get(higher)))
                continue
            match = _INDENTED.fullmatch(line.above) if not dotted and len(line.above) <= 40 else None
            if match is None:
                self._refuse(line.where, column, f"`{line.above}` is not a level", "write 0, 1, 2 or 1.2.3")
                found.append((0, None))
                continue
            depth = int(match[1])
            above = last_at.get(depth - 1)
            if above is None and last_at and depth > min(last_at):
                self._refuse(
                    line.where, column, f"level {depth} has no level {depth - 1} above it", "mend the level"
                )
            last_at = {level: at for level, at in last_at.items() if level < depth} | {depth: index}
            found.append((depth, above))
        return found

    def _start(self, product: str) -> Bill:
        """Return an empty bill of a product that may have no row of its own."""
        if not product:
            product = self.stem
            said = _("no row is the product: it was called `%(product)s` after the file (--product ID)")
            self.notes.append(said % {"product": product})
        bill = Bill(product, self.parts, rows=len(self.sheet.rows), notes=self.notes)
        if product not in self.parts:
            bill.parts[product] = Part(product, {}, Where(self.sheet.file))
        return bill

    def _value(self, bill: Bill, use: Use) -> None:
        if use.price is not None:
            bill.value = (use.price, use.currency)

    def _refuse_cycles(self, bill: Bill) -> None:
        below: dict[str, list[Use]] = {}
        for each in bill.uses:
            below.setdefault(each.parent, []).append(each)
        done: set[str] = set()
        for start in below:
            way: list[tuple[str, Any]] = [] if start in done else [(start, iter(below[start]))]
            on_way = dict.fromkeys(name for name, _ in way)
            while way:
                use: Use | None = next(way[-1][1], None)
                if use is None:
                    done.add(way[-1][0])
                    del on_way[way.pop()[0]]
                elif use.part in on_way:
                    names = [name for name, _ in way]
                    cycle = [*names[names.index(use.part) :], use.part]
                    what = "a thing contains itself: " + " -> ".join(f"`{name}`" for name in cycle)
                    self._refuse(use.where, "id", what, "remove one of these rows")
                elif use.part in below and use.part not in done:
                    on_way[use.part] = None
                    way.append((use.part, iter(below[use.part])))

    def _note(self, bill: Bill) -> None:
        seen: set[tuple[object, ...]] = set()
        again = 0
        for use in bill.uses:
            key = (use.parent, *use.said)
            again += key in seen
            seen.add(key)
        if again:
            said = _("rows that repeat a part in the same assembly: %(n)d, each taken as a further use of it")
            self.notes.append(said % {"n": again})

    def _refuse(self, where: Where, column: str, what: str, mend: str) -> None:
        self.problems.append(Problem(where, f"column `{column}`: {what}", mend))


class _Remembered:
    """A function of a cell, computed once for each different cell."""

    __slots__ = ("_compute", "_known")

    def __init__(self, compute: Callable[[Cell], Any]) -> None:
        self._compute = compute
        self._known: dict[Cell, Any] = {}

    def __call__(self, cell: Cell) -> Any:
        found = self._known.get(cell)
        if found is None:
            try:
                found = self._compute(cell)
            except Refused as refused:
                found = refused
            self._known[cell] = found
        if type(found) is Refused:
            raise found
        return found


def _under(parent: str, use: Use) -> Use:
    return replace(use, parent=parent)
