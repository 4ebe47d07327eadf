"""The terms that every pack may call: control lines, chart columns, ownership, money, licences
(``docs/packs.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from lastword.facts.fact import Money
from lastword.facts.question import all_parties
from lastword.facts.unknown import NONE, Truth, Unknown, all_of, any_of, unknown_of
from lastword.reach.subject import YES_NO, Assumption, Missing, Subject
from lastword.rules.table import Line, list_of_lines

if TYPE_CHECKING:
    from lastword.reach.reading import Reading


def _usd(reading: Reading, money: Any) -> Any:
    return reading.in_currency(money, "USD") if isinstance(money, Money) else money


def _money_at_most(reading: Reading, thing: Subject, most: str) -> Truth:
    """Say whether the value of the order (else of the thing) is at most an amount such as ``5000 EUR``."""
    amount, currency = most.split()
    asked = reading.question.value
    if thing.id == reading.thing.id and asked is NONE:
        return False
    value = asked if thing.id == reading.thing.id and asked is not None else reading.cell(thing, "value")
    if not isinstance(value, Money):
        return value if isinstance(value, Unknown) else False
    converted = reading.in_currency(value, currency)
    return converted if isinstance(converted, Unknown) else bool(converted <= Fraction(amount))


def _subject_to(reading: Reading, regime: str) -> Truth:
    return reading.regime(regime)


def _owned(reading: Reading, party: Subject, pattern: str) -> Any:
    """Return the share of ``party`` owned by parties listed as ``pattern``, directly or through owners held
    to more than half.
    """
    return _owned_share(reading, party, pattern, frozenset())


def _owned_share(reading: Reading, party: Subject, pattern: str, seen: frozenset[str]) -> Any:
    if party.id in seen:
        return Fraction(0)
    owners = owners_of(reading, party)
    if owners is None:
        return reading.assume(Assumption("owners not listed", party.id), Fraction(0))
    total = Fraction(0)
    missing: list[Unknown] = []
    for owner, share in owners:
        listed = reading.on(owner, "listed", pattern)
        if listed is False:
            above = _owned_share(reading, owner, pattern, seen | {party.id})
            if isinstance(above, Unknown):
                listed = above
            else:
                listed = above >= Fraction(1, 2)
        if isinstance(listed, Unknown):
            missing.append(listed)
        elif listed and share is None:
            missing.append(reading.lack(Missing(f"{party.id}/owners/{owner.id}", "cell", party.id, "owners")))
        elif listed:
            total += share or 0
    return unknown_of(missing) if missing else total


def owners_of(reading: Reading, party: Subject) -> list[tuple[Subject, Fraction | None]] | None:
    """Return who owns a party, with the shares; None if nobody said."""
    for asked in all_parties(reading.question):
        if asked.id == party.id and asked.owners is not None:
            return [(reading.party(owner.id), share) for owner, share in asked.owners]
    listing = reading.snapshot.listing(party.id, "owners")
    if not listing.elements and not listing.own.closed:
        return None
    return [
        (reading.party(e.entry.fields["party"]), e.entry.fields.get("share"))
        for e in listing.elements
        if e.certain
    ]


def _licensed(reading: Reading, rule: str) -> Truth:
    """Say whether somebody's licence on file covers this destination under ``rule`` (R13)."""
    for element in reading.snapshot.listing("licences", "licences").elements:
        fields = element.entry.fields
        things = fields.get("things") or fields.get("thing") or (reading.question.thing,)
        if (
            fields.get("rule") == rule
            and fields.get("to", reading.question.to) == reading.question.to
            and reading.question.thing in ((things,) if isinstance(things, str) else things)
        ):
            return reading.is_there(element)
    return False


def _lines(reading: Reading, thing: Subject, name: str) -> tuple[Any, list[tuple[Line, Truth]]]:
    """Return (Unknown or None, lines that apply or may apply to the codes of ``thing``) for a lines table."""
    lines = reading.book.lines[name]
    listed = list_of_lines(name)
    stated = reading.attribute(thing, "columns") if listed == "eccn" else NONE
    if isinstance(stated, tuple):
        said: list[tuple[Line, Truth]] = [(Line((), (), "", column, "structured"), True) for column in stated]
        return None, said if name == f"{listed}_lines" else []
    code = reading.attribute(thing, listed)
    if isinstance(code, Unknown):
        return code, []
    if code is NONE:
        return None, []
    found: list[tuple[Line, Truth]] = []
    for one in str(code).split("|"):
        entry = lines.of(one.strip(), reading.question.as_of)
        if entry is None:
            if lines.missing == "no":
                continue
            label = f"table {name}: {one}"
            return reading.lack(Missing(label, "table", name, "missing", (), one)), []
        if lines.assumed(reading.question.as_of):
            assumed = reading.assume(Assumption("table", name), True)
            if isinstance(assumed, Unknown):
                return assumed, []
        for line in entry:
            found.append((line, _line_applies(reading, thing, listed, one.strip(), line, name)))
    return None, [(line, truth) for line, truth in found if truth is not False]


def _line_applies(reading: Reading, thing: Subject, listed: str, code: str, line: Line, table: str) -> Truth:
    if line.status == "unread":
        if line.scope and line.covers(code) is False:
            return False
        name = f"unread({table}: {code[:5]} {line.reason} {line.column}) for {thing.id}"
        truth: Truth = reading.lack(Missing(name, "unread", table, code[:5], YES_NO, line.text))
        return truth
    covers = line.covers(code)
    if covers is not None:
        return covers
    wanted = f"{thing.id}/{listed}"
    return reading.lack_more(wanted, Missing(wanted, "cell", thing.id, listed, (), code))


def _line_columns(reading: Reading, thing: Subject, name: str) -> Any:
    whole, lines = _lines(reading, thing, name)
    if whole is not None:
        return whole
    missing = [truth for line, truth in lines if isinstance(truth, Unknown) and line.column]
    if missing:
        return unknown_of(missing)
    return tuple(dict.fromkeys(line.column for line, truth in lines if truth is True and line.column))


def _line_has(reading: Reading, thing: Subject, name: str, column: str) -> Truth:
    whole, lines = _lines(reading, thing, name)
    if whole is not None:
        return False if reading.on_record else whole
    return any_of(truth for line, truth in lines if line.column == column)


def _line_reasons(reading: Reading, thing: Subject, name: str) -> Any:
    whole, lines = _lines(reading, thing, name)
    if whole is not None:
        return whole
    missing = [truth for _, truth in lines if isinstance(truth, Unknown)]
    if missing:
        return unknown_of(missing)
    return tuple(dict.fromkeys(line.reason for line, truth in lines if truth is True and line.reason))


def _line_any(reading: Reading, thing: Subject, name: str, place: Any) -> Truth:
    whole, lines = _lines(reading, thing, name)
    if whole is not None:
        return False if reading.on_record else whole
    return any_of(
        all_of((truth, reading.table("chart", (str(place), line.column))))
        for line, truth in lines
        if line.column
    )


def _columns_marked(reading: Reading, columns: Any, table: str, place: Any) -> Any:
    if columns is NONE:
        return ()
    marks = [(column, reading.table(table, (str(place), column))) for column in columns]
    missing = [mark for _, mark in marks if isinstance(mark, Unknown)]
    return unknown_of(missing) if missing else tuple(column for column, mark in marks if mark is True)


def _any_marked(reading: Reading, columns: Any, table: str, place: Any) -> Truth:
    if columns is NONE:
        return False
    return any_of(reading.table(table, (str(place), column)) for column in columns)


BUILT_IN: Final[Mapping[str, Callable[..., Any]]] = {
    "usd": _usd,
    "money_at_most": _money_at_most,
    "subject_to": _subject_to,
    "owned": _owned,
    "licensed": _licensed,
    "line_columns": _line_columns,
    "line_reasons": _line_reasons,
    "line_any": _line_any,
    "line_has": _line_has,
    "columns_marked": _columns_marked,
    "any_marked": _any_marked,
}
OF_LINES: Final = frozenset(("line_columns", "line_reasons", "line_any", "line_has"))
"""The terms that read the code of the list of their table of control lines."""
BUILT_IN_TYPES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "usd": (("money",), "number"),
    "money_at_most": (("thing", "text"), "yes-no"),
    "subject_to": (("text",), "yes-no"),
    "owned": (("party", "text"), "number"),
    "licensed": (("text",), "yes-no"),
    "line_columns": (("thing", "text"), "columns"),
    "line_reasons": (("thing", "text"), "columns"),
    "line_any": (("thing", "text", "place"), "yes-no"),
    "line_has": (("thing", "text", "text"), "yes-no"),
    "columns_marked": (("columns", "text", "place"), "columns"),
    "any_marked": (("columns", "text", "place"), "yes-no"),
}
