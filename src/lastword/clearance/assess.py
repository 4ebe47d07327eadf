"""Assess a request: ask the one question for each of its items, and say which consents are needed for sure.

The answer is always computed on the full facts. What a request says of its parties counts beside what the facts say, never
against it, and nobody asserts that a party is on no list: that is looked up.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import rfc8785

from lastword.answers.answer import ConsentNeed, plain
from lastword.cases.assessment import Assessed, Assessment
from lastword.cases.case import Case
from lastword.cases.procedure import ANY_AUTHORITY, Procedure, preliminary_for, procedure_for
from lastword.cases.request import Item, Request, Salted
from lastword.errors import InputError, Problem, Where
from lastword.facts.fact import Fact, Money
from lastword.facts.question import Party, Question
from lastword.facts.schema import CIRCUMSTANCES, PARTY, ROLES
from lastword.facts.unknown import NONE, Unknown
from lastword.files.places import country
from lastword.files.suggestion import did_you_mean, unknown_word
from lastword.files.values import Refused, money, parsed

if TYPE_CHECKING:
    from lastword.answers.answer import Answer
    from lastword.answers.explain import Link
    from lastword.workspace import Workspace

_STANDS: Final = ("needed", "needed_unless")
_LOOKED_UP: Final = ("listed", "informed_by")
"""What the world says of a party; an applicant may own up to it, and not deny it."""
_NOBODY: Final = "?"
"""An authority that could not be found out."""


def assess(
    workspace: Workspace,
    request: Request,
    fields: Mapping[str, Salted],
    procedures: Sequence[Procedure],
    *,
    day: date,
    known: date,
    facts: int,
    rules: int,
    salt: str = "",
) -> Assessment:
    """Return what the answer says about a request as of ``day``, as far as was known on ``known``.

    ``fields``: all fields of the request with their values. ``facts``, ``rules``: numbers of the loads that ``workspace``
    is. ``salt``: of the digests; the same for all rounds of a case (``salt_of``), so that they can be compared; else the
    request's digest. It is settled if no missing fact can add a consent or a prohibition; one that could only take a consent
    away is for the applicant to show. Raises InputError: a thing that nobody knows, a party or value that cannot be read.
    """
    salt = salt or request.digest
    _check(workspace, request)
    parties = parties_of(workspace, request, fields)
    found = _Found(salt, procedures, request.preliminary)
    for item in request.items:
        for question in _questions(workspace, request, fields, item, parties, day, known):
            found.take(item.id, workspace.ask(question))
    consents, needs = found.consents()
    return Assessment(
        day=day,
        facts=facts,
        rules=rules,
        outcomes=found.outcomes,
        consents=consents,
        needs=needs,
        settled=found.settled,
        prohibitions=tuple(sorted(found.prohibitions)),
        facts_digest=_salted(salt, "facts", workspace.facts.digest),
        rules_digest=rules_digest(workspace),
    )


def salt_of(case: Case | None, request: Request) -> str:
    """Return the salt of a case's bases: the digest of its first request, so that later rounds can be compared."""
    return request.digest if case is None else case.requests[0].digest


def rules_digest(workspace: Workspace) -> str:
    """Return the SHA-256 in hex over the digests of all packs in use."""
    lines = sorted(f"{pack.id}\0{pack.digest}" for pack in workspace.book.packs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


# -- the question --------------------------------------------------------------------------------------------


def _questions(
    workspace: Workspace,
    request: Request,
    fields: Mapping[str, Salted],
    item: Item,
    parties: tuple[Party, ...],
    day: date,
    known: date,
) -> Iterator[Question]:
    """Return the question about an item; a second one where the value of the whole order is another than the item's.

    A share of a thing is counted of its own value, a limit by order of the value of the order: what either asks for is
    needed. The quantity counts in the unit in which the facts tell the value of the thing.
    """
    own = _value(item)
    text = fields.get("end_use_text")
    circumstance = request.circumstance or None
    if circumstance is not None and circumstance not in CIRCUMSTANCES:
        raise _wrong("circumstance", *unknown_word("a circumstance", circumstance, CIRCUMSTANCES))
    question = Question(
        thing=item.thing,
        act=request.act,
        from_=request.from_,
        to=request.to,
        as_of=day,
        known=known,
        end_use=request.end_use or "unknown",
        end_use_text=str(text.value) if text is not None else "",
        end_user=next((party.id for party in parties if party.role == "end_user"), ""),
        value=own,
        quantity=Fraction(item.quantity),
        route=request.route,
        parties=parties,
        circumstance=circumstance,
    )
    yield question
    if len(request.items) > 1:
        whole = _whole(workspace, request, question)
        if whole is not None and whole != own:
            yield replace(question, value=whole)


def _check(workspace: Workspace, request: Request) -> None:
    """Raise InputError for a thing that nobody knows and a place that is none.

    Whoever files need not know what else there is, so nothing is suggested. A place that no table knows by that word would
    be on no list, and free.
    """
    problems = [
        Problem(Where(f"item.{item.id}"), f"there is no thing `{item.thing}` here", "name it by its id")
        for item in request.items
        if workspace.facts.kinds.get(item.thing) != "thing"
    ]
    for name, place in (
        ("from", request.from_),
        ("to", request.to),
        *(("route", one) for one in request.route),
    ):
        if country(place) != place:
            meant = country(place)
            mend = f"write `{meant}`" if meant else "use an ISO code such as DE"
            problems.append(Problem(Where(name), f"`{place}` is no code of a country", mend))
    if problems:
        raise InputError(problems)


def _value(item: Item) -> Money | None:
    if not item.value:
        return None
    try:
        return money(item.value)
    except Refused as refused:
        raise _wrong(f"item.{item.id}", f"`value`: {refused.what}", refused.mend) from None


def _whole(workspace: Workspace, request: Request, question: Question) -> Money | None:
    """Return the value of all items together, None if it is not known of each."""
    snapshot = workspace.snapshot(question)
    rates = {workspace.facts.base: Fraction(1), **workspace.facts.rates}
    total = Fraction(0)
    currencies = set()
    for item in request.items:
        value = _value(item)
        if value is None:
            each = snapshot.cell(item.thing, "value", question.scope).value
            if not isinstance(each, Money):
                return None
            value = Money(each.amount * Fraction(item.quantity), each.currency)
        if value.currency not in rates:
            return None
        currencies.add(value.currency)
        total += value.amount * rates[value.currency]
    # One currency stays as it is: a conversion there and back would not.
    currency = currencies.pop() if len(currencies) == 1 else workspace.facts.base
    return Money(total / rates[currency], currency)


def parties_of(workspace: Workspace, request: Request, fields: Mapping[str, Salted]) -> tuple[Party, ...]:
    """Return the parties of a request: those that the facts know by id or name, and others by their name.

    Raises InputError for a party whose field is not there or cannot be read.
    """
    found = []
    problems: list[Problem] = []
    for party in request.parties:
        salted = fields.get(party.field)
        try:
            if salted is None or not isinstance(salted.value, Mapping):
                raise _wrong(party.field, "says nothing of the party", 'give {"role": ..., "name": ...}')
            found.append(_party(workspace, party.role, party.field, salted.value))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(found)


def _party(workspace: Workspace, role: str, name: str, told: Mapping[str, Any]) -> Party:
    if role not in ROLES:
        raise _wrong(name, *unknown_word("a role", role, ROLES))
    called = str(told.get("id") or told.get("name") or "").strip()
    if not called:
        raise _wrong(name, "names nobody", "give the `id` of a party of the facts, or a `name`")
    ident = _known(workspace, called)
    if workspace.facts.kinds.get(ident) == "thing":
        raise _wrong(name, f"`{called}` is a thing, not a party", "name a person or firm")
    said: dict[str, Any] = {}
    for key, raw in told.items():
        if key in ("id", "role"):
            continue
        if key not in PARTY:
            raise _wrong(name, f"unknown field `{key}` of a party", did_you_mean(key, PARTY))
        try:
            said[key] = parsed(key, PARTY[key], raw)
        except Refused as refused:
            raise _wrong(name, f"`{key}`: {refused.what}", refused.mend) from None
    stated = {fact.attribute for fact in workspace.facts.facts if fact.about == ident and fact.kind == "cell"}
    said = {
        key: value
        for key, value in said.items()
        if key not in stated and not (key in _LOOKED_UP and value is NONE)
    }
    return Party(ident, role, said)


def _known(workspace: Workspace, called: str) -> str:
    """Return the id of the one party of the facts that is meant, else what it is called."""
    facts = workspace.facts
    if facts.kinds.get(called) == "party":
        return called
    meant = [
        ident
        for ident, kind in facts.kinds.items()
        if kind == "party"
        and called.casefold() in (one.casefold() for one in facts.names.get(ident, {}).values())
    ]
    return meant[0] if len(meant) == 1 else called


def _wrong(name: str, what: str, mend: str = "") -> InputError:
    return InputError(Problem(Where(name), what, mend))


# -- what the answers say ------------------------------------------------------------------------------------


@dataclass
class _Part:
    """What speaks of one consent: for which items, by which rules, and the reasons."""

    authority: str
    word: str
    items: dict[str, None] = field(default_factory=dict)
    rules: dict[str, None] = field(default_factory=dict)
    reasons: list[Any] = field(default_factory=list)
    lifts: Procedure | None = None


@dataclass
class _Found:
    """Gathers what the answers of all items say."""

    salt: str
    procedures: Sequence[Procedure]
    preliminary: bool
    settled: bool = True
    outcomes: dict[str, str] = field(default_factory=dict)
    parts: dict[str, _Part] = field(default_factory=dict)
    needs: dict[tuple[tuple[str, ...], ...], None] = field(default_factory=dict)
    prohibitions: set[str] = field(default_factory=set)

    def take(self, item: str, answer: Answer) -> None:
        """Take the answer about an item; the graver one where there are two."""
        before = self.outcomes.get(item)
        order = ("free", "pending", "consent", "unknown", "prohibited")
        word = answer.outcome
        self.outcomes[item] = word if before is None else max(before, word, key=order.index)
        # What a missing fact could only take away, such as a general licence that nobody claimed, leaves it settled.
        if word == "unknown" or any(
            order.index(one) > order.index(word) for one in answer.verdict.could_become
        ):
            self.settled = False
        for need in answer.consents:
            if need.stands:
                self._need(item, answer, need)
            elif need.state == "possible":
                self.settled = False
        for name, state in answer.verdict.prohibitions.items():
            if state in _STANDS:
                self._prohibition(item, answer, name, state)
            else:
                self.settled = False

    def _need(self, item: str, answer: Answer, need: ConsentNeed) -> None:
        groups = tuple(group for group in need.alternatives if all(a != _NOBODY for a, _ in group))
        if need.rule is None or not groups:
            # No pack holds the law, or a missing fact would name the authority: nobody to ask yet.
            self.settled = False
            return
        reason = {"item": item, **consent_reasons(answer, need)}
        keys = []
        for group in groups:
            for authority, word in group:
                part = self._part(authority, word)
                part.items[item] = None
                part.rules[need.clause.rule] = None
                part.reasons.append(reason)
            keys.append(tuple(dict.fromkeys(key_of(authority, word) for authority, word in group)))
        self.needs[tuple(dict.fromkeys(keys))] = None

    def _prohibition(self, item: str, answer: Answer, name: str, state: str) -> None:
        rule = answer.book.rules[name]
        office = rule.lifted_by_office
        lifting = [
            one
            for one in self.procedures
            if name in one.lifts
            and one.preliminary == self.preliminary
            and (ANY_AUTHORITY not in one.authorities or office)
        ]
        if not lifting:
            self.prohibitions.add(name)
            return
        # The office that the rule names goes first, then the first procedure by name: one has to be asked.
        procedure = min(lifting, key=lambda one: (office not in one.authorities, one.id))
        open_to = office in procedure.authorities or ANY_AUTHORITY in procedure.authorities
        authority = office if open_to else procedure.authorities[0]
        word = procedure.procedures[0] if procedure.procedures else ""
        part = self._part(authority, word)
        part.items[item] = None
        part.rules[name] = None
        part.reasons.append(
            {
                "item": item,
                "prohibition": name,
                "state": state,
                "because": [_link(answer.explanation.link(rule))],
            }
        )
        part.lifts = procedure.at(authority)
        self.needs[((key_of(authority, word),),)] = None

    def _part(self, authority: str, word: str) -> _Part:
        return self.parts.setdefault(key_of(authority, word), _Part(authority, word))

    def consents(self) -> tuple[tuple[Assessed, ...], tuple[tuple[tuple[str, ...], ...], ...]]:
        """Return the consents by key, and the needs.

        A preliminary question goes to the authorities that answer one; if there are none, to all, without a procedure.
        """
        made = {key: self._assessed(key, part) for key, part in sorted(self.parts.items())}
        if self.preliminary and any(one.procedure is not None for one in made.values()):
            made = {key: one for key, one in made.items() if one.procedure is not None}
        needs = []
        for need in self.needs:
            groups = tuple(group for group in need if all(key in made for key in group))
            if groups:
                needs.append(groups)
        return tuple(made.values()), tuple(sorted(needs))

    def _assessed(self, key: str, part: _Part) -> Assessed:
        way = preliminary_for if self.preliminary else procedure_for
        procedure = part.lifts or way(self.procedures, part.authority, part.word)
        told = [rfc8785.dumps(reason) for reason in part.reasons]
        basis = b"\n".join(sorted(set(told)))
        return Assessed(
            key=key,
            authority=part.authority,
            items=tuple(part.items),
            rules=tuple(sorted(part.rules)),
            basis=hmac.new(self.salt.encode(), key.encode() + b"\0" + basis, hashlib.sha256).hexdigest(),
            procedure=procedure,
            lifts=part.lifts is not None,
        )


def key_of(authority: str, word: str) -> str:
    """Return the key of a consent, e.g. ``DE/BAFA:single-licence``."""
    return f"{authority}:{word}"


def consent_reasons(answer: Answer, need: ConsentNeed) -> dict[str, Any]:
    """Return the part of an answer that speaks of one consent, as plain data without words of any language.

    It changes with the law, the facts and their firmness, and with nothing else: not with the day of asking, the files in
    which facts stand, or the ages of tables.
    """
    consent = need.rule.consent if need.rule is not None else None
    return {
        "clause": str(need.clause),
        "state": need.state,
        "alternatives": [[[authority, word] for authority, word in group] for group in need.alternatives],
        "last_word": need.last_word,
        "vetoes": list(need.vetoes),
        "asked_by": list(consent.asked_by) if consent is not None else [],
        "claim": consent.claim if consent is not None else "",
        "papers": [dict(paper) for paper in consent.papers] if consent is not None else [],
        "outlook": need.outlook,
        "standing": need.standing.word,
        "exceptions": [[e.rule.id, e.open, list(e.missing)] for e in need.exceptions],
        "because": [_link(link) for link in need.because],
    }


def _link(link: Link) -> dict[str, Any]:
    limit = link.limit
    counted = link.counted
    return {
        "rule": link.rule.id,
        "citation": link.rule.citation.text,
        "reaches": "unknown" if isinstance(link.truth, Unknown) else bool(link.truth),
        "standing": link.standing.word,
        "paths": [[[step.how, step.to, plain(step.share)] for step in path] for path in link.paths],
        "limit": None if limit is None or isinstance(limit, Unknown) else [plain(limit), link.limit_kind],
        "counted": None if counted is None else [plain(counted[0]), plain(counted[1])],
        "shown": [[name, steady(value)] for name, value in link.shown],
        "facts": sorted((_fact(fact) for fact in link.facts), key=rfc8785.dumps),
        "missing": sorted(link.missing),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    value = fact.value.fields if fact.kind == "element" else fact.value
    return {
        "about": fact.about,
        "attribute": fact.attribute,
        "value": steady(value),
        "id": fact.id,
        "source": fact.source,
        "said_by": fact.said_by,
        "standing": fact.standing.word,
    }


def steady(value: Any) -> Any:
    """Return a value as plain data, whatever the order in which a set in it is walked."""
    if isinstance(value, frozenset | set):
        return sorted((steady(one) for one in value), key=str)
    if isinstance(value, Mapping):
        return {str(key): steady(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [steady(one) for one in value]
    return plain(value)


def _salted(salt: str, name: str, digest: str) -> str:
    return hmac.new(salt.encode(), f"{name}\0{digest}".encode(), hashlib.sha256).hexdigest()
