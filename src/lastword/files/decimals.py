"""Numbers as people write them: 1.234,56 in one country is 1,234.56 in another; the column decides which."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final, Literal

from lastword.files.sheet import cell_text
from lastword.files.values import Refused
from lastword.files.workbook import Cell

Style = Literal["comma", "point"]

_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’")
_PLAIN = re.compile(r"\d+", re.ASCII)
_WITH_CURRENCY = re.compile(r"(?:([A-Z]{3}|€)\s*)?([-+]?[\d.,'’\s\u00a0\u202f]+%?)(?:\s*([A-Z]{3}|€))?")
_GROUPED: Final = {
    "comma": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", re.ASCII),
    "point": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII),
}
_SIMPLE: Final = {
    "comma": re.compile(r"\d+(?:,\d+)?", re.ASCII),
    "point": re.compile(r"\d+(?:\.\d+)?", re.ASCII),
}
_LONGEST: Final = 40


def styles(raw: str) -> frozenset[Style]:
    """Return the ways in which ``raw`` can be read: both for 12 (which is the same) and 1.234 (which is not)."""
    found: set[Style] = set()
    for style in ("comma", "point"):
        if _SIMPLE[style].fullmatch(raw) or (_GROUPED[style].fullmatch(raw) and raw[0] != "0"):
            found.add(style)
    return frozenset(found)


def style_of(cells: Iterable[Cell]) -> Style | None:
    """Return the one style in which a column is certainly written; None where no cell or contradicting cells
    tell.
    """
    found: set[Style] = set()
    for cell in cells:
        if isinstance(cell, str) and ("," in cell or "." in cell):
            possible = styles(_bare(cell)[0])
            if len(possible) == 1:
                found |= possible
                if len(found) > 1:
                    return None
    return found.pop() if len(found) == 1 else None


def amount(cell: Cell, style: Style | None) -> tuple[Fraction, str]:
    """Return a number that is not negative and the currency beside it, if any. Raises Refused."""
    if isinstance(cell, Fraction):
        if cell < 0:
            raise Refused(f"`{cell_text(cell)}` is negative", "amounts, quantities and shares start at zero")
        return cell, ""
    raw, unit, percent = _bare(cell)
    if raw.startswith("-") and styles(raw[1:]):
        raise Refused(f"`{cell}` is negative", "amounts, quantities and shares start at zero")
    possible = styles(raw) if len(raw) <= _LONGEST else frozenset[Style]()
    if not possible:
        raise Refused(f"`{cell[:60]}` is not a number", "write digits with one decimal sign")
    values = {_value(raw, one) for one in possible}
    if len(values) > 1:
        if style is None:
            what = f"`{cell}` may be {_plain(raw, 'comma')} or {_plain(raw, 'point')}: nothing in the column tells"
            raise Refused(what, "say --decimal comma or --decimal point")
        values = {_value(raw, style)}
    elif style is not None and style not in possible:
        word = "commas" if style == "comma" else "points"
        raise Refused(
            f"`{cell}` is written otherwise than this column, which has decimal {word}", "mend one of them"
        )
    return values.pop() / (100 if percent else 1), unit


def _bare(cell: str) -> tuple[str, str, bool]:
    """Return the digits and signs of a number, the currency beside it, and whether it is a percentage."""
    match = _WITH_CURRENCY.fullmatch(cell.strip()) if len(cell) <= 2 * _LONGEST else None
    if match is None or (match[1] and match[3]):
        return cell, "", False
    raw = match[2].translate(_SPACES)
    unit = match[1] or match[3] or ""
    return raw.rstrip("%"), "EUR" if unit == "€" else unit, raw.endswith("%")


def _value(raw: str, style: Style) -> Fraction:
    return Fraction(_plain(raw, style))


def _plain(raw: str, style: Style) -> str:
    return raw.replace(".", "").replace(",", ".") if style == "comma" else raw.replace(",", "")
