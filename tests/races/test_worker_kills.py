"""``lastword worker`` killed at any moment, and under a clock that is wrong. ``bench/worker_kills.py`` kills it fifty times."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest
from arena import FOUNDED, RaceClock, filing, founded, whole
from killing import kill_again_and_again, prepare, verdict, wait_until_nothing_is_due, worker

from lastword.cases.world import Written
from lastword.clearance.desk import Desk
from lastword.clearance.worker import Round, Worker
from lastword.record.logevents import ClockConfirmed
from lastword.store.clock import JUMP
from lastword.store.refusal import ClockError
from lastword.store.writing import Writing

pytest_plugins = ("rings",)


def test_what_falls_due_happens_once_however_often_the_worker_is_killed(
    tmp_path: Path, empty_database: str
) -> None:
    """Silent seats, questions, reservations, moratoria: nothing is lost or doubled, and each tells of its true instant."""
    chain = prepare(tmp_path, 12, timedelta(milliseconds=30), empty_database)
    idle = kill_again_and_again(chain, 2, 0.3, seed=4)
    found = verdict(chain, idle)
    assert found.amiss == ()
    assert len(found.late) == len(chain.awaited) == 15


def test_a_worker_lives_through_a_clock_that_jumps(tmp_path: Path) -> None:
    """It says what is wrong and writes nothing; once the clock is right, everything happens at its own instant."""
    chain = prepare(tmp_path, 4, timedelta(milliseconds=30))
    ahead = chain.shift(chain.first - timedelta(seconds=2))
    with Desk(chain.made.store(clock=RaceClock(chain.last))) as desk:
        before = whole(desk)
        with worker(chain.made, ahead, jump=3 * 3600) as process:
            process.send_signal(signal.SIGUSR1)
            said = process.stderr.readline().decode()
            assert "nothing is written for now: the clock shows" in said
            assert "set the clock right, or have an officer confirm it" in said
            assert whole(desk) == before
            process.send_signal(signal.SIGUSR1)
            wait_until_nothing_is_due(chain, timedelta(seconds=ahead))
            process.terminate()
            assert process.wait(30) == 0
    found = verdict(chain, [])
    assert found.amiss == ()


def test_a_clock_that_jumps_ahead_makes_nothing_fall_due_until_an_officer_confirms_it(tmp_path: Path) -> None:
    """A wall clock that is set ahead by mistake closes nobody's window; the same time confirmed does."""
    clock = RaceClock(FOUNDED)
    made = founded(tmp_path, clock)
    with Desk(made.store(clock=clock)) as desk:
        case = desk.do(filing(desk, "FR")).case
    wrong = _Jumped(clock.wall)
    with Desk(made.store(clock=wrong)) as desk:
        wrong.wall += timedelta(hours=3)
        with pytest.raises(ClockError, match=r"the clock shows .*12:00:00 UTC.*09:00:00 UTC"):
            Worker(desk).round()
        assert not desk.store.state(f"case/{case}").clearances["DE/OFFICE:advised"].silent

        def confirm(writing: Writing) -> None:
            writing.append(Written("log", ClockConfirmed(writing.now, wrong.wall, ("ada",))))

        desk.store.submit(confirm, confirms_clock=True)
        assert Worker(desk).round() == Round(due=1, judged=1)
        assert desk.store.state(f"case/{case}").clearances["DE/OFFICE:advised"].silent
        assert whole(desk)


def test_under_a_clock_that_runs_backwards_the_worker_writes_nothing(tmp_path: Path) -> None:
    """What is due by the record's own time waits until the clock is right again; nothing is written with an earlier time."""
    clock = RaceClock(FOUNDED)
    made = founded(tmp_path, clock)
    with Desk(made.store(clock=clock)) as desk:
        desk.do(filing(desk, "FR"))
        clock.wall += JUMP * 2
        desk.do(filing(desk, "IN"))  # now the first case's time is over, and this is the last entry's
        before = whole(desk)
        clock.wall -= timedelta(minutes=1)
        with pytest.raises(ClockError, match="but the last entry is of"):
            Worker(desk).round()
        assert whole(desk) == before
        clock.wall += timedelta(minutes=1)
        assert Worker(desk).round().due == 1


class _Jumped(RaceClock):
    """A clock whose wall clock alone is moved."""

    def run(self) -> tuple[str, float]:
        """Return a run in which no time has passed."""
        return "races", 0.0
