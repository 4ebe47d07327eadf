"""The writer: takes acts in turns, does them on the newest state, and says they are done when nothing can undo them.

A turn, each step safe because of those before it:

1. Take the locks. Now nobody else writes, on this machine or another.
2. See whether the database is as this writer knows it, and as the anchor knows it. If not: read and check anew.
3. Do the acts, up to MOST of them or for LONGEST seconds, each on the states that those before it left. Nothing is
   written yet, so an act that fails leaves nothing.
4. Commit the keys of erasable texts to the vault. A crash here leaves keys that fit nothing.
5. Sign the new head. Its tree is the last one with entries appended, so it is consistent with the last head. If the
   database is one that others may follow, keep what was signed (standby.py): a standby that is promoted without it gets
   it before anything else is signed.
6. Commit entries, texts, tree, states, timers and head together. A crash here leaves all or nothing; nobody was told.
7. Move the anchor. A crash before it leaves the database ahead; step 2 of the next turn proves that it continues the
   anchored head, and moves the anchor.
8. Tell those who asked.

If a step fails and it is not clear whether it was done, the writer looks. If it cannot look, it says that it does not
know, forgets all it knew, and begins with step 2, however long that fails.
"""

from __future__ import annotations

import base64
import contextlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Any, Final, Generic, TypeVar, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite

from lastword.cases.refusal import ActRefused
from lastword.cases.world import Written
from lastword.errors import InputError, LastwordError, Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.entry import EntrySigner
from lastword.record.json import to_base64url
from lastword.record.logevents import KEYS, Keys
from lastword.record.note import Note, Signer, Verifier
from lastword.record.refusal import ProofError, RecordError
from lastword.record.tile import HEIGHT, WIDTH
from lastword.record.tree import EMPTY_ROOT, Frontier, check_consistency, consistency_proof, leaf_hash, root
from lastword.store import clock as clocks
from lastword.store import reading
from lastword.store import schema as t
from lastword.store.anchor import Anchor, Anchored
from lastword.store.clock import Clock
from lastword.store.database import Connection, Database
from lastword.store.fence import fenced_with
from lastword.store.reading import Head, micros
from lastword.store.refusal import (
    BusyError,
    DamagedError,
    MovedError,
    NotAcknowledgedError,
    NotWrittenError,
    ReadOnlyError,
    RecordBehindAnchorError,
    StoreError,
    told,
)
from lastword.store.standby import Signed, SignedFile
from lastword.store.streams import read_state, stream_kind, written_state
from lastword.store.vault import Vault, seal
from lastword.store.writing import NOTHING, Desk, Held, Pages, Writing

MOST: Final = 256  # acts in one turn
LONGEST: Final = 0.020  # seconds that a turn does acts
WAITING: Final = 4096  # acts that may wait
FIRST: Final = 0  # the priority of what stops a grant: an objection overtakes the decision it is about
USUAL: Final = 5
_CACHED: Final = 4096  # states
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SALT_BYTES: Final = 18
_SALT_LETTERS: Final = 24
_SALTS: Final = 16  # drawn at once
_STEP: Final = 10_000  # leaf hashes that are read to catch up with another writer, before all is read anew

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What came of an act. ``index``: its last entry, -1 if it wrote none; ``size``: entries in the record after it.

    ``repeated``: it had been done before, under the same key; ``result`` is then what was written down of it.
    """

    result: T
    index: int
    size: int
    repeated: bool


@dataclass(slots=True, eq=False)
class _Asked:
    """An act that waits, and later what came of it."""

    work: Callable[[Writing], Any]
    key: str
    digest: str
    priority: int
    confirms_clock: bool
    alone: bool = False
    woken: Event | None = None
    finished: bool = False
    done: Done[Any] | None = None
    error: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        self.error, self.finished = error, True


@dataclass(frozen=True, slots=True)
class _Known:
    """The database as the writer last saw it: its last head, the right edge of its tree."""

    head: Head | None
    edge: Frontier
    root: bytes = EMPTY_ROOT

    @property
    def size(self) -> int:
        return self.edge.size

    @property
    def last(self) -> datetime:
        return _EPOCH if self.head is None else self.head.at


class HeadSigner:
    """The log's key, ready to sign: the same note as note.Signer makes, without reading the key each time."""

    def __init__(self, signer: Signer) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.verifier = signer.verifier
        self._key = Ed25519PrivateKey.from_private_bytes(signer.seed)
        self._prefix = self.verifier.hash

    def sign(self, text: str) -> bytes:
        """Return ``text`` with the signature below it."""
        signature = base64.b64encode(self._prefix + self._key.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.verifier.name} {signature}\n".encode()


@dataclass(frozen=True, slots=True)
class Keyholder:
    """The record's private keys, which the writer alone holds."""

    log: HeadSigner
    entry: EntrySigner


class Writer:
    """One for each store that is open. Any thread may ask; whoever asks while nobody writes does the writing."""

    def __init__(
        self,
        *,
        origin: str,
        database: Database,
        vault: Vault,
        anchor: Anchor,
        keys: Keyholder,
        clock: Clock,
        practice: bool,
        founding: bool = False,
        signed: SignedFile | None = None,
    ) -> None:
        self._origin = origin
        self._database = database
        self._vault = vault
        self._anchor = anchor
        self._keys = keys
        self._clock = clock
        self._practice = practice
        self._founding = founding
        self._signed = signed
        self._statements = _Statements(database)
        self._mutex = Lock()
        self._queue: list[_Asked] = []
        self._leading = False
        self._known: _Known | None = None
        self._states: dict[str, Held] = {}

    def submit(
        self,
        work: Callable[[Writing], T],
        *,
        key: str = "",
        digest: str = "",
        priority: int = USUAL,
        returns: Any = None,
        confirms_clock: bool = False,
        alone: bool = False,
    ) -> Done[T]:
        """Do ``work`` in its turn, and return when what it wrote is committed and anchored.

        ``alone``: with no other act in its turn, so that the next head is the one right after what it wrote.

        ``key``: names this act, so that asking for it again gives the same result and does nothing; ``digest``: of what
        is asked. What ``work`` returns must then be plain data, or a dataclass whose type is given as ``returns``.
        Raises what ``work`` raises: then nothing of it was written but, if it is ActRefused, what was ``due`` before it.
        Raises ActRefused (``key_used``) if the key was used for something else, and StoreError.
        """
        asked = _Asked(work, key, digest, priority, confirms_clock, alone or confirms_clock)
        with self._mutex:
            if len(self._queue) >= WAITING:
                raise BusyError("too many acts wait to be written; try again in a few seconds")
            self._queue.append(asked)
            if self._leading:
                asked.woken = Event()
            self._leading = True
        if asked.woken is not None:
            asked.woken.wait()
        if not asked.finished:
            self._lead(asked)
        if asked.error is not None:
            raise asked.error
        assert asked.done is not None
        done = asked.done
        if done.repeated and returns is not None:
            done = replace(done, result=msgspec.convert(done.result, returns))
        return cast(Done[T], done)

    def rekey(self, keys: Keyholder) -> None:
        """Sign with ``keys`` from the next turn on. Raises ReadOnlyError if the record names others."""
        with self._turn() as connection:
            self._states.clear()
            self._keys, self._known = keys, None
            self._catch_up(connection)

    def settle(self) -> int:
        """See that the database and the anchor are as they should be, and return the number of entries."""
        with self._turn() as connection:
            return self._catch_up(connection)[0].size

    def _lead(self, own: _Asked) -> None:
        """Write batches until ``own`` is in one of them, then let the next who waits do it."""
        try:
            while not own.finished:
                with self._mutex:
                    batch, self._queue = self._queue[:MOST], self._queue[MOST:]
                self._write(batch)
        finally:
            with self._mutex:
                if not own.finished and own in self._queue:
                    self._queue.remove(own)
                follower = self._queue[0] if self._queue else None
                self._leading = follower is not None
            if follower is not None and follower.woken is not None:
                follower.woken.set()

    def _write(self, batch: list[_Asked]) -> None:
        """Do a batch; whatever happens, each act of it is finished after it, or waits again."""
        try:
            left = self._batch(batch)
            if left:
                with self._mutex:
                    self._queue[:0] = left
        except BaseException as why:
            self._known = None
            error = why if isinstance(why, StoreError) else _not_written(why)
            for asked in batch:
                if not asked.finished:
                    asked.fail(error)
            if not isinstance(why, Exception):
                raise
        finally:
            for asked in batch:
                if asked.finished and asked.woken is not None:
                    asked.woken.set()

    @contextlib.contextmanager
    def _turn(self) -> Any:
        try:
            with self._database.writing() as connection:
                yield connection
        except BaseException:
            self._known = None
            raise

    def _batch(self, batch: list[_Asked]) -> list[_Asked]:
        """Do the acts of ``batch``, and return those for which there was no time."""
        begun = time.monotonic()
        with self._turn() as connection:
            known, anchored = self._catch_up(connection)
            turn = sorted(batch, key=_priority) if len(batch) > 1 else batch
            confirming, alone = turn[0].confirms_clock, turn[0].alone
            timed = clocks.read(
                self._clock,
                last=known.last,
                base=anchored.base,
                practice=self._practice,
                confirming=confirming,
            )
            pages = Pages()
            desk = Desk(
                session=connection,
                cache=lambda stream: self._held(connection, stream),
                batch=pages,
                size=known.size,
                origin=self._origin,
                signer=self._keys.entry,
                salt=_salts(),
                vault=self._vault,
                now=timed.now,
                trusted_clock=timed.base.trusted,
            )
            settled: list[tuple[_Asked, Done[Any] | BaseException]] = []
            for place, asked in enumerate(turn):
                late = time.monotonic() - begun > LONGEST
                # A clock is confirmed in a turn of its own, among others: all others must see the confirmed time.
                if place and (late or alone or asked.alone):
                    break
                settled.append((asked, self._one(asked, desk)))
            if pages:
                base = clocks.confirmed(self._clock) if pages.clock_confirmed else timed.base
                self._commit(connection, known, anchored, pages, timed.now, base)
        size = known.size + len(pages.lines)
        for asked, came in settled:
            if isinstance(came, BaseException):
                asked.fail(came)
            else:
                asked.done = Done(came.result, came.index, size, came.repeated)
                asked.finished = True
        return [asked for asked in batch if not asked.finished]

    def _one(self, asked: _Asked, desk: Desk) -> Done[Any] | BaseException:
        """Do one act on a draft of its own, and add the draft to the batch if it succeeds."""
        try:
            if asked.key:
                had = self._had(asked.key, desk)
                if had is not None:
                    if had[0] != asked.digest:
                        return ActRefused(
                            "key_used",
                            f"the key `{asked.key}` was used for another act",
                            "give a new key to each new act",
                        )
                    return Done(msgspec.json.decode(had[1]), had[2], 0, True)
            writing = Writing(desk)
            first = writing.index
            result = asked.work(writing)
            index = writing.index - 1 if writing.index > first else -1
            if asked.key:
                writing.pages.requests[asked.key] = asked.digest, msgspec.json.encode(result), index
            desk.batch.take(writing.pages)
            return Done(result, index, 0, False)
        except ActRefused as refused:
            return self._refused(refused, desk)
        except self._database.errors:
            raise  # nobody can say what the session sees after that, so the batch ends here
        except Exception as why:
            return why

    def _refused(self, refused: ActRefused, desk: Desk) -> BaseException:
        """Write what had fallen due before a refused act: it happened, whatever became of the act."""
        if not refused.due:
            return refused
        try:
            writing = Writing(desk)
            for written in refused.due:
                writing.append(cast(Written, written))
            desk.batch.take(writing.pages)
        except Exception as why:
            return why
        return refused

    def _had(self, key: str, desk: Desk) -> tuple[str, bytes, int] | None:
        found = desk.batch.requests.get(key)
        if found is not None:
            return found
        row = desk.session.row(reading.REQUEST, key=key)
        return None if row is None else (row[0], bytes(row[1]), row[2])

    def _commit(
        self,
        connection: Connection,
        known: _Known,
        anchored: Anchored,
        pages: Pages,
        now: datetime,
        base: clocks.Base,
    ) -> None:
        """Steps 4 to 7. Raises NotWrittenError or NotAcknowledgedError."""
        try:
            sealed = self._sealed(pages)
        except Exception as why:
            raise _not_written(why) from why
        edge, completed = known.edge.extend(line.leaf for line in pages.lines)
        head, top = known.head, known.root
        if pages.lines:
            top = edge.root
            checkpoint = Checkpoint(self._origin, edge.size, top)
            head = Head(edge.size, top, self._keys.log.sign(checkpoint.text), now)
        writes = self._statements.writes(pages, completed, sealed, self._states)
        if head is not None and head is not known.head:
            row = {"size": head.size, "root": head.root, "note": head.note, "at": micros(head.at)}
            writes.append((self._statements.head, [row]))
        batch = None
        if self._signed is not None and self._database.followed and head is not None and pages.lines:
            texts = [(self._database.text(statement), rows) for statement, rows in writes]
            batch = Signed(
                known.size, known.root, head.size, head.root, self._database.timeline,
                [(text, [{**fixed, **row} for row in rows]) for (text, fixed), rows in texts],
            )  # fmt: skip
            try:
                self._signed.keep(batch)
            except Exception as why:
                raise _not_written(why) from why
        try:
            self._database.finish(connection, writes)
        except NotAcknowledgedError:
            raise
        except Exception as why:
            self._look(known, edge if pages.lines else None, batch, why)
        if pages.lines:
            self._advance(anchored, Anchored(self._origin, edge.size, top, base))
        # Only now may anything be believed of it.
        self._known = _Known(head, edge, top)
        self._states.update(pages.held)
        if len(self._states) > _CACHED:
            for stream in list(self._states)[: len(self._states) - _CACHED]:
                del self._states[stream]

    def _look(self, known: _Known, edge: Frontier | None, batch: Signed | None, why: Exception) -> None:
        """After a commit that failed, or of which no answer came: return if it is there, raise otherwise.

        ``edge``: the tree with the new entries; None if there were none, so that nothing tells. ``batch``: what was kept of it.
        """
        try:
            connection = self._database.again()
            fenced = fenced_with(connection)
            if fenced:
                raise MovedError(fenced)
            if edge is None:
                raise _not_written(why)
            found = reading.head_at(connection, edge.size)
            if found is None and batch is not None and batch.timeline != self._database.timeline:
                if not _same(reading.last_head(connection), known.head):
                    raise ReadOnlyError("the database that answers now is not as the last one was")
                self._write_again(connection, batch)
                return
        except (NotWrittenError, MovedError):
            raise
        except Exception:
            raise NotAcknowledgedError(
                f"the database was lost while it wrote ({_told(why)}); whether the act is done will be known when it is back: "
                "ask again with the same key"
            ) from why
        if found is None or found.root != edge.root:
            if self._signed is not None and batch is not None:
                with contextlib.suppress(OSError):
                    self._signed.clear()  # if it stays there, the timeline will still tell
            raise _not_written(why) from why

    def _write_again(self, connection: Connection, batch: Signed) -> None:
        """Write what another server may have on its disk, signed, into the one that was promoted in its place."""
        for text, rows in batch.writes:
            for row in rows:
                connection.run_text(text, [row])
        self._database.commit(connection)

    def _advance(self, old: Anchored, new: Anchored) -> Anchored:
        """Move the anchor. Raises NotAcknowledgedError if it stays where it was."""
        try:
            return self._anchor.move(old, new)
        except Exception as why:
            with contextlib.suppress(Exception):
                there = self._anchor.read()
                if (there.size, there.root) == (new.size, new.root):
                    return there
            raise NotAcknowledgedError(
                f"the act is written, but the anchor cannot be moved ({_told(why)}); it counts once the anchor can be written: "
                "ask again with the same key"
            ) from why

    def _catch_up(self, connection: Connection) -> tuple[_Known, Anchored]:
        """Return what is known of the database, checked against it and the anchor as far as they may have changed."""
        head = reading.last_head(connection)
        known = self._known
        if known is None or not _same(known.head, head):
            known = self._read_anew(connection, known, head)
        anchored = self._anchor.read()
        if anchored.origin != self._origin:
            raise DamagedError(f"the anchor is that of `{anchored.origin}`, not of `{self._origin}`")
        if self._resume(connection, known, anchored):
            known = self._read_anew(connection, known, reading.last_head(connection))
        if (anchored.size, anchored.root) != (known.size, known.root):
            anchored = self._follow(connection, known, anchored)
        self._known = known
        return known, anchored

    def _resume(self, connection: Connection, known: _Known, anchored: Anchored) -> bool:
        """See what became of a batch of which no answer came. Return True if it was written just now.

        Raises ReadOnlyError if the record went on without it: then there is a head, signed, that it does not continue.
        """
        batch = self._signed.pending(anchored.size) if self._signed is not None else None
        if batch is None or self._signed is None:
            return False
        there = known.size >= batch.size and self._leads_to(connection, known, batch)
        if there:
            return False
        if batch.timeline == self._database.timeline:
            self._signed.clear()
            return False
        if known.size > anchored.size:
            raise ReadOnlyError(
                f"a head of {batch.size} entries was signed that this database does not continue; bring back the server "
                "that was written to before this one, or run `lastword record recover`"
            )
        if (known.size, known.root) != (batch.base_size, batch.base_root):
            return False  # it lacks more than this, and is refused for that
        self._write_again(connection, batch)
        self._database.turn_again(connection)
        return True

    def _leads_to(self, connection: Connection, known: _Known, batch: Signed) -> bool:
        """Say whether the tree continues the one that was signed with ``batch``."""
        try:
            proof = consistency_proof(reading.hashes(connection, known.size), batch.size, known.size)
            check_consistency(batch.size, known.size, proof, batch.root, known.root)
        except ProofError:
            return False
        return True

    def _follow(self, connection: Connection, known: _Known, anchored: Anchored) -> Anchored:
        """Move the anchor to a database that is ahead of it, after a crash between both, or another machine's entries."""
        if anchored.size >= known.size:
            raise RecordBehindAnchorError(known.size, anchored.size - 1, known.size)
        if anchored.size:
            try:
                proof = consistency_proof(reading.hashes(connection, known.size), anchored.size, known.size)
                check_consistency(anchored.size, known.size, proof, anchored.root, known.root)
            except ProofError:
                raise RecordBehindAnchorError(anchored.size, anchored.size - 1, anchored.size) from None
        elif not self._founding and anchored.root != EMPTY_ROOT:
            raise DamagedError("the anchor names a root of nothing")
        # A server that came back after a crash may show what its standby still lacks.
        self._database.reach_standbys()
        return self._advance(anchored, Anchored(self._origin, known.size, known.root, anchored.base))

    def _read_anew(self, connection: Connection, known: _Known | None, head: Head | None) -> _Known:
        """Read what another writer, or nobody knows who, left in the database, and check it. Raises DamagedError."""
        if head is None:
            if not self._founding:
                raise DamagedError("the record is empty; it should begin with entry 0")
            self._states.clear()
            return _Known(None, Frontier())
        if known is not None and 0 <= head.size - known.size <= _STEP:
            rows = connection.rows(reading.NODES, level=0, first=known.size, end=head.size)
            edge = known.edge.extend(bytes(row[0]) for row in rows)[0]
            changed: Iterable[str] = [row[0] for row in connection.rows(reading.CHANGED, first=known.size)]
        else:
            edge = self._edge(connection, head.size)
            changed = list(self._states)
        for stream in changed:
            self._states.pop(stream, None)
        if (edge.size, edge.root) != (head.size, head.root):
            raise DamagedError(
                f"the stored tree does not lead to the head of {head.size} entries; run `lastword record check`"
            )
        last = connection.row(reading.LAST_INDEX)
        if last is None or last[0] != head.size - 1:
            raise DamagedError(
                f"the head is of {head.size} entries, but the last one stored is {last and last[0]}"
            )
        keys = self._held(connection, KEYS).state
        if not isinstance(keys, Keys) or keys.origin != self._origin:
            raise DamagedError(f"the record in the database is not that of `{self._origin}`")
        check_head(head, keys)
        self._check_own_keys(keys)
        if known is None:
            check_edge(connection, head.size)
            fenced = fenced_with(connection)
            if fenced:
                raise MovedError(fenced)
        return _Known(head, edge, head.root)

    def _edge(self, connection: Connection, size: int) -> Frontier:
        wanted = _edge_nodes(size)
        try:
            return Frontier(size, tuple(reading.hashes(connection, size).nodes(wanted)))
        except RecordError as why:
            raise DamagedError(
                f"the stored tree of {size} entries is damaged: {why}; run `lastword record check`"
            ) from None

    def _check_own_keys(self, keys: Keys) -> None:
        entry = base64.b64encode(self._keys.entry.public).decode()
        if str(self._keys.log.verifier) != keys.log_key or entry != keys.entry_key.key:
            raise ReadOnlyError(
                "the private keys here are not those that the record names; bring back the right ones"
            )

    def _held(self, connection: Connection, stream: str) -> Held:
        held = self._states.get(stream)
        if held is None:
            row = connection.row(reading.STATE, stream=stream)
            if row is None:
                return NOTHING
            held = Held(row[0], row[1], bytes(row[2]), read_state(stream, bytes(row[3])))
            self._states[stream] = held
        return held

    def _sealed(self, pages: Pages) -> Mapping[str, bytes]:
        """Return the ciphertext of what may be erased, by its digest in the vault. Their keys are on the disk."""
        clear = {
            one.digest: one.text.encode()
            for line in pages.lines
            for one in line.disclosures
            if one.audience is None
        }
        clear |= {
            reading.blob_key(digest): content for digest, (content, secret) in pages.blobs.items() if secret
        }
        if not clear:
            return {}
        keys = self._vault.new_keys(clear)
        return {digest: seal(keys[digest], content, digest) for digest, content in clear.items()}


class _Statements:
    """The writer's statements for one kind of database, and the rows that go with them."""

    def __init__(self, database: Database) -> None:
        insert = sqlite.insert if isinstance(database.engine.dialect, sqlite.dialect) else postgresql.insert
        self.entry = sa.insert(t.entry)
        self.disclosure = sa.insert(t.disclosure)
        self.node = sa.insert(t.node)
        self.head = sa.insert(t.head)
        state = insert(t.state)
        self.state = state.on_conflict_do_update(
            index_elements=["stream"],
            set_={name: state.excluded[name] for name in ("no", "last_idx", "last_leaf", "data")},
        )
        timer = insert(t.timer)
        self.timer = timer.on_conflict_do_update(
            index_elements=["stream", "name"], set_={"due_at": timer.excluded.due_at}
        )
        self.timer_off = sa.delete(t.timer).where(
            t.timer.c.stream == bindparam("of"), t.timer.c.name == bindparam("named")
        )
        self.listing = insert(t.listing).on_conflict_do_nothing()
        self.listing_off = sa.delete(t.listing).where(
            t.listing.c.stream == bindparam("of"), t.listing.c.word == bindparam("under")
        )
        self.outbox = sa.insert(t.outbox).values(idx=bindparam("idx"), what=bindparam("what"))
        self.blob = (
            insert(t.blob)
            .values(digest=bindparam("digest"), data=bindparam("data"), sealed=bindparam("sealed"))
            .on_conflict_do_nothing()
        )
        self.request = sa.insert(t.request)

    def writes(
        self,
        pages: Pages,
        completed: Iterable[tuple[int, int, bytes]],
        sealed: Mapping[str, bytes],
        before: Mapping[str, Held],
    ) -> list[Any]:
        """Return (statement, rows) for everything but the head. ``before``: the states the batch began with."""
        entries, disclosures = [], []
        for line in pages.lines:
            entries.append(
                {
                    "idx": line.index,
                    "body": line.body,
                    "stream": line.stream,
                    "no": line.no,
                    "kind": line.kind,
                }
            )
            for one in line.disclosures:
                digest, audience = one.digest, one.audience
                disclosures.append(
                    {
                        "idx": line.index,
                        "name": one.name,
                        "digest": digest,
                        "audience": line.audiences[one.name] if audience is None else audience,
                        "text": None if audience is None else one.text,
                        "sealed": sealed[digest] if audience is None else None,
                        "erased_by": None,
                    }
                )
        nodes = [
            {"level": level // HEIGHT, "n": n, "hash": digest}
            for level, n, digest in completed
            if not level % HEIGHT
        ]
        states, timers_off, timers, words_off, words = [], [], [], [], []
        for stream, held in pages.held.items():
            states.append(
                {
                    "stream": stream,
                    "no": held.no,
                    "last_idx": held.last,
                    "last_leaf": held.leaf,
                    "data": written_state(held.state),
                }
            )
            old = before.get(stream, NOTHING).state
            was, now = dues_of(stream, old), dues_of(stream, held.state)
            timers_off += [{"of": stream, "named": name} for name in was.keys() - now.keys()]
            timers += [
                {"stream": stream, "name": name, "due_at": micros(at)}
                for name, at in now.items()
                if was.get(name) != at
            ]
            had, have = words_of(stream, old), words_of(stream, held.state)
            words_off += [{"of": stream, "under": word} for word in had - have]
            words += [{"word": word, "stream": stream} for word in have - had]
        blobs = [
            {
                "digest": digest,
                "data": sealed[reading.blob_key(digest)] if secret else content,
                "sealed": int(secret),
            }
            for digest, (content, secret) in pages.blobs.items()
        ]
        requests = [
            {"key": key, "digest": digest, "result": result, "idx": index}
            for key, (digest, result, index) in pages.requests.items()
        ]
        writes = [
            (self.entry, entries),
            (self.disclosure, disclosures),
            (self.node, nodes),
            (self.state, states),
            (self.timer_off, timers_off),
            (self.timer, timers),
            (self.listing_off, words_off),
            (self.listing, words),
            (self.outbox, [{"idx": index, "what": what} for index, what in pages.outbox]),
            (self.blob, blobs),
            (self.request, requests),
            *pages.runs,
        ]
        return [(statement, rows) for statement, rows in writes if rows]


def dues_of(stream: str, state: Any) -> dict[str, datetime]:
    """Return the timers of a state by name; of two of one name, the earlier."""
    found: dict[str, datetime] = {}
    if state is not None:
        for name, at in stream_kind(stream).dues(state):
            found[name] = min(at, found.get(name, at))
    return found


def words_of(stream: str, state: Any) -> frozenset[str]:
    """Return the words that a state is listed under."""
    return frozenset(stream_kind(stream).words(state)) if state is not None else frozenset()


def check_head(head: Head, keys: Keys) -> None:
    """Raise DamagedError unless ``head`` is signed by the key in force at its size, and says what its row says."""
    at = Where("head")
    try:
        note = Note.read(head.note, at)
        signed = Checkpoint.read(note.text, at)
        right = next(key for key in reversed(keys.log_keys) if key.since <= head.size)
        ok = note.signed_by([Verifier.read(right.key, at)]) is not None
    except InputError as why:
        raise DamagedError(f"the head of {head.size} entries is damaged: {why}") from None
    if not ok or (signed.origin, signed.size, signed.root) != (keys.origin, head.size, head.root):
        raise DamagedError(f"the head of {head.size} entries is not what the log's key signed")


def check_edge(connection: Connection, size: int) -> None:
    """Raise DamagedError unless the last entries, up to two tiles of them, are those that the stored tree was made of."""
    first = max(size - 1, 0) // WIDTH * WIDTH
    first = max(first - WIDTH, 0)
    leaves = [bytes(row[0]) for row in connection.rows(reading.NODES, level=0, first=first, end=size)]
    bodies = connection.rows(reading.BODIES, first=first, end=size)
    if len(leaves) != size - first or len(bodies) != size - first:
        raise DamagedError(f"of the entries {first} to {size - 1} some are missing")
    for (index, body), leaf in zip(bodies, leaves, strict=True):
        if leaf_hash(bytes(body)) != leaf:
            raise DamagedError(f"entry {index} was changed after it was written")
    if size - first > WIDTH:
        above = connection.rows(reading.NODES, level=1, first=first // WIDTH, end=first // WIDTH + 1)
        if not above or bytes(above[0][0]) != root(leaves[:WIDTH]):
            raise DamagedError(f"the stored tree above the entries from {first} is damaged")


def _edge_nodes(size: int) -> list[tuple[int, int]]:
    """Return the nodes whose hashes are the right edge of a tree of ``size``, largest first."""
    found, low = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, low >> level))
            low += 1 << level
    return found


def _priority(asked: _Asked) -> int:
    return asked.priority


def _same(one: Head | None, other: Head | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.size, one.root) == (other.size, other.root)


def _salts() -> Callable[[], str]:
    """Return a source of salts, 144 random bits each: a multiple of 24, so that many are drawn and written at once."""
    pool: list[str] = []

    def salt() -> str:
        if not pool:
            text = to_base64url(os.urandom(_SALT_BYTES * _SALTS))
            pool.extend(text[at : at + _SALT_LETTERS] for at in range(0, len(text), _SALT_LETTERS))
        return pool.pop()

    return salt


def _not_written(why: BaseException) -> StoreError:
    if isinstance(why, StoreError):
        return why
    error = NotWrittenError(f"nothing was written: {_told(why)}")
    error.__cause__ = why
    return error


def _told(why: BaseException) -> str:
    return str(why) if isinstance(why, LastwordError) else f"{type(why).__name__}: {told(why)}".strip()
