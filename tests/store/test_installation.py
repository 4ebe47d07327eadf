"""An installation: founded whole or not at all, with what no backup may hold in a folder of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from stores import CONSTITUTION, NOON, ORIGIN, ROSTER, HandClock, Place, check_all, declare, grep, mode

from lastword.cases.acts import RosterChange
from lastword.cases.constitution import Constitution, Guard
from lastword.cases.roster import Person
from lastword.errors import InputError, Where
from lastword.record.note import Note, Verifier
from lastword.store.clock import FixedClock
from lastword.store.installation import Installation, private_folder
from lastword.store.refusal import SchemaError

pytest_plugins = ("places",)


def create(tmp_path: Path, **named: object) -> Installation:
    """Found a record below ``tmp_path``."""
    given: dict[str, object] = {
        "origin": ORIGIN,
        "constitution": CONSTITUTION,
        "roster_changes": ROSTER,
        "now": NOON,
        "private": tmp_path / "private",
        **named,
    }
    return Installation.create(tmp_path / "store", **given)  # type: ignore[arg-type]


def test_a_record_begins_with_its_keys_constitution_and_roster(place: Place) -> None:
    """Entry 0 says who keeps the record, with which keys and by which rules; entry 1 who holds which office."""
    store = place.open()
    first, second = store.entry_at(0), store.entry_at(1)
    assert first is not None
    assert second is not None
    assert (first.stream, first.no, first.kind) == ("keys", 1, "log.genesis")
    assert (first.event.origin, first.event.constitution, first.event.practice) == (
        ORIGIN,
        CONSTITUTION,
        False,
    )
    head = store.head()
    assert head is not None
    key = Verifier.read(first.event.log_key, Where("key"))
    assert Note.read(head.note, Where("head")).signed_by([key]) == key
    assert second.kind == "roster.changed"
    roster = store.state("roster")
    assert roster.officers[0].person == "anna"
    named = roster.names["anna"]
    assert store.text(named.stream, named.at.no, named.at.name) == "Anna Beispiel"
    assert check_all(store) == 2


def test_nobody_else_can_read_the_private_keys(tmp_path: Path) -> None:
    """The private folder and the keys in it are for their owner alone, and outside the store's folder."""
    made = create(tmp_path)
    assert mode(made.private) == 0o700
    assert mode(made.folder) == 0o700
    assert {mode(made.private / name) for name in ("log.key", "entry.key", "anchor")} == {0o600}
    log, entry = made.keys()
    for secret in (log.seed, entry.seed):
        assert grep(made.folder, secret) == []


def test_a_store_is_never_founded_over_another(place: Place) -> None:
    """Founding where a store is, or where a part of one is, is refused and changes nothing."""
    store = place.open()
    store.submit(declare("m1"))
    made = place.installation
    for folder, private in (
        (place.folder, place.folder.parent / "elsewhere"),
        (place.folder.parent / "elsewhere", place.private),
    ):
        with pytest.raises(InputError, match=r"is there already|has tables already"):
            Installation.create(
                folder,
                origin=ORIGIN,
                constitution=CONSTITUTION,
                roster_changes=ROSTER,
                now=NOON,
                private=private,
                database=made.database,
            )
        assert not (place.folder.parent / "elsewhere").exists()
    assert check_all(place.open()) == 3


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"origin": ""}, "no name of a record"),
        ({"origin": "two\nlines"}, "no name of a record"),
        ({"origin": "with space"}, "with space"),
        ({"origin": "with+plus"}, "plus"),
        ({"origin": "x" * 201}, "no name of a record"),
        ({"now": datetime(2026, 3, 2)}, "time zone"),  # noqa: DTZ001
        ({"database": "../record.db"}, "no database"),
        ({"database": "mysql://x/y"}, "no database"),
        ({"constitution": Constitution({})}, "nobody may ever change"),
        ({"constitution": Constitution({**CONSTITUTION.guards, "redact": Guard("board", 2)})}, "needs 2 officers"),
        ({"constitution": Constitution({**CONSTITUTION.guards, "rules": Guard("nowhere")})}, "does not exist"),
        ({"roster_changes": (*ROSTER, RosterChange(person=Person("x", same_as="nobody")))}, "nobody"),
    ],
)  # fmt: skip
def test_what_could_never_work_is_not_founded(tmp_path: Path, named: dict[str, object], why: str) -> None:
    """A record that nobody could ever change, or that could not be named, is refused, and no file is left."""
    with pytest.raises(InputError, match=why):
        create(tmp_path, **named)
    assert list(tmp_path.iterdir()) == []


def test_the_private_folder_is_not_in_the_backed_up_one(tmp_path: Path) -> None:
    """Keys in the store's folder would be in every backup of it."""
    with pytest.raises(InputError, match="a backup of the one holds the other"):
        create(tmp_path, private=tmp_path / "store" / "private")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["upgrade", "finish"])
def test_a_foundation_that_fails_leaves_nothing(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """If the disk is full in the middle, keys, tables and folders are taken away again."""
    from lastword.store.database import Database, PostgreSQL

    new = tmp_path / "new"
    address = "record.db"
    if place.backend == "postgresql":
        address = place.installation.database
        place.close()
        database = place.installation.open_database()
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        database.close()

    def full(*_given: object, **_named: object) -> None:
        raise OSError(28, "no space left on device")

    for kind in (Database, PostgreSQL):
        monkeypatch.setattr(kind, step, full)
    with pytest.raises(Exception, match="no space left"):
        Installation.create(
            new / "store",
            origin=ORIGIN,
            constitution=CONSTITUTION,
            roster_changes=ROSTER,
            now=NOON,
            database=address,
            private=new / "private",
        )
    assert not new.exists()
    monkeypatch.undo()
    made = Installation.create(
        new / "store",
        origin=ORIGIN,
        constitution=CONSTITUTION,
        roster_changes=ROSTER,
        now=NOON,
        database=address,
        private=new / "private",
    )
    with made.store(clock=HandClock()) as store:
        assert check_all(store) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("origin = 1\n", "`origin` is missing or no text"),
        ('origin = "x"\ndatabase = "record.db"\n', "`private` is missing"),
        ('orgin = "x"\n', "`orgin` is not known here"),
        ("origin = \n", "cannot be read"),
        ('origin = "x"\ndatabase = "d"\nprivate = "p"\npractice = "yes"\n', "neither true nor false"),
    ],
)
def test_a_configuration_says_what_is_wrong_in_it(tmp_path: Path, text: str, why: str) -> None:
    """Every mistake in store.toml is named."""
    (tmp_path / "store.toml").write_text(text)
    with pytest.raises(InputError, match=why):
        Installation.read(tmp_path)


def test_a_folder_without_a_store_is_none(tmp_path: Path) -> None:
    """An empty folder is no store, and nothing is made in it by looking."""
    with pytest.raises(InputError, match="there is no store in this folder"):
        Installation.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_a_record_is_none(sqlite_place: Place) -> None:
    """Where the database is gone, an empty one is not taken for the record."""
    for path in sqlite_place.folder.glob("record.db*"):
        path.unlink()
    with pytest.raises(SchemaError):
        sqlite_place.open()


@pytest.mark.parametrize("name", ["log.key", "entry.key"])
@pytest.mark.parametrize(
    "content", [None, "", "PRIVATE+KEY+x+00000000+AAAA\n", "LASTWORD+ENTRY+KEY+0+AAAA\n"]
)
def test_a_damaged_private_key_is_named(sqlite_place: Place, name: str, content: str | None) -> None:
    """A private key that is missing or damaged is named by its file."""
    path = sqlite_place.private / name
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=name):
        sqlite_place.open()


def test_a_practice_record_takes_its_time_from_whoever_practises(tmp_path: Path) -> None:
    """A practice record says in its first entry that it is one; its time is set by hand, and never runs backwards."""
    made = create(tmp_path, practice=True)
    assert Installation.read(made.folder) == made
    with made.store(clock=FixedClock(NOON.replace(year=2030))) as store:
        assert store.state("keys").practice is True
        assert store.submit(lambda writing: (declare("m1")(writing), writing.now)[1]).result.year == 2030
    with (
        made.store(clock=FixedClock(NOON)) as store,
        pytest.raises(Exception, match="the last entry is of 2030"),
    ):
        store.submit(declare("m2"))


def test_each_record_has_a_private_folder_of_its_own() -> None:
    """Records whose names differ only in unusual characters do not share a folder."""
    assert private_folder("a/b") != private_folder("a_b")
    assert private_folder("a/b") == private_folder("a/b")


def test_an_installation_reads_back_as_it_was_made(tmp_path: Path) -> None:
    """store.toml says again what was founded, whatever characters are in its names."""
    made = create(tmp_path, private=tmp_path / 'pri"vat\\ü')
    assert Installation.read(made.folder) == made
    assert replace(made, practice=True) != made
