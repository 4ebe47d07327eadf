"""The official files that can be read, how each is told from the others, and which tables it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.files.official import comparison, ecfr, eurlex, markup, screening
from lastword.files.official.comparison import Compare
from lastword.files.official.markup import Element
from lastword.files.official.reading import Reading
from lastword.files.suggestion import did_you_mean
from lastword.files.text import read_bytes, unreadable, utf8_text


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of official file. ``tables``: file of a table in the pack -> how it is compared."""

    name: str
    pack: str
    tables: Mapping[str, Compare]


FORMATS: Final = {
    one.name: one
    for one in (
        Format("ecfr-738", "us-ear", {"us_country_chart.csv": comparison.compare_chart}),
        Format("ecfr-740", "us-ear", {"us_country_groups.csv": comparison.compare_groups}),
        Format("ecfr-774", "us-ear", {"us_eccn_lines.csv": comparison.compare_lines,
                                      "us_eccn_special.csv": comparison.compare_special,
                                      "us_eccn_flags.csv": comparison.compare_offers}),
        Format("screening-list", "us-ear", {"us_party_lists.csv": comparison.compare_parties}),
        Format("eurlex-annex-i", "eu-dual-use", {"eu_index.csv": comparison.compare_index}),
    )
}  # fmt: skip
_SUPPLEMENTS: Final = {
    "738": ecfr.read_chart,
    "740": ecfr.read_groups,
    "774": ecfr.read_control_list,
}
Known = Callable[[], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Official:
    """An official file, its kind known. ``read`` returns what it says; it is told which names are known already."""

    format: Format
    read: Callable[[Known], Reading]


def open_official(path: Path, wanted: str | None) -> Official:
    """Return the file at ``path``, as ``wanted`` or as what it shows itself to be.

    Raises InputError if it is none of the kinds that can be read, another kind than wanted, or broken.
    """
    if wanted is not None and wanted not in FORMATS:
        mend = did_you_mean(wanted, FORMATS) or ", ".join(FORMATS)
        raise InputError(Problem(Where("FORMAT"), f"`{wanted}` is no kind of official file", mend))
    file = path.name
    content = read_bytes(path, file, most=markup.MOST_BYTES)
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    found = _opened(content, head, file, wanted)
    if wanted is not None and found.format.name != wanted:
        raise unreadable(
            file, f"is not {wanted} but {found.format.name}", "leave FORMAT out, or name another file"
        )
    return found


def _opened(content: bytes, head: bytes, file: str, wanted: str | None) -> Official:
    if head.startswith((b"<!doctype html", b"<html")):
        return _annex(file, lambda: markup.read_html(utf8_text(content, file)))
    if head.startswith(b"<"):
        return _of_xml(content, head, file, wanted)
    text = utf8_text(content, file)
    if head.startswith((b"{", b"[")) or b"source" in head.partition(b"\n")[0]:
        return Official(FORMATS["screening-list"], partial(_screening, text, file))
    raise unreadable(file, "is none of the official files that can be read", ", ".join(FORMATS), 1)


def _of_xml(content: bytes, head: bytes, file: str, wanted: str | None) -> Official:
    if b"<html" in head or b"xhtml" in head:
        try:
            root = markup.read_xml(content, file)
        except InputError:  # pages that call themselves XHTML often are not
            return _annex(file, lambda: markup.read_html(utf8_text(content, file)))
        return _annex(file, lambda: markup.blocks_of(root))
    root = markup.read_xml(content, file)
    found = ecfr.supplements(root)
    if found:
        part = (wanted or "").removeprefix("ecfr-")
        if part not in found:
            if part in _SUPPLEMENTS:
                raise unreadable(file, f"there is no Supplement No. 1 to part {part}",
                                 f"it holds that of part {', '.join(sorted(found))}")  # fmt: skip
            if len(found) > 1:
                names = ", ".join(f"ecfr-{one}" for one in sorted(found))
                raise unreadable(
                    file, f"holds more than one of {names}", "say which: lastword pack import ecfr-738 FILE"
                )
            part = next(iter(found))
        return _ecfr(part, found[part], file)
    return _annex(file, lambda: markup.blocks_of(root))


def _ecfr(part: str, supplement: Element, file: str) -> Official:
    return Official(FORMATS[f"ecfr-{part}"], lambda _known: _SUPPLEMENTS[part](supplement, file))


def _annex(file: str, blocks: Callable[[], object]) -> Official:
    return Official(FORMATS["eurlex-annex-i"], lambda _known: eurlex.read_annex(blocks(), file))  # type: ignore[arg-type]


def _screening(text: str, file: str, known: Known) -> Reading:
    return screening.read_screening_list(text, file, known=known())
