"""``lastword examples``: run official worked examples against the packs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from lastword.cli.commands import collect_garbage
from lastword.cli.errors import exit_on_input_error
from lastword.examples import Outcome, read_examples, run
from lastword.workspace import SETTINGS, Settings, open_book, pack_sources, read_settings


@click.command("examples")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--workspace", type=click.Path(path_type=Path), metavar="DIR", help="Its own packs count as well. Left "
              "out: the workspace in whose packs/ the first file lies, if any.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
@exit_on_input_error()
def examples(files: tuple[Path, ...], workspace: Path | None, as_json: bool) -> None:
    """Run worked examples (docs/examples.md) against all bundled packs, and those of a workspace.

    Exit code 0 if all passed, 1 if any failed or stayed unknown, 2 if a file is bad.
    """
    read = [example for file in files for example in read_examples(file)]
    root = workspace or _workspace_of(files[0])
    settings = read_settings(root) if root is not None else Settings()
    book = open_book(root, list(pack_sources(root, settings)), settings=settings)
    collect_garbage()
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


def _workspace_of(file: Path) -> Path | None:
    """Return the workspace whose folder ``packs/`` holds ``file``, or None."""
    path = file.resolve()
    found = next((folder for folder in path.parents if (folder / SETTINGS).is_file()), None)
    return found if found is not None and path.is_relative_to(found / "packs") else None
