"""How much of a thing's value counts against a limit, in exact fractions (semantics R17, D15).

The comparison is ``counted - limit x base`` with 0, bounded part by part; a quotient of two intervals is
never formed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from lastword.facts.snapshot import OPEN, Closing, Element
from lastword.facts.unknown import Truth, Unknown
from lastword.reach.parts import Walk

ZERO = Fraction(0)
NO_FACTS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount that lies between ``low`` and ``high`` (None = no upper bound), and the facts that leave it
    open.
    """

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

    def by(self, other: Amount) -> Amount:
        """Return the product with a number that may itself be open."""
        high = None if self.high is None or other.high is None else self.high * other.high
        if (self.high == 0) or (other.high == 0):
            high = ZERO
        return Amount(self.low * other.low, high, self.facts | other.facts)

    def times(self, factor: Fraction) -> Amount:
        """Return the amount multiplied by a number that is not negative."""
        return Amount(self.low * factor, None if self.high is None else self.high * factor, self.facts)


NOTHING = Amount(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Counted:
    """The result of a count: the counted amount, the base it is measured on, and the parts that count for
    certain.

    ``parts``: (thing, amount) of parts that count or may count, largest first. ``shared``: facts on which
    several parts hang.
    """

    amount: Amount
    base: Amount
    parts: tuple[tuple[str, Amount, Truth], ...] = ()
    shared: frozenset[str] = NO_FACTS

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
        """Bound with a base of at least the sum of the parts, part by part: an amount a that counts adds a x
        (1 - limit).
        """
        high: Fraction | None = None
        if self.amount.high is not None:
            # At its highest everything that may count does, and nothing else adds to the base
            # beyond what is certain.
            rest = max(self.base.low - self.amount.low, ZERO)
            high = self.amount.high * (1 - limit) - rest * limit
        low = None if self.base.high is None else self.amount.low - limit * self.base.high
        return low, high


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A part where it is built in, with what all its units there are worth. The same for every rule.

    ``known``: what its listed parts are worth at least. ``own``: how far its list of parts is closed;
    ``deep``: what it declares for all below. ``origin``, ``origins``: where it, and it and all below, come
    from (None = not known for sure). ``open``: nobody closed its list or one below.
    """

    part: str
    element: Element | None
    worth: Amount
    children: tuple[Occurrence, ...]
    known: Fraction
    own: Closing
    deep: Closing
    origin: str | None
    origins: frozenset[str | None]
    open: bool

    @property
    def covers(self) -> bool:
        """Say whether it declares how much may be undeclared in it, at any depth."""
        return self.deep.closed or self.deep.remainder is not None

    def all(self) -> Iterator[Occurrence]:
        """Return it and everything below."""
        yield self
        for child in self.children:
            yield from child.all()


class Values(Protocol):
    """What parts are worth and where they come from."""

    def unit_value(self, element: Element) -> Amount: ...
    def origin(self, thing: str) -> str | None: ...


def grow(walk: Walk, base: Amount, values: Values) -> Occurrence:
    """Return the tree of everything built into the root, which is worth ``base``."""
    return _grow(walk, values, walk.root, None, base, Amount(Fraction(1), Fraction(1)), ())


def _grow(
    walk: Walk,
    values: Values,
    part: str,
    element: Element | None,
    worth: Amount,
    units: Amount,
    above: tuple[str, ...],
) -> Occurrence:
    way = (*above, part)
    children = tuple(
        _grow(walk, values, below.entry.fields["thing"], below, *_worth(values, below, worth, units), way)
        for below in walk.snapshot.listing(part, "contains").elements
        # A part that is contained in itself adds nothing more (D9).
        if walk.is_tree or below.entry.fields["thing"] not in way
    )
    own = walk.closing(part, "contains")
    known = sum((c.worth.low for c in children if c.element is not None and c.element.certain), ZERO)
    if worth.facts and known > worth.low:
        # Where nobody gave a value, it is at least that of the listed parts.
        worth = Amount(known, None if worth.high is None else max(known, worth.high), worth.facts)
    return Occurrence(
        part,
        element,
        worth,
        children,
        known,
        own,
        walk.snapshot.listing(part, "contains").deep,
        values.origin(part),
        frozenset((values.origin(part),)).union(*(child.origins for child in children)),
        not own.closed or any(child.open for child in children),
    )


def _worth(values: Values, element: Element, parent: Amount, units: Amount) -> tuple[Amount, Amount]:
    """Return what all units of an element are worth together, and how many there are in all."""
    share = element.entry.fields.get("share")
    if share is not None:
        return parent.times(Fraction(share)), Amount(Fraction(1), Fraction(1))
    quantity = element.entry.fields.get("quantity")
    missing = NO_FACTS if quantity is not None else frozenset((f"{element.id}/quantity",))
    number = Amount(units.low, None, missing) if quantity is None else units.times(Fraction(quantity))
    worth = values.unit_value(element).by(number)
    if parent.high is not None and (worth.high is None or worth.high > parent.high >= worth.low):
        # No part is worth more than what it is in, unless the prices on file say so for certain.
        worth = Amount(worth.low, parent.high if worth.facts else worth.high, worth.facts)
    return worth, number


class Judge(Protocol):
    """What a rule says of a part. ``origins``: outside these nothing counts for the rule; None = it may count
    anywhere.
    """

    origins: frozenset[str] | None

    def is_there(self, element: Element) -> Truth: ...
    def counts(self, thing: str) -> Truth: ...
    def stops(self, thing: str) -> Truth: ...
    def whole(self, thing: str) -> Truth: ...
    def bound_inside(self, thing: str) -> Fraction | None: ...
    def hang_together(self, facts: frozenset[str]) -> None: ...
    def rest_counts(self, thing: str, closing: Closing) -> Truth: ...


Note = Callable[[str, Amount, Truth], None]


def count(tree: Occurrence, judge: Judge) -> Counted:
    """Add up what counts inside the root of ``tree``."""
    found: dict[str, tuple[Amount, Truth]] = {}

    def note(thing: str, amount: Amount, truth: Truth) -> None:
        before = found.get(thing)
        found[thing] = (amount if before is None else before[0].plus(amount), truth)

    total = _inside(judge, tree, False, note)
    base = tree.worth
    if base.high is None:
        base = Amount(max(base.low, tree.known), None, base.facts)
    parts = sorted(found.items(), key=lambda item: (-(item[1][0].high or item[1][0].low), item[0]))
    return Counted(total, base, tuple((thing, amount, truth) for thing, (amount, truth) in parts))


def _inside(judge: Judge, at: Occurrence, covered: bool, note: Note) -> Amount:
    """Return what counts inside an occurrence.

    ``covered``: a declaration further up already says how much may be undeclared here.
    """
    covers = not covered and at.covers
    total = perhaps = NOTHING
    known, consistent = at.known, True
    for child in at.children:
        assert child.element is not None
        # What a declaration says of everything below holds for what is in there for certain (D3).
        below = (covered or covers) and child.element.certain
        there = True if child.element.certain else judge.is_there(child.element)
        if there is True and not child.element.certain:
            known += child.worth.low
        if _in_vain(judge, child, below):
            continue
        amount = _part(judge, child, below, note)
        if there is True:
            total = total.plus(amount)
        else:
            perhaps = perhaps.plus(amount)
            consistent = consistent and amount.high is not None and amount.high <= child.worth.low
    rest = _rest(judge, at, covered, covers, known)
    if rest.high != 0:
        note(at.part, rest, Unknown(rest.facts))
        if (
            consistent
            and perhaps.high is not None
            and rest.high is not None
            and at.worth.high is not None
            and not covers
        ):
            # What is perhaps listed would take the place of something nobody listed.
            room = max(at.worth.high - known, perhaps.high)
            high = min(perhaps.high + rest.high, room)
            return total.plus(Amount(perhaps.low + rest.low, high, perhaps.facts | rest.facts))
    return total.plus(perhaps).plus(rest)


def _in_vain(judge: Judge, at: Occurrence, covered: bool) -> bool:
    """Say whether nothing here can count: nothing comes from where the rule looks, and nothing is left open
    (R4).
    """
    if judge.origins is None or (at.open and not covered):
        return False
    return None not in at.origins and judge.origins.isdisjoint(at.origins)


def _may_count(judge: Judge, at: Occurrence) -> bool:
    return judge.origins is None or at.origin is None or at.origin in judge.origins


def _part(judge: Judge, at: Occurrence, covered: bool, note: Note) -> Amount:
    assert at.element is not None
    there = judge.is_there(at.element)
    if there is False:
        return NOTHING
    counts = judge.counts(at.part) if _may_count(judge, at) else False
    amount = at.worth if counts is True else _uncounted(judge, at, counts, covered, note)
    if isinstance(there, Unknown):
        amount = Amount(ZERO, amount.high, amount.facts | there.facts if amount.high != 0 else amount.facts)
    if counts is not False and amount.high != 0:
        note(at.part, amount, counts if there is True else there)
    return amount


def _uncounted(judge: Judge, at: Occurrence, counts: Truth, covered: bool, note: Note) -> Amount:
    """Return what a part adds that does not count for certain: what is inside it, or all of it if it may
    count.
    """
    inner = NOTHING
    if (at.children or (not covered and not at.own.closed)) and at.worth.high != 0:
        inner = _counted_inside(judge, at, counts, covered, note if counts is False else _ignore)
    if isinstance(counts, Unknown):
        # Either the part counts or what is in it does; prices on file may make it cheaper than its parts.
        low = min(inner.low, at.worth.low)
        high = None if at.worth.high is None or inner.high is None else max(inner.high, at.worth.high)
        return Amount(low, high, inner.facts | at.worth.facts | counts.facts)
    return inner


def _counted_inside(judge: Judge, at: Occurrence, counts: Truth, covered: bool, note: Note) -> Amount:
    whole = judge.whole(at.part)
    if whole is True:
        return NOTHING
    stops = judge.stops(at.part)
    if stops is True:
        return NOTHING
    inner = _inside(judge, at, covered, note)
    bound = judge.bound_inside(at.part)
    if bound is not None and at.worth.high is not None:
        most = bound * at.worth.high
        if inner.high is None or inner.high > most:
            inner = Amount(min(inner.low, most), most, inner.facts)
    unsure = [truth.facts for truth in (whole, stops) if isinstance(truth, Unknown)]
    if unsure and inner.high != 0:
        _hang_together(judge, at, inner, counts, whole, stops)
        inner = Amount(ZERO, inner.high, inner.facts.union(*unsure))
    return inner


def _hang_together(
    judge: Judge, at: Occurrence, inner: Amount, counts: Truth, whole: Truth, stops: Truth
) -> None:
    """Name the facts that decide several tests of one part: these cannot come out each as they like (D15)."""
    asked = {
        name: t.facts for name, t in zip("cws", (counts, whole, stops), strict=True) if isinstance(t, Unknown)
    }
    common = asked.get("w", NO_FACTS) & asked.get("s", NO_FACTS)
    beyond = inner.high is None or (at.worth.high is not None and inner.high > at.worth.high)
    if inner.low > 0 or beyond:
        common |= asked.get("c", NO_FACTS) & (asked.get("w", NO_FACTS) | asked.get("s", NO_FACTS))
    judge.hang_together(common)


def _ignore(thing: str, amount: Amount, truth: Truth) -> None:
    return None


def _rest(judge: Judge, at: Occurrence, covered: bool, covers: bool, known: Fraction) -> Amount:
    """Return what may count in the part of an occurrence that nobody listed.

    ``known``: what its listed parts are worth.
    """
    closing = at.deep if covers else at.own
    if covered or closing.closed:
        return NOTHING
    may = judge.rest_counts(at.part, closing if closing.facts else OPEN)
    if may is False:
        return NOTHING
    value = at.worth
    # A declaration for everything below speaks of what the listed parts hold as well.
    listed = ZERO if covers else known
    most = None if value.high is None else max(value.high - listed, ZERO)
    if closing.remainder is not None and most is not None and value.high is not None:
        most = min(closing.remainder * value.high, most)
    facts = may.facts if isinstance(may, Unknown) else NO_FACTS
    return Amount(ZERO, most, facts | value.facts if most is None or most != 0 else NO_FACTS)
