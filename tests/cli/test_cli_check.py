"""``lastword check``: everything wrong at once, or what the workspace holds and lacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_a_sound_workspace_says_what_it_holds_and_lacks(run: Run, small: Path) -> None:
    """Exit code 0, with the number of packs, things and gaps."""
    result = run("check", small)
    assert result.exit_code == 0, result.output
    assert "Nothing is wrong in small" in result.output
    assert "4 packs" in result.output
    assert "3 things, of them 2 parts" in result.output
    assert "country of origin 1" in result.output


def test_the_summary_comes_in_german(run: Run, small: Path) -> None:
    """--lang de gives the same in German."""
    result = run("check", small, "--lang", "de")
    assert result.exit_code == 0
    assert "Kein Fehler in small" in result.output
    assert "Ursprungsland 1" in result.output


def test_settings_packs_and_facts_are_told_together(run: Run, small: Path) -> None:
    """A wrong setting, a broken pack and a wrong fact each get a line with file and line; exit code 2."""
    (small / "lastword.toml").write_text('nmae = "small"\n', encoding="utf-8")
    pack = small / "packs" / "ours"
    (pack / "rules").mkdir(parents=True)
    (pack / "pack.yaml").write_text(
        'id: ours\ntitle: {en: "Ours", de: "Unseres"}\nstate: "DE"\n', encoding="utf-8"
    )
    rule = "rules:\n- id: OURS\n  kind: consent\n  title: {en: a, de: a}\n"
    (pack / "rules" / "ours.yaml").write_text(rule, encoding="utf-8")
    (small / "facts" / "more.yaml").write_text(
        'things:\n  box:\n    name: box\n    orign: "DE"\n    contains: [{thing: lenss}]\n', encoding="utf-8"
    )
    result = run("check", small)
    assert result.exit_code == 2
    errors = result.stderr.splitlines()
    assert any("lastword.toml" in error and "did you mean `name`?" in error for error in errors)
    assert any("rules/ours.yaml:2" in error and "citation" in error for error in errors)
    assert any("facts/more.yaml:4" in error and "`origin`" in error for error in errors)
    assert any("facts/more.yaml:5" in error and "`lens`" in error for error in errors)
    assert errors[-1] == f"{len(errors) - 1} things are wrong"


def test_a_folder_that_is_no_workspace_is_said_so(run: Run, tmp_path: Path) -> None:
    """The error tells how to make one."""
    result = run("check", tmp_path)
    assert result.exit_code == 2
    assert "lastword init" in result.stderr


def test_both_bundled_workspaces_are_sound(run: Run, reported: Path) -> None:
    """What comes with Lastword has no mistake."""
    for folder in sorted(path.parent for path in reported.parent.glob("*/lastword.toml")):
        result = run("check", folder)
        assert result.exit_code == 0, result.output
