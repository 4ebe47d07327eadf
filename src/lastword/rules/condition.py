"""Conditions: texts in a small subset of CEL, checked against the fact schema once and then asked of a world.

Three-valued (Kleene): what nobody said makes a test unknown, and the unknown names the missing facts
(semantics D4, D14). Compiled to closures ``(world, variables) -> value``: each has a quick way for known
values of the right kind, and one slow way for all else. The manual is ``docs/conditions.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import reduce
from typing import Any, Final, Literal, Protocol, runtime_checkable

from lastword.errors import ConditionError, Where
from lastword.facts.unknown import NONE, Truth, Unknown, all_of, any_of, unknown, unknown_of
from lastword.rules import syntax, types
from lastword.rules.table import list_of_lines
from lastword.rules.types import (
    ANY,
    BOOL,
    CODE,
    DAY,
    NOTHING,
    NULL,
    NUMBER,
    NUMBERS,
    TEXT,
    WRONG,
    Schema,
    Type,
    Wrong,
    fits,
    kind_of,
    list_of,
    together,
)


class World(Protocol):
    """What a condition is asked of.

    A value is a bool, int, Decimal, Fraction, str, date, a tuple of them, a subject, NONE or Unknown. A
    subject is an opaque reference. A tuple may hold Unknown elements; a list that is not closed is an
    Unknown.
    """

    @property
    def on_record(self) -> bool:
        """Say whether an unknown test counts as false (D13)."""

    def attribute(self, subject: Any, name: str) -> Any:
        """Return a value, NONE or Unknown; None only where ``subject`` is no subject at all (free data)."""

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        """Return what a term gives for ``args``, which are values, NONE or Unknown."""

    def table(self, name: str, keys: tuple[str, ...]) -> Any:
        """Return a row of a table: value, NONE or Unknown. The keys are known texts."""

    def on(self, subject: Any, list_name: str, pattern: str) -> Truth:
        """Say whether the subject's code of a control list is at or below ``pattern`` (R5)."""

    def quantify(
        self,
        kind: Literal["exists", "all"],
        subject: Any,
        list_name: str,
        test: Callable[[Any], Truth],
        text: str,
    ) -> Truth:
        """Say whether ``test`` holds for one element, or for all, of a list of ``subject``.

        ``list_name`` is "" where a variable holds the list: then ``subject`` is that variable's value.
        ``text`` is the sub-expression, for explanations.
        """

    def undecided(self, text: str, missing: Unknown) -> Truth:
        """Return what an unknown comparison of numbers or days counts as: ``missing`` or something better."""


@runtime_checkable
class NamesFacts(Protocol):
    """A world whose facts are not called ``subject/attribute``."""

    def fact_id(self, subject: Any, name: str) -> str:
        """Return the id of the fact that ``subject.name`` reads."""


Variables = Mapping[str, Any]
Run = Callable[[World, Variables], Any]
Facts = Callable[[World, Variables], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition and what it reads."""

    text: str
    type: Type
    reads: frozenset[str]
    """Names of attributes."""
    calls: frozenset[str]
    """Names of terms."""
    tables: frozenset[str]
    patterns: frozenset[tuple[str, str]]
    """(list, pattern) of each ``on``."""
    variables: frozenset[str]
    """Free variables."""
    literals: frozenset[tuple[str, str]]
    """(attribute, text it is compared with by ``==``, ``!=`` or ``in``), for who knows the words allowed."""
    run: Run = field(repr=False, compare=False)
    remake: tuple[Mapping[str, Type], Schema, Where, Type | None] = field(repr=False, compare=False)
    """Scope, schema, place and wanted type, from which ``run`` is made again where it cannot be kept."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep all but the closures; they are made again when the condition is first evaluated."""
        told = tuple(getattr(self, name) for name in _TOLD)
        return _kept, (told, self.remake)

    def evaluate(self, world: World, variables: Variables) -> Any:
        """Return a value, NONE or Unknown; True, False or Unknown if the type == BOOL.

        A declared variable that is not in ``variables`` is unknown, under its own name. Raises nothing
        itself.
        """
        return self.run(world, variables)


def compile_condition(
    text: str, *, scope: Mapping[str, Type], schema: Schema, at: Where, want: Type | None = BOOL
) -> Condition:
    """Read and check a condition. ``want`` None takes any type.

    Raises ConditionError: syntax, a name nobody knows (with the nearest one), types that do not go together.
    """
    compiler = _Compiler(syntax.Source(text, at), schema)
    part = compiler.root(syntax.parse(text, at), scope, want)
    return Condition(
        text=text,
        type=part.type,
        reads=frozenset(compiler.reads),
        calls=frozenset(compiler.calls),
        tables=frozenset(compiler.tables),
        patterns=frozenset(compiler.patterns),
        variables=frozenset(compiler.variables),
        literals=frozenset(compiler.literals),
        run=part.run,
        remake=(scope, schema, at, want),
    )


_TOLD: Final = ("text", "type", "reads", "calls", "tables", "patterns", "variables", "literals")


def _kept(told: tuple[Any, ...], remake: tuple[Mapping[str, Type], Schema, Where, Type | None]) -> Condition:
    """Return a condition that was kept, to be compiled when it is first asked."""

    def compile_first(world: World, variables: Variables) -> Any:
        scope, schema, at, want = remake
        run = compile_condition(condition.text, scope=scope, schema=schema, at=at, want=want).run
        object.__setattr__(condition, "run", run)
        return run(world, variables)

    named: dict[str, Any] = dict(zip(_TOLD, told, strict=True))
    condition = Condition(**named, run=compile_first, remake=remake)
    return condition


# ---- evaluation -----------------------------------------------------------------------------------


def _settle(world: World, truth: Truth) -> Truth:
    """Return the value of an atomic test: on the record an unknown one is false (D13).

    Atomic tests are: a comparison, ``in``, ``has``, ``on``, ``startsWith``, and a field, variable, table
    row or term that is used as a truth. All of them come through here once their value is unknown.
    """
    return False if truth is not True and world.on_record else truth


def lift(operation: Callable[..., Any], *values: Any) -> Any:
    """Apply ``operation`` to values of which some may be Unknown.

    Where exactly one is, and only a few values are left to it, each is tried: if all give the same, that is
    the result.
    """
    missing = [value for value in values if type(value) is Unknown]
    if not missing:
        return operation(*values)
    if len(missing) > 1 or not missing[0].among:
        return unknown_of(missing)
    one = missing[0]
    results = [operation(*(choice if value is one else value for value in values)) for choice in one.among]
    if WRONG in results:
        return WRONG
    if any(type(result) is Unknown for result in results):
        return unknown_of((one, *results))
    if all(_same(results[0], result) for result in results[1:]):
        return results[0]
    return Unknown(one.facts, () if type(results[0]) is bool else tuple(results))


def _same(left: Any, right: Any) -> bool:
    return left is right or types.equal(left, right) is True


def _fact_id(world: World, subject: Any, name: str) -> str:
    return world.fact_id(subject, name) if isinstance(world, NamesFacts) else f"{subject}/{name}"


def _no_facts(_world: World, _variables: Variables) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class _Part:
    """A compiled part. ``facts``: ids of the facts it reads, asked only where a value has the wrong kind."""

    node: syntax.Node
    type: Type
    run: Run
    facts: Facts = _no_facts
    settled: bool = False
    """Gives True, False or Unknown and nothing else, D13 applied."""
    constant: bool = False
    value: Any = None


def _misfit(part: _Part, value: Any) -> bool:
    """Say whether ``value`` is known and of another kind than the schema says."""
    if part.type == ANY or type(value) is Unknown or value is NONE:
        return False
    kind = {"place": "text", "code": "text", "subject": "object"}.get(part.type.kind, part.type.kind)
    return kind_of(value) != kind


def _wrong(
    text: str, parts: Iterable[_Part], values: Iterable[Any], world: World, variables: Variables
) -> Unknown:
    """Return the unknown that names the facts whose values have the wrong kind.

    Guilty is who breaks the schema, else an object of free data, else all free data. Where nobody reads a
    fact, the text is named.
    """
    pairs = list(zip(parts, values, strict=True))
    guilty = (
        [part for part, value in pairs if _misfit(part, value)]
        or [part for part, value in pairs if part.type == ANY and kind_of(value) == "object"]
        or [part for part, _ in pairs if ANY in (part.type, part.type.item)]
    )
    facts = [part.facts(world, variables) for part in guilty or [part for part, _ in pairs]]
    missing = [value.facts for _, value in pairs if type(value) is Unknown]
    return Unknown(frozenset().union(*facts, *missing) or frozenset({text}))


def _all(tests: tuple[Run, ...], decisive: bool) -> Run:
    """Return the ``and`` of tests (``decisive`` False: one False decides) or the ``or`` (True: one True)."""

    def join(world: World, variables: Variables) -> Truth:
        missing: Unknown | None = None
        for test in tests:
            truth: Truth = test(world, variables)
            if truth is decisive:
                return decisive
            if type(truth) is Unknown:
                missing = truth if missing is None else Unknown(missing.facts | truth.facts)
        return missing if missing is not None else not decisive

    return join


_QUICK: Final[Mapping[str, frozenset[type]]] = {
    "number": NUMBERS,
    "text": frozenset({str}),
    "place": frozenset({str}),
    "truth": frozenset({bool}),
    "day": frozenset({date}),
}
_ALIKE: Final = frozenset({int, Fraction, Decimal, str, bool, date})
"""Kinds that compare with their like by Python's own operators, without a look at the other side."""
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Truth | Wrong]]] = {
    "==": types.equal,
    "!=": types.unequal,
    **{sign: types.ordered(sign) for sign in ("<", "<=", ">", ">=")},
}
_PLAIN: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_CALCULATIONS: Final = {"+": types.add, "-": types.subtract, "*": types.multiply}

_USE_ON: Final = "compare codes with `on(subject, 'list', 'pattern')`"
_CONVERSIONS: Final = dict.fromkeys(
    ("int", "uint", "double", "string", "bool", "bytes", "dyn", "type"),
    "leave it out: every field has its type in the schema",
)
_ELSEWHERE: Final[Mapping[str, str]] = {
    "matches": "use `startsWith`, `in` or `==`; for codes `on(subject, 'list', 'pattern')`",
    "contains": "use `in` on a list, or `startsWith`",
    "endsWith": "use `startsWith`, `in` or `==`",
    "size": "use `exists` or `all`; `[]` is the empty list",
    "filter": "use `exists` or `all`",
    "map": "use `exists` or `all`",
    "exists_one": "use `exists`",
    "timestamp": "use a day: `date('2024-01-31')`",
    "duration": "compare two days",
    **_CONVERSIONS,
}
_FUNCTIONS: Final = ("has", "on", "table", "date")
_METHODS: Final = ("startsWith", "exists", "all")


# ---- checking and compiling --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bound:
    """A variable of ``exists`` or ``all``. What its value is called is kept beside it, under ``names``."""

    type: Type
    names: str


Scope = Mapping[str, "Type | _Bound"]


class _Compiler:
    def __init__(self, source: syntax.Source, schema: Schema) -> None:
        self.source, self.schema = source, schema
        self.reads: set[str] = set()
        self.calls: set[str] = set()
        self.tables: set[str] = set()
        self.patterns: set[tuple[str, str]] = set()
        self.variables: set[str] = set()
        self.literals: set[tuple[str, str]] = set()

    def root(self, node: syntax.Node, scope: Scope, want: Type | None) -> _Part:
        part = self.value(node, _Names(scope))
        if want is None:
            return self.truth(part) if part.type == BOOL else part
        if not fits(part.type, want):
            wanted = "true or false" if want == BOOL else str(want)
            raise self.error(node, f"gives {part.type}, not {wanted}", "compare it with something")
        return self.truth(part) if want == BOOL else part

    def error(self, node: syntax.Node, what: str, mend: str = "") -> ConditionError:
        text = self.source.quote(node)
        shown = text if len(text) <= 60 else text[:57] + "..."
        return self.source.error(node.start, f"`{shown}` {what}", mend)

    def near(self, name: str, known: Iterable[str]) -> str:
        """Return a suggestion: the nearest known name, else all if they are few."""
        names = sorted(set(known))
        if found := get_close_matches(name, names, 1):
            return f"did you mean `{found[0]}`?"
        return "known: " + ", ".join(f"`{n}`" for n in names) if 0 < len(names) <= 20 else ""

    # -- one method per kind of node

    def part(self, node: syntax.Node, scope: _Names) -> _Part:
        """Compile any node; a code may come out."""
        match node:
            case syntax.Literal():
                return self.literal(node)
            case syntax.Name():
                return self.variable(node, scope)
            case syntax.Select():
                return self.select(node, self.part(node.operand, scope))
            case syntax.Call():
                return self.call(node, scope)
            case syntax.Items():
                return self.items(node, scope)
            case syntax.Not():
                test = self.truth(self.value(node.operand, scope)).run

                def negate(world: World, variables: Variables) -> Truth:
                    truth: Truth = test(world, variables)
                    return truth if type(truth) is Unknown else not truth

                return _Part(node, BOOL, negate, settled=True)
            case syntax.Minus():
                operand = self.value(node.operand, scope)
                return self.calculate(node, types.minus, "-", operand)
            case syntax.Logic():
                tests = tuple(self.truth(self.value(operand, scope)).run for operand in node.operands)
                return _Part(node, BOOL, _all(tests, node.operator == "||"), settled=True)
            case syntax.Compare():
                return self.compare(node, scope)
            case syntax.Arithmetic():
                total = self.value(node.first, scope)
                parts = [total, *(self.value(operand, scope) for _, operand in node.rest)]
                if len(parts) > 50:  # a chain of closures would be as deep as it is long
                    return self.chain(node, parts)
                for (sign, _), right in zip(node.rest, parts[1:], strict=True):
                    span = syntax.Node(node.start, right.node.end)
                    total = self.calculate(span, _CALCULATIONS[sign], sign, total, right)
                return total
            case syntax.Choice():
                return self.choice(node, scope)
        raise AssertionError(node)

    def value(self, node: syntax.Node, scope: _Names) -> _Part:
        """Compile a node whose value is used: codes are not (R5)."""
        part = self.part(node, scope)
        if part.type == CODE:
            raise self.error(node, "is a control-list code, which has no plain value", _USE_ON)
        return part

    def literal(self, node: syntax.Literal) -> _Part:
        value = node.value
        kinds = {"text": TEXT, "number": NUMBER, "truth": BOOL, "null": NULL, "none": NOTHING}
        return self.constant(node, kinds[kind_of(value)], value)

    def constant(self, node: syntax.Node, type_: Type, value: Any) -> _Part:
        return _Part(node, type_, lambda _w, _v: value, settled=type_ == BOOL, constant=True, value=value)

    def variable(self, node: syntax.Name, scope: _Names) -> _Part:
        name = node.name
        found = scope.get(name)
        if found is None:
            term = f"`{name}` is a term: write `{name}(...)`" if name in self.schema.terms else ""
            mend = term or self.near(name, scope)
            raise self.source.error(node.start, f"there is no `{name}` here", mend)
        if isinstance(found, _Bound):
            names = found.names
            return _Part(node, found.type, lambda _w, v: v[name], lambda _w, v: frozenset(v[names]()))
        self.variables.add(name)

        def read(_world: World, variables: Variables) -> Any:
            try:
                return variables[name]
            except KeyError:
                return unknown(name)

        return _Part(node, found, read, lambda _w, _v: frozenset({name}))

    def select(self, node: syntax.Select, operand: _Part) -> _Part:
        name, text = node.name, self.source.quote(node)
        type_ = self.field(node, operand, name)
        self.reads.add(name)
        of, facts_of = operand.run, operand.facts

        def read(world: World, variables: Variables) -> Any:
            subject = of(world, variables)
            if type(subject) is Unknown:
                return lift(lambda one: one if one is NONE else world.attribute(one, name), subject)
            if subject is NONE:
                return NONE
            value = world.attribute(subject, name)
            return value if value is not None else _wrong(text, (operand,), (subject,), world, variables)

        def facts(world: World, variables: Variables) -> frozenset[str]:
            subject = of(world, variables)
            if subject is NONE or type(subject) is Unknown:
                return facts_of(world, variables)
            return frozenset({_fact_id(world, subject, name)})

        return _Part(node, type_, read, facts)

    def field(self, node: syntax.Select, operand: _Part, name: str) -> Type:
        if operand.type == ANY:
            return ANY
        fields = self.schema.subjects.get(operand.type.of)
        if fields is None:
            raise self.error(node.operand, f"is {operand.type}, which has no fields")
        if name not in fields:
            what = f"there is no field `{name}` of {operand.type}"
            raise self.source.error(node.end - len(name), what, self.near(name, fields))
        return fields[name]

    def items(self, node: syntax.Items, scope: _Names) -> _Part:
        parts = [self.value(item, scope) for item in node.items]
        item: Type | None = parts[0].type if parts else ANY
        for part in parts[1:]:
            item = together(item, part.type) if item else None
        if any(part.type.kind == "subject" for part in parts):
            raise self.error(node, "holds subjects", "list values, such as texts or numbers")
        type_ = list_of(item if item and item != NOTHING else ANY)
        if all(part.constant for part in parts):
            return self.constant(node, type_, tuple(part.value for part in parts))
        runs = tuple(part.run for part in parts)

        def build(world: World, variables: Variables) -> Any:
            values = tuple([run(world, variables) for run in runs])
            missing = [value for value in values if type(value) is Unknown]
            return unknown_of(missing) if missing else values

        return _Part(node, type_, build, _union(parts))

    def choice(self, node: syntax.Choice, scope: _Names) -> _Part:
        test, yes, no = (self.value(n, scope) for n in (node.test, node.yes, node.no))
        test = self.truth(test)
        type_ = together(yes.type, no.type)
        if type_ is None:
            raise self.error(node, f"gives {yes.type} or {no.type}", "give both branches one type")
        if type_ == BOOL and NOTHING not in (yes.type, no.type):
            yes, no = self.truth(yes), self.truth(no)
        ask, if_yes, if_no = test.run, yes.run, no.run

        def choose(world: World, variables: Variables) -> Any:
            truth = ask(world, variables)
            if truth is True:
                return if_yes(world, variables)
            if truth is False:
                return if_no(world, variables)
            one, other = if_yes(world, variables), if_no(world, variables)
            if type(one) is Unknown or type(other) is Unknown or not _same(one, other):
                return unknown_of((truth, one, other))
            return one

        return _Part(node, type_, choose, _union((yes, no)), settled=yes.settled and no.settled)

    def truth(self, part: _Part) -> _Part:
        """Return a part that gives True, False or Unknown, whatever ``part`` gives. ``none`` is not true."""
        if part.settled:
            return part
        if part.type not in (BOOL, ANY):
            mend = "compare it: `... == true`" if part.type == NOTHING else "compare it with something"
            raise self.error(part.node, f"is {part.type}, not true or false", mend)
        run, text = part.run, self.source.quote(part.node)

        def as_truth(value: Any) -> Truth | Wrong:
            return False if value is NONE else value if type(value) is bool else WRONG

        def decide(world: World, variables: Variables) -> Truth:
            value = run(world, variables)
            if value is True or value is False:
                return bool(value)
            truth = lift(as_truth, value)
            if truth is WRONG:
                truth = _wrong(text, (part,), (value,), world, variables)
            return _settle(world, truth)

        return _Part(part.node, BOOL, decide, part.facts, settled=True)

    # -- operators

    def compare(self, node: syntax.Compare, scope: _Names) -> _Part:
        sign = node.operator
        left, right = self.part(node.left, scope), self.part(node.right, scope)
        if sign == "in":
            return self.contains(node, left, right)
        both = (left.type, right.type)
        self.comparable(node, sign, left, right)
        # `x == none` asks whether there is something, not how large it is: nothing for `undecided`.
        numeric = (NUMBER in both or DAY in both) and NOTHING not in both
        self.remember(left, right)
        self.remember(right, left)
        slow = self.slow(node, _COMPARISONS[sign], left, right, numeric=numeric)
        get, other, plain = left.run, right.run, _PLAIN[sign]
        quick = _QUICK.get(right.type.kind)
        if right.constant and quick is not None:
            value = right.value

            def with_constant(world: World, variables: Variables) -> Truth:
                found = get(world, variables)
                return plain(found, value) if type(found) in quick else slow(world, variables, found, value)

            def equals_constant(world: World, variables: Variables) -> Truth:
                found = get(world, variables)
                return found == value if type(found) in quick else slow(world, variables, found, value)

            # `==` with a constant is most of what rules ask: worth a closure without the call of `plain`.
            return _Part(node, BOOL, equals_constant if sign == "==" else with_constant, settled=True)

        def compare(world: World, variables: Variables) -> Truth:
            a, b = get(world, variables), other(world, variables)
            if type(a) is type(b) and type(a) in _ALIKE:
                return plain(a, b)
            return slow(world, variables, a, b)

        return _Part(node, BOOL, compare, settled=True)

    def comparable(self, node: syntax.Compare, sign: str, left: _Part, right: _Part) -> None:
        both = (left.type, right.type)
        if NOTHING in both:
            if sign not in ("==", "!="):
                raise self.error(node, "asks for an order, and `none` has none", "compare with `==` or `!=`")
            return
        for part in (left, right):
            if part.type == CODE:
                raise self.error(part.node, "is a control-list code and cannot be compared so", _USE_ON)
            if part.type.kind == "subject":
                raise self.error(
                    part.node, f"is {part.type} and cannot be compared", "compare one of its fields"
                )
        if NULL in both and set(both) - {NULL, ANY}:
            mend = "write `!has(x)`, or `x == none`; a missing fact is unknown, not null"
            raise self.error(node, "compares with `null`, which no field holds", mend)
        if together(*both) is None:
            mend = "write days as `date('2024-01-31')`" if DAY in both else ""
            raise self.error(node, f"compares {left.type} with {right.type}", mend)
        if sign not in ("==", "!=") and (kinds := {t.kind for t in both} & {"list", "null"}):
            raise self.error(node, f"asks for an order of a {kinds.pop()}", "compare with `==` or `!=`")

    def contains(self, node: syntax.Compare, left: _Part, right: _Part) -> _Part:
        for part in (left, right):
            if CODE in (part.type, part.type.item):
                raise self.error(part.node, "is a control-list code and cannot be compared so", _USE_ON)
        if right.type != ANY and right.type.item is None:
            raise self.error(node.right, f"is {right.type}, not a list", "write `x in ['a', 'b']`")
        if left.type.kind == "subject" or (right.type.item and right.type.item.kind == "subject"):
            raise self.error(node, "looks for a subject", "use `exists`, and compare one of its fields")
        if right.type.item and together(left.type, right.type.item) is None:
            raise self.error(node, f"looks for {left.type} in {right.type}")
        self.remember(left, right)
        self.remember(right, left)
        written_out = right.constant
        slow = self.slow(node, lambda a, b: types.member(a, b, strict=not written_out), left, right)
        get, items = left.run, right.run
        quick = _QUICK.get(right.type.item.kind) if right.type.item else None
        if written_out and quick is not None and NONE not in right.value:
            values, known = right.value, frozenset(right.value)

            def among(world: World, variables: Variables) -> Truth:
                found = get(world, variables)
                return found in known if type(found) in quick else slow(world, variables, found, values)

            return _Part(node, BOOL, among, settled=True)
        return _Part(node, BOOL, lambda w, v: slow(w, v, get(w, v), items(w, v)), settled=True)

    def remember(self, left: _Part, right: _Part) -> None:
        """Note the texts an attribute is compared with."""
        if isinstance(left.node, syntax.Select) and right.constant:
            values = right.value if isinstance(right.value, tuple) else (right.value,)
            self.literals.update((left.node.name, value) for value in values if isinstance(value, str))

    def slow(
        self,
        node: syntax.Node,
        operation: Callable[[Any, Any], Any],
        left: _Part,
        right: _Part,
        *,
        numeric: bool = False,
    ) -> Callable[[World, Variables, Any, Any], Truth]:
        """Return the way of an atomic test whose sides are not both known values of the right kind."""
        text = self.source.quote(node)

        def test(world: World, variables: Variables, a: Any, b: Any) -> Truth:
            truth = lift(operation, a, b)
            if truth is WRONG:
                truth = _wrong(text, (left, right), (a, b), world, variables)
            if type(truth) is not Unknown:
                return bool(truth)
            return world.undecided(text, truth) if numeric and not world.on_record else _settle(world, truth)

        return test

    def calculate(
        self, node: syntax.Node, operation: Callable[..., Any], sign: str, *operands: _Part
    ) -> _Part:
        """Compile one operation on one or two operands."""
        type_, text = self.result(node, sign, operands), self.source.quote(node)
        runs = tuple(operand.run for operand in operands)

        def calculate(world: World, variables: Variables) -> Any:
            values = [run(world, variables) for run in runs]
            for value in values:
                if type(value) is Unknown:
                    result = lift(operation, *values)
                    break
            else:
                result = operation(*values)
            return result if result is not WRONG else _wrong(text, operands, values, world, variables)

        return _Part(node, type_, calculate, _union(operands))

    def chain(self, node: syntax.Arithmetic, parts: list[_Part]) -> _Part:
        """Compile a long chain of operators as one loop."""
        type_ = parts[0].type
        for (sign, _), part in zip(node.rest, parts[1:], strict=True):
            type_ = self.result(node, sign, (_Part(node, type_, part.run), part))
        text, first = self.source.quote(node)[:60], parts[0].run
        steps = [(_CALCULATIONS[sign], p) for (sign, _), p in zip(node.rest, parts[1:], strict=True)]

        def calculate(world: World, variables: Variables) -> Any:
            total = first(world, variables)
            for operation, part in steps:
                value = part.run(world, variables)
                total = lift(operation, total, value)
                if total is WRONG:
                    total = _wrong(text, (part,), (value,), world, variables)
            return total

        return _Part(node, type_, calculate, _union(parts))

    def result(self, node: syntax.Node, sign: str, operands: Iterable[_Part]) -> Type:
        kinds = [operand.type for operand in operands]
        type_ = reduce(lambda a, b: together(a, b) or NOTHING, kinds)
        allowed = ("number", "text", "place", "list", "any") if sign == "+" else ("number", "any")
        if any(kind.kind not in allowed for kind in kinds) or type_ == NOTHING:
            what = f"calculates with {' and '.join(str(kind) for kind in kinds)}"
            raise self.error(node, what, "a day is compared, not calculated with" if DAY in kinds else "")
        if type_ == ANY and len(kinds) == 2 and sign == "+":
            return next((kind for kind in kinds if kind in (NUMBER, TEXT)), ANY)
        return TEXT if type_.kind == "place" else type_ if sign == "+" else NUMBER

    # -- functions

    def call(self, node: syntax.Call, scope: _Names) -> _Part:
        if node.receiver is not None:
            return self.method(node, node.receiver, scope)
        match node.name:
            case "has":
                return self.has(node, scope)
            case "on":
                return self.on(node, scope)
            case "table":
                return self.table(node, scope)
            case "date":
                return self.date(node, scope)
        term = self.schema.terms.get(node.name)
        if term is None:
            mend = _ELSEWHERE.get(node.name)
            if mend is None and node.name in _METHODS:
                mend = f"write `x.{node.name}(...)`"
            mend = mend or self.near(node.name, (*_FUNCTIONS, *self.schema.terms))
            raise self.source.error(node.start, f"there is no function or term `{node.name}`", mend)
        args = [self.value(arg, scope) for arg in node.args]
        self.count(node, len(args), len(term.arguments))
        for arg, wanted in zip(args, term.arguments, strict=True):
            if not fits(arg.type, wanted):
                raise self.error(arg.node, f"is {arg.type}, and `{node.name}` takes {wanted} here")
        self.calls.add(node.name)
        if term.of_lines:
            self.reads.add(list_of_lines(self.written(node, 1, "the name of a table of control lines")))
        name, text, runs = node.name, self.source.quote(node), tuple(arg.run for arg in args)
        one = runs[0] if len(runs) == 1 else None

        def ask(world: World, variables: Variables) -> Any:
            if one is not None:
                return world.call(name, (one(world, variables),))
            return world.call(name, tuple([run(world, variables) for run in runs]))

        return _Part(node, term.result, ask, lambda _w, _v: frozenset({text}))

    def method(self, node: syntax.Call, receiver: syntax.Node, scope: _Names) -> _Part:
        if node.name == "startsWith":
            self.count(node, len(node.args), 1)
            left, right = self.part(receiver, scope), self.value(node.args[0], scope)
            if left.type == CODE:
                raise self.error(
                    receiver, "is a control-list code, which `startsWith` would read wrongly", _USE_ON
                )
            for part in (left, right):
                if not fits(part.type, TEXT) or part.type == NOTHING:
                    raise self.error(part.node, f"is {part.type}, and `startsWith` takes texts")
            slow, get, other = self.slow(node, types.prefixed, left, right), left.run, right.run
            return _Part(node, BOOL, lambda w, v: slow(w, v, get(w, v), other(w, v)), settled=True)
        if node.name == "exists":
            return self.quantify(node, receiver, "exists", scope)
        if node.name == "all":
            return self.quantify(node, receiver, "all", scope)
        known = (*_METHODS, *_FUNCTIONS, *self.schema.terms)
        mend = f"write `{node.name}(...)` without a dot before it" if node.name in known else ""
        mend = mend or _ELSEWHERE.get(node.name) or self.near(node.name, _METHODS)
        raise self.source.error(node.start, f"there is no method `{node.name}`", mend)

    def count(self, node: syntax.Call, given: int, wanted: int) -> None:
        if given != wanted:
            raise self.source.error(node.start, f"`{node.name}` takes {wanted} values, and here are {given}")

    def has(self, node: syntax.Call, scope: _Names) -> _Part:
        self.count(node, len(node.args), 1)
        if not isinstance(node.args[0], syntax.Select | syntax.Name):
            raise self.error(node, "asks for something that cannot be missing", "write `has(a.b)`")
        part = self.part(node.args[0], scope)
        run = part.run

        def ask(world: World, variables: Variables) -> Truth:
            value = run(world, variables)
            if type(value) is not Unknown:
                return value is not NONE
            return _settle(world, lift(lambda one: one is not NONE, value))

        return _Part(node, BOOL, ask, settled=True)

    def written(self, node: syntax.Call, index: int, what: str) -> str:
        """Return the text literal that argument ``index`` must be."""
        arg = node.args[index] if index < len(node.args) else node
        if isinstance(arg, syntax.Literal) and isinstance(arg.value, str):
            return arg.value
        raise self.error(arg, f"should be {what} in quotes")

    def on(self, node: syntax.Call, scope: _Names) -> _Part:
        self.count(node, len(node.args), 3)
        list_name, pattern = self.written(node, 1, "the name of a list"), self.written(node, 2, "a pattern")
        operand = self.value(node.args[0], scope)
        fields = self.schema.subjects.get(operand.type.of)
        if fields is None:
            raise self.error(node.args[0], f"is {operand.type}, and `on` takes a subject that has codes")
        codes = [name for name, type_ in fields.items() if type_ == CODE]
        if list_name not in codes:
            what = f"`{list_name}` is no list of codes of {operand.type}"
            raise self.source.error(node.args[1].start, what, self.near(list_name, codes))
        if not pattern.strip():
            raise self.error(node.args[2], "is an empty pattern", "write `'*'` for any code of the list")
        self.reads.add(list_name)
        self.patterns.add((list_name, pattern))
        of = operand.run

        def ask(world: World, variables: Variables) -> Truth:
            one = of(world, variables)
            if type(one) is Unknown or one is NONE:
                return _settle(
                    world, lift(lambda s: False if s is NONE else world.on(s, list_name, pattern), one)
                )
            truth = world.on(one, list_name, pattern)
            return truth if truth is True or truth is False else _settle(world, truth)

        return _Part(node, BOOL, ask, settled=True)

    def table(self, node: syntax.Call, scope: _Names) -> _Part:
        name = self.written(node, 0, "the name of a table")
        table = self.schema.tables.get(name)
        if table is None:
            raise self.source.error(
                node.start, f"there is no table `{name}`", self.near(name, self.schema.tables)
            )
        if len(node.args) - 1 != table.keys:
            what = f"the table `{name}` is read with {table.keys} keys, and here are {len(node.args) - 1}"
            raise self.source.error(node.start, what)
        keys = [self.value(arg, scope) for arg in node.args[1:]]
        for key in keys:
            if not fits(key.type, TEXT) or key.type == NOTHING:
                raise self.error(key.node, f"is {key.type}, and the key of a table is a text")
        self.tables.add(name)
        text, runs = self.source.quote(node), tuple(key.run for key in keys)

        def ask(world: World, variables: Variables) -> Any:
            values = tuple([run(world, variables) for run in runs])
            for value in values:
                if type(value) is not str:
                    break
            else:
                return world.table(name, values)

            def look_up(*known: Any) -> Any:
                if NONE in known:  # nothing to look up, so that nothing is found
                    return NONE
                return world.table(name, known) if all(type(value) is str for value in known) else WRONG

            found = lift(look_up, *values)
            return found if found is not WRONG else _wrong(text, keys, values, world, variables)

        return _Part(node, table.result, ask, lambda _w, _v: frozenset({text}))

    def date(self, node: syntax.Call, scope: _Names) -> _Part:
        self.count(node, len(node.args), 1)
        part = self.value(node.args[0], scope)
        if not (fits(part.type, TEXT) or part.type == DAY) or part.type == NOTHING:
            raise self.error(
                part.node, f"is {part.type}, and `date` takes a text", "write `date('2024-01-31')`"
            )
        if part.constant:
            if (value := types.day(part.value)) is WRONG:
                raise self.error(part.node, "is no day", "write year, month and day: `date('2024-01-31')`")
            return self.constant(node, DAY, value)
        run, text = part.run, self.source.quote(node)

        def read(world: World, variables: Variables) -> Any:
            value = run(world, variables)
            found = lift(types.day, value)
            return found if found is not WRONG else Unknown(part.facts(world, variables) or frozenset({text}))

        return _Part(node, DAY, read, part.facts)

    def quantify(
        self, node: syntax.Call, receiver: syntax.Node, kind: Literal["exists", "all"], scope: _Names
    ) -> _Part:
        self.count(node, len(node.args), 2)
        name = node.args[0]
        if not isinstance(name, syntax.Name):
            raise self.error(name, "should be a name for each element", f"write `parts.{kind}(p, ...)`")
        if isinstance(receiver, syntax.Select):
            owner = self.part(receiver.operand, scope)
            items = self.select(receiver, owner)
        elif isinstance(receiver, syntax.Name):
            owner = items = self.part(receiver, scope)
        else:
            raise self.error(receiver, f"is no list of the data, and `{kind}` runs over nothing else")
        element = items.type.item or ANY
        if items.type != ANY and element.kind != "subject":
            what = f"is {items.type}, and `{kind}` runs over parts, custody, parties and the like"
            raise self.error(receiver, what, "use `in`")
        inner = scope.with_name(name.name, _Bound(element, f"{name.name}[]"))
        body = self.truth(self.value(node.args[1], inner)).run
        # The world knows best how its lists are kept: it gets owner and name. Free data has no owner.
        owned = isinstance(receiver, syntax.Select) and items.type != ANY
        of, list_name = (
            (owner.run, receiver.name) if isinstance(receiver, syntax.Select) and owned else (items.run, "")
        )
        variable, names, text = name.name, f"{name.name}[]", self.source.quote(node)

        def ask(world: World, variables: Variables) -> Truth:
            one = of(world, variables)
            if type(one) is Unknown and (owned or items.type == ANY):
                return _settle(world, unknown_of((one,)))
            if one is NONE:  # a list of nothing
                return kind == "all"
            if items.type == ANY:
                return each(world, variables, one)

            def of_list() -> frozenset[str]:
                return items.facts(world, variables)

            def test(item: Any) -> Truth:
                truth: Truth = body(world, {**variables, variable: item, names: of_list})
                return truth

            return world.quantify(kind, one, list_name, test, text)

        def each(world: World, variables: Variables, values: Any) -> Truth:
            """Run over a list of free data, which is closed, and whose elements are called by their place."""
            if kind_of(values) != "list":
                return _settle(world, _wrong(text, (items,), (values,), world, variables))

            def place(index: int) -> Callable[[], list[str]]:
                return lambda: [f"{fact}[{index}]" for fact in items.facts(world, variables)]

            return (any_of if kind == "exists" else all_of)(
                body(world, {**variables, variable: value, names: place(index)})
                for index, value in enumerate(values)
            )

        return _Part(node, BOOL, ask, settled=True)


@dataclass(frozen=True, slots=True)
class _Names:
    """The variables in scope: those the caller declared, and those of ``exists`` and ``all`` around."""

    outer: Scope
    bound: Mapping[str, _Bound] = field(default_factory=dict)

    def get(self, name: str) -> Type | _Bound | None:
        return self.bound.get(name) or self.outer.get(name)

    def __iter__(self) -> Any:
        return iter((*self.outer, *self.bound))

    def with_name(self, name: str, bound: _Bound) -> _Names:
        return _Names(self.outer, {**self.bound, name: bound})


def _union(parts: Iterable[_Part]) -> Facts:
    """Return what reads the facts of all ``parts``."""
    readers = [part.facts for part in parts if part.facts is not _no_facts]
    return lambda world, variables: frozenset().union(*(read(world, variables) for read in readers))
