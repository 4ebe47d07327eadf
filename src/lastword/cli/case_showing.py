"""Looking at cases: the list, one case with what blocks it, and the letter to the applicant. Nothing is changed by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from lastword.answers.told import phrases
from lastword.answers.told.page import Block, Line
from lastword.cases.blocks import Requirement
from lastword.cases.progress import seat_state
from lastword.clearance.letter import letter_of
from lastword.clearance.reasons import against_words, stop_words, why_words
from lastword.clearance.timeline import VIEWS, outcome_words, status_words
from lastword.clearance.viewing import MOST, CasePage, case_list, case_page, dues_of, inbox, waited_for
from lastword.cli.acting import Acting, looking
from lastword.cli.blocking import (
    ROLES,
    Titles,
    command_of,
    due_words,
    instant_words,
    mover_words,
    next_words,
    offices_words,
    requirement_words,
    role_words,
    target_words,
    verdict_words,
)
from lastword.cli.case_words import CASE
from lastword.cli.telling import plain, say, tell_page
from lastword.errors import InputError, Problem, Where
from lastword.texts import _, chosen

if TYPE_CHECKING:
    from lastword.cases.case import Clearance, Decision


@click.command("list")
@click.option("--mine", is_flag=True, help="Only those that wait for you, what is due first first.")
@click.option("--status", default="", metavar="WORD", help="e.g. open, settle, decided, withdrawn.")
@click.option("--office", default="", metavar="OFFICE", help="At whose seats.")
@click.option("--applicant", default="", metavar="ORG", help="Of whom.")
@click.option("--after", default="", metavar="CASE", help="Those after this number: the next page.")
@click.option("--most", type=click.IntRange(1, 1000), default=MOST, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def list_(
    acting: Acting,
    mine: bool,
    status: str,
    office: str,
    applicant: str,
    after: str,
    most: int,
    as_json: bool,
) -> None:
    """List the cases that you may see: what you can do, else who is waited for, by when, and what silence means."""
    desk, person = acting.desk, acting.person
    if mine:
        if status or office or applicant or after:
            raise InputError(
                Problem(
                    Where("--mine"),
                    "it stands alone",
                    "leave --status, --office, --applicant and --after out",
                )
            )
        found = inbox(desk, person, most=most)
    else:
        found = case_list(
            desk, person, status=status, office=office, applicant=applicant, after=after.upper(), most=most
        )
    if as_json:
        click.echo(json.dumps([one.to_json() for one in found], ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo(_("Nothing waits for you.") if mine else _("There is no case that you may see."))
    titles = {ident: one.title for ident, one in desk.roster().offices.items()}
    for one in found:
        head = f"{one.id}  {', '.join(one.things)} -> {one.to}, {one.applicant}"
        click.echo(plain(f"{head}  ({verdict_words(one.verdict)})"))
        for each in one.mine:
            words = next_words(each, titles, one.roles, one.zone(each.clearance), one.applicant)
            say(_("yours: %(line)s") % {"line": words}, 1)
        for each in one.waits:
            if each not in one.mine:
                words = next_words(each, titles, one.roles, one.zone(each.clearance), one.applicant)
                say(_("waits: %(line)s") % {"line": words}, 1)
    if len(found) == most and not mine:
        click.echo(_("There may be more: --after %(case)s") % {"case": found[-1].id})


@click.command("show")
@click.argument("case", type=CASE)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def show(acting: Acting, case: str, as_json: bool) -> None:
    """Show a case: the verdict so far and what blocks it, who is next, and all that happened."""
    seen = case_page(acting.desk, case, acting.person)
    if as_json:
        click.echo(json.dumps(seen.to_json(), ensure_ascii=False, indent=2))
        return
    tell_page(_blocks(seen))


@click.command("letter")
@click.argument("case", type=CASE)
@looking
def letter(acting: Acting, case: str) -> None:
    """Write the letter to the applicant: what was decided, with the grounds, and until when one may appeal."""
    seen = case_page(acting.desk, case, acting.person, timeline=False)
    click.echo(plain(letter_of(seen, acting.desk.roster())))


def _blocks(seen: CasePage) -> Iterator[Block]:
    case = seen.case
    request = case.request
    things = ", ".join(f"{item.quantity:f} {item.unit} {item.thing}" for item in request.items)
    head = f"{things}: {phrases.country(request.from_)} -> {phrases.country(request.to)}, " + _(
        "for %(who)s"
    ) % {"who": case.applicant}
    yield Block(case.id, (Line(head),), "verdict")
    verdict = verdict_words(seen.verdict, seen.licences)
    status = status_words(case.status)
    whole = _("%(verdict)s; the case is %(status)s") % {"verdict": verdict, "status": status}
    yield Block(_("Verdict so far"), (Line(verdict if status in verdict else whole),))
    yield from _what_blocks(seen)
    yield Block(_("Asked for"), tuple(_request(seen)))
    for one in case.clearances.values():
        yield Block(one.key, tuple(_clearance(seen, one)))
    questions = tuple(_questions(seen))
    if questions:
        yield Block(_("Questions"), questions)
    if seen.licences:
        yield Block(
            _("Licences"),
            tuple(Line(f"{one.id}: {status_words(one.status)}") for one in seen.licences),
        )
    yield Block(_("What happened"), tuple(_timeline(seen)))
    commands = _commands(seen)
    if commands:
        yield Block(
            _("Next"),
            tuple(Line(command, kept=True, aside="; ".join(who)) for command, who in commands.items()),
            "next",
        )


def _what_blocks(seen: CasePage) -> Iterator[Block]:
    turns = waited_for(seen.requirements)
    lines = [
        Line(requirement_words(one, seen.zone(one.clearance), seen.titles))
        for one in seen.requirements
        if one.blocks and not one.seat and one.state != "open_query"
    ]
    lines += [
        Line(next_words(one, seen.titles, seen.roles, seen.zone(one.clearance), seen.case.applicant))
        for one in turns
    ]
    if lines:
        yield Block(_("What blocks"), tuple(lines))
    elif seen.case.status in ("open", "settle"):
        yield Block(_("What blocks"), (Line(_("nothing: it can be decided")),))


def _commands(seen: CasePage) -> dict[str, list[str]]:
    """Return the smallest acts that would help, as commands, each with who may do it; others' acts too, for whoever asks them."""
    found: dict[str, list[str]] = {}
    for one in seen.requirements:
        if not (one.blocks or one.state == "final"):
            continue
        for move in one.acts:
            command = command_of(move, seen.case.id, one, choice=len(seen.case.clearances) > 1)
            who = mover_words(move, seen.titles)
            if command and who not in found.setdefault(command, []):
                found[command].append(who)
            if move.act == "load" and seen.case.request.items:
                request = seen.case.request
                asking = f"lastword settle {request.items[0].thing} --act {request.act}"
                asking += f" --from {request.from_} --to {request.to}"
                found.setdefault(asking, []).append(_("writes the letters that ask"))
    return found


def _request(seen: CasePage) -> Iterator[Line]:
    case = seen.case
    request = case.request
    for item in request.items:
        outcome = case.assessment.outcomes.get(item.id, "")
        judged = {
            "free": _("no consent needed"),
            "pending": _("free once a duty is done"),
            "consent": _("consent needed"),
            "unknown": _("facts are missing"),
            "prohibited": _("forbidden"),
        }.get(outcome, outcome)
        value = f", {item.value}" if item.value else ""
        yield Line(f"{item.id}. {item.quantity:f} {item.unit} {item.thing}{value}", aside=judged)
    text = str(seen.fields.get("end_use_text") or "")
    use = phrases.end_use(request.end_use or "unknown") or _("end use unknown")
    yield Line(f"{phrases.act(request)}, {use}" + (f": {text}" if text else ""))
    for party in request.parties:
        told = seen.fields.get(party.field)
        name = _("erased") if told is None else str(told.get("name") or told.get("id") or "")
        yield Line(f"{role_words(party.role)}: {name}")
    for name, digest in (request.documents or {}).items():
        yield Line(_("document %(name)s, SHA-256 %(digest)s") % {"name": name, "digest": f"{digest[:16]}..."})
    for name, value in seen.fields.items():
        if name.startswith("undertaking."):
            yield Line(_("undertaking: %(text)s") % {"text": value if value is not None else _("erased")})
    yield Line(
        _("round %(round)d, filed %(when)s") % {"round": case.round, "when": instant_words(case.filed)}
    )


def _clearance(seen: CasePage, one: Clearance) -> Iterator[Line]:
    zone = seen.zone(one.key)
    procedure = one.procedure
    reported = _(" (as reported)") if procedure.reported else ""
    yield Line(f"{chosen(procedure.title) or procedure.id}{reported}")
    yield Line(
        _("last word: %(offices)s") % {"offices": offices_words(procedure.last_word, seen.titles, full=True)}
    )
    told = {(each.stage, each.seat): each for each in seen.requirements if each.clearance == one.key}
    ended = one.status != "open" and one.outcome is None
    if ended:
        yield Line(_("ended without a decision: %(status)s") % {"status": status_words(one.status)})
    for stage in procedure.stages:
        for seat in stage.seats:
            requirement = told.get((stage.id, seat.id))
            if ended:
                # Nothing was decided, so that no seat is done; who acted there all the same is told.
                spoken = Requirement("final", one.key, stage.id, seat.id, seat.offices)
                yield from (Line(line, depth=1) for line in _votes(seen, one, spoken))
                continue
            if requirement is None and stage.id in one.trail:
                # It was left: filled, or passed over. What it said is for the file alone.
                stands = seat_state(one, stage, seat) if seen.officer else "idle"
                requirement = Requirement(
                    "filled" if stands == "idle" else stands, one.key, stage.id, seat.id, seat.offices
                )
            if requirement is not None:
                yield Line(_seat(one, requirement, zone, seen.titles), depth=1)
                yield from (Line(line, depth=2) for line in _votes(seen, one, requirement))
    if one.pending is not None:
        yield Line(_("waits: %(decision)s") % {"decision": _decision(seen, one.pending)}, depth=1)
    for outcome in one.outcomes:
        appeal = _(", on appeal") if outcome.on_appeal else ""
        past = _(" (a decision on appeal took its place)") if outcome.superseded else ""
        by = _("silence") if outcome.by == "silence" else outcome.by
        yield Line(
            _("decided by %(by)s on %(when)s%(appeal)s: %(decision)s")
            % {
                "by": by,
                "when": instant_words(outcome.at, zone),
                "appeal": appeal,
                "decision": _decision(seen, outcome.decision),
            }
            + past
        )
    for appeal_ in one.appeals:
        word = {
            "open": _("to be heard"),
            "heard": _("heard"),
            "late": _("too late, rejected"),
            "ended": _("ended without a decision"),
        }.get(appeal_.state, appeal_.state)
        yield Line(_("appeal %(id)s against %(what)s of %(when)s: %(state)s") % {
            "id": appeal_.id, "what": against_words(appeal_.against), "when": instant_words(appeal_.at, zone), "state": word,
        })  # fmt: skip
    for proviso in one.provisos:
        dropped = _(" (dropped)") if proviso.dropped else ""
        text = seen.text(proviso.text)
        words = _("erased") if text is None else text
        yield Line(
            _("proviso %(id)s of %(owner)s: %(text)s")
            % {"id": proviso.id, "owner": proviso.owner, "text": words}
            + dropped
        )
    yield from _clock(seen, one, zone)


def _seat(one: Clearance, requirement: Requirement, zone: str, titles: Titles) -> str:
    role = next(
        (seat.role for stage in one.procedure.stages for seat in stage.seats if seat.id == requirement.seat),
        "",
    )
    stage = one.procedure.stage(requirement.stage)
    title = chosen(stage.title) or stage.id
    words = requirement_words(requirement, zone, titles, full=True)
    return f"{title}, {_(ROLES[role]) if role else requirement.seat}: {words}"


def _votes(seen: CasePage, one: Clearance, requirement: Requirement) -> Iterator[str]:
    for vote in one.votes:
        if (vote.stage, vote.seat) != (requirement.stage, requirement.seat):
            continue
        said = (
            _decision(seen, vote.decision)
            if vote.decision is not None
            else _(VIEWS.get(vote.verdict, vote.verdict))
        )
        who = _person(seen, vote.person)
        if vote.principal:
            who = _("%(person)s for %(principal)s") % {
                "person": who,
                "principal": _person(seen, vote.principal),
            }
        words = f"{vote.office}: {said} ({who}, {instant_words(vote.at, seen.zone(one.key))})"
        if not vote.counts:
            words += _("; does not count: %(why)s") % {"why": why_words(vote.why_not)}
        elif vote.carried:
            words += _("; carried over from an earlier round")
        text = seen.text(vote.text)
        yield words + (f": {text}" if text else _(": erased") if text is None else "")


def _person(seen: CasePage, ident: str) -> str:
    name = seen.names.get(ident, "")
    return f"{name}, {ident}" if name else ident


def _decision(seen: CasePage, decision: Decision) -> str:
    parts = [outcome_words(decision.outcome)]
    if decision.outcome == "split" or any(item.quantity is not None for item in decision.items):
        parts = [
            f"{item.item}: {outcome_words(item.outcome)}"
            + (f" {item.quantity:f}" if item.quantity is not None else "")
            for item in decision.items
        ]
    if decision.grounds:
        parts.append(_("grounds %(codes)s") % {"codes": ", ".join(decision.grounds)})
    if decision.provisos:
        parts.append(_("provisos %(ids)s") % {"ids": ", ".join(decision.provisos)})
    for at, label in (
        (decision.for_applicant, _("for the applicant")),
        (decision.for_file, _("for the file")),
    ):
        text = seen.text(at) if at is not None else ""
        if text:
            parts.append(f"{label}: {text}")
        elif text is None:
            parts.append(f"{label}: {_('erased')}")
    return "; ".join(parts)


def _clock(seen: CasePage, one: Clearance, zone: str) -> Iterator[Line]:
    for due in dues_of(seen, one.key):
        if due.kind == "target":
            words = target_words(due, zone)
        elif due.kind == "appeal":
            words = _("appeal against %(what)s until %(due)s") % {
                "what": against_words(due.about),
                "due": due_words(due.at, zone),
            }
        else:
            continue
        yield Line(words + (_("; the clock stands still") if due.held else ""))
    for stop in seen.case.stops:
        if stop.clearance not in ("", one.key):
            continue
        until = instant_words(stop.until, zone) if stop.until is not None else _("now")
        told = {"reason": stop_words(stop.reason), "since": instant_words(stop.since, zone), "until": until}
        yield Line(_("the clock stood still for %(reason)s from %(since)s to %(until)s") % told)


def _questions(seen: CasePage) -> Iterator[Line]:
    for query in seen.case.queries:
        zone = seen.zone(query.clearance)
        text = seen.text(query.text)
        yield Line(
            f"{query.id} {query.office}, {instant_words(query.at, zone)}: {_('erased') if text is None else text}"
        )
        if query.replied is not None:
            reply = seen.text(query.reply)
            yield Line(_("answered %(when)s: %(text)s") % {
                "when": instant_words(query.replied, zone), "text": _("erased") if reply is None else reply,
            }, depth=1)  # fmt: skip
        elif query.overdue:
            yield Line(_("overdue"), depth=1)


def _timeline(seen: CasePage) -> Iterator[Line]:
    for one in seen.timeline:
        words: dict[str, Any] = {"when": instant_words(one.at), "entry": one.index}
        yield Line(one.said, aside=_("%(when)s, entry %(entry)d") % words)
    if seen.due:
        yield Line(_("what fell due since is counted above and written with the next act"))
