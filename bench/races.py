"""Two acts at once, a thousand times, in real processes: ``python bench/races.py [--rounds 1000] [--sqlite | --postgresql]``.

The races are those of ``tests/races/duels.py``: two approvals, approval and veto, two uses of the last unit, decision and change
of the request, a reply and the deadline, and so on. Each round has a fresh case; who comes first is nudged to and fro, so
that both orders come. Exits with 1 if any round had another outcome than exactly one of the legal ones, or if the record
is not whole at the end: entries, heads, states, timers and the anchor are all checked.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))
sys.path.append(str(Path(__file__).parent.parent / "tests" / "races"))

from arena import arena, whole
from duels import DUELS, run
from postgres import server


def race(database: str, rounds: int, only: list[str]) -> int:
    """Run the rounds on one kind of database, say what came, and return how many were amiss."""
    outcomes = {name: Counter[str]() for name in only}
    seconds: list[float] = []
    wrong: list[str] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lastword-races-")))
        address = "record.db"
        if database == "PostgreSQL":
            address = stack.enter_context(server(durable=True)).database()
        ring = stack.enter_context(arena(folder, address))
        for number in range(rounds):
            name = only[number % len(only)]
            begun = time.perf_counter()
            try:
                outcomes[name][run(ring, name)] += 1
            except AssertionError as why:
                wrong.append(f"round {number}, {name}: {why}")
            seconds.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        try:
            size = whole(ring.desk)
        except AssertionError as why:
            wrong.append(f"the record: {why}")
            size = -1
        checked = time.perf_counter() - begun
    print(f"{database}: {rounds} rounds, {len(wrong)} amiss; {size} entries checked in {checked:.1f} s")
    print(f"  a round, with its case prepared: p50 {_ms(seconds, 50)}, p95 {_ms(seconds, 95)}")
    for name, came in outcomes.items():
        print(f"  {name}: " + ", ".join(f"{outcome} {times}" for outcome, times in sorted(came.items())))
    for line in wrong:
        print(f"  AMISS {line}")
    return len(wrong)


def _ms(seconds: list[float], percent: int) -> str:
    return f"{statistics.quantiles(seconds, n=100)[percent - 1] * 1000:.0f} ms"


def main() -> int:
    """Run, and say what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--only", action="append", choices=list(DUELS), help="one race; can be repeated")
    parser.add_argument("--sqlite", action="store_true", help="SQLite alone")
    parser.add_argument("--postgresql", action="store_true", help="PostgreSQL alone")
    given = parser.parse_args()
    chosen = [name for name, one in (("SQLite", given.sqlite), ("PostgreSQL", given.postgresql)) if one]
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    wrong = 0
    for database in chosen or ["SQLite", "PostgreSQL"]:
        wrong += race(database, given.rounds, given.only or list(DUELS))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
