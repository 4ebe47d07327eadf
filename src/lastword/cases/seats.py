"""Seats: who may act at them, who is kept out, and whether a procedure can be filled at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lastword.cases.acts import Act
from lastword.cases.case import Case, Clearance, Vote
from lastword.cases.competence import excluded
from lastword.cases.draft import local_day
from lastword.cases.procedure import Procedure, Seat, Stage
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Roster
from lastword.cases.world import World

IN_TURN: Final = ("next", "agreement", "disagreement")
"""Stages that are entered in their turn, and not only by escalation or appeal."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """Somebody at a seat, in one of its offices."""

    stage: Stage
    seat: Seat
    office: str


def capacities(
    person: str, principal: str, offices: Iterable[str], roster: Roster, day: date
) -> tuple[str, ...]:
    """Return in which of ``offices`` a person may act on ``day``, in person or as deputy of ``principal``."""
    return tuple(office for office in offices if roster.capacity(person, office, principal, day))


def officer_of(
    act: Act,
    offices: Iterable[str],
    case: Case,
    clearance: Clearance,
    world: World,
    now: datetime,
    doing: str,
) -> str:
    """Return the office in which somebody acts who needs no seat, only one of ``offices``.

    Raises ActRefused ``not_seated``, ``applicant_excluded``, ``unknown_person`` or ``robot``.
    """
    day = local_day(clearance.procedure, world, now)
    known_human(act, world.roster)
    offices = tuple(dict.fromkeys(offices))
    found = capacities(act.person, act.principal, offices, world.roster, day)
    if not found:
        raise ActRefused(
            "not_seated",
            f"`{act.person}` holds no office that may {doing}{_as_deputy(act)}",
            "it is for an officer of " + ", ".join(f"`{one}`" for one in offices),
        )
    refuse_excluded(act, case, clearance.procedure, world.roster)
    return found[0]


def known_human(act: Act, roster: Roster) -> None:
    """Refuse who is not in the roster and whoever is no human being."""
    for person in (act.person, act.principal) if act.principal else (act.person,):
        if person not in roster.persons:
            raise ActRefused(
                "unknown_person", f"`{person}` is not in the roster", "enter the person there first"
            )
        if not roster.is_human(person):
            raise ActRefused("robot", f"`{person}` is no human being", "only human beings act in an office")


def refuse_excluded(act: Act, case: Case, procedure: Procedure, roster: Roster) -> None:
    """Refuse the applicant's side, as person and as principal."""
    for person in (act.person, act.principal) if act.principal else (act.person,):
        if excluded(person, roster, applicant=case.applicant, acted=case.acted, internal=procedure.internal):
            raise ActRefused(
                "applicant_excluded",
                f"`{person}` acted for the applicant in this case, or belongs to it",
                "somebody else of the office has to act",
            )


def sit(
    act: Act,
    seat_id: str,
    roles: tuple[str, ...],
    case: Case,
    clearance: Clearance,
    world: World,
    now: datetime,
    *,
    earlier: bool = False,
) -> Sitting:
    """Return where somebody sits who acts in one of ``roles``, and refuse whoever may not sit there.

    ``earlier``: seats of stages that were left may act too: a no, or its release, comes in time until the decision stands.
    Raises ActRefused ``final``, ``unknown_person``, ``robot``, ``no_such_seat``, ``not_seated``, ``not_now``,
    ``applicant_excluded``, ``one_seat``.
    """
    if clearance.status != "open" or not clearance.stage:
        raise ActRefused(
            "final",
            f"the clearance `{clearance.key}` is over",
            "a decided one moves only by an appeal in its window",
        )
    roster, procedure = world.roster, clearance.procedure
    known_human(act, roster)
    day = local_day(procedure, world, now)
    everywhere = [
        (stage, seat)
        for stage in procedure.stages
        for seat in stage.seats
        if seat.role in roles and seat_id in ("", seat.id)
    ]
    if not everywhere:
        named = f"a seat `{seat_id}` that acts so" if seat_id else "a seat that acts so"
        raise ActRefused("no_such_seat", f"the procedure `{procedure.id}` has no {named[2:]}")
    seated = [
        Sitting(stage, seat, office)
        for stage, seat in everywhere
        for office in capacities(act.person, act.principal, seat.offices, roster, day)
    ]
    if not seated:
        offices = dict.fromkeys(office for _, seat in everywhere for office in seat.offices)
        raise ActRefused(
            "not_seated",
            f"`{act.person}` fills no such seat of `{clearance.key}`{_as_deputy(act)}",
            "it is for an officer of " + ", ".join(f"`{one}`" for one in offices),
        )
    refuse_excluded(act, case, procedure, roster)
    open_stages = {clearance.stage, *(clearance.trail if earlier else ())}
    here = [one for one in seated if one.stage.id in open_stages]
    if not here:
        raise ActRefused(
            "not_now",
            f"`{clearance.key}` is at the stage `{clearance.stage}`, and the seat `{seated[0].seat.id}` acts at "
            f"`{seated[0].stage.id}`",
            "wait for its turn"
            if seated[0].stage.id not in clearance.trail
            else "its turn is over in this round",
        )
    free = [one for one in here if not _seated_elsewhere(act, one, case, clearance, roster)]
    if not free:
        raise ActRefused(
            "one_seat",
            f"`{act.principal or act.person}` acted at another seat of this case, and one person fills one seat",
            "somebody else of the office has to act",
        )
    return min(free, key=lambda one: _preference(one, clearance))


def repeated(act: Act, sitting: Sitting, clearance: Clearance, roster: Roster) -> tuple[Vote, ...]:
    """Return the counted votes at the seat of the same human beings: a principal and the deputy have one vote."""
    ours = _humans(act.person, act.principal, roster)
    return tuple(
        vote
        for vote in clearance.counted(sitting.stage.id, sitting.seat.id)
        if ours & _humans(vote.person, vote.principal, roster)
    )


def _as_deputy(act: Act) -> str:
    return f" as deputy of `{act.principal}`" if act.principal else ""


def _humans(person: str, principal: str, roster: Roster) -> frozenset[str]:
    return frozenset(roster.human(one) for one in (person, principal) if one)


def _seated_elsewhere(act: Act, sitting: Sitting, case: Case, clearance: Clearance, roster: Roster) -> bool:
    ours = _humans(act.person, act.principal, roster)
    here = (clearance.key, sitting.stage.id, sitting.seat.id)
    return any(
        ours & _humans(vote.person, vote.principal, roster)
        for one in case.clearances.values()
        for vote in one.votes
        if (one.key, vote.stage, vote.seat) != here
    )


def _preference(sitting: Sitting, clearance: Clearance) -> tuple[bool, bool]:
    """Prefer the seat and the office that still lack a vote, among several in which somebody may act."""
    votes = clearance.counted(sitting.stage.id, sitting.seat.id)
    return len(votes) >= sitting.seat.needs, any(vote.office == sitting.office for vote in votes)


def lacking(
    procedures: Mapping[str, Procedure], *, applicant: str, acted: Iterable[str], world: World, now: datetime
) -> tuple[str, ...]:
    """Return the seats that cannot be filled by the roster of the day, as ``key: seat (offices)``; empty if all can.

    Every seat that may not be passed over needs its number of human beings, each at one seat of the case only. Stages for
    agreement and for disagreement are alternatives, so either way is tried on its own.
    """
    ways = (("next", "agreement"), ("next", "disagreement"))
    for way in ways:
        found = _unfilled(procedures, way, applicant=applicant, acted=tuple(acted), world=world, now=now)
        if found:
            return found
    return ()


def _unfilled(
    procedures: Mapping[str, Procedure],
    way: tuple[str, ...],
    *,
    applicant: str,
    acted: tuple[str, ...],
    world: World,
    now: datetime,
) -> tuple[str, ...]:
    """A flow from seats through their offices and officers to human beings, who take one seat each."""
    roster = world.roster
    edges: dict[str, dict[str, int]] = defaultdict(dict)
    wanted: list[tuple[str, Seat, int]] = []
    for key, procedure in procedures.items():
        day = local_day(procedure, world, now)
        for stage in procedure.stages:
            if stage.entry not in way:
                continue
            for seat in stage.seats:
                if seat.silence != "blocks" or seat.role == "object":
                    continue
                node = f"seat:{key}/{stage.id}/{seat.id}"
                wanted.append((node, seat, seat.needs))
                for office in seat.offices:
                    post = f"{node}@{office}"
                    edges[node][post] = 1 if seat.per_office else seat.needs
                    for person, principal in (
                        *((one, "") for one in roster.holders(office, day)),
                        *roster.stand_ins(office, day),
                    ):
                        if any(
                            excluded(
                                one, roster, applicant=applicant, acted=acted, internal=procedure.internal
                            )
                            for one in (person, principal)
                            if one
                        ):
                            continue
                        holder = f"{node}#{roster.human(principal or person)}"
                        edges[post][holder] = 1
                        edges[holder][f"{holder}'s vote"] = 1
                        edges[f"{holder}'s vote"][f"human:{roster.human(person)}"] = 1
    used: set[str] = set()
    short: list[str] = []
    flow: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for node, seat, needs in wanted:
        found = sum(_augment(node, edges, flow, used) for _ in range(needs))
        if found < needs:
            where = node.removeprefix("seat:")
            short.append(
                f"`{where}` (" + ", ".join(f"`{one}`" for one in seat.offices) + f"): {needs - found} short"
            )
    return tuple(short)


def _augment(
    source: str, edges: Mapping[str, Mapping[str, int]], flow: dict[str, dict[str, int]], used: set[str]
) -> bool:
    """Find one more way from ``source`` to a human being who is free, moving others to other seats where that helps."""
    came: dict[str, str] = {source: ""}
    queue = [source]
    for node in queue:
        if node.startswith("human:") and node not in used:
            used.add(node)
            while came[node]:
                before = came[node]
                flow[before][node] += 1
                flow[node][before] -= 1
                node = before
            return True
        onward = edges.get(node, {})
        for after in {**onward, **flow[node]}:
            if after not in came and onward.get(after, 0) - flow[node][after] > 0:
                came[after] = node
                queue.append(after)
    return False
