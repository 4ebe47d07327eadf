"""Taking over what an official file says: a copy of the pack outside the program, changed in one step or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.files import packsignature
from lastword.files.official.comparison import Difference
from lastword.files.official.formats import Format
from lastword.files.official.reading import Reading, Rows
from lastword.files.packdigest import SIGNATURE
from lastword.files.packs import PackFolder
from lastword.files.text import read_bytes, utf8_text
from lastword.files.yaml import Map, read_yaml

SOURCES: Final = "SOURCES.md"
_HEADING: Final = "## Taken over by `lastword pack import`"
_LEAST_SHARE: Final = 2  # a file that drops more than one in so many is not the whole list


@dataclass(frozen=True, slots=True)
class Compared:
    """A pack against a file: one difference for each table."""

    folder: Path
    format: Format
    reading: Reading
    differences: tuple[Difference, ...]
    last_read: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was written: the folder of the pack, its files, whether it is new there, and whether it lost a signature."""

    folder: Path
    files: tuple[str, ...]
    is_new: bool
    was_signed: bool


def names_in(folder: Path, format_: Format) -> frozenset[str]:
    """Return the names in the tables of ``format_``, where they are tables of names."""
    found: set[str] = set()
    for name in format_.tables:
        _header, rows = _table(folder, name)
        found.update(row["name"] for row in rows if row.get("name"))
    return frozenset(found)


def compared(folder: Path, format_: Format, reading: Reading, day: date) -> Compared:
    """Return what the file says against the tables of the pack in ``folder``. Raises InputError."""
    differences = []
    for name, compare in format_.tables.items():
        header, rows = _table(folder, name)
        differences.append(compare(f"tables/{name}", header, rows, reading, day))
    return Compared(folder, format_, reading, tuple(differences), _last_read(folder, format_))


def _table(folder: Path, name: str) -> tuple[tuple[str, ...], Rows]:
    file = f"{folder.name}/tables/{name}"
    text = utf8_text(read_bytes(folder / "tables" / name, file), file)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = []
    for row in reader:
        if None in row or None in row.values():
            what = "the row has more or fewer cells than the header"
            raise InputError(Problem(Where(file, reader.line_num), what, "correct the table first"))
        rows.append(dict(row))
    return tuple(reader.fieldnames or ()), rows


def _last_read(folder: Path, format_: Format) -> dict[str, date]:
    """Return the last day on which each table was read, by its file."""
    content = read_yaml(folder / "tables.yaml", f"{folder.name}/tables.yaml")
    found = {}
    for spec in content.get("tables", ()) if isinstance(content, Map) else ():
        name = Path(str(spec.get("file", ""))).name
        days = [day for day in spec.get("read") or () if isinstance(day, date)]
        if name in format_.tables and days:
            found[name] = max(days)
    return found


def take_over(found: Compared, into: Path, ident: str, source: Path, day: date, shipped: Path) -> Taken:
    """Write the new tables into the pack ``ident`` in ``into``, a copy of the pack in use if there is none yet.

    ``shipped``: where the packs of the program are, which are never touched. Raises InputError: an older file than the
    tables, one that is not whole, a pack that cannot be read afterwards. Then nothing was written.
    """
    _refuse(found, source, day)
    target = into if (into / "pack.yaml").is_file() or into.name == ident else into / ident
    if shipped.resolve() in (target.resolve(), *target.resolve().parents):
        what = "the packs that come with Lastword are not changed"
        raise InputError(
            Problem(Where(str(into)), what, "name a folder of your own, e.g. packs in your workspace")
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    changed = [difference for difference in found.differences if difference.count]
    with tempfile.TemporaryDirectory(prefix=".import-", dir=target.parent) as trial:
        new = Path(trial) / ident
        shutil.copytree(found.folder, new, symlinks=False)
        was_signed = packsignature.is_signed(new)
        (new / SIGNATURE).unlink(missing_ok=True)
        files = [_write(new / difference.table, _csv(difference)) for difference in changed]
        names = [Path(difference.table).name for difference in found.differences]
        files.append(_write(new / "tables.yaml", _read_on(new, names, day)))
        files.append(_write(new / SOURCES, _with_source(new, found.format.name, source, day)))
        _try(new)
        is_new = not target.exists()
        # Nothing outside the trial folder has changed so far; the next two moves are the whole change.
        old = Path(trial) / "before"
        if not is_new:
            os.replace(target, old)
        try:
            os.replace(new, target)
        except OSError:
            if not is_new:
                os.replace(old, target)
            raise
    return Taken(
        target, tuple(path.relative_to(new).as_posix() for path in files), is_new, was_signed and not is_new
    )


def _refuse(found: Compared, source: Path, day: date) -> None:
    problems = []
    if found.reading.marks:  # a row that could not be read would count as gone
        problems += [
            Problem(
                one.where,
                f"`{one.words}` could not be read: {one.why}",
                "nothing is taken over until it can be",
            )
            for one in found.reading.unread
        ]
    for difference in found.differences:
        name = Path(difference.table).name
        last = found.last_read.get(name)
        if last is not None and day < last:
            what = f"{difference.table} was read on {last}, which is later than --day {day}"
            problems.append(Problem(Where(source.name), what, "take over a later file, or correct the day"))
        lost = len({change.what.partition(",")[0] for change in difference.gone})
        if difference.held and lost * _LEAST_SHARE > difference.held:
            what = f"would end {lost} of {difference.held} entries of {difference.table}"
            problems.append(
                Problem(Where(source.name), what, "is it the whole file? an excerpt is not taken over")
            )
    if problems:
        raise InputError(problems)


def _write(path: Path, text: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return path


def _csv(difference: Difference) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, difference.header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(difference.rows)
    return out.getvalue()


def _read_on(folder: Path, names: Iterable[str], day: date) -> str:
    """Return ``tables.yaml`` with one more day on which the tables were read, all else as it stands."""
    path = folder / "tables.yaml"
    text = utf8_text(read_bytes(path, path.name), path.name)
    specs = re.split(r"(?m)^(?=\s*- id:)", text)
    for index, spec in enumerate(specs):
        file = re.search(r"(?m)^\s+file:\s*(\S+)\s*$", spec)
        if file is None or Path(file[1].strip("\"'")).name not in names:
            continue
        days = re.search(r"(?m)^(\s+read:\s*)\[([^\]\n]*)\]", spec)
        if days is None:
            specs[index] = re.sub(r"(?m)^(\s+)(file:.*)$", rf"\1\2\n\1read: [{day}]", spec, count=1)
            continue
        known = [one.strip() for one in days[2].split(",") if one.strip()]
        known = sorted({*known, day.isoformat()})
        specs[index] = f"{spec[: days.start()]}{days[1]}[{', '.join(known)}]{spec[days.end() :]}"
    return "".join(specs)


def _with_source(folder: Path, format_: str, source: Path, day: date) -> str:
    path = folder / SOURCES
    text = path.read_text(encoding="utf-8") if path.is_file() else "# Where the tables come from\n"
    if _HEADING not in text:
        text = f"{text.rstrip()}\n\n{_HEADING}\n\n| text of | kind | file | SHA-256 |\n|---|---|---|---|\n"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    name = source.name.replace("|", "_")
    return f"{text.rstrip()}\n| {day} | {format_} | {name} | {digest} |\n"


def _try(folder: Path) -> None:
    """Read the heads and tables of the new pack, as everybody will. Raises InputError with every fault."""
    reading = PackFolder(folder)
    reading.read_heads()
    if reading.problems:
        raise InputError(reading.problems)
