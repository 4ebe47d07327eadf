"""Random small worlds for the invariants of an answer: two packs with every kind of rule, facts with gaps, and a question.

A world is made from a number and nothing else, so that one that went wrong can be looked at again: ``World.of(4711)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from random import Random
from typing import Any, Final

from lastword.errors import Where
from lastword.facts.day import ALWAYS, Bound, Period
from lastword.facts.fact import Complete, Entry, Fact, Facts, Money, Standing
from lastword.facts.question import Party, Question
from lastword.facts.schema import LISTS, PARTY, THING, Field
from lastword.facts.snapshot import Snapshot
from lastword.facts.unknown import NONE
from lastword.reach.builtin import BUILT_IN_TYPES
from lastword.rules.book import Book
from lastword.rules.condition import Condition, compile_condition
from lastword.rules.rule import (
    Consent,
    Coverage,
    Dated,
    Duty,
    Finding,
    Ladder,
    Pack,
    Reach,
    Rule,
    Seat,
    Term,
    Unread,
)
from lastword.rules.table import Citation, Row, Table
from lastword.rules.types import (
    BOOL,
    CODE,
    DAY,
    NUMBER,
    PLACE,
    TEXT,
    Schema,
    TableType,
    TermType,
    Type,
    list_of,
    subject,
)

DAY_ASKED: Final = date(2026, 6, 1)
THINGS: Final = ("a", "b", "c", "d")
NOBODY: Final = {"en": "-", "de": "-"}
CITED: Final = Citation("-", date(2026, 1, 1))
_TYPES: Final[Mapping[str, Type]] = {
    "yes-no": BOOL,
    "number": NUMBER,
    "text": TEXT,
    "name": TEXT,
    "place": PLACE,
    "day": DAY,
    "code": CODE,
    "money": Type("money"),
    "columns": list_of(TEXT),
    "thing": subject("thing"),
    "party": subject("party"),
}
FIELDS: Final = {name: Field("yes-no", name, name) for name in ("tested", "sealed")}
TERMS: Final[Mapping[str, tuple[tuple[tuple[str, str], ...], str, bool]]] = {
    "counted": ((("p", "thing"),), "yes-no", False),
    "licence": ((("t", "thing"), ("pl", "place")), "yes-no", True),
    "told": ((("t", "thing"),), "yes-no", True),
    "foreign": ((("p", "thing"),), "yes-no", False),
    "holds_code": ((("t", "thing"),), "yes-no", False),
    "limit_of": ((("pl", "place"),), "number", False),
}
TABLES: Final[Mapping[str, tuple[int, str]]] = {"friends": (1, "yes-no"), "limits": (1, "number")}


def _schema() -> Schema:
    """Return what the conditions of every world may speak of."""
    thing = {name: _TYPES[field.kind] for name, field in {**THING, **FIELDS}.items()}
    thing.update({name: _TYPES[result] for name, (_, result, statable) in TERMS.items() if statable})
    things = list_of(subject("thing"))
    thing.update(dict.fromkeys(("parts", "whole", "bundled", "technology", "needs"), things))
    thing.update(usd_value=NUMBER, relation=TEXT, kind_of_need=TEXT, custody=list_of(subject("step")))
    terms = {
        name: TermType(tuple(_TYPES[kind] for kind in args), _TYPES[result])
        for name, (args, result) in BUILT_IN_TYPES.items()
    }
    terms.update(
        {
            name: TermType(tuple(_TYPES[kind] for _, kind in args), _TYPES[result])
            for name, (args, result, _) in TERMS.items()
        }
    )
    question = dict.fromkeys(("from", "to"), PLACE) | dict.fromkeys(("act", "end_use", "circumstance"), TEXT)
    question |= {"as_of": DAY, "value": NUMBER, "route": list_of(PLACE), "parties": list_of(subject("party"))}
    return Schema(
        {
            "thing": thing,
            "step": {name: _TYPES[field.kind] for name, field in LISTS["custody"].items()},
            "party": {name: _TYPES[field.kind] for name, field in PARTY.items()},
            "question": question,
        },
        terms,
        {name: TableType(keys, _TYPES[kind]) for name, (keys, kind) in TABLES.items()},
    )


SCHEMA: Final = _schema()
_SCOPE: Final = {
    "thing": subject("thing"),
    "question": subject("question"),
    "from": PLACE,
    "to": PLACE,
    "act": TEXT,
    "end_use": TEXT,
    "as_of": DAY,
}
_BOUND: Final = {
    "part": "thing",
    "tech": "thing",
    "need": "thing",
    "step": "step",
    "party": "party",
    "t": "thing",
    "p": "thing",
}


@lru_cache(maxsize=65536)
def condition(text: str, extra: tuple[str, ...] = (), want: Type | None = BOOL) -> Condition:
    """Return a compiled condition in which the variables ``extra`` may be used beside those of every rule."""
    scope = {**_SCOPE, **{name: PLACE if name == "pl" else subject(_BOUND[name]) for name in extra}}
    return compile_condition(text, scope=scope, schema=SCHEMA, at=Where("world"), want=want)


@dataclass(frozen=True)
class World:
    """Packs, facts and a question."""

    packs: tuple[Pack, ...]
    facts: tuple[Fact, ...]
    question: Question

    @classmethod
    def of(cls, number: int, *, complete: bool = False) -> World:
        """Return the world of that number. ``complete``: nothing is missing in it, or nearly nothing."""
        return _Maker(Random(number), complete).world()

    def book(self) -> Book:
        """Return the rules, put together."""
        return Book.of(self.packs)

    def snapshot(self) -> Snapshot:
        """Return the facts as of the day of the question."""
        asked = self.question
        kinds = {**dict.fromkeys(THINGS, "thing"), "t": "thing", "n": "thing", "buyer": "party"}
        facts = Facts(self.facts, kinds=kinds, base="EUR", rates={"USD": Fraction(1)})
        return Snapshot(facts, asked.as_of, asked.known, asked.bar, asked.strict)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules of all packs."""
        return tuple(rule for pack in self.packs for rule in pack.rules)

    def with_rules(self, rules: Sequence[Rule]) -> World:
        """Return the same world with other rules, each in the pack it names."""
        packs = tuple(
            replace(pack, rules=tuple(r for r in rules if r.pack == pack.id)) for pack in self.packs
        )
        return replace(self, packs=packs)

    def shuffled(self, random: Random) -> World:
        """Return the same world told in another order (invariant 6)."""

        def mixed(items: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(random.sample(list(items), len(items)))

        packs = mixed(
            [
                replace(pack, rules=mixed(pack.rules), terms=mixed(pack.terms), covers=mixed(pack.covers))
                for pack in self.packs
            ]
        )
        return replace(self, packs=packs, facts=mixed(self.facts))


def _fields(test: str) -> set[str]:
    """Return what a test reads; a term may read anything."""
    found = {name for pair in re.findall(r"'(eccn|usml)'|\.(\w+)", test) for name in pair if name}
    return found or {"origin", "eccn", "usml", "tested", "sealed", "discrete"}


class _Maker:
    """Makes one world. ``gap`` is how likely a fact is missing, drawn anew for each world."""

    def __init__(self, random: Random, complete: bool) -> None:
        self.random = random
        self.complete_world = complete
        self.gap = random.choice((0.0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.09))
        if complete:
            self.gap = 0.0
        self.by_share = random.random() < 0.6

    def likely(self, chance: float) -> bool:
        return self.random.random() < chance

    def doubt(self, chance: float) -> bool:
        """Say whether to leave something open that is no fact about a thing."""
        return not self.complete_world and self.likely(chance)

    def world(self) -> World:
        us, de = self.packs()
        return World((de, us), tuple(self.facts()), self.question())

    # -- conditions -------------------------------------------------------------------------------------------

    def test(self, name: str, *, depth: int = 1, calls: bool = True) -> str:
        """Return a condition over the variable ``name``."""
        roll = self.random.random()
        if depth and roll < 0.2:
            one, other = self.two_atoms(name, calls)
            joint = self.random.choice((" && ", " || "))
            return f"({one}{joint}{other})" if other else one
        if depth and roll < 0.27:
            return f"!({self.atom(name, calls)})"
        if depth and roll < 0.3:
            one, other = self.two_atoms(name, calls)
            no = f"!({other})" if self.likely(0.5) else "false"
            return f"({one} ? {other} : {no})" if other else one
        return self.atom(name, calls)

    def two_atoms(self, name: str, calls: bool) -> tuple[str, str]:
        """Return two tests that can come out each as it likes, the second empty if none is found.

        Two that read one field may contradict each other whatever it is. A share over many parts is split as one yes or no
        (D16), with each test of each part taken to be able to come out either way.
        """
        one = self.atom(name, calls)
        others = (self.atom(name, calls) for _ in range(20))
        return one, next((other for other in others if _fields(one).isdisjoint(_fields(other))), "")

    def atom(self, name: str, calls: bool) -> str:
        pick = self.random.choice
        if name == "step":
            return pick(
                (
                    "step.from == 'US'",
                    "step.from == 'DE'",
                    "step.undertaking == 'no_reexport'",
                    "step.channel == 'sale'",
                    "step.to != 'IN'",
                )
            )
        if name == "party":
            return pick(
                (
                    "on(party,'listed','entity')",
                    "on(party,'listed','*')",
                    "party.country == 'CN'",
                    "party.informed_by == 'US'",
                    "party.kind == 'government'",
                )
            )
        tests = [
            f"{name}.origin == 'US'",
            f"{name}.origin == 'US'",
            f"{name}.origin in ['DE', 'US']",
            f"{name}.origin != 'DE'",
            f"on({name},'eccn','3A1')",
            f"on({name},'eccn','3A1.b')",
            f"on({name},'eccn','??6??')",
            f"on({name},'usml','*')",
            f"on({name},'usml','VIII')",
            f"{name}.usml == none",
            f"has({name}.usml)",
            f"{name}.tested",
            f"{name}.sealed",
            f"{name}.discrete",
        ]
        if name == "tech":
            tests += ["tech.relation == 'direct_product_of'"] * 4
        if name == "need":
            tests += ["need.kind_of_need == 'needs_data'"] * 2
        if name == "thing":
            tests += [
                "thing.parts.exists(x, on(x,'eccn','3A1'))",
                "thing.parts.all(x, x.origin == 'DE')",
                "thing.whole.exists(x, x.tested)",
                "thing.custody.exists(x, x.from == 'US')",
                "thing.technology.exists(x, x.origin == 'US')",
                "thing.usd_value > 500",
                "question.parties.exists(x, on(x,'listed','entity'))",
                "question.circumstance == 'repair'",
            ]
        if calls:
            tests += [
                f"counted({name})",
                f"licence({name}, to)",
                f"told({name})",
                f"foreign({name})",
                f"holds_code({name})",
            ]
        return pick(tests)

    def place_test(self) -> str:
        return self.random.choice(
            (
                "to == 'IN'",
                "to != 'DE'",
                "table('friends', to)",
                "!table('friends', to)",
                "end_use == 'military'",
            )
        )

    def condition(self, name: str = "thing", *, calls: bool = True, also: Sequence[str] = ()) -> Condition:
        extra = () if name == "thing" else (name,)
        text = self.test(name, calls=calls)
        if also and self.likely(0.3):
            text = f"{text} && {self.random.choice(also)}"
        elif self.likely(0.15):
            text = f"{text} && {self.place_test()}"
        return condition(text, extra)

    # -- rules ------------------------------------------------------------------------------------------------

    def packs(self) -> tuple[Pack, Pack]:
        rules = list(self.rules())
        terms = (*self.terms(),)
        ladders = []
        if self.likely(0.5):
            when = condition("has(thing.eccn) && thing.eccn != none")
            ladders.append(Ladder("L-1", "us", (("usml", NONE),), when, CITED, presumed=self.likely(0.4)))
        if self.likely(0.2):
            ladders.append(
                Ladder(
                    "L-2",
                    "us",
                    (("tested", True),),
                    condition("thing.origin == 'US'"),
                    CITED,
                    presumed=self.likely(0.5),
                )
            )
        us = Pack(
            "us",
            NOBODY,
            "US",
            fields=FIELDS,
            ladders=tuple(ladders),
            terms=terms,
            covers=self.covers("US"),
            tables=self.tables(),
            rules=tuple(rule for rule in rules if rule.pack == "us"),
        )
        de = Pack(
            "de",
            NOBODY,
            "DE",
            covers=self.covers("DE"),
            rules=tuple(rule for rule in rules if rule.pack == "de"),
        )
        return us, de

    def covers(self, state: str) -> tuple[Coverage, ...]:
        if self.doubt(0.06):
            return ()
        when = condition(self.test("thing", depth=0)) if self.likely(0.06) else None
        kinds = frozenset(("commodity",)) if self.likely(0.06) else frozenset()
        return (
            Coverage(
                (state,), "", frozenset(("export", "reexport", "retransfer", "return")), kinds, when, ALWAYS
            ),
        )

    def tables(self) -> tuple[Table, ...]:
        rows: dict[tuple[str, ...], tuple[Row, ...]] = {}
        for place in ("US", "DE", "IN", "CN"):
            if self.likely(0.8):
                rows[place,] = (Row(self.likely(0.5), self.period(0.1)),)
        numbers: dict[tuple[str, ...], tuple[Row, ...]] = {
            (place,): (Row(self.random.choice((Fraction(1, 10), Fraction(1, 4)))),)
            for place in ("US", "DE", "IN", "CN")
        }
        friends = Table(
            "friends",
            NOBODY,
            CITED,
            "yes-no",
            1,
            rows,
            missing=False if self.complete_world else self.random.choice(("unknown", False, False)),
            read=(
                date(2026, 1, 1),
                self.random.choice((date(2026, 3, 1), date(2026, 9, 1), date(2026, 9, 1))),
            ),
        )
        return (friends, Table("limits", NOBODY, CITED, "number", 1, numbers))

    def period(self, chance: float) -> Period:
        """Return a period that is always, or with ``chance`` one whose start may or may not have been reached."""
        return Period(Bound(date(2026, 5, 1), date(2026, 7, 1))) if self.doubt(chance) else ALWAYS

    def terms(self) -> tuple[Term, ...]:
        licence = self.test("t", calls=False)
        ways = ["licence(p, to)", self.test("p", calls=False)]
        if "origin" not in licence:
            ways.append("p.origin == 'US' && licence(p, to)")
        bodies: dict[str, str | None] = {
            "counted": self.random.choice(ways),
            "licence": licence + self.random.choice(("", " && !table('friends', pl)", " || pl == 'CN'")),
            "told": None,
            "foreign": "p.discrete && p.origin != 'US'",
            "holds_code": self.random.choice(
                (
                    "t.parts.exists(x, on(x,'eccn','3A1'))",
                    "t.whole.exists(x, x.origin == 'US')",
                    "on(t,'eccn','*')",
                )
            ),
            "limit_of": self.random.choice(("table('limits', pl)", "0.25", "thing.tested ? 0.1 : 0.25")),
        }
        terms = []
        for name, (args, result, statable) in TERMS.items():
            body = bodies[name]
            values = (
                () if body is None else (Dated(condition(body, tuple(a for a, _ in args), _TYPES[result])),)
            )
            terms.append(Term(name, "us", args, result, NOBODY, CITED, name, values, statable))
        return tuple(terms)

    def rule(self, ident: str, kind: str, **more: Any) -> Rule:
        pack = more.pop("pack", self.random.choice(("us", "us", "de")))
        standing = Standing.CONFIRMED
        if self.doubt(0.06):
            standing = Standing.DISPUTED
        elif self.likely(0.3):
            standing = Standing.REPORTED
        unread = None
        if self.doubt(0.08):
            when = condition(self.test("thing", depth=0)) if self.likely(0.5) else None
            unread = Unread(NOBODY, self.random.choice(("add", "drop")), when)
        acts = frozenset(
            self.random.choice(
                (("export", "reexport"), ("reexport", "retransfer", "export", "return"), ("export",))
            )
        )
        return Rule(
            ident,
            pack,
            pack.upper(),
            kind,
            more.pop("family", ident),
            NOBODY,
            CITED,
            standing,
            period=self.period(0.05),
            in_force_unknown=self.doubt(0.04),
            acts=acts if self.likely(0.4) else None,
            leg="supply" if self.likely(0.1) else "",
            domain=self.condition() if self.likely(0.15) else None,
            unread=unread,
            **more,
        )

    def reaches(self, *kinds: str) -> tuple[Reach, ...]:
        count = 2 if self.likely(0.2) else 1
        return tuple(self.reach(self.random.choice(kinds)) for _ in range(count))

    def reach(self, kind: str) -> Reach:
        through = self.likely(0.5)
        match kind:
            case "content":
                return Reach(
                    "content",
                    condition(
                        self.random.choice(("counted(part)", "counted(part)", self.test("part"))), ("part",)
                    ),
                    stop=self.condition("part") if self.likely(0.4) else None,
                    whole=self.condition("part") if self.likely(0.2) else None,
                    limit=condition(self.random.choice(("limit_of(to)", "0.25", "0.1", "0.25")), (), NUMBER),
                    equal_free=self.likely(0.7),
                )
            case "any_part":
                stop = self.condition("part") if self.likely(0.4) else None
                return Reach("any_part", self.condition("part"), stop=stop, itself=self.likely(0.7))
            case "made_with":
                return Reach("made_with", self.condition("tech"), through=through)
            case "needs_in_use":
                kinds = self.random.choice(((), ("needs_data",)))
                return Reach("needs_in_use", self.condition("need"), through=through, kinds=kinds)
            case "undertaking":
                presumed = condition(
                    "step.from == 'DE'" if self.likely(0.5) else "step.from == 'US' && part.origin == 'US'",
                    ("step", "part"),
                )
                test = condition(
                    f"{self.random.choice(('step.from == ', 'step.to != '))}'DE' && step.undertaking == 'no_reexport'",
                    ("step", "part"),
                )
                return Reach(
                    "undertaking", test, through=through, presumed=presumed if self.likely(0.5) else None
                )
            case "party":
                return Reach("party", self.condition("party"))
            case "place":
                return Reach("place", condition(self.place_test()))
        return Reach("origin", self.condition())

    def consent(self) -> Consent:
        return Consent(((Seat("US/BIS", "licence"),),))

    def rules(self) -> list[Rule]:
        everything = (
            "origin",
            "content",
            "any_part",
            "made_with",
            "needs_in_use",
            "undertaking",
            "party",
            "place",
        )
        subject_to = ("subject_to('R')", "!subject_to('R')", "subject_to('Q')")
        rules = [
            self.rule("REG-1", "regime", gives="R", family="REG", reach=(self.reach("content"),)),
            self.rule(
                "REG-2",
                "regime",
                gives="R",
                family="REG",
                reach=self.reaches("any_part", "made_with", "origin"),
            ),
            self.rule(
                "CON-1", "consent", needs=("R",), when=self.condition(also=subject_to), consent=self.consent()
            ),
        ]
        if self.likely(0.4):
            rules.append(
                self.rule(
                    "REG-3",
                    "regime",
                    gives="Q",
                    when=self.condition(also=("!subject_to('R')",)),
                    reach=self.reaches(*everything),
                )
            )
        if self.likely(0.7):
            needs_any = (("R", "Q"),) if self.likely(0.3) else ((),)
            rules.append(
                self.rule(
                    "CON-2",
                    "consent",
                    needs_any=needs_any[0],
                    reach=self.reaches(*everything),
                    consent=self.consent(),
                )
            )
        if self.likely(0.3):
            per = condition("step.from", ("step",), None)
            rules.append(
                self.rule(
                    "CON-3", "consent", reach=(self.reach("undertaking"),), per=per, consent=self.consent()
                )
            )
        when = self.condition(also=subject_to)
        rules.append(
            self.rule(
                "BAN-1", "prohibition", when=when, reach=self.reaches("party", "place", "any_part", "origin")
            )
        )
        rules.extend(self.lifters(subject_to))
        return rules

    def lifters(self, subject_to: Sequence[str]) -> list[Rule]:
        """Return permissions and exceptions. One that lifts a permission or an exception has burden none (R9)."""
        names = self.random.choice((("CON-1",), ("CON-1", "CON-2"), ("CON-2", "CON-3"), ("CON-1",)))
        before = Duty("notify", NOBODY, when="before")
        duties = self.random.choice(((), (before,), (Duty("keep", NOBODY),)))
        found = [
            self.rule(
                "PER-1",
                "permission",
                satisfies=names,
                claimant=self.likely(0.7),
                duties=duties,
                checklist=self.checklist(),
                when=self.condition(also=subject_to) if self.likely(0.8) else None,
            )
        ]
        targets = self.random.choice(
            (("REG-1",), ("REG",), ("REG-2",), ("CON-1",), ("CON-2", "REG-1"), ("BAN-1",), ("BAN-1", "CON-1"))
        )
        found.append(
            self.rule(
                "EXC-1",
                "exception",
                lifts=targets,
                claimant=self.likely(0.7),
                checklist=self.checklist(),
                when=self.condition(),
            )
        )
        if self.likely(0.3):
            found.append(
                self.rule(
                    "PER-2",
                    "permission",
                    satisfies=("CON-1",),
                    claimant=self.likely(0.5),
                    when=self.condition(),
                )
            )
        if self.likely(0.5):
            targets = self.random.choice((("PER-1",), ("EXC-1",), ("PER-1", "EXC-1")))
            found.append(
                self.rule("EXC-2", "exception", lifts=targets, claimant=False, when=self.condition())
            )
        return found

    def checklist(self) -> tuple[Finding, ...]:
        if self.likely(0.6):
            return ()
        return (Finding("fit", NOBODY, self.random.choice(("", "", "repair"))),)

    # -- facts ------------------------------------------------------------------------------------------------

    def facts(self) -> list[Fact]:
        facts: list[Fact] = []
        for thing in (*THINGS, "t", "n"):
            facts += self.cell(thing, "origin", ("US", "DE", "CN"))
            facts += self.cell(
                thing, "eccn", ("3A1.b", "3A1.c", "9A610", NONE, NONE, "3A1", "any"), spare=0.05
            )
            facts += self.cell(thing, "usml", (NONE, NONE, NONE, "VIII", "XI.a", "any"), spare=0.05)
            for name in ("tested", "sealed", "discrete"):
                facts += self.cell(thing, name, (True, False))
            if self.likely(0.15):
                facts += self.cell(thing, "licence", (True, False))
            facts += self.cell(thing, "told", (True, False))
        facts += self.cell("a", "kind", ("commodity", "commodity", "software"))
        facts += self.cell("buyer", "country", ("CN", "IN"))
        facts += self.cell("buyer", "kind", ("government", "company"))
        facts += self.cell("buyer", "listed", (NONE, "entity.1", "watch", "any"), spare=0.4)
        facts += self.cell("buyer", "informed_by", (NONE, "US"), spare=0.4)
        for rule in ("PER-1", "EXC-1"):
            facts += self.cell("a", f"{rule}: fit", (True, True, False), spare=0.2)
        if self.likely(0.4):
            facts.append(Fact("a", "PER-1: notify", True, id="done"))
        facts += self.contents()
        facts += self.others()
        return facts

    def cell(self, about: str, name: str, values: Sequence[Any], spare: float = 0.0) -> list[Fact]:
        """Return what is said about one attribute: mostly one fact, sometimes none, two that differ, a weak or a scoped one."""
        pick = self.random.choice
        value = pick(tuple(values))
        if self.complete_world:
            value = pick(tuple(one for one in values if one not in ("any", "3A1")))
            return [Fact(about, name, value, id=f"{about}.{name}")]
        roll = self.random.random()
        ident = f"{about}.{name}"
        if roll < self.gap + spare:
            if self.likely(0.15):
                return [Fact(about, name, value, id=ident, standing=Standing.DISPUTED)]
            return []
        if self.likely(self.gap / 4):
            other = pick(tuple(values))
            firm = Standing.CONFIRMED if self.likely(0.3) else Standing.ASSERTED
            return [
                Fact(about, name, value, id=ident),
                Fact(about, name, other, id=f"{ident}.2", standing=firm),
            ]
        if self.likely(self.gap / 6):
            return [Fact(about, name, value, id=ident, valid=self.period(1.0))]
        if self.likely(self.gap / 6):
            return [Fact(about, name, value, id=ident, scope=(("to", "IN"),))]
        standing = pick((Standing.ASSERTED, Standing.ASSERTED, Standing.CONFIRMED, Standing.REPORTED))
        if self.likely(0.03):
            standing = Standing.PRESUMED
        return [Fact(about, name, value, id=ident, standing=standing)]

    def element(self, about: str, name: str, key: str, fields: Mapping[str, Any], doubt: float = 0.0) -> Fact:
        standing = Standing.ASSERTED
        valid = ALWAYS
        if self.likely(self.gap / 2 + doubt):
            if self.likely(0.5):
                standing = Standing.DISPUTED
            else:
                valid = self.period(1.0)
        known = Period(Bound.on(date(2026, 5, 20))) if self.likely(0.05) else ALWAYS
        return Fact(
            about,
            name,
            Entry(key, fields),
            "element",
            f"{about}/{name}/{key}",
            standing=standing,
            valid=valid,
            known=known,
        )

    def contents(self) -> list[Fact]:
        facts = []
        if not self.by_share:
            facts.append(Fact("a", "value", Money(Fraction(1000), "EUR"), id="a.value"))
            for thing in THINGS[1:]:
                if not self.likely(self.gap / 2):
                    facts.append(
                        Fact(
                            thing,
                            "value",
                            Money(Fraction(self.random.choice((50, 100, 250))), "EUR"),
                            id=f"{thing}.value",
                        )
                    )
        elif self.likely(0.3):
            facts.append(
                Fact("a", "value", Money(Fraction(self.random.choice((400, 1000))), "EUR"), id="a.value")
            )
        tree = self.random.choice(
            (
                {"a": "bc", "b": "d"},
                {"a": "bc", "b": "d", "c": "d"},
                {"a": "bcd"},
                {"a": "b", "b": "cd"},
                {"a": "bd", "b": "d"},
            )
        )
        for about, children in tree.items():
            for child in children:
                facts.append(self.element(about, "contains", child, self.portion(child)))
        if self.likely(0.05):
            above = self.random.choice("ab")
            facts.append(self.element("d", "contains", above, self.portion(above), doubt=1.0))
        return facts

    def portion(self, child: str) -> dict[str, Any]:
        if self.by_share:
            share = self.random.choice((Fraction(1, 20), Fraction(1, 10), Fraction(1, 4), Fraction(3, 10)))
            return {"thing": child, "share": share}
        return {"thing": child, "quantity": Fraction(self.random.choice((1, 1, 2)))}

    def others(self) -> list[Fact]:
        facts = []
        for thing in self.random.choice((("a",), ("a", "b"), ("b",), ())):
            facts.append(
                self.element(
                    thing,
                    "made_with",
                    "t",
                    {"thing": "t", **self.given("relation", "direct_product_of", "produced_by_plant")},
                )
            )
        for thing in self.random.choice((("a",), ("b",), (), ())):
            name = self.random.choice(("needs_data", "needs_service"))
            facts.append(self.element(thing, name, "n", {"thing": "n"}))
        for thing in self.random.choice((("a",), ("a", "c"), ("b",), ())):
            step: dict[str, Any] = {
                "from": self.random.choice(("US", "DE")),
                "to": self.random.choice(("DE", "IN")),
            }
            step |= self.given("channel", "sale", "grant") | self.given(
                "undertaking", "no_reexport", "denied", spare=0.4
            )
            facts.append(self.element(thing, "custody", "s1", step))
        for name in ("contains", "made_with", "needs_data", "needs_support", "needs_service", "custody"):
            for thing in THINGS:
                facts += self.complete(thing, name)
        return facts

    def given(self, name: str, *values: str, spare: float = 0.0) -> dict[str, str]:
        return {} if self.doubt(self.gap + spare) else {name: self.random.choice(values)}

    def complete(self, thing: str, name: str) -> list[Fact]:
        """Return a declaration that a list is complete; at the top nearly always, and for everything below."""
        if not self.likely(1 - self.gap if thing == "a" else 0.3):
            return []
        remainder = Fraction(0)
        term = ""
        if name == "contains" and self.likely(2 * self.gap):
            remainder = self.random.choice((Fraction(1, 50), Fraction(1, 10)))
        elif name == "contains" and self.likely(2 * self.gap):
            term = self.random.choice(("usml", "eccn"))
        standing = self.random.choice(
            (Standing.ASSERTED, Standing.ASSERTED, Standing.CONFIRMED, Standing.REPORTED)
        )
        known = Period(Bound.on(date(2026, 5, 10))) if self.likely(0.3) else ALWAYS
        deep = bool(term) or (self.likely(0.85) if thing == "a" else self.likely(0.5))
        value = Complete("somebody", deep, remainder, term)
        return [
            Fact(thing, name, value, "complete", f"{thing}/{name}/complete", standing=standing, known=known)
        ]

    # -- question ---------------------------------------------------------------------------------------------

    def question(self) -> Question:
        here, there = self.random.choice(
            (("DE", "IN"), ("DE", "CN"), ("US", "IN"), ("DE", "US"), ("DE", "DE"), ("FR", "IN"))
        )
        if self.complete_world:
            party = (Party("buyer", "buyer"),)
            return Question(
                "a", "reexport", here if here != "FR" else "DE", there, DAY_ASKED, DAY_ASKED, parties=party
            )
        bar = self.random.choice((Standing.REPORTED,) * 8 + (Standing.ASSERTED, Standing.CONFIRMED))
        circumstance = self.random.choice(("sale", "sale", "repair", None)) if self.likely(0.5) else "sale"
        return Question(
            "a",
            self.random.choice(("export", "reexport")),
            here,
            there,
            DAY_ASKED,
            DAY_ASKED,
            end_use=self.random.choice(("civil", "military")),
            parties=(Party("buyer", "buyer"),) if self.likely(0.8) else (),
            circumstance=circumstance,
            bar=bar,
            strict=self.likely(0.12),
        )
