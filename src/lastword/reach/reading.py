"""Reading the facts and tables for one question: what a condition is asked of.

A ``Reading`` holds the facts as they are, plus the cases that a case split has given to unknown ones
(D16). Every unknown value names the missing facts behind it; what each of them is stands in ``missing``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import islice
from typing import Any, Final, Literal

from lastword.facts.code import ANY, on
from lastword.facts.fact import Fact, Money
from lastword.facts.question import Question, all_parties
from lastword.facts.schema import LISTS, NEEDS
from lastword.facts.snapshot import Cell, Closing, Element, Snapshot
from lastword.facts.unknown import NONE, Nothing, Truth, Unknown, all_of, any_of, negate, unknown
from lastword.reach.builtin import BUILT_IN, owners_of
from lastword.reach.content import NO_FACTS, Counted, Occurrence
from lastword.reach.parts import Walk, walk
from lastword.reach.subject import YES_NO, Assumption, Missing, Resolved, Subject
from lastword.rules.book import Book
from lastword.rules.rule import Dated, Term


class Reading:
    """Answers conditions for one question (the World of rules.condition)."""

    def __init__(
        self,
        book: Book,
        snapshot: Snapshot,
        question: Question,
        *,
        on_record: bool = False,
        missing: dict[str, Missing] | None = None,
        given: Mapping[str, Any] | None = None,
        on_file: Reading | None = None,
    ) -> None:
        """Prepare; nothing is read before a condition asks.

        ``given``: the cases of a completion, by fact id. ``on_file``: the reading without cases and not on
        the record, if this is not it.
        """
        self.book = book
        self.snapshot = snapshot
        self.question = question
        self.on_record = on_record
        self.missing = {} if missing is None else missing
        self.given = dict(given or {})
        self.assumptions: dict[Assumption, None] = {}
        self.conflicts: dict[str, tuple[Fact, ...]] = {}
        self.inferred: dict[str, str] = {}
        self.regime: Callable[[str], Truth] = lambda _: False
        self.on_file = on_file
        self.cache: dict[Any, Any] = {}
        self._open: dict[Any, Unknown] = {}
        self._scanned = 0
        self.counts: dict[tuple[str, int], Counted] = {}
        self.tree: Occurrence | None = None
        self._climbing = False
        self._scope = question.scope
        self.thing = Subject("thing", question.thing)
        self.variables: dict[str, Any] = {
            "thing": self.thing,
            "question": self._asked(),
            "from": question.from_,
            "to": question.to,
            "act": question.act,
            "end_use": question.end_use,
            "as_of": question.as_of,
        }

    def _asked(self) -> Subject:
        q = self.question
        fields: dict[str, Any] = {
            "from": q.from_,
            "to": q.to,
            "act": q.act,
            "end_use": q.end_use,
            "as_of": q.as_of,
            "route": q.route,
            "parties": q.parties,
        }
        if q.quantity is not None:
            fields["quantity"] = q.quantity
        return Subject("question", "question", fields)

    def suppose(self, fact: str, case: Any) -> Reading:
        """Return this reading with one unknown fact given a case. What did not depend on it is kept.

        A known value never changes when more is known, so only unknown ones that name the fact are read
        again.
        """
        touched = {fact} | {m.id for m in self.missing.values() if fact in m.covers}
        other = Reading(
            self.book,
            self.snapshot,
            self.question,
            on_record=self.on_record,
            missing=self.missing,
            given={**self.given, fact: case},
        )
        other.assumptions, other.conflicts = self.assumptions, self.conflicts
        other.inferred = self.inferred
        other.cache = self.cache.copy()
        for key, value in self._open_entries().items():
            if touched.isdisjoint(value.facts):
                other._open[key] = value
            else:
                del other.cache[key]
        other.on_file = self.on_file or self
        # A code that is on file but too short is known and yet has cases (R5).
        cell = tuple(fact.rsplit("/", 1))
        for known in (cell, ("stated", *cell)):
            other.cache.pop(known, None)
            other._open.pop(known, None)
        other.tree = self.tree
        if fact in self.missing and self.missing[fact].kind == "element":
            other.cache = {key: value for key, value in other.cache.items() if not isinstance(value, Walk)}
        other._scanned = len(other.cache)
        return other

    def _open_entries(self) -> dict[Any, Unknown]:
        """Return what is unknown in the cache. Only what was added since the last time is looked through: a
        cache keeps its order, and nothing in it is replaced.
        """
        for key, value in islice(self.cache.items(), self._scanned, None):
            if isinstance(value, Unknown):
                self._open[key] = value
        self._scanned = len(self.cache)
        return self._open

    def lack(self, missing: Missing) -> Any:
        """Return the case given to a missing fact, or Unknown because of it."""
        if missing.id in self.given:
            return self.given[missing.id]
        self.missing.setdefault(missing.id, missing)
        return unknown(missing.id)

    def assume(self, assumption: Assumption, value: Any, cases: tuple[Any, ...] = (), about: str = "") -> Any:
        """Return a value that is only assumed or presumed; under ``--strict`` it is unknown (D2, D4).

        ``about``: what it is assumed of, if the assumption names it less closely.
        """
        if not self.question.strict:
            self.assumptions[assumption] = None
            return value
        name = f"assumed {assumption.kind}: {about or assumption.subject}"
        return self.lack(
            Missing(name, "assumed", assumption.subject, assumption.kind, cases, assumption.detail)
        )

    # -- the World of a condition -----------------------------------------------------------------------

    def fact_id(self, subject: Any, name: str) -> str:
        """Return the id of the fact that ``subject.name`` reads."""
        return f"{subject.id}/{name}" if isinstance(subject, Subject) else str(name)

    def attribute(self, subject: Subject, name: str) -> Any:
        """Return one field of a subject: value, NONE or Unknown."""
        if name in subject.fields:
            value = subject.fields[name]
            return unknown(f"{subject.id}/{name}") if value is None else value
        if subject.hidden is not None:
            return self._hidden(subject, name)
        if subject.kind == "question":
            return self._asked_field(name)
        if subject.kind in ("step", "licence"):
            return self._entry_field(subject, name)
        return self.cell(subject, name)

    def _hidden(self, subject: Subject, name: str) -> Any:
        if name in (subject.hidden or ()):
            fld = self.book.fields.get(name)
            return False if fld is not None and fld.kind == "yes-no" else NONE
        return unknown(f"{subject.id}/{name}")

    def _entry_field(self, subject: Subject, name: str) -> Any:
        listed = {"step": "custody", "licence": "licences"}[subject.kind]
        fld = LISTS[listed].get(name)
        cases = fld.words if fld and fld.words else YES_NO if fld and fld.kind == "yes-no" else ()
        if fld is not None and fld.kind == "place":
            cases = self.book.cases("thing", name)
        return self.lack(Missing(f"{subject.id}/{name}", "cell", subject.id, name, cases))

    def _asked_field(self, name: str) -> Any:
        if name == "value":
            return self._order_value()
        if name == "circumstance":
            return self.question.circumstance or unknown("question/circumstance")
        return self.lack(Missing(f"question/{name}", "question", "question", name))

    def _order_value(self) -> Any:
        money = self.question.value
        if isinstance(money, Nothing):
            return NONE
        if money is None:
            value = self.cell(self.thing, "value")
            if not isinstance(value, Money):
                return self.lack(Missing("question/value", "question", "question", "value"))
            money = value
            if self.question.quantity is not None:
                money = Money(value.amount * self.question.quantity, value.currency)
        return self.in_currency(money, "USD")

    def in_currency(self, money: Money, currency: str) -> Any:
        """Return an amount in another currency by the rates on file, else Unknown."""
        facts = self.snapshot.facts
        rates = {facts.base: Fraction(1), **facts.rates}
        if money.currency == currency:
            return money.amount
        if money.currency in rates and currency in rates:
            return money.amount * rates[money.currency] / rates[currency]
        wanted = currency if currency not in rates else money.currency
        return self.lack(Missing(f"rate/{wanted}", "question", "rate", wanted))

    def known_origin(self, thing: str) -> str | None:
        """Return where a thing comes from if that is stated and the same for every question, else None."""
        origins = self.snapshot.origins
        if thing not in origins:
            stated = self.snapshot.cell(thing, "origin", {})
            fixed = isinstance(stated.value, str) and not any(fact.scope for fact in stated.facts)
            origins[thing] = stated.value if fixed and not self.snapshot.scoped(thing, "origin") else None
        return origins[thing]

    def cell(self, subject: Subject, name: str) -> Any:
        """Return an attribute of a thing or party: stated, implied, inferred, looked up, or unknown."""
        key = (subject.id, name)
        if self._climbing:
            # A ladder stands on what was stated, never on another ladder (R3).
            key = ("stated", *key)  # type: ignore[assignment]
        try:
            return self.cache[key]
        except KeyError:
            value = self.cache[key] = self._cell(subject, name)
            return value

    def _cell(self, subject: Subject, name: str) -> Any:
        if self.given:
            fact_id = f"{subject.id}/{name}"
            if fact_id in self.given:
                return self.given[fact_id]
        key = (self.thing.id, subject.id, name, self._climbing)
        kept: Resolved | None = self.snapshot.resolved.get(key)
        if kept is None:
            return self._resolve(subject, name, key)
        if kept.missing is not None:
            self.missing.setdefault(kept.missing.id, kept.missing)
        if kept.assumption is not None:
            self.assumptions[kept.assumption] = None
        if kept.ladder:
            self.inferred[f"{subject.id}/{name}"] = kept.ladder
        return kept.value

    def _resolve(self, subject: Subject, name: str, key: tuple[str, str, str, bool]) -> Any:
        """Work out an attribute, and keep with the facts what is the same for every question."""
        value = self._work_out(subject, name)
        if (
            subject.kind == "party"
            or self.given
            or self.question.strict
            or name in ("usd_value", "value")
            or f"{subject.id}/{name}" in self.conflicts
            or self.snapshot.scoped(subject.id, name)
            or not self.book.ladders_ask_thing_only(name)
        ):
            return value
        fact_id = f"{subject.id}/{name}"
        presumed = [a for a in self.assumptions if a.kind == "ladder" and a.subject == subject.id]
        self.snapshot.resolved[key] = Resolved(
            value,
            self.missing.get(fact_id) if isinstance(value, Unknown) else None,
            next((a for a in presumed if (name, a.detail) in self.book.ladder_gives), None)
            if not isinstance(value, Unknown)
            else None,
            self.inferred.get(fact_id, ""),
        )
        return value

    def _work_out(self, subject: Subject, name: str) -> Any:
        fact_id = f"{subject.id}/{name}"
        if name == "usd_value":
            value = self.cell(subject, "value")
            return self.in_currency(value, "USD") if isinstance(value, Money) else value
        cell = self.snapshot.cell(subject.id, name, self._scope)
        if not isinstance(cell.value, Unknown):
            return cell.value
        if cell.rivals and len({fact.value for fact in cell.rivals}) > 1:
            self.conflicts[fact_id] = cell.rivals
            return self._lacking_cell(subject, name, cell)
        if self.snapshot.disputed(subject.id, name, self._scope):
            return self._lacking_cell(subject, name, cell)
        for infer in (self._implied, self._by_ladder, self._looked_up):
            value = infer(subject, name)
            if value is not None:
                return value
        return self._lacking_cell(subject, name, cell)

    def _lacking_cell(self, subject: Subject, name: str, cell: Cell) -> Any:
        among = cell.value.among
        cases = self.book.cases(subject.kind, name)
        if among:
            cases = tuple(dict.fromkeys(case for one in among for case in self._long_enough(one, cases)))
        value = self.lack(Missing(f"{subject.id}/{name}", "cell", subject.id, name, cases))
        return Unknown(value.facts, among) if isinstance(value, Unknown) and among else value

    @staticmethod
    def _long_enough(one: Any, cases: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a stated value; instead of a code too short for some test the codes below it, and one other
        below it (R5).
        """
        codes = [case for case in cases if isinstance(case, str)]
        if not isinstance(one, str) or all(_on(one, code) is not None for code in codes):
            return (one,)
        below = tuple(code for code in codes if _below(code, one))
        return (
            below if ANY in one else (*below, "|".join(f"{part.strip()}.~other" for part in one.split("|")))
        )

    def _implied(self, subject: Subject, name: str) -> Any:
        """Return ``none`` where a declaration "at any depth" of something above says so (D3)."""
        if subject.kind == "party":
            return None
        if name in self.whole(self.thing.id).inherited(subject.id, "contains").terms:
            fld = self.book.fields.get(name)
            return False if fld is not None and fld.kind == "yes-no" else NONE
        return None

    def _by_ladder(self, subject: Subject, name: str) -> Any:
        ladders = () if self._climbing else self.book.ladders.get(name, ())
        for ladder, value in sorted(ladders, key=lambda pair: pair[0].presumed):
            self._climbing = True
            try:
                climbs = ladder.when.evaluate(self, {**self.variables, "thing": subject}) is True
            finally:
                self._climbing = False
            if climbs:
                if ladder.presumed and self.question.strict:
                    continue
                if ladder.presumed:
                    return self.assume(Assumption("ladder", subject.id, ladder.id), value)
                self.inferred[f"{subject.id}/{name}"] = ladder.id
                return value
        if name == "columns":
            return NONE  # chart columns are an aid for reading; a thing without stated ones has those of its number
        return None

    def _looked_up(self, subject: Subject, name: str) -> Any:
        """Return what the shipped party lists say, or that the asker has named everything (R14)."""
        if subject.kind != "party":
            return None
        if name == "listed":
            table = self.book.tables.get("party_lists")
            asked = subject.fields.get("name") or self.snapshot.value(subject.id, "name")
            named = asked if isinstance(asked, str) else subject.id
            found = table.find((_folded(named),), self.question.as_of) if table else None
            if found is not None and found.status == "found" and found.value:
                return found.value
            return self.assume(
                Assumption("party not listed", subject.id, named), NONE, self.book.cases("party", name)
            )
        if name == "kind" and self.question.end_use == "civil":
            return self.assume(
                Assumption("party a firm", subject.id), "company", self.book.cases("party", name)
            )
        if name == "informed_by":
            return self.assume(
                Assumption("nobody informed", subject.id), NONE, self.book.cases("party", name)
            )
        return None

    def table(self, name: str, keys: tuple[str, ...]) -> Any:
        """Return a row of a table for the day of the question."""
        key = ("table", name, *keys)
        try:
            return self.cache[key]
        except KeyError:
            value = self.cache[key] = self._table(name, keys)
            return value

    def _table(self, name: str, keys: tuple[str, ...]) -> Any:
        table = self.book.tables[name]
        found = table.find(tuple(str(k) for k in keys), self.question.as_of)
        cases = YES_NO if table.type == "yes-no" else ()
        if found.status != "found":
            label = f"table {name}: {', '.join(str(k) for k in keys)}"
            return self.lack(Missing(label, "table", name, found.status, cases))
        if found.assumed:
            return self.assume(
                Assumption("table", name), found.value, cases, f"{name}: {', '.join(str(k) for k in keys)}"
            )
        return found.value

    def on(self, subject: Subject, list_name: str, pattern: str) -> Truth:
        """Say whether the code of ``subject`` on a list is at or below ``pattern`` (R5). Several codes are
        joined by ``|``.
        """
        code = self.attribute(subject, list_name)
        if isinstance(code, Unknown):
            if code.among and not any(isinstance(c, Unknown) for c in code.among):
                truths = {_on(c, pattern) for c in code.among}
                if len(truths) == 1 and None not in truths:
                    return truths.pop() or False
            return code
        truth = _on(code, pattern)
        if truth is not None:
            return truth
        # The code is on file but too short: it is the missing fact, with the codes below it as its cases.
        wanted = f"{subject.id}/{list_name}"
        listed = self.book.cases(subject.kind, list_name)
        cases = self._long_enough(str(code), listed) if listed else ()
        return self.lack_more(wanted, Missing(wanted, "cell", subject.id, list_name, cases, str(code)))

    def lack_more(self, wanted: str, missing: Missing) -> Unknown:
        """Return Unknown for a fact whose value is known but not precise enough."""
        self.missing.setdefault(wanted, missing)
        return unknown(wanted)

    def undecided(self, text: str, missing: Unknown) -> Truth:
        """Return an atom for a comparison of numbers or days that missing facts leave open (D16)."""
        name = f"{text} [{', '.join(sorted(missing.facts))}]"
        return self.atom(name, missing.facts, text)

    def atom(self, name: str, facts: frozenset[str], text: str, shared: frozenset[str] = NO_FACTS) -> Truth:
        """Return a yes/no that many facts decide together, as one unknown."""
        if self.on_record:
            return False
        truth: Truth = self.lack(Missing(name, "atom", "", "", YES_NO, text, self.expand(facts), shared))
        return truth

    def not_listed(self, openings: Iterable[Truth], text: str) -> Truth:
        """Return whether something nobody listed passes a test.

        Each open list says yes or no to the test by itself, so that many of them are one yes/no together
        (D16).
        """
        found = any_of(openings)
        if not isinstance(found, Unknown) or len(found.facts) == 1:
            return found
        if any(fact not in self.missing or self.missing[fact].kind != "open" for fact in found.facts):
            return found
        name = f"something not listed: {text} [{len(found.facts)} lists, the first {min(found.facts)}]"
        return self.atom(name, found.facts, text)

    def expand(self, facts: frozenset[str]) -> frozenset[str]:
        """Return the facts behind atoms instead of the atoms."""
        found: set[str] = set()
        for fact in facts:
            missing = self.missing.get(fact)
            found |= missing.covers if missing is not None and missing.covers else {fact}
        return frozenset(found)

    # -- lists ------------------------------------------------------------------------------------------

    def whole(self, thing: str) -> Walk:
        """Return everything below a thing."""
        kept: dict[str, Walk] = self.snapshot.walks
        if thing in kept:
            return kept[thing]
        key = ("walk", thing)
        found: Walk | None = self.cache.get(key)
        if found is None:
            found = self.cache[key] = walk(self.snapshot, thing, self.is_there)
            if found.certain:
                kept[thing] = found
        return found

    def is_there(self, element: Element) -> Truth:
        """Say whether an element is in its list."""
        if element.certain:
            return True
        if self.on_record:
            return False
        truth: Truth = self.lack(
            Missing(element.id, "element", element.fact.about, element.fact.attribute, YES_NO)
        )
        return truth

    def quantify(
        self,
        kind: Literal["exists", "all"],
        subject: Any,
        list_name: str,
        test: Callable[[Any], Truth],
        text: str,
    ) -> Truth:
        """Say whether ``test`` holds for one (or for all) elements of a list of ``subject``; an open list
        leaves it open (D14).
        """
        if kind == "all":
            return negate(self._exists(subject, list_name, lambda one: negate(test(one)), f"not ({text})"))
        return self._exists(subject, list_name, test, text)

    def _exists(self, subject: Any, list_name: str, test: Callable[[Any], Truth], text: str) -> Truth:
        if isinstance(subject, Unknown):
            return False if self.on_record else subject
        if not isinstance(subject, Subject):
            return any_of(test(one) for one in subject)
        if subject.hidden is not None:
            return False if self.on_record else unknown(f"{subject.id}/{list_name}")
        truths: list[Truth] = []
        for one, there in self.elements(subject, list_name):
            truth = test(one) if there is True else all_of((there, test(one)))
            if truth is True:
                return True
            if truth is not False:
                truths.append(truth)
        truths.append(self.not_listed(self.openings(subject, list_name, test, text), text))
        return any_of(truths)

    def elements(self, subject: Subject, list_name: str) -> Iterator[tuple[Subject, Truth]]:
        """Return the elements of a list with whether each is there."""
        if subject.kind == "question":
            for party in self.question.parties:
                yield self.party(party.id), True
        elif subject.kind == "party":
            for owner, share in owners_of(self, subject) or ():
                yield Subject("party", owner.id, {**owner.fields, "share": share, "role": "owner"}), True
        elif list_name in ("parts", "whole"):
            found = self.whole(subject.id)
            for thing in found.order:
                if thing != subject.id or list_name == "whole":
                    yield self.subject(thing), found.presence[thing]
        else:
            for name in _STORED[list_name]:
                for element in self.snapshot.listing(subject.id, name).elements:
                    yield self.entry(element, name), self.is_there(element)

    def subject(self, thing: str) -> Subject:
        """Return a thing as a subject."""
        key = ("subject", thing)
        found: Subject | None = self.cache.get(key)
        if found is None:
            found = self.cache[key] = Subject("thing", thing)
        return found

    def party(self, ident: str) -> Subject:
        """Return a party of the question, with what the question says of it."""
        for party in all_parties(self.question):
            if party.id == ident:
                return Subject("party", ident, {"role": party.role, **party.facts})
        return Subject("party", ident)

    def entry(self, element: Element, name: str) -> Subject:
        """Return an element of a list as a subject; a dependency also answers for the thing it points to."""
        fields = element.entry.fields
        if name == "custody":
            return Subject("step", element.id, fields)
        if name == "licences":
            return Subject("licence", element.id, fields)
        own = {k: v for k, v in fields.items() if k != "thing"}
        if name in NEEDS:
            own["kind_of_need"] = name
        elif name == "made_with":
            own.setdefault("relation", None)
        # The kind tells two ways of depending on one thing apart where what is asked of it is remembered.
        return Subject(f"thing {name} {own.get('relation', '')}".strip(), fields["thing"], own)

    def openings(
        self, subject: Subject, list_name: str, test: Callable[[Any], Truth], text: str
    ) -> Iterator[Truth]:
        """Return an unknown for each list that is still open and could hold an element for which ``test``
        holds.
        """
        if self.on_record or subject.kind == "question":
            return
        if list_name in ("parts", "whole"):
            found = self.whole(subject.id)
            for closing, things in found.openings("contains"):
                if not self.ruled_out("contains", closing, "thing", test, text):
                    for thing in things:
                        there = found.presence[thing]
                        own = self._closing_here(thing, closing, found)
                        yield from self.opening(thing, "contains", own, there, "thing", test, text)
            return
        kind = {"custody": "step", "technology": "tech", "needs": "need"}.get(list_name, "thing")
        if subject.kind == "party":
            if owners_of(self, subject) is None:
                # Nobody said who owns it: assumed, as with the lists, that no listed party does (R14).
                yield self.assume(Assumption("owners not listed", subject.id), False, YES_NO)
            return
        found = self.whole(self.thing.id)
        for name in _STORED[list_name]:
            inherited = found.inherited(subject.id, name) if subject.id in found.presence else Closing()
            closing = self.snapshot.listing(subject.id, name).own.or_(inherited)
            yield from self.opening(subject.id, name, closing, True, kind, test, text)

    def _closing_here(self, thing: str, closing: Closing, found: Walk) -> Closing:
        """Return how far the list of parts of ``thing`` is closed, by what is declared above the thing asked
        of as well (D3).
        """
        if found.root == self.thing.id:
            return closing
        above = self.whole(self.thing.id)
        if thing not in above.presence:
            return closing
        return found.closing(thing, "contains").or_(above.inherited(thing, "contains"))

    def opening(
        self,
        thing: str,
        name: str,
        closing: Closing,
        there: Truth,
        kind: str,
        test: Callable[[Any], Truth],
        text: str,
    ) -> Iterator[Truth]:
        """Return an unknown if this list is open and could hold an element for which ``test`` holds."""
        if closing.closed or there is False:
            return
        more = self.could_hold(thing, name, closing, kind, test, text)
        if more is not False:
            yield more if there is True else all_of((there, more))

    def could_hold(
        self, thing: str, name: str, closing: Closing, kind: str, test: Callable[[Any], Truth], text: str
    ) -> Truth:
        """Say whether an element nobody listed could pass ``test``: unknown, or False if a declaration rules
        it out.
        """
        passes = self._not_listed(name, closing, kind, test, text)
        if passes is False:
            return False
        truth: Truth = self.lack(Missing(f"{thing}/{name}: {text}", "open", thing, name, YES_NO, text))
        if passes is True or truth is False:
            return truth
        # Facts beside the element itself may still rule it out.
        beside = frozenset(f for f in passes.facts if f in self.missing and self.missing[f].cases)
        return all_of((truth, Unknown(beside))) if beside else truth

    def ruled_out(
        self, name: str, closing: Closing, kind: str, test: Callable[[Any], Truth], text: str
    ) -> bool:
        """Say whether nothing can pass ``test`` that is not listed, by what is declared absent."""
        return self._not_listed(name, closing, kind, test, text) is False

    def _not_listed(
        self, name: str, closing: Closing, kind: str, test: Callable[[Any], Truth], text: str
    ) -> Truth:
        """Return what ``test`` says of an element nobody listed, of which only what is declared absent is
        known.
        """
        key = ("open", text, kind, name, closing.terms)
        if key not in self.cache:
            fields = {"kind_of_need": name} if kind == "need" else {}
            label = f"something not listed in {name} {sorted(closing.terms)}"
            self.cache[key] = test(Subject(kind, label, fields, closing.terms))
        found: Truth = self.cache[key]
        return found

    # -- terms ------------------------------------------------------------------------------------------

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        """Return what a term gives; one that depends on a regime is not kept, since regimes are judged with
        the rules.
        """
        if name in self.book.reads_regimes or name in ("subject_to", "usd"):
            return self._call(name, args)
        key = (name, args, self._climbing)
        try:
            return self.cache[key]
        except KeyError:
            value = self.cache[key] = self._call_alike(name, args)
            return value

    def _call_alike(self, name: str, args: tuple[Any, ...]) -> Any:
        """Call a term, but only once for things of which the same is stated in everything it asks; unknowns
        stay each thing's own.
        """
        asked = self.book.asked_of_thing(name)
        one = args[0] if args else None
        if (
            asked is None
            or type(one) is not Subject
            or one.kind != "thing"
            or one.hidden is not None
            or self.given
        ):
            return self._call(name, args)
        key = ("alike", name, self._stated(one.id, asked), args[1:], self._climbing)
        if key in self.cache:
            return self.cache[key]
        value = self._call(name, args)
        presumed = any(a.subject == one.id for a in self.assumptions if a.kind == "ladder")
        if type(value) is not Unknown and not presumed:
            self.cache[key] = value
        return value

    def _call(self, name: str, args: tuple[Any, ...]) -> Any:
        for arg in args:
            if isinstance(arg, Unknown):
                return arg
        term = self.book.terms.get(name)
        if term is None:
            result = BUILT_IN[name](self, *args)
        else:
            result = self._term(term, args)
        if isinstance(result, Unknown) and self.on_record and (term is None or term.type == "yes-no"):
            return False
        return result

    def _stated(self, thing: str, fields: tuple[str, ...]) -> Any:
        """Return what is stated of a thing in some fields, and what is declared absent in it from above."""
        known: dict[Any, Any] = self.snapshot.stated
        key = (self.thing.id, thing, fields)
        if key in known:
            return known[key]
        values = (self.snapshot.cell(thing, name, self._scope).value for name in fields)
        implied = self.whole(self.thing.id).inherited(thing, "contains").terms
        told = (fields, tuple(None if type(value) is Unknown else value for value in values), implied)
        found = self.snapshot.alike.setdefault(told, len(self.snapshot.alike))
        if not any(self.snapshot.scoped(thing, name) for name in fields):
            known[key] = found
        return found

    def _dated(self, term: Term) -> Dated | None:
        """Return the value of a term for the day of the question."""
        key = ("dated", term.id)
        if key not in self.cache:
            day = self.question.as_of
            self.cache[key] = next((d for d in term.values if d.period.holds(day)), None)
        found: Dated | None = self.cache[key]
        return found

    def _term(self, term: Term, args: tuple[Any, ...]) -> Any:
        stated: Any = None
        if term.statable and args and isinstance(args[0], Subject):
            stated = self.attribute(args[0], term.id) if args[0].hidden is None else None
            if args[0].hidden is not None and term.id in args[0].hidden:
                return False if term.type == "yes-no" else NONE
            if not term.values:
                return stated if stated is not None else unknown(f"{args[0].id}/{term.id}")
        if stated is None or isinstance(stated, Unknown):
            return self._computed(term, args)
        # What is stated stands unless the file computes something else: no case of a missing fact
        # contradicts it.
        computed = (self.on_file or self)._computed(term, args)
        if isinstance(computed, Unknown) or computed == stated:
            return stated
        # Stated against computed: shown as a conflict, and unknown among both (R3).
        subject = args[0]
        self.conflicts[f"{subject.id}/{term.id}"] = self.snapshot.cell(subject.id, term.id, self._scope).facts
        missing = Missing(f"{subject.id}/{term.id}: stated or computed", "cell", subject.id, term.id, YES_NO)
        return self.lack(missing)

    def _computed(self, term: Term, args: tuple[Any, ...]) -> Any:
        dated = self._dated(term)
        if dated is None:
            return self.lack(Missing(f"term {term.id}: no value for this day", "unread", term.id, ""))
        variables = {**self.variables, **{name: arg for (name, _), arg in zip(term.args, args, strict=True)}}
        return dated.condition.evaluate(self, variables)


def _on(code: Any, pattern: str) -> bool | None:
    if code is NONE:
        return False
    text = str(code)
    if "|" not in text:
        return on(text, pattern)
    result: bool | None = False
    for one in text.split("|"):
        truth = on(one.strip(), pattern)
        if truth:
            return True
        if truth is None:
            result = None
    return result


def _below(code: str, short: str) -> bool:
    return any(on(code, part.strip()) is True for part in short.replace("any", "*").split("|"))


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


_STORED: Final[Mapping[str, tuple[str, ...]]] = {
    "technology": ("made_with",),
    "needs": NEEDS,
    "custody": ("custody",),
    "bundled": ("bundled_with",),
    "needs_data": ("needs_data",),
    "needs_support": ("needs_support",),
    "needs_service": ("needs_service",),
}
