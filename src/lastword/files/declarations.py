"""Suppliers' declarations as they come back: a sheet with who says what of which parts, for which days."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.facts.fact import Facts
from lastword.facts.schema import DEPENDENCIES, THING, Field
from lastword.files.bill import written
from lastword.files.cells import tidied, tidied_day
from lastword.files.columns import declaration_names, folded, recognised, unread
from lastword.files.decimals import amount
from lastword.files.sheet import Sheet, cell_text, unwatched
from lastword.files.suggestion import did_you_mean, unknown_word
from lastword.files.tables import DECLARATION_COLUMNS, EVERYTHING, declared, told_by
from lastword.files.telling import Telling
from lastword.files.values import Refused
from lastword.files.workbook import Cell, Row, Watch
from lastword.texts import _

_ALL: Final = frozenset({"all", "alle", "alles", "everything", "*"})
_WORDS: Final[Mapping[str, str]] = {
    "complete": "complete", "vollständig": "complete", "vollstandig": "complete", "completeness": "complete",
    "vollständigkeit": "complete", "inhalt vollständig": "complete", "needs": "needs", "bedarf": "needs",
}  # fmt: skip
_NO_REST: Final = frozenset({"yes", "ja", "none", "keine", "-", "0", "complete", "vollständig"})


@dataclass(slots=True)
class Declarations:
    """The rows as our table has them, and what should be said about them."""

    rows: list[dict[str, str]] = field(default_factory=list)
    reached: int = 0
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def suppliers(self) -> set[str]:
        """Return who declares something."""
        return {row["supplier"] for row in self.rows}

    def table(self) -> str:
        """Return the rows as the CSV text that the facts reader reads."""
        target = io.StringIO(newline="")
        writer = csv.DictWriter(target, DECLARATION_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return target.getvalue()


def read_declarations_sheet(
    sheet: Sheet,
    known: Facts,
    terms: Mapping[str, Field],
    mapped: Mapping[str, str],
    watch: Watch = unwatched,
) -> Declarations:
    """Return the declarations of a sheet about things in ``known``. Raises InputError with every bad row."""
    at, _ = recognised(sheet.header, declaration_names(), mapped, sheet.file)
    missing = [column for column in DECLARATION_COLUMNS if column not in at and column not in ("from", "to")]
    if missing:
        mend = f"add it, or say --map {missing[0]}=NAME"
        raise InputError(Problem(Where(sheet.file, 1), f"no column was recognised as `{missing[0]}`", mend))
    reading = _Reading(sheet, at, known, {**terms, **THING})
    for row in watch(sheet.rows, len(sheet.rows)):
        reading.take(row)
    if reading.problems:
        raise InputError(reading.problems)
    return reading.result()


class _Reading:
    def __init__(
        self, sheet: Sheet, at: Mapping[str, int], known: Facts, fields: Mapping[str, Field]
    ) -> None:
        self.sheet, self.at, self.known, self.fields = sheet, at, known, fields
        self.problems: list[Problem] = []
        self.declarations = Declarations(notes=list(sheet.notes), unread=unread(sheet.header, at))
        self.supplied: dict[str, set[str]] = {}
        for fact in known.facts:
            if fact.attribute == "supplier" and isinstance(fact.value, str):
                self.supplied.setdefault(fact.value.casefold(), set()).add(fact.about)
        self.terms = {folded(name): ours for ours in fields for name in self._names(ours)}
        self.terms |= {folded(name): name for name in DEPENDENCIES}
        self.terms |= {folded(word): ours for word, ours in _WORDS.items()}
        self.reached: set[str] = set()

    def _names(self, ours: str) -> Iterable[str]:
        field = self.fields[ours]
        return ours, field.en, field.de

    def take(self, row: Row) -> None:
        """Take one row, or note why not."""
        number, cells = row
        where = Where(self.sheet.file, number)
        said: dict[str, str] = {}
        found = len(self.problems)
        for column in DECLARATION_COLUMNS:
            cell: Cell = cells[self.at[column]] if column in self.at else ""
            try:
                said[column] = self._tidied(column, cell, said)
            except Refused as refused:
                name = self.sheet.header[self.at[column]]
                self.problems.append(Problem(where, f"column `{name}`: {refused.what}", refused.mend))
                said[column] = ""
        if len(self.problems) > found:
            return
        try:
            told = told_by(said, Telling())
            declared(said["scope"], said, told, where, self.fields)
        except Refused as refused:
            self.problems.append(Problem(where, refused.what, refused.mend))
            return
        self.declarations.rows.append(said)
        everything = self.supplied.get(said["supplier"].casefold(), set())
        self.reached |= everything if said["scope"] == EVERYTHING else {said["scope"]}

    def _tidied(self, column: str, cell: Cell, said: Mapping[str, str]) -> str:
        raw = cell_text(cell).strip()
        if column in ("from", "to"):
            return tidied_day(cell)
        if not raw:
            raise Refused("is empty", "each declaration says who, of what, which, and who signed it")
        if column == "scope":
            return self._scope(raw)
        if column == "term":
            ours = self.terms.get(folded(raw))
            if ours is None:
                raise Refused(
                    *unknown_word("a term", raw, {*self.fields, *DEPENDENCIES, "needs", "complete"})
                )
            return ours
        return self._value(said.get("term", ""), cell, raw) if column == "value" else raw

    def _scope(self, raw: str) -> str:
        if raw.casefold() in _ALL:
            return EVERYTHING
        if self.known.kinds.get(raw) != "thing":
            mend = did_you_mean(raw, self.known.kinds) or "import the bill of materials first, or write all"
            raise Refused(f"`{raw}` is not a thing of this workspace", mend)
        return raw

    def _value(self, term: str, cell: Cell, raw: str) -> str:
        if not term:
            return raw
        if term == "complete":
            if raw.casefold() in _NO_REST:
                return "0"
            rest = amount(cell, None)[0]
            if rest >= 1:
                raise Refused(f"the remainder `{raw}` leaves nothing complete", "write e.g. 3%")
            return written(rest)
        field = self.fields.get(term)
        if field is None:
            return "none" if raw.casefold() in ("none", "keine", "-") else raw
        if field.kind == "number":
            return written(amount(cell, None)[0])
        return tidied(term, field, cell)

    def result(self) -> Declarations:
        """Return the declarations, with a note on each supplier of nothing."""
        for supplier in sorted(self.declarations.suppliers()):
            if supplier.casefold() not in self.supplied:
                names = {fact.value for fact in self.known.facts if fact.attribute == "supplier"}
                mend = did_you_mean(supplier, (name for name in names if isinstance(name, str)))
                note = _("`%(supplier)s` supplies nothing in this workspace yet") % {"supplier": supplier}
                self.declarations.notes.append(note + (f"; {mend}" if mend else ""))
        self.declarations.reached = len(self.reached)
        return self.declarations
