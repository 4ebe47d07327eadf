"""The writer's clock: what time it is, and when that cannot be believed.

Two clocks are compared: the wall clock, which people and programs set, and the seconds since the machine started, which
nobody sets and which also count while it sleeps. The base of comparison is what both showed at the first entry after
the machine started (or when an officer confirmed the clock); it lies beside the anchor.

- Time never runs backwards: up to BACKWARDS behind the last entry, time stands still; further behind, nothing is written.
- While the machine runs, the wall clock may be ahead of the base plus the seconds since by JUMP at most; further ahead,
  nothing is written until an officer confirms the time (``log.clock_confirmed``).
- After a restart of the machine nothing tells how long it was off, and a log may well be idle for days. So a gap is
  accepted; but if it is longer than JUMP the clock is not *trusted* until an officer confirms it, and no silence means
  consent meanwhile.

A practice record has its time set by hand: it never runs backwards, and nothing else is looked at.
"""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from lastword.store.refusal import ClockError

JUMP: Final = timedelta(hours=1)
BACKWARDS: Final = timedelta(seconds=5)
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return the wall clock, in UTC."""

    def run(self) -> tuple[str, float]:
        """Return a name of the machine's present run, and the seconds in it so far."""


class SystemClock:
    """The clocks of this machine."""

    def __init__(self) -> None:
        try:
            self._run = _BOOT.read_text().strip()
            self._which = time.CLOCK_BOOTTIME
        except (OSError, AttributeError):
            # Not Linux: a run is then that of this process.
            self._run, self._which = uuid.uuid4().hex, time.CLOCK_MONOTONIC

    def now(self) -> datetime:
        """Return the wall clock, in UTC."""
        return datetime.now(UTC)

    def run(self) -> tuple[str, float]:
        """Return the id of the machine's boot, and the seconds since, with those in which it slept."""
        return self._run, time.clock_gettime(self._which)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for practice records."""

    at: datetime

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.at.astimezone(UTC)

    def run(self) -> tuple[str, float]:
        """Return a run in which no time passes."""
        return f"fixed-{os.getpid()}", 0.0


@dataclass(frozen=True, slots=True)
class Base:
    """What both clocks showed together: in the run ``run`` of the machine at second ``seconds`` it was ``wall``."""

    run: str
    seconds: float
    wall: datetime
    trusted: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """The writer's time, and the base from now on."""

    now: datetime
    base: Base


def read(
    clock: Clock, *, last: datetime, base: Base | None, practice: bool = False, confirming: bool = False
) -> Reading:
    """Return the writer's time after an entry of ``last``. Raises ClockError if the clock cannot be right.

    ``confirming``: for the act by which an officer confirms the clock; a clock that is ahead then stands at the time
    expected instead of being refused.
    """
    wall = clock.now()
    run, seconds = clock.run()
    if wall < last - BACKWARDS:
        raise ClockError(
            f"the clock shows {_told(wall)}, but the last entry is of {_told(last)}; set the clock right",
            wall,
            last,
        )
    now = max(wall, last)
    if practice:
        return Reading(now, Base(run, seconds, wall, True))
    if base is None or base.run != run:
        return Reading(now, Base(run, seconds, now, trusted=wall - last <= JUMP))
    expected = base.wall + timedelta(seconds=seconds - base.seconds)
    if wall > expected + JUMP:
        if confirming:
            return Reading(max(expected, last), base)
        raise ClockError(
            f"the clock shows {_told(wall)}, but by the time since the last start it should be about {_told(expected)}; "
            "set the clock right, or have an officer confirm it with `lastword clock confirm`",
            wall,
            expected,
        )
    return Reading(now, base)


def confirmed(clock: Clock) -> Base:
    """Return the base after an officer confirmed what the wall clock shows."""
    run, seconds = clock.run()
    return Base(run, seconds, clock.now(), trusted=True)


def _told(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
