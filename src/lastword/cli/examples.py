"""``lastword examples``: run official worked examples against the packs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from lastword.cli.errors import exit_on_input_error
from lastword.examples import Outcome, read_examples, run
from lastword.workspace import BUNDLED, open_book, pack_folders


@click.command("examples")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
@exit_on_input_error()
def examples(files: tuple[Path, ...], as_json: bool) -> None:
    """Run worked examples (docs/examples.md) against all bundled packs.

    Exit code 0 if all passed, 1 if any failed or stayed unknown, 2 if a file is bad.
    """
    read = [example for file in files for example in read_examples(file)]
    book = open_book(None, [folder.name for folder in pack_folders(BUNDLED)])
    today = datetime.now(UTC).date()
    outcomes: list[Outcome] = []
    for example in read:
        outcome = run(book, example, today=today)
        outcomes.append(outcome)
        if not as_json:
            click.echo(outcome.line)
    passed = sum(outcome.verdict == "passed" for outcome in outcomes)
    failed = len(outcomes) - passed
    if as_json:
        found = [outcome.to_json() for outcome in outcomes]
        click.echo(
            json.dumps(
                {"examples": found, "totals": {"passed": passed, "failed": failed}},
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        click.echo(f"{passed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)
