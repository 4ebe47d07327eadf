"""``lastword rules`` and ``lastword rule``: what the packs hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result

from lastword.answers.told.page import page
from lastword.cli.rule_page import Entry, entry_page
from lastword.texts import speaking
from lastword.workspace import BUNDLED, open_book, pack_folders

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run outside any workspace: all packs that come with Lastword are shown."""
    monkeypatch.chdir(tmp_path)


def test_rules_lists_every_rule_with_its_citation(run: Run) -> None:
    """Id, kind, read or reported, in force; below it, on at most 80 columns, title and citation."""
    result = run("rules", "--pack", "reported-2025", "--as-of", "2025-08-24")
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.output.splitlines() if line.strip().startswith("REVIEW-2025")]
    assert "consent" in line
    assert "reported" in line
    assert "in force" in line
    assert "[A US newspaper citing US officials, 2025-08-23]" in " ".join(result.output.split())
    assert max(len(line) for line in run("rules").output.splitlines()) <= 80


def test_the_day_decides_what_is_in_force(run: Run) -> None:
    """On a day inside its estimated start a rule is uncertain, before it not yet in force."""
    for day, state in (("2024-01-01", "not yet"), ("2025-04-01", "uncertain"), ("2025-07-01", "in force")):
        result = run("rules", "--pack", "reported-2025", "--as-of", day)
        (line,) = [line for line in result.output.splitlines() if line.strip().startswith("REVIEW-2025")]
        assert state in line


def test_rule_tells_everything_about_it(run: Run) -> None:
    """Title, citation, who must say yes, who lifts it, the limit's table with values in force, and the cases."""
    result = run("rule", "EAR-DM25", "--as-of", "2026-11-01", "--all")
    assert result.exit_code == 0, result.output
    words = " ".join(result.output.split())
    assert "15 CFR 734.4(d)" in words
    assert "read in full on 24 September 2026" in words
    assert "a share equal to it is free" in words
    assert "IR: 0.1" in words
    assert "EAR-DM25-1: Exactly 25 percent" in words


def test_what_a_rule_rests_on_is_folded_until_it_is_asked_for(run: Run) -> None:
    """The rule itself fits on one screen; terms, tables and cases are counted, and --all lists them."""
    result = run("rule", "EAR-DM25", "--as-of", "2026-11-01")
    words = " ".join(result.output.split())
    assert "a share equal to it is free" in words
    assert "lastword rule EAR-DM25 --all lists them" in words
    assert len(result.output.splitlines()) <= 30


def test_the_id_of_a_pack_leads_to_its_list(run: Run) -> None:
    """`lastword rule us-ear` says how to list the pack."""
    result = run("rule", "us-ear")
    assert result.exit_code == 2
    assert "lastword rules --pack us-ear" in result.stderr


def test_rule_tells_what_nobody_read(run: Run) -> None:
    """A rule with an unread part says which."""
    unread = next(rule for rule in open_book(None).rules.values() if rule.unread is not None)
    assert unread.unread is not None
    result = run("rule", unread.id)
    words = " ".join(result.output.split())
    assert "Not read" in words
    assert " ".join(unread.unread.what["en"].split()) in words


def test_terms_and_tables_can_be_looked_up_too(run: Run) -> None:
    """`rule` also takes the id of a term and of a table."""
    assert "a term of other rules" in " ".join(run("rule", "long_range_use").output.split())
    assert "IR: 0.1" in run("rule", "de_minimis").output


def test_a_misspelt_id_gets_a_suggestion(run: Run) -> None:
    """Rule and pack ids are corrected; exit code 2."""
    rule, pack = run("rule", "EAR-DM52"), run("rules", "--pack", "us-aer")
    assert rule.exit_code == pack.exit_code == 2
    assert "did you mean `EAR-DM25`?" in rule.stderr
    assert "did you mean `us-ear`?" in pack.stderr


def test_rules_speak_german(run: Run) -> None:
    """--lang de gives titles and words in German."""
    result = run("rule", "REVIEW-2025", "--lang", "de")
    assert "Das US-Verteidigungsministerium prüft jeden Einsatz" in " ".join(result.output.split())
    assert "muss zustimmen: Verteidigungsminister der Vereinigten Staaten" in " ".join(result.output.split())


def test_every_rule_can_be_told() -> None:
    """No rule, term or table of any pack makes the telling fall over, in either language."""
    book = open_book(None, [folder.name for folder in pack_folders(BUNDLED)])
    for language in ("en", "de"):
        with speaking(language):
            for pack in book.packs:
                entries: list[Entry] = [*pack.rules, *pack.terms, *pack.tables, *pack.lines]
                for entry in entries:
                    assert page(entry_page(book, entry, date(2026, 11, 1), [])).startswith(entry.id)
