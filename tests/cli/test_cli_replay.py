"""``lastword replay``: ask again what a case was judged on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
CASE = "K7M4-QX2P"
PROCEDURES = """\
offices:
  lamp-office: {authority: DE/OFFICE, title: {en: "Lamp Office", de: "Lampenamt"}}
calendars:
  - {id: de, country: DE, zone: Europe/Berlin}
procedures:
  - id: lamps
    title: {en: "Licence for lamps", de: "Genehmigung für Lampen"}
    citation: "Own Act s. 7"
    authorities: [DE/OFFICE]
    calendar: de
    stages:
      - id: decision
        title: {en: "Decision", de: "Entscheidung"}
        seats: [{id: decides, role: decide, offices: [lamp-office]}]
"""
ROSTER = """\
offices: {lamp-office: {authority: DE/OFFICE, title: {en: "Lamp Office", de: "Lampenamt"}}}
persons:
  lou: {name: Lou}
  eve: {name: Eve, organisation: wiesengrund}
officers: [{office: lamp-office, person: lou, since: 2026-10-02}]
"""


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep caches and private folders of these tests out of the user's own, and the user's settings out of the tests."""
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("LASTWORD_STORE", "LASTWORD_AS", "LASTWORD_AT", "LASTWORD_LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(run: Run, own: Path, tmp_path: Path) -> Path:
    """Return a practice record in which Eve asked for a lamp to India."""
    folder = tmp_path / "store"
    (own / "packs" / "own" / "procedures.yaml").write_text(PROCEDURES, encoding="utf-8")
    (own / "roster.yaml").write_text(ROSTER, encoding="utf-8")

    def done(*words: str | Path) -> None:
        result = run(*words)
        assert result.exit_code == 0, result.output

    done(
        "store",
        "init",
        folder,
        "--origin",
        "practice.example/2",
        "--keeper",
        "kay=Kay",
        "--practice",
        "--at",
        "2026-10-01T08:00Z",
    )
    done("load", own, "--store", folder, "--as", "kay", "--at", "2026-10-01T09:00Z")
    done(
        "case", "file", "lamp", "--from", "DE", "--to", "IN", "--end-use", "military", "--quantity", "1",
        "--party", "end_user=Acme", "--id", CASE, "--store", folder, "--as", "eve", "--at", "2026-10-05T09:00Z",
    )  # fmt: skip
    return folder


def replay(run: Run, store: Path, person: str, *words: str) -> Result:
    """Replay the case a year later."""
    return run("replay", CASE, "--store", store, "--as", person, "--at", "2027-10-05T09:00Z", *words)


def test_a_case_that_comes_out_the_same_ends_with_0(run: Run, store: Path) -> None:
    """Each entry that rests on an answer is told, and that the same comes out."""
    done = replay(run, store, "lou")
    assert done.exit_code == 0, done.output
    assert "(case.filed, as of 2026-10-05): the same comes out" in done.output
    assert done.output.endswith(f"{CASE}: the same comes out\n")
    assert json.loads(replay(run, store, "eve", "--json").output)["status"] == "same"


def test_erased_words_are_told_with_an_exit_code_of_their_own(run: Run, store: Path) -> None:
    """Where the name of a party was erased, the record stands, and cannot be computed again: 3, neither 0 nor 1."""
    with sqlite3.connect(store / "record.db") as database:
        database.execute("UPDATE disclosure SET sealed = NULL, erased_by = 7 WHERE name = 'party.1'")
    database.close()
    done = replay(run, store, "lou")
    assert done.exit_code == 3, done.output
    assert "as recorded; not recomputable: erased by entry 7" in done.output
    (step,) = json.loads(replay(run, store, "lou", "--json").output)["steps"]
    assert (step["status"], step["erased_by"]) == ("not_recomputable", 7)


def test_a_case_that_somebody_may_not_read_is_not_there(run: Run, store: Path) -> None:
    """Whoever may not read a case learns nothing by replaying it: the same words as for one that does not exist."""
    hidden = replay(run, store, "kay")
    nobody = run("replay", "0000-0000", "--store", store, "--as", "kay", "--at", "2027-10-05T09:00Z")
    assert (hidden.exit_code, nobody.exit_code) == (4, 4)
    assert hidden.output.replace(CASE, "ID") == nobody.output.replace("0000-0000", "ID")
