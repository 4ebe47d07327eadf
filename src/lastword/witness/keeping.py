"""What a witness remembers: for each log the last head that it signed, in an SQLite file of its own.

Looking, judging and saving are one transaction that holds the write lock from its beginning, so of two requests at once
one sees what the other left. The answer is given only after the commit is on the disk: a crash before it leaves the
old head, and nobody has a signature on the new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from lastword.errors import Problem, UnreadableError, Where
from lastword.record.cosignature import WitnessSigner
from lastword.record.note import Note, Verifier
from lastword.record.witness import Outcome, Request, WitnessState, add_checkpoint

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS head (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note BLOB NOT NULL
) STRICT
"""
_NOT_BACK: Final = """
CREATE TRIGGER IF NOT EXISTS head_not_back BEFORE UPDATE ON head
WHEN NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root) OR NEW.origin <> OLD.origin
BEGIN SELECT RAISE(ABORT, 'a head never goes back'); END
"""
_NOT_AWAY: Final = """
CREATE TRIGGER IF NOT EXISTS head_not_away BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'a head is never forgotten'); END
"""
_READ: Final = "SELECT size, root FROM head WHERE origin = ?"
_SAVE: Final = """
INSERT INTO head (origin, size, root, note) VALUES (?, ?, ?, ?)
ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note
"""
_WAIT: Final = 5.0  # seconds for another request to end


class Memory:
    """The file of a witness. One object serves any number of threads, each with a connection of its own."""

    def __init__(self, file: Path) -> None:
        """Open the file, or begin it. Raises UnreadableError if it is no such file."""
        self.file = file
        try:
            connection = self._connection()
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                for statement in (_SCHEMA, _NOT_BACK, _NOT_AWAY):
                    connection.execute(statement)
            finally:
                connection.close()
        except sqlite3.Error as why:
            raise UnreadableError(
                Problem(Where(str(file)), f"is no store of a witness: {why}", "give the file it had before")
            ) from None

    def add_checkpoint(
        self,
        asked: Request,
        logs: Mapping[str, Sequence[Verifier]],
        signer: WitnessSigner,
        now: Callable[[], int],
    ) -> Outcome:
        """Judge a request and save what becomes of it, in one step. Raises sqlite3.Error if that cannot be saved.

        ``now``: seconds since 1970; asked once the lock is held, so that later signatures never name an earlier head.
        """
        origin = asked.head.origin
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            found = connection.execute(_READ, (origin,)).fetchone()
            state = WitnessState(int(found[0]), bytes(found[1])) if found is not None else None
            outcome = add_checkpoint(state, asked, logs, signer, now())
            if outcome.state is None:
                connection.execute("ROLLBACK")
                return outcome
            note = _signed_by_both(asked.note, logs[origin], outcome.body)
            connection.execute(_SAVE, (origin, outcome.state.size, outcome.state.root, note))
            connection.execute("COMMIT")
            return outcome
        finally:
            connection.close()  # what was not committed is rolled back

    def checkpoint(self, digest: str) -> bytes | None:
        """Return the last head signed of the log whose origin has this SHA-256 in hex, with both signatures."""
        connection = self._connection()
        try:
            rows = connection.execute("SELECT origin, note FROM head").fetchall()
        finally:
            connection.close()
        return next((bytes(note) for origin, note in rows if origin_digest(origin) == digest), None)

    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=_WAIT, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection


def origin_digest(origin: str) -> str:
    """Return the name by which a witness gives out a log's head: SHA-256 over the origin, in hex."""
    import hashlib

    return hashlib.sha256(origin.encode()).hexdigest()


def _signed_by_both(note: Note, keys: Sequence[Verifier], line: str) -> bytes:
    """Return the head with the log's own signatures and the witness's; those of others are left away."""
    known = {(key.name, key.hash) for key in keys}
    own = Note(note.text, tuple(one for one in note.signatures if one[:2] in known))
    return bytes(own) + line.encode()
