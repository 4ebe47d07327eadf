"""Acts: what somebody wants to do. ``perform`` says what becomes of it; nothing here judges.

Every act names the ``person`` who acts and, if it is as deputy, the ``principal``. ``texts`` are words that may be erased later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from lastword.cases.assessment import Assessment
from lastword.cases.calendar import Calendar
from lastword.cases.moratorium import Class
from lastword.cases.request import Request, Salted
from lastword.cases.roster import Deputy, Office, Officer, Person


@dataclass(frozen=True, slots=True)
class ProvisoAsked:
    """A condition that a seat asks for. ``owner``: an office, else the office of who asks."""

    text: str
    owner: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """What to decide for one item."""

    item: str
    outcome: str
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Base of all acts. ``signed``: a personal signature on it was checked by the edge."""

    person: str
    principal: str = ""
    signed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Act):
    """File a request. ``fields``: all of its fields with salts. ``choose``: consent keys, where a need has alternatives.

    ``readers``: further persons and organisations that may read the case.
    """

    case: str
    request: Request
    fields: Mapping[str, Salted]
    assessment: Assessment
    choose: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend(Act):
    """Change the request: a new round. A field that stays keeps its salt, else it reads as changed.

    ``round``: the one whose request it changes, 0 if that is not said: a change made meanwhile is not undone unseen.
    """

    case: str
    request: Request
    fields: Mapping[str, Salted]
    assessment: Assessment
    choose: tuple[str, ...] = ()
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassess(Act):
    """Judge the case again on today's facts and rules (``world.assessment``): by the worker, or before an act."""

    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Act):
    """Put a question to the applicant."""

    case: str
    clearance: str
    text: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Act):
    """Answer a question, by the applicant."""

    case: str
    query: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advise(Act):
    """Give a view at an advising seat: one of procedure.VIEWS."""

    case: str
    clearance: str
    view: str
    nonce: str
    text: str = ""
    provisos: tuple[ProvisoAsked, ...] = ()
    grounds: tuple[str, ...] = ()
    seat: str = ""
    round: int = 0
    request: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree(Act):
    """Say yes or no at an agreeing seat."""

    case: str
    clearance: str
    nonce: str
    yes: bool = True
    text: str = ""
    provisos: tuple[ProvisoAsked, ...] = ()
    seat: str = ""
    round: int = 0
    request: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Object(Act):
    """Stop a grant at an objecting seat, or (``release``) take an objection, or a no at an agreeing seat, back."""

    case: str
    clearance: str
    nonce: str
    release: bool = False
    text: str = ""
    seat: str = ""
    round: int = 0
    request: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide(Act):
    """Decide. ``items``: empty means ``outcome`` for all of the clearance's items. ``drop``: ids of provisos to leave out.

    ``for_applicant``, ``for_file``: the two texts of the reasons.
    """

    case: str
    clearance: str
    nonce: str
    outcome: str = "grant"
    items: tuple[ItemVerdict, ...] = ()
    grounds: tuple[str, ...] = ()
    provisos: tuple[ProvisoAsked, ...] = ()
    drop: tuple[str, ...] = ()
    for_applicant: str = ""
    for_file: str = ""
    licence: str = ""
    seat: str = ""
    round: int = 0
    request: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign(Act):
    """Confirm the pending decision, named by its digest, or reject it: then it is decided again."""

    case: str
    clearance: str
    nonce: str
    yes: bool = True
    decision: str = ""
    licence: str = ""
    text: str = ""
    seat: str = ""
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Act):
    """Take a decision to the next instance, by a seat that may."""

    case: str
    clearance: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropProviso(Act):
    """Agree that a proviso is dropped, by its owner. ``licence``: of an issued licence, else of the clearance."""

    case: str
    clearance: str
    proviso: str
    licence: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Act):
    """Take the request back, by the applicant."""

    case: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Act):
    """Close a case whose query stayed unanswered, by an officer."""

    case: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealAgainst(Act):
    """Appeal. ``against``: ``refuse``, ``proviso`` or ``revoke``."""

    case: str
    clearance: str
    appeal: str
    against: str = "refuse"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakTheGlass(Act):
    """Let one act go ahead before the decision: a licence for ``items`` until the review is due."""

    case: str
    clearance: str
    licence: str
    text: str
    items: tuple[ItemVerdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Act):
    """Review a licence by break-glass: it was right, or it was not."""

    licence: str
    right: bool
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTime(Act):
    """Let everything due on a case or licence happen; ``person`` is ``worker``. Runs before every other act too."""

    case: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseLicences(Act):
    """Draw on all ``licences`` (ids) at once or on none. ``quantities``: item -> (quantity, unit).

    ``mode``: ``reserve`` until ``expires``; ``confirm`` a reservation; ``use`` at once; ``release`` a reservation; ``return``
    goods that came back; ``report`` what happened: never refused, excess is booked as a breach. ``scope``: what is about to
    happen, as far as stated: act, from, to, end_use, request; each must equal the licence's.
    """

    licences: tuple[str, ...]
    key: str
    mode: Literal["reserve", "confirm", "use", "release", "return", "report"]
    quantities: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)
    expires: datetime | None = None
    text: str = ""
    scope: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLicence(Act):
    """Suspend, reinstate or revoke (by the deciding office) or surrender (by the holder)."""

    licence: str
    to: Literal["suspend", "reinstate", "revoke", "surrender"]
    ground: str = ""
    for_applicant: str = ""
    for_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declare(Act):
    """Declare a moratorium."""

    moratorium: str
    on: Class
    carve_outs: tuple[Class, ...] = ()
    uses: bool = False
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift(Act):
    """Lift a moratorium."""

    moratorium: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class RosterChange:
    """One change of the roster: exactly one of these is given. ``name``: of a person, an erasable text."""

    office: Office | None = None
    person: Person | None = None
    name: str = ""
    officer: Officer | None = None
    deputy: Deputy | None = None
    end_officer: tuple[str, str, date] | None = None
    end_deputy: tuple[str, str, str, date] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRoster(Act):
    """Change the roster: all changes or none. Guarded by the constitution, but for deputies, whom the officer names."""

    proposal: str
    changes: tuple[RosterChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCalendars(Act):
    """Put calendars in force. Guarded."""

    proposal: str
    calendars: tuple[Calendar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Act):
    """Confirm somebody else's guarded act; the last confirmation that is needed carries it out."""

    proposal: str
