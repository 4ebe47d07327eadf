"""Writers killed in the middle, again and again: ``python bench/kills.py [--kills 50] [--database ADDRESS]``.

A process writes acts with keys and texts as quickly as it can, and says of each that it was acknowledged. It is killed
with SIGKILL at a moment by chance, and the next one goes on in the same store. At the end every acknowledged act must
be there, at the index it was told, once; and every byte must fit the signed heads. Exits with 1 if anything is amiss.

SIGKILL shows that no step leaves a half behind. It does not show what a loss of power does.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa

from lastword.cases.acts import RosterChange
from lastword.cases.constitution import GUARDED, Constitution, Guard
from lastword.cases.licenceevents import MoratoriumDeclared
from lastword.cases.moratorium import Class, Moratorium
from lastword.cases.roster import Office, Officer, Person
from lastword.cases.world import Written
from lastword.record.tree import Frontier, leaf_hash
from lastword.store import schema as t
from lastword.store.installation import Installation
from lastword.store.store import Store
from lastword.store.writing import Writing


def found(base: Path, database: str) -> Path:
    """Found a record, and return its folder."""
    Installation.create(
        base / "store",
        origin="kills.example",
        constitution=Constitution({guard: Guard("board") for guard in GUARDED}),
        roster_changes=(
            RosterChange(office=Office("board", "AB")),
            RosterChange(person=Person("anna", "AB"), name="Anna Beispiel"),
            RosterChange(officer=Officer("board", "anna", date(2020, 1, 1))),
        ),
        now=datetime.now(UTC),
        database=database,
        private=base / "private",
    )
    return base / "store"


def declare(ident: str, writing: Writing) -> int:
    """Write one small thing with a text that may be erased."""
    moratorium = Moratorium(ident, Class(), writing.now, ordered_by="board")
    return writing.append(Written("moratoria", MoratoriumDeclared(moratorium), {"text": f"why {ident}"}))


def write(folder: Path, run: int) -> None:
    """Write until killed; a line on the output for each act that was acknowledged."""
    with Installation.open(folder) as store:
        print("open", flush=True)
        for number in range(100_000):
            key = f"k{run}-{number}"
            done = store.submit(lambda writing, key=key: declare(key, writing), key=key, digest=key)  # type: ignore[misc]
            os.write(1, f"{key} {done.index}\n".encode())


def kill_one(folder: Path, run: int, most: float) -> dict[str, int]:
    """Let one process write, kill it, and return what it said was acknowledged."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", str(folder), str(run)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    if child.stdout.readline() != "open\n":
        raise RuntimeError(f"process {run} did not open the store")
    time.sleep(random.uniform(0, most))
    child.kill()
    lines = child.stdout.read().splitlines(keepends=True)
    child.wait()
    return {key: int(index) for key, index in (line.split() for line in lines if line.endswith("\n"))}


def amiss(store: Store, acknowledged: dict[str, int]) -> list[str]:
    """Return what is wrong with the record."""
    found: list[str] = []
    with store.database.reading() as session:
        bodies = session.rows(sa.select(t.entry.c.idx, t.entry.c.body).order_by(t.entry.c.idx))
        heads = dict(session.rows(sa.select(t.head.c.size, t.head.c.root)))
        requests = dict(session.rows(sa.select(t.request.c.key, t.request.c.idx)))
    for key, index in acknowledged.items():
        if requests.get(key) != index:
            found.append(f"{key} was acknowledged at {index}, and stands at {requests.get(key)}")
    if len(set(requests.values())) != len(requests):
        found.append("two acts stand at one index")
    if [index for index, _body in bodies] != list(range(len(bodies))):
        found.append("the entries have a gap")
    edge = Frontier()
    for _index, body in bodies:
        edge = edge.append(leaf_hash(bytes(body)))[0]
        if edge.size in heads and bytes(heads[edge.size]) != edge.root:
            found.append(f"the head of {edge.size} entries is not that of the entries stored")
    if max(heads) != len(bodies) or store.anchor.read().size != len(bodies):
        found.append("head, entries and anchor are not of one size")
    if len(store.state("moratoria").all) != len(bodies) - 2:
        found.append("the state is not what the entries come to")
    for key, index in requests.items():
        entry = store.entry_at(index)
        if entry is None or entry.event.moratorium.id != key or entry.texts != {"text": f"why {key}"}:
            found.append(f"{key} is not what stands at {index}")
    return found


def main() -> int:
    """Run, and say what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--most", type=float, default=0.4, help="seconds that a process lives at most")
    parser.add_argument("--database", default="record.db")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "RUN"))
    given = parser.parse_args()
    if given.child:
        write(Path(given.child[0]), int(given.child[1]))
        return 0
    random.seed(given.seed)
    acknowledged: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="lastword-kills-") as base:
        folder = found(Path(base), given.database)
        for run in range(given.kills):
            acknowledged |= kill_one(folder, run, given.most)
        with Installation.open(folder) as store:
            wrong = [str(store.read_only)] if store.read_only else amiss(store, acknowledged)
            head = store.head()
            size = head.size if head is not None else 0
    print(f"{given.kills} kills, {size} entries, {len(acknowledged)} acknowledged, {len(wrong)} amiss")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
