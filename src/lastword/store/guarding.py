"""Acts on the record itself that the constitution guards: keys, erasures, recovery, the clock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lastword.cases.acts import Act
from lastword.cases.constitution import Constitution, Proposals
from lastword.cases.guard import Leave, guarded
from lastword.cases.roster import Roster
from lastword.cases.world import World
from lastword.record.logevents import KEYS

if TYPE_CHECKING:
    from lastword.store.writing import Writing


def permitted(writing: Writing, guard: str, act: Act, *, needs: int = 0) -> Leave:
    """Return whether a guarded act goes ahead now, and write what has to be written for it.

    ``needs``: at least so many officers. Raises ActRefused as ``guard.guarded`` does.
    """
    leave = guarded(guard, act, guarded_world(writing), writing.now, needs=needs)
    for written in leave.written:
        writing.append(written)
    return replace(leave, written=())


def guarded_world(writing: Writing) -> World:
    """Return what the guard looks at: the roster, the constitution, and what waits already."""
    keys, proposals = writing.state(KEYS), writing.state("proposals")
    return World(
        roster=writing.state("roster") or Roster(),
        constitution=keys.constitution if keys is not None else Constitution(),
        proposals=proposals.all if isinstance(proposals, Proposals) else {},
        trusted_clock=writing.trusted_clock,
    )
