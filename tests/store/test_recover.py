"""Recovery: what is missing or damaged comes back from copies, if it makes the anchored root again; else nothing changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from lampcase import LATER, LampCase, lamp_case
from stores import Place, check_all, declare, names, tamper

from lastword.cases.refusal import ActRefused
from lastword.errors import InputError
from lastword.record.logevents import KEYS
from lastword.store import schema as t
from lastword.store.clock import FixedClock
from lastword.store.copying import DatabaseCopy, FileCopy, write_copy
from lastword.store.reading import Erased
from lastword.store.recovery import GAP, UnrecoverableError, declare_loss, recover
from lastword.store.redaction import RedactText, lists_of, redact
from lastword.store.refusal import RecordBehindAnchorError, StoreError
from lastword.store.scrub import check
from lastword.store.store import Store

pytest_plugins = ("places",)


def filled(place: Place, upto: int) -> None:
    """Write moratoria m1 to m<upto>, each with a text."""
    store = place.open()
    for number in range(1, upto + 1):
        store.submit(declare(f"m{number}", text=f"reason {number}"), key=f"key-{number}")
    place.close()


def copy_file(place: Place, to: Path) -> FileCopy:
    """Write a copy of the record into a file."""
    database = place.installation.open_database()
    write_copy(database, place.installation.origin, to)
    database.close()
    return FileCopy.read(to)


def cut(place: Place, size: int) -> None:
    """Take away all that was written after the first ``size`` entries, as an old backup would."""
    database = place.installation.open_database()
    with database.engine.begin() as connection:
        triggers(connection, place)
        for table, column in (
            (t.entry, t.entry.c.idx),
            (t.disclosure, t.disclosure.c.idx),
        ):
            connection.execute(sa.delete(table).where(column >= size))
        connection.execute(sa.delete(t.head).where(t.head.c.size > size))
        connection.execute(sa.delete(t.node).where(t.node.c.n >= size))
        connection.execute(sa.delete(t.request).where(t.request.c.idx >= size))
        again(connection, place)
    database.close()


def triggers(connection: sa.Connection, place: Place) -> None:
    """Take the triggers away that keep rows as they are, as somebody with access to the database could."""
    if place.backend == "sqlite":
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        for table in t.FOREVER:
            connection.exec_driver_sql(f"DROP TRIGGER {table}_stays ON {table}")


def again(connection: sa.Connection, place: Place) -> None:
    """Put them back."""
    from lastword.store.database import forever

    for statement in forever(place.backend):
        if not statement.startswith("CREATE FUNCTION"):
            connection.exec_driver_sql(statement)


def test_missing_entries_come_back_from_a_copy(place: Place, tmp_path: Path) -> None:
    """A tail that was cut off is refilled, states and idempotency keys included, and writing goes on."""
    filled(place, 6)
    copy = copy_file(place, tmp_path / "copy")
    cut(place, 4)
    assert isinstance(place.open().read_only, RecordBehindAnchorError)
    place.close()
    done = recover(place.installation, [copy])
    assert (done.size, done.entries) == (8, ((4, 7),))
    store = place.open()
    assert store.read_only is None
    assert names(store) == {f"m{number}" for number in range(1, 7)}
    assert store.submit(declare("m6", text="reason 6"), key="key-6").repeated
    store.submit(declare("m7"))
    assert check_all(store) == 9
    assert check(store.database, store.vault, store.anchor).faults == ()


def test_missing_entries_come_back_from_another_database(place: Place, tmp_path: Path) -> None:
    """A database that holds the record, such as a standby or a newer backup, serves as a copy too."""
    filled(place, 5)
    source = copy_file(place, tmp_path / "copy")
    made = place.installation
    (tmp_path / "spare").mkdir()
    spare = replace(made, folder=tmp_path / "spare", database="other.db")
    full = spare.open_database()
    full.upgrade()
    recover(spare, [source])  # an empty database becomes one that holds the record
    cut(place, 3)
    done = recover(made, [DatabaseCopy(full, "other.db")])
    full.close()
    assert done.entries == ((3, 6),)
    assert check_all(place.open()) == 7


def test_a_damaged_row_is_put_right(sqlite_place: Place, tmp_path: Path) -> None:
    """An entry, its text, a hash and a head that were changed are taken from the copy; what is sound stays."""
    filled(sqlite_place, 5)
    copy = copy_file(sqlite_place, tmp_path / "copy")
    tamper(
        sqlite_place,
        "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'a', 'b') AS BLOB) WHERE idx = 3",
        "UPDATE node SET hash = zeroblob(32) WHERE level = 0 AND n = 4",
        "UPDATE head SET root = zeroblob(32) WHERE size = 5",
        "UPDATE disclosure SET text = 'W10' WHERE idx = 2 AND text IS NOT NULL",
        "UPDATE disclosure SET sealed = zeroblob(64) WHERE idx = 4 AND sealed IS NOT NULL",
    )
    store = sqlite_place.open_unchecked()
    assert {one.table for one in check(store.database, store.vault, store.anchor).faults} >= {
        "entry", "node", "head", "disclosure", "database",
    }  # fmt: skip
    sqlite_place.close()
    done = recover(sqlite_place.installation, [copy])
    assert done.entries == ()
    assert done.mended.keys() == {"entry", "disclosure", "node", "head"}
    store = sqlite_place.open()
    assert check(store.database, store.vault, store.anchor).faults == ()
    assert store.text("moratoria", 3, "text") == "reason 3"


def test_a_copy_of_another_history_changes_nothing(place: Place, tmp_path: Path) -> None:
    """If here and copy together do not make the anchored root, not one byte is written."""
    filled(place, 5)
    copy = tmp_path / "copy"
    copy_file(place, copy)
    cut(place, 4)
    lines = copy.read_text().splitlines()
    swapped = [line.replace('"idx":5', '"idx":55').replace('"idx":4', '"idx":5').replace('"idx":55', '"idx":4')
               for line in lines]  # fmt: skip
    copy.write_text("\n".join(swapped))
    with pytest.raises(UnrecoverableError):
        recover(place.installation, [FileCopy.read(copy)])
    assert isinstance(place.open().read_only, RecordBehindAnchorError)
    place.close()
    with pytest.raises(UnrecoverableError, match="4 to 6 are neither here nor in a copy"):
        recover(place.installation, [])


def test_two_partial_copies_complete_each_other(place: Place, tmp_path: Path) -> None:
    """What is missing may come from several copies, each with a part."""
    filled(place, 6)
    whole = tmp_path / "copy"
    copy_file(place, whole)
    cut(place, 3)
    lines = whole.read_text().splitlines()
    parts = []
    for wanted in (("3", "5"), ("4", "6", "7")):
        part = tmp_path / f"part-{wanted[0]}"
        keep = [
            line for line in lines
            if '"body"' not in line or any(line.startswith(f'{{"idx":{index},') for index in wanted)
        ]  # fmt: skip
        part.write_text("\n".join(keep))
        parts.append(FileCopy.read(part))
    with pytest.raises(UnrecoverableError, match="3 to 3, 5 to 5"):
        recover(place.installation, parts[1:])
    recover(place.installation, parts)
    assert check_all(place.open()) == 8


def test_a_file_that_is_no_copy_is_refused(tmp_path: Path) -> None:
    """Some other file is named as such, not read as an empty copy."""
    (tmp_path / "x").write_text("hello\n")
    with pytest.raises(InputError, match="is no copy of a record"):
        FileCopy.read(tmp_path / "x")


@pytest.fixture
def lamp(tmp_path: Path) -> LampCase:
    """Return a record with a case and a licence that was used."""
    return lamp_case(tmp_path)


def cut_off(lamp: LampCase, size: int) -> None:
    """Let the record lose what came after ``size`` entries."""
    place = Place("sqlite", lamp.made.folder, lamp.made.private)
    cut(place, size)
    from lastword.store.rebuild import rebuild

    database = lamp.made.open_database()
    rebuild(database, write=True)
    database.close()


def went_on(lamp: LampCase, tmp_path: Path, **given: object) -> Store:
    """Let a new record go on from the old one, and open it."""
    found = declare_loss(
        lamp.made, folder=tmp_path / "new", origin="practice.example/lamps-2", officers=("ada", "ben"), now=LATER,
        private=tmp_path / "new-private", **given,  # type: ignore[arg-type]
    )  # fmt: skip
    return found.made.store(clock=FixedClock(LATER + timedelta(hours=1)))


def test_a_declared_loss_goes_on_under_a_new_name(lamp: LampCase, tmp_path: Path) -> None:
    """The new record holds the old head in entry 0, the same states, and texts; its licences in force are suspended."""
    with lamp.open() as old:
        size = old.head().size  # type: ignore[union-attr]
        case = old.state(f"case/{lamp.case}")
        texts = [one.texts for one in old.entries(f"case/{lamp.case}")]
    cut_off(lamp, size - 1)  # the use is lost
    with lamp.open() as old:
        assert isinstance(old.read_only, RecordBehindAnchorError)
    with went_on(lamp, tmp_path) as new:
        keys = new.state(KEYS)
        assert keys.continues.origin == "practice.example/lamps"
        assert (keys.continues.size, keys.continues.lost, keys.continues.why) == (size - 1, 1, "loss")
        assert keys.continues.by == ("ada", "ben")
        assert new.state(f"case/{lamp.case}") == case
        assert [one.texts for one in new.entries(f"case/{lamp.case}")] == texts
        licence = new.state(f"licence/{lamp.licence}")
        assert (licence.status, licence.suspended_for) == ("suspended", GAP)
        assert new.read_only is None
        assert check(new.database, new.vault, new.anchor).faults == ()
    with lamp.open() as old, pytest.raises(StoreError, match=r"goes on from it|missing"):
        old.submit(declare("m1"))


def test_an_exposed_key_freezes_the_record_at_a_witnessed_head(lamp: LampCase, tmp_path: Path) -> None:
    """What came after the head that witnesses saw is not taken over, and only licences that moved since are suspended."""
    with lamp.open() as old:
        size = old.head().size  # type: ignore[union-attr]
    with went_on(lamp, tmp_path, why="key", at=size - 1) as new:
        licence = new.state(f"licence/{lamp.licence}")
        assert licence.status == "suspended"
        assert licence.uses == {}
        assert new.state(KEYS).log_key != new.state(KEYS).continues.note
    with pytest.raises(ActRefused, match="1 of the 2 officers"):
        declare_loss(
            lamp.made, folder=tmp_path / "n3", origin="x.example/3", officers=("ada", "ada"), now=LATER,
            private=tmp_path / "p3",
        )  # fmt: skip
    with pytest.raises(ActRefused, match="does not hold the office"):
        declare_loss(
            lamp.made, folder=tmp_path / "n3", origin="x.example/3", officers=("ada", "lou"), now=LATER,
            private=tmp_path / "p3",
        )  # fmt: skip
    assert not (tmp_path / "n3").exists()


def test_what_was_erased_stays_erased_in_the_record_that_goes_on(lamp: LampCase, tmp_path: Path) -> None:
    """A text erased in the old record is not in the new one either: its digest is, and an entry says that it was erased."""
    with lamp.open() as old:
        entry = next(one for one in old.entries(f"case/{lamp.case}") if "for_file" in one.texts)
        redact(
            old,
            RedactText(person="ada", index=entry.index, field="for_file", ground="gdpr-17"),
            lists_of(lamp.made.folder, lamp.made.private),
        )
    with went_on(lamp, tmp_path) as new:
        text = new.text(f"case/{lamp.case}", entry.no, "for_file")
        assert isinstance(text, Erased)
        said = new.entry_at(text.by)
        assert said is not None
        assert said.event.ground == "gdpr-17"
        assert check(new.database, new.vault, new.anchor).faults == ()


def test_a_damaged_record_cannot_be_gone_on_from(lamp: LampCase, tmp_path: Path) -> None:
    """Only entries that make a signed head are taken over."""
    tamper(Place("sqlite", lamp.made.folder, lamp.made.private), "DELETE FROM entry WHERE idx = 4")
    with pytest.raises(StoreError, match="do not make the head"):
        went_on(lamp, tmp_path)
    assert not (tmp_path / "new").exists()


def test_what_was_put_under_an_entry_is_not_taken_over(lamp: LampCase, tmp_path: Path) -> None:
    """A kept part that was exchanged with its digest fits its row, but not the signed entry: rebuild and recovery refuse it."""
    from lastword.record.disclosure import Disclosure
    from lastword.record.refusal import RecordError
    from lastword.store.rebuild import rebuild

    with lamp.open() as store:
        entry = store.entry(f"licence/{lamp.licence}", 2)
        assert entry is not None
        name, one = next((name, one) for name, one in entry.disclosures.items() if one.audience is not None)
        forged = Disclosure(name, one.value, "f" * 22)
    tamper(
        Place("sqlite", lamp.made.folder, lamp.made.private),
        f"UPDATE disclosure SET text = '{forged.text}', digest = '{forged.digest}' "
        f"WHERE idx = {entry.index} AND name = '{name}'",
    )
    database = lamp.made.open_database()
    with pytest.raises(RecordError, match="is no part of what was signed"):
        rebuild(database, write=True)
    database.close()
    with pytest.raises(RecordError, match="is no part of what was signed"):
        went_on(lamp, tmp_path)
    assert not (tmp_path / "new").exists()
