"""What blocks: one object for all channels. Per requirement a state, who, by when, what silence means, the smallest acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from lastword.cases import clocks
from lastword.cases.case import Case, Clearance, Due, place
from lastword.cases.competence import excluded
from lastword.cases.draft import Draft
from lastword.cases.licence import Licence
from lastword.cases.needs import is_current, uncovered
from lastword.cases.procedure import Seat, Stage
from lastword.cases.progress import (
    disagreeing,
    next_stage,
    others_passed,
    passed,
    seat_state,
    unfilled,
)
from lastword.cases.reading import Reader, is_applicant, is_officer, may_read
from lastword.cases.refusal import ActRefused
from lastword.cases.seats import IN_TURN
from lastword.cases.timing import let_pass
from lastword.cases.world import World

State = Literal[
    "waiting",
    "filled",
    "silent",
    "objected",
    "overdue",
    "later",
    "split",
    "held",
    "open_query",
    "stale",
    "not_settled",
    "prohibited",
    "not_covered",
    "pending_countersign",
    "pending_escalation",
    "cannot_be_filled",
    "final",
    "error",
]
"""Waited for; done; passed over in silence; a no stands; silent and waited for; its stage is not reached; decided in different
ways; a moratorium; a question is open; the answer is not of today; facts are missing; a rule forbids; the answer asks for more
than was asked for; a decision waits for a countersignature or for its window; nobody can act there; over; it cannot be said."""
BLOCKING = frozenset(
    (
        "waiting",
        "objected",
        "overdue",
        "split",
        "held",
        "open_query",
        "not_settled",
        "prohibited",
        "not_covered",
        "pending_countersign",
        "pending_escalation",
        "cannot_be_filled",
        "error",
    )
)


@dataclass(frozen=True, slots=True)
class Move:
    """One act that would help. ``act``: its name in acts.py in lower case; ``offices``: who of may do it; ``role``: of whom else:
    ``applicant``, ``worker`` or ``roster``.
    """

    act: str
    offices: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a decision needs. ``clearance``: "" for all of the case.

    ``have`` of ``needs`` votes are in. ``by``: its due instant, ``runs`` False if that clock stands still; ``silence``: what it
    means if it passes (procedure.Silence, ``stands`` for a decision, ``may_close`` or ``close`` for a question). ``since``: from
    when. ``acts``: the smallest acts, each of which alone would help. ``detail``: a code or an id that says more.
    """

    state: State
    clearance: str = ""
    stage: str = ""
    seat: str = ""
    offices: tuple[str, ...] = ()
    have: int = 0
    needs: int = 0
    by: datetime | None = None
    runs: bool = True
    silence: str = ""
    acts: tuple[Move, ...] = ()
    since: datetime | None = None
    detail: str = ""

    @property
    def blocks(self) -> bool:
        """Say whether it stands in the way of a decision."""
        return self.state in BLOCKING


@dataclass(frozen=True, slots=True)
class NextUp:
    """Who is next: at which seat, of which offices, by when."""

    clearance: str
    stage: str
    seat: str
    offices: tuple[str, ...]
    by: datetime | None


def blocks(
    case: Case,
    world: World,
    now: datetime,
    *,
    licences: Mapping[str, Licence] | None = None,
    reader: Reader | None = None,
) -> tuple[Requirement, ...]:
    """Return every requirement of a case as it stands at ``now``, what is due by then included.

    ``reader``: for whom; None for the file. The applicant's side is not told how a seat votes. ``licences``: of the case, to tell
    of an appeal against a revocation. Raises ActRefused ``no_such_case`` for a reader to whom the case does not exist.
    """
    if reader is not None and not may_read(case, reader):
        raise ActRefused("no_such_case", f"there is no case `{case.id}`", "look up its id")
    try:
        draft = Draft(world, now, case)
        let_pass(draft)
        case = draft.case
        found = list(_of_case(case, world, now))
        for one in case.clearances.values():
            found += _of_clearance(case, one, world, now, licences or {})
    except ActRefused as refused:
        state: State = "stale" if refused.code == "stale_answer" else "error"
        found = [Requirement(state, detail=refused.code, acts=(Move("reassess", role="worker"),))]
    if reader is not None and not is_officer(case, reader) and is_applicant(case, reader):
        return tuple(_as_told(one) for one in found)
    return tuple(found)


def next_up(case: Case, now: datetime) -> tuple[NextUp, ...]:
    """Return who is next on each open clearance, soonest first: the seats that are waited for at ``now``."""
    found = []
    for one in case.clearances.values():
        if one.status != "open" or not one.stage:
            continue
        stage = one.procedure.stage(one.stage)
        for seat in stage.seats:
            if not _at_work(one, stage, seat):
                continue
            due = _due(one, seat)
            by = due.at if due is not None and not due.held and due.at > now else None
            found.append(NextUp(one.key, stage.id, seat.id, seat.offices, by))
    return tuple(sorted(found, key=lambda one: (one.by is None, one.by or now, one.clearance, one.seat)))


def _of_case(case: Case, world: World, now: datetime) -> Iterator[Requirement]:
    if case.status in ("withdrawn", "closed", "returned"):
        yield Requirement("final", detail=case.status)
        return
    answer = case.assessment
    if case.status == "decided":
        # what forbids it, or is missing, stands in nobody's way any more; an item that is not covered is to be told
        yield Requirement("final", detail=case.status)
        yield from _uncovered(case)
        return
    if not answer.settled:
        yield Requirement("not_settled", detail="unknown", acts=(Move("load", role="facts"),))
    newest = (
        world.assessment if world.assessment is not None and is_current(world.assessment, world) else None
    )
    if newest is None and not is_current(answer, world) and case.status in ("open", "settle"):
        yield Requirement("stale", acts=(Move("reassess", role="worker"),))
    for rule in (newest or answer).prohibitions:
        moves = (Move("amend", role="applicant"), Move("withdraw", role="applicant"))
        yield Requirement("prohibited", detail=rule, acts=moves)
    yield from _uncovered(case)


def _uncovered(case: Case) -> Iterator[Requirement]:
    for key in uncovered(case):
        clearance = case.clearances.get(key)
        if clearance is None:
            yield Requirement("error", clearance=key, detail="no_procedure")
        else:
            yield Requirement("not_covered", clearance=key, acts=(Move("file", role="applicant"),))


def _of_clearance(
    case: Case, one: Clearance, world: World, now: datetime, licences: Mapping[str, Licence]
) -> Iterator[Requirement]:
    if one.status != "open":
        detail = one.outcome.decision.outcome if one.outcome is not None else one.status
        yield Requirement("final", one.key, detail=detail, acts=_appeals(case, one, now, licences))
        return
    for query in case.queries:
        if query.clearance != one.key or query.replied is not None:
            continue
        due = next((each for each in one.dues if (each.kind, each.about) == ("query", query.id)), None)
        moves = [Move("reply", role="applicant")]
        if query.overdue:
            moves.append(Move("close", _offices(one)))
        yield Requirement(
            "open_query",
            one.key,
            offices=(query.office,),
            by=due.at if due is not None else None,
            runs=due is not None and not due.held,
            silence=one.procedure.query.silence,
            acts=tuple(moves),
            since=query.at,
            detail=query.id,
        )
    for stop in clocks.open_stops(case, one.key):
        if stop.reason.startswith("moratorium:"):
            guard = world.constitution.guards.get("moratorium")
            lift = Move("lift", (guard.office,) if guard is not None else ())
            yield Requirement(
                "held",
                one.key,
                by=stop.ends,
                acts=(lift,),
                since=stop.since,
                detail=stop.reason.partition(":")[2],
            )
    stage = one.procedure.stage(one.stage)
    left = [(each, seat) for each, seat in unfilled(one) if each.id != stage.id]
    left += [
        (each, seat)
        for each in one.procedure.stages
        for seat in each.seats
        if each.id != stage.id and (each, seat) not in left and seat_state(one, each, seat) == "objected"
    ]
    for each, seat in left:
        yield _of_seat(case, one, each, seat, world, now)
    for seat in stage.seats:
        yield _of_seat(case, one, stage, seat, world, now)
    yield from _of_pending(one)
    if one.pending is None:
        yield from _later(one, stage)


def _of_seat(
    case: Case, one: Clearance, stage: Stage, seat: Seat, world: World, now: datetime
) -> Requirement:
    votes = one.counted(stage.id, seat.id)
    found = seat_state(one, stage, seat)
    state: State = "filled" if found == "idle" else found
    acts: tuple[Move, ...] = (Move(_act_of(seat), seat.offices),)
    have = len(votes) if seat.role == "advise" else sum(1 for vote in votes if vote.verdict == "yes")
    detail = one.silent.get(place(stage.id, seat.id), "")
    if seat.role == "decide":
        by_digest: dict[str, int] = {}
        for vote in votes:
            by_digest[vote.verdict] = by_digest.get(vote.verdict, 0) + 1
        have = max(by_digest.values(), default=0)
        if len(by_digest) > 1 and state == "waiting":
            state = "split"
        if one.pending is None and not others_passed(one, stage):
            state, acts = "later", ()
    elif seat.role == "countersign":
        if one.pending is None:
            state, acts = "later", ()
        elif state == "waiting":
            state = "pending_countersign"
    elif state == "objected":
        said = tuple(dict.fromkeys(vote.office for vote in votes if vote.verdict == "no"))
        acts = (Move("object", said or seat.offices), Move("amend", role="applicant"))
    if state in ("filled", "silent"):
        acts = ()
    if state in ("waiting", "overdue", "pending_countersign") and not _can_act(
        case, one, stage, seat, world, now, seat.needs - have
    ):
        state, acts = "cannot_be_filled", (Move("changeroster", role="roster"),)
    due = _due(one, seat) if stage.id == one.stage else None
    return Requirement(
        state,
        one.key,
        stage.id,
        seat.id,
        seat.offices,
        have,
        seat.needs,
        by=due.at if due is not None else None,
        runs=due is None or not due.held,
        silence=seat.silence if due is not None else "",
        acts=acts,
        since=due.started if due is not None else one.entered,
        detail=detail,
    )


def _of_pending(one: Clearance) -> Iterator[Requirement]:
    if one.pending is None or one.waits_for != "escalation":
        return
    decided = one.procedure.stage(one.deciding)
    if decided.escalation is None:
        return
    due = next((each for each in one.dues if each.kind == "escalation"), None)
    offices = disagreeing(one, decided.escalation.by, one.pending)
    yield Requirement(
        "pending_escalation",
        one.key,
        decided.id,
        offices=offices,
        by=due.at if due is not None else None,
        runs=due is None or not due.held,
        silence="stands",
        acts=(Move("escalate", offices),),
        since=due.started if due is not None else None,
        detail=decided.escalation.to,
    )


def _later(one: Clearance, stage: Stage) -> Iterator[Requirement]:
    """Yield the seats of the stages that come in their turn, so far as one can say now which they are."""
    after = next_stage(one, stage) if all(passed(one, stage, seat) for seat in stage.seats) else None
    rest = one.procedure.stages[one.procedure.stages.index(stage) + 1 :]
    if after is None and stage.entry not in IN_TURN:
        return
    for each in rest:
        if each.entry not in IN_TURN:
            continue
        for seat in each.seats:
            yield Requirement(
                "later",
                one.key,
                each.id,
                seat.id,
                seat.offices,
                needs=seat.needs,
                detail=each.entry if each.entry != "next" else "",
            )


def _can_act(
    case: Case, one: Clearance, stage: Stage, seat: Seat, world: World, now: datetime, needed: int
) -> bool:
    """Say whether enough human beings may act at a seat today who did not act elsewhere in the case."""
    calendar = world.calendars.get(one.procedure.calendar)
    if calendar is None:
        return False
    day, roster = calendar.day(now), world.roster
    elsewhere = {
        roster.human(who)
        for each in case.clearances.values()
        for vote in each.votes
        if (each.key, vote.stage, vote.seat) != (one.key, stage.id, seat.id)
        for who in (vote.person, vote.principal)
        if who
    }
    here = {
        roster.human(who)
        for vote in one.counted(stage.id, seat.id)
        if vote.verdict != "no"
        for who in (vote.person, vote.principal)
        if who
    }
    found = set()
    for office in seat.offices:
        pairs = [*((who, "") for who in roster.holders(office, day)), *roster.stand_ins(office, day)]
        for pair in pairs:
            humans = {roster.human(who) for who in pair if who}
            barred = any(
                excluded(
                    who,
                    roster,
                    applicant=case.applicant,
                    acted=case.acted,
                    internal=one.procedure.internal,
                )
                for who in pair
                if who
            )
            if not barred and not humans & (elsewhere | here):
                found.add(roster.human(pair[1] or pair[0]))
    return len(found) >= needed


def _appeals(case: Case, one: Clearance, now: datetime, licences: Mapping[str, Licence]) -> tuple[Move, ...]:
    open_ = any(due.kind == "appeal" and due.at > now for due in one.dues)
    revoked = any(
        each.status == "revoked" and each.appeal_until is not None and now < each.appeal_until
        for each in licences.values()
        if (each.case, each.clearance) == (case.id, one.key)
    )
    return (Move("appealagainst", role="applicant"),) if open_ or revoked else ()


def _as_told(one: Requirement) -> Requirement:
    """Return a requirement as the applicant is told of it: that a seat is waited for, never what it said."""
    told: dict[str, State] = {"objected": "waiting", "split": "waiting", "pending_escalation": "waiting"}
    told |= {"pending_countersign": "waiting", "overdue": "waiting"}
    state = told.get(one.state, one.state)
    hides = one.state in told or one.state in ("silent", "waiting", "prohibited")
    acts = tuple(move for move in one.acts if move.role == "applicant") if one.state != "objected" else ()
    if not hides:
        return replace(one, state=state, acts=acts)
    if one.state == "pending_escalation":
        return Requirement(state, one.clearance, one.stage)
    return replace(one, state=state, acts=acts, have=0, detail="")


def _at_work(one: Clearance, stage: Stage, seat: Seat) -> bool:
    if passed(one, stage, seat):
        return False
    if seat.role == "decide":
        return one.pending is None and others_passed(one, stage)
    if seat.role == "countersign":
        return one.pending is not None
    return True


def _act_of(seat: Seat) -> str:
    return {"object": "agree"}.get(seat.role, seat.role)


def _due(one: Clearance, seat: Seat) -> Due | None:
    return next((due for due in one.dues if (due.kind, due.about) == ("seat", seat.id)), None)


def _offices(one: Clearance) -> tuple[str, ...]:
    found = [office for stage in one.procedure.stages for seat in stage.seats for office in seat.offices]
    return tuple(dict.fromkeys(found))
