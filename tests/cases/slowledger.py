"""An independent, slow ledger: the list of movements as they came, from which every balance is added up anew.

It shares nothing with the code under test: no states, no lines. It says what must be refused and what is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction


@dataclass
class Move:
    """One thing that happened under a key on one licence: ``kind`` reserve, take, give_back, excess, heal, or let_go."""

    at: datetime
    licence: str
    key: str
    item: str
    kind: str
    quantity: Fraction
    until: datetime | None = None


@dataclass
class SlowLedger:
    """``granted``: (licence, item) -> quantity. ``ends``: licence -> instant. ``stopped``: suspended or revoked since."""

    granted: dict[tuple[str, str], Fraction]
    ends: dict[str, datetime]
    moves: list[Move] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)
    over_since: dict[str, datetime] = field(default_factory=dict)

    def end(self, licence: str) -> datetime:
        """Return the instant at which reservations on a licence end at the latest."""
        return min(self.ends[licence], self.over_since.get(licence, self.ends[licence]))

    def reserved(self, licence: str, item: str, now: datetime, key: str = "") -> Fraction:
        """Add up what is set aside at ``now``, under one key or all."""
        total = Fraction(0)
        for move in self.moves:
            if (move.licence, move.item, move.kind) != (licence, item, "reserve") or (
                key and move.key != key
            ):
                continue
            ended = any(
                other.kind == "let_go" and (other.licence, other.key) == (licence, move.key)
                for other in self.moves
            )
            assert move.until is not None
            if not ended and now < min(move.until, self.end(licence)):
                total += move.quantity
        return total

    def used(self, licence: str, item: str) -> Fraction:
        """Add up what is used, what came back taken off."""
        signs = {"take": 1, "give_back": -1}
        return sum(
            (
                signs[move.kind] * move.quantity
                for move in self.moves
                if (move.licence, move.item) == (licence, item) and move.kind in signs
            ),
            Fraction(0),
        )

    def over(self, licence: str, item: str) -> Fraction:
        """Add up what was reported beyond the licence."""
        return sum(
            (
                move.quantity
                for move in self.moves
                if (move.licence, move.item, move.kind) == (licence, item, "excess")
            ),
            Fraction(0),
        )

    def outside(self, licence: str, item: str) -> Fraction:
        """Add up what went beyond the licence and did not come back."""
        healed = (
            move.quantity
            for move in self.moves
            if (move.licence, move.item, move.kind) == (licence, item, "heal")
        )
        return self.over(licence, item) - sum(healed, Fraction(0))

    def available(self, licence: str, item: str, now: datetime) -> Fraction:
        """Say what is left."""
        return self.granted[licence, item] - self.reserved(licence, item, now) - self.used(licence, item)

    def live(self, licence: str, now: datetime) -> bool:
        """Say whether a licence may be drawn on: not stopped, its time not over, and something left or set aside."""
        left = any(
            self.available(licence, item, now) > 0 or self.reserved(licence, item, now) > 0
            for ident, item in self.granted
            if ident == licence
        )
        return licence not in self.stopped and now < self.ends[licence] and left
