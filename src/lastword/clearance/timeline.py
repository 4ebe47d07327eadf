"""The timeline of a case or licence: one sentence for each entry, offices before persons."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from lastword.cases import caseevents
from lastword.cases import licenceevents as licence
from lastword.clearance.reasons import against_words, field_words, stop_words, why_words
from lastword.texts import _, marked, several

_SILENCE: Final = {
    "blocks": marked("it stays overdue"),
    "no_view": marked("the work goes on without it"),
    "consent": marked("it counts as consent"),
    "refuse": marked("it counts as refusal"),
    "escalate": marked("the next instance takes over"),
}
VIEWS: Final = {
    "approve": marked("approval"),
    "approve_with_proviso": marked("approval with a proviso"),
    "refuse": marked("refusal"),
    "not_required": marked("no licence needed"),
    "no_view": marked("no view"),
    "yes": marked("yes"),
    "no": marked("no"),
    "release": marked("objection taken back"),
}
OUTCOMES: Final = {
    "grant": marked("granted"),
    "grant_with_provisos": marked("granted with provisos"),
    "refuse": marked("refused"),
    "return": marked("returned undecided"),
    "not_required": marked("no licence needed"),
    "split": marked("decided differently by item"),
}
STATUSES: Final = {
    "settle": marked("missing facts must be settled first"),
    "open": marked("open"),
    "decided": marked("decided"),
    "returned": marked("returned undecided"),
    "withdrawn": marked("withdrawn"),
    "closed": marked("closed"),
    "not_needed": marked("no longer needed"),
    "issued": marked("in force"),
    "suspended": marked("suspended"),
    "revoked": marked("revoked"),
    "surrendered": marked("surrendered"),
    "expired": marked("expired"),
    "exhausted": marked("used up"),
}


def silence_words(meaning: str) -> str:
    """Return what a silence means, in words."""
    return _(_SILENCE.get(meaning, meaning))


def sentence(event: Any, *, persons: bool) -> str:
    """Return what an entry says. ``persons``: with who acted, where the reader may know it."""
    who = _who(event) if persons else ""
    said = _said(event)
    return f"{said} ({who})" if who else said


def _who(event: Any) -> str:
    if isinstance(event, caseevents.VoteCast | caseevents.ObjectionReleased):
        person, principal = event.vote.person, event.vote.principal
    elif isinstance(event, caseevents.QueryAsked):
        person, principal = event.query.asked_by, ""
    elif isinstance(event, licence.Booked):
        person, principal = event.use.person, ""
    else:
        person = getattr(event, "person", "") or (
            getattr(event, "by", "") if isinstance(getattr(event, "by", ""), str) else ""
        )
        principal = getattr(event, "principal", "")
    return (
        _("%(person)s for %(principal)s") % {"person": person, "principal": principal}
        if principal
        else person
    )


def _said(event: Any) -> str:
    match event:
        case caseevents.CaseFiled():
            return _("filed by %(applicant)s") % {"applicant": event.applicant}
        case caseevents.CaseAmended():
            return _("amended: %(fields)s") % {"fields": ", ".join(field_words(one) for one in event.changed)}
        case caseevents.CaseReassessed():
            return _("judged again on the facts and rules of the day")
        case caseevents.ClearanceOpened():
            return _("%(key)s is needed too: %(why)s") % {
                "key": event.clearance.key,
                "why": why_words(event.why),
            }
        case caseevents.BasisChanged():
            return _("the reasons for %(key)s changed") % {"key": event.clearance}
        case caseevents.VotesVoided():
            votes = several("%(n)d vote no longer counts", "%(n)d votes no longer count", len(event.votes))
            return f"{event.clearance}: {votes}: {why_words(event.why)}"
        case caseevents.VotesCarried():
            votes = several("%(n)d vote still counts", "%(n)d votes still count", len(event.votes))
            return f"{event.clearance}: {votes}: {event.why}"
        case caseevents.StageEntered():
            return _("%(key)s: now at %(stage)s") % {"key": event.clearance, "stage": event.stage}
        case caseevents.VoteCast() | caseevents.ObjectionReleased():
            return _("%(office)s: %(verdict)s") % {
                "office": event.vote.office,
                "verdict": _verdict(event.vote),
            }
        case caseevents.CaseProvisoDropped():
            return _("%(office)s drops proviso %(proviso)s") % {
                "office": event.office,
                "proviso": event.proviso,
            }
        case caseevents.DecisionPending():
            waits = (
                _("the countersignature") if event.waits_for == "countersign" else _("a possible escalation")
            )
            return _("%(key)s: %(outcome)s, waits for %(waits)s") % {
                "key": event.clearance,
                "outcome": outcome_words(event.decision.outcome),
                "waits": waits,
            }
        case caseevents.CaseDecided():
            return _decided(event)
        case caseevents.SeatSilent():
            return _("%(key)s: %(seat)s was silent; %(meaning)s") % {
                "key": event.clearance,
                "seat": event.seat,
                "meaning": silence_words(event.meaning),
            } + (f" ({event.why})" if event.why else "")
        case caseevents.QueryAsked():
            return _("%(office)s asks (%(query)s)") % {"office": event.query.office, "query": event.query.id}
        case caseevents.QueryReplied():
            return _("%(query)s is answered") % {"query": event.query}
        case caseevents.QueryOverdue():
            return _("%(query)s is overdue") % {"query": event.query}
        case caseevents.ClocksHeld():
            return _("%(key)s: clocks stop: %(reason)s") % {
                "key": event.stop.clearance,
                "reason": stop_words(event.stop.reason),
            }
        case caseevents.ClocksReleased():
            return _("%(key)s: clocks run again: %(reason)s") % {
                "key": event.clearance,
                "reason": stop_words(event.reason),
            }
        case caseevents.DuesMoved():
            return _("%(key)s: time limits moved: %(why)s") % {
                "key": event.clearance,
                "why": why_words(event.why),
            }
        case caseevents.DuePassed():
            return _passed(event)
        case caseevents.CaseEscalated():
            by = event.office or _("silence")
            return _("%(key)s: escalated to %(stage)s by %(by)s") % {
                "key": event.clearance,
                "stage": event.to,
                "by": by,
            }
        case caseevents.CaseAppealed():
            if event.appeal.state == "late":
                return _("%(key)s: appeal %(appeal)s came too late and is rejected") % {
                    "key": event.clearance,
                    "appeal": event.appeal.id,
                }
            return _("%(key)s: appeal %(appeal)s against %(against)s") % {
                "key": event.clearance,
                "appeal": event.appeal.id,
                "against": against_words(event.appeal.against),
            }
        case caseevents.ClearanceEnded():
            return f"{event.clearance}: {status_words(event.status)}: {why_words(event.why)}"
        case caseevents.CaseWithdrawn():
            return _("withdrawn by the applicant")
        case caseevents.CaseClosed():
            return _("closed: %(query)s stayed unanswered") % {"query": event.query}
        case caseevents.CaseStatusChanged():
            return _("the case is %(status)s") % {"status": status_words(event.status)}
        case caseevents.GlassBroken():
            return _("%(office)s breaks the glass: %(licence)s goes ahead before the decision") % {
                "office": event.office,
                "licence": event.licence,
            }
    return _of_licence(event)


def _of_licence(event: Any) -> str:
    match event:
        case licence.LicenceIssued():
            return _("issued")
        case licence.Booked():
            lots = ", ".join(
                f"{item}: {quantity:f} {event.lines[item].unit if item in event.lines else ''}".rstrip()
                for item, quantity in _moved(event).items()
            )
            return _("%(what)s %(use)s: %(lots)s") % {
                "what": _booked(event),
                "use": event.use.key,
                "lots": lots or "-",
            }
        case licence.Moved():
            ground = getattr(event, "ground", "")
            by = _(" by %(office)s") % {"office": event.office} if event.office else ""
            return status_words(event.status) + by + (f" ({ground})" if ground else "")
        case licence.LicenceRejudged():
            return _("judged again: nothing more is needed than was granted")
        case licence.LicenceReviewed():
            right = _("right") if event.verdict == "right" else _("not right")
            return _("%(office)s reviews: %(verdict)s") % {"office": event.office, "verdict": right}
        case licence.ProvisoDropped():
            return _("%(office)s drops proviso %(proviso)s") % {
                "office": event.office,
                "proviso": event.proviso,
            }
    return str(getattr(type(event), "kind", type(event).__name__))


def _moved(event: licence.Booked) -> Mapping[str, Decimal]:
    """Return how much of each item an entry moved: of a return what came back, of a confirmation what went."""
    match event:
        case licence.LicenceReturned():
            return event.use.returned
        case licence.LicenceConfirmed():
            return event.use.booked
    return event.use.quantities


def _booked(event: Any) -> str:
    words = {
        licence.LicenceReserved: _("reserved"),
        licence.LicenceConfirmed: _("confirmed"),
        licence.LicenceUsed: _("used"),
        licence.LicenceReleased: _("released"),
        licence.LicenceReturned: _("came back"),
        licence.LicenceReported: _("reported"),
        licence.LicenceBreached: _("reported beyond the licence"),
    }
    return words[type(event)]


def _verdict(vote: Any) -> str:
    if vote.decision is not None:
        return _("decides: %(outcome)s") % {"outcome": outcome_words(vote.decision.outcome)}
    word = VIEWS.get(vote.verdict)
    return _(word) if word is not None else _("confirms the decision")


def _decided(event: caseevents.CaseDecided) -> str:
    outcome = event.outcome
    by = _("silence") if outcome.by == "silence" else outcome.by
    licence_ = _("; licence %(licence)s") % {"licence": outcome.licence} if outcome.licence else ""
    appeal = _(" on appeal") if outcome.on_appeal else ""
    return _("%(key)s: %(outcome)s%(appeal)s by %(by)s%(licence)s") % {
        "key": event.clearance,
        "outcome": outcome_words(outcome.decision.outcome),
        "appeal": appeal,
        "by": by,
        "licence": licence_,
    }


def _passed(event: caseevents.DuePassed) -> str:
    words = {
        "escalation": _("the time to escalate is over"),
        "appeal": _("the time to appeal is over"),
        "target": _("the target was missed, which means nothing for the case"),
    }
    return f"{event.clearance}: {words.get(event.due.kind, event.due.kind)}"


def outcome_words(outcome: str) -> str:
    """Return an outcome in words."""
    return _(OUTCOMES.get(outcome, outcome))


def status_words(status: str) -> str:
    """Return a status of a case, clearance or licence in words."""
    return _(STATUSES.get(status, status))
