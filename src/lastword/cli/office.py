"""``lastword office``: which office exists, who holds it from when to when, and who a person is."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click

from lastword.cases.acts import ChangeRoster, Confirm, RosterChange
from lastword.cases.roster import Office, Officer, Person
from lastword.clearance.seeing import holds_office
from lastword.clearance.viewing import instant_text
from lastword.cli.acting import DAY, Acting, acting, looking
from lastword.cli.telling import tell_guarded, tell_rows
from lastword.errors import InputError, Problem, Where
from lastword.texts import _, several


@click.group("office")
def office() -> None:
    """Offices, who holds them, and who a person is. The constitution says who may change them."""


def change(acting: Acting, *changes: RosterChange) -> None:
    """Change the roster, or propose it, and tell which."""
    done = acting.do(ChangeRoster(**acting.who, proposal="", changes=changes))
    tell_guarded(acting.desk, done)


@office.command("add")
@click.argument("office")
@click.option("--authority", required=True, metavar="ID", help="The body it belongs to, e.g. GB/ECJU.")
@click.option("--title", default="", metavar="TEXT", help="What it is called, in English.")
@click.option("--title-de", default="", metavar="TEXT", help="What it is called, in German.")
@acting
def add(acting: Acting, office: str, authority: str, title: str, title_de: str) -> None:
    """Add an office, or give it another title."""
    titles = {lang: text for lang, text in (("en", title), ("de", title_de)) if text}
    change(acting, RosterChange(office=Office(office, authority, titles)))


@office.command("close")
@click.argument("office")
@click.option("--on", required=True, type=DAY, metavar="DAY", help="The day from which it no longer exists.")
@acting
def close(acting: Acting, office: str, on: date) -> None:
    """Close an office: from a day on it can do nothing more."""
    found = acting.desk.roster().offices.get(office)
    if found is None:
        raise InputError(
            Problem(Where("OFFICE"), f"there is no office `{office}`", "see `lastword office list`")
        )
    change(acting, RosterChange(office=Office(found.id, found.authority, found.title, on)))


@office.command("person")
@click.argument("person")
@click.option("--name", default="", metavar="NAME", help="The name; it can be erased later, the id cannot.")
@click.option("--organisation", default="", metavar="ID", help="Whose staff the person is.")
@click.option(
    "--acts-for", multiple=True, metavar="ID", help="An organisation in whose name the person may act."
)
@click.option("--robot", is_flag=True, help="No human being: it fills no seat.")
@click.option("--same-as", default="", metavar="PERSON", help="Another id of the same human being.")
@acting
def person(
    acting: Acting,
    person: str,
    name: str,
    organisation: str,
    acts_for: tuple[str, ...],
    robot: bool,
    same_as: str,
) -> None:
    """Add a person by an id that says nothing about them, or say anew who they are."""
    found = Person(person, organisation, robot, same_as, acts_for)
    change(acting, RosterChange(person=found, name=name))


@office.command("appoint")
@click.argument("office")
@click.argument("person")
@click.option("--since", required=True, type=DAY, metavar="DAY", help="The first day.")
@click.option("--until", type=DAY, metavar="DAY", help="The first day on which it has ended.")
@acting
def appoint(acting: Acting, office: str, person: str, since: date, until: date | None) -> None:
    """Let PERSON hold OFFICE."""
    change(acting, RosterChange(officer=Officer(office, person, since, until)))


@office.command("end")
@click.argument("office")
@click.argument("person")
@click.option("--on", required=True, type=DAY, metavar="DAY", help="The first day on which it has ended.")
@acting
def end(acting: Acting, office: str, person: str, on: date) -> None:
    """Let PERSON hold OFFICE no longer."""
    change(acting, RosterChange(end_officer=(office, person, on)))


@office.command("list")
@click.option("--on", type=DAY, metavar="DAY", help="As of which day; left out: today.")
@click.option("--authority", default="", metavar="ID", help="Of one body only.")
@click.option("--all", "everything", is_flag=True, help="Those too that nobody holds.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def list_(acting: Acting, on: date | None, authority: str, everything: bool, as_json: bool) -> None:
    """List the offices that somebody holds on a day; and who holds them, for who holds one too."""
    roster = acting.desk.roster()
    day = on or acting.desk.now().date()
    inside = holds_office(acting.config.person, roster, acting.desk.now())
    rows: list[dict[str, Any]] = []
    for ident, found in sorted(roster.offices.items()):
        if found.closed is not None and found.closed <= day:
            continue
        holders = [
            one.person
            for one in roster.officers
            if one.office == ident and one.since <= day and (one.until is None or day < one.until)
        ]
        deputies = [
            f"{one.person} for {one.principal}"
            for one in roster.deputies
            if one.office == ident and one.since <= day < one.until
        ]
        rows.append(
            {
                "office": ident,
                "authority": found.authority,
                "title": dict(found.title),
                "held": bool(holders),
                "held_by": holders if inside else [],
                "deputies": deputies if inside else [],
            }
        )
    rows = [row for row in rows if authority in ("", row["authority"])]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    held = [row for row in rows if everything or row["held"] or row["deputies"]]
    tell_rows(
        (
            str(row["office"]),
            ", ".join(map(str, row["held_by"])) or (_("held") if row["held"] else _("nobody")),
            "; ".join(map(str, row["deputies"])),
        )
        for row in held
    )
    if len(held) < len(rows):
        vacant = several("%(n)d office is vacant", "%(n)d offices are vacant", len(rows) - len(held))
        click.echo(_("%(vacant)s; --all lists them") % {"vacant": vacant})


@office.command("proposals")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def proposals(acting: Acting, as_json: bool) -> None:
    """List what waits for a second person: changes of the roster, of calendars, loads, moratoria."""
    desk, reader = acting.desk, acting.config.person
    inside = holds_office(reader, desk.roster(), desk.now())
    found = [one for one in desk.proposals().values() if one.state == "open" and (inside or reader in one.by)]
    if as_json:
        rows = [
            {"id": one.id, "guard": one.guard, "by": list(one.by), "at": instant_text(one.at)}
            for one in found
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    if not found:
        click.echo(_("Nothing waits for confirmation."))
    for one in found:
        words = {"id": one.id, "guard": one.guard, "by": ", ".join(one.by)}
        click.echo(_("%(id)s  %(guard)s  proposed by %(by)s; next: lastword office confirm %(id)s") % words)


@office.command("confirm")
@click.argument("proposal")
@acting
def confirm(acting: Acting, proposal: str) -> None:
    """Confirm what somebody else proposed. The last confirmation that is needed carries it out."""
    done = acting.do(Confirm(**acting.who, proposal=proposal))
    tell_guarded(acting.desk, done)
