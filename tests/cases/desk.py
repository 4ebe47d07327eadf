"""A desk for the tests of cases: five procedures, a roster, a calendar, and a case that acts move on.

Nothing here stands in for the code under test: ``Desk.do`` hands every act to ``perform`` and applies what it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from lastword.cases.acts import (
    Act,
    Advise,
    Agree,
    Countersign,
    Decide,
    File,
    Object,
    PassTime,
)
from lastword.cases.assessment import Assessed, Assessment
from lastword.cases.calendar import Calendar, TimeLimit
from lastword.cases.case import Case, Clearance
from lastword.cases.caseevents import apply_case
from lastword.cases.constitution import Constitution, Guard
from lastword.cases.licence import Licence
from lastword.cases.licenceevents import apply_licence, apply_moratoria
from lastword.cases.moratorium import Class, Moratoria, Moratorium
from lastword.cases.perform import perform
from lastword.cases.procedure import (
    Appeal,
    BreakGlass,
    Escalation,
    Ground,
    Procedure,
    Query,
    Seat,
    Stage,
)
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Request, Salted, request_of
from lastword.cases.roster import Deputy, Office, Officer, Person, Roster
from lastword.cases.world import World, Written

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When the desk opens. No clock changes before 29 March."""
FIRST_DAY = MONDAY.date()
DAY = timedelta(days=1)
TITLE: Mapping[str, str] = {"en": "a stage"}

UK = Procedure(
    id="uk",
    pack="tests",
    title={"en": "licence"},
    authorities=("GB/ECJU",),
    calendar="gb",
    stages=(
        Stage(
            "advice",
            TITLE,
            (
                Seat("foreign", "advise", ("fcdo",), silence="no_view"),
                Seat("defence", "advise", ("mod",), silence="no_view"),
            ),
            limit=TimeLimit(20, "working_days"),
        ),
        Stage("combine", TITLE, (Seat("officer", "decide", ("unit",)),)),
        Stage("confirm", TITLE, (Seat("manager", "countersign", ("managers",)),)),
        Stage("appeal", TITLE, (Seat("appeals", "decide", ("appeals",)),), entry="appeal"),
    ),
    immaterial=("planned", "document"),
    grounds=(Ground("1", {"en": "obligations"}), Ground("2c", {"en": "humanitarian law"})),
    targets=(TimeLimit(20, "working_days"), TimeLimit(60, "working_days")),
    query=Query(stops=True, limit=TimeLimit(20, "working_days"), silence="may_close"),
    validity=TimeLimit(2, "years"),
    appeal=Appeal(TimeLimit(28, "days"), "appeal", ("refuse", "proviso", "revoke")),
    break_glass=BreakGlass(("duty",), TimeLimit(5, "days"), ("managers",)),
)
"""Advice of two departments, one officer who combines, a manager who confirms, an appeal within 28 days."""

US = Procedure(
    id="us",
    pack="tests",
    title={"en": "licence"},
    authorities=("US/BIS",),
    calendar="us",
    stages=(
        Stage(
            "referral",
            TITLE,
            (
                Seat("state", "advise", ("us-state",), silence="no_view"),
                Seat("defense", "advise", ("us-defense",), silence="no_view"),
            ),
            limit=TimeLimit(30, "days"),
        ),
        Stage("bis", TITLE, (Seat("officer", "decide", ("us-bis",)),), entry="agreement"),
        Stage(
            "oc",
            TITLE,
            (Seat("chair", "decide", ("us-oc",), limit=TimeLimit(14, "days")),),
            entry="disagreement",
            escalation=Escalation("acep", ("state", "defense"), TimeLimit(5, "days")),
        ),
        Stage(
            "acep",
            TITLE,
            (Seat("acep", "decide", ("us-acep",), needs=2, limit=TimeLimit(11, "days"), silence="escalate"),),
            entry="escalation",
            escalation=Escalation("earb", ("state", "defense"), TimeLimit(5, "days")),
        ),
        Stage("earb", TITLE, (Seat("board", "decide", ("us-earb",)),), entry="escalation"),
    ),
    query=Query(stops=True, limit=TimeLimit(20, "days"), silence="close"),
    validity=TimeLimit(4, "years"),
)
"""Agencies advise; an officer decides if they agree, a chair if not, and who disagrees may go up two steps."""

DE = Procedure(
    id="de",
    pack="tests",
    title={"en": "Genehmigung"},
    authorities=("DE/BAFA",),
    calendar="de",
    stages=(
        Stage("entscheidung", TITLE, (Seat("amt", "decide", ("bafa",)),)),
        Stage("widerspruch", TITLE, (Seat("widerspruch", "decide", ("bafa-recht",)),), entry="appeal"),
    ),
    query=Query(stops=False),
    validity=TimeLimit(2, "years"),
    appeal=Appeal(TimeLimit(1, "months"), "widerspruch", ("refuse", "proviso")),
)
"""One seat decides; an objection goes within a month; questions stop no clock."""

REVIEW = Procedure(
    id="review",
    pack="tests",
    title={"en": "review"},
    authorities=("US/DOW",),
    calendar="us",
    stages=(
        Stage(
            "review",
            TITLE,
            (
                Seat("policy", "agree", ("dow-policy",), veto=True),
                Seat("services", "agree", ("army", "navy"), needs=2, per_office=True),
                Seat("partner", "object", ("partner",)),
            ),
        ),
        Stage("last", TITLE, (Seat("secretary", "decide", ("dow-secretary",), signature=True),)),
    ),
)
"""Two who have to agree, one of them with a veto, one who may object, and one last word with a personal signature."""

TACIT = Procedure(
    id="tacit",
    pack="tests",
    title={"en": "tacit consent"},
    authorities=("FR/SGDSN",),
    calendar="de",
    stages=(
        Stage(
            "silence",
            TITLE,
            (
                Seat("partner", "object", ("partner",)),
                Seat("desk", "decide", ("fr-desk",), silence="consent", limit=TimeLimit(2, "months")),
            ),
        ),
    ),
    grounds=(Ground("s", {"en": "security"}),),
    validity=TimeLimit(1, "years"),
    appeal=Appeal(TimeLimit(28, "days"), "silence"),
    citation="a law of the tests",
)
"""Whoever is silent for two months has consented."""

FIRM = Procedure(
    id="firm",
    pack="tests",
    title={"en": "release"},
    authorities=("FIRM/ACME",),
    calendar="de",
    stages=(
        Stage(
            "release",
            TITLE,
            (
                Seat("control", "agree", ("acme-control",)),
                Seat("board", "decide", ("acme-board",), needs=2),
            ),
        ),
    ),
    internal=True,
)
"""A firm's own release: one agrees, two decide the same."""

OFFICES = {
    "fcdo": "GB/FCDO",
    "mod": "GB/MOD",
    "unit": "GB/ECJU",
    "managers": "GB/ECJU",
    "appeals": "GB/ECJU",
    "duty": "GB/ECJU",
    "us-state": "US/STATE",
    "us-defense": "US/DOW",
    "us-bis": "US/BIS",
    "us-oc": "US/BIS",
    "us-acep": "US/BIS",
    "us-earb": "US/BIS",
    "bafa": "DE/BAFA",
    "bafa-recht": "DE/BAFA",
    "dow-policy": "US/DOW",
    "army": "US/DOW",
    "navy": "US/DOW",
    "partner": "XX/PARTNER",
    "dow-secretary": "US/DOW",
    "fr-desk": "FR/SGDSN",
    "acme-control": "FIRM/ACME",
    "acme-board": "FIRM/ACME",
    "freeze": "XX/FREEZE",
}


def roster() -> Roster:
    """Three officers in each office, named after it (``unit.1``), the applicant's people, and some who hide."""
    persons = [
        Person("amy", "acme"),
        Person("bob", "acme"),
        Person("agent", "customs", acts_for=("acme",)),
        Person("outsider", "elsewhere"),
        Person("robot", "GB/ECJU", robot=True, same_as="unit.1"),
        Person("amy-alias", "GB/ECJU", same_as="amy"),
        Person("deputy", "GB/ECJU"),
    ]
    officers = []
    deputies = []
    since = date(2020, 1, 1)
    for office, authority in OFFICES.items():
        for number in (1, 2, 3):
            ident = f"{office}.{number}"
            persons.append(Person(ident, "acme" if authority == "FIRM/ACME" else authority))
            officers.append(Officer(office, ident, since))
    officers.append(Officer("unit", "amy-alias", since))
    officers.append(Officer("unit", "robot", since))
    deputies.append(Deputy("unit", "unit.1", "deputy", since, date(2030, 1, 1)))
    deputies.append(Deputy("unit", "unit.2", "amy", since, date(2030, 1, 1)))
    return Roster(
        {one.id: one for one in persons},
        {office: Office(office, authority) for office, authority in OFFICES.items()},
        tuple(officers),
        tuple(deputies),
    )


def calendars() -> dict[str, Calendar]:
    """Calendars without holidays, to the end of 2030."""
    zones = {"gb": "Europe/London", "us": "America/New_York", "de": "Europe/Berlin"}
    return {
        ident: Calendar(ident, zone, (5, 6), (), date(2020, 1, 1), date(2030, 12, 31))
        for ident, zone in zones.items()
    }


def fields(**changes: Any) -> dict[str, Salted]:
    """The fields of a request for two items; ``changes`` by name with ``__`` for the dot; None takes a field out."""
    values: dict[str, Any] = {
        "applicant": "acme",
        "act": "export",
        "from": "GB",
        "to": "IN",
        "end_use": "civil",
        "item.1": {"thing": "pump", "quantity": "40", "unit": "pcs", "value": "1200 EUR"},
        "item.2": {"thing": "valve", "quantity": "7.5", "unit": "kg"},
        "party.1": {"role": "consignee", "id": "buyer"},
        "planned": "2026-09-01",
    }
    for name, value in changes.items():
        name = {"from_": "from"}.get(name, name).replace("__", ".")
        if value is None:
            values.pop(name)
        else:
            values[name] = value
    # a field that stays keeps its salt; one that changes gets another
    return {
        name: Salted(value, sha256(f"{name}={value}".encode(errors="surrogatepass")).hexdigest()[:22])
        for name, value in values.items()
    }


def assessed(procedure: Procedure | None, items: Iterable[str] = ("1", "2"), **changes: Any) -> Assessed:
    """A consent of a procedure's authority for ``items``, with a basis of its own."""
    authority = procedure.authorities[0] if procedure is not None else "XX/NOBODY"
    key = f"{authority}:{procedure.id if procedure is not None else 'word'}"
    consent = Assessed(key, authority, tuple(items), ("rule-1",), "", procedure)
    consent = replace(consent, **changes)
    if not consent.basis:
        basis = sha256(f"{consent.key} {consent.items}".encode()).hexdigest()
        consent = replace(consent, basis=basis)
    return consent


def answer(*consents: Assessed, day: date = FIRST_DAY, **changes: Any) -> Assessment:
    """An answer that needs each of ``consents``; other outcomes by ``changes``."""
    values: dict[str, Any] = {
        "day": day,
        "facts": 0,
        "rules": 0,
        "outcomes": {"1": "consent", "2": "consent"},
        "consents": consents,
        "needs": tuple(((one.key,),) for one in consents),
        "settled": True,
    }
    return Assessment(**(values | changes))


def key(procedure: Procedure) -> str:
    """The key of a procedure's clearance."""
    return f"{procedure.authorities[0]}:{procedure.id}"


@dataclass
class Desk:
    """A world with one case. ``at``: its clock, moved on by the tests. ``log``: everything written, in order."""

    world: World = field(
        default_factory=lambda: World(
            roster=roster(),
            calendars=calendars(),
            constitution=Constitution({"moratorium": Guard("freeze")}),
        )
    )
    at: datetime = MONDAY
    log: list[Written] = field(default_factory=list)
    nonces: int = 0

    @property
    def case(self) -> Case:
        """The case."""
        assert self.world.case is not None
        return self.world.case

    def clearance(self, procedure: Procedure) -> Clearance:
        """The clearance of a procedure."""
        return self.case.clearances[key(procedure)]

    def do(self, act: Act, *, at: datetime | None = None) -> tuple[Written, ...]:
        """Do an act at ``at``, from then on now. A refused one leaves what was due before it, as a writer would."""
        if at is not None:
            self.at = at
        try:
            written = perform(act, self.world, self.at)
        except ActRefused as refused:
            self.take(refused.due)
            raise
        self.take(written)
        return written

    def take(self, written: Iterable[Written]) -> None:
        """Apply what was written."""
        for one in written:
            self.log.append(one)
            family, _, ident = one.stream.partition("/")
            if family == "case":
                self.world = replace(self.world, case=apply_case(self.world.case, one.event))
            elif family == "licence":
                licences: dict[str, Licence] = dict(self.world.licences)
                licences[ident] = apply_licence(licences.get(ident), one.event)
                self.world = replace(self.world, licences=licences)
            elif family == "moratoria":
                moratoria = apply_moratoria(self.world.moratoria, one.event)
                self.world = replace(self.world, moratoria=moratoria)

    def file(
        self,
        *procedures: Procedure,
        person: str = "amy",
        asked: Assessment | None = None,
        given: Mapping[str, Salted] | None = None,
        **more: Any,
    ) -> None:
        """File for the consents of ``procedures``."""
        asked = asked or answer(*(assessed(one) for one in procedures), day=self.at.date())
        given = given or fields()
        request: Request = request_of(given)
        self.do(
            File(person=person, case="K7M4-QX2P", request=request, fields=given, assessment=asked, **more)
        )
        self.world = replace(self.world, assessment=asked)

    def today(self, asked: Assessment | None = None, **changes: Any) -> Assessment:
        """Compute the answer again today; it says the same unless ``asked`` or ``changes`` say otherwise."""
        before = asked or self.world.assessment
        assert before is not None
        found = replace(before, **({"day": self.at.date()} | changes))
        self.world = replace(self.world, assessment=found, facts=found.facts, rules=found.rules)
        return found

    def pass_to(self, at: datetime) -> tuple[Written, ...]:
        """Let time pass, and compute the answer of that day."""
        self.at = at
        self.today()
        return self.do(PassTime(person="worker", case=self.case.id))

    def nonce(self) -> str:
        """A nonce not used before."""
        self.nonces += 1
        return f"n{self.nonces}"

    def advise(self, person: str, procedure: Procedure = UK, view: str = "approve", **more: Any) -> None:
        """Give a view."""
        self.do(self.act(Advise, person, procedure, view=view, **more))

    def agree(self, person: str, procedure: Procedure = REVIEW, *, yes: bool = True, **more: Any) -> None:
        """Say yes or no."""
        self.do(self.act(Agree, person, procedure, yes=yes, **more))

    def object(self, person: str, procedure: Procedure = REVIEW, **more: Any) -> None:
        """Object, or release."""
        self.do(self.act(Object, person, procedure, **more))

    def decide(self, person: str, procedure: Procedure = UK, outcome: str = "grant", **more: Any) -> None:
        """Decide."""
        self.do(self.act(Decide, person, procedure, outcome=outcome, **more))

    def confirm(self, person: str, procedure: Procedure = UK, *, yes: bool = True, **more: Any) -> None:
        """Confirm, or reject, what is pending."""
        pending = self.clearance(procedure).pending
        more.setdefault("decision", pending.digest if pending is not None else "")
        self.do(self.act(Countersign, person, procedure, yes=yes, **more))

    def act(self, kind: Any, person: str, procedure: Procedure, **more: Any) -> Any:
        """An act at a seat of a procedure's clearance."""
        return kind(person=person, case=self.case.id, clearance=key(procedure), nonce=self.nonce(), **more)

    def code(self, act: Act, *, at: datetime | None = None) -> str:
        """Do an act that is refused, and return the code."""
        return code_of(lambda: self.do(act, at=at))

    def freeze(self, ident: str = "m1", **more: Any) -> None:
        """Declare a moratorium by hand of its officer: it is in the world from now on."""
        on = more.pop("on", Class())
        moratorium = Moratorium(ident, on, self.at, **more)
        self.world = replace(
            self.world,
            moratoria=Moratoria({**self.world.moratoria.all, ident: moratorium}, self.world.moratoria.no + 1),
        )

    def thaw(self, ident: str = "m1") -> None:
        """Lift it now."""
        lifted = replace(self.world.moratoria.all[ident], lifted=self.at, ended=True)
        self.world = replace(
            self.world,
            moratoria=replace(self.world.moratoria, all={**self.world.moratoria.all, ident: lifted}),
        )


def code_of(do: Callable[..., object], *given: Any, **named: Any) -> str:
    """The code with which something is refused, ``done`` if it is not."""
    try:
        do(*given, **named)
    except ActRefused as refused:
        return refused.code
    return "done"
