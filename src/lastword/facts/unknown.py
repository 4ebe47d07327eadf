"""What nobody said: the value ``Unknown``, the word ``none``, and three-valued logic over them.

Source of the logic: S. C. Kleene, Introduction to Metamathematics (1952), section 64, strong tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not known. ``facts``: ids of the missing facts that caused it.

    ``among``: the values it can still have, where a conflict or an imprecise code leaves only some; else
    empty.
    """

    facts: frozenset[str]
    among: tuple[Any, ...] = ()

    def __bool__(self) -> bool:
        """Refuse to become yes or no: a missing fact is neither."""
        raise TypeError("an unknown value is neither true nor false")


class Nothing(Enum):
    """The value ``none``: somebody said that there is nothing, which is not the same as saying nothing."""

    NONE = "none"

    def __repr__(self) -> str:
        return "none"


NONE: Final = Nothing.NONE
Truth = bool | Unknown


def unknown(*facts: str) -> Unknown:
    """Return a value that is unknown because of ``facts``."""
    return Unknown(frozenset(facts))


def unknown_of(values: Iterable[Any]) -> Unknown:
    """Return one unknown caused by every unknown among ``values``."""
    missing = [value.facts for value in values if type(value) is Unknown]
    return Unknown(missing[0] if len(missing) == 1 else frozenset().union(*missing))


def negate(value: Truth) -> Truth:
    """Return the three-valued ``not``."""
    return value if isinstance(value, Unknown) else not value


def all_of(values: Iterable[Truth]) -> Truth:
    """Return the three-valued ``and``: one False decides, whatever is unknown."""
    missing: list[Unknown] = []
    for value in values:
        if type(value) is Unknown:
            missing.append(value)
        elif not value:
            return False
    return (unknown_of(missing) if len(missing) > 1 else missing[0]) if missing else True


def any_of(values: Iterable[Truth]) -> Truth:
    """Return the three-valued ``or``: one True decides, whatever is unknown."""
    missing: list[Unknown] = []
    for value in values:
        if type(value) is Unknown:
            missing.append(value)
        elif value:
            return True
    return (unknown_of(missing) if len(missing) > 1 else missing[0]) if missing else False
