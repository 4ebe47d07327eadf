"""Making calendars: which days are public holidays where, as the library ``holidays`` knows them.

What it says is written into the record as a calendar and stays what it was, whatever a later version of the library says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from lastword.cases.calendar import Calendar
from lastword.errors import InputError, Problem, Where
from lastword.files.fields import Fields
from lastword.files.yaml import Map, Seq, read_yaml

LONGEST = 60
"""Years that one calendar may cover: beyond, nobody knows the holidays."""
_KEYS = ("id", "country", "subdivision", "zone", "weekend")


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """What a calendar is made from. ``country``: ISO 3166 code, "" for no holidays. ``weekend``: None for the country's own."""

    id: str
    country: str
    subdivision: str
    zone: str
    weekend: tuple[int, ...] | None = None
    where: Where = Where("")

    def between(self, first_year: int, last_year: int) -> Calendar:
        """Return the calendar for whole years. Raises InputError as ``calendar_of`` does, naming the place of the source."""
        return _made(self, first_year, last_year)


def calendar_of(
    ident: str, country: str, subdivision: str, zone: str, first_year: int, last_year: int
) -> Calendar:
    """Return the calendar of a country, or of a part of it, for whole years.

    Raises InputError: a country, part or zone that nobody knows, or years for which no holidays are known.
    """
    return _made(
        CalendarSource(ident, country, subdivision, zone, None, Where("calendar")), first_year, last_year
    )


def read_calendars(folder: Path, first_year: int, last_year: int) -> tuple[Calendar, ...]:
    """Return the calendars that ``procedures.yaml`` of the pack in ``folder`` asks for. Raises InputError."""
    return calendars_of([folder], first_year, last_year)


def calendars_of(folders: Iterable[Path], first_year: int, last_year: int) -> tuple[Calendar, ...]:
    """Return the calendars that the packs in ``folders`` ask for, each once. Raises InputError, also if two packs mean
    different ones by the same id.
    """
    take = Fields()
    found: dict[str, CalendarSource] = {}
    for folder in folders:
        for one in _sources(folder, take):
            known = found.setdefault(one.id, one)
            if _of(known) != _of(one):
                what = f"the calendar `{one.id}` is another one at {known.where}"
                take.refuse(one.where, what, "let both packs mean the same by it, or rename one")
    made = []
    for source in found.values():
        try:
            made.append(source.between(first_year, last_year))
        except InputError as error:
            take.problems.extend(error.problems)
    take.raise_problems()
    return tuple(made)


def _sources(folder: Path, take: Fields) -> tuple[CalendarSource, ...]:
    path = folder / "procedures.yaml"
    if not path.is_file():
        return ()
    try:
        content = read_yaml(path, f"{folder.resolve().name}/{path.name}")
    except InputError as error:
        take.problems.extend(error.problems)
        return ()
    return calendar_sources(content, take) if isinstance(content, Map) else ()


def calendar_sources(content: Map, take: Fields) -> tuple[CalendarSource, ...]:
    """Return what the section ``calendars`` of a file names; problems are noted in ``take``."""
    found: dict[str, CalendarSource] = {}
    for spec in take.maps(content, "calendars"):
        take.only(spec, _KEYS, "a calendar")
        ident = take.text(spec, "id", example="gb")
        zone = take.text(spec, "zone", example="Europe/London")
        if ident in found:
            take.refuse(spec.at, f"the calendar `{ident}` is there twice", "keep one of them")
        if zone and not _is_zone(zone):
            take.refuse(spec.where("zone"), f"`{zone}` is no time zone", "write one such as Europe/London")
        weekend = spec.get("weekend")
        if weekend is not None and not (
            isinstance(weekend, Seq) and all(type(day) is int and 0 <= day <= 6 for day in weekend)
        ):
            take.refuse(spec.where("weekend"), "`weekend` is no list of days", "write [5, 6]; Monday is 0")
            weekend = None
        found[ident] = CalendarSource(
            ident,
            take.text(spec, "country"),
            take.text(spec, "subdivision"),
            zone,
            tuple(weekend) if weekend is not None else None,
            spec.at,
        )
    return tuple(found.values())


def _of(source: CalendarSource) -> tuple[object, ...]:
    return source.country, source.subdivision, source.zone, source.weekend


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _made(source: CalendarSource, first_year: int, last_year: int) -> Calendar:
    import holidays  # takes long to import, and is read only where a calendar is made

    def refused(what: str, mend: str) -> InputError:
        return InputError(Problem(source.where, f"calendar `{source.id}`: {what}", mend))

    if not 1 <= first_year <= last_year <= 9998 or last_year - first_year >= LONGEST:
        raise refused(f"{first_year} to {last_year} is no span of years", f"write up to {LONGEST} years")
    if not _is_zone(source.zone):
        raise refused(f"`{source.zone}` is no time zone", "write one such as Europe/London")
    weekend = source.weekend
    days: list[date] = []
    if source.country:
        try:
            found = holidays.country_holidays(
                source.country, subdiv=source.subdivision or None, years=range(first_year, last_year + 1)
            )
        except NotImplementedError as error:
            raise refused(
                f"nobody knows its holidays: {error}", "write codes of ISO 3166, e.g. GB and ENG"
            ) from None
        if first_year < found.start_year or last_year > found.end_year:
            what = f"holidays of `{source.country}` are known from {found.start_year} to {found.end_year}"
            raise refused(what, "ask for these years")
        if weekend is None:
            weekend = tuple(sorted(found.weekend))
        days = sorted(day for day in found if first_year <= day.year <= last_year)
    weekend = weekend if weekend is not None else (5, 6)
    return Calendar(
        source.id,
        source.zone,
        weekend,
        tuple(day for day in days if day.weekday() not in weekend),
        date(first_year, 1, 1),
        date(last_year, 12, 31),
    )
