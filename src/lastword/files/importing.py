"""Bringing a sheet into a workspace: all of it or nothing, and never over what is there already.

A bill of materials becomes ``facts/PRODUCT.csv`` and ``facts/PRODUCT.yaml``; imported again, it becomes
``PRODUCT-2`` and says that it replaces the list before it from that day on, so that what was believed
earlier stays known.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.facts.fact import Facts
from lastword.facts.schema import Field
from lastword.files.bill import Bill, written
from lastword.files.bom import Wishes, read_bom
from lastword.files.columns import are_declarations
from lastword.files.cyclonedx import read_cyclonedx
from lastword.files.declarations import Declarations, read_declarations_sheet
from lastword.files.facts import glimpse, read_facts
from lastword.files.sheet import read_sheet, unwatched
from lastword.files.text import unreadable
from lastword.files.workbook import Watch
from lastword.texts import _

LISTS: Final = ("eccn", "usml", "eu", "ml")
OTHER_LISTS: Final = ("bundled_with", "made_with", "needs", "custody")  # all but the list of parts
_NUMBERED: Final = re.compile(r"-(\d+)")


@dataclass(frozen=True, slots=True)
class Completeness:
    """Who declares a list of parts complete at every depth, but for at most which share of the product's
    value.

    ``nothing_else``: they also declare that no technology, need, hand-over or companion is behind any of
    it.
    """

    by: str
    remainder: Fraction = Fraction(0)
    nothing_else: bool = False

    def lines(self) -> list[str]:
        """Return the declarations as a facts file has them in an entry of ``lists:``."""
        by = f"by: {_quoted(self.by)}, deep: true"
        others = [f"      - {{list: {name}, {by}}}" for name in OTHER_LISTS if self.nothing_else]
        return ["    complete:", f"      - {{{by}, remainder: {_quoted(written(self.remainder))}}}", *others]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written, for the summary. ``without``: our column -> how many parts say nothing there;
    ``unread``: the columns left out; ``kind_taken``: the kind that ``taken_for`` things without one were
    given.
    """

    kind: str
    files: tuple[str, ...]
    rows: int
    product: str = ""
    things: int = 0
    suppliers: int = 0
    without: Mapping[str, int] = field(default_factory=dict)
    replaced: str = ""
    complete: Completeness | None = None
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    kind_taken: str = ""
    taken_for: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A sheet that was read, not yet written."""

    path: Path
    content: Bill | Declarations


def facts_files(root: Path) -> list[Path]:
    """Return the facts files of a workspace."""
    folder = root / "facts"
    return sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))


def read_source(
    path: Path,
    root: Path,
    *,
    terms: Mapping[str, Field],
    wishes: Wishes,
    sheet: str = "",
    watch: Watch = unwatched,
) -> Source:
    """Return what ``path`` says to the workspace ``root``; raises InputError with everything wrong in it."""
    if not (root / "lastword.toml").is_file():
        raise unreadable(str(root), "is not a workspace (it has no lastword.toml)", f"lastword init {root}")
    file, stem = path.name, _slug(path.name.partition(".")[0])
    if path.suffix.lower() == ".json":
        return Source(path, read_cyclonedx(path, file, stem, terms, wishes))
    found = read_sheet(path, file, sheet=sheet, watch=watch)
    if are_declarations([*found.header, *wishes.mapped]):
        known = glimpse(facts_files(root), root=root, terms=terms)
        return Source(path, read_declarations_sheet(found, known, terms, wishes.mapped, watch))
    return Source(path, read_bom(found, stem, terms, wishes, watch))


def write_source(
    source: Source,
    root: Path,
    *,
    terms: Mapping[str, Field],
    today: date,
    complete: Completeness | None = None,
    kind: str = "",
) -> Imported:
    """Write what was read into the workspace, both files or none. Raises InputError if the workspace refuses
    it.

    ``kind``: what a thing of a bill is that says no kind; '' leaves it unknown.
    """
    if isinstance(source.content, Declarations):
        return _write_declarations(source, source.content, root, terms, today)
    return _write_bill(source, source.content, root, terms, today, complete, kind)


def _write_bill(
    source: Source,
    bill: Bill,
    root: Path,
    terms: Mapping[str, Field],
    today: date,
    complete: Completeness | None,
    kind: str,
) -> Imported:
    taken_for = bill.take_as(kind) if kind else 0
    stem, before = _free(root / "facts", _slug(bill.product), of=True)
    ident = f"import-{stem}"
    lines = [
        *_head(source, today),
        *_source_lines(ident, source, "bill of materials", today),
        "lists:",
        f"  - file: {_quoted(stem + '.csv')}",
        f"    product: {_quoted(bill.product)}",
        *_told_lines(ident, today),
    ]
    if before:
        lines.append(f"    replaces: {_quoted(before + '.csv')}")
    if complete is not None:
        lines += complete.lines()
    try:
        files = _commit(root, stem, bill.table(), "\n".join(lines) + "\n", terms)
    except InputError as error:
        raise InputError(_in_sheet(problem, f"{stem}.csv", bill) for problem in error.problems) from None
    return Imported(
        "bill",
        files,
        bill.rows,
        bill.product,
        len(bill.parts),
        len(bill.suppliers()),
        {column: bill.without(column) for column in ("kind", "origin", *LISTS, "supplier")},
        f"facts/{before}.csv" if before else "",
        complete,
        (*bill.notes, *_gaps(bill)),
        tuple(bill.unread),
        kind if taken_for else "",
        taken_for,
    )


def _in_sheet(problem: Problem, table: str, bill: Bill) -> Problem:
    """Return a problem of the table we would have written, at the row of the sheet that it came from."""
    # Line 1 names the columns, line 2 is the product, then one line for each use: no cell holds a line break.
    index = problem.where.line - 3
    if problem.where.file != table or not 0 <= index < len(bill.uses):
        return problem
    return replace(problem, where=bill.uses[index].where)


def _gaps(bill: Bill) -> list[str]:
    unpriced = sum(1 for use in bill.uses if use.price is None and use.share is None)
    uncounted = sum(1 for use in bill.uses if use.quantity is None and use.share is None)
    notes = []
    if uncounted:
        notes.append(_("rows that say no quantity: %(n)d; it is unknown, not 1") % {"n": uncounted})
    if unpriced:
        said = _("rows that say neither price nor share: %(n)d; what those parts are worth is unknown")
        notes.append(said % {"n": unpriced})
    return notes


def _write_declarations(
    source: Source, declarations: Declarations, root: Path, terms: Mapping[str, Field], today: date
) -> Imported:
    _refuse_twice(source, root, terms)
    stem, _newest = _free(root / "facts", _slug(source.path.name.partition(".")[0]), of=False)
    ident = f"import-{stem}"
    lines = [
        *_head(source, today),
        *_source_lines(ident, source, "declarations", today),
        "declarations:",
        f"  - file: {_quoted(stem + '.csv')}",
        *_told_lines(ident, today),
    ]
    files = _commit(root, stem, declarations.table(), "\n".join(lines) + "\n", terms)
    return Imported(
        "declarations",
        files,
        len(declarations.rows),
        things=declarations.reached,
        suppliers=len(declarations.suppliers()),
        notes=tuple(declarations.notes),
        unread=tuple(declarations.unread),
    )


def _refuse_twice(source: Source, root: Path, terms: Mapping[str, Field]) -> None:
    """Refuse a file of declarations that came in before, byte for byte."""
    digest = _digest(source.path)
    for known in glimpse(facts_files(root), root=root, terms=terms).sources.values():
        if known.reference == digest:
            where = Where(source.path.name)
            what = f"the same file was imported already (source `{known.id}`)"
            raise InputError(Problem(where, what, "nothing is left to do"))


def _head(source: Source, today: date) -> list[str]:
    return [
        f"# Written by `lastword import` on {today} from {json.dumps(source.path.name, ensure_ascii=False)}.",
        "# Leave the rows as they are: import again, or correct them in a file of your own (docs/facts.md).",
    ]


def _source_lines(ident: str, source: Source, kind: str, today: date) -> list[str]:
    return [
        "sources:",
        f"  {_quoted(ident)}:",
        f"    name: {_quoted(source.path.name)}",
        f"    kind: {kind}",
        f"    day: {today}",
        f"    reference: {_digest(source.path)}",
    ]


def _digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def _told_lines(ident: str, today: date) -> list[str]:
    return [f"    source: {_quoted(ident)}", "    standing: asserted", f"    known_from: {today}"]


def _free(folder: Path, stem: str, *, of: bool) -> tuple[str, str]:
    """Return a name not taken yet, and with ``of`` the newest one of the same product that it replaces."""
    numbers = []
    for path in folder.glob(f"{stem}*"):
        rest = path.name[len(stem) :].rpartition(".")[0] if path.suffix in (".csv", ".yaml", ".yml") else None
        match = None if rest is None else _NUMBERED.fullmatch(rest)
        if rest == "" or match:
            numbers.append(int(match[1]) if match else 1)
    if not numbers:
        return stem, ""
    newest = max(
        (number for number in numbers if (folder / f"{_named(stem, number)}.csv").exists()), default=0
    )
    return _named(stem, max(numbers) + 1), _named(stem, newest) if of and newest else ""


def _named(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"


def _commit(root: Path, stem: str, table: str, facts: str, terms: Mapping[str, Field]) -> tuple[str, ...]:
    """Try the two files in a folder of their own, then move both into the workspace; a failure leaves
    neither.
    """
    folder = root / "facts"
    folder.mkdir(exist_ok=True)
    known = glimpse(facts_files(root), root=root, terms=terms)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=root) as trial:
        new = [Path(trial) / f"{stem}.csv", Path(trial) / f"{stem}.yaml"]
        for path, text in zip(new, (table, facts), strict=True):
            with path.open("w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
        _try(new[1], Path(trial), known, terms)
        # A table that no facts file names is not read: moving it first changes nothing if the
        # second move fails.
        targets = [folder / path.name for path in new]
        taken = [target for target in targets if target.exists()]
        if taken:
            raise InputError(Problem(Where(str(taken[0])), "appeared meanwhile", "import again"))
        os.replace(new[0], targets[0])
        try:
            os.replace(new[1], targets[1])
        except OSError:
            targets[0].unlink(missing_ok=True)
            raise
    return tuple(f"facts/{target.name}" for target in targets)


def _try(path: Path, trial: Path, known: Facts, terms: Mapping[str, Field]) -> None:
    """Read the new files as the workspace will, beside its subjects and rates."""
    suppliers = tuple(fact for fact in known.facts if fact.attribute == "supplier")
    read_facts([path], terms=terms, root=trial, known=replace(known, facts=suppliers))


def _slug(name: str) -> str:
    """Return a name that can be that of a file anywhere."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "import"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
