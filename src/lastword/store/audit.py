"""Judging again, with the program of today, what was recorded: an independent look that changes nothing.

Entries hold results. Here they are held against the states before them: who sat at a seat, whether that person could, whether
enough votes stood behind a decision and no veto against it, whether due instants are what the calendar of then counts, whether
ledgers add up, and whether guarded acts had the officers that the constitution asks for. What comes out otherwise is told: the
program of then judged otherwise, or somebody wrote past it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

from lastword.cases import calendar as counting
from lastword.cases.calendar import Calendar, TimeLimit, Unit
from lastword.cases.case import Case, Clearance, Decision, Due, Vote
from lastword.cases.caseevents import CaseDecided, ObjectionReleased, VoteCast
from lastword.cases.competence import excluded
from lastword.cases.decision import decision_digest
from lastword.cases.licence import EXACT, MOVES, Licence
from lastword.cases.licenceevents import LicenceIssued, Moved
from lastword.cases.loadevents import FactsLoaded, RulesLoaded
from lastword.cases.procedure import Seat
from lastword.cases.roster import Roster
from lastword.cases.rosterevents import CalendarsSet, RosterChanged
from lastword.errors import LastwordError
from lastword.record.entry import Entry
from lastword.record.logevents import KEYS, ClockConfirmed, KeyChanged, Keys, Redacted
from lastword.record.refusal import RecordError
from lastword.store.enrolment import SIGNATURE
from lastword.store.rebuild import Fold
from lastword.store.stored import Stored, batches

if TYPE_CHECKING:
    from lastword.store.database import Session

_LATE: Final = timedelta(seconds=1)  # an entry is dated to the second
_RESERVED: Final = "reserved"
_GUARDS: Final[Mapping[type, str]] = {
    RosterChanged: "roster",
    CalendarsSet: "calendar",
    FactsLoaded: "facts",
    RulesLoaded: "rules",
    KeyChanged: "keys",
    Redacted: "redact",
    ClockConfirmed: "clock",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in entry ``index`` that comes out otherwise today."""

    index: int
    stream: str
    what: str

    def __str__(self) -> str:
        return f"entry {self.index} ({self.stream}): {self.what}"


@dataclass(frozen=True, slots=True)
class Audited:
    """``entries`` there are; ``judged``: how many of them held something to judge."""

    entries: int
    judged: int
    findings: tuple[Finding, ...]


def audit(session: Session) -> Audited:
    """Judge all entries again. Raises RecordError at an entry that cannot be applied: the check names it."""
    work = _Audit()
    count = 0
    for batch in batches(session, kept_only=True):
        for stored in batch:
            count += 1
            try:
                work.look(stored)
            except RecordError as why:
                raise RecordError(f"entry {stored.index}: {why}; run `lastword record check`") from None
    return Audited(count, work.judged, tuple(work.findings))


class _Audit:
    """The streams so far, and what was found; lives for one audit."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.judged = 0
        self._fold = Fold()

    def look(self, stored: Stored) -> None:
        """Judge one entry on the states before it, and apply it."""
        kept = stored.kept()
        before = self._fold.held.get(kept.stream)
        state = before.state if before is not None else None
        issued = Entry.read(stored.body).issued
        # Judging needs the states before; applying it first tells that it can be read at all.
        others = dict(self._fold.held)
        event = self._fold.add(stored.index, stored.body, kept)
        after = self._fold.held[kept.stream].state
        world = _Then({stream: held.state for stream, held in others.items() if stream in _SHARED}, issued)
        said = [*_when(event, issued)]
        judges: list[Iterator[str]] = []
        if isinstance(event, VoteCast | ObjectionReleased) and isinstance(state, Case):
            judges.append(_voted(event, state, kept.data, world))
        if isinstance(event, CaseDecided) and isinstance(state, Case) and isinstance(after, Case):
            judges.append(_decided(event, state, world))
        if isinstance(after, Case):
            judges.append(_timed(event, state, after, world))
        if isinstance(after, Licence):
            judges.append(_ledger(after))
            if isinstance(event, Moved) and isinstance(state, Licence):
                judges.append(_moved(event, state))
            if isinstance(event, LicenceIssued):
                judges.append(_issued(event, others))
        if type(event) in _GUARDS:
            judges.append(_guarded(event, _GUARDS[type(event)], state, world))
        if judges:
            self.judged += 1
        for judge in judges:
            said += judge
        self.findings += [Finding(stored.index, kept.stream, one) for one in said]


_SHARED: Final = frozenset({"roster", "calendar", KEYS, "facts", "rules"})


@dataclass(frozen=True, slots=True)
class _Then:
    """The states that acts share, as they were before an entry of ``issued``."""

    states: Mapping[str, Any]
    issued: datetime

    @property
    def roster(self) -> Roster:
        return self.states.get("roster") or Roster()

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        found = self.states.get("calendar")
        return found.all if found is not None else {}

    @property
    def keys(self) -> Keys | None:
        return self.states.get(KEYS)

    def day(self, calendar: str, at: datetime) -> date:
        """Return the day of ``at`` where a calendar is, in UTC if there is no such calendar."""
        known = self.calendars.get(calendar)
        return at.astimezone(ZoneInfo(known.zone) if known is not None else UTC).date()


def _when(event: Any, issued: datetime) -> Iterator[str]:
    """An entry says what happened up to when it was written; time that passed by itself is written later."""
    at = getattr(event, "at", None)
    if isinstance(at, datetime) and at >= issued + _LATE:
        yield f"it is about {at:%Y-%m-%d %H:%M:%S} UTC, and was written at {issued:%Y-%m-%d %H:%M:%S} UTC"


def _voted(
    event: VoteCast | ObjectionReleased, case: Case, data: Mapping[str, Any], world: _Then
) -> Iterator[str]:
    """A vote is of somebody who could sit there on that day, on the request and answer in force."""
    vote = event.vote
    one = case.clearances.get(event.clearance)
    if one is None:
        yield f"it votes on `{event.clearance}`, which the case has not"
        return
    seat = _seat(one, vote)
    if seat is None:
        yield f"there is no seat `{vote.seat}` at the stage `{vote.stage}`"
        return
    roster, day = world.roster, world.day(one.procedure.calendar, vote.at)
    if vote.office not in seat.offices:
        yield f"`{vote.office}` has no place at the seat `{vote.seat}`"
    if not roster.capacity(vote.person, vote.office, vote.principal, day):
        who = f"`{vote.person}`" + (f" for `{vote.principal}`" if vote.principal else "")
        yield f"{who} did not hold `{vote.office}` on {day}"
    for person in (vote.person, vote.principal) if vote.principal else (vote.person,):
        if excluded(
            person, roster, applicant=case.applicant, acted=case.acted, internal=one.procedure.internal
        ):
            yield f"`{person}` belongs to the applicant, or acted for it"
    if vote.round != case.round or vote.request != case.request.digest:
        yield "it is on another round of the request than the one in force"
    if vote.basis != one.basis:
        yield "it is on another answer than the one in force"
    for key, other in case.clearances.items():
        for had in other.votes:
            same = roster.human(had.person) == roster.human(vote.person)
            elsewhere = (key, had.stage, had.seat) != (event.clearance, vote.stage, vote.seat)
            if same and elsewhere and had.counts:
                yield f"`{vote.person}` sat at `{had.seat}` of `{key}` too"
            if had.nonce and had.nonce == vote.nonce:
                yield "its nonce was used before"
    if seat.signature and not (vote.signed and SIGNATURE in data):
        yield f"the seat `{vote.seat}` needs a personal signature, and there is none"
    if vote.decision is not None and vote.decision.digest != _digest(
        vote.decision, case.id, event.clearance, vote
    ):
        yield "the digest of the decision is not that of its contents"


def _decided(event: CaseDecided, case: Case, world: _Then) -> Iterator[str]:
    """A decision has its votes, no veto against a grant, no question open, and not more than was asked for."""
    one = case.clearances.get(event.clearance)
    outcome = event.outcome
    if one is None:
        yield f"it decides `{event.clearance}`, which the case has not"
        return
    decision = outcome.decision
    grants = any(item.outcome in ("grant", "grant_with_provisos") for item in decision.items)
    stage = next((each for each in one.procedure.stages if each.id == outcome.stage), None)
    if stage is None:
        yield f"there is no stage `{outcome.stage}`"
    elif outcome.by == "silence":
        if not any(meaning in ("consent", "refuse") for meaning in one.silent.values()):
            yield "it is by silence, and no seat is silent with such a meaning"
    else:
        for seat in stage.seats:
            if seat.role != "decide":
                continue
            votes = [
                vote for vote in one.votes if vote.counts and (vote.stage, vote.seat) == (stage.id, seat.id)
            ]
            humans = {
                world.roster.human(vote.principal or vote.person)
                for vote in votes
                if vote.decision is not None and vote.decision.digest == decision.digest
            }
            if len(humans) < seat.needs:
                yield f"{len(humans)} of the {seat.needs} votes that are needed at `{seat.id}` are for it"
    if grants:
        for vote in one.votes:
            seat_ = _seat(one, vote)
            if (
                vote.counts
                and vote.verdict == "no"
                and seat_ is not None
                and (seat_.veto or seat_.role == "object")
            ):
                yield f"an objection at `{vote.seat}` stood against it"
        if any(query.clearance == event.clearance and query.replied is None for query in case.queries):
            yield "a question to the applicant was open"
    asked = {item.id: item.quantity for item in case.request.items}
    for item in decision.items:
        if item.item not in asked:
            yield f"it decides item `{item.item}`, which was not asked for"
        elif item.quantity is not None and item.quantity > asked[item.item]:
            yield f"it grants {item.quantity} of item `{item.item}`, and {asked[item.item]} were asked for"


def _digest(decision: Decision, case: str, clearance: str, vote: Vote) -> str:
    return decision_digest(
        case=case,
        round=vote.round,
        clearance=clearance,
        request=vote.request,
        basis=vote.basis,
        items=decision.items,
        grounds=decision.grounds,
        provisos=decision.provisos,
    )


def _timed(event: Any, before: Any, after: Case, world: _Then) -> Iterator[str]:
    """What begins to run is due when the calendar of that time says so."""
    had = {_name(key, due): due for key, due in _dues(before)} if isinstance(before, Case) else {}
    for key, due in _dues(after):
        if had.get(_name(key, due)) == due or due.held or not due.calendar:
            continue
        calendar = world.calendars.get(due.calendar)
        if calendar is None:
            continue
        unit = cast(Unit, due.unit)
        try:
            at = counting.due(calendar, due.started, TimeLimit(due.count, unit, due.extended))
            for pause in due.pauses:
                at = counting.moved(calendar, at, unit, pause.since, pause.until)
        except LastwordError:
            continue  # the calendar of then did not reach so far, and a later one is for later entries
        moved_later = getattr(event, "kind", "") == "case.dues_moved" and due.at >= at
        if at != due.at and not moved_later:
            yield f"`{due.kind}` of `{due.about}` is due at {due.at:%Y-%m-%d %H:%M} UTC; the calendar says {at:%Y-%m-%d %H:%M}"


def _name(key: str, due: Due) -> tuple[str, str, str]:
    return key, due.kind, due.about


def _dues(case: Case) -> Iterator[tuple[str, Due]]:
    for key, one in case.clearances.items():
        for due in one.dues:
            yield key, due


def _ledger(licence: Licence) -> Iterator[str]:
    """Each line is the sum of its uses, and nothing went out that was not there but for what is booked as a breach."""
    for name, line in licence.lines.items():
        went = _sum((use.booked.get(name, Decimal(0)) for use in licence.uses.values()), line.carried)
        back = _sum(
            EXACT.subtract(use.returned.get(name, Decimal(0)), use.healed.get(name, Decimal(0)))
            for use in licence.uses.values()
        )
        used = EXACT.subtract(went, back)
        over = _sum(use.over.get(name, Decimal(0)) for use in licence.uses.values())
        reserved = _sum(
            use.quantities.get(name, Decimal(0)) for use in licence.uses.values() if use.state == _RESERVED
        )
        if line.available < 0:
            yield f"item `{name}` has {line.available} left"
        if line.used != used:
            yield f"of item `{name}` {line.used} are booked as used, and its uses come to {used}"
        if line.reserved != reserved:
            yield f"of item `{name}` {line.reserved} are set aside, and its reservations come to {reserved}"
        if line.over != over:
            yield f"of item `{name}` {line.over} are booked as a breach, and its uses come to {over}"


def _sum(values: Iterable[Decimal], start: Decimal = Decimal(0)) -> Decimal:
    for one in values:
        start = EXACT.add(start, one)
    return start


def _moved(event: Moved, before: Licence) -> Iterator[str]:
    if event.status != before.status and event.status not in MOVES[before.status]:
        yield f"a licence that is {before.status} does not become {event.status}"


def _issued(event: LicenceIssued, others: Mapping[str, Any]) -> Iterator[str]:
    """A licence comes of a case's decision, or of a broken glass, and holds no more than was asked for."""
    licence = event.licence
    held = others.get(f"case/{licence.case}")
    case = held.state if held is not None else None
    if not isinstance(case, Case):
        yield f"there is no case `{licence.case}`"
        return
    one = case.clearances.get(licence.clearance)
    if one is None:
        yield f"its case has no clearance `{licence.clearance}`"
        return
    decided = any(outcome.licence == licence.id for outcome in one.outcomes)
    broken = any(glass.licence == licence.id for glass in case.glass)
    if not decided and not broken:
        yield "no decision and no broken glass left it behind"
    asked = {item.id: item.quantity for item in case.request.items}
    for name, line in licence.lines.items():
        if line.granted > asked.get(name, Decimal(0)):
            yield f"it grants {line.granted} of item `{name}`, and {asked.get(name, Decimal(0))} were asked for"


def _guarded(event: Any, guard: str, before: Any, world: _Then) -> Iterator[str]:
    """A guarded act had enough distinct officers of its office behind it."""
    keys = world.keys
    if keys is None:
        return
    by: tuple[str, ...] = event.by
    if not by and isinstance(event, RosterChanged | CalendarsSet) and before is None:
        return  # the foundation
    roster, day = world.roster, world.issued.astimezone(UTC).date()
    if isinstance(event, RosterChanged) and _own(event, by):
        return
    seat = keys.constitution.guards.get(guard)
    if seat is None:
        yield f"the constitution lets nobody change `{guard}`"
        return
    principals = getattr(event, "principals", ()) or ("",) * len(by)
    officers = set()
    for person, principal in zip(by, principals, strict=False):
        if roster.capacity(person, seat.office, principal, day) or any(
            roster.capacity(person, seat.office, one.principal, day)
            for one in roster.deputies
            if one.person == person and one.office == seat.office
        ):
            officers.add(roster.human(principal or person))
        else:
            yield f"`{person}` did not hold `{seat.office}` on {day}"
    if len(officers) < seat.needs:
        yield f"{len(officers)} of the {seat.needs} officers of `{seat.office}` that are needed stand behind it"


def _own(event: RosterChanged, by: tuple[str, ...]) -> bool:
    """Say whether somebody only named or ended own deputies."""
    touched = (*event.deputies_gone, *event.deputies_came)
    alone = not (event.offices or event.persons or event.officers_gone or event.officers_came)
    return alone and bool(touched) and all({one.principal, one.person} & set(by) for one in touched)


def _seat(one: Clearance, vote: Vote) -> Seat | None:
    return next(
        (
            seat
            for stage in one.procedure.stages
            if stage.id == vote.stage
            for seat in stage.seats
            if seat.id == vote.seat
        ),
        None,
    )
