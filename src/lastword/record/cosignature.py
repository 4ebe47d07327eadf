"""Cosignatures: a witness says that at a time a checkpoint was the largest consistent tree it had seen.

Signed are ``cosignature/v1``, ``time SECONDS`` and the whole text of the checkpoint, in lines. The signature line is
that of a note, with the time (8 bytes, greatest first, seconds since 1970) before the 64 bytes of Ed25519.

Source: github.com/C2SP/C2SP, tlog-cosignature.md, signature type 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.record.note import (
    Note,
    Signer,
    Verifier,
    check_key_name,
    key_hash,
    read_key,
    signature_line,
    written_key,
)

COSIGNATURE: Final = 4
_PRIVATE: Final = "PRIVATE+KEY+"
_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64
_LATEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public key of a witness. It is written as other keys of notes are, with type 4."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """Return the four bytes that stand for the key before a signature."""
        return key_hash(self.name, COSIGNATURE, self.public)

    def __str__(self) -> str:
        return written_key(self.name, COSIGNATURE, self.public)

    @classmethod
    def read(cls, text: str, at: Where) -> WitnessKey:
        """Return the key in ``NAME+HASH+BASE64``. Raises InputError."""
        return cls(*read_key(text, at, COSIGNATURE))

    def fits(self, text: bytes, signature: bytes) -> bool:
        """Say whether ``signature``, time included, is this witness's over the checkpoint's ``text``."""
        time = cosigned_at(signature)
        if time is None:
            return False
        return Verifier(self.name, self.public).fits(_message(time, text), signature[_TIME_BYTES:])


@dataclass(frozen=True, slots=True, repr=False)
class WitnessSigner:
    """The private key of a witness: a name and 32 secret bytes, used for nothing else."""

    name: str
    seed: bytes

    @classmethod
    def new(cls, name: str, seed: bytes, at: Where) -> WitnessSigner:
        """Return the key made of ``seed``, 32 random bytes. Raises InputError for a name that a key cannot have."""
        check_key_name(name, at)
        return cls(name, seed)

    @classmethod
    def read(cls, text: str, at: Where) -> WitnessSigner:
        """Return the key in ``PRIVATE+KEY+NAME+HASH+BASE64``. Raises InputError."""
        return cls(*read_key(text, at, COSIGNATURE, private=True))

    @property
    def key(self) -> WitnessKey:
        """Return the public half."""
        return WitnessKey(self.name, Signer(self.name, self.seed).verifier.public)

    def private_line(self) -> str:
        """Return the line that a key file holds."""
        return _PRIVATE + written_key(self.name, COSIGNATURE, self.key.public, self.seed)

    def sign(self, text: str, time: int) -> str:
        """Return the signature line over a checkpoint's ``text``, made at ``time`` in seconds since 1970.

        Raises InputError for a time that cannot be written.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not 0 <= time <= _LATEST:
            raise InputError(Problem(Where("time"), f"`{time}` is no time of a cosignature", "set the clock"))
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(_message(time, text.encode()))
        return signature_line(self.name, self.key.hash, time.to_bytes(_TIME_BYTES, "big") + signature)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That a witness signed, and when, in seconds since 1970."""

    key: WitnessKey
    time: int


def cosignatures(note: Note, keys: Iterable[WitnessKey], at: Where) -> tuple[Cosignature, ...]:
    """Return who of ``keys`` cosigned ``note``, in their order, each with its latest time.

    Unlike ``Note.verified`` it does not mind if none did. Raises InputError if a signature in the name of one of
    them does not fit, which spoils the note.
    """
    known = list(dict.fromkeys(keys))
    hashes = {(key.name, key.hash) for key in known}
    if not any((name, digest) in hashes for name, digest, _ in note.signatures):
        return ()
    found = []
    for key in note.verified(known, at):
        times = [
            time
            for name, digest, signature in note.signatures
            if (name, digest) == (key.name, key.hash) and (time := cosigned_at(signature)) is not None
        ]
        found.append(Cosignature(key, max(times)))
    return tuple(found)


def cosigned_at(signature: bytes) -> int | None:
    """Return the time that a signature of type 4 names, in seconds since 1970; None if it is none of that type."""
    if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES:
        return None
    time = int.from_bytes(signature[:_TIME_BYTES], "big")
    return time if time <= _LATEST else None


def _message(time: int, text: bytes) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (time, text)
