"""``lastword calendar``: which days are working days, where."""

from __future__ import annotations

import json
import re

import click

from lastword.cases.acts import SetCalendars
from lastword.cli.acting import Acting, acting, looking
from lastword.cli.telling import tell_guarded
from lastword.errors import InputError, Problem, Where
from lastword.texts import _, several


@click.group("calendar")
def calendar() -> None:
    """Calendars: the zone and the working days by which time limits are counted."""


@calendar.command("set")
@click.argument("calendar")
@click.option("--country", required=True, metavar="CODE", help="Whose public holidays, e.g. GB.")
@click.option("--subdivision", default="", metavar="CODE", help="Of which part of it, e.g. ENG.")
@click.option("--zone", required=True, metavar="ZONE", help="An IANA zone, e.g. Europe/London.")
@click.option("--years", metavar="FROM-TO", help="e.g. 2026-2030; left out: from this year on, five years.")
@acting
def set_(acting: Acting, calendar: str, country: str, subdivision: str, zone: str, years: str | None) -> None:
    """Put a calendar in force, or a later one in place of it. Time limits that run are then counted anew."""
    from lastword.files.calendars import calendar_of

    this = acting.desk.now().year
    first, last = _years(years) if years else (this, this + 4)
    made = calendar_of(calendar, country, subdivision, zone, first, last)
    tell_guarded(acting.desk, acting.do(SetCalendars(**acting.who, proposal="", calendars=(made,))))


@calendar.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every holiday.")
@looking
def list_(acting: Acting, as_json: bool) -> None:
    """List the calendars in force."""
    found = [one for _id, one in sorted(acting.desk.calendars().items())]
    if as_json:
        rows = [
            {
                "id": one.id,
                "zone": one.zone,
                "weekend": list(one.weekend),
                "holidays": [day.isoformat() for day in one.holidays],
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
            }
            for one in found
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    if not found:
        click.echo(_("There is no calendar; lastword calendar set, or lastword load, puts one in force."))
    for one in found:
        holidays = several("%(n)d holiday", "%(n)d holidays", len(one.holidays))
        click.echo(f"{one.id}  {one.zone}  {one.first} - {one.last}  {holidays}")


def _years(typed: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{4})-(\d{4})", typed, re.ASCII)
    if match is None or int(match[1]) > int(match[2]) or int(match[2]) - int(match[1]) > 50:
        raise InputError(Problem(Where("--years"), f"`{typed}` is no span of years", "write e.g. 2026-2030"))
    return int(match[1]), int(match[2])
