"""How the commands that act on a record tell what became of it: always as it is read back from the store."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from lastword.answers.told.page import Block, page
from lastword.clearance.timeline import status_words
from lastword.cli.acting import Acting
from lastword.cli.blocking import next_lines, offices_words, requirement_words, target_words, verdict_words
from lastword.texts import _, chosen, several

if TYPE_CHECKING:
    from lastword.clearance.desk import Desk, Done, Plan


_TOLD: Final = (
    "held",
    "objected",
    "not_settled",
    "prohibited",
    "stale",
    "split",
    "error",
)
"""States that are told after an act: what stands in the way and is not somebody's turn."""


def plain(text: str) -> str:
    """Return words of somebody else without what a terminal would obey: control signs, and what turns a line round."""
    return "".join(
        one if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co") else "\ufffd"
        for one in text
    )


def say(text: str, depth: int = 0) -> None:
    """Print a sentence, wrapped at the width of the terminal, its further lines standing in."""
    from lastword.cli.ask import terminal_width

    inset = "  " * depth
    rows = textwrap.wrap(
        plain(text),
        terminal_width(),
        initial_indent=inset,
        subsequent_indent=inset + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    click.echo("\n".join(rows))


def tell_rows(rows: Iterable[Sequence[str]]) -> None:
    """Print rows in columns."""
    found = [[plain(cell) for cell in row] for row in rows]
    if not found:
        return
    widths = [max(len(row[column]) for row in found) for column in range(len(found[0]))]
    for row in found:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def tell_page(blocks: Iterable[Block]) -> None:
    """Print labelled blocks as the answers are printed."""
    from lastword.cli.ask import terminal_width

    click.echo(plain(page(blocks, width=terminal_width())), nl=False)


def tell_guarded(desk: Desk, done: Done) -> None:
    """Tell what became of an act that the constitution guards: done, or waiting for others."""
    for line in guarded_lines(desk, done):
        click.echo(plain(line))


def guarded_lines(desk: Desk, done: Done) -> Iterator[str]:
    """Return the lines of ``tell_guarded``."""
    waiting = desk.proposals().get(done.proposal) if done.proposal else None
    kinds = [kind for _stream, kind in done.written]
    if waiting is not None and waiting.state == "open":
        missing = waiting.needs - len(waiting.by)
        yield _("Proposed as %(id)s; it waits for %(more)s of %(office)s.") % {
            "id": waiting.id,
            "more": several("%(n)d more", "%(n)d more", missing),
            "office": waiting.office,
        }
        yield _("Next: lastword office confirm %(id)s --as PERSON") % {"id": waiting.id}
    elif "proposal.refused" in kinds:
        yield _("Enough are for it, but it can no longer be done.")
    elif kinds and all(kind == "proposal.confirmed" for kind in kinds):
        yield _("Confirmed; it still waits for others: lastword office proposals")
    elif not kinds:
        yield _("That is so already; nothing was written.")
    else:
        yield _("Done: entry %(index)d of the record.") % {"index": done.index}


def tell_case(acting: Acting, done: Done, *, filed: bool = False) -> None:
    """Tell what became of an act on a case, and who is next, as read back from the store."""
    from lastword.clearance.viewing import case_page, written_by

    desk, ident = acting.desk, done.case
    seen = case_page(desk, ident, acting.person, timeline=False)
    if filed:
        click.echo(_("Filed as case %(case)s.") % {"case": ident})
    if done.repeated:
        click.echo(_("This was done before under the same key; nothing was written again."))
    count = sum(stream == f"case/{ident}" for stream, _kind in done.written)
    for one in written_by(desk, f"case/{ident}", done.index, count, acting.person):
        if not filed or one.kind != "case.filed":
            say(_("case %(case)s: %(said)s") % {"case": ident, "said": one.said})
    click.echo(_("verdict so far: %(verdict)s") % {"verdict": verdict_words(seen.verdict, seen.licences)})
    for line in next_lines(seen.requirements, seen.titles, seen.roles, seen.zone, seen.case.applicant):
        say(_("next: %(line)s") % {"line": line})
    for requirement in seen.requirements:
        if requirement.state in _TOLD:
            words = requirement_words(requirement, seen.zone(requirement.clearance), seen.titles)
            say(_("blocked: %(line)s") % {"line": words})
    for licence in seen.licences:
        click.echo(
            _("licence %(licence)s: %(status)s")
            % {"licence": licence.id, "status": status_words(licence.status)}
        )
    click.echo(_("more: lastword case show %(case)s") % {"case": ident})


def tell_plan(acting: Acting, plan: Plan) -> None:
    """Tell what filing or amending would do: which consents, who has the last word, who is next and by when."""
    from lastword.cases.blocks import blocks
    from lastword.clearance.viewing import alike, roles_of

    case, world = plan.case, plan.world
    titles = {ident: office.title for ident, office in world.roster.offices.items()}
    if not case.clearances:
        click.echo(
            _("No consent is needed for sure, but missing facts could add some: they are settled first.")
        )
    requirements = blocks(case, world, plan.now)
    for one in case.clearances.values():
        if one.status != "open":
            continue
        calendar = world.calendars.get(one.procedure.calendar)
        zone = calendar.zone if calendar is not None else "UTC"
        items = ", ".join(one.items)
        click.echo(plain(_("%(key)s, for item %(items)s") % {"key": one.key, "items": items}))
        reported = _(" (as reported)") if one.procedure.reported else ""
        title = _title(one.procedure.title, one.procedure.id)
        say(_("procedure: %(title)s") % {"title": title} + reported, 1)
        last = offices_words(one.procedure.last_word, titles, full=True)
        say(_("last word: %(offices)s") % {"offices": last}, 1)
        for due in one.dues:
            if due.kind == "target":
                click.echo("  " + target_words(due, zone))
        theirs = [each for each in requirements if each.clearance == one.key]
        for line in next_lines(theirs, titles, roles_of(case), lambda _key, zone=zone: zone, case.applicant):  # type: ignore[misc]
            say(_("first: %(line)s") % {"line": line}, 1)
    for other in alike(acting.desk, case.request, acting.person):
        if other != case.id:
            say(_("note: case %(case)s asks for the same, and is open") % {"case": other})
    for item, outcome in case.assessment.outcomes.items():
        if outcome in ("free", "unknown"):
            words = _("no consent needed") if outcome == "free" else _("open: facts are missing")
            click.echo(_("item %(item)s: %(words)s") % {"item": item, "words": words})


def _title(titles: Mapping[str, str], fallback: str) -> str:
    return chosen(titles) or fallback


def tell_licences(acting: Acting, done: Done, licences: Sequence[str]) -> None:
    """Tell what became of an act on licences: status and ledger of each, as read back from the store."""
    from lastword.clearance.viewing import licence_page

    if done.repeated or not done.written:
        click.echo(_("This was done before; nothing was written again."))
    for ident in licences:
        seen = licence_page(acting.desk, ident, acting.person)
        one = seen.licence
        click.echo(
            _("licence %(licence)s: %(status)s") % {"licence": one.id, "status": status_words(one.status)}
        )
        for line in one.lines.values():
            click.echo(plain("  " + line_words(line)))


def line_words(line: object) -> str:
    """Return one line of a ledger in words."""
    from lastword.cases.licence import Line

    assert isinstance(line, Line)
    words = _(
        "item %(item)s, %(thing)s: %(available)s of %(granted)s %(unit)s available; used %(used)s, reserved %(reserved)s"
    ) % {
        "item": line.item,
        "thing": line.thing,
        "available": f"{line.available:f}",
        "granted": f"{line.granted:f}",
        "unit": line.unit,
        "used": f"{line.used:f}",
        "reserved": f"{line.reserved:f}",
    }
    if line.over:
        words += _("; beyond the licence: %(over)s") % {"over": f"{line.over:f}"}
    return words
