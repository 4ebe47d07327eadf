"""Break-glass: one act may go ahead before the decision, where the procedure has it, and is reviewed afterwards."""

from __future__ import annotations

from datetime import datetime

from lastword.cases import calendar as time_limits
from lastword.cases.acts import BreakTheGlass, ItemVerdict, Review
from lastword.cases.case import Case, Clearance, Decision, ItemDecision, TextAt
from lastword.cases.caseevents import GlassBroken
from lastword.cases.competence import office_held
from lastword.cases.holding import held_by
from lastword.cases.licence import Licence
from lastword.cases.licenceevents import LicenceExpired, LicenceReviewed
from lastword.cases.licensing import (
    Book,
    calendar_of,
    issue,
    known_licence,
    officer_for,
    pass_book,
    revoke,
    with_due,
)
from lastword.cases.progress import objections
from lastword.cases.refusal import ActRefused
from lastword.cases.world import World, Written


def break_the_glass(act: BreakTheGlass, world: World, now: datetime) -> tuple[Written, ...]:
    """Let one act go ahead under a licence that ends at the due instant of its review.

    Only where the procedure has it, by an officer whom it names and who is not of the applicant, once per case, with a
    reason, while no veto stands, no moratorium holds the class, and no rule forbids the act.

    Raises ActRefused: ``no_such_case``, ``no_such_clearance``, ``final``, ``no_break_glass``, the codes of
    competence.office_held, ``no_reason``, ``broken_before``, ``veto_stands``, ``held``, ``stale_answer``, ``prohibited``,
    and the codes of licensing.issue.
    """
    case = world.case
    if case is None or case.id != act.case:
        raise ActRefused("no_such_case", f"there is no case `{act.case}`", "look up its id")
    clearance = case.clearances.get(act.clearance)
    if clearance is None:
        raise ActRefused(
            "no_such_clearance",
            f"case {case.id} has no clearance `{act.clearance}`",
            "it has " + (", ".join(f"`{key}`" for key in case.clearances) or "none"),
        )
    if clearance.status != "open" or clearance.outcomes:
        raise ActRefused(
            "final",
            f"the clearance `{clearance.key}` is over",
            "break-glass goes before a decision, not after it",
        )
    glass = clearance.procedure.break_glass
    if glass is None:
        raise ActRefused(
            "no_break_glass",
            f"the procedure `{clearance.procedure.id}` has no break-glass",
            "the decision has to be waited for",
        )
    calendar = calendar_of(world, clearance.procedure.calendar)
    office = office_held(
        act,
        glass.offices,
        world.roster,
        calendar.day(now),
        applicant=case.applicant,
        acted=case.acted,
        internal=clearance.procedure.internal,
    )
    if not act.text.strip():
        raise ActRefused("no_reason", "no reason is given", "say why it cannot wait")
    if case.glass or any(one.break_glass and one.case == case.id for one in world.licences.values()):
        raise ActRefused(
            "broken_before",
            f"the glass was broken in case {case.id} before",
            "the decision has to be waited for",
        )
    _nothing_stops(case, clearance, world, now)
    review_due = time_limits.due(calendar, now, glass.review)
    decision = Decision(_items(act.items, case, clearance), (), (), "")
    opened_by = (act.person, act.principal) if act.principal else (act.person,)
    licence = issue(
        case,
        clearance,
        decision,
        act.licence,
        world,
        now,
        break_glass=True,
        review_due=review_due,
        opened_by=opened_by,
    )
    broken = GlassBroken(
        clearance=clearance.key,
        licence=act.licence,
        by=act.person,
        principal=act.principal,
        office=office,
        at=now,
        review_due=review_due,
        text=TextAt(case.no + 1, "text"),
    )
    # why the glass was broken is for the offices; that it was, the applicant must know
    return (
        Written(f"case/{case.id}", broken, {"text": act.text}, "applicant", {"text": "file"}),
        licence,
    )


def review(act: Review, world: World, now: datetime) -> tuple[Written, ...]:
    """Review a licence by break-glass, by an officer of a reviewing office who had no part in breaking it.

    Right: it ends at its due instant as planned; a review that comes later ends it at once. Wrong: it is revoked. Raises
    ActRefused.
    """
    licence = known_licence(act.licence, act.person, world)
    book = Book(licence)
    pass_book(book, now)
    due = tuple(book.written)
    try:
        _review(act, book, world, now)
    except ActRefused as refused:
        raise with_due(refused, due) from None
    return tuple(book.written)


def stopped(licence: Licence, case: Case | None) -> str:
    """Return what stops a licence by break-glass since it was issued, "" for nothing: a decision, a new round, a veto."""
    if not licence.break_glass:
        return ""
    if case is None or case.id != licence.case:
        return "what became of its case is not known here"
    clearance = case.clearances.get(licence.clearance)
    if clearance is None:
        return "its clearance is gone"
    if clearance.status != "open" or clearance.outcomes:
        return f"the clearance `{clearance.key}` was decided or closed since"
    if case.request.digest != licence.request:
        return "the request was amended since"
    vetoes = objections(clearance)
    return f"an objection stands at the seat `{vetoes[0][1].id}`" if vetoes else ""


def _review(act: Review, book: Book, world: World, now: datetime) -> None:
    licence = book.licence
    if not licence.break_glass:
        raise ActRefused(
            "no_break_glass", f"licence {licence.id} did not come by break-glass", "it has no review"
        )
    office = officer_for(act, licence.reviewers, licence, world, now)
    took_part = {world.roster.human(one) for one in licence.opened_by}
    for one in (act.person, *((act.principal,) if act.principal else ())):
        if world.roster.human(one) in took_part:
            raise ActRefused(
                "own_act", f"`{one}` had a part in breaking the glass", "somebody else must review it"
            )
    if licence.reviewed:
        raise ActRefused("final", f"licence {licence.id} was reviewed before", "nothing is left to do")
    verdict = "right" if act.right else "wrong"
    book.write(
        LicenceReviewed(now, verdict, act.person, act.principal, office, book.text(act.text)),
        {"text": act.text},
        ("text",),
    )
    if licence.final:
        return
    if not act.right:
        revoke(book, act, office, world, now, ground="review")
    elif licence.ended is not None:
        # it was suspended because the review was late; what was planned from the start is made up for
        book.write(LicenceExpired(at=now, status="expired", ended=licence.ended))


def _nothing_stops(case: Case, clearance: Clearance, world: World, now: datetime) -> None:
    vetoes = objections(clearance)
    if vetoes:
        raise ActRefused(
            "veto_stands",
            f"an objection stands at the seat `{vetoes[0][1].id}`",
            "it must be released there, or by a new round",
        )
    hold = held_by(case, clearance, world.moratoria, now)
    if hold is not None:
        raise ActRefused(
            "held", f"the moratorium `{hold.id}` holds `{clearance.key}`", "wait until it is lifted"
        )
    answer = world.assessment
    day = calendar_of(world, clearance.procedure.calendar).day(now)
    if answer is None or (answer.facts, answer.rules, answer.day) != (world.facts, world.rules, day):
        raise ActRefused(
            "stale_answer", "the answer is not of today's facts and rules", "ask again, then repeat the act"
        )
    if answer.prohibitions:
        raise ActRefused(
            "prohibited",
            f"the rule `{answer.prohibitions[0]}` forbids it, and nobody here can lift it",
            "break-glass goes before a consent, not around a prohibition",
        )


def _items(asked: tuple[ItemVerdict, ...], case: Case, clearance: Clearance) -> tuple[ItemDecision, ...]:
    """Return what goes ahead: ``asked``, or all items of the clearance."""
    if not asked:
        present = {item.id for item in case.request.items}
        return tuple(ItemDecision(item, "grant") for item in clearance.items if item in present)
    if len({one.item for one in asked}) != len(asked):
        raise ActRefused("unknown_item", "an item is named twice", "name each item once")
    wrong = next((one for one in asked if one.outcome not in ("", "grant")), None)
    if wrong is not None:
        raise ActRefused(
            "unknown_outcome",
            f"`{wrong.outcome}` cannot be had by break-glass",
            "an item goes ahead (`grant`) or is left out",
        )
    return tuple(ItemDecision(one.item, "grant", one.quantity) for one in asked)
