"""The check of the whole record: nothing that was changed, taken away or added stays unseen, and the damaged row is named."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from lampcase import LampCase, lamp_case
from stores import Place, declare, lift, tamper

from lastword.store import schema as t
from lastword.store.export import export
from lastword.store.rebuild import rebuild
from lastword.store.scrub import Report, check, hashes
from lastword.store.streamindexing import stream_secret, write_index

pytest_plugins = ("places",)


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory) -> LampCase:
    """Return a record with a whole case, erasable texts, and a stream index."""
    made = lamp_case(tmp_path_factory.mktemp("lamp"))
    with made.open() as store:
        export(store, made.case, by="lou", to="auditor", secret=stream_secret(made.made.private))
    return made


def checked(place: Place, *, processes: int | None = 1) -> Report:
    """Check a record as it lies there."""
    store = place.open_unchecked()
    try:
        return check(store.database, store.vault, store.anchor, processes=processes)
    finally:
        place.close()


def filled(place: Place) -> None:
    """Write a few entries, with texts, timers and several in one turn."""
    store = place.open()
    store.submit(declare("m1", text="a reason"))
    store.submit(declare("m2", until=place.clock.wall + timedelta(days=3)))

    def both(writing: object) -> None:
        declare("m3")(writing)  # type: ignore[arg-type]
        lift("m1")(writing)  # type: ignore[arg-type]

    store.submit(both)
    store.submit(lambda writing: write_index(writing, b"s" * 32))
    place.close()


def test_a_sound_record_has_no_faults(place: Place) -> None:
    """What the product itself wrote passes, in both databases, with one process and with several."""
    filled(place)
    one = checked(place)
    assert (one.faults, one.entries, one.heads) == ((), 7, 5)
    assert one.sound
    store = place.open()
    assert store.database is not None
    with store.database.reading() as session:
        assert hashes(session).faults == ()


def test_a_sound_case_has_no_faults_and_the_same_states(lamp: LampCase) -> None:
    """States, timers and lists of a real case are what its entries come to; the stream index can be made again."""
    with lamp.open() as store:
        assert (
            check(store.database, store.vault, store.anchor, secret=stream_secret(lamp.made.private)).faults
            == ()
        )
        assert rebuild(store.database) == ()
        wrong = check(store.database, store.vault, store.anchor, secret=b"other" * 7)
    assert [one.what for one in wrong.faults] == [
        "its stream index is not that of the entries, or the secret is another"
    ]


CHANGES: list[tuple[str, str, str]] = [
    ("UPDATE entry SET body = CAST(replace(body, 'ey', 'ez') AS BLOB) WHERE idx = 3", "entry", "3"),
    ("UPDATE entry SET stream = 'log' WHERE idx = 3", "entry", "3"),
    ("UPDATE entry SET kind = 'moratorium.lifted' WHERE idx = 3", "entry", "3"),
    ("DELETE FROM entry WHERE idx = 3", "entry", "3"),
    ("DELETE FROM entry WHERE idx = 6", "head", "7"),
    ("UPDATE node SET hash = zeroblob(32) WHERE n = 3", "node", "0/3"),
    ("DELETE FROM node WHERE n = 3", "node", "0/3"),
    ("INSERT INTO node VALUES (0, 99, zeroblob(32))", "node", "0/99"),
    ("INSERT INTO node VALUES (1, 0, zeroblob(32))", "node", "1/0"),
    ("UPDATE head SET root = zeroblob(32) WHERE size = 4", "head", "4"),
    ("UPDATE head SET note = CAST(note || x'0a' AS BLOB) WHERE size = 4", "head", "4"),
    ("UPDATE head SET at = at + 100000000000 WHERE size = 4", "head", "6"),
    ("UPDATE head SET at = at - 100000000000 WHERE size = 3", "head", "3"),
    ("DELETE FROM head WHERE size = 7", "head", "7"),
    ("INSERT INTO head SELECT 9, root, note, at FROM head WHERE size = 7", "head", "9"),
    ("UPDATE disclosure SET text = replace(text, 'W', 'X') WHERE idx = 3", "disclosure", "3 kept:applicant"),
    ("UPDATE disclosure SET audience = 'public' WHERE idx = 3", "disclosure", "3 kept:applicant"),
    (
        "UPDATE disclosure SET name = 'kept:public' WHERE idx = 3 AND name = 'kept:applicant'",
        "disclosure",
        "3 kept:public",
    ),
    ("DELETE FROM disclosure WHERE idx = 3", "disclosure", "3"),
    ("UPDATE disclosure SET sealed = zeroblob(99) WHERE idx = 2 AND name = 'text'", "disclosure", "2 text"),
    (
        "UPDATE disclosure SET sealed = NULL, erased_by = 6 WHERE idx = 2 AND name = 'text'",
        "disclosure",
        "2 text",
    ),
    ("INSERT INTO disclosure VALUES (77, 'x', 'y', 'z', 'w', NULL, NULL)", "disclosure", "77 x"),
    (
        "UPDATE state SET data = CAST(replace(data, 'm2', 'm9') AS BLOB) WHERE stream = 'moratoria'",
        "state",
        "moratoria",
    ),
    ("UPDATE state SET no = 9 WHERE stream = 'moratoria'", "state", "moratoria"),
    ("DELETE FROM state WHERE stream = 'roster'", "state", "roster"),
    ("INSERT INTO state VALUES ('case/X', 1, 1, zeroblob(32), x'7b7d')", "state", "case/X"),
    ("UPDATE timer SET due_at = due_at + 1", "timer", "moratoria m2"),
    ("DELETE FROM timer", "timer", "moratoria m2"),
    ("INSERT INTO listing VALUES ('status:open', 'moratoria')", "listing", "status:open moratoria"),
    ("INSERT INTO cosignature VALUES (4, 'w', 'x')", "cosignature", "4 w"),
    ("INSERT INTO blob VALUES ('00', x'01', 0, NULL)", "blob", "00"),
]


@pytest.mark.parametrize(("change", "table", "row"), CHANGES, ids=[one[0][:60] for one in CHANGES])
def test_a_changed_row_is_named(sqlite_place: Place, change: str, table: str, row: str) -> None:
    """Whatever is changed past the triggers, in whichever table: the check names that row."""
    filled(sqlite_place)
    tamper(sqlite_place, "PRAGMA ignore_check_constraints = ON", change)
    found = checked(sqlite_place).faults
    assert any(one.table == table and one.row.startswith(row) for one in found), found


def test_the_missing_triggers_are_named(place: Place) -> None:
    """A database whose rows could be changed is told, even if none was changed."""
    filled(place)
    database = place.installation.open_database()
    with database.engine.begin() as connection:
        name = "head_no_update" if place.backend == "sqlite" else "head_stays ON head"
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    database.close()
    (fault,) = checked(place).faults
    assert "the triggers are gone that keep the rows of `head`" in fault.what


def test_a_lost_key_of_a_text_is_named(place: Place) -> None:
    """A text that nobody can read, though no entry says that it was erased, is a fault."""
    filled(place)
    store = place.open()
    (digest,) = [one for one in store.vault.digests() if _is_of_text(store, one)]
    store.vault.forget([digest])
    place.close()
    (fault,) = checked(place).faults
    assert (fault.table, fault.row) == ("vault", "2 text")


def _is_of_text(store: object, digest: str) -> bool:
    row = sa.select(t.disclosure.c.idx).where(
        t.disclosure.c.digest == sa.bindparam("d"), t.disclosure.c.name == "text"
    )
    with store.database.reading() as session:  # type: ignore[attr-defined]
        return session.row(row, d=digest) is not None


def test_an_old_backup_is_told_by_the_anchor(sqlite_place: Place, tmp_path: Path) -> None:
    """A database that is sound in itself, but older than what was acknowledged, is no sound record."""
    filled(sqlite_place)
    database = sqlite3.connect(sqlite_place.folder / "record.db")
    database.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
    database.close()
    sqlite_place.open().submit(declare("m9"))
    sqlite_place.close()
    for suffix in ("", "-wal", "-shm"):
        (sqlite_place.folder / f"record.db{suffix}").unlink(missing_ok=True)
    (tmp_path / "backup.db").rename(sqlite_place.folder / "record.db")
    found = checked(sqlite_place).faults
    assert [one.what for one in found if one.table == "anchor"] == [
        "names 8 entries: entries 7 to 7 are missing here"
    ]


def flipped(path: Path, at: int, to: Callable[[int], int]) -> None:
    """Change one byte of a file."""
    raw = bytearray(path.read_bytes())
    raw[at] = to(raw[at])
    path.write_bytes(bytes(raw))


def test_any_flipped_bit_of_the_file_is_seen_or_changes_nothing(lamp: LampCase, tmp_path: Path) -> None:
    """Yeti 2022: one bit of the file flipped, anywhere. Either the check names a fault, or all that can be read is as before."""
    import random
    import shutil

    source = sqlite3.connect(lamp.made.folder / "record.db")
    source.execute("VACUUM INTO ?", (str(tmp_path / "whole.db"),))
    source.close()
    whole = (tmp_path / "whole.db").read_bytes()
    dump = _dump(tmp_path / "whole.db")
    chance = random.Random(7)
    from lastword.store.database import database_at

    seen = 0
    for _turn in range(60):
        place = chance.randrange(len(whole))
        raw = bytearray(whole)
        raw[place] ^= 1 << chance.randrange(8)
        path = tmp_path / "flip" / "record.db"
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        path.write_bytes(bytes(raw))
        database = database_at("record.db", path.parent, path.parent / "lock")
        try:
            with lamp.open() as store:
                report = check(database, store.vault, store.anchor, processes=1)
        except sa.exc.DatabaseError:
            seen += 1
            continue
        finally:
            database.close()
        if report.faults:
            seen += 1
        else:
            assert _dump(path) == dump, place
    assert seen > 10


def _dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return sorted(line for line in connection.iterdump() if line.startswith("INSERT"))
    finally:
        connection.close()


def test_rebuild_puts_states_right(place: Place) -> None:
    """States that somebody changed are made again from the entries; the entries stay as they are."""
    filled(place)
    database = place.installation.open_database()
    with database.engine.begin() as connection:
        connection.execute(sa.delete(t.timer))
        connection.execute(
            sa.update(t.state).where(t.state.c.stream == "moratoria").values(data=b'{"all": {}}')
        )
        connection.execute(sa.delete(t.state).where(t.state.c.stream == "log"))
    found = rebuild(database)
    assert {(one.table, one.row) for one in found} == {
        ("state", "moratoria"), ("state", "log"), ("timer", "moratoria m2"),
    }  # fmt: skip
    assert rebuild(database, write=True) == found
    assert rebuild(database) == ()
    database.close()
    assert checked(place).faults == ()


def test_a_record_can_be_checked_while_it_is_written(place: Place) -> None:
    """The check sees one state of the record: what is written meanwhile is neither a fault nor missing."""
    writer, reader = place.open(), place.open()
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            writer.submit(declare(f"m{number}", text="words"))
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _turn in range(5):
            assert check(reader.database, reader.vault, reader.anchor, processes=1).faults == ()
    finally:
        done.set()
        thread.join()
