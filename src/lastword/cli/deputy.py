"""``lastword deputy``: who acts for an officer, from a day to a day."""

from __future__ import annotations

import json
from datetime import date

import click

from lastword.cases.acts import RosterChange
from lastword.cases.roster import Deputy
from lastword.clearance.seeing import holds_office
from lastword.cli.acting import DAY, Acting, acting, looking
from lastword.cli.office import change
from lastword.cli.telling import tell_rows
from lastword.texts import _


@click.group("deputy")
def deputy() -> None:
    """Deputies. An officer names their own; a deputy has none."""


@deputy.command("add")
@click.argument("office")
@click.argument("person")
@click.option("--principal", metavar="PERSON", help="The officer; left out: who acts.")
@click.option("--since", required=True, type=DAY, metavar="DAY", help="The first day.")
@click.option("--until", required=True, type=DAY, metavar="DAY", help="The first day on which it has ended.")
@acting
def add(acting: Acting, office: str, person: str, principal: str | None, since: date, until: date) -> None:
    """Let PERSON act for the officer in OFFICE."""
    change(acting, RosterChange(deputy=Deputy(office, principal or acting.person, person, since, until)))


@deputy.command("end")
@click.argument("office")
@click.argument("person")
@click.option("--principal", metavar="PERSON", help="The officer; left out: who acts.")
@click.option("--on", required=True, type=DAY, metavar="DAY", help="The first day on which it has ended.")
@acting
def end(acting: Acting, office: str, person: str, principal: str | None, on: date) -> None:
    """Let PERSON act for the officer no longer."""
    change(acting, RosterChange(end_deputy=(office, principal or acting.person, person, on)))


@deputy.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def list_(acting: Acting, as_json: bool) -> None:
    """List the deputies of all days; for who holds no office, those who are their own."""
    roster, reader = acting.desk.roster(), acting.config.person
    inside = holds_office(reader, roster, acting.desk.now())
    found = [one for one in roster.deputies if inside or reader in (one.person, one.principal)]
    if as_json:
        rows = [
            {
                "office": one.office,
                "principal": one.principal,
                "person": one.person,
                "since": one.since.isoformat(),
                "until": one.until.isoformat(),
            }
            for one in found
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    if not found:
        click.echo(_("There are no deputies."))
    tell_rows(
        (one.office, f"{one.person} for {one.principal}", f"{one.since} - {one.until}") for one in found
    )
