"""``lastword settle``: write down what is open, one file per who can answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from lastword.answers.settle import outcome_word
from lastword.answers.told.letter import letters
from lastword.cli.asking import asked, question_options
from lastword.cli.errors import exit_on_input_error
from lastword.errors import InputError, Problem, Where
from lastword.texts import _, several


@click.command("settle")
@question_options
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path("letters"), show_default=True,
              help="The folder for the letters.")  # fmt: skip
@click.option("--replace", "may_replace", is_flag=True, help="Write over letters of an earlier run.")
@exit_on_input_error()
def settle(into: Path, may_replace: bool, **typed: Any) -> None:
    """Write letters and forms for what is open in the question about THING (options as for `ask`).

    A supplier or maker gets a letter and a declaration to fill in, which `lastword import` reads back; an
    authority a letter; you a form for what you have to judge yourself.
    """
    # The one place where this command looks at the clock.
    question = asked(today=date.today(), **typed)  # noqa: DTZ011 - a day in the user's own zone
    answer = question.answer()
    found = letters(answer)
    if not found:
        click.echo(
            _("Nothing is open: %(outcome)s. No letter was written.")
            % {"outcome": outcome_word(answer.outcome)}
        )
        return
    files = {
        into / f"{letter.stem}.{ending}": content for letter in found for ending, content in letter.files
    }
    there = sorted(path for path in files if path.exists())
    if there and not may_replace:
        raise InputError(
            Problem(Where(str(path)), "is there already", "name another folder with --into, or say --replace")
            for path in there
        )
    into.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        path.write_text(content, encoding="utf-8")
    click.echo(several("%(n)d letter written:", "%(n)d letters written:", len(found)))
    for letter in found:
        names = ", ".join(str(into / f"{letter.stem}.{ending}") for ending, _content in letter.files)
        click.echo(f"  {letter.to}: {names}")
    tables = [
        into / f"{letter.stem}.csv"
        for letter in found
        if any(ending == "csv" for ending, _content in letter.files)
    ]
    if tables:
        words = {"file": tables[0], "workspace": typed["workspace"] or "."}
        click.echo(
            _("Next, when it comes back filled in: lastword import %(file)s --into %(workspace)s") % words
        )
