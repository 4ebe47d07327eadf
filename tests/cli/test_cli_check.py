"""``lastword check``: everything wrong at once, or what the workspace holds and lacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
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


def test_a_declaration_that_a_later_list_opened_again_is_told(run: Run, small: Path) -> None:
    """It has no known_from, the list has: so the list came in later."""
    (small / "facts" / "case.yaml").write_text(
        "known_from: 2026-01-02\nthings: {case: {name: case}, tc-4: {contains: [{thing: case}]}}\n",
        encoding="utf-8",
    )
    output = run("check", small).output
    assert "declares `contains` of tc-4 complete but has no known_from" in output
    assert "(facts/case.yaml:2) opens it again" in output


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("pack.yaml", "covers:", "cover:"),
        ("pack.yaml", "acts: [export]", "act: [export]"),
        ("rules/own.yaml", "days: 30", "day: 30"),
        ("rules/own.yaml", "authority: DE/OFFICE", "authority: DE/OFFICE, procedur: x"),
        ("rules/own.yaml", "read: 2026-01-01}", "raed: 2026-01-01}"),
        ("rules/own.yaml", "acts: [export]", "conflict: x"),
    ],
)
def test_a_misspelt_key_of_a_pack_is_told(run: Run, own: Path, file: str, right: str, wrong: str) -> None:
    """In the head, a coverage, a duty, a seat, a citation or a rule."""
    path = own / "packs" / "own" / file
    path.write_text(path.read_text(encoding="utf-8").replace(right, wrong, 1), encoding="utf-8")
    result = run("check", own)
    key = wrong.partition(":")[0] if "procedur" not in wrong else "procedur"
    assert (result.exit_code, f"`{key}` is no key here" in result.stderr) == (2, True)


def test_what_takes_a_permission_away_has_no_claimant(run: Run, own: Path) -> None:
    """Nobody gains by showing it, so it must say burden: none (R9)."""
    path = own / "packs" / "own" / "rules" / "own.yaml"
    more = """\
- id: OWN-NOT
  kind: exception
  title: {en: "Not for large lamps", de: "Nicht für große Lampen"}
  citation: {text: "Own Act s. 4", read: 2026-01-01}
  lifts: [OWN-GENERAL]
"""
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    result = run("check", own)
    assert result.exit_code == 2
    assert "`OWN-NOT` lifts `OWN-GENERAL`" in result.stderr
    assert "write burden: none" in result.stderr
    path.write_text(path.read_text(encoding="utf-8") + "  burden: none\n", encoding="utf-8")
    assert run("check", own).exit_code == 0


CASE = """\
examples:
- id: OWN-1
  title: "A lamp leaves"
  authority: official_text_applied
  regime: [OWN-CONSENT]
  as_of: 2026-02-01
  item: {name: lamp, kind: commodity, made_in: "DE"}
  content: []
  move: {act: export, from: "DE", to: "IN", end_use: military}
  expect:
    consents: [{by: "Lamp Office", state: "DE", basis: OWN-CONSENT, needed: true}]
  reason: "s. 1"
"""


def test_the_cases_of_a_workspaces_own_pack_are_asked_of_that_pack(
    run: Run, own: Path, tmp_path: Path
) -> None:
    """By where the file lies, or by --workspace; elsewhere only the bundled packs count."""
    inside = own / "packs" / "own" / "cases" / "own.yaml"
    inside.parent.mkdir()
    elsewhere = tmp_path / "own.yaml"
    for path in (inside, elsewhere):
        path.write_text(CASE, encoding="utf-8")
    assert run("examples", inside).exit_code == 0
    assert run("examples", elsewhere, "--workspace", own).exit_code == 0
    assert run("examples", elsewhere).exit_code == 1
    assert run("examples", inside, "--workspace", tmp_path).exit_code == 2
