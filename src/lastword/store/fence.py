"""A fence round a database: whoever writes to it is refused, by the database itself, and told why.

A record that was moved, or goes on under another name, leaves a database behind that looks as good as ever. Processes may
still have it open, and ``store.toml`` of another machine may name it. What has been erased since can still be erased in it.
"""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa

from lastword.store import schema as t
from lastword.store.database import Connection, Database

_MARK: Final = "fenced: "
_TABLES: Final = tuple(table.name for table in t.metadata.sorted_tables if table.name != "disclosure")
_STRUCK: Final = "outbox"  # what is done is struck off there, without a new row
_ON_SQLITE: Final = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'entry_fenced'")
_ON_POSTGRESQL: Final = sa.text("SELECT prosrc FROM pg_proc WHERE oid = to_regproc('lastword_fenced')")


def fence(database: Database, why: str) -> None:
    """Refuse every new row from now on, whoever writes. A fence that is there already stays."""
    with database.writing() as connection:
        if not fenced_with(connection):
            put_fence(connection, why)
            database.commit(connection)


def fenced_with(connection: Connection) -> str:
    """Return why a database is fenced, "" if it is not."""
    row = connection.row(_ON_SQLITE if connection.dialect == "sqlite" else _ON_POSTGRESQL)
    found = re.search(rf"{_MARK}([^']*)'", row[0]) if row is not None else None
    return found[1] if found is not None else ""


def put_fence(connection: Connection, why: str) -> None:
    """Put up a fence within a transaction."""
    said = clean(why)
    if connection.dialect == "sqlite":
        for name, event in _triggers():
            connection.say(
                f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{_MARK}{said}'); END"
            )
        return
    connection.say(
        "CREATE FUNCTION lastword_fenced() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION USING MESSAGE = '{_MARK}{said}'; END $$"
    )
    for name, event in _triggers():
        connection.say(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH STATEMENT EXECUTE FUNCTION lastword_fenced()"
        )


def take_fence(connection: Connection) -> None:
    """Take a fence down within a transaction."""
    for name, event in _triggers():
        on = "" if connection.dialect == "sqlite" else f" ON {event.rpartition(' ')[2]}"
        connection.say(f"DROP TRIGGER {name}{on}")
    if connection.dialect != "sqlite":
        connection.say("DROP FUNCTION lastword_fenced()")


def _triggers() -> tuple[tuple[str, str], ...]:
    """Return the name of each trigger, and before what it stands."""
    inserts = tuple((f"{table}_fenced", f"INSERT ON {table}") for table in _TABLES)
    return (*inserts, (f"{_STRUCK}_fenced_too", f"UPDATE ON {_STRUCK}"))


def clean(why: str) -> str:
    """Return what a fence says of ``why``: without anything that could end the text it stands in."""
    return re.sub(r"[^\w .,:;/@?=&()`%+-]", "", why)
