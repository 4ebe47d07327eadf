"""Which rules apply, which hold, and what follows, for one completion or for all at once in Kleene values
(semantics D5 to D8).

``applies`` speaks of a rule by itself; ``holds`` also of the exceptions that lift it. ``not_shown`` are
the lifters that somebody would have to show and did not: they count as not holding (D10).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from lastword.facts.question import acts_seen_from
from lastword.facts.unknown import NONE, Truth, Unknown, all_of, any_of, negate, unknown_of
from lastword.reach.reading import Reading
from lastword.reach.subject import YES_NO, Missing
from lastword.reach.ways import openings, reached, witnesses
from lastword.rules.rule import Duty, Finding, Rule

SEVERITY: Final = ("free", "pending", "consent", "prohibited")
_OWN: Final = ("finding", "shown", "unread", "in-force")
"""Kinds of unknown that only the rule itself reads."""
LAW_NOT_ON_FILE: Final = "law-not-on-file"
NOT_KNOWN: Final = "?"
"""Stands for the value of a consent asked per value (a state, say) where nobody said which."""


@dataclass(frozen=True, slots=True, order=True)
class Clause:
    """One need of a consent: a rule, and the value it was taken for where a rule asks one consent per state."""

    rule: str
    per: str = ""

    def __str__(self) -> str:
        return f"{self.rule} ({self.per})" if self.per else self.rule


@dataclass(frozen=True, slots=True)
class Standing3:
    """The three-valued state of one clause: its rule applies; it is open; it waits for a duty to be done
    before.
    """

    applies: Truth
    open: Truth
    pending: Truth


@dataclass(frozen=True, slots=True)
class Result:
    """What a completion comes to (D8). Two are the same iff outcome and open clauses are equal."""

    outcome: str
    clauses: tuple[Clause, ...] = ()

    @property
    def severity(self) -> int:
        """Return the place of the outcome in free < pending < consent < prohibited."""
        return SEVERITY.index(self.outcome)


class Judgement:
    """All rules judged on one reading.

    ``not_shown``: ids of lifters that count as not holding. ``either``: of lifters that may count or not,
    each for itself (D11).
    """

    def __init__(
        self, reading: Reading, not_shown: frozenset[str] = frozenset(), either: frozenset[str] = frozenset()
    ) -> None:
        self.reading = reading
        self.book = reading.book
        self.question = reading.question
        self.not_shown = not_shown
        self.either = either
        self.view = (not_shown, either)

    # -- rules ------------------------------------------------------------------------------------------

    def holds(self, rule: Rule, per: str = "") -> Truth:
        """Return ``min(applies, not max(lifters))`` (D6)."""
        cache = self.reading.cache
        key = ("holds", self.view, rule.id, per)
        if key not in cache:
            cache[key] = self._holds(rule, per)
        truth: Truth = cache[key]
        return truth

    def _holds(self, rule: Rule, per: str) -> Truth:
        if rule.id in self.not_shown:
            return False
        truth = self.applies(rule, per)
        if truth is False:
            return False
        lifted = self._one_of(rule, self.book.lifters.get(rule.id, ()))
        if self.reading.on_record and rule.claimant and isinstance(lifted, Unknown):
            lifted = False
        held = all_of((truth, negate(lifted)))
        if rule.id in self.either and held is not False:
            shown = self.reading.lack(Missing(f"shown({rule.id})", "shown", rule.id, "", YES_NO))
            return all_of((held, shown))
        return held

    def regime(self, name: str) -> Truth:
        """Say whether the thing, in this question, is under a regime (R2)."""
        cache = self.reading.cache
        key = ("regime", self.view, name)
        if key not in cache:
            cache[key] = any_of(self.holds(rule) for rule in self.book.regimes.get(name, ()))
        truth: Truth = cache[key]
        return truth

    def applies(self, rule: Rule, per: str = "") -> Truth:
        """Say whether a rule is in force, covers the act, and its reach and conditions hold (D6)."""
        cache = self.reading.cache
        key = ("applies", self.view, rule.id, per)
        if key not in cache:
            cache[key] = self._applies(rule, per)
        truth: Truth = cache[key]
        return truth

    def _applies(self, rule: Rule, per: str) -> Truth:
        self.reading.regime = self.regime
        gate = all_of(self._gate(rule, per))
        if gate is False:
            return False
        truth = all_of((gate, self._rest(rule, per)))
        if per not in ("", NOT_KNOWN) and rule.unread is not None and rule.unread.may == "add":
            return truth  # what nobody read may ask for another consent, for a value nobody knows
        return self._with_unread(rule, truth)

    def _gate(self, rule: Rule, per: str) -> Iterator[Truth]:
        """Return what comes first (R4): the act, being in force, and the domain. Past it, a part nobody read
        may matter.
        """
        yield self.covers_act(rule)
        yield self.in_force(rule)
        if rule.domain is not None:
            yield rule.domain.evaluate(self.reading, self.variables(per))

    def _rest(self, rule: Rule, per: str) -> Truth:
        truths: list[Truth] = []
        for truth in self._parts(rule, per):
            if truth is False:
                return False
            if truth is not True:
                truths.append(truth)
        return unknown_of(truths) if truths else True

    def _parts(self, rule: Rule, per: str) -> Iterator[Truth]:
        for regime in rule.needs:
            yield self.regime(regime)
        if rule.needs_any:
            yield any_of(self.regime(regime) for regime in rule.needs_any)
        if rule.when is not None:
            yield rule.when.evaluate(self.reading, self.variables(per))
        if rule.reach:
            yield self.reached(rule, per)
        for finding in rule.checklist:
            yield self.found(rule, finding)

    def reached(self, rule: Rule, per: str = "") -> Truth:
        """Say whether one of the ways of a rule reaches the thing."""
        if rule.id in self.book.reach_asks_regimes:
            return self._reached(rule, per)
        key = ("reach", rule.id, per)
        cache = self.reading.cache
        if key not in cache:
            cache[key] = self._reached(rule, per)
        truth: Truth = cache[key]
        return truth

    def _reached(self, rule: Rule, per: str) -> Truth:
        if not per:
            return reached(self.reading, rule, self.variables())
        listed = any_of(w.truth for w in self.per_witnesses(rule, per))
        return any_of((listed, self._not_listed(rule))) if per == NOT_KNOWN else listed

    def variables(self, per: str = "") -> dict[str, Any]:
        """Return the variables of a rule's conditions."""
        return {**self.reading.variables, "per": per} if per else self.reading.variables

    def per_witnesses(self, rule: Rule, per: str) -> Iterator[Any]:
        """Return the witnesses of a rule that asks one consent per value, for one value."""
        assert rule.per is not None
        for reach in rule.reach:
            for witness in witnesses(self.reading, rule, reach, self.reading.variables):
                if witness.truth is not False:
                    value = rule.per.evaluate(
                        self.reading, {**self.reading.variables, "step": witness.subject}
                    )
                    if _per_text(value) == per:
                        yield witness

    def _not_listed(self, rule: Rule) -> Truth:
        """Return whether something nobody listed asks for a consent: for which value is not known."""
        key = ("not listed", rule.id)
        cache = self.reading.cache
        if key not in cache:
            cache[key] = any_of(
                self.reading.not_listed(
                    openings(self.reading, reach, self.reading.variables), reach.test.text
                )
                for reach in rule.reach
            )
        truth: Truth = cache[key]
        return truth

    def covers_act(self, rule: Rule) -> bool:
        """Say whether the act, as the rule's state sees it, is one that the rule names (R6)."""
        if rule.acts is None or rule.leg == "supply":
            return True
        return not rule.acts.isdisjoint(self.seen(rule.seen_from or rule.state, rule.union))

    def seen(self, state: str, union: str) -> frozenset[str]:
        """Return what the act is for the law of ``state``."""
        key = ("seen", state, union)
        found: frozenset[str] | None = self.reading.cache.get(key)
        if found is None:
            members: frozenset[str] = frozenset()
            if union:
                places = {self.question.from_, self.question.to, *self.question.route}
                table = self.book.tables[union]
                members = frozenset(p for p in places if table.find((p,), self.question.as_of).value is True)
            found = self.reading.cache[key] = acts_seen_from(state, members, self.question)
        return found

    def in_force(self, rule: Rule) -> Truth:
        """Say whether a rule was known, in force and firm enough (D1, D2, R16)."""
        snapshot = self.reading.snapshot
        if rule.id not in snapshot.in_force:
            snapshot.in_force[rule.id] = self._on_these_days(rule)
        binds = snapshot.in_force[rule.id]
        if binds is not None:
            return binds
        if self.reading.on_record:
            return False
        truth: Truth = self.reading.lack(Missing(f"in-force({rule.id})", "in-force", rule.id, "", YES_NO))
        return truth

    def _on_these_days(self, rule: Rule) -> bool | None:
        """Say whether a rule binds on the days of the question; None where that is not known."""
        known = rule.known.holds(self.question.known)
        valid = rule.period.holds(self.question.as_of)
        if known is False or valid is False:
            return False
        firm = self.reading.snapshot.counts(rule.standing) and not rule.in_force_unknown
        return True if known and valid and firm else None

    def _with_unread(self, rule: Rule, truth: Truth) -> Truth:
        """Keep the answer open where a part of the rule that nobody read could matter (R5, R16)."""
        unread = rule.unread
        if unread is None or self.reading.on_record:
            return truth
        if (unread.may == "add") is (truth is True) and not isinstance(truth, Unknown):
            return truth
        matters = True if unread.when is None else unread.when.evaluate(self.reading, self.reading.variables)
        if matters is False:
            return truth
        missing = self.reading.lack(Missing(f"unread({rule.id})", "unread", rule.id, "", YES_NO))
        more = all_of((matters, missing))
        return any_of((truth, more)) if unread.may == "add" else all_of((truth, negate(more)))

    # -- exceptions and permissions ---------------------------------------------------------------------

    def found(self, rule: Rule, finding: Finding) -> Truth:
        """Say whether a person made a finding (R9); what the question says about the occasion decides without
        one.
        """
        reading = self.reading
        for name in (f"{rule.id}: {finding.id}", f"{rule.id}: *"):
            value = reading.snapshot.cell(self.question.thing, name, self.question.scope).value
            if isinstance(value, bool):
                return value
        if finding.circumstance and self.question.circumstance is not None:
            return self.question.circumstance in finding.circumstance.split("|")
        if reading.on_record:
            return False
        name = f"{self.question.thing}/{rule.id}: {finding.id}"
        truth: Truth = reading.lack(Missing(name, "finding", rule.id, finding.id, YES_NO))
        return truth

    def awaits_finding(self, rule: Rule) -> bool:
        """Say whether a finding of its own is not made, so that it does not hold in every completion."""
        return any(isinstance(self.found(rule, finding), Unknown) for finding in rule.checklist)

    def waiting(self, permission: Rule) -> tuple[Duty, ...]:
        """Return the duties that must be done before and of which no fact says that they are (R10)."""

        def done(what: str) -> bool:
            name = f"{permission.id}: {what}"
            return self.reading.snapshot.cell(self.question.thing, name, self.question.scope).value is True

        return tuple(
            duty
            for duty in permission.duties
            if duty.when == "before" and not done(duty.id) and not done("*")
        )

    # -- clauses ----------------------------------------------------------------------------------------

    def clauses(self) -> dict[Clause, Standing3]:
        """Return the state of every need of a consent whose rule applies or may apply (D7)."""
        found = {}
        for rule in self._in_play():
            for clause in self._clauses_of(rule):
                state = self.clause(rule, clause.per)
                if state.applies is not False:
                    found[clause] = state
        uncovered = self.law_on_file()
        if uncovered is not True:
            missing = negate(uncovered)
            found[Clause(LAW_NOT_ON_FILE)] = Standing3(missing, missing, False)
        return found

    def _in_play(self) -> tuple[Rule, ...]:
        """Return the consent rules that can ask for something here: what does not apply never will, whatever else
        becomes known.
        """
        cache = self.reading.cache
        key = ("in play", self.view)
        if key not in cache:
            cache[key] = tuple(
                rule
                for rule in self.book.kind("consent")
                if self.covers_act(rule)
                and self.in_force(rule) is not False
                and (rule.per is not None or self.applies(rule) is not False)
            )
        found: tuple[Rule, ...] = cache[key]
        return found

    def _clauses_of(self, rule: Rule) -> tuple[Clause, ...]:
        if rule.per is None:
            return (Clause(rule.id),)
        values = set()
        for reach in rule.reach:
            for witness in witnesses(self.reading, rule, reach, self.reading.variables):
                if witness.truth is not False:
                    value = rule.per.evaluate(
                        self.reading, {**self.reading.variables, "step": witness.subject}
                    )
                    values.add(_per_text(value))
        adds = rule.unread is not None and rule.unread.may == "add"
        if adds or self._not_listed(rule) is not False:
            values.add(NOT_KNOWN)
        return tuple(Clause(rule.id, value) for value in sorted(values))

    def clause(self, rule: Rule, per: str = "") -> Standing3:
        """Return the state of one need of a consent."""
        applies = self.applies(rule, per)
        if applies is False:
            return Standing3(False, False, False)
        holds = self.holds(rule, per)
        free: list[Rule] = []
        waits: list[Rule] = []
        for permission in self.book.covering.get(rule.id, ()):
            (waits if self.waiting(permission) else free).append(permission)
        freed, waited = self._one_of(rule, free), self._one_of(rule, waits)
        if self.reading.on_record:
            freed, waited = freed is True, waited is True
        is_open = all_of((holds, negate(freed), negate(waited)))
        return Standing3(applies, is_open, all_of((holds, negate(freed), waited)))

    def _one_of(self, rule: Rule, lifters: Iterable[Rule]) -> Truth:
        """Say whether one of the exceptions or permissions beside a rule holds.

        Those of which nothing is open but what a person must find are one yes/no together (D16): whichever
        of them is shown, it comes to the same for the rule.
        """
        truths: list[Truth] = []
        findings: set[str] = set()
        for lifter in lifters:
            truth = self.holds(lifter)
            if isinstance(truth, Unknown) and all(self._own_finding(lifter, fact) for fact in truth.facts):
                findings |= truth.facts
            else:
                truths.append(truth)
        if len(findings) > 1:
            name = f"{rule.id}: one of {', '.join(sorted(findings))}"
            truths.append(self.reading.atom(name, frozenset(findings), rule.id))
        elif findings:
            truths.append(Unknown(frozenset(findings)))
        return any_of(truths)

    def _own_finding(self, rule: Rule, fact: str) -> bool:
        missing = self.reading.missing.get(fact)
        return missing is not None and missing.kind in _OWN and missing.subject == rule.id

    def law_on_file(self) -> Truth:
        """Say whether some pack holds the law of the state of departure for this act (R15)."""
        question, reading = self.question, self.reading
        covered: list[Truth] = []
        for pack in self.book.packs:
            for coverage in pack.covers:
                inside: Truth
                if coverage.table:
                    inside = reading.table(coverage.table, (question.from_,))
                else:
                    inside = coverage.states is None or question.from_ in coverage.states
                if inside is False or coverage.period.holds(question.as_of) is False:
                    continue
                seen = self.seen(
                    question.from_ if coverage.states is not None or coverage.table else pack.state, ""
                )
                own = self.seen("EU", pack.union) if pack.state == "EU" else seen
                if coverage.acts.isdisjoint(own | seen):
                    continue
                of_kind: Truth = True
                if coverage.kinds:
                    kind = reading.cell(reading.thing, "kind")
                    of_kind = kind if isinstance(kind, Unknown) else kind in coverage.kinds
                when: Truth = True
                if coverage.when is not None:
                    when = coverage.when.evaluate(reading, reading.variables)
                covered.append(all_of((inside, of_kind, when)))
        on_file = any_of(covered)
        if on_file is True:
            return True
        missing = reading.lack(
            Missing(
                f"law-not-on-file({question.from_}, {question.act})",
                "law",
                question.from_,
                question.act,
                YES_NO,
            )
        )
        if reading.on_record:
            return True
        return any_of((on_file, negate(missing)))

    # -- result -----------------------------------------------------------------------------------------

    def prohibitions(self) -> dict[str, Truth]:
        """Return the prohibitions that hold or may hold."""
        found = {rule.id: self.holds(rule) for rule in self.book.kind("prohibition")}
        return {name: truth for name, truth in found.items() if truth is not False}

    def result(self) -> Result | Unknown:
        """Return what it comes to (D8), or the facts that leave it open."""
        forbidden = any_of(self.prohibitions().values())
        if forbidden is True:
            return Result("prohibited")
        clauses = self.clauses()
        missing = [
            truth for truth in (forbidden, *(s.open for s in clauses.values())) if isinstance(truth, Unknown)
        ]
        is_open = tuple(sorted(clause for clause, state in clauses.items() if state.open is True))
        if missing:
            return unknown_of(missing)
        if is_open:
            return Result("consent", is_open)
        pending = any_of(state.pending for state in clauses.values())
        if isinstance(pending, Unknown):
            return pending
        return Result("pending" if pending else "free")

    def bounds(self) -> tuple[int, int]:
        """Return the least and the greatest severity that the Kleene values leave possible."""
        forbidden = any_of(self.prohibitions().values())
        clauses = self.clauses()
        is_open = any_of(state.open for state in clauses.values())
        pending = any_of(state.pending for state in clauses.values())
        least = 3 if forbidden is True else 2 if is_open is True else 1 if pending is True else 0
        most = (
            3 if forbidden is not False else 2 if is_open is not False else 1 if pending is not False else 0
        )
        return least, most

    def lifters(self) -> tuple[Rule, ...]:
        """Return the exceptions and permissions that apply or may apply and that somebody must show (R9)."""
        return tuple(
            rule
            for rule in self.book.kind("exception", "permission")
            if rule.claimant and self.applies(rule) is not False
        )


def _per_text(value: Any) -> str:
    return NOT_KNOWN if isinstance(value, Unknown) or value is NONE else str(value)
