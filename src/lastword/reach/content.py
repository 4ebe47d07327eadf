"""How much of a thing's value counts against a limit, in exact fractions (semantics R17, D15).

The comparison is ``counted - limit x base`` with 0, bounded part by part; a quotient of two intervals is never formed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from lastword.facts.snapshot import Closing, Element
from lastword.facts.unknown import Truth, Unknown

ZERO = Fraction(0)
NO_FACTS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount that lies between ``low`` and ``high`` (None = no upper bound), and the facts that leave it open."""

    low: Fraction
    high: Fraction | None
    facts: frozenset[str] = NO_FACTS

    @property
    def width(self) -> Fraction | None:
        """Return how far it is open; None = without bound."""
        return None if self.high is None else self.high - self.low

    def plus(self, other: Amount) -> Amount:
        """Return the sum."""
        high = None if self.high is None or other.high is None else self.high + other.high
        return Amount(self.low + other.low, high, self.facts | other.facts)

    def times(self, factor: Fraction) -> Amount:
        """Return the amount multiplied by a number that is not negative."""
        return Amount(self.low * factor, None if self.high is None else self.high * factor, self.facts)


NOTHING = Amount(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Counted:
    """The result of a count: the counted amount, the base it is measured on, and the parts that count for certain.

    ``parts``: (thing, amount) of parts that count or may count, largest first.
    """

    amount: Amount
    base: Amount
    parts: tuple[tuple[str, Amount, Truth], ...] = ()

    def share(self) -> tuple[Fraction, Fraction | None] | None:
        """Return the least and greatest share, or None where the base is not known."""
        if self.base.high is None or self.base.low != self.base.high or self.base.low == 0:
            return None
        base = self.base.low
        return (
            self.amount.low / base,
            None if self.amount.high is None else min(self.amount.high / base, Fraction(1)),
        )

    def exceeds(self, limit: Fraction, *, equal_free: bool) -> Truth:
        """Say whether the counted amount is above ``limit`` x base (or at it, where equal is caught)."""
        if self.base.low == self.base.high:
            low, high = self._against_known(limit)
        else:
            low, high = self._against_open(limit)
        if (low is not None) and (low > 0 or (low == 0 and not equal_free)):
            return True
        if (high is not None) and (high < 0 or (high == 0 and equal_free)):
            return False
        return Unknown(self.amount.facts | self.base.facts)

    def _against_known(self, limit: Fraction) -> tuple[Fraction | None, Fraction | None]:
        line = limit * self.base.low
        high = self.amount.high
        # No part is worth more than the whole.
        high = self.base.low if high is None else min(high, self.base.low)
        return self.amount.low - line, high - line

    def _against_open(self, limit: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Bound with a base of at least the sum of the parts, part by part: an amount a that counts adds a x (1 - limit)."""
        high: Fraction | None = None
        if self.amount.high is not None:
            # At its highest everything that may count does, and nothing else adds to the base beyond what is certain.
            rest = max(self.base.low - self.amount.low, ZERO)
            high = self.amount.high * (1 - limit) - rest * limit
        low = None if self.base.high is None else self.amount.low - limit * self.base.high
        return low, high


class Content(Protocol):
    """What the count needs to know about a part."""

    def elements(self, thing: str) -> tuple[Element, ...]: ...
    def is_there(self, element: Element) -> Truth: ...
    def unit_value(self, thing: str) -> Amount: ...
    def element_value(self, element: Element, parent: Amount) -> Amount: ...
    def counts(self, thing: str) -> Truth: ...
    def stops(self, thing: str) -> Truth: ...
    def whole(self, thing: str) -> Truth: ...
    def bound_inside(self, thing: str) -> Fraction | None: ...
    def rest_counts(self, thing: str) -> Truth: ...
    def closing(self, thing: str) -> Closing: ...
    def deep_closing(self, thing: str) -> Closing: ...


def count(content: Content, root: str, base: Amount) -> Counted:
    """Add up what counts inside ``root``, whose value is ``base``."""
    found: dict[str, tuple[Amount, Truth]] = {}

    def note(thing: str, amount: Amount, truth: Truth) -> None:
        before = found.get(thing)
        found[thing] = (amount if before is None else before[0].plus(amount), truth)

    total, least = _inside(content, root, base, False, note, 0)
    if base.high is None:
        base = Amount(max(base.low, least), None, base.facts)
    parts = sorted(found.items(), key=lambda item: (-(item[1][0].high or item[1][0].low), item[0]))
    return Counted(total, base, tuple((thing, amount, truth) for thing, (amount, truth) in parts))


def _inside(
    content: Content,
    thing: str,
    value: Amount,
    covered: bool,
    note: Callable[[str, Amount, Truth], None],
    depth: int,
) -> tuple[Amount, Fraction]:
    """Return what counts inside ``thing`` of value ``value``, and the least value of its known parts.

    ``covered``: a declaration further up already says how much may be undeclared here.
    """
    declared = content.deep_closing(thing)
    covers = not covered and (declared.closed or declared.remainder is not None)
    total = NOTHING
    known = ZERO
    for element in content.elements(thing):
        there = content.is_there(element)
        if there is False:
            continue
        worth = content.element_value(element, value)
        if there is True:
            known += worth.low
        total = total.plus(_part(content, element, worth, there, covered or covers, note, depth))
    rest = _rest(
        content,
        thing,
        value,
        None if covers else known,
        covered,
        declared if covers else content.closing(thing),
    )
    if rest.high != 0:
        note(thing, rest, Unknown(rest.facts))
        total = total.plus(rest)
    return total, known


def _part(
    content: Content,
    element: Element,
    worth: Amount,
    there: Truth,
    covered: bool,
    note: Callable[[str, Amount, Truth], None],
    depth: int,
) -> Amount:
    part = element.entry.fields["thing"]
    counts = content.counts(part)
    if counts is True:
        amount = worth
    else:
        amount = _uncounted(content, element, worth, counts, covered, note, depth)
    if isinstance(there, Unknown):
        amount = Amount(ZERO, amount.high, amount.facts | there.facts if amount.high != 0 else amount.facts)
    if counts is not False and amount.high != 0:
        note(part, amount, counts if there is True else there)
    return amount


def _uncounted(
    content: Content,
    element: Element,
    worth: Amount,
    counts: Truth,
    covered: bool,
    note: Callable[[str, Amount, Truth], None],
    depth: int,
) -> Amount:
    """Return what a part adds that does not count for certain: what is inside it, or all of it if it may count."""
    part = element.entry.fields["thing"]
    whole = content.whole(part)
    stops: Truth = False if whole is True else content.stops(part)
    inner = NOTHING
    if whole is not True and stops is not True and worth.high != 0:
        inner = _within(content, element, worth, covered, note if counts is False else _ignore, depth)
        bound = content.bound_inside(part)
        if bound is not None and worth.high is not None:
            most = bound * worth.high
            if inner.high is None or inner.high > most:
                inner = Amount(min(inner.low, most), most, inner.facts)
        unsure = [truth.facts for truth in (whole, stops) if isinstance(truth, Unknown)]
        if unsure and inner.high != 0:
            inner = Amount(ZERO, inner.high, inner.facts.union(*unsure))
    if isinstance(counts, Unknown):
        return Amount(inner.low, worth.high, inner.facts | worth.facts | counts.facts)
    return inner


def _within(
    content: Content,
    element: Element,
    worth: Amount,
    covered: bool,
    note: Callable[[str, Amount, Truth], None],
    depth: int,
) -> Amount:
    """Return what counts inside all units of a part together: what is inside one, times their number."""
    part = element.entry.fields["thing"]
    units = element.entry.fields.get("quantity")
    if element.entry.fields.get("share") is not None or units == 1:
        return _inside(content, part, worth, covered, note, depth + 1)[0]
    if units is None:
        # Nobody said how many: as little as none counts, as much as all of it.
        one, _ = _inside(content, part, worth, covered, note, depth + 1)
        return one if one.high == 0 else Amount(ZERO, worth.high, one.facts | worth.facts)
    if units == 0:
        return NOTHING

    def note_all(thing: str, amount: Amount, truth: Truth) -> None:
        note(thing, amount.times(units), truth)

    one, _ = _inside(content, part, worth.times(1 / Fraction(units)), covered, note_all, depth + 1)
    return one.times(Fraction(units))


def _ignore(thing: str, amount: Amount, truth: Truth) -> None:
    return None


def _rest(
    content: Content, thing: str, value: Amount, known: Fraction | None, covered: bool, closing: Closing
) -> Amount:
    """Return what may count in the part of ``thing`` that nobody listed.

    ``known``: what its listed parts are worth; None where the declaration speaks of everything below, listed parts included.
    """
    if covered or closing.closed:
        return NOTHING
    may = content.rest_counts(thing)
    if may is False:
        return NOTHING
    most = None if value.high is None else max(value.high - (known or ZERO), ZERO)
    if closing.remainder is not None and most is not None and value.high is not None:
        most = min(closing.remainder * value.high, most)
    facts = may.facts if isinstance(may, Unknown) else NO_FACTS
    return Amount(ZERO, most, facts | value.facts if most is None or most != 0 else NO_FACTS)
