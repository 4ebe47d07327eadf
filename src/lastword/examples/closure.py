"""From an example to facts and a question, closed by the rules of the schema (``docs/examples.md``)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from lastword.examples import wording
from lastword.facts.fact import Complete, Entry, Fact, Facts, Money
from lastword.facts.question import Party, Question
from lastword.facts.schema import CIRCUMSTANCES, DEPENDENCIES
from lastword.facts.unknown import NONE
from lastword.files.values import Refused, number
from lastword.files.yaml import Map
from lastword.rules.book import Book

ORDINARY: Final = "ordinary"
THING: Final = "item"


def question_of(book: Book, example: Map, today: date) -> tuple[Question, Facts]:
    """Return the question of an example and the facts it gives, closed by the rules of the schema."""
    item, move = example["item"], example["move"]
    occasions = _occasions(example)
    told = wording.use_facts(_said(example, "end_use", "end_user"))
    told |= wording.item_facts(str(item.get("name") or ""))
    told |= wording.plain_facts(str(example.get("title") or ""))
    if "service" in occasions:
        told |= {"help_with_it"}
    facts: list[Fact] = list(_thing_facts(book, THING, item, item.get("made_in"), move["to"], told))
    if "classification" in item and not item["classification"]:
        # Written as {}: it was looked at and is on no list. A key left out says nothing.
        facts += [Fact(THING, name, NONE) for name in _LISTS if name in book.fields]
    facts += _kind(THING, item.get("kind", "commodity"))
    facts += _content(book, example.get("content") or (), move["to"])
    facts += _technology(book, example.get("technology") or (), move["to"])
    facts += _history(example.get("history") or ())
    facts += _needs(book, example.get("needs") or (), move["to"])
    facts += [_complete(THING, name) for name in (*DEPENDENCIES, "custody")]
    shown = example.get("findings") == "shown"
    if shown:
        facts += _found(book, occasions)
    kinds = {fact.about: "thing" for fact in facts}
    as_of = example["as_of"]
    parties = _parties(move)
    parties += (*_acting(example, parties, occasions), *_served(move, parties), *_informed(example))
    value = _money(item)
    if value is not None:
        facts.append(Fact(THING, "value", value))
    question = Question(
        thing=THING,
        act=move["act"],
        from_=move["from"],
        to=move["to"],
        as_of=as_of,
        known=example.get("known") or max(as_of, today),
        end_use=wording.end_use(str(move.get("end_use") or "")),
        end_use_text=str(move.get("end_use") or ""),
        end_user=str(move.get("end_user") or ""),
        value=value if value is not None else NONE,
        # An example speaks of one thing unless it says how many.
        quantity=_number(item.get("quantity", 1)),
        route=tuple(move.get("route") or ()),
        parties=parties,
        # Who takes the findings as made says why it moves: as told, or else a sale.
        circumstance=next((one for one in occasions if one in CIRCUMSTANCES), "sale" if shown else None),
    )
    return question, Facts(tuple(facts), kinds, {}, {}, (), {}, value.currency if value else "USD")


def _said(example: Map, *keys: str) -> str:
    """Return the words of an example under these keys, wherever they stand."""
    names = [str(party.get("name") or "") for party in example["move"].get("parties") or ()]
    return " ; ".join([str(example.get(key) or example["move"].get(key) or "") for key in keys] + names)


def _occasions(example: Map) -> tuple[str, ...]:
    """Return why the thing moves: as stated, else as the words of the question tell; () for a plain sale."""
    move = example["move"]
    if move.get("circumstance"):
        return (str(move["circumstance"]),)
    texts = (example.get("title"), move.get("end_use"), move.get("end_user"), example["item"].get("name"))
    return wording.occasions(texts, move["act"])


def _found(book: Book, occasions: Collection[str]) -> Iterator[Fact]:
    """Yield the findings that a person must make, as made; an occasion only where the question tells it."""
    for rule in book.kind("exception", "permission", "consent", "regime", "prohibition"):
        if not any(finding.circumstance or finding.said for finding in rule.checklist):
            yield Fact(THING, f"{rule.id}: *", True)
            continue
        for finding in rule.checklist:
            wanted = {word for word in (*finding.circumstance.split("|"), *finding.said.split("|")) if word}
            if not wanted or not wanted.isdisjoint(occasions):
                yield Fact(THING, f"{rule.id}: {finding.id}", True)
        for duty in rule.duties:
            yield Fact(THING, f"{rule.id}: {duty.id}", True)


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
        yield from _history(part.get("history") or (), ident)
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


def _needs(book: Book, needs: Sequence[Any], to: str) -> Iterator[Fact]:
    """Data, support or a service that the use of the thing needs."""
    for index, need in enumerate(needs):
        ident = f"need-{index + 1}"
        kind = str(need.get("kind", "support"))
        yield from _thing_facts(book, ident, need, need.get("origin"), to)
        yield from _kind(ident, kind)
        if need.get("provider"):
            yield Fact(ident, "provider", str(need["provider"]))
        yield Fact(THING, f"needs_{kind}", Entry(ident, {"thing": ident}), "element")


def _history(history: Sequence[Any], thing: str = THING) -> Iterator[Fact]:
    for index, step in enumerate(history):
        fields: dict[str, Any] = {"order": Fraction(index)}
        for name in ("from", "to", "channel", "undertaking"):
            if step.get(name) is not None:
                fields[name] = str(step[name])
        # A step that mentions no promise states none; the rule may still presume one from the hand-over.
        fields.setdefault("undertaking", NONE)
        ident = f"step-{index + 1}" if thing == THING else f"{thing}/step-{index + 1}"
        yield Fact(thing, "custody", Entry(ident, fields), "element")


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


def _parties(move: Map) -> tuple[Party, ...]:
    parties = [
        _party(spec, f"party-{index + 1}", move) for index, spec in enumerate(move.get("parties") or ())
    ]
    if not any(party.role == "end_user" for party in parties) and move.get("end_user"):
        text = str(move["end_user"])
        whose = wording.country(text)
        # What goes to a place is for somebody there unless a party or the words say otherwise.
        told = _unlisted(text, wording.party_kind(text), whose or move["to"], whose)
        parties.append(Party("end-user", "end_user", told, ()))
    return tuple(parties)


def _unlisted(name: str, kind: str, country: str, nationality: str | None) -> dict[str, Any]:
    """Return what is known of a party that the words of an example name: it is on no list, and nobody told it
    anything.
    """
    return {
        "name": name,
        "kind": kind,
        "listed": NONE,
        "country": country,
        "nationality": nationality or NONE,
        "informed_by": NONE,
    }


# An entry is given with its footnote where it has one.
_LISTED: Final = {"entity_list": "entity_list.no_footnote"}


def _acting(example: Map, named: Sequence[Party], occasions: Collection[str]) -> Iterator[Party]:
    """Yield who acts by the title, where no party of the example does."""
    who = wording.acting(str(example.get("title") or ""))
    if who is None or any(party.role in _AT_DEPARTURE for party in named):
        return
    name, whose, kind = who
    here = example["move"]["from"]
    role = "supporter" if "service" in occasions else "exporter" if whose == here else "broker"
    yield Party("acting", role, _unlisted(name, kind, here if kind == "person" else whose, whose), ())


def _informed(example: Map) -> Iterator[Party]:
    """Yield the exporter, where the words say that an authority informed it."""
    move = example["move"]
    texts = (example.get("title"), move.get("end_use"), move.get("end_user"))
    informed_by = wording.informed_by(texts, move["from"])
    if informed_by:
        told = _unlisted("exporter", "company", move["from"], None)
        yield Party("asker", "exporter", {**told, "informed_by": informed_by}, ())


def _served(move: Map, named: Sequence[Party]) -> Iterator[Party]:
    """Yield the forces or office that the end use names, where no party of the example is that."""
    who = wording.served(str(move.get("end_use") or ""))
    if who is None or any((p.facts.get("country"), p.facts.get("kind")) == who for p in named):
        return
    whose, kind = who
    yield Party("served", "end_user", _unlisted(str(move["end_use"]), kind, whose, whose), ())


_AT_DESTINATION: Final = ("end_user", "buyer", "consignee", "ultimate_consignee")
_AT_DEPARTURE: Final = ("exporter", "supporter", "broker")


def _party(spec: Any, ident: str, move: Map) -> Party:
    name = str(spec.get("name") or ident)
    role = str(spec.get("role") or "other").replace(" ", "_").replace("-", "_")
    told: dict[str, Any] = {"name": name, "informed_by": NONE}
    listed = spec.get("listed", "none")
    told["listed"] = (
        NONE
        if listed in ("none", None, False)
        else _LISTED.get(str(listed), str(listed).replace("entity_list_footnote", "entity_list.footnote"))
    )
    told["kind"] = str(spec["kind"]) if spec.get("kind") else wording.party_kind(name)
    whose = wording.country(name)
    here = move["to"] if role in _AT_DESTINATION else move["from"] if role in _AT_DEPARTURE else NONE
    # A person's nationality is not where that person acts.
    told["country"] = here if told["kind"] == "person" and here is not NONE else whose or here
    told["nationality"] = whose or NONE
    for key in ("country", "nationality", "informed_by"):
        if spec.get(key):
            told[key] = str(spec[key])
    owners = tuple(
        (
            _party({"role": "owner", **owner}, f"{ident}/owner-{i + 1}", move),
            _number(owner.get("share")),
        )
        for i, owner in enumerate(spec.get("owners") or ())
    )
    return Party(ident, role, told, owners)
