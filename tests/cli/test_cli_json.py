"""The JSON answer: its schema in ``docs/`` holds for answers of every kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from lastword import Question, Workspace

jsonschema = pytest.importorskip("jsonschema")
Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "answer.schema.json").read_text(encoding="utf-8"))
NAMED_IN_THE_MANUAL = """
    outcome settled exact on_record could_become regimes consents prohibitions permissions nobody_else not_looked_at
    open_questions quickest assumptions conflicts digests
""".split()


def wrong(answer: dict[str, Any]) -> list[str]:
    """Return what the schema refuses."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(answer)]


def test_the_schema_is_a_schema_and_lets_nothing_else_in() -> None:
    """It is valid JSON Schema 2020-12, and an unknown key is refused."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False
    assert set(NAMED_IN_THE_MANUAL) <= set(SCHEMA["required"])


@pytest.mark.parametrize(
    ("thing", "as_of", "known"),
    [
        ("atacms", "2024-12-01", "2025-08-24"),
        ("atacms", "2025-06-15", "2025-08-24"),
        ("atacms", "2025-03-15", "2025-08-24"),
        ("storm-shadow", "2025-08-24", "2025-08-24"),
        ("taurus", "2025-08-24", "2025-08-24"),
    ],
)
def test_answers_of_the_reference_case_fit_the_schema(
    reported: Path, thing: str, as_of: str, known: str
) -> None:
    """Free, consent and unknown answers, with conflicts, remarks and open questions."""
    question = Question(thing, "use", "UA", "RU", date.fromisoformat(as_of), date.fromisoformat(known))
    assert wrong(Workspace.open(reported).ask(question).to_json()) == []


@pytest.mark.parametrize("to", ["IN", "US", "IR", "CH", "FR", "KP"])
@pytest.mark.parametrize("end_use", ["civil", "military"])
def test_answers_of_a_camera_with_foreign_parts_fit_the_schema(small: Path, to: str, end_use: str) -> None:
    """Shares, chart columns, exceptions, permissions with duties, and prohibitions."""
    question = Question("tc-4", "export", "DE", to, date(2026, 11, 22), date(2026, 11, 22), end_use=end_use)
    assert wrong(Workspace.open(small).ask(question).to_json()) == []


def test_the_command_prints_the_same_json(run: Run, reported: Path) -> None:
    """`ask --json` prints one document that fits the schema, with the exit code of the outcome."""
    words = ("--act", "use", "--from", "UA", "--to", "RU", "--as-of", "2025-08-24", "--known", "2025-08-24")
    result = run("ask", "storm-shadow", "--workspace", reported, *words, "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 10
    assert wrong(answer) == []
    assert (
        answer["consents"][0]["authority"] == answer["consents"][0]["last_word"] == "US/secretary-of-defense"
    )
    assert answer["confirmed_outcome"] == "unknown"
    assert [change["kind"] for change in answer["would_change"]] == ["elsewhere"]
