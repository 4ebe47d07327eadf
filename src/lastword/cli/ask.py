"""``lastword ask``: the one question."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from shutil import get_terminal_size
from typing import Any, Final

import click

from lastword.answers.answer import Answer
from lastword.answers.text import text
from lastword.answers.told.page import WIDTH, Style, unstyled
from lastword.answers.view import Withheld, as_seen
from lastword.cli.asking import Asked, asked, question_options
from lastword.cli.errors import exit_on_input_error
from lastword.facts.audience import SEES
from lastword.texts import _

EXIT_CODES: Final = {"free": 0, "pending": 5, "consent": 10, "prohibited": 20, "unknown": 30}
_COLOURS: Final = {
    "free": "green",
    "pending": "yellow",
    "consent": "yellow",
    "prohibited": "red",
    "unknown": "magenta",
}
_NARROWEST: Final = 50
PUBLIC: Final = "public"


@click.command("ask")
@question_options
@click.option("--why", is_flag=True, help="With every rule, fact and source.")
@click.option(
    "--reader",
    type=click.Choice(tuple(SEES)),
    help="As who may see it: public (as the public knew it), party or authority. Left out: everything counts and is shown.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON (docs/answer.schema.json).")
@exit_on_input_error()
def ask(why: bool, reader: str | None, as_json: bool, **typed: Any) -> None:
    """Ask whether THING may go (or be used) from one place to another, and who must say yes.

    Exit code: 0 free, 5 free once a duty is done, 10 consent needed, 20 prohibited, 30 unknown, 2 bad input. With
    --reader public, which asks what was known and opens no use, 30 instead of 0 and 5.
    """
    # The one place where this command looks at the clock.
    question = asked(today=date.today(), reader=reader or "", **typed)  # noqa: DTZ011 - a day in the user's own zone
    answer = question.answer()
    if reader is not None and reader != PUBLIC:
        # Parties and authorities act on it: they get the outcome of all facts, or are told to ask.
        office = question.workspace.settings.name
        seen = as_seen(answer, question.full_answer(), office)
        if isinstance(seen, Withheld):
            if as_json:
                _print_json({**seen.to_json(), "reader": reader})
            else:
                click.echo(
                    _("Unknown: what you may see does not decide it. Ask %(office)s.") % {"office": office}
                )
            raise SystemExit(EXIT_CODES[seen.outcome])
    if as_json:
        _print_json({**answer.to_json(), "reader": reader} if reader is not None else answer.to_json())
    else:
        if reader == PUBLIC:
            known = question.question.known.isoformat()
            click.echo(
                _("As the public knew it on %(day)s. This asks what was known; it opens no use.")
                % {"day": known}
            )
            click.echo()
        click.echo(
            text(
                answer,
                every=why,
                following=list(following(question, answer, why=why)),
                width=terminal_width(),
                style=style_of(answer.outcome),
            ),
            nl=False,
        )
    code = EXIT_CODES[answer.outcome]
    if reader == PUBLIC and answer.outcome in ("free", "pending"):
        code = EXIT_CODES["unknown"]
    raise SystemExit(code)


def _print_json(data: dict[str, Any]) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def following(question: Asked, answer: Answer, *, why: bool = False) -> Iterator[tuple[str, str]]:
    """Return the commands that a reader may want next, and what each does."""
    if not why:
        yield _("the same with --why"), _("every rule, fact and source")
    if answer.open_questions:
        yield f"lastword settle {question.typed}", _("writes the letters that ask")
    named = [
        *answer.verdict.prohibitions,
        *(need.clause.rule for need in answer.consents if need.rule is not None),
    ]
    if named:
        yield f"lastword rule {named[0]}", _("the rule itself")


def style_of(outcome: str) -> Style:
    """Return how parts are coloured on a terminal; a pipe gets plain text."""
    if not sys.stdout.isatty():
        return unstyled

    def coloured(words: str, part: str) -> str:
        return (
            click.style(words, fg=_COLOURS[outcome], bold=True)
            if part == "verdict"
            else click.style(words, bold=True)
        )

    return coloured


def terminal_width() -> int:
    """Return 80 columns, or fewer on a narrow terminal."""
    if not sys.stdout.isatty():
        return WIDTH
    return max(_NARROWEST, min(WIDTH, get_terminal_size().columns))
