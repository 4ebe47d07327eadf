"""Facts files: what a workspace, or a file read on top of it, says about things and parties.

``docs/facts.md`` describes the format. Everything wrong in all files is reported at once, with file and line.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lastword.errors import InputError
from lastword.facts.day import EVER, Bound, Period
from lastword.facts.fact import Facts
from lastword.facts.schema import Field
from lastword.files.assembly import Assembly, fact_name
from lastword.files.coherence import check_coherence
from lastword.files.document import open_document
from lastword.files.tables import Table, read_declarations, read_list


def read_facts(
    paths: Sequence[Path], *, terms: Mapping[str, Field], root: Path, known: Facts | None = None
) -> Facts:
    """Return what the files say. ``terms``: further fields of a thing, which the packs define (R3).

    ``root``: the folder that file names in problems are relative to. ``known``: what the workspace says
    already, for files read on top of it; it is not part of the result (see ``merge``). Raises InputError
    with every problem of every file.
    """
    with _collector_resting():
        return _read(paths, terms, root, known or Facts())


def glimpse(paths: Sequence[Path], *, terms: Mapping[str, Field], root: Path) -> Facts:
    """Return what can be read of the files, whatever is wrong in them: enough to say which ids are taken."""
    with _collector_resting():
        return _facts_of(_assembled(paths, terms, root, Facts()), "")


def merge(below: Facts, on_top: Facts) -> Facts:
    """Return the facts of a workspace with those of a file read on top of it."""
    names = {**below.names}
    for subject, own in on_top.names.items():
        names[subject] = {**names.get(subject, {}), **own}
    return _with_named_targets(
        Facts(
            below.facts + on_top.facts,
            {**below.kinds, **on_top.kinds},
            names,
            {**below.sources, **on_top.sources},
            below.remarks + on_top.remarks,
            {**below.rates, **on_top.rates},
            on_top.base,
        )
    )


def _read(paths: Sequence[Path], terms: Mapping[str, Field], root: Path, known: Facts) -> Facts:
    assembly = _assembled(paths, terms, root, known)
    check_coherence(assembly)
    if assembly.problems:
        raise InputError(assembly.problems)
    return _with_named_targets(_facts_of(assembly, known.base))


def _assembled(paths: Sequence[Path], terms: Mapping[str, Field], root: Path, known: Facts) -> Assembly:
    assembly = Assembly(terms, known)
    documents = [
        found for path in sorted(paths) if (found := open_document(assembly, path, root)) is not None
    ]
    for document in documents:
        document.definitions()
    _read_tables(assembly, [table for document in documents for table in document.lists()], read_list)
    for document in documents:
        document.single_facts()
    for document in documents:
        document.corrections()
    tables = [table for document in documents for table in document.declarations()]
    _read_tables(assembly, tables, read_declarations)
    return assembly


def _facts_of(assembly: Assembly, base: str) -> Facts:
    return Facts(
        tuple(assembly.facts),
        assembly.kinds,
        assembly.names,
        assembly.sources,
        tuple(assembly.remarks),
        assembly.rates,
        assembly.base or base or Facts().base,
    )


def _read_tables(assembly: Assembly, tables: list[Table], read: Callable[[Assembly, Table], None]) -> None:
    """Read the tables; one that another replaces is known only until that one is."""
    ends: dict[Path, Bound] = {}
    paths = {table.path for table in tables}
    for table in tables:
        if table.replaces is None:
            continue
        if table.replaces not in paths and not assembly.known.kinds:
            what = f"replaces `{table.replaces.name}`, which no list names"
            assembly.refuse(table.at, what, "check the name")
        elif table.told.known.start == EVER:
            assembly.refuse(table.at, "replaces a list but does not say from when", "add known_from")
        else:
            ends[table.replaces] = table.told.known.start
    # Replaced tables come last, so that a thing is called by its newest name.
    for table in sorted(tables, key=lambda table: (table.path in ends, table.file)):
        end = ends.get(table.path)
        if end is None:
            read(assembly, table)
        else:
            known = Period(table.told.known.start, min(table.told.known.end, end, key=lambda bound: bound.by))
            read(assembly, replace(table, told=replace(table.told, known=known), replaced=True))


def _with_named_targets(facts: Facts) -> Facts:
    """Give a corrected fact that has no id the name by which its correction calls it (``fact_name``)."""
    wanted = {fact.corrects for fact in facts.facts if "/" in fact.corrects}
    wanted -= {fact.id for fact in facts.facts}
    if not wanted:
        return facts
    renamed = tuple(
        replace(fact, id=name)
        if not fact.id and not fact.corrects and (name := fact_name(fact)) in wanted
        else fact
        for fact in facts.facts
    )
    return replace(facts, facts=renamed)


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep Python's cycle collector from walking a growing heap of facts, among which there are no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
