"""``lastword demo``: real questions to workspaces that come with Lastword, a case, and what to type next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

import lastword
from lastword.answers.text import tell
from lastword.answers.told.page import Block, page
from lastword.cli.ask import style_of, terminal_width
from lastword.cli.asking import asked, quoted
from lastword.cli.demo_case import BUNDLE, POLICY, Step, practised
from lastword.cli.errors import exit_on_input_error
from lastword.errors import InputError, Problem, Where
from lastword.texts import _, speak

if TYPE_CHECKING:
    from lastword.workspace import Workspace

MOST_LINES: Final = 4
_SHOWN: Final = ("verdict", "forbidden", "yes", "why", "covered", "open")
VERIFY_LINES: Final = 4
_DAY: Final = "2025-08-24"


@click.command("demo")
@click.option("--lang", type=click.Choice(["en", "de"]), default="en", help="Language of the answers.")
@exit_on_input_error()
def demo(lang: str) -> None:
    """Ask real questions of workspaces that come with Lastword, and take a case from request to licence."""
    speak(lang)
    from lastword.workspace import Workspace

    examples = examples_folder()
    civil, reported = examples / "optical-instrument", examples / "long-range-2025"
    click.echo(
        _("Six questions are asked of two workspaces, then a case is decided and checked; it takes a moment.")
    )
    click.echo()
    click.echo(
        _("1. A German maker of an optical instrument with foreign parts (firm and product are invented).")
    )
    opened = Workspace.open(civil)
    for to, use in (("CH", "civil"), ("IN", "civil"), ("CN", "civil"), ("AE", "military")):
        typed = {
            "act": "export",
            "from_": "DE",
            "to": to,
            "end_use": use,
            "as_of": "2026-11-22",
            "known": "2026-11-22",
        }
        _ask(opened, civil, "IRM-640", typed, lang)
    click.echo()
    click.echo(
        _("2. Who had to consent to the use of long-range weapons, as the press reported in August 2025.")
    )
    opened = Workspace.open(reported)
    for thing in ("storm-shadow", "taurus"):
        typed = {"act": "use", "from_": "UA", "to": "RU", "as_of": _DAY, "known": _DAY}
        _ask(opened, reported, thing, typed, lang)
    click.echo()
    click.echo(
        _(
            "3. From a request to a licence: an invented maker and an invented desk, in a record to practise with."
        )
    )
    verified = practised(examples / "licensing-desk", _tell_step)
    click.echo()
    click.echo(
        _(
            "The case is handed to a stranger, who trusts the key of the record and a witness, and nobody else:"
        )
    )
    _show(["lastword", "verify", BUNDLE, "--policy", POLICY])
    click.echo("\n".join(verified.splitlines()[:VERIFY_LINES]))
    click.echo()
    click.echo(_("Every answer above is cut short. In full, with the reasons:"))
    where = quoted(["--workspace", str(_shortest(civil))])
    click.echo(f"  lastword ask IRM-640 {where} --act export --from DE --to CN --end-use civil")
    click.echo(_("With every rule, fact and source: the same with --why."))
    click.echo(_("The record of the demo is gone; docs/cases.md makes one that stays, to be typed along."))
    click.echo(_("Then a workspace of your own:"))
    click.echo("  lastword init my-firm")


def examples_folder() -> Path:
    """Return the folder with the bundled workspaces: of the checkout, else of the installed package."""
    package = Path(lastword.__file__).parent
    for folder in (package.parents[1] / "examples", package / "example_workspaces"):
        if (folder / "long-range-2025" / "lastword.toml").is_file():
            return folder
    raise InputError(
        Problem(
            Where("examples"),
            "the workspaces that come with Lastword are not there",
            "install Lastword again",
        )
    )


def _ask(opened: Workspace, workspace: Path, thing: str, typed: dict[str, Any], lang: str) -> None:
    options = {"from_": "from", "as_of": "as-of", "end_use": "end-use"}
    words = ["lastword", "ask", thing, "--workspace", str(_shortest(workspace))]
    for name, value in (typed | ({} if lang == "en" else {"lang": lang})).items():
        words += [f"--{options.get(name, name)}", value]
    everything = {
        "thing": thing,
        "workspace": workspace,
        "act": None,
        "from_": None,
        "to": None,
        "end_use": None,
        "end_use_text": "",
        "end_user": None,
        "parties": (),
        "route": None,
        "value": None,
        "quantity": None,
        "circumstance": "sale",
        "as_of": None,
        "known": None,
        "standing": None,
        "strict": False,
        "with_files": (),
        "lang": lang,
        **typed,
    }
    click.echo()
    _show(words)
    answer = asked(today=date.fromisoformat(typed["known"]), opened=opened, **everything).answer()
    blocks = [_cut(block) for block in tell(answer) if block.kind in _SHOWN]
    click.echo(page(blocks, width=terminal_width(), style=style_of(answer.outcome)).rstrip("\n"))


def _tell_step(step: Step, said: str) -> None:
    if step.said:
        click.echo()
        click.echo(_(step.said))
    _show(["lastword", *step.command, "--as", step.person])
    click.echo("\n".join(said.splitlines()[: step.most]))


def _show(words: Sequence[str]) -> None:
    """Show a command as it is typed."""
    line = f"$ {quoted(words)}"
    click.echo(click.style(line, bold=True) if terminal_is_there() else line)


def terminal_is_there() -> bool:
    """Say whether a person is watching."""
    import sys

    return sys.stdout.isatty()


def _cut(block: Block) -> Block:
    return Block(block.label, block.lines[:MOST_LINES], block.kind)


def _shortest(folder: Path) -> Path:
    """Return the path as it is shortest to type from here."""
    try:
        return folder.relative_to(Path.cwd())
    except ValueError:
        return folder
