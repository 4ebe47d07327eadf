"""``lastword ask``: what is typed, what comes out, and the exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
REVIEW_DAYS = ("--act", "use", "--from", "UA", "--to", "RU", "--known", "2025-08-24", "--as-of")
EXPORT = ("--act", "export", "--from", "DE", "--to", "IN", "--end-use", "civil", "--as-of", "2026-11-22")


@pytest.mark.parametrize(
    ("thing", "as_of", "code", "verdict"),
    [
        ("atacms", "2024-12-01", 0, "FREE"),
        ("atacms", "2025-06-15", 10, "CONSENT NEEDED"),
        ("taurus", "2025-08-24", 30, "UNKNOWN"),
    ],
)
def test_the_exit_code_says_the_outcome(
    run: Run, reported: Path, thing: str, as_of: str, code: int, verdict: str
) -> None:
    """0 is free, 10 is consent, 30 is unknown; the first word says the same."""
    result = run("ask", thing, "--workspace", reported, *REVIEW_DAYS, as_of)
    assert result.exit_code == code
    assert result.output.startswith(verdict)


LAMP = ("--act", "export", "--from", "DE", "--to", "IN", "--as-of", "2026-11-22", "--known", "2026-11-22")


def test_a_duty_before_makes_it_pending_until_somebody_says_that_it_is_done(
    run: Run, own: Path, tmp_path: Path
) -> None:
    """Exit code 5 with the duty named; 0 once a finding says that it was done."""
    words = ("ask", "lamp", "--workspace", own, *LAMP, "--end-use", "civil")
    result = run(*words)
    assert result.exit_code == 5, result.output
    said = " ".join(result.output.split())
    assert said.startswith("NOT YET FREE")
    assert "Covered the consent of LO (Germany) is covered by OGL: General licence for civil lamps" in said
    assert "Before register, to LO (Germany), by the exporter, not yet done" in said
    assert "After report, to LO (Germany), by the exporter, within 30 days" in said
    done = tmp_path / "done.yaml"
    done.write_text('findings: [{about: lamp, rule: OWN-GENERAL, done: [register], by: "E. Muster"}]\n')
    again = run(*words, "--with", done)
    assert again.exit_code == 0, again.output
    assert "register, to LO (Germany), by the exporter, done" in " ".join(again.output.split())


def test_what_may_stand_in_for_a_consent_is_told_first_with_what_it_still_needs(run: Run, own: Path) -> None:
    """A general licence that looks open: the finding that a person must make, the duty before; and what is closed."""
    words = ("ask", "lamp", "--workspace", own, *LAMP, "--end-use", "military")
    result = run(*words, "--circumstance", "exhibition")
    said = " ".join(result.output.split())
    assert result.exit_code == 10, result.output
    assert (
        "Without asking FAIR: Lamps for a fair [Own Act s. 4] if it comes back before: tell, to LO (Germany), by the "
        "exporter closed: OGL Must say yes" in said
    )
    opening = json.loads(run(*words, "--circumstance", "exhibition", "--json").output)["openings"][0]
    assert [finding["id"] for finding in opening["findings"]] == ["comes-back"]
    assert [duty["id"] for duty in opening["before"]] == ["tell"]
    sale = " ".join(run(*words).output.split())
    assert "Without asking none is open; closed: FAIR, OGL" in sale


def test_how_long_it_takes_and_which_tables_are_old_is_told(run: Run, own: Path) -> None:
    """The usual time stands with its citation; a table read longer ago than it is stated to last is named."""
    result = run("ask", "lamp", "--workspace", own, *LAMP, "--end-use", "military")
    said = " ".join(result.output.split())
    assert "Usual time 30 working days [Own Act s. 5]" in said
    assert "Out of date Fairs: read on 1 January 2026, 325 days before; stated to last 90 days" in said
    early = (
        "--act",
        "export",
        "--from",
        "DE",
        "--to",
        "IN",
        "--as-of",
        "2026-03-01",
        "--known",
        "2026-03-01",
    )
    young = run("ask", "lamp", "--workspace", own, *early, "--end-use", "military")
    assert "Out of date" not in young.output


def test_what_is_prohibited_says_by_what_and_asks_nobody(run: Run, own: Path) -> None:
    """Exit code 20; the rule that forbids with its citation."""
    result = run("ask", "lamp", "--workspace", own, *LAMP, "--end-use", "nuclear")
    assert result.exit_code == 20, result.output
    said = " ".join(result.output.split())
    assert said.startswith("PROHIBITED")
    assert "Forbidden by No lamps for nuclear use [Own Act s. 3]" in said
    assert "a consent would not help" in said
    assert "Must say yes" not in said


def test_a_german_workspace_answers_in_german(run: Run, own: Path) -> None:
    """Without --lang the language is that of lastword.toml."""
    (own / "lastword.toml").write_text('name = "own"\nlanguage = "de"\npacks = ["own"]\n')
    result = run("ask", "lamp", "--workspace", own, *LAMP, "--end-use", "military")
    assert result.exit_code == 10, result.output
    said = " ".join(result.output.split())
    assert said.startswith(
        "ZUSTIMMUNG NÖTIG Lampe: Ausfuhr Deutschland -> Indien, militärische Endverwendung"
    )
    assert "Muss zustimmen Lampenamt (LA) hat das letzte Wort" in said
    assert "Aussicht wird in der Regel erteilt" in said


def test_the_shell_sees_the_exit_code(reported: Path) -> None:
    """The exit code reaches the shell, from any folder inside the workspace."""
    words = [sys.executable, "-m", "lastword", "ask", "atacms", *REVIEW_DAYS, "2025-06-15"]
    done = subprocess.run(words, cwd=reported / "facts", capture_output=True, text=True, check=False)
    assert done.returncode == 10, done.stderr
    assert "\x1b" not in done.stdout


def test_every_wrong_value_is_named_at_once_with_what_was_meant(run: Run, reported: Path) -> None:
    """Several slips give one line each, with a suggestion, and exit code 2."""
    words = ("--act", "us", "--from", "Ukrane", "--to", "RU", "--end-use", "cvil", "--as-of", "2025-02-30")
    result = run("ask", "storm-shado", "--workspace", reported, *words)
    assert result.exit_code == 2
    errors = result.stderr.splitlines()
    assert len(errors) == 5
    for meant in ("`use`", "`Ukraine`", "`civil`", "`storm-shadow`"):
        assert f"did you mean {meant}?" in result.stderr
    assert "the day `2025-02-30` does not exist" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--party", "acme"), "is not ROLE=NAME"),
        (("--party", "consignees=acme"), "did you mean `consignee`?"),
        (("--party", "consignee=ac-me"), "did you mean `acme`?"),
        (("--party", "consignee=tc-4"), "is a thing, not a party"),
        (("--value", "10000"), "is not an amount"),
        (("--value", "-5USD"), "is negative"),
        (("--value", "5JPY"), "there is no rate for JPY"),
        (("--quantity", "many"), "is not a number"),
        (("--route", "NL,Atlantis"), "`Atlantis` is no country"),
        (("--circumstance", "sail"), "did you mean `sale`?"),
        (("--standing", "confirmd"), "did you mean `confirmed`?"),
        (("--lang", "fr"), "`fr` is no language"),
        (("--with", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_a_bad_value_is_one_clear_error(run: Run, small: Path, words: tuple[str, str], said: str) -> None:
    """A value that cannot be taken is named, and nothing is answered."""
    result = run("ask", "tc-4", "--workspace", small, *EXPORT, *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not result.stdout


def test_from_and_to_are_asked_for(run: Run, small: Path) -> None:
    """A question without places says which option is missing."""
    result = run("ask", "tc-4", "--workspace", small)
    assert result.exit_code == 2
    assert "add --from" in result.stderr
    assert "add --to" in result.stderr


def test_countries_may_be_named_in_words_and_small_letters(run: Run, small: Path) -> None:
    """`Germany`, `deutschland` and `de` are one country."""
    answers = [
        run(
            "ask",
            "tc-4",
            "--workspace",
            small,
            "--from",
            here,
            "--to",
            there,
            "--as-of",
            "2026-11-22",
            "--json",
        )
        for here, there in (("DE", "IN"), ("germany", "Indien"), ("Deutschland", "ind"), ("de", "in"))
    ]
    questions = [json.loads(answer.stdout)["question"] for answer in answers]
    assert all(question == questions[0] for question in questions)


def test_what_the_asker_left_open_is_listed_as_assumed(run: Run, small: Path) -> None:
    """The act, the end use and the occasion that nobody named stand among the assumptions."""
    result = run("ask", "tc-4", "--workspace", small, "--from", "DE", "--to", "IN", "--json")
    kinds = {assumption["kind"] for assumption in json.loads(result.stdout)["assumptions"]}
    assert {"act", "end use", "circumstance"} <= kinds
    named = run("ask", "tc-4", "--workspace", small, *EXPORT, "--circumstance", "sale", "--json")
    kinds = {assumption["kind"] for assumption in json.loads(named.stdout)["assumptions"]}
    assert not kinds & {"act", "end use", "circumstance"}


def test_an_end_user_is_looked_up_in_the_party_lists(run: Run, small: Path) -> None:
    """A name that no list has is shown as an assumption; a party of the facts is found by id or name."""
    result = run("ask", "tc-4", "--workspace", small, *EXPORT, "--end-user", "Nobody In Particular Ltd")
    assert "for Nobody In Particular Ltd" in " ".join(result.stdout.split())
    parties = {}
    for name in ("acme", "Acme Imaging Ltd"):
        result = run("ask", "tc-4", "--workspace", small, *EXPORT, "--end-user", name, "--json")
        parties[name] = json.loads(result.stdout)["question"]["parties"]
    assert parties["acme"] == parties["Acme Imaging Ltd"] == [{"id": "acme", "role": "end_user"}]


def test_facts_read_on_top_change_the_answer_and_nothing_on_disk(run: Run, reported: Path) -> None:
    """With the statement on targeting data withdrawn, Storm Shadow is unknown (Q5)."""
    withdrawn = reported / "what-if" / "f6-withdrawn.yaml"
    before = sorted(path.read_bytes() for path in reported.rglob("*.yaml"))
    words = ("ask", "storm-shadow", "--workspace", reported, *REVIEW_DAYS, "2025-08-24")
    assert run(*words).exit_code == 10
    assert run(*words, "--with", withdrawn).exit_code == 30
    assert sorted(path.read_bytes() for path in reported.rglob("*.yaml")) == before


def test_only_confirmed_facts_can_be_counted(run: Run, reported: Path) -> None:
    """The review is only reported, so with --standing confirmed nobody knows whether it binds (Q11)."""
    result = run(
        "ask", "atacms", "--workspace", reported, *REVIEW_DAYS, "2025-08-24", "--standing", "confirmed"
    )
    assert result.exit_code == 30


def test_next_names_only_commands_that_exist(run: Run, reported: Path) -> None:
    """Every `lastword ...` at the end of an answer is a command with a help text."""
    result = run("ask", "storm-shadow", "--workspace", reported, *REVIEW_DAYS, "2025-08-24")
    after = result.stdout[result.stdout.index("\nNext") :]
    commands = [
        word.split()[1]
        for word in after.splitlines()
        for word in [word[word.find("lastword") :]]
        if "lastword" in word
    ]
    assert {"settle", "rule"} <= set(commands)
    for command in commands:
        assert run(command, "--help").exit_code == 0
    rule = after.split("lastword rule ")[1].split()[0]
    assert run("rule", rule).exit_code == 0


def test_why_tells_each_rule_fact_and_source(run: Run, reported: Path) -> None:
    """With --why the rule's id, its facts with file and line, and the rules that do not reach are listed."""
    words = ("ask", "storm-shadow", "--workspace", reported, *REVIEW_DAYS, "2025-08-24")
    short, full = run(*words).stdout, run(*words, "--why").stdout
    assert "facts/reported-2025-08.yaml:" in full
    assert "US-USE" in full
    assert "facts/reported-2025-08.yaml:" not in short
    assert len(full.splitlines()) > len(short.splitlines())


def test_a_day_may_be_written_as_in_german(run: Run, reported: Path) -> None:
    """22.11.2026 is read, a day that no calendar has is refused, and a slash is told how to write it."""
    words = ("ask", "taurus", "--workspace", reported, "--act", "use", "--from", "UA", "--to", "RU")
    dotted, dashed = (run(*words, "--as-of", day, "--known", day) for day in ("24.8.2025", "2025-08-24"))
    assert dotted.output.splitlines()[:2] == dashed.output.splitlines()[:2]
    assert "does not exist" in run(*words, "--as-of", "31.2.2026").stderr
    assert "write it like 2026-11-22" in run(*words, "--as-of", "24/08/2025").stderr


def test_a_near_name_on_the_lists_is_told_to_a_person(run: Run, small: Path) -> None:
    """A listed firm with one letter wrong is not found, and the answer says which listed name is near."""
    words = ("--from", "DE", "--to", "CN", "--end-use", "civil", "--as-of", "2026-11-22")
    result = run("ask", "tc-4", "--workspace", small, *words, "--end-user", "Huawai Technologies Co., Ltd.")
    told = " ".join(result.output.split())
    assert "near names on the lists, to be checked by a person: huawei technologies co., ltd." in told
    other = run("ask", "tc-4", "--workspace", small, *words, "--end-user", "Quark Muster Beispiel")
    assert "near names" not in other.output


REPAIR = """\
rules:
- id: OWN-REPAIR
  kind: exception
  name: REPAIR
  title: {en: "Lamps that go out for repair", de: "Lampen, die zur Reparatur hinausgehen"}
  citation: {text: "Own Act s. 4", read: 2026-01-01}
  acts: [export]
  lifts: [OWN-CONSENT]
  burden: claimant
  checklist: [{id: comes-back, en: "it comes back", de: "sie kommt zurück", circumstance: repair}]
"""
FOUND = 'findings: [{about: lamp, rule: OWN-REPAIR, by: "E. Muster", shown: [comes-back]}]\n'


def test_no_sale_is_assumed_where_a_person_found_why_it_moves(run: Run, own: Path) -> None:
    """Who found that it comes back from repair is not told in the same breath that a sale was assumed."""
    (own / "packs" / "own" / "rules" / "repair.yaml").write_text(REPAIR, encoding="utf-8")
    words = ("ask", "lamp", "--workspace", own, "--from", "DE", "--to", "IN", "--end-use", "security")
    assert "it is a sale" in run(*words).output
    (own / "facts" / "found.yaml").write_text(FOUND, encoding="utf-8")
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert "REPAIR" in result.output
    assert "it is a sale" not in result.output
