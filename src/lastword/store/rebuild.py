"""Making the states again from the entries: they are nothing but what the entries come to.

``Fold`` applies the kept parts one after another. ``differences`` compares what comes of it with the tables ``state``, ``timer``
and ``listing``; ``rebuild`` puts it in their place. Entries and heads are never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import sqlalchemy as sa

from lastword.record.kept import VERSION, Kept
from lastword.record.refusal import RecordError
from lastword.record.tree import leaf_hash
from lastword.store import schema as t
from lastword.store.reading import micros
from lastword.store.stored import batches
from lastword.store.streams import read_event, stream_kind, written_state
from lastword.store.writer import dues_of, words_of
from lastword.store.writing import NOTHING, Held

if TYPE_CHECKING:
    from lastword.store.database import Database, Session

_STATES: Final = sa.select(
    t.state.c.stream, t.state.c.no, t.state.c.last_idx, t.state.c.last_leaf, t.state.c.data
)
_TIMERS: Final = sa.select(t.timer.c.stream, t.timer.c.name, t.timer.c.due_at)
_WORDS: Final = sa.select(t.listing.c.stream, t.listing.c.word)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of ``table`` that is not what the entries come to: ``what`` says how."""

    table: str
    row: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} `{self.row}`: {self.what}"


class Fold:
    """The streams as far as their entries were applied."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}

    def add(self, index: int, body: bytes, kept: Kept, version: int = VERSION) -> Any:
        """Apply an entry, and return its event.

        Raises RecordError if it does not follow the one before it in its stream, or cannot be applied.
        """
        before = self.held.get(kept.stream, NOTHING)
        link = None if kept.previous is None else (kept.previous.index, kept.previous.leaf)
        if kept.number != before.no + 1 or link != ((before.last, before.leaf) if before.no else None):
            raise RecordError(
                f"it says that it is number {kept.number} of `{kept.stream}`, after entry {link and link[0]}; "
                f"before it there are {before.no} up to entry {before.last}"
            )
        event = read_event(kept.kind, version, kept.data)
        try:
            state = stream_kind(kept.stream).apply(before.state, event)
        except (ValueError, KeyError) as why:
            raise RecordError(f"it cannot be applied to `{kept.stream}`: {why}") from None
        self.held[kept.stream] = Held(kept.number, index, leaf_hash(body), state)
        return event

    def states(self) -> Mapping[str, tuple[int, int, bytes, bytes]]:
        """Return the rows of the table ``state``, by stream."""
        return {
            stream: (one.no, one.last, one.leaf, written_state(one.state))
            for stream, one in self.held.items()
        }

    def timers(self) -> Mapping[tuple[str, str], int]:
        """Return the rows of the table ``timer``."""
        return {
            (stream, name): micros(at)
            for stream, one in self.held.items()
            for name, at in dues_of(stream, one.state).items()
        }

    def words(self) -> frozenset[tuple[str, str]]:
        """Return the rows of the table ``listing``."""
        return frozenset(
            (stream, word) for stream, one in self.held.items() for word in words_of(stream, one.state)
        )


def folded(session: Session, end: int | None = None) -> Fold:
    """Apply all entries up to but not ``end``. Raises RecordError at the first that cannot be applied, naming it."""
    fold = Fold()
    for batch in batches(session, 0, end, kept_only=True):
        for stored in batch:
            try:
                fold.add(stored.index, stored.body, stored.kept())
            except RecordError as why:
                raise RecordError(f"entry {stored.index}: {why}") from None
    return fold


def differences(session: Session, fold: Fold) -> Iterator[Difference]:
    """Yield every row of the tables of states that is not what ``fold`` comes to."""
    made = fold.states()
    had = {row[0]: (row[1], row[2], bytes(row[3]), bytes(row[4])) for row in session.rows(_STATES)}
    for stream in sorted(made.keys() | had.keys()):
        yield from _compared("state", stream, _plain(had.get(stream)), _plain(made.get(stream)))
    timers = fold.timers()
    stored = {(row[0], row[1]): row[2] for row in session.rows(_TIMERS)}
    for key in sorted(timers.keys() | stored.keys()):
        yield from _compared("timer", f"{key[0]} {key[1]}", stored.get(key), timers.get(key))
    words = fold.words()
    listed = {(row[0], row[1]) for row in session.rows(_WORDS)}
    for stream, word in sorted(words ^ listed):
        what = "is missing" if (stream, word) in words else "should not be there"
        yield Difference("listing", f"{word} {stream}", what)


def rebuild(database: Database, *, write: bool = False) -> tuple[Difference, ...]:
    """Return how the states differ from what the entries come to; ``write``: and put that in their place.

    Raises RecordError if the entries cannot be applied: then nothing is changed.
    """
    if not write:
        with database.reading() as session:
            return tuple(differences(session, folded(session)))
    with database.writing() as connection:  # nobody writes until the new states are there
        fold = folded(connection)
        found = tuple(differences(connection, fold))
        if found:
            database.finish(connection, replacing(fold))
    return found


def replacing(fold: Fold) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Return the statements that put the states of ``fold`` in the place of all that are stored."""
    states = [
        {"stream": stream, "no": no, "last_idx": last, "last_leaf": leaf, "data": data}
        for stream, (no, last, leaf, data) in fold.states().items()
    ]
    timers = [{"stream": stream, "name": name, "due_at": at} for (stream, name), at in fold.timers().items()]
    words = [{"stream": stream, "word": word} for stream, word in fold.words()]
    writes: list[tuple[Any, list[dict[str, Any]]]] = [
        (sa.delete(table), [{}]) for table in (t.state, t.timer, t.listing)
    ]
    writes += [(sa.insert(t.state), states), (sa.insert(t.timer), timers), (sa.insert(t.listing), words)]
    return [(statement, rows) for statement, rows in writes if rows]


def _plain(row: tuple[int, int, bytes, bytes] | None) -> Any:
    """Return a row with its state as plain data: in which order an object's names stand says nothing."""
    if row is None:
        return None
    try:
        return *row[:3], msgspec.json.decode(row[3])
    except msgspec.DecodeError:
        return row


def _compared(table: str, row: str, had: Any, made: Any) -> Iterator[Difference]:
    if had == made:
        return
    if had is None:
        yield Difference(table, row, "is missing")
    elif made is None:
        yield Difference(table, row, "should not be there: no entry leads to it")
    else:
        yield Difference(table, row, "is not what the entries come to")
