"""A PostgreSQL with a synchronous standby, both real: the primary dies, the standby is promoted, the record goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from standbys import Pair, Waiting
from stores import check_all, declare, names

from lastword.store import moving
from lastword.store.copying import DatabaseCopy
from lastword.store.recovery import recover
from lastword.store.refusal import (
    NotAcknowledgedError,
    RecordBehindAnchorError,
    StandbyError,
    StoreError,
)
from lastword.store.rotation import RotateKey, rotate
from lastword.store.store import Store
from lastword.store.writer import Done

pytest_plugins = ("places", "pair")
WRITERS = 4


def write(store: Store, ident: str) -> Done[int]:
    """Write an act of this name, under a key of the same name."""
    return store.submit(declare(ident, text=f"why {ident}"), key=ident, digest=ident)


def hang(pair: Pair, act: Callable[[], Any]) -> Waiting:
    """Do an act whose commit the primary has on its disk, and no standby: it waits."""
    pair.lose_standby()
    waiting = Waiting(act)
    until = time.monotonic() + 20
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    while not pair.primary.run(query):
        assert time.monotonic() < until
        assert waiting.is_alive(), waiting.came
        time.sleep(0.02)
    return waiting


def check_one_history(pair: Pair, store: Store) -> None:
    """Check that all fits together, and that both servers hold the same signed head wherever both hold one of a size."""
    assert check_all(store) == store.anchor.read().size
    new = pair.heads(pair.standby)
    pair.primary.start()
    old = pair.heads(pair.primary)
    assert len(old) > 2
    assert {size: new[size] for size in old} == old


def test_the_primary_dies_while_many_write_and_nothing_acknowledged_is_lost(pair: Pair) -> None:
    """Each act that was acknowledged is at its place in the promoted standby; the others are done once when asked again."""
    store = pair.place.open()
    acknowledged: dict[str, int] = {}
    asked: list[str] = []

    def work(writer: int) -> None:
        for number in range(10_000):
            ident = f"w{writer}-{number}"
            asked.append(ident)
            try:
                acknowledged[ident] = write(store, ident).index
            except StoreError:
                return

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 50:
        time.sleep(0.005)
    pair.primary.kill()
    for thread in threads:
        thread.join(30)
    pair.fail_over()
    assert moving.use(pair.place.installation, pair.standby.address(pair.name)).behind is None

    promoted = pair.place.open()
    assert promoted.read_only is None
    for ident, index in acknowledged.items():
        entry = promoted.entry_at(index)
        assert entry is not None
        assert (entry.event.moratorium.id, entry.texts) == (ident, {"text": f"why {ident}"})
    for ident in asked:
        again = write(promoted, ident)
        assert again.repeated or ident not in acknowledged
        assert again.index == acknowledged.get(ident, again.index)
    assert names(promoted) == set(asked)
    check_one_history(pair, promoted)
    # The old primary came back as it was. Whoever still has it open, or opens it, writes nothing.
    old = pair.at(pair.primary).store(clock=pair.place.clock)
    for one in (old, store):
        with pytest.raises(RecordBehindAnchorError):
            write(one, "late")
        assert "late" not in names(one)
        one.close()


@pytest.mark.parametrize("process", ["same", "next"])
def test_a_head_that_only_the_dead_primary_has_is_the_next_head_of_the_promoted_standby(
    pair: Pair, process: str
) -> None:
    """A commit reached the primary's disk, and nothing else, when it died: the same bytes are written again.

    Otherwise its disk would hold a signed head that contradicts the next one of the same size.
    """
    installation = pair.place.installation
    both = f"{pair.primary.folder},{pair.standby.folder}"
    address = f"postgresql://postgres@/{pair.name}?host={both}&port=5432,5432&target_session_attrs=read-write"
    moving.write_toml(replace(installation, database=address))
    store = pair.place.open()
    write(store, "m1")
    waiting = hang(pair, lambda: write(store, "m2"))
    pair.fail_over()
    assert isinstance(waiting.end(), Done | NotAcknowledgedError)
    if process == "next":
        pair.place.close()
        store = pair.place.open()
        assert store.read_only is None
    assert write(store, "m3").index == 4
    assert write(store, "m2").repeated
    assert store.text("moratoria", 2, "text") == "why m2"
    pair.primary.start()
    old = pair.heads(pair.primary)
    new = pair.heads(pair.standby)
    assert max(old) == 4
    assert {size: new[size] for size in old} == old
    assert check_all(store) == 5


def test_a_new_key_survives_the_death_of_the_server_that_alone_had_its_entry(pair: Pair) -> None:
    """The entry that names the new key is written into the promoted standby, and the key is still there."""
    store = pair.place.open()
    waiting = hang(pair, lambda: rotate(store, RotateKey(person="anna", which="entry"), pair.place.private))
    pair.fail_over()
    assert isinstance(waiting.end(), NotAcknowledgedError)
    moving.use(pair.place.installation, pair.standby.address(pair.name))
    promoted = pair.place.open()
    assert promoted.read_only is None
    assert len(promoted.state("keys").entry_keys) == 2
    assert write(promoted, "m1").index == 3
    promoted.close()
    assert pair.place.open().read_only is None


def test_a_standby_is_read_and_not_written_until_it_is_promoted(pair: Pair) -> None:
    """Who opens the record at the standby is told so; once it is promoted, the same open store writes."""
    first = pair.place.open()
    write(first, "m1")
    store = pair.at(pair.standby).store(clock=pair.place.clock)
    assert isinstance(store.read_only, StandbyError)
    assert names(store) == {"m1"}
    with pytest.raises(StandbyError, match="standby"):
        write(store, "m2")
    with pytest.raises(StandbyError, match="promote"):
        moving.use(pair.place.installation, pair.standby.address(pair.name))
    pair.fail_over()
    assert write(store, "m2").index == 3
    assert check_all(store) == 4
    store.close()


def test_a_standby_that_is_behind_is_not_written_and_says_what_it_lacks(pair: Pair) -> None:
    """Nobody waited for it, so it lacks acknowledged entries: they are named, and brought back from the old primary."""
    store = pair.place.open()
    for number in range(3):
        write(store, f"m{number}")
    pair.lose_standby()
    pair.primary.set("synchronous_standby_names", "")
    for number in range(3, 6):
        write(store, f"m{number}")
    old = pair.heads(pair.primary)
    pair.fail_over()
    address = pair.standby.address(pair.name)
    with pytest.raises(RecordBehindAnchorError, match="entries 5 to 7 are missing"):
        moving.use(pair.place.installation, address)
    assert pair.place.installation.database != address
    used = moving.use(pair.place.installation, address, behind=True)
    assert used.entries == 5
    behind = pair.place.open()
    assert isinstance(behind.read_only, RecordBehindAnchorError)
    assert (behind.read_only.first, behind.read_only.last) == (5, 7)
    assert names(behind) == {"m0", "m1", "m2"}
    with pytest.raises(RecordBehindAnchorError, match="5 to 7"):
        write(behind, "m6")
    pair.place.close()

    pair.primary.start()
    copy = pair.at(pair.primary).open_database()
    recovered = recover(pair.place.installation, [DatabaseCopy(copy, "the old primary")])
    copy.close()
    assert recovered.entries == ((5, 7),)
    whole = pair.place.open()
    assert whole.read_only is None
    assert write(whole, "m5").repeated
    assert write(whole, "m6").index == 8
    assert check_all(whole) == 9
    assert {size: note for size, note in pair.heads(pair.standby).items() if size < 9} == old


def test_an_act_whose_waiting_somebody_broke_off_is_not_acknowledged(pair: Pair) -> None:
    """PostgreSQL then says COMMIT, with a warning. It counts once the standby has it, and is not seen before.

    That the user's commits were set not to wait changes nothing: the writer's do.
    """
    pair.primary.run("ALTER ROLE postgres SET synchronous_commit = off")
    store = pair.place.open()
    write(store, "m1")
    waiting = hang(pair, lambda: write(store, "m2"))
    pair.primary.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    assert isinstance(waiting.end(), NotAcknowledgedError)
    assert store.anchor.read().size == 3
    seen = Waiting(lambda: names(store))
    again = Waiting(lambda: write(store, "m2"))
    time.sleep(0.3)
    assert seen.is_alive()
    assert again.is_alive()
    pair.standby.start()
    assert seen.end() == {"m1", "m2"}
    done: Any = again.end()
    assert (done.repeated, done.index) == (True, 3)
    assert pair.heads(pair.standby) == pair.heads(pair.primary)
    assert check_all(store) == 4
