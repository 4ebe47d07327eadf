"""The list of dual-use items in Annex I to Regulation (EU) 2021/821, from EUR-Lex: HTML, XHTML or Formex XML.

Only the index is read: the numbers and how their headings begin. What a number covers is a matter for lawyers and
engineers, and the tables of a pack do not hold it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lastword.files.official.markup import Block
from lastword.files.official.reading import Reading
from lastword.files.text import unreadable
from lastword.texts import _

_NUMBER: Final = re.compile(
    r"(\d[A-E]\d{3})(?![\w.,;/]|\s*(?:and|or|to|und|oder|bis)\b)\s*[—–-]?\s*(.*)", re.DOTALL
)
_ANNEX: Final = re.compile(r"(?:ANNEX|ANHANG)\s+([IVX]+)\b(?!\s*(?:to|of|zu|der)\b)", re.IGNORECASE)
_UNUSED: Final = re.compile(r"\W*(?:not used|reserved|nicht (?:belegt|verwendet)|entfällt)\W*", re.IGNORECASE)
_LONGEST: Final = 160
_FEWEST: Final = 3


def read_annex(blocks: Iterable[Block], file: str) -> Reading:
    """Return number -> heading. Raises UnreadableError if the file is no list of dual-use items."""
    pages = list(blocks)
    annexes = [(index, match[1].upper()) for index, block in enumerate(pages) if (match := _ANNEX.fullmatch(block.text)
               or _ANNEX.match(block.text) if len(block.text) < _LONGEST else None)]  # fmt: skip
    first = next((index for index, name in annexes if name == "I"), None)
    last = next(
        (index for index, name in annexes if name != "I" and first is not None and index > first), None
    )
    reading = Reading()
    for at in range(first or 0, len(pages) if last is None else last):
        block = pages[at]
        match = _NUMBER.match(block.text)
        if match is None or match[1] in reading.numbers:
            continue
        following = pages[at + 1] if at + 1 < len(pages) else None
        heading = match[2] or (following.text if following else "")
        if _UNUSED.fullmatch(heading):
            reading.leave_out(_("numbers that are not used"))
        elif not heading or _NUMBER.match(heading):
            reading.could_not(file, block.line, block.text, _("the number has no heading"))
        else:
            reading.numbers[match[1]] = (heading[:_LONGEST], block.line)
    if len(reading.numbers) < _FEWEST:
        raise unreadable(
            file, "holds no list of dual-use items", "is it Annex I of Regulation (EU) 2021/821?", 1
        )
    return reading
