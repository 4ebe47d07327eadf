"""Everything that is wrong in packs, or should be known of them, pack by pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from lastword.rules.book import Book
from lastword.upkeep.finding import Finding
from lastword.upkeep.procedures import procedure_findings
from lastword.upkeep.sense import sense_findings
from lastword.upkeep.values import value_findings
from lastword.upkeep.worked import case_findings
from lastword.upkeep.written import written_tables


def check_packs(
    book: Book, folders: Mapping[str, Path], ids: Iterable[str], today: date, *, cases: bool = True
) -> Iterator[tuple[str, list[Finding]]]:
    """Return (id, what was found, what is wrong first) for each pack in ``ids``.

    ``folders``: id -> folder of every pack in the book. ``cases`` False: the worked cases are not run.
    """
    packs = {pack.id: pack for pack in book.packs}
    procedures = list(procedure_findings(packs.values(), folders))
    for ident in ids:
        pack, folder = packs[ident], folders[ident]
        found = [*sense_findings(book, pack, today), *value_findings(pack, written_tables(folder))]
        found += [one for one in procedures if one.pack == ident]
        if cases:
            found += case_findings(book, pack, folder, today)
        yield ident, sorted(set(found), key=lambda one: (not one.wrong, one.where, one.about, one.what))
