"""Passkeys made of keys in memory: they answer as an authenticator and a browser would."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm

from lastword.record.json import to_base64url
from lastword.record.statement import EDDSA, ES256, RS256, Assertion, Enrolment, challenge

RP_ID = "clearance.example"
ORIGIN = "https://clearance.example"
CREDENTIAL = to_base64url(b"credential of Jane Doe")


@dataclass(frozen=True)
class Passkey:
    """A key with its COSE form and number, and how it signs."""

    algorithm: int
    cose: dict[int, Any]
    sign: Callable[[bytes], bytes]

    def enrolment(self, **other: Any) -> Enrolment:
        """Return the enrolment of this key in entry 5, with ``other`` values instead."""
        given: dict[str, Any] = {
            "person": "p-17",
            "credential_id": CREDENTIAL,
            "public_key": to_base64url(cbor2.dumps(self.cose)),
            "algorithm": self.algorithm,
            "backup_eligible": False,
            "backup_state": False,
            "rp_id": RP_ID,
            "origins": (ORIGIN,),
            "attestation": "none",
            "index": 5,
        }
        return Enrolment(**{**given, **other})

    def answer(
        self,
        statement: bytes,
        *,
        client: dict[str, Any] | bytes | None = None,
        rp_id: str = RP_ID,
        flags: int = 0b101,
        counter: int = 0,
    ) -> Assertion:
        """Return the answer to ``statement``; ``client`` are other values in the browser's data, or all of it.

        ``flags``: person present 1, verified 4, key can be copied 8, is copied 16.
        """
        data: dict[str, Any] = {
            "type": "webauthn.get",
            "challenge": to_base64url(challenge(statement)),
            "origin": ORIGIN,
            "crossOrigin": False,
        }
        if isinstance(client, bytes):
            seen = client
        else:
            seen = json.dumps({**data, **(client or {})}, separators=(",", ":")).encode()
        authenticator = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")
        signature = self.sign(authenticator + hashlib.sha256(seen).digest())
        return Assertion(CREDENTIAL, statement, seen, authenticator, signature)


def ecdsa(curve: ec.EllipticCurve | None = None, number: int = 1, secret: int = 17) -> Passkey:
    """Return a key on P-256, or on another curve with its number in COSE."""
    key = ec.derive_private_key(secret, curve or ec.SECP256R1())
    point = key.public_key().public_numbers()
    width = (key.key_size + 7) // 8
    cose = {
        1: 2,
        3: ES256,
        -1: number,
        -2: point.x.to_bytes(width, "big"),
        -3: point.y.to_bytes(width, "big"),
    }
    return Passkey(ES256, cose, lambda data: key.sign(data, ec.ECDSA(SHA256())))


def eddsa() -> Passkey:
    """Return a key on Ed25519."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([17]) * 32)
    cose = {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}
    return Passkey(EDDSA, cose, key.sign)


def rsa_key(bits: int = 2048, number: int = RS256, digest: HashAlgorithm | None = None) -> Passkey:
    """Return a key of RSA, for PKCS#1 v1.5 with SHA-256 unless ``number`` (in COSE) and ``digest`` say otherwise."""
    key = rsa.generate_private_key(65537, bits)
    public = key.public_key().public_numbers()
    cose = {1: 3, 3: number, -1: public.n.to_bytes(bits // 8, "big"), -2: public.e.to_bytes(3, "big")}
    return Passkey(number, cose, lambda data: key.sign(data, PKCS1v15(), digest or SHA256()))
