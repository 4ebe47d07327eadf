"""What has been read so far from the files of a workspace, and everything found wrong in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lastword.errors import Problem, Where
from lastword.facts.fact import Complete, Fact, Facts, Remark, Source
from lastword.facts.schema import DEPENDENCIES, NEEDS, PARTY, THING, Field
from lastword.files.suggestion import did_you_mean
from lastword.files.telling import Telling
from lastword.files.values import Refused, parsed, share, text, yes_no
from lastword.files.yaml import Map, Seq

THING_LISTS: Final = (*DEPENDENCIES, "custody")
PARTY_LISTS: Final = ("owners",)
LICENCES: Final = "licences"  # the one subject, and its one list, that hold the licences of others
WORLD: Final = "world"  # the subject of a finding or remark that is about no thing and no party

_Told = tuple[Any, ...]


@dataclass
class Assembly:
    """Facts in the order read. ``known``: what a workspace already says, for files read on top of it."""

    terms: Mapping[str, Field]
    known: Facts
    problems: list[Problem] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    rates: dict[str, Any] = field(default_factory=dict)
    base: str = ""
    ids: dict[str, Fact] = field(default_factory=dict)
    references: list[tuple[Where, str, str]] = field(default_factory=list)
    named_sources: dict[str, Where] = field(default_factory=dict)
    _told: dict[_Told, tuple[Any, Where]] = field(default_factory=dict)
    _spans: dict[_Told, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Gather the fields a thing and a party may have."""
        self.thing_fields: dict[str, Field] = {**self.terms, **THING}
        self.fields: dict[str, Mapping[str, Field]] = {"thing": self.thing_fields, "party": PARTY}
        self.known_ids = {fact.id: fact for fact in self.known.facts if fact.id}

    def refuse(self, where: Where, what: str, mend: str = "") -> None:
        """Note one more problem."""
        self.problems.append(Problem(where, what, mend))

    def kind_of(self, subject: str) -> str | None:
        """Return ``thing`` or ``party``, or None for an id that nobody defined."""
        return self.kinds.get(subject) or self.known.kinds.get(subject)

    def define(self, subject: str, kind: str, where: Where) -> None:
        """Note that ``subject`` is a thing or a party."""
        already = self.kind_of(subject)
        if already is not None and already != kind:
            self.refuse(where, f"`{subject}` is already a {already}", "use another id")
        elif not subject.strip() or subject != subject.strip() or not subject.isprintable():
            self.refuse(
                where, f"`{subject}` cannot be an id", "write printable letters, no spaces at the ends"
            )
        elif subject in (LICENCES, WORLD):
            self.refuse(where, f"the id `{subject}` is taken", "use another id")
        self.kinds[subject] = kind

    def call(self, subject: str, names: Mapping[str, str], where: Where) -> None:
        """Note what ``subject`` is called in each language."""
        own = self.names.setdefault(subject, {})
        for language, name in names.items():
            if own.setdefault(language, name) != name:
                what = f"`{subject}` is called `{own[language]}` elsewhere and `{name}` here"
                self.refuse(where, what, "keep one of the names")

    def subjects(self) -> Iterable[str]:
        """Return every id of a thing or party, for suggestions."""
        return {**self.known.kinds, **self.kinds}

    def refer(self, where: Where, subject: str, kind: str) -> None:
        """Note that ``subject`` must exist, as a thing, a party, or either (kind ``""``)."""
        self.references.append((where, subject, kind))

    def tell(self, fact: Fact) -> None:
        """Take one fact, unless the same was told before by the same source for the same days."""
        if fact.source not in self.named_sources:
            self.named_sources[fact.source] = fact.where
        if fact.id:
            earlier = self.ids.get(fact.id) or self.known_ids.get(fact.id)
            if earlier is not None:
                self.refuse(
                    fact.where, f"the fact `{fact.id}` stands already in {earlier.where}", "give another id"
                )
            self.ids[fact.id] = fact
        key = self._key(fact)
        told = self._told.get(key)
        if told is not None and not fact.corrects:
            self._refuse_repeated(fact, told[1])
            return
        self._told[key] = (fact.value, fact.where)
        self.facts.append(fact)

    def tell_in_bulk(self, fact: Fact, span: int) -> None:
        """Take one fact of a table, unless the very same was told before. ``span``: see ``span_of``."""
        part = fact.value.key if fact.kind == "element" else ""
        told = self._told.setdefault((fact.about, fact.attribute, part, span), (fact.value, fact.where))
        if told[1] is fact.where:
            self.facts.append(fact)
        elif told[0] != fact.value or fact.kind == "element":
            self._refuse_repeated(fact, told[1])

    def _refuse_repeated(self, fact: Fact, earlier: Where) -> None:
        what = f"`{fact.about}` has this `{fact.attribute}` already in {earlier}, of the same source and days"
        self.refuse(fact.where, what, "remove one, or correct the old one from a later known_from")

    def span_of(self, told: Telling | Fact, scope: tuple[tuple[str, str], ...] = ()) -> int:
        """Return a number for who tells, for which days, in which scope; facts with different ones may
        compete.
        """
        return self._spans.setdefault((told.source, told.valid, told.known, scope), len(self._spans))

    def told(self, fact: Fact) -> tuple[Any, Where] | None:
        """Return value and place of an equal cell told before by the same source for the same days."""
        return self._told.get(self._key(fact))

    def _key(self, fact: Fact) -> _Told:
        part: object = ""
        if fact.kind == "element":
            part = fact.value.key
        elif fact.kind == "complete":
            part = (fact.value.by, fact.value.term)
        return fact.about, fact.attribute, part, self.span_of(fact, fact.scope)

    def taken(self, where: Where, name: str, parse: Any, value: object) -> Any:
        """Return what ``parse`` makes of ``value``, or None and a problem."""
        try:
            return parse(value)
        except Refused as refused:
            self.refuse(where, f"`{name}`: {refused.what}", refused.mend)
            return None

    def value(self, where: Where, name: str, field: Field, raw: object) -> Any:
        """Return ``raw`` as the field ``name`` takes it, or None and a problem."""
        try:
            return parsed(name, field, raw)
        except Refused as refused:
            self.refuse(where, f"`{name}`: {refused.what}", refused.mend)
            return None

    def maps_in(self, raw: object, where: Where, what: str) -> list[Map]:
        """Return the entries of a list that must be mappings; one alone may stand without the list."""
        if raw is None:
            return []
        items = raw if isinstance(raw, Seq) else [raw]
        for index, item in enumerate(items):
            if not isinstance(item, Map):
                at = raw.where(index) if isinstance(raw, Seq) else where
                self.refuse(at, f"an entry of `{what}` is not a mapping", "write {field: value}")
        return [item for item in items if isinstance(item, Map)]

    def only(self, item: Map, allowed: Iterable[str], what: str) -> None:
        """Refuse each key of ``item`` that is not allowed there."""
        allowed = frozenset(allowed)
        for key in item:
            if key not in allowed:
                self.refuse(item.where(key), f"unknown field `{key}` of {what}", did_you_mean(key, allowed))

    def complete(self, about: str, item: Map, lists: tuple[str, ...], told: Telling, at: Where) -> None:
        """Take a declaration that ``lists`` of ``about`` are complete (D3)."""
        by = self.taken(item.where("by"), "by", text, item.get("by"))
        remainder = self.taken(item.where("remainder"), "remainder", share, item.get("remainder", 0))
        deep = self.taken(item.where("deep"), "deep", yes_no, item.get("deep", False))
        term = self.taken(item.where("term"), "term", text, item["term"]) if "term" in item else ""
        if term and term not in self.thing_fields:
            self.refuse(item.where("term"), f"unknown term `{term}`", did_you_mean(term, self.thing_fields))
        if by is None or remainder is None or deep is None or term is None:
            return
        declared = Complete(by, deep, remainder, term)
        ident = str(item.get("id", ""))
        for name in lists:
            fact_id = f"{ident}/{name}" if ident and len(lists) > 1 else ident
            told_by = replace(told, said_by=told.said_by or by)
            self.tell(fact_of(about, name, declared, told_by, at, kind="complete", ident=fact_id))

    def lists_named(self, item: Map, kind: str) -> tuple[str, ...]:
        """Return the lists that a declaration of completeness speaks of."""
        allowed = PARTY_LISTS if kind == "party" else THING_LISTS
        name = item.get("list")
        if name == "all":
            return allowed
        if name == "needs" and kind != "party":
            return NEEDS
        if name in allowed:
            return (str(name),)
        if name is None:
            self.refuse(item.at, "`complete` does not say which list", "add `list: contains`")
        else:
            words = (*allowed, "needs", "all")
            self.refuse(item.where("list"), f"`{name}` is not a list", did_you_mean(str(name), words))
        return ()


def fact_of(
    about: str,
    attribute: str,
    value: object,
    told: Telling,
    where: Where,
    *,
    kind: Any = "cell",
    ident: str = "",
    scope: tuple[tuple[str, str], ...] = (),
    corrects: str = "",
) -> Fact:
    """Return the fact that is told in this way."""
    return Fact(
        about, attribute, value, kind, ident, told.source, told.standing, told.valid, told.known, scope, corrects,
        told.audience, told.said_by, told.note, where,
    )  # fmt: skip


def fact_name(fact: Fact) -> str:
    """Return how a fact without an id is called: ``subject/attribute``, and the key of a list element."""
    name = f"{fact.about}/{fact.attribute}"
    if fact.kind == "element":
        return f"{name}/{fact.value.key}"
    return f"{name}/complete" if fact.kind == "complete" else name
