"""What is loaded in a record, opened so that it can be asked: now, on an earlier day, or as of an entry of old.

Loads are named by the numbers of their entries in the streams ``facts`` and ``rules``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lastword.cases.loadevents import FactsLoaded, PackLoaded, RulesLoaded
from lastword.cases.procedure import Procedure
from lastword.cases.refusal import ActRefused
from lastword.clearance.library import Files, NotKeptError, Shelf, file_of, open_book, open_workspace
from lastword.errors import InputError, Problem, Where
from lastword.files.procedures import read_procedures
from lastword.rules.book import Book
from lastword.store.reading import Erased
from lastword.workspace import Workspace

if TYPE_CHECKING:
    from lastword.store.store import Store

MOST_OPEN: Final = 4
_BOOKS: Final[dict[tuple[PackLoaded, ...], tuple[Book, tuple[Procedure, ...]]]] = {}
"""The rules that were opened last in this process, of whatever record: rows name what they hold by its SHA-256."""


class ErasedError(InputError):
    """Words that an answer rests on were erased, by the entry with the index ``by``."""

    def __init__(self, what: str, by: int, mend: str = "") -> None:
        super().__init__(Problem(Where("record"), f"{what} was erased by entry {by}", mend))
        self.what, self.by = what, by


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load of facts and one of rules, opened."""

    workspace: Workspace
    procedures: tuple[Procedure, ...]
    facts: int
    rules: int


@dataclass
class Loads:
    """The loads of one record. Keeps the last few open."""

    store: Store
    shelf: Shelf = field(default_factory=Shelf.usual)
    _open: dict[tuple[int, int], Loaded] = field(default_factory=dict)
    _books: dict[int, tuple[Book, tuple[Procedure, ...]]] = field(default_factory=dict)

    def now(self) -> Loaded:
        """Return what is in force. Raises ActRefused before the first load, and as ``of``."""
        return self.of(*self.numbers())

    def numbers(self) -> tuple[int, int]:
        """Return the numbers of the loads in force. Raises ActRefused before the first."""
        facts, rules = self.store.state("facts"), self.store.state("rules")
        if facts is None or rules is None:
            raise ActRefused("nothing_loaded", "no facts and rules are loaded yet", "lastword load WORKSPACE")
        return facts.no, rules.no

    def known(self, day: date) -> Loaded:
        """Return what was in force at the end of ``day``, in UTC. Raises InputError for a day before the first load."""
        end = datetime.combine(day + timedelta(days=1), time(), UTC) if day < date.max else None
        facts, rules = self.numbers()
        return self.of(self._until("facts", facts, end), self._until("rules", rules, end))

    def _until(self, stream: str, last: int, end: datetime | None) -> int:
        """Return the number of the last load before ``end``; the instants of a stream never fall."""
        if end is None:
            return last
        low, high = 0, last
        while low < high:
            middle = (low + high + 1) // 2
            if self._event(stream, middle).at < end:
                low = middle
            else:
                high = middle - 1
        if low == 0:
            first = self._event(stream, 1).at
            raise InputError(
                Problem(
                    Where("--known"),
                    f"nothing was loaded by the end of {end.date() - timedelta(days=1)}",
                    f"the first load is of {first.date()}",
                )
            )
        return low

    def of(self, facts: int, rules: int) -> Loaded:
        """Return two loads, opened. Raises ErasedError, and NotKeptError for what is damaged."""
        key = (facts, rules)
        if key not in self._open:
            book, procedures = self.book(rules)
            workspace = open_workspace(self.files(facts), book)
            while len(self._open) >= MOST_OPEN:
                del self._open[next(iter(self._open))]
            self._open[key] = Loaded(workspace, procedures, facts, rules)
        return self._open[key]

    def book(self, number: int) -> tuple[Book, tuple[Procedure, ...]]:
        """Return the rules of a load, and their procedures. Raises NotKeptError."""
        if number not in self._books:
            event: RulesLoaded = self._event("rules", number)
            known = _BOOKS.get(event.packs)
            if known is None:
                folders = {
                    row.id: self.shelf.pack(row, partial(self._pack, row.archive)) for row in event.packs
                }
                procedures = [one for folder in folders.values() for one in read_procedures(folder)]
                known = open_book(event.packs, folders), tuple(procedures)
                _keep(_BOOKS, event.packs, known)
            _keep(self._books, number, known)
        return self._books[number]

    def files(self, number: int) -> Files:
        """Return the files of a load of facts. Raises ErasedError, NotKeptError."""
        event: FactsLoaded = self._event("facts", number)
        return dict(file_of(self.text("facts", number, f"file.{n}")) for n in range(1, event.files + 1))

    def text(self, stream: str, number: int, name: str) -> Any:
        """Return an erasable text. Raises ErasedError if it was erased, NotKeptError if it is not there."""
        found = self.store.text(stream, number, name)
        if isinstance(found, Erased):
            what = f"`{name}` of entry {number} of the stream `{stream}`"
            raise ErasedError(what, found.by, "load the workspace again with `lastword load`")
        if found is None:
            raise NotKeptError(f"entry {number} of the stream `{stream}` has no text `{name}`")
        return found

    def _pack(self, archive: str) -> bytes:
        content = self.store.blob(archive)
        if not isinstance(content, bytes):
            raise NotKeptError("a pack that was loaded is not in the store")
        return content

    def _event(self, stream: str, number: int) -> Any:
        entry = self.store.entry(stream, number)
        if entry is None:
            raise NotKeptError(f"the stream `{stream}` has no entry {number}")
        return entry.event


def _keep(cache: dict[Any, Any], key: Any, value: Any) -> None:
    """Keep a value among the last few."""
    while len(cache) >= MOST_OPEN:
        del cache[next(iter(cache))]
    cache[key] = value
