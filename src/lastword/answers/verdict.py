"""The outcome and what may still become of it: exact by case split where that closes, else in Kleene values
(semantics D10 to D16).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lastword.answers.judgement import SEVERITY, Clause, Judgement, Result
from lastword.answers.split import QUESTION_NODES, Budget, InexactError, Split, Tree, leaves
from lastword.facts.question import Question
from lastword.facts.snapshot import Snapshot
from lastword.facts.unknown import Unknown, negate
from lastword.reach.reading import Reading
from lastword.rules.book import Book
from lastword.rules.rule import Rule

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Verdict:
    """What the facts and rules come to.

    ``outcome``: free | pending | consent | prohibited | unknown. ``settled``: True, False or None (not
    found out). ``states``: clause -> needed | needed_unless | covered | possible; ``prohibitions``: rule
    -> the same. ``tree``: the decision tree of the result, if it closed.
    """

    outcome: str
    settled: bool | None
    exact: bool
    on_record: str
    could_become: tuple[str, ...]
    states: dict[Clause, str]
    prohibitions: dict[str, str]
    not_shown: tuple[str, ...]
    judgement: Judgement
    burdened: Judgement
    tree: Tree[Result] | None
    regimes: dict[str, str] = field(default_factory=dict)


def judge(book: Book, snapshot: Snapshot, question: Question, *, nodes: int = QUESTION_NODES) -> Verdict:
    """Return the verdict on a question. ``nodes``: how many nodes of a case split may be opened; 1 = Kleene
    values only.
    """
    return _Court(book, snapshot, question, nodes).verdict()


class _Court:
    def __init__(self, book: Book, snapshot: Snapshot, question: Question, nodes: int) -> None:
        self.book = book
        self.snapshot = snapshot
        self.question = question
        self.reading = Reading(book, snapshot, question)
        self.plain = Judgement(self.reading)
        self.budget = Budget(nodes)
        self.exact = True

    def verdict(self) -> Verdict:
        """Judge with lifters as they are, then with those that are not shown left out."""
        tree, plain = self.explore(_result(frozenset()))
        not_shown = self.not_shown()
        burdened = Judgement(self.reading, not_shown) if not_shown else self.plain
        settled: bool | None = (
            True if tree is not None and len(plain) == 1 else False if len(plain) > 1 else None
        )
        if settled:
            outcome = next(iter(plain)).outcome
            could: frozenset[str] = frozenset()
        else:
            outcome, could = self.outcome(not_shown, burdened, plain)
        states = self.clause_states(burdened, not_shown)
        prohibitions = self.prohibition_states(burdened, not_shown)
        regimes = {name: _word(self.one(_regime(name), not_shown)) for name in self.book.regimes}
        return Verdict(
            outcome=outcome,
            settled=settled,
            exact=self.exact,
            on_record=outcome if settled else self.on_record(not_shown, plain if tree is not None else {}),
            could_become=tuple(word for word in SEVERITY if word in could),
            states=states,
            prohibitions=prohibitions,
            not_shown=tuple(sorted(not_shown)),
            judgement=self.plain,
            burdened=burdened,
            tree=tree if self.exact else None,
            regimes=regimes,
        )

    # -- exploring --------------------------------------------------------------------------------------

    def explore(
        self, evaluate: Callable[[Reading], T | Unknown], *, decides: bool = True
    ) -> tuple[Tree[T] | None, dict[T, None]]:
        """Return the tree and the values met; without a tree the answer is not exact."""
        split: Split[T] = Split(evaluate, self.budget, {})
        try:
            tree = split.tree(self.reading)
        except InexactError:
            if decides:
                self.exact = False
            return None, split.met
        return tree, dict.fromkeys(leaves(tree))

    def one(self, evaluate: Callable[[Judgement], Any], not_shown: frozenset[str] = frozenset()) -> Any:
        """Return the value that all completions agree on, or Unknown."""
        base = Judgement(self.reading, not_shown) if not_shown else self.plain
        value = evaluate(base)
        if not isinstance(value, Unknown) or not self.exact:
            return value
        tree, met = self.explore(lambda r: evaluate(Judgement(r, not_shown)), decides=False)
        if tree is None:
            self.exact = False
            return value
        return next(iter(met)) if len(met) == 1 else value

    def not_shown(self) -> frozenset[str]:
        """Return the lifters that a claimant would have to show and that do not hold in every completion
        (D10).
        """
        return frozenset(
            rule.id
            for rule in self.plain.lifters()
            if self.plain.holds(rule) is not False
            and (self.plain.awaits_finding(rule) or self.one(_holds(rule)) is not True)
        )

    # -- outcome ----------------------------------------------------------------------------------------

    def outcome(
        self, not_shown: frozenset[str], burdened: Judgement, plain: dict[Result, None]
    ) -> tuple[str, frozenset[str]]:
        """Return the outcome with burden, and the other outcomes over completions (D10, D11)."""
        if self.exact:
            tree, met = self.explore(_result(not_shown))
            if tree is not None:
                least = min(met, key=lambda result: result.severity).outcome
                others = {result.outcome for result in (*met, *plain)}
                outcome = "unknown" if least == "free" and _several(met) else least
                if len(not_shown) > 1:
                    either, found = self.explore(_result(frozenset(), not_shown), decides=False)
                    others |= {result.outcome for result in found}
                    self.exact = either is not None
                if self.exact:
                    return outcome, frozenset(others - {outcome})
        least_severity, most = burdened.bounds()
        either_way = Judgement(self.reading, either=not_shown) if not_shown else self.plain
        low, high = either_way.bounds()
        outcome = SEVERITY[least_severity]
        # Free is final (D10): also where an exception, once shown, would take away what keeps it free.
        if least_severity == 0 and max(most, high) > 0:
            outcome = "unknown"
        possible = {SEVERITY[s] for s in range(min(low, least_severity), max(high, most) + 1)}
        possible = {word for word in possible if word != "pending" or _may_wait(either_way)}
        return outcome, frozenset(possible - {outcome})

    def on_record(self, not_shown: frozenset[str], met: dict[Result, None]) -> str:
        """Return a reading of the file: unknown atoms false, lifters only if certain, never below what is
        certain (D13).

        ``met``: all results that completions come to, empty if they are not known.
        """
        reading = Reading(self.book, self.snapshot, self.question, on_record=True, on_file=self.reading)
        result = Judgement(reading, not_shown).result()
        severity = 0 if isinstance(result, Unknown) else result.severity
        certain = min((r.severity for r in met), default=self.plain.bounds()[0])
        return SEVERITY[max(severity, certain)]

    # -- clauses ----------------------------------------------------------------------------------------

    def clause_states(self, burdened: Judgement, not_shown: frozenset[str]) -> dict[Clause, str]:
        """Return the state of each clause (D12)."""
        states = {}
        for clause, state in self.plain.clauses().items():
            rule = self.book.rules.get(clause.rule)
            if rule is None:
                is_open = self.one(lambda j: negate(j.law_on_file()))
                if is_open is not False:
                    states[clause] = "needed" if is_open is True else "possible"
                continue
            is_open = self._clause_open(rule, clause, frozenset())
            if is_open is True:
                states[clause] = "needed"
            elif not_shown and self._clause_open(rule, clause, not_shown) is True:
                states[clause] = "needed_unless"
            elif is_open is not False:
                states[clause] = "possible"
            elif state.applies is True or self._clause_applies(rule, clause) is not False:
                states[clause] = "covered"
        return dict(sorted(states.items()))

    def _clause_applies(self, rule: Rule, clause: Clause) -> Any:
        return self.one(lambda j: j.clause(rule, clause.per).applies)

    def _clause_open(self, rule: Rule, clause: Clause, not_shown: frozenset[str]) -> Any:
        return self.one(lambda j: j.clause(rule, clause.per).open, not_shown)

    def prohibition_states(self, burdened: Judgement, not_shown: frozenset[str]) -> dict[str, str]:
        """Return the state of each prohibition that holds or may hold."""
        states = {}
        for name in self.plain.prohibitions() | burdened.prohibitions():
            rule = self.book.rules[name]
            holds = self.one(_holds(rule))
            unlifted = self.one(_holds(rule), not_shown) if not_shown else holds
            if holds is True:
                states[name] = "needed"
            elif unlifted is True:
                states[name] = "needed_unless"
            elif holds is not False or unlifted is not False:
                states[name] = "possible"
        return dict(sorted(states.items()))


def _result(
    not_shown: frozenset[str], either: frozenset[str] = frozenset()
) -> Callable[[Reading], Result | Unknown]:
    return lambda reading: Judgement(reading, not_shown, either).result()


def _may_wait(judgement: Judgement) -> bool:
    return any(state.pending is not False for state in judgement.clauses().values())


def _holds(rule: Rule) -> Callable[[Judgement], Any]:
    return lambda judgement: judgement.holds(rule)


def _regime(name: str) -> Callable[[Judgement], Any]:
    return lambda judgement: judgement.regime(name)


def _several(met: dict[Result, None]) -> bool:
    return len({result.outcome for result in met}) > 1


def _word(truth: Any) -> str:
    return "unknown" if isinstance(truth, Unknown) else "yes" if truth is True else "no"
