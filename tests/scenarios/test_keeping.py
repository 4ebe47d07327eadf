"""Founding a record and keeping its roster, calendars and moratoria; and where a command looks for its record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from practice import Practice

from lastword.app import configured, instant
from lastword.cli.main import main
from lastword.errors import InputError

pytest_plugins = ("beginning",)


def init(folder: Path, *more: str) -> Any:
    """Run ``lastword store init``."""
    words = ["store", "init", str(folder / "store"), "--origin", "desk.example.org/2026"]
    words += ["--private", str(folder / "private"), *more]
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--keeper", "p-kay", "--at", "2026-03-02T09:00Z"), "only a practice record has its time set"),
        (("--keeper", "p-kay", "--keeper", "p-kay"), "named twice"),
        (("--keeper", "p-kay", "--needs", "2"), "2 keepers must act together, but there are 1"),
        (("--keeper", "p kay"), "can be no id of a person"),
        (("--keeper", "p-kay", "--practice", "--at", "2026-03-02T09:00"), "does not say in which zone"),
        (("--keeper", "p-kay", "--origin", "Desk!"), "no name of a record"),
    ],
)
def test_a_record_that_could_not_be_kept_is_not_founded(
    tmp_path: Path, more: tuple[str, ...], told: str
) -> None:
    """Each fault is told, and nothing is left on the disk."""
    result = init(tmp_path, *more)
    assert result.exit_code == 2
    assert told in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_record_is_founded_once(tmp_path: Path) -> None:
    """A second time in the same folder is refused, and the first stays as it was."""
    assert init(tmp_path, "--keeper", "p-kay=Kay", "--keeper", "p-kit").exit_code == 0
    before = (tmp_path / "store" / "record.db").read_bytes()
    again = init(tmp_path, "--keeper", "p-eve")
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    assert (tmp_path / "store" / "record.db").read_bytes() == before


def test_a_time_set_by_hand_is_taken_by_a_practice_record_alone(tmp_path: Path) -> None:
    """Any other refuses the option, for looking and for acting."""
    assert init(tmp_path, "--keeper", "p-kay").exit_code == 0
    words = ["office", "list", "--store", str(tmp_path / "store"), "--at", "2026-03-02T09:00Z"]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, "practice" in result.stderr) == (2, True)


def test_the_store_is_named_by_option_variable_or_settings_in_this_order(tmp_path: Path) -> None:
    """And if none of them names one, that is said with what to do."""
    with pytest.raises(InputError, match="no store is named"):
        configured({}, tmp_path)
    (tmp_path / "lastword.toml").write_text('name = "x"\nstore = "records"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert configured({}, below).store == tmp_path.resolve() / "records"
    assert configured({"LASTWORD_STORE": "/elsewhere"}, below).store == Path("/elsewhere")
    assert configured({"LASTWORD_STORE": "/elsewhere"}, below, store=Path("here")).store == Path("here")


def test_an_instant_has_a_zone() -> None:
    """Nine o'clock is not the same everywhere."""
    assert instant("--at", "2026-11-22T10:00+01:00") == datetime(2026, 11, 22, 9, tzinfo=UTC)
    for typed in ("2026-11-22T10:00", "tomorrow", "2026-11-22"):
        with pytest.raises(InputError):
            instant("--at", typed)


def test_nobody_acts_without_saying_who(uk: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable stands in for the option."""
    words = ["case", "list", "--store", str(uk.store)]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, "LASTWORD_AS" in result.stderr) == (2, True)
    monkeypatch.setenv("LASTWORD_AS", "p-ann")
    assert CliRunner().invoke(main, words).exit_code == 0


def test_an_office_that_ends_for_somebody_is_held_up_to_the_day_before(uk: Practice) -> None:
    """And a closed office can do nothing more."""
    uk("office end GB/MOD-export-advice p-mo --on 2026-03-10")
    assert "p-mo" in uk("office list --on 2026-03-09")
    assert "p-mo" not in uk("office list --on 2026-03-10")
    assert uk.run("office appoint GB/MOD-nobody p-mo --since 2026-03-03").exit_code == 4


def test_a_deputy_is_named_by_the_officer_and_seen_in_the_list(uk: Practice) -> None:
    """By nobody else than the officer or the keepers; a deputy has no deputy."""
    uk("deputy add GB/MOD-export-advice p-max --since 2026-03-03 --until 2026-03-10", by="p-mo")
    (found,) = json.loads(uk.run("deputy list --json").output)
    assert (found["principal"], found["person"], found["until"]) == ("p-mo", "p-max", "2026-03-10")
    add = "deputy add GB/MOD-export-advice p-des --since 2026-03-03 --until 2026-03-10"
    assert uk.run(add, by="p-max").exit_code == 4
    uk("deputy end GB/MOD-export-advice p-max --on 2026-03-05", by="p-mo")


def test_a_deputy_who_forgets_for_whom_is_told_how_to_say_it(uk: Practice) -> None:
    """The refusal names the officer."""
    uk("deputy add GB/MOD-export-advice p-max --since 2026-03-02 --until 2026-03-10", by="p-mo")
    uk("case file camera --from GB --to IN --end-use civil --party end_user=rescue --id CASE-1", by="p-ann")
    assert "--for p-mo" in uk.refused("case advise CASE-1 approve", "not_seated", by="p-max")
    uk("case advise CASE-1 approve --for p-mo", by="p-max")


def test_the_inbox_holds_what_is_mine_to_do_what_is_due_first_first(uk: Practice) -> None:
    """An officer's seats, and the applicant's open questions; nothing of others."""
    for number, at in ((1, "2026-03-02T11:00Z"), (2, "2026-03-02T10:00Z")):
        uk(f"case file camera --from GB --to IN --end-use civil --party end_user=rescue --id CASE-{3 - number}",
           by="p-ann", at=at if number == 2 else "2026-03-02T09:00Z")  # fmt: skip
    mine = json.loads(uk.run("case list --mine --json", by="p-des").output)
    assert [one["case"] for one in mine] == ["CASE-2", "CASE-1"]
    assert {each["seat"] for one in mine for each in one["mine"]} == {"others"}
    assert uk("case list --mine", by="p-ann") == "Nothing waits for you."
    uk("case query CASE-1 --text 'why?'", by="p-liz")
    assert "yours: maker-ltd answers question q1" in uk("case list --mine", by="p-ann")


def test_calendars_are_set_for_years_that_make_sense(uk: Practice) -> None:
    """A span that runs backwards, and a zone that is none, are refused."""
    assert "no span of years" in uk.wrong(
        "calendar set x --country GB --zone Europe/London --years 2030-2026"
    )
    assert uk.run("calendar set x --country GB --zone Europe/Atlantis").exit_code in (2, 4)
    assert uk.run("calendar set x --country QQ --zone Europe/London").exit_code in (2, 4)
