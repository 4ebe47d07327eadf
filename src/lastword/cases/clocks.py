"""The clocks of a clearance: starting, holding, releasing and recounting its due instants."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, cast

from lastword.cases import calendar as counting
from lastword.cases.calendar import CalendarEndsError, TimeLimit, Unit
from lastword.cases.case import Case, Clearance, Due, Pause, Stop, place
from lastword.cases.draft import calendar_of
from lastword.cases.procedure import Procedure, Seat, Stage
from lastword.cases.refusal import ActRefused
from lastword.cases.world import World

_FREE_OF: Final = {"query": ("query", "appeal"), "moratorium": ("appeal",)}
"""Which kinds of clocks run on during a stop: the time to reply while a question is open, the window for an appeal always."""


def due_at(procedure: Procedure, world: World, start: datetime, limit: TimeLimit) -> datetime:
    """Return the due instant of a limit. Raises ActRefused ``no_calendar`` or ``calendar_ends``."""
    try:
        return counting.due(calendar_of(procedure, world), start, limit)
    except CalendarEndsError as error:
        raise _ended(error) from error


def start(
    kind: str,
    about: str,
    limit: TimeLimit,
    procedure: Procedure,
    world: World,
    at: datetime,
    stops: Iterable[Stop] = (),
) -> Due:
    """Return a clock that starts at ``at``; it is held from the first if one of ``stops`` that are open holds it."""
    held = any(_holds(stop, kind) for stop in stops)
    return Due(
        kind=kind,
        about=about,
        at=due_at(procedure, world, at, limit),
        started=at,
        calendar=procedure.calendar,
        unit=limit.unit,
        count=limit.count,
        extended=limit.extended,
        held=held,
        held_since=at if held else None,
    )


def open_stops(case: Case, key: str) -> tuple[Stop, ...]:
    """Return the stops of a clearance that are not over."""
    return tuple(stop for stop in case.stops if stop.clearance == key and stop.until is None)


def seat_dues(
    stage: Stage,
    procedure: Procedure,
    world: World,
    at: datetime,
    stops: Iterable[Stop],
    *,
    countersign: bool,
) -> tuple[Due, ...]:
    """Return the clocks of a stage's seats: of those that confirm a decision, or of the others."""
    return tuple(
        start("seat", seat.id, limit, procedure, world, at, stops)
        for seat in stage.seats
        if (seat.role == "countersign") is countersign
        for limit in [limit_of(stage, seat)]
        if limit is not None
    )


def limit_of(stage: Stage, seat: Seat) -> TimeLimit | None:
    """Return the time limit of a seat: its own, else the one of its stage."""
    return seat.limit or stage.limit


def held(dues: Iterable[Due], stop: Stop) -> tuple[Due, ...]:
    """Return the clocks as a stop leaves them; one that stands still already does so on."""
    return tuple(
        replace(due, held=True, held_since=stop.since) if _holds(stop, due.kind) and not due.held else due
        for due in dues
    )


def released(clearance: Clearance, case: Case, stop: Stop, until: datetime, world: World) -> tuple[Due, ...]:
    """Return the clocks of a clearance once ``stop`` ends at ``until``: those that nothing else holds run on, due later."""
    others = [one for one in open_stops(case, clearance.key) if one != stop]
    return tuple(
        _resumed(due, clearance.procedure, world, until)
        if due.held and _holds(stop, due.kind) and not any(_holds(one, due.kind) for one in others)
        else due
        for due in clearance.dues
    )


def without(dues: Iterable[Due], drop: Callable[[Due], bool]) -> tuple[Due, ...]:
    """Return the clocks but for those that ``drop`` says are over."""
    return tuple(due for due in dues if not drop(due))


def recounted(clearance: Clearance, world: World, now: datetime) -> tuple[Due, ...]:
    """Return the clocks as today's calendar counts them: a later calendar moves the open ones.

    One whose passing gives or takes something for good, by silence that means consent, or by the end of the applicant's time to
    reply or to appeal, only moves later. None moves into the past. What a calendar cannot count stays as it was written down.
    """
    calendar = world.calendars.get(clearance.procedure.calendar)
    if calendar is None:
        return clearance.dues
    found = []
    for due in clearance.dues:
        unit = cast(Unit, due.unit)
        try:
            at = counting.due(calendar, due.started, TimeLimit(due.count, unit, due.extended))
            for pause in due.pauses:
                at = counting.moved(calendar, at, unit, pause.since, pause.until)
        except CalendarEndsError:
            found.append(due)
            continue
        if at < due.at and (only_later(due, clearance) or at <= now):
            at = due.at
        found.append(replace(due, at=at))
    return tuple(found)


def only_later(due: Due, clearance: Clearance) -> bool:
    """Say whether a clock may only be moved to a later instant."""
    if due.kind != "seat" or not clearance.stage:
        return due.kind in ("query", "appeal", "escalation")
    return any(
        seat.id == due.about and seat.silence == "consent"
        for seat in clearance.procedure.stage(clearance.stage).seats
    )


def overdue(clearance: Clearance, stage: str, seat: str) -> bool:
    """Say whether a seat was silent, and the work waits for it all the same."""
    return clearance.silent.get(place(stage, seat)) == "blocks"


def _holds(stop: Stop, kind: str) -> bool:
    return kind not in _FREE_OF.get(stop.reason.partition(":")[0], ())


def _resumed(due: Due, procedure: Procedure, world: World, until: datetime) -> Due:
    since = max(due.held_since or due.started, due.started)
    try:
        at = counting.moved(calendar_of(procedure, world), due.at, cast(Unit, due.unit), since, until)
    except CalendarEndsError as error:
        raise _ended(error) from error
    return replace(due, at=at, held=False, held_since=None, pauses=(*due.pauses, Pause(since, until)))


def _ended(error: CalendarEndsError) -> ActRefused:
    problem = error.problems[0]
    return ActRefused("calendar_ends", problem.what, problem.mend)
