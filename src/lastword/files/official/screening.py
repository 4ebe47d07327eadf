"""The Consolidated Screening List of trade.gov, as CSV or as JSON: the lists of the Bureau of Industry and Security.

Only organisations are taken: a table of ours names no natural person. The list itself rarely says which is which for
these lists, so an entry counts as an organisation if a word of its first name says so, or if the table in use has it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from lastword.files.official.markup import line_of
from lastword.files.official.reading import Reading
from lastword.files.text import unreadable
from lastword.texts import _

NEEDED: Final = ("source", "name", "alt_names")
LISTS: Final = {"EL": "entity_list", "MEU": "meu_list", "UVL": "unverified"}
_CODE: Final = re.compile(r"\(([A-Za-z-]+)(?: List)?\)")
# Who stands under which footnote is printed in the licence requirement only: by the section it names, or by the
# number of the footnote behind the bracket.
_FOOTNOTES: Final = (
    (re.compile(r"734\.9\s*\(g\)"), "footnote_3"),
    (re.compile(r"734\.9\s*\(e\)\s*\(3\)|EAR\)\s*5\b"), "footnote_5"),
    (re.compile(r"734\.9\s*\(e\)\s*\(2\)|EAR\)\s*4\b"), "footnote_4"),
    (re.compile(r"734\.9\s*\(e\)\s*(?:1\b|\(1\))"), "footnote_1"),
)
_ORGANISATION: Final = re.compile(
    r"\b(?:co|company|corp\w*|inc|ltd|limited|llc|llp|plc|gmbh|ag|kg|sa|sarl|srl|spa|bv|nv|oy|ab|as|pte|pvt|pjsc|ojsc|cjsc|jsc"
    r"|ooo|oao|zao|pao|ao|fze|fzco|fzc|fz|dmcc|est|establishment|group|holding\w*|enterprise\w*|trading|traders|trade"
    r"|industr\w*|technolog\w*|electronic\w*|engineering|research|institut\w*|universit\w*|academy|laborator\w*|lab|center|centre"
    r"|bureau|factory|plant|works|shipyard|shipping|marine|maritime|aviation|aerospace|airlines?|aero\w*|logistics|cargo"
    r"|systems?|solutions?|services?|international|intl|import|export|general|supplies|supply|equipment|machinery|components?"
    r"|semiconductors?|micro\w*|optic\w*|laser|photonics|software|computing|computer\w*|data|information|network\w*|telecom\w*"
    r"|communications?|energy|oil|gas|chemical\w*|metal\w*|steel|pharma\w*|medical|bank|association|organi[sz]ation|agency"
    r"|ministry|department|directorate|committee|command|army|navy|force|forces|hospital|college|school|foundation|fund"
    r"|scientific|production|design|concern|konzern|zavod|nauchno\w*|predpriyati\w*|sirketi|ticaret|sanayi|partners|consult\w*"
    r"|office|unit|base|corps|federation|union|society|club|mfg|manufactur\w*|electric\w*|automation|robot\w*|space|nuclear)\b",
    re.IGNORECASE,
)


def read_screening_list(content: str, file: str, *, known: Collection[str] = ()) -> Reading:
    """Return name (small letters) -> list for every organisation on the lists of the Bureau.

    ``known``: names that the table in use has already. Raises UnreadableError for another kind of file.
    """
    reading = Reading()
    entries = _from_json(content, file) if content.lstrip()[:1] in ("{", "[") else _from_csv(content, file)
    for line, entry in entries:
        source = _words(entry.get("source"))
        match = _CODE.search(source)
        listed = LISTS.get(match[1].upper() if match else "")
        if listed is None:
            reading.leave_out(_("other list: %(list)s") % {"list": source or "?"})
            continue
        name = _words(entry.get("name"))
        if not name:
            reading.could_not(file, line, source, _("the entry has no name"))
            continue
        names = [name, *_aliases(entry.get("alt_names"))]
        kind = _words(entry.get("type")).casefold()
        is_firm = kind == "entity" or (
            kind != "individual"
            and (bool(_ORGANISATION.search(name)) or any(one.casefold() in known for one in names))
        )
        if not is_firm:
            reading.leave_out(_("perhaps a natural person, not taken"))
            continue
        if listed == "entity_list":
            requirement = _words(entry.get("license_requirement"))
            listed += next((f".{note}" for found, note in _FOOTNOTES if found.search(requirement)), "")
        for one in names:
            key = one.casefold()
            if reading.parties.get(key, (listed, 0))[0] != listed:
                # One name on two lists: the Entity List weighs more, and within it a footnote more than none.
                listed_before = reading.parties[key][0]
                if (listed.startswith("entity_list"), len(listed)) <= (
                    listed_before.startswith("entity_list"),
                    len(listed_before),
                ):
                    continue
            reading.parties[key] = (listed, line)
    if not reading.parties:
        raise unreadable(file, "holds no organisation on a list of the Bureau of Industry and Security",
                         "is it the whole Consolidated Screening List?")  # fmt: skip
    return reading


def _words(value: Any) -> str:
    return line_of(value) if isinstance(value, str) else ""


def _aliases(value: Any) -> list[str]:
    """Return other names: a list in JSON, parted by semicolons in CSV."""
    found = value if isinstance(value, list) else value.split(";") if isinstance(value, str) else []
    return [name for one in found if (name := _words(one))]


def _from_csv(content: str, file: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        missing = [name for name in NEEDED if name not in header]
        if missing:
            raise unreadable(
                file, f"there is no column `{missing[0]}`", "is it consolidated.csv of trade.gov?", 1
            )
        before = reader.line_num
        for row in reader:
            line, before = before + 1, reader.line_num
            if len(row) != len(header):
                if any(cell.strip("\x1a \t") for cell in row):
                    raise unreadable(
                        file,
                        f"the row has {len(row)} cells, the header {len(header)}",
                        "is the file whole?",
                        line,
                    )
                continue
            yield line, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise unreadable(
            file, f"is not readable as CSV: {error}", "is the file whole?", reader.line_num
        ) from None


def _from_json(content: str, file: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        loaded = json.loads(content)
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise unreadable(
            file, f"is not JSON: {getattr(error, 'msg', error)}", "is the file whole?", line
        ) from None
    except RecursionError:
        raise unreadable(file, "is nested without measure", "is it consolidated.json of trade.gov?") from None
    results = loaded.get("results") if isinstance(loaded, dict) else loaded
    if not isinstance(results, list):
        raise unreadable(file, "there is no list `results` in it", "is it consolidated.json of trade.gov?", 1)
    lines = _lines_of_entries(content, len(results))
    for number, entry in enumerate(results):
        line = lines[number] if lines else 0
        if not isinstance(entry, dict) or "source" not in entry:
            raise unreadable(
                file, f"entry {number + 1} has no `source`", "is it consolidated.json of trade.gov?", line
            )
        yield line, entry


def _lines_of_entries(content: str, count: int) -> list[int]:
    """Return where each entry names its source, so that a problem can name a line; [] if that is not one each."""
    found, line, before = [], 1, 0
    for match in re.finditer(r'"source"\s*:', content):
        line += content.count("\n", before, match.start())
        before = match.start()
        found.append(line)
    return found if len(found) == count else []
