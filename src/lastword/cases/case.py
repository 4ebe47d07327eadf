"""A case: the state that the entries of its stream make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from lastword.cases.assessment import Assessment
from lastword.cases.procedure import Procedure
from lastword.cases.request import Request

ClearanceStatus = Literal["open", "decided", "closed", "not_needed"]
"""Being worked on; decided for good; closed without a decision; the world changed and its consent is no longer needed."""
CaseStatus = Literal["settle", "open", "decided", "returned", "withdrawn", "closed"]
"""Missing facts must be settled first; being worked on; every clearance is over; given back undecided; and so on."""


@dataclass(frozen=True, slots=True)
class TextAt:
    """Where an erasable text stands: the number of the entry in this stream, and the field's name in it."""

    no: int
    name: str


@dataclass(frozen=True, slots=True)
class Proviso:
    """A condition on a licence. Only ``owner`` (an office) may agree to drop it. ``text``: where its words stand."""

    id: str
    owner: str
    text: TextAt
    code: str = ""
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which one clock stood still."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens by itself at ``at``. ``kind``: ``seat``, ``query``, ``escalation``, ``appeal`` or ``target``;
    ``about``: the seat, the query, the stage that may be escalated, what may be appealed against, the target's number.

    ``started``: from when it is counted; ``calendar``, ``unit``, ``count``, ``extended``: how (calendar.TimeLimit).
    ``held``: it does not run at present, since ``held_since``. ``pauses``: when it stood still before.
    """

    kind: str
    about: str
    at: datetime
    started: datetime
    calendar: str
    unit: str
    count: int = 0
    extended: bool = False
    held: bool = False
    held_since: datetime | None = None
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which the clocks of ``clearance`` stood still. ``reason``: ``query:q1``, ``moratorium:m1``.

    ``ends``: when it will end by itself, so far as is known.
    """

    clearance: str
    reason: str
    since: datetime
    until: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """What was decided for one item, in which quantity; the quantity may be less than asked for, never more."""

    item: str
    outcome: str
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided: per item an outcome of procedure.OUTCOMES, grounds of refusal, provisos. ``digest``: SHA-256 over it.

    ``for_applicant``, ``for_file``: where the two texts of its reasons stand.
    """

    items: tuple[ItemDecision, ...]
    grounds: tuple[str, ...]
    provisos: tuple[str, ...]
    digest: str
    for_applicant: TextAt | None = None
    for_file: TextAt | None = None

    @property
    def outcome(self) -> str:
        """Return the outcome if it is the same for all items, else ``split``."""
        found = {item.outcome for item in self.items}
        return found.pop() if len(found) == 1 else "split"


@dataclass(frozen=True, slots=True)
class Vote:
    """One act at a seat. ``person`` is who acted, ``principal`` for whom as deputy ("" for nobody).

    ``verdict``: yes, no, release (of an objection), a view of procedure.VIEWS, or for a decision its digest. ``request``,
    ``basis``: digests it is bound to. ``counts``: False once voided, withdrawn or superseded; ``why_not`` says why, ``carried``
    that it stands from an earlier round. ``no``: the entry's number in this stream. ``text``: where its words stand.
    ``grounds``: codes of the procedure on which a view to refuse rests.
    """

    no: int
    stage: str
    seat: str
    office: str
    person: str
    principal: str
    round: int
    request: str
    basis: str
    verdict: str
    nonce: str
    at: datetime
    provisos: tuple[str, ...] = ()
    decision: Decision | None = None
    signed: bool = False
    carried: bool = False
    counts: bool = True
    why_not: str = ""
    text: TextAt | None = None
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision that stands for good. ``by``: office, or ``silence``. ``on_appeal``: it followed an appeal.

    ``licence``: id of the licence it left behind, "" for none. ``superseded``: a decision on appeal took its place.
    """

    decision: Decision
    at: datetime
    by: str
    stage: str
    on_appeal: bool = False
    licence: str = ""
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class QueryState:
    """Questions to the applicant, and whether they are answered. ``text``, ``reply``: where the words stand.

    ``asked_by`` asked in ``office``, as deputy of ``principal`` ("" for nobody).
    """

    id: str
    clearance: str
    office: str
    asked_by: str
    at: datetime
    text: TextAt
    replied: datetime | None = None
    reply: TextAt | None = None
    overdue: bool = False
    principal: str = ""


@dataclass(frozen=True, slots=True)
class AppealState:
    """An appeal: against what, when, and what became of it: ``open``, ``heard``, ``late``, or ``ended`` with the case."""

    id: str
    against: str
    at: datetime
    state: str
    text: TextAt | None = None


@dataclass(frozen=True, slots=True)
class Clearance:
    """The work on one consent. ``key`` as in Assessed. ``stage``: where it stands, "" when it is over.

    ``silent``: seats whose due instant passed, named as by ``place``, with what their silence means; ``blocks``: nothing, the
    seat is overdue. ``pending``: a decision that waits for countersignatures or for the time in which it may be escalated;
    ``pending_licence``: the id that its licence shall have; ``deciding``: the stage that made it; ``waits_for``: ``countersign``,
    ``escalation``, or ``release`` of what bars it. ``trail``: stages entered in this round, the present one last.
    """

    key: str
    authority: str
    items: tuple[str, ...]
    rules: tuple[str, ...]
    basis: str
    procedure: Procedure
    opened: datetime
    status: ClearanceStatus = "open"
    stage: str = ""
    entered: datetime | None = None
    votes: tuple[Vote, ...] = ()
    silent: Mapping[str, str] = field(default_factory=dict)
    provisos: tuple[Proviso, ...] = ()
    pending: Decision | None = None
    pending_licence: str = ""
    deciding: str = ""
    waits_for: str = ""
    trail: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    dues: tuple[Due, ...] = ()
    appeals: tuple[AppealState, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """Return the decision that stands."""
        return next((one for one in reversed(self.outcomes) if not one.superseded), None)

    def counted(self, stage: str, seat: str) -> tuple[Vote, ...]:
        """Return the votes that count at a seat."""
        return tuple(vote for vote in self.votes if vote.counts and (vote.stage, vote.seat) == (stage, seat))

    def standing(self) -> tuple[Proviso, ...]:
        """Return the provisos that nobody dropped."""
        return tuple(proviso for proviso in self.provisos if not proviso.dropped)


@dataclass(frozen=True, slots=True)
class Glass:
    """One act went ahead before the decision of ``clearance``, under ``licence``, to be reviewed by ``review_due``."""

    clearance: str
    licence: str
    by: str
    office: str
    at: datetime
    review_due: datetime


def place(stage: str, seat: str) -> str:
    """Return the name of a seat within its procedure."""
    return f"{stage}/{seat}"


@dataclass(frozen=True, slots=True)
class Case:
    """All of it. ``no``: entries in its stream so far. ``acted``: persons who acted for the applicant.

    ``requests``: one per round, the last is in force. ``assessment``: the answer that the clearances rest on; its consents are
    recorded without their procedures, which stand in the clearances. ``chosen``: consent keys, where a need had alternatives.
    ``glass``: acts that went ahead before the decision.
    """

    id: str
    no: int
    status: CaseStatus
    filed: datetime
    applicant: str
    acted: tuple[str, ...]
    requests: tuple[Request, ...]
    assessment: Assessment
    clearances: Mapping[str, Clearance] = field(default_factory=dict)
    queries: tuple[QueryState, ...] = ()
    stops: tuple[Stop, ...] = ()
    readers: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    glass: tuple[Glass, ...] = ()

    @property
    def round(self) -> int:
        """Return the number of the round, from 1."""
        return len(self.requests)

    @property
    def request(self) -> Request:
        """Return the request in force."""
        return self.requests[-1]
