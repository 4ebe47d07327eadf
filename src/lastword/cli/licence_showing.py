"""Looking at licences and their ledgers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from lastword.answers.told import phrases
from lastword.answers.told.page import Block, Line
from lastword.clearance.timeline import status_words
from lastword.clearance.viewing import LicencePage, instant_text, licence_list, licence_page
from lastword.cli.acting import Acting, looking
from lastword.cli.blocking import due_words, instant_words
from lastword.cli.case_words import LICENCE
from lastword.cli.telling import line_words, tell_page, tell_rows
from lastword.texts import _


@click.command("list")
@click.option("--status", default="", metavar="WORD", help="e.g. issued, suspended, expired.")
@click.option("--case", default="", metavar="CASE", help="Of one case.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def list_(acting: Acting, status: str, case: str, as_json: bool) -> None:
    """List the licences that you may see."""
    found = licence_list(acting.desk, acting.person, status=status, case=case.upper())
    if as_json:
        rows = [
            {
                "licence": one.id,
                "case": one.case,
                "status": one.status,
                "holder": one.applicant,
                "authority": one.authority,
                "valid_until": instant_text(one.valid_until),
            }
            for one in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo(_("There is no licence that you may see."))
    tell_rows(
        (
            one.id,
            status_words(one.status),
            one.applicant,
            one.case,
            ", ".join(
                f"{line.available:f}/{line.granted:f} {line.unit} {line.thing}" for line in one.lines.values()
            ),
        )
        for one in found
    )


@click.command("show")
@click.argument("licence", type=LICENCE)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def show(acting: Acting, licence: str, as_json: bool) -> None:
    """Show a licence: its state, its ledger, its provisos, and all that happened."""
    named = acting.desk.licences_named((licence,), acting.person)
    seen = licence_page(acting.desk, named[0], acting.person)
    if as_json:
        click.echo(json.dumps(seen.to_json(), ensure_ascii=False, indent=2))
        return
    tell_page(_blocks(seen))


def _blocks(seen: LicencePage) -> Iterator[Block]:
    one = seen.licence
    yield Block(one.id, (Line(_("licence of %(authority)s for %(holder)s, case %(case)s") % {
        "authority": one.authority, "holder": one.applicant, "case": one.case,
    }),), "verdict")  # fmt: skip
    state = [Line(status_words(one.status) + (f" ({one.suspended_for})" if one.suspended_for else ""))]
    if one.on_appeal:
        state.append(Line(_("issued on appeal")))
    if one.break_glass:
        state.append(Line(_("went ahead before the decision; its review is due %(when)s") % {
            "when": instant_words(one.review_due, seen.zone) if one.review_due else "-",
        }))  # fmt: skip
    if seen.stale:
        state.append(Line(_("facts or rules changed since it was judged last; the next use judges it first")))
    yield Block(_("Status"), tuple(state))
    valid = due_words(one.valid_until, seen.zone) if one.valid_until else _("no end")
    yield Block(_("Valid"), (Line(_("from %(since)s to %(until)s") % {
        "since": instant_words(one.issued, seen.zone), "until": valid,
    }),))  # fmt: skip
    use = phrases.end_use(one.end_use) if one.end_use else ""
    yield Block(_("Covers"), (Line(phrases.act(one) + (f", {use}" if use else "")),))
    yield Block(_("Ledger"), tuple(Line(line_words(line)) for line in one.lines.values()))
    if one.provisos:
        lines = []
        for proviso in one.provisos:
            text = seen.provisos.get(proviso.id, "")
            dropped = _(" (dropped)") if proviso.dropped else ""
            lines.append(Line(_("%(id)s of %(owner)s: %(text)s") % {
                "id": proviso.id, "owner": proviso.owner, "text": _("erased") if text is None else text,
            } + dropped))  # fmt: skip
        yield Block(_("Provisos"), tuple(lines))
    yield Block(
        _("What happened"),
        tuple(
            Line(
                each.said,
                aside=_("%(when)s, entry %(entry)d") % {"when": instant_words(each.at), "entry": each.index},
            )
            for each in seen.timeline
        ),
    )
