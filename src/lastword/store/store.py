"""A store that is open: acts are submitted to it, and everything in it is read through it."""

from __future__ import annotations

import contextlib
import hmac
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import bindparam

from lastword.record.tree import consistency_proof, inclusion_proof
from lastword.store import reading
from lastword.store import schema as t
from lastword.store.anchor import Anchor
from lastword.store.clock import Clock
from lastword.store.database import Connection, Database
from lastword.store.reading import Erased, Head, ReadEntry, Told, micros
from lastword.store.refusal import (
    NotAcknowledgedError,
    NotWrittenError,
    RecordBehindAnchorError,
    StoreError,
    UnreachableError,
    told,
)
from lastword.store.standby import SignedFile
from lastword.store.vault import REQUESTS, Vault
from lastword.store.writer import USUAL, Done, Keyholder, Writer
from lastword.store.writing import Writing

T = TypeVar("T")
_PATIENCE: Final = 0.25  # seconds; from a commit to the move of the anchor it takes less than one
_DONE: Final = sa.update(t.outbox).where(t.outbox.c.id == bindparam("of")).values(done=bindparam("at"))
_COSIGN: Final = sa.insert(t.cosignature)
_UNSIGN: Final = sa.delete(t.cosignature).where(
    t.cosignature.c.size == bindparam("of"), t.cosignature.c.name == bindparam("by")
)
_KNOWN_DIGESTS: Final = sa.select(t.disclosure.c.digest).where(t.disclosure.c.sealed.is_not(None))
_KNOWN_BLOBS: Final = sa.select(t.blob.c.digest).where(t.blob.c.sealed == 1, t.blob.c.data.is_not(None))


class Store:
    """The record in its database. Made by ``Installation.open``; any number of threads may use it."""

    def __init__(
        self,
        *,
        origin: str,
        database: Database,
        vault: Vault,
        anchor: Anchor,
        keys: Keyholder,
        clock: Clock,
        practice: bool = False,
        founding: bool = False,
        signed: SignedFile | None = None,
    ) -> None:
        self.origin = origin
        self.practice = practice
        self.database = database
        self.vault = vault
        self.anchor = anchor
        self.signed = signed
        self.clock = clock
        self.read_only: StoreError | None = None
        self._secret: bytes | None = None
        self._writer = Writer(
            origin=origin,
            database=database,
            vault=vault,
            anchor=anchor,
            keys=keys,
            clock=clock,
            practice=practice,
            founding=founding,
            signed=signed,
        )

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
        """Do ``work`` in its turn, and return when what it wrote is committed and anchored: see Writer.submit."""
        return self._writer.submit(
            work,
            key=key,
            digest=self._closed(digest) if key else "",
            priority=priority,
            returns=returns,
            confirms_clock=confirms_clock,
            alone=alone,
        )

    def rekey(self, keys: Keyholder) -> None:
        """Sign with other keys from now on: see Writer.rekey."""
        self._writer.rekey(keys)

    def settle(self) -> int:
        """Check the database against the anchor, as a start-up does, and return the number of entries.

        Raises StoreError; it is also kept as ``read_only``.
        """
        try:
            size = self._writer.settle()
        except StoreError as why:
            self.read_only = why
            raise
        self.read_only = None
        return size

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield one state of the database to read from: see ``_reading``."""
        with self._reading() as (session, _size):
            yield session

    @contextmanager
    def _reading(self) -> Iterator[tuple[Connection, int]]:
        """Yield one state of the database to read from and its number of entries, none of them above the anchored size.

        Raises NotAcknowledgedError if something in it is not anchored, and cannot be; UnreachableError if no database answers.
        If the database turns out to be behind the anchor, or the record to be in another one, ``read_only`` says so from then on.
        """
        until = time.monotonic() + _PATIENCE
        try:
            while True:
                least = self.anchor.read().size  # what was acknowledged before we look must be there
                with self.database.reading() as session:
                    head = reading.last_head(session)
                    size = 0 if head is None else head.size
                    while size > self.anchor.read().size and time.monotonic() < until:
                        time.sleep(0.002)
                    anchored = size <= self.anchor.read().size
                    if anchored and (size >= least or self.read_only is not None):
                        yield session, size
                        return
                if not anchored:
                    if self.read_only is not None:
                        raise NotAcknowledgedError("the newest entries are not anchored") from self.read_only
                    # Whoever wrote this may have died before the anchor was moved: then it is moved now.
                    self.settle()
                    continue
                # The record is elsewhere, or the server that answers lacks what another one had.
                with contextlib.suppress(StoreError):
                    self.settle()
                if self.read_only is None and time.monotonic() > until:
                    raise RecordBehindAnchorError(size, least - 1, size)
        except self.database.errors as why:
            raise UnreachableError(f"the database was lost: {told(why)}") from why

    def state(self, stream: str) -> Any:
        """Return the state of ``stream``, None if it has no entry."""
        with self.reading() as session:
            return reading.state(session, stream)

    def states(self, prefix: str, *, after: str = "", most: int = 100) -> tuple[tuple[str, Any], ...]:
        """Return (stream, state) of up to ``most`` streams named ``prefix...``, by name, those after the name ``after``."""
        with self.reading() as session:
            return reading.states(session, prefix, after, most)

    def listed(self, word: str, *, after: str = "", most: int = 100) -> tuple[str, ...]:
        """Return up to ``most`` streams listed under ``word`` (streams.StreamKind.words), by name, those after ``after``."""
        with self.reading() as session:
            return reading.listed(session, word, after, most)

    def text(self, stream: str, no: int, name: str) -> Any:
        """Return the value of an erasable text, Erased if it was erased, None if there never was one."""
        with self.reading() as session:
            return reading.text(session, self.vault, stream, no, name)

    def blob(self, digest: str) -> bytes | Erased | None:
        """Return what is kept under ``digest``, Erased if it was erased, None if there never was anything."""
        with self.reading() as session:
            return reading.blob(session, self.vault, digest)

    def entry(self, stream: str, no: int) -> ReadEntry | None:
        """Return entry ``no`` of ``stream``, None if there is none."""
        with self.reading() as session:
            return reading.entry_of(session, self.vault, stream, no)

    def entry_at(self, index: int) -> ReadEntry | None:
        """Return the entry at ``index`` of the log, None if there is none."""
        with self.reading() as session:
            return reading.entry_at(session, self.vault, index)

    def entries(self, stream: str, *, after: int = 0, most: int = 1000) -> tuple[ReadEntry, ...]:
        """Return up to ``most`` entries of ``stream`` after number ``after``."""
        with self.reading() as session:
            return reading.entries_of(session, self.vault, stream, after, most)

    def head(self, size: int | None = None) -> Head | None:
        """Return the newest head, or the one of exactly ``size`` entries; None if there is none."""
        with self.reading() as session:
            return reading.last_head(session) if size is None else reading.head_at(session, size)

    def cosignatures(self, size: int) -> tuple[str, ...]:
        """Return the lines by which witnesses signed the head of ``size`` entries."""
        with self.reading() as session:
            return reading.cosignatures(session, size)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the proof that the entry ``index`` is in the tree of ``size``. Raises ProofError if it cannot be."""
        with self._reading() as (session, there):
            return inclusion_proof(reading.hashes(session, min(size, there)), index, size)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of ``new`` entries continues that of ``old``. Raises ProofError if there is none."""
        with self._reading() as (session, there):
            return consistency_proof(reading.hashes(session, min(new, there)), old, new)

    def due(self, now: datetime, *, most: int = 256) -> tuple[tuple[str, str, datetime], ...]:
        """Return (stream, name, instant) of up to ``most`` timers due at ``now``, earliest first."""
        with self.reading() as session:
            return reading.due(session, now, most)

    def next_due(self) -> datetime | None:
        """Return when the next timer falls due, None if none is set."""
        with self.reading() as session:
            return reading.next_due(session)

    def told(self, *, most: int = 100) -> tuple[Told, ...]:
        """Return up to ``most`` things in the outbox that are not done yet, oldest first."""
        with self.reading() as session:
            return reading.told(session, most)

    def did(self, told: Sequence[Told]) -> None:
        """Strike what was done off the outbox."""
        at = micros(self.clock.now())
        self.submit(lambda writing: writing.run(_DONE, [{"of": one.id, "at": at} for one in told]))

    def cosigned(self, size: int, lines: Sequence[tuple[str, str]]) -> None:
        """Keep the lines (name of the witness, line) by which witnesses signed the head of ``size`` entries."""
        rows = [{"size": size, "name": name, "line": line} for name, line in dict(lines).items()]

        def keep(writing: Writing) -> None:
            writing.run(
                _UNSIGN, [{"of": size, "by": row["name"]} for row in rows]
            )  # it may have signed twice
            writing.run(_COSIGN, rows)

        self.submit(keep)

    def sweep(self) -> int:
        """Destroy keys that fit nothing, left by a crash before a commit, and return how many there were."""

        def orphans(writing: Writing) -> list[str]:
            # Within the writer's turn, so that no key is swept whose entry is just about to come.
            known = {row[0] for row in writing.session.rows(_KNOWN_DIGESTS)}
            known |= {reading.blob_key(row[0]) for row in writing.session.rows(_KNOWN_BLOBS)}
            known.add(REQUESTS)
            found = [digest for digest in self.vault.digests() if digest not in known]
            if found:
                self.vault.forget(found)
            return found

        return len(self.submit(orphans).result)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()
        self.vault.close()
        close = getattr(self.anchor, "close", None)
        if close is not None:
            close()
        if self.signed is not None:
            self.signed.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_why: object) -> None:
        self.close()

    def _closed(self, digest: str) -> str:
        """Return what is kept of the digest of an act: with it alone nobody can try which words were in the act."""
        if self._secret is None:
            try:
                self._secret = self.vault.key(REQUESTS) or self.vault.new_keys([REQUESTS])[REQUESTS]
            except Exception as why:
                raise NotWrittenError(f"nothing was written, the vault cannot be used: {told(why)}") from why
        return hmac.digest(self._secret, digest.encode(), "sha256").hex()
