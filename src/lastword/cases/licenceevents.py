"""What became of a licence, or of the moratoria: events that hold the result, and the functions that apply them.

``apply_licence`` and ``apply_moratoria`` never judge: a status, a line or an instant is taken from the event as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from lastword.cases.case import TextAt
from lastword.cases.licence import Licence, LicenceStatus, Line, Use
from lastword.cases.moratorium import Moratoria, Moratorium


@dataclass(frozen=True, slots=True)
class LicenceIssued:
    """A licence began; ``licence`` is all of it, with ``no`` = 1."""

    kind: ClassVar[str] = "licence.issued"
    licence: Licence


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """Base of what moves the ledger: ``use`` and ``lines`` (those that moved) as they are after it."""

    at: datetime
    use: Use
    lines: Mapping[str, Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceReserved(Booked):
    """Quantities were set aside until ``use.expires``."""

    kind: ClassVar[str] = "licence.reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceConfirmed(Booked):
    """A reservation was used, all of it or a part; the rest was released."""

    kind: ClassVar[str] = "licence.confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceUsed(Booked):
    """Quantities were used at once, without a reservation."""

    kind: ClassVar[str] = "licence.used"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceReleased(Booked):
    """A reservation ended. ``why``: ``released`` by who made it, ``expired``, or the licence's end (its status)."""

    kind: ClassVar[str] = "licence.released"
    why: str = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceReturned(Booked):
    """Goods came back and are available again."""

    kind: ClassVar[str] = "licence.returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceReported(Booked):
    """What happened was reported, within what was available."""

    kind: ClassVar[str] = "licence.reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceBreached(Booked):
    """What happened was reported, and it was more than was available: ``use.over`` is the excess."""

    kind: ClassVar[str] = "licence.breached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Base of what changes the status. ``ended``: when it stopped being usable for good, if it did.

    ``by``, ``principal``, ``office``: who did it and in which office; "" if time did.
    """

    at: datetime
    status: LicenceStatus
    by: str = ""
    principal: str = ""
    office: str = ""
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSuspended(Moved):
    """No new reserve and no confirm from now on. ``ground``: the reason code, ``review_silence`` if no review came."""

    kind: ClassVar[str] = "licence.suspended"
    ground: str = ""
    for_applicant: TextAt | None = None
    for_file: TextAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceReinstated(Moved):
    """A suspension ended."""

    kind: ClassVar[str] = "licence.reinstated"
    for_applicant: TextAt | None = None
    for_file: TextAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRevoked(Moved):
    """It was taken back. ``appeal_until``: before which one may appeal, None if one may not."""

    kind: ClassVar[str] = "licence.revoked"
    ground: str = ""
    appeal_until: datetime | None = None
    for_applicant: TextAt | None = None
    for_file: TextAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSurrendered(Moved):
    """The holder gave it back; or a licence on appeal, ``replaced_by``, took its place."""

    kind: ClassVar[str] = "licence.surrendered"
    replaced_by: str = ""
    text: TextAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceExpired(Moved):
    """Its time is over."""

    kind: ClassVar[str] = "licence.expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceExhausted(Moved):
    """Nothing is left on any line and nothing is reserved."""

    kind: ClassVar[str] = "licence.exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceReopened(Moved):
    """Goods came back on an exhausted licence, so that it can be used again."""

    kind: ClassVar[str] = "licence.reopened"


@dataclass(frozen=True, slots=True)
class LicenceRejudged:
    """The answer of today still asks for no more than was granted. ``facts``, ``rules``: numbers it was judged at."""

    kind: ClassVar[str] = "licence.rejudged"
    at: datetime
    facts: int
    rules: int


@dataclass(frozen=True, slots=True)
class LicenceReviewed:
    """A licence by break-glass was reviewed: ``verdict`` is ``right`` or ``wrong``."""

    kind: ClassVar[str] = "licence.reviewed"
    at: datetime
    verdict: str
    by: str
    principal: str
    office: str
    text: TextAt | None = None


@dataclass(frozen=True, slots=True)
class ProvisoDropped:
    """The owner of a proviso agreed that it no longer binds."""

    kind: ClassVar[str] = "licence.proviso_dropped"
    at: datetime
    proviso: str
    by: str
    principal: str
    office: str
    text: TextAt | None = None


LicenceEvent = (
    LicenceIssued
    | LicenceReserved
    | LicenceConfirmed
    | LicenceUsed
    | LicenceReleased
    | LicenceReturned
    | LicenceReported
    | LicenceBreached
    | LicenceSuspended
    | LicenceReinstated
    | LicenceRevoked
    | LicenceSurrendered
    | LicenceExpired
    | LicenceExhausted
    | LicenceReopened
    | LicenceRejudged
    | LicenceReviewed
    | ProvisoDropped
)


@dataclass(frozen=True, slots=True)
class MoratoriumDeclared:
    """A hold began; ``moratorium`` is all of it."""

    kind: ClassVar[str] = "moratorium.declared"
    moratorium: Moratorium


@dataclass(frozen=True, slots=True)
class MoratoriumLifted:
    """Somebody ended a hold at ``at``."""

    kind: ClassVar[str] = "moratorium.lifted"
    at: datetime
    moratorium: str
    by: tuple[str, ...]
    text: TextAt | None = None
    text_in: str = ""


@dataclass(frozen=True, slots=True)
class MoratoriumEnded:
    """A hold ended by itself at ``at``, its ``until``."""

    kind: ClassVar[str] = "moratorium.ended"
    at: datetime
    moratorium: str


MoratoriumEvent = MoratoriumDeclared | MoratoriumLifted | MoratoriumEnded

EVENTS: Final[tuple[type, ...]] = (
    LicenceIssued,
    LicenceReserved,
    LicenceConfirmed,
    LicenceUsed,
    LicenceReleased,
    LicenceReturned,
    LicenceReported,
    LicenceBreached,
    LicenceSuspended,
    LicenceReinstated,
    LicenceRevoked,
    LicenceSurrendered,
    LicenceExpired,
    LicenceExhausted,
    LicenceReopened,
    LicenceRejudged,
    LicenceReviewed,
    ProvisoDropped,
)
"""Events of the streams ``licence/<id>``."""
MORATORIUM_EVENTS: Final[tuple[type, ...]] = (MoratoriumDeclared, MoratoriumLifted, MoratoriumEnded)
"""Events of the stream ``moratoria``."""


def apply_licence(licence: Licence | None, event: LicenceEvent) -> Licence:
    """Return the licence after ``event``. Raises ValueError for an event that no licence of the record can have."""
    if isinstance(event, LicenceIssued):
        if licence is not None:
            raise ValueError(f"licence {licence.id} was issued before")
        return event.licence
    if licence is None:
        raise ValueError(f"an event {event.kind} before the licence was issued")
    after = replace(licence, no=licence.no + 1)
    match event:
        case LicenceSuspended():
            return replace(_moved(after, event), suspended_for=event.ground)
        case LicenceReinstated():
            return replace(_moved(after, event), suspended_for="")
        case LicenceRevoked():
            return replace(_moved(after, event), appeal_until=event.appeal_until, suspended_for="")
        case Moved():
            return _moved(after, event)
        case LicenceRejudged():
            return replace(after, facts=event.facts, rules=event.rules)
        case LicenceReviewed():
            return replace(after, reviewed=event.verdict)
        case ProvisoDropped():
            return replace(
                after,
                provisos=tuple(
                    replace(one, dropped=True) if one.id == event.proviso else one for one in after.provisos
                ),
            )
        case Booked():
            return replace(
                after,
                lines={**after.lines, **event.lines},
                uses={**after.uses, event.use.key: event.use},
            )
    raise ValueError(f"no licence event: {type(event).__name__}")


def apply_moratoria(moratoria: Moratoria | None, event: MoratoriumEvent) -> Moratoria:
    """Return all moratoria after ``event``. Raises KeyError if it ends one that was never declared."""
    before = moratoria or Moratoria()
    match event:
        case MoratoriumDeclared():
            one = event.moratorium
        case MoratoriumLifted():
            one = replace(
                before.all[event.moratorium],
                lifted=event.at,
                lift_text=event.text,
                lift_text_in=event.text_in,
                ended=True,
            )
        case MoratoriumEnded():
            one = replace(before.all[event.moratorium], ended=True)
    return Moratoria({**before.all, one.id: one}, before.no + 1)


def _moved(licence: Licence, event: Moved) -> Licence:
    return replace(
        licence, status=event.status, ended=event.ended if event.ended is not None else licence.ended
    )
