"""Many acts in one turn: one commit and one head for all, each act on its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from stores import breaking, check_all, declare, names

from lastword.cases.refusal import ActRefused
from lastword.store import writer
from lastword.store.refusal import BusyError, NotWrittenError
from lastword.store.store import Store
from lastword.store.writing import Writing

pytest_plugins = ("places",)


class Waiting:
    """Acts that are asked for while the writer is kept busy, so that they wait together."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._go = threading.Event()
        self._threads: list[threading.Thread] = []
        self.came: dict[str, Any] = {}
        begun = threading.Event()

        def busy(_writing: Writing) -> None:
            begun.set()
            self._go.wait(20)

        self._start("", busy)
        begun.wait(20)

    def ask(self, name: str, work: Callable[[Writing], Any], **named: Any) -> None:
        """Ask for an act, and return when it waits."""
        queue = self._store._writer._queue
        before = len(queue)
        self._start(name, work, **named)
        while len(queue) == before and name not in self.came:
            queue = self._store._writer._queue
            time.sleep(0.001)

    def go(self) -> dict[str, Any]:
        """Let the writer go on, and return what came of each act: its result, or its error."""
        self._go.set()
        for thread in self._threads:
            thread.join(30)
        return self.came

    def _start(self, name: str, work: Callable[[Writing], Any], **named: Any) -> None:
        def run() -> None:
            try:
                self.came[name] = self._store.submit(work, **named).result
            except Exception as why:
                self.came[name] = why

        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()


def refuse(_writing: Writing) -> None:
    """Refuse."""
    raise ActRefused("held", "not now")


def test_acts_that_wait_together_are_one_commit(store: Store) -> None:
    """Ten acts that waited for the writer share a head; each has its own index."""
    waiting = Waiting(store)
    for number in range(10):
        waiting.ask(f"m{number}", declare(f"m{number}"))
    came = waiting.go()
    assert sorted(came[f"m{number}"] for number in range(10)) == list(range(2, 12))
    assert [size for size in range(2, 13) if store.head(size)] == [2, 12]
    assert check_all(store) == 12


def test_an_act_that_fails_fails_alone(store: Store) -> None:
    """Of acts in one turn, those that fail or are refused leave no gap among the others."""
    waiting = Waiting(store)
    waiting.ask("m1", declare("m1"))
    waiting.ask("fails", lambda writing: (declare("m2")(writing), 1 // 0))
    waiting.ask("refused", refuse)
    waiting.ask("m3", declare("m3"))
    came = waiting.go()
    assert isinstance(came["fails"], ZeroDivisionError)
    assert isinstance(came["refused"], ActRefused)
    assert (came["m1"], came["m3"]) == (2, 3)
    assert names(store) == {"m1", "m3"}
    assert check_all(store) == 4


def test_an_objection_overtakes_what_it_is_about(store: Store) -> None:
    """Of acts that wait together, one that stops a grant goes first, though it came last."""
    order: list[str] = []

    def note(name: str) -> Callable[[Writing], None]:
        return lambda _writing: order.append(name)

    waiting = Waiting(store)
    waiting.ask("decide", note("decide"))
    waiting.ask("advise", note("advise"))
    waiting.ask("object", note("object"), priority=writer.FIRST)
    waiting.go()
    assert order == ["object", "decide", "advise"]


def test_one_key_asked_for_twice_at_once_does_once(store: Store) -> None:
    """Two askings under one key in the same turn are one act."""
    waiting = Waiting(store)
    waiting.ask("a", declare("m1"), key="k", digest="d")
    waiting.ask("b", declare("m1"), key="k", digest="d")
    assert waiting.go() == {"": None, "a": 2, "b": 2}
    assert check_all(store) == 3


def test_a_commit_that_fails_fails_for_all_in_the_turn(store: Store) -> None:
    """Nobody of a turn is told that it is done if the turn's commit failed."""
    waiting = Waiting(store)
    waiting.ask("m1", declare("m1"))
    waiting.ask("m2", declare("m2"))
    breaking(store.database, "commit", after=False)
    came = waiting.go()
    assert all(isinstance(came[name], NotWrittenError) for name in ("m1", "m2"))
    assert check_all(store) == 2


def test_too_many_who_wait_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is bounded: who does not fit is told at once, and nothing of it is written."""
    monkeypatch.setattr(writer, "WAITING", 2)
    waiting = Waiting(store)
    waiting.ask("m1", declare("m1"))
    waiting.ask("m2", declare("m2"))
    with pytest.raises(BusyError):
        store.submit(declare("m3"))
    waiting.go()
    assert names(store) == {"m1", "m2"}


def test_a_turn_that_takes_long_leaves_the_rest_to_the_next(store: Store) -> None:
    """After 20 ms a turn is committed, and what still waits is done in turns after it."""

    def slow(name: str) -> Callable[[Writing], int]:
        def work(writing: Writing) -> int:
            time.sleep(0.03)
            return declare(name)(writing)

        return work

    waiting = Waiting(store)
    for number in range(4):
        waiting.ask(f"m{number}", slow(f"m{number}"))
    came = waiting.go()
    assert sorted(came[f"m{number}"] for number in range(4)) == [2, 3, 4, 5]
    assert [size for size in range(2, 7) if store.head(size)] == [2, 3, 4, 5, 6]
    assert check_all(store) == 6


def test_many_threads_lose_and_double_nothing(store: Store) -> None:
    """Eight threads with acts, failures and repeated keys: what was acknowledged is there, at its index, once."""
    done: dict[str, int] = {}

    def run(thread: int) -> None:
        for number in range(15):
            name = f"t{thread}-{number}"
            if number % 5 == 4:
                with pytest.raises(ActRefused):
                    store.submit(refuse)
            done[name] = store.submit(declare(name), key=name, digest=name).result
            assert store.submit(declare(name), key=name, digest=name).repeated

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done.values()) == list(range(2, 122))
    for name, index in done.items():
        entry = store.entry_at(index)
        assert entry is not None
        assert entry.event.moratorium.id == name
    assert check_all(store) == 122


def test_an_act_that_is_interrupted_leaves_the_writer_able_to_go_on(store: Store) -> None:
    """Who is interrupted while writing gives the writer's place back, and wrote nothing."""

    def interrupted(writing: Writing) -> None:
        declare("m1")(writing)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.submit(interrupted)
    store.submit(declare("m2"))
    assert names(store) == {"m2"}
    assert check_all(store) == 3
