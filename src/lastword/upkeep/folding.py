"""What a condition comes to before anybody says anything about a case: True or False where its text alone decides.

Terms are read through, tables are looked up where the key is written out; all else is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from lastword.errors import Where
from lastword.facts.question import MOVEMENTS
from lastword.facts.schema import ACTS, END_USES
from lastword.facts.unknown import NONE, Truth, Unknown, all_of, any_of, unknown
from lastword.reach.builtin import BUILT_IN_TYPES
from lastword.rules import syntax
from lastword.rules.book import Book
from lastword.rules.condition import Condition
from lastword.rules.rule import Rule
from lastword.rules.table import Table

_DEEPEST: Final = 24
_SEEN_MOVEMENTS: Final = frozenset({*MOVEMENTS, "transfer", "domestic"})
_LEAVING: Final = frozenset({"export", "transfer", "domestic"})


class Nobody:
    """A world in which nobody said anything but what ``asked`` holds of the question."""

    on_record = False

    def __init__(self, book: Book, asked: Mapping[str, Any]) -> None:
        self.book = book
        self.asked = asked
        self.depth = 0

    def attribute(self, subject: Any, name: str) -> Any:
        """Return what is asked, else Unknown."""
        if subject == "question" and name in self.asked:
            return self.asked[name]
        return unknown(name)

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        """Return what a term gives where all its values give the same."""
        if name == "subject_to" and args and isinstance(args[0], str):
            return unknown(name) if self.book.regimes.get(args[0]) else False
        term = self.book.terms.get(name)
        if (
            name in BUILT_IN_TYPES
            or term is None
            or term.statable
            or not term.values
            or self.depth > _DEEPEST
        ):
            return unknown(name)
        variables = {
            **self.variables(),
            **{arg: value for (arg, _), value in zip(term.args, args, strict=False)},
        }
        self.depth += 1
        found = [dated.condition.evaluate(self, variables) for dated in term.values]
        self.depth -= 1
        return found[0] if all(_same(found[0], one) for one in found) else unknown(name)

    def variables(self) -> dict[str, Any]:
        """Return the variables of conditions: the question as a name, and what is asked of it."""
        return {"question": "question", **self.asked}

    def table(self, name: str, keys: tuple[str, ...]) -> Any:
        """Return a row that is the same on every day, else Unknown."""
        found = self.book.tables.get(name)
        return unknown(name) if found is None else _always(found, keys)

    def on(self, subject: Any, list_name: str, pattern: str) -> Truth:
        """Nobody classified anything."""
        return unknown(list_name)

    def quantify(
        self,
        kind: Literal["exists", "all"],
        subject: Any,
        list_name: str,
        test: Callable[[Any], Truth],
        text: str,
    ) -> Truth:
        """Nobody listed anything; a test that no element can pass decides all the same."""
        truth = test("someone")
        if kind == "exists" and truth is False:
            return False
        return True if kind == "all" and truth is True else unknown(list_name or text)

    def undecided(self, text: str, missing: Unknown) -> Truth:
        """Return what is missing."""
        return missing


def folded(
    book: Book, conditions: Iterable[Condition | None], asked: Mapping[str, Any] | None = None
) -> Truth:
    """Return what conditions come to together where only ``asked`` is known of the question."""
    world = Nobody(book, asked or {})
    return all_of(c.evaluate(world, world.variables()) for c in conditions if c is not None)


def number(book: Book, condition: Condition) -> Any:
    """Return what a limit comes to, Unknown where it depends on the case."""
    world = Nobody(book, {})
    return condition.evaluate(world, world.variables())


def never(book: Book, rule: Rule) -> bool:
    """Say whether the conditions of a rule, with its acts, hold in no case at all."""
    conditions = (rule.domain, rule.when)
    if all(condition is None for condition in conditions):
        return False
    place = rule.seen_from or rule.state
    here = {"from": place} if _leaves(rule) and len(place) == len("DE") and place not in ("EU", "ZZ") else {}
    if folded(book, conditions, here) is False:
        return True
    read = frozenset().union(
        *(_words_of(book, condition) for condition in conditions if condition is not None)
    )
    if "act" in read:
        found = any_of(folded(book, conditions, {**here, "act": act}) for act in question_acts(rule))
        if found is False:
            return True
    if "end_use" in read:
        found = any_of(folded(book, conditions, {**here, "end_use": use}) for use in END_USES)
        if found is False:
            return True
    return contradicts(conditions)


def question_acts(rule: Rule) -> tuple[str, ...]:
    """Return the acts that a question can have where the rule's state sees one of the rule's acts (R6)."""
    if rule.acts is None or rule.leg == "supply":
        return ACTS
    moves = MOVEMENTS if rule.acts & _SEEN_MOVEMENTS else frozenset[str]()
    return tuple(act for act in ACTS if act in moves or (act not in MOVEMENTS and act in rule.acts))


def contradicts(conditions: Iterable[Condition | None]) -> bool:
    """Say whether conditions that must all hold ask one field for two values at once."""
    allowed: dict[str, frozenset[Any]] = {}
    banned: dict[str, set[Any]] = {}
    for condition in conditions:
        if condition is None:
            continue
        for field, values, holds in _tests(syntax.parse(condition.text, Where(""))):
            if holds:
                allowed[field] = allowed.get(field, values) & values
            else:
                banned.setdefault(field, set()).update(values)
    return any(not values - banned.get(field, set()) for field, values in allowed.items())


def _tests(node: syntax.Node) -> Iterator[tuple[str, frozenset[Any], bool]]:
    """Return (field, values, whether it must have one of them) for what a condition asks in any case."""
    match node:
        case syntax.Logic(operator="&&", operands=operands):
            for one in operands:
                yield from _tests(one)
        case syntax.Not(operand=operand):
            found = list(_tests(operand))
            if len(found) == 1 and isinstance(operand, syntax.Compare):
                yield found[0][0], found[0][1], not found[0][2]
        case syntax.Compare(operator=("==" | "!=") as sign, left=left, right=syntax.Literal(value=value)):
            field = _field(left)
            if field and value is not None:
                yield field, frozenset((value,)), sign == "=="
        case syntax.Compare(operator="in", left=left, right=syntax.Items(items=items)):
            field = _field(left)
            values = [one.value for one in items if isinstance(one, syntax.Literal)]
            if field and len(values) == len(items):
                yield field, frozenset(values), True


def _field(node: syntax.Node) -> str:
    match node:
        case syntax.Name(name=name):
            return name
        case syntax.Select(operand=syntax.Name(name="question"), name=name) if name in (
            "from",
            "to",
            "act",
            "end_use",
            "as_of",
        ):
            return name
        case syntax.Select(operand=operand, name=name):
            before = _field(operand)
            return f"{before}.{name}" if before else ""
    return ""


def _leaves(rule: Rule) -> bool:
    return rule.acts is not None and rule.acts <= _LEAVING and rule.leg != "supply" and not rule.union


def _words_of(book: Book, condition: Condition) -> frozenset[str]:
    """Return the variables and fields that a condition reads, its terms included."""
    seen: set[str] = set()
    words: set[str] = set()
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        words |= one.variables | one.reads
        for call in one.calls - seen:
            seen.add(call)
            if call in book.terms:
                waiting += [dated.condition for dated in book.terms[call].values]
    return frozenset(words)


def _always(table: Table, keys: tuple[str, ...]) -> Any:
    rows = table.rows.get(keys)
    if rows is None:
        if table.missing == "unknown":
            return unknown(table.id)
        return keys[0] if table.missing == "same" else table.missing
    values = {row.value for row in rows if not isinstance(row.value, list)}
    covered = any(not row.dated for row in rows) or table.missing in values
    return next(iter(values)) if len(values) == 1 and covered else unknown(table.id)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Unknown) or isinstance(other, Unknown) or one is NONE or other is NONE:
        return one is other
    return type(one) is type(other) and bool(one == other)
