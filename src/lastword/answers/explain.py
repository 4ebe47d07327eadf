"""Why: the chain of rules behind a need, with citation, path, share and limit, and the facts used (design,
section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lastword.answers.judgement import Clause, Judgement
from lastword.facts.fact import Fact, Standing
from lastword.facts.unknown import NONE, Truth, Unknown
from lastword.reach.reading import Reading
from lastword.reach.subject import Subject
from lastword.reach.ways import Path, Witness, count_content, path_to, witnesses
from lastword.rules.book import rule_conditions
from lastword.rules.condition import Condition
from lastword.rules.rule import Rule, Term

MOST_WITNESSES = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: how (``contains``, ``needs_data``, ``custody`` ...), to what, and how much of the
    value it makes.
    """

    how: str
    to: str
    share: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One rule of the chain that leads to a need, with what it saw.

    ``counted``: (least, greatest) share, the same twice where it is known; ``limit_kind``: at_most (equal
    is free) or below.
    """

    rule: Rule
    truth: Truth
    paths: tuple[tuple[Step, ...], ...] = ()
    limit: Fraction | Unknown | None = None
    limit_kind: str = ""
    counted: tuple[Fraction, Fraction | None] | None = None
    counted_parts: tuple[tuple[str, Fraction | None, Truth], ...] = ()
    shown: tuple[tuple[str, Any], ...] = ()
    facts: tuple[Fact, ...] = ()
    terms: tuple[Term, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """Return the weakest standing used: of the rule itself and of its facts (D19)."""
        return min((self.rule.standing, *(fact.standing for fact in self.facts)))


@dataclass
class Explanation:
    """Explains the rules of one judgement."""

    judgement: Judgement
    _links: dict[tuple[str, str], Link] = field(default_factory=dict)

    @property
    def reading(self) -> Reading:
        """Return what was read."""
        return self.judgement.reading

    def chain(self, clause: Clause) -> tuple[Link, ...]:
        """Return the links that lead to a clause, the consent rule first."""
        rule = self.judgement.book.rules.get(clause.rule)
        if rule is None:
            return ()
        found: dict[str, Link] = {}
        self._follow(rule, clause.per, found)
        return tuple(found.values())

    def _follow(self, rule: Rule, per: str, found: dict[str, Link]) -> None:
        if rule.id in found:
            return
        found[rule.id] = self.link(rule, per)
        for regime in (*rule.needs, *rule.needs_any):
            for giver in self.judgement.book.regimes.get(regime, ()):
                if self.judgement.holds(giver) is not False:
                    self._follow(giver, "", found)

    def link(self, rule: Rule, per: str = "") -> Link:
        """Return what one rule saw."""
        key = (rule.id, per)
        if key not in self._links:
            self._links[key] = self._link(rule, per)
        return self._links[key]

    def _link(self, rule: Rule, per: str) -> Link:
        reading = self.reading
        truth = self.judgement.applies(rule, per)
        variables = self.judgement.variables(per)
        facts = list(self._facts(reading.thing, (rule.domain, rule.when)))
        paths, more = self._paths(rule, per)
        facts += more
        limit, kind, counted, parts, more = self._content(rule)
        facts += more
        missing = truth.facts if isinstance(truth, Unknown) else frozenset()
        shown = tuple((name, c.evaluate(reading, variables)) for name, c in rule.shows.items())
        return Link(
            rule,
            truth,
            paths,
            limit,
            kind,
            counted,
            parts,
            shown,
            tuple(dict.fromkeys(facts)),
            tuple(self.terms(rule)),
            tuple(sorted(missing)),
        )

    def _facts(self, subject: Subject, conditions: Iterable[Condition | None]) -> Iterator[Fact]:
        """Return the facts about ``subject`` that the conditions, and the terms they call, read."""
        reading = self.reading
        for name in sorted(self._reads(tuple(c for c in conditions if c is not None))):
            yield from reading.snapshot.cell(subject.id, name, reading.question.scope).facts

    def _reads(self, conditions: Iterable[Condition]) -> frozenset[str]:
        names: set[str] = set()
        calls: set[str] = set()
        for condition in conditions:
            names |= condition.reads
            calls |= condition.calls
        for term in self._called(calls):
            names.add(term.id)
            for dated in term.values:
                names |= dated.condition.reads
        return frozenset(names)

    def _paths(self, rule: Rule, per: str) -> tuple[tuple[tuple[Step, ...], ...], list[Fact]]:
        reading = self.reading
        paths: list[tuple[Step, ...]] = []
        facts: list[Fact] = []
        for reach in rule.reach:
            if reach.kind in ("content", "place"):
                continue
            if reach.kind == "origin":
                facts += self._facts(reading.thing, (reach.test,))
                continue
            found: Iterable[Witness] = (
                self.judgement.per_witnesses(rule, per)
                if per
                else witnesses(reading, rule, reach, reading.variables)
            )
            for witness in [w for w in found if w.truth is True][:MOST_WITNESSES]:
                path = path_to(reading, witness)
                paths.append(steps(path, witness))
                facts += [element.fact for element in path]
                facts += self._facts(witness.subject, (reach.test,))
        return tuple(dict.fromkeys(path for path in paths if path)), facts

    def _content(
        self, rule: Rule
    ) -> tuple[Any, str, Any, tuple[tuple[str, Fraction | None, Truth], ...], list[Fact]]:
        reading = self.reading
        for reach in rule.reach:
            if reach.kind != "content":
                continue
            limit = reach.limit.evaluate(reading, reading.variables) if reach.limit else Fraction(0)
            counted = count_content(reading, rule, reach)
            share = counted.share()
            base = counted.base.low if share is not None else None
            parts = tuple(
                (thing, amount.high / base if base and amount.high is not None else None, truth)
                for thing, amount, truth in counted.parts
            )
            facts = [
                fact
                for thing, _, truth in parts
                if truth is True
                for fact in self._facts(reading.subject(thing), (reach.test,))
            ]
            exact = limit if isinstance(limit, Unknown) else Fraction(limit)
            return exact, "at_most" if reach.equal_free else "below", share, parts, facts
        return None, "", None, (), []

    def terms(self, rule: Rule) -> Iterator[Term]:
        """Return the terms that a rule calls, directly or through others."""
        return self._called(_calls(rule))

    def _called(self, calls: Iterable[str]) -> Iterator[Term]:
        terms = self.judgement.book.terms
        waiting = sorted(calls)
        seen: set[str] = set()
        while waiting:
            name = waiting.pop(0)
            if name in seen or name not in terms:
                continue
            seen.add(name)
            yield terms[name]
            for dated in terms[name].values:
                waiting.extend(sorted(dated.condition.calls))


def _calls(rule: Rule) -> frozenset[str]:
    conditions = (*rule_conditions(rule), *rule.shows.values())
    return frozenset().union(*(condition.calls for condition in conditions))


def steps(path: Path, witness: Witness) -> tuple[Step, ...]:
    """Return the path to a witness in the order from the thing asked about."""
    found = []
    for element in path:
        fields = element.entry.fields
        if element.fact.attribute == "custody":
            to = f"{_place(fields.get('from'))} -> {_place(fields.get('to'))}"
            found.append(Step("custody", to))
        else:
            share = fields.get("share")
            found.append(Step(element.fact.attribute, fields["thing"], share))
    if not path and witness.subject.kind == "party":
        found.append(Step("party", witness.subject.id))
    return tuple(found)


def _place(value: Any) -> str:
    return "?" if value is None or value is NONE or isinstance(value, Unknown) else str(value)
