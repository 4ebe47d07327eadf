"""What can be read from the record's tables, within one session: states, entries, texts, hashes, heads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from lastword.record.disclosure import Disclosure
from lastword.record.entry import Entry
from lastword.record.kept import VERSION, Kept
from lastword.record.refusal import RecordError
from lastword.record.tile import TileHashes
from lastword.store import schema as t
from lastword.store.database import Session
from lastword.store.parting import misplaced
from lastword.store.refusal import DamagedError
from lastword.store.streams import read_event, read_state
from lastword.store.vault import Vault, unseal

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Erased:
    """Stands in the place of a text that was erased, as entry ``by`` says."""

    by: int


@dataclass(frozen=True, slots=True)
class Head:
    """The signed head at ``size`` entries; ``note``: the checkpoint as it is handed out; ``at``: when it was signed."""

    size: int
    root: bytes
    note: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """An entry with all that is known of it here. ``at``: to the second. ``texts``: name -> value, or Erased.

    ``audiences``: disclosure's name -> who may read it. ``disclosures``: all that are not erased, by name.
    """

    index: int
    stream: str
    no: int
    kind: str
    at: datetime
    event: Any
    texts: Mapping[str, Any]
    audiences: Mapping[str, str]
    disclosures: Mapping[str, Disclosure]
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """Something in the outbox: ``what`` follows from entry ``index``."""

    id: int
    index: int
    what: Any


_HEAD = select(t.head.c.size, t.head.c.root, t.head.c.note, t.head.c.at)
LAST_HEAD: Final = _HEAD.order_by(t.head.c.size.desc()).limit(1)
HEAD_AT: Final = _HEAD.where(t.head.c.size == bindparam("size"))
FIRST_HEAD_FROM: Final = _HEAD.where(t.head.c.size >= bindparam("size")).order_by(t.head.c.size).limit(1)
LAST_INDEX: Final = select(sa.func.max(t.entry.c.idx))
BODIES: Final = (
    select(t.entry.c.idx, t.entry.c.body)
    .where(t.entry.c.idx >= bindparam("first"), t.entry.c.idx < bindparam("end"))
    .order_by(t.entry.c.idx)
)
CHANGED: Final = select(t.entry.c.stream).where(t.entry.c.idx >= bindparam("first")).distinct()
NODES: Final = (
    select(t.node.c.hash)
    .where(
        t.node.c.level == bindparam("level"), t.node.c.n >= bindparam("first"), t.node.c.n < bindparam("end")
    )
    .order_by(t.node.c.n)
)
_TILE = select(
    sa.func.string_agg(t.node.c.hash, aggregate_order_by(sa.literal_column("''::bytea"), t.node.c.n))
).where(t.node.c.level == bindparam("level"), t.node.c.n >= bindparam("first"), t.node.c.n < bindparam("end"))
STATE: Final = select(t.state.c.no, t.state.c.last_idx, t.state.c.last_leaf, t.state.c.data).where(
    t.state.c.stream == bindparam("stream")
)
ENDS: Final = select(t.state.c.stream, t.state.c.no, t.state.c.last_idx, t.state.c.last_leaf)
_STATES = (
    select(t.state.c.stream, t.state.c.data)
    .where(
        t.state.c.stream >= bindparam("first"),
        t.state.c.stream > bindparam("after"),
        t.state.c.stream < bindparam("end"),
    )
    .order_by(t.state.c.stream)
    .limit(bindparam("most", type_=sa.Integer))
)
_NAMES = (
    select(t.state.c.stream)
    .where(t.state.c.stream >= bindparam("first"), t.state.c.stream < bindparam("end"))
    .order_by(t.state.c.stream)
)
_LISTED = (
    select(t.listing.c.stream)
    .where(t.listing.c.word == bindparam("word"), t.listing.c.stream > bindparam("after"))
    .order_by(t.listing.c.stream)
    .limit(bindparam("most", type_=sa.Integer))
)
_ENTRY_COLUMNS = (t.entry.c.idx, t.entry.c.body, t.entry.c.stream, t.entry.c.no, t.entry.c.kind)
_ENTRY_AT = select(*_ENTRY_COLUMNS).where(t.entry.c.idx == bindparam("idx"))
_ENTRY_OF = select(*_ENTRY_COLUMNS).where(
    t.entry.c.stream == bindparam("stream"), t.entry.c.no == bindparam("no")
)
_ENTRIES_OF = (
    select(*_ENTRY_COLUMNS)
    .where(t.entry.c.stream == bindparam("stream"), t.entry.c.no > bindparam("after"))
    .order_by(t.entry.c.no)
    .limit(bindparam("most", type_=sa.Integer))
)
_DISCLOSED_COLUMNS = (
    t.disclosure.c.name,
    t.disclosure.c.digest,
    t.disclosure.c.audience,
    t.disclosure.c.text,
    t.disclosure.c.sealed,
    t.disclosure.c.erased_by,
)
_DISCLOSED = (
    select(*_DISCLOSED_COLUMNS).where(t.disclosure.c.idx == bindparam("idx")).order_by(t.disclosure.c.name)
)
_TEXT = (
    select(*_DISCLOSED_COLUMNS)
    .join(t.entry, t.entry.c.idx == t.disclosure.c.idx)
    .where(
        t.entry.c.stream == bindparam("stream"),
        t.entry.c.no == bindparam("no"),
        t.disclosure.c.name == bindparam("name"),
    )
)
_BLOB = select(t.blob.c.data, t.blob.c.sealed, t.blob.c.erased_by).where(
    t.blob.c.digest == bindparam("digest")
)
_DUE = (
    select(t.timer.c.stream, t.timer.c.name, t.timer.c.due_at)
    .where(t.timer.c.due_at <= bindparam("now"))
    .order_by(t.timer.c.due_at, t.timer.c.stream, t.timer.c.name)
    .limit(bindparam("most", type_=sa.Integer))
)
_NEXT_DUE = select(sa.func.min(t.timer.c.due_at))
_OPEN = (
    select(t.outbox.c.id, t.outbox.c.idx, t.outbox.c.what)
    .where(t.outbox.c.done.is_(None))
    .order_by(t.outbox.c.id)
    .limit(bindparam("most", type_=sa.Integer))
)
REQUEST: Final = select(t.request.c.digest, t.request.c.result, t.request.c.idx).where(
    t.request.c.key == bindparam("key")
)
_COSIGNED = (
    select(t.cosignature.c.line)
    .where(t.cosignature.c.size == bindparam("size"))
    .order_by(t.cosignature.c.name)
)
_OF_KIND = (
    select(t.entry.c.idx)
    .where(t.entry.c.stream == bindparam("stream"), t.entry.c.kind == bindparam("kind"))
    .order_by(t.entry.c.idx)
)
_COSIGNED_SIZES = (
    select(t.cosignature.c.size)
    .distinct()
    .order_by(t.cosignature.c.size.desc())
    .limit(bindparam("most", type_=sa.Integer))
)


def micros(at: datetime) -> int:
    """Return microseconds since 1970, as the tables hold instants."""
    return (at - _EPOCH) // _MICRO


def instant(micro: int) -> datetime:
    """Return the instant that ``micros`` wrote."""
    return _EPOCH + micro * _MICRO


def last_head(session: Session) -> Head | None:
    """Return the newest head, None in an empty record."""
    return _head(session.row(LAST_HEAD))


def head_at(session: Session, size: int) -> Head | None:
    """Return the head of exactly ``size`` entries, None if none was signed at that size."""
    return _head(session.row(HEAD_AT, size=size))


def cosignatures(session: Session, size: int) -> tuple[str, ...]:
    """Return the lines by which witnesses signed the head of ``size`` entries."""
    return tuple(row[0] for row in session.rows(_COSIGNED, size=size))


def cosigned_sizes(session: Session, most: int) -> tuple[int, ...]:
    """Return the sizes of up to ``most`` heads that witnesses signed, newest first."""
    return tuple(row[0] for row in session.rows(_COSIGNED_SIZES, most=most))


def index_of(session: Session, stream: str, no: int) -> int | None:
    """Return where in the log entry ``no`` of ``stream`` stands, None if there is none."""
    row = session.row(_ENTRY_OF, stream=stream, no=no)
    return None if row is None else int(row[0])


def of_kind(session: Session, stream: str, kind: str) -> tuple[int, ...]:
    """Return the indices of all entries of ``kind`` in ``stream``."""
    return tuple(row[0] for row in session.rows(_OF_KIND, stream=stream, kind=kind))


def hashes(session: Session, size: int) -> TileHashes:
    """Return the hashes of the tree of ``size`` entries, read as they are needed."""

    def read_tiles(tiles: Sequence[tuple[int, int, int]]) -> list[bytes]:
        places = [{"level": level, "first": n << 8, "end": (n << 8) + width} for level, n, width in tiles]
        if session.dialect == "postgresql":
            found = session.each(_TILE, places)  # one value goes over the wire much quicker than 256 rows
            return [bytes(rows[0][0] or b"") for rows in found]
        return [b"".join([row[0] for row in rows]) for rows in session.each(NODES, places)]

    return TileHashes(lambda level, n, width: read_tiles([(level, n, width)])[0], size, read_tiles)


def state(session: Session, stream: str) -> Any:
    """Return the state of ``stream``, None if it has no entry."""
    row = session.row(STATE, stream=stream)
    return None if row is None else read_state(stream, bytes(row[3]))


def states(session: Session, prefix: str, after: str, most: int) -> tuple[tuple[str, Any], ...]:
    """Return (stream, state) of up to ``most`` streams named ``prefix...``, by name, those after the name ``after``."""
    rows = session.rows(_STATES, first=prefix, after=after, end=_end(prefix), most=most)
    return tuple((row[0], read_state(row[0], bytes(row[1]))) for row in rows)


def stream_names(session: Session, prefix: str) -> tuple[str, ...]:
    """Return the names of all streams that begin with ``prefix``, sorted."""
    return tuple(row[0] for row in session.rows(_NAMES, first=prefix, end=_end(prefix)))


def listed(session: Session, word: str, after: str = "", most: int = 2**31 - 1) -> tuple[str, ...]:
    """Return up to ``most`` streams that are listed under ``word``, by name, those after the name ``after``."""
    return tuple(row[0] for row in session.rows(_LISTED, word=word, after=after, most=most))


def entry_at(session: Session, vault: Vault, index: int) -> ReadEntry | None:
    """Return the entry at ``index`` of the log, None if there is none."""
    return _entry(session, vault, session.row(_ENTRY_AT, idx=index))


def entry_of(session: Session, vault: Vault, stream: str, no: int) -> ReadEntry | None:
    """Return entry ``no`` of ``stream``, None if there is none."""
    return _entry(session, vault, session.row(_ENTRY_OF, stream=stream, no=no))


def entries_of(session: Session, vault: Vault, stream: str, after: int, most: int) -> tuple[ReadEntry, ...]:
    """Return up to ``most`` entries of ``stream`` after number ``after``."""
    rows = session.rows(_ENTRIES_OF, stream=stream, after=after, most=most)
    return tuple(one for row in rows if (one := _entry(session, vault, row)) is not None)


def text(session: Session, vault: Vault, stream: str, no: int, name: str) -> Any:
    """Return the value of an erasable text, Erased if it was erased, None if there never was one."""
    row = session.row(_TEXT, stream=stream, no=no, name=name)
    if row is None:
        return None
    found = _disclosed(vault, row)
    return found if isinstance(found, Erased) else found.value


def blob(session: Session, vault: Vault, digest: str) -> bytes | Erased | None:
    """Return what is kept under ``digest``, Erased if it was erased, None if there never was anything."""
    row = session.row(_BLOB, digest=digest)
    if row is None:
        return None
    data, is_sealed, erased_by = row
    if erased_by is not None:
        return Erased(erased_by)
    return _opened(vault, blob_key(digest), bytes(data)) if is_sealed else bytes(data)


def blob_key(digest: str) -> str:
    """Return the name under which the vault has the key of a blob."""
    return f"blob:{digest}"


def due(session: Session, now: datetime, most: int) -> tuple[tuple[str, str, datetime], ...]:
    """Return (stream, name, instant) of up to ``most`` timers due at ``now``, earliest first."""
    return tuple(
        (stream, name, instant(at)) for stream, name, at in session.rows(_DUE, now=micros(now), most=most)
    )


def next_due(session: Session) -> datetime | None:
    """Return when the next timer falls due, None if none is set."""
    row = session.row(_NEXT_DUE)
    return None if row is None or row[0] is None else instant(row[0])


def told(session: Session, most: int) -> tuple[Told, ...]:
    """Return up to ``most`` things in the outbox that are not done yet, oldest first."""
    return tuple(
        Told(ident, index, json.loads(what)) for ident, index, what in session.rows(_OPEN, most=most)
    )


def _head(row: Sequence[Any] | None) -> Head | None:
    return None if row is None else Head(row[0], bytes(row[1]), bytes(row[2]), instant(row[3]))


def _entry(session: Session, vault: Vault, row: Sequence[Any] | None) -> ReadEntry | None:
    if row is None:
        return None
    index, body, stream, no, kind = row
    signed = Entry.read(bytes(body))
    texts: dict[str, Any] = {}
    audiences: dict[str, str] = {}
    disclosures: dict[str, Disclosure] = {}
    for one in session.rows(_DISCLOSED, idx=index):
        name, digest, audiences[one[0]] = one[0], one[1], one[2]
        found = _disclosed(vault, one)
        if digest not in signed.digests:
            raise DamagedError(f"entry {index} did not sign what is stored as its `{name}`")
        if not isinstance(found, Erased):
            disclosures[name] = found
            if found.audience is not None:
                continue
        texts[name] = found if isinstance(found, Erased) else found.value
    kept = Kept.of([one.value for one in disclosures.values() if one.audience is not None])
    if (kept.stream, kept.number, kept.kind) != (stream, no, kind):
        raise DamagedError(f"entry {index} is stored as another one than it was signed as")
    wrong = misplaced(kept.data, {name: audiences[name] for name in texts})
    if wrong:
        raise DamagedError(f"the text `{wrong[0]}` of entry {index} is stored for others than was signed")
    event = read_event(kept.kind, VERSION, kept.data)
    return ReadEntry(
        index, stream, no, kind, signed.issued, event, texts, audiences, disclosures, bytes(body)
    )


def _disclosed(vault: Vault, row: Sequence[Any]) -> Disclosure | Erased:
    name, digest, _audience, clear, sealed, erased_by = row
    if erased_by is not None:
        return Erased(erased_by)
    try:
        found = Disclosure.read(
            clear if clear is not None else _opened(vault, digest, bytes(sealed)).decode()
        )
    except RecordError as why:
        raise DamagedError(f"what is stored as `{name}` is damaged: {why}") from None
    if found.digest != digest or found.name != name:
        raise DamagedError(f"what is stored as `{name}` is another text than the one that was signed")
    return found


def _opened(vault: Vault, digest: str, sealed: bytes) -> bytes:
    key = vault.key(digest)
    if key is None:
        raise DamagedError(
            f"the vault has no key for `{digest}`, and no entry says that it was erased; bring back the vault"
        )
    return unseal(key, sealed, digest)


def _end(prefix: str) -> str:
    """Return the first name after all those that begin with ``prefix``."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else "\U0010ffff"
