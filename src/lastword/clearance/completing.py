"""What an act leaves open because it can be only one thing: which clearance, and the ids of what it begins.

Nothing here judges whether the act is allowed: ``perform`` does. Where there is a choice, it is never made for anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from lastword.cases.acts import (
    Act,
    Advise,
    Agree,
    AppealAgainst,
    Ask,
    BreakTheGlass,
    Countersign,
    Decide,
    DropProviso,
    Escalate,
    File,
    ItemVerdict,
    Object,
)
from lastword.cases.case import Case, Clearance
from lastword.cases.reading import knows_of
from lastword.cases.world import World
from lastword.errors import InputError, Problem, Where

Drawn = Callable[[], str]
"""Draws eight letters and digits by lot, in two groups, e.g. ``K7M4-QX2P``."""
_ROLES: Final[dict[type[Act], tuple[str, ...]]] = {
    Advise: ("advise",),
    Agree: ("agree",),
    Object: ("object", "agree"),
    Decide: ("decide",),
    Countersign: ("countersign",),
}


def completed(act: Act, world: World, now: datetime, *, drawn: Drawn, token: Drawn) -> Act:
    """Return the act with its clearance and its ids. ``token``: draws a nonce.

    Raises InputError where the office of who acts leaves a choice between clearances, and for a clearance that the case
    has not.
    """
    given: Any = act
    changes: dict[str, Any] = {}
    if hasattr(act, "nonce") and not given.nonce:
        changes["nonce"] = token()
    case = world.case
    if isinstance(act, File) and not act.case:
        changes["case"] = drawn()
    if isinstance(act, DropProviso) and act.licence and not act.case and act.licence in world.licences:
        licence = world.licences[act.licence]
        changes |= {"case": licence.case, "clearance": licence.clearance}
    # Whoever may not know of the case is not asked which of its consents is meant: perform says that it is not there.
    if case is not None and knows_of(case, act.person, world, now):
        changes |= _in_case(act, case, world, now, drawn)
    return replace(act, **changes)


def _in_case(act: Act, case: Case, world: World, now: datetime, drawn: Drawn) -> dict[str, Any]:
    given: Any = act
    changes: dict[str, Any] = {}
    if hasattr(act, "clearance") and not (isinstance(act, DropProviso) and act.licence):
        changes["clearance"] = _clearance(act, case, world, now)
    if isinstance(act, Ask) and not act.query:
        changes["query"] = f"q{len(case.queries) + 1}"
    if isinstance(act, AppealAgainst) and not act.appeal:
        made = sum(len(one.appeals) for one in case.clearances.values())
        changes["appeal"] = f"a{made + 1}"
    if isinstance(act, Decide | Countersign | BreakTheGlass) and not given.licence:
        changes["licence"] = f"L-{drawn()}"
    one = case.clearances.get(changes.get("clearance", ""))
    if isinstance(act, Decide) and act.items and one is not None:
        # Who names some items means the outcome for the rest.
        named = {verdict.item for verdict in act.items}
        rest = tuple(ItemVerdict(item, act.outcome) for item in one.items if item not in named)
        changes["items"] = (*act.items, *rest)
    if isinstance(act, Countersign) and not act.decision and one is not None and one.pending is not None:
        changes["decision"] = one.pending.digest
    return changes


def _clearance(act: Any, case: Case, world: World, now: datetime) -> str:
    if act.clearance:
        return _named(str(act.clearance), case)
    if len(case.clearances) == 1:
        return next(iter(case.clearances))
    fitting = [key for key, one in case.clearances.items() if _theirs(act, one, world, now)]
    live = [key for key in fitting if case.clearances[key].status == "open"]
    if isinstance(act, AppealAgainst):
        live = [key for key in fitting if case.clearances[key].outcome is not None]
    for found in (live, fitting):
        if len(found) == 1:
            return found[0]
    if not case.clearances:
        return ""
    choice = live or fitting or list(case.clearances)
    raise InputError(
        Problem(
            Where("--clearance"),
            "it is open which consent is meant",
            "add --clearance with one of " + ", ".join(f"`{key}`" for key in choice),
        )
    )


def _named(typed: str, case: Case) -> str:
    if typed in case.clearances:
        return typed
    near = [
        key
        for key, one in case.clearances.items()
        if typed.casefold() in (key.casefold(), one.authority.casefold())
    ]
    if len(near) == 1:
        return near[0]
    raise InputError(
        Problem(
            Where("--clearance"),
            f"the case has no consent `{typed}`",
            "it has " + (", ".join(f"`{key}`" for key in case.clearances) or "none yet"),
        )
    )


def _theirs(act: Act, one: Clearance, world: World, now: datetime) -> bool:
    """Say whether who acts, or the principal, holds an office with a seat for such an act in the clearance."""
    if isinstance(act, AppealAgainst):
        return _appealable(act.against, one, world)
    officer = act.principal or act.person
    day = local_day(one, world, now)
    return any(world.roster.holds(officer, office, day) for office in _offices(act, one))


def _appealable(against: str, one: Clearance, world: World) -> bool:
    outcome = one.outcome
    if outcome is None:
        return False
    if against == "revoke":
        licence = world.licences.get(outcome.licence)
        return licence is not None and licence.status == "revoked"
    wanted = {"refuse": "refuse", "proviso": "grant_with_provisos"}.get(against)
    return any(item.outcome == wanted for item in outcome.decision.items)


def _offices(act: Act, one: Clearance) -> Iterable[str]:
    if isinstance(act, DropProviso):
        return [proviso.owner for proviso in one.provisos if proviso.id == act.proviso]
    if isinstance(act, BreakTheGlass):
        return one.procedure.break_glass.offices if one.procedure.break_glass is not None else ()
    roles = _ROLES.get(type(act))
    stages = one.procedure.stages
    if roles is None or isinstance(act, Escalate):
        return one.procedure.offices
    # an objection is taken back where it was made, also if the work has gone on
    here = [] if isinstance(act, Object) else [stage for stage in stages if stage.id == one.stage]
    return [
        office
        for stage in here or stages
        for seat in stage.seats
        if seat.role in roles
        for office in seat.offices
    ]


def local_day(one: Clearance, world: World, now: datetime) -> date:
    """Return the day of ``now`` in the zone of the clearance's calendar; in UTC if the record has no such calendar."""
    calendar = world.calendars.get(one.procedure.calendar)
    return now.astimezone(ZoneInfo(calendar.zone)).date() if calendar is not None else now.date()
