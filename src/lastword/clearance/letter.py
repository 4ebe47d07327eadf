"""The letter to the applicant: what was decided on each item, with grounds, provisos, and until when one may appeal."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from lastword.answers.told import phrases
from lastword.cases.case import Clearance, Outcome
from lastword.cases.roster import Roster
from lastword.clearance.viewing import CasePage
from lastword.texts import _, chosen


def letter_of(seen: CasePage, roster: Roster) -> str:
    """Return the text of the letter. It says nothing that the applicant may not see, whoever writes it."""
    return "\n".join(_lines(seen, roster)).rstrip()


def _lines(seen: CasePage, roster: Roster) -> Iterator[str]:
    case = seen.case
    request = case.request
    yield _("To %(applicant)s") % {"applicant": case.applicant}
    yield _("Case %(case)s, filed on %(day)s") % {"case": case.id, "day": phrases.day(case.filed.date())}
    yield phrases.act(request)
    decided = [(one, one.outcome) for one in case.clearances.values() if one.outcome is not None]
    open_ = [one for one in case.clearances.values() if one.outcome is None and one.status == "open"]
    for one, outcome in decided:
        assert outcome is not None
        yield ""
        yield from _decision(seen, one, outcome, roster)
    asked = {item for one in case.clearances.values() if one.status != "not_needed" for item in one.items}
    free = [
        item
        for item in request.items
        if item.id not in asked and case.assessment.outcomes.get(item.id) in ("free", "pending")
    ]
    if free and case.assessment.settled and case.status in ("open", "decided"):
        yield ""
        yield _("No licence is needed, by the facts and rules of %(day)s, for:") % {
            "day": phrases.day(case.assessment.day)
        }
        for item in free:
            yield f"  {item.id}. {item.quantity:f} {item.unit} {item.thing}"
            if case.assessment.outcomes.get(item.id) == "pending":
                yield "     " + _("a duty is to be done before: ask again before it goes")
    elif free:
        yield ""
        yield _("Nothing can be said yet of the other items: facts are missing.")
    for one in open_:
        yield ""
        yield _("%(authority)s has not decided yet.") % {"authority": one.authority}
    if case.status in ("withdrawn", "closed", "returned"):
        yield ""
        words = {
            "withdrawn": _("The request was withdrawn; nothing was decided."),
            "closed": _("The case was closed without a decision."),
            "returned": _("The request is given back undecided."),
        }
        yield words[case.status]


def _decision(seen: CasePage, one: Clearance, outcome: Outcome, roster: Roster) -> Iterator[str]:
    case, decision = seen.case, outcome.decision
    office = roster.offices.get(outcome.by)
    zone = seen.zone(one.key)
    day = phrases.day(outcome.at.astimezone(ZoneInfo(zone)).date())
    appeal = _(", on appeal") if outcome.on_appeal else ""
    if outcome.by == "silence":
        yield _("Decided by silence, which counts as a decision, %(day)s%(appeal)s") % {
            "day": day,
            "appeal": appeal,
        }
    else:
        by = chosen(office.title) if office is not None and office.title else outcome.by
        yield _("Decision of %(by)s, %(day)s%(appeal)s") % {"by": by, "day": day, "appeal": appeal}
    words = {
        "grant": _("granted"),
        "grant_with_provisos": _("granted with the provisos below"),
        "refuse": _("refused"),
        "return": _("given back undecided"),
        "not_required": _("no licence needed"),
    }
    for item in decision.items:
        asked = case.request.item(item.item)
        what = f"{asked.thing}" if asked is not None else item.item
        quantity = (
            item.quantity if item.quantity is not None else (asked.quantity if asked is not None else None)
        )
        count = f"{quantity:f} {asked.unit} " if quantity is not None and asked is not None else ""
        yield f"  {item.item}. {count}{what}: {words.get(item.outcome, item.outcome)}"
    titles = {ground.code: ground for ground in one.procedure.grounds}
    for code in decision.grounds:
        ground = titles.get(code)
        told = f": {chosen(ground.title)}" if ground is not None else ""
        cited = f" [{ground.citation}]" if ground is not None and ground.citation else ""
        yield _("Ground %(code)s") % {"code": code} + told + cited
    known = {proviso.id: proviso for proviso in one.provisos}
    for ident in decision.provisos:
        proviso = known.get(ident)
        if proviso is not None and not proviso.dropped:
            text = seen.text(proviso.text)
            yield _("Proviso %(id)s of %(owner)s: %(text)s") % {
                "id": ident,
                "owner": proviso.owner,
                "text": _("erased") if text is None else text,
            }
    reasons = seen.text(decision.for_applicant)
    if reasons:
        yield _("Reasons: %(text)s") % {"text": reasons}
    if outcome.licence:
        yield _("Licence %(licence)s") % {"licence": outcome.licence}
    for due in one.dues:
        if due.kind == "appeal":
            local = due.at.astimezone(ZoneInfo(zone)).date()
            last = local.fromordinal(local.toordinal() - 1)
            yield _("An appeal may be made until the end of %(day)s: lastword case appeal %(case)s") % {
                "day": phrases.day(last),
                "case": case.id,
            }
