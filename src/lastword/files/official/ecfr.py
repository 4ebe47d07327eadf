"""The XML that ecfr.gov gives for parts 738, 740 and 774 of title 15: the Commerce Country Chart, the Country Groups
and the Commerce Control List.

A supplement is a ``DIV9`` whose ``HEAD`` names it. Tables in it are ``TABLE`` with ``THEAD``, ``TBODY`` and ``TFOOT``;
Country Group B is a list (``SCOL2`` with ``LI``). An entry of the control list begins with a bold ``FP-2`` or ``FP-1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lastword.files.official.destinations import destination
from lastword.files.official.markup import Element, line_of
from lastword.files.official.reading import Control, Reading
from lastword.files.text import unreadable
from lastword.texts import _

PARTS: Final = ("738", "740", "774")
_COLUMN: Final = re.compile(r"([A-Z]{2})\s*(\d)")
_GROUP: Final = re.compile(r"\[\s*([ADE])\s*:\s*(\d)\s*\]|\b([ADE])\s*:\s*(\d)\b")
_GROUP_B: Final = re.compile(r"Country Group B\b")
_ENTRY: Final = re.compile(r"(\d[A-E]\d{3})\b\s*(.*)", re.DOTALL)
_CHART_COLUMN: Final = re.compile(r"\b(?:(CB|NP|NS|MT|RS|FC|CC|AT)\s+)?Column\s+(\d)\b")
_REASON: Final = re.compile(r"[A-Z]{2}\b")
_OFFER: Final = re.compile(r"([A-Z]{3})\s*:\s*(.*)", re.DOTALL)
_SECTIONS: Final = ("License Requirements", "List Based License Exceptions", "Special Conditions for STA",
                    "List of Items Controlled", "License Exceptions", "Reporting Requirements")  # fmt: skip
OFFERS: Final = ("LVS", "GBS", "TSR", "STA")
_LONG_NAME: Final = 80


def supplements(root: Element) -> dict[str, Element]:
    """Return the supplements No. 1 in the document that a table can come from, by part."""
    found: dict[str, Element] = {}
    for element in (root, *root.all("DIV9")):
        if element.name != "DIV9":
            continue
        head = next((one.text() for one in element.children("HEAD")), "") or element.attributes.get("N", "")
        match = re.match(r"Supplement No\. 1 to Part (\d{3})\b", head, re.IGNORECASE)
        if match and match[1] in PARTS:
            found.setdefault(match[1], element)
    return found


def _rows(part: Iterable[Element]) -> Iterator[tuple[int, list[str]]]:
    for body in part:
        for row in body.all("TR"):
            yield row.line, [cell.text() for cell in row.children("TD", "TH")]


def _is_mark(cell: str) -> bool | None:
    """Say whether a cell is marked; None if it holds something else."""
    letters = re.sub(r"[\s\d]", "", cell).upper()
    return {"": False, "X": True}.get(letters)


def _fits(reading: Reading, file: str, line: int, cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Say whether a row has a cell for each column; note that it could not be read where it has not."""
    if len(cells) == len(columns) + 1:
        return True
    why = _("the row has %(n)d cells beside the name, the head %(m)d") % {
        "n": len(cells) - 1,
        "m": len(columns),
    }
    reading.could_not(file, line, cells[0], why)
    return False


# -- part 738


def read_chart(supplement: Element, file: str) -> Reading:
    """Return destination -> marked columns (``NS1``). Raises UnreadableError if there is no chart."""
    reading = Reading()
    for table in supplement.all("TABLE"):
        columns = _chart_columns(table)
        if not columns:
            continue
        reading.columns = columns
        for line, cells in _rows(table.all("TBODY")):
            _chart_row(line, cells, columns, reading, file)
        notes = sum(1 for _line, cells in _rows(table.all("TFOOT")) if any(cells))
        if notes:
            reading.leave_out(_("footnotes of the chart"), notes)
    if not reading.marks:
        raise unreadable(
            file,
            "there is no country chart in Supplement No. 1 to part 738",
            "is it the whole part?",
            supplement.line,
        )
    return reading


def _chart_columns(table: Element) -> tuple[str, ...]:
    for row in reversed(list(table.all("TR"))):
        heads = [cell.text() for cell in row.children("TH")]
        found = tuple(f"{match[1]}{match[2]}" for head in heads if (match := _COLUMN.fullmatch(head)))
        if len(found) > 1:
            return found
    return ()


def _chart_row(line: int, cells: list[str], columns: tuple[str, ...], reading: Reading, file: str) -> None:
    if not cells or not cells[0]:
        return
    place = destination(cells[0])
    if place is None:
        reading.could_not(file, line, cells[0], _("nobody knows this destination"))
        return
    if place in reading.marks:
        reading.could_not(file, line, cells[0], _("the destination stands there twice"))
        return
    if len(cells) == 2 and _is_mark(cells[1]) is None:  # Cuba, Iran, North Korea, Syria: "See part 746 ..."
        reading.marks[place] = (frozenset(), line)
        return
    if not _fits(reading, file, line, cells, columns):
        return
    marked = set()
    for column, cell in zip(columns, cells[1:], strict=True):
        mark = _is_mark(cell)
        if mark is None:
            why = _("a cell under %(column)s is neither empty nor X") % {"column": column}
            reading.could_not(file, line, f"{cells[0]}: {cell}", why)
        elif mark:
            marked.add(column)
    reading.marks[place] = (frozenset(marked), line)


# -- part 740


def read_groups(supplement: Element, file: str) -> Reading:
    """Return destination -> Country Groups (``D:5``, ``B``). Raises UnreadableError if there are none."""
    reading = Reading()
    found: dict[str, tuple[set[str], int]] = {}
    columns: list[str] = []
    for table in supplement.all("TABLE"):
        groups = _group_columns(table)
        if not any(groups):
            continue
        columns += [group for group in groups if group]
        for line, cells in _rows(table.all("TBODY")):
            _group_row(line, cells, groups, found, reading, file)
        notes = sum(1 for _line, cells in _rows(table.all("TFOOT")) if any(cells))
        if notes:
            reading.leave_out(_("footnotes of the Country Groups"), notes)
    for item in _list_of_b(supplement):
        if "B" not in columns:
            columns.append("B")
        name = item.text()
        place = destination(name)
        if place is None:
            reading.could_not(file, item.line, name, _("nobody knows this destination"))
        else:
            found.setdefault(place, (set(), item.line))[0].add("B")
    if not found:
        raise unreadable(
            file,
            "there are no country groups in Supplement No. 1 to part 740",
            "is it the whole part?",
            supplement.line,
        )
    reading.columns = tuple(columns)
    reading.marks = {place: (frozenset(groups), line) for place, (groups, line) in found.items()}
    return reading


def _group_columns(table: Element) -> list[str]:
    """Return the group of each column after the name, "" where the head names none."""
    for row in reversed([row for head in table.all("THEAD") for row in head.all("TR")]):
        heads = [cell.text() for cell in row.children("TH", "TD")]
        matches = [_GROUP.search(head) for head in heads]
        if any(matches):
            groups = [f"{match[1] or match[3]}:{match[2] or match[4]}" if match else "" for match in matches]
            return groups[1:] if not groups[0] else groups
    return []


def _group_row(
    line: int,
    cells: list[str],
    groups: list[str],
    found: dict[str, tuple[set[str], int]],
    reading: Reading,
    file: str,
) -> None:
    if not cells or not cells[0]:
        return
    if len(cells) == 1 or len(cells[0]) > _LONG_NAME:
        reading.leave_out(_("footnotes of the Country Groups"))
        return
    place = destination(cells[0])
    if place is None:
        reading.could_not(file, line, cells[0], _("nobody knows this destination"))
        return
    if not _fits(reading, file, line, cells, groups):
        return
    member = found.setdefault(place, (set(), line))[0]
    for group, cell in zip(groups, cells[1:], strict=True):
        mark = _is_mark(cell)
        if mark is None or (mark and not group):
            why = _("a cell under %(column)s is neither empty nor X") % {"column": group or "?"}
            reading.could_not(file, line, f"{cells[0]}: {cell}", why)
        elif mark:
            member.add(group)


def _list_of_b(supplement: Element) -> Iterator[Element]:
    """Yield the items of the list below the heading of Country Group B."""
    inside = False
    for element in _flat(supplement):
        if element.name in ("HD1", "HD2", "HD3"):
            inside = bool(_GROUP_B.match(element.text()))
        elif inside and element.name == "LI":
            yield element
        elif inside and element.name == "TABLE":
            inside = False


def _flat(element: Element) -> Iterator[Element]:
    for one in element.children():
        yield one
        yield from _flat(one)


# -- part 774


def read_control_list(supplement: Element, file: str) -> Reading:
    """Return control lines and list-based exceptions by entry. Raises UnreadableError if there are none."""
    reading = Reading()
    entry, section = "", ""
    for element in supplement.children():
        text = element.text()
        if element.name in ("HEAD", "CITA") or not text:
            continue
        named = _entry_named(element, text)
        if named:
            entry, section = named, ""
            if entry in reading.entries:
                reading.could_not(file, element.line, text, _("the entry stands there twice"))
            reading.entries.setdefault(entry, element.line)
            continue
        if element.name in ("HD1", "HD2", "HD3") and not text.startswith(_SECTIONS):
            if re.match(r"Category \d|[A-E]\.\s", text):
                entry = ""
            continue
        if not entry:
            continue
        heading = next((name for name in _SECTIONS if text.lower().startswith(name.lower())), None)
        if heading and len(text) < len(heading) + 60:
            section = heading
        elif any(True for _ in element.all("TABLE")) or element.name == "TABLE":
            _control_table(entry, element, reading, file)
        elif section != "List of Items Controlled":
            _field(entry, section, element, text, reading, file)
    if not reading.entries:
        raise unreadable(
            file,
            "there are no entries in Supplement No. 1 to part 774",
            "is it the whole part?",
            supplement.line,
        )
    silent = [one for one in reading.entries if one not in {control.entry for control in reading.controls}]
    if silent:
        reading.leave_out(_("entries without a table of controls"), len(silent))
    return reading


def _entry_named(element: Element, text: str) -> str:
    """Return the number of the entry that begins here, else ""."""
    if element.name not in ("FP-2", "FP-1", "FP"):
        return ""
    first = next((one for one in element.content if isinstance(one, Element) or one.strip()), None)
    if not isinstance(first, Element) or not (first.name == "B" or first.attributes.get("T") == "04"):
        return ""
    match = _ENTRY.match(text)
    return match[1] if match and match[2] else ""


def _control_table(entry: str, element: Element, reading: Reading, file: str) -> None:
    tables = [element] if element.name == "TABLE" else list(element.all("TABLE"))
    for table in tables:
        rows = [(row.line, [cell.text() for cell in row.children("TD", "TH")]) for row in table.all("TR")]
        if not rows:
            continue
        head = " ".join(rows[0][1]).lower()
        if "country chart" not in head and not head.startswith("control"):
            reading.leave_out(_("tables that are no table of controls"))
            continue
        for line, cells in rows[1:]:
            words = [cell for cell in cells if cell]
            if words:
                _control(entry, words, line, reading, file)


def _control(entry: str, words: list[str], line: int, reading: Reading, file: str) -> None:
    scope, chart = words[0], words[1] if len(words) > 1 else words[0]
    reasons = _REASON.match(scope)
    if reasons is None:
        reading.could_not(file, line, f"{entry}: {scope}", _("the line names no reason for control"))
        reading.doubtful.add(entry)
        return
    columns = tuple(
        dict.fromkeys(f"{match[1] or reasons[0]}{match[2]}" for match in _CHART_COLUMN.finditer(chart))
    )
    reading.controls.append(Control(entry, reasons[0], columns, scope, chart if len(words) > 1 else "", line))


def _field(entry: str, section: str, element: Element, text: str, reading: Reading, file: str) -> None:
    offers = reading.offers.setdefault(entry, {})
    match = _OFFER.fullmatch(text)
    if match and match[1] in OFFERS:
        offers.setdefault(match[1], (line_of(match[2]), element.line))
    elif section == "Special Conditions for STA" and "STA" not in offers:
        offers["STA"] = (text, element.line)
    elif text.startswith(("Control(s)", "Country Chart")) and len(text) > len("Control(s): "):
        reading.could_not(file, element.line, f"{entry}: {text}", _("the controls are written as a sentence"))
        reading.doubtful.add(entry)
    elif section == "List Based License Exceptions" and offers and not match and element.name != "NOTE":
        last = next(reversed(offers))
        words, line = offers[last]
        offers[last] = (f"{words} {text}", line)  # a value that goes on in the next paragraph
