"""Judge many random worlds by enumeration and by the product, and report: ``python bench/worlds.py 50000
[--first N]``.

Ends with 1 if an answer departs from what its completions come to; the number of each such world is
printed, so that ``World.of(NUMBER)`` shows it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from multiprocessing import Pool
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "answers"))

from enumeration import NoCasesError, TooLargeError, differences, enumerate_world, sample_world, unsound
from worlds import World

from lastword.answers.verdict import judge

SAMPLES = 40


def judged(number: int) -> tuple[int, str, str, bool | None, bool, list[str]]:
    """Return of one world: number, how it was judged, outcome, settled, exact, differences."""
    world = World.of(number)
    verdict = judge(world.book(), world.snapshot(), world.question)
    try:
        wrong = differences(verdict, enumerate_world(world))
        how = "all completions"
    except TooLargeError:
        wrong = unsound(verdict, sample_world(world, SAMPLES, Random(number)))
        how = f"{SAMPLES} completions by chance"
    except NoCasesError:
        wrong, how = [], "not judged: a fact whose cases cannot be listed"
    return number, how, verdict.outcome, verdict.settled, verdict.exact, wrong


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("worlds", type=int)
    parser.add_argument("--first", type=int, default=0, help="number of the first world")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    told = parser.parse_args()
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("judged by", "outcome", "settled", "exact")
    }
    wrong = done = 0
    start = time.monotonic()
    with Pool(told.processes) as pool:
        numbers = range(told.first, told.first + told.worlds)
        for number, how, outcome, settled, exact, found in pool.imap_unordered(judged, numbers, chunksize=50):
            for name, value in (
                ("judged by", how),
                ("outcome", outcome),
                ("settled", str(settled)),
                ("exact", str(exact)),
            ):
                counts[name][value] += 1
            done += 1
            if done % 5000 == 0:
                print(f"{done} worlds, {wrong} with a difference so far", file=sys.stderr, flush=True)
            if found:
                wrong += 1
                print(f"world {number}: {'; '.join(found)}", flush=True)
    for name, counter in counts.items():
        shares = ", ".join(f"{value} {count / told.worlds:.1%}" for value, count in counter.most_common())
        print(f"{name}: {shares}")
    print(f"{told.worlds} worlds, {wrong} with a difference, {time.monotonic() - start:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
