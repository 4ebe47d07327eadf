"""Words for what the data calls by codes: countries, days, shares, acts, offices, standings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Protocol

from lastword.facts.fact import Money, Standing
from lastword.facts.question import MOVEMENTS, Question
from lastword.facts.snapshot import Snapshot
from lastword.facts.unknown import NONE, Unknown
from lastword.rules.book import Book
from lastword.rules.table import Citation
from lastword.texts import _, chosen, language, several

_SHORT: Final = 3
_LETTERS: Final = re.compile(r"\(([A-Z]{2,8})\)")


@lru_cache(maxsize=2)
def _locale(code: str) -> Any:
    from babel import Locale  # 30 ms, so not before it is needed

    return Locale(code)


def country(code: str) -> str:
    """Return the name of a country in the language in use."""
    names = {
        "EU": _("European Union"),
        "SU": _("Soviet Union"),
        "DD": _("East Germany"),
        "YU": _("Yugoslavia"),
    }
    if code in names:
        return names[code]
    return str(_locale(language()).territories.get(code, code))


def day(value: date) -> str:
    """Return a day in words."""
    month = _locale(language()).months["format"]["wide"][value.month]
    return f"{value.day}. {month} {value.year}" if language() == "de" else f"{value.day} {month} {value.year}"


def number(value: Fraction, most: int = 2) -> str:
    """Return a number with at most ``most`` decimals, as the language writes it."""
    places = Decimal(1).scaleb(-most)
    rounded = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(places, ROUND_HALF_UP)
    text = f"{rounded:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",") if language() == "de" else text


def percent(share: Fraction, beside: Fraction | None = None) -> str:
    """Return a share as per cent, with as many decimals as it takes to tell it from the limit ``beside`` it."""
    most = 1
    while (
        most < 6
        and beside is not None
        and share != beside
        and number(share * 100, most) == number(beside * 100, most)
    ):
        most += 1
    return f"{number(share * 100, most)} %"


def money(amount: Money) -> str:
    """Return an amount with its currency."""
    return f"{number(amount.amount)} {amount.currency}"


class Deed(Protocol):
    """What is done, from where to where, as the code of an act and two countries say it."""

    @property
    def act(self) -> str: ...
    @property
    def from_(self) -> str: ...
    @property
    def to(self) -> str: ...


def act(question: Deed) -> str:
    """Return what is done, from where to where."""
    words = {
        "export": _("export %(from)s -> %(to)s"),
        "reexport": _("reexport %(from)s -> %(to)s"),
        "retransfer": _("transfer inside %(from)s"),
        "transit": _("transit %(from)s -> %(to)s"),
        "return": _("return %(from)s -> %(to)s"),
        "release": _("release of technology %(from)s -> %(to)s"),
        "service": _("help with it %(from)s -> %(to)s"),
        "use": _("use by %(from)s on the territory of %(to)s"),
        "disposal": _("disposal in %(from)s"),
    }
    wording = words.get(question.act, "%(from)s -> %(to)s")
    if question.act == "use" and question.from_ == question.to:
        wording = _("use in %(to)s")
    if question.act == "retransfer" and question.from_ != question.to:
        wording = _("transfer %(from)s -> %(to)s")
    return wording % {"from": country(question.from_), "to": country(question.to)}


def is_movement(question: Question) -> bool:
    """Say whether something moves."""
    return question.act in MOVEMENTS


def end_use(word: str) -> str:
    """Return an end use in words."""
    return {
        "civil": _("civil end use"),
        "military": _("military end use"),
        "security": _("end use by security forces"),
        "nuclear": _("nuclear end use"),
        "missile": _("end use in missiles"),
        "chemical-biological": _("chemical or biological weapons end use"),
        "space": _("end use in space"),
        "research": _("end use in research"),
        "medical": _("medical end use"),
        "humanitarian": _("humanitarian end use"),
        "resale": _("for resale"),
        "unknown": "",
    }.get(word, word)


def circumstance(word: str) -> str:
    """Return why something moves."""
    return {
        "sale": _("a sale"),
        "repair": _("a repair"),
        "replacement": _("a replacement"),
        "exhibition": _("an exhibition"),
        "temporary": _("a temporary stay"),
        "return": _("a return"),
        "gift": _("a gift"),
        "baggage": _("a traveller's baggage"),
        "deployment": _("a deployment of the holder's own forces"),
        "government": _("a movement by the government itself"),
    }.get(word, word)


def asker(word: str) -> str:
    """Return who asks for a consent."""
    return {
        "exporter": _("the exporter"),
        "reexporter": _("the reexporter"),
        "holder_state": _("the state that holds it"),
        "maker": _("the maker"),
        "supplier": _("the supplier"),
        "user": _("the user"),
    }.get(word, word)


def outlook(word: str) -> str:
    """Return what may be expected of a request (R11)."""
    return {
        "denial": _("is refused by policy"),
        "presumed_denial": _("refusal is the rule"),
        "case_by_case": _("decided case by case"),
        "presumed_grant": _("a grant is the rule"),
        "grant_unless": _("must be granted unless a stated ground speaks against it"),
    }.get(word, word)


def claim(word: str) -> str:
    """Return on what ground a claim rests (R12), where it is not the law of the state of departure itself."""
    return {
        "statute": "",
        "regulation_abroad": _("law that claims to hold outside its own state"),
        "agreement": _("an agreement between states"),
        "contract": _("a promise given by contract"),
        "practice": _("practice, not a published rule"),
    }.get(word, "")


def standing(value: Standing) -> str:
    """Return how firm something is."""
    return {
        Standing.CONFIRMED: _("confirmed"),
        Standing.ASSERTED: _("stated by those concerned"),
        Standing.REPORTED: _("reported, not confirmed"),
        Standing.PRESUMED: _("presumed"),
        Standing.DISPUTED: _("disputed"),
        Standing.WITHDRAWN: _("withdrawn"),
    }[value]


def short_standing(value: Standing) -> str:
    """Return how firm something is, in one word."""
    return {
        Standing.CONFIRMED: _("confirmed"),
        Standing.ASSERTED: _("stated"),
        Standing.REPORTED: _("reported"),
        Standing.PRESUMED: _("presumed"),
        Standing.DISPUTED: _("disputed"),
        Standing.WITHDRAWN: _("withdrawn"),
    }[value]


def bar(value: Standing) -> str:
    """Return which facts count in a question."""
    return {
        Standing.CONFIRMED: _("counting confirmed facts only"),
        Standing.ASSERTED: _("counting only what is confirmed or stated by those concerned"),
    }.get(value, "")


def dependency(word: str) -> str:
    """Return how one thing depends on another."""
    return {
        "contains": _("contains"),
        "bundled_with": _("comes with"),
        "made_with": _("is made with"),
        "needs_data": _("needs the data"),
        "needs_support": _("needs the support"),
        "needs_service": _("needs the service"),
        "custody": _("passed on"),
        "party": _("goes to or through"),
    }.get(word, word)


def verdict(outcome: str) -> str:
    """Return the word at the head of an answer."""
    return {
        "free": _("FREE"),
        "pending": _("NOT YET FREE"),
        "consent": _("CONSENT NEEDED"),
        "prohibited": _("PROHIBITED"),
        "unknown": _("UNKNOWN"),
    }[outcome]


def office(book: Book, authority: str) -> str:
    """Return the name of an office, with its country if it does not say it."""
    if authority in ("", "?"):
        return _("an office that is not known")
    for pack in book.packs:
        if authority in pack.authorities:
            return chosen(pack.authorities[authority])
    state, _slash, rest = authority.partition("/")
    if not rest:
        return country(authority) if len(authority) == len("DE") else authority
    if rest == "law-not-on-file":
        return _("the licensing authority of %(state)s") % {"state": country(state)}
    if rest == "government":
        return _("Government of %(state)s") % {"state": country(state)}
    return f"{rest.replace('-', ' ')}, {country(state)}"


def short_office(book: Book, authority: str) -> str:
    """Return the letters by which an office is known, with its country, or else its name."""
    name = office(book, authority)
    letters = _LETTERS.search(name)
    return f"{letters[1]} ({country(authority.partition('/')[0])})" if letters else name


def citation(cited: Citation) -> str:
    """Return where a rule is written, and whether somebody read it there."""
    if cited.read is not None:
        return cited.text
    return _("%(text)s (reported; the text was not read)") % {"text": cited.text}


def names(words: Iterable[str], most: int = _SHORT) -> str:
    """Return a list in words: the first ``most``, and how many more."""
    all_words = list(dict.fromkeys(words))
    # A comma inside a word would read as the end of it.
    between = "; " if any("," in word or word.endswith("?") for word in all_words) else ", "
    if len(all_words) <= most + 1:
        return between.join(all_words)
    more = several("and %(n)d more", "and %(n)d more", len(all_words) - most)
    return f"{between.join(all_words[:most])} {more}"


def sentence(words: str) -> str:
    """Return words with a capital at their head."""
    return words[:1].upper() + words[1:]


def either(words: Sequence[str]) -> str:
    """Return alternatives in words."""
    return _(" or ").join(dict.fromkeys(words))


def thing(snapshot: Snapshot, ident: str) -> str:
    """Return what a thing or party is called."""
    return snapshot.name(ident, language())


def value(shown: Any) -> str:
    """Return the value of a fact in words."""
    if isinstance(shown, Unknown) or shown is None:
        return _("not known")
    if shown is NONE:
        return _("none")
    if isinstance(shown, bool):
        return _("yes") if shown else _("no")
    if isinstance(shown, date):
        return day(shown)
    if isinstance(shown, Money):
        return money(shown)
    if isinstance(shown, Fraction):
        return number(shown)
    if isinstance(shown, tuple):
        return ", ".join(value(one) for one in shown) or _("none")
    return str(shown)


def day_before(value: date) -> date:
    """Return the last day inside a span that ends before ``value``."""
    return value - timedelta(days=1)
