"""What a condition may ask about, and what may be missing or assumed about it (semantics D4, R14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

YES_NO: Final = (False, True)
Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition may ask about. ``fields`` are known beside (or instead of) the facts about ``id``.

    ``hidden``: a part that nobody listed, of which only the terms in it are declared absent.
    """

    kind: str
    id: str
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False)
    hidden: frozenset[str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """An unknown fact (D4): what kind, about whom, and the cases it can have (none if they cannot be listed).

    ``kind``: cell, open (a list that may hold more), element, finding, in-force, unread, law, table,
    assumed, question, atom. ``covers``: the facts behind an atom. ``shared``: those on which several parts
    hang, which therefore do not count one by one.
    """

    id: str
    kind: str
    subject: str = ""
    attribute: str = ""
    cases: tuple[Any, ...] = ()
    text: str = ""
    covers: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something taken for granted because nobody said otherwise; unknown under ``--strict``."""

    kind: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """An attribute worked out once for all questions: its value, and what it rests on."""

    value: Any
    missing: Missing | None
    assumption: Assumption | None
    ladder: str
