"""``lastword register``: how many requests each authority had, what became of them, and how long it took."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal

import click

from lastword.app import configured, opened
from lastword.clearance.register import (
    OUTCOMES,
    Register,
    Reported,
    Row,
    middle,
    register,
    reported_counts,
    table,
)
from lastword.cli.acting import DAY, told
from lastword.cli.blocking import limit_words
from lastword.errors import InputError, Problem, Where
from lastword.texts import _, marked, speak
from lastword.workspace import Workspace

_WORDS: Final = {
    "requests": marked("requests"),
    "granted": marked("granted"),
    "granted_with_provisos": marked("granted with provisos"),
    "refused": marked("refused"),
    "returned": marked("returned undecided"),
    "not_required": marked("found not to be needed"),
    "split": marked("decided differently by item"),
    "withdrawn": marked("withdrawn"),
    "closed": marked("closed without a decision"),
    "no_longer_needed": marked("no longer needed"),
    "pending": marked("pending"),
    "settling": marked("missing facts"),
    "held": marked("held by a moratorium"),
    "on_query": marked("waiting for the applicant's answer"),
    "waiting_for_advice": marked("waiting for advice"),
    "waiting_for_agreement": marked("waiting for agreement"),
    "waiting_for_decision": marked("waiting for the decision"),
    "waiting_for_countersignature": marked("waiting for the countersignature"),
    "open_to_escalation": marked("decided, open to escalation"),
    "on_appeal": marked("on appeal"),
}


@click.command("register")
@click.option("--authority", default="", metavar="ID", help="Of one authority only.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="From this day on.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Up to and with this day.")
@click.option("--by", type=click.Choice(("received", "decided")), default="received", show_default=True,
              help="Whether the days are those of the requests or of the decisions.")  # fmt: skip
@click.option("--workspace", type=click.Path(path_type=Path, file_okay=False),
              help="Add the numbers that this workspace reports of others; no store is needed then.")  # fmt: skip
@click.option("--known", type=DAY, metavar="DAY", help="What was reported by which day; left out: today.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--store", type=click.Path(path_type=Path, file_okay=False),
              help="The store; else LASTWORD_STORE, else the key `store` in lastword.toml.")  # fmt: skip
@click.option(
    "--as", "as_", metavar="PERSON", help="Who reads; else LASTWORD_AS. Counted is what they may see."
)
@click.option("--at", metavar="INSTANT", help="What time it is; in a practice store only.")
@click.option("--lang", metavar="LANG", help="en or de.")
def register_(
    authority: str,
    first: date | None,
    last: date | None,
    by: Literal["received", "decided"],
    workspace: Path | None,
    known: date | None,
    as_csv: bool,
    as_json: bool,
    store: Path | None,
    as_: str | None,
    at: str | None,
    lang: str | None,
) -> None:
    """Count the requests that you may see: what became of them, where the pending ones stand, how long it took.

    Beside them, never added to them, stands what a workspace reports of the decisions of others.
    """
    with told():
        if lang is not None:
            speak(lang)
        if first is not None and last is not None and last < first:
            raise InputError(Problem(Where("--to"), f"{last} is before {first}", "give a later day"))
        if as_csv and as_json:
            raise InputError(Problem(Where("--csv"), "one output cannot be CSV and JSON", "leave one out"))
        # A workspace alone can be asked without a store; else the store's own facts are asked too.
        config = None
        if store is not None or workspace is None or os.environ.get("LASTWORD_STORE"):
            config = configured(os.environ, Path(), store=store, person=as_, at=at)
        with opened(config) if config is not None else nullcontext() as desk:
            today = desk.now().date() if desk is not None else datetime.now(UTC).date()
            opened_ = Workspace.open(workspace) if workspace is not None else None
            if opened_ is None and desk is not None and desk.has_facts():
                opened_ = desk.workspace()
            reported = (
                reported_counts(opened_.facts, known=known or today, first=first, last=last)
                if opened_ is not None
                else ()
            )
            from lastword.clearance.viewing import (
                readable_cases,
            )  # no database is loaded for a workspace alone

            found = register(
                readable_cases(desk, config.person) if desk is not None and config is not None else (),
                desk.calendars() if desk is not None else {},
                first=first,
                last=last,
                authority=authority,
                by=by,
                reported=reported,
            )
        if as_json:
            click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
        elif as_csv:
            written = io.StringIO()
            csv.writer(written, lineterminator="\n").writerows(_safe(row) for row in table(found))
            click.echo(written.getvalue(), nl=False)
        else:
            for line in _lines(found):
                click.echo(line)


def _safe(row: list[str]) -> list[str]:
    """Return cells that no spreadsheet takes for a formula."""
    return [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in row]


def _lines(found: Register) -> Iterator[str]:
    first, last = found.first, found.last
    which = _("received") if found.by == "received" else _("decided")
    span = " ".join(
        part
        for part in (
            _("from %(day)s") % {"day": first} if first else "",
            _("to %(day)s") % {"day": last} if last else "",
        )
        if part
    )
    yield _("Requests %(which)s %(span)s") % {"which": which, "span": span or _("on any day")}
    if not found.rows and not found.reported:
        yield _("None that you may see.")
    for row in found.rows:
        yield ""
        yield from _row(row)
    for one in found.reported:
        yield ""
        yield from _reported(one)


def _row(row: Row) -> Iterator[str]:
    yield f"{row.authority}  {_('requests')} {row.requests}"
    for word in OUTCOMES:
        if row.outcomes[word]:
            yield f"  {_(_WORDS[word])} {row.outcomes[word]}"
        if word == "pending":
            for state, count in row.states.items():
                if count:
                    yield f"    {_(_WORDS[state])} {count}"
    for word, label in (
        ("open", _("open appeals")),
        ("heard", _("appeals heard")),
        ("late", _("appeals too late")),
    ):
        if row.appeals[word]:
            yield f"  {label} {row.appeals[word]}"
    if row.granted_on_appeal or row.refused_on_appeal:
        yield "  " + _("on appeal: granted %(granted)d, not granted %(refused)d") % {
            "granted": row.granted_on_appeal,
            "refused": row.refused_on_appeal,
        }
    for days, label in (
        (row.days, _("days to the decision, of %(of)d: median %(median)s, mean %(mean)s")),
        (row.running_days, _("without stops, of %(of)d: median %(median)s, mean %(mean)s")),
    ):
        lengths = middle(days)
        if lengths is not None:
            yield "  " + label % {"of": len(days), "median": lengths[0], "mean": lengths[1]}
    for one in row.within:
        share = f"{100 * one.met / one.of:.0f} %" if one.of else "-"
        yield "  " + _("within %(limit)s: %(met)d of %(of)d (%(share)s)") % {
            "limit": limit_words(one.limit.count, one.limit.unit),
            "met": one.met,
            "of": one.of,
            "share": share,
        }


def _reported(one: Reported) -> Iterator[str]:
    yield f"{one.authority}  " + _("as reported, not of this record")
    for word in ("requests", "granted", "refused", "returned", "pending"):
        if word not in one.counts:
            continue
        number, least = one.counts[word]
        yield f"  {_(_WORDS[word])} " + (_("at least %(n)d") % {"n": number} if least else str(number))
    if one.since or one.until:
        since = one.since.replace("/", _(" or later, by "))
        yield "  " + _("in the time from %(since)s to %(until)s") % {
            "since": since or _("an unknown day"),
            "until": one.until or _("now"),
        }
    yield "  " + _("how firm: %(standing)s; said by %(sources)s") % {
        "standing": one.standing,
        "sources": "; ".join(one.sources),
    }
