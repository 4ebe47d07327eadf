"""Progress: which seats are filled, what bars a grant, and how a clearance goes on from there by itself.

Nothing here judges a person. ``advance`` is called after everything that may fill a seat or lift a bar.
"""

from __future__ import annotations

from base64 import b32encode
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal

from lastword.cases import clocks, licensing
from lastword.cases.case import Case, CaseStatus, Clearance, Decision, Due, Outcome, Vote, place
from lastword.cases.caseevents import (
    CaseDecided,
    CaseEscalated,
    CaseStatusChanged,
    DecisionPending,
    StageEntered,
    VotesVoided,
)
from lastword.cases.draft import Draft
from lastword.cases.procedure import Seat, Stage
from lastword.cases.seats import IN_TURN
from lastword.cases.world import World

GRANTS: Final = ("grant", "grant_with_provisos")
LETS_GO: Final = ("grant", "grant_with_provisos", "not_required")
"""Outcomes after which the act may go ahead."""
SeatState = Literal["filled", "silent", "objected", "overdue", "waiting", "idle"]
"""Filled; silent and passed over; a no stands; silent and waited for; waited for; not waited for."""


def seat_state(clearance: Clearance, stage: Stage, seat: Seat) -> SeatState:
    """Return how a seat of this round stands."""
    votes = clearance.counted(stage.id, seat.id)
    yes = sum(1 for vote in votes if vote.verdict == "yes")
    silence = clearance.silent.get(place(stage.id, seat.id), "")
    match seat.role:
        case "advise":
            filled = len(votes) >= seat.needs
        case "decide":
            filled = reached(clearance, stage, seat) is not None
        case "countersign":
            filled = clearance.pending is not None and yes >= seat.needs
        case "agree" | "object":
            no = any(vote.verdict == "no" for vote in votes)
            filled = yes >= seat.needs and not (no and vetoes(seat))
            if not filled and (no or silence == "refuse"):
                return "objected"
    if filled:
        return "filled"
    if silence == "blocks":
        return "overdue"
    if silence:
        return "silent"
    if seat.role == "object" and clocks.limit_of(stage, seat) is None:
        return "idle"
    return "waiting"


def vetoes(seat: Seat) -> bool:
    """Say whether a no at a seat stops every grant, whatever others say."""
    return seat.veto or seat.role == "object"


def objections(clearance: Clearance) -> tuple[tuple[Stage, Seat], ...]:
    """Return the seats at which a veto stands, of all stages."""
    return tuple(
        (stage, seat)
        for stage in clearance.procedure.stages
        for seat in stage.seats
        if vetoes(seat) and seat_state(clearance, stage, seat) == "objected"
    )


def unfilled(clearance: Clearance) -> tuple[tuple[Stage, Seat], ...]:
    """Return the agreeing seats of the stages so far that did not say yes."""
    return tuple(
        (stage, seat)
        for ident in clearance.trail
        for stage in [clearance.procedure.stage(ident)]
        for seat in stage.seats
        if seat.role == "agree" and seat_state(clearance, stage, seat) not in ("filled", "silent")
    )


def bars(case: Case, key: str, world: World, outcomes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return what bars a decision with ``outcomes`` now, as (code, sentence); empty if nothing does.

    Every way to a decision asks here: an officer's, a countersignature's, that of silence, and the end of a window.
    """
    clearance = case.clearances[key]
    found: list[tuple[str, str]] = []
    for query in case.queries:
        if query.clearance == key and query.replied is None:
            found.append(("open_query", f"the question `{query.id}` to the applicant is open"))
    for stop in clocks.open_stops(case, key):
        if stop.reason.startswith("moratorium:"):
            found.append(("held", f"the moratorium `{stop.reason.partition(':')[2]}` holds `{key}`"))
    if not any(outcome in LETS_GO for outcome in outcomes):
        return tuple(found)
    for stage, seat in objections(clearance):
        found.append(
            ("veto_stands", f"an objection stands at the seat `{seat.id}` of the stage `{stage.id}`")
        )
    for stage, seat in unfilled(clearance):
        if (stage, seat) not in objections(clearance):
            found.append(("not_agreed", f"the seat `{seat.id}` of the stage `{stage.id}` did not agree"))
    for assessment in (case.assessment, world.assessment):
        if assessment is not None and assessment.prohibitions:
            found.append(
                ("prohibited", f"`{assessment.prohibitions[0]}` forbids it, and nobody here can lift that")
            )
            break
    if "not_required" in outcomes and not case.assessment.settled:
        found.append(("not_settled", "the answer still has unknowns, and unknown never becomes not required"))
    return tuple(found)


def reached(clearance: Clearance, stage: Stage, seat: Seat) -> Decision | None:
    """Return the decision for which a deciding seat has its votes; votes for other contents are never added up."""
    if clearance.pending is not None and clearance.deciding == stage.id:
        return clearance.pending
    by_digest: dict[str, list[Vote]] = {}
    for vote in clearance.counted(stage.id, seat.id):
        by_digest.setdefault(vote.verdict, []).append(vote)
    for votes in by_digest.values():
        if len(votes) >= seat.needs:
            return votes[0].decision
    return None


def deciding_seat(stage: Stage) -> Seat | None:
    """Return the seat of a stage that decides."""
    return next((seat for seat in stage.seats if seat.role == "decide"), None)


def passed(clearance: Clearance, stage: Stage, seat: Seat) -> bool:
    """Say whether the work need not wait for a seat: filled, silent with leave to be, or answered by a no that is heard later.

    A no does not fill a seat: it bars every grant, but a refusal may be decided on it.
    """
    state = seat_state(clearance, stage, seat)
    if state == "objected":
        return vetoes(seat) or len(clearance.counted(stage.id, seat.id)) >= seat.needs
    return state in ("filled", "silent", "idle")


def others_passed(clearance: Clearance, stage: Stage) -> bool:
    """Say whether a stage waits for none of its seats but those that decide and that confirm."""
    return all(
        passed(clearance, stage, seat) for seat in stage.seats if seat.role not in ("decide", "countersign")
    )


def is_disagreement(clearance: Clearance) -> bool:
    """Say whether the views and consents of this round differ, or any of those who had to agree said no."""
    sides = set()
    for stage in clearance.procedure.stages:
        for seat in stage.seats:
            if seat.role not in ("advise", "agree", "object"):
                continue
            for vote in clearance.counted(stage.id, seat.id):
                if vote.verdict == "no":
                    return True
                # that nobody objects is no view for it
                if vote.verdict != "no_view" and seat.role != "object":
                    sides.add(vote.verdict == "refuse")
            silence = clearance.silent.get(place(stage.id, seat.id))
            if silence == "refuse" and seat.role != "advise":
                return True
            if silence in ("refuse", "consent"):
                sides.add(silence == "refuse")
    return len(sides) > 1


def disagreeing(clearance: Clearance, by: tuple[str, ...], decision: Decision) -> tuple[str, ...]:
    """Return the offices, at the seats ``by``, whose view the decision does not follow; no view disagrees with nothing.

    Whoever sits at a seat that decides, and voted for another decision than the one that was made, disagrees with it.
    """
    follows = {
        "approve": GRANTS,
        "approve_with_proviso": GRANTS,
        "yes": GRANTS,
        "refuse": ("refuse",),
        "no": ("refuse",),
        "not_required": ("not_required",),
    }

    def disagrees(vote: Vote) -> bool:
        if vote.decision is not None:
            return vote.verdict != decision.digest
        return vote.verdict in follows and any(
            item.outcome not in follows[vote.verdict] for item in decision.items
        )

    found = [vote.office for vote in clearance.votes if vote.counts and vote.seat in by and disagrees(vote)]
    return tuple(dict.fromkeys(found))


def next_stage(clearance: Clearance, stage: Stage) -> Stage | None:
    """Return the stage that follows in its turn: by agreement or by disagreement where there are both ways.

    A stage that only confirms is entered by a decision, so one that comes before it does is left out here.
    """
    way = "disagreement" if is_disagreement(clearance) else "agreement"
    after = clearance.procedure.stages[clearance.procedure.stages.index(stage) + 1 :]
    return next((one for one in after if one.entry in ("next", way) and not _only_confirms(one)), None)


def _only_confirms(stage: Stage) -> bool:
    return deciding_seat(stage) is None and any(seat.role == "countersign" for seat in stage.seats)


def confirming_stage(clearance: Clearance, stage: Stage) -> Stage | None:
    """Return the stage in which a decision of ``stage`` has to be confirmed next: in turn, before anybody else decides."""
    after = clearance.procedure.stages[clearance.procedure.stages.index(stage) + 1 :]
    for one in after:
        if one.entry not in IN_TURN:
            continue
        if deciding_seat(one) is not None:
            if one.entry == "next":
                return None
            continue
        if _only_confirms(one):
            return one
    return None


def enter(draft: Draft, key: str, stage: Stage, at: datetime, why: str, *, restart: bool = False) -> None:
    """Enter a stage: its clocks start. ``restart``: from here on as if nothing had been done in this round."""
    clearance = draft.clearance(key)
    stops = clocks.open_stops(draft.case, key)
    dues = (
        *clocks.without(clearance.dues, lambda due: due.kind in ("seat", "escalation")),
        *clocks.seat_dues(stage, clearance.procedure, draft.world, at, stops, countersign=False),
    )
    if clearance.pending is not None:
        dues = (
            *dues,
            *clocks.seat_dues(stage, clearance.procedure, draft.world, at, stops, countersign=True),
        )
    trail = () if restart else clearance.trail
    if stage.id in trail:
        trail = trail[: trail.index(stage.id)]
    stale = {place(stage.id, seat.id) for seat in stage.seats}
    silent = {} if restart else {name: one for name, one in clearance.silent.items() if name not in stale}
    draft.write(
        StageEntered(
            at=at, clearance=key, stage=stage.id, why=why, dues=dues, trail=(*trail, stage.id), silent=silent
        ),
        audience="file",
    )


def advance(draft: Draft, key: str, at: datetime, licence: str = "") -> None:
    """Let a clearance go on as far as it can without anybody's act. ``licence``: the id that a grant's licence shall have."""
    while True:
        clearance = draft.clearance(key)
        if clearance.status != "open" or not clearance.stage:
            return
        stage = clearance.procedure.stage(clearance.stage)
        if clearance.pending is not None:
            if not _confirm(draft, clearance, stage, at, licence):
                return
            continue
        seat = deciding_seat(stage)
        if seat is not None:
            decision = reached(clearance, stage, seat) if others_passed(clearance, stage) else None
            if decision is None:
                return
            _await(draft, clearance, stage, decision, at, licence)
            continue
        if not all(passed(clearance, stage, one) for one in stage.seats):
            return
        after = next_stage(clearance, stage)
        if after is None:
            return
        enter(draft, key, after, at, "the stage before is complete")


def _await(
    draft: Draft, clearance: Clearance, stage: Stage, decision: Decision, at: datetime, licence: str
) -> None:
    """Take a decision that is made to where it waits: to be confirmed, to be escalated or not, or to nothing any more."""
    here = any(seat.role == "countersign" for seat in stage.seats)
    if not here and confirming_stage(clearance, stage) is None:
        _after_confirmation(draft, clearance, stage, decision, at, licence)
        return
    stops = clocks.open_stops(draft.case, clearance.key)
    confirming = clocks.seat_dues(stage, clearance.procedure, draft.world, at, stops, countersign=True)
    dues = (*clocks.without(clearance.dues, lambda due: due.kind == "seat"), *confirming)
    _pend(draft, clearance, stage, decision, at, "countersign", licence, dues)


def _confirm(draft: Draft, clearance: Clearance, stage: Stage, at: datetime, licence: str) -> bool:
    """Take a pending decision one step on; say whether there was one to take."""
    decision = clearance.pending
    if decision is None or clearance.waits_for == "escalation":
        return False
    licence = licence or clearance.pending_licence
    decided = clearance.procedure.stage(clearance.deciding)
    if clearance.waits_for == "release":
        return finish(draft, clearance.key, decision, decided, at, licence)
    waiting = [seat for seat in stage.seats if seat.role == "countersign" or stage != decided]
    if not all(passed(clearance, stage, seat) for seat in waiting):
        return False
    after = confirming_stage(clearance, stage)
    if after is not None:
        enter(draft, clearance.key, after, at, "a decision has to be confirmed")
        return True
    return _after_confirmation(draft, clearance, decided, decision, at, licence)


def _after_confirmation(
    draft: Draft, clearance: Clearance, stage: Stage, decision: Decision, at: datetime, licence: str
) -> bool:
    """Open the window for an escalation if somebody who may escalate disagreed, else finish; say whether it is finished."""
    window = stage.escalation
    if window is None or not disagreeing(clearance, window.by, decision):
        return finish(draft, clearance.key, decision, stage, at, licence)
    stops = clocks.open_stops(draft.case, clearance.key)
    due = clocks.start("escalation", stage.id, window.limit, clearance.procedure, draft.world, at, stops)
    dues = (*clocks.without(clearance.dues, lambda one: one.kind in ("seat", "escalation")), due)
    _pend(draft, clearance, stage, decision, at, "escalation", licence, dues)
    return False


def _pend(
    draft: Draft,
    clearance: Clearance,
    stage: Stage,
    decision: Decision,
    at: datetime,
    waits_for: str,
    licence: str,
    dues: tuple[Due, ...],
) -> None:
    draft.write(
        DecisionPending(
            at=at,
            clearance=clearance.key,
            decision=decision,
            stage=stage.id,
            waits_for=waits_for,
            licence=licence,
            dues=dues,
        ),
        audience="file",
    )


def finish(
    draft: Draft, key: str, decision: Decision, stage: Stage, at: datetime, licence: str = "", *, by: str = ""
) -> bool:
    """Let a decision stand for good, with the licence it leaves behind; say False if something bars it: then it waits.

    ``by``: ``silence``, else the office of the deciding seat that acted.
    """
    clearance = draft.clearance(key)
    outcomes = tuple(item.outcome for item in decision.items)
    if bars(draft.case, key, draft.world, outcomes):
        if clearance.waits_for != "release":
            dues = clocks.without(clearance.dues, lambda due: due.kind in ("seat", "escalation"))
            _pend(draft, clearance, stage, decision, at, "release", licence, dues)
        return False
    on_appeal = stage.entry == "appeal"
    procedure = clearance.procedure
    leaves = any(outcome in GRANTS for outcome in outcomes) and not (
        procedure.preliminary or draft.case.request.preliminary
    )
    if licence in draft.world.licences:
        licence = ""  # it was free when it was asked for; what is decided stands all the same, under an id of its own
    licence = (
        (licence or licence_id(draft.case.id, draft.next_no, key, decision.digest, at)) if leaves else ""
    )
    judged = draft.world.assessment or draft.case.assessment
    outcome = Outcome(decision, at, by or _office(clearance, stage, decision), stage.id, on_appeal, licence)
    draft.write(
        CaseDecided(
            at=at,
            clearance=key,
            outcome=outcome,
            dues=() if on_appeal else _appeal_windows(clearance, decision, draft.world, at),
            day=judged.day,
            facts=judged.facts,
            rules=judged.rules,
        )
    )
    if leaves:
        after, world = draft.clearance(key), replace(draft.world, case=draft.case)
        draft.add(licensing.replaced(after, licence, world, at))
        draft.add((licensing.issue(draft.case, after, decision, licence, world, at, on_appeal=on_appeal),))
    return True


def licence_id(case: str, no: int, key: str, digest: str, at: datetime) -> str:
    """Return the id of a licence for which nobody gave one: it follows from what was decided where, by which entry of the
    case, and is no sequence.
    """
    seed = "\n".join((case, str(no), key, digest, at.isoformat()))
    return "L-" + b32encode(sha256(seed.encode()).digest()).decode()[:10]


def _office(clearance: Clearance, stage: Stage, decision: Decision) -> str:
    votes = [vote for vote in clearance.votes if vote.stage == stage.id and vote.verdict == decision.digest]
    return votes[-1].office if votes else ""


def _appeal_windows(clearance: Clearance, decision: Decision, world: World, at: datetime) -> tuple[Due, ...]:
    appeal = clearance.procedure.appeal
    if appeal is None:
        return ()
    outcomes = {item.outcome for item in decision.items}
    opens = {"refuse": "refuse" in outcomes, "proviso": "grant_with_provisos" in outcomes}
    return tuple(
        clocks.start("appeal", against, appeal.limit, clearance.procedure, world, at)
        for against in appeal.against
        if opens.get(against)
    )


def undo(
    draft: Draft,
    key: str,
    at: datetime,
    why: str,
    *,
    stages: tuple[str, ...],
    to: str,
    entered_for: str,
    restart: bool = False,
) -> None:
    """Void a decision with the votes of ``stages`` for it, and enter the stage ``to``: it is decided again there.

    ``restart``: as in ``enter``, and the views given there are void as well.
    """
    clearance = draft.clearance(key)
    votes = [vote for vote in clearance.votes if vote.counts and vote.stage in stages]
    votes = [vote for vote in votes if restart or vote.decision is not None or _confirms(clearance, vote)]
    own = tuple(
        proviso.id
        for proviso in clearance.standing()
        for vote in votes
        if proviso.id in vote.provisos and vote.decision is not None
    )
    if votes or clearance.pending is not None:
        draft.write(
            VotesVoided(
                at=at,
                clearance=key,
                votes=tuple(vote.no for vote in votes),
                why=why,
                provisos=own,
                pending=True,
            ),
            audience="file",
        )
    enter(draft, key, clearance.procedure.stage(to), at, entered_for, restart=restart)


def _confirms(clearance: Clearance, vote: Vote) -> bool:
    return any(
        seat.id == vote.seat and seat.role == "countersign"
        for seat in clearance.procedure.stage(vote.stage).seats
    )


def escalate(
    draft: Draft, key: str, at: datetime, *, event: CaseEscalated, texts: dict[str, str] | None = None
) -> None:
    """Take a clearance to a higher stage, with what was decided below it void."""
    draft.write(event, texts, audience="file")
    clearance = draft.clearance(key)
    undo(
        draft,
        key,
        at,
        "the decision was taken to the next instance",
        stages=tuple(stage.id for stage in clearance.procedure.stages),
        to=event.to,
        entered_for="by escalation",
    )


def case_status(case: Case) -> CaseStatus:
    """Return how a case as a whole stands, folded over its clearances.

    Once all are over it is ``decided``, ``returned`` if all of them were, ``closed`` if none was decided and one was closed;
    while facts are missing that could ask for more, it waits in ``settle``, unless it was refused already.
    """
    if case.status in ("withdrawn", "closed"):
        return case.status
    clearances = case.clearances.values()
    if any(one.status == "open" for one in clearances):
        return "open"
    verdicts = [one.outcome.decision.outcome for one in clearances if one.outcome is not None]
    if not verdicts and any(one.status == "closed" for one in clearances):
        return "closed"
    if not case.assessment.settled and not any(verdict in ("refuse", "return") for verdict in verdicts):
        return "settle"
    if not verdicts and (case.assessment.prohibitions or case.assessment.consents):
        return "settle"
    return "returned" if verdicts and all(verdict == "return" for verdict in verdicts) else "decided"


def restate(draft: Draft, at: datetime) -> None:
    """Write the status of the case down if it changed."""
    status = case_status(draft.case)
    if status != draft.case.status:
        draft.write(CaseStatusChanged(at=at, status=status))
