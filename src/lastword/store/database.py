"""One way to speak to SQLite and PostgreSQL: connections set up right, locks, and statements compiled once.

The statements are SQLAlchemy's; the writer runs them on the driver's own connection, since compiling and wrapping each
anew costs more than the database itself does.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql import ClauseElement

from lastword.errors import InputError, Problem, Where
from lastword.store.refusal import NotAcknowledgedError, SchemaError, StandbyError
from lastword.store.schema import FOREVER, REVISION

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

Params = Mapping[str, object]
Writes = Sequence[tuple[ClauseElement, Sequence[Params]]]

_LOCK: Final = 0x6C617374776F7264  # "lastword": the advisory lock of the record's writers on PostgreSQL
_VAULT_LOCK: Final = (
    _LOCK + 1
)  # the vault may lie in the same database, and is written while the other is held
_BUSY_SECONDS: Final = 30
_WEAK: Final = ("off", "local", "remote_write")
_ABOUT_SERVER: Final = sa.text(
    "SELECT current_setting('synchronous_commit'), pg_is_in_recovery(), "
    "CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END"
)
_FOLLOWED: Final = (
    "SELECT current_setting('synchronous_standby_names') <> '' OR current_setting('archive_mode') <> 'off' "
    "OR EXISTS (SELECT FROM pg_stat_get_wal_senders()) OR EXISTS (SELECT FROM pg_get_replication_slots())"
)
_TEXTS: Final = 1000
_PART: Final = 200_000  # bytes in one exchange
MIGRATIONS: Final = Path(__file__).parent / "migrations"


class Session(Protocol):
    """A connection in a transaction. ``dialect``: ``sqlite`` or ``postgresql``."""

    @property
    def dialect(self) -> str:
        """Return which database it is."""

    def rows(self, statement: ClauseElement, **params: object) -> list[tuple[Any, ...]]:
        """Return all rows that ``statement`` finds."""

    def row(self, statement: ClauseElement, **params: object) -> tuple[Any, ...] | None:
        """Return its first row."""

    def each(self, statement: ClauseElement, places: Sequence[Params]) -> list[list[tuple[Any, ...]]]:
        """Return the rows that ``statement`` finds for each of ``places``."""

    def run(self, statement: ClauseElement, rows: Sequence[Params]) -> None:
        """Run ``statement`` once for each of ``rows``."""


class Connection:
    """A driver's connection, and the statements compiled for it."""

    def __init__(self, database: Database, raw: DBAPIConnection) -> None:
        self._database = database
        self.raw = raw
        self._cursor = raw.cursor()

    def rows(self, statement: ClauseElement, **params: object) -> list[tuple[Any, ...]]:
        """Return all rows that ``statement`` finds."""
        text, fixed = self._database.text(statement)
        self._cursor.execute(text, {**fixed, **params})
        return cast(list[tuple[Any, ...]], self._cursor.fetchall())

    def row(self, statement: ClauseElement, **params: object) -> tuple[Any, ...] | None:
        """Return its first row."""
        text, fixed = self._database.text(statement)
        self._cursor.execute(text, {**fixed, **params})
        return cast("tuple[Any, ...] | None", self._cursor.fetchone())

    def each(self, statement: ClauseElement, places: Sequence[Params]) -> list[list[tuple[Any, ...]]]:
        """Return the rows that ``statement`` finds for each of ``places``, in one exchange with a server."""
        if self.dialect == "sqlite" or len(places) < 2:
            return [self.rows(statement, **place) for place in places]
        text, fixed = self._database.text(statement)
        cursor = cast(Any, self._cursor)
        cursor.executemany(text, [{**fixed, **place} for place in places], returning=True)
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        return found

    def run(self, statement: ClauseElement, rows: Sequence[Params]) -> None:
        """Run ``statement`` once for each of ``rows``."""
        text, fixed = self._database.text(statement)
        self.run_text(text, [{**fixed, **row} for row in rows] if fixed else rows)

    def run_text(self, text: str, rows: Sequence[Params]) -> None:
        """Run what ``Database.text`` made of a statement once for each of ``rows``."""
        if len(rows) == 1:
            self._cursor.execute(text, rows[0])
        elif rows:
            self._cursor.executemany(text, rows)

    def say(self, text: str) -> None:
        """Run a statement without parameters or rows."""
        self._cursor.execute(text)

    def last_of(self, texts: str) -> tuple[Any, ...]:
        """Run statements without parameters in one exchange with PostgreSQL, and return the row that the last one finds."""
        cursor = cast(Any, self._cursor)
        cursor.execute(texts)
        while cursor.nextset():
            pass
        return cast(tuple[Any, ...], cursor.fetchone())

    @property
    def dialect(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return self._database.engine.dialect.name


class Database:
    """A database: an engine for SQLAlchemy's own ways, and the writer's quick one. Made by ``database_at``.

    ``timeline``: of the server, as of the writer's connection. A standby that is promoted begins another one. "" if the
    database is never followed by another one. ``followed``: whether one follows, or may, as of the writer's turn.
    """

    timeline = ""
    followed = False

    def __init__(self, url: URL, lock: Path, turn: int = _LOCK) -> None:
        self.url = url
        self._lock_path = lock
        self._turn = turn
        self._lock_file = -1
        self._threads = Lock()
        self._texts: dict[int, tuple[ClauseElement, str, Params]] = {}
        self._writer: Connection | None = None
        self.engine = self._engine()
        self.errors: type[Exception] = self.engine.dialect.loaded_dbapi.Error

    def _engine(self) -> sa.Engine:
        raise NotImplementedError

    def text(self, statement: ClauseElement) -> tuple[str, Params]:
        """Return the SQL of ``statement`` for this database, with named parameters, and those whose values it has itself."""
        had = self._texts.get(id(statement))
        if had is None:
            if len(self._texts) >= _TEXTS:
                self._texts.clear()  # somebody makes statements anew each time
            compiled = statement.compile(dialect=self.engine.dialect)
            fixed = {name: value for name, value in compiled.params.items() if value is not None}
            # The statement is kept beside its text, so that its id is not given to another one.
            had = statement, str(compiled), fixed
            self._texts[id(statement)] = had
        return had[1:]

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection that alone may write until the block is left, committed or not.

        Among the processes of a machine a lock on a file takes turns more fairly than a database does; among machines
        the database's own lock does it.
        """
        with self._threads:
            if self._lock_file < 0:
                self._lock_file = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock_file, fcntl.LOCK_EX)
            try:
                connection = self._begin()
                try:
                    yield connection
                except BaseException:
                    self._drop()
                    raise
                if self._writer is not None:
                    self._end(self._writer)
            finally:
                fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def _begin(self) -> Connection:
        raise NotImplementedError

    def _end(self, connection: Connection) -> None:
        """Leave no transaction open: what was not committed is undone."""
        raise NotImplementedError

    def again(self) -> Connection:
        """Return a fresh connection in the place of the writer's, within its turn: after an error, to see what became."""
        self._drop()
        return self._begin()

    def _drop(self) -> None:
        """Close the writer's connection: after an error nobody knows what state it is in."""
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                writer.raw.close()
            except Exception:  # a lost connection may refuse to be closed; it is gone either way
                return

    def write(self, connection: Connection, writes: Writes) -> None:
        """Run all of ``writes``."""
        for statement, rows in writes:
            connection.run(statement, rows)

    def pour(self, connection: Connection, writes: Writes) -> None:
        """Run all of ``writes``, however much that is."""
        self.write(connection, writes)

    def commit(self, connection: Connection) -> None:
        """Make what was written last, also through a loss of power."""
        raise NotImplementedError

    def finish(self, connection: Connection, writes: Writes) -> None:
        """Write and commit."""
        self.write(connection, writes)
        self.commit(connection)

    def turn_again(self, connection: Connection) -> None:
        """Begin another transaction of the writer's turn, after a commit within it."""
        raise NotImplementedError

    def reach_standbys(self) -> None:
        """Return when all that was committed has reached the standbys that the database waits for, if there are any."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database, whatever is written meanwhile."""
        raise NotImplementedError

    def scrub(self, *tables: str) -> None:
        """Leave nothing of deleted rows of ``tables`` in the files of the database, as far as that can be done from here."""
        raise NotImplementedError

    def close(self) -> None:
        """Close all connections."""
        self._drop()
        self.engine.dispose()
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1

    def revision(self) -> str:
        """Return by which migration the tables were made, "" if there are none."""
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return ""
            found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return str(found or "")

    def check_schema(self) -> None:
        """Raise SchemaError unless the tables are those of this program."""
        found = self.revision()
        if found != REVISION:
            self.check_upgradable()
            raise SchemaError(
                f"the tables are of version {found}, and this program knows {REVISION}; run `lastword store upgrade`"
            )

    def check_upgradable(self) -> str:
        """Return of which version the tables are. Raises SchemaError if this program never had such ones."""
        found = self.revision()
        if not found:
            raise SchemaError("the database holds no record; make one with `lastword store init`")
        if found not in _versions():
            raise SchemaError(
                f"the tables are of version {found}, which this program does not know, its newest is {REVISION}: they were made "
                "by a newer program; install that one (`lastword store upgrade` does not go back)"
            )
        return found

    def upgrade(self) -> None:
        """Make or renew the tables, all in one transaction."""
        from alembic import command  # 0.6 s, and needed once

        config = _alembic()
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


class SQLite(Database):
    """A file on this machine. One process writes at a time; many read beside it (write-ahead log)."""

    def _engine(self) -> sa.Engine:
        engine = sa.create_engine(
            self.url,
            connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS},
            hide_parameters=True,  # an error of one act is told to others of its turn
            paramstyle="named",
            max_overflow=-1,
        )

        @sa.event.listens_for(engine, "connect")
        def _set_up(raw: Any, _record: object) -> None:
            raw.isolation_level = None  # transactions begin where we say so
            cursor = raw.cursor()
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",  # a commit outlasts a loss of power
                "foreign_keys=ON",
                "secure_delete=ON",  # erased text is overwritten
                "wal_autocheckpoint=4000",  # pages; an act changes few and mostly the same ones
                "trusted_schema=OFF",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN")

        return engine

    def _begin(self) -> Connection:
        if self._writer is None:
            # Detached, so that a connection in an unknown state never goes back to the pool.
            fresh = self.engine.raw_connection()
            fresh.detach()
            self._writer = Connection(self, cast(DBAPIConnection, fresh))
        self.turn_again(self._writer)
        return self._writer

    def turn_again(self, connection: Connection) -> None:
        """Begin another transaction of the writer's turn, after a commit within it."""
        connection.say("BEGIN IMMEDIATE")

    def _end(self, connection: Connection) -> None:
        if connection.raw.in_transaction:
            connection.say("ROLLBACK")

    def commit(self, connection: Connection) -> None:
        """Make what was written last, also through a loss of power."""
        connection.say("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database, whatever is written meanwhile."""
        raw = self.engine.raw_connection()
        try:
            connection = Connection(self, cast(DBAPIConnection, raw))
            connection.say("BEGIN")
            try:
                yield connection
            finally:
                connection.say("ROLLBACK")
        finally:
            raw.close()

    def scrub(self, *tables: str) -> None:
        """Empty the write-ahead log; the file itself is overwritten by secure_delete."""
        raw = self.engine.raw_connection()
        try:
            Connection(self, cast(DBAPIConnection, raw)).say("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()


class PostgreSQL(Database):
    """PostgreSQL 15 or newer, by psycopg. Many machines may write; an advisory lock makes them take turns."""

    def __init__(self, url: URL, lock: Path, turn: int = _LOCK) -> None:
        super().__init__(url, lock, turn)
        self._warned = False

    def _engine(self) -> sa.Engine:
        return sa.create_engine(self.url, max_overflow=20, hide_parameters=True)

    def _begin(self) -> Connection:
        if self._writer is not None:
            try:
                self.turn_again(self._writer)
                return self._writer
            except self.errors:
                self._drop()  # lost since the last turn; nothing was done in this one
        self._writer = self._connected()
        self.turn_again(self._writer)
        return self._writer

    def _connected(self) -> Connection:
        fresh = self.engine.raw_connection()
        raw = cast(Any, fresh.driver_connection)
        fresh.detach()
        try:
            connection = Connection(self, raw)
            self._meet(connection)
        except BaseException:
            raw.close()
            raise
        return connection

    def turn_again(self, connection: Connection) -> None:
        """Begin another transaction of the writer's turn, after a commit within it."""
        # Each later statement sees what was committed before it began, so also what the last holder of the lock wrote.
        asked = f"BEGIN; SELECT pg_advisory_xact_lock({self._turn}); {_FOLLOWED}"
        self.followed = bool(connection.last_of(asked)[0])

    def _meet(self, connection: Connection) -> None:
        """See what server it is, and that its commits last. Raises StandbyError."""
        durable, follows, timeline = cast(tuple[str, bool, str], connection.row(_ABOUT_SERVER))
        if follows:
            raise StandbyError(
                "the database server is a standby, which follows another one; write to that one, or promote this one"
            )
        self.timeline = timeline
        raw = cast(Any, connection.raw)
        if durable in _WEAK:
            # Set for a user or a database, it would let a commit return that a loss of power, or of the server, undoes.
            connection.say("SET synchronous_commit = on")
        raw.commit()
        raw.autocommit = True  # so that a transaction's BEGIN costs no exchange of its own
        raw.add_notice_handler(self._noticed)

    def _noticed(self, notice: Any) -> None:
        self._warned = self._warned or notice.severity_nonlocalized == "WARNING"

    def _end(self, connection: Connection) -> None:
        connection.raw.rollback()

    def commit(self, connection: Connection) -> None:
        """Make what was written last, also through a loss of power."""
        self._warned = False
        connection.raw.commit()
        self._check_reached()

    def _check_reached(self) -> None:
        # Somebody, or a timeout, broke off the waiting: the server then says COMMIT, with a warning and nothing else.
        if self._warned:
            raise NotAcknowledgedError(
                "the database did not wait for its standby, so the act could be lost with it; it counts once the standby has it: "
                "ask again with the same key"
            )

    def reach_standbys(self) -> None:
        """Return when all that was committed has reached the standbys that the database waits for, if there are any."""
        with self.engine.connect() as connection:
            raw = cast(Any, connection.connection.driver_connection)
            raw.add_notice_handler(self._noticed)
            self._warned = False
            try:
                # A transaction that writes something waits until the standbys have all that was written before.
                connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
                connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'lastword', '')")
                connection.commit()
            finally:
                raw.remove_notice_handler(self._noticed)
        self._check_reached()

    def finish(self, connection: Connection, writes: Writes) -> None:
        """Write and commit, in as few exchanges with the server as may be."""
        *first, last = _parts(writes)
        for part in first:
            self._exchange(connection, part, commit=False)
        self._exchange(connection, last, commit=True)

    def pour(self, connection: Connection, writes: Writes) -> None:
        """Run all of ``writes``, however much that is."""
        for part in _parts(writes):
            self._exchange(connection, part, commit=False)

    def _exchange(self, connection: Connection, part: Writes, *, commit: bool) -> None:
        large = sum(_bytes(row) for _statement, rows in part for row in rows) > _PART
        # psycopg's pipeline hangs on parameters of some megabytes, so these go one by one.
        with nullcontext() if large else cast(Any, connection.raw).pipeline():
            self.write(connection, part)
            if commit:
                self.commit(connection)
        if commit:
            self._check_reached()  # in a pipeline the answers come with its end

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database, whatever is written meanwhile."""
        from psycopg import IsolationLevel

        fresh = self.engine.raw_connection()
        try:
            raw = cast(Any, fresh.driver_connection)
            try:
                raw.isolation_level, raw.read_only = IsolationLevel.REPEATABLE_READ, True
                yield Connection(self, raw)
            finally:
                if raw.closed:
                    self.engine.dispose()  # the server is gone, and so are all connections to it
                else:
                    raw.rollback()
                    raw.isolation_level, raw.read_only = None, None
        finally:
            fresh.close()

    def scrub(self, *tables: str) -> None:
        """Write the tables anew. What was deleted may stand in the server's own log until that is recycled."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in tables:
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")


def database_at(address: str, folder: Path, lock: Path, *, vault: bool = False) -> Database:
    """Return the database at ``address``: the name of a file in ``folder``, or a ``postgresql://`` address.

    ``lock``: the file by which the writers of this machine take turns. Raises InputError for what is no address.
    """
    turn = _VAULT_LOCK if vault else _LOCK
    if "://" not in address:
        if not address or Path(address).name != address:
            raise _refused(address, "name a file in the store's folder, e.g. record.db")
        return SQLite(URL.create("sqlite", database=str(folder.resolve() / address)), lock, turn)
    try:
        url = make_url(address)
    except ArgumentError:
        raise _refused(address, "write postgresql://USER@HOST/NAME") from None
    if url.get_backend_name() != "postgresql":
        raise _refused(address, "write the name of a file, or postgresql://USER@HOST/NAME")
    return PostgreSQL(url.set(drivername="postgresql+psycopg"), lock, turn)


def _versions() -> set[str]:
    """Return the versions of the tables that the migrations lead through."""
    from alembic.script import ScriptDirectory

    return {one.revision for one in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _alembic() -> AlembicConfig:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def forever(dialect: str) -> tuple[str, ...]:
    """Return the statements that make the rows of FOREVER unchangeable."""
    if dialect == "sqlite":
        # INSERT OR REPLACE deletes the row that is in its way without firing a trigger on DELETE.
        same = {
            "entry": "idx = NEW.idx OR (stream = NEW.stream AND no = NEW.no)",
            "node": "level = NEW.level AND n = NEW.n",
            "head": "size = NEW.size",
        }
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {when}"
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} stay as they are'); END"
            for table in FOREVER
            for verb, when in (
                ("UPDATE", ""),
                ("DELETE", ""),
                ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same[table]}) "),
            )
        )
    refuse = (
        "CREATE FUNCTION lastword_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of % stay as they are', TG_TABLE_NAME; END $$"
    )
    return (
        refuse,
        *(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION lastword_refuse()"
            for table in FOREVER
        ),
    )


def _parts(writes: Writes) -> list[list[tuple[ClauseElement, list[Params]]]]:
    """Return ``writes`` in parts of up to _PART bytes each; a row that is larger makes a part alone."""
    parts: list[list[tuple[ClauseElement, list[Params]]]] = [[]]
    left = _PART
    for statement, rows in writes:
        for row in rows:
            size = _bytes(row)
            if size > left:
                parts.append([])
                left = _PART
            left -= size
            part = parts[-1]
            if not part or part[-1][0] is not statement:
                part.append((statement, []))
            part[-1][1].append(row)
    return parts


def _bytes(row: Params) -> int:
    return sum(len(value) for value in row.values() if isinstance(value, (bytes, str)))


def _refused(address: str, mend: str) -> InputError:
    return InputError(Problem(Where("database"), f"`{address}` is no database", mend))
