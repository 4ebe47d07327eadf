"""``lastword worker`` killed while much falls due: ``python bench/worker_kills.py [--kills 50] [--postgresql]``.

Silent seats, unanswered questions, reservations and moratoria fall due two hours after they began, one after the other. The real
command runs, with a clock that is two hours ahead, and is killed with SIGKILL by chance, again and again. At the end
each thing must have happened exactly once, at its true instant, and every byte of the record must fit. Then, without kills, how
late the worker writes what falls due while it is idle: at most its poll interval, and the time of the work itself.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))
sys.path.append(str(Path(__file__).parent.parent / "tests" / "races"))

from killing import POLL, Verdict, kill_again_and_again, prepare, verdict
from postgres import server


def kills(folder: Path, address: str, count: int, things: int, seed: int) -> Verdict:
    """Let so many things fall due, kill the worker so often, and say what became of it."""
    chain = prepare(folder, things, timedelta(milliseconds=20), address)
    return verdict(chain, kill_again_and_again(chain, count, 0.5, seed))


def late(folder: Path, address: str, things: int) -> Verdict:
    """Let things fall due with time between them, and say how late each was written."""
    chain = prepare(folder, things, timedelta(milliseconds=400), address)
    return verdict(chain, kill_again_and_again(chain, 0, 0, 0, early=2.0))


def main() -> int:
    """Run, and say what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--things", type=int, default=400, help="how many things fall due")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    given = parser.parse_args()
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lastword-kills-")))
        addresses = ["record.db"] * 2
        if given.postgresql:
            running = stack.enter_context(server(durable=True))
            addresses = [running.database(), running.database()]
        killed = kills(folder / "killed", addresses[0], given.kills, given.things, given.seed)
        idle = late(folder / "idle", addresses[1], 40)
    print(
        f"{given.kills} kills, {len(killed.late)} things awaited, {killed.entries} entries, {len(killed.amiss)} amiss"
    )
    print(
        f"not killed, polling every {POLL} s: late by p50 {statistics.median(idle.late):.3f} s, most {max(idle.late):.3f} s"
    )
    for line in (*killed.amiss, *idle.amiss):
        print(f"AMISS {line}")
    return 1 if killed.amiss or idle.amiss else 0


if __name__ == "__main__":
    sys.exit(main())
