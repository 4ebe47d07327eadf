"""A draft: what an act has written so far, and the case as it stands after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lastword.cases.calendar import Calendar
from lastword.cases.case import Case, Clearance
from lastword.cases.caseevents import CaseEvent, apply_case
from lastword.cases.procedure import Procedure
from lastword.cases.refusal import ActRefused
from lastword.cases.world import World, Written


@dataclass(slots=True)
class Draft:
    """Grows while an act is judged, and is thrown away if the act is refused. ``first``: the case before it, None to file."""

    world: World
    now: datetime
    first: Case | None
    written: list[Written] = field(default_factory=list)
    _case: Case | None = None

    def __post_init__(self) -> None:
        self._case = self.first

    @property
    def case(self) -> Case:
        """Return the case as it stands now."""
        if self._case is None:
            raise ValueError("nothing was filed yet")
        return self._case

    @property
    def next_no(self) -> int:
        """Return the number that the next entry of the case gets: texts are referred to by it."""
        return self._case.no + 1 if self._case is not None else 1

    def clearance(self, key: str) -> Clearance:
        """Return one clearance as it stands now."""
        return self.case.clearances[key]

    def write(
        self,
        event: CaseEvent,
        texts: Mapping[str, Any] | None = None,
        *,
        audience: str = "applicant",
        text_audience: Mapping[str, str] | None = None,
    ) -> None:
        """Add an event of the case; the case moves on at once. Empty texts are left out."""
        self._case = apply_case(self._case, event)
        kept = {name: text for name, text in (texts or {}).items() if text}
        self.written.append(
            Written(
                f"case/{self._case.id}", event, kept, audience=audience, text_audience=text_audience or {}
            )
        )

    def add(self, written: tuple[Written, ...]) -> None:
        """Add events of other streams."""
        self.written.extend(written)


def calendar_of(procedure: Procedure, world: World) -> Calendar:
    """Return the calendar of a procedure. Raises ActRefused ``no_calendar`` if it is not in force."""
    found = world.calendars.get(procedure.calendar)
    if found is None:
        raise ActRefused(
            "no_calendar",
            f"the calendar `{procedure.calendar}` of the procedure `{procedure.id}` is not in force",
            "put it in force with `lastword calendar set`",
        )
    return found


def local_day(procedure: Procedure, world: World, at: datetime) -> date:
    """Return the day that it is where a procedure is at home."""
    return calendar_of(procedure, world).day(at)
