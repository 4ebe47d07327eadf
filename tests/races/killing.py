"""A worker that is killed again and again while much falls due: what is prepared, who kills, and what must be so in the end."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from arena import filing, founded, whole
from shifted import BEGUN

from lastword.cases.acts import Ask, Decide, Declare, UseLicences
from lastword.cases.moratorium import Class
from lastword.clearance.desk import Desk
from lastword.store import schema as t
from lastword.store.clock import SystemClock
from lastword.store.installation import Installation
from lastword.store.reading import instant

LIMIT: Final = timedelta(hours=2)
POLL: Final = 0.1  # seconds
SHIFTED: Final = Path(__file__).with_name("shifted.py")


@dataclass
class SlowClock:
    """A clock that goes as the machine's from ``begun`` on, but only when it is told to."""

    begun: datetime
    gone: timedelta = timedelta()
    _run: tuple[str, float] = field(default_factory=lambda: SystemClock().run())

    def now(self) -> datetime:
        """Return the wall clock."""
        return self.begun + self.gone

    def run(self) -> tuple[str, float]:
        """Return the run of the machine."""
        return self._run[0], self._run[1] + self.gone.total_seconds()


@dataclass(frozen=True)
class Awaited:
    """What has to happen by itself: an entry of ``kind`` in ``stream``, once, at ``due``."""

    stream: str
    kind: str
    due: datetime


@dataclass
class Chain:
    """A record in which much falls due."""

    made: Installation
    awaited: list[Awaited]

    @property
    def first(self) -> datetime:
        """Return when the first of it falls due."""
        return min(one.due for one in self.awaited)

    @property
    def last(self) -> datetime:
        """Return when the last of it falls due."""
        return max(one.due for one in self.awaited)

    def shift(self, at: datetime) -> float:
        """Return by how many seconds a clock is ahead on which it is ``at`` now."""
        return (at - datetime.now(UTC)).total_seconds()


def prepare(folder: Path, count: int, gap: timedelta, address: str = "record.db") -> Chain:
    """Found a record in which ``count`` things fall due two hours from now, ``gap`` after each other.

    They are by turns a seat that is silent, a question that closes its case, a reservation that expires, and a moratorium that
    ends, with the case that it held.
    """
    clock = SlowClock(datetime.now(UTC))
    made = founded(folder, clock, address)
    awaited = []
    with Desk(made.store(clock=clock)) as desk:
        for number in range(count):
            clock.gone += gap
            awaited += _FALLING[number % len(_FALLING)](desk, number, clock.now() + LIMIT)
    return Chain(made, awaited)


def _silent_seat(desk: Desk, _number: int, due: datetime) -> list[Awaited]:
    case = desk.do(filing(desk, "FR")).case
    return [Awaited(f"case/{case}", "case.seat_silent", due)]


def _closing_query(desk: Desk, _number: int, due: datetime) -> list[Awaited]:
    case = desk.do(filing(desk, "IN")).case
    desk.do(Ask(person="lou", case=case, clearance="", query="", text="For whom?"))
    return [Awaited(f"case/{case}", kind, due) for kind in ("case.query_overdue", "case.closed")]


def _reservation(desk: Desk, number: int, due: datetime) -> list[Awaited]:
    case = desk.do(filing(desk, "IN")).case
    (licence,) = desk.do(Decide(person="lou", case=case, clearance="", nonce="")).licences
    one = {"1": (Decimal(1), "pieces")}
    desk.do(
        UseLicences(
            person="eve", licences=(licence,), key=f"r{number}", mode="reserve", quantities=one, expires=due
        )
    )
    return [Awaited(f"licence/{licence}", "licence.released", due)]


def _moratorium(desk: Desk, number: int, due: datetime) -> list[Awaited]:
    case = desk.do(filing(desk, "FR")).case
    name = f"m{number}"
    desk.do(Declare(person="ada", moratorium=name, on=Class(cases=(case,)), until=due))
    return [Awaited("moratoria", f"moratorium.ended {name}", due)]


_FALLING: Final = (_silent_seat, _closing_query, _reservation, _moratorium)


@contextmanager
def worker(made: Installation, shift: float, *, poll: float = POLL, jump: float = 0) -> Iterator[Any]:
    """Run ``lastword worker`` with a clock that is ahead; yield its process once it began its first round."""
    words = [str(shift), *(["--jump", str(jump)] if jump else [])]
    words += ["worker", "--poll", str(poll), "--store", str(made.folder)]
    process = subprocess.Popen(
        [sys.executable, str(SHIFTED), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        if BEGUN not in iter(process.stdout.readline, b""):
            raise AssertionError(f"the worker did not start: {process.communicate()[1].decode()}")
        yield process
    finally:
        process.kill()
        process.communicate()


def kill_again_and_again(
    chain: Chain, kills: int, most: float, seed: int, *, early: float = 0
) -> list[tuple[datetime, datetime]]:
    """Start a worker and kill it, ``kills`` times, and return when no worker was at work, on the worker's clock.

    Each lives up to ``most`` seconds from its first round on. At the first start it is ``early`` seconds before the first
    thing falls due.
    """
    chance = random.Random(seed)
    shift = chain.shift(chain.first - timedelta(seconds=early))
    ahead = timedelta(seconds=shift)
    idle, dead = [], datetime.now(UTC) + ahead
    for _ in range(kills):
        with worker(chain.made, shift) as process:
            idle.append((dead, datetime.now(UTC) + ahead))
            time.sleep(chance.uniform(0, most))
            os.kill(process.pid, 9)
            process.wait()
            dead = datetime.now(UTC) + ahead
    with worker(chain.made, shift) as process:
        idle.append((dead, datetime.now(UTC) + ahead))
        wait_until_nothing_is_due(chain, ahead)
        process.terminate()
        assert process.wait(30) == 0, process.communicate()
    return idle


def wait_until_nothing_is_due(chain: Chain, ahead: timedelta) -> None:
    """Wait until everything in a chain happened, on a clock that is ``ahead``."""
    until = time.monotonic() + 120
    with chain.made.store(clock=SlowClock(chain.last)) as store:
        while datetime.now(UTC) + ahead <= chain.last or store.due(chain.last):
            if time.monotonic() > until:
                raise AssertionError(f"still due: {store.due(chain.last)}")
            time.sleep(0.1)


@dataclass(frozen=True)
class Verdict:
    """What became of a chain: what is amiss, and how late each thing was written, beyond the time in which no worker ran."""

    amiss: tuple[str, ...]
    late: tuple[float, ...]
    entries: int


def verdict(chain: Chain, idle: list[tuple[datetime, datetime]]) -> Verdict:
    """Say of everything awaited whether it happened exactly once, at its true instant, and check the record."""
    amiss, late = [], []
    with Desk(chain.made.store(clock=SlowClock(chain.last))) as desk:
        written = _written(desk)
        for stream in dict.fromkeys(one.stream for one in chain.awaited):
            found = [(_kind(entry), entry) for entry in desk.store.entries(stream, most=100_000)]
            times = Counter(kind for kind, _entry in found)
            for one in chain.awaited:
                if one.stream != stream:
                    continue
                if times[one.kind] != 1:
                    amiss.append(f"{one.kind} of {stream} is there {times[one.kind]} times")
                    continue
                entry = next(entry for kind, entry in found if kind == one.kind)
                if entry.event.at != one.due:
                    amiss.append(
                        f"{one.kind} of {stream} was due at {one.due}, and tells of {entry.event.at}"
                    )
                if written[entry.index] < one.due:
                    amiss.append(
                        f"{one.kind} of {stream} was written at {written[entry.index]}, before {one.due}"
                    )
                late.append(_beyond(one.due, written[entry.index], idle))
        return Verdict(tuple(amiss), tuple(late), whole(desk))


def _kind(entry: Any) -> str:
    """Return the kind of an entry; of one of the moratoria, with which it is."""
    return f"{entry.kind} {entry.event.moratorium}" if entry.kind == "moratorium.ended" else str(entry.kind)


def _written(desk: Desk) -> dict[int, datetime]:
    """Return when each entry was written, to the microsecond: at the time of the first head above it."""
    with desk.store.database.reading() as session:
        heads = session.rows(sa.select(t.head.c.size, t.head.c.at).order_by(t.head.c.size))
    found: dict[int, datetime] = {}
    for size, at in heads:
        found |= dict.fromkeys(range(len(found), size), instant(at))
    return found


def _beyond(due: datetime, written: datetime, idle: list[tuple[datetime, datetime]]) -> float:
    """Return by how many seconds it was late, without those in which no worker ran."""
    gone = (written - due).total_seconds()
    for begin, end in idle:
        gone -= max(0.0, (min(end, written) - max(begin, due)).total_seconds())
    return max(gone, 0.0)
