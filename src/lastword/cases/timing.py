"""Time: what happens to a case by itself, in the order of its instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lastword.cases import clocks
from lastword.cases.case import Case, Clearance, Decision, Due, Stop
from lastword.cases.caseevents import (
    CaseClosed,
    CaseEscalated,
    ClearanceEnded,
    ClocksHeld,
    ClocksReleased,
    DuePassed,
    DuesMoved,
    QueryOverdue,
    SeatSilent,
)
from lastword.cases.decision import decision_of
from lastword.cases.draft import Draft
from lastword.cases.holding import holds
from lastword.cases.needs import is_current
from lastword.cases.procedure import Seat, Stage
from lastword.cases.progress import LETS_GO, advance, bars, escalate, finish, others_passed, restate, undo
from lastword.cases.refusal import ActRefused
from lastword.cases.world import World, Written


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens by itself at ``at``. At one instant a hold goes first, then its end, then what is due."""

    at: datetime
    rank: int
    clearance: str
    what: Stop | Due
    ends: bool = False


def case_dues(case: Case) -> tuple[tuple[str, datetime], ...]:
    """Return (name, instant) of everything that will happen to a case by itself; clocks that stand still are not among them."""
    found = [
        (f"{one.key}:{due.kind}:{due.about}", due.at)
        for one in case.clearances.values()
        for due in one.dues
        if not due.held
    ]
    found += [
        (f"{stop.clearance}:{stop.reason}:ends", stop.ends)
        for stop in case.stops
        if stop.until is None and stop.ends is not None
    ]
    return tuple(sorted(found, key=lambda one: (one[1], one[0])))


def pass_time(case: Case, world: World, now: datetime) -> tuple[Written, ...]:
    """Return everything that fell due by ``now``, which is in the past from then on: nothing for a case that time leaves alone.

    Raises ActRefused ``stale_answer`` if silence would grant on an answer that is not of today's facts and rules.
    """
    draft = Draft(world, now, case)
    let_pass(draft)
    return tuple(draft.written)


def let_pass(draft: Draft) -> None:
    """Let everything happen that is due by ``draft.now``, in order; then count open clocks by today's calendar."""
    while True:
        found = min(_happenings(draft), key=_order, default=None)
        if found is None:
            break
        _happen(draft, found)
        restate(draft, found.at)
    for key, clearance in draft.case.clearances.items():
        dues = clocks.recounted(clearance, draft.world, draft.now)
        if dues != clearance.dues:
            draft.write(DuesMoved(at=draft.now, clearance=key, dues=dues, why="the calendar changed"))


def _order(one: Happening) -> tuple[datetime, int, str, str]:
    what = f"{one.what.kind}:{one.what.about}" if isinstance(one.what, Due) else one.what.reason
    return one.at, one.rank, one.clearance, what


def _happenings(draft: Draft) -> Iterator[Happening]:
    case, now = draft.case, draft.now
    for key, clearance in case.clearances.items():
        yield from (
            Happening(due.at, 2, key, due) for due in clearance.dues if not due.held and due.at <= now
        )
        if clearance.status == "open":
            yield from _moratoria(draft, clearance)


def _moratoria(draft: Draft, clearance: Clearance) -> Iterator[Happening]:
    """Yield the beginnings and ends of holds that the case does not know of yet, with their true instants."""
    case, now = draft.case, draft.now
    known: dict[str, list[Stop]] = {}
    for stop in case.stops:
        if stop.clearance == clearance.key and stop.reason.startswith("moratorium:"):
            known.setdefault(stop.reason, []).append(stop)
    current = {
        f"moratorium:{one.id}": (one, since, until)
        for one, since, until in holds(case, clearance, draft.world.moratoria)
    }
    for reason, (one, since, until) in current.items():
        last = known[reason][-1] if reason in known else None
        if last is not None and last.until is None:
            if until is not None and until <= now:
                yield Happening(max(until, last.since), 1, clearance.key, last, ends=True)
            continue
        begun = max(
            since, clearance.entered or clearance.opened, (last.until if last is not None else None) or since
        )
        if begun <= now and (until is None or until > begun):
            stop = Stop(clearance.key, reason, begun, ends=one.until)
            yield Happening(begun, 0, clearance.key, stop)
    for reason, stops in known.items():
        if reason not in current and stops[-1].until is None:
            yield Happening(now, 1, clearance.key, stops[-1], ends=True)


def _happen(draft: Draft, one: Happening) -> None:
    if isinstance(one.what, Due):
        _fall_due(draft, one.clearance, one.what)
    elif one.ends:
        release(draft, one.what, one.at)
        advance(draft, one.clearance, one.at)
    else:
        hold(draft, one.what)


def hold(draft: Draft, stop: Stop) -> None:
    """Let a stop begin."""
    dues = clocks.held(draft.clearance(stop.clearance).dues, stop)
    draft.write(ClocksHeld(at=stop.since, stop=stop, dues=dues))


def release(draft: Draft, stop: Stop, at: datetime) -> None:
    """Let a stop end."""
    dues = clocks.released(draft.clearance(stop.clearance), draft.case, stop, at, draft.world)
    draft.write(ClocksReleased(at=at, clearance=stop.clearance, reason=stop.reason, until=at, dues=dues))


def begin_holds(draft: Draft) -> None:
    """Let the moratoria in force hold the clearances that were opened just now."""
    for key in draft.case.clearances:
        if draft.clearance(key).status == "open":
            for one in list(_moratoria(draft, draft.clearance(key))):
                _happen(draft, one)


def _fall_due(draft: Draft, key: str, due: Due) -> None:
    clearance = draft.clearance(key)
    rest = clocks.without(clearance.dues, lambda one: one == due)
    match due.kind:
        case "seat":
            _silence(draft, clearance, due, rest)
        case "query":
            _unanswered(draft, clearance, due, rest)
        case "escalation":
            if _lets_go(clearance.pending) and _bar_to_time(draft, clearance):
                undo(
                    draft,
                    key,
                    due.at,
                    "the answer changed, or can no longer be had, before the decision stood",
                    stages=clearance.trail,
                    to=clearance.deciding,
                    entered_for="a decision could not stand",
                )
                return
            draft.write(DuePassed(at=due.at, clearance=key, due=due, dues=rest), audience="file")
            advance(draft, key, due.at)
        case _:
            draft.write(DuePassed(at=due.at, clearance=key, due=due, dues=rest))


def _unanswered(draft: Draft, clearance: Clearance, due: Due, rest: tuple[Due, ...]) -> None:
    draft.write(QueryOverdue(at=due.at, clearance=clearance.key, query=due.about, dues=rest))
    if clearance.procedure.query.silence == "close":
        draft.write(CaseClosed(at=due.at, query=due.about))
        end(draft, clearance.key, "closed", f"the question `{due.about}` stayed unanswered", due.at)


def end(draft: Draft, key: str, status: Literal["closed", "not_needed"], why: str, at: datetime) -> None:
    """End the work on a clearance without a decision; what was decided before an appeal stands."""
    clearance = draft.clearance(key)
    votes = tuple(vote.no for vote in clearance.votes if vote.counts) if not clearance.outcomes else ()
    draft.write(
        ClearanceEnded(
            at=at,
            clearance=key,
            status="decided" if clearance.outcomes else status,
            why=why,
            votes=votes,
        )
    )


def _silence(draft: Draft, clearance: Clearance, due: Due, rest: tuple[Due, ...]) -> None:
    """Give the silence of a seat its meaning; where something bars that, the seat is overdue and waited for instead."""
    key, at = clearance.key, due.at
    stage = clearance.procedure.stage(clearance.stage)
    seat = next(one for one in stage.seats if one.id == due.about)
    meaning, why = _meaning(draft, clearance, stage, seat)
    draft.write(
        SeatSilent(at=at, clearance=key, stage=stage.id, seat=seat.id, meaning=meaning, why=why, dues=rest),
        audience="file",
    )
    if meaning == "escalate":
        to = _higher(clearance, stage)
        if to is not None:
            escalate(draft, key, at, event=CaseEscalated(at=at, clearance=key, stage=stage.id, to=to.id))
    elif seat.role == "countersign" and meaning == "refuse":
        undo(
            draft,
            key,
            at,
            f"the seat `{seat.id}` was silent, which rejects the decision",
            stages=tuple(draft.clearance(key).trail),
            to=clearance.deciding,
            entered_for="a decision was not confirmed",
        )
    elif seat.role == "decide" and meaning in ("consent", "refuse"):
        _decide_by_silence(draft, clearance, stage, meaning, at)
    advance(draft, key, at)


def _meaning(draft: Draft, clearance: Clearance, stage: Stage, seat: Seat) -> tuple[str, str]:
    """Return what a silence means now, and why that is not what the procedure says, if it is not."""
    if seat.silence == "escalate" and _higher(clearance, stage) is None:
        return "blocks", "no_higher_stage"
    if seat.silence == "no_view" and seat.role == "decide":
        return "blocks", "a_decision_is_needed"
    if seat.silence != "consent":
        return seat.silence, ""
    if not draft.world.trusted_clock:
        return "blocks", "clock_not_trusted"
    barred = bars(draft.case, clearance.key, draft.world, ("grant",))
    # what a seat that only agrees says by silence is judged again when it is decided; what decides is judged here and now
    stopping = [
        code for code, _ in barred if seat.role == "decide" or code in ("open_query", "held", "veto_stands")
    ]
    if stopping:
        return "blocks", stopping[0]
    if seat.role == "decide":
        if not others_passed(clearance, stage):
            return "blocks", "stage_incomplete"
        barred_now = _bar_to_time(draft, clearance)
        if barred_now:
            return "blocks", barred_now
    return "consent", ""


def _lets_go(decision: Decision | None) -> bool:
    return decision is not None and any(item.outcome in LETS_GO for item in decision.items)


def _bar_to_time(draft: Draft, clearance: Clearance) -> str:
    """Return why nothing is granted here by time alone, "" if nothing bars it: that goes only on an answer of the facts and
    rules in force which asks for the consent on the grounds on which it was worked on.

    Else what was said rests on what is no longer so, and the case is judged again. Raises ActRefused ``stale_answer`` if that
    answer is not on hand, but can be had.
    """
    world = draft.world
    newest = next(
        (
            one
            for one in (world.assessment, draft.case.assessment)
            if one is not None and is_current(one, world)
        ),
        None,
    )
    if newest is None and world.unanswerable:
        return "erased"
    if newest is None:
        raise ActRefused(
            "stale_answer",
            "something is granted by time alone here, but the answer is not of the facts and rules in force",
            "compute the answer again, then repeat the act",
        )
    if clearance.outcomes:
        return ""
    consent = newest.consent(clearance.key)
    asked = consent is not None and (consent.basis, consent.items) == (clearance.basis, clearance.items)
    return "" if asked else "answer_changed"


def _decide_by_silence(draft: Draft, clearance: Clearance, stage: Stage, meaning: str, at: datetime) -> None:
    outcome = "grant" if meaning == "consent" else "refuse"
    decision: Decision = decision_of(
        draft.case, clearance, dict.fromkeys(clearance.items, (outcome, None)), grounds=(), drop=()
    )
    finish(draft, clearance.key, decision, stage, at, by="silence")


def _higher(clearance: Clearance, stage: Stage) -> Stage | None:
    """Return the stage to which silence takes a decision."""
    procedure = clearance.procedure
    if stage.escalation is not None:
        return procedure.stage(stage.escalation.to)
    after = procedure.stages[procedure.stages.index(stage) + 1 :]
    return next((one for one in after if one.entry == "escalation"), None)
