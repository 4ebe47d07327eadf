"""``lastword store init``: a new record, with its first entry, its keys, and who may change what."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from lastword.app import instant
from lastword.cases.acts import RosterChange
from lastword.cases.constitution import GUARDED, Constitution, Guard
from lastword.cases.roster import Office, Officer, Person
from lastword.cli.acting import told
from lastword.errors import InputError, Problem, Where
from lastword.texts import _, speak

KEEPERS: Final = "record/keepers"
_ORIGIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:/[A-Za-z0-9._-]+)*")
_PERSON: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?")


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--origin", required=True, metavar="NAME",
              help="The name of the record, unique in the world, e.g. licensing.example.org/2026.")  # fmt: skip
@click.option("--keeper", "keepers", multiple=True, required=True, metavar="ID[=NAME]",
              help="Who keeps the record: a person's id, and the name, which can be erased.")  # fmt: skip
@click.option("--needs", type=click.IntRange(min=1), metavar="N",
              help="How many keepers must act together; left out: two, or one if there is only one.")  # fmt: skip
@click.option("--database", default="", metavar="URL",
              help="postgresql://... for teams; left out: a file in the folder.")  # fmt: skip
@click.option("--private", type=click.Path(path_type=Path, file_okay=False),
              help="Where the keys and the anchor go: outside of what is backed up with FOLDER.")  # fmt: skip
@click.option("--practice", is_flag=True, help="To practise with: its time is set with --at.")
@click.option("--at", metavar="INSTANT", help="What time it is; with --practice only.")
@click.option("--lang", metavar="LANG", help="en or de.")
def init(
    folder: Path,
    origin: str,
    keepers: tuple[str, ...],
    needs: int | None,
    database: str,
    private: Path | None,
    practice: bool,
    at: str | None,
    lang: str | None,
) -> None:
    """Make a record in FOLDER: entry 0 with its keys and its constitution, by which the keepers change rosters, calendars,
    rules, facts and themselves.
    """
    from lastword.clearance.founding import founded  # a database is loaded only here

    with told():
        if lang is not None:
            speak(lang)
        if at is not None and not practice:
            raise InputError(
                Problem(Where("--at"), "only a practice record has its time set", "add --practice")
            )
        if not _ORIGIN.fullmatch(origin) or len(origin) > 200:
            raise InputError(
                Problem(
                    Where("--origin"),
                    f"`{origin}` is no name of a record",
                    "small letters, digits, `.` and `-`, then parts after `/`, e.g. licensing.example.org/2026",
                )
            )
        named = [_keeper(one) for one in keepers]
        count = needs if needs is not None else min(2, len(named))
        people = {person for person, _name in named}
        if len(people) != len(named):
            raise InputError(Problem(Where("--keeper"), "a keeper is named twice", "name each once"))
        if count > len(named):
            raise InputError(
                Problem(
                    Where("--needs"),
                    f"{count} keepers must act together, but there are {len(named)}",
                    "name more with --keeper: a guard that nobody can meet would lock the record for ever",
                )
            )
        when = instant("--at", at) if at is not None else None
        made = founded(
            folder,
            origin=origin,
            database=database,
            private=private,
            practice=practice,
            at=when,
            constitution=Constitution({guard: Guard(KEEPERS, count) for guard in GUARDED}),
            roster=lambda day: (
                RosterChange(
                    office=Office(KEEPERS, "record", {"en": "keepers of the record", "de": "Hüter der Akte"})
                ),
                *(RosterChange(person=Person(person), name=name) for person, name in named),
                *(RosterChange(officer=Officer(KEEPERS, person, day)) for person, _name in named),
            ),
        )
        click.echo(_("The record %(origin)s begins in %(folder)s.") % {"origin": origin, "folder": folder})
        click.echo(
            _("Kept by %(keepers)s; %(needs)d must act together.")
            % {"keepers": ", ".join(person for person, _name in named), "needs": count}
        )
        click.echo(
            _("Its private keys are in %(folder)s, and nowhere else: keep a copy.") % {"folder": made.private}
        )
        keeper = named[0][0]
        click.echo(_("Next, as %(keeper)s:") % {"keeper": keeper})
        click.echo(f"  lastword load WORKSPACE --store {folder} --as {keeper}")
        click.echo("    " + _("facts, rules, calendars, and offices and persons from its roster.yaml"))
        click.echo(f"  lastword office appoint OFFICE PERSON --since DAY --store {folder} --as {keeper}")
        click.echo("    " + _("or one by one; then lastword case file (manual: docs/cases.md)"))


def _keeper(typed: str) -> tuple[str, str]:
    person, _equals, name = typed.partition("=")
    if not _PERSON.fullmatch(person.strip()):
        raise InputError(
            Problem(
                Where("--keeper"), f"`{person}` can be no id of a person", "letters and digits, e.g. p-kay"
            )
        )
    return person.strip(), name.strip()
