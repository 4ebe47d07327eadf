"""Signed notes: a short text with Ed25519 signatures below it, as C2SP ``signed-note`` and Go's ``sumdb/note`` write
them.

A note is the text, an empty line, and lines ``— NAME BASE64``: four bytes of the key's hash, then the signature over
the text. Keys are written as Go writes them: ``NAME+HASH+BASE64`` to verify, ``PRIVATE+KEY+NAME+HASH+BASE64`` to sign.

Source: github.com/C2SP/C2SP, signed-note.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lastword.errors import InputError, Problem, Where

ED25519: Final = 1
_PRIVATE: Final = "PRIVATE+KEY+"
_DASH: Final = "\u2014"
_HASH_BYTES: Final = 4
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with the name of its owner. It may be shown to anybody."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """Return the first four bytes of the SHA-256 over name, line feed, algorithm and key."""
        return _hash(self.name, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{_base64(bytes([ED25519]) + self.public)}"

    @classmethod
    def read(cls, text: str, at: Where) -> Verifier:
        """Return the key in ``NAME+HASH+BASE64``. Raises InputError."""
        name, key = _parts(text.strip(), at, "verifier key")
        return cls(name, key)

    def fits(self, text: bytes, signature: bytes) -> bool:
        """Say whether ``signature`` over ``text`` was made with the private half of this key."""
        from cryptography.exceptions import InvalidSignature  # 30 ms, so not before it is needed
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key with the name of its owner. Whoever has it signs in that name."""

    name: str
    seed: bytes

    @classmethod
    def new(cls, name: str, at: Where) -> Signer:
        """Return a new key. Raises InputError for a name that a key cannot have."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not _is_name(name):
            raise InputError(
                Problem(
                    at,
                    f"`{name}` can be no name of a key",
                    "leave out spaces and `+`, e.g. wiesengrund.example",
                )
            )
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def read(cls, text: str, at: Where) -> Signer:
        """Return the key in ``PRIVATE+KEY+NAME+HASH+BASE64``. Raises InputError."""
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise InputError(Problem(at, "it holds no private key", "make one with `lastword pack key FILE`"))
        name, seed = _parts(text.removeprefix(_PRIVATE), at, "private key", private=True)
        return cls(name, seed)

    @property
    def verifier(self) -> Verifier:
        """Return the public half."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Verifier(
            self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        )

    def private_line(self) -> str:
        """Return the line that a key file holds."""
        digest = self.verifier.hash.hex()
        return f"{_PRIVATE}{self.name}+{digest}+{_base64(bytes([ED25519]) + self.seed)}"

    def sign(self, text: str) -> str:
        """Return the note: the text, which ends with a line feed, and this signature below it."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        assert text.endswith("\n")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n{_DASH} {self.name} {_base64(self.verifier.hash + signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures below it: name, hash of the key, signature."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def read(cls, content: bytes, at: Where) -> Note:
        """Return the note in ``content``. Raises InputError if it is none."""
        try:
            whole = content.decode()
        except UnicodeDecodeError:
            raise _no_note(at, "it is not UTF-8") from None
        if any(ord(char) < ord(" ") and char != "\n" for char in whole):
            raise _no_note(at, "it holds control characters, perhaps line ends of Windows")
        head, blank, below = whole.rpartition("\n\n")
        if not blank or not below.endswith("\n"):
            raise _no_note(at, "it has no signature below an empty line")
        return cls(f"{head}\n", tuple(_signature(line, at) for line in below.removesuffix("\n").split("\n")))

    def signed_by(self, keys: Iterable[Verifier]) -> Verifier | None:
        """Return the first of ``keys`` that signed the text, None if none did.

        A signature in the name of one of them that does not fit counts as none.
        """
        text = self.text.encode()
        for key in keys:
            for name, digest, signature in self.signatures:
                if (name, digest) == (key.name, key.hash) and key.fits(text, signature):
                    return key
        return None


def _signature(line: str, at: Where) -> tuple[str, bytes, bytes]:
    words = line.split(" ")
    if len(words) != 3 or words[0] != _DASH or not _is_name(words[1]):
        raise _no_note(at, "a line below the text is no signature")
    raw = _from_base64(words[2])
    if raw is None or len(raw) != _HASH_BYTES + _SIGNATURE_BYTES:
        raise _no_note(at, f"the signature of `{words[1]}` is damaged")
    return words[1], raw[:_HASH_BYTES], raw[_HASH_BYTES:]


def _no_note(at: Where, why: str) -> InputError:
    return InputError(Problem(at, f"is no signed note: {why}", "get it again from who signed"))


def _parts(text: str, at: Where, what: str, *, private: bool = False) -> tuple[str, bytes]:
    name, _, rest = text.partition("+")
    digest, _, coded = rest.partition("+")
    raw = _from_base64(coded)
    if not _is_name(name) or raw is None or len(raw) != 1 + _KEY_BYTES or raw[0] != ED25519:
        raise InputError(Problem(at, f"is no {what}", "it is written name+hash+key, in one line"))
    key = raw[1:]
    public = Signer(name, key).verifier.public if private else key
    if digest.lower() != _hash(name, public).hex():
        raise InputError(
            Problem(at, f"the {what} of `{name}` is damaged: its hash does not fit", "copy it again")
        )
    return name, key


def _hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:_HASH_BYTES]


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(
        char.isspace() or unicodedata.category(char).startswith("C") for char in name
    )  # fmt: skip


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None  # each value is written in one way only
