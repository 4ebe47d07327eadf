"""A personal signature: a passkey signs the statement of an act, and anybody can check it later from the record.

The statement is the canonical JSON (RFC 8785) of {"type", "origin", "_sd"}: which act it is, in which record, and the
digests of its disclosures. A passkey never signs a text; it signs its own data and a hash of the browser's, in which
stands the *challenge*. So the challenge is the SHA-256 of the statement.

Source: W3C Web Authentication Level 3, section 7.2 (steps for checking an assertion), without the steps that need
the state of a server: the counter of signatures is not looked at, since the record orders the acts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lastword.record.checkpoint import is_origin
from lastword.record.disclosure import DIGEST
from lastword.record.json import Json, from_base64url, read, to_base64url
from lastword.record.refusal import RecordError

ES256: Final = -7
EDDSA: Final = -8
RS256: Final = -257
ALGORITHMS: Final = frozenset({ES256, EDDSA, RS256})  # their numbers in COSE
_P256: Final = 1
_LEAST_RSA: Final = 2048  # bits


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person signs: the type of the act, the origin of the record, the digests of its disclosures, sorted."""

    type: str
    origin: str
    sd: tuple[str, ...]

    @classmethod
    def read(cls, content: bytes) -> Statement:
        """Return the statement in ``content``. Raises RecordError unless ``statement`` would write it so."""
        try:
            found = read(content)
        except RecordError as why:
            raise RecordError(f"the statement is damaged: {why}") from None
        if not isinstance(found, dict) or found.keys() != {"type", "origin", "_sd"}:
            raise RecordError("the statement is damaged: it has not the names type, origin and _sd alone")
        kind, origin, sd = found["type"], found["origin"], found["_sd"]
        if not isinstance(kind, str) or not isinstance(origin, str) or not isinstance(sd, list):
            raise RecordError("the statement is damaged: a value is of another kind")
        digests = [one for one in sd if isinstance(one, str)]
        if statement(kind, origin, digests) != content:
            raise RecordError("the statement is damaged: it is written in an unusual way")
        return cls(kind, origin, tuple(digests))


def statement(type: str, origin: str, sd: Sequence[str]) -> bytes:
    """Return the bytes of a statement. Raises RecordError for what is no type, no origin or no digest."""
    import rfc8785

    if not type or not type.isprintable() or not is_origin(origin):
        raise RecordError(
            "a statement names the type of the act and the origin of the record, each in one line"
        )
    if not sd or len(set(sd)) != len(sd) or not all(DIGEST.fullmatch(one) for one in sd):
        raise RecordError("a statement names the digests of the act's disclosures, each once")
    try:
        return rfc8785.dumps({"type": type, "origin": origin, "_sd": sorted(sd)})
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise RecordError("a text of the statement holds half of a surrogate pair") from None


def challenge(statement: bytes) -> bytes:
    """Return what a passkey is asked to sign: the SHA-256 of the statement, 32 bytes."""
    return hashlib.sha256(statement).digest()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """That a passkey belongs to a person, as the entry ``index`` of the record says.

    ``credential_id`` and ``public_key`` (COSE) are base64url; ``algorithm`` is COSE's number; ``attestation`` names
    its format. ``revoked_index``: the entry that revokes it, None if there is none.
    """

    person: str
    credential_id: str
    public_key: str
    algorithm: int
    backup_eligible: bool
    backup_state: bool
    rp_id: str
    origins: tuple[str, ...]
    attestation: str
    index: int
    revoked_index: int | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a passkey answered, as the record keeps it: bytes as they came, the credential's id in base64url."""

    credential_id: str
    statement: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes

    def as_json(self) -> dict[str, Json]:
        """Return it as an object: the statement as text, all else in base64url."""
        return {
            "credential_id": self.credential_id,
            "statement": self.statement.decode(),
            "client_data": to_base64url(self.client_data),
            "authenticator_data": to_base64url(self.authenticator_data),
            "signature": to_base64url(self.signature),
        }

    @classmethod
    def from_json(cls, value: Json) -> Assertion:
        """Return what ``as_json`` wrote. Raises RecordError."""
        names = ("credential_id", "statement", "client_data", "authenticator_data", "signature")
        if not isinstance(value, dict) or value.keys() != set(names):
            raise RecordError(f"a personal signature has the names {', '.join(names)} alone")
        texts = [one for name in names if isinstance(one := value[name], str)]
        if len(texts) != len(names):
            raise RecordError("a personal signature holds texts alone")
        credential, signed, *coded = texts
        from_base64url(credential)
        try:
            return cls(credential, signed.encode(), *map(from_base64url, coded))
        except UnicodeEncodeError:
            raise RecordError("a text of the personal signature holds half of a surrogate pair") from None


def check_assertion(assertion: Assertion, enrolment: Enrolment, *, index: int) -> Statement:
    """Return the statement that the enrolled passkey signed for the act in entry ``index``.

    Raises RecordError unless the credential is the enrolled one, was enrolled before the act and not revoked up to
    it, and signed this statement, at an allowed place, with the person present and verified. Whether the statement
    is that of the act is for the caller to check: its digests must be in the entry.
    """
    if enrolment.index >= index:
        raise RecordError(
            f"the passkey was enrolled in entry {enrolment.index}, not before the act in entry {index}"
        )
    if enrolment.revoked_index is not None and enrolment.revoked_index <= index:
        raise RecordError(f"the passkey was revoked in entry {enrolment.revoked_index}, before entry {index}")
    if assertion.credential_id != enrolment.credential_id:
        raise RecordError(f"the passkey that signed is not the one enrolled for `{enrolment.person}`")
    signed = Statement.read(assertion.statement)
    _check_client_data(assertion, enrolment)
    _check_key(enrolment)
    _check_signature(assertion, enrolment)
    return signed


def check_enrolment(enrolment: Enrolment) -> None:
    """Raise RecordError unless a passkey can be enrolled: its key is of a kind and size we take, and says where it is used."""
    if not enrolment.person or not from_base64url(enrolment.credential_id):
        raise RecordError("an enrolment names the person and the credential")
    if not enrolment.rp_id or not enrolment.origins or not all(enrolment.origins):
        raise RecordError("an enrolment names the RP id and the origins at which the passkey may sign")
    _check_key(enrolment)


def _check_client_data(assertion: Assertion, enrolment: Enrolment) -> None:
    """Look at the browser's data with our own, strict reader: in JSON that names one thing twice, readers differ."""
    try:
        data = read(assertion.client_data)
    except RecordError as why:
        raise RecordError(f"the data of the browser is damaged: {why}") from None
    if not isinstance(data, dict):
        raise RecordError("the data of the browser is damaged: it is no object")
    if data.get("type") != "webauthn.get":
        raise RecordError(f"the passkey did not sign an act but `{data.get('type')}`")
    if data.get("challenge") != to_base64url(challenge(assertion.statement)):
        raise RecordError("the passkey signed another statement")
    if data.get("origin") not in enrolment.origins:
        raise RecordError(f"the passkey signed at `{data.get('origin')}`, which the enrolment does not allow")
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise RecordError("the passkey signed inside a page of somebody else")


def _check_key(enrolment: Enrolment) -> None:
    """Raise RecordError unless the enrolled key is of the enrolled algorithm, and of a kind and size we take."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography

    raw = from_base64url(enrolment.public_key)
    try:
        if raw[:1] == b"\x04":
            raise ValueError("a bare point of U2F, which names no algorithm")
        decoded = decode_credential_public_key(raw)
        key = decoded_public_key_to_cryptography(decoded)
    except Exception:  # the library's own errors, and whatever a damaged key makes it stumble over
        raise RecordError(f"the enrolled key of `{enrolment.person}` is damaged") from None
    if enrolment.algorithm not in ALGORITHMS or decoded.alg != enrolment.algorithm:
        raise RecordError(
            f"the enrolled key is of algorithm {decoded.alg}, not {enrolment.algorithm} as enrolled"
        )
    sound = {
        ES256: isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1",
        EDDSA: isinstance(key, Ed25519PublicKey),
        RS256: isinstance(key, RSAPublicKey) and key.key_size >= _LEAST_RSA,
    }
    if not sound[enrolment.algorithm]:
        raise RecordError(
            f"the enrolled key of `{enrolment.person}` does not fit its algorithm, or is too short"
        )


def _check_signature(assertion: Assertion, enrolment: Enrolment) -> None:
    from webauthn import verify_authentication_response
    from webauthn.helpers.structs import (
        AuthenticationCredential,
        AuthenticatorAssertionResponse,
        CredentialDeviceType,
    )

    raw_id = from_base64url(assertion.credential_id)
    response = AuthenticatorAssertionResponse(
        client_data_json=assertion.client_data,
        authenticator_data=assertion.authenticator_data,
        signature=assertion.signature,
    )
    try:
        done = verify_authentication_response(
            credential=AuthenticationCredential(id=assertion.credential_id, raw_id=raw_id, response=response),
            expected_challenge=challenge(assertion.statement),
            expected_rp_id=enrolment.rp_id,
            expected_origin=list(enrolment.origins),
            credential_public_key=from_base64url(enrolment.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (
        Exception
    ) as why:  # InvalidAuthenticationResponse, and whatever damaged bytes make the library stumble over
        raise RecordError(f"the personal signature does not hold: {why}") from None
    eligible = done.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    if eligible is not enrolment.backup_eligible:
        raise RecordError("the passkey says otherwise than at its enrolment whether it can be copied")
