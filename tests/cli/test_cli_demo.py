"""``lastword demo``: the main job on a fresh machine."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def shown() -> str:
    """Return what the demo prints."""
    from click.testing import CliRunner

    from lastword.cli.main import main

    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_demo_asks_both_bundled_workspaces_and_gets_different_answers(shown: str) -> None:
    """A civil product and the reference case; free, consent and unknown all occur."""
    for word in ("IRM-640", "storm-shadow", "FREE", "CONSENT NEEDED", "UNKNOWN"):
        assert word in shown


def test_what_the_demo_shows_as_typed_can_be_typed(run: Run, shown: str) -> None:
    """A command of the demo, typed, gives the verdict that the demo shows."""
    lines = shown.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("$ lastword ask storm-shadow"))
    result = run(*shlex.split(lines[at])[2:])
    assert result.output.splitlines()[0] == lines[at + 1]


def test_the_demo_says_what_to_type_next(shown: str) -> None:
    """It ends with commands."""
    assert "lastword init my-firm" in shown.splitlines()[-1]


def test_the_demo_says_at_once_what_it_does_and_wastes_no_lines(shown: str) -> None:
    """The first line says what is coming; no two empty lines follow one another."""
    assert shown.startswith("Six questions are asked")
    assert "\n\n\n" not in shown


def test_the_demo_speaks_german(run: Run) -> None:
    """--lang de."""
    result = run("demo", "--lang", "de")
    assert result.exit_code == 0
    assert "ZUSTIMMUNG NÖTIG" in result.output
