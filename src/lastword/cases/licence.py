"""A licence and its ledger: what a granted consent leaves behind, in exact quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final, Literal

from lastword.cases.calendar import TimeLimit
from lastword.cases.case import Proviso, TextAt

LicenceStatus = Literal["issued", "suspended", "revoked", "surrendered", "expired", "exhausted"]
"""``reinstated`` is the event by which a suspended licence is issued again."""

MOVES: Final[Mapping[str, tuple[str, ...]]] = {
    "issued": ("suspended", "revoked", "surrendered", "expired", "exhausted"),
    "suspended": ("issued", "exhausted", "revoked", "surrendered", "expired"),
    # An exhausted licence lives on while goods may come back: a return makes it issued again.
    "exhausted": ("issued", "suspended", "revoked", "surrendered", "expired"),
    "revoked": (),
    "surrendered": (),
    "expired": (),
}
"""From each status the ones that may follow; the last three are final."""

EXACT: Final = Context(prec=80, traps=[Inexact, InvalidOperation])
"""Sums of quantities are never rounded: one that would be is an error, not a loss of goods."""
DECIMALS: Final = 12
LARGEST: Final = Decimal(10) ** 15


def is_quantity(value: Decimal) -> bool:
    """Say whether ``value`` can be booked: finite, above zero, below 10^15, at most 12 decimals, not written out without end."""
    if not value.is_finite() or not 0 < value < LARGEST:
        return False
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or len(digits) > EXACT.prec // 2:
        return False
    # trailing zeros carry nothing: 1.0000000000000000 is 1
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return exponent + zeros >= -DECIMALS


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on a licence, in one unit. available = granted - reserved - used, never below zero.

    ``over``: reported beyond what was available, booked as a breach; it never shrinks. ``carried``: of ``used`` at issue, what
    had gone out under earlier licences of the same clearance.
    """

    item: str
    thing: str
    unit: str
    granted: Decimal
    reserved: Decimal = Decimal(0)
    used: Decimal = Decimal(0)
    over: Decimal = Decimal(0)
    carried: Decimal = Decimal(0)

    @property
    def available(self) -> Decimal:
        """Return what can still be reserved or used."""
        return EXACT.subtract(EXACT.subtract(self.granted, self.reserved), self.used)


@dataclass(frozen=True, slots=True)
class Use:
    """One use by its ``key`` (given by who uses; the same key is the same use). ``quantities``: item -> quantity.

    ``state``: reserved, confirmed, released (reservation given back or expired), returned (goods came back), breach.
    ``mode``: how it began: ``reserve``, ``use``, ``report`` or ``return``. ``licences``: all that it was made on, sorted.
    ``quantities``: as first stated, for this licence. ``booked``: of it in ``Line.used``; ``over``: reported beyond what was
    available; ``returned``: came back, ``healed``: of that what had gone beyond the licence, so that it gives nothing to use
    again. ``status``: of the licence when goods were last booked, e.g. ``suspended`` for a
    report of what happened all the same. ``text``: where the words of the last act on it stand.
    """

    key: str
    quantities: Mapping[str, Decimal]
    state: str
    at: datetime
    person: str
    expires: datetime | None = None
    returned: Mapping[str, Decimal] = field(default_factory=dict)
    mode: str = "reserve"
    licences: tuple[str, ...] = ()
    booked: Mapping[str, Decimal] = field(default_factory=dict)
    over: Mapping[str, Decimal] = field(default_factory=dict)
    status: str = ""
    text: TextAt | None = None
    healed: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Licence:
    """``no``: entries in its stream. ``scope``: act, from, to, end_use, the request's digest, and its field digests for parties.

    ``clearance``: the key of the consent; ``procedure``: the id of the procedure by which it was decided.
    ``facts``, ``rules``: numbers of the streams' last entries at which it was last judged; older than now: stale.
    ``calendar``: by which its times are counted; its zone says which day it is. ``appeal``: how long one may appeal against
    revocation, ``appeal_until``: until when, once revoked.
    ``review_due``: of a licence by break-glass; ``reviewers``: offices; ``opened_by``: who broke the glass (and for whom);
    ``reviewed``: ``right``, ``wrong`` or "" while nobody has. ``suspended_for``: the reason code.
    ``applicant``: the holder; ``acted``: persons who acted for it in the case; ``internal``: only these persons are
    excluded from the offices' acts. ``offices``: those that decided, who may suspend, reinstate and revoke.
    ``grounds``: codes that its procedure knows. ``replaces``: an earlier licence of the same clearance.
    ``ended``: when it stopped being usable for good.
    """

    id: str
    no: int
    case: str
    clearance: str
    authority: str
    status: LicenceStatus
    issued: datetime
    valid_until: datetime | None
    lines: Mapping[str, Line]
    act: str
    from_: str
    to: str
    end_use: str
    request: str
    facts: int
    rules: int
    provisos: tuple[Proviso, ...] = ()
    uses: Mapping[str, Use] = field(default_factory=dict)
    on_appeal: bool = False
    break_glass: bool = False
    review_due: datetime | None = None
    suspended_for: str = ""
    applicant: str = ""
    offices: tuple[str, ...] = ()
    ended: datetime | None = None
    procedure: str = ""
    calendar: str = ""
    internal: bool = False
    acted: tuple[str, ...] = ()
    parties: Mapping[str, str] = field(default_factory=dict)
    grounds: tuple[str, ...] = ()
    appeal: TimeLimit | None = None
    appeal_until: datetime | None = None
    reviewers: tuple[str, ...] = ()
    reviewed: str = ""
    opened_by: tuple[str, ...] = ()
    replaces: str = ""

    def outside(self, item: str) -> Decimal:
        """Return how much of an item went beyond the licence and has not come back."""
        left = self.lines[item].over
        for use in self.uses.values():
            left = EXACT.subtract(left, use.healed.get(item, Decimal(0)))
        return left

    @property
    def final(self) -> bool:
        """Say whether its status does not move any more; a report or a return is booked all the same."""
        return not MOVES[self.status]

    @property
    def spent(self) -> bool:
        """Say whether nothing is left and nothing reserved, on every line."""
        return all(line.available == 0 and line.reserved == 0 for line in self.lines.values())

    @property
    def reserved(self) -> tuple[Use, ...]:
        """Return the reservations that are open, by the instant at which they expire, then by key."""
        open_ = [use for use in self.uses.values() if use.state == "reserved"]
        return tuple(sorted(open_, key=lambda use: (use.expires is None, use.expires or use.at, use.key)))

    def stale(self, facts: int, rules: int) -> bool:
        """Say whether it was last judged on other facts or rules than those in force, by their numbers."""
        return (self.facts, self.rules) != (facts, rules)

    def live(self, now: datetime) -> bool:
        """Say whether it can be drawn on at ``now``: issued, and its time not over."""
        return (
            self.status == "issued"
            and self.ended is None
            and (self.valid_until is None or now < self.valid_until)
        )
