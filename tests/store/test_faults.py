"""Faults at every step of a turn, each in both ways: it failed, or it was done and only the answer was lost."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from stores import Place, breaking, check_all, declare, names, tamper

from lastword.store.refusal import (
    DamagedError,
    NotAcknowledgedError,
    NotWrittenError,
    ReadOnlyError,
    StoreError,
)
from lastword.store.store import Store

pytest_plugins = ("places",)

STEPS = ("vault", "write", "commit", "anchor")
WAYS = pytest.mark.parametrize("after", [False, True], ids=["failed", "done_but_unanswered"])


def break_step(store: Store, step: str, *, after: bool, times: int = 1) -> None:
    """Let one step of the next turn fail."""
    thing, method = {
        "vault": (store.vault, "new_keys"),
        "write": (store.database, "write"),
        "commit": (store.database, "commit"),
        "anchor": (store.anchor, "move"),
    }[step]
    breaking(thing, method, after=after, times=times)


@WAYS
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_loses_and_doubles_nothing(place: Place, step: str, after: bool) -> None:
    """Whatever step fails, and whether it was done or not: asked again with its key the act is there once, in full."""
    store = place.open()
    store.submit(declare("m0"), key="k0", digest="d")
    break_step(store, step, after=after)
    try:
        done = store.submit(declare("m1", text="words"), key="k1", digest="d")
    except NotWrittenError:
        assert step in ("vault", "write", "commit")
        assert names(store) == {"m0"}
    except NotAcknowledgedError:
        assert step == "anchor"
    else:
        # It was done, the writer looked, and saw that it was.
        assert after
        assert step in ("commit", "anchor")
        assert done.index == 3
    again = store.submit(declare("m1", text="words"), key="k1", digest="d")
    assert again.index == 3
    assert store.text("moratoria", 2, "text") == "words"
    assert check_all(store) == 4
    # What a turn that failed after the vault's commit left there is swept.
    orphans = {("vault", True), ("write", False), ("write", True), ("commit", False)}
    assert store.sweep() == ((step, after) in orphans)


@WAYS
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_is_over_for_the_next_process(place: Place, step: str, after: bool) -> None:
    """A process that was broken off at any step leaves a record that the next one opens, and continues."""
    store = place.open()
    break_step(store, step, after=after)
    acknowledged = True
    try:
        store.submit(declare("m1", text="words"), key="k1", digest="d")
    except StoreError:
        acknowledged = False
    place.close()
    store = place.open()
    assert store.read_only is None
    if acknowledged:
        assert names(store) == {"m1"}
    store.submit(declare("m1", text="words"), key="k1", digest="d")
    store.submit(declare("m2"))
    assert names(store) == {"m1", "m2"}
    assert check_all(store) == 4


@WAYS
def test_when_the_writer_cannot_look_it_says_that_it_does_not_know(place: Place, after: bool) -> None:
    """A commit without an answer, and a database that is gone when the writer looks: nothing is claimed."""
    store = place.open()
    store.submit(declare("m0"))
    breaking(store.database, "commit", after=after)
    breaking(store.database, "again", after=False)
    with pytest.raises(NotAcknowledgedError, match="ask again with the same key"):
        store.submit(declare("m1"), key="k1", digest="d")
    assert store.submit(declare("m1"), key="k1", digest="d").repeated is after
    assert check_all(store) == 4


def test_a_writer_that_cannot_reload_writes_nothing(sqlite_place: Place) -> None:
    """After a fault everything is checked anew; as long as that fails, every act is refused."""
    store = sqlite_place.open()
    store.submit(declare("m1"))
    breaking(store.anchor, "move", after=False)
    with pytest.raises(NotAcknowledgedError):
        store.submit(declare("m2"))
    tamper(sqlite_place, "UPDATE node SET hash = zeroblob(32) WHERE level = 0 AND n = 3")
    for _ in range(2):
        with pytest.raises(ReadOnlyError):
            store.submit(declare("m3"))
    assert store.database.revision()


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """Let no file of this process grow beyond ``limit`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("more", [0, 3_000, 9_000, 20_000, 60_000])
def test_a_full_disk_acknowledges_nothing_and_leaves_no_half(sqlite_place: Place, more: int) -> None:
    """Where the disk is full, acts fail whole; when there is room again, the same store goes on."""
    store = sqlite_place.open()
    store.submit(declare("m0"))
    wal = sqlite_place.folder / "record.db-wal"
    acknowledged = set()
    failed = 0
    with full_disk(wal.stat().st_size + more):
        for number in range(12):
            try:
                store.submit(declare(f"n{number}", text="x" * 500), key=f"n{number}")
            except StoreError:
                failed += 1
            else:
                acknowledged.add(f"n{number}")
    assert failed
    assert acknowledged | {"m0"} <= names(store)
    store.submit(declare("after"))
    assert names(store) == acknowledged | {"m0", "after"}
    assert check_all(store) == 2 + len(names(store))


@pytest.mark.parametrize(
    ("what", "statement"),
    [
        ("an entry's body", "UPDATE entry SET body = zeroblob(length(body)) WHERE idx = 4"),
        ("one character of an entry", "UPDATE entry SET body = CAST(replace(body, 'e', 'f') AS BLOB) WHERE idx = 3"),
        ("a hash", "UPDATE node SET hash = zeroblob(32) WHERE level = 0 AND n = 4"),
        ("the last hash", "DELETE FROM node WHERE level = 0 AND n = 5"),
        ("the last entry", "DELETE FROM entry WHERE idx = 5"),
        ("the head", "DELETE FROM head WHERE size = 6"),
        ("the head's root", "UPDATE head SET root = zeroblob(32) WHERE size = 6"),
        (
            "the signature",
            "UPDATE head SET note = CAST(substr(note, 1, length(note) - 9) || 'AAAAAAA=' || char(10) AS BLOB)"
            " WHERE size = 6",
        ),
        ("all of it", "DELETE FROM head"),
        (
            "whose record it is",
            "UPDATE state SET data = CAST(replace(data, 'clearance.', 'elsewhere.') AS BLOB) WHERE stream = 'keys'",
        ),
        ("an entry too many", "INSERT INTO entry SELECT 6, body, stream, 99, kind FROM entry WHERE idx = 5"),
    ],
)  # fmt: skip
def test_whatever_was_changed_in_the_last_entries_stops_the_writer(
    sqlite_place: Place, what: str, statement: str
) -> None:
    """Entry, tree and head are compared when a store is opened; if they do not fit, nothing more is signed."""
    store = sqlite_place.open()
    for number in range(4):
        store.submit(declare(f"m{number}"))
    sqlite_place.close()
    tamper(sqlite_place, statement)
    store = sqlite_place.open()
    assert store.read_only is not None, what
    with pytest.raises(ReadOnlyError):
        store.submit(declare("more"))


def test_other_keys_than_the_records_sign_nothing(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With private keys that the record does not name, it is read only."""
    import os

    from lastword.errors import Where
    from lastword.record.note import Signer

    place.close()
    other = Signer.new(place.installation.origin, os.urandom(32), Where("key"))
    (place.private / "log.key").write_text(other.private_line() + "\n")
    store = place.open()
    with pytest.raises(ReadOnlyError, match="private keys"):
        store.submit(declare("m1"))
    assert isinstance(store.read_only, ReadOnlyError)
    assert not isinstance(store.read_only, DamagedError)
