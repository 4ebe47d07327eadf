"""A roster as a file: offices, persons, officers and deputies, in the order in which they can come into being."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lastword.cases.appointing import judged
from lastword.cases.constitution import Constitution
from lastword.cases.roster import Roster
from lastword.cases.rosterevents import apply_roster
from lastword.errors import InputError
from lastword.files.rosters import read_roster

SOUND = """
offices:
  desk: {authority: X/A, title: {en: "desk", de: "Tisch"}}
persons:
  ann2: {same_as: ann1}
  ann1: {same_as: ann, acts_for: [acme]}
  ann: {name: "Ann Example", organisation: authority}
  ben: {organisation: authority}
  bot: {robot: true}
officers:
- {office: desk, person: ann, since: 2020-01-01}
- {office: licensing, person: ben, since: 2020-01-01, until: 2030-01-01}
deputies:
- {office: desk, principal: ann, person: ben, since: 2026-01-01, until: 2026-06-01}
"""
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def write(folder: Path, text: str) -> Path:
    """Write a roster."""
    path = folder / "roster.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_roster_is_read_as_the_changes_that_make_it(tmp_path: Path) -> None:
    """In whatever order ids of one human stand in the file, they can be founded one after the other."""
    offices = "offices:\n  licensing: {authority: X/B}\n"
    changes = (
        *read_roster(write(tmp_path, offices)),
        *read_roster(write(tmp_path, SOUND), offices=("licensing",)),
    )
    event = judged(changes, Roster(), Constitution(), NOW, by=(), founding=True)
    roster = apply_roster(None, event)
    assert roster.human("ann2") == "ann"
    assert roster.holds("ann", "desk", NOW.date())
    assert roster.holds("ben", "licensing", NOW.date())
    assert roster.capacity("ben", "desk", "ann", NOW.date())
    assert roster.staff_of("ann", "acme")
    assert not roster.is_human("bot")
    assert [one.name for one in changes if one.person and one.person.id == "ann"] == ["Ann Example"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("robot: true", "robt: true", "roster.yaml:9: `robt` is no key of a person; did you mean `robot`?"),
        (
            "same_as: ann1",
            "same_as: an1",
            "roster.yaml:5: there is no person `an1` here; did you mean `ann1`?",
        ),
        ("office: desk, person", "office: desc, person", "roster.yaml:11: there is no office `desc` here"),
        ("person: ann, since: 2020-01-01", "person: ann", "roster.yaml:11: `since` is missing"),
        ("since: 2020-01-01}", "since: soon}", "roster.yaml:11: `since` is no day"),
        ("until: 2026-06-01", "note: x", "`until` is missing"),
        ("officers:\n", "officer:\n", "`officer` is no key of a roster; did you mean `officers`?"),
        ("persons:\n", "persons:\n  eve: yes\n", "roster.yaml:5"),
        ("authority: X/A, ", "", "roster.yaml:3: `authority` is missing"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, what: str) -> None:
    """And nothing is read."""
    assert old in SOUND
    with pytest.raises(InputError) as caught:
        read_roster(write(tmp_path, SOUND.replace(old, new, 1)), offices=("licensing",))
    assert what in str(caught.value)
