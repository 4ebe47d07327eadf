"""What went wrong in logs that the world relied on, each as a test: here it is named, refused, or cannot happen.

Sources: the ct-policy group's threads on each log, CVE-2022-36111, sigstore-python issue 248.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from lampcase import LATER, LampCase, lamp_case
from stores import Place, breaking, check_all, declare, names, tamper

from lastword.errors import Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.cosignature import WitnessSigner
from lastword.record.logevents import KEYS
from lastword.record.note import Note
from lastword.record.policy import Policy
from lastword.record.refusal import ProofError
from lastword.record.tree import check_consistency, check_inclusion, leaf_hash
from lastword.record.verdict import Outcome
from lastword.record.verify import verify
from lastword.store import writer
from lastword.store.clock import FixedClock
from lastword.store.export import export
from lastword.store.reading import Head
from lastword.store.recovery import declare_loss
from lastword.store.refusal import (
    BusyError,
    ClockError,
    DamagedError,
    NotAcknowledgedError,
    NotWrittenError,
    RecordBehindAnchorError,
    StoreError,
)
from lastword.store.scrub import check
from lastword.store.store import Store
from lastword.store.streamindexing import stream_secret
from lastword.store.witnessing import last_quorum

pytest_plugins = ("places",)


def filled(place: Place, count: int = 4) -> Store:
    """Open the record and write a few entries."""
    store = place.open()
    for number in range(1, count + 1):
        store.submit(declare(f"m{number}"))
    return store


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entry SET body = CAST(substr(body, 1, 40) || x'61' || substr(body, 42) AS BLOB) WHERE idx = 5",
        "UPDATE node SET hash = CAST(substr(hash, 1, 31) || x'00' AS BLOB) WHERE n = 5",
        "UPDATE head SET root = CAST(substr(root, 1, 31) || x'00' AS BLOB) WHERE size = 6",
        "UPDATE head SET note = CAST(substr(note, 1, 50) || x'41' || substr(note, 52) AS BLOB) WHERE size = 6",
    ],
    ids=["entry", "tile", "root", "head"],
)
def test_yeti_2022_a_flipped_bit_stops_the_signing(sqlite_place: Place, damage: str) -> None:
    """One changed byte in the newest entry, tile or head: the check names it, and nothing more is signed over it."""
    filled(sqlite_place)
    sqlite_place.close()
    tamper(sqlite_place, damage)
    store = sqlite_place.open()
    assert isinstance(store.read_only, DamagedError)
    with pytest.raises(DamagedError):
        store.submit(declare("m9"))
    assert not check(store.database).sound


def test_nimbus_2018_a_good_proof_does_not_prove_that_the_entry_can_be_served(sqlite_place: Place) -> None:
    """Entries are gone whose hashes are still in the tree: proofs hold, so only the check from the bytes tells."""
    store = filled(sqlite_place)
    proof = store.consistency(3, 6)
    roots = store.head(3), store.head(6)
    sqlite_place.close()
    tamper(sqlite_place, "DELETE FROM entry WHERE idx = 3")
    store = sqlite_place.open_unchecked()
    assert roots[0] is not None
    assert roots[1] is not None
    check_consistency(3, 6, proof, roots[0].root, roots[1].root)
    report = check(store.database)
    assert report.missing == ((3, 3),)
    assert next(str(one) for one in report.faults if one.table == "entry") == "entry 3: is missing"


def test_venafi_2017_no_head_that_does_not_continue_the_last_one(sqlite_place: Place) -> None:
    """The stored tree is exchanged for another: the next head would not continue the last, so it is never signed."""
    filled(sqlite_place)
    sqlite_place.close()
    tamper(sqlite_place, "UPDATE node SET hash = zeroblob(32) WHERE n = 0")
    store = sqlite_place.open()
    with pytest.raises(DamagedError, match="does not lead to the head"):
        store.submit(declare("m9"))
    assert sqlite_place.open_unchecked().database is not None
    with sqlite3.connect(sqlite_place.folder / "record.db") as database:
        assert database.execute("SELECT max(size) FROM head").fetchone() == (6,)
    database.close()


def test_trustasia_2021_two_writers_at_once_sign_one_head_of_each_size(place: Place) -> None:
    """Two programs that write the same record take turns: all entries are there, and of each size one head."""
    writers = [place.open(), place.open()]
    begin = threading.Barrier(2)

    def write(store: Store, own: int) -> None:
        begin.wait()
        for number in range(15):
            store.submit(declare(f"m{own}-{number}"))

    threads = [threading.Thread(target=write, args=(store, own)) for own, store in enumerate(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(writers[0])) == 30
    assert check_all(writers[1]) == 32
    assert check(writers[0].database, writers[0].vault, writers[0].anchor).faults == ()


def test_aviator_2016_nothing_is_promised_before_it_is_in_the_tree(
    sqlite_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act is acknowledged with a head that covers it; and if too many wait, the next is refused instead of promised."""
    store = filled(sqlite_place, 1)
    done = store.submit(declare("m2"))
    head = store.head(done.size)
    entry = store.entry_at(done.index)
    assert head is not None
    assert entry is not None
    check_inclusion(
        leaf_hash(entry.body), done.index, done.size, store.inclusion(done.index, done.size), head.root
    )
    monkeypatch.setattr(writer, "WAITING", 0)
    with pytest.raises(BusyError):
        store.submit(declare("m3"))


def test_mammoth_2024_a_full_disk_acknowledges_nothing_and_leaves_nothing_half(sqlite_place: Place) -> None:
    """The disk is full: acts are refused, and when there is room again the record is whole and goes on."""
    store = filled(sqlite_place, 2)
    size = store.settle()
    raw = store.database.engine.raw_connection()
    pages = raw.cursor().execute("PRAGMA page_count").fetchone()[0]
    raw.close()
    sqlite_place.close()
    store = sqlite_place.open()

    def small(raw_connection: object, _record: object) -> None:
        raw_connection.cursor().execute(f"PRAGMA max_page_count = {pages + 2}")  # type: ignore[attr-defined]

    import sqlalchemy as sa

    sa.event.listen(store.database.engine, "connect", small)
    store.database.engine.dispose()
    store.database._drop()
    refused = 0
    for number in range(40):
        try:
            store.submit(declare(f"full{number}", text="x" * 4000))
        except StoreError:
            refused += 1
    assert refused > 0
    written = len([one for one in names(store) if one.startswith("full")])
    assert written == 40 - refused
    sqlite_place.close()
    store = sqlite_place.open()
    assert store.read_only is None
    store.submit(declare("after"))
    assert check_all(store) == size + written + 1
    assert check(store.database, store.vault, store.anchor).faults == ()


def test_raio_2025_a_writer_that_cannot_look_again_stops(place: Place) -> None:
    """The commit fails, and so does the look at what became of it: it is said that nobody knows, and nothing is built upon it."""
    store = filled(place, 2)
    breaking(store.database, "finish", after=True)
    breaking(store.database, "again", after=False)
    with pytest.raises((NotAcknowledgedError, NotWrittenError)):
        store.submit(declare("m3"), key="k3")
    assert store.submit(declare("m3"), key="k3").index >= 4
    store.submit(declare("m4"))
    assert check_all(store) == 6
    assert names(store) == {"m1", "m2", "m3", "m4"}


def test_mammoth_2025_no_head_is_older_than_an_entry(place: Place) -> None:
    """A clock that was set back: nothing is written; and what the check would say of a head that is older, it says."""
    store = filled(place, 2)
    place.clock.wall -= timedelta(hours=2)
    with pytest.raises(ClockError):
        store.submit(declare("m3"))
    place.close()
    if place.backend == "sqlite":
        tamper(place, "UPDATE head SET at = at - 7200000000 WHERE size = 4")
        store = place.open_unchecked()
        assert any(
            "is dated before" in one.what for one in check(store.database).faults if one.table == "head"
        )


def test_trustasia_2026_a_proof_for_other_sizes_is_detected(place: Place) -> None:
    """A proof that belongs to other sizes than those it is asked for holds for nobody."""
    store = filled(place, 6)
    heads = {size: store.head(size) for size in range(2, 9)}
    for old in range(2, 8):
        for new in range(old + 1, 9):
            proof = store.consistency(old, new)
            first, second = heads[old], heads[new]
            assert first is not None
            assert second is not None
            check_consistency(old, new, proof, first.root, second.root)
            for other in range(2, new):
                third = heads[other]
                assert third is not None
                if other != old:
                    with pytest.raises(ProofError):
                        check_consistency(other, new, proof, third.root, second.root)


def test_digicert_2020_a_drill_for_an_exposed_key(tmp_path: Path) -> None:
    """The key is out: the record is frozen at the last witnessed head and goes on under a new name and new keys.

    What a thief signs with the old key, beyond that head or in the new record, convinces nobody.
    """
    lamp: LampCase = lamp_case(tmp_path)
    witness = WitnessSigner.new("w.example", os.urandom(32), Where("w"))
    stolen = tmp_path / "stolen"
    with lamp.open() as store:
        head = store.head()
        assert head is not None
        log = store.state(KEYS).log_key
        policy = Policy.read(f"log {log}\nwitness w {witness.key}\nquorum w\n".encode(), Where("p"))
        note = Note.read(head.note, Where("h"))
        line = witness.sign(note.text, int(head.at.timestamp()))
        store.cosigned(head.size, [("w.example", line)])
        shutil.copytree(lamp.made.private, stolen)
        store.submit(declare("thief"))
        frozen = last_quorum(store, policy)
    assert frozen is not None
    assert frozen.size == head.size
    done = declare_loss(
        lamp.made, folder=tmp_path / "new", origin="practice.example/after", officers=("ada", "ben"), now=LATER,
        private=tmp_path / "new-private", why="key", at=frozen.size,
    )  # fmt: skip
    with done.made.store(clock=FixedClock(LATER)) as new:
        assert new.state("moratoria") is None
        assert new.state(KEYS).continues.size == frozen.size
        content = export(
            new, lamp.case, by="lou", to="auditor", secret=stream_secret(done.made.private)
        ).content
        trusted = Policy.read(f"log {new.state(KEYS).log_key}\nquorum none\n".encode(), Where("p"))
        old_only = Policy.read(f"log {log}\nquorum none\n".encode(), Where("p"))
        assert not [one for one in verify(content, trusted).checks if one.outcome is Outcome.FAILED]
        assert verify(content, old_only).outcome is Outcome.FAILED
        from lastword.store.rotation import read_keys

        thief, _entry = read_keys(stolen)
        newest = new.head()
        assert newest is not None
        forged = thief.sign(Checkpoint(new.origin, newest.size, newest.root).text).encode()
        with pytest.raises(DamagedError):
            writer.check_head(Head(newest.size, newest.root, forged, newest.at), new.state(KEYS))
    shutil.copytree(stolen, lamp.made.private, dirs_exist_ok=True)
    with lamp.open() as old, pytest.raises(StoreError):
        old.submit(declare("thief-2"))


def test_immudb_2022_one_form_of_proof_and_every_change_of_it_is_refused(place: Place) -> None:
    """Each hash of an inclusion proof counts, also those in its middle: changed, left out or doubled, it holds no more."""
    store = filled(place, 6)
    head = store.head(8)
    entry = store.entry_at(3)
    assert head is not None
    assert entry is not None
    proof, leaf = store.inclusion(3, 8), leaf_hash(entry.body)
    check_inclusion(leaf, 3, 8, proof, head.root)
    for place_ in range(len(proof)):
        changed = (*proof[:place_], bytes(32), *proof[place_ + 1 :])
        for wrong in (changed, proof[:place_] + proof[place_ + 1 :], (*proof, proof[place_])):
            with pytest.raises(ProofError):
                check_inclusion(leaf, 3, 8, wrong, head.root)


def test_sigstore_2022_index_size_and_root_are_bound_to_the_signed_head(place: Place) -> None:
    """The same proof under another index or root holds for nobody, and a head's row cannot say otherwise than its note."""
    store = filled(place, 6)
    head = store.head(8)
    entry = store.entry_at(3)
    assert head is not None
    assert entry is not None
    proof, leaf = store.inclusion(3, 8), leaf_hash(entry.body)
    for index, size, root in ((2, 8, head.root), (3, 4, head.root), (3, 9, head.root), (3, 8, bytes(32))):
        with pytest.raises(ProofError):
            check_inclusion(leaf, index, size, proof, root)
    keys = store.state(KEYS)
    for wrong in (Head(7, head.root, head.note, head.at), Head(8, bytes(32), head.note, head.at)):
        with pytest.raises(DamagedError):
            writer.check_head(wrong, keys)


def test_backdating_2026_an_entry_is_dated_between_its_neighbours(sqlite_place: Place) -> None:
    """An entry that says it is older than the one before it, though rightly signed, is named by the check."""
    from datetime import UTC, datetime

    from lastword.record.entry import compose
    from lastword.store.rotation import read_keys

    filled(sqlite_place, 1)
    sqlite_place.close()
    _log, signer = read_keys(sqlite_place.private)
    store = sqlite_place.open_unchecked()
    old = store.entry_at(2)
    assert old is not None
    kept = {one.audience: one.value for one in old.disclosures.values() if one.audience is not None}
    salts = iter(f"{number:022d}" for number in range(99))
    forged = compose(
        origin=store.origin, issued=datetime(2020, 1, 1, tzinfo=UTC), kept=kept,  # type: ignore[arg-type]
        erasable={}, signer=signer, salt=lambda: next(salts),
    )  # fmt: skip
    sqlite_place.close()
    tamper(
        sqlite_place,
        f"UPDATE entry SET body = x'{forged.body.hex()}' WHERE idx = 2",
        *(
            f"UPDATE disclosure SET text = '{one.text}', digest = '{one.digest}' WHERE idx = 2 AND name = '{one.name}'"
            for one in forged.disclosures
        ),
    )
    store = sqlite_place.open_unchecked()
    assert "is dated before the one before it" in {one.what for one in check(store.database).faults}


def test_an_old_backup_put_back_is_read_only(sqlite_place: Place, tmp_path: Path) -> None:
    """The anchor knows more than the backup: nothing is written, and the missing range is named."""
    filled(sqlite_place, 2)
    sqlite_place.close()
    shutil.copytree(sqlite_place.folder, tmp_path / "backup")
    sqlite_place.open().submit(declare("m9"))
    sqlite_place.close()
    shutil.rmtree(sqlite_place.folder)
    shutil.copytree(tmp_path / "backup", sqlite_place.folder)
    store = sqlite_place.open()
    assert isinstance(store.read_only, RecordBehindAnchorError)
    assert (store.read_only.first, store.read_only.last) == (4, 4)
    with pytest.raises(RecordBehindAnchorError):
        store.submit(declare("m10"))
