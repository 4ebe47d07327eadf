"""How a rule attaches to a thing: the eight kinds of reach, each composed with ``contains`` where the rule
says so (semantics R7, D9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from lastword.facts.fact import Money
from lastword.facts.schema import NEEDS
from lastword.facts.snapshot import Closing, Element
from lastword.facts.unknown import Truth, Unknown, all_of, any_of, negate
from lastword.reach.content import Amount, Counted, Occurrence, count, grow
from lastword.reach.parts import Walk
from lastword.reach.reading import Reading
from lastword.reach.subject import YES_NO, Assumption, Missing, Subject
from lastword.rules.condition import Condition
from lastword.rules.rule import Reach, Rule

Path = tuple[Element, ...]
_BOUND = {
    "made_with": ("tech", "technology"),
    "needs_in_use": ("need", "needs"),
    "undertaking": ("step", "custody"),
}


@dataclass(frozen=True, slots=True)
class Witness:
    """One element through which a rule reaches: the element, the thing that holds it, and how surely.

    ``element``: the entry of the holder's list, None where the holder itself is the element. ``presumed``:
    the promise is presumed from the way the thing went (R8).
    """

    subject: Any
    holder: str
    truth: Truth
    element: Element | None = None
    presumed: bool = False


def path_to(reading: Reading, witness: Witness) -> Path:
    """Return the chain of elements from the thing asked about to a witness."""
    if not witness.holder:
        return ()
    chain = reading.whole(reading.thing.id).path(witness.holder)
    return chain if witness.element is None else (*chain, witness.element)


def reached(reading: Reading, rule: Rule, variables: dict[str, Any]) -> Truth:
    """Say whether one of the ways of a rule reaches the thing.

    Ways that ask the thing and its parts alone are gone once for all questions of the same facts.
    """
    plain = not (reading.given or reading.on_record or reading.question.strict)
    if not (plain and reading.question.value is None and reading.book.reach_asks_thing_only(rule)):
        return any_of(reaches(reading, rule, reach, variables) for reach in rule.reach)
    key = (reading.thing.id, rule.id)
    kept: Reached | None = reading.snapshot.reached.get(key)
    if kept is None:
        alone = Reading(reading.book, reading.snapshot, reading.question)
        truth = any_of(reaches(alone, rule, reach, alone.variables) for reach in rule.reach)
        kept = Reached(truth, tuple(alone.missing.values()), tuple(alone.assumptions), dict(alone.inferred))
        reading.snapshot.reached[key] = kept
    for missing in kept.missing:
        reading.missing.setdefault(missing.id, missing)
    reading.assumptions.update(dict.fromkeys(kept.assumptions))
    reading.inferred.update(kept.inferred)
    return kept.truth


@dataclass(frozen=True, slots=True)
class Reached:
    """Whether a rule reaches a thing, with what that rests on."""

    truth: Truth
    missing: tuple[Missing, ...]
    assumptions: tuple[Assumption, ...]
    inferred: Mapping[str, str]


def reaches(reading: Reading, rule: Rule, reach: Reach, variables: dict[str, Any]) -> Truth:
    """Say whether one way of reaching holds."""
    if reach.kind in ("origin", "place"):
        return _truth(reach.test.evaluate(reading, variables))
    if reach.kind == "content":
        return _content_reaches(reading, rule, reach, variables)
    truths: list[Truth] = []
    for witness in witnesses(reading, rule, reach, variables):
        if witness.truth is True:
            return True
        if witness.truth is not False:
            truths.append(witness.truth)
    truths.append(reading.not_listed(openings(reading, reach, variables), reach.test.text))
    return any_of(truths)


def _truth(value: Any) -> Truth:
    return value if isinstance(value, Unknown) else value is True


def witnesses(reading: Reading, rule: Rule, reach: Reach, variables: dict[str, Any]) -> Iterator[Witness]:
    """Return every element that the test of ``reach`` looks at, with whether it passes."""
    walk = reading.whole(reading.thing.id)
    if reach.kind == "party":
        for subject, _ in reading.elements(variables["question"], "parties"):
            yield Witness(subject, "", _truth(reach.test.evaluate(reading, {**variables, "party": subject})))
    elif reach.kind == "any_part":
        yield from _part_witnesses(reading, walk, reach, variables)
    else:
        variable, listed = _BOUND[reach.kind]
        for holder in walk.order if reach.through else walk.order[:1]:
            there = walk.presence[holder]
            for subject, in_list, element in _listed(reading, holder, listed, reach):
                truth = _element_truth(
                    reading, reach, {**variables, variable: subject, "part": reading.subject(holder)}
                )
                presumed = False
                if truth is not True and reach.presumed is not None:
                    truth, presumed = _presumed(reading, rule, reach, subject, holder, variables, truth)
                yield Witness(subject, holder, all_of((there, in_list, truth)), element, presumed)


def _listed(
    reading: Reading, holder: str, listed: str, reach: Reach
) -> Iterator[tuple[Subject, Truth, Element]]:
    names = {"technology": ("made_with",), "custody": ("custody",), "needs": reach.kinds or NEEDS}[listed]
    for name in names:
        for element in reading.snapshot.listing(holder, name).elements:
            yield reading.entry(element, name), reading.is_there(element), element


def _element_truth(reading: Reading, reach: Reach, variables: dict[str, Any]) -> Truth:
    return _truth(reach.test.evaluate(reading, variables))


def _presumed(
    reading: Reading,
    rule: Rule,
    reach: Reach,
    step: Subject,
    holder: str,
    variables: dict[str, Any],
    truth: Truth,
) -> tuple[Truth, bool]:
    """Presume the promise from the custody step unless a fact denies it (R8)."""
    if step.fields.get("undertaking") == "denied" or reach.presumed is None:
        return truth, False
    held = reading.subject(holder)
    given = _truth(reach.presumed.evaluate(reading, {**variables, "step": step, "part": held, "thing": held}))
    if given is False:
        return truth, False
    if given is True and truth is not True:
        return reading.assume(Assumption("undertaking", step.id, rule.id), True, YES_NO), True
    return any_of((truth, given)), True


def _part_witnesses(
    reading: Reading, walk: Walk, reach: Reach, variables: dict[str, Any]
) -> Iterator[Witness]:
    if reach.stop is not None:
        yield from _part_witnesses_with_stop(reading, walk, reach, variables)
        return
    origins = reading.book.origins(reach.test)
    for thing in walk.order if reach.itself else walk.order[1:]:
        if origins is not None:
            origin = reading.known_origin(thing)
            if origin is not None and origin not in origins:
                continue  # the domain comes first (R4)
        truth = _truth(reach.test.evaluate(reading, {**variables, "part": reading.subject(thing)}))
        if truth is not False:
            there = walk.presence[thing]
            yield Witness(reading.subject(thing), thing, truth if there is True else all_of((there, truth)))


def _part_witnesses_with_stop(
    reading: Reading, walk: Walk, reach: Reach, variables: dict[str, Any]
) -> Iterator[Witness]:
    """As before, but do not look inside a part at which the rule stops (R7)."""
    looked_at, _ = _looked_at(reading, walk, reach, variables)
    for thing in walk.order if reach.itself else walk.order[1:]:
        if looked_at[thing] is False:
            continue
        subject = reading.subject(thing)
        truth = _truth(reach.test.evaluate(reading, {**variables, "part": subject}))
        if truth is not False:
            yield Witness(subject, thing, all_of((looked_at[thing], truth)))


def _looked_at(
    reading: Reading, walk: Walk, reach: Reach, variables: dict[str, Any]
) -> tuple[dict[str, Truth], dict[str, Truth]]:
    """Return whether the rule looks at each thing, and whether it looks inside it, as a least fixpoint (D9)."""
    assert reach.stop is not None
    inside: dict[str, Truth] = {walk.root: True}
    for thing in walk.order[1:]:
        stops = _truth(reach.stop.evaluate(reading, {**variables, "part": reading.subject(thing)}))
        inside[thing] = negate(stops)
    looked_at: dict[str, Truth] = dict.fromkeys(walk.order, False)
    looked_at[walk.root] = True
    changed = True
    while changed:
        changed = False
        for thing in walk.order[1:]:
            now = any_of(
                all_of((looked_at[parent], inside[parent], reading.is_there(element)))
                for parent, element in walk.parents[thing]
            )
            if now != looked_at[thing]:
                looked_at[thing] = now
                changed = True
    return looked_at, inside


def openings(reading: Reading, reach: Reach, variables: dict[str, Any]) -> Iterator[Truth]:
    """Return an unknown for each open list that could hold what the rule looks for."""
    if reading.on_record or reach.kind in ("party", "origin", "place", "content"):
        return
    if reach.kind == "any_part":

        def holds(one: Any) -> Truth:
            return _truth(reach.test.evaluate(reading, {**variables, "part": one}))

        if reach.stop is None:
            yield from reading.openings(reading.thing, "parts", holds, reach.test.text)
            return
        walk = reading.whole(reading.thing.id)
        looked_at, inside = _looked_at(reading, walk, reach, variables)
        for closing, things in walk.openings("contains"):
            for thing in things:
                # What nobody listed lies behind a part only where the rule looks inside it.
                there = all_of((looked_at[thing], inside[thing]))
                yield from reading.opening(thing, "contains", closing, there, "thing", holds, reach.test.text)
        return
    variable, listed = _BOUND[reach.kind]

    def test(one: Any) -> Truth:
        hidden = {**variables, variable: one, "part": reading.thing}
        truth = _truth(reach.test.evaluate(reading, hidden))
        if truth is False and reach.presumed is not None:
            return _truth(reach.presumed.evaluate(reading, hidden))
        return truth

    kind = {"technology": "tech", "needs": "need", "custody": "step"}[listed]
    names = {"technology": ("made_with",), "custody": ("custody",), "needs": reach.kinds or NEEDS}[listed]
    walk = reading.whole(reading.thing.id)
    for holder in walk.order if reach.through else walk.order[:1]:
        there = walk.presence[holder]
        for name in names:
            closing = walk.closing(holder, name)
            if not closing.closed:
                truth = reading.could_hold(holder, name, closing, kind, test, reach.test.text)
                yield truth if there is True else all_of((there, truth))
        if reach.through:
            yield from _hidden_parts(reading, walk, holder, names, kind, test, reach)


def _hidden_parts(
    reading: Reading,
    walk: Walk,
    holder: str,
    names: tuple[str, ...],
    kind: str,
    test: Callable[[Any], Truth],
    reach: Reach,
) -> Iterator[Truth]:
    """A part that nobody listed could need or come with something, unless that is declared for everything
    below.
    """
    if walk.closing(holder, "contains").closed:
        return
    for name in names:
        closing = walk.deep(holder, name)
        if closing.closed:
            continue
        truth = reading.could_hold(holder, "contains", closing, kind, test, reach.test.text)
        there = walk.presence[holder]
        yield truth if there is True else all_of((there, truth))
        return


# -- content -------------------------------------------------------------------------------------------


def _content_reaches(reading: Reading, rule: Rule, reach: Reach, variables: dict[str, Any]) -> Truth:
    limit = reach.limit.evaluate(reading, variables) if reach.limit else Fraction(0)
    counted = count_content(reading, rule, reach)
    if isinstance(limit, Unknown):
        # Nothing that counts is above any limit; all else depends on it.
        return (
            False
            if counted.amount.high == 0 and reach.equal_free
            else (False if reading.on_record else limit)
        )
    truth = counted.exceeds(Fraction(limit), equal_free=reach.equal_free)
    if isinstance(truth, Unknown):
        name = f"{rule.id}: share of {reading.thing.id}"
        return reading.atom(name, truth.facts, reach.test.text, counted.shared & truth.facts)
    return truth


def count_content(reading: Reading, rule: Rule, reach: Reach) -> Counted:
    """Return what counts for ``reach`` in the thing of the question."""
    key = (rule.id, rule.reach.index(reach))
    found = reading.counts.get(key)
    if found is None:
        judge = _Judge(reading, reach, reading.variables)
        counted = count(_tree(reading), judge)
        found = reading.counts[key] = replace(counted, shared=frozenset(judge.shared))
    return found


def _tree(reading: Reading) -> Occurrence:
    """Return the tree of what is built in; it is kept with the facts unless the question gives the value."""
    if reading.tree is not None:
        return reading.tree
    root = reading.thing.id
    kept: dict[str, Occurrence] = reading.snapshot.trees
    if root in kept:
        reading.tree = kept[root]
    else:
        walk, base = reading.whole(root), _base(reading)
        reading.tree = grow(walk, base, _Values(reading))
        if walk.certain and not base.facts and reading.question.value is None:
            kept[root] = reading.tree
    for occurrence in reading.tree.all():
        if occurrence.worth.facts and occurrence.element is not None:
            _ask_value(reading, occurrence.element)
    return reading.tree


def _ask_value(reading: Reading, element: Element) -> None:
    """Say what is missing for the value of an element, so that it can be asked for."""
    if element.entry.fields.get("quantity") is None:
        name = f"{element.id}/quantity"
        reading.lack(Missing(name, "cell", element.entry.fields["thing"], "quantity"))
    reading.cell(reading.subject(element.entry.fields["thing"]), "value")


def _base(reading: Reading) -> Amount:
    value = reading.cell(reading.thing, "value")
    if isinstance(value, Money):
        return _amount(reading, value)
    asked = reading.question.value
    if isinstance(asked, Money) and isinstance(value, Unknown):
        quantity = reading.question.quantity or Fraction(1)
        return _amount(reading, Money(asked.amount / quantity, asked.currency))
    elements = reading.snapshot.listing(reading.thing.id, "contains").elements
    if all(element.entry.fields.get("share") is not None for element in elements):
        return Amount(Fraction(1), Fraction(1))
    facts = value.facts if isinstance(value, Unknown) else frozenset()
    return Amount(Fraction(0), None, facts)


def _amount(reading: Reading, money: Money) -> Amount:
    value = reading.in_currency(money, reading.snapshot.facts.base)
    if isinstance(value, Unknown):
        return Amount(Fraction(0), None, value.facts)
    return Amount(value, value)


class _Values:
    """What parts are worth and where they come from, read from the facts."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def unit_value(self, element: Element) -> Amount:
        price = element.entry.fields.get("unit_price")
        if not isinstance(price, Money):
            price = self.reading.cell(self.reading.subject(element.entry.fields["thing"]), "value")
        if isinstance(price, Money):
            return _amount(self.reading, price)
        return Amount(Fraction(0), None, price.facts if isinstance(price, Unknown) else frozenset())

    def origin(self, thing: str) -> str | None:
        return self.reading.known_origin(thing)


class _Judge:
    """What a rule says of a part."""

    def __init__(self, reading: Reading, reach: Reach, variables: dict[str, Any]) -> None:
        self.reading = reading
        self.reach = reach
        self.variables = variables
        self.origins = reading.book.origins(reach.test)
        self.shared: set[str] = set()
        self._asked_for: dict[str, str] = {}

    def is_there(self, element: Element) -> Truth:
        return self.reading.is_there(element)

    def counts(self, thing: str) -> Truth:
        return self._of(self.reach.test, thing)

    def stops(self, thing: str) -> Truth:
        return False if self.reach.stop is None else self._of(self.reach.stop, thing)

    def whole(self, thing: str) -> Truth:
        return False if self.reach.whole is None else self._of(self.reach.whole, thing)

    def _of(self, condition: Condition, thing: str) -> Truth:
        part = self.reading.subject(thing)
        truth = _truth(condition.evaluate(self.reading, {**self.variables, "part": part}))
        if isinstance(truth, Unknown):
            for fact in truth.facts:
                if self._asked_for.setdefault(fact, thing) != thing:
                    self.shared.add(fact)
        return truth

    def hang_together(self, facts: frozenset[str]) -> None:
        self.shared |= facts

    def bound_inside(self, thing: str) -> Fraction | None:
        if not self.reach.at_most:
            return None
        value = self.reading.cell(self.reading.subject(thing), self.reach.at_most)
        return Fraction(value) if isinstance(value, int | Fraction) else None

    def rest_counts(self, thing: str, closing: Closing) -> Truth:
        if self.reading.on_record:
            return False

        def test(one: Any) -> Truth:
            return _truth(self.reach.test.evaluate(self.reading, {**self.variables, "part": one}))

        return self.reading.could_hold(thing, "contains", closing, "thing", test, self.reach.test.text)
