"""Deciding: the decision, its countersignature, and its way to a higher instance."""

from __future__ import annotations

from decimal import Decimal

from lastword.cases.acts import Countersign, Decide, Escalate
from lastword.cases.assessment import Assessment
from lastword.cases.case import Clearance, Decision, TextAt
from lastword.cases.caseevents import CaseEscalated
from lastword.cases.decision import decision_of
from lastword.cases.draft import Draft, local_day
from lastword.cases.licence import is_quantity
from lastword.cases.needs import is_current
from lastword.cases.procedure import OUTCOMES
from lastword.cases.progress import (
    GRANTS,
    LETS_GO,
    advance,
    bars,
    disagreeing,
    escalate,
    others_passed,
    passed,
    undo,
)
from lastword.cases.refusal import ActRefused
from lastword.cases.seats import Sitting, officer_of, repeated, sit
from lastword.cases.voting import (
    cast_vote,
    check_current,
    check_grounds,
    check_nonce,
    check_signature,
    check_vote,
    provisos_of,
    write_drop,
)

_MENDS = {
    "open_query": "wait for the reply, or close the case once it is overdue",
    "held": "wait until the moratorium is lifted",
    "veto_stands": "it is released at its seat, or by a new round; refuse or return instead",
    "not_agreed": "the seat has to say yes; refuse or return instead",
    "prohibited": "refuse or return instead",
    "not_settled": "settle the missing facts, or grant or refuse",
}


def decide(draft: Draft, act: Decide) -> None:
    """Decide on a clearance, item by item. Of several deciders all have to decide the same; a later vote replaces one's own.

    Raises ActRefused: as ``seats.sit``, the codes of ``_MENDS``, ``not_now``, ``stale_answer``, ``stale_request``,
    ``needs_signature``, ``unknown_outcome``, ``unknown_item``, ``widened``, ``bad_quantity``, ``unknown_code``, ``no_ground``,
    ``unknown_proviso``, ``not_owner``, ``no_proviso``, ``departs``, ``exists`` ...
    """
    clearance = draft.clearance(act.clearance)
    barred = clearance.pending is not None and clearance.waits_for == "release"
    sitting = sit(act, act.seat, ("decide",), draft.case, clearance, draft.world, draft.now, earlier=barred)
    if barred and sitting.stage.id == clearance.deciding:
        undo(
            draft,
            clearance.key,
            draft.now,
            "it could not stand, and is decided again",
            stages=clearance.trail,
            to=clearance.deciding,
            entered_for="a decision could not stand",
        )
        clearance = draft.clearance(act.clearance)
    _check_decider(draft, act, clearance, sitting)
    verdicts = _verdicts(act, clearance, draft)
    outcomes = tuple(outcome for outcome, _ in verdicts.values())
    answer = _answer_for(draft, clearance, outcomes)
    _refuse_barred(draft, clearance, outcomes)
    check_grounds(act.grounds, clearance.procedure, refuses="refuse" in outcomes, needed=True)
    _check_departure(act, clearance, verdicts, answer)
    _check_licence(draft, act.licence)
    _drop(draft, act, clearance, sitting)
    clearance = draft.clearance(act.clearance)
    decision = _decision(draft, act, clearance, sitting, verdicts)
    own = repeated(act, sitting, clearance, draft.world.roster)
    if any(vote.verdict == decision.digest for vote in own):
        raise ActRefused(
            "voted_already", "this is decided so by the same person already", "nothing is left to do"
        )
    texts = {"for_applicant": act.for_applicant, "for_file": act.for_file}
    cast_vote(
        draft,
        act,
        clearance,
        sitting,
        decision.digest,
        provisos=act.provisos,
        grounds=decision.grounds,
        decision=decision,
        replaced=tuple(vote.no for vote in own),
        texts=texts,
        text_audience={"for_applicant": "applicant"},
    )
    advance(draft, clearance.key, draft.now, act.licence)


def countersign(draft: Draft, act: Countersign) -> None:
    """Confirm the pending decision, or reject it: then the votes for it are void, and it is decided again. Raises ActRefused."""
    clearance = draft.clearance(act.clearance)
    sitting = sit(act, act.seat, ("countersign",), draft.case, clearance, draft.world, draft.now)
    pending = clearance.pending
    if pending is None or clearance.waits_for != "countersign":
        raise ActRefused(
            "not_now", f"no decision on `{clearance.key}` waits to be confirmed", "wait until it is decided"
        )
    if act.decision != pending.digest:
        raise ActRefused(
            "stale_decision",
            "the decision that waits is another than the one named",
            f"read it, and name its digest {pending.digest}",
        )
    check_vote(draft, act, clearance, sitting)
    if act.yes:
        outcomes = tuple(item.outcome for item in pending.items)
        _answer_for(draft, clearance, outcomes)
        _refuse_barred(draft, clearance, outcomes)
        _check_licence(draft, act.licence)
    cast_vote(draft, act, clearance, sitting, "yes" if act.yes else "no")
    if act.yes:
        advance(draft, clearance.key, draft.now, act.licence)
        return
    undo(
        draft,
        clearance.key,
        draft.now,
        f"the decision was rejected at the seat `{sitting.seat.id}`",
        stages=draft.clearance(clearance.key).trail,
        to=clearance.deciding,
        entered_for="a decision was not confirmed",
    )


def escalate_decision(draft: Draft, act: Escalate) -> None:
    """Take a pending decision to the next instance, by an office that disagreed with it. Raises ActRefused."""
    clearance = draft.clearance(act.clearance)
    if clearance.status != "open":
        raise ActRefused("final", f"the clearance `{clearance.key}` is over", "the decision stands")
    pending = clearance.pending
    if pending is None or clearance.waits_for != "escalation":
        raise ActRefused(
            "not_now",
            f"no decision on `{clearance.key}` is in the time in which it may be escalated",
            "a decision is escalated after it was made and before it stands",
        )
    stage = clearance.procedure.stage(clearance.deciding)
    window = stage.escalation
    if window is None:
        raise ActRefused("not_now", f"the stage `{stage.id}` has no higher instance", "the decision stands")
    offices = disagreeing(clearance, window.by, pending)
    office = officer_of(
        act,
        offices,
        draft.case,
        clearance,
        draft.world,
        draft.now,
        f"escalate a decision on `{clearance.key}`",
    )
    event = CaseEscalated(
        at=draft.now,
        clearance=clearance.key,
        stage=stage.id,
        to=window.to,
        person=act.person,
        principal=act.principal,
        office=office,
        text=TextAt(draft.next_no, "text") if act.text else None,
    )
    escalate(draft, clearance.key, draft.now, event=event, texts={"text": act.text})
    advance(draft, clearance.key, draft.now)


def _answer_for(draft: Draft, clearance: Clearance, outcomes: tuple[str, ...]) -> Assessment | None:
    """Return today's answer; None where it can never be had again, and nothing goes ahead. Raises as ``current_answer``."""
    if draft.world.unanswerable and not any(outcome in LETS_GO for outcome in outcomes):
        return None
    return current_answer(draft, clearance)


def current_answer(draft: Draft, clearance: Clearance) -> Assessment:
    """Return today's answer, on which alone is decided. Raises ActRefused ``stale_answer``, ``erased``."""
    answer, world = draft.world.assessment, draft.world
    if world.unanswerable:
        raise ActRefused(
            "erased",
            "fields of the request were erased, so that it cannot be judged again",
            "refuse or return it; the applicant may file a new request",
        )
    today = local_day(clearance.procedure, world, draft.now)
    if answer is None or not is_current(answer, world) or answer.day != today:
        raise ActRefused(
            "stale_answer",
            f"the answer is not of {today} and of the facts and rules in force",
            "compute it again, then repeat the act",
        )
    return answer


def _check_decider(draft: Draft, act: Decide, clearance: Clearance, sitting: Sitting) -> None:
    check_current(draft, act.round, act.request)
    check_signature(act, sitting)
    check_nonce(draft, act.nonce)
    if clearance.pending is not None:
        raise ActRefused(
            "not_now",
            f"`{clearance.key}` is decided, and the decision waits to stand",
            "wait what becomes of it",
        )
    stage = sitting.stage
    votes = clearance.counted(stage.id, sitting.seat.id)
    if sitting.seat.per_office and any(
        vote.office == sitting.office and vote not in repeated(act, sitting, clearance, draft.world.roster)
        for vote in votes
    ):
        raise ActRefused(
            "office_spoke", f"`{sitting.office}` has its vote here", "each office has one vote there"
        )
    if not others_passed(clearance, stage):
        waiting = [
            seat.id
            for seat in stage.seats
            if seat.role not in ("decide", "countersign") and not passed(clearance, stage, seat)
        ]
        raise ActRefused(
            "not_now",
            "the stage still waits for " + ", ".join(f"`{one}`" for one in waiting),
            "decide when these seats have acted",
        )


def _verdicts(act: Decide, clearance: Clearance, draft: Draft) -> dict[str, tuple[str, Decimal | None]]:
    """Return item -> (outcome, quantity), every item of the clearance once, never more than was asked for."""
    if not act.items:
        asked = dict.fromkeys(clearance.items, (act.outcome, None))
        found: dict[str, tuple[str, Decimal | None]] = dict(asked)
    else:
        found = {one.item: (one.outcome, one.quantity) for one in act.items}
        if len(found) != len(act.items):
            raise ActRefused("unknown_item", "an item is decided twice", "name each item once")
        if set(found) != set(clearance.items):
            odd = sorted(set(found) ^ set(clearance.items))
            raise ActRefused(
                "unknown_item",
                f"item `{odd[0]}` is " + ("not of this clearance" if odd[0] in found else "not decided"),
                "decide each of " + ", ".join(f"`{item}`" for item in clearance.items),
            )
    for ident, (outcome, quantity) in found.items():
        if outcome not in OUTCOMES:
            raise ActRefused(
                "unknown_outcome", f"`{outcome}` is no outcome", "decide one of " + ", ".join(OUTCOMES)
            )
        if quantity is None:
            continue
        item = draft.case.request.item(ident)
        if outcome not in GRANTS:
            raise ActRefused(
                "bad_quantity", f"item `{ident}` is not granted, so it has no quantity", "leave it out"
            )
        if not is_quantity(quantity):
            raise ActRefused(
                "bad_quantity",
                f"the quantity of item `{ident}` is not above zero, or has too many digits",
                "grant a number with at most 12 decimals, or refuse the item",
            )
        if item is None or quantity > item.quantity:
            limit = f", which is {item.quantity} {item.unit}" if item is not None else ""
            raise ActRefused(
                "widened",
                f"{quantity} of item `{ident}` is more than was asked for{limit}",
                "grant that or less",
            )
    return found


def _refuse_barred(draft: Draft, clearance: Clearance, outcomes: tuple[str, ...]) -> None:
    barred = bars(draft.case, clearance.key, draft.world, outcomes)
    if barred:
        code, what = barred[0]
        raise ActRefused(code, what, _MENDS[code])


def _check_departure(
    act: Decide,
    clearance: Clearance,
    verdicts: dict[str, tuple[str, Decimal | None]],
    answer: Assessment | None,
) -> None:
    """Refuse a silent departure from the answer: a consent that it says is needed is found not required only with reasons."""
    needed = answer.consent(clearance.key) if answer is not None else None
    departing = [
        item
        for item, (outcome, _) in verdicts.items()
        if outcome == "not_required" and needed is not None and item in needed.items
    ]
    if not departing:
        return
    if needed is not None and needed.lifts:
        raise ActRefused(
            "prohibited",
            f"item `{departing[0]}` is forbidden unless this consent lifts it",
            "grant or refuse",
        )
    if not act.for_file.strip():
        raise ActRefused(
            "departs",
            f"the answer says that item `{departing[0]}` needs this consent",
            "give the reasons for the file why it does not",
        )


def _check_licence(draft: Draft, licence: str) -> None:
    if licence and licence in draft.world.licences:
        raise ActRefused("exists", f"there is a licence `{licence}` already", "give it an id of its own")


def _drop(draft: Draft, act: Decide, clearance: Clearance, sitting: Sitting) -> None:
    """Leave provisos out: those that their owners dropped, and those of the office that decides."""
    for ident in act.drop:
        proviso = next((one for one in clearance.provisos if one.id == ident), None)
        if proviso is None:
            raise ActRefused(
                "unknown_proviso", f"`{clearance.key}` has no proviso `{ident}`", "correct its id"
            )
        if proviso.dropped:
            continue
        if proviso.owner != sitting.office:
            raise ActRefused(
                "not_owner",
                f"the proviso `{ident}` belongs to `{proviso.owner}`, which did not agree that it is dropped",
                f"ask `{proviso.owner}` to drop it, or decide with it",
            )
        write_drop(draft, act, clearance, proviso, sitting.office)


def _decision(
    draft: Draft,
    act: Decide,
    clearance: Clearance,
    sitting: Sitting,
    verdicts: dict[str, tuple[str, Decimal | None]],
) -> Decision:
    no = draft.next_no
    own = {vote.no for vote in repeated(act, sitting, clearance, draft.world.roster)}
    # a decision that takes the place of one's own takes the place of the provisos with it
    replaced = {ident for vote in clearance.votes if vote.no in own for ident in vote.provisos}
    asked = provisos_of(draft, clearance, sitting, act.provisos)
    granted = any(outcome in GRANTS for outcome, _ in verdicts.values())
    if asked and not granted:
        raise ActRefused(
            "provisos_without_approval", "a proviso binds a grant, and nothing is granted", "leave it out"
        )
    decision = decision_of(
        draft.case,
        clearance,
        verdicts,
        grounds=act.grounds,
        drop=replaced,
        new=tuple(one.id for one in asked),
        for_applicant=TextAt(no, "for_applicant") if act.for_applicant else None,
        for_file=TextAt(no, "for_file") if act.for_file else None,
    )
    wanted = any(outcome == "grant_with_provisos" for outcome, _ in verdicts.values())
    if wanted and not decision.provisos:
        raise ActRefused("no_proviso", "a grant with provisos has none", "name one, or grant without")
    return decision
