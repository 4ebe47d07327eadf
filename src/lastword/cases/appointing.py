"""What changes of the roster come to: all of them or none, judged one after the other, on the roster as it is by then.

Nothing is changed backwards: a term begins or ends on no day that is over. Only where nobody has held an office in this record,
so that nobody can have acted in it, are terms taken over that began elsewhere. Days are counted where it is latest on earth
(UTC-12), so that "today" can be said anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from lastword.cases.acts import RosterChange
from lastword.cases.constitution import GUARDED, Constitution
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Deputy, NameAt, Office, Officer, Person, Roster
from lastword.cases.rosterevents import RosterChanged, apply_roster

RESERVED: Final = frozenset({"worker", "silence"})
"""Ids that stand for no person: who lets time pass, and what decides where nobody did."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:+/-]{0,99}", re.ASCII)
_BEGINNING: Final = date.min
_Term = TypeVar("_Term", Officer, Deputy)


def earliest_day(now: datetime) -> date:
    """Return the earliest day that it is anywhere on earth at ``now``."""
    return (now - timedelta(hours=12)).date()


def judged(
    changes: Iterable[RosterChange],
    roster: Roster,
    constitution: Constitution,
    now: datetime,
    *,
    by: tuple[str, ...],
    principals: tuple[str, ...] = (),
    proposal: str = "",
    names: Mapping[str, NameAt] | None = None,
    founding: bool = False,
) -> RosterChanged:
    """Return what becomes of the roster. Raises ActRefused for the first change that cannot be, and where a guard would be left
    with fewer officers than it needs.

    ``names``: where the names of persons stand. ``founding``: terms may have begun long ago, and guards are not looked at.
    """
    today = _BEGINNING if founding else earliest_day(now)
    changed = RosterChanged(by, now, proposal, principals, names=dict(names or {}))
    drafted = roster
    for change in changes:
        changed = _with(changed, change, roster, drafted, today)
        drafted = apply_roster(roster, changed)
    if drafted == replace(roster, no=drafted.no):
        raise ActRefused("no_change", "nothing would change", "the roster says so already")
    if not founding:
        for guard, needs, before, after, day in _weakened(constitution, roster, drafted, today):
            what = f"from {day} on {after} of the {needs} persons that `{guard}` needs would be left"
            raise ActRefused(
                "too_few", f"{what}, of {before} now", "appoint others first, in the same change"
            )
    return changed


def gains(changes: Iterable[RosterChange], roster: Roster) -> frozenset[str]:
    """Return the human beings, by Roster.human, whose rights or identity ``changes`` touch: these may not be for them.

    Whoever loses an office by them may be: that raises nobody's rights.
    """
    found: set[str] = set()
    persons = dict(roster.persons)
    for change in changes:
        if change.person is not None:
            persons[change.person.id] = change.person
            found.update((change.person.id, change.person.same_as))
        elif change.officer is not None:
            found.add(change.officer.person)
        elif change.deputy is not None:
            found.add(change.deputy.person)
        elif change.office is not None:
            known = roster.offices.get(change.office.id)
            if known is not None and known.closed is not None and known.closed != change.office.closed:
                found.update(one.person for one in roster.officers if one.office == known.id)
    after = replace(roster, persons=persons)
    found.discard("")
    return frozenset(human for one in found for human in (roster.human(one), after.human(one)))


def touched_offices(changes: Iterable[RosterChange]) -> frozenset[str]:
    """Return the offices whose holders, deputies or existence ``changes`` are about."""
    found = set()
    for change in changes:
        if change.officer is not None:
            found.add(change.officer.office)
        elif change.deputy is not None:
            found.add(change.deputy.office)
        elif change.office is not None:
            found.add(change.office.id)
        elif change.end_officer is not None:
            found.add(change.end_officer[0])
        elif change.end_deputy is not None:
            found.add(change.end_deputy[0])
    return frozenset(found)


def touched_holders(changes: Iterable[RosterChange], roster: Roster) -> frozenset[str]:
    """Return the offices ever held, or deputised in, by persons whose entries ``changes`` change."""
    named = [change.person for change in changes if change.person is not None]
    persons = {
        one.id for person in named for ident in (person.id, person.same_as) for one in roster.ids_of(ident)
    }
    found = {one.office for one in roster.officers if one.person in persons}
    return frozenset(found | {one.office for one in roster.deputies if one.person in persons})


def constitution_problems(constitution: Constitution, roster: Roster, day: date) -> Iterator[str]:
    """Yield why a record cannot be founded on ``constitution`` and ``roster`` on ``day``: what nobody could ever do later."""
    for name in constitution.guards:
        if name not in GUARDED:
            yield f"`{name}` is nothing that a constitution guards; it guards " + ", ".join(GUARDED)
    highest = max((guard.needs for guard in constitution.guards.values()), default=0)
    for name in GUARDED:
        guard = constitution.guards.get(name)
        if guard is None:
            yield f"nobody may ever change `{name}`: write its office and how many officers it needs"
            continue
        if guard.needs < 1:
            yield f"`{name}` needs {guard.needs} officers, so that nobody would guard it; write at least 1"
            continue
        if not roster.exists(guard.office, day):
            yield f"`{name}` is guarded by the office `{guard.office}`, which does not exist"
            continue
        there = _humans(roster, guard.office, day)
        if there < guard.needs:
            yield f"`{name}` needs {guard.needs} officers of `{guard.office}`, and it has {there} on {day}"
        elif name == "roster" and there < highest:
            yield (
                f"who appoints the guards of a thing needs as many as the thing: {highest} officers of"
                f" `{guard.office}`, and it has {there} on {day}"
            )


def _with(
    changed: RosterChanged, change: RosterChange, before: Roster, drafted: Roster, today: date
) -> RosterChanged:
    given = [one for one in _parts(change) if one is not None]
    if len(given) != 1:
        raise ActRefused(
            "no_change", f"a change names {len(given)} things at once", "name exactly one in each"
        )
    if change.office is not None:
        _check_office(change.office, drafted, today)
        kept = tuple(one for one in changed.offices if one.id != change.office.id)
        return replace(changed, offices=(*kept, change.office))
    if change.person is not None:
        _check_person(change.person, drafted, today)
        others = tuple(one for one in changed.persons if one.id != change.person.id)
        return replace(changed, persons=(*others, change.person))
    if change.officer is not None:
        _check_officer(change.officer, drafted, _first_day(change.officer.office, before, today))
        return replace(changed, officers_came=(*changed.officers_came, change.officer))
    if change.deputy is not None:
        check_deputy(change.deputy, drafted, _first_day(change.deputy.office, before, today))
        return replace(changed, deputies_came=(*changed.deputies_came, change.deputy))
    if change.end_officer is not None:
        office, person, day = change.end_officer
        term = _officer_on(drafted, office, person, day, today)
        came = tuple(one for one in changed.officers_came if one != term)
        return replace(
            changed,
            officers_gone=(*changed.officers_gone, term)
            if term in before.officers
            else changed.officers_gone,
            officers_came=came if day <= term.since else (*came, replace(term, until=day)),
        )
    assert change.end_deputy is not None
    office, principal, person, day = change.end_deputy
    stand_in = _deputy_on(drafted, office, principal, person, day, today)
    left = tuple(one for one in changed.deputies_came if one != stand_in)
    gone = changed.deputies_gone
    return replace(
        changed,
        deputies_gone=(*gone, stand_in) if stand_in in before.deputies else gone,
        deputies_came=left if day <= stand_in.since else (*left, replace(stand_in, until=day)),
    )


def _first_day(office: str, before: Roster, today: date) -> date:
    """Return the first day on which a term in ``office`` may begin: any, where nobody has held it here before."""
    return today if any(one.office == office for one in before.officers) else _BEGINNING


def _parts(change: RosterChange) -> tuple[object, ...]:
    return (
        change.office,
        change.person,
        change.officer,
        change.deputy,
        change.end_officer,
        change.end_deputy,
    )


def _check_office(office: Office, roster: Roster, today: date) -> None:
    _check_id(office.id, "an office", roster.offices)
    if not office.authority:
        raise ActRefused("no_authority", f"the office `{office.id}` belongs to nobody", "name its authority")
    known = roster.offices.get(office.id)
    if known is not None and known.authority != office.authority:
        what = f"the office `{office.id}` belongs to `{known.authority}` and cannot change hands"
        raise ActRefused("exists", what, "add an office of another id")
    if known is not None and known.closed is not None and known.closed <= today:
        if office.closed != known.closed:
            what = f"the office `{office.id}` is closed since {known.closed} for good"
            raise ActRefused("closed", what, "add an office of another id")
    elif office.closed is not None:
        _check_not_past(office.closed, f"the office `{office.id}` would close", today)


def _check_person(person: Person, roster: Roster, today: date) -> None:
    _check_id(person.id, "a person", roster.persons)
    if person.id in RESERVED:
        raise ActRefused("bad_id", f"`{person.id}` stands for nobody", "take another id")
    if person.same_as:
        if person.same_as not in roster.persons and person.same_as != person.id:
            what = f"`{person.id}` is said to be the same as `{person.same_as}`, whom nobody knows"
            raise ActRefused("unknown_person", what, "add that person first")
        seen = {person.id}
        at = person.same_as
        while at:
            if at in seen:
                what = f"`{person.id}` and `{person.same_as}` would each be the same as the other, in a ring"
                raise ActRefused("ring", what, "let every id of a human point to one that points to none")
            seen.add(at)
            at = roster.persons[at].same_as if at in roster.persons else ""
    if person.robot:
        held = [one.office for one in roster.officers if one.person == person.id and _runs(one, today)]
        if held:
            what = f"`{person.id}` holds `{held[0]}`, and a robot holds no office"
            raise ActRefused("robot", what, "end the term first")


def _check_officer(officer: Officer, roster: Roster, today: date) -> None:
    _check_office_open(officer.office, officer.since, roster)
    _check_human(officer.person, roster, "holds no office")
    _check_term(officer.since, officer.until, f"`{officer.person}` in `{officer.office}`", today)
    for one in roster.officers:
        same = (one.office, one.person) == (officer.office, officer.person)
        if same and _overlap(one.since, one.until, officer.since, officer.until):
            what = f"`{officer.person}` holds `{officer.office}` from {one.since} to {one.until or 'no end'}"
            raise ActRefused("exists", what, "let the new term begin when the old one has ended")


def check_deputy(deputy: Deputy, roster: Roster, today: date) -> None:
    """Raise ActRefused for a deputy who cannot be: of oneself, a robot, for somebody who does not hold the office."""
    _check_office_open(deputy.office, deputy.since, roster)
    _check_human(deputy.person, roster, "deputises for nobody")
    if roster.human(deputy.person) == roster.human(deputy.principal):
        what = f"`{deputy.person}` and `{deputy.principal}` are the same human being"
        raise ActRefused("same_human", what, "name somebody else as deputy")
    term = f"`{deputy.person}` for `{deputy.principal}` in `{deputy.office}`"
    _check_term(deputy.since, deputy.until, term, today)
    if not roster.holds(deputy.principal, deputy.office, deputy.since):
        what = f"`{deputy.principal}` does not hold `{deputy.office}` on {deputy.since}"
        mend = "only who holds an office in person has a deputy in it; a deputy has none"
        raise ActRefused("not_seated", what, mend)
    for one in roster.deputies:
        same = (one.office, one.principal, one.person) == (deputy.office, deputy.principal, deputy.person)
        if same and _overlap(one.since, one.until, deputy.since, deputy.until):
            what = f"{term} is there already from {one.since} to {one.until}"
            raise ActRefused("exists", what, "let the new term begin when the old one has ended")


def _officer_on(roster: Roster, office: str, person: str, day: date, today: date) -> Officer:
    running = [one for one in roster.officers if (one.office, one.person) == (office, person)]
    return _term_on(running, f"`{person}` does not hold `{office}`", day, today)


def _deputy_on(roster: Roster, office: str, principal: str, person: str, day: date, today: date) -> Deputy:
    key = (office, principal, person)
    running = [one for one in roster.deputies if (one.office, one.principal, one.person) == key]
    return _term_on(running, f"`{person}` does not act for `{principal}` in `{office}`", day, today)


def _term_on(found: list[_Term], missing: str, day: date, today: date) -> _Term:
    running = [one for one in found if _runs(one, day) and _runs(one, today)]
    if not running:
        raise ActRefused("no_term", f"{missing} on {day} or later", "see `lastword office list`")
    first = min(running, key=lambda one: one.since)
    _check_not_past(day, "the term would end", today)
    return first


def _runs(term: Officer | Deputy, day: date) -> bool:
    """Say whether a term has a day on ``day`` or after it."""
    return term.until is None or day < term.until


def _overlap(since: date, until: date | None, other: date, other_until: date | None) -> bool:
    return (until is None or other < until) and (other_until is None or since < other_until)


def _check_id(ident: str, what: str, known: Iterable[str]) -> None:
    if not _ID.fullmatch(ident):
        mend = "write up to 100 letters, digits and . _ @ : + / - without spaces"
        raise ActRefused("bad_id", f"`{ident}` is no id of {what}", mend)
    twin = next((one for one in known if one != ident and one.lower() == ident.lower()), None)
    if twin is not None:
        what = f"`{ident}` differs from `{twin}` by capitals only"
        raise ActRefused("bad_id", what, "take another id, or write the one that is there")


def _check_human(person: str, roster: Roster, never: str) -> None:
    known = roster.persons.get(person)
    if known is None:
        raise ActRefused("unknown_person", f"nobody knows the person `{person}`", "add the person first")
    if known.robot:
        raise ActRefused("robot", f"`{person}` is a robot, which {never}", "name a human being")


def _check_office_open(office: str, day: date, roster: Roster) -> None:
    known = roster.offices.get(office)
    if known is None:
        raise ActRefused("unknown_office", f"there is no office `{office}`", "add it first")
    if known.closed is not None and known.closed <= day:
        what = f"the office `{office}` no longer exists on {day}"
        raise ActRefused("closed", what, f"it closes on {known.closed}; name another office")


def _check_term(since: date, until: date | None, whose: str, today: date) -> None:
    _check_not_past(since, f"the term of {whose} would begin", today)
    if until is not None and until <= since:
        what = f"the term of {whose} would end on {until}, before its first day {since}"
        raise ActRefused("no_term", what, "let it end on a later day; the last day is the one before")


def _check_not_past(day: date, what: str, today: date) -> None:
    if day < today:
        raise ActRefused("past", f"{what} on {day}, which is over", f"write {today} or a later day")


def _humans(roster: Roster, office: str, day: date) -> int:
    return len({roster.human(one) for one in roster.holders(office, day)})


def _weakened(
    constitution: Constitution, before: Roster, after: Roster, today: date
) -> Iterator[tuple[str, int, int, int, date]]:
    """Yield (guard, needs, officers before, officers after, day) for each guard that a change leaves with fewer humans than it
    needs, on the first day on which that is so.

    The number that is needed stays as it is when there are fewer: a shrinking electorate never lowers a threshold.
    """
    for name, guard in constitution.guards.items():
        days = {today}
        for roster in (before, after):
            for one in roster.officers:
                if one.office == guard.office:
                    days.update(day for day in (one.since, one.until) if day is not None and day > today)
            office = roster.offices.get(guard.office)
            if office is not None and office.closed is not None and office.closed > today:
                days.add(office.closed)
        for day in sorted(days):
            had, has = _humans(before, guard.office, day), _humans(after, guard.office, day)
            if has < guard.needs and has < had:
                yield name, guard.needs, had, has, day
                break
