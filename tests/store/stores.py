"""What the tests of the store share: a place with a record, a clock set by hand, acts, and a full check."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lastword.cases.acts import RosterChange
from lastword.cases.constitution import GUARDED, Constitution, Guard
from lastword.cases.licenceevents import MoratoriumDeclared, MoratoriumLifted
from lastword.cases.moratorium import Class, Moratorium
from lastword.cases.roster import Office, Officer, Person
from lastword.cases.world import Written
from lastword.record.entry import Entry
from lastword.record.kept import Kept
from lastword.record.logevents import KEYS, Keys
from lastword.record.tree import Frontier, leaf_hash
from lastword.store import reading
from lastword.store import schema as t
from lastword.store.anchor import AnchorFile
from lastword.store.installation import ANCHOR, Installation
from lastword.store.store import Store
from lastword.store.streams import read_event, stream_kind
from lastword.store.writer import HeadSigner, Keyholder, check_head
from lastword.store.writing import Writing

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ORIGIN = "clearance.example.org/2026"
BACKENDS = ("sqlite", "postgresql")
CONSTITUTION = Constitution({guard: Guard("board") for guard in GUARDED})
ROSTER = (
    RosterChange(office=Office("board", "AB")),
    RosterChange(person=Person("anna", "AB"), name="Anna Beispiel"),
    RosterChange(officer=Officer("board", "anna", date(2020, 1, 1))),
)


@dataclass
class HandClock:
    """A clock set by hand: ``wall`` and the seconds of the machine's run go separately."""

    wall: datetime = NOON
    seconds: float = 100.0
    boot: str = "boot-1"

    def now(self) -> datetime:
        """Return the wall clock."""
        return self.wall

    def run(self) -> tuple[str, float]:
        """Return the machine's run."""
        return self.boot, self.seconds

    def go(self, by: timedelta) -> None:
        """Let time pass, on both clocks."""
        self.wall += by
        self.seconds += by.total_seconds()

    def restart(self, *, off: timedelta) -> None:
        """Start the machine anew after it was off."""
        self.wall += off
        self.seconds, self.boot = 10.0, self.boot + "+"


@dataclass
class Place:
    """A record in a place of its own: ``folder`` and ``private``, in one of both databases."""

    backend: str
    folder: Path
    private: Path
    clock: HandClock = field(default_factory=HandClock)
    _open: list[Store] = field(default_factory=list)

    @property
    def installation(self) -> Installation:
        """Return what its store.toml says."""
        return Installation.read(self.folder)

    def open(self) -> Store:
        """Open it as a new process would."""
        store = self.installation.store(clock=self.clock)
        self._open.append(store)
        return store

    def open_unchecked(self) -> Store:
        """Open it without the check at the start, to break something before."""
        made = self.installation
        log, entry = made.keys()
        store = Store(
            origin=made.origin,
            database=made.open_database(),
            vault=made.open_vault(),
            anchor=AnchorFile(made.private / ANCHOR),
            keys=Keyholder(HeadSigner(log), entry),
            clock=self.clock,
        )
        self._open.append(store)
        return store

    def close(self) -> None:
        """Close whatever was opened."""
        for store in self._open:
            store.close()
        self._open.clear()


def declare(
    ident: str, *, until: datetime | None = None, text: str = "", audience: str = "applicant"
) -> Callable[[Writing], int]:
    """Return an act that declares a moratorium, a small thing that a record can hold; it returns its entry's index."""

    def work(writing: Writing) -> int:
        moratorium = Moratorium(ident, Class(), writing.now, until=until, ordered_by="board")
        texts = {"text": text} if text else {}
        return writing.append(Written("moratoria", MoratoriumDeclared(moratorium), texts, audience))

    return work


def lift(ident: str) -> Callable[[Writing], int]:
    """Return an act that lifts a moratorium."""

    def work(writing: Writing) -> int:
        moratorium = writing.state("moratoria").all[ident]
        return writing.append(Written("moratoria", lifted_event(moratorium, writing.now)))

    return work


def lifted_event(moratorium: Moratorium, now: datetime) -> MoratoriumLifted:
    """Return the event by which a moratorium ends."""
    return MoratoriumLifted(now, moratorium.id, ("anna",))


def names(store: Store) -> set[str]:
    """Return the ids of all moratoria in the record."""
    state = store.state("moratoria")
    return set(state.all) if state is not None else set()


def check_all(store: Store) -> int:
    """Check every byte of the record against every other, and return the number of entries.

    Entries: numbered without gap, signed, their kept parts chained. Tree: every head is the root over the entries
    before it, signed, later ones not of earlier times. States, timers and words: what the entries come to.
    """
    with store.database.reading() as session:
        bodies = session.rows(sa.select(t.entry.c.idx, t.entry.c.body).order_by(t.entry.c.idx))
        heads = session.rows(
            sa.select(t.head.c.size, t.head.c.root, t.head.c.note, t.head.c.at).order_by(t.head.c.size)
        )
        kept = session.rows(
            sa.select(t.disclosure.c.idx, t.disclosure.c.text).where(t.disclosure.c.text.is_not(None))
        )
        states = dict(session.rows(sa.select(t.state.c.stream, t.state.c.data)))
        timers = set(session.rows(sa.select(t.timer.c.stream, t.timer.c.name, t.timer.c.due_at)))
        words = set(session.rows(sa.select(t.listing.c.stream, t.listing.c.word)))
    assert [index for index, _body in bodies] == list(range(len(bodies)))
    keys: Keys = store.state(KEYS)
    parts: dict[int, list[Any]] = {}
    for index, text in kept:
        parts.setdefault(index, []).append(_value(text))
    edge, edges = Frontier(), {0: Frontier()}
    streams: dict[str, tuple[int, int, bytes]] = {}
    made: dict[str, Any] = {}
    for index, body in bodies:
        entry = Entry.read(bytes(body))
        entry.check(base64.b64decode(keys.entry_key.key))
        part = Kept.of(parts[index])
        last = streams.get(part.stream)
        assert part.number == (1 if last is None else last[0] + 1)
        link = None if part.previous is None else (part.previous.index, part.previous.leaf)
        assert link == (None if last is None else last[1:])
        leaf = leaf_hash(bytes(body))
        streams[part.stream] = part.number, index, leaf
        made[part.stream] = stream_kind(part.stream).apply(
            made.get(part.stream), read_event(part.kind, 1, part.data)
        )
        edge = edge.append(leaf)[0]
        edges[edge.size] = edge
    assert not heads or heads[-1][0] == len(bodies)
    before = 0
    for size, root, note, at in heads:
        assert edges[size].root == bytes(root)
        check_head(reading.Head(size, bytes(root), bytes(note), reading.instant(at)), keys)
        assert at >= before
        before = at
    assert states.keys() == made.keys()
    for stream, state in made.items():
        assert store.state(stream) == state
    assert timers == {
        (stream, name, reading.micros(at))
        for stream, state in made.items()
        for name, at in stream_kind(stream).dues(state)
    }
    assert words == {
        (stream, word) for stream, state in made.items() for word in stream_kind(stream).words(state)
    }
    return len(bodies)


def breaking(thing: Any, method: str, *, after: bool, times: int = 1, error: type[OSError] = OSError) -> None:
    """Let ``method`` of ``thing`` fail ``times`` times: before it does anything, or after it did all but answer."""
    real = getattr(thing, method)
    left = [times]

    def broken(*given: Any, **named: Any) -> Any:
        if not left[0]:
            return real(*given, **named)
        left[0] -= 1
        if after:
            real(*given, **named)
        raise error(28, "no space left on device")

    setattr(thing, method, broken)


def grep(folder: Path, needle: bytes) -> list[str]:
    """Return the names of the files below ``folder`` in which the bytes ``needle`` stand."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes())


def tamper(place: Place, *statements: str) -> None:
    """Change a SQLite file as somebody with access to it could: past the triggers."""
    connection = sqlite3.connect(place.folder / "record.db", isolation_level=None)
    try:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


def copied(place: Place, to: Path) -> None:
    """Copy the store's folder, as a backup does."""
    shutil.copytree(place.folder, to)


def put_back(place: Place, backup: Path) -> None:
    """Put a backup in the place of the store's folder."""
    place.close()
    shutil.rmtree(place.folder)
    shutil.copytree(backup, place.folder)


def mode(path: Path) -> int:
    """Return the rights on a file or folder."""
    return os.stat(path).st_mode & 0o777


def _value(text: str) -> Any:
    from lastword.record.disclosure import Disclosure

    return Disclosure.read(text).value
