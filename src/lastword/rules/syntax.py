"""The syntax of conditions: a text in, a tree out.

Source: Common Expression Language, language definition, section "Syntax" (github.com/google/cel-spec,
doc/langdef.md). What is left out of it is refused by name, with what to write instead. The manual is
``docs/conditions.md``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from lastword.errors import ConditionError, Problem, Where
from lastword.facts.unknown import NONE

LONGEST: Final = 20_000
"""Characters a condition may have."""
DEEPEST: Final = 100
"""Levels a condition may nest: brackets, calls, selections, comparisons of comparisons."""


class Unsigned(int):
    """A whole number written with ``u``, from 0 to 2**64 - 1."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a condition, from character ``start`` to before ``end``."""

    start: int
    end: int
    depth: int = field(kw_only=True, default=1, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value that is written out: text, int, Unsigned, Decimal, bool, ``none`` (NONE) or ``null`` (None)."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    """``operand.name``."""

    operand: Node
    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``name(args)``, or ``receiver.name(args)``."""

    name: str
    receiver: Node | None
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Items(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """``!operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Minus(Node):
    """``-operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """Operands joined by one operator, ``&&`` or ``||``."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``left operator right`` with ``== != < <= > >=`` or ``in``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``first``, then from left to right operators of one level (``+ -``, or ``*``) and their operands."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """``test ? yes : no``."""

    test: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a condition and where it was written, for errors that point into it."""

    text: str
    at: Where

    def error(self, offset: int, what: str, mend: str = "") -> ConditionError:
        """Return an error at the character ``offset``; the line is given where the text has more than one."""
        line = self.text.count("\n", 0, offset) + 1
        column = offset - (self.text.rfind("\n", 0, offset) + 1) + 1
        place = f"column {column}" if "\n" not in self.text.strip() else f"line {line}, column {column}"
        return ConditionError(Problem(self.at, f"{place}: {what}", mend))

    def quote(self, node: Node) -> str:
        """Return the text of ``node``, its white space folded."""
        return " ".join(self.text[node.start : node.end].split())


KEYWORDS: Final = frozenset({"true", "false", "null", "in"})
RESERVED: Final = frozenset(
    {
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "namespace",
    }
    | {"package", "return", "var", "void", "while"}
)
_WORDS: Final = {"true": True, "false": False, "null": None, "none": NONE}
_TOKEN: Final = re.compile(
    r"""(?P<space>[\t\n\f\r ]+|//[^\n]*)
      | (?P<text>[rR]?(?:'''|\"\"\"|'|"))
      | (?P<bytes>(?:[bB][rR]?|[rR][bB])['"])
      | (?P<decimal>[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
      | (?P<whole>(?:0x[0-9a-fA-F]+|[0-9]+)[uU]?)
      | (?P<name>[_a-zA-Z][_a-zA-Z0-9]*)
      | (?P<operator>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(
    r"""\\(?:(?P<one>[abfnrtv\\?"'`])|(?P<o>[0-3][0-7]{2})|[xX](?P<x>[0-9a-fA-F]{2})"""
    r"|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8}))"
)
_ONE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_INSTEAD: Final = {
    "=": "write `==` to compare",
    "&": "write `&&`",
    "|": "write `||`",
    "`": "write text in `'` or `\"`",
    "“": "write text in `'` or `\"`",
    "„": "write text in `'` or `\"`",
    "’": "write text in `'` or `\"`",
    "≤": "write `<=`",
    "≥": "write `>=`",
    "≠": "write `!=`",
}
_SIGNS: Final = {"and": "write `&&`", "or": "write `||`", "not": "write `!`"}
_LEFT_OUT: Final = {
    "/": ("division is left out", "multiply the other side: `part.value * 4 >= thing.value`"),
    "%": ("`%` is left out", "state what it would tell as a fact of its own"),
    "{": ("maps are left out", "look the value up in a table: `table('name', key)`"),
    "[": ("an index is left out", "use `in`, `exists` or `all`"),
}
_LEVELS: Final = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%"), 5),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 3),
}


class _Token(NamedTuple):
    kind: str  # name, literal, operator, end
    text: str
    value: Any
    start: int
    end: int


def parse(text: str, at: Where) -> Node:
    """Return the tree of a condition. Raises ConditionError with the column of what cannot be read."""
    source = Source(text, at)
    if len(text) > LONGEST:
        what = f"a condition may have {LONGEST:,} characters, this one has {len(text):,}"
        raise source.error(LONGEST, what, "split it into terms")
    parser = _Parser(source, _tokens(source))
    node = parser.expression()
    parser.expect_end()
    return node


def _tokens(source: Source) -> list[_Token]:
    text, position, tokens = source.text, 0, list[_Token]()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            sign = text[position]
            raise source.error(position, f"`{sign}` has no meaning here", _INSTEAD.get(sign, ""))
        start, position, kind, found = position, match.end(), match.lastgroup, match.group()
        if kind == "space":
            continue
        if kind == "bytes":
            raise source.error(start, "bytes are left out", "write a text without `b`")
        if kind == "text":
            words, position = _text(source, start, found)
            tokens.append(_Token("literal", text[start:position], words, start, position))
        elif kind in ("decimal", "whole"):
            value = _decimal(source, start, found) if kind == "decimal" else _whole(source, start, found)
            if text[position : position + 1].isalnum() or text[position : position + 1] == "_":
                raise source.error(start, f"`{found}{text[position]}` is not a number")
            tokens.append(_Token("literal", found, value, start, position))
        else:
            tokens.append(_Token("operator" if found == "in" else str(kind), found, None, start, position))
    tokens.append(_Token("end", "", None, len(text), len(text)))
    return tokens


def _whole(source: Source, start: int, found: str) -> int:
    digits = found.rstrip("uU")
    value = int(digits, 16) if digits.startswith("0x") else int(digits[:4000])
    # Here 2**63 passes: it may have a minus before it. The parser looks again.
    if len(digits) > 100 or value > (2**64 - 1 if digits != found else 2**63):
        what = f"`{found[:40]}` is out of the range of 64-bit whole numbers"
        raise source.error(start, what, "write it as a decimal")
    return Unsigned(value) if digits != found else value


def _decimal(source: Source, start: int, found: str) -> Decimal:
    if len(found) <= 400:
        value = Decimal(found)
        if not value or -400 < value.adjusted() < 309:
            return value
    raise source.error(start, f"`{found[:40]}` has too many digits", "a number lies between 1e-399 and 1e308")


def _text(source: Source, start: int, opening: str) -> tuple[str, int]:
    """Return the value of the text that starts at ``start`` and the offset behind it."""
    raw = opening[0] in "rR"
    quote = opening[1:] if raw else opening
    text, begin = source.text, start + len(opening)
    position = begin
    while not text.startswith(quote, position):
        sign = text[position : position + 1]
        if not sign or (sign in "\r\n" and len(quote) == 1):
            raise source.error(start, "a text that does not end", f"close it with `{quote}`")
        position += 2 if sign == "\\" and not raw else 1
    body = text[begin:position].replace("\r\n", "\n").replace("\r", "\n")
    return (body if raw else _unescape(source, begin, body)), position + len(quote)


def _unescape(source: Source, begin: int, body: str) -> str:
    def character(match: re.Match[str]) -> str:
        if one := match["one"]:
            return _ONE.get(one, one)
        number = int(match["o"], 8) if match["o"] else int(match["x"] or match["u"] or match["U"], 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise source.error(begin + match.start(), f"`{match.group()}` is no character")
        return chr(number)

    pieces, position = list[str](), 0
    while (back := body.find("\\", position)) >= 0:
        match = _ESCAPE.match(body, back)
        if match is None:
            what = f"`{body[back : back + 2]}` is no escape"
            raise source.error(begin + back, what, "write `\\\\`, or r'...'")
        pieces += body[position:back], character(match)
        position = match.end()
    return "".join([*pieces, body[position:]])


class _Parser:
    """Precedence climbing over tokens; a chain of one operator is one node: only nesting costs depth."""

    def __init__(self, source: Source, tokens: Sequence[_Token]) -> None:
        self.source, self.tokens, self.position, self.nesting = source, tokens, 0, 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def at(self, *operators: str) -> bool:
        return self.token.kind == "operator" and self.token.text in operators

    def take(self) -> _Token:
        token = self.token
        self.position += token.kind != "end"
        return token

    def expect(self, operator: str) -> _Token:
        if not self.at(operator):
            raise self.unexpected(f"`{operator}`")
        return self.take()

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.unexpected("an operator or the end")

    def unexpected(self, wanted: str) -> ConditionError:
        token = self.token
        found = f"`{token.text[:40]}`" if token.kind != "end" else "the end"
        previous = self.tokens[self.position - 1].text if self.position else ""
        mend = _SIGNS.get(token.text.lower()) or _SIGNS.get(previous.lower(), "")
        return self.source.error(token.start, f"expected {wanted}, found {found}", mend)

    def deeper(self, depth: int) -> int:
        """Return ``depth`` + 1 unless that is too deep."""
        if depth >= DEEPEST:
            what = f"nested deeper than {DEEPEST} levels"
            raise self.source.error(self.token.start, what, "split it into terms")
        return depth + 1

    def over(self, *nodes: Node) -> int:
        return self.deeper(max((node.depth for node in nodes), default=0))

    def expression(self) -> Node:
        test = self.binary(1)
        if not self.at("?"):
            return test
        self.take()
        yes = self.binary(1)
        self.expect(":")
        self.nesting = self.deeper(self.nesting)
        no = self.expression()
        self.nesting -= 1
        return Choice(test.start, no.end, test, yes, no, depth=self.over(test, yes, no))

    def binary(self, floor: int) -> Node:
        self.nesting = self.deeper(self.nesting)
        left = self.unary()
        while self.token.kind == "operator" and (level := _LEVELS.get(self.token.text, 0)) >= floor:
            operator = self.token.text
            if level == 3:
                self.take()
                right = self.binary(4)
                left = Compare(left.start, right.end, operator, left, right, depth=self.over(left, right))
                continue
            rest: list[tuple[str, Node]] = []
            while self.token.kind == "operator" and _LEVELS.get(self.token.text) == level:
                operator = self.allowed(self.take()).text
                rest.append((operator, self.binary(level + 1)))
            operands = (left, *(operand for _, operand in rest))
            span, depth = (left.start, operands[-1].end), self.over(*operands)
            if level < 3:
                left = Logic(*span, operator, operands, depth=depth)
            else:
                left = Arithmetic(*span, left, tuple(rest), depth=depth)
        self.nesting -= 1
        return left

    def allowed(self, token: _Token) -> _Token:
        """Return ``token`` unless it is an operator that is left out."""
        if token.text in _LEFT_OUT:
            raise self.source.error(token.start, *_LEFT_OUT[token.text])
        return token

    def unary(self) -> Node:
        start, sign, count = self.token.start, self.token.text, 0
        while self.at("!", "-") and self.token.text == sign:
            self.take()
            count += 1
        number = self.token.kind == "literal" and isinstance(self.token.value, int | Decimal)
        if count and sign == "-" and number:
            count -= 1
            node = self.member(self.literal(negative=True))
        else:
            node = self.member(self.primary())
        if count and sign == "!":
            node = Not(start, node.end, node, depth=self.over(node))
            # `!!x` asks x for a truth, so that one `!` is kept under it.
            return node if count % 2 else Not(start, node.end, node, depth=self.over(node))
        return Minus(start, node.end, node, depth=self.over(node)) if count % 2 else node

    def literal(self, *, negative: bool = False) -> Literal:
        token = self.take()
        value, start = token.value, token.start
        if negative:
            start = self.tokens[self.position - 2].start
            if isinstance(value, Unsigned):
                raise self.source.error(start, "a number with `u` has no sign", "leave out `u`")
            value = value.copy_negate() if isinstance(value, Decimal) else -value
        elif type(value) is int and value == 2**63:
            raise self.source.error(start, f"`{token.text}` is out of the range of 64-bit whole numbers")
        return Literal(start, token.end, value)

    def member(self, node: Node) -> Node:
        while self.at(".", "[", "{"):
            operator = self.allowed(self.take())
            name = self.token
            if operator.text != "." or name.kind != "name" or name.text in KEYWORDS:
                raise self.unexpected("the name of a field")
            self.take()
            if self.at("("):
                args, end = self.arguments()
                node = Call(node.start, end, name.text, node, args, depth=self.over(node, *args))
            else:
                node = Select(node.start, name.end, node, name.text, depth=self.over(node))
        return node

    def arguments(self) -> tuple[tuple[Node, ...], int]:
        self.expect("(")
        args: list[Node] = []
        while not self.at(")") or args:
            args.append(self.expression())
            if not self.at(","):
                break
            self.take()
        return tuple(args), self.expect(")").end

    def primary(self) -> Node:
        token = self.token
        if token.kind == "literal":
            return self.literal()
        if token.kind == "name":
            return self.named()
        if self.at("("):
            self.take()
            node = self.expression()
            self.expect(")")
            return node
        if self.at("["):
            return self.items()
        if self.at("{"):
            self.allowed(token)
        if self.at("."):
            raise self.source.error(token.start, "a leading dot is left out", "write the name without it")
        raise self.unexpected("a value")

    def named(self) -> Node:
        token = self.take()
        if token.text in RESERVED:
            raise self.source.error(token.start, f"`{token.text}` is a reserved word", "choose another name")
        if self.at("("):
            args, end = self.arguments()
            return Call(token.start, end, token.text, None, args, depth=self.over(*args))
        if token.text in _WORDS:
            return Literal(token.start, token.end, _WORDS[token.text])
        return Name(token.start, token.end, token.text)

    def items(self) -> Items:
        start = self.take().start
        items: list[Node] = []
        while not self.at("]", ","):
            items.append(self.expression())
            if not self.at(","):
                break
            if self.tokens[self.position + 1].text == "]":
                break
            self.take()
        if self.at(","):  # one comma may follow the last item
            self.take()
        return Items(start, self.expect("]").end, tuple(items), depth=self.over(*items))
