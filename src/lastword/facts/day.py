"""Days that may be only estimated, and periods between them (semantics D1, R16)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Bound(NamedTuple):
    """The day on which something starts or ends. ``after`` < ``by``: only that it lies in ``after <= day <
    by`` is known.

    An exact day has ``after == by``.
    """

    after: date
    by: date

    @classmethod
    def on(cls, day: date) -> Bound:
        """Return an exact bound."""
        return cls(day, day)

    def reached(self, day: date) -> bool | None:
        """Say whether ``day`` is at or past the bound; None inside an estimated one."""
        if day >= self.by:
            return True
        return None if day >= self.after else False


EVER = Bound.on(date.min)
NEVER = Bound.on(date.max)


class Period(NamedTuple):
    """``start <= day < end``, each end possibly estimated."""

    start: Bound = EVER
    end: Bound = NEVER

    def holds(self, day: date) -> bool | None:
        """Say whether ``day`` lies inside; None where an estimated end leaves it open."""
        begun, over = self.start.reached(day), self.end.reached(day)
        if begun is False or over is True:
            return False
        return True if begun and over is False else None


ALWAYS = Period()
