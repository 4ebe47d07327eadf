"""The roster: which office exists, who holds it from when to when, who deputises, and who a person is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lastword.cases.case import TextAt


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts, by an opaque id; the name is an erasable text of the record.

    ``organisation``: whose staff the person is. ``same_as``: another id of the same human being; of a robot: who runs it.
    ``robot``: no human being. ``acts_for``: further organisations in whose name the person may act, e.g. a customs agent for a
    firm, or the firms of one group.
    """

    id: str
    organisation: str = ""
    robot: bool = False
    same_as: str = ""
    acts_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Office:
    """A post that acts; ``authority``: the body it belongs to. ``closed``: the day from which it no longer exists."""

    id: str
    authority: str
    title: Mapping[str, str] = field(default_factory=dict)
    closed: date | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    """``person`` holds ``office`` from the day ``since`` up to the day before ``until`` (None: no end)."""

    office: str
    person: str
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Say whether the term covers ``day``."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Deputy:
    """``person`` acts for the officer ``principal`` in ``office`` from ``since`` up to the day before ``until``."""

    office: str
    principal: str
    person: str
    since: date
    until: date

    def holds(self, day: date) -> bool:
        """Say whether the term covers ``day``."""
        return self.since <= day < self.until


@dataclass(frozen=True, slots=True)
class NameAt:
    """Where the name of a person stands: an erasable text of an entry in ``stream``."""

    stream: str
    at: TextAt


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything of it, as of now; who held an office earlier stays in it.

    ``no``: entries in its stream. ``names``: person -> where the name stands.
    """

    persons: Mapping[str, Person] = field(default_factory=dict)
    offices: Mapping[str, Office] = field(default_factory=dict)
    officers: tuple[Officer, ...] = ()
    deputies: tuple[Deputy, ...] = ()
    no: int = 0
    names: Mapping[str, NameAt] = field(default_factory=dict)

    def human(self, person: str) -> str:
        """Return one id for the human being behind ``person``: the same for all ids of one human.

        A ring of ``same_as`` is refused when the roster is changed; should one come from elsewhere, its least id stands for all.
        """
        chain = [person]
        while True:
            known = self.persons.get(chain[-1])
            if known is None or not known.same_as:
                return chain[-1]
            if known.same_as in chain:
                return min(chain[chain.index(known.same_as) :])
            chain.append(known.same_as)

    def is_human(self, person: str) -> bool:
        """Say whether ``person`` is known and no robot."""
        known = self.persons.get(person)
        return known is not None and not known.robot

    def exists(self, office: str, day: date) -> bool:
        """Say whether there is the office on ``day``."""
        known = self.offices.get(office)
        return known is not None and (known.closed is None or day < known.closed)

    def holds(self, person: str, office: str, day: date) -> bool:
        """Say whether ``person``, a human being, holds ``office`` on ``day`` in person."""
        return (
            self.is_human(person)
            and self.exists(office, day)
            and any(one.office == office and one.person == person and one.holds(day) for one in self.officers)
        )

    def capacity(self, person: str, office: str, principal: str, day: date) -> bool:
        """Say whether ``person`` may act in ``office`` on ``day``: as who holds it, or as deputy of ``principal``, who does.

        A deputy stands in for an officer in person; a deputy of a deputy does not exist. ``principal``: "" for nobody.
        """
        if not principal:
            return self.holds(person, office, day)
        return (
            self.is_human(person)
            and self.human(person) != self.human(principal)
            and self.holds(principal, office, day)
            and any(
                (one.office, one.principal, one.person) == (office, principal, person) and one.holds(day)
                for one in self.deputies
            )
        )

    def holders(self, office: str, day: date) -> tuple[str, ...]:
        """Return who holds ``office`` on ``day`` in person, by id."""
        found = {one.person for one in self.officers if one.office == office}
        return tuple(sorted(person for person in found if self.holds(person, office, day)))

    def stand_ins(self, office: str, day: date) -> tuple[tuple[str, str], ...]:
        """Return who deputises in ``office`` on ``day``: (person, principal)."""
        found = {(one.person, one.principal) for one in self.deputies if one.office == office}
        return tuple(sorted(pair for pair in found if self.capacity(pair[0], office, pair[1], day)))

    def offices_of(self, person: str, day: date) -> tuple[str, ...]:
        """Return the offices that ``person`` holds on ``day`` in person."""
        found = {one.office for one in self.officers if one.person == person}
        return tuple(sorted(office for office in found if self.holds(person, office, day)))

    def deputises(self, person: str, day: date) -> tuple[tuple[str, str], ...]:
        """Return where ``person`` acts for others on ``day``: (office, principal)."""
        found = {(one.office, one.principal) for one in self.deputies if one.person == person}
        return tuple(sorted(pair for pair in found if self.capacity(person, pair[0], pair[1], day)))

    def staff_of(self, person: str, organisation: str) -> bool:
        """Say whether the human being behind ``person`` belongs to ``organisation`` or may act for it, under any id."""
        if not organisation:
            return False
        return any(
            organisation == one.organisation or organisation in one.acts_for for one in self.ids_of(person)
        )

    def ids_of(self, person: str) -> tuple[Person, ...]:
        """Return all entries of the human being behind ``person``."""
        human = self.human(person)
        return tuple(
            one
            for one in self.persons.values()
            if one.id == human or (one.same_as and self.human(one.id) == human)
        )
