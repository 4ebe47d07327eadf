"""Calendars from the library of holidays: whole years, as it knows them, or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lastword.cases.calendar import calendar_problems
from lastword.errors import InputError
from lastword.files.calendars import calendar_of, calendars_of, read_calendars
from lastword.workspace import BUNDLED


def test_the_calendar_of_england_knows_its_bank_holidays() -> None:
    """Good Friday and the substitute for Boxing Day of 2026 are no working days, Christmas is."""
    england = calendar_of("gb", "GB", "ENG", "Europe/London", 2026, 2027)
    assert (england.first, england.last) == (date(2026, 1, 1), date(2027, 12, 31))
    assert not england.works(date(2026, 4, 3))
    assert not england.works(date(2026, 12, 28))
    assert not england.works(date(2026, 12, 26))
    assert england.works(date(2026, 12, 24))


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    """Corpus Christi is one in Hesse and none in Berlin."""
    hesse = calendar_of("he", "DE", "HE", "Europe/Berlin", 2026, 2026)
    berlin = calendar_of("be", "DE", "BE", "Europe/Berlin", 2026, 2026)
    assert (hesse.works(date(2026, 6, 4)), berlin.works(date(2026, 6, 4))) == (False, True)


def test_a_calendar_without_a_country_has_weekends_only() -> None:
    """For those whose holidays are nobody's in particular."""
    plain = calendar_of("world", "", "", "Etc/UTC", 2026, 2026)
    assert (plain.holidays, plain.weekend) == ((), (5, 6))


@pytest.mark.parametrize(
    ("country", "part", "zone", "first", "last", "what"),
    [
        ("XX", "", "Etc/UTC", 2026, 2026, "nobody knows its holidays"),
        ("GB", "XX", "Etc/UTC", 2026, 2026, "nobody knows its holidays"),
        ("GB", "", "Europe/Lundon", 2026, 2026, "no time zone"),
        ("GB", "", "", 2026, 2026, "no time zone"),
        ("GB", "", "Etc/UTC", 2027, 2026, "no span of years"),
        ("GB", "", "Etc/UTC", 2000, 2090, "no span of years"),
        ("GB", "", "Etc/UTC", 0, 5, "no span of years"),
        ("GB", "", "Etc/UTC", 2095, 2110, "are known from"),
        ("ES", "", "Etc/UTC", 1990, 2000, "are known from"),
    ],
)
def test_what_nobody_knows_is_refused(
    country: str, part: str, zone: str, first: int, last: int, what: str
) -> None:
    """A year without known holidays is not one without holidays."""
    with pytest.raises(InputError, match=what):
        calendar_of("x", country, part, zone, first, last)


def test_all_calendars_of_the_packs_can_be_made_and_make_sense() -> None:
    """For the next ten years; packs that share an id mean the same by it."""
    folders = sorted(folder for folder in BUNDLED.iterdir() if folder.is_dir())
    made = calendars_of(folders, 2026, 2035)
    assert len({one.id for one in made}) == len(made) > 30
    for one in made:
        assert list(calendar_problems(one)) == []


def test_two_packs_that_mean_different_calendars_by_one_id_are_refused(tmp_path: Path) -> None:
    """With the places of both."""
    for name, part in (("one", "ENG"), ("two", "SCT")):
        (tmp_path / name).mkdir()
        text = f"calendars:\n- {{id: gb, country: GB, subdivision: {part}, zone: Europe/London}}\n"
        (tmp_path / name / "procedures.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"two/procedures.yaml:2: the calendar `gb` is another one at one/"):
        calendars_of([tmp_path / "one", tmp_path / "two"], 2026, 2026)
    assert [one.id for one in read_calendars(tmp_path / "one", 2026, 2026)] == ["gb"]


def test_faults_of_a_calendar_are_told_with_file_and_line(tmp_path: Path) -> None:
    """All at once."""
    text = "calendars:\n- {id: a, zone: Etc/UTC, weekend: [9]}\n- {id: a, zone: Etc/UTC, holiday: x}\n"
    (tmp_path / "procedures.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_calendars(tmp_path, 2026, 2026)
    said = str(caught.value)
    assert ":2: `weekend` is no list of days" in said
    assert ":3: the calendar `a` is there twice" in said
    assert ":3: `holiday` is no key of a calendar" in said
