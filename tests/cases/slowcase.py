"""A slow reading of a case's events, straight from the rules and apart from the code under test, kept to compare with.

It knows nothing of clearances' states, seats' states or progress: it goes through the list of events and counts by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lastword.cases.procedure import Procedure, Seat, Stage
from lastword.cases.roster import Roster

GRANTING = {"grant", "grant_with_provisos", "not_required"}


def faults(events: Sequence[Any], roster: Roster, applicant: str) -> list[str]:
    """Return every breach of the rules of a case that its events show."""
    found: list[str] = []
    procedures: dict[str, Procedure] = {}
    votes: dict[str, dict[int, Any]] = defaultdict(dict)
    counted: dict[str, set[int]] = defaultdict(set)
    silent: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    path: dict[str, list[str]] = defaultdict(list)
    seats_of: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    acted: set[str] = set()
    queries: dict[str, str] = {}
    holds: set[tuple[str, str]] = set()
    finals: dict[str, int] = defaultdict(int)
    appeals: dict[str, int] = defaultdict(int)
    over: set[str] = set()

    def human(person: str) -> str:
        while person in roster.persons and roster.persons[person].same_as:
            person = roster.persons[person].same_as
        return person

    for number, event in enumerate(events, 1):
        key = getattr(event, "clearance", "")
        match event.kind:
            case "case.filed":
                acted.add(human(event.person))
                for one in event.clearances:
                    procedures[one.key] = one.procedure
                    path[one.key] = [one.stage]
            case "case.clearance_opened":
                one = event.clearance
                procedures[one.key] = one.procedure
                path[one.key] = [one.stage]
                silent[one.key].clear()
                over.discard(one.key)
            case "case.amended" | "case.query_replied" | "case.withdrawn" | "case.appealed":
                acted.add(human(event.person))
                if event.kind == "case.query_replied":
                    queries.pop(event.query)
                if event.kind == "case.appealed" and event.appeal.state == "open":
                    appeals[key] += 1
                    over.discard(key)
            case "case.query_asked":
                queries[event.query.id] = event.query.clearance
            case "case.held":
                if event.stop.reason.startswith("moratorium"):
                    holds.add((event.stop.clearance, event.stop.reason))
            case "case.released":
                holds.discard((key, event.reason))
            case "case.votes_voided":
                counted[key] -= set(event.votes)
            case "case.clearance_ended":
                counted[key] -= set(event.votes)
                over.add(key)
            case "case.stage_entered":
                stage = event.stage
                again = stage in path[key] or _entry(procedures[key], stage) == "appeal"
                if event.trail == (stage,):
                    path[key] = [stage]
                    silent[key].clear()
                else:
                    path[key] = (
                        [*path[key][: path[key].index(stage)], stage] if again else [*path[key], stage]
                    )
                for place in [place for place in silent[key] if place[0] == stage]:
                    del silent[key][place]
            case "case.seat_silent":
                silent[key][event.stage, event.seat] = event.meaning
            case "case.vote_cast" | "case.objection_released":
                vote = event.vote
                if key in over:
                    found.append(f"{number}: a vote on `{key}`, which is over")
                if vote.no != number:
                    found.append(f"{number}: a vote that calls itself {vote.no}")
                votes[key][number] = vote
                for who in {human(vote.person), human(vote.principal)} - {""}:
                    seats_of[who].add((key, vote.stage, vote.seat))
                    if len(seats_of[who]) > 1:
                        found.append(f"{number}: {who} at two seats")
                    if who in acted:
                        found.append(f"{number}: {who} acted for the applicant")
                    firm = {applicant} if not procedures[key].internal else set()
                    for one in roster.persons.values():
                        if human(one.id) == who and firm & {one.organisation, *one.acts_for}:
                            found.append(f"{number}: {who} belongs to the applicant")
                if roster.persons[vote.person].robot:
                    found.append(f"{number}: a robot at a seat")
                if event.kind == "case.vote_cast":
                    counted[key] -= set(event.replaced)
                    counted[key].add(number)
                    silent[key].pop((vote.stage, vote.seat), None)
                else:
                    counted[key] -= set(event.votes)
                    silent[key].pop((vote.stage, vote.seat), None)
            case "case.decided":
                finals[key] += 1
                if key in over:
                    found.append(f"{number}: `{key}` decided, which was over")
                over.add(key)
                if finals[key] > 1 + appeals[key]:
                    found.append(f"{number}: `{key}` decided {finals[key]} times with {appeals[key]} appeals")
                live = [vote for no, vote in votes[key].items() if no in counted[key]]
                found += [
                    f"{number}: {fault}"
                    for fault in _unfounded(event, procedures[key], live, silent[key], path[key], human)
                ]
                if key in queries.values():
                    found.append(f"{number}: decided over an open question")
                if any(one == key for one, _ in holds):
                    found.append(f"{number}: decided during a moratorium")
    return found


def _entry(procedure: Procedure, stage: str) -> str:
    return next(one.entry for one in procedure.stages if one.id == stage)


def _unfounded(
    event: Any,
    procedure: Procedure,
    live: list[Any],
    silent: dict[tuple[str, str], str],
    path: list[str],
    human: Any,
) -> list[str]:
    """Return what a final decision lacks."""
    found = []
    outcome = event.outcome
    decision = outcome.decision
    by_id: dict[str, Stage] = {stage.id: stage for stage in procedure.stages}
    deciding = by_id[outcome.stage]
    seat: Seat = next(one for one in deciding.seats if one.role == "decide")

    def at(stage: str, ident: str) -> list[Any]:
        return [vote for vote in live if (vote.stage, vote.seat) == (stage, ident)]

    def heads(some: list[Any]) -> int:
        return len({human(vote.principal or vote.person) for vote in some})

    if outcome.by == "silence":
        if silent.get((deciding.id, seat.id)) not in ("consent", "refuse"):
            found.append("decided by a silence that is not on record")
    elif heads([vote for vote in at(deciding.id, seat.id) if vote.verdict == decision.digest]) < seat.needs:
        found.append("decided without its deciders")
    granting = any(item.outcome in GRANTING for item in decision.items)
    for ident in path:
        for one in by_id[ident].seats:
            here, silence = at(ident, one.id), silent.get((ident, one.id), "")
            yes = [vote for vote in here if vote.verdict == "yes"]
            if one.role == "advise" and heads(here) < one.needs and not silence:
                found.append(f"decided before the advice of `{one.id}`")
            if (
                one.role == "agree"
                and granting
                and heads(yes) < one.needs
                and silence not in ("consent", "no_view")
            ):
                found.append(f"granted without the yes of `{one.id}`")
            if one.role == "countersign" and heads(yes) < one.needs and silence not in ("consent", "no_view"):
                found.append(f"stands without the countersignature of `{one.id}`")
    for stage in procedure.stages:
        for one in stage.seats:
            if (one.veto or one.role == "object") and granting:
                found += [
                    f"granted over the no of `{one.id}`"
                    for vote in at(stage.id, one.id)
                    if vote.verdict == "no"
                ]
    if outcome.by != "silence" and deciding.entry != "appeal":
        position = procedure.stages.index(deciding)
        for stage in procedure.stages[position + 1 :]:
            confirms = any(one.role == "countersign" for one in stage.seats)
            if stage.entry == "next" and confirms and stage.id not in path:
                found.append(f"stands without the stage `{stage.id}`")
    return found
