"""Confirming the clock: officers look at another clock and say that the machine's is right after all, though it jumped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from lastword.cases.acts import Act
from lastword.cases.guard import guarded
from lastword.cases.refusal import ActRefused
from lastword.cases.world import Written
from lastword.clearance.desk import Desk, world_of
from lastword.record.logevents import LOG, ClockConfirmed

TOLERANCE: Final = timedelta(minutes=2)
"""How far the clock that the officer looked at may be from the machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmClock(Act):
    """The clock is right on ``day``. Guarded by ``clock``; whoever says it of the same day confirms it."""

    day: date
    proposal: str = ""


def confirm_clock(desk: Desk, seen: datetime, *, person: str, principal: str = "") -> str:
    """Confirm the machine's clock, which must show what the officer's own clock shows (``seen``).

    Returns the id of the proposal that waits for others, "" if it is confirmed. Raises ActRefused ``other_time`` if the clocks
    differ, and as guarded acts do.
    """
    wall = desk.store.clock.now()
    if abs(wall - seen) > TOLERANCE:
        raise ActRefused(
            "other_time",
            f"the machine's clock shows {wall:%Y-%m-%d %H:%M:%S} UTC, yours {seen:%Y-%m-%d %H:%M:%S} UTC",
            "set the machine's clock right, or look again",
        )
    act = ConfirmClock(person=person, principal=principal, day=wall.date())

    def work(writing: Any) -> str:
        leave = guarded("clock", act, world_of(writing, writing.trusted_clock), writing.now)
        for written in leave.written:
            writing.append(written)
        if not leave.goes:
            return leave.proposal
        event = ClockConfirmed(at=wall, expected=writing.now, by=leave.by)
        writing.append(Written(LOG, event, audience="public"))
        return ""

    return str(desk.store.submit(work, confirms_clock=True).result)
