"""Moving a record from one database to another: the same record, and only one of both is ever written."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from lampcase import LATER, lamp_case
from stores import Place, check_all, declare, lift, mode, names, put_back, tamper

from lastword.cli.main import main
from lastword.errors import InputError, Where
from lastword.record.cosignature import WitnessSigner
from lastword.record.note import Note
from lastword.store import database as databases
from lastword.store import fence, moving
from lastword.store import schema as t
from lastword.store.clock import FixedClock
from lastword.store.installation import Installation
from lastword.store.redaction import RedactText, redact
from lastword.store.refusal import (
    DamagedError,
    MovedError,
    RecordBehindAnchorError,
    SchemaError,
    StoreError,
    UnreachableError,
)
from lastword.store.scrub import check
from lastword.store.store import Store
from lastword.store.writing import Writing

if TYPE_CHECKING:
    from postgres import Server

pytest_plugins = ("places",)
WAYS = ["sqlite-postgresql", "postgresql-sqlite", "sqlite-sqlite", "postgresql-postgresql"]
OTHER = "other.db"
CLEAR = b"clear \x00 content"
SECRET = b"secret content" * 100_000


@pytest.fixture(params=WAYS)
def way(
    request: pytest.FixtureRequest, tmp_path: Path, founded: Callable[[str, str], Path]
) -> Iterator[tuple[Place, str]]:
    """Return a record in one kind of database, and an empty database of one kind."""
    before, _, after = request.param.partition("-")
    to = request.getfixturevalue("postgresql").database() if after == "postgresql" else OTHER
    from places import new_place  # a plugin, which pytest wants to be the first to read

    for place in new_place(request, before, tmp_path, founded):
        yield place, to


def fill(store: Store) -> None:
    """Write some of everything that a database can hold: texts, an erased one, timers, contents, the outbox, keys of acts."""
    until = store.clock.now() + timedelta(days=30)

    def many(writing: Writing) -> None:
        for number in range(300):
            declare(f"m{number}", until=until, text=f"why {number} \x00 ü")(writing)

    def more(writing: Writing) -> None:
        writing.tell({"letter": 1})
        writing.keep(hashlib.sha256(CLEAR).hexdigest(), CLEAR)
        writing.keep(hashlib.sha256(SECRET).hexdigest(), SECRET, sealed=True)

    store.submit(many, key="many", digest="d")
    for number in range(0, 9, 3):
        store.submit(lift(f"m{number}"))
    store.submit(more)
    head = store.head()
    assert head is not None
    witness = WitnessSigner("witness.example", bytes(range(32)))
    text = Note.read(head.note, Where("head")).text
    store.cosigned(head.size, [(witness.name, witness.sign(text, 1_772_452_800))])
    store.did(store.told())
    redact(store, RedactText(person="anna", index=5, field="text", ground="law"), ())


def everything(made: Installation) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, as they are stored."""
    database = made.open_database()
    try:
        with database.reading() as session:
            return {
                table.name: sorted(
                    (
                        tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
                        for row in session.rows(sa.select(table))
                    ),
                    key=repr,
                )
                for table in t.metadata.sorted_tables
            }
    finally:
        database.close()


def test_a_moved_record_is_the_same_record_byte_for_byte(way: tuple[Place, str]) -> None:
    """Entries, heads, texts, states, timers and all else are the same rows; keys, vault and anchor stay, and it goes on."""
    place, to = way
    old = place.installation
    store = place.open()
    fill(store)
    entries, anchor = store.settle(), store.anchor.read()
    rows = everything(old)
    assert {name for name, found in rows.items() if not found} == {"listing"}
    place.close()

    moved = moving.move(old, to)
    assert (moved.entries, moved.heads) == (entries, len(rows["head"]))
    assert place.installation == replace(old, database=to)
    assert mode(place.folder / "store.toml") == 0o600
    assert everything(place.installation) == rows
    assert not (place.folder / moving.NOTE).exists()

    store = place.open()
    assert store.anchor.read() == anchor
    assert store.text("moratoria", 10, "text") == "why 9 \x00 ü"
    assert store.blob(hashlib.sha256(SECRET).hexdigest()) == SECRET
    assert check(store.database, store.vault, store.anchor).faults == ()
    assert store.submit(declare("m5"), key="many", digest="d").repeated
    assert store.submit(lambda writing: writing.tell({"letter": 2})).index == -1
    assert len(store.told()) == 1
    assert store.submit(declare("new")).index == entries
    assert check_all(store) == entries + 1


def test_a_case_and_its_licence_move_there_and_back(tmp_path: Path, postgresql: Server) -> None:
    """A record as a desk makes it, with loads, a case, a licence and a use, is the same in PostgreSQL, and back in a file."""
    lamp = lamp_case(tmp_path)
    rows = everything(lamp.made)
    assert rows["listing"]
    moving.move(lamp.made, postgresql.database())
    there = Installation.read(lamp.made.folder)
    assert there.practice
    assert everything(there) == rows
    with there.store(clock=FixedClock(LATER)) as store:
        assert store.state(f"licence/{lamp.licence}").status == "issued"
        assert check(store.database, store.vault, store.anchor).faults == ()
    moving.move(there, "back.db")
    assert everything(Installation.read(lamp.made.folder)) == rows


def test_the_database_it_was_in_refuses_to_be_written_and_says_where_the_record_is(
    way: tuple[Place, str],
) -> None:
    """Whoever still has it open, and whoever opens it, is told; what was read there before is never taken for the newest."""
    place, to = way
    old = place.installation
    earlier = place.open()
    earlier.submit(declare("m1"))
    earlier.submit(lambda writing: writing.tell({"letter": 1}))
    letters = earlier.told()
    moving.move(old, to)
    with pytest.raises(MovedError, match="moved to"):
        earlier.did(letters)
    with pytest.raises(MovedError, match="moved to"):
        earlier.submit(declare("m2"))
    place.open().submit(declare("m3"))
    assert names(earlier) == {"m1"}
    assert isinstance(earlier.read_only, MovedError)
    late = old.store(clock=place.clock)
    assert isinstance(late.read_only, MovedError)
    for act in (declare("m2"), lambda writing: writing.tell({"letter": 1})):
        with pytest.raises(MovedError, match="moved to"):
            late.submit(act)
    late.close()
    with pytest.raises(MovedError):
        moving.use(old, old.database)
    with pytest.raises(MovedError):
        moving.upgrade(old)
    with pytest.raises(InputError, match="holds a record already"):
        moving.move(place.installation, old.database)


STEPS: dict[str, tuple[Any, str, int, bool]] = {
    # name: what is called when the process dies, for which time, and whether it dies after it
    "before the note": (moving, "_write", 1, False),
    "before the tables": (moving, "_prepare", 1, False),
    "before the copy": (moving, "_copy", 1, False),
    "within the copy": (moving, "_check", 1, False),
    "before the copy is committed": (moving, "put_fence", 1, True),
    "before the fence": (moving, "put_fence", 2, False),
    "before the fence is committed": (moving, "put_fence", 2, True),
    "after the fence": (moving, "finish_move", 2, False),
    "before the new one is free": (moving, "take_fence", 1, True),
    "before store.toml": (moving, "write_toml", 1, False),
    "after store.toml": (moving, "write_toml", 1, True),
}


def die_at(step: str, place: Place, to: str) -> None:
    """Move in a process of its own that kills itself at a step."""
    thing, name, times, after = STEPS[step]
    real, left = getattr(thing, name), [times]

    def dying(*given: Any, **named: Any) -> Any:
        left[0] -= 1
        if not left[0] and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        came = real(*given, **named)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return came

    def run() -> None:
        setattr(thing, name, dying)
        moving.move(place.installation, to)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("way", "step"),
    [
        *((WAYS[0], step) for step in STEPS),
        *(
            (WAYS[1], step)
            for step in ("before the fence is committed", "after the fence", "before the new one is free")
        ),
    ],
    indirect=["way"],
)
def test_a_move_killed_at_any_step_leaves_exactly_one_usable_database(
    way: tuple[Place, str], step: str
) -> None:
    """The record opens and goes on, in the old database or the new one; the other one refuses. Asked again, it moves."""
    place, to = way
    old = place.installation
    store = place.open()
    store.submit(declare("m1", text="words"))
    place.close()
    die_at(step, place, to)

    store = place.open()
    assert store.read_only is None
    assert store.submit(declare("m2")).index == 3
    used = place.installation.database
    assert used == (old.database if list(STEPS).index(step) < list(STEPS).index("after the fence") else to)
    other = replace(old, database=to if used == old.database else old.database)
    with pytest.raises(StoreError), other.store(clock=place.clock) as stale:
        stale.submit(declare("m3"))
    place.close()

    if used == old.database:
        assert moving.move(place.installation, to).entries == 4
    store = place.open()
    assert place.installation.database == to
    assert store.text("moratoria", 1, "text") == "words"
    assert store.submit(declare("m4")).index == 4
    assert check_all(store) == 5


def test_a_record_is_moved_only_into_what_is_empty(place: Place, request: pytest.FixtureRequest) -> None:
    """Another record, other tables, another file, its own place, and no database at all: nothing is touched there."""
    running = request.getfixturevalue("postgresql")
    strange = running.database()
    database = databases.database_at(strange, place.folder, place.private / "x.lock")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE accounts (id int)")
    database.close()
    (place.folder / "notes.txt").write_text("no database")
    own = place.installation.database
    for to, told in (
        (strange, "other tables"),
        ("notes.txt", "another file"),
        ("store.toml", "another file"),
        ("../there.db", "no database"),
        ("mysql://root@localhost/x", "no database"),
        (own, "already"),
    ):
        with pytest.raises(InputError, match=told):
            moving.move(place.installation, to)
    if place.backend == "postgresql":
        with pytest.raises(InputError, match="holds a record already"):
            moving.move(place.installation, own.replace("postgresql:", "postgresql+psycopg:"))
    with pytest.raises(UnreachableError) as lost:
        moving.move(place.installation, "postgresql://me:secret@/x?host=/nowhere")
    assert "secret" not in str(lost.value)
    assert (place.folder / "notes.txt").read_text() == "no database"
    assert place.installation.database == own
    assert place.open().submit(declare("m1")).index == 2


def test_a_damaged_record_is_not_moved(sqlite_place: Place) -> None:
    """A copy of what does not fit its heads would be a record that nobody can trust, in a place nobody suspects."""
    store = sqlite_place.open()
    store.submit(lambda writing: [declare(f"m{number}")(writing) for number in range(600)])
    sqlite_place.close()
    tamper(sqlite_place, "UPDATE entry SET body = CAST('x' || CAST(body AS TEXT) AS BLOB) WHERE idx = 7")
    with pytest.raises(DamagedError, match="record check"):
        moving.move(sqlite_place.installation, OTHER)
    assert sqlite_place.installation.database == "record.db"
    assert isinstance(replace(sqlite_place.installation, database=OTHER).store().read_only, StoreError)


def test_an_old_backup_is_not_moved(sqlite_place: Place, tmp_path: Path) -> None:
    """It lacks entries that were acknowledged; that is to be mended first."""
    sqlite_place.close()
    shutil.copytree(sqlite_place.folder, tmp_path / "backup")
    sqlite_place.open().submit(declare("m1"))
    put_back(sqlite_place, tmp_path / "backup")
    with pytest.raises(RecordBehindAnchorError):
        moving.move(sqlite_place.installation, OTHER)
    assert not (sqlite_place.folder / OTHER).exists()


def test_remarks_in_the_configuration_stay(sqlite_place: Place) -> None:
    """Only the line that names the database changes."""
    path = sqlite_place.folder / "store.toml"
    path.write_text("# ours\n" + path.read_text() + "practice = false # not yet\n")
    before = path.read_text()
    moving.move(sqlite_place.installation, OTHER)
    assert path.read_text() == before.replace('"record.db"', f'"{OTHER}"')


def test_a_fence_says_what_it_is_told_and_nothing_that_could_end_it(place: Place) -> None:
    """Words from outside stand in a trigger: whatever ends a text there is left out."""
    database = place.installation.open_database()
    fence.fence(database, "moved; '$$ DROP TABLE entry; -- \" to `x`")
    with database.reading() as session:
        assert fence.fenced_with(session) == "moved;  DROP TABLE entry; --  to `x`"
    fence.fence(database, "again")  # the first one stays
    with pytest.raises(MovedError, match="DROP TABLE entry"):
        place.open().submit(declare("m1"))
    with database.writing() as connection:
        fence.take_fence(connection)
        database.commit(connection)
    database.close()
    assert place.open().submit(declare("m1")).index == 2


def test_tables_are_upgraded_by_the_next_program_and_refused_by_the_one_before(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next program asks for an upgrade, makes it, and goes on; this one then says that it is too old."""
    place.open().submit(declare("m1"))
    place.close()
    migrations = tmp_path / "migrations"
    shutil.copytree(databases.MIGRATIONS, migrations)
    (migrations / "versions" / "r0002_a_remark.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = '0002'\ndown_revision = '0001'\n\n\n"
        "def upgrade():\n    op.create_table('remark', sa.Column('id', sa.Integer(), primary_key=True))\n"
    )
    with monkeypatch.context() as next_program:
        next_program.setattr(databases, "MIGRATIONS", migrations)
        next_program.setattr(databases, "REVISION", "0002")
        with pytest.raises(
            SchemaError, match="version 0001, and this program knows 0002; run `lastword store upgrade`"
        ):
            place.open()
        assert moving.upgrade(place.installation) == ("0001", "0002")
        assert moving.upgrade(place.installation) == ("0002", "0002")
        assert place.open().submit(declare("m2")).index == 3
        place.close()
    for refused in (place.open, lambda: moving.upgrade(place.installation)):
        with pytest.raises(SchemaError, match=r"0002.*newer program"):
            refused()


def test_the_commands_say_where_the_record_is_now(sqlite_place: Place, postgresql: Server) -> None:
    """``move`` there, ``use`` of where it is not, ``upgrade``: in words, and with an exit code for what cannot be done."""
    store = str(sqlite_place.folder)
    run = CliRunner().invoke
    to = postgresql.database()
    moved = run(main, ["store", "move", "--store", store, "--to", to])
    assert moved.exit_code == 0, moved.output
    assert f"{to} now: 2 entries under 1 signed head, each the same" in moved.output
    assert "record.db, can be read, and refuses to be written" in moved.output
    back = run(main, ["store", "use", "record.db", "--store", store])
    assert (back.exit_code, back.output) == (
        6, f"error: the record was moved to {to}; `lastword store use` names it here\n",
    )  # fmt: skip
    assert sqlite_place.installation.database == to
    same = run(main, ["store", "use", to, "--store", store])
    assert (same.exit_code, same.output) == (0, f"From now on {to} is used, which holds 2 entries.\n")
    current = run(main, ["store", "upgrade", "--store", store])
    assert (current.exit_code, current.output) == (0, "The tables are of version 0001 already.\n")
    again = run(main, ["store", "move", "--store", store, "--to", to])
    assert (again.exit_code, again.output) == (
        2, "error: database: is where the record is already; name another database\n",
    )  # fmt: skip


def test_whoever_reads_a_record_that_cannot_be_written_is_told(sqlite_place: Place) -> None:
    """What a moved record still shows may be old: a note says where the record is now."""
    moving.move(sqlite_place.installation, OTHER)
    path = sqlite_place.folder / "store.toml"
    path.write_text(path.read_text().replace(OTHER, "record.db"))
    looked = CliRunner().invoke(main, ["case", "list", "--store", str(sqlite_place.folder), "--as", "anna"])
    assert (
        "note: the record can be read only, and may lack the newest: the record was moved to other.db"
        in looked.stderr
    )
