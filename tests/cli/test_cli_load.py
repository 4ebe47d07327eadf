"""``lastword load`` and ``lastword ask --store``: a workspace in a record answers as it does in its folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

EXAMPLES = Path(__file__).parents[2] / "examples"
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep caches and private folders of these tests out of the user's own, and the user's settings out of the tests."""
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("LASTWORD_STORE", "LASTWORD_AS", "LASTWORD_AT", "LASTWORD_LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(run: Run, tmp_path: Path) -> Path:
    """Return the folder of a practice record of one keeper, begun on 1 October 2026."""
    folder = tmp_path / "store"
    done = run(
        "store", "init", folder, "--origin", "practice.example/1", "--keeper", "kay=Kay", "--practice",
        "--at", "2026-10-01T08:00Z",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder


def loaded(run: Run, store: Path, workspace: Path, day: str = "2026-11-25") -> Result:
    """Load a workspace at nine o'clock of a day."""
    return run("load", workspace, "--store", store, "--as", "kay", "--at", f"{day}T09:00Z")


QUESTIONS = [
    ("optical-instrument", ("IRM-640", "--from", "DE", "--to", "CN", "--end-use", "civil")),
    ("optical-instrument", ("IRM-640", "--from", "DE", "--to", "AE", "--end-use", "military")),
    (
        "optical-instrument",
        ("IRM-640", "--from", "DE", "--to", "CH", "--end-use", "civil", "--value", "96000 EUR"),
    ),
    ("long-range-2025", ("atacms", "--act", "use", "--from", "UA", "--to", "RU")),
    (
        "long-range-2025",
        ("storm-shadow", "--act", "use", "--from", "UA", "--to", "RU", "--end-use", "military"),
    ),
    ("long-range-2025", ("taurus", "--act", "use", "--from", "UA", "--to", "RU")),
]


@pytest.mark.parametrize("name", ["optical-instrument", "long-range-2025"])
def test_a_loaded_workspace_answers_as_its_files_do(run: Run, store: Path, name: str) -> None:
    """For both example workspaces the record and the folder give the same answer, to the last letter, and exit code."""
    done = loaded(run, store, EXAMPLES / name)
    assert done.exit_code == 0, done.output
    for words in (words for workspace, words in QUESTIONS if workspace == name):
        days = ("--as-of", "2026-11-25", "--known", "2026-11-25", "--json")
        kept = run("ask", *words, *days, "--store", store)
        files = run("ask", *words, *days, "--workspace", EXAMPLES / name)
        assert kept.exit_code == files.exit_code, kept.output
        assert json.loads(kept.output) == json.loads(files.output)


def test_known_asks_what_was_loaded_by_the_end_of_that_day(run: Run, store: Path, small: Path) -> None:
    """A fact that was loaded later was not known earlier, whatever day it bears in the file."""
    assert loaded(run, store, small, "2026-10-05").exit_code == 0
    facts = small / "facts" / "camera.yaml"
    facts.write_text(
        facts.read_text(encoding="utf-8") + "  strap: {name: Strap, kind: commodity}\n", encoding="utf-8"
    )
    assert loaded(run, store, small, "2026-11-20").exit_code == 0
    words = ("ask", "strap", "--from", "DE", "--to", "IN", "--as-of", "2026-11-20", "--store", store)
    assert run(*words).exit_code != 2
    assert run(*words, "--known", "2026-11-20").exit_code != 2
    early = run(*words, "--known", "2026-11-19")
    assert early.exit_code == 2
    assert "there is no thing `strap`" in early.output
    before = run(*words, "--known", "2026-10-04")
    assert before.exit_code == 2
    assert "nothing was loaded by the end of 2026-10-04" in before.output


def test_a_load_tells_what_came_and_went(run: Run, store: Path, small: Path) -> None:
    """One line for each part; the same again says that there is nothing new."""
    first = loaded(run, store, small)
    assert first.exit_code == 0
    assert "of them new; 0 withdrawn" in first.output
    again = loaded(run, store, small)
    assert again.exit_code == 0
    assert again.output.count("nothing new") == 4
    told = json.loads(
        run("load", small, "--store", store, "--as", "kay", "--at", "2026-11-25T09:00Z", "--json").output
    )
    assert told["facts"] == {"state": "same", "proposal": ""}


def test_faults_are_told_with_their_lines_and_nothing_is_loaded(run: Run, store: Path, small: Path) -> None:
    """A workspace with faults ends with 2, and the record has no facts afterwards."""
    facts = small / "facts" / "camera.yaml"
    facts.write_text(facts.read_text(encoding="utf-8").replace("kind: commodity", "kind: comodity", 1))
    done = loaded(run, store, small)
    assert done.exit_code == 2
    assert "facts/camera.yaml:" in done.output
    asked = run("ask", "tc-4", "--from", "DE", "--to", "IN", "--store", store)
    assert "no facts and rules are loaded yet" in asked.output


def test_who_may_not_load_is_refused_with_a_code(run: Run, store: Path, small: Path) -> None:
    """A stranger's load ends with 4 and changes nothing."""
    done = run("load", small, "--store", store, "--as", "max", "--at", "2026-11-25T09:00Z")
    assert done.exit_code == 4
    assert "refused (not_seated)" in done.output


def test_a_question_is_asked_of_one_place(run: Run, store: Path, small: Path) -> None:
    """A workspace and a store together are no question."""
    done = run("ask", "tc-4", "--from", "DE", "--to", "IN", "--store", store, "--workspace", small)
    assert done.exit_code == 2
    assert "not of both" in done.output


def test_loaded_facts_do_not_lie_in_the_cache(run: Run, store: Path, small: Path, tmp_path: Path) -> None:
    """What may tell of persons is laid out only while it is read: the cache holds rules alone."""
    assert loaded(run, store, small).exit_code == 0
    assert run("ask", "tc-4", "--from", "DE", "--to", "IN", "--store", store).exit_code != 2
    for path in (tmp_path / "xdg_cache_home").rglob("*"):
        assert not path.is_file() or b"Acme Imaging" not in path.read_bytes()


def test_a_record_of_a_folder_that_moved_answers_all_the_same(run: Run, store: Path, own: Path) -> None:
    """Own packs are kept with the facts: the folder may go."""
    assert loaded(run, store, own).exit_code == 0
    shutil.rmtree(own)
    done = run("ask", "lamp", "--from", "DE", "--to", "IN", "--end-use", "nuclear", "--store", store)
    assert done.exit_code == 20


def test_two_keepers_load_together(run: Run, tmp_path: Path, small: Path) -> None:
    """Where two must act together, the first load waits part by part, and the second one of the same files does it all."""
    store = tmp_path / "store"
    begun = ("--origin", "practice.example/3", "--keeper", "kay=Kay", "--keeper", "kim=Kim", "--practice")
    assert run("store", "init", store, *begun, "--at", "2026-10-01T08:00Z").exit_code == 0
    first = loaded(run, store, small)
    assert first.exit_code == 0
    assert first.output.count("until another officer loads the same") == 4
    same = loaded(run, store, small)
    assert same.exit_code == 4
    assert "somebody else has to confirm it" in same.output
    second = run("load", small, "--store", store, "--as", "kim", "--at", "2026-11-25T09:00Z")
    assert second.exit_code == 0
    assert "wait" not in second.output
    assert run("ask", "tc-4", "--from", "DE", "--to", "IN", "--store", store).exit_code == 10
