"""The tables: one schema for both databases, made by migrations, with rows that nobody changes."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from stores import Place, declare

from lastword.store import schema as t
from lastword.store.database import SQLite, database_at
from lastword.store.refusal import SchemaError
from lastword.store.store import Store

pytest_plugins = ("places",)


def test_the_migrations_make_the_tables_that_the_program_knows(store: Store) -> None:
    """Nothing is to be changed between what the migrations made and what the program declares."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def ours(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (kind == "table" and name == "vault_key")

    with store.database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True, "render_as_batch": True}
        )
        assert compare_metadata(context, t.metadata) == []


def test_the_newest_migration_is_the_one_the_program_asks_for() -> None:
    """A migration that was added without the program knowing it would lock everybody out."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from lastword.store.database import MIGRATIONS

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == t.REVISION


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_tables_of_another_version_are_not_touched(place: Place, revision: str) -> None:
    """A store made by an older or newer program is refused with the name of what to run."""
    database = place.installation.open_database()
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    database.close()
    with pytest.raises(SchemaError, match=rf"version {revision}.*lastword store upgrade"):
        place.open()


CHANGES = [
    "UPDATE entry SET kind = 'x' WHERE idx = 0",
    "UPDATE entry SET body = body",
    "DELETE FROM entry WHERE idx = 1",
    "UPDATE head SET at = 0",
    "DELETE FROM head",
    "UPDATE node SET hash = hash",
    "DELETE FROM node",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_entries_hashes_and_heads_are_neither_changed_nor_deleted(store: Store, statement: str) -> None:
    """The database itself refuses to change the record, whoever asks."""
    with (
        pytest.raises(sa.exc.DBAPIError, match="stay as they are"),
        store.database.engine.begin() as connection,
    ):
        connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO entry SELECT idx, zeroblob(9), stream, no, kind FROM entry WHERE idx = 1",
        "INSERT OR REPLACE INTO entry SELECT 7, body, stream, no, kind FROM entry WHERE idx = 1",
        "REPLACE INTO head SELECT size, zeroblob(32), note, at FROM head",
        "REPLACE INTO node SELECT level, n, zeroblob(32) FROM node",
        "UPDATE OR REPLACE entry SET idx = 0 WHERE idx = 1",
    ],
)
def test_no_row_is_replaced_in_sqlite(sqlite_place: Place, statement: str) -> None:
    """REPLACE deletes without asking a trigger on DELETE; it is refused all the same."""
    store = sqlite_place.open()
    with (
        pytest.raises(sa.exc.DBAPIError, match="stay as they are"),
        store.database.engine.begin() as connection,
    ):
        connection.execute(sa.text(statement))


def test_truncate_is_refused_in_postgresql(place: Place) -> None:
    """TRUNCATE is a way to delete too."""
    store = place.open()
    if isinstance(store.database, SQLite):
        statement = "DELETE FROM entry"  # SQLite has no other way to say it
    else:
        statement = "TRUNCATE entry CASCADE"
    with (
        pytest.raises(sa.exc.DBAPIError, match="stay as they are"),
        store.database.engine.begin() as connection,
    ):
        connection.execute(sa.text(statement))


def test_every_connection_to_sqlite_is_durable_and_forgetful(sqlite_place: Place) -> None:
    """Each connection writes ahead, waits for the disk, and overwrites what it deletes."""
    store = sqlite_place.open()
    store.submit(declare("m1"))
    wanted: dict[str, Any] = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }
    for database in (store.database, sqlite_place.installation.open_database()):
        with database.writing() as connection:
            for name, value in wanted.items():
                cursor = connection.raw.cursor()
                cursor.execute(f"PRAGMA {name}")
                assert cursor.fetchone() == (value,)
        with database.engine.connect() as second:
            assert second.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize(
    "address", ["", "a/b.db", "../record.db", "mysql://root@x/y", "postgresql//x", "sqlite:///x.db"]
)
def test_a_database_is_a_file_beside_the_configuration_or_postgresql(
    sqlite_place: Place, address: str
) -> None:
    """Nothing else is taken for a database."""
    from lastword.errors import InputError

    with pytest.raises(InputError, match="is no database"):
        database_at(address, sqlite_place.folder, sqlite_place.private / "lock")
