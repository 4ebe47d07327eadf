"""Strict YAML: what a person meant, or a problem with file and line; never a guess.

YAML 1.1 reads ``NO`` (Norway) as false, ``on`` as true, 0.10 as an inexact float and 010 as eight. Here such
words are refused unless they stand in quotes. A plain scalar is a text, a whole number, ``true``, ``false``,
nothing (``null``, ``~`` or empty) or a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from lastword.errors import InputError, Problem, UnreadableError, Where
from lastword.files.text import read_bytes, unreadable, utf8_text

DEEPEST: Final = 40
MOST_PROBLEMS: Final = 100
_LONGEST_NUMBER: Final = 18
_LONGEST_LIKENESS: Final = 200  # beyond it a plain scalar is a text, whatever it is made of

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NEARLY_A_DAY = re.compile(r"\d{4}-\d\d?-\d\d?([Tt ].*)?")
_WHOLE = re.compile(r"[-+]?(0|[1-9]\d*)")
# Every other way in which YAML 1.1 or 1.2 may see a number: fractions, exponents after a point, octal,
# hexadecimal, underscores, base 60, infinity. A control list number such as 5E001 is none of them.
_NUMBER_LIKE = re.compile(
    r"[-+]?(\d[\d_]*\.[\d_]*([eE][-+]?\d+)?|\.\d[\d_]*([eE][-+]?\d+)?|0[xXoObB][\da-fA-F_]+|0\d+|\d[\d_]*_[\d_]*"
    r"|\d+(:[0-5]?\d)+(\.\d*)?|\.(inf|Inf|INF)|\.(nan|NaN|NAN))"
)
_YES_NO_WORDS = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null"})
_LONGEST_WORD = 5


class Map(dict[str, Any]):
    """A mapping that knows where it stands. Keys are text, as written: ``2025-01-31:`` is "2025-01-31"."""

    __slots__ = ("at", "lines")

    def __init__(self, at: Where) -> None:
        super().__init__()
        self.at = at
        self.lines: dict[str, int] = {}

    def where(self, key: str) -> Where:
        """Return the place of ``key``, or of the mapping if it has no such key."""
        line = self.lines.get(key)
        return self.at if line is None else Where(self.at.file, line)


class Seq(list[Any]):
    """A list that knows where it stands."""

    __slots__ = ("at", "lines")

    def __init__(self, at: Where) -> None:
        super().__init__()
        self.at = at
        self.lines: list[int] = []

    def where(self, index: int) -> Where:
        """Return the place of the element ``index``, or of the list if there is none."""
        return Where(self.at.file, self.lines[index]) if -len(self) <= index < len(self) else self.at


def read_yaml(path: Path, file: str | None = None) -> Map | Seq:
    """Return what ``path`` holds. ``file`` is its name in problems, by default the path.

    Raises UnreadableError if it cannot be read or parsed at all, else InputError with everything wrong in it.
    """
    name = str(path) if file is None else file
    return parse_yaml(utf8_text(read_bytes(path, name), name), name)


def parse_yaml(text: str, file: str) -> Map | Seq:
    """Return the one mapping or list that ``text`` holds; raises as ``read_yaml``."""
    return _Reading(file).root_of(text)


class _Reading:
    """One pass over the events of a YAML text: nothing is built deeper than allowed, nothing is expanded."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def root_of(self, text: str) -> Map | Seq:
        try:
            root = self._build(self._events(text))
        except yaml.YAMLError as error:
            raise UnreadableError([*self.problems, self._of_yaml(error, text)]) from None
        except _TooMany:
            raise InputError(self.problems) from None
        if self.problems:
            raise InputError(self.problems)
        if root is None:
            raise unreadable(self.file, "holds nothing", "write something into it or remove it")
        return root

    def _events(self, text: str) -> Iterator[Any]:
        loader = _LOADER(text)
        try:
            while loader.check_event():
                yield loader.get_event()
        finally:
            loader.dispose()

    def _build(self, events: Iterator[Any]) -> Map | Seq | None:
        root: Map | Seq | None = None
        holder: Map | Seq | None = None
        stack: list[tuple[Map | Seq | None, str | None, int]] = []
        key: str | None = None
        key_line = documents = 0
        for event in events:
            kind = type(event)
            line = event.start_mark.line + 1
            if kind is yaml.ScalarEvent:
                if event.anchor is not None or event.tag is not None:
                    self._refuse_extras(event, line)
                if type(holder) is Map and key is None:
                    key, key_line = self._key(event, line, holder), line
                    continue
                value = self._scalar(event, line)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if event.anchor is not None or event.tag is not None:
                    self._refuse_extras(event, line)
                if len(stack) >= DEEPEST:
                    self._add(line, f"is nested deeper than {DEEPEST} levels", "write it flatter")
                    raise _TooMany
                if type(holder) is Map and key is None:
                    self._add(line, "a key that is a list or a mapping", "write a word before the colon")
                    key, key_line = "", line
                stack.append((holder, key, key_line))
                holder = (Map if kind is yaml.MappingStartEvent else Seq)(Where(self.file, line))
                key = None
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                value = holder
                holder, key, key_line = stack.pop()
                line = value.at.line if value is not None else line
            elif kind is yaml.AliasEvent:
                self._add(line, f"the alias `*{event.anchor}` is not read", "write the value out")
                if type(holder) is Map and key is None:
                    key, key_line = "", line
                    continue
                value = None
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._add(line, "a second document starts here (`---`)", "put it into a file of its own")
                    raise _TooMany
                continue
            else:
                continue

            if type(holder) is Map:
                assert key is not None
                holder[key] = value
                holder.lines[key] = key_line
                key = None
            elif type(holder) is Seq:
                holder.append(value)
                holder.lines.append(line)
            elif isinstance(value, Map | Seq):
                root = value
            elif value is not None:
                self._add(line, "holds a single value", "write `name: value` lines or a list")
        return root

    def _key(self, event: Any, line: int, holder: Map) -> str:
        text: str = event.value
        if event.implicit[0]:
            if text == "<<":
                self._add(line, "the merge key `<<` is not read", "write the values out")
            elif not _WHOLE.fullmatch(text):
                value = self._scalar(event, line)
                if value is None or isinstance(value, bool):
                    self._add(line, f"the key `{text}` is not a text", f'write "{text}" in quotes')
        if text in holder:
            earlier = holder.lines[text]
            what = f"the key `{text}` stands here twice (first on line {earlier})"
            self._add(line, what, "remove one of them")
        return text

    def _scalar(self, event: Any, line: int) -> Any:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if not text:
            return None
        if len(text) <= _LONGEST_WORD and text.lower() in _YES_NO_WORDS:
            if text in ("true", "false"):
                return text == "true"
            if text == "null":
                return None
            mend = "" if text.lower() in ("null", "n", "y") else ", or true or false for a yes or no"
            what = f"the bare word `{text}` may mean a text or a truth value"
            self._add(line, what, f'write "{text}" in quotes{mend}')
        elif text[0] in "0123456789+-.":
            return self._number_or_day(text, line)
        elif text == "~":
            return None
        return text

    def _number_or_day(self, text: str, line: int) -> Any:
        if _WHOLE.fullmatch(text):
            if len(text) <= _LONGEST_NUMBER:
                return int(text)
            self._add(line, f"the number `{text[:20]}...` is too long", "write it in quotes if it is a text")
        elif _DAY.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self._add(line, f"the day `{text}` does not exist", "write a day of the calendar")
        elif _NEARLY_A_DAY.fullmatch(text):
            self._add(line, f"`{text}` is no day as days are written here", "write YYYY-MM-DD, or use quotes")
        elif len(text) <= _LONGEST_LIKENESS and _NUMBER_LIKE.fullmatch(text):
            what = f"the bare number `{text}` may lose its exact value"
            self._add(line, what, f'write "{text}" in quotes')
        return text

    def _refuse_extras(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._add(line, f"the anchor `&{event.anchor}` is not read", "write the value out")
        if event.tag is not None:
            self._add(line, f"the tag `{event.tag}` is not read", "remove it")

    def _add(self, line: int, what: str, mend: str) -> None:
        self.problems.append(Problem(Where(self.file, line), what, mend))
        if len(self.problems) >= MOST_PROBLEMS:
            more = Problem(Where(self.file, line), "there may be more problems", "mend these first")
            self.problems.append(more)
            raise _TooMany

    def _of_yaml(self, error: yaml.YAMLError, text: str) -> Problem:
        mark = getattr(error, "problem_mark", None)
        said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it breaks off")
        position = getattr(error, "position", None)
        if mark is not None:
            line = mark.line + 1
        elif isinstance(position, int):
            # libyaml counts bytes, PyYAML characters: near enough for a line.
            line = text.encode()[:position].count(b"\n") + 1
        else:
            line = 0
        where = Where(self.file, line)
        if "nesting depth" in said:
            return Problem(where, f"is nested deeper than {DEEPEST} levels", "write it flatter")
        if "\\t" in said or (line and re.match(r" *\t", "".join(text.splitlines()[line - 1 : line]))):
            return Problem(where, "a tab stands where YAML allows only spaces", "indent with spaces")
        if "control characters" in said or "special characters" in said:
            return Problem(where, "holds control characters", "save it as plain text in UTF-8")
        context = getattr(error, "context", None)
        what = f"is not readable as YAML: {said}" + (f" {context}" if context else "")
        return Problem(where, what, "look here or just above for a missing quote, bracket, colon or space")


class _TooMany(Exception):
    """Reading stops here; the problems say why."""
