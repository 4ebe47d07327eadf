"""Reading a roster: ``roster.yaml`` of a workspace, as the changes that make it.

It names offices, persons, officers and deputies. In the record nothing changes by reading: the changes are an act like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from lastword.cases.acts import RosterChange
from lastword.cases.roster import Deputy, Office, Officer, Person
from lastword.errors import InputError, Problem
from lastword.files.fields import Fields
from lastword.files.suggestion import did_you_mean
from lastword.files.yaml import Map, read_yaml

FILE: Final = "roster.yaml"
_FILE_KEYS = ("offices", "persons", "officers", "deputies")
_OFFICE_KEYS = ("authority", "title", "closed")
_PERSON_KEYS = ("name", "organisation", "acts_for", "robot", "same_as")
_OFFICER_KEYS = ("office", "person", "since", "until")
_DEPUTY_KEYS = ("office", "principal", "person", "since", "until")


def read_roster(
    path: Path, file: str | None = None, *, offices: tuple[str, ...] = ()
) -> tuple[RosterChange, ...]:
    """Return the changes that ``roster.yaml`` stands for: offices, persons, officers, deputies, in this order.

    ``offices``: ids that are there already, e.g. those of the packs. Raises InputError with everything wrong in the file.
    """
    content = read_yaml(path, file if file is not None else path.name)
    if not isinstance(content, Map):
        raise InputError(Problem(content.at, "is a list", "write sections such as `persons:`"))
    take = Fields()
    take.only(content, _FILE_KEYS, "a roster")
    made = tuple(_changes(content, take, offices))
    take.raise_problems()
    return made


def _changes(content: Map, take: Fields, known: tuple[str, ...]) -> Iterator[RosterChange]:
    offices = set(known)
    for ident, spec in take.named(content, "offices"):
        take.only(spec, _OFFICE_KEYS, "an office")
        offices.add(ident)
        authority = take.text(spec, "authority", example="GB/ECJU")
        title = take.texts(spec, "title") if "title" in spec else {}
        yield RosterChange(office=Office(ident, authority, title, take.day(spec, "closed")))
    people = dict(take.named(content, "persons"))
    persons = set(people)
    for ident in _in_order(people):
        spec = people[ident]
        take.only(spec, _PERSON_KEYS, "a person")
        same = take.text(spec, "same_as")
        if same:
            _known(take, spec, "same_as", same, persons)
        person = Person(
            ident,
            take.text(spec, "organisation"),
            take.truth(spec, "robot"),
            same,
            take.words(spec, "acts_for"),
        )
        yield RosterChange(person=person, name=take.text(spec, "name"))
    for spec in take.maps(content, "officers"):
        take.only(spec, _OFFICER_KEYS, "an officer")
        office = take.text(spec, "office", example="...")
        holder = take.text(spec, "person", example="...")
        _known(take, spec, "office", office, offices)
        _known(take, spec, "person", holder, persons)
        yield RosterChange(
            officer=Officer(office, holder, _day(take, spec, "since"), take.day(spec, "until"))
        )
    for spec in take.maps(content, "deputies"):
        take.only(spec, _DEPUTY_KEYS, "a deputy")
        office = take.text(spec, "office", example="...")
        principal, deputy = (
            take.text(spec, "principal", example="..."),
            take.text(spec, "person", example="..."),
        )
        _known(take, spec, "office", office, offices)
        _known(take, spec, "principal", principal, persons)
        _known(take, spec, "person", deputy, persons)
        since, until = _day(take, spec, "since"), _day(take, spec, "until")
        yield RosterChange(deputy=Deputy(office, principal, deputy, since, until))


def _in_order(people: Mapping[str, Map]) -> list[str]:
    """Return the ids so that whoever is the same as somebody else comes after them."""
    order: dict[str, None] = {}
    for ident in people:
        chain = [ident]
        while (same := str(people[chain[-1]].get("same_as") or "")) in people and same not in chain:
            chain.append(same)
        order.update(dict.fromkeys(reversed(chain)))
    return list(order)


def _day(take: Fields, spec: Map, key: str) -> date:
    found = take.day(spec, key) if take.needed(spec, key, "2026-11-25") else None
    return found or date.min


def _known(take: Fields, spec: Map, key: str, ident: str, known: set[str]) -> None:
    if ident and ident not in known:
        section = "offices" if key == "office" else "persons"
        mend = did_you_mean(ident, known) or f"write it under `{section}:`"
        take.refuse(spec.where(key), f"there is no {section[:-1]} `{ident}` here", mend)
