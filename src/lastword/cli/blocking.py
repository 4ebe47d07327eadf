"""What blocks a case, in words: who does what, by when, what silence means, and the command that would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from lastword.answers.told import phrases
from lastword.clearance.timeline import outcome_words, silence_words, status_words
from lastword.texts import _, chosen, marked, several

if TYPE_CHECKING:
    from lastword.cases.blocks import Move, Requirement
    from lastword.cases.case import Due
    from lastword.cases.licence import Licence
    from lastword.clearance.viewing import Roles


Titles = Mapping[str, Mapping[str, str]]
"""Office -> language -> what it is called."""
VERDICTS: Final = {
    "open": marked("not decided yet"),
    "settle": marked("missing facts must be settled first"),
    "granted": marked("granted: it may go ahead"),
    "partly": marked("some items may go ahead, others not"),
    "refused": marked("refused"),
    "returned": marked("returned undecided"),
    "not_required": marked("no licence needed"),
    "withdrawn": marked("withdrawn"),
    "closed": marked("closed without a decision"),
}


def verdict_words(verdict: str, licences: Sequence[Licence] = ()) -> str:
    """Return what a case came to. One that was granted may go ahead only while a licence of it is neither stopped nor over."""
    if (
        verdict == "granted"
        and licences
        and not any(one.status in ("issued", "exhausted") for one in licences)
    ):
        return _("granted")
    return _(VERDICTS.get(verdict, verdict))


STATES: Final = {
    "waiting": marked("waiting"),
    "filled": marked("done"),
    "silent": marked("silent, passed over"),
    "objected": marked("objects"),
    "overdue": marked("overdue"),
    "later": marked("later"),
    "split": marked("decided in different ways"),
    "held": marked("held"),
    "open_query": marked("open question"),
    "stale": marked("to be judged again"),
    "not_settled": marked("missing facts"),
    "prohibited": marked("forbidden"),
    "not_covered": marked("not asked for"),
    "pending_countersign": marked("waits for the countersignature"),
    "pending_escalation": marked("may be escalated"),
    "cannot_be_filled": marked("nobody can act"),
    "final": marked("over"),
    "idle": marked("said nothing"),
    "error": marked("error"),
}


ROLES: Final = {
    "advise": marked("advises"),
    "agree": marked("agrees"),
    "object": marked("may object"),
    "countersign": marked("countersigns"),
    "decide": marked("decides"),
}


def instant_words(at: datetime, zone: str = "UTC") -> str:
    """Return an instant in words, with the time and its zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{phrases.day(local.date())}, {local:%H:%M} {local.tzname() or zone}"


def due_words(at: datetime, zone: str = "UTC") -> str:
    """Return by when: a due instant at midnight is the end of the day before, which is still in time."""
    local = at.astimezone(ZoneInfo(zone))
    if local.time() == time():
        last = local.date().fromordinal(local.date().toordinal() - 1)
        return _("the end of %(day)s") % {"day": phrases.day(last)}
    return instant_words(at, zone)


def office_words(ident: str, titles: Titles, *, full: bool = False) -> str:
    """Return what an office is called; ``full``: with its id. One without a title goes by its id."""
    title = chosen(titles.get(ident, {}))
    if not title:
        return ident
    return f"{title} ({ident})" if full else title


def offices_words(idents: Sequence[str], titles: Titles, *, full: bool = False) -> str:
    """Return several offices, any of which may act."""
    return _(" or ").join(office_words(one, titles, full=full) for one in idents)


def next_lines(
    requirements: Sequence[Requirement],
    titles: Titles,
    roles: Roles,
    zone: Callable[[str], str],
    applicant: str,
) -> Iterator[str]:
    """Return who is next, one line each: who does what, by when, and what silence means."""
    from lastword.clearance.viewing import waited_for

    for one in waited_for(requirements):
        yield next_words(one, titles, roles, zone(one.clearance), applicant)


def next_words(one: Requirement, titles: Titles, roles: Roles, zone: str, applicant: str) -> str:
    """Return one of them."""
    if one.state == "open_query":
        words = _("%(applicant)s answers question %(id)s") % {"applicant": applicant, "id": one.detail}
        return words + _timing(one, zone)
    doing = {
        "cannot_be_filled": _("has nobody who may act"),
        "objected": _("objects; it may take that back"),
    }.get(one.state) or {
        "advise": _("advises"),
        "agree": _("agrees or not"),
        "object": _("may object"),
        "decide": _("decides"),
        "countersign": _("countersigns"),
    }.get(roles.get((one.clearance, one.stage, one.seat), ""), _("is waited for"))
    words = _("%(offices)s %(doing)s") % {"offices": offices_words(one.offices, titles), "doing": doing}
    if one.needs > 1:
        words += _(" (%(have)d of %(needs)d)") % {"have": one.have, "needs": one.needs}
    return words + _timing(one, zone)


def _timing(one: Requirement, zone: str) -> str:
    words = ""
    if one.state == "overdue":
        words += _("; overdue")
    if one.by is not None:
        words += (_(", by %(due)s") if one.runs else _(", by %(due)s; the clock stands still")) % {
            "due": due_words(one.by, zone)
        }
        meaning = {
            "may_close": _("the case may be closed"),
            "close": _("the case is closed"),
            "stands": _("the decision stands"),
        }.get(one.silence) or (silence_words(one.silence) if one.silence else "")
        if meaning:
            words += _("; if they stay silent, %(meaning)s") % {"meaning": meaning}
    return words


def requirement_words(one: Requirement, zone: str, titles: Titles, *, full: bool = False) -> str:
    """Return a requirement in one sentence: what, who, by when, what silence means."""
    offices = offices_words(one.offices, titles, full=full)
    by = _timing(one, zone)
    match one.state:
        case "not_settled":
            return _("missing facts could still change the answer; nothing can be found not to be needed")
        case "stale":
            return _("facts or rules are newer than the answer; it is judged again before the next act")
        case "prohibited":
            rule = one.detail or _("a rule")
            return _("%(rule)s forbids it, and no office here can lift that") % {"rule": rule}
        case "not_covered":
            return _("the answer asks for more of %(key)s than was filed") % {"key": one.clearance}
        case "held":
            return _("the moratorium %(id)s holds %(key)s") % {"id": one.detail, "key": one.clearance} + by
        case "open_query":
            return (
                _("question %(id)s of %(office)s waits for the applicant's answer")
                % {"id": one.detail, "office": offices}
                + by
            )
        case "final":
            word = outcome_words(one.detail) if one.clearance else status_words(one.detail)
            return f"{one.clearance}: {word}" if one.clearance else word
        case "pending_escalation":
            who = offices or _("nobody")
            return (
                _("the decision on %(key)s may be escalated by %(who)s") % {"key": one.clearance, "who": who}
                + by
            )
        case "error":
            return _("it cannot be said: %(detail)s") % {"detail": one.detail}
    state = _(STATES.get(one.state, one.state))
    words = f"{offices}: {state}" if offices else state
    if one.state == "later" and one.detail:
        when = _("if the views agree") if one.detail == "agreement" else _("if the views differ")
        words += f", {when}"
    if one.needs > 1 and one.state not in ("filled", "silent"):
        words += _(" (%(have)d of %(needs)d)") % {"have": one.have, "needs": one.needs}
    if one.state == "cannot_be_filled":
        words += _(": no person of the roster may sit there")
    return words + (by.removeprefix(_("; overdue")) if one.state == "overdue" else by)


def command_of(move: Move, case: str, one: Requirement, *, choice: bool) -> str:
    """Return the command by which an act would be done, "" if there is none. ``choice``: the case has several clearances."""
    office = one.offices[0] if one.offices else "OFFICE"
    commands = {
        "advise": f"lastword case advise {case} approve",
        "agree": f"lastword case agree {case}",
        "object": f"lastword case object {case} --release",
        "decide": f"lastword case decide {case} grant",
        "countersign": f"lastword case countersign {case}",
        "escalate": f"lastword case escalate {case}",
        "reply": f"lastword case reply {case} {one.detail} --text TEXT",
        "close": f"lastword case close {case}",
        "lift": f"lastword moratorium lift {one.detail}",
        "load": "lastword load WORKSPACE",
        "reassess": "lastword worker --once",
        "amend": f"lastword case amend {case}",
        "withdraw": f"lastword case withdraw {case}",
        "file": "lastword case file THING",
        "changeroster": f"lastword office appoint {office} PERSON --since DAY",
        "appealagainst": f"lastword case appeal {case}",
    }
    command = commands.get(move.act, "")
    keyed = ("advise", "agree", "object", "decide", "countersign", "escalate", "appealagainst")
    return f"{command} --clearance {one.clearance}" if command and choice and move.act in keyed else command


def mover_words(move: Move, titles: Titles) -> str:
    """Return who may do an act: offices before persons."""
    if move.offices:
        return _("for %(offices)s") % {"offices": offices_words(move.offices, titles)}
    words = {
        "applicant": _("for the applicant"),
        "worker": _("for whoever runs the store"),
        "roster": _("for who changes the roster"),
        "facts": _("for who loads facts"),
    }
    return words.get(move.role, "")


def target_words(due: Due, zone: str) -> str:
    """Return what an authority aims at: its target, and until when that is."""
    limit = limit_words(due.count, due.unit) if due.count else due.about
    return _("aims at %(limit)s: %(due)s") % {"limit": limit, "due": due_words(due.at, zone)}


def role_words(role: str) -> str:
    """Return the role of a party in words."""
    words = {
        "buyer": _("buyer"),
        "consignee": _("consignee"),
        "intermediate_consignee": _("intermediate consignee"),
        "ultimate_consignee": _("ultimate consignee"),
        "end_user": _("end user"),
        "forwarder": _("forwarder"),
        "carrier": _("carrier"),
        "broker": _("broker"),
        "bank": _("bank"),
        "exporter": _("exporter"),
        "supporter": _("supporter"),
        "other": _("other party"),
    }
    return words.get(role, role)


def limit_words(count: int, unit: str) -> str:
    """Return a length of time in words, e.g. 20 working days."""
    match unit:
        case "hours":
            return several("%(n)d hour", "%(n)d hours", count)
        case "days":
            return several("%(n)d day", "%(n)d days", count)
        case "working_days":
            return several("%(n)d working day", "%(n)d working days", count)
        case "months":
            return several("%(n)d month", "%(n)d months", count)
        case _:
            return several("%(n)d year", "%(n)d years", count)
