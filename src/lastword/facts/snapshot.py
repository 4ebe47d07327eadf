"""What was said, as of a day and as far as was known on a day (semantics D1 to D3).

A snapshot chooses among competing facts and never decides for a missing one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from lastword.facts.fact import Complete, Entry, Fact, Facts, Standing
from lastword.facts.unknown import NONE, Unknown

Scope = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One attribute of one subject: its value (or Unknown) and the facts that say so.

    ``rivals``: facts of equal standing with another value, shown as a conflict (D2).
    """

    value: Any
    facts: tuple[Fact, ...] = ()
    rivals: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a list; not ``certain`` when only a disputed, weak or perhaps outdated fact says it."""

    entry: Entry
    certain: bool
    fact: Fact

    @property
    def id(self) -> str:
        """Return the id of the question whether it is there."""
        return f"{self.fact.about}/{self.fact.attribute}/{self.entry.key}"


@dataclass(frozen=True, slots=True)
class Closing:
    """How far a list is declared complete: wholly, but for a share of the value, or for some terms only (D3)."""

    closed: bool = False
    remainder: Fraction | None = None
    terms: frozenset[str] = frozenset()
    facts: tuple[Fact, ...] = ()

    def or_(self, other: Closing) -> Closing:
        """Return what both declarations together say."""
        if not other.facts:
            return self
        if not self.facts:
            return other
        remainders = [r for r in (self.remainder, other.remainder) if r is not None]
        return Closing(
            self.closed or other.closed,
            min(remainders) if remainders else None,
            self.terms | other.terms,
            self.facts + other.facts,
        )


OPEN: Final = Closing()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its elements in the order of their keys, and how far it is closed for itself and for all below."""

    elements: tuple[Element, ...] = ()
    own: Closing = OPEN
    deep: Closing = OPEN


EMPTY: Final = Listing()


@dataclass
class Snapshot:
    """The facts selected for one pair of days, one bar and one strictness; read-only after it is made."""

    facts: Facts
    as_of: date
    known: date
    bar: Standing = Standing.REPORTED
    strict: bool = False
    walks: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What lies below things, where every element is certain: the same for every question (see reach.parts).
    """
    trees: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What is built into things and what it is worth (see reach.content)."""
    origins: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)
    """Where things come from, as far as that is stated and the same for every question."""
    stated: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What is stated of things in fields that are asked together (see reach.reading)."""
    in_force: dict[str, bool | None] = field(default_factory=dict, repr=False, compare=False)
    """Which rules bind on these days (see answers.judgement)."""
    alike: dict[Any, int] = field(default_factory=dict, repr=False, compare=False)
    """A number for each different set of stated values (see reach.reading)."""
    reached: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """Which rules reach which things, where that is the same for every question (see reach.ways)."""
    resolved: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """Attributes worked out for every question: stated, implied, inferred or missing (see reach.reading)."""
    _cells: dict[tuple[str, str], list[Fact]] = field(default_factory=lambda: defaultdict(list))
    _lists: dict[tuple[str, str], list[Fact]] = field(default_factory=lambda: defaultdict(list))
    _chosen: dict[tuple[str, str], Cell] = field(default_factory=dict)
    _listings: dict[tuple[str, str], Listing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Select the facts known on ``known`` and perhaps valid on ``as_of`` (D1)."""
        # By id, so that the order in which facts are told changes no answer (invariant 6).
        known = sorted((f for f in self.facts.facts if f.known.holds(self.known)), key=lambda fact: fact.id)
        corrected = {fact.corrects for fact in known if fact.corrects}
        for fact in known:
            if fact.id and fact.id in corrected:
                continue
            if fact.standing is Standing.WITHDRAWN or fact.valid.holds(self.as_of) is False:
                continue
            where = self._cells if fact.kind == "cell" else self._lists
            where[fact.about, fact.attribute].append(fact)

    def counts(self, standing: Standing) -> bool:
        """Say whether a fact or rule of ``standing`` counts in this question (D2)."""
        if standing is Standing.PRESUMED:
            return not self.strict and self.bar <= Standing.REPORTED
        return standing >= self.bar

    def cell(self, subject: str, attribute: str, scope: Scope) -> Cell:
        """Return the value of one attribute; Unknown names itself ``subject/attribute``."""
        found = self._chosen.get((subject, attribute))
        if found is not None:
            return found
        facts = self._cells.get((subject, attribute), ())
        scoped = [fact for fact in facts if all(scope.get(key) == value for key, value in fact.scope)]
        cell = self._choose(f"{subject}/{attribute}", scoped)
        if not any(fact.scope for fact in facts):
            self._chosen[subject, attribute] = cell
        return cell

    def scoped(self, subject: str, attribute: str) -> bool:
        """Say whether some fact about an attribute holds for some questions only."""
        return any(fact.scope for fact in self._cells.get((subject, attribute), ()))

    def disputed(self, subject: str, attribute: str, scope: Scope) -> bool:
        """Say whether somebody said something of an attribute at all, if too weakly or only perhaps: then
        nothing is inferred (D2).
        """
        facts = self._cells.get((subject, attribute), ())
        return any(all(scope.get(key) == value for key, value in fact.scope) for fact in facts)

    def _choose(self, name: str, facts: Iterable[Fact]) -> Cell:
        counting = [fact for fact in facts if self.counts(fact.standing)]
        certain = [fact for fact in counting if fact.valid.holds(self.as_of)]
        best = max((fact.standing for fact in certain), default=None)
        firmest = [fact for fact in certain if fact.standing is best]
        # A fact that may no longer (or not yet) hold makes the cell uncertain unless a firmer one stands.
        perhaps = [
            fact
            for fact in counting
            if fact.valid.holds(self.as_of) is None and (best is None or fact.standing >= best)
        ]
        rivals = firmest + perhaps
        values = tuple(dict.fromkeys(fact.value for fact in rivals))
        if len(values) == 1 and firmest:
            return Cell(values[0], tuple(firmest))
        among = values if firmest and len(values) > 1 else ()
        return Cell(Unknown(frozenset((name,)), among), (), tuple(rivals))

    def listing(self, subject: str, name: str) -> Listing:
        """Return a list of ``subject`` with its closing."""
        found = self._listings.get((subject, name))
        if found is None:
            found = self._listings[subject, name] = self._list(self._lists.get((subject, name), ()))
        return found

    def _list(self, facts: Iterable[Fact]) -> Listing:
        said: dict[str, list[Fact]] = defaultdict(list)
        completes: list[Fact] = []
        for fact in facts:
            if fact.kind == "element":
                said[fact.value.key].append(fact)
            elif self.counts(fact.standing) and fact.valid.holds(self.as_of):
                completes.append(fact)
        elements = []
        for key in sorted(said):
            firmest = max(said[key], key=lambda fact: (fact.standing, fact.valid.holds(self.as_of) is True))
            sure = self.counts(firmest.standing) and firmest.valid.holds(self.as_of) is True
            elements.append(Element(firmest.value, sure, firmest))
        standing_completes = [c for c in completes if not _reopened(c, elements)]
        own = OPEN
        deep = OPEN
        for fact in standing_completes:
            closing = _closing(fact)
            own = own.or_(closing)
            if fact.value.deep:
                deep = deep.or_(closing)
        return Listing(tuple(elements), own, deep)

    def value(self, subject: str, attribute: str) -> Any:
        """Return an unscoped value or Unknown."""
        return self.cell(subject, attribute, {}).value

    def name(self, subject: str, language: str) -> str:
        """Return what a subject is called, or its id."""
        names = self.facts.names.get(subject, {})
        return names.get(language) or names.get("en") or next(iter(names.values()), subject)


def _closing(fact: Fact) -> Closing:
    declared: Complete = fact.value
    if declared.term:
        return Closing(terms=frozenset((declared.term,)), facts=(fact,))
    return Closing(declared.remainder == 0, declared.remainder, facts=(fact,))


def _reopened(complete: Fact, elements: Iterable[Element]) -> bool:
    """Say whether a later element at least as firm as the declaration reopens the list (D3)."""
    return any(
        element.certain
        and element.fact.known.start.by > complete.known.start.by
        and element.fact.standing >= complete.standing
        for element in elements
    )


def is_given(value: Any) -> bool:
    """Say whether a value is known and not ``none``."""
    return value is not NONE and not isinstance(value, Unknown)
