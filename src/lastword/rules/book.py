"""All rules of the packs in use, with what belongs together found once: who lifts whom, which rule gives
which regime.

The order of evaluation is the graph of rules; a cycle in it is refused here, by name (semantics D5).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lastword.errors import InputError, Problem, Where
from lastword.facts.code import on
from lastword.facts.schema import PARTY, THING, Field
from lastword.facts.unknown import NONE
from lastword.rules import syntax
from lastword.rules.condition import Condition
from lastword.rules.rule import Ladder, Pack, Rule, Term
from lastword.rules.table import Lines, Table

MOST_CASES = 64
_ASKS_MORE = frozenset({"subject_to", "owned", "licensed", "money_at_most"})
"""Built-in terms that ask the question or the rules, not the thing alone."""
_REGIME = re.compile(r"subject_to\(\s*['\"]([^'\"]+)['\"]\s*\)")


@dataclass(frozen=True)
class Book:
    """The rules in use. ``fields``: what can be said about a thing, the packs' own fields and statable terms
    included.
    """

    packs: tuple[Pack, ...]
    rules: Mapping[str, Rule] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    lines: Mapping[str, Lines] = field(default_factory=dict)

    @classmethod
    def of(cls, packs: Iterable[Pack]) -> Book:
        """Put packs together. Raises InputError for an id used twice, a rule nobody has, a wrong burden, or a
        cycle.
        """
        packs = tuple(sorted(packs, key=lambda pack: pack.id))
        problems: list[Problem] = []
        rules: dict[str, Rule] = {}
        terms: dict[str, Term] = {}
        for pack in packs:
            # By id, so that the order in which a pack is written changes no answer (invariant 6).
            for rule in sorted(pack.rules, key=lambda rule: rule.id):
                if rule.id in rules:
                    problems.append(
                        Problem(rule.where, f"the rule id `{rule.id}` is used twice", "rename one")
                    )
                rules[rule.id] = rule
            for term in pack.terms:
                if term.id in terms:
                    problems.append(
                        Problem(term.where, f"the term id `{term.id}` is used twice", "rename one")
                    )
                terms[term.id] = term
        tables = {table.id: table for pack in packs for table in pack.tables}
        lines = {table.id: table for pack in packs for table in pack.lines}
        book = cls(packs, rules, terms, tables, lines)
        problems.extend(book._dangling())
        problems.extend(book._burdened())
        if problems:
            raise InputError(problems)
        book._refuse_cycles()
        return book

    def named(self, name: str) -> tuple[Rule, ...]:
        """Return the rules with this id or family."""
        return self._named.get(name, ())

    def meant(self, name: str) -> tuple[Rule, ...]:
        """Return the rules that an exception or permission means by a name: a family stands for its rules,
        not its exceptions.
        """
        return tuple(rule for rule in self.named(name) if rule.id == name or rule.kind != "exception")

    @cached_property
    def _named(self) -> Mapping[str, tuple[Rule, ...]]:
        found: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules.values():
            for name in dict.fromkeys((rule.id, *rule.families)):
                found[name].append(rule)
        return {name: tuple(rules) for name, rules in found.items()}

    @cached_property
    def lifters(self) -> Mapping[str, tuple[Rule, ...]]:
        """Rule id -> the exceptions that lift it."""
        return self._targets(lambda rule: rule.lifts)

    @cached_property
    def covering(self) -> Mapping[str, tuple[Rule, ...]]:
        """Rule id -> the permissions that cover the need it states."""
        return self._targets(lambda rule: rule.satisfies)

    def _targets(self, names: Any) -> Mapping[str, tuple[Rule, ...]]:
        found: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules.values():
            for target in {t.id: t for name in names(rule) for t in self.meant(name)}.values():
                found[target.id].append(rule)
        return {target: tuple(rules) for target, rules in found.items()}

    @cached_property
    def regimes(self) -> Mapping[str, tuple[Rule, ...]]:
        """Regime -> the rules that give it."""
        found: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules.values():
            if rule.gives:
                found[rule.gives].append(rule)
        return {regime: tuple(rules) for regime, rules in sorted(found.items())}

    def table(self, name: str) -> Table | Lines | None:
        """Return a table, of whatever kind."""
        return self.tables.get(name) or self.lines.get(name)

    def kind(self, *kinds: str) -> tuple[Rule, ...]:
        """Return the rules of these kinds, by id."""
        if kinds not in self._kinds:
            self._kinds[kinds] = tuple(
                self.rules[id] for id in sorted(self.rules) if self.rules[id].kind in kinds
            )
        return self._kinds[kinds]

    @cached_property
    def _kinds(self) -> dict[tuple[str, ...], tuple[Rule, ...]]:
        return {}

    @cached_property
    def ladders(self) -> Mapping[str, tuple[tuple[Ladder, Any], ...]]:
        """Field -> the ladders that may give it, with the value they give."""
        found: dict[str, list[tuple[Ladder, Any]]] = defaultdict(list)
        for pack in self.packs:
            for ladder in pack.ladders:
                for name, value in ladder.gives:
                    found[name].append((ladder, value))
        return {name: tuple(ladders) for name, ladders in found.items()}

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Name -> field of a thing."""
        fields = dict(THING)
        for pack in self.packs:
            fields.update(pack.fields)
            for term in pack.terms:
                if term.statable:
                    title = term.title
                    fields[term.id] = Field(term.type, title["en"], title.get("de", title["en"]))
        return fields

    @cached_property
    def reach_asks_regimes(self) -> frozenset[str]:
        """Ids of the rules whose reach depends on a regime, directly or through a term."""
        risky = self.reads_regimes | {"subject_to"}
        return frozenset(
            rule.id
            for rule in self.rules.values()
            if any(not risky.isdisjoint(reach.test.calls) for reach in rule.reach)
        )

    @cached_property
    def reads_regimes(self) -> frozenset[str]:
        """Ids of the terms whose value depends on a regime, directly or through another term."""
        found = {t.id for t in self.terms.values() if any(_regimes(d.condition) for d in t.values)}
        while True:
            more = {
                t.id
                for t in self.terms.values()
                if t.id not in found and any(found & d.condition.calls for d in t.values)
            }
            if not more:
                return frozenset(found)
            found |= more

    def cases(self, kind: str, attribute: str) -> tuple[Any, ...]:
        """Return the values an unknown field can have so far as any rule can tell them apart; () if they
        cannot be listed (D4).
        """
        key = ("party" if kind == "party" else "thing", attribute)
        if key not in self._cases:
            self._cases[key] = self._cases_of(*key)
        return self._cases[key]

    @cached_property
    def _cases(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        return {}

    def _cases_of(self, kind: str, attribute: str) -> tuple[Any, ...]:
        fields: Mapping[str, Field] = PARTY if kind == "party" else self.fields
        found = fields.get(attribute)
        if found is None:
            return ()
        if found.kind == "yes-no":
            return (False, True)
        if found.kind == "name":
            return found.words
        if found.kind == "place":
            return (*self._places.get(attribute, ()), "ZZ")
        if found.kind == "code":
            return self._codes(attribute)
        return ()

    @cached_property
    def _places(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, set[str]] = defaultdict(set)
        for condition in self.conditions():
            for attribute, literal in condition.literals:
                found[attribute].add(literal)
        return {name: tuple(sorted(values)) for name, values in found.items()}

    def _codes(self, attribute: str) -> tuple[Any, ...]:
        """Return NONE, one code for each pattern that some rule tests, and one that fits none of them.

        A list with control lines has too many cases to try; its parts are judged by the lines alone (D16).
        """
        if any(attribute in lines.id for lines in self.lines.values()):
            return ()
        patterns = sorted({p for c in self.conditions() for name, p in c.patterns if name == attribute})
        codes = [self._whole_code(p.replace("?", "0"), patterns) for p in patterns if p != "*"]
        cases = (NONE, *dict.fromkeys(codes), "~other")
        return cases if len(cases) <= MOST_CASES else ()

    @staticmethod
    def _whole_code(code: str, patterns: Iterable[str]) -> str:
        """Return a code at ``code`` that is long enough for every pattern: a case must decide each test (D4,
        R5).
        """
        return code if all(on(code, pattern) is not None for pattern in patterns) else f"{code}.~other"

    def conditions(self) -> Iterator[Condition]:
        """Return every condition of every rule, term, ladder and coverage."""
        for pack in self.packs:
            for rule in pack.rules:
                yield from rule_conditions(rule)
            for term in pack.terms:
                yield from (dated.condition for dated in term.values)
            for ladder in pack.ladders:
                yield ladder.when
            yield from (coverage.when for coverage in pack.covers if coverage.when)

    @cached_property
    def ladder_gives(self) -> frozenset[tuple[str, str]]:
        """(field, ladder) for every field that a ladder may give."""
        return frozenset((name, ladder.id) for name, found in self.ladders.items() for ladder, _ in found)

    def ladders_ask_thing_only(self, name: str) -> bool:
        """Say whether the ladders to a field ask the thing alone, so that what they give is the same for
        every question.
        """
        if name not in self._plain:
            self._plain[name] = all(
                self._asks_only(ladder.when, {"thing"}) for ladder, _ in self.ladders.get(name, ())
            )
        return self._plain[name]

    @cached_property
    def _plain(self) -> dict[str, bool]:
        return {}

    def reach_asks_thing_only(self, rule: Rule) -> bool:
        """Say whether the ways of a rule ask the thing and its parts alone, whatever the question."""
        if rule.id not in self._plain_reach:
            names = {"thing", "part", "tech", "need", "step"}
            self._plain_reach[rule.id] = all(
                reach.kind not in ("party", "place")
                and all(
                    condition is None or self._asks_only(condition, names)
                    for condition in (reach.test, reach.stop, reach.whole, reach.limit, reach.presumed)
                )
                for reach in rule.reach
            )
        return self._plain_reach[rule.id]

    @cached_property
    def _plain_reach(self) -> dict[str, bool]:
        return {}

    def _asks_only(self, condition: Condition, variables: set[str]) -> bool:
        return (
            condition.variables <= variables
            and _ASKS_MORE.isdisjoint(condition.calls)
            and all(
                self._asks_only(dated.condition, {arg for arg, _ in self.terms[call].args})
                for call in condition.calls
                if call in self.terms
                for dated in self.terms[call].values
            )
        )

    def asked_of_thing(self, term: str) -> tuple[str, ...] | None:
        """Return the fields of its first argument, a thing, that decide a term; None if it asks for more than
        fields.
        """
        if term not in self._asked:
            self._asked[term] = self._asked_of_thing(term)
        return self._asked[term]

    @cached_property
    def _asked(self) -> dict[str, tuple[str, ...] | None]:
        return {}

    def _asked_of_thing(self, term: str) -> tuple[str, ...] | None:
        found = self.terms.get(term)
        if found is None or not found.args or found.args[0][1] != "thing" or term in self.reads_regimes:
            return None
        asked: set[str] = set()
        waiting = [term]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.terms:
                continue
            seen.add(name)
            if self.terms[name].statable:
                asked.add(name)
            for dated in self.terms[name].values:
                asked |= dated.condition.reads
                waiting.extend(dated.condition.calls)
                if any(call.startswith(("line_", "columns_", "any_")) for call in dated.condition.calls):
                    asked |= {"eccn", "columns"}
        while True:
            more = {
                name
                for field in asked
                for ladder, _ in self.ladders.get(field, ())
                for name in ladder.when.reads
            }
            if more <= asked:
                break
            asked |= more
        return tuple(sorted(asked)) if asked <= self.fields.keys() - {"value"} else None

    def origins(self, test: Condition) -> frozenset[str] | None:
        """Return the origins a part must have for ``test`` to be true, as far as its text fixes them; None =
        any (R4).

        Looks at ``part.origin == 'XX'`` joined by ``&&`` and ``||``, and into the terms that the test
        calls with the part.
        """
        key = (test.text, tuple(sorted(test.variables)))
        if key not in self._origins:
            node = syntax.parse(test.text, Where(""))
            self._origins[key] = self._origins_of(node, "part", frozenset())
        return self._origins[key]

    @cached_property
    def _origins(self) -> dict[Any, frozenset[str] | None]:
        return {}

    def _origins_of(self, node: syntax.Node, part: str, inside: frozenset[str]) -> frozenset[str] | None:
        match node:
            case syntax.Compare(operator="==", left=syntax.Select(operand=syntax.Name(name=name), name="origin"),
                                right=syntax.Literal(value=str() as place)) if name == part:  # fmt: skip
                return frozenset((place,))
            case syntax.Logic(operator="&&", operands=operands):
                found = [self._origins_of(one, part, inside) for one in operands]
                known = [origins for origins in found if origins is not None]
                return frozenset.intersection(*known) if known else None
            case syntax.Logic(operator="||", operands=operands):
                found = [self._origins_of(one, part, inside) for one in operands]
                if any(origins is None for origins in found):
                    return None
                return frozenset().union(*(origins for origins in found if origins is not None))
            case syntax.Call(name=name, receiver=None, args=(syntax.Name(name=first), *_)) if first == part:
                return self._origins_of_term(name, inside)
        return None

    def _origins_of_term(self, name: str, inside: frozenset[str]) -> frozenset[str] | None:
        term = self.terms.get(name)
        if term is None or term.statable or not term.values or name in inside:
            return None
        found = [
            self._origins_of(syntax.parse(d.condition.text, Where("")), term.args[0][0], inside | {name})
            for d in term.values
        ]
        if any(origins is None for origins in found):
            return None
        return frozenset().union(*(origins for origins in found if origins is not None))

    def _dangling(self) -> list[Problem]:
        problems = []
        for rule in self.rules.values():
            for name in (*rule.lifts, *rule.satisfies):
                # A rule of a pack that is not in use is no mistake; one of the own state's pack is.
                if not self.named(name) and name.split("-")[0] == rule.id.split("-")[0]:
                    problems.append(Problem(rule.where, f"there is no rule `{name}`", "check the id"))
        return problems

    def _burdened(self) -> Iterator[Problem]:
        """Return the rules that take a permission or exception away only if somebody shows it (R9)."""
        for rule in self.rules.values():
            meant = [target for name in rule.lifts for target in self.meant(name)]
            lifted = [target.id for target in meant if target.kind in ("permission", "exception")]
            if rule.claimant and lifted:
                what = f"`{rule.id}` lifts `{lifted[0]}`, so nobody gains by showing it"
                yield Problem(rule.where, what, "write burden: none")

    def _refuse_cycles(self) -> None:
        """Refuse a rule that depends on itself (D5)."""
        done: set[str] = set()
        path: list[str] = []

        def visit(node: str) -> None:
            if node in done:
                return
            if node in path:
                cycle = [*path[path.index(node) :], node]
                where = next(
                    (self.rules[n].where if n in self.rules else self.terms[n].where for n in cycle
                     if n in self.rules or n in self.terms),
                )  # fmt: skip
                raise InputError(
                    Problem(where, "rules depend on each other in a circle: " + " -> ".join(cycle))
                )
            path.append(node)
            for below in self._below(node):
                visit(below)
            path.pop()
            done.add(node)

        for node in (*sorted(self.rules), *sorted(self.terms)):
            visit(node)

    def _below(self, node: str) -> Iterator[str]:
        """Return what must be judged before ``node``."""
        conditions: list[Condition] = []
        if node in self.rules:
            rule = self.rules[node]
            yield from (lifter.id for lifter in self.lifters.get(node, ()))
            if rule.kind == "consent":
                yield from (permission.id for permission in self.covering.get(node, ()))
            for regime in (*rule.needs, *rule.needs_any):
                yield from (giver.id for giver in self.regimes.get(regime, ()))
            conditions = list(rule_conditions(rule))
        elif node in self.terms:
            conditions = [dated.condition for dated in self.terms[node].values]
        for condition in conditions:
            yield from (name for name in sorted(condition.calls) if name in self.terms)
            for regime in _regimes(condition):
                yield from (giver.id for giver in self.regimes.get(regime, ()))
            yield from sorted(condition.reads & self.terms.keys())


def _regimes(condition: Condition) -> tuple[str, ...]:
    return tuple(_REGIME.findall(condition.text)) if "subject_to" in condition.calls else ()


def rule_conditions(rule: Rule) -> Iterator[Condition]:
    """Return every condition of a rule."""
    for condition in (rule.domain, rule.when, rule.per):
        if condition is not None:
            yield condition
    if rule.unread is not None and rule.unread.when is not None:
        yield rule.unread.when
    for reach in rule.reach:
        for condition in (reach.test, reach.stop, reach.whole, reach.limit, reach.presumed):
            if condition is not None:
                yield condition
