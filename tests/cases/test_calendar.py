"""Time limits: when they are over, what a stop does to them, and where the calendar falls silent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastword.cases.calendar import (
    LONGEST,
    UNITS,
    Calendar,
    CalendarEndsError,
    TimeLimit,
    Unit,
    calendar_problems,
    due,
    limit_problem,
    moved,
)
from lastword.errors import InputError

GOOD_FRIDAY, EASTER_MONDAY = date(2026, 4, 3), date(2026, 4, 6)
LONDON = Calendar(
    "gb", "Europe/London", (5, 6), (GOOD_FRIDAY, EASTER_MONDAY), date(2025, 1, 1), date(2030, 12, 31)
)
BERLIN = Calendar("de", "Europe/Berlin", (5, 6), (), date(2025, 1, 1), date(2030, 12, 31))
NEW_YORK = Calendar("us", "America/New_York", (5, 6), (), date(2025, 1, 1), date(2030, 12, 31))
CALENDARS = st.sampled_from([LONDON, BERLIN, NEW_YORK])
UNIT = st.sampled_from(UNITS)
INSTANTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


def utc(text: str) -> datetime:
    """Return an instant from e.g. ``2026-03-02 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def here(calendar: Calendar, text: str) -> datetime:
    """Return the instant at which the clocks of the calendar's zone show ``text``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar.zone)).astimezone(UTC)


def test_day_28_is_in_time_and_day_29_is_late() -> None:
    """The day of the event does not count, and the 28th day counts to its end."""
    over = due(LONDON, here(LONDON, "2026-03-02 23:59"), TimeLimit(28, "days"))
    assert here(LONDON, "2026-03-30 23:59") < over
    assert over == here(LONDON, "2026-03-31 00:00")


def test_twenty_working_days_leave_out_weekends_and_holidays() -> None:
    """From 20 March 2026, over Easter, they last to the end of 21 April."""
    over = due(LONDON, here(LONDON, "2026-03-20 09:00"), TimeLimit(20, "working_days"))
    assert over == here(LONDON, "2026-04-22 00:00")


def test_a_working_day_limit_that_starts_on_a_weekend_counts_from_monday() -> None:
    """One working day from a Saturday on is over at the end of Monday."""
    over = due(BERLIN, here(BERLIN, "2026-03-07 12:00"), TimeLimit(1, "working_days"))
    assert over == here(BERLIN, "2026-03-10 00:00")


@pytest.mark.parametrize(
    ("start", "limit", "over"),
    [
        ("2026-01-31 10:00", TimeLimit(1, "months"), "2026-03-01 00:00"),
        ("2028-01-31 10:00", TimeLimit(1, "months"), "2028-03-01 00:00"),
        ("2026-02-28 10:00", TimeLimit(1, "months"), "2026-03-29 00:00"),
        ("2026-11-30 10:00", TimeLimit(3, "months"), "2027-03-01 00:00"),
        ("2026-12-15 10:00", TimeLimit(1, "months"), "2027-01-16 00:00"),
        ("2028-02-29 10:00", TimeLimit(1, "years"), "2029-03-01 00:00"),
        ("2026-05-05 10:00", TimeLimit(2, "years"), "2028-05-06 00:00"),
    ],
)
def test_months_and_years_end_on_the_day_of_the_same_number(start: str, limit: TimeLimit, over: str) -> None:
    """Or on the last day of a month that has no such day (BGB section 188)."""
    assert due(BERLIN, here(BERLIN, start), limit) == here(BERLIN, over)


def test_a_limit_that_ends_on_a_sunday_stays_there_unless_its_law_extends_it() -> None:
    """The German objection within one month goes on to Monday; a British appeal of 28 days does not."""
    start = here(BERLIN, "2026-02-01 10:00")  # one month later is Sunday, 1 March
    assert due(BERLIN, start, TimeLimit(1, "months")) == here(BERLIN, "2026-03-02 00:00")
    assert due(BERLIN, start, TimeLimit(1, "months", extended=True)) == here(BERLIN, "2026-03-03 00:00")


def test_hours_are_exact_over_a_change_of_the_clocks_and_days_keep_the_wall_clock() -> None:
    """On 29 March 2026 a day in Berlin has 23 hours."""
    start = here(BERLIN, "2026-03-28 12:00")
    assert due(BERLIN, start, TimeLimit(24, "hours")) == here(BERLIN, "2026-03-29 13:00")
    assert due(BERLIN, start, TimeLimit(1, "days")) == here(BERLIN, "2026-03-30 00:00")
    autumn = here(NEW_YORK, "2026-10-31 12:00")
    assert due(NEW_YORK, autumn, TimeLimit(24, "hours")) == here(NEW_YORK, "2026-11-01 11:00")
    assert due(NEW_YORK, autumn, TimeLimit(1, "days")) == here(NEW_YORK, "2026-11-02 00:00")


def test_where_the_clocks_skip_midnight_the_day_ends_when_they_skip() -> None:
    """In Beirut the day after Saturday, 26 March 2022 began at one o'clock, which was two hours behind UTC."""
    beirut = Calendar("lb", "Asia/Beirut", (5, 6), (), date(2022, 1, 1), date(2022, 12, 31))
    assert beirut.end_of(date(2022, 3, 26)) == utc("2022-03-26 22:00")


def test_where_midnight_comes_twice_the_day_ends_at_the_first() -> None:
    """In Havana clocks go back from one to midnight: 5 November 2023 begins once, an hour early."""
    havana = Calendar("cu", "America/Havana", (5, 6), (), date(2023, 1, 1), date(2023, 12, 31))
    assert havana.end_of(date(2023, 11, 4)) == utc("2023-11-05 04:00")


def test_the_day_of_an_event_is_the_one_on_the_clocks_of_its_place() -> None:
    """The same instant late in London is the next day in Berlin."""
    at = utc("2026-01-14 23:30")
    assert due(LONDON, at, TimeLimit(1, "days")) == here(LONDON, "2026-01-16 00:00")
    assert due(BERLIN, at, TimeLimit(1, "days")) == here(BERLIN, "2026-01-17 00:00")


def test_beyond_its_last_day_a_calendar_is_silent() -> None:
    """Working days are counted only where it is known which they are; what to do is said."""
    with pytest.raises(CalendarEndsError, match=r"`gb` ends on 2030-12-31.*lastword calendar set") as caught:
        due(LONDON, utc("2030-12-20 10:00"), TimeLimit(20, "working_days"))
    assert isinstance(caught.value, InputError)
    assert due(LONDON, utc("2030-12-20 10:00"), TimeLimit(20, "days")) == utc("2031-01-10 00:00")


def test_before_its_first_day_a_calendar_is_silent_too() -> None:
    """No holiday is assumed away."""
    with pytest.raises(CalendarEndsError, match="begins on 2025-01-01"):
        due(LONDON, utc("2024-12-20 10:00"), TimeLimit(3, "working_days"))


@pytest.mark.parametrize("count", [0, -1, 10**9])
@pytest.mark.parametrize("unit", UNITS)
def test_a_limit_of_nothing_or_of_an_absurd_length_is_refused(count: int, unit: Unit) -> None:
    """It would always or never be over."""
    assert limit_problem(TimeLimit(count, unit))
    with pytest.raises(InputError, match="limit of"):
        due(LONDON, utc("2026-03-02 10:00"), TimeLimit(count, unit))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Calendar("", "Europe/London", (5, 6), (), date(2026, 1, 1), date(2026, 12, 31)), "no id"),
        (Calendar("x", "Europe/Nowhere", (5, 6), (), date(2026, 1, 1), date(2026, 12, 31)), "no time zone"),
        (Calendar("x", "", (5, 6), (), date(2026, 1, 1), date(2026, 12, 31)), "no time zone"),
        (Calendar("x", "../../etc", (5, 6), (), date(2026, 1, 1), date(2026, 12, 31)), "no time zone"),
        (Calendar("x", "Europe", (5, 6), (), date(2026, 1, 1), date(2026, 12, 31)), "no time zone"),
        (Calendar("x", "Etc/UTC", (7,), (), date(2026, 1, 1), date(2026, 12, 31)), "none of 0"),
        (Calendar("x", "Etc/UTC", tuple(range(7)), (), date(2026, 1, 1), date(2026, 12, 31)), "whole week"),
        (Calendar("x", "Etc/UTC", (5,), (), date(2026, 12, 31), date(2026, 1, 1)), "before it begins"),
        (
            Calendar("x", "Etc/UTC", (5,), (date(2025, 1, 1),), date(2026, 1, 1), date(2026, 12, 31)),
            "outside",
        ),
        (
            Calendar("x", "Etc/UTC", (5,), (date(2026, 1, 1),) * 2, date(2026, 1, 1), date(2026, 12, 31)),
            "twice",
        ),
    ],
)
def test_a_calendar_that_makes_no_sense_is_told(wrong: Calendar, said: str) -> None:
    """Before it can be put in force."""
    assert any(said in one for one in calendar_problems(wrong))


def test_a_sound_calendar_has_no_problems() -> None:
    """The one used here."""
    assert list(calendar_problems(LONDON)) == []


@settings(max_examples=150, deadline=None)
@given(CALENDARS, INSTANTS, INSTANTS, UNIT, st.integers(1, 60))
def test_a_later_start_never_ends_earlier(
    calendar: Calendar, one: datetime, other: datetime, unit: Unit, count: int
) -> None:
    """Due instants keep the order of their starts, and lie after them."""
    first, second = sorted((one, other))
    assert first < due(calendar, first, TimeLimit(count if unit != "years" else 2, unit))
    limit = TimeLimit(min(count, 2) if unit == "years" else count % 24 + 1, unit)
    assert due(calendar, first, limit) <= due(calendar, second, limit)


@settings(max_examples=100, deadline=None)
@given(CALENDARS, INSTANTS, UNIT, st.integers(1, 24))
def test_a_longer_limit_ends_later(calendar: Calendar, start: datetime, unit: Unit, count: int) -> None:
    """One more unit is always more."""
    assert count < LONGEST[unit]
    assert due(calendar, start, TimeLimit(count, unit)) < due(calendar, start, TimeLimit(count + 1, unit))


@settings(max_examples=150, deadline=None)
@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS, UNIT)
def test_a_stop_never_brings_a_due_instant_forward(
    calendar: Calendar, at: datetime, one: datetime, other: datetime, unit: Unit
) -> None:
    """And one that was over before the stop stays where it was."""
    since, until = sorted((one, other))
    after = moved(calendar, at, unit, since, until)
    assert after >= at
    if at <= since:
        assert after == at


@settings(max_examples=150, deadline=None)
@given(CALENDARS, INSTANTS, st.integers(0, 90), st.integers(0, 90), st.integers(1, 40))
def test_what_remained_of_a_working_day_limit_remains_after_the_stop(
    calendar: Calendar, start: datetime, wait: int, length: int, count: int
) -> None:
    """Counted by hand: as many working days end between stop and due instant as would have without the stop."""
    over = due(calendar, start, TimeLimit(count, "working_days"))
    since = start + timedelta(hours=wait * 7)
    until = since + timedelta(hours=length * 11)
    if since >= over:
        return

    def ended(after: datetime, to: datetime) -> int:
        days = (date(2025, 12, 1) + timedelta(days=number) for number in range(1500))
        return sum(calendar.works(day) and after < calendar.end_of(day) <= to for day in days)

    assert ended(until, moved(calendar, over, "working_days", since, until)) == ended(since, over)


def test_a_stop_over_a_weekend_costs_no_working_day() -> None:
    """From Friday noon, which is not over, to Sunday one working day ends: the Friday itself."""
    over = here(LONDON, "2026-03-17 00:00")
    friday, sunday = here(LONDON, "2026-03-06 12:00"), here(LONDON, "2026-03-08 12:00")
    assert moved(LONDON, over, "working_days", friday, sunday) == here(LONDON, "2026-03-18 00:00")
    saturday = here(LONDON, "2026-03-07 12:00")
    assert moved(LONDON, over, "working_days", saturday, sunday) == over


def test_a_stop_over_a_change_of_the_clocks_keeps_midnight() -> None:
    """Days are moved on the wall clock: the due instant stays at the end of a day."""
    over = here(BERLIN, "2026-03-28 00:00")
    since, until = here(BERLIN, "2026-03-20 10:00"), here(BERLIN, "2026-03-25 10:00")
    assert moved(BERLIN, over, "days", since, until) == here(BERLIN, "2026-04-02 00:00")
    assert moved(BERLIN, over, "hours", since, until) == over + timedelta(days=5)
