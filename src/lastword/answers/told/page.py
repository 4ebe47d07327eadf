"""The page an answer is told on: labelled blocks of lines, wrapped for 80 columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MARGIN: Final = 18
WIDTH: Final = 80
ASIDE: Final = 34
_GLUE: Final = "\x00"
# What is read as one: a day with its month and year, a number with its sign.
_OPTION: Final = re.compile(r"(--[a-z-]+) (?!--)")
_DAY: Final = re.compile(r"(\b\d{1,2}\.?) ([^\W\d]+) (\d{4}\b)")

Style = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a block. ``depth``: how far it stands in; ``aside``: a remark that stands at its right
    where it fits.

    ``kept``: a command, broken only with a backslash, so that it can be copied.
    """

    text: str
    depth: int = 0
    aside: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under one label. ``kind``: ``verdict`` for the first, ``next`` for the last, else empty."""

    label: str
    lines: tuple[Line, ...]
    kind: str = ""


def unstyled(text: str, _part: str) -> str:
    """Leave a text as it is."""
    return text


def page(blocks: Iterable[Block], *, width: int = WIDTH, style: Style = unstyled) -> str:
    """Return the blocks as text. ``style`` may colour a part (``verdict`` or ``label``) and must not change
    its words.
    """
    return "\n".join(_page(blocks, width, style)) + "\n"


def _page(blocks: Iterable[Block], width: int, style: Style) -> Iterator[str]:
    for block in blocks:
        if block.kind == "next":
            yield ""
        label: str = block.label
        for line in block.lines:
            for row in _rows(line, width - MARGIN):
                head = label.ljust(MARGIN)
                if label:
                    part = "verdict" if block.kind == "verdict" else "label"
                    # A label longer than its column has a row for itself.
                    if len(label) >= MARGIN:
                        yield style(label, part)
                        head = " " * MARGIN
                    else:
                        head = style(label, part) + " " * (MARGIN - len(label))
                yield (head + row).rstrip()
                label = ""
        if block.kind == "verdict":
            yield ""


def _rows(line: Line, width: int) -> list[str]:
    inset = "  " * line.depth
    if line.kept:
        return _command(line, width, inset)
    rows = _wrapped(line.text, width, inset)
    if not line.aside:
        return rows
    if len(rows) == 1 and len(beside := _beside(rows[0], line.aside)) <= width:
        return [beside]
    return rows + _wrapped(line.aside, width, inset + "  ")


def _beside(row: str, aside: str) -> str:
    """Return an aside at its column, or as near as the row lets it."""
    return row.ljust(ASIDE - 2) + "  " + aside


def _wrapped(text: str, width: int, inset: str) -> list[str]:
    glued = _DAY.sub(rf"\1{_GLUE}\2{_GLUE}\3", text.replace(" %", _GLUE + "%"))
    rows = textwrap.wrap(
        glued,
        width,
        initial_indent=inset,
        subsequent_indent=inset,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [row.replace(_GLUE, " ") for row in rows] or [inset]


def _command(line: Line, width: int, inset: str) -> list[str]:
    if len(inset) + len(line.text) <= width:
        short = [inset + line.text]
        if line.aside and len(beside := _beside(short[0], line.aside)) <= width:
            return [beside]
        return short + (_wrapped(line.aside, width, inset + "    ") if line.aside else [])
    rows = textwrap.wrap(
        _OPTION.sub(rf"\1{_GLUE}", line.text),
        width - 2,
        initial_indent=inset,
        subsequent_indent=inset + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    rows = [row.replace(_GLUE, " ") for row in rows]
    rows = [row + " \\" for row in rows[:-1]] + rows[-1:]
    return rows + (_wrapped(line.aside, width, inset + "    ") if line.aside else [])
