"""A desk whose procedures, offices and calendars are those of the packs: three officers in each office, two firms, holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from desk import Desk

import lastword
from lastword.cases.acts import Act, AppealAgainst, Ask, BreakTheGlass, Escalate, Reply, UseLicences
from lastword.cases.calendar import Calendar
from lastword.cases.constitution import Constitution, Guard
from lastword.cases.procedure import Procedure
from lastword.cases.request import Salted
from lastword.cases.roster import Deputy, Office, Officer, Person, Roster
from lastword.cases.world import World
from lastword.files.calendars import calendars_of
from lastword.files.procedures import procedures_of

PACKS = Path(lastword.__file__).parent / "packs"
SINCE = date(2020, 1, 1)


@cache
def pack_procedure(ident: str, authority: str) -> Procedure:
    """Return a procedure of the packs as it runs at ``authority``."""
    found = procedures_of(tuple(sorted(folder.parent for folder in PACKS.glob("*/procedures.yaml"))))
    return next(one for one in found if one.id == ident).at(authority)


@cache
def pack_calendars() -> Mapping[str, Calendar]:
    """Return the calendars of the packs with their holidays, up to the end of 2030."""
    folders = tuple(sorted(folder.parent for folder in PACKS.glob("*/procedures.yaml")))
    return {one.id: one for one in calendars_of(folders, 2020, 2030)}


def utc(text: str) -> datetime:
    """Return an instant: ``2026-03-02 09:00`` is in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def short(office: str) -> str:
    """Return how officers of an office are named: ``GB/ECJU-licensing`` is ``ecju-licensing``."""
    return office.partition("/")[2].lower()


class PackDesk(Desk):
    """A desk for procedures of the packs. Officers are named after their office, e.g. ``ecju-licensing.1``."""

    def __init__(self, *procedures: Procedure, at: str = "2026-03-02 09:00", **more: Any) -> None:
        """Let three persons hold each office; ``amy`` and ``bob`` are of acme, ``ed`` of nobody."""
        persons = [Person("amy", "acme"), Person("bob", "acme"), Person("ed"), Person("ann-freeze", "XX/FREEZE")]
        offices = {"freeze": Office("freeze", "XX/FREEZE")}
        officers = [Officer("freeze", "ann-freeze", SINCE)]
        for one in procedures:
            for office in one.offices:
                offices[office] = Office(office, office.rpartition("-")[0])
                for number in (1, 2, 3):
                    body = "acme" if one.internal else office.partition("-")[0]
                    persons.append(Person(f"{short(office)}.{number}", body))
                    officers.append(Officer(office, f"{short(office)}.{number}", SINCE))
        super().__init__(
            World(
                roster=Roster({one.id: one for one in persons}, offices, tuple(dict.fromkeys(officers))),
                calendars=pack_calendars(),
                constitution=Constitution({"moratorium": Guard("freeze")}),
            ),
            utc(at),
            **more,
        )

    def on(self, at: str) -> PackDesk:
        """Let it be ``at``: everything due happens, and the answer is of that day."""
        self.pass_to(utc(at))
        return self

    def appoint(self, office: str, person: str, *, organisation: str = "", same_as: str = "") -> None:
        """Let a person hold an office from the beginning."""
        roster = self.world.roster
        known = roster.persons.get(person, Person(person, organisation, same_as=same_as))
        self.world = replace(
            self.world,
            roster=replace(
                roster,
                persons={**roster.persons, person: known},
                officers=(*roster.officers, Officer(office, person, SINCE)),
            ),
        )

    def leave(self, person: str, day: date) -> None:
        """Let a person hold no office from a day on."""
        roster = self.world.roster
        left = tuple(replace(one, until=day) if one.person == person else one for one in roster.officers)
        self.world = replace(self.world, roster=replace(roster, officers=left))

    def stand_in(self, office: str, principal: str, person: str) -> None:
        """Let a person deputise for an officer all the time."""
        roster = self.world.roster
        deputy = Deputy(office, principal, person, SINCE, date(2030, 1, 1))
        self.world = replace(self.world, roster=replace(roster, deputies=(*roster.deputies, deputy)))

    def ask(self, person: str, procedure: Procedure, query: str = "q1") -> None:
        """Put a question to the applicant."""
        self.do(Ask(person=person, case=self.case.id, clearance=self._key(procedure), text="?", query=query))

    def reply(self, query: str = "q1", person: str = "amy") -> None:
        """Answer it."""
        self.do(Reply(person=person, case=self.case.id, query=query, text="!"))

    def appeal(self, procedure: Procedure, person: str = "amy", name: str = "a1", against: str = "refuse") -> None:
        """Appeal."""
        self.do(
            AppealAgainst(
                person=person, case=self.case.id, clearance=self._key(procedure), appeal=name, against=against, text="."
            )
        )

    def escalate(self, person: str, procedure: Procedure) -> None:
        """Take a decision further."""
        self.do(Escalate(person=person, case=self.case.id, clearance=self._key(procedure)))

    def break_glass(self, person: str, procedure: Procedure, licence: str = "L-GLASS", **more: Any) -> None:
        """Let one act go ahead."""
        self.do(
            BreakTheGlass(
                person=person, case=self.case.id, clearance=self._key(procedure), licence=licence, text="now", **more
            )
        )

    def try_(self, do: Any, *given: Any, **named: Any) -> str:
        """Say with which code something is refused, ``done`` if it is not."""
        from desk import code_of

        return code_of(do, *given, **named)

    def _key(self, procedure: Procedure) -> str:
        return f"{procedure.authorities[0]}:{procedure.id}"


_ = (Act, Salted, UseLicences)
