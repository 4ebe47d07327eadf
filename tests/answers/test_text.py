"""The answer as a reader sees it: the important lines of the reference case and of a product with foreign parts."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from lastword import Question, Workspace
from lastword.answers.answer import Answer
from lastword.answers.settle import wording
from lastword.answers.text import tell, text
from lastword.answers.told import phrases
from lastword.answers.told.page import WIDTH, Block, Line, page
from lastword.reach.subject import Missing
from lastword.texts import speaking

EXAMPLES = Path(__file__).parents[2] / "examples"


def use(thing: str, as_of: str, known: str = "2025-08-24") -> Answer:
    """Return the answer on the use of a thing in the reference case."""
    question = Question(thing, "use", "UA", "RU", date.fromisoformat(as_of), date.fromisoformat(known))
    return Workspace.open(EXAMPLES / "long-range-2025").ask(question)


def blocks(answer: Answer, language: str) -> dict[str, str]:
    """Return the text of an answer by label."""
    with speaking(language):
        return {
            block.label: " | ".join(f"{line.text} {line.aside}".strip() for line in block.lines)
            for block in tell(answer)
        }


def test_q1_says_free_and_by_which_permission() -> None:
    """ATACMS on 1 December 2024: the President's consent is covered by the permission of November 2024."""
    english = blocks(use("atacms", "2024-12-01"), "en")
    assert next(iter(english)) == "FREE"
    assert "ATACMS" in english["FREE"]
    assert "1 December 2024" in english["FREE"]
    assert "President of the United States" in english["Covered"]
    assert "permits the use of US long-range missiles" in english["Covered"]
    assert "settled" in english["How firm"]
    german = blocks(use("atacms", "2024-12-01"), "de")
    assert next(iter(german)) == "FREI"
    assert "1. Dezember 2024" in german["FREI"]
    assert "Präsident der Vereinigten Staaten" in german["Abgedeckt"]


def test_q2_shows_the_conflict_and_that_the_stricter_holds() -> None:
    """The permission does not name the review, so it does not cover it."""
    english = blocks(use("atacms", "2025-06-15"), "en")
    assert "it does not name this, so the stricter holds" in english["Conflict"]
    assert "in force since 17 November 2024" in english["Conflict"]
    assert "country of origin: United States" in english["Why"]


def test_q4_says_who_why_how_firm_and_what_would_change_it() -> None:
    """Storm Shadow: the Secretary of Defense, through targeting data; reported; another source would change it."""
    english = blocks(use("storm-shadow", "2025-08-24"), "en")
    assert next(iter(english)) == "CONSENT NEEDED"
    assert english["Must say yes"] == "Secretary of Defense, United States has the last word"
    assert english["Can say no"] == "the same office; nobody else on record"
    assert "Storm Shadow needs the data: US targeting data (United States)" in english["Why"]
    assert "reported, not confirmed: two US officials and one British official" in english["How firm"]
    assert "the British government declined to comment" in english["How firm"]
    assert "counting confirmed facts only, the answer is: unknown" in english["How firm"]
    assert "Government of the United Kingdom" in english["Not settled"]
    assert "another source for US targeting data: then nobody on record" in english["Would change it"]


def test_q4_in_german() -> None:
    """The same lines in German."""
    german = blocks(use("storm-shadow", "2025-08-24"), "de")
    assert next(iter(german)) == "ZUSTIMMUNG NÖTIG"
    assert german["Muss zustimmen"] == "Verteidigungsminister der Vereinigten Staaten hat das letzte Wort"
    assert "benötigt die Daten: Zieldaten der USA (Vereinigte Staaten)" in german["Warum"]
    assert "gemeldet, nicht bestätigt" in german["Wie belastbar"]
    assert "Regierung des Vereinigten Königreichs" in german["Noch offen"]
    assert "eine andere Quelle für Zieldaten der USA" in german["Würde es ändern"]


def test_q6_says_unknown_on_record_free_and_whom_to_ask() -> None:
    """Taurus: nobody on record, but missing facts decide; its maker can answer."""
    english = blocks(use("taurus", "2025-08-24"), "en")
    assert next(iter(english)) == "UNKNOWN"
    assert "nobody on record, but that is not certain" in english["Must say yes"]
    assert "on record: free" in english["How firm"]
    assert "free or consent needed" in english["Could become"]
    assert "ask maker of Taurus" in english["Not settled"]
    assert "does its use depend on data not listed?" in english["Not settled"]
    assert "does its use depend on support not listed?" in english["Not settled"]
    german = blocks(use("taurus", "2025-08-24"), "de")
    assert next(iter(german)) == "UNGEKLÄRT"
    assert "nach Aktenlage: frei" in german["Wie belastbar"]
    assert "hängt ihr Einsatz von nicht genannten Daten ab?" in german["Noch offen"]


def test_q12_gives_the_estimated_start_of_the_rule_as_the_reason() -> None:
    """On a day inside "spring" the question is whether the review had begun."""
    english = blocks(use("atacms", "2025-03-15"), "en")
    assert "It began between 1 March 2025 and 31 May 2025" in english["Not settled"]


def test_remarks_are_recorded_and_said_to_change_nothing() -> None:
    """The spokeswoman's statement stands beside the facts (Q10)."""
    english = blocks(use("storm-shadow", "2025-08-24"), "en")
    assert "No change of military posture has been made" in english["Also said"]
    assert "a remark changes no rule" in english["Also said"]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("thing", ["atacms", "storm-shadow", "taurus", "flamingo"])
def test_the_screen_keeps_to_80_columns_and_one_page(thing: str, language: str) -> None:
    """No line is longer than 80 columns; the default screen has at most 45 lines and no id of a rule or field."""
    with speaking(language):
        shown = text(use(thing, "2025-08-24"))
    assert max(len(line) for line in shown.splitlines()) <= WIDTH
    assert len(shown.splitlines()) <= 45
    for jargon in ("long_range", "needs_data", "REVIEW-2025", "US/secretary", "needed_unless"):
        assert jargon not in shown


def test_the_order_of_the_text_is_that_of_the_json() -> None:
    """Consents come before what is open, then changes, conflicts, assumptions, remarks, the rest and the limits."""
    answer = use("storm-shadow", "2025-08-24")
    keys = list(answer.to_json())
    told = (
        "consents open_questions would_change conflicts assumptions remarks nobody_else not_looked_at".split()
    )
    assert [key for key in keys if key in told] == told
    labels = list(blocks(answer, "en"))
    shown = [
        "Must say yes",
        "Why",
        "Not settled",
        "Would change it",
        "Also said",
        "Nobody else",
        "Not looked at",
    ]
    assert [label for label in labels if label in shown] == shown


# -- shares and words -----------------------------------------------------------------------------------------

CAMERA = """\
source: maker
sources: {maker: {name: "our own records"}}
standing: confirmed
things:
  camera:
    name: camera
    kind: commodity
    origin: "DE"
    value: "1000 EUR"
    eccn: 6A003.b.4.b
    contains: [{thing: core, quantity: 1, unit_price: "281 EUR"}]
    complete: [{list: contains, by: "E. Muster", deep: true}, {list: made_with, by: "E. Muster", deep: true}]
  core: {name: core, kind: commodity, origin: "US", eccn: 6A002.a.3.f, complete: [{list: contains, by: "E. Muster"}]}
"""


def test_a_share_stands_beside_its_limit_with_the_part_that_makes_it(tmp_path: Path) -> None:
    """28.1 % against 25 %, 3.1 points above; the part from elsewhere would change it."""
    (tmp_path / "facts").mkdir()
    (tmp_path / "lastword.toml").write_text('packs = ["us-ear", "us-itar"]\n')
    (tmp_path / "facts" / "camera.yaml").write_text(CAMERA)
    question = Question(
        "camera", "reexport", "DE", "CN", date(2026, 10, 1), date(2026, 10, 1), end_use="civil"
    )
    answer = Workspace.open(tmp_path).ask(question)
    with speaking("en"):
        shown = " ".join(text(answer, every=True).split())
        assert "28.1 % of the value counts; up to 25 % is free; 3.1 points above" in shown
        assert "core: 28.1 % (made in United States, 6A002.a.3.f)" in shown
    with speaking("de"):
        assert "28,1 % des Werts zählen; bis 25 % ist frei; 3,1 Punkte darüber" in " ".join(
            text(answer, every=True).split()
        )


def test_a_share_just_above_its_limit_is_never_rounded_onto_it() -> None:
    """25.0001 % beside 25 % keeps its decimals."""
    with speaking("en"):
        assert phrases.percent(Fraction(250001, 1000000), Fraction(1, 4)) == "25.0001 %"
        assert phrases.percent(Fraction(1, 3), Fraction(1, 4)) == "33.3 %"


def test_days_countries_and_numbers_follow_the_language() -> None:
    """24 August 2025 and 24. August 2025; Türkei; a decimal comma."""
    with speaking("en"):
        assert phrases.day(date(2025, 8, 24)) == "24 August 2025"
    with speaking("de"):
        assert phrases.day(date(2025, 8, 24)) == "24. August 2025"
        assert phrases.country("TR") == "Türkei"
        assert phrases.number(Fraction(5, 2)) == "2,5"


def test_a_long_list_is_folded() -> None:
    """Three names and how many more; one more than that is simply named."""
    with speaking("en"):
        assert phrases.names("abcde") == "a, b, c and 2 more"
        assert phrases.names("abcd") == "a, b, c, d"
        assert phrases.names(["a, b", "c"]) == "a, b; c"


def test_days_and_shares_are_not_torn_apart_and_commands_can_be_copied() -> None:
    """A day stays on one row, an option with its value, and a broken command goes on after a backslash."""
    words = "x" * 50 + " on 24 August 2025"
    rows = page([Block("Why", (Line(words),))]).splitlines()
    assert rows[1].strip().startswith("on") or "24 August 2025" in rows[1]
    command = "lastword settle thing " + " ".join(f"--option-{letter} value-{letter}" for letter in "abcdef")
    rows = page([Block("Next", (Line(command, kept=True),), "next")]).splitlines()
    assert " ".join(row.rstrip("\\").removeprefix("Next").strip() for row in rows if row.strip()) == command
    assert all("--option-" not in row.rstrip("\\").split()[-1] for row in rows if row.strip())


# -- many to ask, a choice of offices, files ---------------------------------------------------------------------


def microscope(to: str) -> Answer:
    """Return the answer on the export of the bundled microscope."""
    day = date(2026, 11, 22)
    question = Question("IRM-640", "export", "DE", to, day, day, end_use="civil", circumstance="sale")
    return Workspace.open(EXAMPLES / "optical-instrument").ask(question)


def test_an_office_that_must_say_yes_anyway_is_not_told_again_as_one_of_a_choice() -> None:
    """To Iran one rule asks for BIS or OFAC and others for each of them: each is named once."""
    answer = microscope("IR")
    told = blocks(answer, "en")
    assert told["Must say yes"].count("Bureau of Industry and Security") == 1
    assert " or " not in told["Must say yes"]
    assert "and questions to" in told["Not settled"], "not everybody is told on the first screen"
    assert "Austria" not in told["Not settled"], "the exporter's own authority is asked"
    assert len([line for line in told["Not settled"].split(" | ") if line.startswith("ask ")]) <= 5
    for question in answer.open_questions:
        assert len(question.facts_text) == len(question.facts)
        assert all("&&" not in words for words in question.facts_text)


def test_the_quickest_reply_is_the_one_that_ends_it_best() -> None:
    """A laser that came for repair goes back free of a licence if its terms are found to be met."""
    day = date(2026, 11, 22)
    question = Question("fibre-laser", "export", "DE", "JP", day, day, end_use="civil", circumstance="sale")
    answer = Workspace.open(EXAMPLES / "gallery").ask(question)
    assert answer.quickest is not None
    assert (answer.quickest.outcome, answer.quickest.ask) == ("free", "you")


def test_an_imported_list_is_named_as_a_document() -> None:
    """A file says nothing like a person does: it stands in the file."""
    assert "in IRM-640.csv" in blocks(microscope("BR"), "en")["How firm"]


def test_a_missing_exchange_rate_is_asked_for_in_words() -> None:
    """The letters of a currency alone are no question."""
    answer = use("taurus", "2025-08-24")
    missing = Missing("rate/USD", "question", "rate", "USD")
    with speaking("en"):
        asked = wording(answer.book, answer.snapshot, [missing])
    assert asked == "the exchange rate of the USD (a line rates: in a facts file)"
