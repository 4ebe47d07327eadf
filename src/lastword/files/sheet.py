"""A sheet as people send it: CSV in whatever encoding and with whatever delimiter, or XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from lastword.errors import InputError, Problem, Where
from lastword.files.text import read_bytes, unreadable
from lastword.files.workbook import Cell, Row, Watch, rows_of_workbook
from lastword.texts import _

MOST_BYTES: Final = 200 * 1024 * 1024
_DELIMITERS: Final = ";\t,"
_ERRORS: Final = frozenset(
    {"#REF!", "#N/A", "#NV", "#DIV/0!", "#VALUE!", "#WERT!", "#NAME?", "#NUM!", "#NULL!"}
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """Column names and rows (each with its number in the file). A cell is a text, or the number a cell of
    XLSX holds.

    ``notes``: what was guessed about the file and should be said.
    """

    file: str
    header: list[str]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)


def unwatched(rows: Iterable[Any], _length: int | None) -> Iterable[Any]:
    """Return ``rows`` without showing progress."""
    return rows


def read_sheet(path: Path, file: str, *, sheet: str = "", watch: Watch = unwatched) -> Sheet:
    """Return a sheet from CSV or XLSX, told apart by content. ``sheet``: which one of a workbook.

    Raises InputError: every row that cannot be read, or what is wrong with the whole file.
    """
    content = read_bytes(path, file, most=MOST_BYTES)
    if content.startswith(b"PK\x03\x04"):
        return _from_workbook(content, file, sheet, watch)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise unreadable(
            file, "is an old or encrypted Excel file", "save it as XLSX without a password, or as CSV"
        )
    if sheet:
        raise unreadable(file, f"is no workbook and has no sheet `{sheet}`", "leave --sheet out")
    return _from_csv(content, file)


def cell_text(cell: Cell) -> str:
    """Return what a person would write for a cell."""
    if isinstance(cell, str):
        return cell
    if cell.denominator == 1:
        return str(cell.numerator)
    return format(Decimal(cell.numerator) / Decimal(cell.denominator), "f")


# --- CSV
# -------------------------------------------------------------------------------------------------------


def _from_csv(content: bytes, file: str) -> Sheet:
    notes: list[str] = []
    text = _decoded(content, file, notes)
    first, _, rest = text.partition("\n")
    announced = re.fullmatch(r"sep=(.)\r?", first)
    skipped = 0
    if announced:
        text, skipped = rest, 1
    delimiter = announced[1] if announced else delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    problems: list[Problem] = []
    header: list[str] = []
    rows: list[Row] = []
    try:
        for cells in reader:
            stripped: list[Cell] = [cell.strip() for cell in cells]
            line = reader.line_num + skipped
            if not any(stripped):
                continue
            if not header:
                header = [str(cell) for cell in stripped]
            elif len(stripped) != len(header):
                what = f"the row has {len(stripped)} cells, the header has {len(header)}"
                problems.append(Problem(Where(file, line), what, "check delimiters and quotes"))
            else:
                rows.append((line, stripped))
    except csv.Error as error:
        where = Where(file, reader.line_num + skipped)
        problems.append(Problem(where, f"is not readable as CSV: {error}", "check the quotes"))
    if problems:
        raise InputError(problems)
    return _checked(Sheet(file, header, rows, notes))


def _decoded(content: bytes, file: str, notes: list[str]) -> str:
    text = None
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise unreadable(file, f"begins as {encoding.upper()} but is not", "save it in UTF-8") from None
        if b"\0" in content:
            raise unreadable(file, "is a binary file, not a sheet", "give a CSV or XLSX file") from None
        line = content.count(b"\n", 0, error.start) + 1
        try:
            text, encoding = content.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            text, encoding = content.decode("latin-1"), "Latin-1"
        said = _("%(file)s is not UTF-8 (line %(line)d) and was read as %(encoding)s: check the umlauts")
        notes.append(said % {"file": file, "line": line, "encoding": encoding})
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise unreadable(file, "holds control characters and is no sheet", "give a CSV or XLSX file", line)
    return text


def delimiter_of(text: str) -> str:
    """Return the delimiter that cuts the first line that is not blank into the most cells; semicolon on a
    tie.
    """
    first = next((line for line in io.StringIO(text) if line.strip()), "")

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader([first], delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=cells)


def _checked(sheet: Sheet) -> Sheet:
    if not sheet.header:
        raise unreadable(sheet.file, "holds no header and no rows", "begin with a row of column names")
    if not sheet.rows:
        raise unreadable(sheet.file, "holds a header but no rows", "is it the right file and sheet?")
    failed = [
        Problem(Where(sheet.file, line), f"column `{name}`: the sheet's own error `{cell}`", "mend it there")
        for line, row in sheet.rows
        for name, cell in zip(sheet.header, row, strict=True)
        if type(cell) is str and cell[:1] == "#" and cell in _ERRORS
    ]
    if failed:
        raise InputError(failed)
    return sheet


# --- XLSX
# ------------------------------------------------------------------------------------------------------


def _from_workbook(content: bytes, file: str, name: str, watch: Watch) -> Sheet:
    found = rows_of_workbook(content, file, name, watch)
    header = [cell_text(cell) for cell in found[0][1]] if found else []
    problems: list[Problem] = []
    rows: list[Row] = []
    for number, cells in found[1:]:
        if len(cells) > len(header):
            problems.append(Problem(Where(file, number), "a cell without a column name", "name its column"))
        rows.append((number, cells + [""] * (len(header) - len(cells))))
    if problems:
        raise InputError(problems)
    return _checked(Sheet(file, header, rows))
