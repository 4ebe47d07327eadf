"""Moratoria are declared and lifted by those whom the constitution's guard ``moratorium`` names, and by nobody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from lastword.cases.acts import Declare, Lift
from lastword.cases.case import TextAt
from lastword.cases.guard import Leave, guarded
from lastword.cases.holding import moratoria_dues
from lastword.cases.licenceevents import (
    MoratoriumDeclared,
    MoratoriumEnded,
    MoratoriumEvent,
    MoratoriumLifted,
    apply_moratoria,
)
from lastword.cases.moratorium import Moratoria, Moratorium
from lastword.cases.refusal import ActRefused
from lastword.cases.world import World, Written

ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def declare(act: Declare, world: World, now: datetime) -> tuple[Written, ...]:
    """Declare a moratorium that holds from ``now`` on, the very instant included.

    Raises ActRefused: ``bad_id``, ``exists``, ``bad_end``, ``nothing_held``, and the codes of guard.guarded.
    """
    moratoria, due = _passed(world.moratoria, now)
    if not ID.fullmatch(act.moratorium):
        raise ActRefused(
            "bad_id",
            f"`{act.moratorium}` is no id of a moratorium",
            "write 1 to 64 letters, digits and . _ - beginning with a letter or digit",
        )
    if act.moratorium in moratoria.all:
        raise ActRefused(
            "exists", f"there is a moratorium `{act.moratorium}` already", "give each one an id of its own"
        )
    if act.until is not None and (act.until.tzinfo is None or act.until <= now):
        raise ActRefused(
            "bad_end",
            "a moratorium ends at an instant later than now, with its zone",
            "leave it out, or name a later one",
        )
    if any(one.includes(act.on) for one in act.carve_outs):
        raise ActRefused(
            "nothing_held", "a carve-out lets everything go that the moratorium would hold", "carve out less"
        )
    leave = guarded("moratorium", act, world, now)
    if not leave.goes:
        return (*due, *leave.written)
    text, stream = _words(act.text, moratoria, world, leave)
    moratorium = Moratorium(
        act.moratorium,
        act.on,
        now,
        act.carve_outs,
        act.uses,
        act.until.astimezone(UTC) if act.until is not None else None,
        ordered_by=leave.by[0],
        text=text,
        text_in=stream,
    )
    event = MoratoriumDeclared(moratorium)
    return (*due, *leave.written, _written(event, act.text, moratorium))


def lift(act: Lift, world: World, now: datetime) -> tuple[Written, ...]:
    """Lift a moratorium. Raises ActRefused: ``no_such_moratorium``, ``final`` once it is over, and the codes of guarded."""
    moratoria, due = _passed(world.moratoria, now)
    moratorium = moratoria.all.get(act.moratorium)
    if moratorium is None:
        raise ActRefused("no_such_moratorium", f"there is no moratorium `{act.moratorium}`", "look up its id")
    if not moratorium.runs(now):
        raise ActRefused(
            "final", f"the moratorium `{act.moratorium}` is over", "nothing is left to do", due=due
        )
    leave = guarded("moratorium", act, world, now)
    if not leave.goes:
        return (*due, *leave.written)
    text, stream = _words(act.text, moratoria, world, leave)
    event = MoratoriumLifted(now, act.moratorium, leave.by, text, stream)
    return (*due, *leave.written, _written(event, act.text, moratorium))


def pass_moratoria(moratoria: Moratoria, now: datetime) -> tuple[Written, ...]:
    """Return what fell due by ``now``: moratoria that ended by themselves, in the order of their ends."""
    return _passed(moratoria, now)[1]


def _passed(moratoria: Moratoria, now: datetime) -> tuple[Moratoria, tuple[Written, ...]]:
    written = []
    for ident, at in sorted(moratoria_dues(moratoria), key=lambda one: (one[1], one[0])):
        if at <= now:
            event = MoratoriumEnded(at, ident)
            written.append(_written(event, "", moratoria.all[ident]))
            moratoria = apply_moratoria(moratoria, event)
    return moratoria, tuple(written)


def _words(words: str, moratoria: Moratoria, world: World, leave: Leave) -> tuple[TextAt | None, str]:
    """Return where the words of an act will stand, and in which stream: with it, or where it was put forward."""
    if words:
        return TextAt(moratoria.no + 1, "text"), "moratoria"
    waited = world.proposals.get(leave.proposal)
    if waited is not None and "text" in waited.words:
        return TextAt(waited.no, "text"), "proposals"
    return None, ""


def _written(event: MoratoriumEvent, words: str, moratorium: Moratorium) -> Written:
    """A hold is public, so that nobody has to guess; one that names things or cases would tell of these."""
    audience = "file" if moratorium.names_some else "public"
    return Written("moratoria", event, {"text": words} if words else {}, audience)
