"""Needs: which of the consents that an answer names are asked for, where it leaves a choice; and the verdict folded over them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from lastword.cases import clocks
from lastword.cases.assessment import Assessed, Assessment
from lastword.cases.case import Case, Clearance
from lastword.cases.procedure import Procedure
from lastword.cases.progress import LETS_GO
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Request
from lastword.cases.world import World


def chosen_keys(assessment: Assessment, choose: Collection[str]) -> tuple[str, ...]:
    """Return the keys of the consents to ask for, by the applicant's choice among alternatives.

    A consent that stands in no need is asked for too. Raises ActRefused ``choose`` if a choice is missing or is none.
    """
    known = {one.key for one in assessment.consents}
    stray = sorted(set(choose) - known)
    if stray:
        raise ActRefused("choose", f"`{stray[0]}` is no consent that the answer names", _ways(assessment))
    found: dict[str, None] = {}
    for need in assessment.needs:
        groups = tuple(dict.fromkeys(need))
        fitting = [group for group in groups if set(group) <= set(choose)]
        if len(groups) == 1:
            fitting = [groups[0]]
        if len(fitting) != 1:
            raise ActRefused("choose", "the answer leaves a choice between consents", _ways(assessment))
        found.update(dict.fromkeys(fitting[0]))
    for key in choose:
        if key not in found:
            raise ActRefused("choose", f"`{key}` is not needed beside what is chosen", _ways(assessment))
    in_needs = {key for need in assessment.needs for group in need for key in group}
    found.update(dict.fromkeys(one.key for one in assessment.consents if one.key not in in_needs))
    _all_known(found, known)
    return tuple(found)


def kept_keys(assessment: Assessment, case: Case) -> tuple[str, ...]:
    """Return the keys to ask for when the world changed and nobody chooses anew.

    Of alternatives the one stays that the applicant chose; where it is no longer among them, the one that asks for the fewest
    new consents, the first of several.
    """
    having = {key for key, one in case.clearances.items() if one.status in ("open", "decided")}
    found: dict[str, None] = {}
    for need in assessment.needs:
        groups = list(dict.fromkeys(need))
        if groups:
            best = min(
                groups,
                key=lambda group: (
                    not set(group) <= set(case.chosen),
                    len(set(group) - having),
                    groups.index(group),
                ),
            )
            found.update(dict.fromkeys(best))
    in_needs = {key for need in assessment.needs for group in need for key in group}
    found.update(dict.fromkeys(one.key for one in assessment.consents if one.key not in in_needs))
    known = {one.key for one in assessment.consents}
    _all_known(found, known)
    return tuple(found)


def check_answer(assessment: Assessment, request: Request, world: World, now: datetime) -> None:
    """Refuse an answer that is not of today, or not of this request. Raises ActRefused ``stale_answer`` or ``bad_answer``.

    Today is any day that it is somewhere on earth, since one answer serves authorities in several zones.
    """
    first, last = (now - timedelta(hours=12)).date(), (now + timedelta(hours=14)).date()
    if not is_current(assessment, world) or not first <= assessment.day <= last:
        raise ActRefused(
            "stale_answer",
            "the answer is not of today's facts and rules",
            "compute it again, then repeat the act",
        )
    items = {item.id for item in request.items}
    if set(assessment.outcomes) != items:
        raise ActRefused(
            "bad_answer", "the answer does not speak of the items of the request", "compute it again"
        )
    for one in assessment.consents:
        if not one.items or not set(one.items) <= items or not one.basis:
            raise ActRefused(
                "bad_answer",
                f"the consent `{one.key}` of the answer lacks items or a basis",
                "compute it again",
            )
    if len({one.key for one in assessment.consents}) != len(assessment.consents):
        raise ActRefused("bad_answer", "the answer names a consent twice", "compute it again")
    if assessment.settled and "unknown" in assessment.outcomes.values():
        raise ActRefused("bad_answer", "the answer is unknown and settled at once", "compute it again")


def is_current(assessment: Assessment, world: World) -> bool:
    """Say whether an answer was computed on the facts and rules in force."""
    return (assessment.facts, assessment.rules) == (world.facts, world.rules)


def check_allowed(assessment: Assessment) -> None:
    """Refuse a request for what is forbidden and nobody can lift. Raises ActRefused ``prohibited``.

    It names no rule: a rule, or the fact that makes it forbid, may be none that the applicant may see.
    """
    lifted = {item for one in assessment.consents if one.lifts for item in one.items}
    barred = [item for item, one in assessment.outcomes.items() if one == "prohibited" and item not in lifted]
    if assessment.prohibitions or barred:
        raise ActRefused("prohibited", "it is forbidden, and no office here can lift that", "change the deal")


def procedure_of(consent: Assessed) -> Procedure:
    """Return how a consent is decided. Raises ActRefused ``no_procedure`` if no pack says it."""
    if consent.procedure is None:
        raise ActRefused(
            "no_procedure",
            f"no pack has a procedure for the consent `{consent.key}`",
            "add one to the `procedures.yaml` of a pack",
        )
    return consent.procedure


def opened(consent: Assessed, procedure: Procedure, world: World, at: datetime) -> Clearance:
    """Return a new clearance at its first stage, with its clocks. Raises ActRefused ``no_stage``, or as clocks do."""
    first = first_stage(procedure)
    targets = tuple(
        clocks.start("target", str(number), limit, procedure, world, at)
        for number, limit in enumerate(procedure.targets, 1)
    )
    stage = procedure.stage(first)
    return Clearance(
        key=consent.key,
        authority=consent.authority,
        items=consent.items,
        rules=consent.rules,
        basis=consent.basis,
        procedure=procedure,
        opened=at,
        stage=first,
        entered=at,
        trail=(first,),
        dues=(*targets, *clocks.seat_dues(stage, procedure, world, at, (), countersign=False)),
    )


def first_stage(procedure: Procedure) -> str:
    """Return the id of the stage at which a procedure begins."""
    for stage in procedure.stages:
        if stage.entry == "next":
            return stage.id
    raise ActRefused(
        "no_stage", f"the procedure `{procedure.id}` has no stage to begin with", "correct the pack"
    )


def recorded(assessment: Assessment) -> Assessment:
    """Return an answer as a case keeps it: without the procedures, which stand in its clearances."""
    return replace(assessment, consents=tuple(replace(one, procedure=None) for one in assessment.consents))


def same_answer(one: Assessment, other: Assessment) -> bool:
    """Say whether two answers say the same, whenever and on whatever state they were computed."""
    return _said(one) == _said(other)


def uncovered(case: Case) -> tuple[str, ...]:
    """Return the consents that the answer asks for and that no clearance covers with all of their items."""
    found = []
    for key in kept_keys(case.assessment, case):
        consent, clearance = case.assessment.consent(key), case.clearances.get(key)
        if consent is None:
            continue
        live = clearance is not None and clearance.status in ("open", "decided")
        if clearance is None or not live or not set(consent.items) <= set(clearance.items):
            found.append(key)
    return tuple(found)


def verdict(case: Case) -> str:
    """Return what the case comes to: ``open``, ``settle``, ``withdrawn``, ``closed``, ``returned``, ``refused``, ``granted``,
    ``partly`` or ``not_required``.

    An item may go once every need of it is met: one whole group of its consents grants it or finds itself not required.
    ``granted``: all items may go; ``refused``: none; ``partly``: some; ``not_required``: so it was found, or nothing is asked.
    """
    if case.status != "decided":
        return case.status
    if any(key not in case.clearances or case.clearances[key].status != "closed" for key in uncovered(case)):
        return "open"
    outcomes = {
        (key, item.item): item.outcome
        for key, one in case.clearances.items()
        if one.outcome is not None
        for item in one.outcome.decision.items
    }
    if set(outcomes.values()) <= {"not_required"}:
        return "not_required"  # also if the answer no longer asks for anything: nobody granted it
    going = [
        item.id
        for item in case.request.items
        if all(
            any(
                all(
                    outcomes.get((key, item.id), "refuse") in LETS_GO
                    for key in group
                    if _asks(case, key, item.id)
                )
                for group in need
                if all(key in case.clearances or not _asks(case, key, item.id) for key in group)
            )
            for need in case.assessment.needs
        )
    ]
    if len(going) == len(case.request.items):
        return "granted"
    return "partly" if going else "refused"


def _asks(case: Case, key: str, item: str) -> bool:
    consent = case.assessment.consent(key)
    return consent is not None and item in consent.items


def _all_known(keys: Collection[str], known: Collection[str]) -> None:
    lost = [key for key in keys if key not in known]
    if lost:
        raise ActRefused(
            "bad_answer", f"the answer needs `{lost[0]}` and does not describe it", "compute it again"
        )


def _ways(assessment: Assessment) -> str:
    needs = [need for need in assessment.needs if len(need) > 1]
    if not needs:
        return "leave the choice out"
    return "choose " + "; and ".join(
        " or ".join("`" + "` with `".join(group) + "`" for group in need) for need in needs
    )


def _said(one: Assessment) -> object:
    consents = [
        (
            each.key,
            each.authority,
            each.items,
            each.rules,
            each.basis,
            each.lifts,
        )
        for each in one.consents
    ]
    return (dict(one.outcomes), consents, one.needs, one.settled, one.prohibitions)
