"""Time limits and the calendars by which they are counted. Due instants are computed once and written down.

How days, months and years are counted follows sections 187 and 188 of the German Civil Code (BGB), which agree with
Regulation (EEC, Euratom) No 1182/71, article 3, and with what British and American desks do: the day of the event is not
counted, and a limit ends with the end of its last day. In time is an instant before the due one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from lastword.errors import InputError, Problem, Where

Unit = Literal["hours", "days", "working_days", "months", "years"]
UNITS: Final = ("hours", "days", "working_days", "months", "years")
LONGEST: Final[Mapping[str, int]] = {
    "hours": 87_600,
    "days": 36_500,
    "working_days": 26_000,
    "months": 1_200,
    "years": 100,
}
"""The longest limit that is taken, per unit: what is longer is a slip of the pen, not law."""
_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)


class CalendarEndsError(InputError):
    """A working day has to be counted on which the calendar is silent. Nothing is guessed from there on."""

    def __init__(self, calendar: Calendar, day: date) -> None:
        if day > calendar.last:
            what = f"the calendar `{calendar.id}` ends on {calendar.last}, and {day} has to be counted"
            mend = "put a later one in force with `lastword calendar set`"
        else:
            what = f"the calendar `{calendar.id}` begins on {calendar.first}, and {day} has to be counted"
            mend = "put one that begins earlier in force with `lastword calendar set`"
        super().__init__(Problem(Where("calendar"), what, mend))


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A length of time, e.g. 20 working days.

    ``extended``: if its last day is no working day, it ends with the next working day, as section 31(3) of the German
    Administrative Procedure Act (VwVfG) and article 3(4) of Regulation 1182/71 have it; by default it stays where it is,
    as a limit that the law does not extend does.
    """

    count: int
    unit: Unit
    extended: bool = False

    def __str__(self) -> str:
        unit = self.unit.replace("_", " ")
        words = f"{self.count} {unit if self.count != 1 else unit[:-1]}"
        return f"{words}, or to the next working day" if self.extended else words


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are working days in one place, from ``first`` to ``last``; beyond nothing is known.

    ``zone``: an IANA time zone. ``weekend``: days of the week, Monday = 0. ``holidays``: days that are none of the weekend's.
    """

    id: str
    zone: str
    weekend: tuple[int, ...]
    holidays: tuple[date, ...]
    first: date
    last: date

    def works(self, day: date) -> bool:
        """Say whether ``day`` is a working day. Raises CalendarEndsError where the calendar is silent."""
        if not self.first <= day <= self.last:
            raise CalendarEndsError(self, day)
        return day.weekday() not in self.weekend and day not in self.holidays

    def day(self, at: datetime) -> date:
        """Return the day that it is here at an aware instant."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """Return the instant, in UTC, at which ``day`` is over: the first midnight, on the clocks here, after it.

        Where the clocks skip midnight it is the instant of the skip; where midnight comes twice it is the first one.
        """
        return datetime.combine(day + _DAY, time(), ZoneInfo(self.zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class CalendarSet:
    """The calendars in force, by id. ``no``: entries in their stream."""

    all: Mapping[str, Calendar] = field(default_factory=dict)
    no: int = 0


def due(calendar: Calendar, start: datetime, limit: TimeLimit) -> datetime:
    """Return the instant, in UTC, at which ``limit`` is over if it starts at the aware instant ``start``.

    Hours are exact. Otherwise the day of the start, on the clocks of the calendar, does not count, and the due instant is the
    end of the last day: day 28 of 28 days is in time, day 29 is late. Months and years end on the day of the same number, or
    on the last of a month that lacks it (section 188(2), (3) BGB). Only working days need a calendar that speaks of them.

    Raises CalendarEndsError, and InputError for a limit that is none.
    """
    _check(limit)
    if limit.unit == "hours":
        return start.astimezone(UTC) + timedelta(hours=limit.count)
    first = calendar.day(start)
    match limit.unit:
        case "days":
            last = first + limit.count * _DAY
        case "working_days":
            last = _after(calendar, first, limit.count)
        case "months":
            last = _months_after(first, limit.count)
        case _:
            last = _months_after(first, 12 * limit.count)
    if limit.extended:
        while not calendar.works(last):
            last += _DAY
    return calendar.end_of(last)


def moved(calendar: Calendar, at: datetime, unit: Unit, since: datetime, until: datetime) -> datetime:
    """Return where a due instant ``at`` goes when its clock stood still from ``since`` to ``until``; never earlier than ``at``.

    What remained of the limit at ``since`` remains at ``until``: hours move by the length of the stop; days, months and years
    by the days that ended in it; working days by the working days that ended in it. The hour on the wall clock stays.

    Raises CalendarEndsError where working days have to be counted on which the calendar is silent.
    """
    at = at.astimezone(UTC)
    if until <= since or at <= since:
        return at
    if unit == "hours":
        return at + (until - since)
    zone = ZoneInfo(calendar.zone)
    ended = _days(calendar.day(since), calendar.day(until))
    last = calendar.day(at - _TICK)
    if unit == "working_days":
        new = _after(calendar, last, sum(1 for day in ended if calendar.works(day)))
    else:
        new = last + sum(1 for _ in ended) * _DAY
    if new == last:
        return at
    here = at.astimezone(zone)
    return max(at, datetime.combine(here.date() + (new - last), here.time(), zone).astimezone(UTC))


def calendar_problems(calendar: Calendar) -> Iterator[str]:
    """Yield what is wrong with a calendar that somebody wants to put in force."""
    if not calendar.id:
        yield "it has no id"
    try:
        ZoneInfo(calendar.zone)
    except (
        KeyError,
        ValueError,
        OSError,
    ):  # as zoneinfo raises them: unknown, no name at all, a folder of zones
        yield f"`{calendar.zone}` is no time zone; write one such as `Europe/Berlin`"
    if any(not 0 <= day <= 6 for day in calendar.weekend):
        yield "its weekend names a day that is none of 0 (Monday) to 6 (Sunday)"
    elif len(set(calendar.weekend)) == 7:
        yield "its weekend is the whole week, so that no working day ever comes"
    if calendar.first > calendar.last:
        yield f"it ends on {calendar.last}, before it begins on {calendar.first}"
    outside = [day for day in calendar.holidays if not calendar.first <= day <= calendar.last]
    if outside:
        yield f"its holiday {min(outside)} lies outside {calendar.first} to {calendar.last}"
    if len(set(calendar.holidays)) != len(calendar.holidays):
        yield "it names a holiday twice"


def limit_problem(limit: TimeLimit) -> str:
    """Return what is wrong with a limit, "" if nothing: it must be of at least one unit and of no absurd length."""
    if limit.unit not in UNITS:
        return f"`{limit.unit}` is no unit of time; write one of " + ", ".join(UNITS)
    if limit.count < 1:
        return f"a limit of {limit.count} {limit.unit} is always over; write at least 1"
    if limit.count > LONGEST[limit.unit]:
        return f"a limit of {limit.count} {limit.unit} is never over; write at most {LONGEST[limit.unit]}"
    return ""


def _check(limit: TimeLimit) -> None:
    wrong = limit_problem(limit)
    if wrong:
        raise InputError(Problem(Where("limit"), wrong))


def _days(first: date, end: date) -> list[date]:
    """Return the days from ``first`` up to the one before ``end``."""
    return [first + number * _DAY for number in range((end - first).days)]


def _after(calendar: Calendar, day: date, count: int) -> date:
    """Return the ``count``-th working day after ``day``."""
    while count:
        day += _DAY
        count -= calendar.works(day)
    return day


def _months_after(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
