"""Personal signatures on acts at a seat: what is signed, and how it comes into the entry.

What a person signs is the vote itself: case, clearance, round, seat, person, request, basis, verdict, nonce. It stands in the
entry as one erasable field, ``vote``, whose salted digest is all that the statement names; the signature is kept beside the
event.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lastword.cases.acts import Act
from lastword.cases.caseevents import ObjectionReleased, VoteCast
from lastword.cases.refusal import ActRefused
from lastword.cases.world import Written
from lastword.store.enrolment import Claim, Signed, check_signed, signed_entry

if TYPE_CHECKING:
    from lastword.store.writing import Writing

FIELD: Final = "vote"
_SIGNED: Final = (
    "stage", "seat", "office", "person", "principal", "round", "request", "basis", "verdict", "nonce",
)  # fmt: skip


def to_sign(act: Act, nonce: str) -> Act:
    """Return an act as it is when it is signed. Raises ActRefused for one that nobody signs."""
    if not hasattr(act, "nonce"):
        raise ActRefused(
            "nothing_to_sign",
            "only a view, an agreement, an objection or a decision is signed",
            "leave --signed out",
        )
    changed: dict[str, Any] = {"signed": True, "nonce": nonce}
    return replace(act, **changed)


def claim_in(written: Iterable[Written], act: Act, origin: str, salt: str) -> tuple[Written, Claim]:
    """Return the entry that an act writes about its vote, and what is signed of it."""
    for one in written:
        event = one.event
        if isinstance(event, VoteCast | ObjectionReleased) and event.vote.person == act.person:
            place = {"case": one.stream.partition("/")[2], "clearance": event.clearance}
            vote = place | {name: getattr(event.vote, name) for name in _SIGNED}
            return one, Claim(event.kind, origin, FIELD, vote, salt)
    raise ActRefused("nothing_to_sign", "the act writes no vote", "leave --signed out")


def signed_by(
    written: tuple[Written, ...], act: Act, signed: Signed, origin: str, writing: Writing
) -> tuple[Written, ...]:
    """Return what an act writes with its signature in it. Raises ActRefused ``bad_signature``."""
    about, claim = claim_in(written, act, origin, signed.salt)
    check_signed(writing, act.person, claim, signed)
    return tuple(signed_entry(one, claim, signed) if one is about else one for one in written)
