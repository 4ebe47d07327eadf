"""The anchor: an old database, or another history, is found out, however well it fits in itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import NOON, ORIGIN, Place, breaking, check_all, copied, declare, names, put_back

from lastword.record.tree import EMPTY_ROOT
from lastword.store.anchor import SLOT, Anchored, AnchorFile
from lastword.store.clock import Base
from lastword.store.installation import ANCHOR
from lastword.store.refusal import (
    DamagedError,
    NotAcknowledgedError,
    ReadOnlyError,
    RecordBehindAnchorError,
)

pytest_plugins = ("places",)
ROOT, OTHER = b"\x01" * 32, b"\x02" * 32


def test_an_anchor_says_what_it_was_moved_to(tmp_path: Path) -> None:
    """An anchor read anew says origin, size, root and the clock's base, exactly."""
    anchor = AnchorFile.create(tmp_path / "anchor", ORIGIN)
    base = Base("boot-1", 12.25, NOON, True)
    moved = anchor.move(anchor.read(), Anchored(ORIGIN, 3, ROOT, base))
    assert AnchorFile(tmp_path / "anchor").read() == moved == Anchored(ORIGIN, 3, ROOT, base, 1)


def test_an_anchor_never_goes_back(tmp_path: Path) -> None:
    """A smaller head, another root of the same size, and another origin are refused, and nothing moves."""
    anchor = AnchorFile.create(tmp_path / "anchor", ORIGIN)
    there = anchor.move(anchor.read(), Anchored(ORIGIN, 3, ROOT))
    for wrong in (Anchored(ORIGIN, 2, ROOT), Anchored(ORIGIN, 3, OTHER), Anchored("other.example", 4, ROOT)):
        with pytest.raises(ReadOnlyError):
            anchor.move(there, wrong)
    assert anchor.read() == there


def test_of_two_who_move_an_anchor_one_is_refused(tmp_path: Path) -> None:
    """Who read the anchor before another moved it has lost."""
    first = AnchorFile.create(tmp_path / "anchor", ORIGIN)
    second = AnchorFile(tmp_path / "anchor")
    old = first.read()
    assert second.read() == old
    first.move(old, Anchored(ORIGIN, 1, ROOT))
    with pytest.raises(ReadOnlyError, match="by somebody else"):
        second.move(old, Anchored(ORIGIN, 1, OTHER))


@given(kept=st.integers(0, SLOT - 1), byte=st.integers(0, 255))
def test_a_slot_that_was_half_written_leaves_the_other(
    tmp_path_factory: pytest.TempPathFactory, kept: int, byte: int
) -> None:
    """If the power goes while a slot is written, the head before is still there, never a mixture."""
    path = tmp_path_factory.mktemp("anchor") / "anchor"
    anchor = AnchorFile.create(path, ORIGIN)
    first = anchor.move(anchor.read(), Anchored(ORIGIN, 1, ROOT))
    before = path.read_bytes()
    second = anchor.move(first, Anchored(ORIGIN, 2, OTHER))
    after = path.read_bytes()
    at = 0 if before[:SLOT] != after[:SLOT] else SLOT
    torn = after[at : at + kept] + bytes([byte]) * (SLOT - kept)
    path.write_bytes(after[:at] + torn + after[at + SLOT :])
    assert AnchorFile(path).read() in (first, second)


def test_an_anchor_that_cannot_be_read_stops_the_writer(place: Place) -> None:
    """Without an anchor nobody can tell whether the database is the newest: it is read, never written."""
    place.open().submit(declare("m1"))
    place.close()
    (place.private / ANCHOR).write_bytes(b"x" * 2 * SLOT)
    store = place.open()
    assert isinstance(store.read_only, DamagedError)
    with pytest.raises(DamagedError):
        store.submit(declare("m2"))


def test_an_old_database_is_found_out_by_the_anchor(sqlite_place: Place, tmp_path: Path) -> None:
    """A backup put back is missing entries that were acknowledged; which ones is said, and nothing is written."""
    store = sqlite_place.open()
    store.submit(declare("m1"))
    sqlite_place.close()
    copied(sqlite_place, tmp_path / "backup")
    store = sqlite_place.open()
    for number in range(3):
        store.submit(declare(f"later{number}"))
    put_back(sqlite_place, tmp_path / "backup")
    store = sqlite_place.open()
    assert isinstance(store.read_only, RecordBehindAnchorError)
    assert (store.read_only.first, store.read_only.last, store.read_only.size) == (3, 5, 3)
    with pytest.raises(RecordBehindAnchorError, match="entries 3 to 5 are missing"):
        store.submit(declare("m2"))
    assert names(store) == {"m1"}


def test_another_history_is_found_out_by_the_anchor(sqlite_place: Place, tmp_path: Path) -> None:
    """A database that went on from a backup is no continuation of what was acknowledged, whatever its size."""
    sqlite_place.close()
    copied(sqlite_place, tmp_path / "backup")
    shutil.copytree(sqlite_place.private, tmp_path / "private-backup")
    store = sqlite_place.open()
    store.submit(declare("true1"))
    store.submit(declare("true2"))
    sqlite_place.close()
    anchor = (sqlite_place.private / ANCHOR).read_bytes()
    for more in (2, 3):
        put_back(sqlite_place, tmp_path / "backup")
        (sqlite_place.private / ANCHOR).write_bytes((tmp_path / "private-backup" / ANCHOR).read_bytes())
        store = sqlite_place.open()
        for number in range(more):
            store.submit(declare(f"forged{number}"))
        sqlite_place.close()
        (sqlite_place.private / ANCHOR).write_bytes(anchor)
        store = sqlite_place.open()
        assert isinstance(store.read_only, RecordBehindAnchorError)
        with pytest.raises(RecordBehindAnchorError, match="another history"):
            store.submit(declare("m2"))


def test_a_database_ahead_of_the_anchor_moves_it(place: Place) -> None:
    """After a crash between commit and anchor the database is ahead and continues it: the anchor follows."""
    store = place.open()
    before = (place.private / ANCHOR).read_bytes()
    store.submit(declare("m1"))
    store.submit(declare("m2"))
    place.close()
    (place.private / ANCHOR).write_bytes(before)
    store = place.open()
    assert store.read_only is None
    assert store.anchor.read().size == 4
    assert check_all(store) == 4


def test_nothing_above_the_anchor_leaves(place: Place) -> None:
    """An entry whose anchor could not be moved is not shown to readers, though it is in the database."""
    store = place.open()
    breaking(store.anchor, "move", after=False, times=10)
    with pytest.raises(NotAcknowledgedError):
        store.submit(declare("m1"))
    for read in (
        lambda: store.state("moratoria"),
        store.head,
        lambda: store.entry_at(2),
        lambda: store.due(NOON),
    ):
        with pytest.raises(NotAcknowledgedError):
            read()


def test_a_reader_moves_the_anchor_of_a_writer_who_died(place: Place) -> None:
    """If the writer died before the anchor was moved, whoever reads first settles it."""
    reader, writer = place.open(), place.open()
    breaking(writer.anchor, "move", after=False)
    with pytest.raises(NotAcknowledgedError):
        writer.submit(declare("m1"))
    assert names(reader) == {"m1"}
    assert reader.anchor.read().size == 3


def test_the_anchor_of_another_record_is_refused(place: Place) -> None:
    """An anchor belongs to one record."""
    place.close()
    os.unlink(place.private / ANCHOR)
    anchor = AnchorFile.create(place.private / ANCHOR, "other.example")
    assert anchor.read().root == EMPTY_ROOT
    store = place.open()
    assert isinstance(store.read_only, DamagedError)
