"""Conditions by themselves: what they say of facts and of mistakes; the command ``lastword condition``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner

from lastword.cli.condition import condition as command
from lastword.errors import ConditionError, Where
from lastword.facts.code import on as on_code
from lastword.facts.unknown import NONE, Truth, Unknown, all_of, any_of, unknown
from lastword.rules.condition import Condition, compile_condition
from lastword.rules.types import (
    ANY,
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

THING, STEP = subject("thing"), subject("step")
SCHEMA = Schema(
    subjects={
        "thing": {
            "name": TEXT,
            "origin": PLACE,
            "range_km": NUMBER,
            "share": NUMBER,
            "made_on": DAY,
            "public": BOOL,
            "usml": CODE,
            "eccn": CODE,
            "columns": list_of(TEXT),
            "parts": list_of(THING),
            "custody": list_of(STEP),
            "whole": THING,
        },
        "step": {"from": PLACE, "day": DAY},
    },
    terms={"licence_required": TermType((THING, PLACE)), "limit": TermType((), NUMBER)},
    tables={"group": TableType(1, TEXT), "chart": TableType(2)},
)
SCOPE: dict[str, Type] = {"thing": THING, "to": PLACE, "day": DAY, "parties": list_of(STEP)}


@dataclass
class Box:
    """A subject: an id and what is known of it."""

    id: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.id


@dataclass
class Shelf:
    """A world of boxes. ``said``: what terms and tables give; ``asked``: terms, quantifiers, undecided."""

    on_record: bool = False
    said: dict[Any, Any] = field(default_factory=dict)
    guess: Truth | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def attribute(self, subject: Any, name: str) -> Any:
        return subject.facts.get(name, unknown(f"{subject.id}/{name}"))

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        self.asked.append((name, *map(repr, args)))
        return self.said.get(name, unknown(f"term/{name}"))

    def table(self, name: str, keys: tuple[str, ...]) -> Any:
        return self.said.get((name, *keys), unknown("/".join((name, *keys))))

    def on(self, subject: Any, list_name: str, pattern: str) -> Truth:
        code = self.attribute(subject, list_name)
        found = on_code(code, pattern) if isinstance(code, str) else code
        return unknown(f"{subject.id}/{list_name}") if found is None else False if found is NONE else found

    def quantify(
        self,
        kind: Literal["exists", "all"],
        subject: Any,
        list_name: str,
        test: Callable[[Any], Truth],
        text: str,
    ) -> Truth:
        self.asked.append((kind, list_name, text))
        items = self.attribute(subject, list_name) if list_name else subject
        if isinstance(items, Unknown):
            return items
        return (any_of if kind == "exists" else all_of)(test(item) for item in items)

    def undecided(self, text: str, missing: Unknown) -> Truth:
        self.asked.append(("undecided", text))
        return missing if self.guess is None else self.guess


def read(text: str, want: Type | None = BOOL) -> Condition:
    return compile_condition(text, scope=SCOPE, schema=SCHEMA, at=Where("rule.yaml", 7), want=want)


def say(text: str, world: Shelf | None = None, want: Type | None = BOOL, **facts: Any) -> Any:
    """Return what a condition says of a box with ``facts``; a variable may be given in place of a fact."""
    variables: dict[str, Any] = {name: facts.pop(name) for name in ("to", "day", "parties") if name in facts}
    return read(text, want).evaluate(world or Shelf(), {"thing": Box("t", facts), **variables})


def missing(*facts: str) -> Unknown:
    return unknown(*facts)


# ---- known and unknown ------------------------------------------------------------------------------


def test_a_missing_fact_is_named_and_not_guessed() -> None:
    """Nobody said where it is from, so that neither answer is given, and the fact is named."""
    assert say("thing.origin == 'US'") == missing("t/origin")
    assert say("thing.origin != 'US'") == missing("t/origin")
    assert say("!(thing.origin == 'US')") == missing("t/origin")


def test_one_false_decides_an_and_and_one_true_decides_an_or() -> None:
    """What is unknown does not matter where the rest decides, on either side."""
    assert say("thing.origin == 'US' && thing.public", public=False) is False
    assert say("thing.public && thing.origin == 'US'", public=False) is False
    assert say("thing.origin == 'US' || thing.public", public=True) is True
    assert say("thing.origin == 'US' || thing.public", public=False) == missing("t/origin")
    assert say("thing.origin == 'US' && thing.name == 'x' || thing.public") == missing(
        "t/origin", "t/name", "t/public"
    )


def test_a_choice_by_an_unknown_test_gives_what_both_branches_give() -> None:
    """Whatever the test turns out to be, the value is the same (D14)."""
    assert say("thing.public ? 2 > 1 : true") is True
    assert say("(thing.public ? 2 : 2.0) == 2") is True
    assert say("thing.public ? true : thing.origin == 'US'", origin="DE") == missing("t/public")
    assert say("thing.public ? thing.name == 'x' : true") == missing("t/public", "t/name")


def test_a_variable_that_was_not_given_is_unknown_under_its_name() -> None:
    """A question without a destination asks for one."""
    assert say("to == 'DE'") == missing("to")
    assert say("to in ['DE', 'FR']", to="FR") is True


def test_none_is_a_value_of_its_own() -> None:
    """Somebody said that there is nothing: equal to ``none`` only, in no order, in no list, and no truth."""
    names = ("origin", "range_km", "public", "columns", "usml", "whole")
    nothing: dict[str, Any] = dict.fromkeys(names, NONE)
    for text in ("thing.origin == none", "none == thing.usml", "thing.whole.origin == none", "none == none"):
        assert say(text, **nothing) is True
    for text in (
        "thing.origin == 'US'",
        "thing.range_km < 5",
        "thing.range_km >= 5",
        "thing.range_km + 1 > 0",
        "-thing.range_km < 0",
        "thing.origin in ['US']",
        "'NS1' in thing.columns",
        "thing.public",
        "has(thing.usml)",
        "thing.origin.startsWith('')",
        "table('chart', thing.origin, 'NS1')",
        "thing.origin != none",
    ):
        assert say(text, **nothing) is False, text
    assert say("thing.origin != 'US'", **nothing) is True
    assert say("thing.whole.parts.all(p, p.public)", **nothing) is True
    assert say("thing.whole.parts.exists(p, p.public)", **nothing) is False


def test_has_is_true_for_a_value_false_for_none_and_unknown_for_silence() -> None:
    """Unlike CEL, a missing field is not "no" (D14)."""
    assert say("has(thing.usml)", usml="VIII(h)") is True
    assert say("has(thing.usml)", usml=NONE) is False
    assert say("has(thing.usml)") == missing("t/usml")
    assert say("has(thing.usml)", usml=Unknown(frozenset({"t/usml"}), ("IV", "V"))) is True


def test_an_unknown_among_a_few_values_is_tried_with_each() -> None:
    """Two sources disagree between US and CA: whatever holds for both holds."""
    either = Unknown(frozenset({"t/origin"}), ("US", "CA"))
    assert say("thing.origin == 'DE'", origin=either) is False
    assert say("thing.origin in ['US', 'CA']", origin=either) is True
    assert say("thing.origin == 'US'", origin=either) == missing("t/origin")
    assert say("thing.origin == none", origin=either) is False
    assert (
        say(
            "table('group', thing.origin) == 'A'",
            Shelf(said={("group", "US"): "A", ("group", "CA"): "A"}),
            origin=either,
        )
        is True
    )
    few = Unknown(frozenset({"t/range_km"}), (400, 500))
    assert say("thing.range_km * 2 + 1 > 800", range_km=few) is True
    assert say("thing.range_km * 2 + 1 > 900", range_km=few) == missing("t/range_km")
    assert say("thing.range_km > thing.share", range_km=few, share=few) == missing("t/range_km")


def test_on_the_record_an_unknown_test_is_false_and_logic_above_it_two_valued() -> None:
    """D13: a reading of the file as it is."""
    file = Shelf(on_record=True)
    for text in (
        "thing.origin == 'US'",
        "thing.origin != 'US'",
        "thing.range_km < 3",
        "thing.origin in ['US']",
        "has(thing.name)",
        "on(thing, 'usml', '*')",
        "thing.name.startsWith('x')",
        "thing.public",
        "table('chart', to, 'NS1')",
        "licence_required(thing, to)",
        "thing.whole.parts.exists(p, p.public)",
    ):
        assert say(text, file) is False, text
        assert say(f"!({text})", file) is True, text
    assert ("undecided", "thing.range_km < 3") not in file.asked


def test_a_comparison_of_numbers_or_days_that_is_unknown_is_handed_on() -> None:
    """The world may know bounds: it is given the text and the missing facts, and its answer counts."""
    world = Shelf(guess=True)
    assert say("thing.range_km  >= 300 && thing.made_on < day", world, day=date(2024, 1, 31)) is True
    assert world.asked == [("undecided", "thing.range_km >= 300"), ("undecided", "thing.made_on < day")]
    assert say("thing.origin == 'US' || thing.range_km == none", world) == missing("t/origin", "t/range_km")
    assert len(world.asked) == 2


# ---- values -----------------------------------------------------------------------------------------


def test_numbers_are_exact() -> None:
    """One tenth is one tenth, and a third is a third, whatever writes it."""
    assert say("0.1 + 0.2 == 0.3") is True
    assert say("thing.share * 3 == 1.0", share=Fraction(1, 3)) is True
    assert say("thing.share > 0.3333333333333333333333333333333333333", share=Fraction(1, 3)) is True
    assert say("thing.share == 0.25", share=Decimal("0.250")) is True
    assert say("1e300 * 1e300 * 1e300 > 1e308") is True
    assert say("0.1234567890123456789012345678901 + 0.0 == 0.1234567890123456789012345678901") is True


def test_a_whole_number_beyond_64_bits_is_unknown_and_says_so() -> None:
    """CEL errs; no fact can mend it, hence the word ``overflow`` in place of a fact."""
    assert say("9223372036854775807 + 1 > 0") == missing("overflow")
    assert say("thing.range_km * 2 > 0", range_km=2**62) == missing("overflow")
    assert say("9223372036854775807.0 + 1 > 9223372036854775807") is True
    assert say(" * ".join(["1e300"] * 40) + " > 1") == missing("overflow")


def test_a_value_of_the_wrong_kind_is_unknown_and_named() -> None:
    """A text where a number is compared says nothing; booleans are never numbers."""
    for wrong in ("300", True, 300.0, (300,), Box("x")):
        for text in (
            "thing.range_km >= 300",
            "thing.range_km == 300",
            "thing.range_km + 1 > 2",
            "-thing.range_km > 2",
        ):
            assert say(text, range_km=wrong) == missing("t/range_km"), (text, wrong)
    assert say("thing.public", public=1) == missing("t/public")
    assert say("'NS1' in thing.columns", columns="NS1") == missing("t/columns")
    assert say("'NS1' in thing.columns", columns=("NS1", 7)) is True
    assert say("'NS1' in thing.columns", columns=("NS2", 7)) == missing("t/columns")
    assert say("thing.origin in ['US']", origin=7) == missing("t/origin")
    assert say("table('chart', thing.origin, 'x')", origin=7) == missing("t/origin")
    assert say("thing.range_km > thing.share", range_km=True, share=3) == missing("t/range_km")


def test_lists_may_hold_unknown_elements() -> None:
    """A certain element decides; against an uncertain one there is no "not in"."""
    columns = ("NS1", missing("t/columns/2"))
    assert say("'NS1' in thing.columns", columns=columns) is True
    assert say("'NS2' in thing.columns", columns=columns) == missing("t/columns/2")
    assert say("thing.columns == ['NS1']", columns=columns) is False
    assert say("thing.columns == ['NS1', 'NS2']", columns=columns) == missing("t/columns/2")
    assert say("thing.columns + ['NS2'] == ['NS1', 'NS2']", columns=("NS1",)) is True


def test_days_are_compared_as_days() -> None:
    """A day is written as a text in ``date``, and must be one."""
    assert say("thing.made_on < date('2024-01-31')", made_on=date(2024, 1, 30)) is True
    assert say("thing.made_on == day", made_on=date(2024, 1, 30), day=date(2024, 1, 30)) is True
    assert say("date(thing.name) > date('2024-01-31')", name="2024-02-01") is True
    assert say("date(thing.name) > date('2024-01-31')", name="2024-W01-1") == missing("t/name")
    assert say("date(thing.name) > date('2024-01-31')") == missing("t/name")


def test_a_value_may_be_wanted_instead_of_a_truth() -> None:
    """A rule's limit is a number computed by a condition."""
    assert say("thing.range_km * 2", want=NUMBER, range_km=4) == 8
    assert say("thing.public ? 'A' : 'B'", want=TEXT, public=False) == "B"
    assert say("thing.range_km", want=None, range_km=3) == 3
    assert read("thing.public", want=None).type == BOOL
    with pytest.raises(ConditionError, match="gives a number, not a text"):
        read("1", want=TEXT)


# ---- codes, terms, tables, lists ---------------------------------------------------------------------


def test_codes_are_compared_by_on() -> None:
    """At or below the pattern: yes; too short to tell: unknown; else no (R5)."""
    assert say("on(thing, 'usml', 'VIII(h)')", usml="VIII(h)(1)") is True
    assert say("on(thing, 'usml', 'VIII(h)')", usml="VIII") == missing("t/usml")
    assert say("on(thing, 'usml', 'VIII(h)')", usml="XI(a)") is False
    assert say("on(thing.whole, 'usml', '*')") == missing("t/whole")
    assert read("on(thing, 'eccn', '9A610') || on(thing, 'usml', '*')").patterns == {
        ("eccn", "9A610"),
        ("usml", "*"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "thing.usml == '*'",
        "thing.usml in ['IV']",
        "thing.usml.startsWith('IV')",
        "'IV' == thing.usml",
        "thing.usml == thing.eccn",
        "table('group', thing.usml) == 'A'",
        "[thing.usml] == ['IV']",
        "(thing.public ? thing.usml : thing.eccn) == none",
        "thing.usml < 'V'",
        "thing.usml + 'a' == 'b'",
    ],
)
def test_a_code_has_no_plain_value(text: str) -> None:
    """``8A`` is not below ``8A0``, so that no text operation is let near a code."""
    with pytest.raises(ConditionError, match=r"control-list code.*on\(subject, 'list', 'pattern'\)"):
        read(text)


def test_terms_and_tables_are_asked_of_the_world() -> None:
    """Terms get values or unknowns; tables only known keys, and unknown keys are named."""
    world = Shelf(said={"licence_required": True, "limit": Fraction(1, 4), ("chart", "DE", "NS1"): False})
    assert say("licence_required(thing.whole, to)", world, to="DE", whole=Box("w")) is True
    assert world.asked == [("licence_required", "Box(id='w', facts={})", "'DE'")]
    assert say("thing.share >= limit()", world, share=Fraction(1, 4)) is True
    assert say("table('chart', to, 'NS1')", world, to="DE") is False
    assert say("table('chart', to, 'NS1')", world) == missing("to")
    assert say("table('chart', to, 'NS2')", world, to="DE") == missing("chart/DE/NS2")
    assert say("licence_required(thing, to)", Shelf()) == missing("term/licence_required")


def test_exists_and_all_run_over_lists_of_subjects() -> None:
    """One part that is so decides ``exists``, one that is not ``all``; else what is missing is named."""
    parts = (Box("a", {"origin": "US"}), Box("b"))
    world = Shelf()
    assert say("thing.parts.exists(p, p.origin == 'US')", world, parts=parts) is True
    assert say("thing.parts.exists(p, p.origin  == 'CA')", world, parts=parts) == missing("b/origin")
    assert world.asked[1] == ("exists", "parts", "thing.parts.exists(p, p.origin == 'CA')")
    assert say("thing.parts.all(p, p.origin == 'CA')", parts=parts) is False
    assert say("thing.parts.all(p, p.origin == thing.origin)", parts=parts, origin="US") == missing(
        "b/origin"
    )
    assert say("thing.parts.exists(p, p.public)") == missing("t/parts")
    inner = (Box("c", {"parts": parts}),)
    assert say("thing.parts.exists(q, q.parts.exists(p, p.origin == 'US' && p != none))", parts=inner) is True
    assert say("parties.exists(p, p.from == 'DE')", parties=(Box("s", {"from": "DE"}),)) is True


def test_a_condition_tells_what_it_reads() -> None:
    """So that the order of rules, the open questions and the words used can be known without asking."""
    found = read(
        "thing.origin in ['US', 'CA'] && 'EU' != thing.whole.name && on(thing, 'usml', '*')"
        " && licence_required(thing, to) && thing.custody.exists(s, s.from == 'DE')"
        " && table('chart', to, 'NS1') && 'NS1' in thing.columns && has(day)"
    )
    assert found.reads == {"origin", "whole", "name", "usml", "custody", "from", "columns"}
    assert found.calls == {"licence_required"}
    assert found.tables == {"chart"}
    assert found.patterns == {("usml", "*")}
    assert found.variables == {"thing", "to", "day"}
    assert found.literals == {
        ("origin", "US"),
        ("origin", "CA"),
        ("name", "EU"),
        ("from", "DE"),
        ("columns", "NS1"),
    }


# ---- mistakes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("thing.orign == 'US'", "column 7: there is no field `orign` of a thing; did you mean `origin`?"),
        ("thign.origin == 'US'", "column 1: there is no `thign` here; did you mean `thing`?"),
        ("licence_required == true", "`licence_required` is a term: write `licence_required(...)`"),
        (
            "licence_require(thing, to)",
            "no function or term `licence_require`; did you mean `licence_required`?",
        ),
        ("table('charts', to)", "there is no table `charts`; did you mean `chart`?"),
        ("table(to, to)", "`to` should be the name of a table in quotes"),
        ("table('chart', to)", "the table `chart` is read with 2 keys, and here are 1"),
        ("table('group', 1) == 'A'", "`1` is a number, and the key of a table is a text"),
        ("licence_required(thing)", "`licence_required` takes 2 values, and here are 1"),
        ("licence_required(to, to)", "`to` is a place, and `licence_required` takes a thing here"),
        ("on(thing, 'ulsm', '*')", "`ulsm` is no list of codes of a thing; did you mean `usml`?"),
        ("on(thing, 'origin', '*')", "`origin` is no list of codes of a thing"),
        ("on(thing, 'usml', thing.name)", "`thing.name` should be a pattern in quotes"),
        ("on(to, 'usml', '*')", "`to` is a place, and `on` takes a subject that has codes"),
        ("thing.range_km == '300'", "`thing.range_km == '300'` compares a number with a text"),
        ("thing.public > 1", "compares a truth with a number"),
        ("thing.made_on < '2024-01-31'", "compares a day with a text; write days as `date('2024-01-31')`"),
        (
            "thing.made_on + 1 < day",
            "calculates with a day and a number; a day is compared, not calculated with",
        ),
        ("thing.origin", "`thing.origin` gives a place, not true or false"),
        ("thing.origin && true", "`thing.origin` is a place, not true or false; compare it with something"),
        ("thing == thing.whole", "`thing` is a thing and cannot be compared; compare one of its fields"),
        (
            "thing.range_km == null",
            "compares with `null`, which no field holds; write `!has(x)`, or `x == none`",
        ),
        ("thing.range_km < none", "asks for an order, and `none` has none"),
        ("thing.columns < thing.columns", "asks for an order of a list"),
        ("1 in thing.columns", "looks for a number in a list (text)"),
        ("'a' in 'abc'", "`'abc'` is a text, not a list"),
        ("thing in thing.parts", "looks for a subject; use `exists`"),
        ("thing.public ? 1 : 'a'", "gives a number or a text; give both branches one type"),
        ("thing.origin.name == 'x'", "`thing.origin` is a place, which has no fields"),
        ("date('2024-02-30') < day", "`'2024-02-30'` is no day"),
        ("thing.columns.exists(c, c == 'x')", "is a list (text), and `exists` runs over parts, custody"),
        ("[1].exists(x, x == 1)", "`[1]` is no list of the data"),
        ("thing.parts.exists(p.x, true)", "`p.x` should be a name for each element"),
        ("thing.parts.exists(p, p.origin)", "`p.origin` is a place, not true or false"),
        ("has('a')", "asks for something that cannot be missing; write `has(a.b)`"),
        ("thing.value / 2 > 1", "division is left out; multiply the other side"),
        ("thing.range_km % 2 == 1", "`%` is left out"),
        ("thing.columns[0] == 'x'", "an index is left out; use `in`, `exists` or `all`"),
        ("{'a': 1}.a == 1", "maps are left out; look the value up in a table"),
        ("thing.name.matches('a.*')", "there is no method `matches`; use `startsWith`, `in` or `==`"),
        ("thing.parts.map(p, p.origin) == []", "there is no method `map`; use `exists` or `all`"),
        ("size(thing.parts) > 1", "there is no function or term `size`; use `exists` or `all`"),
        ("timestamp('x') > day", "there is no function or term `timestamp`; use a day"),
        ("thing.has()", "there is no method `has`; write `has(...)` without a dot before it"),
        ("startsWith(to, 'D')", "no function or term `startsWith`; write `x.startsWith(...)`"),
        ("to = 'DE'", "column 4: `=` has no meaning here; write `==` to compare"),
        ("thing.public and true", "expected an operator or the end, found `and`; write `&&`"),
        ("not thing.public", "found `thing`; write `!`"),
        ("thing.public &&", "column 16: expected a value, found the end"),
        ("b'x' == 'x'", "bytes are left out"),
        (".thing.public", "a leading dot is left out"),
        ("9223372036854775808 > 0", "out of the range of 64-bit whole numbers"),
        ("1e999 > 0", "too many digits; a number lies between 1e-399 and 1e308"),
        ("to == 'DE\n'", "a text that does not end; close it with `'`"),
        (r"to == '\q'", r"`\q` is no escape"),
        ("thing.public\n&& thing.orign == ''", "line 2, column 10: there is no field `orign`"),
        ("var == 1", "`var` is a reserved word"),
        ("", "column 1: expected a value, found the end"),
    ],
)
def test_a_mistake_is_told_with_place_and_remedy(text: str, error: str) -> None:
    """Where in which line, what is wrong in words, and what to write instead."""
    with pytest.raises(ConditionError) as caught:
        read(text)
    assert str(caught.value).startswith("rule.yaml:7: ")
    assert error in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 101 + "true" + ")" * 101,
        "!(" * 200 + "true" + ")" * 200,
        "[" * 5000,
        "thing" + ".whole" * 200,
        "true == " * 300 + "true",
        "(" * 20000,
        "-(" * 9000,
        "true ? true : " * 300 + "true",
        "f(" * 3000,
        "1 + (" * 3000,
        "a.b(" * 4000,
    ],
)
def test_a_condition_nests_so_deep_and_no_deeper(text: str) -> None:
    """A hundred levels, and then a clear error, never one of Python's own."""
    with pytest.raises(ConditionError, match="nested deeper than 100 levels"):
        read(text)


def test_a_long_condition_works_and_a_longer_one_is_refused() -> None:
    """20,000 characters; a chain of one operator is long, not deep."""
    assert say(" && ".join(["true"] * 2400)) is True
    assert say("+".join(["1"] * 9000) + " == 9000") is True
    assert say("+".join(["1"] * 9000) + " > thing.range_km") == missing("t/range_km")
    assert say("!" * 10001 + "true") is False
    assert say("(" * 90 + "true" + ")" * 90) is True
    assert say("!(" * 49 + "true" + ")" * 49) is False
    with pytest.raises(ConditionError, match="a condition may have 20,000 characters"):
        read("true".ljust(20_001))


def test_free_data_has_any_type() -> None:
    """A field without a schema is checked when its value is seen."""
    found = compile_condition("x.y.z > 3", scope={"x": ANY}, schema=Schema(), at=Where("c"))
    inner = Box("x/y", {"z": 4})
    assert found.evaluate(Shelf(), {"x": Box("x", {"y": inner})}) is True
    inner.facts["z"] = "4"
    assert found.evaluate(Shelf(), {"x": Box("x", {"y": inner})}) == missing("x/y/z")


# ---- lastword condition -------------------------------------------------------------------------------


def run(text: str, data: Any = None, folder: Path | None = None) -> tuple[int, str]:
    """Run the command; return exit code and output. ``data``: bytes of the file, or what JSON holds."""
    args = [text]
    if folder is not None:
        file = folder / "case.json"
        file.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        args += ["--with", str(file)]
    result = CliRunner().invoke(command, args)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output.strip().replace(str(folder), "")


def test_the_command_says_true_false_or_what_is_missing(tmp_path: Path) -> None:
    """Missing facts are named by their dotted path, sorted; null is missing."""
    data: dict[str, Any] = {
        "thing": {"range_km": 300, "parts": [{"origin": "US"}, {"origin": None}, 7]},
        "civil": False,
    }
    data["rows"] = [[2, 3], ["x"], 5]
    for text, answer in {
        "thing.range_km >= 300 && !civil": "true",
        "thing.range_km < 300": "false",
        "thing.parts.exists(p, p.origin == 'US')": "true",
        "thing.parts.exists(p, p.origin == 'CA')": "unknown: thing.parts[1].origin, thing.parts[2]",
        "b > a || thing.weight > 3": "unknown: a, b, thing.weight",
        "thing.weight > 3": "unknown: thing.weight",
        "thing.range_km.unit == 'km'": "unknown: thing.range_km",
        "civil + 1 > 0": "unknown: civil",
        "9223372036854775807 + thing.range_km > 0": "unknown: overflow",
        "thing == 3": "unknown: thing",
        "civil": "false",
        "nobody": "unknown: nobody",
        "rows.exists(r, r.exists(r, r == 3))": "true",
        "rows.exists(r, r.exists(r, r == 4))": "unknown: rows[1][0], rows[2]",
    }.items():
        assert run(text, data, tmp_path) == (0, answer), text
    assert run("thing.range_km > 1") == (0, "unknown: thing")


def test_the_command_reads_numbers_exactly(tmp_path: Path) -> None:
    """What is written as 0.1 is compared as one tenth."""
    assert run(
        "x + 0.2 == 0.3 && y == 12345678901234567890.5", b'{"x": 0.1, "y": 12345678901234567890.5}', tmp_path
    ) == (0, "true")
    assert run("x > 9223372036854775807", b'\xef\xbb\xbf{"x": 9223372036854775808}', tmp_path) == (0, "true")


def test_the_command_refuses_what_is_neither_true_nor_false(tmp_path: Path) -> None:
    """And says what it is instead."""
    for text, kind in {
        "x": "a number",
        "none": "none",
        "[1]": "a list",
        "o": "an object",
        "'a'": "a text",
    }.items():
        code, output = run(text, {"x": 1, "o": {}}, tmp_path)
        assert (code, output.partition(";")[0]) == (2, f"error: condition: gives {kind}, not true or false")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"{", "/case.json:1: column 2: this is not JSON: expecting property name"),
        (b'{"a": 1,\n "a": 2}', "/case.json: the name `a` stands twice in one object"),
        (b'{"a": NaN}', "/case.json: `NaN` is no number of JSON"),
        (b'{"a": -Infinity}', "/case.json: `-Infinity` is no number of JSON"),
        (b'{"a": 1e999999999}', "/case.json: the number `1e999999999` is out of range"),
        (b'{"a": 1e99999999999999999999}', "/case.json: the number `1e999999999999999999` is out of range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "/case.json: the number `99999999999999999999...` has 5000 digits"),
        (b"[1]", "/case.json: the file does not hold an object"),
        (b"\n\xff{}", "/case.json:2: is not UTF-8"),
        (b"", "/case.json:1: column 1: this is not JSON"),
        (b'{"a":' * 2_000_000, "/case.json: objects and lists nest deeper than 100 levels"),
        (
            b'{"a":' + b"[" * 150 + b"]" * 150 + b"}",
            "/case.json: objects and lists nest deeper than 100 levels",
        ),
    ],
)
def test_a_bad_file_is_one_clear_error(raw: bytes, error: str, tmp_path: Path) -> None:
    """Which file, what is wrong with it, exit code 2, and no trace of Python."""
    code, output = run("true", raw, tmp_path)
    assert code == 2
    assert output.startswith(f"error: {error}")
    assert "\n" not in output


def test_a_file_that_is_not_there_or_a_folder_is_one_clear_error(tmp_path: Path) -> None:
    """The same for what cannot be opened, and for a condition that cannot be read."""
    for args, error in (
        (["true", "--with", str(tmp_path / "no.json")], "there is no such file"),
        (["true", "--with", str(tmp_path)], "this is a folder; name a JSON file"),
        (["true &&"], "error: condition: column 8: expected a value, found the end"),
        (["on(thing, 'usml', '*')"], "`on` takes a subject that has codes"),
        (["table('group', to) == 'A'"], "there is no table `group`"),
        (["licence_required(thing)"], "there is no function or term `licence_required`"),
    ):
        result = CliRunner().invoke(command, args)
        assert result.exit_code == 2
        assert error in result.output
        assert result.output.count("\n") == 1


MANUAL = Path(__file__).parents[2] / "docs" / "conditions.md"


def test_the_examples_of_the_manual_say_what_it_says(tmp_path: Path) -> None:
    """Each line of its table of examples is run over its data."""
    text = MANUAL.read_text(encoding="utf-8")
    data = json.loads(text.partition("```json\n")[2].partition("```")[0])
    table = text.partition("\n## Examples\n")[2]
    rows = [line.split("`") for line in table.splitlines() if line.startswith("| `") and "` | `" in line]
    examples = [(row[1], row[3]) for row in rows]
    assert len(examples) > 15
    for expression, answer in examples:
        assert run(expression, data, tmp_path) == (0, answer), expression


def test_the_manual_names_every_function() -> None:
    """In the table of functions."""
    text = MANUAL.read_text(encoding="utf-8")
    for form in ("has(", "on(", "table(", "date(", ".startsWith(", ".exists(", ".all("):
        assert re.search(rf"^\| `[^`]*{re.escape(form)}.*\|$", text, re.MULTILINE), form
