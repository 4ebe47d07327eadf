"""XML and HTML as published, with the line of every element, read by parsers that expand no entities.

Python's expat is enough for that: a document that declares entities is refused, whatever they hold, and no
document type is ever fetched. Names like ``&nbsp;``, which HTML knows, are looked up in a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.entities import name2codepoint
from html.parser import HTMLParser
from typing import Final
from xml.parsers import expat

from lastword.files.text import unreadable

MOST_BYTES: Final = 400 * 1024 * 1024
DEEPEST: Final = 200
_MARKS: Final = frozenset({"SU", "SUP", "FTREF", "NOTE.REF"})
_BLOCKS: Final = frozenset(
    "P TD TH TR LI DIV TABLE TBODY UL OL DL DT DD H1 H2 H3 H4 H5 H6 HEAD TITLE BR"
    " NP NO.P TXT TI STI CELL ROW TBL ALINEA ITEM LIST ANNEX GR.SEQ CONTENTS NOTE DLIST TERM DEFINITION".split()
)
_SPACES: Final = re.compile(r"\s+")


class _Entities(Exception):
    """The document declares entities of its own, or uses one that nobody knows."""


@dataclass(slots=True)
class Element:
    """One element: its name in capitals, without a prefix; its line; elements and texts in it, in order."""

    name: str
    attributes: Mapping[str, str]
    line: int
    content: list[Element | str] = field(default_factory=list)

    def children(self, *names: str) -> Iterator[Element]:
        """Yield the elements right below this one, of these names or of any."""
        for one in self.content:
            if isinstance(one, Element) and (not names or one.name in names):
                yield one

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the elements at any depth below this one, in the order of the document."""
        for one in self.children():
            if one.name in names:
                yield one
            yield from one.all(*names)

    def text(self) -> str:
        """Return the words of this element on one line, without the marks of footnotes."""
        return line_of("".join(self._texts()))

    def _texts(self) -> Iterator[str]:
        for one in self.content:
            if isinstance(one, str):
                yield one
            elif one.name not in _MARKS:
                # Words of neighbouring cells and paragraphs are not glued together.
                yield from (" ", *one._texts(), " ") if one.name in _BLOCKS else one._texts()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or cell of a page: its line and its words."""

    line: int
    text: str


def line_of(text: str) -> str:
    """Return a text on one line, each run of spaces as one."""
    return _SPACES.sub(" ", text).strip()


def read_xml(content: bytes, file: str) -> Element:
    """Return the root of an XML document.

    Raises UnreadableError if it is not well formed, nested without measure, or declares entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    root = Element("", {}, 0)
    open_ones = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        element = Element(name.rpartition(":")[2].upper(), attributes, parser.CurrentLineNumber)
        open_ones[-1].content.append(element)
        open_ones.append(element)
        if len(open_ones) > DEEPEST:
            raise unreadable(
                file, "is nested without measure", "is it the file as downloaded?", parser.CurrentLineNumber
            )

    def end(_name: str) -> None:
        open_ones.pop()

    def words(text: str) -> None:
        open_ones[-1].content.append(text)

    def declared(*_what: object) -> None:
        raise _Entities("declares entities of its own, which no official file does")

    def skipped(name: str, is_parameter: bool) -> None:
        code = None if is_parameter else name2codepoint.get(name)
        if code is None:
            raise _Entities(f"uses the entity `{name}`, which nobody declared")
        words(chr(code))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = words
    parser.EntityDeclHandler = declared
    parser.SkippedEntityHandler = skipped
    try:
        parser.Parse(content, True)
    except _Entities as error:
        raise unreadable(
            file, str(error), "get it again from the official page", parser.CurrentLineNumber
        ) from None
    except expat.ExpatError as error:
        what = f"is not well-formed XML: {expat.ErrorString(error.code)}"
        raise unreadable(file, what, "is it the file as downloaded, to its end?", error.lineno) from None
    return next(root.children())


def blocks_of(root: Element) -> Iterator[Block]:
    """Yield the paragraphs, headings and cells of a document, each once, in its order."""
    gathered = _Gathered()
    _walk(root, gathered)
    gathered.close(root.line)
    yield from gathered.blocks


def read_html(text: str) -> Iterator[Block]:
    """Yield the paragraphs, headings and cells of an HTML page, however sloppily it is written."""
    reader = _Page()
    reader.feed(text)
    reader.close()
    reader.gathered.close(0)
    yield from reader.gathered.blocks


class _Gathered:
    """Text on its way to become blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._words: list[str] = []
        self._line = 0

    def add(self, text: str, line: int) -> None:
        if not self._words:
            if not text.strip():
                return
            self._line = line
        self._words.append(text)

    def close(self, line: int) -> None:
        text = line_of("".join(self._words))
        if text:
            self.blocks.append(Block(self._line or line, text))
        self._words, self._line = [], 0


def _walk(element: Element, gathered: _Gathered) -> None:
    is_block = element.name in _BLOCKS
    if is_block:
        gathered.close(element.line)
    for one in element.content:
        if isinstance(one, str):
            gathered.add(one, element.line)
        elif one.name not in _MARKS:
            _walk(one, gathered)
    if is_block:
        gathered.close(element.line)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.gathered = _Gathered()
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._silent += 1
        elif tag.upper() in _BLOCKS:
            self.gathered.close(self.getpos()[0])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)
        elif tag.upper() in _BLOCKS:
            self.gathered.close(self.getpos()[0])

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.gathered.add(data, self.getpos()[0])
