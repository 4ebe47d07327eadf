"""A desk whose procedures, offices and calendars are those of the packs: three officers in each office, and real holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from desk import Desk, fields, key

import lastword
from lastword.cases.acts import (
    Amend,
    AppealAgainst,
    Ask,
    BreakTheGlass,
    ChangeLicence,
    Escalate,
    Reply,
    UseLicences,
)
from lastword.cases.assessment import Assessment
from lastword.cases.calendar import Calendar
from lastword.cases.constitution import Constitution, Guard
from lastword.cases.licence import Licence
from lastword.cases.procedure import Procedure
from lastword.cases.request import request_of
from lastword.cases.roster import Deputy, Office, Officer, Person, Roster
from lastword.cases.world import World
from lastword.files.calendars import calendars_of
from lastword.files.procedures import procedures_of

PACKS = Path(lastword.__file__).parent / "packs"
SINCE = date(2020, 1, 1)


def _folders() -> tuple[Path, ...]:
    return tuple(sorted(found.parent for found in PACKS.glob("*/procedures.yaml")))


@cache
def pack_procedure(ident: str, authority: str) -> Procedure:
    """Return a procedure of the packs as it runs at ``authority``."""
    return next(one for one in procedures_of(_folders()) if one.id == ident).at(authority)


@cache
def pack_calendars() -> Mapping[str, Calendar]:
    """Return the calendars of the packs with their holidays, up to the end of 2030."""
    return {one.id: one for one in calendars_of(_folders(), 2020, 2030)}


UK = pack_procedure("uk-individual", "GB/ECJU")
US = pack_procedure("us-bis-licence", "US/BIS")
DE = pack_procedure("de-bafa", "DE/BAFA")
DE_ASKED = pack_procedure("de-bafa-preliminary", "DE/BAFA")
FIRM = pack_procedure("firm-release", "ZZ/own-firm")
REVIEW = pack_procedure("us-review-of-use", "US/secretary-of-defense")


def utc(text: str) -> datetime:
    """Return an instant: ``2026-03-02 09:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class PackDesk(Desk):
    """A desk for procedures of the packs. ``GB/ECJU-licensing`` is held by ``ecju-licensing.1`` to ``.3``, and so on.

    ``amy`` and ``bob`` are of acme, which applies; the officers of a firm's own release are of acme as well.
    """

    def __init__(self, *procedures: Procedure, at: str = "2026-03-02 09:00") -> None:
        persons = [Person("amy", "acme"), Person("bob", "acme"), Person("ed", "elsewhere")]
        offices = {"freeze": Office("freeze", "XX/FREEZE")}
        officers = []
        for one in procedures:
            for office in one.offices:
                offices[office] = Office(office, office.partition("-")[0])
                for number in (1, 2, 3):
                    name = f"{office.partition('/')[2].lower()}.{number}"
                    persons.append(Person(name, "acme" if one.internal else offices[office].authority))
                    officers.append(Officer(office, name, SINCE))
        super().__init__(
            World(
                roster=Roster({one.id: one for one in persons}, offices, tuple(officers)),
                calendars=pack_calendars(),
                constitution=Constitution({"moratorium": Guard("freeze")}),
            ),
            utc(at),
        )

    def on(self, at: str) -> PackDesk:
        """Let it be ``at``: what is due happens, and the answer is of that day."""
        self.pass_to(utc(at))
        return self

    def licence(self, number: int = -1) -> Licence:
        """Return a licence, the latest one if no number is given."""
        return tuple(self.world.licences.values())[number]

    # -- the roster --------------------------------------------------------------------------------------------

    def appoint(self, office: str, person: str, *, organisation: str = "", same_as: str = "") -> None:
        """Let a person hold an office, and be known if they were not."""
        roster = self.world.roster
        persons = dict(roster.persons)
        persons.setdefault(person, Person(person, organisation, same_as=same_as))
        officers = (*roster.officers, Officer(office, person, SINCE))
        self.world = replace(self.world, roster=replace(roster, persons=persons, officers=officers))

    def leaves(self, person: str, day: date) -> None:
        """Let a person hold no office from ``day`` on."""
        roster = self.world.roster
        officers = tuple(replace(one, until=day) if one.person == person else one for one in roster.officers)
        self.world = replace(self.world, roster=replace(roster, officers=officers))

    def stands_in(self, person: str, office: str, principal: str) -> None:
        """Let a person deputise for an officer."""
        roster = self.world.roster
        deputies = (*roster.deputies, Deputy(office, principal, person, SINCE, date(2030, 1, 1)))
        self.world = replace(self.world, roster=replace(roster, deputies=deputies))

    # -- acts --------------------------------------------------------------------------------------------------

    def ask(self, person: str, procedure: Procedure = UK, query: str = "q1") -> None:
        """Put a question to the applicant."""
        self.do(Ask(person=person, case=self.case.id, clearance=key(procedure), text="?", query=query))

    def reply(self, query: str = "q1", person: str = "amy") -> None:
        """Answer it."""
        self.do(Reply(person=person, case=self.case.id, query=query, text="!"))

    def amend(self, person: str = "amy", *, asked: Assessment | None = None, **changes: Any) -> None:
        """Change the request to the first one with ``changes``, as in ``desk.fields``."""
        given = fields(**changes)
        found = self.today(asked)
        request = request_of(given)
        self.do(Amend(person=person, case=self.case.id, request=request, fields=given, assessment=found))

    def appeal(
        self, procedure: Procedure = UK, against: str = "refuse", *, name: str = "a1", person: str = "amy"
    ) -> None:
        """Appeal."""
        self.do(
            AppealAgainst(
                person=person, case=self.case.id, clearance=key(procedure), appeal=name, against=against
            )
        )

    def escalate(self, person: str, procedure: Procedure = US) -> None:
        """Take a decision to the next instance."""
        self.do(Escalate(person=person, case=self.case.id, clearance=key(procedure)))

    def break_the_glass(self, person: str, procedure: Procedure = FIRM) -> None:
        """Let one act go ahead."""
        self.do(
            BreakTheGlass(
                person=person, case=self.case.id, clearance=key(procedure), licence="L-GLASS", text="fire"
            )
        )

    def use(
        self, mode: Any, name: str, pumps: str = "", *, licences: tuple[str, ...] = (), **more: Any
    ) -> None:
        """Draw ``pumps`` of item 1 on all licences, or on ``licences``."""
        self.today()
        quantities = {"1": (Decimal(pumps), "pcs")} if pumps else {}
        self.do(
            UseLicences(
                person=more.pop("person", "amy"),
                licences=licences or tuple(self.world.licences),
                key=name,
                mode=mode,
                quantities=quantities,
                **more,
            )
        )

    def change(self, person: str, to: Any, licence: Licence, ground: str = "") -> None:
        """Suspend, reinstate, revoke or surrender a licence."""
        self.do(
            ChangeLicence(
                person=person,
                licence=licence.id,
                to=to,
                ground=ground,
                for_applicant="told",
                for_file="kept",
            )
        )

    def states(self, procedure: Procedure = UK) -> list[tuple[str, bool, bool]]:
        """Return (outcome, on appeal, superseded) of a clearance's decisions."""
        return [
            (one.decision.outcome, one.on_appeal, one.superseded)
            for one in self.clearance(procedure).outcomes
        ]
