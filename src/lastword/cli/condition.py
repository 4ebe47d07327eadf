"""``lastword condition``: try a condition on data, to see what it says and which facts it misses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import click

from lastword.errors import InputError, Problem, UnreadableError, Where
from lastword.facts.unknown import NONE, Truth, Unknown, unknown
from lastword.rules.condition import compile_condition
from lastword.rules.types import ANY, Schema, Type, kind_of

LARGEST: Final = 64 * 2**20
"""Bytes a data file may have."""
DEEPEST: Final = 100
"""Levels its objects and lists may nest."""


@dataclass(frozen=True, slots=True)
class Part:
    """An object of the data. ``path``: its dotted name, such as ``thing.parts[0]``."""

    path: str
    fields: Mapping[str, Any]


def _value(path: str, raw: Any) -> Any:
    """Return what a condition sees of the JSON value at ``path``; ``null`` is a missing fact."""
    if raw is None:
        return unknown(path)
    if isinstance(raw, dict):
        return Part(path, raw)
    if isinstance(raw, list):
        return tuple(_value(f"{path}[{index}]", item) for index, item in enumerate(raw))
    return raw


class JsonWorld:
    """A world over one JSON object: facts are called by their dotted path; what is not there is unknown."""

    on_record = False

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.variables: dict[str, Any] = {name: _value(name, raw) for name, raw in data.items()}

    def attribute(self, subject: Any, name: str) -> Any:
        """Return the field of an object; None if ``subject`` is no object."""
        if not isinstance(subject, Part):
            return None
        return _value(f"{subject.path}.{name}", subject.fields.get(name))

    def fact_id(self, subject: Any, name: str) -> str:
        """Return the dotted path of a field."""
        return f"{subject.path}.{name}"

    def undecided(self, text: str, missing: Unknown) -> Truth:
        """Leave it unknown."""
        return missing

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        """Data has no terms, tables, codes or owners of lists; what asks for them does not compile here."""
        return unknown(name)

    def table(self, name: str, keys: tuple[str, ...]) -> Any:
        """See ``call``."""
        return unknown(name)

    def on(self, subject: Any, list_name: str, pattern: str) -> Truth:
        """See ``call``."""
        return unknown(list_name)

    def quantify(
        self,
        kind: Literal["exists", "all"],
        subject: Any,
        list_name: str,
        test: Callable[[Any], Truth],
        text: str,
    ) -> Truth:
        """See ``call``."""
        return unknown(list_name)


class AnyName(Mapping[str, Type]):
    """A scope in which every name may stand for any value."""

    def __getitem__(self, name: str) -> Type:
        """Return the type of all."""
        return ANY

    def __iter__(self) -> Iterator[str]:
        """List nothing: no name is better than another."""
        return iter(())

    def __len__(self) -> int:
        """Return 0."""
        return 0


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, numbers exact (int or Decimal).

    Raises UnreadableError for a file that cannot be opened or is not JSON, InputError for JSON we refuse.
    """
    text = _text(path)

    def refuse(what: str, mend: str = "") -> InputError:
        return InputError(Problem(Where(str(path)), what, mend))

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in items:
            if name in found:
                raise refuse(f"the name `{name}` stands twice in one object", "leave one of them")
            found[name] = value
        return found

    def whole(digits: str) -> int:
        if len(digits) > 310:
            raise refuse(
                f"the number `{digits[:20]}...` has {len(digits)} digits", "a number has at most 309"
            )
        return int(digits)

    def exact(digits: str) -> Decimal:
        # Python refuses an exponent of more than 18 digits by an error of its own, hence the first test.
        number = (
            Decimal(digits) if len(digits) <= 400 and len(digits.lower().partition("e")[2]) < 10 else None
        )
        if number is None or (number and not -400 < number.adjusted() < 309):
            raise refuse(
                f"the number `{digits[:20]}` is out of range", "a number lies between 1e-399 and 1e308"
            )
        return number

    def constant(word: str) -> Any:
        raise refuse(f"`{word}` is no number of JSON", "leave the field out if the number is not known")

    try:
        data = json.loads(
            text, parse_int=whole, parse_float=exact, parse_constant=constant, object_pairs_hook=pairs
        )
    except json.JSONDecodeError as error:
        what = f"column {error.colno}: this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise UnreadableError(Problem(Where(str(path), error.lineno), what)) from None
    except RecursionError:
        raise refuse(f"objects and lists nest deeper than {DEEPEST} levels") from None
    if not isinstance(data, dict):
        raise refuse(
            "the file does not hold an object", 'write names and values: {"thing": {"origin": "US"}}'
        )
    if _deeper(data, DEEPEST):
        raise refuse(f"objects and lists nest deeper than {DEEPEST} levels")
    return data


def _text(path: Path) -> str:
    where = Where(str(path))
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except IsADirectoryError:
        raise UnreadableError(Problem(where, "this is a folder", "name a JSON file")) from None
    except FileNotFoundError:
        raise UnreadableError(Problem(where, "there is no such file")) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableError(Problem(where, f"cannot be read: {reason.lower()}")) from None
    if len(raw) > LARGEST:
        raise UnreadableError(Problem(where, f"is larger than {LARGEST // 2**20} MB"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableError(Problem(Where(str(path), line), "is not UTF-8", "save it as UTF-8")) from None


def _deeper(data: Any, levels: int) -> bool:
    """Say whether lists and objects nest deeper than ``levels``, without recursion."""
    layer = [data]
    for _ in range(levels):
        layer = [
            child
            for node in layer
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not layer:
            return False
    return True


def answer(text: str, data: Mapping[str, Any]) -> str:
    """Return ``true``, ``false`` or ``unknown: `` and the names of the missing facts.

    Raises ConditionError for a condition that cannot be read, InputError for one that gives neither true
    nor false.
    """
    at = Where("condition")
    world = JsonWorld(data)
    condition = compile_condition(text, scope=AnyName(), schema=Schema(), at=at, want=None)
    result = condition.evaluate(world, world.variables)
    if isinstance(result, Unknown):
        return "unknown: " + ", ".join(sorted(result.facts))
    if not isinstance(result, bool):
        kind = "none" if result is NONE else f"a{'n' * (kind_of(result) == 'object')} {kind_of(result)}"
        what = f"gives {kind}, not true or false"
        raise InputError(Problem(at, what, "compare it with something, as in `x == 1`"))
    return str(result).lower()


@click.command("condition")
@click.argument("expression")
@click.option("--with", "file", type=click.Path(path_type=Path), help="JSON file with the data: one object.")
@click.pass_context
def condition(context: click.Context, expression: str, file: Path | None) -> None:
    """Say whether the condition EXPRESSION holds: true, false or unknown, and for want of which facts.

    \b
    Example:
      lastword condition "thing.range_km >= 300 && end_use != 'civil'" --with case.json
    """
    try:
        click.echo(answer(expression, read_json(file) if file else {}))
    except InputError as error:
        for problem in error.problems:
            click.echo(f"error: {problem}", err=True)
        context.exit(2)
