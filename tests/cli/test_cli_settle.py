"""``lastword settle``: letters and forms for what is open."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from lastword.workspace import open_book

Run = Callable[..., Result]
EXPORT = ("--act", "export", "--from", "DE", "--to", "IN", "--end-use", "civil", "--as-of", "2026-11-22")
USE = ("--act", "use", "--from", "UA", "--to", "RU", "--as-of", "2025-08-24", "--known", "2025-08-24")


def test_a_supplier_gets_a_letter_and_a_table_to_fill_in(run: Run, small: Path, tmp_path: Path) -> None:
    """The table asks for what is not known of the supplier's part, and names nobody's customer."""
    letters = tmp_path / "letters"
    words = ("--end-user", "Secret Customer Ltd", "--into", letters)
    result = run("settle", "tc-4", "--workspace", small, *EXPORT, *words)
    assert result.exit_code == 0, result.output
    letter = (letters / "optik-beispiel-gmbh.txt").read_text(encoding="utf-8")
    assert letter.startswith("To: Optik Beispiel GmbH")
    assert "country of origin" in letter
    assert "Secret Customer" not in letter
    assert "Why we ask" in letter
    for part in ("Dear Sir or Madam,", "Date: ___", "Please reply by ___", "Yours faithfully,"):
        assert part in letter
    assert "is it published?" in letter, "what yes or no answers is asked as a question"
    with (letters / "optik-beispiel-gmbh.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["scope"] for row in rows} == {"lens"}
    assert {row["value"] for row in rows} == {""}, "nobody is made to sign what was filled in for him"


def test_a_filled_in_table_comes_back_by_import(run: Run, small: Path, tmp_path: Path) -> None:
    """What settle writes, filled in, is what import reads; the questions are then fewer."""
    first, second = tmp_path / "first", tmp_path / "second"
    run("settle", "tc-4", "--workspace", small, *EXPORT, "--into", first)
    path = first / "optik-beispiel-gmbh.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    fields = open_book(small, ["eu-dual-use", "us-ear", "us-itar", "de"]).fields
    for row in rows:
        kind = fields[row["term"]].kind if row["term"] in fields else ""
        row["value"] = "DE" if kind == "place" else "no" if kind == "yes-no" else "none"
        row["signed_by"] = "O. Ptik"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    imported = run("import", path, "--into", small)
    assert imported.exit_code == 0, imported.output
    again = run("settle", "tc-4", "--workspace", small, *EXPORT, "--known", "2030-01-01", "--into", second)
    assert again.exit_code == 0, again.output
    assert not (second / "optik-beispiel-gmbh.csv").exists()


def test_what_the_asker_must_judge_comes_as_a_form_that_claims_nothing(
    run: Run, small: Path, tmp_path: Path
) -> None:
    """Every finding stands behind a sign #, so the form as written changes no answer."""
    letters = tmp_path / "letters"
    run("settle", "tc-4", "--workspace", small, *EXPORT, "--into", letters)
    form = (letters / "you.yaml").read_text(encoding="utf-8")
    after = form.split("findings:\n", 1)[1]
    assert "shown:" in after
    assert all(line.startswith("#") for line in after.splitlines())


def test_a_thing_that_nobody_supplied_is_the_askers_own(run: Run, small: Path, tmp_path: Path) -> None:
    """No letter goes to "the maker of" the product asked about: its maker asks, and gets its table with the findings."""
    letters = tmp_path / "letters"
    result = run("settle", "tc-4", "--workspace", small, *EXPORT, "--into", letters)
    assert "maker of Thermal camera" not in result.output
    with (letters / "you.csv").open(encoding="utf-8", newline="") as file:
        assert {row["scope"] for row in csv.DictReader(file)} == {"tc-4"}
    assert "import you.csv" in (letters / "you.txt").read_text(encoding="utf-8")


def test_an_authority_gets_a_letter_in_german(run: Run, reported: Path, tmp_path: Path) -> None:
    """The question whether the United Kingdom asks for its own consent goes to its government."""
    letters = tmp_path / "briefe"
    result = run("settle", "storm-shadow", "--workspace", reported, *USE, "--into", letters, "--lang", "de")
    assert result.exit_code == 0, result.output
    (letter,) = letters.iterdir()
    text = letter.read_text(encoding="utf-8")
    assert "Regierung des Vereinigten Königreichs" in text
    assert "Betreff: Frage zur Exportkontrolle" in text


def test_nothing_is_overwritten_silently(run: Run, reported: Path, tmp_path: Path) -> None:
    """A letter that is there already stops the command; --replace says that it may be written over."""
    words = ("settle", "storm-shadow", "--workspace", reported, *USE, "--into", tmp_path / "letters")
    assert run(*words).exit_code == 0
    (letter,) = (tmp_path / "letters").iterdir()
    letter.write_text("mine", encoding="utf-8")
    again = run(*words)
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    assert letter.read_text(encoding="utf-8") == "mine"
    assert run(*words, "--replace").exit_code == 0
    assert letter.read_text(encoding="utf-8") != "mine"


def test_where_nothing_is_open_nothing_is_written(run: Run, reported: Path, tmp_path: Path) -> None:
    """A settled answer needs no letter, and settle says so."""
    words = ("--act", "use", "--from", "UA", "--to", "RU", "--as-of", "2024-12-01", "--known", "2025-08-24")
    result = run("settle", "atacms", "--workspace", reported, *words, "--into", tmp_path / "letters")
    assert result.exit_code == 0
    assert "Nothing is open: free" in result.output
    assert not (tmp_path / "letters").exists()
