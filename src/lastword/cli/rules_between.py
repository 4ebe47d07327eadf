"""``lastword rules --between``: what changed in the law on file from one day to another, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import click

from lastword.answers.told import phrases
from lastword.cli.rules import wrapped
from lastword.errors import InputError, Problem, Where
from lastword.rules.rule import Pack
from lastword.texts import _, chosen, several
from lastword.upkeep.between import Event, events

MOST_KEYS: Final = 12


def tell_between(packs: Iterable[Pack], first: date, last: date, *, as_json: bool) -> None:
    """Print what changed after ``first`` and up to ``last``, pack by pack and day by day."""
    if last < first:
        raise InputError(Problem(Where("--between"), "the second day is before the first", "turn them round"))
    found = [(pack, events(pack, first, last)) for pack in packs]
    if as_json:
        told = {
            "after": first.isoformat(),
            "to": last.isoformat(),
            "changes": [event.to_json() for _pack, changes in found for event in changes],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    words = {"first": phrases.day(first), "last": phrases.day(last)}
    click.echo(wrapped(_("What changed in the law on file after %(first)s and up to %(last)s:") % words, ""))
    count = 0
    for pack, changes in found:
        if changes:
            click.echo()
            click.echo(wrapped(f"{pack.id}: {chosen(pack.title)}", ""))
            _tell(changes)
            count += len(changes)
    click.echo()
    click.echo(several("%(n)d change.", "%(n)d changes.", count) if count else _("Nothing that is on file."))
    click.echo(
        wrapped(
            _("What is not on file may have changed as well: `lastword rules` says what was read, and when."),
            "",
        )
    )


def _tell(changes: Sequence[Event]) -> None:
    before = ""
    for event in changes:
        when = phrases.day(event.day)
        if event.by is not None:
            span = {"after": phrases.day(event.day), "by": phrases.day(phrases.day_before(event.by))}
            when = _("on a day between %(after)s and %(by)s") % span
        if when != before:
            click.echo(f"  {when}")
            before = when
        click.echo(wrapped(f"{event.about}: {event.title}", " " * 6))
        click.echo(wrapped(_what(event), " " * 10))


def _what(event: Event) -> str:
    """Return what happened; of a long list of rows only the first are named."""
    if len(event.keys) <= MOST_KEYS:
        return event.what
    more = several("and %(n)d more", "and %(n)d more", len(event.keys) - MOST_KEYS)
    return event.what.replace(", ".join(event.keys), f"{', '.join(event.keys[:MOST_KEYS])} {more}", 1)
