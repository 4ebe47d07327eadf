"""Moving a record between SQLite and PostgreSQL: the same log, byte for byte, and the old place can write no more."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from stores import Place, check_all, declare, names

from lastword.errors import InputError
from lastword.store import schema as t
from lastword.store.database import Database
from lastword.store.installation import CONFIGURATION
from lastword.store.moving import MovedError, move
from lastword.store.refusal import DamagedError, StoreError
from lastword.store.scrub import check

pytest_plugins = ("places",)


@pytest.fixture
def elsewhere(place: Place, request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database of the other kind."""
    server = request.getfixturevalue("postgresql")
    return str(server.database()) if place.backend == "sqlite" else "moved.db"


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables."""
    with database.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))]
            for table in t.metadata.sorted_tables
        }


def filled(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """Write a few entries, and return all rows."""
    store = place.open()
    for number in range(5):
        store.submit(declare(f"m{number}", text=f"reason {number}"), key=f"k{number}")
    store.submit(lambda writing: writing.tell({"what": "a letter"}))
    store.submit(lambda writing: writing.keep("d" * 64, b"content", sealed=True))
    store.cosigned(4, [("w", "— w AAAA")])
    found = rows(store.database)
    place.close()
    return found


def test_every_row_arrives_and_writing_goes_on(place: Place, elsewhere: str) -> None:
    """Entries, heads, proofs, texts, states, keys of requests and the outbox are the same; the next entry follows on."""
    before = filled(place)
    done = move(place.installation, elsewhere)
    assert (done.database, done.entries) == (elsewhere, 7)
    store = place.open()
    assert rows(store.database) == before
    assert store.read_only is None
    assert store.submit(declare("m3", text="reason 3"), key="k3").repeated
    store.submit(lambda writing: writing.tell({"what": "another letter"}))
    assert [one.what["what"] for one in store.told()] == ["a letter", "another letter"]
    store.submit(declare("m9", text="after"))
    assert store.text("moratoria", 2, "text") == "reason 1"
    assert check_all(store) == 8
    place.close()


def test_the_old_place_is_fenced(place: Place, elsewhere: str) -> None:
    """Whoever still opens the old database can read it and is told where the record went; nothing can be written there."""
    filled(place)
    old_toml = (place.folder / CONFIGURATION).read_text()
    other = place.open()
    move(place.installation, elsewhere)
    with pytest.raises(StoreError, match=r"moved to|missing"):
        other.submit(declare("m7"))
    place.close()
    (place.folder / CONFIGURATION).write_text(old_toml)
    store = place.open()
    assert isinstance(store.read_only, MovedError)
    assert names(store) == {f"m{number}" for number in range(5)}
    with pytest.raises(StoreError, match="moved to"):
        store.submit(declare("m8"))


def test_asking_again_after_a_crash_goes_on(place: Place, elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken off before the copy is committed, after it, or before store.toml was written: asking again ends the move."""
    before = filled(place)
    for broken in ("_check", "_fence", "write_toml"):
        with monkeypatch.context() as patch:
            patch.setattr(f"lastword.store.moving.{broken}", _crash)
            with pytest.raises(OSError, match="broken"):
                move(place.installation, elsewhere)
        assert str(place.installation.database) != elsewhere
    move(place.installation, elsewhere)
    store = place.open()
    assert rows(store.database) == before
    assert store.read_only is None


def _crash(*_given: object) -> None:
    raise OSError(5, "broken")


def test_another_record_is_never_written_over(place: Place, elsewhere: str) -> None:
    """A database with a record in it, or with tables of somebody else, is refused and stays as it is."""
    filled(place)
    made = place.installation
    move(made, elsewhere)
    there = place.open()
    there.submit(declare("m9"))
    full = rows(there.database)
    with pytest.raises(InputError, match="is where the record is already"):
        move(place.installation, elsewhere)
    with pytest.raises((InputError, StoreError)):
        move(made, elsewhere)
    assert rows(there.database) == full


def test_a_damaged_record_is_not_moved(sqlite_place: Place, tmp_path: Path) -> None:
    """What does not fit its heads stays where it is, unfenced, until it is mended."""
    from stores import tamper

    filled(sqlite_place)
    tamper(sqlite_place, "UPDATE node SET hash = zeroblob(32) WHERE n = 2")
    with pytest.raises(DamagedError, match="cannot be moved as it is"):
        move(sqlite_place.installation, "other.db")
    store = sqlite_place.open_unchecked()
    assert [one.table for one in check(store.database).faults if one.table == "node"] == ["node"]
    assert sqlite_place.installation.database == "record.db"
    assert tmp_path.exists()
