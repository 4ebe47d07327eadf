"""Worked examples: official answers in the schema of ``docs/examples.md``, run against the packs.

An example is turned into facts and a question by its closure rules; then what it decides is compared with
the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from lastword.answers.answer import Answer, counted_json, decimal
from lastword.answers.explain import Link
from lastword.answers.judgement import Clause
from lastword.answers.verdict import judge
from lastword.errors import InputError, Problem
from lastword.facts.fact import Complete, Entry, Fact, Facts, Money
from lastword.facts.question import Party, Question
from lastword.facts.schema import ACTS, DEPENDENCIES, END_USES
from lastword.facts.snapshot import Snapshot
from lastword.facts.unknown import NONE, Unknown
from lastword.files.suggestion import did_you_mean
from lastword.files.values import Refused, number
from lastword.files.yaml import Map, read_yaml
from lastword.reach.ways import path_to, witnesses
from lastword.rules.book import Book
from lastword.rules.rule import Rule

KEYS: Final = frozenset(
    (
        "id title authority regime as_of known item content technology history findings move expect reason assumed "
        "sources doubts"
    ).split()
)
EXPECTED: Final = frozenset(
    "consents subject_to limit limit_kind counted row columns_checked columns_marked exceptions conditions".split()
)
ORDINARY: Final = "ordinary"
THING: Final = "item"
_NEEDED: Final = {"needed": True, "needed_unless": True, "covered": False, "possible": None}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an example. ``verdict``: passed, failed or unknown; ``field`` names the first difference.
    """

    id: str
    verdict: str
    field: str = ""
    expected: Any = None
    got: Any = None

    @property
    def line(self) -> str:
        """Return the line printed for it."""
        if self.verdict == "passed":
            return f"{self.id} passed"
        if self.verdict == "unknown":
            return f"{self.id} unknown: missing {self.got}"
        return f"{self.id} failed: {self.field} expected {_shown(self.expected)} got {_shown(self.got)}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "id": self.id,
            "verdict": self.verdict,
            "field": self.field or None,
            "expected": self.expected,
            "got": self.got,
        }


def read_examples(path: Path) -> list[Map]:
    """Return the examples of a file. Raises InputError with everything wrong in it."""
    content = read_yaml(path)
    problems: list[Problem] = []
    if not isinstance(content, Map) or not isinstance(content.get("examples"), list):
        raise InputError(
            Problem(content.at, "the file holds no `examples:`", "see docs/examples.md for the format")
        )
    examples: list[Map] = []
    seen: dict[str, Any] = {}
    for example in content["examples"]:
        if not isinstance(example, Map):
            problems.append(
                Problem(content.where("examples"), "an example must be written as {id: ..., ...}")
            )
            continue
        problems.extend(_problems(example))
        ident = str(example.get("id"))
        if ident in seen:
            problems.append(
                Problem(example.where("id"), f"the id `{ident}` is used twice", "give each its own")
            )
        seen[ident] = example
        examples.append(example)
    if problems:
        raise InputError(problems)
    return examples


def _problems(example: Map) -> Iterator[Problem]:
    for key in ("id", "as_of", "item", "move", "expect"):
        if example.get(key) is None:
            yield Problem(example.at, f"the example has no `{key}`", f"write {key}: ...")
    for key in example:
        if key not in KEYS:
            yield Problem(example.where(key), f"`{key}` is no key of an example", did_you_mean(key, KEYS))
    for key in ("item", "move", "expect"):
        if example.get(key) is not None and not isinstance(example[key], Map):
            yield Problem(example.where(key), f"`{key}` must be written as {{...}}")
    expect = example.get("expect")
    if isinstance(expect, Map):
        for key in expect:
            if key not in EXPECTED:
                yield Problem(
                    expect.where(key),
                    f"`{key}` is nothing an example can expect",
                    did_you_mean(key, EXPECTED),
                )
    if example.get("as_of") is not None and not isinstance(example["as_of"], date):
        yield Problem(example.where("as_of"), f"`{example['as_of']}` is no day", "write it as 2026-09-24")
    move = example.get("move")
    if isinstance(move, Map):
        for key in ("act", "from", "to"):
            if not isinstance(move.get(key), str):
                yield Problem(move.at, f"`move` has no `{key}`", f'write {key}: "..."')
        if isinstance(move.get("act"), str) and move["act"] not in ACTS:
            yield Problem(move.where("act"), f"`{move['act']}` is no act", did_you_mean(move["act"], ACTS))
        yield from _lists_of_maps(move, ("parties",))
    yield from _lists_of_maps(example, ("content", "technology", "history"))
    if isinstance(expect, Map):
        yield from _lists_of_maps(expect, ("consents", "exceptions"))
    for part in example.get("content") or ():
        if isinstance(part, Map):
            yield from _number_problems(part, "share")
            yield from _classification_problems(part)
    if isinstance(example.get("item"), Map):
        yield from _number_problems(example["item"], "value")
        yield from _number_problems(example["item"], "quantity")
        yield from _classification_problems(example["item"])


def _lists_of_maps(spec: Map, keys: Sequence[str]) -> Iterator[Problem]:
    for key in keys:
        value = spec.get(key)
        if value is not None and not (isinstance(value, list) and all(isinstance(one, Map) for one in value)):
            yield Problem(spec.where(key), f"`{key}` must be a list of {{...}}", "write [] if there is none")


def _number_problems(spec: Map, key: str) -> Iterator[Problem]:
    if spec.get(key) is None:
        return
    try:
        number(spec[key])
    except Refused as error:
        yield Problem(spec.where(key), str(error.args[0]), *(str(arg) for arg in error.args[1:2]))


def _classification_problems(spec: Map) -> Iterator[Problem]:
    if spec.get("classification") is not None and not isinstance(spec["classification"], Map):
        yield Problem(spec.where("classification"), "`classification` must be written as {list: number}")


def run(book: Book, example: Map, *, today: date) -> Outcome:
    """Answer one example, with what is known ``today``, and compare."""
    question, facts = question_of(book, example, today)
    snapshot = Snapshot(facts, question.as_of, question.known)
    answer = Answer(question, book, snapshot, judge(book, snapshot, question))
    missing: Outcome | None = None
    for field, expected, got, why in compare(answer, example["expect"]):
        if got is Ellipsis:
            missing = missing or Outcome(str(example["id"]), "unknown", field, expected, why)
        elif got != expected:
            return Outcome(str(example["id"]), "failed", field, expected, got)
    return missing or Outcome(str(example["id"]), "passed")


# -- from an example to facts and a question -----------------------------------------------------------


def question_of(book: Book, example: Map, today: date) -> tuple[Question, Facts]:
    """Return the question of an example and the facts it gives, closed by the rules of the schema."""
    item, move = example["item"], example["move"]
    told = {field for word, field in _USE_FACTS.items() if word in str(move.get("end_use") or "").lower()}
    facts: list[Fact] = list(_thing_facts(book, THING, item, item.get("made_in"), move["to"], told))
    if "classification" in item and not item["classification"]:
        # Written as {}: it was looked at and is on no list. A key left out says nothing.
        facts += [Fact(THING, name, NONE) for name in _LISTS if name in book.fields]
    facts += _kind(THING, item.get("kind", "commodity"))
    facts += _content(book, example.get("content") or (), move["to"])
    facts += _technology(book, example.get("technology") or (), move["to"])
    facts += _history(example.get("history") or ())
    facts += [_complete(THING, name) for name in (*DEPENDENCIES, "custody")]
    if example.get("findings") == "shown":
        facts += [
            Fact(THING, f"{rule.id}: *", True)
            for rule in book.kind("exception", "permission", "consent", "regime")
        ]
    kinds = {fact.about: "thing" for fact in facts}
    as_of = example["as_of"]
    parties, more = _parties(move)
    value = _money(item)
    if value is not None:
        facts.append(Fact(THING, "value", value))
    military = str(move.get("end_use") or "").lower()
    question = Question(
        thing=THING,
        act=move["act"],
        from_=move["from"],
        to=move["to"],
        as_of=as_of,
        known=example.get("known") or max(as_of, today),
        end_use=_end_use(military),
        end_use_text=str(move.get("end_use") or ""),
        end_user=str(move.get("end_user") or ""),
        value=value if value is not None else NONE,
        quantity=_number(item.get("quantity")),
        route=tuple(move.get("route") or ()),
        parties=parties,
        circumstance=move.get("circumstance"),
    )
    return question, Facts(tuple(facts + more), kinds, {}, {}, (), {}, value.currency if value else "USD")


# In this order: a chemical weapon is no plain weapon, and what is plainly civil is so whoever once made it
# for war.
_USE_WORDS: Final = {
    "chemical weapon": "chemical-biological",
    "biological": "chemical-biological",
    "toxin": "chemical-biological",
    "nerve agent": "chemical-biological",
    "nuclear": "nuclear",
    "enrichment": "nuclear",
    "missile": "missile",
    "non-military": "civil",
    "defence": "military",
    "defense": "military",
    "military": "military",
    "army": "military",
    "armed forces": "military",
    "weapon": "military",
    "police": "security",
    "crowd control": "security",
    "hunting": "civil",
}
# What the question names, the asker knows: words of the end use that a rule asks for as a fact about the
# thing.
_USE_FACTS: Final = {
    "supercomputer": "fdp_for_supercomputer",
    "advanced node": "for_advanced_node",
    "advanced-node": "for_advanced_node",
    "nuclear weapon": "eu_nuclear_weapons",
    "nuclear explosive": "eu_nuclear_weapons",
}


def _end_use(text: str) -> str:
    if text in END_USES:
        return text
    return next((use for word, use in _USE_WORDS.items() if word in text), "civil" if text else "unknown")


_LISTS: Final = ("usml", "ml", "eu", "ch", "de", "uk", "war_weapon")


def _thing_facts(
    book: Book, ident: str, spec: Map, origin: Any, to: str, told: Collection[str] = ()
) -> Iterator[Fact]:
    if origin is not None:
        yield Fact(ident, "origin", NONE if origin == "none" else str(origin))
    classification = spec.get("classification") or {}
    for name, value in classification.items():
        yield from _classified(book, ident, str(name), value, to)
    only = set(classification) - {"licence_to_destination", "columns"}
    if classification and not only:
        # An ordinary item of the Commerce list whose number is not given: no munitions list, no special rule.
        yield Fact(ident, "eccn", ORDINARY)
        yield Fact(ident, "usml", NONE)
    stated = {str(name) for name in spec} | {str(name) for name in classification}
    for name, value in spec.items():
        if name in book.fields and name not in ("name", "kind", "value", "origin"):
            yield Fact(ident, str(name), _field_value(book, str(name), value))
    # Nothing special about it that the example does not mention (closure), be it in the words of its name.
    words = f" {_plain(str(spec.get('name') or ''))} "
    for name in _special(book):
        if name not in stated:
            yield Fact(ident, name, name in told or f" {_plain(name)} " in words)


def _plain(text: str) -> str:
    """Return a name as lower-case words: ``QRS-11 sensor`` and ``qrs11`` share a word."""
    return " ".join(text.lower().replace("-", "").replace("_", " ").split())


def _special(book: Book) -> Iterator[str]:
    """Return the yes/no fields that packs add and that are only ever stated."""
    for pack in book.packs:
        yield from (name for name, field in pack.fields.items() if field.kind == "yes-no")
        yield from (
            term.id
            for term in pack.terms
            if term.statable and not term.values and term.type == "yes-no" and term.args
        )


def _classified(book: Book, ident: str, name: str, value: Any, to: str) -> Iterator[Fact]:
    if name == "licence_to_destination":
        yield Fact(ident, "licence_required", bool(value), scope=(("to", to),))
    elif name == "columns":
        yield Fact(ident, "columns", tuple(str(column) for column in value))
    else:
        yield Fact(ident, name, _field_value(book, name, value))


def _field_value(book: Book, name: str, value: Any) -> Any:
    known = book.fields.get(name)
    if value == "none" or (value is False and (known is None or known.kind == "code")):
        return NONE
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return str(value)


def _kind(ident: str, kind: Any) -> list[Fact]:
    return [Fact(ident, "kind", str(kind))]


def _content(book: Book, content: Sequence[Any], to: str) -> Iterator[Fact]:
    """Parts, each inside its ``via`` where it has one: a foreign-made product in between."""
    seen: dict[str, list[tuple[str, Fraction | None]]] = {}
    discrete: dict[str, Any] = {}
    for index, part in enumerate(content):
        ident = f"part-{index + 1}"
        yield from _thing_facts(book, ident, part, part.get("origin"), to)
        yield from _kind(ident, part.get("kind", "commodity"))
        yield from (_complete(ident, name) for name in (*DEPENDENCIES, "custody"))
        share = _number(part.get("share"))
        via = part.get("via")
        if via:
            seen.setdefault(str(via), []).append((ident, share))
            discrete[str(via)] = part.get("via_discrete")
        else:
            yield _part(THING, ident, share)
    for index, (via, parts) in enumerate(seen.items()):
        ident = f"via-{index + 1}"
        whole = sum((share for _, share in parts if share is not None), Fraction(0))
        yield Fact(ident, "name", via)
        yield Fact(ident, "origin", "ZZ")
        yield from _kind(ident, "commodity")
        yield Fact(ident, "usml", NONE)
        yield Fact(ident, "eccn", "EAR99")
        if isinstance(discrete[via], bool):
            yield Fact(ident, "discrete", discrete[via])
        yield _part(THING, ident, whole)
        for part, share in parts:
            yield _part(ident, part, share / whole if share is not None and whole else share)
        yield from (_complete(ident, name) for name in (*DEPENDENCIES, "custody"))


def _part(parent: str, part: str, share: Fraction | None) -> Fact:
    fields: dict[str, Any] = {"thing": part}
    if share is not None:
        fields["share"] = share
    return Fact(parent, "contains", Entry(part, fields), "element")


def _technology(book: Book, technology: Sequence[Any], to: str) -> Iterator[Fact]:
    for index, tech in enumerate(technology):
        ident = f"technology-{index + 1}"
        yield from _thing_facts(book, ident, tech, tech.get("origin"), to)
        yield from _kind(ident, tech.get("kind", "technology"))
        fields = {"thing": ident}
        if tech.get("relation"):
            fields["relation"] = str(tech["relation"])
        yield Fact(THING, "made_with", Entry(ident, fields), "element")


def _history(history: Sequence[Any]) -> Iterator[Fact]:
    for index, step in enumerate(history):
        fields: dict[str, Any] = {"order": Fraction(index)}
        for name in ("from", "to", "channel", "undertaking"):
            if step.get(name) is not None:
                fields[name] = str(step[name])
        # A step that mentions no promise states none; the rule may still presume one from the hand-over.
        fields.setdefault("undertaking", NONE)
        yield Fact(THING, "custody", Entry(f"step-{index + 1}", fields), "element")


def _complete(ident: str, name: str) -> Fact:
    return Fact(ident, name, Complete("the example"), "complete")


def _money(item: Map) -> Money | None:
    amount = _number(item.get("value"))
    return None if amount is None else Money(amount, str(item.get("currency") or "USD"))


def _number(value: Any) -> Fraction | None:
    if value is None:
        return None
    try:
        return number(value)
    except Refused:
        return None


def _parties(move: Map) -> tuple[tuple[Party, ...], list[Fact]]:
    facts: list[Fact] = []
    parties = []
    for index, spec in enumerate(move.get("parties") or ()):
        parties.append(_party(spec, f"party-{index + 1}", facts))
    if not any(party.role == "end_user" for party in parties) and move.get("end_user"):
        text = str(move["end_user"])
        # What goes to a place is for somebody there unless a party says otherwise.
        told = {
            "name": text,
            "listed": NONE,
            "kind": _party_kind(text),
            "informed_by": NONE,
            "country": move["to"],
        }
        parties.append(Party("end-user", "end_user", told, ()))
    return tuple(parties), facts


# An entry is given with its footnote where it has one.
_LISTED: Final = {"entity_list": "entity_list.no_footnote"}


def _party(spec: Any, ident: str, facts: list[Fact]) -> Party:
    told: dict[str, Any] = {"name": str(spec.get("name") or ident), "informed_by": NONE}
    listed = spec.get("listed", "none")
    told["listed"] = (
        NONE
        if listed in ("none", None, False)
        else _LISTED.get(str(listed), str(listed).replace("entity_list_footnote", "entity_list.footnote"))
    )
    if spec.get("kind"):
        told["kind"] = str(spec["kind"])
    else:
        told["kind"] = _party_kind(told["name"])
    for name in ("country", "nationality", "informed_by"):
        if spec.get(name):
            told[name] = str(spec[name])
    owners = tuple(
        (_party(owner, f"{ident}/owner-{i + 1}", facts), _number(owner.get("share")))
        for i, owner in enumerate(spec.get("owners") or ())
    )
    role = str(spec.get("role") or "other").replace(" ", "_").replace("-", "_")
    return Party(ident, role, told, owners)


_PARTY_WORDS: Final = {
    "company": ("company", "firm", "manufacturer", "maker"),
    "armed_forces": ("armed forces", "air force", "forces", "army", "navy", "marines", "military", "guard"),
    "police": ("police",),
    "government": ("government", "ministry", "nato", "republic", "kingdom", "state"),
    "research": ("university", "research"),
    "person": ("traveller", "citizen", "person"),
}


def _party_kind(text: str) -> str:
    """Return what kind of party a text names; one that names no office, force or person is a company."""
    words = text.lower().replace("united states", "us")
    return next(
        (kind for kind, marks in _PARTY_WORDS.items() if any(mark in words for mark in marks)), "company"
    )


# -- comparing -----------------------------------------------------------------------------------------


def compare(answer: Answer, expect: Map) -> Iterator[tuple[str, Any, Any, str]]:
    """Return (field, expected, got, what is missing) for everything the example decides; got is ``...`` where
    it is unknown.
    """
    rows = list(expect.get("consents") or ())
    for index, row in enumerate(rows):
        if row.get("needed") is not None:
            is_needed, why = needed(answer, str(row.get("state")), str(row.get("basis")))
            yield f"consents[{index}].needed", row["needed"], ... if is_needed is None else is_needed, why
    for regime, expected in (expect.get("subject_to") or {}).items():
        word = answer.verdict.regimes.get(regime, "unknown")
        got: Any = ... if word == "unknown" else word == "yes"
        yield f"subject_to.{regime}", expected, got, f"whether it is subject to the {regime}"
    basis = str(rows[0].get("basis")) if rows else ""
    yield from _limits(answer, expect, basis)
    yield from _shown_by_rules(answer, expect)
    for exception in expect.get("exceptions") or ():
        found = [
            rule for rule in answer.book.kind("exception", "permission") if _is(rule, str(exception["name"]))
        ]
        got = any(answer.exception(rule).open for rule in found)
        yield f"exceptions.{exception['name']}", exception["open"], got, ""


def needed(answer: Answer, state: str, basis: str) -> tuple[bool | None, str]:
    """Return whether a consent of ``state`` with ``basis`` in its chain is needed; None and what is missing
    if unknown.
    """
    result: bool | None = False
    why = ""
    for need in answer.consents:
        if need.country != state or not _in_chain(answer, need.clause, need.because, basis):
            continue
        got = _NEEDED[need.state]
        if got is True:
            return True, ""
        if got is None:
            result = None
            why = ", ".join(_missing(answer, need.clause))
    return result, why


def _missing(answer: Answer, clause: Clause) -> Iterator[str]:
    rule = answer.book.rules.get(clause.rule)
    if rule is None:
        yield clause.rule
        return
    truth = answer.judgement.clause(rule, clause.per).open
    yield from sorted(answer.judgement.reading.expand(truth.facts)) if isinstance(truth, Unknown) else ()


def _in_chain(answer: Answer, clause: Clause, links: Sequence[Link], basis: str) -> bool:
    """Say whether ``basis`` (rule, family, term, citation, or a permission that names the clause) is a link
    of the chain.
    """
    names: set[str] = set()
    for link in links:
        names |= {link.rule.id, link.rule.family, link.rule.citation.text, *(t.family for t in link.terms)}
    for exception in answer.exceptions(clause):
        rule = exception.rule
        names |= {rule.id, rule.family, rule.name, rule.citation.text}
    wanted = basis.casefold()
    return any(wanted == name.casefold() for name in names) or any(
        _cites(link.rule.citation.text, basis) for link in links
    )


def _cites(citation: str, basis: str) -> bool:
    return (
        len(basis) > 4 and any(char.isdigit() for char in basis) and basis.casefold() in citation.casefold()
    )


def _is(rule: Rule, name: str) -> bool:
    return name.casefold() in {
        rule.id.casefold(),
        rule.family.casefold(),
        rule.name.casefold(),
    } or rule.id.casefold().endswith("-" + name.casefold())


def _limits(answer: Answer, expect: Map, basis: str) -> Iterator[tuple[str, Any, Any, str]]:
    if not any(name in expect for name in ("limit", "limit_kind", "counted")):
        return
    link = _content_link(answer, basis) or _no_threshold_link(answer, basis)
    if link is None:
        yield "limit", expect.get("limit"), None, ""
        return
    if "limit" in expect:
        limit = link.limit
        got = ... if isinstance(limit, Unknown) or limit is None else _same(limit, expect["limit"])
        yield "limit", expect["limit"], got, "the limit"
    if "limit_kind" in expect:
        yield "limit_kind", expect["limit_kind"], link.limit_kind, ""
    if "counted" in expect:
        counted = link.counted
        if counted is None or counted[0] != counted[1]:
            yield "counted", expect["counted"], counted_json(counted), ""
        else:
            yield "counted", expect["counted"], _same(counted[0], expect["counted"]), ""


def _same(got: Fraction, expected: Any) -> Any:
    return expected if got == Fraction(str(expected)) else decimal(got)


def _content_link(answer: Answer, basis: str) -> Link | None:
    """Return what the rule named as basis counted; of several of one family the one that reaches, else that
    counted most.
    """
    wanted = basis.casefold()
    able = [r for r in answer.book.rules.values() if any(reach.kind == "content" for reach in r.reach)]
    rules = (
        [rule for rule in able if wanted in (rule.id.casefold(), rule.family.casefold())]
        or [
            rule
            for rule in able
            if any(wanted == term.family.casefold() for term in answer.explanation.terms(rule))
        ]
        or [rule for rule in able if _cites(rule.citation.text, basis)]
    )
    links = [answer.explanation.link(rule) for rule in rules if answer.judgement.in_force(rule) is not False]

    def weight(link: Link) -> tuple[int, int, Fraction]:
        applies = 2 if link.truth is True else 1 if link.truth is not False else 0
        acts = 1 if answer.judgement.covers_act(link.rule) and _in_domain(answer, link.rule) else 0
        return applies, acts, link.counted[0] if link.counted else Fraction(-1)

    return max(links, key=weight, default=None)


def _no_threshold_link(answer: Answer, basis: str) -> Link | None:
    """Return what a rule counts that asks only whether such a part is in there: any share above nothing."""
    reading = answer.judgement.reading
    for rule in answer.book.named(basis):
        for reach in rule.reach:
            if reach.kind != "any_part":
                continue
            found = (w for w in witnesses(reading, rule, reach, reading.variables) if w.truth is True)
            paths = [path for path in (path_to(reading, witness) for witness in found) if path]
            share = sum((_path_share(path) for path in paths), Fraction(0))
            link = answer.explanation.link(rule)
            return replace(link, limit=Fraction(0), limit_kind="at_most", counted=(share, share))
    return None


def _path_share(path: Sequence[Any]) -> Fraction:
    share = Fraction(1)
    for element in path:
        share *= element.entry.fields.get("share", Fraction(0))
    return share


def _in_domain(answer: Answer, rule: Rule) -> bool:
    reading = answer.judgement.reading
    conditions = (rule.domain, rule.when)
    return all(c is None or c.evaluate(reading, reading.variables) is not False for c in conditions)


def _shown_by_rules(answer: Answer, expect: Map) -> Iterator[tuple[str, Any, Any, str]]:
    wanted = [name for name in ("row", "columns_checked", "columns_marked") if name in expect]
    if not wanted:
        return
    for name in wanted:
        rules = [rule for rule in answer.book.rules.values() if name in rule.shows]
        values = [dict(answer.explanation.link(rule).shown)[name] for rule in rules]
        known = [value for value in values if not isinstance(value, Unknown)]
        if not known:
            yield name, expect[name], ..., name
        elif name == "row":
            yield name, expect[name], known[0], ""
        else:
            got = sorted(str(column) for column in (known[0] if known[0] is not NONE else ()))
            same = got == sorted(str(column) for column in expect[name])
            yield name, expect[name], expect[name] if same else got, ""


def _shown(value: Any) -> str:
    return (
        {True: "true", False: "false", None: "nothing"}.get(value, str(value))
        if isinstance(value, bool | None)
        else str(value)
    )
