"""An entry of the record: an SD-JWT, signed with Ed25519, whose content is only salted digests.

Open are who keeps the record (``iss``), when it was written (``iat``), and the digests (``_sd``), as many as fill a
multiple of eight, so that little can be told from their number. All else is a disclosure: kept for an audience, or
erasable. An entry is the JWS alone, ``header.payload.signature``; the disclosures lie elsewhere.

The algorithm is written ``EdDSA``, which RFC 9864 calls outdated, since more checkers know it than its new name;
which curve is meant is said by the key, not by the entry.

Source: RFC 9901 (SD-JWT), sections 4.1 and 4.2; RFC 7515 (JWS), section 7.1; RFC 8037 (EdDSA).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from lastword.errors import InputError, Problem, Where
from lastword.record.checkpoint import is_origin
from lastword.record.disclosure import DIGEST, KEPT, Disclosure, Salted, digest_of
from lastword.record.json import Json, encoded, from_base64url, read_written, to_base64url
from lastword.record.refusal import RecordError
from lastword.record.tree import leaf_hash

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TYPE: Final = "lastword-entry+sd-jwt"
MAX_BODY: Final = 60_000  # bytes; tiles could hold 65,535
_HERE: Final = Where("entry")
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = 253_402_300_799  # the end of the year 9999
_STEP: Final = 8  # digests
_KID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)

_SIGNATURE_BYTES: Final = 64


def key_id(public: bytes) -> str:
    """Return the name of an entry key: the first 16 hex digits of the SHA-256 over its 32 bytes."""
    return hashlib.sha256(public).hexdigest()[:16]


@dataclass(frozen=True, slots=True, repr=False)
class EntrySigner:
    """The private key that signs entries, and nothing else: its name and its 32 secret bytes."""

    kid: str
    seed: bytes
    _key: Ed25519PrivateKey = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Raises RecordError for a name that is not this key's."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(self.seed) != 32:
            raise RecordError(f"an entry key has 32 secret bytes, not {len(self.seed)}")
        object.__setattr__(self, "_key", Ed25519PrivateKey.from_private_bytes(self.seed))
        if self.kid != key_id(self.public):
            raise RecordError(f"`{self.kid}` is not the name of this entry key")

    @classmethod
    def of(cls, seed: bytes) -> EntrySigner:
        """Return the key made of 32 secret bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != 32:
            raise RecordError(f"an entry key has 32 secret bytes, not {len(seed)}")
        return cls(key_id(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()), seed)

    @property
    def public(self) -> bytes:
        """Return the public half, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """Return the signature over ``content``, 64 bytes."""
        return self._key.sign(content)


@dataclass(frozen=True, slots=True)
class Composed:
    """An entry as it was just written, and its disclosures: the kept ones, then the erasable ones."""

    body: bytes
    disclosures: tuple[Disclosure, ...]


def compose(
    *,
    origin: str,
    issued: datetime,
    kept: Mapping[str, Mapping[str, Json]],
    erasable: Mapping[str, Json | Salted],
    signer: EntrySigner,
    salt: Callable[[], str],
    erased: Sequence[str] = (),
) -> Composed:
    """Return a signed entry of ``origin``, written at ``issued`` (a fraction of a second is dropped).

    ``kept``: audience -> object; ``erasable``: name of the field -> value. ``erased``: digests of fields that were erased before,
    when what stood in another record is written again. ``salt`` returns 128 random bits in
    base64url, others each time. Raises InputError for what an entry cannot hold or be, RecordError for a ``salt``
    that repeats itself: it would let everything be guessed.
    """
    if not is_origin(origin):
        raise _refused("iss", f"`{origin}` can be no origin", "give the name of the log, in one line")
    second = _second(issued)
    disclosures = []
    try:
        for audience, value in kept.items():
            if not audience:
                raise _refused("kept", "an audience has no name", "name who may see it")
            disclosures.append(Disclosure(KEPT + audience, dict(value), salt()))
        for name, given in erasable.items():
            if name.startswith(KEPT):
                raise _refused(
                    name, f"is a name that begins with `{KEPT}`", "name an erasable field otherwise"
                )
            fixed = given if isinstance(given, Salted) else Salted(given, salt())
            disclosures.append(Disclosure(name, fixed.value, fixed.salt))
    except RecordError as why:
        raise _refused("entry", str(why), "mend the value") from None
    digests = [one.digest for one in disclosures]
    if erased and (
        not all(map(DIGEST.fullmatch, erased)) or len({*digests, *erased}) < len(digests) + len(erased)
    ):
        raise _refused(
            "erased", "a digest is none, or is there twice", "give the digests as they were signed"
        )
    digests += erased
    decoys = [salt() for _ in range(-len(digests) % _STEP if digests else _STEP)]
    digests += map(digest_of, decoys)  # a salt alone is no disclosure, so nothing can ever fit it
    if len({*erased, *decoys, *(one.salt for one in disclosures)}) != len(digests):
        raise RecordError(
            "one salt came twice: the source of salts is broken, and nothing may be written with it"
        )
    digests.sort()
    signed = _header(signer.kid) + b"." + _payload(origin, second, digests)
    body = signed + b"." + to_base64url(signer.sign(signed)).encode()
    if len(body) > MAX_BODY:
        raise _refused(
            "entry", f"would have {len(body)} bytes, and {MAX_BODY} are the most", "show fewer fields"
        )
    return Composed(body, tuple(disclosures))


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it was read. ``digests`` are sorted; ``signed`` is what ``signature`` is over."""

    body: bytes
    kid: str
    origin: str
    issued: datetime
    digests: tuple[str, ...]
    signed: bytes
    signature: bytes

    @classmethod
    def read(cls, body: bytes) -> Entry:
        """Return the entry in ``body``. Raises RecordError unless it is written exactly as ``compose`` writes it.

        Another algorithm or type, a header or claim we do not know, or a second way of writing the same are all
        refused. Who signed is not known before ``check``.
        """
        if len(body) > MAX_BODY:
            raise RecordError(f"the entry has {len(body)} bytes, and {MAX_BODY} are the most")
        try:
            header, payload, signature = body.decode("ascii").split(".")
        except ValueError:
            raise RecordError("the entry is damaged: it is not header, payload and signature") from None
        try:
            kid = _read_header(read_written(from_base64url(header)))
            origin, second, digests = _read_payload(read_written(from_base64url(payload)))
            raw = from_base64url(signature)
        except RecordError as why:
            raise RecordError(f"the entry is damaged: {why}") from None
        if len(raw) != _SIGNATURE_BYTES:
            raise RecordError(
                f"the entry is damaged: its signature has {len(raw)} bytes, not {_SIGNATURE_BYTES}"
            )
        issued = _FIRST + timedelta(seconds=second)
        return cls(body, kid, origin, issued, digests, f"{header}.{payload}".encode(), raw)

    @property
    def leaf(self) -> bytes:
        """Return its hash as a leaf of the tree."""
        return leaf_hash(self.body)

    def check(self, public_key: bytes) -> None:
        """Raise RecordError unless the key with these 32 bytes signed the entry."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        if self.kid != key_id(public_key):
            raise RecordError(f"the entry names the key `{self.kid}`, not `{key_id(public_key)}`")
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.signature, self.signed)
        except (InvalidSignature, ValueError):
            raise RecordError(f"the signature of the entry is not that of the key `{self.kid}`") from None

    def discloses(self, disclosure: Disclosure) -> bool:
        """Say whether ``disclosure`` is a part of this entry."""
        return disclosure.digest in self.digests


@lru_cache(maxsize=16)
def _header(kid: str) -> bytes:
    return to_base64url(encoded({"alg": "EdDSA", "kid": kid, "typ": TYPE})).encode()


def _payload(origin: str, second: int, digests: list[str]) -> bytes:
    claims: Json = {"iss": origin, "iat": second, "_sd": digests, "_sd_alg": "sha-256"}
    return to_base64url(encoded(claims)).encode()


def _read_header(header: Json) -> str:
    _names(header, {"alg", "kid", "typ"}, "header")
    assert isinstance(header, dict)
    if header["alg"] != "EdDSA":
        raise RecordError(f"its algorithm is `{header['alg']}`, not EdDSA")
    if header["typ"] != TYPE:
        raise RecordError(f"its type is `{header['typ']}`, not {TYPE}")
    kid = header["kid"]
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise RecordError("its key has no name of 16 hex digits")
    return kid


def _read_payload(payload: Json) -> tuple[str, int, tuple[str, ...]]:
    _names(payload, {"iss", "iat", "_sd", "_sd_alg"}, "payload")
    assert isinstance(payload, dict)
    origin, second, digests = payload["iss"], payload["iat"], payload["_sd"]
    if not isinstance(origin, str) or not is_origin(origin):
        raise RecordError("its origin is no text of one line")
    if type(second) is not int or not 0 <= second <= _LAST_SECOND:
        raise RecordError("its time is not in seconds since 1970")
    if payload["_sd_alg"] != "sha-256":
        raise RecordError(f"its digests are by `{payload['_sd_alg']}`, not sha-256")
    if not isinstance(digests, list) or not digests or len(digests) % _STEP:
        raise RecordError(f"its digests are not a multiple of {_STEP}")
    for one in digests:
        if not isinstance(one, str) or not DIGEST.fullmatch(one):
            raise RecordError("a digest is not 43 characters of base64url")
        from_base64url(one)
    if any(left >= right for left, right in pairwise(digests)):
        raise RecordError("its digests are not sorted, or one comes twice")
    return origin, second, tuple(digests)


def _names(value: Json, expected: set[str], what: str) -> None:
    if not isinstance(value, dict):
        raise RecordError(f"its {what} is no object")
    if odd := value.keys() ^ expected:
        raise RecordError(f"its {what} has not the names it should: `{'`, `'.join(sorted(odd))}`")


def _second(issued: datetime) -> int:
    if issued.tzinfo is None:
        raise _refused("iat", "the time has no zone", "give it in UTC")
    second = (issued - _FIRST) // timedelta(seconds=1)
    if second < 0:
        raise _refused("iat", f"`{issued}` is before 1970", "set the clock")
    return second


def _refused(field_name: str, what: str, mend: str) -> InputError:
    return InputError(Problem(Where(field_name), what, mend))
