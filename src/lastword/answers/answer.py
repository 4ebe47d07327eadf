"""The answer: one value with everything a reader may ask of it, and its JSON form
(``docs/answer.schema.json``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

from lastword.answers.change import Change, changes
from lastword.answers.explain import Explanation, Link, Step
from lastword.answers.judgement import LAW_NOT_ON_FILE, SEVERITY, Clause, Judgement
from lastword.answers.settle import OpenQuestion, Reply, open_questions, quickest
from lastword.answers.verdict import Verdict, judge
from lastword.facts.fact import Fact, Money, Standing
from lastword.facts.question import Question
from lastword.facts.snapshot import Snapshot
from lastword.facts.unknown import NONE, Unknown
from lastword.reach.reading import Reading
from lastword.reach.subject import Assumption
from lastword.rules.book import Book
from lastword.rules.rule import Duty, Finding, Rule, Texts
from lastword.texts import chosen

VERSION: Final = 1
MOST_SPLIT_BESIDE: Final = 8


@dataclass(frozen=True, slots=True)
class Exception_:
    """An exception or permission beside a clause. ``open``: worth testing; ``missing``: what is not shown or
    not known.
    """

    rule: Rule
    open: bool
    holds: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class ConsentNeed:
    """One need of a consent, with its state and reasons."""

    clause: Clause
    state: str
    alternatives: tuple[tuple[tuple[str, str], ...], ...]
    last_word: str | None
    vetoes: tuple[str, ...]
    rule: Rule | None
    because: tuple[Link, ...]
    exceptions: tuple[Exception_, ...]
    outlook: str

    @property
    def stands(self) -> bool:
        """Say whether it is needed, at least as long as nothing is shown against it."""
        return self.state in ("needed", "needed_unless")

    @property
    def offices(self) -> tuple[str, ...]:
        """Return every authority of its alternatives, once each."""
        return tuple(dict.fromkeys(authority for group in self.alternatives for authority, _ in group))

    @property
    def authority(self) -> str | None:
        """Return the authority if it is the only one, else None."""
        return self.offices[0] if len(self.offices) == 1 else None

    @property
    def country(self) -> str:
        """Return the state whose consent it is."""
        first = self.alternatives[0][0][0] if self.alternatives and self.alternatives[0] else ""
        return first.split("/", 1)[0]

    @property
    def standing(self) -> Standing:
        """Return how firm the clause is (D19)."""
        return min((link.standing for link in self.because), default=Standing.CONFIRMED)


@dataclass(frozen=True, slots=True)
class PermissionUse:
    """A permission or exception that covers a need, with its duties and those not yet done before."""

    rule: Rule
    covers: tuple[Clause, ...]
    waiting: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """A permission or exception that may cover needs which stand, and what it still needs.

    ``findings``: what a person must judge; ``before``: duties not yet done; ``unknown``: other missing facts;
    ``unread``: whether part of its text that nobody read decides.
    """

    rule: Rule
    covers: tuple[Clause, ...]
    findings: tuple[Finding, ...]
    before: tuple[Duty, ...]
    unknown: tuple[str, ...]
    unread: bool


@dataclass(frozen=True, slots=True)
class OldTable:
    """A table used on a day to which it was not read: ``read`` on the day, stated to last ``lasts`` days."""

    id: str
    title: Texts
    read: date
    lasts: int


@dataclass(frozen=True)
class Answer:
    """The answer to a question. Explanations are made when they are asked for."""

    question: Question
    book: Book
    snapshot: Snapshot
    verdict: Verdict
    taken: tuple[Assumption, ...] = ()

    @property
    def outcome(self) -> str:
        """Return free, pending, consent, prohibited or unknown."""
        return self.verdict.outcome

    @property
    def settled(self) -> bool | None:
        """Return whether missing facts can no longer change it; None = not found out."""
        return self.verdict.settled

    @cached_property
    def explanation(self) -> Explanation:
        """Return the reasons of the rules as they are."""
        return Explanation(self.verdict.judgement)

    @property
    def judgement(self) -> Judgement:
        """Return the judgement of the rules as they are."""
        return self.verdict.judgement

    @cached_property
    def consents(self) -> tuple[ConsentNeed, ...]:
        """Return the needs of a consent in the order needed, needed_unless, possible, covered."""
        order = {"needed": 0, "needed_unless": 1, "possible": 2, "covered": 3}
        needs = [self._need(clause, state) for clause, state in self.verdict.states.items()]
        return tuple(sorted(needs, key=lambda need: (order[need.state], need.country, need.clause)))

    def _need(self, clause: Clause, state: str) -> ConsentNeed:
        rule = self.book.rules.get(clause.rule)
        if rule is None or rule.consent is None:
            nobody = ((f"{self.question.from_}/{LAW_NOT_ON_FILE}", ""),)
            return ConsentNeed(clause, state, (nobody,), None, (), None, (), (), "")
        consent = rule.consent
        reading = self.judgement.reading
        variables = self.judgement.variables(clause.per)
        groups = []
        for group in consent.alternatives:
            seats = []
            for seat in group:
                authority = seat.authority
                if seat.expression is not None:
                    value = seat.expression.evaluate(reading, variables)
                    authority = "?" if isinstance(value, Unknown) or value is NONE else str(value)
                seats.append((authority, seat.procedure))
            groups.append(tuple(seats))
        authorities = tuple(dict.fromkeys(a for group in groups for a, _ in group))
        outlook = consent.outlook
        if consent.outlook_expression is not None:
            value = consent.outlook_expression.evaluate(reading, variables)
            outlook = "" if isinstance(value, Unknown) or value is NONE else str(value)
        last = consent.last_word or (authorities[0] if len(authorities) == 1 else None)
        return ConsentNeed(
            clause,
            state,
            tuple(groups),
            last,
            consent.vetoes or authorities,
            rule,
            self.explanation.chain(clause),
            self.exceptions(clause),
            outlook,
        )

    def exceptions(self, clause: Clause) -> tuple[Exception_, ...]:
        """Return what may lift or cover a clause: lifters of its rules, and permissions."""
        found: dict[str, Rule] = {}
        for link in self.explanation.chain(clause):
            for rule in self.book.lifters.get(link.rule.id, ()):
                found[rule.id] = rule
        for rule in self.book.covering.get(clause.rule, ()):
            found[rule.id] = rule
        return tuple(self.exception(found[name]) for name in sorted(found))

    def exception(self, rule: Rule) -> Exception_:
        """Return whether an exception or permission is worth testing, and what is missing for it."""
        truth = self.judgement.holds(rule)
        missing = tuple(sorted(truth.facts)) if isinstance(truth, Unknown) else ()
        return Exception_(rule, truth is not False, truth is True, missing)

    @cached_property
    def permissions(self) -> tuple[PermissionUse, ...]:
        """Return the permissions and exceptions that cover needs, with their duties."""
        found: dict[str, list[Clause]] = {}
        for need in self.consents:
            for exception in need.exceptions:
                if exception.holds:
                    found.setdefault(exception.rule.id, []).append(need.clause)
        return tuple(
            PermissionUse(
                self.book.rules[name], tuple(clauses), self.judgement.waiting(self.book.rules[name])
            )
            for name, clauses in sorted(found.items())
        )

    @cached_property
    def openings(self) -> tuple[Opening, ...]:
        """Return what may stand in for a consent that is needed: what asks for least first."""
        found: dict[str, list[Clause]] = {}
        for clause, exception in self._beside_what_stands():
            if exception.open and not exception.holds:
                found.setdefault(exception.rule.id, []).append(clause)
        openings = [self._opening(self.book.rules[name], tuple(clauses)) for name, clauses in found.items()]
        return tuple(
            sorted(openings, key=lambda o: (len(o.unknown), len(o.findings) + len(o.before), o.rule.label))
        )

    def _opening(self, rule: Rule, clauses: tuple[Clause, ...]) -> Opening:
        judgement = self.judgement
        findings = tuple(one for one in rule.checklist if judgement.found(rule, one) is not True)
        truth = judgement.holds(rule)
        reading = judgement.reading
        facts = reading.expand(frozenset(truth.facts)) if isinstance(truth, Unknown) else frozenset()
        own = {f"{self.question.thing}/{rule.id}: {finding.id}" for finding in findings}
        return Opening(
            rule,
            clauses,
            findings,
            judgement.waiting(rule),
            tuple(sorted(facts - own)),
            f"unread({rule.id})" in facts,
        )

    @cached_property
    def closed(self) -> tuple[Rule, ...]:
        """Return the permissions that would cover a consent that is needed and do not apply here."""
        day = self.question.as_of
        found = {
            exception.rule.id: exception.rule
            for _, exception in self._beside_what_stands()
            if not exception.open and exception.rule.kind == "permission"
        }
        return tuple(
            rule
            for rule in found.values()
            if self.judgement.covers_act(rule) and rule.period.holds(day) is not False
        )

    def _beside_what_stands(self) -> Iterator[tuple[Clause, Exception_]]:
        """Yield each exception and permission beside a need that stands."""
        for need in self.consents:
            if need.stands:
                yield from ((need.clause, exception) for exception in need.exceptions)

    @cached_property
    def old_tables(self) -> tuple[OldTable, ...]:
        """Return the tables on which it rests that were read longer ago than they are stated to last."""
        used = {a.subject for a in self.assumptions if a.kind == "table"}
        if any(a.kind == "party not listed" for a in self.assumptions):
            used.add("party_lists")
        found = []
        for name in sorted(used):
            table = self.book.table(name)
            if table is None or not table.read:
                continue
            if (self.question.as_of - table.read[-1]).days > table.stale_after:
                found.append(OldTable(name, table.title, table.read[-1], table.stale_after))
        return tuple(found)

    @cached_property
    def looked_at(self) -> tuple[Rule, ...]:
        """Return the rules of the act and day in question that lead to no need and no prohibition."""
        told = {link.rule.id for need in self.consents for link in need.because}
        return tuple(
            rule
            for rule in self.book.kind("regime", "consent", "prohibition")
            if rule.id not in told
            and rule.id not in self.verdict.prohibitions
            and self.judgement.covers_act(rule)
            and self.judgement.in_force(rule) is not False
        )

    @cached_property
    def nobody_else(self) -> tuple[Link, ...]:
        """Return the rules that were looked at and do not reach, with what each saw."""
        return tuple(self.explanation.link(rule) for rule in self.looked_at)

    @cached_property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Return what was taken for granted, once each."""
        _ = self.consents
        taken = [one for one in self.taken if one.kind != "circumstance" or not self._occasion_shown]
        found = {**dict.fromkeys(taken), **self.judgement.reading.assumptions}
        return tuple(sorted(found, key=lambda a: (a.kind, a.subject, a.detail)))

    @property
    def _occasion_shown(self) -> bool:
        """Say whether a person found why it moves, so that a sale is no longer taken for granted."""
        return any(
            finding.circumstance
            and self.question.circumstance not in finding.circumstance.split("|")
            and self.judgement.found(use.rule, finding) is True
            for use in self.permissions
            for finding in use.rule.checklist
        )

    @cached_property
    def strict_outcome(self) -> str:
        """Return the outcome if nothing were assumed or presumed."""
        if self.question.strict or not self.assumptions:
            return self.outcome
        # What the asker left open is known to nobody then.
        open_ended = {"circumstance": None} if any(a.kind == "circumstance" for a in self.taken) else {}
        return self._asked_again(strict=True, **open_ended)

    @cached_property
    def confirmed_outcome(self) -> str | None:
        """Return the outcome counting confirmed facts only; None where no reason is only reported or
        presumed.
        """
        links = [link for need in self.consents for link in need.because if link.truth is True]
        if self.question.bar is Standing.CONFIRMED or not any(
            link.standing < Standing.ASSERTED for link in links
        ):
            return None
        return self._asked_again(bar=Standing.CONFIRMED)

    def _asked_again(self, **changed: Any) -> str:
        """Return the outcome of the question with a change: exact where few facts leave it open, else in
        Kleene values (D16).
        """
        question = replace(self.question, **changed)
        old = self.snapshot
        snapshot = Snapshot(old.facts, old.as_of, old.known, question.bar, question.strict)
        plain = Judgement(Reading(self.book, snapshot, question))
        result = plain.result()
        if not isinstance(result, Unknown):
            return result.outcome
        if len(result.facts) <= MOST_SPLIT_BESIDE:
            return judge(self.book, snapshot, question, nodes=1).outcome
        not_shown = frozenset(rule.id for rule in plain.lifters() if plain.holds(rule) is not True)
        least, most = Judgement(plain.reading, not_shown).bounds()
        return "unknown" if least == 0 and most > 0 else SEVERITY[least]

    @cached_property
    def would_change(self) -> tuple[Change, ...]:
        """Return what would let a need fall."""
        return changes(self)

    @cached_property
    def open_questions(self) -> tuple[OpenQuestion, ...]:
        """Return the facts that would settle it, grouped by who can answer."""
        return () if self.settled else open_questions(self.book, self.snapshot, self.verdict)

    @cached_property
    def quickest(self) -> Reply | None:
        """Return the reply that could end it at once, if there is one."""
        return None if self.settled else quickest(self.verdict, self.open_questions)

    @cached_property
    def named(self) -> tuple[Clause, ...]:
        """Return the clauses that stand although a permission of the same state holds that does not name them
        (D18).
        """
        return tuple(clause for clause, _ in self.unnaming)

    @cached_property
    def unnaming(self) -> tuple[tuple[Clause, Rule], ...]:
        """Return (clause, permission) where a permission of the same state holds but does not name the clause
        (D18).
        """
        found = []
        for clause, state in self.verdict.states.items():
            rule = self.book.rules.get(clause.rule)
            if rule is None or state == "covered":
                continue
            covering = {r.id for r in self.book.covering.get(rule.id, ())}
            for permission in self.book.kind("permission"):
                if (
                    permission.state == rule.state
                    and permission.id not in covering
                    and self.judgement.holds(permission) is True
                ):
                    found.append((clause, permission))
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain data; names are in the language in use."""
        verdict = self.verdict
        return {
            "version": VERSION,
            "question": question_json(self.question),
            "outcome": verdict.outcome,
            "settled": verdict.settled,
            "exact": verdict.exact,
            "on_record": verdict.on_record,
            "could_become": list(verdict.could_become),
            "strict_outcome": self.strict_outcome,
            "confirmed_outcome": self.confirmed_outcome,
            "regimes": dict(verdict.regimes),
            "consents": [self._consent_json(need) for need in self.consents],
            "prohibitions": [
                {
                    "clause": state,
                    "state": self.book.rules[name].state,
                    "because": [self.link_json(self.explanation.link(self.book.rules[name]))],
                }
                for name, state in verdict.prohibitions.items()
            ],
            "permissions": [self._permission_json(use) for use in self.permissions],
            "openings": [self._opening_json(opening) for opening in self.openings],
            "closed": [{"name": rule.label, "rule": rule.id} for rule in self.closed],
            "open_questions": [q.to_json() for q in self.open_questions],
            "quickest": self.quickest.to_json() if self.quickest else None,
            "would_change": [change.to_json() for change in self.would_change],
            "conflicts": self.conflicts(),
            "assumptions": [
                {"kind": a.kind, "subject": a.subject, "detail": a.detail} for a in self.assumptions
            ],
            "old_tables": [
                {"table": t.id, "read": t.read.isoformat(), "lasts_days": t.lasts} for t in self.old_tables
            ],
            "remarks": [
                {"id": r.id, "text": r.text, "source": r.source, "day": _day(r.day)} for r in self.remarks()
            ],
            "nobody_else": [self.link_json(link) for link in self.nobody_else],
            "not_looked_at": self.not_looked_at(),
            "digests": self.digests(),
            "packs": [
                {
                    "id": pack.id,
                    "version": pack.version,
                    "place": pack.place,
                    "replaces": pack.replaces,
                    "signed": pack.signed,
                }
                for pack in self.book.packs
            ],
        }

    def remarks(self) -> list[Any]:
        """Return what was said in public about the thing and changes no rule."""
        known = self.question.known
        return [
            remark
            for remark in self.snapshot.facts.remarks
            if remark.known.holds(known)
            and (remark.day is None or remark.day <= known)
            and remark.about in ("", self.question.thing)
        ]

    def not_looked_at(self) -> list[str]:
        """Return what no pack covers, in the language in use: first of the packs that ask for a consent, then
        of the others.
        """
        asking = {
            need.rule.pack
            for need in self.consents
            if need.rule is not None and need.state.startswith("needed")
        }
        here = {pack.id for pack in self.book.packs if self.question.from_ == pack.state}
        packs = [pack for pack in self.book.packs if self._concerns(pack.id)]
        packs.sort(key=lambda pack: (pack.id not in asking, pack.id not in here, pack.state != "EU"))
        return list(dict.fromkeys(chosen(text) for pack in packs for text in pack.not_looked_at))

    def _concerns(self, pack_id: str) -> bool:
        """Say whether a pack has a rule about the act of this question."""
        return any(
            rule.pack == pack_id and self.judgement.covers_act(rule) for rule in self.book.rules.values()
        )

    def conflicts(self) -> list[dict[str, Any]]:
        """Return facts that contradict one another, and permissions that do not name what stands."""
        reading = self.judgement.reading
        facts = [
            {"kind": "facts", "about": name, "facts": [fact_json(fact) for fact in rivals]}
            for name, rivals in sorted(reading.conflicts.items())
        ]
        rules = [
            {
                "kind": "permission",
                "about": str(clause),
                "rule": permission.id,
                "title": chosen(permission.title),
            }
            for clause, permission in self.unnaming
        ]
        return facts + rules

    def digests(self) -> dict[str, str]:
        """Return the digests by which the same question can be asked again of the same facts and rules."""
        return {
            "facts": self.snapshot.facts.digest,
            **{f"pack {pack.id}": pack.digest for pack in self.book.packs},
        }

    def _consent_json(self, need: ConsentNeed) -> dict[str, Any]:
        return {
            "clause": need.state,
            "rule": str(need.clause),
            "alternatives": [
                [{"authority": a, "procedure": p} for a, p in group] for group in need.alternatives
            ],
            "authority": need.authority,
            "state": need.country,
            "last_word": need.last_word,
            "vetoes": list(need.vetoes),
            "asked_by": list(need.rule.consent.asked_by) if need.rule and need.rule.consent else [],
            "claim": need.rule.consent.claim if need.rule and need.rule.consent else "",
            "papers": [chosen(p) for p in need.rule.consent.papers]
            if need.rule and need.rule.consent
            else [],
            "outlook": need.outlook,
            "usual_time": _time_json(need.rule),
            "standing": need.standing.word,
            "exceptions": [
                {"name": e.rule.label, "rule": e.rule.id, "open": e.open, "missing": list(e.missing)}
                for e in need.exceptions
            ],
            "because": [self.link_json(link) for link in need.because],
        }

    def _permission_json(self, use: PermissionUse) -> dict[str, Any]:
        return {
            "name": use.rule.label,
            "rule": use.rule.id,
            "title": chosen(use.rule.title),
            "citation": use.rule.citation.text,
            "covers": [str(clause) for clause in use.covers],
            "duties": [
                {**self._duty_json(duty), "done": duty.when == "before" and duty not in use.waiting}
                for duty in use.rule.duties
            ],
        }

    def _opening_json(self, opening: Opening) -> dict[str, Any]:
        return {
            "name": opening.rule.label,
            "rule": opening.rule.id,
            "title": chosen(opening.rule.title),
            "citation": opening.rule.citation.text,
            "covers": [str(clause) for clause in opening.covers],
            "findings": [{"id": one.id, "text": chosen(one.text)} for one in opening.findings],
            "before": [self._duty_json(duty) for duty in opening.before],
            "after": [self._duty_json(duty) for duty in opening.rule.duties if duty.when == "after"],
            "unknown": list(opening.unknown),
            "unread": opening.unread,
        }

    def _duty_json(self, duty: Duty) -> dict[str, Any]:
        return {
            "id": duty.id,
            "what": chosen(duty.what),
            "to": self.duty_to(duty),
            "who": duty.who,
            "when": duty.when,
            "days": duty.days,
        }

    def duty_to(self, duty: Duty) -> str:
        """Return whom a duty is owed to."""
        if duty.to_expression is None:
            return duty.to
        value = duty.to_expression.evaluate(self.judgement.reading, self.judgement.variables())
        return "" if isinstance(value, Unknown) or value is NONE else str(value)

    def link_json(self, link: Link) -> dict[str, Any]:
        """Return one link of a chain as plain data."""
        shown = dict(link.shown)
        return {
            "rule": link.rule.id,
            "family": link.rule.family,
            "state": link.rule.state,
            "title": chosen(link.rule.title),
            "citation": link.rule.citation.text,
            "reaches": "unknown" if isinstance(link.truth, Unknown) else "yes" if link.truth else "no",
            "standing": link.standing.word,
            "path": [[step_json(step) for step in path] for path in link.paths],
            "limit": None if link.limit is None or isinstance(link.limit, Unknown) else decimal(link.limit),
            "limit_kind": link.limit_kind or None,
            "counted": counted_json(link.counted),
            "row": plain(shown.get("row")),
            "columns_checked": plain(shown.get("columns_checked")),
            "columns_marked": plain(shown.get("columns_marked")),
            "terms": list(dict.fromkeys(term.family for term in link.terms)),
            "facts": [fact_json(fact) for fact in link.facts],
            "missing": list(link.missing),
        }


def _time_json(rule: Rule | None) -> dict[str, Any] | None:
    time = rule.consent.usual_time if rule is not None and rule.consent is not None else None
    if time is None:
        return None
    return {
        "days": time.days,
        "kind": "working" if time.working else "calendar",
        "text": chosen(time.text),
        "citation": time.citation.text,
    }


def question_json(question: Question) -> dict[str, Any]:
    """Return a question as plain data."""
    value = question.value
    return {
        "thing": question.thing,
        "act": question.act,
        "from": question.from_,
        "to": question.to,
        "as_of": question.as_of.isoformat(),
        "known": question.known.isoformat(),
        "end_use": question.end_use,
        "end_use_text": question.end_use_text,
        "end_user": question.end_user,
        "value": {"amount": decimal(value.amount), "currency": value.currency}
        if isinstance(value, Money)
        else None,
        "quantity": None if question.quantity is None else decimal(question.quantity),
        "route": list(question.route),
        "parties": [
            {"id": p.id, "role": p.role, **{k: plain(v) for k, v in p.facts.items()}}
            for p in question.parties
        ],
        "circumstance": question.circumstance,
        "standing": question.bar.word,
        "strict": question.strict,
    }


def fact_json(fact: Fact) -> dict[str, Any]:
    """Return a fact as plain data."""
    return {
        "about": fact.about,
        "attribute": fact.attribute,
        "value": plain(fact.value.fields if fact.kind == "element" else fact.value),
        "id": fact.id,
        "source": fact.source,
        "said_by": fact.said_by,
        "standing": fact.standing.word,
        "where": str(fact.where),
    }


def step_json(step: Step) -> dict[str, Any]:
    """Return one step of a path as plain data."""
    return {"how": step.how, "to": step.to, "share": None if step.share is None else decimal(step.share)}


def counted_json(counted: tuple[Fraction, Fraction | None] | None) -> Any:
    """Return a counted share: one number, or {"at_least", "at_most"} where facts leave it open."""
    if counted is None:
        return None
    low, high = counted
    if low == high:
        return decimal(low)
    return {"at_least": decimal(low), "at_most": None if high is None else decimal(high)}


def decimal(number: Fraction) -> str:
    """Return an exact number as a decimal, or as a fraction like 1/3 where it has no end.

    >>> decimal(Fraction(1, 4)), decimal(Fraction(1, 3))
    ('0.25', '1/3')
    """
    number = Fraction(number)
    left = number.denominator
    for prime in (2, 5):
        while left % prime == 0:
            left //= prime
    if left != 1:
        return f"{number.numerator}/{number.denominator}"
    digits = 0
    while (number * 10**digits).denominator != 1:
        digits += 1
    whole = abs(int(number * 10**digits))
    text = str(whole).rjust(digits + 1, "0")
    sign = "-" if number < 0 else ""
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it; unknown is null."""
    if value is None or isinstance(value, Unknown):
        return None
    if value is NONE:
        return "none"
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction):
        return decimal(value)
    if isinstance(value, Money):
        return f"{decimal(value.amount)} {value.currency}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return str(value)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
