"""From what stands in a file to a value of the fact schema, exactly; what does not fit is refused with a
reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from lastword.facts.day import EVER, NEVER, Bound, Period
from lastword.facts.fact import Money
from lastword.facts.schema import Field
from lastword.facts.unknown import NONE
from lastword.files.places import PLACES
from lastword.files.suggestion import unknown_word

_NUMBER = re.compile(r"(-?)(\d{1,30}(?:\.\d{1,30})?|\d{1,15}/[1-9]\d{0,14}) ?(%?)", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_MONEY = re.compile(r"(-?[\d./]+) ?([A-Z]{3})", re.ASCII)
_KINDS_WITH_NONE: Final = frozenset({"code", "columns", "place", "text"})
_NEVER_NONE: Final = frozenset({"name", "kind", "origin", "country", "thing", "party"})


class Refused(ValueError):
    """A value that cannot be taken: what is wrong, and how to mend it."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


def number(value: object) -> Fraction:
    """Return an exact number that is not negative from ``2``, ``"0.10"``, ``"21.4%"`` or ``"1/3"``."""
    if isinstance(value, int) and not isinstance(value, bool):
        found = Fraction(value)
    else:
        match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise Refused(
                f"`{shown(value)}` is not a number", 'write digits with a decimal point, e.g. "0.10"'
            )
        found = Fraction(match[1] + match[2]) / (100 if match[3] else 1)
    if found < 0:
        raise Refused(f"`{shown(value)}` is negative", "amounts, quantities and shares start at zero")
    return found


def share(value: object) -> Fraction:
    """Return a share from 0 to 1."""
    found = number(value)
    if found > 1:
        raise Refused(f"the share `{shown(value)}` is more than the whole", 'write "21.4%" or "0.214"')
    return found


def currency(value: object) -> str:
    """Return an ISO 4217 code."""
    if isinstance(value, str) and _CURRENCY.fullmatch(value):
        return value
    raise Refused(f"`{shown(value)}` is not a currency", "write three capital letters, e.g. EUR")


def money(value: object) -> Money:
    """Return an amount of one currency from ``{amount: "12.50", currency: EUR}``, ``12.50 EUR`` or
    ``12.50EUR``.
    """
    if isinstance(value, Mapping):
        if set(value) != {"amount", "currency"}:
            raise Refused(
                "an amount of money needs `amount` and `currency`", '{amount: "1200.50", currency: EUR}'
            )
        return Money(number(value["amount"]), currency(value["currency"]))
    match = _MONEY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Refused(f"`{shown(value)}` is not an amount with its currency", 'write e.g. "1200.50 EUR"')
    return Money(number(match[1]), match[2])


_DAY = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"|(?P<german_day>\d{1,2})\.\s?(?P<german_month>\d{1,2})\.\s?(?P<german_year>\d{4})"
)


def day(value: object) -> date:
    """Return a day of the calendar, written 2025-01-31 or as in German 31.1.2025: with dots there is no other
    reading.
    """
    if isinstance(value, date):
        return value
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        try:
            return date(*(int(found[part] or found[f"german_{part}"]) for part in ("year", "month", "day")))
        except ValueError:
            raise Refused(f"the day `{value}` does not exist", "write a day of the calendar") from None
    raise Refused(f"`{shown(value)}` is not a day", "write it like 2026-11-22")


def bound(value: object) -> Bound:
    """Return the day on which something starts or ends; ``{after: ..., by: ...}`` where it is only estimated."""
    if not isinstance(value, Mapping):
        return Bound.on(day(value))
    if set(value) != {"after", "by"}:
        raise Refused("an estimated day needs `after` and `by`", "{after: 2025-03-01, by: 2025-06-01}")
    found = Bound(day(value["after"]), day(value["by"]))
    if found.after >= found.by:
        raise Refused("`after` is not earlier than `by`", "after <= day < by")
    return found


def period(start: Bound | None, end: Bound | None) -> Period:
    """Return the period between two bounds, either of which may be missing."""
    found = Period(start or EVER, end or NEVER)
    if found.end.by <= found.start.after:
        raise Refused("the end is not later than the start", "the end is the first day that no longer counts")
    return found


def place(value: object) -> str:
    """Return an ISO 3166 alpha-2 code (also XK and states that are no more, such as SU)."""
    if isinstance(value, str) and value in PLACES:
        return value
    word = shown(value)
    if word.upper() in PLACES:
        raise Refused(f"`{word}` is not a country code", f'write "{word.upper()}"')
    raise Refused(f"`{word}` is not a country code", 'write two capital letters of ISO 3166, e.g. "DE"')


def yes_no(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    if value in ("yes", "no"):
        return value == "yes"
    raise Refused(f"`{shown(value)}` is neither yes nor no", "write true or false")


def text(value: object) -> str:
    """Return a text that is not blank."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, bool | date):
        raise Refused(f"`{shown(value)}` is not a text", f'write "{shown(value)}" in quotes')
    raise Refused(
        "a text is missing" if value in (None, "") else f"`{shown(value)}` is not a text", "write a text"
    )


def columns(value: object) -> tuple[str, ...]:
    """Return chart columns from a list or from a text with spaces, sorted: their order says nothing."""
    if isinstance(value, list):
        return tuple(sorted({text(one) for one in value}))
    return tuple(sorted(set(text(value).replace(",", " ").split())))


_PARSERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "text": text,
    "place": place,
    "number": number,
    "money": money,
    "day": day,
    "yes-no": yes_no,
    "code": text,
    "columns": columns,
}


def parsed(name: str, field: Field, value: object) -> Any:
    """Return ``value`` as the field ``name`` takes it; ``none`` is the value NONE where there can be none.

    Raises Refused.
    """
    if value == "none" and "none" not in field.words:
        if name == "undertaking" or (field.kind in _KINDS_WITH_NONE and name not in _NEVER_NONE):
            return NONE
        raise Refused(f"`{name}` cannot be none", "leave it out if it is not known")
    if value is None:
        raise Refused(
            f"`{name}` has no value", "leave the line out if it is not known, or write none if there is none"
        )
    if field.kind == "name":
        word = text(value)
        if word not in field.words:
            raise Refused(*unknown_word(f"a word for `{name}`", word, field.words))
        return word
    if name == "share":
        return share(value)
    return _PARSERS[field.kind](value)


def shown(value: object) -> str:
    """Return ``value`` as a person wrote it, cut short."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[...]"
    if isinstance(value, Mapping):
        return "{...}"
    written = str(value)
    return written if len(written) <= 60 else written[:57] + "..."
