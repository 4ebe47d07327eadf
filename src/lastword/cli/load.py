"""``lastword load``: put the facts, packs, calendars and roster of a workspace into a record."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import click

from lastword.clearance.found import find
from lastword.clearance.load import PARTS, Loading, Part
from lastword.clearance.load import load as load_found
from lastword.cli.acting import Acting, acting
from lastword.texts import _, several

_SALT_BYTES = 32


@click.command("load")
@click.argument("workspace", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--only",
    "only",
    multiple=True,
    type=click.Choice(PARTS),
    help="Load this part only; may be given again. Left out: everything.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@acting
def load(acting: Acting, workspace: Path, only: tuple[str, ...], as_json: bool) -> None:
    """Load WORKSPACE into the record: its facts, the packs in use, their calendars and offices, and roster.yaml if it has one.

    All of it is checked first. Then it is loaded in one step or not at all, and counts from that instant on. What is the
    same as before writes nothing. Facts that are no longer in the workspace are withdrawn from now on; what was known
    before stays known for questions about earlier days.

    Where the record asks for two officers, the load waits until another one loads the same. Offices and persons that are
    missing in roster.yaml stay in the record.
    """
    person = acting.person
    desk = acting.desk
    found = find(workspace, year=desk.now().year, offices=desk.roster().offices)
    done = load_found(
        desk.store,
        found,
        person=person,
        principal=acting.config.principal,
        salt=lambda: secrets.token_urlsafe(_SALT_BYTES),
        only=frozenset(only or PARTS),
        loads=desk.loads,
    )
    if as_json:
        click.echo(json.dumps(_data(done), ensure_ascii=False, indent=2))
        return
    for line in _lines(done):
        click.echo(line)


def _lines(done: Loading) -> Iterator[str]:
    words = {"count": done.count, "packs": done.packs, "added": done.added, "withdrawn": done.withdrawn}
    if done.facts.state == "loaded" and done.added is None:
        yield _("facts: %(count)d loaded; what was loaded before can no longer be read") % words
    elif done.facts.state == "loaded":
        yield _("facts: %(count)d loaded, %(added)d of them new; %(withdrawn)d withdrawn") % words
    else:
        yield _told(_("facts"), done.facts)
    yield (
        _("rules: %(packs)s loaded") % {"packs": several("%(n)d pack", "%(n)d packs", done.packs)}
        if done.rules.state == "loaded"
        else _told(_("rules"), done.rules)
    )
    yield _told(_("calendars"), done.calendars)
    yield _told(_("roster"), done.roster)


def _told(name: str, part: Part) -> str:
    if part.state == "waits":
        words = {"part": name, "proposal": part.proposal}
        return _("%(part)s: wait as %(proposal)s until another officer loads the same or confirms it") % words
    word = _("loaded") if part.state == "loaded" else _("nothing new")
    return f"{name}: {word}"


def _data(done: Loading) -> dict[str, object]:
    return {
        "count": done.count,
        "added": done.added,
        "withdrawn": done.withdrawn,
        "packs": done.packs,
        **{name: {"state": part.state, "proposal": part.proposal} for name, part in done.parts.items()},
    }
