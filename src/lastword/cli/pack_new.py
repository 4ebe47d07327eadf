"""``lastword pack new``: a pack of one's own to begin with."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path

import click

from lastword.cli.errors import exit_on_input_error
from lastword.errors import InputError, Problem, Where
from lastword.files.places import country
from lastword.texts import _, speak
from lastword.upkeep.draft import KINDS, NAME, draft
from lastword.workspace import SETTINGS, Workspace, pack_sources, read_settings


@click.command("new")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    default="release",
    show_default=True,
    help="; ".join(f"{kind}: {told}" for kind, told in KINDS.items()) + ".",
)
@click.option(
    "--state", metavar="PLACE", default="DE", show_default=True, help="From which state acts are seen."
)
@click.option(
    "--workspace", type=click.Path(path_type=Path), help="The workspace; else the nearest one upward."
)
@click.option("--lang", type=click.Choice(["en", "de"]), help="Language of the remarks; titles come in both.")
@exit_on_input_error()
def new(name: str, kind: str, state: str, workspace: Path | None, lang: str | None) -> None:
    """Write a pack of your own into packs/NAME of the workspace. It loads, its cases pass, and remarks in it say
    what to fill in. Nothing that is there is overwritten.
    """
    root = workspace or Workspace.find()
    settings = read_settings(root)
    language = lang or settings.language
    speak(language)
    folder = root / "packs" / name
    if folder.is_relative_to(Path.cwd()):
        folder = folder.relative_to(Path.cwd())
    if not NAME.fullmatch(name):
        raise InputError(
            Problem(
                Where(name), "can be no name of a pack", "use small letters, digits and `-`, e.g. house-rules"
            )
        )
    if folder.exists():
        raise InputError(Problem(Where(str(folder)), "is there already", "choose another name"))
    if name in pack_sources(root, settings):
        raise InputError(
            Problem(Where(name), "is the name of a pack that is there already", "choose another name")
        )
    place = country(state)
    if place is None:
        raise InputError(
            Problem(Where("--state"), f"`{state}` is no country", "give its code or name, e.g. DE")
        )
    # The one place where this command looks at the clock.
    today = date.today()  # noqa: DTZ011 - a day in the user's own zone
    files = draft(kind, name, state=place, firm=settings.name, language=language, today=today)
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    click.echo(_("%(folder)s holds a pack to begin with:") % {"folder": folder})
    for path in files:
        click.echo(f"  {path}")
    if settings.packs is not None:
        click.echo(
            _("Add `%(name)s` to `packs` in %(file)s, else it is not in use.")
            % {"name": name, "file": SETTINGS}
        )
    told = shlex.quote(str(folder))
    click.echo(_("Next: fill in what is marked with <-, and then"))
    click.echo(f"  lastword examples {told}/cases/{name}.yaml")
    click.echo(f"  lastword pack check {name}")
    click.echo(_("The guide for this is docs/own-pack.md."))
