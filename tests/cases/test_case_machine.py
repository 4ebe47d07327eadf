"""Random acts, legal and not, by anybody at any time: what no sequence of them can do to a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from desk import (
    DE,
    FIRM,
    OFFICES,
    REVIEW,
    TACIT,
    UK,
    US,
    Desk,
    answer,
    assessed,
    fields,
    key,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from slowcase import faults

from lastword.cases.acts import (
    Advise,
    Agree,
    Amend,
    AppealAgainst,
    Ask,
    BreakTheGlass,
    Close,
    Countersign,
    Decide,
    DropProviso,
    Escalate,
    ItemVerdict,
    Object,
    PassTime,
    ProvisoAsked,
    Reassess,
    Reply,
    Withdraw,
)
from lastword.cases.blocks import blocks, next_up
from lastword.cases.case import Case
from lastword.cases.caseevents import apply_case
from lastword.cases.procedure import OUTCOMES, VIEWS, Procedure
from lastword.cases.refusal import ActRefused
from lastword.cases.request import request_of
from lastword.cases.timing import case_dues, pass_time

PAIRS = ((UK, US), (REVIEW, TACIT), (DE, FIRM), (US, TACIT), (UK, REVIEW))
OTHERS = ("amy", "bob", "agent", "outsider", "robot", "amy-alias", "deputy", "ghost")


class CaseMachine(RuleBasedStateMachine):
    """One case for two consents, at a desk with everybody in it. ``filed``: the case before any act, to replay from."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.pair: tuple[Procedure, Procedure] = PAIRS[0]
        self.version = 0
        self.count = 0

    @initialize(pair=st.sampled_from(PAIRS))
    def file(self, pair: tuple[Procedure, Procedure]) -> None:
        """File for two consents."""
        self.pair = pair
        self.desk.file(*pair)

    def attempt(self, act: Any) -> None:
        """Do an act; a refused one changes nothing but what had fallen due."""
        case, count = self.desk.world.case, len(self.desk.log)
        refused = self.refusal(act)
        if refused is None:
            return
        for one in refused.due:
            if one.stream.startswith("case/"):
                case = apply_case(case, one.event)
        assert self.desk.world.case == case
        assert len(self.desk.log) == count + len(refused.due)

    def refusal(self, act: Any) -> ActRefused | None:
        """Do an act; return its refusal, if it is one."""
        try:
            self.desk.do(act)
        except ActRefused as refused:
            return refused
        return None

    def new_id(self) -> str:
        """An id not used before."""
        self.count += 1
        return f"x{self.count}"

    def who(self, data: st.DataObject) -> tuple[str, str]:
        """Somebody who is next, mostly, or anybody; with a principal at times."""
        waiting = [
            f"{office}.{n}"
            for one in next_up(self.desk.case, self.desk.at)
            for office in one.offices
            for n in (1, 2)
        ]
        everybody = [f"{office}.{n}" for office in OFFICES for n in (1, 3)] + list(OTHERS)
        one_of = waiting if waiting and not data.draw(st.booleans()) else everybody
        person: str = data.draw(st.sampled_from(one_of))
        principal = "unit.1" if person == "deputy" else ""
        return person, principal

    def common(self, data: st.DataObject) -> dict[str, Any]:
        """What every act at a seat has."""
        person, principal = self.who(data)
        return {
            "person": person,
            "principal": principal,
            "signed": data.draw(st.booleans()) or person.startswith("dow"),
            "case": self.desk.case.id,
            "clearance": self.key(data),
            "nonce": self.desk.nonce(),
        }

    def key(self, data: st.DataObject) -> str:
        """One of the clearances."""
        return data.draw(st.sampled_from([key(one) for one in self.pair]))

    @rule(data=st.data(), steps=st.integers(1, 6))
    def the_case_is_worked_on(self, data: st.DataObject, steps: int) -> None:
        """What stands in the way is cleared, and whoever is next acts: so that cases come to their ends."""
        for ident, one in self.desk.world.moratoria.all.items():
            if one.lifted is None:
                self.desk.thaw(ident)
        for query in self.desk.case.queries:
            if query.replied is None:
                self.attempt(Reply(person="amy", case=self.desk.case.id, query=query.id, text="so"))
        for _ in range(steps):
            self.someone_next(data)

    @rule(data=st.data())
    def someone_next_acts(self, data: st.DataObject) -> None:
        """Whoever is next does what the seat is for."""
        self.someone_next(data)

    def someone_next(self, data: st.DataObject) -> None:
        """Let one of those who are next act at the seat."""
        waiting = next_up(self.desk.case, self.desk.at)
        if not waiting:
            return
        one = data.draw(st.sampled_from(waiting))
        clearance = self.desk.case.clearances[one.clearance]
        role = next(seat.role for seat in clearance.procedure.stage(one.stage).seats if seat.id == one.seat)
        person = f"{data.draw(st.sampled_from(one.offices))}.{data.draw(st.integers(1, 3))}"
        base: dict[str, Any] = {
            "person": person,
            "signed": True,
            "case": self.desk.case.id,
            "clearance": one.clearance,
            "nonce": self.desk.nonce(),
        }
        self.desk.today(day=self.local_day(clearance.procedure))
        if role == "advise":
            view = data.draw(st.sampled_from(VIEWS))
            provisos = (ProvisoAsked("p"),) if view == "approve_with_proviso" else ()
            self.attempt(Advise(view=view, provisos=provisos, **base))
        elif role in ("agree", "object"):
            self.attempt(Agree(yes=data.draw(st.integers(0, 3)) < 3, **base))
        elif role == "decide":
            outcome = data.draw(st.sampled_from(OUTCOMES))
            grounds = (
                tuple(ground.code for ground in clearance.procedure.grounds[:1])
                if outcome == "refuse"
                else ()
            )
            self.attempt(Decide(outcome=outcome, grounds=grounds, for_file="f", **base))
        else:
            digest = clearance.pending.digest if clearance.pending is not None else ""
            self.attempt(Countersign(yes=data.draw(st.booleans()), decision=digest, **base))

    def local_day(self, procedure: Procedure) -> Any:
        """The day that it is at an authority."""
        return self.desk.world.calendars[procedure.calendar].day(self.desk.at)

    @rule(data=st.data(), view=st.sampled_from([*VIEWS, "odd"]))
    def anyone_advises(self, data: st.DataObject, view: str) -> None:
        """Give a view, wherever."""
        self.attempt(Advise(view=view, **self.common(data)))

    @rule(data=st.data(), yes=st.booleans())
    def anyone_agrees(self, data: st.DataObject, yes: bool) -> None:
        """Say yes or no, wherever."""
        self.attempt(Agree(yes=yes, **self.common(data)))

    @rule(data=st.data(), release=st.booleans())
    def anyone_objects(self, data: st.DataObject, release: bool) -> None:
        """Object or release, wherever."""
        self.attempt(Object(release=release, **self.common(data)))

    @rule(
        data=st.data(), outcome=st.sampled_from(["grant", "refuse"]), part=st.sampled_from(["1", "40", "41"])
    )
    def anyone_decides(self, data: st.DataObject, outcome: str, part: str) -> None:
        """Decide item by item, wherever."""
        items = (ItemVerdict("1", "grant", Decimal(part)), ItemVerdict("2", outcome))
        self.attempt(Decide(items=items, for_file="f", **self.common(data)))

    @rule(data=st.data(), yes=st.booleans())
    def anyone_countersigns(self, data: st.DataObject, yes: bool) -> None:
        """Confirm, with the right digest or a wrong one."""
        common = self.common(data)
        pending = self.desk.case.clearances[common["clearance"]].pending
        digest = pending.digest if pending is not None and data.draw(st.integers(0, 4)) else "0" * 64
        self.attempt(Countersign(yes=yes, decision=digest, **common))

    @rule(data=st.data())
    def anyone_escalates(self, data: st.DataObject) -> None:
        """Go to the next instance."""
        common = self.common(data)
        self.attempt(Escalate(person=common["person"], case=common["case"], clearance=common["clearance"]))

    @rule(data=st.data())
    def anyone_drops_a_proviso(self, data: st.DataObject) -> None:
        """Drop whatever stands."""
        common = self.common(data)
        standing = self.desk.case.clearances[common["clearance"]].standing()
        if standing:
            self.attempt(
                DropProviso(
                    person=common["person"],
                    case=common["case"],
                    clearance=common["clearance"],
                    proviso=standing[0].id,
                )
            )

    @rule(data=st.data(), really=st.integers(0, 2))
    def anyone_asks(self, data: st.DataObject, really: int) -> None:
        """Put a question, at times."""
        if really:
            return
        common = self.common(data)
        self.attempt(
            Ask(
                person=common["person"],
                case=common["case"],
                clearance=common["clearance"],
                text="?",
                query=self.new_id(),
            )
        )

    @rule(person=st.sampled_from(["amy", "bob", "agent", "unit.1"]))
    def the_first_open_question_is_answered(self, person: str) -> None:
        """Reply, also by who may not."""
        for query in self.desk.case.queries:
            if query.replied is None:
                self.attempt(Reply(person=person, case=self.desk.case.id, query=query.id, text="so"))
                return

    @rule(
        person=st.sampled_from(["amy", "outsider"]),
        to=st.sampled_from(["IN", "PK"]),
        planned=st.integers(1, 3),
    )
    def the_request_is_amended(self, person: str, to: str, planned: int) -> None:
        """Another place, or another planned day, which is immaterial to some."""
        given = fields(to=to, planned=f"2026-09-0{planned}")
        asked = self.desk.today()
        self.attempt(
            Amend(
                person=person,
                case=self.desk.case.id,
                request=request_of(given),
                fields=given,
                assessment=asked,
            )
        )

    @rule(which=st.sampled_from([0, 1]), drop=st.integers(0, 15))
    def the_world_changes(self, which: int, drop: int) -> None:
        """Another basis for one consent; at times a consent is no longer asked for."""
        self.version += 1
        consents = [assessed(one) for one in self.pair]
        consents[which] = replace(consents[which], basis=f"{self.version:064x}")
        if drop == 0:
            del consents[which]
        self.desk.today(asked=answer(*consents, facts=self.version))
        if drop % 2:
            self.attempt(Reassess(person="worker", case=self.desk.case.id))

    @rule(hours=st.sampled_from([1, 7, 24, 24 * 6, 24 * 31, 24 * 70]))
    def time_passes(self, hours: int) -> None:
        """Hours, days or months go by, and the worker looks."""
        self.desk.at += timedelta(hours=hours)
        self.desk.today()
        self.attempt(PassTime(person="worker", case=self.desk.case.id))

    @rule(hours=st.sampled_from([1, 30]))
    def time_passes_unseen(self, hours: int) -> None:
        """Nobody looks: the next act finds what was due."""
        self.desk.at += timedelta(hours=hours)
        self.desk.today()

    @rule(really=st.integers(0, 3))
    def a_moratorium_begins_or_ends(self, really: int) -> None:
        """One hold at a time, on everything; it begins less often than it ends."""
        running = [ident for ident, one in self.desk.world.moratoria.all.items() if one.lifted is None]
        if running:
            self.desk.thaw(running[0])
        elif really == 0:
            self.desk.freeze(self.new_id())

    @rule(trusted=st.booleans())
    def the_clock_is_trusted_or_not(self, trusted: bool) -> None:
        """Silence is consent with a trusted clock only."""
        self.desk.world = replace(self.desk.world, trusted_clock=trusted)

    @rule(data=st.data(), against=st.sampled_from(["refuse", "proviso", "revoke"]))
    def the_applicant_appeals(self, data: st.DataObject, against: str) -> None:
        """Appeal, in time or not."""
        self.attempt(
            AppealAgainst(
                person="bob",
                case=self.desk.case.id,
                clearance=self.key(data),
                appeal=self.new_id(),
                against=against,
            )
        )

    @rule(data=st.data(), person=st.sampled_from(["duty.1", "amy", "unit.1"]))
    def the_glass_is_broken(self, data: st.DataObject, person: str) -> None:
        """Where there is one."""
        self.attempt(
            BreakTheGlass(
                person=person,
                case=self.desk.case.id,
                clearance=self.key(data),
                licence=self.new_id(),
                text="flood",
            )
        )

    @rule(data=st.data(), really=st.integers(0, 40))
    def the_case_is_closed_or_withdrawn(self, data: st.DataObject, really: int) -> None:
        """Rarely, so that most cases go on."""
        if really == 0:
            self.attempt(Withdraw(person="amy", case=self.desk.case.id))
        else:
            self.attempt(Close(person=self.who(data)[0], case=self.desk.case.id))

    # what holds whatever happened

    @invariant()
    def no_rule_is_broken_as_a_slow_reader_counts(self) -> None:
        """No decision without its seats, over a veto, a question or a hold; no two finals; nobody at two seats."""
        if self.desk.world.case is not None:
            events = [one.event for one in self.desk.log if one.stream.startswith("case/")]
            assert faults(events, self.desk.world.roster, "acme") == []

    @invariant()
    def replaying_the_events_gives_the_same_case(self) -> None:
        """Also through JSON, as the record keeps them: a state is what its events make."""
        if self.desk.world.case is None:
            return
        plain: Case | None = None
        through: Case | None = None
        for one in self.desk.log:
            if not one.stream.startswith("case/"):
                continue
            plain = apply_case(plain, one.event)
            text = msgspec.json.encode(msgspec.to_builtins(one.event))
            through = apply_case(through, msgspec.json.decode(text, type=type(one.event)))
        assert plain == self.desk.case
        assert through == self.desk.case
        state = msgspec.json.decode(msgspec.json.encode(self.desk.case), type=Case)
        assert state == self.desk.case

    @invariant()
    def numbers_have_no_gap(self) -> None:
        """The number of a case is the number of its events."""
        if self.desk.world.case is not None:
            assert self.desk.case.no == sum(one.stream.startswith("case/") for one in self.desk.log)

    @invariant()
    def after_time_has_passed_nothing_is_due_in_the_past(self) -> None:
        """Every timer that is left lies ahead."""
        if self.desk.world.case is None:
            return
        case = self.desk.case
        self.desk.today()
        for one in pass_time(case, self.desk.world, self.desk.at):
            if one.stream.startswith("case/"):
                case = apply_case(case, one.event)
        assert all(at > self.desk.at for _, at in case_dues(case))
        if case.status == "withdrawn":
            assert case_dues(case) == ()

    @invariant()
    def what_blocks_can_always_be_said(self) -> None:
        """And an open clearance without anything that blocks it does not exist."""
        if self.desk.world.case is None:
            return
        found = blocks(self.desk.case, self.desk.world, self.desk.at)
        assert not [one for one in found if one.state == "error"]
        told = {one.clearance for one in found if one.blocks or one.state in ("final", "later")}
        assert told >= set(self.desk.case.clearances)


CaseMachine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
test_no_sequence_of_acts_breaks_a_rule_of_the_case = CaseMachine.TestCase
