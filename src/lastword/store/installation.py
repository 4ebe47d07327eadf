"""An installation: a folder with ``store.toml``, which says where the database is, and where what no backup of it holds.

The *private* folder lies outside the folder that is backed up: the two private keys, the vault with the keys of
erasable texts, and the anchor. Whoever puts back an old database then finds the anchor ahead of it, and whoever puts
back an old text finds its key gone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from lastword.cases.acts import RosterChange
from lastword.cases.appointing import constitution_problems, judged
from lastword.cases.case import TextAt
from lastword.cases.constitution import Constitution
from lastword.cases.roster import NameAt, Roster
from lastword.cases.rosterevents import apply_roster
from lastword.cases.world import Written
from lastword.errors import InputError, Problem, Where
from lastword.record.checkpoint import is_origin
from lastword.record.entry import EntrySigner
from lastword.record.logevents import KEYS, Continued, EntryKey, Genesis
from lastword.record.note import Signer
from lastword.store.anchor import AnchorFile
from lastword.store.clock import JUMP, Clock, FixedClock, SystemClock
from lastword.store.database import Database, SQLite, database_at
from lastword.store.moving import finish_move
from lastword.store.redaction import apply_again, lists_of
from lastword.store.refusal import StoreError, UnreachableError, told
from lastword.store.rotation import finish_rotation, read_keys, written_entry_key
from lastword.store.standby import SIGNED, SignedFile
from lastword.store.store import Store
from lastword.store.vault import Vault
from lastword.store.writer import HeadSigner, Keyholder
from lastword.store.writing import Writing

CONFIGURATION: Final = "store.toml"
LOG_KEY: Final = "log.key"
ENTRY_KEY: Final = "entry.key"
ANCHOR: Final = "anchor"
VAULT: Final = "vault.db"
_ENTRY_KEY_MARK: Final = "LASTWORD+ENTRY+KEY+"
_LONGEST_ORIGIN: Final = 200
_NAMES: Final = {"origin", "database", "private", "vault", "practice", "policy"}


@dataclass(frozen=True, slots=True)
class Installation:
    """What ``store.toml`` says. ``database``: the name of a file beside it, or a ``postgresql://`` address.

    ``private``: the private folder. ``vault``: the address of the vault, ``vault.db`` in the private folder if empty.
    ``practice``: a record to practise with, whose clock is set by hand. ``policy``: a file in the folder that says whose
    signatures a head needs to be final, and at which addresses these witnesses are (record.policy).
    """

    folder: Path
    origin: str
    database: str
    private: Path
    vault: str = ""
    practice: bool = False
    policy: str = ""

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        origin: str,
        constitution: Constitution,
        roster_changes: Sequence[RosterChange],
        now: datetime,
        database: str = "record.db",
        private: Path | None = None,
        vault: str = "",
        practice: bool = False,
        continues: Continued | None = None,
        go_on: Callable[[Store], None] | None = None,
    ) -> Installation:
        """Found a record: keys, tables, entry 0 with the constitution, entry 1 with the roster, and the anchor.

        ``now``: the time of the first entries. ``continues`` and ``go_on``: the record that it goes on from, and what writes
        what was in it, roster included, after entry 0. Raises InputError if there is one already, or if the constitution could
        never be carried out with this roster, and StoreError; then nothing is left of it.
        """
        _check_origin(origin)
        made = cls(
            folder.resolve(),
            origin,
            database,
            (private or private_folder(origin)).expanduser().resolve(),
            vault,
            practice,
        )
        if go_on is None:
            _check_foundation(constitution, roster_changes, now)
        made._check_vacant()
        with ExitStack() as undo:
            _new_folder(made.folder, undo)
            _new_folder(made.private, undo)
            log = Signer.new(origin, os.urandom(32), Where("origin"))
            entry = EntrySigner.of(os.urandom(32))
            _new_file(made.private / LOG_KEY, log.private_line() + "\n", undo)
            _new_file(made.private / ENTRY_KEY, written_entry_key(entry), undo)
            undo.callback((made.private / ANCHOR).unlink, missing_ok=True)
            AnchorFile.create(made.private / ANCHOR, origin).close()
            made._found(log, entry, constitution, roster_changes, now, undo, continues, go_on)
            # Without this file the folder is no installation, so it comes last.
            _new_file(made.folder / CONFIGURATION, made._toml(), undo)
            _sync(made.folder)
            _sync(made.private)
            undo.pop_all()
        return made

    @classmethod
    def read(cls, folder: Path) -> Installation:
        """Return the installation in ``folder``. Raises InputError."""
        path = folder / CONFIGURATION
        at = Where(str(path))
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError:
            raise InputError(
                Problem(at, "there is no store in this folder", "make one with `lastword store init`")
            ) from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
            raise InputError(Problem(at, f"cannot be read: {why}", "write it as TOML")) from None
        problems = [
            Problem(at, f"`{name}` is not known here", f"known are {', '.join(sorted(_NAMES))}")
            for name in sorted(found.keys() - _NAMES)
        ]
        problems += [
            Problem(at, f"`{name}` is missing or no text", f'write {name} = "..."')
            for name in ("origin", "database", "private")
            if not isinstance(found.get(name), str) or not found[name]
        ]
        if not isinstance(found.get("vault", ""), str):
            problems.append(Problem(at, "`vault` is no text", "write the address of a database"))
        if not isinstance(found.get("practice", False), bool):
            problems.append(Problem(at, "`practice` is neither true nor false", "write practice = false"))
        policy = found.get("policy", "")
        if not isinstance(policy, str) or Path(policy).name != policy:
            problems.append(Problem(at, "`policy` names no file beside it", 'write policy = "policy.txt"'))
        if problems:
            raise InputError(problems)
        private = Path(found["private"]).expanduser()
        return cls(
            folder.resolve(),
            found["origin"],
            found["database"],
            (folder / private).resolve(),
            found.get("vault", ""),
            found.get("practice", False),
            policy,
        )

    @classmethod
    def open(cls, folder: Path, *, clock: Clock | None = None) -> Store:
        """Open the store in ``folder``, and check it: its head, the right edge of its tree, the anchor, the private keys.

        If it fails a check it can still be read; ``read_only`` then says why, and every act raises it. ``clock``: for a
        practice record, or a test. Raises InputError, and StoreError if it cannot even be read.
        """
        return cls.read(folder).store(clock=clock)

    def store(self, *, clock: Clock | None = None) -> Store:
        """Return the store, open and checked: see ``open``."""
        if isinstance(clock, FixedClock) and not self.practice:
            raise InputError(
                Problem(
                    Where("clock"), "only a practice record takes a time set by hand", "leave the time out"
                )
            )
        made = finish_move(self)
        database = made.open_database()
        try:
            return made._opened(database, clock or SystemClock())
        except (sa.exc.DBAPIError, database.errors) as why:
            raise UnreachableError(f"the database cannot be opened: {told(why)}") from why

    def _opened(self, database: Database, clock: Clock) -> Store:
        with ExitStack() as undo:
            undo.callback(database.close)
            database.check_schema()
            anchor = AnchorFile(self.private / ANCHOR)
            undo.callback(anchor.close)
            signed = None if isinstance(database, SQLite) else SignedFile(self.private / SIGNED)
            if signed is not None:
                undo.callback(signed.close)
            certain = signed is None or _is_certain(signed, anchor)
            finish_rotation(self.private, database, certain=certain)
            log, entry = self.keys()
            vault = self.open_vault()
            undo.callback(vault.close)
            apply_again(database, vault, lists_of(self.folder, self.private))
            store = Store(
                origin=self.origin,
                database=database,
                vault=vault,
                anchor=anchor,
                keys=Keyholder(HeadSigner(log), entry),
                clock=clock,
                practice=self.practice,
                signed=signed,
            )
            try:
                if not certain:
                    with suppress(StoreError):
                        store.settle()
                    # What was still to be written may have been the entry that names another key.
                    finish_rotation(self.private, database, certain=False)
                    log, entry = self.keys()
                    store.rekey(Keyholder(HeadSigner(log), entry))
                store.settle()
            except StoreError as why:
                store.read_only = why  # reading goes on, and every act will say the same
            undo.pop_all()
        return store

    def keys(self) -> tuple[Signer, EntrySigner]:
        """Return the private keys of heads and of entries. Raises InputError."""
        return read_keys(self.private)

    def open_database(self) -> Database:
        """Return the database, not looked at yet."""
        return database_at(self.database, self.folder, self.private / "writer.lock")

    def open_vault(self) -> Vault:
        """Return the vault."""
        return Vault(database_at(self.vault or VAULT, self.private, self.private / "vault.lock", vault=True))

    def _check_vacant(self) -> None:
        database = self.open_database()
        beside = (self.folder / self.database,) if isinstance(database, SQLite) else ()
        for path in (
            *beside,
            self.folder / CONFIGURATION,
            self.private / LOG_KEY,
            self.private / ENTRY_KEY,
            self.private / ANCHOR,
            self.private / VAULT,
        ):
            if path.exists():
                raise InputError(
                    Problem(
                        Where(str(path)),
                        "is there already",
                        "name other folders, or open the store that is there",
                    )
                )
        if self.private == self.folder or self.folder in self.private.parents:
            raise InputError(
                Problem(
                    Where("private"),
                    "lies within the store's folder, so that a backup of the one holds the other",
                    "name a folder elsewhere",
                )
            )
        if not isinstance(database, SQLite):
            with database.engine.connect() as connection:
                if sa.inspect(connection).get_table_names():
                    raise InputError(
                        Problem(Where("database"), "has tables already", "name a database that is empty")
                    )
        database.close()

    def _found(
        self,
        log: Signer,
        entry: EntrySigner,
        constitution: Constitution,
        roster_changes: Sequence[RosterChange],
        now: datetime,
        undo: ExitStack,
        continues: Continued | None,
        go_on: Callable[[Store], None] | None,
    ) -> None:
        """Make the tables and the first two entries, or those of the record that it goes on from."""
        database = self.open_database()
        undo.callback(self._unfound, database)
        database.upgrade()
        vault = self.open_vault()
        undo.callback(vault.close)
        for suffix in ("", "-wal", "-shm"):
            undo.callback((self.private / f"{VAULT}{suffix}").unlink, missing_ok=True)
        vault.create()
        anchor = AnchorFile(self.private / ANCHOR)
        undo.callback(anchor.close)
        store = Store(
            origin=self.origin,
            database=database,
            vault=vault,
            anchor=anchor,
            keys=Keyholder(HeadSigner(log), entry),
            clock=_Founding(now),
            practice=self.practice,
            founding=True,
        )
        key = EntryKey(entry.kid, base64.b64encode(entry.public).decode())
        genesis = Genesis(self.origin, str(log.verifier), key, constitution, self.practice, continues)

        def found(writing: Writing) -> None:
            writing.append(Written(KEYS, genesis, audience="public"))
            if go_on is not None:
                return
            names = {
                change.person.id: NameAt("roster", TextAt(1, f"name.{change.person.id}"))
                for change in roster_changes
                if change.person is not None and change.name
            }
            texts = {
                f"name.{change.person.id}": change.name
                for change in roster_changes
                if change.person is not None and change.name
            }
            event = judged(
                roster_changes, Roster(), constitution, writing.now, by=(), names=names, founding=True
            )
            writing.append(Written("roster", event, texts, "file"))

        try:
            store.submit(found)
            if go_on is not None:
                go_on(store)
        finally:
            store.close()

    def _unfound(self, database: Database) -> None:
        """Take away the tables of a foundation that failed."""
        if isinstance(database, SQLite):
            database.close()
            for suffix in ("", "-wal", "-shm"):
                (self.folder / f"{self.database}{suffix}").unlink(missing_ok=True)
            return
        with database.engine.begin() as connection:
            for table in sa.inspect(connection).get_table_names():
                connection.exec_driver_sql(f'DROP TABLE "{table}" CASCADE')
            connection.exec_driver_sql("DROP FUNCTION IF EXISTS lastword_refuse")
        database.close()

    def _toml(self) -> str:
        # A text in JSON is one in TOML too, but for DEL, which an address or a folder has not.
        lines = [
            f"origin = {json.dumps(self.origin, ensure_ascii=False)}",
            f"database = {json.dumps(self.database, ensure_ascii=False)}",
            f"private = {json.dumps(str(self.private), ensure_ascii=False)}",
        ]
        if self.vault:
            lines.append(f"vault = {json.dumps(self.vault, ensure_ascii=False)}")
        if self.practice:
            lines.append("practice = true")
        if self.policy:
            lines.append(f"policy = {json.dumps(self.policy, ensure_ascii=False)}")
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _Founding:
    """The clock of a foundation: the time it was given."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def run(self) -> tuple[str, float]:
        machine = SystemClock()
        # A time that is not the machine's says nothing about how far its clocks should have come later.
        return machine.run() if abs(machine.now() - self.at) <= JUMP else ("founding", 0.0)


def _is_certain(signed: SignedFile, anchor: AnchorFile) -> bool:
    """Say whether nothing that was signed is still to be written."""
    try:
        return signed.pending(anchor.read().size) is None
    except StoreError:
        return False


def private_folder(origin: str) -> Path:
    """Return where the private folder of ``origin`` is if nothing else is said: among the user's own state."""
    import platformdirs

    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", origin)[:60]
    return (
        Path(platformdirs.user_state_dir("lastword"))
        / f"{plain}-{hashlib.sha256(origin.encode()).hexdigest()[:8]}"
    )


def _check_origin(origin: str) -> None:
    if not is_origin(origin) or len(origin.encode()) > _LONGEST_ORIGIN or origin != origin.strip():
        raise InputError(
            Problem(
                Where("origin"),
                f"`{origin[:60]}` can be no name of a record",
                f"write up to {_LONGEST_ORIGIN} characters in one line, e.g. clearance.example.org/2026",
            )
        )


def _check_foundation(constitution: Constitution, changes: Sequence[RosterChange], now: datetime) -> None:
    if now.tzinfo is None:
        raise InputError(Problem(Where("now"), "has no time zone", "give it in UTC"))
    event = judged(changes, Roster(), constitution, now, by=(), founding=True)
    roster = apply_roster(None, event)
    problems = [
        Problem(Where("constitution"), what, "mend the constitution or the roster")
        for what in constitution_problems(constitution, roster, now.date())
    ]
    if problems:
        raise InputError(problems)


def _new_folder(path: Path, undo: ExitStack) -> None:
    if path.exists():
        return
    made = path
    while not made.parent.exists():
        made = made.parent
    path.mkdir(parents=True, mode=0o700)
    undo.callback(shutil.rmtree, made, ignore_errors=True)


def _new_file(path: Path, text: str, undo: ExitStack) -> None:
    """Write a file that nobody else may read, to the disk. Raises FileExistsError."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    undo.callback(path.unlink, missing_ok=True)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    """See that the folder's list of files is on the disk."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
