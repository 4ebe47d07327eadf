"""``lastword demo``: the main job on a fresh machine."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

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


def test_the_demo_takes_a_case_from_the_request_to_a_bundle_that_a_stranger_can_check(shown: str) -> None:
    """Advice with a condition, a decision, a countersignature that is not one's own, a use of the licence, and the check."""
    lines = shown.splitlines()
    asked = [line for line in lines if line.startswith(("$ lastword case", "$ lastword licence"))]
    assert [line.split()[3] for line in asked] == [
        *("file", "advise", "advise", "advise", "decide", "countersign", "countersign", "use", "use")
    ]
    after = {line: lines[number + 1] for number, line in enumerate(lines) if line in asked}
    assert "approval with a proviso" in after[asked[1]]
    assert after[asked[5]].startswith("refused (")
    assert after[asked[8]].startswith("refused (not_enough)")
    at = lines.index("$ lastword verify case.zip --policy policy")
    assert lines[at + 1] == "VERIFIED: case.zip"


def test_the_demo_leaves_nothing_behind(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record, keys and bundle are gone with it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "temporary").mkdir()
    assert run("demo").exit_code == 0
    assert not list((tmp_path / "temporary").iterdir())
    assert not (tmp_path / "state").exists()


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
