"""A moratorium: a dated hold on a class of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lastword.cases.case import TextAt


@dataclass(frozen=True, slots=True)
class Class:
    """A class of decisions; an empty tuple matches everything. ``authorities``: whose; ``things``, ``cases``: ids.

    ``procedures``: the word under which the consent is asked for, or the id of the procedure.
    """

    authorities: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()

    def includes(self, other: Class) -> bool:
        """Say whether whatever falls into ``other`` falls into this class as well."""
        names = ("authorities", "procedures", "acts", "to", "from_", "things", "cases")
        pairs = [(getattr(self, name), getattr(other, name)) for name in names]
        return all(not mine or (theirs and set(theirs) <= set(mine)) for mine, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Moratorium:
    """A hold on ``on`` without ``carve_outs``, from ``since`` on, until it is lifted. ``uses``: uses are held too.

    ``until``: it ends by itself then. ``lifted``: when somebody ended it. ``ordered_by``: who declared it;
    ``text``, ``lift_text``: where the reasons stand, in the streams ``text_in``, ``lift_text_in`` (``moratoria``, or
    ``proposals`` where it was put forward). ``ended``: its end, by lifting or by itself, is written.
    """

    id: str
    on: Class
    since: datetime
    carve_outs: tuple[Class, ...] = ()
    uses: bool = False
    until: datetime | None = None
    lifted: datetime | None = None
    ordered_by: str = ""
    text: TextAt | None = None
    lift_text: TextAt | None = None
    ended: bool = False
    text_in: str = ""
    lift_text_in: str = ""

    @property
    def names_some(self) -> bool:
        """Say whether it names things or cases, so that who reads it learns of these."""
        return any(one.things or one.cases for one in (self.on, *self.carve_outs))

    @property
    def end(self) -> datetime | None:
        """Return the instant from which it no longer holds anything, None while none is known."""
        known = [at for at in (self.until, self.lifted) if at is not None]
        return min(known, default=None)

    def runs(self, now: datetime) -> bool:
        """Say whether it holds at ``now``: from the very instant of its entry on, and no longer at its end."""
        return self.since <= now and (self.end is None or now < self.end)


@dataclass(frozen=True, slots=True)
class Moratoria:
    """All moratoria, by id. ``no``: entries in their stream."""

    all: Mapping[str, Moratorium] = field(default_factory=dict)
    no: int = 0
