"""The types of values a condition works with, and what can be done with known values of each.

The operations know nothing of facts: they take known values (or NONE) and return a value, or WRONG where the
kinds of the operands do not go together. Only lists may hold Unknown elements. Who calls them decides which
fact to name (``condition.py``).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import NoneType
from typing import Any, Final

from lastword.facts.unknown import NONE, Nothing, Truth, Unknown, all_of, any_of, unknown, unknown_of
from lastword.rules.syntax import Unsigned


@dataclass(frozen=True, slots=True)
class Type:
    """What a value is. ``kind``: a word for errors; ``of``: kind of subject; ``item``: what a list holds."""

    kind: str
    of: str = ""
    item: Type | None = None

    def __str__(self) -> str:
        if self.item is not None:
            return f"a list ({self.item.kind})" if self.item.kind != "any" else "a list"
        return {"any": "any value"}.get(self.kind, f"a {self.of or self.kind}")


BOOL: Final = Type("truth")
NUMBER: Final = Type("number")
TEXT: Final = Type("text")
PLACE: Final = Type("place")
DAY: Final = Type("day")
CODE: Final = Type("code")
ANY: Final = Type("any")
NULL: Final = Type("null")
NOTHING: Final = Type("none")


def subject(kind: str) -> Type:
    """Return the type of a reference to a subject of ``kind``, such as ``thing``."""
    return Type("subject", of=kind)


def list_of(item: Type) -> Type:
    """Return the type of a list of ``item``."""
    return Type("list", item=item)


@dataclass(frozen=True, slots=True)
class TermType:
    """What a term is called with and what it gives."""

    arguments: tuple[Type, ...]
    result: Type = BOOL
    of_lines: bool = False
    """Whether its second argument is a table of control lines, so that it reads the code of that list."""


@dataclass(frozen=True, slots=True)
class TableType:
    """How many keys (texts) a table is read with and what a row gives."""

    keys: int
    result: Type = BOOL


@dataclass(frozen=True, slots=True)
class Schema:
    """What a condition may speak of: fields by kind of subject, terms and tables by name."""

    subjects: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    terms: Mapping[str, TermType] = field(default_factory=dict)
    tables: Mapping[str, TableType] = field(default_factory=dict)


def together(left: Type, right: Type) -> Type | None:
    """Return the type that holds values of both, None if they do not go together.

    A place is a text; ``none`` goes with all.
    """
    if left == right or right == NOTHING:
        return left
    if left == NOTHING:
        return right
    if ANY in (left, right):
        return ANY
    if {left.kind, right.kind} == {"text", "place"}:
        return TEXT
    if left.item and right.item and (item := together(left.item, right.item)):
        return list_of(item)
    return None


def fits(given: Type, wanted: Type) -> bool:
    """Say whether a value of type ``given`` may stand where ``wanted`` is asked for."""
    return together(given, wanted) is not None


class Wrong(Enum):
    """The answer of an operation on kinds of values that do not go together."""

    WRONG = "wrong"


WRONG: Final = Wrong.WRONG
OVERFLOW: Final = "overflow"
"""Stands among the missing facts where a whole number left 64 bits: no fact can mend that."""

NUMBERS: Final = frozenset({int, Unsigned, Decimal, Fraction})
PYTHON: Final[Mapping[type, str]] = {
    **dict.fromkeys(NUMBERS, "number"),
    str: "text",
    bool: "truth",
    date: "day",
    tuple: "list",
    list: "list",
    NoneType: "null",
    Nothing: "none",
}
ORDERED: Final = frozenset({"number", "text", "truth", "day"})
_LARGEST: Final = 8192
"""Bits of an exact number: far beyond double, and a chain of ``*`` cannot grow without end."""
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def kind_of(value: Any) -> str:
    """Return the kind of a known value: number, text, truth, day, list, null, none, else object."""
    return PYTHON.get(type(value), "object")


def equal(left: Any, right: Any) -> Truth | Wrong:
    """Return ``left == right``. ``none`` and ``null`` equal only themselves; lists go item by item."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return unknown_of((left, right))
    kind, other = kind_of(left), kind_of(right)
    if kind != other:
        return False if {"none", "null"} & {kind, other} else WRONG
    if kind == "object":
        return WRONG
    if kind == "list":
        if len(left) != len(right):
            return False
        items = [equal(a, b) for a, b in zip(left, right, strict=True)]
        if False in items:
            return False
        return WRONG if WRONG in items else all_of(item for item in items if item is not WRONG)
    return bool(left == right)


def unequal(left: Any, right: Any) -> Truth | Wrong:
    """Return ``left != right``."""
    same = equal(left, right)
    return not same if isinstance(same, bool) else same


def ordered(sign: str) -> Callable[[Any, Any], Truth | Wrong]:
    """Return the comparison ``sign`` (``< <= > >=``). ``none`` is before and after nothing: always false."""
    compare = _ORDERS[sign]

    def order(left: Any, right: Any) -> Truth | Wrong:
        if left is NONE or right is NONE:
            return False
        kind = kind_of(left)
        return compare(left, right) if kind in ORDERED and kind == kind_of(right) else WRONG

    return order


def member(value: Any, items: Any, *, strict: bool = True) -> Truth | Wrong:
    """Return ``value in items``. Nothing is in ``none``.

    An element of another kind is WRONG unless ``strict`` is False (a list somebody wrote out, as ``['NS1',
    2]``) and another element fits.
    """
    if items is NONE:
        return False
    if kind_of(items) != "list" or kind_of(value) == "object":
        return WRONG
    found = [equal(value, item) for item in items]
    known = [truth for truth in found if truth is not WRONG]
    if True not in known and len(known) < len(found) and (strict or not known):
        return WRONG
    return any_of(known)


def prefixed(text: Any, prefix: Any) -> Truth | Wrong:
    """Return ``text.startsWith(prefix)``; ``none`` starts with nothing."""
    if text is NONE or prefix is NONE:
        return False
    return text.startswith(prefix) if type(text) is str and type(prefix) is str else WRONG


def add(left: Any, right: Any) -> Any:
    """Return ``left + right`` of numbers, texts or lists; ``none`` plus anything is ``none``."""
    if type(left) is str and type(right) is str:
        return left + right
    if kind_of(left) == kind_of(right) == "list":
        return (*left, *right)
    return _exact(operator.add, left, right)


def subtract(left: Any, right: Any) -> Any:
    """Return ``left - right``."""
    return _exact(operator.sub, left, right)


def multiply(left: Any, right: Any) -> Any:
    """Return ``left * right``."""
    return _exact(operator.mul, left, right)


def minus(value: Any) -> Any:
    """Return ``-value``. Like CEL, not of a number with ``u``."""
    return WRONG if type(value) is Unsigned else _exact(operator.sub, 0, value)


def day(text: Any) -> Any:
    """Return the day of ``2024-01-31``; a day stays what it is. WRONG if there is no such day."""
    if text is NONE or type(text) is date:
        return text
    if type(text) is str and len(text) == 10 and text[4] == text[7] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    return WRONG


def _exact(calculate: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Calculate exactly. Two whole numbers must stay in 64 bits, as in CEL; a decimal may go further."""
    if left is NONE or right is NONE:
        return NONE
    if type(left) not in NUMBERS or type(right) not in NUMBERS:
        return WRONG
    if isinstance(left, int) and isinstance(right, int):  # bool never comes here: it is no number
        whole = int(calculate(int(left), int(right)))
        if type(left) is type(right) is Unsigned:
            return Unsigned(whole) if 0 <= whole < 2**64 else unknown(OVERFLOW)
        return whole if -(2**63) <= whole < 2**63 else unknown(OVERFLOW)
    # A Decimal would be rounded to 28 digits by `+`, so that all goes by fractions.
    result = calculate(Fraction(left), Fraction(right))
    size = max(result.numerator.bit_length(), result.denominator.bit_length())
    return result if size <= _LARGEST else unknown(OVERFLOW)
