"""Founding a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from lastword.cases.acts import RosterChange
from lastword.cases.constitution import Constitution
from lastword.store.installation import Installation


def founded(
    folder: Path,
    *,
    origin: str,
    database: str,
    private: Path | None,
    practice: bool,
    at: datetime | None,
    constitution: Constitution,
    roster: Callable[[date], Sequence[RosterChange]],
) -> Installation:
    """Make a record in ``folder``. ``roster``: by the day on which it begins. ``at``: the time of a practice record.

    Raises InputError if there is one already, or if nobody could ever carry out the constitution; then nothing is left of it.
    """
    now = at or datetime.now(UTC)
    return Installation.create(
        folder,
        origin=origin,
        constitution=constitution,
        roster_changes=tuple(roster(now.date())),
        now=now,
        database=database or "record.db",
        private=private,
        practice=practice,
    )
