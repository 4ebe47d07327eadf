"""A record whose files are taken away, put back, copied or swapped: it never acknowledges what it could have to take back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

import pytest
from lampcase import DECIDED, lamp_case
from sqlalchemy import insert, select
from stores import CONSTITUTION, NOON, ROSTER, Place, copied, declare, grep, put_back, tamper

from lastword.cases.acts import Decide
from lastword.cases.refusal import ActRefused
from lastword.clearance.desk import Desk
from lastword.errors import InputError, LastwordError
from lastword.store import schema
from lastword.store.installation import ANCHOR, VAULT, Installation
from lastword.store.parting import WITHHELD
from lastword.store.refusal import DamagedError, ReadOnlyError, RecordBehindAnchorError, StoreError
from lastword.store.scrub import check
from lastword.store.streams import KINDS
from lastword.store.writing import Writing

pytest_plugins = ("places",)
CANARY = "Kanarienvogel-9917"


def moved_in(place: Place, folder: Path, private: Path) -> Place:
    """Return another installation: the folder ``folder``, which names ``private``."""
    made = replace(place.installation, folder=folder, private=private)
    (folder / "store.toml").write_text(made._toml())
    return Place(place.backend, folder, private, place.clock)


def test_without_its_anchor_a_record_is_not_opened(sqlite_place: Place) -> None:
    """Whoever takes the anchor away to hide that the database is old gets nothing written, and is told its name."""
    sqlite_place.open().submit(declare("m1"))
    sqlite_place.close()
    (sqlite_place.private / ANCHOR).unlink()
    with pytest.raises(DamagedError, match="anchor"):
        sqlite_place.open()


def test_an_anchor_of_another_record_is_refused(sqlite_place: Place, tmp_path: Path) -> None:
    """It would say of any database that it is new enough."""
    made = Installation.create(
        tmp_path / "other",
        origin="other.example/2026",
        constitution=CONSTITUTION,
        roster_changes=ROSTER,
        now=NOON,
        private=tmp_path / "others",
    )
    shutil.copy(made.private / ANCHOR, sqlite_place.private / ANCHOR)
    store = sqlite_place.open()
    assert isinstance(store.read_only, DamagedError)
    assert "other.example/2026" in str(store.read_only)
    with pytest.raises(StoreError, match=r"other\.example"):
        store.submit(declare("m1"))


def test_two_records_never_share_a_private_folder(sqlite_place: Place, tmp_path: Path) -> None:
    """A second one is not founded there; and one that is made to name it finds keys and anchor that are not its own."""
    with pytest.raises(InputError, match="is there already"):
        Installation.create(
            tmp_path / "second",
            origin="second.example/2026",
            constitution=CONSTITUTION,
            roster_changes=ROSTER,
            now=NOON,
            private=sqlite_place.private,
        )
    made = Installation.create(
        tmp_path / "second",
        origin="second.example/2026",
        constitution=CONSTITUTION,
        roster_changes=ROSTER,
        now=NOON,
        private=tmp_path / "seconds",
    )
    sharing = moved_in(
        Place("sqlite", made.folder, made.private, sqlite_place.clock), made.folder, sqlite_place.private
    )
    sharing.folder.joinpath("store.toml").write_text(replace(made, private=sqlite_place.private)._toml())
    store = sharing.open()
    assert store.read_only is not None
    with pytest.raises(StoreError):
        store.submit(declare("m1"))
    sharing.close()
    assert sqlite_place.open().read_only is None


def test_of_two_copies_of_a_record_one_goes_on(sqlite_place: Place, tmp_path: Path) -> None:
    """Both are run at once, on one anchor: whichever writes first leaves the other behind, which then only reads."""
    copied(sqlite_place, tmp_path / "copy")
    other = Place("sqlite", tmp_path / "copy", sqlite_place.private, sqlite_place.clock)
    first, second = sqlite_place.open(), other.open()
    first.submit(declare("m1"))
    with pytest.raises(RecordBehindAnchorError):
        second.submit(declare("m2"))
    assert first.submit(declare("m3")).size == 4
    assert second.head() is not None
    other.close()


def test_an_old_vault_and_an_old_database_bring_nothing_back(sqlite_place: Place, tmp_path: Path) -> None:
    """Both are put back together, and the anchor is not: the record only reads."""
    store = sqlite_place.open()
    store.submit(declare("m1", text=CANARY))
    sqlite_place.close()
    copied(sqlite_place, tmp_path / "backup")
    shutil.copy(sqlite_place.private / VAULT, tmp_path / VAULT)
    sqlite_place.open().submit(declare("m2"))
    put_back(sqlite_place, tmp_path / "backup")
    shutil.copy(tmp_path / VAULT, sqlite_place.private / VAULT)
    store = sqlite_place.open()
    assert isinstance(store.read_only, RecordBehindAnchorError)
    with pytest.raises(ReadOnlyError):
        store.submit(declare("m3"))


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE state SET no = no + 1 WHERE stream = 'moratoria'", "state"),
        ("UPDATE state SET last_leaf = zeroblob(32) WHERE stream = 'moratoria'", "state"),
        ("UPDATE state SET data = CAST(replace(CAST(data AS TEXT), 'm1', 'm9') AS BLOB) "
         "WHERE stream = 'moratoria'", "state"),
        ("DELETE FROM state WHERE stream = 'moratoria'", "state"),
        ("INSERT INTO state SELECT 'licence/FORGED', no, last_idx, last_leaf, data FROM state "
         "WHERE stream = 'roster'", "state"),
        ("DELETE FROM timer", "timer"),
        ("UPDATE timer SET due_at = due_at + 1", "timer"),
        ("INSERT INTO listing VALUES ('reader:rival', 'case/X')", "listing"),
    ],
)  # fmt: skip
def test_a_state_that_was_changed_is_found(sqlite_place: Place, change: str, table: str) -> None:
    """Who can write the database can change what acts are decided on; the check makes every state again from the entries."""
    store = sqlite_place.open()
    store.submit(declare("m1", until=NOON.replace(year=2027)))
    sqlite_place.close()
    tamper(sqlite_place, change)
    store = sqlite_place.open()
    faults = check(store.database, store.vault, store.anchor).faults
    assert table in {one.table for one in faults}


def keyed(words: str) -> Callable[[Writing], str]:
    """Return an act that writes words."""

    def work(writing: Writing) -> str:
        declare("m1", text=words)(writing)
        return "done"

    return work


def test_with_the_database_alone_nobody_can_try_what_the_words_of_an_act_were(place: Place) -> None:
    """The digest by which a repeated act is known again is kept under a secret that the database does not hold."""
    digest = "5f" * 32
    store = place.open()
    store.submit(keyed(CANARY), key="k", digest=digest)
    with store.database.reading() as session:
        (kept,) = (row[0] for row in session.rows(select(schema.request.c.digest)))
    assert digest not in kept
    again = place.open()
    assert again.submit(keyed(CANARY), key="k", digest=digest).repeated
    with pytest.raises(ActRefused, match="key"):
        again.submit(keyed(CANARY), key="k", digest="60" * 32)


def test_the_secret_of_repeated_acts_is_not_swept_away(sqlite_place: Place) -> None:
    """Sweeping takes keys that fit no text; this one fits none either, and stays."""
    store = sqlite_place.open()
    store.submit(keyed(CANARY), key="k", digest="d")
    assert store.sweep() == 0
    assert sqlite_place.open().submit(keyed(CANARY), key="k", digest="d").repeated


def test_without_its_vault_a_record_writes_nothing(sqlite_place: Place) -> None:
    """Somebody empties the file under a store that is open: an act with a key is refused in words, and leaves nothing."""
    store = sqlite_place.open()
    before = store.head()
    for beside in ("-wal", "-shm"):
        (sqlite_place.private / f"{VAULT}{beside}").unlink(missing_ok=True)
    (sqlite_place.private / VAULT).write_bytes(b"no database " * 1000)
    with pytest.raises(StoreError, match="vault"):
        store.submit(keyed(CANARY), key="k", digest="d")
    assert store.head() == before


def test_words_stand_in_clear_in_no_file(sqlite_place: Place) -> None:
    """Neither in the database nor in its log, nor beside the anchor; and not in the error of an act that fails."""
    store = sqlite_place.open()

    def fails(writing: Writing) -> str:
        declare("m1", text=CANARY)(writing)
        raise RuntimeError("after the words were sealed")

    with pytest.raises(RuntimeError) as failed:
        store.submit(fails, key="k1", digest="d")
    assert CANARY not in str(failed.value)
    store.submit(keyed(CANARY), key="k2", digest="d")
    for folder in (sqlite_place.folder, sqlite_place.private):
        assert grep(folder, CANARY.encode()) == []


def test_an_error_of_the_database_repeats_nothing_of_what_was_written(place: Place) -> None:
    """It is told to everybody whose act was in the same turn."""
    store = place.open()
    with pytest.raises(StoreError) as failed:
        store.submit(lambda writing: writing.run(insert(schema.listing), [{"word": CANARY, "stream": None}]))
    assert CANARY not in str(failed.value)
    assert place.open().submit(declare("m1")).index == 2


def test_an_act_that_only_says_that_it_is_signed_is_refused(tmp_path: Path) -> None:
    """At a seat that needs a personal signature nobody gets by with a word."""
    lamp = lamp_case(tmp_path, decide=False, signature=True)
    with Desk.open(lamp.made.folder, at=DECIDED) as desk:
        (key,) = desk.store.state(f"case/{lamp.case}").clearances
        act = Decide(
            person="lou", case=lamp.case, clearance=key, nonce="n" * 22, outcome="grant", for_file="x"
        )
        for one in (act, replace(act, signed=True)):
            with pytest.raises(ActRefused) as refused:
                desk.do(one)
            assert refused.value.code == "needs_signature"


def test_a_case_bears_no_number_that_could_be_taken_for_another(tmp_path: Path) -> None:
    """Neither by letters that look alike or turn the line round, nor by signs that part names, whoever calls."""
    lamp = lamp_case(tmp_path, decide=False)
    odd = ["A/B", "../A", "\u041a7M4", "K7M4\u202e", "A\nB", " ", ".", "-A", "\u00e91", "A" * 65, "case/A"]
    with Desk.open(lamp.made.folder, at=DECIDED) as desk:
        fields = desk.fields(lamp.case, "eve")
        for ident in odd:
            with pytest.raises(ActRefused, match="no id that it can bear"):
                desk.do(desk.filing(fields=fields, person="eve", case=ident))
        assert desk.do(desk.filing(fields=fields, person="eve", case="K7M4-QX2P")).case == "K7M4-QX2P"


@pytest.mark.parametrize(
    "stream", ["case/../roster", "case/a\x00b", "case/a\nb", "case/", "roster/x", "case/" + "x" * 300]
)
def test_a_stream_of_an_unusable_name_is_refused(sqlite_place: Place, stream: str) -> None:
    """No name of a case can be taken for another stream, or breaks a line."""
    store = sqlite_place.open()
    if stream == "case/../roster":
        assert store.submit(lambda writing: writing.state(stream)).result is None
        return
    with pytest.raises(LastwordError):
        store.submit(lambda writing: writing.state(stream))


def test_a_text_moved_to_another_entry_is_not_read_there(sqlite_place: Place) -> None:
    """Its row is given to the entry of somebody else: that one did not sign it, and reading says so."""
    store = sqlite_place.open()
    store.submit(declare("m1", text=CANARY))
    store.submit(declare("m2"))
    sqlite_place.close()
    tamper(sqlite_place, "UPDATE disclosure SET idx = 3 WHERE sealed IS NOT NULL AND idx = 2")
    store = sqlite_place.open()
    with pytest.raises(DamagedError, match="did not sign"):
        store.entry_at(3)
    assert any(one.table == "disclosure" for one in check(store.database, store.vault, store.anchor).faults)


def test_a_text_that_is_said_to_be_for_others_is_found(sqlite_place: Place) -> None:
    """Who changes for whom a text is, in the database alone, makes it readable to others; the check must name the row."""
    store = sqlite_place.open()
    store.submit(declare("m1", text=CANARY, audience="file"))
    sqlite_place.close()
    tamper(sqlite_place, "UPDATE disclosure SET audience = 'public' WHERE sealed IS NOT NULL AND idx = 2")
    store = sqlite_place.open()
    faults = [
        one for one in check(store.database, store.vault, store.anchor).faults if one.table != "database"
    ]
    assert [(one.table, one.row) for one in faults] == [("disclosure", "2 text")]
    with pytest.raises(DamagedError, match="for others than was signed"):
        store.entry_at(2)


def test_the_database_is_one_of_sqlite(sqlite_place: Place) -> None:
    """A file of something else in its place is an error in words, and stays as it is."""
    sqlite_place.close()
    path = sqlite_place.folder / "record.db"
    for beside in sqlite_place.folder.glob("record.db-*"):
        beside.unlink()
    path.write_bytes(b"not a database, but long enough to be read as one " * 40)
    with pytest.raises(StoreError):
        sqlite_place.open()
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(path).execute("SELECT 1 FROM entry")


PERSONS = frozenset({"by", "principal", "person", "asked_by", "ordered_by", "opened_by", "confirmed_by"})
"""Names of fields that hold ids of persons, or may."""
FOR_THE_FILE = frozenset(
    {
        "case.vote_cast", "case.objection_released", "case.decision_pending", "roster.changed", "proposal.made",
        "proposal.confirmed", "proposal.carried_out", "proposal.refused", "facts.loaded", "rules.loaded", "log.exported",
    }
)  # fmt: skip
"""Kinds that are never written for anybody else."""
NO_OFFICER = frozenset(
    {
        "case.filed person", "case.amended person", "case.query_replied person", "case.appealed person",
        "case.withdrawn person", "person.enrolled person", "person.revoked person", "case.decided outcome.by",
        "case.filed clearances.*.outcomes.*.by", "case.clearance_opened clearance.outcomes.*.by",
        "licence.issued licence.uses.*.person", "log.genesis continues.by",
        *(f"licence.{kind} use.person" for kind in (
            "reserved", "confirmed", "used", "released", "returned", "reported", "breached")),
    }
)  # fmt: skip
"""Where the applicant's own people stand, the owner of a passkey, an office, or who declared a loss to all."""


def places(kind: Any, before: str = "") -> Iterator[str]:
    """Yield the path of every field of an event that is named as those of persons are."""
    for name, hint in get_type_hints(kind).items():
        if get_origin(hint) is ClassVar:
            continue
        if name in PERSONS and not before.endswith("escalation."):  # of a procedure: offices
            yield f"{before}{name}"
        for inner, many in inside(hint):
            if is_dataclass(inner):
                yield from places(inner, f"{before}{name}.{'*.' if many else ''}")


def inside(hint: Any, many: bool = False) -> Iterator[tuple[Any, bool]]:
    """Yield the types within a type, and whether there may be many of one."""
    if not get_args(hint):
        yield hint, many
    for one in get_args(hint):
        yield from inside(one, many or get_origin(hint) in (tuple, Mapping))


def test_no_kind_of_entry_names_an_officer_to_others() -> None:
    """Each field that may hold a person's id is for the file, or is known to hold none of an office; new ones must choose."""
    found = set()
    for kind, event in KINDS.items():
        if kind in FOR_THE_FILE:
            continue
        withheld = WITHHELD.get(kind, ())
        for path in places(event):
            if not any(path == one or path.startswith(f"{one}.") for one in withheld):
                found.add(f"{kind} {path}")
    assert found - NO_OFFICER == set()
    assert WITHHELD.keys() <= KINDS.keys()
