"""How quick the record is, beside its own database in the same run: ``python bench/record.py [--postgresql]``.

The peer is what the database does at best through the same library: one row of an entry's size per commit. Appends are
acts that change a state, with kept data only, one per commit, and by many threads at once; a third rate is of acts with
a text that may be erased, whose key is committed to the vault before. Proofs are of entries all over a log of 100,000.

Targets (docs, promises): at least half of the peer's rate; 5,000 per second grouped; a proof within 2 ms.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from postgres import server

from lastword.cases.acts import RosterChange
from lastword.cases.constitution import GUARDED, Constitution, Guard
from lastword.cases.roster import Office, Officer, Person
from lastword.cases.world import Written
from lastword.record.logevents import StreamIndexed
from lastword.record.tree import check_inclusion, leaf_hash
from lastword.store.installation import Installation
from lastword.store.store import Store
from lastword.store.writing import Writing

ROW = 2_000  # bytes: an entry, its kept part, its head and its hashes
PROOFS = 100_000


def append(writing: Writing) -> int:
    """Write an event that changes a state."""
    return writing.append(Written("log", StreamIndexed("x" * 44, 3, writing.index)))


def append_text(writing: Writing) -> int:
    """Write an event with a text that may be erased."""
    return writing.append(Written("log", StreamIndexed("x" * 44, 3, writing.index), {"text": "w" * 100}))


def many(writing: Writing) -> None:
    """Write as many entries as a full turn has, in one act."""
    for _ in range(256):
        append(writing)


def rate(do: Callable[[], object], count: int) -> float:
    """Return how often per second ``do`` is done."""
    begun = time.perf_counter()
    for _ in range(count):
        do()
    return count / (time.perf_counter() - begun)


def own_rate(store: Store, count: int) -> float:
    """Return the database's own rate: a row of ROW bytes per commit, through SQLAlchemy."""
    table = sa.Table(
        "bare",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("body", sa.LargeBinary),
    )
    table.metadata.create_all(store.database.engine)
    insert = sa.insert(table)
    with store.database.engine.connect() as connection:

        def one() -> None:
            connection.execute(insert, {"body": b"x" * ROW})
            connection.commit()

        rate(one, 50)
        return rate(one, count)


def grouped(store: Store, threads: int, each: int) -> float:
    """Return entries per second that ``threads`` write at once, one per act."""

    def run() -> None:
        for _ in range(each):
            store.submit(append)

    workers = [threading.Thread(target=run) for _ in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return threads * each / (time.perf_counter() - begun)


def measure(address: str, count: int) -> None:
    """Measure one database, and print."""
    with tempfile.TemporaryDirectory(prefix="lastword-bench-") as base:
        made = Installation.create(
            Path(base) / "store",
            origin="bench.example",
            constitution=Constitution({guard: Guard("board") for guard in GUARDED}),
            roster_changes=(
                RosterChange(office=Office("board", "AB")),
                RosterChange(person=Person("anna", "AB")),
                RosterChange(officer=Officer("board", "anna", date(2020, 1, 1))),
            ),
            now=datetime.now(UTC),
            database=address,
            private=Path(base) / "private",
        )
        with made.store() as store:
            rate(lambda: store.submit(append), 50)
            # In turns, so that a disk that others use too is the same for both.
            pairs = [
                (rate(lambda: store.submit(append), count // 5), own_rate(store, count // 5))
                for _ in range(5)
            ]
            ours = statistics.median(pair[0] for pair in pairs)
            own = statistics.median(pair[1] for pair in pairs)
            ratio = statistics.median(pair[0] / pair[1] for pair in pairs)
            text = rate(lambda: store.submit(append_text), count // 5)
            print(
                f"one per commit            {ours:10,.0f}/s   own {own:,.0f}/s   ratio {ratio:.2f}   (>= 0.5)"
            )
            print(f"one, with erasable text   {text:10,.0f}/s")
            for threads in (16, 256):
                print(
                    f"{threads:3} threads               {grouped(store, threads, 6_000 // threads):10,.0f}/s"
                )
            print(
                f"256 in one act            {256 * rate(lambda: store.submit(many), 20):10,.0f}/s   (>= 5,000)"
            )
            while (head := store.head()) is not None and head.size < PROOFS:
                store.submit(many)
            assert head is not None
            took = []
            for index in range(0, head.size, head.size // 300):
                begun = time.perf_counter()
                proof = store.inclusion(index, head.size)
                took.append((time.perf_counter() - begun) * 1000)
                entry = store.entry_at(index)
                assert entry is not None
                check_inclusion(leaf_hash(entry.body), index, head.size, proof, head.root)
            took.sort()
            p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
            print(f"proof at {head.size:,} entries    p50 {p50:.2f} ms, p99 {p99:.2f} ms   (<= 2 ms)")


def main() -> None:
    """Measure SQLite, and PostgreSQL if asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--count", type=int, default=2_000)
    given = parser.parse_args()
    print("SQLite")
    measure("record.db", given.count)
    if given.postgresql:
        print("PostgreSQL")
        with server(durable=True) as running:
            measure(running.database(), given.count)


if __name__ == "__main__":
    main()
