"""A small desk for the tests of rosters and guards: it keeps the states, and hands acts to their public entries.

Every event and every state goes through JSON on the way, as it will in the record. A refused act changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from lastword.cases.acts import ChangeRoster, Confirm, RosterChange, SetCalendars
from lastword.cases.calendar import Calendar, CalendarSet
from lastword.cases.constitution import GUARDED, Constitution, Guard, Proposals
from lastword.cases.guard import change_roster, confirm, found, set_calendars
from lastword.cases.roster import Deputy, Office, Officer, Person, Roster
from lastword.cases.rosterevents import apply_calendars, apply_proposals, apply_roster
from lastword.cases.world import World, Written

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
SINCE = date(2020, 1, 1)
DAY = timedelta(days=1)
OFFICE = "ZZ/registry"
SEAT = "GB/ECJU-licensing"
TWO = Constitution({name: Guard(OFFICE, 2) for name in GUARDED})
FIRST: tuple[RosterChange, ...] = (
    RosterChange(office=Office(OFFICE, "ZZ")),
    RosterChange(office=Office(SEAT, "GB/ECJU")),
    *(
        RosterChange(person=Person(name, "authority"), name=name.title())
        for name in ("ann", "ben", "cleo", "dora", "eve")
    ),
    RosterChange(person=Person("bot", "authority", robot=True)),
    *(RosterChange(officer=Officer(OFFICE, name, SINCE)) for name in ("ann", "ben", "cleo")),
    RosterChange(officer=Officer(SEAT, "dora", SINCE)),
)
CALENDAR = Calendar("gb", "Europe/London", (5, 6), (), date(2026, 1, 1), date(2027, 12, 31))


def through_json(value: Any) -> Any:
    """Return a value as it comes back from JSON."""
    return msgspec.json.decode(msgspec.json.encode(value), type=type(value))


@dataclass
class RosterDesk:
    """The states of the streams ``roster``, ``calendar`` and ``proposals``. ``history``: everything written, in order."""

    constitution: Constitution = TWO
    first: tuple[RosterChange, ...] = FIRST
    now: datetime = NOW
    roster: Roster = field(default_factory=Roster)
    calendars: CalendarSet = field(default_factory=CalendarSet)
    proposals: Proposals = field(default_factory=Proposals)
    history: list[Written] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Found it."""
        self.keep(found(self.constitution, self.first, (CALENDAR,), self.now))

    @property
    def world(self) -> World:
        """Return what an act meets."""
        return World(
            roster=self.roster,
            calendars=self.calendars.all,
            constitution=self.constitution,
            proposals=self.proposals.all,
        )

    def keep(self, written: tuple[Written, ...]) -> tuple[str, ...]:
        """Apply what was written; return the kinds of the events."""
        for one in written:
            event = through_json(one.event)
            match one.stream:
                case "roster":
                    self.roster = through_json(apply_roster(self.roster, event))
                case "calendar":
                    self.calendars = through_json(apply_calendars(self.calendars, event))
                case "proposals":
                    self.proposals = through_json(apply_proposals(self.proposals, event))
            self.history.append(one)
        return tuple(one.event.kind for one in written)

    def change(
        self, person: str, *changes: RosterChange, principal: str = "", proposal: str = ""
    ) -> tuple[str, ...]:
        """Change the roster, or put that forward."""
        act = ChangeRoster(person=person, principal=principal, proposal=proposal, changes=changes)
        return self.keep(change_roster(act, self.world, self.now))

    def set_calendars(self, person: str, *calendars: Calendar) -> tuple[str, ...]:
        """Put calendars in force, or put that forward."""
        act = SetCalendars(person=person, proposal="", calendars=calendars)
        return self.keep(set_calendars(act, self.world, self.now))

    def confirm(self, person: str, proposal: str = "", principal: str = "") -> tuple[str, ...]:
        """Confirm a proposal, by default the last."""
        ident = proposal or list(self.proposals.all)[-1]
        act = Confirm(person=person, principal=principal, proposal=ident)
        return self.keep(confirm(act, self.world, self.now))


def appoint(person: str, office: str = SEAT, since: date = TODAY, until: date | None = None) -> RosterChange:
    """Return the appointment of a person."""
    return RosterChange(officer=Officer(office, person, since, until))


def deputy(
    person: str, principal: str, office: str = OFFICE, since: date = TODAY, until: date = date(2026, 6, 1)
) -> RosterChange:
    """Return the naming of a deputy."""
    return RosterChange(deputy=Deputy(office, principal, person, since, until))
