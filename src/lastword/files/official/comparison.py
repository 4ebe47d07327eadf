"""What an official file says against the tables in use: what is new, gone and changed, and the rows that would follow.

A changed value becomes a second, dated row: the old one holds until the day of the file, the new one from it.
Rows that do not hold on that day stay as they are; so do columns and rows that no official file has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.files.official.reading import Control, Reading, Rows
from lastword.texts import _

_SUFFIX: Final = re.compile(r"\s*\((?:read as|general knowledge|as \d|no column is printed)[^()]*\)\s*$")
_LETTERS: Final = re.compile(r"[^a-z0-9]+")
_REFERENCE: Final = re.compile(
    r"(?:(\d[A-E]\d{3})|(?:paragraphs?\s+)?)\.?([a-z](?:\.[a-z0-9]+)*)?\.?", re.IGNORECASE
)
_APPLIES: Final = re.compile(
    r"[A-Z]{2} appl(?:y|ies) to (?:the )?(?P<entire>entire entry)?"
    r"(?:,? except (?P<but>.+)|(?P<parts>.+))?", re.IGNORECASE | re.DOTALL)  # fmt: skip
_ENTRY: Final = re.compile(r"\d[A-E]\d{3}")
_DOLLARS: Final = re.compile(r"\$\s?(\d{1,3}(?:,\d{3})*|\d+)\.?")
_NONE: Final = frozenset({"na", "no", "none"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``what``: e.g. ``DE, D:5``; ``line``: where the file says so, 0 if it is silent."""

    what: str
    before: str
    after: str
    line: int


@dataclass(slots=True)
class Difference:
    """A table against the file. ``rows``: as they would be afterwards; ``by_hand``: what a person must write."""

    table: str
    compared: int = 0
    held: int = 0
    new: list[Change] = field(default_factory=list)
    gone: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    by_hand: list[Change] = field(default_factory=list)
    rows: Rows = field(default_factory=list)
    header: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Return how many differences would be taken over."""
        return len(self.new) + len(self.gone) + len(self.changed)


def holds(row: Mapping[str, str], day: date) -> bool:
    """Say whether a row is the one for ``day``; within a span of doubt it is."""
    start, end = row.get("from", ""), row.get("to", "")
    return (not start or date.fromisoformat(start.split("/")[0]) <= day) and (
        not end or day < date.fromisoformat(end.split("/")[-1])
    )


class _Dated:
    """Rows of a table, one of which is ended and followed by another from a day on."""

    def __init__(self, header: Iterable[str], rows: Rows, day: date, file: str) -> None:
        self.header = (*header, *(name for name in ("from", "to") if name not in header))
        self.rows = [{name: row.get(name, "") for name in self.header} for row in rows]
        self.day, self.file = day, file

    def current(self) -> list[dict[str, str]]:
        return [row for row in self.rows if holds(row, self.day)]

    def end(self, row: dict[str, str]) -> None:
        """Let ``row`` hold until the day only. Raises InputError where a later end or start is on file."""
        if row["to"]:
            what = f"the row already ends on {row['to']}, so the file of {self.day} cannot end it"
            raise InputError(Problem(Where(self.file), what, "correct the table by hand"))
        row["to"] = self.day.isoformat()

    def add(self, after: dict[str, str] | None, **cells: str) -> None:
        """Add a row from the day on, right behind another."""
        new = {name: cells.get(name, "") for name in self.header} | {"from": self.day.isoformat(), "to": ""}
        self.rows.insert(self.rows.index(after) + 1 if after is not None else len(self.rows), new)

    def result(self, difference: Difference) -> Difference:
        difference.rows, difference.header = self.rows, self.header
        return difference


Compare = Callable[[str, tuple[str, ...], Rows, Reading, date], Difference]


def compare_chart(table: str, header: tuple[str, ...], rows: Rows, reading: Reading, day: date) -> Difference:
    """Compare a wide table of marks: one row for each destination, one column for each reason."""
    dated, difference = _Dated(header, rows, day, table), Difference(table)
    printed = [name for name in reading.columns if name in header]
    for name in reading.columns:
        if name not in header:
            difference.by_hand.append(Change(name, "", _("a column that the table does not have"), 0))
    current = {row["iso2"]: row for row in dated.current()}
    difference.held = len(current)
    for place, (marks, line) in reading.marks.items():
        row = current.pop(place, None)
        difference.compared += 1
        after = {name: "X" if name in marks else "" for name in printed}
        if row is None:
            others = {name: "X" for name in ("ALL", "XCA") if name in header}
            dated.add(None, iso2=place, **after, **others)
            difference.new.append(Change(place, "", ", ".join(sorted(marks)) or _("no mark"), line))
            continue
        differing = [name for name in printed if row[name] != after[name]]
        for name in differing:
            words = (_("marked"), _("not marked")) if row[name] else (_("not marked"), _("marked"))
            difference.changed.append(Change(f"{place}, {name}", *words, line))
        if differing:
            kept = {**row, **after}
            dated.end(row)
            dated.add(row, **kept)
    for place, row in current.items():
        marked = [name for name in printed if row[name]]
        if marked:  # a row without marks (the United States, the embargoed) may be missing from the chart
            dated.end(row)
            difference.gone.append(Change(place, ", ".join(marked), "", 0))
    return dated.result(difference)


def compare_groups(
    table: str, header: tuple[str, ...], rows: Rows, reading: Reading, day: date
) -> Difference:
    """Compare memberships: one row for each destination and group."""
    dated, difference = _Dated(header, rows, day, table), Difference(table)
    current = {(row["iso2"], row["group"]): row for row in dated.current()}
    members = {key for key, row in current.items() if row["member"] == "yes"}
    difference.held = len(members)
    official = {(place, group): line for place, (groups, line) in reading.marks.items() for group in groups}
    difference.compared = len(official)
    for key, line in official.items():
        if key in members:
            continue
        row = current.get(key)
        if row is not None:
            dated.end(row)
        dated.add(row, iso2=key[0], group=key[1], member="yes")
        difference.new.append(Change(", ".join(key), "", _("member"), line))
    for key in sorted(members - official.keys()):
        if key[1] in reading.columns:
            dated.end(current[key])
            dated.add(current[key], iso2=key[0], group=key[1], member="no")
            difference.gone.append(Change(", ".join(key), _("member"), _("no member"), 0))
    return dated.result(difference)


def compare_parties(
    table: str, header: tuple[str, ...], rows: Rows, reading: Reading, day: date
) -> Difference:
    """Compare names on lists."""
    dated, difference = _Dated(header, rows, day, table), Difference(table)
    current = {row["name"]: row for row in dated.current()}
    difference.held, difference.compared = len(current), len(reading.parties)
    for name, (listed, line) in reading.parties.items():
        row = current.pop(name, None)
        if row is None:
            dated.add(None, name=name, listed=listed)
            difference.new.append(Change(name, "", listed, line))
        elif row["listed"] != listed:
            difference.changed.append(Change(name, row["listed"], listed, line))
            dated.end(row)
            dated.add(row, name=name, listed=listed)
    for name, row in current.items():
        dated.end(row)
        difference.gone.append(Change(name, row["listed"], "", 0))
    return dated.result(difference)


def compare_index(table: str, header: tuple[str, ...], rows: Rows, reading: Reading, day: date) -> Difference:
    """Compare the numbers of a control list; headings in our own words are not compared."""
    dated, difference = _Dated(header, rows, day, table), Difference(table)
    current: dict[str, list[dict[str, str]]] = {}
    for row in dated.current():
        for scope in row["scope"].partition("!")[0].split("|"):
            if _ENTRY.fullmatch(scope[:5]):
                current.setdefault(scope[:5], []).append(row)
    difference.held, difference.compared = len(current), len(reading.numbers)
    column = next((row["column"] for row in dated.current() if row["column"]), "L")
    for number, (heading, line) in reading.numbers.items():
        if number not in current:
            dated.add(None, scope=number, column=column, status="structured", text=heading)
            difference.new.append(Change(number, "", heading, line))
    for number in sorted(current.keys() - reading.numbers.keys()):
        alone = [row for row in current[number] if row["scope"] == number]
        for row in alone:
            dated.end(row)
        if alone:
            difference.gone.append(Change(number, alone[0]["text"][:80], "", 0))
        shared = [row["scope"] for row in current[number] if row not in alone]
        difference.by_hand += [Change(number, scope, _("the number is gone"), 0) for scope in shared]
    return dated.result(difference)


# -- control lines


def compare_lines(table: str, header: tuple[str, ...], rows: Rows, reading: Reading, day: date) -> Difference:
    """Compare control lines that name a chart column; a line whose words stayed keeps the scope somebody gave it."""
    dated, difference = _Dated(header, rows, day, table), Difference(table)
    current: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in dated.current():
        if row["column"] and not row["text"].startswith("sample"):
            current.setdefault((row["scope"][:5], row["reason"], row["column"]), []).append(row)
    difference.held = len({key[0] for key in current})
    official: dict[tuple[str, str, str], list[Control]] = {}
    for control in reading.controls:
        for column in control.columns:
            official.setdefault((control.entry, control.reason, column), []).append(control)
    difference.compared = len(reading.entries)
    silent = reading.entries.keys() - {control.entry for control in reading.controls}
    for key in list(dict.fromkeys((*official, *current))):
        sure = key[0] not in silent and key[0] not in reading.doubtful
        _compare_line(key, current.get(key, []), official.get(key, []), dated, difference, sure=sure)
    return dated.result(difference)


def _compare_line(
    key: tuple[str, str, str],
    rows: Rows,
    controls: list[Control],
    dated: _Dated,
    difference: Difference,
    *,
    sure: bool,
) -> None:
    """Compare the lines of one entry, reason and column. Unless ``sure``, none of them is said to be gone."""
    entry, reason, column = key
    said = {folded(control.scope): control for control in controls}
    kept = [row for row in rows if folded(row["text"]) in said]
    gone = [row for row in rows if row not in kept] if sure else []
    fresh = [control for words, control in said.items() if words not in {folded(row["text"]) for row in kept}]
    what = f"{entry}, {reason} {column[len(reason) :] or column}"
    for row in gone:
        dated.end(row)
    for control in fresh:
        scope, structured = scope_of(control.scope, entry)
        status = "structured" if structured else "unread"
        dated.add(rows[-1] if rows else None, scope=scope, reason=reason, column=column, status=status,
                  text=control.scope)  # fmt: skip
        if not structured:
            difference.by_hand.append(Change(what, "", control.scope, control.line))
    if gone and fresh:
        old = "; ".join(dict.fromkeys(row["text"] for row in gone))
        difference.changed.append(Change(what, old, "; ".join(one.scope for one in fresh), fresh[0].line))
    elif gone:
        texts = dict.fromkeys(row["text"] for row in gone)
        difference.gone += [Change(what, text, "", 0) for text in texts]
    else:
        difference.new += [Change(what, "", control.scope, control.line) for control in fresh]


def compare_special(
    table: str, header: tuple[str, ...], rows: Rows, reading: Reading, day: date
) -> Difference:
    """Compare control lines that name no chart column: their destinations are words, so a person takes them over."""
    dated, difference = _Dated(header, rows, day, table), Difference(table)
    current: dict[tuple[str, str], list[str]] = {}
    for row in dated.current():
        current.setdefault((row["scope"][:5], row["reason"]), []).append(
            folded(row["text"].partition(" / ")[0])
        )
    difference.held = difference.compared = len(current)
    for control in reading.controls:
        if not control.columns and folded(control.scope) not in current.get(
            (control.entry, control.reason), ()
        ):
            words = f"{control.scope} / {control.chart}"
            difference.by_hand.append(Change(f"{control.entry}, {control.reason}", "", words, control.line))
    return dated.result(difference)


def compare_offers(
    table: str, header: tuple[str, ...], rows: Rows, reading: Reading, day: date
) -> Difference:
    """Compare what the entries offer (LVS, GBS, TSR) and what they say of STA: only plain words are taken over."""
    dated, difference = _Dated(header, rows, day, table), Difference(table)
    current: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in dated.current():
        if row["reason"] and not row["text"].startswith("sample"):
            current.setdefault((row["scope"][:5], row["reason"]), []).append(row)
    difference.held = len({entry for entry, _reason in current})
    difference.compared = len(reading.offers)
    for entry, offers in reading.offers.items():
        for name, (words, line) in offers.items():
            known = current.get((entry, name), [])
            offered = folded(words) not in _NONE
            if (known and any(_same(words, row["text"]) for row in known)) or (not known and not offered):
                continue
            plain = _plain_offer(name, words)
            before = "; ".join(dict.fromkeys(row["text"] for row in known))
            if not offered:
                for row in known:
                    dated.end(row)
                difference.gone.append(Change(f"{entry}, {name}", before, words, line))
            elif plain and not known:
                dated.add(None, scope=entry, reason=name, column=plain, status="structured", text=words)
                difference.new.append(Change(f"{entry}, {name}", "", words, line))
            else:
                difference.by_hand.append(Change(f"{entry}, {name}", before, words, line))
    return dated.result(difference)


def _same(official: str, ours: str) -> bool:
    """Say whether our text is the official one, perhaps shortened at its end or told in fewer words."""
    one, other = folded(official), folded(ours)
    return (
        one == other
        or (len(other) > 60 and one.startswith(other[:60]))
        or one.startswith(other)
        or other.startswith(one)
    )


def _plain_offer(name: str, words: str) -> str:
    """Return the column of a plain offer: ``LVS5000``, ``GBS``, ``TSR``; "" where conditions follow."""
    match = _DOLLARS.fullmatch(words.strip())
    if name == "LVS":
        return f"LVS{match[1].replace(',', '')}" if match else ""
    return name if name in ("GBS", "TSR") and folded(words) == "yes" else ""


def folded(text: str) -> str:
    """Return words without case, spaces, signs and our own remarks: prints differ in them."""
    return _LETTERS.sub("", _SUFFIX.sub("", text).lower())


def scope_of(text: str, entry: str) -> tuple[str, bool]:
    """Return the scope of a control line, and whether it was read in full; else the whole entry, still in words.

    >>> scope_of("NS applies to entire entry, except 0A501.y", "0A501")
    ('0A501!0A501.y', True)
    >>> scope_of("RS applies to 9A610.a, .b and .x", "9A610")
    ('9A610.a|9A610.b|9A610.x', True)
    >>> scope_of("MT applies to items that exceed 300 km", "9A012")
    ('9A012', False)
    """
    match = _APPLIES.fullmatch(text.strip().rstrip("."))
    if match is None:
        return entry, False
    if match["entire"] and not match["but"] and not match["parts"]:
        return entry, True
    named = match["but"] if match["entire"] else match["parts"]
    parts = _parts(named or "", entry)
    if not parts:
        return entry, False
    return (f"{entry}!{'|'.join(parts)}", True) if match["entire"] else ("|".join(parts), True)


def _parts(words: str, entry: str) -> list[str]:
    found = []
    words = re.sub(r"\s+(?:of|in|controlled by) this (?:entry|ECCN)$", "", words.strip())
    for piece in re.split(r",\s*(?:and|or)?\s*|\s+(?:and|or)\s+", words):
        if not piece:
            continue
        match = _REFERENCE.fullmatch(piece)
        if match is None or (match[1] and match[1] != entry) or not (match[2] or match[1]):
            return []
        found.append(f"{entry}.{match[2]}" if match[2] else entry)
    return found
