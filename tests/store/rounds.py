"""Races with real processes: workers that stay alive over many rounds, and start each round at the same moment.

``act(store, round, worker)`` is a function of a module; what it returns or raises comes back for each round and worker.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lastword.store.installation import Installation
from lastword.store.store import Store

Act = Callable[[Store, int, int], Any]
_PATIENCE = 120  # seconds


@dataclass(frozen=True)
class Came:
    """What came of one worker's act in one round: its result, or the name and the words of its error."""

    result: Any = None
    error: str = ""
    told: str = ""


def play(folder: Path, act: Act, *, workers: int = 2, rounds: int = 20) -> list[list[Came]]:
    """Let ``workers`` processes do ``act`` at once, ``rounds`` times, and return what came: by round, then by worker."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers)
    came: Any = context.Queue()
    processes = [
        context.Process(target=_work, args=(folder, act, worker, rounds, barrier, came))
        for worker in range(workers)
    ]
    for process in processes:
        process.start()
    table = [[Came()] * workers for _ in range(rounds)]
    try:
        for _ in range(workers * rounds):
            number, worker, one = came.get(timeout=_PATIENCE)
            table[number][worker] = one
    finally:
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.kill()
    return table


def _work(folder: Path, act: Act, worker: int, rounds: int, barrier: Any, came: Any) -> None:
    with Installation.open(folder) as store:
        for number in range(rounds):
            try:
                barrier.wait(_PATIENCE)
            except threading.BrokenBarrierError:
                return
            try:
                one = Came(act(store, number, worker))
            except Exception as why:
                one = Came(None, getattr(why, "code", type(why).__name__), str(why))
            came.put((number, worker, one))
