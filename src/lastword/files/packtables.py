"""The rows of a pack's tables: CSV cells as dated values, and control lines (``docs/packs.md``, "Tables")."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from lastword.errors import InputError, Problem, Where
from lastword.facts.day import EVER, NEVER, Bound, Period
from lastword.facts.unknown import NONE
from lastword.files.text import read_bytes, utf8_text
from lastword.files.values import Refused, number
from lastword.files.yaml import Map
from lastword.rules.table import Line, entry_of


def csv_rows(path: Path, file: str) -> list[tuple[Where, dict[str, str]]]:
    """Return the rows of a CSV file with their places; ``file`` is its name in problems. Raises InputError."""
    text = utf8_text(read_bytes(path, file), file)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = []
    for row in reader:
        where = Where(file, reader.line_num)
        if None in row or None in row.values():
            raise InputError(Problem(where, "the row has more or fewer cells than the header"))
        rows.append((where, row))
    return rows


def row_period(row: Mapping[str, str], where: Where) -> Period:
    """Return the days of a row, of its columns ``from`` and ``to``. Raises InputError."""
    return Period(_cell_bound(row.get("from", ""), EVER, where), _cell_bound(row.get("to", ""), NEVER, where))


def _cell_bound(text: str, default: Bound, where: Where) -> Bound:
    text = text.strip()
    if not text:
        return default
    try:
        days = [date.fromisoformat(part) for part in text.split("/")]
    except ValueError:
        raise InputError(
            Problem(where, f"`{text}` is no day", "write 2026-09-24 or 2025-11-07/2026-02-03")
        ) from None
    return Bound(days[0], days[-1])


def cells(
    spec: Map, keys: Sequence[str], row: Mapping[str, str], kind: str, where: Where
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield (keys, value) of each cell that a row gives by what ``tables.yaml`` says. Raises InputError."""
    wide = spec.get("wide")
    if isinstance(wide, Map):
        mark = str(wide.get("mark", "X"))
        for column in wide["columns"]:
            if column not in row:
                raise InputError(Problem(where, f"there is no column `{column}`"))
            yield (row[keys[0]], column), row[column].strip() == mark
        return
    missing = [key for key in (*keys, str(spec.get("value", "value"))) if key not in row]
    if missing:
        raise InputError(Problem(where, f"there is no column `{missing[0]}`"))
    yield tuple(row[key] for key in keys), value(kind, row[str(spec.get("value", "value"))], where)


def value(kind: str, text: str, where: Where) -> Any:
    """Return a cell as a value of its kind. Raises InputError."""
    text = text.strip()
    if kind == "yes-no":
        if text.lower() in ("yes", "x", "true", "1"):
            return True
        if text.lower() in ("no", "", "false", "0"):
            return False
        raise InputError(Problem(where, f"`{text}` is neither yes nor no"))
    if kind == "number":
        try:
            return number(text)
        except Refused as error:
            raise InputError(Problem(where, *(str(arg) for arg in error.args))) from None
    if kind == "columns":
        return tuple(text.split())
    return NONE if text == "none" else text


def lines(rows: Iterable[tuple[Where, Mapping[str, str]]]) -> Mapping[str, tuple[Line, ...]]:
    """Return the control lines of a table, by entry."""
    found: dict[str, list[Line]] = defaultdict(list)
    for where, row in rows:
        scope, _, but = row["scope"].partition("!")
        patterns = tuple(p for p in scope.split("|") if p)
        line = Line(
            patterns,
            tuple(p for p in but.split("|") if p),
            row.get("reason", ""),
            row.get("column", ""),
            row.get("status", "structured"),
            row.get("text", ""),
            row_period(row, where),
        )
        for entry in dict.fromkeys(entry_of(p) for p in patterns):
            found[entry].append(line)
    return {entry: tuple(lines) for entry, lines in found.items()}
