"""A small world for the tests of licences: one granted case, two licences, officers, a holder, and a desk that keeps entries.

The desk does what the writer does: it hands an act to ``perform``, keeps what was written, and applies it. Every event
and every state goes through JSON on the way, as it will in the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from lastword.cases import licensing
from lastword.cases.acts import (
    Act,
    Declare,
    UseLicences,
)
from lastword.cases.assessment import Assessed, Assessment
from lastword.cases.calendar import Calendar, TimeLimit
from lastword.cases.case import Case, Clearance, Decision, ItemDecision, Outcome, Proviso, TextAt
from lastword.cases.caseevents import apply_case
from lastword.cases.constitution import Constitution, Guard, Proposals
from lastword.cases.licence import Licence
from lastword.cases.licenceevents import EVENTS, MORATORIUM_EVENTS, apply_licence, apply_moratoria
from lastword.cases.moratorium import Class, Moratoria
from lastword.cases.perform import perform
from lastword.cases.procedure import Appeal, BreakGlass, Ground, Procedure, Seat, Stage
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Item, Request, RequestParty
from lastword.cases.roster import Deputy, Office, Officer, Person, Roster
from lastword.cases.rosterevents import apply_proposals
from lastword.cases.world import World, Written

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
XA, YB = "XA/LIC:export", "YB/LIC:reexport"
YEARS = (date(2026, 1, 1), date(2030, 12, 31))
CALENDARS = {
    "xa": Calendar("xa", "Europe/Berlin", (5, 6), (), *YEARS),
    "yb": Calendar("yb", "America/New_York", (5, 6), (), *YEARS),
}
SINCE = date(2020, 1, 1)
ROSTER = Roster(
    persons={
        one.id: one
        for one in (
            Person("ann", "acme"),
            Person("robot", "acme", robot=True),
            Person("agent", "forwarder", acts_for=("acme",)),
            Person("eve", "rival"),
            Person("olga", "state-x"),
            Person("olga-too", "state-x", same_as="olga"),
            Person("otto", "state-x"),
            Person("dora", "state-x"),
            Person("mole", "acme"),
            Person("rita", "state-x"),
            Person("uma", "state-y"),
            Person("head", "state-x"),
            Person("chief", "state-x"),
        )
    },
    offices={
        one.id: one
        for one in (
            Office("XA/desk", "XA/LIC"),
            Office("XA/review", "XA/LIC"),
            Office("YB/desk", "YB/LIC"),
            Office("council", "XA/LIC"),
        )
    },
    officers=(
        Officer("XA/desk", "olga", SINCE),
        Officer("XA/desk", "otto", SINCE),
        Officer("XA/desk", "mole", SINCE),
        Officer("XA/review", "rita", SINCE),
        Officer("XA/review", "olga-too", SINCE),
        Officer("YB/desk", "uma", SINCE),
        Officer("council", "head", SINCE),
        Officer("council", "chief", SINCE),
    ),
    deputies=(Deputy("XA/desk", "otto", "dora", SINCE, date(2029, 1, 1)),),
)
VETO = Seat("veto", "object", ("YB/desk",), veto=True)


def procedure(ident: str, authority: str, desk: str, calendar: str) -> Procedure:
    """Return a procedure with one deciding seat, an objecting one, break-glass and an appeal against revocation."""
    return Procedure(
        id=ident,
        pack="test",
        title={"en": ident, "de": ident},
        authorities=(authority,),
        calendar=calendar,
        stages=(Stage("desk", {"en": "desk"}, (Seat("decide", "decide", (desk,)), VETO)),),
        grounds=(Ground("1", {"en": "a ground"}),),
        validity=TimeLimit(1, "years"),
        appeal=Appeal(TimeLimit(28, "days"), "appeal", ("refuse", "revoke")),
        break_glass=BreakGlass(("XA/desk",), TimeLimit(5, "working_days"), ("XA/review",)),
    )


PROCEDURES = {
    XA: procedure("xa-export", "XA/LIC", "XA/desk", "xa"),
    YB: procedure("yb-reexport", "YB/LIC", "YB/desk", "yb"),
}
REQUEST = Request(
    applicant="acme",
    act="export",
    from_="XA",
    to="ZC",
    end_use="civil",
    items=(
        Item("1", "lamp", Decimal(100), "piece"),
        Item("2", "lens", Decimal("50.5"), "kg"),
    ),
    parties=(RequestParty("end_user", "party.1"),),
    fields={"party.1": "digest-of-the-end-user", "act": "digest-of-the-act"},
    digest="request-digest",
)


def assessment(
    at: datetime = NOW,
    *,
    facts: int = 1,
    rules: int = 1,
    consents: Mapping[str, tuple[str, ...]] | None = None,
    **more: Any,
) -> Assessment:
    """Return the answer of a day: item 1 needs both consents, item 2 the first one; or ``consents``: key -> items."""
    wanted = {XA: ("1", "2"), YB: ("1",)} if consents is None else consents
    found = tuple(
        Assessed(key, key.split(":")[0], items, ("a-rule",), "basis", PROCEDURES.get(key))
        for key, items in wanted.items()
    )
    given: dict[str, Any] = {
        "outcomes": {"1": "consent", "2": "consent"},
        "needs": tuple(((key,),) for key in wanted),
        "settled": True,
    }
    return Assessment(at.date(), facts, rules, consents=found, **{**given, **more})


def clearance(key: str, items: tuple[str, ...], **more: Any) -> Clearance:
    """Return an open clearance with one proviso of each desk."""
    own = PROCEDURES[key]
    given: dict[str, Any] = {
        "stage": "desk",
        "provisos": (Proviso("p1", own.stages[0].seats[0].offices[0], TextAt(2, "proviso.p1")),),
    }
    return Clearance(key, key.split(":")[0], items, ("a-rule",), "basis", own, NOW, **{**given, **more})


def open_case(**more: Any) -> Case:
    """Return a case of which nothing is decided yet."""
    given: dict[str, Any] = {
        "applicant": "acme",
        "requests": (REQUEST,),
        "assessment": assessment(),
        "clearances": {XA: clearance(XA, ("1", "2")), YB: clearance(YB, ("1",))},
    }
    return Case("CASE-1", 3, "open", NOW, acted=("ann",), **{**given, **more})


def decision(*items: tuple[str, str, str | None], provisos: tuple[str, ...] = ("p1",)) -> Decision:
    """Return a decision: (item, outcome, quantity) each."""
    decided = tuple(
        ItemDecision(item, outcome, None if quantity is None else Decimal(quantity))
        for item, outcome, quantity in items
    )
    return Decision(decided, (), provisos, "digest")


def decided(key: str, case: Case, what: Decision, licence: str = "") -> Case:
    """Return a case in which a clearance is decided."""
    over = replace(
        case.clearances[key],
        status="decided",
        stage="",
        outcomes=(Outcome(what, NOW, "desk", "desk", licence=licence),),
    )
    return replace(case, clearances={**case.clearances, key: over})


def world(case: Case | None = None, **more: Any) -> World:
    """Return the world around a case, with two officers who must declare a moratorium together."""
    given: dict[str, Any] = {
        "roster": ROSTER,
        "calendars": CALENDARS,
        "constitution": Constitution({"moratorium": Guard("council", 2)}),
        "facts": 1,
        "rules": 1,
        "assessment": assessment(),
        "case": case,
    }
    return World(**{**given, **more})


def carried(value: Any) -> Any:
    """Return a value after its way through JSON. Fails if it does not come back equal."""
    back = msgspec.json.decode(msgspec.json.encode(value), type=type(value))
    assert back == value
    return back


class Desk:
    """The states of all streams in play, and every event that made them."""

    def __init__(self, start: World) -> None:
        self.world = start
        self.events: list[tuple[str, Any]] = []
        self.proposals = Proposals()

    def issue(
        self, licence: str, key: str, what: Decision, at: datetime = NOW, *, on_appeal: bool = False
    ) -> Licence:
        """Let a decision of the world's case leave a licence."""
        case = self.world.case
        assert case is not None
        before = licensing.replaced(case.clearances[key], licence, self.world, at)
        issued = licensing.issue(
            case, case.clearances[key], what, licence, self.world, at, on_appeal=on_appeal
        )
        self.keep((*before, issued))
        self.world = replace(self.world, case=decided(key, case, what, licence))
        return self.world.licences[licence]

    def do(self, act: Act, at: datetime = NOW, *, today: bool = True) -> tuple[Written, ...]:
        """Hand an act to its entry, with the answer of that day on hand, and keep what becomes of it."""
        if today and self.world.assessment is not None:
            answer = replace(
                self.world.assessment, day=at.date(), facts=self.world.facts, rules=self.world.rules
            )
            self.world = replace(self.world, assessment=answer)
        try:
            written = perform(act, self.world, at)
        except ActRefused as refused:
            self.keep(refused.due)
            raise
        self.keep(written)
        return written

    def keep(self, written: tuple[Written, ...]) -> None:
        """Apply what was written, each event after its way through JSON."""
        for one in written:
            event = carried(one.event)
            self.events.append((one.stream, event))
            if one.stream.startswith("licence/"):
                assert type(event) in EVENTS
                ident = one.stream.removeprefix("licence/")
                after = carried(apply_licence(self.world.licences.get(ident), event))
                self.world = replace(self.world, licences={**self.world.licences, ident: after})
            elif one.stream == "moratoria":
                assert type(event) in MORATORIUM_EVENTS
                self.world = replace(
                    self.world, moratoria=carried(apply_moratoria(self.world.moratoria, event))
                )
            elif one.stream == "proposals":
                self.proposals = apply_proposals(self.proposals, event)
                self.world = replace(self.world, proposals=self.proposals.all)
            else:
                self.world = replace(self.world, case=carried(apply_case(self.world.case, event)))

    def licence(self, ident: str) -> Licence:
        """Return a licence as it is now."""
        return self.world.licences[ident]


def granted_desk() -> Desk:
    """Return a desk where both consents are granted: L-1 for 100 pieces and 50.5 kg, L-2 for 100 pieces."""
    desk = Desk(world(open_case()))
    desk.issue("L-1", XA, decision(("1", "grant_with_provisos", None), ("2", "grant", None)))
    desk.issue("L-2", YB, decision(("1", "grant", None)))
    return desk


def use(
    mode: str,
    key: str,
    quantities: Mapping[str, str] | None = None,
    *,
    licences: tuple[str, ...] = ("L-1", "L-2"),
    person: str = "ann",
    unit: str = "piece",
    expires: datetime | None = None,
    **more: Any,
) -> UseLicences:
    """Return a use of item -> quantity; item 2 is counted in kg, the others in ``unit``."""
    wanted = {
        item: (Decimal(quantity), "kg" if item == "2" else unit)
        for item, quantity in (quantities or {}).items()
    }
    return UseLicences(
        person=person,
        licences=licences,
        key=key,
        mode=mode,  # type: ignore[arg-type]
        quantities=wanted,
        expires=expires if expires is not None or mode != "reserve" else NOW + 14 * DAY,
        **more,
    )


def declared(ident: str, on: Class, person: str = "head", **more: Any) -> Declare:
    """Return the declaration of a moratorium."""
    return Declare(person=person, moratorium=ident, on=on, **more)


def holding(desk: Desk, ident: str, on: Class, at: datetime = NOW, **more: Any) -> Moratoria:
    """Let two officers declare a moratorium."""
    desk.do(declared(ident, on, **more), at)
    desk.do(declared(ident, on, person="chief", **more), at)
    return desk.world.moratoria
