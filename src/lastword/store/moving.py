"""Moving a record to another database, e.g. from SQLite to PostgreSQL or back: the same log, byte for byte.

The steps, each safe because of those before it:

1. Note in a file beside ``store.toml`` where the record is moved to.
2. Copy all tables in one transaction of the new database, while nobody can write to the old one, and read them back. The
   copy is fenced as it is committed: a crash leaves it unusable, and asking again makes it anew.
3. Fence the old database. With this commit the record has moved.
4. Take the fence of the new database down, name it in ``store.toml``, and take the note away. Whoever opens the record
   after a crash within this step finishes it.

Keys, vault and anchor stay where they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from lastword.errors import InputError, Problem, Where
from lastword.store import reading
from lastword.store import schema as t
from lastword.store.database import database_at
from lastword.store.fence import clean, fenced_with, put_fence, take_fence
from lastword.store.refusal import (
    DamagedError,
    MovedError,
    NotWrittenError,
    RecordBehindAnchorError,
    UnreachableError,
    told,
)
from lastword.store.scrub import hashes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lastword.store.database import Connection, Database
    from lastword.store.installation import Installation

NOTE: Final = "store.toml.moving"
"""The file beside ``store.toml`` that names where the record is being moved to."""
_TABLES: Final = tuple(t.metadata.sorted_tables)
_STEP: Final = 2000  # rows that are read at once
_SQLITE: Final = b"SQLite format 3\0"
_HEADS: Final = sa.select(sa.func.count()).select_from(t.head)
_WAITS: Final = "a move of the record to this database has not ended"
_MOVED: Final = "the record was moved to "
_LOCK: Final = "writer-new.lock"


@dataclass(frozen=True, slots=True)
class Move:
    """Where a record was moved to, without a password, and how many entries and heads it has."""

    database: str
    entries: int
    heads: int


@dataclass(frozen=True, slots=True)
class Used:
    """Which database is used from now on, without a password; ``behind``: what it lacks, None if nothing."""

    database: str
    entries: int
    behind: RecordBehindAnchorError | None = None


def move(made: Installation, address: str) -> Move:
    """Move the record to the empty database at ``address``, and return what was moved.

    Raises InputError if there is something else in it, StoreError if the record is not as it should be, or is not here.
    """
    made = finish_move(made)
    _check_target(made, address)
    with made.store() as store:
        if store.read_only is not None:
            raise store.read_only
    old, new = made.open_database(), database_at(address, made.folder, made.private / _LOCK)
    try:
        with _reached(old, made.database), _reached(new, address):
            _prepare(new, made.origin)
            _write(made.folder / NOTE, json.dumps({"from": made.database, "to": address}) + "\n")
            with old.writing() as source:  # from here on nobody writes to it
                fenced = fenced_with(source)
                if fenced:
                    raise MovedError(fenced)
                with new.writing() as target:
                    _copy(source, target, new)
                    _check(source, target)
                    put_fence(target, _waits(made.origin))
                    new.commit(target)
                head = reading.last_head(source)
                heads = source.row(_HEADS)
                put_fence(source, f"{_MOVED}{shown(address)}; `lastword store use` names it here")
                old.commit(source)
        finish_move(made)
        assert head is not None
        return Move(shown(address), head.size, 0 if heads is None else heads[0])
    finally:
        old.close()
        new.close()
        (made.private / _LOCK).unlink(missing_ok=True)


def finish_move(made: Installation) -> Installation:
    """Finish a move that was broken off after the old database was fenced; return the installation as it is now."""
    path = made.folder / NOTE
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        before, address = str(said["from"]), str(said["to"])
    except FileNotFoundError:
        return made
    except (OSError, ValueError, KeyError, TypeError):
        return made  # it was not written whole, so nothing was copied yet
    if made.database == before:
        with _opened(made, before) as old, old.reading() as session:
            if not fenced_with(session).startswith(_MOVED):
                return made  # it goes on, or was broken off before anything moved
        with _opened(made, address) as new, new.writing() as connection:
            if fenced_with(connection).startswith(_WAITS):
                take_fence(connection)
                new.commit(connection)
        made = replace(made, database=address)
        write_toml(made)
    if made.database == address:
        path.unlink(missing_ok=True)
    return made


def use(made: Installation, address: str, *, behind: bool = False) -> Used:
    """Name another database that holds the record in ``store.toml``: a standby that was promoted, or one put back.

    ``behind``: also if it lacks entries that were acknowledged; it is then read-only until they are recovered. Raises
    InputError, and StoreError if it is not this record, or goes on otherwise than the anchor says.
    """
    made = finish_move(made)
    other = replace(made, database=address)
    lacks = None
    with other.store() as store:
        why = store.read_only
        if isinstance(why, RecordBehindAnchorError) and why.first <= why.last:
            if not behind:
                raise why
            lacks = why
        elif why is not None:
            raise why
        with store.database.reading() as session:
            head = reading.last_head(session)
    write_toml(other)
    return Used(shown(address), head.size if head is not None else 0, lacks)


def upgrade(made: Installation) -> tuple[str, str]:
    """Renew the tables for this program, and return which version they were and are of. Raises StoreError."""
    made = finish_move(made)
    database = made.open_database()
    try:
        with _reached(database, made.database):
            before = database.check_upgradable()
            with database.reading() as session:
                fenced = fenced_with(session)
            if fenced:
                raise MovedError(fenced)
            database.upgrade()
            return before, database.revision()
    finally:
        database.close()


def write_toml(made: Installation) -> None:
    """Write the database into ``store.toml``, whole or not at all; the rest of the file stays as it is said there."""
    from lastword.store.installation import CONFIGURATION

    path = made.folder / CONFIGURATION
    text = path.read_text(encoding="utf-8")
    found = tomllib.loads(text)
    found["database"] = made.database
    lines = {
        name: f"{name} = {str(value).lower() if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)}\n"
        for name, value in found.items()
    }
    mended = re.sub(
        r"^database[ \t]*=.*\n?", lambda _old: lines["database"], text, count=1, flags=re.MULTILINE
    )
    try:
        kept = tomllib.loads(mended) == found
    except tomllib.TOMLDecodeError:
        kept = False
    # Remarks in the file stay, unless somebody wrote it in a way that a change of one line would break.
    _write(path, mended if kept else "".join(lines.values()))


def shown(address: str) -> str:
    """Return an address without its password."""
    if "://" not in address:
        return address
    url = make_url(address)
    if url.password is None and "password" not in url.query:
        return address
    url = url.set(password=None)
    if "password" in url.query:
        url = url.difference_update_query(["password"])
    return url.render_as_string()


@contextmanager
def _opened(made: Installation, address: str) -> Iterator[Database]:
    """Yield a database other than by its store, and close it."""
    database = database_at(address, made.folder, made.private / _LOCK)
    try:
        with _reached(database, address):
            yield database
    finally:
        database.close()


@contextmanager
def _reached(database: Database, address: str) -> Iterator[None]:
    """Turn what the drivers raise into UnreachableError."""
    try:
        yield
    except (sa.exc.DBAPIError, database.errors) as why:
        raise UnreachableError(f"the database {shown(address)}: {told(why)}") from why


def _check_target(made: Installation, address: str) -> None:
    """Raise InputError if a record cannot be moved there, as far as the address tells."""
    from lastword.store.installation import CONFIGURATION

    if address == made.database:
        raise InputError(
            Problem(Where("database"), "is where the record is already", "name another database")
        )
    if "://" in address:
        return
    path = made.folder / address
    taken = address in (CONFIGURATION, NOTE, made.policy)
    if not taken and path.exists():
        taken = not path.is_file() or path.read_bytes()[: len(_SQLITE)] not in (b"", _SQLITE)
    if taken:
        raise InputError(
            Problem(Where("database"), f"`{address}` is another file", "name one that is not there yet")
        )


def _prepare(new: Database, origin: str) -> None:
    """Make empty tables. Raises InputError if there is anything else than a copy that a move left unfinished."""
    with new.engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names()) - {t.vault_key.name}
    if not tables:
        new.upgrade()
        return
    if not new.revision():
        raise InputError(
            Problem(Where("database"), "has other tables already", "name a database that is empty")
        )
    new.check_schema()
    with new.reading() as session:
        head, fenced = reading.last_head(session), fenced_with(session)
    if head is None and not fenced:
        return
    if fenced != _waits(origin):
        raise InputError(
            Problem(Where("database"), "holds a record already", "name a database that is empty")
        )
    with new.engine.begin() as connection:
        for name in sorted(tables):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql("DROP FUNCTION lastword_refuse, lastword_fenced")
    new.upgrade()


def _waits(origin: str) -> str:
    return clean(f"{_WAITS} (record {origin})")


def _copy(source: Connection, target: Connection, new: Database) -> None:
    for table in _TABLES:
        insert, names = sa.insert(table), [column.name for column in table.columns]
        for rows in _pages(source, table):
            new.pour(target, [(insert, [dict(zip(names, row, strict=True)) for row in rows])])
    if target.dialect != "sqlite":
        # The numbers of the outbox go on where they were.
        target.say(
            "SELECT setval(pg_get_serial_sequence('outbox', 'id'), "
            "(SELECT COALESCE(MAX(id), 0) + 1 FROM outbox), false)"
        )


def _check(source: Connection, target: Connection) -> None:
    """Raise NotWrittenError unless the copy, read back, is the same row by row, and DamagedError unless it fits its heads."""
    for table in _TABLES:
        if _digest(source, table) != _digest(target, table):
            raise NotWrittenError(f"the copy of the table `{table.name}` is not the same; nothing was moved")
    report = hashes(target)
    if not report.sound:
        raise DamagedError(
            f"the record cannot be moved as it is: {report.faults[0]}; run `lastword record check`"
        )


def _digest(session: Connection, table: sa.Table) -> tuple[int, bytes]:
    """Return how many rows a table has, and the SHA-256 of them by primary key."""
    count, digest = 0, hashlib.sha256()
    for rows in _pages(session, table):
        count += len(rows)
        digest.update(msgspec.msgpack.encode(rows))
    return count, digest.digest()


def _pages(session: Connection, table: sa.Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all rows, in the order of the primary key, _STEP at a time, bytes as bytes."""
    keys = list(table.primary_key.columns)
    begin = sa.select(table).order_by(*keys).limit(_STEP)
    after = begin.where(
        sa.tuple_(*keys) > sa.tuple_(*(sa.bindparam(f"after_{key.name}", type_=key.type) for key in keys))
    )
    places = [list(table.columns).index(key) for key in keys]
    rows = session.rows(begin)
    while rows:
        yield [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in rows]
        last = {f"after_{key.name}": rows[-1][at] for key, at in zip(keys, places, strict=True)}
        rows = session.rows(after, **last)


def _write(path: Path, text: str) -> None:
    """Write a file that nobody else may read, since an address may hold a password: whole, or not at all."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
