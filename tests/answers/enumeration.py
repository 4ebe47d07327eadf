"""The judge: every completion of a world tried in turn, each judged two-valued, straight from the text of the semantics.

Written apart from ``lastword.answers`` and ``lastword.reach``, of which it uses nothing to judge. A *completion* gives one
case to each unknown fact (D4); here a fact gets its case when it is first looked at, and every other case is tried later, so
that facts nobody looks at cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any, Final

from worlds import World

from lastword.errors import Where
from lastword.facts.fact import Fact, Money, Standing
from lastword.facts.question import Party
from lastword.facts.schema import LISTS, NEEDS
from lastword.facts.unknown import NONE
from lastword.rules import syntax
from lastword.rules.book import Book
from lastword.rules.condition import Condition
from lastword.rules.rule import Reach, Rule

if TYPE_CHECKING:
    from lastword.answers.verdict import Verdict

SEVERITY: Final = ("free", "pending", "consent", "prohibited")
LAW: Final = "law-not-on-file"
YES_NO: Final = (False, True)
MOST: Final = 200
"""Completions tried before a world counts as too large for the judge."""


class Open(Enum):
    """What nobody said, where no case is given to it: a field of a thing nobody listed, or any fact on the record (D13)."""

    OPEN = "open"


OPEN: Final = Open.OPEN


class TooLargeError(Exception):
    """The world has more completions than the judge tries."""


class NoCasesError(Exception):
    """An unknown fact whose cases cannot be listed."""


Clause = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ending:
    """What one completion comes to: the result (D8), and for each rule and clause what it is in it."""

    given: Mapping[str, Any]
    outcome: str
    clauses: frozenset[Clause]
    holds: frozenset[str]
    applies: frozenset[Clause]
    open: frozenset[Clause]
    regimes: frozenset[str]

    @property
    def result(self) -> tuple[str, frozenset[Clause]]:
        """Return what makes two completions the same (D8)."""
        return self.outcome, self.clauses


@dataclass(frozen=True)
class Finding:
    """What all completions together come to (D10 to D13)."""

    outcome: str
    settled: bool
    could_become: frozenset[str]
    states: Mapping[Clause, str]
    prohibitions: Mapping[str, str]
    regimes: Mapping[str, str]
    on_record: str
    not_shown: frozenset[str]
    completions: tuple[Ending, ...]
    possible: frozenset[str]


def enumerate_world(world: World, most: int = MOST) -> Finding:
    """Return the finding. Raises TooLargeError or NoCasesError where a world cannot be enumerated."""
    book = world.book()
    file = File(world)
    plain = tuple(_endings(world, book, file, frozenset(), most))
    results = {ending.result for ending in plain}
    settled = len(results) == 1
    lifters = [rule for rule in world.rules if must_be_shown(book, rule)]
    not_shown = frozenset(r.id for r in lifters if not all(r.id in e.holds for e in plain))
    burdened = tuple(_endings(world, book, file, not_shown, most)) if not_shown else plain
    outcomes = {ending.outcome for ending in (*plain, *burdened)}
    if len(not_shown) > 1 and not settled:
        either = _endings(world, book, file, frozenset(), 4 * most, not_shown)
        outcomes |= {ending.outcome for ending in either}
    least = min(SEVERITY.index(e.outcome) for e in burdened)
    outcome = SEVERITY[least]
    if least == 0 and {e.outcome for e in burdened} != {"free"}:
        outcome = "unknown"
    if settled:
        outcome = plain[0].outcome
        outcomes = {outcome}
    states = {
        clause: _state(clause, plain, burdened) for clause in sorted(set().union(*(e.applies for e in plain)))
    }
    bans = sorted(r.id for r in world.rules if r.kind == "prohibition")
    return Finding(
        outcome=outcome,
        settled=settled,
        could_become=frozenset(outcomes - {outcome}),
        states=states,
        prohibitions={ban: state for ban in bans if (state := _ban_state(ban, plain, burdened))},
        regimes={name: _agreed(name in e.regimes for e in burdened) for name in book.regimes},
        on_record=outcome if settled else _on_record(world, book, file, plain),
        not_shown=not_shown,
        completions=plain,
        possible=frozenset(outcomes),
    )


def sample_world(world: World, times: int, random: Random) -> tuple[Ending, ...]:
    """Return some completions of a world that has too many to try them all."""
    book, file = world.book(), File(world)
    return tuple(Case(world, book, file, {}, [], frozenset(), random=random).ending() for _ in range(times))


def differences(verdict: Verdict, finding: Finding) -> list[str]:
    """Return where an answer departs from what the completions come to.

    One that is not exact must only be sound (invariants 1, 2, 7).
    """
    found = []
    if verdict.settled is not None and verdict.settled != finding.settled:
        found.append(f"settled {verdict.settled}, not {finding.settled}")
    if verdict.exact:
        pairs = {
            "outcome": (verdict.outcome, finding.outcome),
            "could_become": (set(verdict.could_become), set(finding.could_become)),
            "clauses": (
                {(c.rule, c.per): state for c, state in verdict.states.items()},
                dict(finding.states),
            ),
            "prohibitions": (verdict.prohibitions, dict(finding.prohibitions)),
            "regimes": (verdict.regimes, dict(finding.regimes)),
            "on_record": (verdict.on_record, finding.on_record),
            "settled": (verdict.settled, finding.settled),
        }
        return found + [f"{name} {said}, not {true}" for name, (said, true) in pairs.items() if said != true]
    return found + unsound(verdict, finding.completions, finding.possible)


def unsound(verdict: Verdict, completions: Iterable[Ending], possible: Iterable[str] = ()) -> list[str]:
    """Return what an answer says that some of its completions contradict."""
    found = []
    completions = tuple(completions)
    outcomes = {ending.outcome for ending in completions}
    beyond = (outcomes | set(possible)) - {verdict.outcome, *verdict.could_become}
    if beyond:
        found.append(f"it can become {sorted(beyond)}, which it does not say")
    if verdict.outcome == "free" and outcomes != {"free"}:
        found.append(f"free, and yet {sorted(outcomes)} are possible")
    if verdict.settled and len({ending.result for ending in completions}) > 1:
        found.append("settled, and yet two completions differ")
    for clause, state in verdict.states.items():
        is_open = [(clause.rule, clause.per) in ending.open for ending in completions]
        if (state == "needed" and not all(is_open)) or (state == "covered" and any(is_open)):
            found.append(f"{clause} is {state}, and not in every completion")
    return found


def must_be_shown(book: Book, rule: Rule) -> bool:
    """Say whether a claimant must show it; what lifts a permission or an exception has burden none (R9)."""
    if rule.kind not in ("exception", "permission") or not rule.claimant:
        return False
    return not any(t.kind in ("exception", "permission") for name in rule.lifts for t in book.meant(name))


def _endings(
    world: World,
    book: Book,
    file: File,
    off: frozenset[str],
    most: int,
    either: frozenset[str] = frozenset(),
) -> Iterator[Ending]:
    waiting: list[dict[str, Any]] = [{}]
    tried = 0
    while waiting:
        tried += 1
        if tried > most:
            raise TooLargeError
        case = Case(world, book, file, dict(waiting.pop()), waiting, off, either=either)
        yield case.ending()


def _state(clause: Clause, plain: tuple[Ending, ...], burdened: tuple[Ending, ...]) -> str:
    if all(clause in e.open for e in plain):
        return "needed"
    if all(clause in e.open for e in burdened):
        return "needed_unless"
    return "possible" if any(clause in e.open for e in plain) else "covered"


def _ban_state(ban: str, plain: tuple[Ending, ...], burdened: tuple[Ending, ...]) -> str:
    if all(ban in e.holds for e in plain):
        return "needed"
    if all(ban in e.holds for e in burdened):
        return "needed_unless"
    return "possible" if any(ban in e.holds for e in (*plain, *burdened)) else ""


def _agreed(truths: Iterator[bool]) -> str:
    found = set(truths)
    return "unknown" if len(found) > 1 else "yes" if found == {True} else "no"


def _on_record(world: World, book: Book, file: File, plain: tuple[Ending, ...]) -> str:
    """Return the reading of the file (D13).

    Unknown tests are false, claimants' lifters count only if certain, and it is never below what is certain.
    """
    off = frozenset(
        r.id for r in world.rules if must_be_shown(book, r) and not all(r.id in e.holds for e in plain)
    )
    ending = Case(world, book, file, {}, [], off, on_record=True).ending()
    certain = min(SEVERITY.index(e.outcome) for e in plain)
    return SEVERITY[max(certain, SEVERITY.index(ending.outcome))]


# -- what the file says ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """One element of a list: key, fields, whether it is certain."""

    id: str
    fields: Mapping[str, Any]
    certain: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """How far a list is closed: wholly, but for a share, or for some terms."""

    whole: bool = False
    remainder: Fraction | None = None
    terms: frozenset[str] = frozenset()

    def and_(self, other: Closed) -> Closed:
        """Return what two declarations say together."""
        both = [r for r in (self.remainder, other.remainder) if r is not None]
        return Closed(self.whole or other.whole, min(both) if both else None, self.terms | other.terms)


class File:
    """The facts known on the day, chosen by standing (D1 to D3)."""

    def __init__(self, world: World) -> None:
        self.question = world.question
        self._kept: dict[tuple[str, ...], Any] = {}
        self.facts: dict[tuple[str, str], list[Fact]] = {}
        for fact in world.facts:
            known = fact.known.holds(self.question.known) is True
            if (
                known
                and fact.standing is not Standing.WITHDRAWN
                and fact.valid.holds(self.question.as_of) is not False
            ):
                self.facts.setdefault((fact.about, fact.attribute), []).append(fact)

    def strong(self, standing: Standing) -> bool:
        """Say whether a standing is at or above the bar; a presumed one counts unless everything must be shown (D2)."""
        if standing is Standing.PRESUMED:
            return not self.question.strict and self.question.bar <= Standing.REPORTED
        return standing >= self.question.bar

    def sure(self, fact: Fact) -> bool:
        """Say whether a fact holds on the day of the question for certain."""
        return fact.valid.holds(self.question.as_of) is True

    def cell(self, about: str, name: str) -> tuple[bool, Any]:
        """Return (True, value), or (False, the values that contradict one another; none if nothing is said)."""
        key = ("cell", about, name)
        if key not in self._kept:
            self._kept[key] = self._cell(about, name)
        found: tuple[bool, Any] = self._kept[key]
        return found

    def _cell(self, about: str, name: str) -> tuple[bool, Any]:
        scope = {
            "to": self.question.to,
            "from": self.question.from_,
            "act": self.question.act,
            "end_use": self.question.end_use,
        }
        said = [
            fact
            for fact in self.facts.get((about, name), ())
            if fact.kind == "cell"
            and self.strong(fact.standing)
            and all(scope[k] == v for k, v in fact.scope)
        ]
        firm = [fact for fact in said if self.sure(fact)]
        best = max((fact.standing for fact in firm), default=None)
        rivals = [
            f for f in said if (f.standing == best if self.sure(f) else best is None or f.standing >= best)
        ]
        values = list(dict.fromkeys(f.value for f in rivals))
        if firm and len(values) == 1:
            return True, values[0]
        return False, tuple(values) if firm else ()

    def disputed(self, about: str, name: str) -> bool:
        """Say whether something is said of an attribute, by facts that do not count or may not hold."""
        scope = {
            "to": self.question.to,
            "from": self.question.from_,
            "act": self.question.act,
            "end_use": self.question.end_use,
        }
        return any(
            all(scope[k] == v for k, v in fact.scope)
            for fact in self.facts.get((about, name), ())
            if fact.kind == "cell"
        )

    def elements(self, about: str, name: str) -> tuple[Listed, ...]:
        """Return the elements of a list, by key."""
        key = ("elements", about, name)
        if key not in self._kept:
            self._kept[key] = self._elements(about, name)
        found: tuple[Listed, ...] = self._kept[key]
        return found

    def _elements(self, about: str, name: str) -> tuple[Listed, ...]:
        by_key: dict[str, list[Fact]] = {}
        for fact in self.facts.get((about, name), ()):
            if fact.kind == "element":
                by_key.setdefault(fact.value.key, []).append(fact)
        found = []
        for key, facts in sorted(by_key.items()):
            fact = max(facts, key=lambda f: (f.standing, self.sure(f)))
            found.append(
                Listed(
                    f"{about}/{name}/{key}", fact.value.fields, self.strong(fact.standing) and self.sure(fact)
                )
            )
        return tuple(found)

    def closed(self, about: str, name: str) -> tuple[Closed, Closed]:
        """Return how far a list is closed, and how far everything below is."""
        key = ("closed", about, name)
        if key not in self._kept:
            self._kept[key] = self._closed(about, name)
        found: tuple[Closed, Closed] = self._kept[key]
        return found

    def _closed(self, about: str, name: str) -> tuple[Closed, Closed]:
        facts = self.facts.get((about, name), ())
        own = deep = Closed()
        for fact in facts:
            if fact.kind != "complete" or not self.strong(fact.standing) or not self.sure(fact):
                continue
            if any(self._reopens(later, fact) for later in facts):
                continue
            said = fact.value
            one = (
                Closed(terms=frozenset((said.term,)))
                if said.term
                else Closed(said.remainder == 0, said.remainder)
            )
            own = own.and_(one)
            deep = deep.and_(one) if said.deep else deep
        return own, deep

    def _reopens(self, later: Fact, complete: Fact) -> bool:
        return (
            later.kind == "element"
            and self.sure(later)
            and self.strong(later.standing)
            and later.standing >= complete.standing
            and later.known.start.by > complete.known.start.by
        )

    @cached_property
    def reachable(self) -> tuple[str, ...]:
        """Return every thing that may be inside the thing asked about, through elements certain or not."""
        found = [self.question.thing]
        for thing in found:
            found += [
                e.fields["thing"] for e in self.elements(thing, "contains") if e.fields["thing"] not in found
            ]
        return tuple(found)

    def above(self, thing: str, name: str) -> Closed:
        """Return what declarations for everything below of the things above say about a list (D3)."""
        key = ("above", thing, name)
        if key not in self._kept:
            self._kept[key] = self._above(thing, name)
        found: Closed = self._kept[key]
        return found

    def _above(self, thing: str, name: str) -> Closed:
        seen = {thing}
        waiting = [thing]
        found = Closed()
        while waiting:
            below = waiting.pop()
            for parent in self.reachable:
                if any(e.certain and e.fields["thing"] == below for e in self.elements(parent, "contains")):
                    found = found.and_(self.closed(parent, name)[1])
                    if parent not in seen:
                        seen.add(parent)
                        waiting.append(parent)
        return found

    def closing(self, thing: str, name: str) -> Closed:
        """Return how far a list is closed, by itself or from above."""
        return self.closed(thing, name)[0].and_(self.above(thing, name))


# -- codes ----------------------------------------------------------------------------------------------------


def code_fits(code: Any, pattern: str) -> bool | None:
    """Say whether a code is at or below a pattern; None where it is too short to tell (R5)."""
    if code is NONE:
        return False
    if pattern == "*":
        return True
    if code == "any":
        return None
    pieces = [p for p in re.split(r"[.()\s]+", str(code).lower()) if p]
    wanted = [p for p in re.split(r"[.()\s]+", pattern.lower()) if p]
    for piece, want in zip(pieces, wanted, strict=False):
        if len(piece) != len(want) or any(w not in ("?", p) for p, w in zip(piece, want, strict=True)):
            return False
    return True if len(pieces) >= len(wanted) else None


# -- one completion -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ref:
    """What a variable stands for. ``fields`` come before the file; ``terms`` is set for a thing nobody listed."""

    kind: str
    id: str
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False)
    terms: frozenset[str] | None = None


@lru_cache(maxsize=65536)
def _tree(text: str) -> tuple[syntax.Node, syntax.Source]:
    where = Where("judge")
    return syntax.parse(text, where), syntax.Source(text, where)


def _and(values: Iterator[Any]) -> Any:
    found: Any = True
    for value in values:
        if value is False:
            return False
        if value is OPEN:
            found = OPEN
    return found


def _not(value: Any) -> Any:
    return OPEN if value is OPEN else not value


def _or(values: Iterator[Any]) -> Any:
    return _not(_and(_not(value) for value in values))


class Case:
    """One completion. Every choice not yet made is put on ``waiting`` with its other cases.

    ``off``: lifters that count as not holding. ``either``: lifters that may count or not (D11). ``on_record``: no cases; an
    unknown test is false (D13). ``random``: one completion only, with cases drawn by chance.
    """

    def __init__(
        self,
        world: World,
        book: Book,
        file: File,
        given: dict[str, Any],
        waiting: list[dict[str, Any]],
        off: frozenset[str],
        *,
        on_record: bool = False,
        random: Random | None = None,
        either: frozenset[str] = frozenset(),
    ) -> None:
        self.either = either
        self.weighs_rivals = on_record
        self.random = random
        self.world = world
        self.book = book
        self.question = world.question
        self.file = file
        self.given = given
        self.waiting = waiting
        self.off = off
        self.on_record = on_record
        self.known: dict[Any, Any] = {}
        self.climbing = False
        self.rivals: dict[str, tuple[Any, ...]] = {}
        self.supposed: dict[str, Any] = {}
        self.thing = Ref("thing", self.question.thing)
        asked = self.question
        self.variables: dict[str, Any] = {
            "thing": self.thing,
            "question": Ref("question", "question"),
            "from": asked.from_,
            "to": asked.to,
            "act": asked.act,
            "end_use": asked.end_use,
            "as_of": asked.as_of,
        }

    def choose(self, fact: str, cases: tuple[Any, ...]) -> Any:
        """Return the case of an unknown fact."""
        if self.on_record or self.climbing:
            return OPEN
        if fact not in self.given:
            if not cases:
                raise NoCasesError(fact)
            if self.random is not None:
                self.given[fact] = self.random.choice(cases)
            else:
                self.waiting.extend({**self.given, fact: case} for case in cases[1:])
                self.given[fact] = cases[0]
        return self.given[fact]

    # -- facts ------------------------------------------------------------------------------------------------

    def attribute(self, one: Ref, name: str) -> Any:
        """Return a value, ``none``, or OPEN."""
        if name in one.fields:
            return one.fields[name]
        if one.terms is not None:
            if name in one.terms:
                return False if self.book.fields[name].kind == "yes-no" else NONE
            return OPEN
        if one.kind == "question":
            return self.of_question(name)
        if one.kind == "step":
            words = LISTS["custody"][name].words
            return self.choose(f"{one.id}/{name}", words or self.book.cases("thing", name))
        return self.cell("party" if one.kind == "party" else "thing", one.id, name)

    def of_question(self, name: str) -> Any:
        if name == "circumstance":
            if self.question.circumstance is not None:
                return self.question.circumstance
            return self.choose("question/circumstance", ("sale", "repair"))
        return {
            "from": self.question.from_,
            "to": self.question.to,
            "act": self.question.act,
            "end_use": self.question.end_use,
        }[name]

    def cell(self, kind: str, about: str, name: str) -> Any:
        """Return what is stated, else declared absent from above, else inferred, else assumed, else the case chosen."""
        if name == "usd_value":
            value = self.cell(kind, about, "value")
            return value.amount if isinstance(value, Money) else value
        found, value = self.file.cell(about, name)
        if found:
            return value
        fact = f"{about}/{name}"
        if value and self.weighs_rivals:
            self.rivals[fact] = value
            return self.supposed.get(fact, OPEN)
        if value:
            return self.choose(
                fact,
                tuple(dict.fromkeys(case for one in value for case in self.long_enough(kind, name, one))),
            )
        if self.file.disputed(about, name):
            # Somebody said something, if too weakly: nothing is inferred against it (D2).
            return self.choose(fact, self.book.cases(kind, name))
        if kind == "thing" and name in self.file.above(about, "contains").terms:
            return False if self.book.fields[name].kind == "yes-no" else NONE
        inferred = self.inferred(kind, about, name)
        if inferred is not OPEN:
            return inferred
        if kind == "party" and name in ("listed", "informed_by"):
            word = {"listed": "party not listed", "informed_by": "nobody informed"}[name]
            return self.assumed(f"assumed {word}: {about}", NONE, self.book.cases(kind, name))
        if kind == "party" and name == "kind" and self.question.end_use == "civil":
            return self.assumed(f"assumed party a firm: {about}", "company", self.book.cases(kind, name))
        if name == "columns":
            return NONE
        return self.choose(fact, self.book.cases(kind, name))

    def long_enough(self, kind: str, name: str, value: Any) -> tuple[Any, ...]:
        """Return a value; for a code too short for some test the codes below it that are tested, and one other below it."""
        cases = [case for case in self.book.cases(kind, name) if case is not NONE]
        if (
            value is NONE
            or not isinstance(value, str)
            or all(code_fits(value, case) is not None for case in cases)
        ):
            return (value,)
        if value == "any":
            return tuple(cases)
        return (*(case for case in cases if code_fits(case, value) is True), f"{value}.~other")

    def inferred(self, kind: str, about: str, name: str) -> Any:
        """Return what a ladder gives: it stands on what the file states, not on cases and not on other ladders (R3)."""
        if kind != "thing" or self.climbing:
            return OPEN
        ladders = [
            (ladder, value)
            for pack in self.world.packs
            for ladder in pack.ladders
            for n, value in ladder.gives
            if n == name
        ]
        for ladder, value in sorted(ladders, key=lambda pair: (pair[0].presumed, pair[0].id)):
            self.climbing = True
            climbs = self.test(ladder.when, {**self.variables, "thing": Ref("thing", about)})
            self.climbing = False
            if climbs is True:
                if ladder.presumed:
                    cases = self.book.cases(kind, name)
                    return self.assumed(f"{about}/{name}", value, cases)
                return value
        return OPEN

    def assumed(self, fact: str, value: Any, cases: tuple[Any, ...]) -> Any:
        """Return what is taken for granted, or its case where everything must be shown."""
        return self.choose(fact, cases) if self.question.strict else value

    def table(self, name: str, keys: tuple[str, ...]) -> Any:
        table = self.book.tables[name]
        cases = YES_NO if table.type == "yes-no" else ()
        found = table.find(keys, self.question.as_of)
        if found.status != "found":
            return self.choose(f"table {name}: {', '.join(keys)}", cases)
        if found.assumed:
            return self.assumed(f"assumed table {name}: {', '.join(keys)}", found.value, cases)
        return found.value

    # -- what is inside ---------------------------------------------------------------------------------------

    def there(self, element: Listed) -> bool:
        """Say whether an element is in its list."""
        if element.certain:
            return True
        return self.choose(element.id, YES_NO) is True

    def inside(self, stop: Callable[[str], bool] | None = None, root: str = "") -> tuple[str, ...]:
        """Return what is inside ``root``, itself first; not what lies only behind a part at which ``stop`` holds."""
        root = root or self.thing.id
        found = [root]
        for thing in found:
            if thing != root and stop is not None and stop(thing):
                continue
            for element in self.file.elements(thing, "contains"):
                part = element.fields["thing"]
                if part not in found and self.there(element):
                    found.append(part)
        return tuple(found)

    def more(
        self, thing: str, name: str, closed: Closed, kind: str, test: Callable[[Ref], Any], text: str
    ) -> bool:
        """Say whether a list holds something nobody listed for which ``test`` holds."""
        if closed.whole or self.on_record:
            return False
        hidden = Ref(kind, "hidden", {"kind_of_need": name} if kind == "need" else {}, closed.terms)
        if test(hidden) is False:
            return False
        return self.choose(f"{thing}/{name}: {text}", YES_NO) is True

    def exists(self, one: Ref, name: str, test: Callable[[Ref], Any], text: str) -> Any:
        """Say whether ``test`` holds for an element of a list, listed or not (D14)."""
        if one.terms is not None:
            return OPEN
        if one.kind == "question":
            return _or(test(party) for party in self.parties())
        if name in ("parts", "whole"):
            inside = self.inside(root=one.id)
            for thing in inside if name == "whole" else inside[1:]:
                if test(Ref("thing", thing)) is True:
                    return True
            return any(
                self.more(thing, "contains", self.file.closing(thing, "contains"), "thing", test, text)
                for thing in self.inside(root=one.id)
            )
        stored = {"technology": ("made_with",), "needs": NEEDS, "custody": ("custody",)}[name]
        kind = {"technology": "tech", "needs": "need", "custody": "step"}[name]
        for listed in stored:
            for element in self.file.elements(one.id, listed):
                if self.there(element) and test(self.element(element, listed)) is True:
                    return True
        for listed in stored:
            closed = self.file.closed(one.id, listed)[0]
            if one.id in self.file.reachable:
                closed = self.file.closing(one.id, listed)
            if self.more(one.id, listed, closed, kind, test, text):
                return True
        return False

    def element(self, element: Listed, name: str) -> Ref:
        """Return an element as something a condition can ask about."""
        if name == "custody":
            return Ref("step", element.id, element.fields)
        own = {k: v for k, v in element.fields.items() if k != "thing"}
        if name == "made_with" and "relation" not in own:
            relation = self.choose(f"{element.id}/relation", LISTS["made_with"]["relation"].words)
            own["relation"] = relation
        if name in NEEDS:
            own["kind_of_need"] = name
        return Ref("thing", element.fields["thing"], own)

    def parties(self) -> tuple[Ref, ...]:
        return tuple(
            Ref("party", p.id, {"role": p.role, **p.facts})
            for p in self.question.parties
            if isinstance(p, Party)
        )

    # -- conditions -------------------------------------------------------------------------------------------

    def test(self, condition: Condition | None, variables: Mapping[str, Any]) -> Any:
        """Return True, False, or OPEN where it hangs on something nobody listed."""
        if condition is None:
            return True
        return self.truth(condition, *_tree(condition.text), variables)

    def truth(
        self, condition: Condition, node: syntax.Node, source: syntax.Source, variables: Mapping[str, Any]
    ) -> Any:
        match node:
            case syntax.Logic():
                join = _and if node.operator == "&&" else _or
                return join(self.truth(condition, one, source, variables) for one in node.operands)
            case syntax.Not():
                return _not(self.truth(condition, node.operand, source, variables))
            case syntax.Choice():
                test = self.truth(condition, node.test, source, variables)
                branches = [node.yes, node.no] if test is OPEN else [node.yes if test else node.no]
                truths = [self.truth(condition, branch, source, variables) for branch in branches]
                return truths[0] if len(set(truths)) == 1 else OPEN
        self.rivals = {}
        value = self.value(condition, node, source, variables)
        if value is OPEN and self.weighs_rivals:
            value = self.same_for_rivals(lambda: self.value(condition, node, source, variables))
        if value is OPEN and self.on_record:
            return False
        return False if value is NONE else value

    def same_for_rivals(self, ask: Callable[[], Any]) -> Any:
        """Return what a test gives where facts contradict one another, if it is the same for all of them (D2)."""
        if len(self.rivals) != 1:
            return OPEN
        fact, values = next(iter(self.rivals.items()))
        found = set()
        for value in values:
            self.supposed = {fact: value}
            found.add(ask())
        self.supposed = {}
        return found.pop() if len(found) == 1 else OPEN

    def value(
        self, condition: Condition, node: syntax.Node, source: syntax.Source, variables: Mapping[str, Any]
    ) -> Any:
        match node:
            case syntax.Literal():
                return node.value
            case syntax.Name():
                return variables[node.name]
            case syntax.Items():
                return tuple(self.value(condition, item, source, variables) for item in node.items)
            case syntax.Select():
                one = self.value(condition, node.operand, source, variables)
                return self.attribute(one, node.name)
            case syntax.Compare():
                return self.compare(condition, node, source, variables)
            case syntax.Call():
                return self.call(condition, node, source, variables)
            case syntax.Choice():
                test = self.truth(condition, node.test, source, variables)
                return (
                    OPEN
                    if test is OPEN
                    else self.value(condition, node.yes if test else node.no, source, variables)
                )
        return self.truth(condition, node, source, variables)

    def compare(
        self, condition: Condition, node: syntax.Compare, source: syntax.Source, variables: Mapping[str, Any]
    ) -> Any:
        if isinstance(node.left, syntax.Select) and node.left.name == "usd_value":
            owner = self.value(condition, node.left.operand, source, variables)
            found, _ = self.file.cell(owner.id, "value")
            if not found:
                # One comparison of a number nobody gave: yes or no.
                text = source.quote(node)
                return self.choose(f"{text} [{owner.id}/value]", YES_NO)
        left = self.value(condition, node.left, source, variables)
        right = self.value(condition, node.right, source, variables)
        if OPEN in (left, right):
            return OPEN
        match node.operator:
            case "==":
                return left == right and (left is NONE) == (right is NONE)
            case "!=":
                return left != right
            case "in":
                return left in right
            case ">":
                return left is not NONE and left > right
        raise AssertionError(node.operator)

    def call(
        self, condition: Condition, node: syntax.Call, source: syntax.Source, variables: Mapping[str, Any]
    ) -> Any:
        if node.receiver is not None:
            assert isinstance(node.receiver, syntax.Select)
            owner = self.value(condition, node.receiver.operand, source, variables)
            variable, body = node.args
            assert isinstance(variable, syntax.Name)
            text, named = source.quote(node), variable.name

            def holds(one: Ref) -> Any:
                return self.truth(condition, body, source, {**variables, named: one})

            if node.name == "exists":
                found = self.exists(owner, node.receiver.name, holds, text)
            else:
                found = _not(
                    self.exists(owner, node.receiver.name, lambda one: _not(holds(one)), f"not ({text})")
                )
            return False if found is OPEN and self.on_record else found
        args = node.args
        match node.name:
            case "has":
                value = self.value(condition, args[0], source, variables)
                return OPEN if value is OPEN else value is not NONE
            case "on":
                one = self.value(condition, args[0], source, variables)
                assert isinstance(args[1], syntax.Literal)
                assert isinstance(args[2], syntax.Literal)
                return self.on(one, args[1].value, args[2].value)
            case "table":
                assert isinstance(args[0], syntax.Literal)
                keys = tuple(self.value(condition, key, source, variables) for key in args[1:])
                return self.table(args[0].value, keys)
            case "subject_to":
                assert isinstance(args[0], syntax.Literal)
                return self.regime(args[0].value)
        return self.term(node.name, tuple(self.value(condition, arg, source, variables) for arg in args))

    def on(self, one: Ref, listed: str, pattern: str) -> Any:
        code = self.attribute(one, listed)
        if code is OPEN:
            return OPEN
        fits = code_fits(code, pattern)
        if fits is None:
            # The code on file is too short: its cases are the codes below it (R5).
            kind = "party" if one.kind == "party" else "thing"
            narrow = self.choose(f"{one.id}/{listed}", self.long_enough(kind, listed, code))
            fits = OPEN if narrow is OPEN else code_fits(narrow, pattern)
            assert fits is not None, (narrow, pattern)
        return fits

    def term(self, name: str, args: tuple[Any, ...]) -> Any:
        """Return what a term gives: what is stated of it, else what its definition comes to (R3)."""
        key = (name, args, self.climbing)
        if key not in self.known:
            self.known[key] = self._term(name, args)
        return self.known[key]

    def _term(self, name: str, args: tuple[Any, ...]) -> Any:
        term = self.book.terms[name]
        first = args[0]
        if term.statable:
            if first.terms is not None:
                if name in first.terms:
                    return False
                if not term.values:
                    return OPEN
            elif not term.values:
                return self.attribute(first, name)
            else:
                found, value = self.file.cell(first.id, name)
                if found:
                    return self.stated(name, args, value)
        body = term.values[0].condition
        bound = {**self.variables, **dict(zip((n for n, _ in term.args), args, strict=True))}
        value = self.value(body, *_tree(body.text), bound)
        if term.type == "yes-no":
            value = False if value is NONE else value
            return False if value is OPEN and self.on_record else value
        return value

    def stated(self, name: str, args: tuple[Any, ...], value: Any) -> Any:
        """Return a stated value of a term; where the file alone computes another, both are possible (R3)."""
        body = self.book.terms[name].values[0].condition
        bound = {**self.variables, **dict(zip((n for n, _ in self.book.terms[name].args), args, strict=True))}
        before = self.climbing
        computed = FileOnly(self).truth(body, *_tree(body.text), bound)
        self.climbing = before
        if computed is OPEN or computed == value:
            return value
        return self.choose(f"{args[0].id}/{name}: stated or computed", YES_NO)

    # -- rules ------------------------------------------------------------------------------------------------

    def covers_act(self, rule: Rule) -> bool:
        """Say whether the movement is, for the rule's state, one the rule names (R6)."""
        return (
            rule.acts is None
            or rule.leg == "supply"
            or not rule.acts.isdisjoint(self.seen(rule.seen_from or rule.state))
        )

    def seen(self, state: str) -> frozenset[str]:
        leaves, arrives = self.question.from_ == state, self.question.to == state
        if leaves and arrives:
            return frozenset(("domestic",))
        if leaves:
            return frozenset(("export",))
        if arrives:
            return frozenset(("return",))
        return frozenset(("retransfer" if self.question.from_ == self.question.to else "reexport",))

    def in_force(self, rule: Rule) -> bool:
        known, valid = rule.known.holds(self.question.known), rule.period.holds(self.question.as_of)
        if known is False or valid is False:
            return False
        if known and valid and not rule.in_force_unknown and self.file.strong(rule.standing):
            return True
        return self.choose(f"in-force({rule.id})", YES_NO) is True

    def applies(self, rule: Rule) -> bool:
        """Say whether a rule is in force, covers the act, and its reach and conditions hold (D6)."""
        key = ("applies", rule.id)
        if key not in self.known:
            self.known[key] = self._applies(rule)
        return self.known[key] is True

    def _applies(self, rule: Rule) -> bool:
        if (
            not self.covers_act(rule)
            or not self.in_force(rule)
            or self.test(rule.domain, self.variables) is not True
        ):
            return False
        truth = self._reads(rule)
        unread = rule.unread
        if unread is not None and rule.per is not None and unread.may == "add" and not self.on_record:
            # It may ask for one more consent, nobody knows whose.
            matters = self.test(unread.when, self.variables) is True
            adds = matters and self.choose(f"unread({rule.id})", YES_NO) is True
            reached = self.reaching(rule) if truth else frozenset()
            self.known["reaching", rule.id] = reached | {"?"} if adds else reached
            return truth or adds
        if unread is not None and not self.on_record and truth is (unread.may == "drop"):
            matters = self.test(unread.when, self.variables) is True
            if matters and self.choose(f"unread({rule.id})", YES_NO):
                return not truth
        return truth

    def _reads(self, rule: Rule) -> bool:
        if not all(self.regime(name) for name in rule.needs):
            return False
        if rule.needs_any and not any(self.regime(name) for name in rule.needs_any):
            return False
        if self.test(rule.when, self.variables) is not True:
            return False
        if rule.reach and not self.reaching(rule):
            return False
        return all(self.shown(rule, one.id, one.circumstance) for one in rule.checklist)

    def shown(self, rule: Rule, finding: str, circumstance: str) -> bool:
        """Say whether a person made a finding (R9)."""
        found, value = self.file.cell(self.thing.id, f"{rule.id}: {finding}")
        if found:
            return value is True
        if circumstance and self.question.circumstance is not None:
            return circumstance == self.question.circumstance
        return self.choose(f"{self.thing.id}/{rule.id}: {finding}", YES_NO) is True

    def holds(self, rule: Rule) -> bool:
        """Say whether a rule applies and nothing that lifts it holds (D6)."""
        if rule.id in self.off or not self.applies(rule):
            return False
        key = ("holds", rule.id)
        if key not in self.known:
            held = not any(self.holds(lifter) for lifter in self.naming(rule, "lifts"))
            if held and rule.id in self.either:
                held = self.choose(f"shown({rule.id})", YES_NO)
            self.known[key] = held
        return self.known[key] is True

    def naming(self, rule: Rule, how: str) -> list[Rule]:
        """Return the rules that name ``rule`` among those they lift, or satisfy."""
        return [
            r
            for r in self.world.rules
            if any(t.id == rule.id for name in getattr(r, how) for t in self.book.meant(name))
        ]

    def regime(self, name: str) -> bool:
        """Say whether one of the rules that give a regime holds (R2)."""
        return any(self.holds(rule) for rule in self.world.rules if rule.gives == name)

    # -- reach ------------------------------------------------------------------------------------------------

    def reaching(self, rule: Rule) -> frozenset[str]:
        """Return for what a rule reaches: the values of ``per``, or just "" (R7)."""
        key = ("reaching", rule.id)
        if key not in self.known:
            found: set[str] = set()
            for index, reach in enumerate(rule.reach):
                found |= self.ways(rule, index, reach)
                if found and rule.per is None:
                    break
            self.known[key] = frozenset(found)
        return self.known[key]  # type: ignore[no-any-return]

    def ways(self, rule: Rule, index: int, reach: Reach) -> set[str]:
        if reach.kind in ("origin", "place"):
            return {""} if self.test(reach.test, self.variables) is True else set()
        if reach.kind == "party":
            return (
                {""}
                if any(self.test(reach.test, {**self.variables, "party": p}) is True for p in self.parties())
                else set()
            )
        if reach.kind == "any_part":
            return {""} if self.any_part(reach) else set()
        if reach.kind == "content":
            return {""} if self.content(rule, reach) else set()
        return self.depends(rule, reach)

    def any_part(self, reach: Reach) -> bool:
        def stop(thing: str) -> bool:
            return (
                reach.stop is not None
                and self.test(reach.stop, {**self.variables, "part": Ref("thing", thing)}) is True
            )

        def test(one: Ref) -> Any:
            return self.test(reach.test, {**self.variables, "part": one})

        inside = self.inside(stop)
        if any(test(Ref("thing", thing)) is True for thing in (inside if reach.itself else inside[1:])):
            return True
        # What nobody listed lies behind a part only where the rule looks inside it.
        for thing in inside:
            if thing == self.thing.id or not stop(thing):
                closed = self.file.closing(thing, "contains")
                if self.more(thing, "contains", closed, "thing", test, reach.test.text):
                    return True
        return False

    def depends(self, rule: Rule, reach: Reach) -> set[str]:
        """Return the values of ``per`` for which something made with, needed or promised reaches."""
        variable, stored = {
            "made_with": ("tech", ("made_with",)),
            "needs_in_use": ("need", reach.kinds or NEEDS),
            "undertaking": ("step", ("custody",)),
        }[reach.kind]
        found: set[str] = set()
        inside = self.inside()
        for holder in inside if reach.through else inside[:1]:
            part = Ref("thing", holder)
            for name in stored:
                for element in self.file.elements(holder, name):
                    if not self.there(element):
                        continue
                    one = self.element(element, name)
                    bound = {**self.variables, variable: one, "part": part}
                    if self.test(reach.test, bound) is True or self.presumed(reach, one, bound, part):
                        found.add(self.per(rule, one))
                        if rule.per is None:
                            return found
        for holder in inside if reach.through else inside[:1]:
            if self.nobody_listed(reach, variable, holder, stored):
                found.add("" if rule.per is None else "?")
                return found
        return found

    def presumed(self, reach: Reach, step: Ref, bound: Mapping[str, Any], part: Ref) -> bool:
        """Say whether a promise is presumed because nothing on file denies it (R8)."""
        if reach.presumed is None or step.fields.get("undertaking") == "denied":
            return False
        if self.test(reach.presumed, {**bound, "thing": part}) is not True:
            return False
        return self.assumed(f"assumed undertaking: {step.id}", True, YES_NO) is True

    def nobody_listed(self, reach: Reach, variable: str, holder: str, stored: tuple[str, ...]) -> bool:
        def test(one: Ref) -> Any:
            bound = {**self.variables, variable: one, "part": self.thing}
            truth = self.test(reach.test, bound)
            if truth is False and reach.presumed is not None:
                return self.test(reach.presumed, bound)
            return truth

        for name in stored:
            if self.more(holder, name, self.file.closing(holder, name), variable, test, reach.test.text):
                return True
        if reach.through and not self.file.closing(holder, "contains").whole:
            for name in stored:
                below = self.file.closed(holder, name)[1].and_(self.file.above(holder, name))
                if below.whole:
                    continue
                return self.more(
                    holder, "contains", Closed(terms=below.terms), variable, test, reach.test.text
                )
        return False

    def per(self, rule: Rule, step: Ref) -> str:
        if rule.per is None:
            return ""
        value = self.value(rule.per, *_tree(rule.per.text), {**self.variables, "step": step})
        return "?" if value in (OPEN, NONE) else str(value)

    # -- content ----------------------------------------------------------------------------------------------

    def content(self, rule: Rule, reach: Reach) -> bool:
        """Say whether what counts is above the limit (R17, D15)."""
        limit: Any = Fraction(0)
        if reach.limit is not None:
            limit = self.value(reach.limit, *_tree(reach.limit.text), self.variables)
            if limit is OPEN:
                return False
        limit = Fraction(limit)
        base = self.base()
        count = Count(self, reach)
        low, high = count.inside(self.thing.id, base, False, (self.thing.id,), Fraction(1))
        high = min(high, base)
        line = limit * base

        def exceeds(amount: Fraction) -> bool:
            return amount > line or (amount == line and not reach.equal_free)

        if exceeds(low) == exceeds(high):
            return exceeds(low)
        if self.on_record:
            return False
        # What is open is an amount: every amount in between can be. Rules that count the same share one amount.
        reaches = [
            r for other in self.world.rules for r in other.reach if r.kind == "content" and count.same(r)
        ]
        lines = [
            Fraction(self.value(r.limit, *_tree(r.limit.text), self.variables)) * base
            for r in reaches
            if r.limit
        ]
        marks = sorted({low, high, *(mark for mark in lines if low <= mark <= high)})
        between = [(a + b) / 2 for a, b in pairwise(marks)]
        points = tuple(sorted((*marks, *between)))
        amount = self.choose(f"amount: {count.name} {low} {high} {[str(p) for p in points]}", points)
        return exceeds(amount)

    def base(self) -> Fraction:
        found, value = self.file.cell(self.thing.id, "value")
        return value.amount if found else Fraction(1)

    # -- result -----------------------------------------------------------------------------------------------

    def covered_law(self) -> bool:
        """Say whether the law of the state of departure is on file for this act (R15)."""
        question = self.question
        for pack in self.world.packs:
            for cover in pack.covers:
                if cover.states is not None and question.from_ not in cover.states:
                    continue
                if cover.acts.isdisjoint(self.seen(question.from_)):
                    continue
                if cover.kinds and self.cell("thing", self.thing.id, "kind") not in cover.kinds:
                    continue
                if self.test(cover.when, self.variables) is True:
                    return True
        if self.on_record:
            return True
        return self.choose(f"law-not-on-file({question.from_}, {question.act})", YES_NO) is not True

    def waits(self, permission: Rule) -> bool:
        """Say whether something must still be done before a permission may be used (R10)."""
        return any(
            duty.when == "before"
            and self.file.cell(self.thing.id, f"{permission.id}: {duty.id}") != (True, True)
            for duty in permission.duties
        )

    def ending(self) -> Ending:
        """Return what this completion comes to (D8)."""
        banned = any(self.holds(r) for r in self.world.rules if r.kind == "prohibition")
        applies: set[Clause] = set()
        is_open: set[Clause] = set()
        pending = False
        for rule in self.world.rules:
            if rule.kind != "consent" or not self.applies(rule):
                continue
            clauses = {(rule.id, per) for per in self.reaching(rule)} if rule.per else {(rule.id, "")}
            applies |= clauses
            if not self.holds(rule):
                continue
            free = [r for r in self.naming(rule, "satisfies") if self.holds(r)]
            if not free:
                is_open |= clauses
            elif all(self.waits(r) for r in free):
                pending = True
        if not self.covered_law():
            applies.add((LAW, ""))
            is_open.add((LAW, ""))
        outcome = "prohibited" if banned else "consent" if is_open else "pending" if pending else "free"
        return Ending(
            given=dict(self.given),
            outcome=outcome,
            clauses=frozenset(is_open) if outcome == "consent" else frozenset(),
            holds=frozenset(r.id for r in self.world.rules if self.holds(r)),
            applies=frozenset(applies),
            open=frozenset(is_open),
            regimes=frozenset(name for name in self.book.regimes if self.regime(name)),
        )


class FileOnly(Case):
    """The file with no case given to anything: what is unknown stays open."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.world, case.book, case.file, {}, [], case.off)
        self.weighs_rivals = True

    def choose(self, fact: str, cases: tuple[Any, ...]) -> Any:
        """Return that it is open."""
        return OPEN

    def there(self, element: Listed) -> bool:
        """Count only what is certain."""
        return element.certain

    def more(
        self, thing: str, name: str, closed: Closed, kind: str, test: Callable[[Ref], Any], text: str
    ) -> bool:
        """Count only what is listed."""
        return False

    def exists(self, one: Ref, name: str, test: Callable[[Ref], Any], text: str) -> Any:
        """Return OPEN where something uncertain or not listed could decide."""
        if one.terms is not None:
            return OPEN
        if one.kind == "question":
            return _or(test(party) for party in self.parties())
        if name not in ("parts", "whole"):
            return OPEN
        inside = self.inside(root=one.id)
        certain = _or(test(Ref("thing", thing)) for thing in (inside if name == "whole" else inside[1:]))
        if certain is not False:
            return certain
        perhaps = list(inside)
        for thing in perhaps:
            perhaps += [
                e.fields["thing"]
                for e in self.file.elements(thing, "contains")
                if e.fields["thing"] not in perhaps
            ]
        if any(test(Ref("thing", thing)) is not False for thing in perhaps[1:]):
            return OPEN
        for thing in perhaps:
            closed = self.file.closing(thing, "contains")
            if not closed.whole and test(Ref("thing", "hidden", {}, closed.terms)) is not False:
                return OPEN
        return False


@dataclass
class Count:
    """Counts what counts inside a thing: least and most, since an amount nobody gave can be anything in between."""

    case: Case
    reach: Reach

    @property
    def name(self) -> str:
        """Return what two counts of the same have in common."""
        texts = (self.reach.test, self.reach.stop, self.reach.whole)
        return " / ".join("" if c is None else c.text for c in texts)

    def same(self, other: Reach) -> bool:
        """Say whether another reach counts the same."""
        return Count(self.case, other).name == self.name

    def holds(self, condition: Condition | None, thing: str) -> bool:
        """Say whether a condition over a part holds."""
        if condition is None:
            return False
        return self.case.test(condition, {**self.case.variables, "part": Ref("thing", thing)}) is True

    def inside(
        self, thing: str, worth: Fraction, covered: bool, way: tuple[str, ...], units: Fraction
    ) -> tuple[Fraction, Fraction]:
        """Return the least and most that counts inside ``units`` of ``thing`` that are worth ``worth`` together.

        ``covered``: a declaration above says how much may be missing here. ``way``: what it lies in; nothing is inside itself.
        """
        deep = self.case.file.closed(thing, "contains")[1]
        covers = not covered and (deep.whole or deep.remainder is not None)
        low = high = listed = Fraction(0)
        for element in self.case.file.elements(thing, "contains"):
            part = element.fields["thing"]
            if part in way or not self.case.there(element):
                continue
            number = units * element.fields.get("quantity", Fraction(1))
            least, most = self.worth(element, worth, number)
            listed += least
            if self.holds(self.reach.test, part):
                low, high = low + least, high + most
            elif not self.holds(self.reach.whole, part) and not self.holds(self.reach.stop, part):
                below = (covered or covers) and element.certain
                a, _ = self.inside(part, least, below, (*way, part), number)
                _, b = self.inside(part, most, below, (*way, part), number)
                low, high = low + a, high + b
        return low, high + self.rest(thing, worth, covered, deep if covers else None, listed)

    def worth(self, element: Listed, parent: Fraction, number: Fraction) -> tuple[Fraction, Fraction]:
        """Return what an element is worth, from least to most."""
        if "share" in element.fields:
            return (element.fields["share"] * parent,) * 2
        found, value = self.case.file.cell(element.fields["thing"], "value")
        if found:
            return (value.amount * number,) * 2
        # Where nobody gave a value, it is at least that of the listed parts, and at most that of what it is in.
        part = element.fields["thing"]
        inner = (
            e
            for e in self.case.file.elements(part, "contains")
            if e.certain and e.fields["thing"] != self.case.thing.id
        )
        least = sum(
            (self.worth(e, Fraction(0), number * e.fields["quantity"])[0] for e in inner), Fraction(0)
        )
        return least, max(least, parent)

    def rest(
        self, thing: str, worth: Fraction, covered: bool, deep: Closed | None, listed: Fraction
    ) -> Fraction:
        """Return the most that counts in what nobody listed."""
        closing = self.case.file.closing(thing, "contains")
        closed = deep or closing
        if covered or closed.whole:
            return Fraction(0)

        def test(one: Ref) -> Any:
            return self.case.test(self.reach.test, {**self.case.variables, "part": one})

        if not self.case.more(
            thing, "contains", Closed(terms=closing.terms), "thing", test, self.reach.test.text
        ):
            return Fraction(0)
        most = max(worth - (Fraction(0) if deep else listed), Fraction(0))
        return most if closed.remainder is None else min(most, closed.remainder * worth)
