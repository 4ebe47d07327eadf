"""What is decided, as one value with one digest: yes votes for different contents are never added up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any, cast

import rfc8785

from lastword.cases.case import Case, Clearance, Decision, ItemDecision, TextAt


def decision_digest(
    *,
    case: str,
    round: int,
    clearance: str,
    request: str,
    basis: str,
    items: tuple[ItemDecision, ...],
    grounds: tuple[str, ...],
    provisos: tuple[str, ...],
) -> str:
    """Return SHA-256 in hex over the canonical JSON (RFC 8785) of what is decided.

    An object with these names; items by id as {item, outcome, quantity}, grounds and provisos (ids) sorted; a quantity is text
    without an exponent or zeros at its end, null where nothing is granted.
    """
    body = {
        "case": case,
        "round": round,
        "clearance": clearance,
        "request": request,
        "basis": basis,
        "items": [
            {
                "item": one.item,
                "outcome": one.outcome,
                "quantity": None if one.quantity is None else _plain(one.quantity),
            }
            for one in sorted(items, key=lambda one: one.item)
        ],
        "grounds": sorted(grounds),
        "provisos": sorted(provisos),
    }
    return sha256(rfc8785.dumps(cast(Any, body))).hexdigest()


def decision_of(
    case: Case,
    clearance: Clearance,
    verdicts: Mapping[str, tuple[str, Decimal | None]],
    *,
    grounds: tuple[str, ...],
    drop: Collection[str],
    new: tuple[str, ...] = (),
    for_applicant: TextAt | None = None,
    for_file: TextAt | None = None,
) -> Decision:
    """Return the decision with these ``verdicts``: item -> (outcome, quantity; None: as requested).

    Provisos that stand, and ``new`` ones, bind every grant but for those in ``drop``; a grant with any is a grant with provisos.
    """
    granted = any(outcome in ("grant", "grant_with_provisos") for outcome, _ in verdicts.values())
    standing = [proviso.id for proviso in clearance.standing() if proviso.id not in drop]
    provisos = tuple(sorted({*standing, *new})) if granted else ()
    items = []
    for ident in sorted(verdicts):
        outcome, quantity = verdicts[ident]
        if outcome in ("grant", "grant_with_provisos"):
            asked = case.request.item(ident)
            if quantity is None and asked is not None:
                quantity = asked.quantity
            items.append(ItemDecision(ident, "grant_with_provisos" if provisos else "grant", quantity))
        else:
            items.append(ItemDecision(ident, outcome))
    done = tuple(items)
    grounds = tuple(sorted(set(grounds)))
    digest = decision_digest(
        case=case.id,
        round=case.round,
        clearance=clearance.key,
        request=case.request.digest,
        basis=clearance.basis,
        items=done,
        grounds=grounds,
        provisos=provisos,
    )
    return Decision(done, grounds, provisos, digest, for_applicant, for_file)


def _plain(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")
