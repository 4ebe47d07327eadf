"""Two processes at once: they take turns, and there is one history."""

from __future__ import annotations

from rounds import play
from stores import Place, check_all, declare, names

from lastword.cases.refusal import ActRefused
from lastword.store.store import Store
from lastword.store.writing import Writing

pytest_plugins = ("places",)
ROUNDS = 15


def append(store: Store, number: int, worker: int) -> int:
    """Write an entry of one's own."""
    name = f"r{number}-w{worker}"
    return store.submit(declare(name), key=name, digest=name).result


def first_takes(store: Store, number: int, worker: int) -> int:
    """Take what only one can have."""

    def work(writing: Writing) -> int:
        state = writing.state("moratoria")
        if state is not None and f"r{number}" in state.all:
            raise ActRefused("taken", "somebody was first")
        return declare(f"r{number}")(writing)

    return store.submit(work).result


def ask_the_same(store: Store, number: int, worker: int) -> tuple[int, bool]:
    """Ask for the same act under the same key as everybody else."""
    done = store.submit(declare(f"r{number}"), key=f"r{number}", digest="d")
    return done.result, done.repeated


def read_and_write(store: Store, number: int, worker: int) -> int:
    """Write as worker 0; as the others, read what is there, which must fit in itself."""
    if worker == 0:
        return append(store, number, worker)
    head = store.head()
    assert head is not None
    entry = store.entry_at(head.size - 1)
    assert entry is not None
    assert store.anchor.read().size >= head.size
    return head.size


def test_processes_that_write_at_once_make_one_history(place: Place) -> None:
    """What each was told is at its index; no index and no head is there twice, and all fits together."""
    table = play(place.folder, append, workers=3, rounds=ROUNDS)
    told = {
        f"r{number}-w{worker}": one.result
        for number, row in enumerate(table)
        for worker, one in enumerate(row)
    }
    assert sorted(told.values()) == list(range(2, 2 + 3 * ROUNDS))
    store = place.open()
    for name, index in told.items():
        entry = store.entry_at(index)
        assert entry is not None
        assert entry.event.moratorium.id == name
    assert check_all(store) == 2 + 3 * ROUNDS


def test_of_two_processes_one_takes_what_only_one_can_have(place: Place) -> None:
    """Each act is judged on the newest state: in every round exactly one is first."""
    table = play(place.folder, first_takes, workers=2, rounds=ROUNDS)
    for row in table:
        assert sorted(one.error for one in row) == ["", "taken"]
    assert check_all(place.open()) == 2 + ROUNDS


def test_one_key_from_two_processes_does_once(place: Place) -> None:
    """The same act asked for by two processes at once is done once, and both hear of the same entry."""
    table = play(place.folder, ask_the_same, workers=2, rounds=ROUNDS)
    for row in table:
        assert len({one.result[0] for one in row}) == 1
        assert sorted(one.result[1] for one in row) == [False, True]
    store = place.open()
    assert names(store) == {f"r{number}" for number in range(ROUNDS)}
    assert check_all(store) == 2 + ROUNDS


def test_readers_see_whole_and_anchored_states_only(place: Place) -> None:
    """While one writes, another reads: never an entry without its head, or above the anchor."""
    table = play(place.folder, read_and_write, workers=2, rounds=ROUNDS)
    assert [one.told for row in table for one in row if one.error] == []
    sizes = [row[1].result for row in table]
    assert sizes == sorted(sizes)
