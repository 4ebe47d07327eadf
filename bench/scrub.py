"""How long the check of a large record takes: every hash and head made again, and beside it only reading the same bytes.

    PYTHONPATH=src python bench/scrub.py [--entries 1000000] [--per-head 256] [--full]

The entries are written past the writer, 900 bytes each, with the tree and the heads that the writer would have made; --full
composes real entries, which takes minutes, and checks signatures, texts and states too. Peer in the same run: SHA-256 over the
same rows, read in the same way.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from lastword.cases.licenceevents import MoratoriumDeclared
from lastword.cases.moratorium import Class, Moratorium
from lastword.cases.world import Written
from lastword.errors import Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.note import Signer
from lastword.record.tree import Frontier, leaf_hash
from lastword.store import reading
from lastword.store import schema as t
from lastword.store.database import Database, database_at
from lastword.store.scrub import Report, check, hashes
from lastword.store.stored import STEP

BODY = 900  # bytes


def main() -> None:
    """Fill a record, check it, and print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--entries", type=int, default=1_000_000)
    asked.add_argument("--per-head", type=int, default=256)
    asked.add_argument("--full", action="store_true")
    typed = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        if typed.full:
            full(folder, typed.entries)
            return
        database = database_at("record.db", folder, folder / "lock")
        database.upgrade()
        fill(database, typed.entries, typed.per_head)
        peer = timed(lambda: read_only(database, typed.entries))
        took, report = timed_with(database)
        print(f"reading and hashing the same rows once    {peer:6.2f} s")
        print(
            f"scrub of {report.entries} entries, {report.heads} heads   {took:6.2f} s   {took / peer:.2f} of it"
        )
        assert report.sound, report.faults[:3]
        database.close()


def fill(database: Database, entries: int, per_head: int) -> None:
    """Write entries, tree and heads past the writer."""
    signer = Signer.new("bench.example/1", bytes(32), Where("bench"))
    noise = random.Random(1).randbytes(BODY + 4096)
    edge, at = Frontier(), datetime(2026, 1, 1, tzinfo=UTC)
    with database.writing() as connection:
        for start in range(0, entries, per_head):
            end = min(start + per_head, entries)
            bodies = [
                index.to_bytes(8, "big") + noise[index % 4096 : index % 4096 + BODY - 8]
                for index in range(start, end)
            ]
            edge, completed = edge.extend(map(leaf_hash, bodies))
            root = edge.root
            note = signer.sign(Checkpoint("bench.example/1", end, root).text).encode()
            connection.run(
                sa.insert(t.entry),
                [
                    {
                        "idx": start + n,
                        "body": body,
                        "stream": "moratoria",
                        "no": start + n + 1,
                        "kind": "moratorium.declared",
                    }
                    for n, body in enumerate(bodies)
                ],
            )
            connection.run(
                sa.insert(t.node),
                [{"level": level // 8, "n": n, "hash": one} for level, n, one in completed if not level % 8],
            )
            row = {
                "size": end,
                "root": root,
                "note": note,
                "at": reading.micros(at + timedelta(seconds=start)),
            }
            connection.run(sa.insert(t.head), [row])
        database.commit(connection)


def read_only(database: Database, entries: int) -> None:
    """Read every row as the scrub does, and hash it once."""
    with database.reading() as session:
        for start in range(0, entries, STEP):
            for _index, body in session.rows(reading.BODIES, first=start, end=start + STEP):
                sha256(body).digest()


def timed_with(database: Database) -> tuple[float, Report]:
    """Return how long the scrub takes, and what it says."""
    begun = time.perf_counter()
    with database.reading() as session:
        report = hashes(session)
    return time.perf_counter() - begun, report


def timed(work: object) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begun


def full(folder: Path, entries: int) -> None:
    """Write real entries through the store, and check everything about them, with one process and with all cores."""
    from lastword.cases.acts import RosterChange
    from lastword.cases.constitution import GUARDED, Constitution, Guard
    from lastword.cases.roster import Office, Officer, Person
    from lastword.store.installation import Installation

    made = Installation.create(
        folder / "store",
        origin="bench.example/1",
        constitution=Constitution({guard: Guard("board") for guard in GUARDED}),
        roster_changes=(
            RosterChange(office=Office("board", "AB")),
            RosterChange(person=Person("anna", "AB")),
            RosterChange(officer=Officer("board", "anna", datetime(2020, 1, 1, tzinfo=UTC).date())),
        ),
        now=datetime.now(UTC),
        private=folder / "private",
    )
    with made.store() as store:
        for start in range(0, entries, 500):

            def work(writing: object, start: int = start) -> None:
                for number in range(start, min(start + 500, entries)):
                    event = MoratoriumDeclared(
                        Moratorium(
                            f"m{number % 50}", Class(), datetime(2026, 1, 1, tzinfo=UTC), ordered_by="board"
                        )
                    )
                    writing.append(Written("moratoria", event, {"text": "a reason"}))  # type: ignore[attr-defined]

            store.submit(work)
        for processes in (1, None):
            begun = time.perf_counter()
            report = check(store.database, store.vault, store.anchor, processes=processes)
            took = time.perf_counter() - begun
            assert report.sound, report.faults[:3]
            print(
                f"full check of {report.entries} entries, {processes or os.cpu_count()} processes: {took:.1f} s, "
                f"{report.entries / took:,.0f} entries/s"
            )


if __name__ == "__main__":
    main()
