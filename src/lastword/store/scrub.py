"""Checking the whole record, byte by byte, and naming every row that is not what it was.

``hashes`` goes through entries, tree and heads: it hashes every entry, makes every node and every root again, and compares.
``check`` does that, and looks at everything else: signatures of heads and entries, under the key of their place; that times never
run backwards; disclosures against the digests that were signed; ciphertexts against the vault; streams without a gap; states,
timers and lists against what the entries come to; the last stream index; cosignatures; the anchor; the triggers.

Nothing here believes the tree: it comes from the entries' bytes. Where an entry and its hash in the tree disagree, the entry's
own signature says which of both was changed.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam

from lastword.errors import InputError, LastwordError, Where
from lastword.record.disclosure import KEPT, digest_of
from lastword.record.entry import Entry
from lastword.record.kept import GENESIS
from lastword.record.logevents import KEYS, KeyRange, Keys, Redacted, StreamIndexed
from lastword.record.note import Note, read_signature_line
from lastword.record.refusal import RecordError
from lastword.record.streamindex import index_root, padded
from lastword.record.tree import EMPTY_ROOT
from lastword.store import reading
from lastword.store import schema as t
from lastword.store.database import SQLite, forever
from lastword.store.parting import misplaced
from lastword.store.rebuild import Fold, differences
from lastword.store.refusal import DamagedError, StoreError
from lastword.store.stored import STEP, Beside, Stored, batches, size
from lastword.store.streamindexing import rows_of
from lastword.store.vault import Vault, unseal
from lastword.store.writer import check_head

if TYPE_CHECKING:
    from lastword.store.anchor import Anchor, Anchored
    from lastword.store.database import Database, Session

MOST_FAULTS: Final = 1000
_ALONE: Final = 4096  # entries up to which one process is quicker than several
_WIDTH: Final = 256
_HEADS: Final = (
    sa.select(t.head.c.size, t.head.c.root, t.head.c.note, t.head.c.at)
    .where(t.head.c.size > bindparam("first"), t.head.c.size <= bindparam("end"))
    .order_by(t.head.c.size)
)
_BEYOND: Final = (
    sa.select(t.head.c.size)
    .where((t.head.c.size > bindparam("size")) | (t.head.c.size < 1))
    .order_by(t.head.c.size)
)
_BODIES: Final = reading.BODIES
_NODES: Final = (
    sa.select(t.node.c.n, t.node.c.hash)
    .where(
        t.node.c.level == bindparam("level"), t.node.c.n >= bindparam("first"), t.node.c.n < bindparam("end")
    )
    .order_by(t.node.c.n)
)
_LEVELS: Final = sa.select(
    t.node.c.level, sa.func.count(), sa.func.min(t.node.c.n), sa.func.max(t.node.c.n)
).group_by(t.node.c.level)
_ORPHANS: Final = sa.select(t.disclosure.c.idx, t.disclosure.c.name).where(
    (t.disclosure.c.idx >= bindparam("size")) | (t.disclosure.c.idx < 0)
)
_COSIGNED: Final = sa.select(t.cosignature.c.size, t.cosignature.c.name, t.cosignature.c.line).order_by(
    t.cosignature.c.size, t.cosignature.c.name
)
_BLOBS: Final = sa.select(t.blob.c.digest, t.blob.c.data, t.blob.c.sealed, t.blob.c.erased_by).order_by(
    t.blob.c.digest
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of ``table`` that is not what it should be: ``what`` says how."""

    table: str
    row: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.what}" if self.row else f"{self.table}: {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``entries`` and ``heads``: how many were looked at; ``missing``: the gaps among the entries."""

    entries: int
    heads: int
    faults: tuple[Fault, ...]
    missing: tuple[tuple[int, int], ...] = ()

    @property
    def sound(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.faults


class _EnoughError(Exception):
    """So much is wrong that the rest need not be told."""


@dataclass(slots=True)
class _Found:
    faults: list[Fault] = field(default_factory=list)

    def __call__(self, table: str, row: object, what: object) -> None:
        self.faults.append(Fault(table, str(row), str(what)))
        if len(self.faults) >= MOST_FAULTS:
            raise _EnoughError


class _Tree:
    """The right edge of a tree that grows entry by entry, and the hashes of the tiles as they get whole."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []  # (level, hash), largest first
        self.whole: dict[int, list[bytes]] = {}  # level of tiles -> hashes not compared yet

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash."""
        edge, level = self._edge, 0
        while edge and edge[-1][0] == level:
            leaf = sha256(b"\x01" + edge.pop()[1] + leaf).digest()
            level += 1
            if not level & 7:
                self.whole.setdefault(level >> 3, []).append(leaf)
        edge.append((level, leaf))
        self.size += 1

    @property
    def root(self) -> bytes:
        """Return the root of the tree so far."""
        if not self._edge:
            return EMPTY_ROOT
        found = self._edge[-1][1]
        for _level, digest in reversed(self._edge[:-1]):
            found = sha256(b"\x01" + digest + found).digest()
        return found


def hashes(session: Session, keys: Keys | None = None) -> Report:
    """Check entries, tree and heads against each other, without any signature but those that tell what was changed.

    ``keys``: of the record; without them, of an entry and its hash that disagree, neither is called the damaged one.
    """
    found = _Found()
    heads = 0
    last = 0
    missing: list[tuple[int, int]] = []
    try:
        last = size(session)
        heads = _hashes(session, keys, last, found, missing)
    except _EnoughError:
        pass
    return Report(last, heads, tuple(found.faults), tuple(missing))


def check(
    database: Database,
    vault: Vault | None = None,
    anchor: Anchor | None = None,
    *,
    secret: bytes | None = None,
    processes: int | None = None,
) -> Report:
    """Check everything there is. ``processes``: how many check signatures; as many as there are cores if None.

    ``secret``: of the stream index, so that the last one can be made again. What cannot even be read is a fault too.
    """
    found = _Found()
    report = Report(0, 0, ())
    try:
        # Before the database is looked at, which may go on meanwhile: then what is anchored is there in any case.
        anchored = anchor.read() if anchor is not None else None
        with database.reading() as session:
            report = _check(session, database, vault, anchored, secret, processes, found)
    except _EnoughError:
        found.faults.append(
            Fault("record", "", f"more than {MOST_FAULTS} rows are wrong; the rest was not looked at")
        )
    except database.errors as why:
        found.faults.append(Fault("database", "", f"cannot be read: {' '.join(str(why).split())}"))
    except StoreError as why:
        found.faults.append(Fault("record", "", str(why)))
    return Report(report.entries, report.heads, tuple(found.faults), report.missing)


def _check(
    session: Session,
    database: Database,
    vault: Vault | None,
    anchored: Anchored | None,
    secret: bytes | None,
    processes: int | None,
    found: _Found,
) -> Report:
    _shape(session, database, found)
    keys = _keys(session)
    last = size(session)
    missing: list[tuple[int, int]] = []
    heads = _hashes(session, keys, last, found, missing)
    if keys is None:
        found("entry", 0, "the record's keys cannot be read, so no signature can be checked")
    else:
        _heads(session, keys, last, found)
        _entries(session, keys, last, vault, secret, processes, found)
    for index, name in session.rows(_ORPHANS, size=last):
        found("disclosure", f"{index} {name}", "belongs to no entry")
    _cosignatures(session, found)
    _blobs(session, vault, found)
    if anchored is not None:
        _anchor(session, anchored, keys, last, found)
    return Report(last, heads, (), tuple(missing))


# -- the tree ----------------------------------------------------------------------------------------------------------


def _hashes(
    session: Session, keys: Keys | None, last: int, found: _Found, missing: list[tuple[int, int]]
) -> int:
    tree, counted = _Tree(), 0
    for start in range(0, last, STEP):
        end = min(start + STEP, last)
        bodies = dict(session.rows(_BODIES, first=start, end=end))
        nodes = dict(session.rows(_NODES, level=0, first=start, end=end))
        heads = {row[0]: row for row in session.rows(_HEADS, first=start, end=end)}
        _gaps(bodies, start, end, missing, found)
        for index in range(start, end):
            body, node = bodies.get(index), nodes.get(index)
            leaf = None if body is None else sha256(b"\x00" + body).digest()
            if leaf != node:
                leaf = _rather(index, body, leaf, None if node is None else bytes(node), keys, found)
            tree.append(leaf or bytes(32))
            head = heads.get(index + 1)
            if head is not None:
                counted += 1
                if bytes(head[1]) != tree.root:
                    found("head", index + 1, "its root is not that of the entries")
        _levels(session, tree, found)
    _rest(session, tree, last, found)
    return counted


def _rather(
    index: int, body: bytes | None, leaf: bytes | None, node: bytes | None, keys: Keys | None, found: _Found
) -> bytes | None:
    """Return the hash to go on with, of an entry that does not fit its hash in the tree, and say which of both is wrong."""
    if body is None:
        return node  # that the entry is missing is told already
    if _is_signed(index, body, keys):
        found("node", f"0/{index}", "is missing" if node is None else "is not the hash of its entry")
        return leaf
    if node is None:
        found("node", f"0/{index}", "is missing")
        return leaf
    found("entry", index, "was changed after it was written")
    return node


def _is_signed(index: int, body: bytes, keys: Keys | None) -> bool:
    if keys is None:
        return False
    try:
        Entry.read(bytes(body)).check(base64.b64decode(_in_force(keys.entry_keys, index).key))
    except RecordError:
        return False
    return True


def _gaps(
    bodies: dict[int, Any], start: int, end: int, missing: list[tuple[int, int]], found: _Found
) -> None:
    if len(bodies) == end - start:
        return
    for index in range(start, end):
        if index in bodies:
            continue
        if missing and missing[-1][1] == index - 1:
            missing[-1] = missing[-1][0], index
        else:
            missing.append((index, index))
        found("entry", index, "is missing")


def _levels(session: Session, tree: _Tree, found: _Found) -> None:
    """Compare the hashes of whole tiles with those that are stored."""
    for level, made in list(tree.whole.items()):
        end = tree.size >> (8 * level)
        first = end - len(made)
        nodes = {n: bytes(digest) for n, digest in session.rows(_NODES, level=level, first=first, end=end)}
        for n, digest in enumerate(made, start=first):
            if nodes.get(n) != digest:
                found(
                    "node",
                    f"{level}/{n}",
                    "is missing" if n not in nodes else "is not the hash of what stands below it",
                )
        made.clear()


def _rest(session: Session, tree: _Tree, last: int, found: _Found) -> None:
    """Name hashes and heads that stand for nothing."""
    for level, count, first, top in session.rows(_LEVELS):
        whole = last >> (8 * level) if level >= 0 else 0
        if first < 0 or top >= whole or count > whole:
            found("node", f"{level}/{top}", "stands above the last entry")
    for (beyond,) in session.rows(_BEYOND, size=last):
        found("head", beyond, f"is of {beyond} entries, and there are {last}")
    head = reading.last_head(session)
    if last and (head is None or head.size < last):
        found("head", last, f"is missing: the last one is of {0 if head is None else head.size} entries")


# -- heads, keys, entries ----------------------------------------------------------------------------------------------


def _keys(session: Session) -> Keys | None:
    """Return the record's keys from its entries, not from a state that somebody may have changed."""
    fold = Fold()
    try:
        for index in _of_stream(session, KEYS):
            for batch in batches(session, index, index + 1, kept_only=True):
                for stored in batch:
                    fold.add(stored.index, stored.body, stored.kept())
    except RecordError:
        pass
    held = fold.held.get(KEYS)
    return held.state if held is not None and isinstance(held.state, Keys) else None


_STREAM: Final = (
    sa.select(t.entry.c.idx).where(t.entry.c.stream == bindparam("stream")).order_by(t.entry.c.idx)
)


def _of_stream(session: Session, stream: str) -> list[int]:
    return [row[0] for row in session.rows(_STREAM, stream=stream)]


def _in_force(keys: Sequence[KeyRange], place: int) -> KeyRange:
    return next((key for key in reversed(keys) if key.since <= place), keys[0])


def _heads(session: Session, keys: Keys, last: int, found: _Found) -> None:
    before: datetime | None = None
    for start in range(0, last, STEP):
        for row in session.rows(_HEADS, first=start, end=min(start + STEP, last)):
            head = reading.Head(row[0], bytes(row[1]), bytes(row[2]), reading.instant(row[3]))
            try:
                check_head(head, keys)
            except DamagedError as why:
                found("head", head.size, why)
            if before is not None and head.at < before:
                found("head", head.size, "is dated before the one before it")
            before = head.at


@dataclass(frozen=True, slots=True)
class _Look:
    """What one process finds out of a batch: faults, and when each entry says that it was written."""

    faults: tuple[Fault, ...]
    issued: tuple[tuple[int, datetime | None], ...]


def _entries(
    session: Session,
    keys: Keys,
    last: int,
    vault: Vault | None,
    secret: bytes | None,
    processes: int | None,
    found: _Found,
) -> None:
    states = _States(secret, found)
    times = _Times(session, found)
    count = (os.cpu_count() or 1) if processes is None else processes
    with ExitStack() as stack:
        ask: Callable[[list[Stored]], Callable[[], _Look]]
        if count > 1 and last > _ALONE:
            # Spawned, not forked: the driver of a database does not survive a fork.
            pool = stack.enter_context(ProcessPoolExecutor(count, mp_context=get_context("spawn")))

            def ask(batch: list[Stored]) -> Callable[[], _Look]:
                bare = [Stored(s.index, s.body, s.stream, s.no, s.kind, _without(s.beside)) for s in batch]
                future: Future[_Look] = pool.submit(_look, bare, keys.origin, keys.entry_keys)
                return future.result
        else:

            def ask(batch: list[Stored]) -> Callable[[], _Look]:
                return lambda: _look(batch, keys.origin, keys.entry_keys)

        waiting: list[Callable[[], _Look]] = []
        for batch in batches(session, 0, last):
            waiting.append(ask(batch))
            for stored in batch:
                states.add(stored)
            if vault is not None:
                _sealed(batch, vault, found)
            while len(waiting) > 2 * count:
                times.take(waiting.pop(0)())
        for looked in waiting:
            times.take(looked())
    states.compare(session)


def _without(beside: Iterable[Beside]) -> tuple[Beside, ...]:
    return tuple(Beside(one.name, one.digest, one.audience, one.text, None, one.erased_by) for one in beside)


def _look(batch: list[Stored], origin: str, entry_keys: Sequence[KeyRange]) -> _Look:
    """Check the signature of each entry and the digests of what stands beside it. Runs in a process of its own."""
    publics = {key.key: base64.b64decode(key.key) for key in entry_keys}
    faults: list[Fault] = []
    issued: list[tuple[int, datetime | None]] = []
    for stored in batch:
        key = _in_force(entry_keys, stored.index)
        try:
            entry = Entry.read(stored.body)
            entry.check(publics[key.key])
        except RecordError as why:
            faults.append(Fault("entry", str(stored.index), f"is not what was signed: {why}"))
            issued.append((stored.index, None))
            continue
        if entry.origin != origin:
            faults.append(Fault("entry", str(stored.index), f"is of another record, `{entry.origin}`"))
        issued.append((stored.index, entry.issued))
        digests = set(entry.digests)
        if not any(one.text is not None for one in stored.beside):
            faults.append(Fault("disclosure", str(stored.index), "the kept part is missing"))
        for one in stored.beside:
            row = f"{stored.index} {one.name}"
            if one.digest not in digests:
                faults.append(Fault("disclosure", row, "is no part of its entry"))
            if one.text is None:
                if one.name.startswith(KEPT):
                    faults.append(Fault("disclosure", row, "is kept for ever, and is gone"))
                continue
            # What has the digest that was signed is what was signed; only its row may say otherwise of it.
            if digest_of(one.text) != one.digest or _name_in(one.text) != one.name:
                faults.append(Fault("disclosure", row, "is another text than the one that was signed"))
            elif one.name != KEPT + one.audience:
                faults.append(Fault("disclosure", row, "names another audience than it was kept for"))
    return _Look(tuple(faults), tuple(issued))


class _Times:
    """Entries are dated no earlier than those before them, and no later than the head over them."""

    def __init__(self, session: Session, found: _Found) -> None:
        self._session, self._found = session, found
        self._before: datetime | None = None

    def take(self, looked: _Look) -> None:
        """Take over what was found in a batch."""
        for fault in looked.faults:
            self._found(fault.table, fault.row, fault.what)
        if not looked.issued:
            return
        end = looked.issued[-1][0] + 1
        rows = self._session.rows(_HEADS, first=looked.issued[0][0], end=end)
        heads = [(row[0], reading.instant(row[3])) for row in rows]
        if not heads or heads[-1][0] < end:
            later = self._session.row(reading.FIRST_HEAD_FROM, size=end)
            heads += [(later[0], reading.instant(later[3]))] if later is not None else []
        place = 0
        for index, issued in looked.issued:
            if issued is None:
                continue
            if self._before is not None and issued < self._before:
                self._found("entry", index, "is dated before the one before it")
            self._before = issued
            while place < len(heads) and heads[place][0] <= index:
                place += 1
            if place < len(heads) and heads[place][1].astimezone(UTC) < issued:
                self._found("head", heads[place][0], f"is dated before entry {index}, which it covers")


class _States:
    """The streams applied one entry after another, to compare them with the states that are stored."""

    def __init__(self, secret: bytes | None, found: _Found) -> None:
        self._fold = Fold()
        self._found = found
        self._broken: set[str] = set()
        self._secret = secret
        self._indexed: tuple[int, StreamIndexed] | None = None
        self._ends: dict[str, Any] = {}
        self._erasures: dict[int, Redacted] = {}
        self._erased: list[tuple[int, Beside]] = []

    def add(self, stored: Stored) -> None:
        """Apply one entry."""
        self._erased += [(stored.index, one) for one in stored.beside if one.erased_by is not None]
        try:
            kept = stored.kept()
        except RecordError as why:
            self._found("entry", stored.index, why)
            self._broken.add(stored.stream)
            return
        for name in misplaced(
            kept.data, {one.name: one.audience for one in stored.beside if one.text is None}
        ):
            self._found("disclosure", f"{stored.index} {name}", "is for others than was signed")
        if stored.index == 0 and kept.kind != GENESIS:
            self._found("entry", 0, "is not the genesis of a record")
        if kept.stream in self._broken:
            return
        ends = dict(self._fold.held) if kept.kind == StreamIndexed.kind else {}
        try:
            event = self._fold.add(stored.index, stored.body, kept)
        except RecordError as why:
            self._found("entry", stored.index, why)
            self._broken.add(kept.stream)
            return
        if isinstance(event, StreamIndexed):
            self._indexed, self._ends = (stored.index, event), ends
        elif isinstance(event, Redacted):
            self._erasures[stored.index] = event

    def compare(self, session: Session) -> None:
        """Compare everything that hangs on the entries as a whole."""
        for index, one in self._erased:
            said = self._erasures.get(one.erased_by if one.erased_by is not None else -1)
            if said is None or said.index != index or one.digest not in said.digests.values():
                self._found(
                    "disclosure",
                    f"{index} {one.name}",
                    f"is erased, but entry {one.erased_by} does not say so",
                )
        if self._indexed is not None and self._secret is not None and not self._broken:
            index, event = self._indexed
            rows = padded(rows_of(self._ends, self._secret).values(), self._secret)
            if base64.b64encode(index_root(rows)).decode() != event.root or len(rows) != event.rows:
                self._found(
                    "entry", index, "its stream index is not that of the entries, or the secret is another"
                )
        for differs in differences(session, self._fold):
            name = differs.row.split(" ")[-1 if differs.table == "listing" else 0]
            if name not in self._broken:
                self._found(differs.table, differs.row, differs.what)


def _sealed(batch: Iterable[Stored], vault: Vault, found: _Found) -> None:
    """Open every ciphertext, and see that it holds what was signed."""
    wanted = [(stored.index, one) for stored in batch for one in stored.beside if one.sealed is not None]
    if not wanted:
        return
    keys = vault.keys([one.digest for _index, one in wanted])
    for index, one in wanted:
        row, key = f"{index} {one.name}", keys.get(one.digest)
        if key is None:
            found("vault", row, "has no key for this text, and no entry says that it was erased")
            continue
        assert one.sealed is not None
        try:
            text = unseal(key, one.sealed, one.digest).decode("ascii")
        except (LastwordError, UnicodeDecodeError) as why:
            found("disclosure", row, f"is damaged: {why}")
            continue
        if digest_of(text) != one.digest or _name_in(text) != one.name:
            found("disclosure", row, "is another text than the one that was signed")


def _name_in(text: str) -> str:
    """Return the name in a disclosure whose digest fits, "" if it is none."""
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, msgspec.DecodeError):
        return ""
    return found[1] if isinstance(found, list) and len(found) == 3 and isinstance(found[1], str) else ""


def _cosignatures(session: Session, found: _Found) -> None:
    for number, name, line in session.rows(_COSIGNED):
        head = reading.head_at(session, number)
        at = Where("cosignature")
        try:
            if head is None:
                raise RecordError("is of a head that is not here")
            Note.read(head.note, at).with_lines([line], at)
            if read_signature_line(line, at)[0] != name:
                raise RecordError("is of another witness than its row says")
        except (InputError, RecordError) as why:
            found("cosignature", f"{number} {name}", why)


def _blobs(session: Session, vault: Vault | None, found: _Found) -> None:
    for digest, data, sealed, erased_by in session.rows(_BLOBS):
        if erased_by is not None:
            continue
        if data is None:
            found("blob", digest, "is gone, and no entry says that it was erased")
            continue
        content: bytes | None = bytes(data)
        if sealed:
            if vault is None:
                continue
            key = vault.key(reading.blob_key(digest))
            try:
                content = unseal(key, bytes(data), reading.blob_key(digest)) if key is not None else None
            except DamagedError:
                content = None
        if content is None or sha256(content).hexdigest() != digest:
            found("blob", digest, "is damaged: its SHA-256 is another")


def _anchor(session: Session, anchored: Anchored, keys: Keys | None, last: int, found: _Found) -> None:
    if keys is not None and anchored.origin != keys.origin:
        found("anchor", "", f"is that of `{anchored.origin}`")
    if anchored.size > last:
        found(
            "anchor",
            "",
            f"names {anchored.size} entries: entries {last} to {anchored.size - 1} are missing here",
        )
        return
    head = reading.head_at(session, anchored.size)
    if anchored.size and (head is None or head.root != anchored.root):
        found("anchor", "", f"names another history than the head of {anchored.size} entries")


def _shape(session: Session, database: Database, found: _Found) -> None:
    """See that the file is sound in itself, and that the triggers are there which keep rows as they are."""
    if isinstance(database, SQLite):
        for (told,) in session.rows(sa.text("PRAGMA integrity_check(20)")):
            if told != "ok":
                found("database", "", f"its file is damaged: {told}")
        said = {
            row[0] for row in session.rows(sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger'"))
        }
        texts = forever("sqlite")
        rows = [(table, sum(f" ON {table} " in one for one in texts if one in said)) for table in t.FOREVER]
        wanted = dict.fromkeys(t.FOREVER, 3)
    else:
        rows = session.rows(
            sa.text(
                "SELECT c.relname, count(*) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid "
                "WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' GROUP BY 1"
            )
        )
        wanted = dict.fromkeys(t.FOREVER, 1)
    there = dict(rows)
    for table, count in wanted.items():
        if there.get(table, 0) < count:
            found("database", "", f"the triggers are gone that keep the rows of `{table}` as they are")


def first_faults(faults: Iterable[Fault], most: int = 20) -> Iterator[str]:
    """Yield the first faults as lines, and how many more there are."""
    lines = [str(one) for one in faults]
    yield from lines[:most]
    if len(lines) > most:
        yield f"and {len(lines) - most} more"
