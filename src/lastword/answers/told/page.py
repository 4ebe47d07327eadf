"""The page an answer is told on: labelled blocks of lines, wrapped for 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MARGIN: Final = 19
WIDTH: Final = 80
_GLUE: Final = "\x00"

Style = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a block. ``depth``: how far it stands in; ``aside``: a remark that stands at its right where it fits.

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
    """Return the blocks as text. ``style`` may colour a part (``verdict`` or ``label``) and must not change its words."""
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
    room = width - len(line.aside) - 2
    if len(rows) == 1 and len(rows[0]) <= room:
        return [rows[0] + "  " + line.aside]
    return rows + _wrapped(line.aside, width, inset + "  ")


def _wrapped(text: str, width: int, inset: str) -> list[str]:
    glued = text.replace(" %", _GLUE + "%")
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
        if line.aside and len(short[0]) + 2 + len(line.aside) <= width:
            return [short[0] + "  " + line.aside]
        return short + (_wrapped(line.aside, width, inset + "    ") if line.aside else [])
    rows = textwrap.wrap(
        line.text,
        width - 2,
        initial_indent=inset,
        subsequent_indent=inset + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    rows = [row + " \\" for row in rows[:-1]] + rows[-1:]
    return rows + (_wrapped(line.aside, width, inset + "    ") if line.aside else [])
