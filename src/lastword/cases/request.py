"""The request: what the applicant asserts and answers for. All else is the world.

Its fields are salted one by one, so that the digest of the request can be shown without them and a single field can be shown,
or erased, without the others. ``field_digest`` is the digest of an SD-JWT disclosure (RFC 9901, section 4.2.3).
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Final

from lastword.cases.refusal import ActRefused

_DECIMAL: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SINGLE: Final = (
    "applicant",
    "act",
    "from",
    "to",
    "end_use",
    "circumstance",
    "route",
    "planned",
    "preliminary",
)
_OTHER: Final = ("end_use_text",)
_FAMILIES: Final = ("item", "party", "document", "undertaking")


@dataclass(frozen=True, slots=True)
class Item:
    """One line: a thing in a quantity of one unit (never converted). ``value``: e.g. "1200 EUR", "" if not stated."""

    id: str
    thing: str
    quantity: Decimal
    unit: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class RequestParty:
    """A party in its role. Its id or name is the request's field ``party.<n>``, which may be erased."""

    role: str
    field: str


@dataclass(frozen=True, slots=True)
class Salted:
    """A field of the request with the salt of its digest."""

    value: Any
    salt: str


@dataclass(frozen=True, slots=True)
class Request:
    """One round of a request, without what may have to be erased.

    ``fields``: name -> digest of the salted field, for every field, also those that stand here in clear.
    ``digest``: SHA-256 in hex over the sorted field digests. ``act``, ``from_``, ``to``, ``end_use``, ``circumstance``,
    ``route``: as in a question. ``documents``: name -> SHA-256 in hex.
    """

    applicant: str
    act: str
    from_: str
    to: str
    end_use: str
    items: tuple[Item, ...]
    parties: tuple[RequestParty, ...]
    fields: Mapping[str, str]
    digest: str
    circumstance: str = "sale"
    route: tuple[str, ...] = ()
    planned: date | None = None
    documents: Mapping[str, str] | None = None
    preliminary: bool = False

    def item(self, ident: str) -> Item | None:
        """Return one of its items."""
        return next((item for item in self.items if item.id == ident), None)


def field_digest(name: str, salted: Salted) -> str:
    """Return the digest of one field: base64url(SHA-256(base64url(JSON of [salt, name, value]))), without padding.

    The JSON has no spaces and keeps letters beyond ASCII as they are. Raises ActRefused ``bad_request`` for a value that JSON
    does not have, floats included: a quantity is written as text.
    """
    _check_value(name, salted.value)
    text = json.dumps(
        [salted.salt, name, salted.value],
        ensure_ascii=False,
        sort_keys=True,  # as the record writes it, so that this is the digest of its disclosure
        separators=(",", ":"),
        allow_nan=False,
    )
    try:
        disclosure = urlsafe_b64encode(text.encode()).rstrip(b"=")
    except UnicodeEncodeError:
        raise _bad(f"the field `{name}` holds text that is not Unicode") from None
    return urlsafe_b64encode(sha256(disclosure).digest()).rstrip(b"=").decode()


def request_digest(digests: Mapping[str, str]) -> str:
    """Return SHA-256 in hex over the sorted field digests, one a line without an end to the last. ``digests``: by field name."""
    return sha256("\n".join(sorted(digests.values())).encode()).hexdigest()


def request_of(salted: Mapping[str, Salted]) -> Request:
    """Return the request that the salted fields make.

    Fields: ``applicant``, ``act``, ``from``, ``to``, ``end_use``, ``end_use_text``, ``circumstance``, ``route`` (a list),
    ``planned`` (a day), ``preliminary``, ``item.<id>`` {thing, quantity, unit, value}, ``party.<n>`` {role, id or name ...},
    ``document.<n>`` {name, sha256}, ``undertaking.<n>``. Raises ActRefused ``bad_request`` for what is missing, unknown or
    ill-formed.
    """
    _known(salted)
    items = tuple(_item(name, salted[name].value) for name in sorted(salted) if _family(name) == "item")
    if not items:
        raise _bad("the request has no item", "name at least one thing with quantity and unit")
    parties = tuple(
        RequestParty(_text(name, _table(name, salted[name].value), "role"), name)
        for name in sorted(salted)
        if _family(name) == "party"
    )
    digests = {name: field_digest(name, one) for name, one in salted.items()}
    if len({one.salt for one in salted.values()}) < len(salted):
        raise _bad("two fields of the request have the same salt", "give each field a random salt of its own")
    return Request(
        applicant=_plain(salted, "applicant"),
        act=_plain(salted, "act"),
        from_=_plain(salted, "from"),
        to=_plain(salted, "to"),
        end_use=_plain(salted, "end_use", ""),
        items=items,
        parties=parties,
        fields=digests,
        digest=request_digest(digests),
        circumstance=_plain(salted, "circumstance", "sale"),
        route=_route(salted),
        planned=_planned(salted),
        documents=_documents(salted),
        preliminary=_preliminary(salted),
    )


def check_request(request: Request, salted: Mapping[str, Salted]) -> None:
    """Refuse a request whose clear parts or digests are not those of its fields: what is seen, hashed and judged is one."""
    derived = request_of(salted)
    for one in fields(Request):
        ours, theirs = getattr(derived, one.name), getattr(request, one.name)
        if one.name == "documents":
            ours, theirs = ours or {}, theirs or {}
        if ours != theirs:
            raise _bad(
                f"`{one.name}` of the request is not what its fields say",
                "build the request from its fields, and send both as they are",
            )


def changed_fields(old: Request, new: Request) -> tuple[str, ...]:
    """Return the names of the fields that differ, came or went."""
    names = set(old.fields) | set(new.fields)
    return tuple(sorted(name for name in names if old.fields.get(name) != new.fields.get(name)))


def is_named(name: str, names: Iterable[str]) -> bool:
    """Say whether a field is among ``names``, by itself (``document.1``) or with all of its kind (``document``)."""
    return name in names or _family(name) in names


def _bad(what: str, mend: str = "") -> ActRefused:
    return ActRefused("bad_request", what, mend)


def _family(name: str) -> str:
    return name.split(".", 1)[0]


def _known(salted: Mapping[str, Salted]) -> None:
    for name, one in salted.items():
        head, _, rest = name.partition(".")
        if name in (*_SINGLE, *_OTHER) or (head in _FAMILIES and rest):
            if not one.salt:
                raise _bad(f"the field `{name}` has no salt", "give each field a random salt of its own")
            continue
        raise _bad(f"the request has a field `{name}`, which is unknown", "leave it out, or correct its name")


def _check_value(name: str, value: object) -> None:
    match value:
        case None | bool() | int() | str():
            return
        case list() | tuple():
            for one in value:
                _check_value(name, one)
        case Mapping():
            for key, one in value.items():
                if not isinstance(key, str):
                    raise _bad(f"the field `{name}` holds a key that is no text")
                _check_value(name, one)
        case _:
            raise _bad(
                f"the field `{name}` holds a {type(value).__name__}",
                "write numbers with a fraction, and days, as text",
            )


def _plain(salted: Mapping[str, Salted], name: str, missing: str | None = None) -> str:
    if name not in salted:
        if missing is None:
            raise _bad(f"the request lacks `{name}`", f"state `{name}`")
        return missing
    value = salted[name].value
    if not isinstance(value, str) or (missing is None and not value.strip()):
        raise _bad(f"`{name}` of the request is no text", f"state `{name}` as a text")
    return value


def _table(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _bad(f"the field `{name}` is no table of names and values")
    return value


def _text(name: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _bad(f"the field `{name}` lacks `{key}`", f"state `{key}` as a text")
    return value


def _item(name: str, value: object) -> Item:
    table = _table(name, value)
    unknown = sorted(set(table) - {"thing", "quantity", "unit", "value"})
    if unknown:
        raise _bad(f"the field `{name}` has `{unknown[0]}`, which an item has not", "leave it out")
    written = table.get("quantity")
    if isinstance(written, int) and not isinstance(written, bool):
        written = str(written)
    try:
        quantity = Decimal(written) if isinstance(written, str) and _DECIMAL.fullmatch(written) else None
    except InvalidOperation:
        quantity = None
    if quantity is None or quantity <= 0:
        raise _bad(
            f"the quantity of `{name}` is no number above zero with at most 15 digits and 12 decimals",
            'write e.g. quantity "40"',
        )
    worth = table.get("value") or ""
    if not isinstance(worth, str):
        raise _bad(f"the value of `{name}` is no text", 'write e.g. value "1200 EUR"')
    return Item(
        name.partition(".")[2], _text(name, table, "thing"), quantity, _text(name, table, "unit"), worth
    )


def _route(salted: Mapping[str, Salted]) -> tuple[str, ...]:
    value = salted["route"].value if "route" in salted else ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one for one in value):
        raise _bad("`route` of the request is no list of places", "write it as a list of codes")
    return tuple(value)


def _planned(salted: Mapping[str, Salted]) -> date | None:
    value = salted["planned"].value if "planned" in salted else None
    if value is None:
        return None
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _bad("`planned` of the request is no day", "write it as 2027-03-01")


def _preliminary(salted: Mapping[str, Salted]) -> bool:
    value = salted["preliminary"].value if "preliminary" in salted else False
    if not isinstance(value, bool):
        raise _bad("`preliminary` of the request is neither true nor false")
    return value


def _documents(salted: Mapping[str, Salted]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in sorted(salted):
        if _family(name) != "document":
            continue
        table = _table(name, salted[name].value)
        title, digest = _text(name, table, "name"), _text(name, table, "sha256")
        if not _SHA256.fullmatch(digest):
            raise _bad(f"`sha256` of `{name}` is no SHA-256 in hex", "give 64 digits from 0 to f")
        if title in found:
            raise _bad(f"two documents are named `{title}`", "give each document its own name")
        found[title] = digest
    return found
