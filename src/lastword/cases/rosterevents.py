"""What became of the roster, the calendars and the guarded acts that wait: events, and the states that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final

from lastword.cases.calendar import Calendar, CalendarSet
from lastword.cases.constitution import Proposal, Proposals
from lastword.cases.roster import Deputy, NameAt, Office, Officer, Person, Roster


@dataclass(frozen=True, slots=True)
class RosterChanged:
    """Entries as they became. Of terms, those that are ``gone`` were replaced by others in what ``came``, or never began.

    ``by``: who changed it, in order, ``principals``: for whom each did so as deputy. ``proposal``: the guarded act that it
    comes from, "" at the foundation.
    """

    kind: ClassVar[str] = "roster.changed"
    by: tuple[str, ...]
    at: datetime
    proposal: str = ""
    principals: tuple[str, ...] = ()
    offices: tuple[Office, ...] = ()
    persons: tuple[Person, ...] = ()
    names: Mapping[str, NameAt] = field(default_factory=dict)
    officers_gone: tuple[Officer, ...] = ()
    officers_came: tuple[Officer, ...] = ()
    deputies_gone: tuple[Deputy, ...] = ()
    deputies_came: tuple[Deputy, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarsSet:
    """Calendars that are in force from now on; others stay."""

    kind: ClassVar[str] = "calendar.set"
    calendars: tuple[Calendar, ...]
    by: tuple[str, ...]
    at: datetime
    proposal: str = ""
    principals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """A guarded act was put forward and waits for others. ``act``: plain data, without its erasable words; ``words``: where in it
    these belong, e.g. ``changes.0.name``, which is also the name of the entry's text.

    ``needs``: how many distinct officers of ``office``, the one who proposes included. ``until``: it lapses then.
    """

    kind: ClassVar[str] = "proposal.made"
    id: str
    guard: str
    office: str
    needs: int
    act: Any
    words: tuple[str, ...]
    person: str
    principal: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ProposalConfirmed:
    """One more officer is for it. ``enough``: it may be carried out now."""

    kind: ClassVar[str] = "proposal.confirmed"
    id: str
    person: str
    principal: str
    enough: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposalCarriedOut:
    """It was done."""

    kind: ClassVar[str] = "proposal.carried_out"
    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposalRefused:
    """Enough were for it, but it could no longer be done: why, as a code and in words."""

    kind: ClassVar[str] = "proposal.refused"
    id: str
    code: str
    at: datetime


KEPT: Final = 100
"""How many proposals that are over stay in the state; the entries themselves stay for ever."""
EVENTS: Final[tuple[type, ...]] = (
    RosterChanged,
    CalendarsSet,
    ProposalMade,
    ProposalConfirmed,
    ProposalCarriedOut,
    ProposalRefused,
)


def apply_roster(roster: Roster | None, event: RosterChanged) -> Roster:
    """Return the roster with a change applied."""
    roster = roster or Roster()
    return Roster(
        {**roster.persons, **{one.id: one for one in event.persons}},
        {**roster.offices, **{one.id: one for one in event.offices}},
        (*(one for one in roster.officers if one not in event.officers_gone), *event.officers_came),
        (*(one for one in roster.deputies if one not in event.deputies_gone), *event.deputies_came),
        roster.no + 1,
        {**roster.names, **event.names},
    )


def apply_calendars(calendars: CalendarSet | None, event: CalendarsSet) -> CalendarSet:
    """Return the calendars with those put in force."""
    calendars = calendars or CalendarSet()
    return CalendarSet({**calendars.all, **{one.id: one for one in event.calendars}}, calendars.no + 1)


def apply_proposals(
    proposals: Proposals | None,
    event: ProposalMade | ProposalConfirmed | ProposalCarriedOut | ProposalRefused,
) -> Proposals:
    """Return the guarded acts with what became of one of them: all that wait, and the last KEPT of those that are over."""
    proposals = proposals or Proposals()
    no = proposals.no + 1
    if isinstance(event, ProposalMade):
        one = Proposal(
            event.id,
            event.guard,
            event.act,
            (event.person,),
            event.at,
            office=event.office,
            needs=event.needs,
            principals=(event.principal,),
            until=event.until,
            words=event.words,
            no=no,
        )
    else:
        before = proposals.all[event.id]
        if isinstance(event, ProposalConfirmed):
            one = replace(
                before,
                by=(*before.by, event.person),
                principals=(*before.principals, event.principal),
                state="confirmed" if event.enough else before.state,
            )
        elif isinstance(event, ProposalCarriedOut):
            one = replace(before, state="carried_out")
        else:
            one = replace(before, state="refused", refused=event.code)
    rest = {ident: other for ident, other in proposals.all.items() if ident != event.id}
    over = [ident for ident, other in rest.items() if not other.waits(event.at)]
    for ident in over[: max(0, len(over) - KEPT)]:
        del rest[ident]
    return Proposals({**rest, event.id: one}, no)
