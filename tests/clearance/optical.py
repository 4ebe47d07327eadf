"""A request about the microscope of the example workspace, and simple procedures for whoever is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lastword.cases.procedure import Procedure, Seat, Stage
from lastword.cases.request import Item, Request, RequestParty, Salted
from lastword.workspace import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"
SALT = "c2FsdHNhbHRzYWx0c2FsdA"


@cache
def optical() -> Workspace:
    """Return the workspace of the microscope."""
    return Workspace.open(EXAMPLES / "optical-instrument")


@cache
def reported() -> Workspace:
    """Return the workspace of the long-range weapons."""
    return Workspace.open(EXAMPLES / "long-range-2025")


def procedure(ident: str, authorities: Sequence[str], words: Sequence[str] = (), **more: Any) -> Procedure:
    """Return a procedure in which one office decides."""
    seat = Seat("decides", "decide", (f"{ident}-office",))
    stage = Stage("decision", {"en": "decision"}, (seat,))
    return Procedure(
        ident, "test", {"en": ident}, tuple(authorities), "de", (stage,), procedures=tuple(words), **more
    )


def asks(
    thing: str = "IRM-640",
    to: str = "IN",
    *,
    act: str = "export",
    from_: str = "DE",
    end_use: str = "civil",
    items: Sequence[tuple[str, str, str]] = (),
    parties: Sequence[Mapping[str, Any]] = (),
    digest: str = "ab" * 32,
    preliminary: bool = False,
) -> tuple[Request, dict[str, Salted]]:
    """Return a request and its fields. ``items``: (thing, quantity, value); one of ``thing`` unless given."""
    rows = items or [(thing, "1", "")]
    fields = {f"party.{n}": Salted(dict(party), SALT) for n, party in enumerate(parties, 1)}
    request = Request(
        applicant="wiesengrund",
        act=act,
        from_=from_,
        to=to,
        end_use=end_use,
        items=tuple(
            Item(str(n), one, Decimal(quantity), "pieces", value)
            for n, (one, quantity, value) in enumerate(rows, 1)
        ),
        parties=tuple(RequestParty(str(party["role"]), f"party.{n}") for n, party in enumerate(parties, 1)),
        fields={},
        digest=digest,
        preliminary=preliminary,
    )
    return request, fields
