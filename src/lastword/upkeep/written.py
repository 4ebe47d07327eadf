"""On which line of which file the rows of a pack's tables stand: what the loader leaves behind when it makes look-up
tables of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lastword.errors import InputError, Where
from lastword.facts.day import Period
from lastword.files import packtables
from lastword.files.yaml import Map, read_yaml


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row of a table as it stands in its file."""

    where: Where
    keys: tuple[str, ...]
    cells: Mapping[str, str]
    period: Period


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table as it is written. ``columns``: of a wide one, those that are looked up."""

    id: str
    where: Where
    rows: tuple[WrittenRow, ...]
    value: str = "value"
    columns: tuple[str, ...] = ()
    mark: str = "X"


def written_tables(folder: Path) -> dict[str, WrittenTable]:
    """Return the tables of a pack that was read without fault, by id."""
    path = folder / "tables.yaml"
    if not path.exists():
        return {}
    content = read_yaml(path, f"{folder.name}/tables.yaml")
    specs = content.get("tables") or () if isinstance(content, Map) else ()
    return {str(spec["id"]): _table(folder, spec) for spec in specs if isinstance(spec, Map) and "id" in spec}


def _table(folder: Path, spec: Map) -> WrittenTable:
    keys = [str(key) for key in spec.get("keys") or ()]
    wide = spec.get("wide")
    columns = tuple(str(one) for one in wide["columns"]) if isinstance(wide, Map) else ()
    rows = tuple(_rows(folder, str(spec.get("file") or ""), keys))
    mark = str(wide.get("mark", "X")) if isinstance(wide, Map) else "X"
    return WrittenTable(str(spec["id"]), spec.at, rows, str(spec.get("value", "value")), columns, mark)


def _rows(folder: Path, name: str, keys: list[str]) -> Iterator[WrittenRow]:
    try:
        rows = packtables.csv_rows(folder / name, f"{folder.name}/{name}")
    except InputError:
        return
    for where, row in rows:
        cells = {column: cell.strip() for column, cell in row.items()}
        yield WrittenRow(
            where, tuple(cells.get(key, "") for key in keys), cells, packtables.row_period(row, where)
        )
