"""``lastword pack check``: what is wrong in packs, and what should be known of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import click

from lastword.answers.told.page import WIDTH
from lastword.cli.commands import collect_garbage
from lastword.cli.errors import exit_on_input_error
from lastword.cli.pack_folder import packs_named
from lastword.cli.rules import wrapped
from lastword.texts import _, chosen, several, speak
from lastword.upkeep.check import check_packs
from lastword.upkeep.finding import Finding
from lastword.workspace import nearest, read_settings

WRONG = 1


@click.command("check")
@click.argument("packs", metavar="[PACK|FOLDER]...", nargs=-1)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    help="With the packs of this workspace; else the nearest one upward, if there is one.",
)
@click.option("--no-cases", "without_cases", is_flag=True, help="Do not run the worked cases.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def check(
    packs: tuple[str, ...], workspace: Path | None, without_cases: bool, as_json: bool, lang: str | None
) -> None:
    """Say what is wrong in packs, and what is to note.

    Looked for: rules without citation, day or cases; gaps and overlaps in tables and terms; rules that can never
    apply; tables that are old or out of their days. The worked cases are run, which for all packs takes minutes.

    PACK is the id of a pack, FOLDER one that holds a pack.yaml; without either all packs in use are checked.

    Exit code 0 if nothing is wrong (there may be things to note), 1 if anything is.
    """
    root = workspace or nearest()
    speak(lang or (read_settings(root).language if root is not None else "en"))
    book, folders, ids = packs_named(root, packs)
    collect_garbage()
    titles = {pack.id: pack for pack in book.packs}
    # The one place where this command looks at the clock.
    today = date.today()  # noqa: DTZ011 - a day in the user's own zone
    found: list[Finding] = []
    for ident, findings in check_packs(book, folders, ids, today, cases=not without_cases):
        found += findings
        if not as_json:
            for line in _told(f"{ident}: {chosen(titles[ident].title)}", findings):
                click.echo(line)
    wrong = sum(one.wrong for one in found)
    if as_json:
        totals = {"wrong": wrong, "note": len(found) - wrong}
        told = {"packs": list(ids), "findings": [one.to_json() for one in found], "totals": totals}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo(_sum(ids, wrong, len(found) - wrong))
    raise SystemExit(WRONG if wrong else 0)


def _told(head: str, findings: Sequence[Finding]) -> Iterator[str]:
    yield wrapped(head, "")
    if not findings:
        yield "  " + _("nothing found")
    for one in findings:
        level = _("wrong") if one.wrong else _("to note")
        place = f"  {level:<10} {one.where}"
        about = f"  {one.about}" if one.about else ""
        yield place + about if len(place + about) <= WIDTH or not about else f"{place}\n     {about}"
        yield wrapped(one.what, "             ")


def _sum(ids: Sequence[str], wrong: int, note: int) -> str:
    words = {
        "packs": several("%(n)d pack", "%(n)d packs", len(ids)),
        "wrong": several("%(n)d thing is wrong", "%(n)d things are wrong", wrong) if wrong else _("nothing is wrong"),
        "note": several("%(n)d thing to note", "%(n)d things to note", note) if note else _("nothing to note"),
    }  # fmt: skip
    return _("%(packs)s checked: %(wrong)s, %(note)s.") % words
