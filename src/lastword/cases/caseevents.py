"""What became of a case: events that hold the result, and the function that applies them.

``apply_case`` never judges: statuses, seats, due instants and outcomes are taken from the event as they stand. ``dues`` of an
event are all that run on its clearance after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import ClassVar, Final

from lastword.cases.assessment import Assessment
from lastword.cases.case import (
    AppealState,
    Case,
    CaseStatus,
    Clearance,
    ClearanceStatus,
    Decision,
    Due,
    Glass,
    Outcome,
    Proviso,
    QueryState,
    Stop,
    TextAt,
    Vote,
)
from lastword.cases.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFiled:
    """A case began. ``person`` filed it for ``applicant``; ``status`` is ``settle`` or ``open``."""

    kind: ClassVar[str] = "case.filed"
    at: datetime
    case: str
    person: str
    applicant: str
    request: Request
    assessment: Assessment
    clearances: tuple[Clearance, ...]
    status: CaseStatus
    readers: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAmended:
    """The applicant changed the ``changed`` fields of the request: a new round."""

    kind: ClassVar[str] = "case.amended"
    at: datetime
    person: str
    request: Request
    changed: tuple[str, ...]
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReassessed:
    """The case rests on another answer from now on."""

    kind: ClassVar[str] = "case.reassessed"
    at: datetime
    person: str
    assessment: Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceOpened:
    """The answer asks for a consent that it did not ask for before."""

    kind: ClassVar[str] = "case.clearance_opened"
    at: datetime
    clearance: Clearance
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisChanged:
    """The part of the answer that speaks of a consent changed."""

    kind: ClassVar[str] = "case.basis_changed"
    at: datetime
    clearance: str
    basis: str
    items: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VotesVoided:
    """``votes`` (numbers) no longer count, ``provisos`` (ids) no longer stand. ``pending``: a waiting decision fell with them."""

    kind: ClassVar[str] = "case.votes_voided"
    at: datetime
    clearance: str
    votes: tuple[int, ...]
    why: str
    provisos: tuple[str, ...] = ()
    pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VotesCarried:
    """``votes`` count in the new round too, because nothing that matters to them changed."""

    kind: ClassVar[str] = "case.votes_carried"
    at: datetime
    clearance: str
    votes: tuple[int, ...]
    why: str
    round: int
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntered:
    """Work on a clearance is at ``stage`` from now on. ``trail``: the stages of this round so far; ``silent``: silent seats."""

    kind: ClassVar[str] = "case.stage_entered"
    at: datetime
    clearance: str
    stage: str
    why: str
    dues: tuple[Due, ...]
    trail: tuple[str, ...]
    silent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCast:
    """Somebody acted at a seat.

    ``replaced``: numbers of earlier votes, ``superseded``: ids of provisos that it takes the place of. ``silent``: as in
    StageEntered, after it.
    """

    kind: ClassVar[str] = "case.vote_cast"
    at: datetime
    clearance: str
    vote: Vote
    dues: tuple[Due, ...]
    provisos: tuple[Proviso, ...] = ()
    replaced: tuple[int, ...] = ()
    superseded: tuple[str, ...] = ()
    silent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionReleased:
    """Objections, ``votes``, were taken back at their seat by ``vote``."""

    kind: ClassVar[str] = "case.objection_released"
    at: datetime
    clearance: str
    votes: tuple[int, ...]
    vote: Vote
    dues: tuple[Due, ...]
    silent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProvisoDropped:
    """The owner of a proviso agreed that it is left out."""

    kind: ClassVar[str] = "case.proviso_dropped"
    at: datetime
    clearance: str
    proviso: str
    person: str
    principal: str
    office: str
    text: TextAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPending:
    """A decision is made, and ``waits_for`` ``countersign`` or ``escalation``. ``stage``: which made it."""

    kind: ClassVar[str] = "case.decision_pending"
    at: datetime
    clearance: str
    decision: Decision
    stage: str
    waits_for: str
    licence: str
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecided:
    """A decision stands for good. ``day``, ``facts``, ``rules``: the answer it was judged on; ``dues``: windows for appeals."""

    kind: ClassVar[str] = "case.decided"
    at: datetime
    clearance: str
    outcome: Outcome
    dues: tuple[Due, ...]
    day: date
    facts: int
    rules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatSilent:
    """The due instant of a seat passed. ``meaning``: what its silence means; ``why``, if that is not what the procedure says."""

    kind: ClassVar[str] = "case.seat_silent"
    at: datetime
    clearance: str
    stage: str
    seat: str
    meaning: str
    why: str
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAsked:
    """A question was put to the applicant."""

    kind: ClassVar[str] = "case.query_asked"
    at: datetime
    query: QueryState
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryReplied:
    """The applicant answered a question."""

    kind: ClassVar[str] = "case.query_replied"
    at: datetime
    clearance: str
    query: str
    person: str
    reply: TextAt
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOverdue:
    """The time to answer a question passed."""

    kind: ClassVar[str] = "case.query_overdue"
    at: datetime
    clearance: str
    query: str
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClocksHeld:
    """The clocks of a clearance stand still from ``stop.since`` on."""

    kind: ClassVar[str] = "case.held"
    at: datetime
    stop: Stop
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClocksReleased:
    """A stop ended at ``until``."""

    kind: ClassVar[str] = "case.released"
    at: datetime
    clearance: str
    reason: str
    until: datetime
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuesMoved:
    """A later calendar moved due instants."""

    kind: ClassVar[str] = "case.dues_moved"
    at: datetime
    clearance: str
    dues: tuple[Due, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePassed:
    """A due instant passed: the window for an escalation or an appeal closed, or a target was missed, which means nothing."""

    kind: ClassVar[str] = "case.due_passed"
    at: datetime
    clearance: str
    due: Due
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEscalated:
    """A decision was taken to the next instance, ``to``; ``person`` is "" if silence did it."""

    kind: ClassVar[str] = "case.escalated"
    at: datetime
    clearance: str
    stage: str
    to: str
    person: str = ""
    principal: str = ""
    office: str = ""
    text: TextAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAppealed:
    """The applicant appealed; ``appeal.state`` is ``open`` if it is heard, ``late`` if it came too late and is rejected."""

    kind: ClassVar[str] = "case.appealed"
    at: datetime
    clearance: str
    person: str
    appeal: AppealState
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceEnded:
    """Work on a clearance is over without a (new) decision. Nothing runs any more, and of a decided one the decision stands."""

    kind: ClassVar[str] = "case.clearance_ended"
    at: datetime
    clearance: str
    status: ClearanceStatus
    why: str
    votes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWithdrawn:
    """The applicant took the request back."""

    kind: ClassVar[str] = "case.withdrawn"
    at: datetime
    person: str
    text: TextAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed:
    """Clearances were closed because ``query`` stayed unanswered; ``person`` is "" if that happened by itself."""

    kind: ClassVar[str] = "case.closed"
    at: datetime
    query: str
    person: str = ""
    principal: str = ""
    office: str = ""
    text: TextAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStatusChanged:
    """How the case as a whole stands."""

    kind: ClassVar[str] = "case.status_changed"
    at: datetime
    status: CaseStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBroken:
    """One act was let go ahead before the decision, under ``licence``."""

    kind: ClassVar[str] = "case.glass_broken"
    clearance: str
    licence: str
    by: str
    principal: str
    office: str
    at: datetime
    review_due: datetime
    text: TextAt


CaseEvent = (
    CaseFiled
    | CaseAmended
    | CaseReassessed
    | ClearanceOpened
    | BasisChanged
    | VotesVoided
    | VotesCarried
    | StageEntered
    | VoteCast
    | ObjectionReleased
    | CaseProvisoDropped
    | DecisionPending
    | CaseDecided
    | SeatSilent
    | QueryAsked
    | QueryReplied
    | QueryOverdue
    | ClocksHeld
    | ClocksReleased
    | DuesMoved
    | DuePassed
    | CaseEscalated
    | CaseAppealed
    | ClearanceEnded
    | CaseWithdrawn
    | CaseClosed
    | CaseStatusChanged
    | GlassBroken
)
EVENTS: Final[tuple[type, ...]] = (
    CaseFiled,
    CaseAmended,
    CaseReassessed,
    ClearanceOpened,
    BasisChanged,
    VotesVoided,
    VotesCarried,
    StageEntered,
    VoteCast,
    ObjectionReleased,
    CaseProvisoDropped,
    DecisionPending,
    CaseDecided,
    SeatSilent,
    QueryAsked,
    QueryReplied,
    QueryOverdue,
    ClocksHeld,
    ClocksReleased,
    DuesMoved,
    DuePassed,
    CaseEscalated,
    CaseAppealed,
    ClearanceEnded,
    CaseWithdrawn,
    CaseClosed,
    CaseStatusChanged,
    GlassBroken,
)
"""Events of the streams ``case/<id>``."""


def apply_case(case: Case | None, event: CaseEvent) -> Case:
    """Return the case after ``event``. Raises ValueError or KeyError for an event that this case cannot have."""
    if isinstance(event, CaseFiled):
        if case is not None:
            raise ValueError(f"case {case.id} was filed before")
        return Case(
            id=event.case,
            no=1,
            status=event.status,
            filed=event.at,
            applicant=event.applicant,
            acted=(event.person,),
            requests=(event.request,),
            assessment=event.assessment,
            clearances={one.key: one for one in event.clearances},
            readers=event.readers,
            chosen=event.chosen,
        )
    if case is None:
        raise ValueError(f"an event {event.kind} before the case was filed")
    after = replace(case, no=case.no + 1)
    match event:
        case CaseAmended():
            return replace(
                _acted(after, event.person), requests=(*after.requests, event.request), chosen=event.chosen
            )
        case CaseReassessed():
            return replace(after, assessment=event.assessment)
        case ClearanceOpened():
            return replace(after, clearances={**after.clearances, event.clearance.key: event.clearance})
        case CaseWithdrawn():
            return replace(_acted(after, event.person), status="withdrawn")
        case CaseClosed():
            return after
        case CaseStatusChanged():
            return replace(after, status=event.status)
        case GlassBroken():
            glass = Glass(event.clearance, event.licence, event.by, event.office, event.at, event.review_due)
            return replace(after, glass=(*after.glass, glass))
        case QueryAsked():
            asked = replace(after, queries=(*after.queries, event.query))
            return _with(asked, event.query.clearance, lambda one: replace(one, dues=event.dues))
        case QueryReplied():
            replied = replace(
                _acted(after, event.person),
                queries=tuple(
                    replace(one, replied=event.at, reply=event.reply) if one.id == event.query else one
                    for one in after.queries
                ),
            )
            return _with(replied, event.clearance, lambda one: replace(one, dues=event.dues))
        case QueryOverdue():
            overdue = replace(
                after,
                queries=tuple(
                    replace(one, overdue=True) if one.id == event.query else one for one in after.queries
                ),
            )
            return _with(overdue, event.clearance, lambda one: replace(one, dues=event.dues))
        case ClocksHeld():
            held = replace(after, stops=(*after.stops, event.stop))
            return _with(held, event.stop.clearance, lambda one: replace(one, dues=event.dues))
        case ClocksReleased():
            released = replace(
                after,
                stops=tuple(
                    replace(one, until=event.until)
                    if (one.clearance, one.reason, one.until) == (event.clearance, event.reason, None)
                    else one
                    for one in after.stops
                ),
            )
            return _with(released, event.clearance, lambda one: replace(one, dues=event.dues))
        case CaseAppealed():
            return _with(
                _acted(after, event.person), event.clearance, lambda one: _apply_clearance(one, event)
            )
        case ClearanceEnded():
            # nothing stands still any more where nothing runs
            stops = tuple(
                replace(one, until=event.at) if (one.clearance, one.until) == (event.clearance, None) else one
                for one in after.stops
            )
            return _with(
                replace(after, stops=stops), event.clearance, lambda one: _apply_clearance(one, event)
            )
        case _:
            return _with(after, event.clearance, lambda one: _apply_clearance(one, event))


def _with(case: Case, key: str, change: Callable[[Clearance], Clearance]) -> Case:
    return replace(case, clearances={**case.clearances, key: change(case.clearances[key])})


def _acted(case: Case, person: str) -> Case:
    return case if person in case.acted else replace(case, acted=(*case.acted, person))


def _apply_clearance(one: Clearance, event: CaseEvent) -> Clearance:
    match event:
        case BasisChanged():
            return replace(one, basis=event.basis, items=event.items, rules=event.rules)
        case VotesVoided():
            voided = _void(one, event.votes, event.why, event.provisos)
            return (
                replace(voided, pending=None, pending_licence="", deciding="", waits_for="")
                if event.pending
                else voided
            )
        case VotesCarried():
            return replace(
                one,
                votes=tuple(
                    replace(vote, round=event.round, request=event.request, carried=True)
                    if vote.no in event.votes
                    else vote
                    for vote in one.votes
                ),
            )
        case StageEntered():
            return replace(
                one,
                status="open",
                stage=event.stage,
                trail=event.trail,
                entered=event.at,
                dues=event.dues,
                silent=dict(event.silent),
            )
        case VoteCast():
            voided = _void(one, event.replaced, "replaced by a later one of the same seat", event.superseded)
            return replace(
                voided,
                votes=(*voided.votes, event.vote),
                provisos=(*voided.provisos, *event.provisos),
                dues=event.dues,
                silent=dict(event.silent),
            )
        case ObjectionReleased():
            released = _void(one, event.votes, "taken back at its seat", ())
            return replace(
                released, votes=(*released.votes, event.vote), dues=event.dues, silent=dict(event.silent)
            )
        case CaseProvisoDropped():
            return _void(one, (), "", (event.proviso,))
        case DecisionPending():
            return replace(
                one,
                pending=event.decision,
                pending_licence=event.licence,
                deciding=event.stage,
                waits_for=event.waits_for,
                dues=event.dues,
            )
        case CaseDecided():
            earlier = tuple(replace(outcome, superseded=True) for outcome in one.outcomes)
            appeals = tuple(
                replace(appeal, state="heard") if appeal.state == "open" else appeal for appeal in one.appeals
            )
            return replace(
                one,
                status="decided",
                stage="",
                pending=None,
                pending_licence="",
                deciding="",
                waits_for="",
                outcomes=(*earlier, event.outcome),
                appeals=appeals,
                dues=event.dues,
            )
        case SeatSilent():
            silent = {**one.silent, f"{event.stage}/{event.seat}": event.meaning}
            return replace(one, silent=silent, dues=event.dues)
        case DuesMoved():
            return replace(one, dues=event.dues)
        case DuePassed():
            waits_for = "release" if event.due.kind == "escalation" else one.waits_for
            return replace(one, dues=event.dues, waits_for=waits_for)
        case CaseEscalated():
            return one
        case CaseAppealed():
            return replace(one, appeals=(*one.appeals, event.appeal), dues=event.dues)
        case ClearanceEnded():
            ended = _void(one, event.votes, event.why, ())
            return replace(
                ended,
                status=event.status,
                appeals=tuple(
                    replace(appeal, state="ended") if appeal.state == "open" else appeal
                    for appeal in one.appeals
                ),
                stage="",
                pending=None,
                pending_licence="",
                deciding="",
                waits_for="",
                dues=(),
            )
    raise ValueError(f"no event of a clearance: {type(event).__name__}")


def _void(one: Clearance, votes: tuple[int, ...], why: str, provisos: tuple[str, ...]) -> Clearance:
    return replace(
        one,
        votes=tuple(
            replace(vote, counts=False, why_not=why) if vote.no in votes else vote for vote in one.votes
        ),
        provisos=tuple(
            replace(proviso, dropped=True) if proviso.id in provisos else proviso for proviso in one.provisos
        ),
    )
