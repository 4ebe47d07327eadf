"""How a fact is told: by which source, how firmly, for which days, known on which days, and to whom it may be
shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from lastword.errors import Where
from lastword.facts.audience import AUDIENCES
from lastword.facts.day import ALWAYS, EVER, NEVER, Period
from lastword.facts.fact import Standing
from lastword.files.suggestion import unknown_word
from lastword.files.values import Refused, bound, period, text
from lastword.files.yaml import Map

TELLING_KEYS: Final = (
    "source", "standing", "valid_from", "valid_to", "known_from", "known_to", "audience", "said_by", "note",
)  # fmt: skip
_STANDINGS: Final = {standing.word: standing for standing in Standing}

Refuse = Callable[[Where, str, str], None]


@dataclass(frozen=True, slots=True)
class Telling:
    """Everything about a fact but what it says."""

    source: str = ""
    standing: Standing = Standing.ASSERTED
    valid: Period = ALWAYS
    known: Period = ALWAYS
    audience: str = "public"
    said_by: str = ""
    note: str = ""

    def read(self, item: Map, refuse: Refuse) -> Telling:
        """Return this telling with what ``item`` says instead."""
        if not any(key in item for key in TELLING_KEYS):
            return self
        changes: dict[str, Any] = {}
        for key in ("source", "said_by", "note"):
            if key in item:
                changes[key] = _taken(text, item, key, refuse) or ""
        if "standing" in item:
            found = _taken(standing, item, "standing", refuse)
            changes["standing"] = self.standing if found is None else found  # withdrawn is 0
        if "audience" in item:
            changes["audience"] = _taken(audience, item, "audience", refuse) or self.audience
        for name in ("valid", "known"):
            if f"{name}_from" in item or f"{name}_to" in item:
                changes[name] = _period(getattr(self, name), item, name, refuse)
        return replace(self, **changes)


def standing(value: object) -> Standing:
    """Return how firm a fact is."""
    found = _STANDINGS.get(value) if isinstance(value, str) else None
    if found is None:
        raise Refused(*unknown_word("a standing", text(value), _STANDINGS))
    return found


def audience(value: object) -> str:
    """Return who may see a fact."""
    word = text(value)
    if word not in AUDIENCES:
        raise Refused(*unknown_word("an audience", word, AUDIENCES))
    return word


def _taken(parse: Callable[[object], Any], item: Map, key: str, refuse: Refuse) -> Any:
    try:
        return parse(item[key])
    except Refused as refused:
        refuse(item.where(key), f"`{key}`: {refused.what}", refused.mend)
        return None


def _period(old: Period, item: Map, name: str, refuse: Refuse) -> Period:
    start, end = old.start, old.end
    if f"{name}_from" in item:
        start = _taken(bound, item, f"{name}_from", refuse) or EVER
    if f"{name}_to" in item:
        end = _taken(bound, item, f"{name}_to", refuse) or NEVER
    try:
        return period(start, end)
    except Refused as refused:
        key = f"{name}_to" if f"{name}_to" in item else f"{name}_from"
        refuse(item.where(key), f"`{key}`: {refused.what}", refused.mend)
        return old
