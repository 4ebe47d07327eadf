"""``lastword ask --reader``: the outcome is that of all facts; a reader's view hides reasons and never says free for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from lastword.answers.view import Withheld, as_seen
from lastword.cli.asking import seen
from lastword.facts.audience import AUDIENCES, SEES
from lastword.facts.question import Question
from lastword.workspace import Workspace

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "answer.schema.json").read_text(encoding="utf-8")
)
Run = Callable[..., Result]

RULES = """\
rules:
- id: OWN-CONSENT
  kind: consent
  title: {en: "Bright lamps need a yes", de: "Helle Lampen brauchen eine Zustimmung"}
  citation: {text: "Own Act s. 1", read: 2026-01-01}
  acts: [export]
  when: "thing.bright"
  consent: {alternatives: [[{authority: DE/OFFICE}]], asked_by: [exporter], claim: statute}
- id: OWN-BAN
  kind: prohibition
  title: {en: "No loud lamps", de: "Keine lauten Lampen"}
  citation: {text: "Own Act s. 3", read: 2026-01-01}
  acts: [export]
  when: "thing.loud"
"""
PACK = """\
id: own
title: {en: "Own", de: "Eigen"}
state: "DE"
authorities: {DE/OFFICE: {en: "Lamp Office (LO), Germany", de: "Lampenamt (LA)"}}
covers: [{states: ["DE"], acts: [export]}]
fields:
  bright: {kind: yes-no, en: bright, de: hell}
  loud: {kind: yes-no, en: loud, de: laut}
"""


def workspace(root: Path, facts: str, rules: str = RULES) -> Path:
    """Write a workspace in which bright lamps need a yes and loud ones may not leave."""
    pack = root / "packs" / "own"
    (root / "facts").mkdir(parents=True)
    (pack / "rules").mkdir(parents=True)
    (root / "lastword.toml").write_text('name = "Lamp Works"\npacks = ["own"]\n')
    (root / "facts" / "lamps.yaml").write_text(facts, encoding="utf-8")
    (pack / "pack.yaml").write_text(PACK, encoding="utf-8")
    (pack / "rules" / "own.yaml").write_text(rules, encoding="utf-8")
    return root


DIM = "things: {lamp: {name: Lamp, kind: commodity, bright: false, loud: false}}\n"
BRIGHT_TOLD_TO_FEW = """\
sources: {makers: {name: makers}, press: {name: press}}
things: {lamp: {name: Lamp, kind: commodity, loud: false, bright: {value: false, source: press, standing: reported}}}
facts: [{about: lamp, bright: true, source: makers, standing: confirmed, audience: AUDIENCE, note: "SECRETNOTE"}]
"""
LOUD_TOLD_TO_FEW = BRIGHT_TOLD_TO_FEW.replace("loud: false, bright: {", "bright: false, loud: {").replace(
    "bright: true", "loud: true"
)
ASK = (
    "ask",
    "lamp",
    "--from",
    "DE",
    "--to",
    "IN",
    "--end-use",
    "civil",
    "--as-of",
    "2026-11-25",
    "--known",
    "2026-11-25",
)


@pytest.mark.parametrize("facts", [BRIGHT_TOLD_TO_FEW, LOUD_TOLD_TO_FEW])
@pytest.mark.parametrize(
    ("audience", "sees"),
    [("party", ("party", "authority")), ("authority", ("authority",)), ("named", ())],
)
def test_where_what_is_hidden_decides_the_reader_is_told_to_ask(
    run: Run, tmp_path: Path, facts: str, audience: str, sees: tuple[str, ...]
) -> None:
    """What a reader sees would say free and all facts do not: then unknown, and whom to ask, but never free."""
    root = workspace(tmp_path / "ws", facts.replace("AUDIENCE", audience))
    full = run(*ASK, "--workspace", root)
    assert full.exit_code in (10, 20)
    for reader in ("party", "authority"):
        seen = run(*ASK, "--workspace", root, "--reader", reader)
        if reader in sees:
            assert seen.exit_code == full.exit_code
        else:
            assert (seen.exit_code, seen.output) == (
                30,
                "Unknown: what you may see does not decide it. Ask Lamp Works.\n",
            )


def test_the_words_are_the_same_whatever_is_hidden(run: Run, tmp_path: Path) -> None:
    """A hidden consent and a hidden ban are told alike, in text and in JSON, to the byte."""
    told = []
    for name, facts in (("a", BRIGHT_TOLD_TO_FEW), ("b", LOUD_TOLD_TO_FEW)):
        root = workspace(tmp_path / name, facts.replace("AUDIENCE", "named"))
        for form in ((), ("--json",), ("--why",)):
            told.append(run(*ASK, *form, "--workspace", root, "--reader", "party").output)
    assert told[:3] == told[3:]
    assert not any(
        word in "".join(told) for word in ("bright", "loud", "OWN-", "SECRETNOTE", "consent needed")
    )


def test_an_answer_in_json_says_who_asked(run: Run, tmp_path: Path) -> None:
    """Withheld or not, the JSON follows the schema and names the reader; whom to ask only where something is hidden."""
    hidden = workspace(tmp_path / "a", BRIGHT_TOLD_TO_FEW.replace("AUDIENCE", "named"))
    plain = workspace(tmp_path / "b", DIM)
    for root, reader, ask in ((hidden, "party", True), (plain, "party", False), (plain, "public", False)):
        data = json.loads(run(*ASK, "--json", "--workspace", root, "--reader", reader).output)
        Draft202012Validator(SCHEMA).validate(data)
        assert data["reader"] == reader
        assert (data.get("ask") == "Lamp Works") is ask
    assert "reader" not in json.loads(run(*ASK, "--json", "--workspace", plain).output)


def test_where_nothing_is_hidden_a_party_gets_the_answer(run: Run, tmp_path: Path) -> None:
    """A reader who sees enough gets the outcome with its reasons, free as well."""
    root = workspace(tmp_path / "ws", DIM)
    assert run(*ASK, "--workspace", root, "--reader", "party").exit_code == 0


def test_hidden_facts_that_make_it_free_are_not_told_either(run: Run, tmp_path: Path) -> None:
    """What a reader does not see makes nothing free for it: it is told to ask."""
    facts = DIM.replace("bright: false", "bright: {value: false, audience: named}")
    root = workspace(tmp_path / "ws", facts)
    assert run(*ASK, "--workspace", root).exit_code == 0
    assert run(*ASK, "--workspace", root, "--reader", "party").exit_code == 30


def test_hidden_rules_count_for_everybody(run: Run, tmp_path: Path) -> None:
    """A rule that a reader may not see decides all the same, and is not named."""
    rules = RULES.replace("kind: consent\n", "kind: consent\n  audience: authority\n", 1)
    root = workspace(tmp_path / "ws", DIM.replace("bright: false", "bright: true"), rules)
    assert run(*ASK, "--workspace", root, "--reader", "authority").exit_code == 10
    seen = run(*ASK, "--workspace", root, "--reader", "party")
    assert seen.exit_code == 30
    assert "OWN-CONSENT" not in seen.output


def test_the_audience_of_a_rule_is_one_of_four_words(run: Run, tmp_path: Path) -> None:
    """A slip in the audience never makes a rule public."""
    rules = RULES.replace("kind: consent\n", "kind: consent\n  audience: authorities\n", 1)
    root = workspace(tmp_path / "ws", DIM, rules)
    refused = run(*ASK, "--workspace", root)
    assert refused.exit_code == 2
    assert "`authorities` is no audience" in refused.output


def test_a_thing_that_a_reader_does_not_know_is_not_there_for_it(run: Run, tmp_path: Path) -> None:
    """A hidden thing and one that does not exist get the same answer, and no suggestion leads to the hidden one."""
    facts = DIM.replace("}}\n", "}, lamp-x: {name: Lamp X, kind: commodity, audience: named}}\n")
    root = workspace(tmp_path / "ws", facts)
    told = []
    for name in ("lamp-x", "lamp-z"):
        words = (ASK[0], name, *ASK[2:])
        told.append(run(*words, "--workspace", root, "--reader", "party").output.replace(name, "NAME"))
    assert told[0] == told[1]
    assert "Lamp X" not in told[0]


def test_as_the_public_knew_it_is_a_question_about_knowledge(run: Run, tmp_path: Path) -> None:
    """It is answered on what was public, is marked so, and ends with no code that could open a use."""
    root = workspace(tmp_path / "ws", BRIGHT_TOLD_TO_FEW.replace("AUDIENCE", "authority"))
    asked = run(*ASK, "--workspace", root, "--reader", "public")
    assert asked.output.startswith(
        "As the public knew it on 2026-11-25. This asks what was known; it opens no use.\n"
    )
    assert "SECRETNOTE" not in run(*ASK, "--why", "--workspace", root, "--reader", "public").output
    assert (
        json.loads(run(*ASK, "--json", "--workspace", root, "--reader", "public").output)["outcome"] == "free"
    )
    assert asked.exit_code == 30


def test_a_correction_that_is_not_public_leaves_the_public_with_what_it_was_told(
    run: Run, tmp_path: Path
) -> None:
    """What was put right in confidence was not put right for the public."""
    facts = (
        "things: {lamp: {name: Lamp, kind: commodity, loud: false}}\n"
        "facts:\n"
        "- {about: lamp, bright: true, id: F1}\n"
        "- {about: lamp, bright: false, id: F2, corrects: F1, known_from: 2026-02-01, audience: authority}\n"
    )
    root = workspace(tmp_path / "ws", facts)
    assert run(*ASK, "--workspace", root).exit_code == 0
    assert run(*ASK, "--workspace", root, "--reader", "public").exit_code == 10


AUDIENCE = st.sampled_from(AUDIENCES)
VALUE = st.sampled_from(["true", "false", None])


@settings(max_examples=40, deadline=None)
@given(bright=VALUE, loud=VALUE, of_bright=AUDIENCE, of_loud=AUDIENCE, of_rule=AUDIENCE, of_ban=AUDIENCE)
def test_no_reader_is_told_free_for_what_is_not(
    tmp_path_factory: pytest.TempPathFactory,
    bright: str | None,
    loud: str | None,
    of_bright: str,
    of_loud: str,
    of_rule: str,
    of_ban: str,
) -> None:
    """Whatever is hidden from whom: a reader gets the outcome of all facts, or the one sentence that tells it to ask."""
    told = "".join(
        f"- {{about: lamp, {name}: {value}, audience: {audience}}}\n"
        for name, value, audience in (("bright", bright, of_bright), ("loud", loud, of_loud))
        if value is not None
    )
    facts = "things: {lamp: {name: Lamp, kind: commodity}}\n" + (f"facts:\n{told}" if told else "")
    rules = RULES.replace("kind: consent\n", f"kind: consent\n  audience: {of_rule}\n")
    rules = rules.replace("kind: prohibition\n", f"kind: prohibition\n  audience: {of_ban}\n")
    root = workspace(tmp_path_factory.mktemp("ws") / "ws", facts, rules)
    opened = Workspace.open(root, cached=False)
    day = date(2026, 11, 25)
    question = Question("lamp", "export", "DE", "IN", day, day, "civil")
    full = opened.ask(question)
    withheld = Withheld(question, "Lamp Works").to_json()
    for reader in SEES:
        view = as_seen(seen(opened, reader).ask(question), full, "Lamp Works")
        assert view.outcome == full.outcome or view.to_json() == withheld
