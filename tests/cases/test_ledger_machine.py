"""The ledger under every mixture of acts: compared, after each, with a slow ledger written apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from licencedesk import DAY, NOW, carried, granted_desk, use
from slowledger import Move, SlowLedger

from lastword.cases.acts import ChangeLicence, PassTime, UseLicences
from lastword.cases.licence import Licence
from lastword.cases.licenceevents import apply_licence
from lastword.cases.refusal import ActRefused

ITEMS = {"L-1": ("1", "2"), "L-2": ("1",)}
NEEDED = {"1": ("L-1", "L-2"), "2": ("L-1",)}
KEYS = st.sampled_from(["k1", "k2", "k3", "k4", "k5", "k6"])
AMOUNTS = st.sampled_from(["1", "0.5", "7.25", "30", "50.5", "99.5", "100", "101", "0.000000000001"])
QUANTITIES = st.dictionaries(st.sampled_from(["1", "2"]), AMOUNTS, min_size=1, max_size=2)
QUANTITIES_OF_ALL = st.sampled_from([{"1": "1"}, {"1": "30", "2": "7.25"}, {"2": "50.5"}, {"1": "100"}])


def drawn(quantities: dict[str, str]) -> tuple[str, ...]:
    """Return the licences that a use of these quantities has to name."""
    return tuple(sorted({ident for item in quantities for ident in NEEDED[item]}))


USES = st.one_of(
    st.tuples(QUANTITIES, st.sampled_from([("L-1", "L-2"), ("L-1",), ("L-2",)])),
    st.one_of(QUANTITIES, QUANTITIES_OF_ALL).map(lambda quantities: (quantities, drawn(quantities))),
    QUANTITIES_OF_ALL.map(lambda quantities: (quantities, drawn(quantities))),
)
"""Quantities and the licences named for them, mostly the right ones."""
STOPS: tuple[Literal["suspend", "reinstate"], ...] = ("suspend", "reinstate")
OFFICERS = {"L-1": "olga", "L-2": "uma"}


class Ledger(RuleBasedStateMachine):
    """Two licences of one case: 100 pieces and 50.5 kg on the first, 100 pieces on the second."""

    @initialize()
    def start(self) -> None:
        """Begin with both licences issued and nothing drawn."""
        self.desk = granted_desk()
        self.now: datetime = NOW
        self.slow = SlowLedger(
            {("L-1", "1"): Fraction(100), ("L-1", "2"): Fraction(101, 2), ("L-2", "1"): Fraction(100)},
            {ident: self._end(ident) for ident in ITEMS},
        )
        self.taken: dict[str, UseLicences] = {}

    def _end(self, ident: str) -> datetime:
        end = self.desk.licence(ident).valid_until
        assert end is not None
        return end

    def _part(self, act: UseLicences, licence: str) -> dict[str, Fraction]:
        return {
            item: Fraction(quantity)
            for item, (quantity, _) in act.quantities.items()
            if item in ITEMS[licence]
        }

    def _whole(self, act: UseLicences) -> bool:
        """Say whether the act names all licences that its items need, and none of which it says nothing."""
        needed = {ident for item in act.quantities for ident in NEEDED[item]}
        return needed == set(act.licences)

    def _try(self, act: UseLicences | ChangeLicence) -> bool:
        before = dict(self.desk.world.licences)
        try:
            self.desk.do(act, self.now)
        except ActRefused as refused:
            if not refused.due:
                assert self.desk.world.licences == before
            return False
        return True

    @rule(wanted=USES, key=KEYS, days=st.sampled_from([1, 2, 9, 40]))
    def reserve(self, wanted: tuple[dict[str, str], tuple[str, ...]], key: str, days: int) -> None:
        """A new reservation goes exactly if all licences are live and have enough."""
        quantities, licences = wanted
        until = self.now + days * DAY
        act = use("reserve", key, quantities, licences=licences, expires=until)
        known = self.taken.get(key)
        if known is not None and not set(known.licences) & set(licences):
            return  # keys are counted per licence
        could = self._whole(act) and all(
            self.slow.live(ident, self.now) and quantity <= self.slow.available(ident, item, self.now)
            for ident in licences
            for item, quantity in self._part(act, ident).items()
        )
        went = self._try(act)
        if known is not None:
            assert went == (
                known.mode == "reserve"
                and known.licences == act.licences
                and known.quantities == act.quantities
            )
            return
        assert went == could
        if went:
            self.taken[key] = act
            for ident in licences:
                for item, quantity in self._part(act, ident).items():
                    self.slow.moves.append(Move(self.now, ident, key, item, "reserve", quantity, until))

    @rule(wanted=USES, key=KEYS)
    def use_at_once(self, wanted: tuple[dict[str, str], tuple[str, ...]], key: str) -> None:
        """A use goes exactly if all licences are live and have enough."""
        quantities, licences = wanted
        act = use("use", key, quantities, licences=licences)
        known = self.taken.get(key)
        if known is not None and not set(known.licences) & set(licences):
            return  # keys are counted per licence
        could = self._whole(act) and all(
            self.slow.live(ident, self.now) and quantity <= self.slow.available(ident, item, self.now)
            for ident in licences
            for item, quantity in self._part(act, ident).items()
        )
        went = self._try(act)
        if known is not None:
            assert went == (
                known.mode == "use" and known.licences == act.licences and known.quantities == act.quantities
            )
            return
        assert went == could
        if went:
            self.taken[key] = act
            for ident in licences:
                for item, quantity in self._part(act, ident).items():
                    self.slow.moves.append(Move(self.now, ident, key, item, "take", quantity))

    @rule(wanted=USES, key=KEYS)
    def report(self, wanted: tuple[dict[str, str], tuple[str, ...]], key: str) -> None:
        """Under a new key a report always goes; what is not available is excess."""
        quantities, licences = wanted
        if key in self.taken:
            return
        act = use("report", key, quantities, licences=licences)
        went = self._try(act)
        placed = {item for ident in licences for item in ITEMS[ident]}
        assert went == (set(quantities) <= placed and all(self._part(act, ident) for ident in licences))
        if not went:
            return
        self.taken[key] = act
        for ident in licences:
            for item, quantity in self._part(act, ident).items():
                within = min(quantity, self.slow.available(ident, item, self.now))
                self.slow.moves.append(Move(self.now, ident, key, item, "take", within))
                self.slow.moves.append(Move(self.now, ident, key, item, "excess", quantity - within))

    @precondition(lambda self: any(act.mode == "reserve" for act in self.taken.values()))
    @rule(data=st.data(), part=st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("1.5")]))
    def confirm(self, data: st.DataObject, part: Decimal) -> None:
        """A confirmation goes exactly while the reservation is open, its licences live, and for no more than reserved."""
        key = data.draw(st.sampled_from(sorted(k for k, act in self.taken.items() if act.mode == "reserve")))
        reserved = self.taken[key]
        wanted = {item: (quantity * part, unit) for item, (quantity, unit) in reserved.quantities.items()}
        act = replace(reserved, mode="confirm", quantities=wanted, expires=None)
        opened = all(
            self.slow.reserved(ident, item, self.now, key) > 0
            for ident in act.licences
            for item in self._part(act, ident)
        )
        done = [move for move in self.slow.moves if move.key == key and move.kind == "take"]
        could = opened and part <= 1 and all(self.slow.live(ident, self.now) for ident in act.licences)
        too_fine = any(quantity % Decimal("1e-12") for quantity, _ in wanted.values())
        went = self._try(act)
        if done or too_fine:
            # a repeated one goes and writes nothing, another one does not: the invariants see that nothing moves
            return
        assert went == could
        if went:
            for ident in act.licences:
                for item, quantity in self._part(act, ident).items():
                    self.slow.moves.append(Move(self.now, ident, key, item, "let_go", Fraction(0)))
                    self.slow.moves.append(Move(self.now, ident, key, item, "take", quantity))

    @precondition(lambda self: bool(self.taken))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """An open reservation can always be released; what is used cannot."""
        key = data.draw(st.sampled_from(sorted(self.taken)))
        first = self.taken[key]
        act = replace(first, mode="release", quantities={}, expires=None)
        done = any(move.key == key and move.kind in ("take", "excess") for move in self.slow.moves)
        assert self._try(act) == (first.mode == "reserve" and not done)
        if first.mode == "reserve" and not done:
            for ident in act.licences:
                for item in self._part(first, ident):
                    self.slow.moves.append(Move(self.now, ident, key, item, "let_go", Fraction(0)))

    @precondition(lambda self: any(act.mode == "use" for act in self.taken.values()))
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        """All of a use comes back, once, whatever became of its licences; what went beyond them comes back first."""
        key = data.draw(st.sampled_from(sorted(k for k, act in self.taken.items() if act.mode == "use")))
        act = replace(self.taken[key], mode="return")
        back = [move for move in self.slow.moves if move.key == key and move.kind == "give_back"]
        assert self._try(act)
        if not back:
            for ident in act.licences:
                for item, quantity in self._part(act, ident).items():
                    heals = min(quantity, self.slow.outside(ident, item))
                    self.slow.moves.append(Move(self.now, ident, key, item, "heal", heals))
                    self.slow.moves.append(Move(self.now, ident, key, item, "give_back", quantity - heals))

    @precondition(lambda self: bool(self.taken))
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """The answer was lost: the same act again is taken and writes nothing but what fell due."""
        act = self.taken[data.draw(st.sampled_from(sorted(self.taken)))]
        before = len([event for _, event in self.desk.events if hasattr(event, "use")])
        released = self._due()
        used = [move for move in self.slow.moves if move.key == act.key and move.kind == "take"]
        if act.mode == "report" or act.mode == "use" or not used:
            assert self._try(act)
        after = len([event for _, event in self.desk.events if hasattr(event, "use")])
        assert after - before <= released

    def _due(self) -> int:
        return sum(len(one.reserved) for one in self.desk.world.licences.values())

    @rule(ident=st.sampled_from(["L-1", "L-2"]), to=st.sampled_from(STOPS))
    def suspend_or_reinstate(self, ident: str, to: Literal["suspend", "reinstate"]) -> None:
        """The deciding office stops a licence and lets it go on."""
        act = ChangeLicence(
            person=OFFICERS[ident], licence=ident, to=to, ground="1" if to == "suspend" else ""
        )
        stopped = self.slow.stopped.get(ident)
        alive = self.now < self.slow.ends[ident] and ident not in self.slow.over_since
        went = self._try(act)
        assert went == (alive and (stopped is None) == (to == "suspend"))
        if went and to == "suspend":
            self.slow.stopped[ident] = "suspended"
        elif went:
            del self.slow.stopped[ident]

    @rule(ident=st.sampled_from(["L-1", "L-2"]), chance=st.integers(0, 3))
    def revoke(self, ident: str, chance: int) -> None:
        """Now and then a licence is revoked for good."""
        if chance:
            return
        act = ChangeLicence(person=OFFICERS[ident], licence=ident, to="revoke", ground="1")
        alive = self.now < self.slow.ends[ident] and ident not in self.slow.over_since
        assert self._try(act) == alive
        if alive:
            self.slow.stopped[ident] = "revoked"
            self.slow.over_since[ident] = self.now

    @rule(hours=st.sampled_from([1, 24, 24, 24 * 9, 24 * 40, 24 * 150]), worker=st.booleans())
    def wait(self, hours: int, worker: bool) -> None:
        """Time passes, with or without the worker."""
        self.now += timedelta(hours=hours)
        if worker:
            for ident in ITEMS:
                self.desk.do(PassTime(person="worker", licence=ident), self.now)

    @invariant()
    def both_ledgers_agree(self) -> None:
        """Available is never below zero, the sums conserve, and the slow ledger says the same to the last decimal."""
        if not hasattr(self, "slow"):
            return
        for (ident, item), granted in self.slow.granted.items():
            line = self._as_of_now(ident).lines[item]
            assert line.available >= 0
            assert line.reserved >= 0
            assert line.used >= 0
            total = Fraction(line.available) + Fraction(line.reserved) + Fraction(line.used)
            assert total == granted == Fraction(line.granted)
            assert Fraction(line.reserved) == self.slow.reserved(ident, item, self.now)
            assert Fraction(line.used) == self.slow.used(ident, item)
            assert Fraction(line.over) == self.slow.over(ident, item)

    def _as_of_now(self, ident: str) -> Licence:
        """Return a licence with what is due applied, without letting it happen."""
        from lastword.cases.using import pass_licence

        licence = self.desk.licence(ident)
        for written in pass_licence(licence, self.now):
            licence = apply_licence(licence, written.event)
        return licence

    def teardown(self) -> None:
        """At each reserve, use and confirm in the entries the licence was issued, and its time not over; replay is equal."""
        for ident in ITEMS:
            licence: Licence | None = None
            for stream, event in self.desk.events:
                if stream != f"licence/{ident}":
                    continue
                if event.kind in ("licence.reserved", "licence.used", "licence.confirmed"):
                    assert licence is not None
                    assert licence.status == "issued"
                    assert licence.valid_until is None or event.at < licence.valid_until
                licence = apply_licence(licence, event)
            assert licence == self.desk.licence(ident)
            assert carried(licence) == licence


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
