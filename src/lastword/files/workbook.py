"""The rows of a workbook (XLSX), read by a streaming parser that refuses what could exhaust this machine.

XLSX is a ZIP archive of XML. Two things in it can be bombs: the archive, which is measured before anything is
unpacked, and entities of XML, which need a document type: any document type is refused.
Source: ECMA-376, part 1, section 18 (SpreadsheetML).
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any, Final
from xml.parsers import expat

from lastword.errors import InputError, Problem, Where
from lastword.files.text import unreadable

Cell = str | Fraction
Row = tuple[int, list[Cell]]
Watch = Callable[[Iterable[Any], int | None], Iterable[Any]]

MOST_COLUMNS: Final = 256
_MOST_UNPACKED: Final = 600 * 1024 * 1024
_SMALL: Final = 10 * 1024 * 1024
_MOST_RATIO: Final = 200
_MOST_ENTRIES: Final = 10_000
_CHUNK: Final = 4096


class _Doctype(Exception):
    """A part of the workbook has a document type, which no spreadsheet program writes."""


@dataclass
class Workbook:
    """An archive that was measured, with its sheet names and where each sheet lies in it."""

    archive: zipfile.ZipFile
    file: str
    sheets: Mapping[str, str]
    from_1904: bool = False
    shared: list[str] = field(default_factory=list)
    day_styles: frozenset[str] = frozenset()


def rows_of_workbook(content: bytes, file: str, name: str, watch: Watch) -> list[Row]:
    """Return the rows that hold something, of the sheet ``name`` or the only one that is filled.

    Raises InputError if the workbook is broken, a bomb, or holds formulas without values.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _measure(archive, file)
            book = _opened(archive, file)
            return _rows(book, _chosen(book, name), watch)
    except InputError:
        raise
    except _Doctype:
        raise unreadable(file, "declares an XML document type, as a bomb would", "save it again") from None
    except (zipfile.BadZipFile, expat.ExpatError, NotImplementedError, RuntimeError) as error:
        raise unreadable(file, f"is a broken workbook: {error}", "save it again as XLSX or CSV") from None
    except (KeyError, ValueError, IndexError, ArithmeticError, EOFError) as error:
        what = f"is not a readable workbook ({type(error).__name__}: {str(error)[:80]})"
        raise unreadable(file, what, "save it again as XLSX or CSV") from None


def _measure(archive: zipfile.ZipFile, file: str) -> None:
    """Refuse an archive that unpacks to far more than it holds.

    zipfile never unpacks an entry beyond the size it states, so the stated sizes can be relied on.
    """
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    swollen = any(
        entry.file_size > _SMALL and entry.file_size > _MOST_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if total > _MOST_UNPACKED or swollen or len(entries) > _MOST_ENTRIES:
        what = f"would unpack to {total // 1024 // 1024} MB and may be made to exhaust this machine"
        raise unreadable(file, what, "save the sheet as CSV")
    if "xl/workbook.xml" not in archive.namelist():
        raise unreadable(file, "is a ZIP archive but no XLSX workbook", "save it as XLSX or CSV")


def _opened(archive: zipfile.ZipFile, file: str) -> Workbook:
    targets: dict[str, str] = {}
    for attributes in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship"):
        targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip(
            "/"
        )
    sheets = {
        attributes["name"]: targets[attributes.get("r:id") or _any_id(attributes)]
        for attributes in _elements(archive, "xl/workbook.xml", "sheet")
    }
    settings = _elements(archive, "xl/workbook.xml", "workbookPr")
    from_1904 = any(one.get("date1904") in ("1", "true") for one in settings)
    names = set(archive.namelist())
    shared = _shared_strings(archive) if "xl/sharedStrings.xml" in names else []
    styles = _day_styles(archive) if "xl/styles.xml" in names else frozenset[str]()
    readable = {name: path for name, path in sheets.items() if path in names and "chartsheet" not in path}
    return Workbook(archive, file, readable, from_1904, shared, styles)


def _any_id(attributes: Mapping[str, str]) -> str:
    return next(value for key, value in attributes.items() if key.endswith(":id"))


def _chosen(book: Workbook, name: str) -> str:
    listed = ", ".join(f"`{one}`" for one in book.sheets)
    if name:
        if name not in book.sheets:
            raise unreadable(book.file, f"has no sheet `{name}`", f"it has {listed}")
        return name
    filled = [one for one, path in book.sheets.items() if _holds_cells(book.archive, path)]
    if len(filled) > 1:
        raise unreadable(book.file, f"has several sheets: {listed}", "say which with --sheet NAME")
    if not filled:
        raise unreadable(book.file, "holds no rows", "is it the right file?")
    return filled[0]


def _holds_cells(archive: zipfile.ZipFile, path: str) -> bool:
    return next(_elements(archive, path, "v", "t"), None) is not None


# --- XML
# -------------------------------------------------------------------------------------------------------


def _parser() -> Any:
    def refuse(*_: object) -> None:
        raise _Doctype

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _chunks(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    with archive.open(path) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _elements(archive: zipfile.ZipFile, path: str, *wanted: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of each element with one of these names, whatever its prefix."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] in wanted:
            found.append(attributes)

    parser = _parser()
    parser.StartElementHandler = start
    for chunk in _chunks(archive, path):
        parser.Parse(chunk, False)
        yield from found
        found.clear()
    parser.Parse(b"", True)
    yield from found


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    """Return the texts that cells refer to by number; how they are pronounced (rPh) is left out."""
    texts: list[str] = []
    pieces: list[str] = []
    inside = {"t": 0, "rPh": 0}

    def start(name: str, _: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "si":
            pieces.clear()
        elif name in inside:
            inside[name] += 1

    def end(name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "si":
            texts.append("".join(pieces).strip())
        elif name in inside:
            inside[name] -= 1

    def data(text: str) -> None:
        if inside["t"] and not inside["rPh"]:
            pieces.append(text)

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    for chunk in _chunks(archive, "xl/sharedStrings.xml"):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return texts


def _day_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    """Return the style numbers whose numbers are days."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

    formats = {
        attributes["numFmtId"]: attributes["formatCode"]
        for attributes in _elements(archive, "xl/styles.xml", "numFmt")
    }
    cell_formats: list[str] = []
    inside = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "cellXfs":
            inside[0] = True
        elif name == "xf" and inside[0]:
            cell_formats.append(attributes.get("numFmtId", "0"))

    def end(name: str) -> None:
        if name.rpartition(":")[2] == "cellXfs":
            inside[0] = False

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    for chunk in _chunks(archive, "xl/styles.xml"):
        parser.Parse(chunk, False)
    return frozenset(
        str(index)
        for index, number in enumerate(cell_formats)
        if is_date_format(formats.get(number) or BUILTIN_FORMATS.get(int(number), "General"))
    )


# --- cells
# -----------------------------------------------------------------------------------------------------


class _Rows:
    """Handlers of one sheet's XML that gather its rows."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.rows: list[Row] = []
        self.uncomputed: list[tuple[int, int]] = []
        self.number = 0
        self.cells: list[Cell] = []
        self.column = -1
        self.type = self.style = self.text = ""
        self.formula = self.collecting = False
        self.columns: dict[str, int] = {}
        self.numbers: dict[str, Cell] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note where a row, a cell or its value begins."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            place = attributes.get("r")
            self.column = self.column + 1 if place is None else self._column(place)
            self.type, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.text, self.formula = "", False
        elif name == "v" or name == "t":
            self.collecting = True
        elif name == "f":
            self.formula = True
        elif name == "row":
            self.number = int(attributes["r"]) if "r" in attributes else self.number + 1
            self.cells, self.column = [], -1

    def data(self, text: str) -> None:
        """Gather the text of a value."""
        if self.collecting:
            self.text += text

    def end(self, name: str) -> None:
        """Take a cell or a row that is over."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v" or name == "t":
            self.collecting = False
        elif name == "c":
            # A formula whose value is an empty text says so by its type; any other without text
            # was not computed.
            if self.formula and not self.text and self.type != "str":
                self.uncomputed.append((self.number, self.column))
            if self.text and self.column < MOST_COLUMNS:
                gap = self.column - len(self.cells)
                if gap > 0:
                    self.cells += [""] * gap
                self.cells[self.column :] = [self._value()]
        elif name == "row" and any(cell != "" for cell in self.cells):
            self.rows.append((self.number, self.cells))

    def _column(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        found = self.columns.get(letters)
        if found is None:
            found = 0
            for letter in letters.upper():
                found = found * 26 + ord(letter) - ord("A") + 1
            found = self.columns[letters] = found - 1
        return found

    def _value(self) -> Cell:
        text = self.text
        if self.type == "s":
            return self.book.shared[int(text)]
        if self.type == "n":
            if self.style in self.book.day_styles:
                return _day(float(text), self.book.from_1904)
            found = self.numbers.get(text)
            if found is None:
                found = self.numbers[text] = _number(float(text))
            return found
        if self.type == "b":
            return "true" if text == "1" else "false"
        return text[: len("2025-01-31")] if self.type == "d" else text.strip()


def _number(value: float) -> Cell:
    """Return the 15 digits that a person sees of a number, not its binary rest."""
    return Fraction(Decimal(format(value, ".15g"))) if isfinite(value) else str(value)


def _day(serial: float, from_1904: bool) -> Cell:
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

    found = from_excel(serial, MAC_EPOCH if from_1904 else WINDOWS_EPOCH)
    if isinstance(found, datetime):
        return found.date().isoformat()
    return found.isoformat() if isinstance(found, date) else str(found)


def _rows(book: Workbook, name: str, watch: Watch) -> list[Row]:
    path = book.sheets[name]
    reading = _Rows(book)
    parser = _parser()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.data
    length = book.archive.getinfo(path).file_size // _CHUNK + 1
    for chunk in watch(_chunks(book.archive, path), length):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    if reading.uncomputed:
        header = reading.rows[0][1] if reading.rows else []
        mend = "open the workbook, let it calculate and save it, or paste the values"
        raise InputError(
            Problem(Where(book.file, row), f"{_named(header, column)}a formula without its value", mend)
            for row, column in reading.uncomputed
        )
    return reading.rows


def _named(header: list[Cell], column: int) -> str:
    return f"column `{header[column]}`: " if column < len(header) and header[column] != "" else ""
