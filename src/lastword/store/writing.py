"""What an act sees and does within the writer: the states as they are at its turn, and what it writes.

Nothing reaches the database before the whole batch is committed: an act that fails leaves its draft, and with it
everything it did.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy.sql import ClauseElement

from lastword.cases.request import Salted as CaseSalted
from lastword.cases.world import Written
from lastword.errors import InputError, Problem, Where
from lastword.record.disclosure import Disclosure, Salted
from lastword.record.entry import EntrySigner, compose
from lastword.record.kept import VERSION
from lastword.record.logevents import ClockConfirmed
from lastword.record.tree import leaf_hash
from lastword.store import reading
from lastword.store.parting import parted
from lastword.store.streams import area, stream_kind, written_event

if TYPE_CHECKING:
    from lastword.store.database import Params, Session
    from lastword.store.vault import Vault

_LONGEST_STREAM: Final = 200


@dataclass(frozen=True, slots=True)
class Held:
    """A stream as far as it went: number, index and leaf hash of its last entry, and its state."""

    no: int
    last: int
    leaf: bytes
    state: Any


NOTHING: Final = Held(0, -1, b"", None)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry that is about to be written. ``audiences``: disclosure's name -> audience."""

    index: int
    body: bytes
    leaf: bytes
    stream: str
    no: int
    kind: str
    disclosures: tuple[Disclosure, ...]
    audiences: Mapping[str, str]


@dataclass(slots=True)
class Pages:
    """What one act, or a batch of them, wants to be written."""

    held: dict[str, Held] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    outbox: list[tuple[int, bytes]] = field(default_factory=list)
    blobs: dict[str, tuple[bytes, bool]] = field(default_factory=dict)
    runs: list[tuple[ClauseElement, Sequence[Params]]] = field(default_factory=list)
    requests: dict[str, tuple[str, bytes, int]] = field(default_factory=dict)
    clock_confirmed: bool = False

    def take(self, other: Pages) -> None:
        """Add what ``other`` wants."""
        self.held.update(other.held)
        self.lines += other.lines
        self.outbox += other.outbox
        self.blobs.update(other.blobs)
        self.runs += other.runs
        self.requests.update(other.requests)
        self.clock_confirmed = self.clock_confirmed or other.clock_confirmed

    def __bool__(self) -> bool:
        return bool(self.lines or self.outbox or self.blobs or self.runs or self.requests)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the writer lends to an act: its session, its cache of states, its keys and its time.

    ``size``: of the log when the batch began. ``batch``: what earlier acts of the batch want.
    """

    session: Session
    cache: Callable[[str], Held]
    batch: Pages
    size: int
    origin: str
    signer: EntrySigner
    salt: Callable[[], str]
    vault: Vault
    now: datetime
    trusted_clock: bool


class Writing:
    """An act's view of the record while it alone may write. It is of no use after the act is over."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.pages = Pages()

    @property
    def now(self) -> datetime:
        """Return the writer's time, in UTC: the same for the whole batch, and never before that of an earlier entry."""
        return self._desk.now

    @property
    def trusted_clock(self) -> bool:
        """Say whether a silence may mean consent by this clock."""
        return self._desk.trusted_clock

    @property
    def index(self) -> int:
        """Return the index that the next entry gets."""
        return self._desk.size + len(self._desk.batch.lines) + len(self.pages.lines)

    def state(self, stream: str) -> Any:
        """Return the state of ``stream``, None if it has no entry. Raises RecordError for an unknown kind of stream."""
        return self._held(stream).state

    def number(self, stream: str) -> int:
        """Return how many entries ``stream`` has."""
        return self._held(stream).no

    def states(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """Yield (stream, state) of every stream whose name begins with ``prefix``, by name."""
        names = set(reading.stream_names(self._desk.session, prefix))
        names.update(name for name in (*self._desk.batch.held, *self.pages.held) if name.startswith(prefix))
        for name in sorted(names):
            yield name, self.state(name)

    def listed(self, word: str) -> tuple[str, ...]:
        """Return the streams that were listed under ``word`` before this batch, by name."""
        return reading.listed(self._desk.session, word)

    def append(self, written: Written, *, erased: Sequence[str] = ()) -> int:
        """Write an event at the end of its stream, and return the index of its entry.

        ``erased``: digests of texts that it had in a record that this one goes on from, and that were erased there.
        Raises InputError for what an entry cannot hold, RecordError for an event that is none of the stream's.
        """
        desk, held = self._desk, self._held(written.stream)
        event, index, no = written.event, self.index, held.no + 1
        data = written_event(written.stream, event)
        kind: str = event.kind
        place: dict[str, Any] = {
            "v": VERSION,
            "kind": kind,
            "stream": written.stream,
            "no": no,
            "prev": [held.last, base64.b64encode(held.leaf).decode()] if held.no else None,
        }
        after = stream_kind(written.stream).apply(held.state, event)
        texts = {
            name: Salted(value.value, value.salt) if isinstance(value, CaseSalted) else value
            for name, value in written.texts.items()
        }
        audiences = {name: written.text_audience.get(name, written.audience) for name in texts}
        parts = parted(kind, {**data, **written.beside}, written.audience, audiences)
        composed = compose(
            origin=desk.origin,
            issued=desk.now,
            kept={audience: {**place, "data": part} for audience, part in parts.items()},
            erasable=texts,
            signer=desk.signer,
            salt=desk.salt,
            erased=erased,
        )
        leaf = leaf_hash(composed.body)
        line = Line(index, composed.body, leaf, written.stream, no, kind, composed.disclosures, audiences)
        self.pages.lines.append(line)
        self.pages.held[written.stream] = Held(no, index, leaf, after)
        if type(event) is ClockConfirmed:
            self.pages.clock_confirmed = True
        return index

    def text(self, stream: str, no: int, name: str) -> Any:
        """Return an erasable text that was written before this batch, or reading.Erased; None if there is no such text."""
        for line in (*self._desk.batch.lines, *self.pages.lines):
            if (line.stream, line.no) == (stream, no):
                return next((one.value for one in line.disclosures if one.name == name), None)
        return reading.text(self._desk.session, self._desk.vault, stream, no, name)

    def tell(self, what: Mapping[str, Any]) -> None:
        """Put ``what`` (plain data) into the outbox, for whoever does something outside when the act is done."""
        self.pages.outbox.append((self.index - 1, msgspec.json.encode(what)))

    def keep(self, digest: str, content: bytes, *, sealed: bool = False) -> None:
        """Keep ``content`` under ``digest``, once; ``sealed``: so that it can be erased. Who reads it checks the digest."""
        self.pages.blobs[digest] = content, sealed

    def blob(self, digest: str) -> bytes | reading.Erased | None:
        """Return what is kept under ``digest``, None if nothing is."""
        for pages in (self.pages, self._desk.batch):
            if digest in pages.blobs:
                return pages.blobs[digest][0]
        return reading.blob(self._desk.session, self._desk.vault, digest)

    def run(self, statement: ClauseElement, rows: Sequence[Params]) -> None:
        """Run ``statement`` of the store's own tables at the end of the batch, once for each of ``rows``."""
        self.pages.runs.append((statement, rows))

    def ends(self) -> dict[str, Held]:
        """Return how far every stream went, with what this batch wrote so far; states that were not looked at are None."""
        found = {
            row[0]: Held(row[1], row[2], bytes(row[3]), None) for row in self._desk.session.rows(reading.ENDS)
        }
        return found | self._desk.batch.held | self.pages.held

    @property
    def session(self) -> Session:
        """Return the database as it was before this batch, to read from."""
        return self._desk.session

    def _held(self, stream: str) -> Held:
        for pages in (self.pages, self._desk.batch):
            held = pages.held.get(stream)
            if held is not None:
                return held
        _check(stream)
        return self._desk.cache(stream)


def _check(stream: str) -> None:
    stream_kind(stream)
    _area, slash, ident = stream.partition("/")
    own = area(stream) in ("case", "licence")
    if bool(slash) != own or (own and not ident) or not stream.isprintable() or len(stream) > _LONGEST_STREAM:
        raise InputError(
            Problem(Where("stream"), f"`{stream[:60]}` can be no stream", "name it like `case/ID`")
        )
