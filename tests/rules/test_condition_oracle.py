"""Conditions against Google's CEL, where both have a meaning: random conditions over damaged data.

What we read otherwise than CEL (docs/conditions.md) is written into the translation, so that nothing is
left out of the comparison: what is missing, null or of the wrong kind for us is taken out of the data that
CEL gets, ``has`` becomes something that CEL errs on when it is missing, and so on. Then CEL's true and
false must be our true and false, and each of its errors our unknown.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from lastword.cli.condition import AnyName, JsonWorld
from lastword.errors import Where
from lastword.facts.unknown import Unknown
from lastword.rules.condition import Condition, compile_condition
from lastword.rules.types import OVERFLOW, Schema

try:
    from cel_expr_python import cel
except ImportError:  # pragma: no cover
    if os.environ.get("CI"):
        raise
    pytest.skip("cel-expr-python, the oracle, is not installed", allow_module_level=True)

CONDITIONS, CONTEXTS = (1500, 20) if os.environ.get("LASTWORD_FULL") else (200, 15)

# Kinds of the fields, by owner. Decimals are multiples of 1/4, which a double holds exactly.
THING = {
    "origin": "text",
    "holder": "text",
    "range_km": "int",
    "quantity": "int",
    "share": "decimal",
    "value": "decimal",
    "public": "bool",
    "made_on": "day",
    "columns": "texts",
    "parts": "parts",
}
PART = {"origin": "text", "quantity": "int", "share": "decimal", "public": "bool", "columns": "texts"}
TOP = {"thing": "thing", "to": "text", "amount": "int", "civil": "bool"}
FIELDS = {"thing": THING, "part": PART, "top": TOP}
PYTHON = {
    "text": str,
    "int": int,
    "decimal": Decimal,
    "bool": bool,
    "day": str,
    **dict.fromkeys(FIELDS, dict),
}


# ---- data -----------------------------------------------------------------------------------------


def some_value(r: Random, kind: str) -> Any:
    """Return a sound value of a kind."""
    match kind:
        case "text":
            return r.choice(["US", "DE", "CA", "", "U"])
        case "int":
            return r.choice([0, 1, 299, 300, 301, 2**62, -(2**63)])
        case "decimal":
            return Decimal(r.randrange(-4, 12)) / 4
        case "bool":
            return r.random() < 0.5
        case "day":
            return r.choice(["2023-12-31", "2024-01-31", "2024-02-29", "2023-02-29", "soon"])
        case "texts":
            return [r.choice(["NS1", "NS2", "MT1"]) for _ in range(r.randrange(4))]
        case "parts":
            return [some_value(r, "part") for _ in range(r.randrange(4))]
    return {name: some_value(r, of) for name, of in FIELDS[kind].items()}


def damaged(r: Random, kind: str, value: Any, *, wrong: bool = True) -> Any:
    """Return ``value`` with fields removed and null; if ``wrong`` of a wrong kind too (true for a number)."""
    if kind in FIELDS:
        fields: dict[str, Any] = {}
        for name, of in FIELDS[kind].items():
            roll = r.random()
            if roll < 0.08:
                continue
            if roll < 0.12:
                fields[name] = None
            elif wrong and roll < 0.2:
                others = {"text", "int", "bool", "texts", "thing"} - {
                    of,
                    {"day": "text", "decimal": "int"}.get(of),
                }
                fields[name] = {} if (other := r.choice(sorted(others))) == "thing" else some_value(r, other)
            else:
                fields[name] = damaged(r, of, value[name], wrong=wrong)
        return fields
    if not wrong:
        return value
    if kind == "texts":
        return [r.choice([item] * 12 + [7, True, None]) for item in value]
    if kind == "parts":
        return [r.choice([damaged(r, "part", item)] * 12 + [7, "US", None]) for item in value]
    return value


def sound(kind: str, value: Any) -> bool:
    """Say whether a value is of its kind. An empty object may be any thing, an empty list any list."""
    return isinstance(value, PYTHON.get(kind, list)) and (kind != "int" or not isinstance(value, bool))


def for_cel(kind: str, value: Any) -> Any:
    """Return the data that CEL gets: without what is null or of a wrong kind, and with doubles."""
    if kind in FIELDS:
        kept = {name: item for name, item in value.items() if sound(FIELDS[kind].get(name, ""), item)}
        return {name: for_cel(FIELDS[kind][name], item) for name, item in kept.items()}
    if kind == "parts":  # an element of a wrong kind stays: its fields are an error there and unknown here
        return [for_cel("part", item) if isinstance(item, dict) else item for item in value]
    return float(value) if isinstance(value, Decimal) else value


def without_null(value: Any) -> Any:
    """Return data without null fields, for ``has``: a value of a wrong kind is there."""
    if isinstance(value, dict):
        return {name: without_null(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_null(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


# ---- conditions -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """One condition twice: in our words, and translated for CEL."""

    ours: str
    cel: str


def same(text: str) -> Pair:
    return Pair(text, text)


class Writer:
    """Writes random conditions. ``owners``: variables and the kind of subject each stands for."""

    def __init__(self, r: Random) -> None:
        self.r = r

    def field(self, owners: dict[str, str], kind: str) -> Pair:
        found = [
            f"{owner}.{name}" for owner, of in owners.items() for name, k in FIELDS[of].items() if k == kind
        ]
        return same(self.r.choice(found + [name for name, k in TOP.items() if k == kind]))

    def test(self, owners: dict[str, str], depth: int) -> Pair:
        """Return a condition."""
        if depth <= 0 or self.r.random() < 0.25:
            return self.atom(owners)
        a, b = self.test(owners, depth - 1), self.test(owners, depth - 1)
        match self.r.randrange(5):
            case 0 | 1:
                sign = self.r.choice(["&&", "||"])
                return Pair(f"({a.ours} {sign} {b.ours})", f"({a.cel} {sign} {b.cel})")
            case 2:
                return Pair(f"!({a.ours})", f"!({a.cel})")
            case (
                3
            ):  # an unknown test gives what both branches give (D14); CEL errs, so it gets Kleene's formula
                c = self.test(owners, depth - 2)
                cel_choice = f"(({c.cel} && {a.cel}) || (!({c.cel}) && {b.cel}) || ({a.cel} && {b.cel}))"
                return Pair(f"({c.ours} ? {a.ours} : {b.ours})", cel_choice)
        if "thing" not in owners or len(owners) > 1:
            return a
        kind, body = self.r.choice(["exists", "all"]), self.test({**owners, "p": "part"}, depth - 1)
        return Pair(f"thing.parts.{kind}(p, {body.ours})", f"thing.parts.{kind}(p, {body.cel})")

    def atom(self, owners: dict[str, str]) -> Pair:
        r, order = self.r, self.r.choice(["==", "!=", "<", "<=", ">", ">="])
        match r.randrange(10):
            case 0 | 1:
                return self.joined(self.field(owners, "text"), order, self.text(owners))
            case 2 | 3:
                left = r.choice([self.field(owners, "int"), self.whole(owners)])
                return self.joined(left, order, self.whole(owners))
            case 4:
                return self.joined(self.field(owners, "decimal"), order, self.decimal(owners))
            case 5:
                item, items = self.text(owners), self.field(owners, "texts").ours
                # A wrong element is an error here too, and not just unequal: `e < ''` makes CEL see it so.
                found = f"{items}.exists(e, (e < '' ? false : e == {item.cel}))"
                return Pair(f"{item.ours} in {items}", f"({item.cel} == {item.cel} ? {found} : false)")
            case 6:
                listed = r.choice(["['US', 'CA']", "['DE']", "[to + '', 'US']"])
                return self.joined(self.field(owners, "text"), "in", same(listed))
            case 7:
                return self.field(owners, "bool")
            case 8 if owners == {"thing": "thing"}:
                name = r.choice(sorted(THING))
                return Pair(f"has(thing.{name})", f"(given.{name} == given.{name})")
            case 9 if owners == {"thing": "thing"}:
                day = r.choice(["2024-01-31", "2024-02-29"])
                cel_days = ("timestamp(thing.made_on + 'T00:00:00Z')", f"timestamp('{day}T00:00:00Z')")
                return Pair(
                    f"date(thing.made_on) {order} date('{day}')", f"{cel_days[0]} {order} {cel_days[1]}"
                )
        start = self.field(owners, "text").ours
        return same(f"{start}.startsWith({r.choice(['to', repr('U'), repr('')])})")

    def joined(self, left: Pair, sign: str, right: Pair) -> Pair:
        return Pair(f"{left.ours} {sign} {right.ours}", f"{left.cel} {sign} {right.cel}")

    def text(self, owners: dict[str, str]) -> Pair:
        """Return what is a text or an error whatever the data: two booleans could be compared as well."""
        added = self.joined(self.field(owners, "text"), "+", same(self.r.choice(["'S'", "''"])))
        return self.r.choice([same("'US'"), same("'NS1'"), added])

    def whole(self, owners: dict[str, str]) -> Pair:
        a, b = self.field(owners, "int"), self.r.choice([same("300"), same("2"), self.field(owners, "int")])
        sum_ = self.joined(a, self.r.choice(["+", "-", "*"]), b)
        choice = same(f"({self.field(owners, 'bool').ours} ? 299 : 301)")
        return self.r.choice([self.joined(a, "+", same("0")), sum_, same(f"-{a.ours}"), same("300"), choice])

    def decimal(self, owners: dict[str, str]) -> Pair:
        sum_ = self.joined(self.field(owners, "decimal"), self.r.choice(["+", "-", "*"]), same("0.5"))
        return self.r.choice([same("0.25"), same("1.5"), sum_, sum_])


# ---- comparison -----------------------------------------------------------------------------------


def ask_cel(text: str) -> Callable[[dict[str, Any]], bool | None]:
    """Return CEL's answer on data: true, false, or None for an error. An error is a returned value there."""
    environment = cel.NewEnv(variables=dict.fromkeys([*TOP, "given"], cel.Type.DYN))
    compiled = environment.compile(text)

    def ask(data: dict[str, Any]) -> bool | None:
        result = compiled.eval(data=data)
        if "ERROR" in str(result.type()):
            return None
        assert str(result.type()) == "BOOL", result.type()
        return bool(result.value())

    return ask


def compiled(text: str) -> Condition:
    return compile_condition(text, scope=AnyName(), schema=Schema(), at=Where("test"))


def ask_us(condition: Condition, data: dict[str, Any]) -> Any:
    world = JsonWorld(data)
    return condition.evaluate(world, world.variables)


def unfit(kind: str, value: Any, path: str = "") -> Iterator[str]:
    """Give the names of all facts that are missing or of a wrong kind."""
    if not sound(kind, value):
        yield path
    elif kind in FIELDS:
        for name, of in FIELDS[kind].items():
            yield from unfit(of, value.get(name), f"{path}.{name}".lstrip("."))
    elif kind in ("texts", "parts"):
        for index, item in enumerate(value):
            yield from unfit(kind[:-1], item, f"{path}[{index}]")
    elif kind == "day" and value in ("2023-02-29", "soon"):
        yield path


FIXED = [
    "thing.range_km >= 300 && to in ['US', 'CA'] && !civil",
    "thing.range_km >= 300 || to == 'US' || civil",
    "!(thing.origin == 'US' && thing.share * 4.0 >= 1.0)",
    "thing.range_km + amount > 300 ? civil : civil",
    "thing.parts.exists(p, p.origin == 'US' && p.share >= 0.25) || thing.origin == 'US'",
    "thing.parts.all(p, p.origin != to && p.quantity * 2 < 600)",
    "thing.public == (civil || false) && thing.public != (to == 'US')",
    "thing.public < (civil || false)",
]


def pairs(r: Random) -> Iterator[Pair]:
    for text in FIXED:
        yield (
            same(text) if "?" not in text else Pair(text, "(thing.range_km + amount > 300 || true) && civil")
        )
    writer = Writer(r)
    while True:
        yield writer.test({"thing": "thing"}, r.randrange(4))


def test_random_conditions_over_damaged_data_say_what_cel_says() -> None:
    """True is CEL's true, false is CEL's false, and unknown is CEL's error and names facts that are unfit."""
    r, written = Random(20240131), pairs(Random(7))
    seen = {True: 0, False: 0, None: 0}
    for _ in range(CONDITIONS):
        pair = next(written)
        condition, theirs = compiled(pair.ours), ask_cel(pair.cel)
        for _ in range(CONTEXTS):
            data = damaged(r, "top", some_value(r, "top"))
            before = copy.deepcopy(data)
            given = data.get("thing")
            extra = {"given": without_null(given)} if isinstance(given, dict) else {}
            wanted, got = theirs({**for_cel("top", data), **extra}), ask_us(condition, data)
            note = (pair, data, got, wanted)
            assert (None if isinstance(got, Unknown) else got) is wanted, note
            assert data == before, note
            if isinstance(got, Unknown):
                # A list stands for its elements: one of a wrong kind is named by the list's name.
                names = {*unfit("top", data), OVERFLOW}
                assert got.facts & (names | {name.rpartition("[")[0] for name in names}), note
            seen[wanted] += 1
    assert min(seen.values()) > 0.1 * sum(seen.values()), seen


def test_a_fact_named_as_missing_is_really_missing() -> None:
    """Every single name in an unknown is a fact that the data lacks, or a day that is none."""
    r, writer = Random(5), Writer(Random(6))
    for _ in range(CONDITIONS // 2):
        condition = compiled(writer.test({"thing": "thing"}, 2).ours)
        for _ in range(CONTEXTS // 2):
            data = damaged(r, "top", some_value(r, "top"), wrong=False)
            got = ask_us(condition, data)
            if isinstance(got, Unknown):
                assert got.facts
                assert got.facts - {OVERFLOW} <= set(unfit("top", data)), (condition.text, data, got)


@pytest.mark.parametrize(
    ("text", "data", "ours", "theirs"),
    [
        ("has(thing.origin)", {"thing": {}}, None, False),
        ("thing.origin == null", {"thing": {"origin": None}}, None, True),
        ("thing.origin == 'US'", {"thing": {"origin": 7}}, None, False),
        ("thing.origin in ['US']", {"thing": {"origin": 7}}, None, False),
        ("thing.origin in ['US', 7]", {"thing": {"origin": True}}, None, False),
        ("'MT1' in thing.columns", {"thing": {"columns": ["NS1", 7]}}, None, False),
        ("'MT1' in thing.columns", {"thing": {"columns": {"MT1": 1}}}, None, True),
        ("thing.origin == 'US' ? true : true", {"thing": {}}, True, None),
        ("thing.share + 0.2 == 0.3", {"thing": {"share": Decimal("0.1")}}, True, False),
        (
            "thing.share + thing.range_km > 1.0",
            {"thing": {"share": Decimal("0.25"), "range_km": 1}},
            True,
            None,
        ),
        ("thing.share * 1e308 > 0.0", {"thing": {"share": Decimal(10)}}, True, True),
    ],
)
def test_the_documented_differences_are_as_documented(text: str, data: Any, ours: Any, theirs: Any) -> None:
    """Each difference of the manual, seen on both sides; if CEL changes, the manual must."""
    got = ask_us(compiled(text), data)
    assert (None if isinstance(got, Unknown) else got) is ours
    plain = {"thing": {k: float(v) if isinstance(v, Decimal) else v for k, v in data["thing"].items()}}
    assert ask_cel(text)(plain) is theirs


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * 3 - 4 == 3",
        "10 - 2 - 3 == 5",
        "2 + 3 * 4 > 13 && true || false",
        "true || false && false",
        "false ? true : true ? false : true",
        "!true || true",
        "- 3 + 4 == 1",
        "--3 == 3",
        "1 - -1 == 2",
        "1-1 == 0",
        "-9223372036854775808 < 0",
        "0xFf == 255 && 0x10u == 16u && .5 == 0.5 && 1e2 == 100.0 && 1.5E-1 == 0.15",
        "18446744073709551615u > 1u",
        r"'\a\b\f\n\r\t\v\\\?\"\'\`' == '\x07\x08\x0c\x0a\x0d\x09\x0b\x5c\x3f\x22\x27\x60'",
        r"'\101\x41\u0041\U00000041\X41' == 'AAAAA'",
        r"r'\d' == '\\d' && R'\\'=='\\\\'",
        "'''a\"'b''' == \"a\\\"'b\"",
        '"""a\r\nb\rc""" == "a\\nb\\nc"',
        r"'''a\'''b''' == 'a\'\'\'b'",
        "1 in [1, 2,] && [,] == [] && [1, 2] + [3] == [1, 2, 3]",
        "'a' + 'b' < 'b' && 'Z' < 'a' && '\U0001f600' > '\uffff'",
        "'US'.startsWith('') && ('U' + 'S').startsWith('US')",
        "false < true && !(true < true) && true >= false",
        "true == true != false",
        "[[1], [2]] == [[1], [2]] && [1] in [[1], [2]]",
        "null == null // a remark",
        "true // a\n && // b\r\n\tfalse\f",
        "(((1))) == 1 && ((true) ? (false) : (true))",
        "'\\u00e9' == 'é' && 'a' != 'A'",
        "18446744073709551615u + 1u == 0u",
        "0u - 1u < 0u",
        "9223372036854775807 * 2 > 0 || true",
        "9223372036854775807 * 2 > 0",
        "-9223372036854775808 - 1 < 0 && false",
        "-(-9223372036854775808) > 0",
    ],
)
def test_what_is_written_out_reads_as_in_cel(text: str) -> None:
    """Precedence, numbers, escapes, lists and overflow: the same answer as CEL without any data."""
    got = ask_us(compiled(text), {})
    assert (None if isinstance(got, Unknown) else got) is ask_cel(text)({})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "a b",
        "(a",
        "a)",
        "[1",
        "[1 2]",
        "a.",
        ".",
        "a.true",
        "a ?",
        "a ? b",
        "a : b",
        "a =! b",
        "1.",
        "1a",
        "'a",
        "'a\nb'",
        r"'\q'",
        r"'\x4'",
        r"'\400'",
        r"'\ud800'",
        r"'\U00110000'",
        "'''a''",
        "f(",
        "f(1,",
        "f(,)",
        "in",
        "a in",
        "if",
        "for == 1",
        "9223372036854775808 > 0",
        "18446744073709551616u > 0u",
        "!",
        "a &&",
        "- && a",
        "[,1]",
        "[1,,2]",
        "a && && b",
        "a == ",
        "1e > 2",
        "0x > 1",
        "a & b",
        "a | b",
        "a ~ b",
        "a; b",
        "has(1)",
        "!-a.b",
    ],
)
def test_what_cel_cannot_read_we_cannot_either(text: str) -> None:
    """No text that is no CEL becomes a condition by our generosity."""
    with pytest.raises(RuntimeError):
        ask_cel(text.replace("a", "thing").replace("b", "to") if "\\" not in text else text)
    with pytest.raises(Exception, match=r"column|gives"):
        compiled(text)
