"""From what an applicant wants to the fields of a request, salted; and from a change of it to the fields of the next round.

A field that stays keeps its salt, so that its digest stays: only by that can a vote be carried over a change that is immaterial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lastword.cases.request import Salted
from lastword.errors import InputError, Problem, Where

Fields = Mapping[str, Salted]
Token = Callable[[], str]
"""Draws a fresh salt: at least 128 bits that nobody can guess."""


@dataclass(frozen=True, slots=True)
class Lot:
    """One item as it was typed; None: it was not said. ``value``: e.g. "1200 EUR"."""

    thing: str
    quantity: Decimal | None
    unit: str | None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request, or a change of one; None or empty: it was not said.

    ``parties``: (role, id or name, what is stated of it). ``documents``: (name, SHA-256 in hex).
    ``known_parties``: ids of the facts; another party goes by its name.
    """

    act: str | None = None
    from_: str | None = None
    to: str | None = None
    end_use: str | None = None
    end_use_text: str | None = None
    circumstance: str | None = None
    route: tuple[str, ...] | None = None
    planned: date | None = None
    lots: tuple[Lot, ...] = ()
    parties: tuple[tuple[str, str, Mapping[str, str]], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    undertakings: tuple[str, ...] = ()
    known_parties: frozenset[str] = frozenset()


def drafted(wanted: Wanted, *, applicant: str, preliminary: bool = False, token: Token) -> dict[str, Salted]:
    """Return the fields of a first round. Raises InputError if it does not say who applies."""
    if not applicant:
        raise InputError(
            Problem(
                Where("--applicant"),
                "nobody is named who applies",
                "add --applicant ORG; else it is the organisation of who acts, which the roster does not tell",
            )
        )
    values: dict[str, Any] = {"applicant": applicant, **_head(wanted)}
    if preliminary:
        values["preliminary"] = True
    for number, lot in enumerate(wanted.lots, 1):
        values[f"item.{number}"] = _item(lot)
    for number, party in enumerate(wanted.parties, 1):
        values[f"party.{number}"] = _party(party, wanted.known_parties)
    for number, (name, digest) in enumerate(wanted.documents, 1):
        values[f"document.{number}"] = {"name": name, "sha256": digest}
    for number, text in enumerate(wanted.undertakings, 1):
        values[f"undertaking.{number}"] = text
    return {name: Salted(value, token()) for name, value in values.items()}


def amended(
    before: Mapping[str, Salted],
    wanted: Wanted,
    *,
    first: Lot,
    dropped: Sequence[str] = (),
    token: Token,
) -> dict[str, Salted]:
    """Return the fields of the next round.

    ``first``: what changes in the first item. A lot takes the place of the item of the same thing, else it comes last. A
    party takes the place of those in its role. Documents and undertakings are added. Raises InputError: an item to drop
    that is not there, or nothing left.
    """
    values = {name: salted.value for name, salted in before.items()}
    values |= _head(wanted)
    items = sorted((name for name in values if name.startswith("item.")), key=_number)
    if any(part is not None for part in (first.quantity, first.unit, first.value)):
        values[items[0]] = {**values[items[0]], **_item(first)}
    for lot in wanted.lots:
        same = [name for name in items if values[name]["thing"] == lot.thing]
        if len(same) > 1:
            raise InputError(
                Problem(
                    Where("--item"),
                    f"`{lot.thing}` stands in items {', '.join(name.removeprefix('item.') for name in same)}",
                    "take one out with --drop-item first",
                )
            )
        if same:
            values[same[0]] = {**values[same[0]], **_item(lot)}
        else:
            values[_next("item", values)] = _item(lot)
    for number in dropped:
        if values.pop(f"item.{number}", None) is None:
            raise InputError(
                Problem(
                    Where("--drop-item"), f"there is no item `{number}`", "`lastword case show` numbers them"
                )
            )
    if not any(name.startswith("item.") for name in values):
        raise InputError(Problem(Where("--drop-item"), "no item is left", "withdraw the case instead"))
    roles = {role for role, _id, _says in wanted.parties}
    for name in [one for one in values if one.startswith("party.") and values[one]["role"] in roles]:
        del values[name]
    for party in wanted.parties:
        values[_next("party", values)] = _party(party, wanted.known_parties)
    for name, digest in wanted.documents:
        there = [one for one in values if one.startswith("document.") and values[one]["name"] == name]
        values[there[0] if there else _next("document", values)] = {"name": name, "sha256": digest}
    for text in wanted.undertakings:
        values[_next("undertaking", values)] = text
    return {
        name: before[name] if name in before and before[name].value == value else Salted(value, token())
        for name, value in values.items()
    }


def _head(wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = {
        "act": wanted.act,
        "from": wanted.from_,
        "to": wanted.to,
        "end_use": wanted.end_use,
        "end_use_text": wanted.end_use_text,
        "circumstance": wanted.circumstance,
        "route": list(wanted.route) if wanted.route is not None else None,
        "planned": wanted.planned.isoformat() if wanted.planned is not None else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _item(lot: Lot) -> dict[str, str]:
    found = {
        "thing": lot.thing or None,
        "quantity": f"{lot.quantity.normalize():f}" if lot.quantity is not None else None,
        "unit": lot.unit,
        "value": lot.value,
    }
    return {name: value for name, value in found.items() if value is not None}


def _party(party: tuple[str, str, Mapping[str, str]], known: frozenset[str]) -> dict[str, str]:
    role, called, says = party
    return {"role": role, "id" if called in known else "name": called, **says}


def _number(name: str) -> int:
    return int(name.rpartition(".")[2])


def _next(kind: str, values: Mapping[str, Any]) -> str:
    """Return the next free name; a number that was taken once is not given to something else in the same round."""
    return f"{kind}.{max((_number(name) for name in values if name.startswith(kind + '.')), default=0) + 1}"
