"""Perform: every act comes in here, whoever sends it and by whatever channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from lastword.cases import breakglass, declaring, guard, licensing, using
from lastword.cases.acts import (
    Act,
    Advise,
    Agree,
    Amend,
    AppealAgainst,
    Ask,
    BreakTheGlass,
    ChangeLicence,
    ChangeRoster,
    Close,
    Confirm,
    Countersign,
    Decide,
    Declare,
    DropProviso,
    Escalate,
    File,
    Lift,
    Object,
    PassTime,
    Reassess,
    Reply,
    Review,
    SetCalendars,
    UseLicences,
    Withdraw,
)
from lastword.cases.calendar import CalendarEndsError
from lastword.cases.changing import adopt, amend, appeal, ask, close, reassess, reply, withdraw
from lastword.cases.deciding import countersign, decide, escalate_decision
from lastword.cases.draft import Draft
from lastword.cases.filing import file_case
from lastword.cases.progress import restate
from lastword.cases.reading import knows_of, not_there
from lastword.cases.refusal import ActRefused
from lastword.cases.timing import let_pass
from lastword.cases.voting import advise, agree, drop_proviso, object_to
from lastword.cases.world import World, Written

WORKER: Final = "worker"
"""Who lets time pass and judges cases again; nobody of the roster."""


def _nothing(draft: Draft, act: Any) -> None:
    """Do nothing but what time does."""


def _break_glass(draft: Draft, act: BreakTheGlass) -> None:
    written = breakglass.break_the_glass(act, replace(draft.world, case=draft.case), draft.now)
    for one in written:
        if one.stream == f"case/{draft.case.id}":
            draft.write(one.event, one.texts, audience=one.audience, text_audience=one.text_audience)
        else:
            draft.add((one,))


_CASE_ACTS: Final[dict[type[Act], Callable[[Draft, Any], None]]] = {
    Amend: amend,
    Reassess: reassess,
    Ask: ask,
    Reply: reply,
    Advise: advise,
    Agree: agree,
    Object: object_to,
    Decide: decide,
    Countersign: countersign,
    Escalate: escalate_decision,
    DropProviso: drop_proviso,
    Withdraw: withdraw,
    Close: close,
    AppealAgainst: appeal,
    BreakTheGlass: _break_glass,
    PassTime: _nothing,
}
_OTHER_ACTS: Final[dict[type[Act], Callable[[Any, World, datetime], tuple[Written, ...]]]] = {
    File: file_case,
    UseLicences: using.use_licences,
    ChangeLicence: licensing.change_licence,
    Declare: declaring.declare,
    Lift: declaring.lift,
    Review: breakglass.review,
    ChangeRoster: guard.change_roster,
    SetCalendars: guard.set_calendars,
    Confirm: guard.confirm,
}
_JUDGES_ANEW: Final = (Advise, Agree, Object, Decide, Countersign, Escalate, BreakTheGlass)
"""Acts before which a case is brought to today's answer, where that is at hand: a vote is on what is so today."""


def perform(act: Act, world: World, now: datetime) -> tuple[Written, ...]:
    """Return what becomes of ``act`` in ``world`` at ``now``, an aware instant: the events, in order, or nothing at all.

    What was due by ``now`` happens first. Raises ActRefused if the act may not be done; then ``due`` of the error holds what had
    happened before it and stands all the same, and nothing of the act itself does. Who may not know of a case is told that
    it does not exist.
    """
    if now.tzinfo is None:
        raise ValueError("the instant of an act needs a time zone")
    try:
        if isinstance(act, PassTime) and not act.case:
            return using.pass_time(act, world, now)
        if isinstance(act, DropProviso) and act.licence:
            return licensing.drop_proviso(act, world, now)
        other = _OTHER_ACTS.get(type(act))
        if other is not None:
            return other(act, world, now)
        return _on_case(act, world, now)
    except CalendarEndsError as error:
        problem = error.problems[0]
        raise ActRefused("calendar_ends", problem.what, problem.mend) from error


def _on_case(act: Any, world: World, now: datetime) -> tuple[Written, ...]:
    handler = _CASE_ACTS.get(type(act))
    if handler is None:
        raise ActRefused("unknown_act", f"`{type(act).__name__}` is no act", "do one that is")
    case = world.case
    if case is None or case.id != act.case:
        raise not_there(act.case)
    by_worker = isinstance(act, PassTime | Reassess) and act.person == WORKER
    if not by_worker and not knows_of(case, act.person, world, now):
        raise not_there(act.case)
    draft = Draft(world, now, case)
    let_pass(draft)
    stands = len(draft.written)
    try:
        key = getattr(act, "clearance", None)
        if key is not None and key not in case.clearances:
            raise ActRefused(
                "no_such_clearance",
                f"the case `{case.id}` has no clearance `{key}`",
                "it has " + (", ".join(f"`{one}`" for one in case.clearances) or "none yet"),
            )
        if isinstance(act, _JUDGES_ANEW):
            adopt(draft, act.person)
            restate(draft, now)
            stands = len(draft.written)
        handler(draft, act)
        restate(draft, now)
    except CalendarEndsError as error:
        problem = error.problems[0]
        raise ActRefused(
            "calendar_ends", problem.what, problem.mend, due=tuple(draft.written[:stands])
        ) from error
    except ActRefused as refused:
        raise ActRefused(
            refused.code,
            refused.problems[0].what,
            refused.problems[0].mend,
            due=(*draft.written[:stands], *refused.due),
        ) from refused
    return tuple(draft.written)
