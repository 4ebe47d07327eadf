"""How much of a pack its worked cases pin down: ``python bench/mutation.py``.

Each mutant changes one thing as a slip of the pen would: a day by one day, a limit or an amount by a little,
whether a share equal to the limit is free, or a row of a table. A mutant is caught if one of the pack's
examples or look-ups then fails. Left out: party lists and control lines, which are taken from official files
by a command, and the days for which a table may be assumed.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from multiprocessing import Pool
from typing import Any

from lastword.errors import InputError
from lastword.examples.example import read_examples, run
from lastword.examples.lookup import is_lookup
from lastword.facts.day import EVER, NEVER, Bound, Period
from lastword.files.packs import PackFolder, schema_of
from lastword.files.yaml import Map, Seq
from lastword.rules.book import Book
from lastword.rules.rule import Pack, Rule, Term
from lastword.rules.table import Row, Table
from lastword.workspace import BUNDLED, pack_folders

TODAY = date(2026, 11, 25)
NOT_MUTATED = {"party_lists"}
DAY_KEYS = ("from", "to")
CONDITIONS = ("when", "domain", "value", "limit", "counts", "of", "stop", "whole")
_DAY = re.compile(r"date\('(\d{4}-\d\d-\d\d)'\)")
_NUMBER = re.compile(r"(?<![\w.'?])(\d+(?:\.\d+)?)(?![\w.'?])")
_AMOUNT = re.compile(r"'(\d+(?:\.\d+)?) ([A-Z]{3})'")


@dataclass(frozen=True)
class Mutant:
    """One change. ``kind``: day, limit, edge or row; ``near``: names under which cases are tried first."""

    pack: str
    kind: str
    what: str
    near: tuple[str, ...]
    change: Any


class Shelf:
    """The bundled packs as read, so that one rule can be built again with a change."""

    def __init__(self) -> None:
        self.folders = {folder.name: PackFolder(folder) for folder in pack_folders(BUNDLED)}
        for folder in self.folders.values():
            folder.read_heads()
        schema = schema_of(self.folders.values())
        packs = [folder.build(schema) for folder in self.folders.values()]
        problems = [problem for folder in self.folders.values() for problem in folder.problems]
        if problems:
            raise InputError(problems)
        self.packs = {pack.id: pack for pack in packs if pack is not None}
        self.book = Book.of(self.packs.values())
        self.cases = {
            name: [case for path in sorted((BUNDLED / name / "cases").glob("*.yaml")) for case in read_examples(path)]
            for name in self.packs
        }  # fmt: skip

    # -- mutants --------------------------------------------------------------------------------------------

    def mutants(self, name: str) -> Iterator[Mutant]:
        """Yield everything that can be changed in a pack."""
        folder = self.folders[name]
        for kind, specs in (("rule", folder.rule_maps), ("term", folder.term_maps)):
            for spec in specs:
                ident = str(spec["id"])
                known = (
                    self.book.rules[ident].families if kind == "rule" else (self.book.terms[ident].family,)
                )
                for what, changed, path in _changes(spec):
                    yield Mutant(name, what, f"{ident}: {path}", (ident, *known), (kind, changed))
        for table in self.packs[name].tables:
            if table.id not in NOT_MUTATED:
                yield from _row_mutants(name, table)

    def with_change(self, mutant: Mutant) -> Book | None:
        """Return the book with a change; None if the change cannot be loaded, which catches it."""
        kind, changed = mutant.change
        book = self.book
        if kind == "table":
            return replace(book, tables={**book.tables, changed.id: changed})
        folder = self.folders[mutant.pack]
        folder.problems.clear()
        try:
            if kind == "rule":
                rule: Rule = folder._rule(changed)
                return replace(
                    book, rules={**book.rules, rule.id: rule}, packs=self._packs(mutant.pack, rule)
                )
            term: Term = folder._term(changed)
            return replace(book, terms={**book.terms, term.id: term}, packs=self._packs(mutant.pack, term))
        except InputError:
            return None

    def _packs(self, name: str, new: Rule | Term) -> tuple[Pack, ...]:
        def changed(pack: Pack) -> Pack:
            if pack.id != name:
                return pack
            if isinstance(new, Rule):
                return replace(pack, rules=tuple(new if old.id == new.id else old for old in pack.rules))
            return replace(pack, terms=tuple(new if old.id == new.id else old for old in pack.terms))

        return tuple(changed(pack) for pack in self.book.packs)

    # -- judging --------------------------------------------------------------------------------------------

    def caught(self, mutant: Mutant) -> str:
        """Return the first case that fails under a change, or nothing."""
        book = self.with_change(mutant)
        if book is None:
            return "it does not load"
        cases = self.cases[mutant.pack]
        kind, changed = mutant.change
        if kind == "table":
            lookups = [case for case in cases if case.get("table") == changed.id]
        else:
            lookups = [case for case in cases if "in_force" in case]
        names = set(mutant.near)
        examples = [case for case in cases if not is_lookup(case)]
        examples.sort(key=lambda case: names.isdisjoint(case.get("regime") or ()))
        for case in (*lookups, *examples):
            if run(book, case, today=TODAY).verdict != "passed":
                return str(case["id"])
        return ""


def _changes(spec: Map) -> Iterator[tuple[str, Map, str]]:
    """Yield (kind, changed copy, where) for each day, number and edge of a rule or term."""
    for path, holder, key in _places(spec, ()):
        value = holder[key]
        for kind, new in _altered(key, value):
            what = ".".join(str(p) for p in (*path, key)) + f" {value} -> {new}"
            yield kind, _with(spec, path, key, new), what
        if key == "counts" and "equal" not in holder:
            yield "edge", _with(spec, path, "equal", "caught"), "equal free -> caught"


def _with(spec: Map, path: tuple[Any, ...], key: Any, new: Any) -> Map:
    """Return a copy with another value at one place."""
    changed = deepcopy(spec)
    target: Any = changed
    for step in path:
        target = target[step]
    target[key] = new
    return changed


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    if isinstance(value, Map):
        for key in value:
            if key in ("citation", "title", "unread", "shows", "checklist", "duties", "consent"):
                continue
            yield path, value, key
            yield from _places(value[key], (*path, key))
    elif isinstance(value, Seq):
        for index, one in enumerate(value):
            yield from _places(one, (*path, index))


def _altered(key: Any, value: Any) -> Iterator[tuple[str, Any]]:
    if key in DAY_KEYS and isinstance(value, date):
        yield "day", value + timedelta(days=1)
    elif key in DAY_KEYS and isinstance(value, Map):
        for end in ("after", "by"):
            if isinstance(value.get(end), date):
                new = deepcopy(value)
                new[end] += timedelta(days=1)
                yield "day", new
    elif key == "equal":
        yield "edge", "caught" if value == "free" else "free"
    elif key in CONDITIONS and isinstance(value, str):
        yield from _altered_condition(value)


def _altered_condition(text: str) -> Iterator[tuple[str, str]]:
    for found in _DAY.finditer(text):
        new = (date.fromisoformat(found[1]) + timedelta(days=1)).isoformat()
        yield "day", text[: found.start(1)] + new + text[found.end(1) :]
    for found in _AMOUNT.finditer(text):
        yield "limit", text[: found.start(1)] + _more(found[1]) + text[found.end(1) :]
    for found in _NUMBER.finditer(_without_texts(text)):
        yield "limit", text[: found.start(1)] + _more(found[1]) + text[found.end(1) :]


def _without_texts(text: str) -> str:
    """Return a condition with what stands in quotes blotted out, so that numbers of lists are left alone."""
    return re.sub(r"'[^']*'", lambda found: "'" + "x" * (len(found[0]) - 2) + "'", text)


def _more(number: str) -> str:
    return f"{float(number) + 0.01:.2f}" if "." in number else str(int(number) + 1)


def _row_mutants(pack: str, table: Table) -> Iterator[Mutant]:
    for keys, rows in table.rows.items():
        for index, row in enumerate(rows):
            for kind, what, new in _altered_row(table, row):
                changed = {**table.rows, keys: (*rows[:index], *new, *rows[index + 1 :])}
                name = f"{table.id}[{', '.join(keys)}]: {what}"
                yield Mutant(pack, kind, name, (), ("table", replace(table, rows=changed)))


def _altered_row(table: Table, row: Row) -> Iterator[tuple[str, str, tuple[Row, ...]]]:
    if table.type == "yes-no":
        if row.value is not False or row.dated or not isinstance(table.missing, bool) or table.missing:
            yield "row", f"{row.value} -> {not row.value}", (Row(not row.value, row.period),)
    elif table.type == "number":
        yield "limit", f"{row.value} + 0.01", (Row(row.value + Fraction(1, 100), row.period),)
    else:
        yield "row", "other value", (Row("ZZ", row.period),)
    for end in ("start", "end"):
        bound = getattr(row.period, end)
        if bound not in (EVER, NEVER):
            later = Bound(bound.after + timedelta(days=1), bound.by + timedelta(days=1))
            yield (
                "day",
                f"{end} {bound.by}",
                (Row(row.value, Period(**{**row.period._asdict(), end: later})),),
            )


_SHELF: Shelf | None = None


def _try(pack_and_number: tuple[str, int]) -> tuple[str, str, str, str]:
    assert _SHELF is not None
    pack, number = pack_and_number
    mutant = _MUTANTS[pack][number]
    return pack, mutant.kind, mutant.what, _SHELF.caught(mutant)


_MUTANTS: dict[str, list[Mutant]] = {}


def main() -> int:
    """Mutate, print what was not caught and the shares. Exit code 1 if less than 95 % were caught."""
    global _SHELF
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("packs", nargs="*", help="packs; all, if left out")
    parser.add_argument("--sample", type=int, help="at most so many mutants of each pack, picked by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quiet", action="store_true", help="do not list what was not caught")
    told = parser.parse_args()
    _SHELF = Shelf()
    names = told.packs or sorted(_SHELF.packs)
    start = time.monotonic()
    for name in names:
        mutants = list(_SHELF.mutants(name))
        if told.sample and len(mutants) > told.sample:
            mutants = random.Random(told.seed).sample(mutants, told.sample)
        _MUTANTS[name] = mutants
    jobs = [(name, number) for name in names for number in range(len(_MUTANTS[name]))]
    total: Counter[tuple[str, str]] = Counter()
    caught: Counter[tuple[str, str]] = Counter()
    with Pool(told.processes) as pool:
        for pack, kind, what, case in pool.imap_unordered(_try, jobs, chunksize=4):
            for key in ((pack, kind), (pack, "all"), ("all", kind), ("all", "all")):
                total[key] += 1
                caught[key] += bool(case)
            if not case and not told.quiet:
                print(f"not caught: {pack} {kind}: {what}", flush=True)
    for key in sorted(total):
        print(
            f"{key[0]:16} {key[1]:6} {caught[key]:6} of {total[key]:6}  {100 * caught[key] / total[key]:.1f} %"
        )
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0 if not total or caught["all", "all"] >= Fraction(95, 100) * total["all", "all"] else 1


if __name__ == "__main__":
    sys.exit(main())
