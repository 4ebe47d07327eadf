"""Cells of people's sheets as values of our tables: countries by name, none and unknown in words, yes and no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from lastword.facts.schema import Field
from lastword.files.places import country
from lastword.files.sheet import cell_text
from lastword.files.values import Refused, parsed
from lastword.files.workbook import Cell

_NONE: Final = frozenset(
    {"none", "keine", "kein", "keiner", "keines", "-", "–", "—", "nichts", "not listed", "nicht gelistet"}
)
_UNKNOWN: Final = frozenset({"", "?", "unknown", "unbekannt", "not known", "k.a.", "k. a.", "tbd", "offen"})
_EITHER: Final = frozenset({"n/a", "na", "n.a.", "not applicable", "entfällt"})
_YES: Final = frozenset({"yes", "ja", "true", "wahr", "y", "j", "x", "1"})
_NO: Final = frozenset({"no", "nein", "false", "falsch", "n", "0"})
_KINDS: Final[Mapping[str, str]] = {
    "ware": "commodity", "güter": "commodity", "gut": "commodity", "hardware": "commodity", "technologie": "technology",
    "daten": "data", "dienstleistung": "service", "dienst": "service", "unterstützung": "support",
}  # fmt: skip
_NUMBERS: Final[Mapping[str, re.Pattern[str]]] = {
    "eccn": re.compile(r"\d[A-EY]\d{3}\b.*|EAR ?99|ANY", re.IGNORECASE | re.ASCII),
    "eu": re.compile(r"\d[A-E]\d{3}\b.*|ANY", re.IGNORECASE | re.ASCII),
}
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


def tidied(name: str, field: Field, cell: Cell) -> str:
    """Return a cell as our tables write it: ``""`` for nothing said, ``none`` for there is none. Raises
    Refused.
    """
    raw = cell_text(cell).strip()
    word = raw.casefold()
    if word in _UNKNOWN:
        return ""
    if field.kind == "yes-no":
        if word not in _YES | _NO:
            raise Refused(f"`{raw[:60]}` is neither yes nor no", "write yes or no")
        return "yes" if word in _YES else "no"
    if word in _EITHER:
        raise Refused(
            f"`{raw}` may mean that there is none or that it is not known", "write none, or leave it empty"
        )
    if field.kind == "text":
        return " ".join(raw.split())
    if word in _NONE:
        parsed(name, field, "none")
        return "none"
    if field.kind == "place":
        code = country(raw)
        if code is None:
            raise Refused(f"`{raw[:60]}` is not a country", 'write its ISO code, e.g. "DE"')
        return code
    if field.kind == "name":
        raw = _KINDS.get(word, word)
    elif field.kind == "code":
        raw = _code(name, raw)
    parsed(name, field, raw)
    return raw


def _code(name: str, raw: str) -> str:
    pattern = _NUMBERS.get(name)
    if pattern is not None and not pattern.fullmatch(raw):
        example = "3A001.b.2, EAR99 or none" if name == "eccn" else "6A003.b.4 or none"
        raise Refused(
            f"`{raw[:60]}` is not a number of that list",
            f"write e.g. {example}; leave empty what is not known",
        )
    return "EAR99" if raw.upper().replace(" ", "") == "EAR99" else "any" if raw.upper() == "ANY" else raw


def tidied_day(cell: Cell) -> str:
    """Return a day as YYYY-MM-DD from that or from DD.MM.YYYY; raises Refused for anything else."""
    raw = cell_text(cell).strip()
    if not raw:
        return ""
    german = _GERMAN_DAY.fullmatch(raw)
    try:
        if german:
            return date(int(german[3]), int(german[2]), int(german[1])).isoformat()
        if len(raw) == len("2025-01-31"):
            return date.fromisoformat(raw).isoformat()
    except ValueError:
        if german or re.fullmatch(r"\d{4}-\d\d-\d\d", raw):
            raise Refused(f"the day `{raw}` does not exist", "write a day of the calendar") from None
    raise Refused(f"`{raw[:60]}` is not a day", "write 2026-01-31 or 31.01.2026")
