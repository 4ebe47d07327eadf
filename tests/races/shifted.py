"""``lastword`` with a clock that is ahead of the machine's: ``python shifted.py SECONDS [--jump SECONDS] COMMAND ...``.

Only where the time comes from is another; all else is the command as it is. ``--jump``: on SIGUSR1 the wall clock alone, not the
seconds that the machine counts, jumps by so much. A line is printed for each round that a worker begins.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lastword.clearance.worker import Round, Worker
from lastword.cli.main import main
from lastword.store import installation
from lastword.store.clock import SystemClock

BEGUN = b"round\n"


@dataclass
class ShiftedClock:
    """The machine's clocks, both ``by`` ahead; the wall clock alone by ``jumped`` more."""

    by: timedelta
    jumped: timedelta = timedelta()
    real: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        """Return the wall clock."""
        return self.real.now() + self.by + self.jumped

    def run(self) -> tuple[str, float]:
        """Return the run of the machine."""
        name, seconds = self.real.run()
        return name, seconds + self.by.total_seconds()


def run(words: list[str]) -> None:
    """Run the command."""
    clock = ShiftedClock(timedelta(seconds=float(words.pop(0))))
    if words[0] == "--jump":
        jump = timedelta(seconds=float(words[1]))
        words = words[2:]

        def leap(*_: object) -> None:
            clock.jumped = jump - clock.jumped  # a second signal puts it right

        signal.signal(signal.SIGUSR1, leap)
    vars(installation)["SystemClock"] = lambda: clock
    real = Worker.round

    def told(self: Worker) -> Round:
        os.write(1, BEGUN)
        return real(self)

    Worker.round = told  # type: ignore[method-assign]
    given: Any = main
    given(words)


if __name__ == "__main__":
    run(sys.argv[1:])
