"""Signed notes: a short text with signatures below it, as C2SP ``signed-note`` and Go's ``sumdb/note`` write them.

A note is the text, an empty line, and lines ``— NAME BASE64``: four bytes of the key's hash, then the signature over
the text. Keys are written as Go writes them: ``NAME+HASH+BASE64`` to verify, ``PRIVATE+KEY+NAME+HASH+BASE64`` to sign.
Here are the keys of Ed25519 (type 1); those of witnesses (type 4) are in ``cosignature``. A note may bear signatures
of any type: what is not known is kept and passed over.

Source: github.com/C2SP/C2SP, signed-note.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from lastword.errors import InputError, Problem, Where

ED25519: Final = 1
_PRIVATE: Final = "PRIVATE+KEY+"
_DASH: Final = "\u2014"
_HASH_BYTES: Final = 4
_KEY_BYTES: Final = 32
MAX_SIGNATURES: Final = 100  # as Go has it; C2SP demands at least 16


class Key(Protocol):
    """A public key that signs notes, of whatever type."""

    @property
    def name(self) -> str:
        """Return the name of its owner."""

    @property
    def hash(self) -> bytes:
        """Return the four bytes that stand for it before a signature."""

    def fits(self, text: bytes, signature: bytes) -> bool:
        """Say whether ``signature`` over ``text`` was made with the private half of this key."""


AnyKey = TypeVar("AnyKey", bound=Key)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with the name of its owner. It may be shown to anybody."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """Return the first four bytes of the SHA-256 over name, line feed, algorithm and key."""
        return key_hash(self.name, ED25519, self.public)

    def __str__(self) -> str:
        return written_key(self.name, ED25519, self.public)

    @classmethod
    def read(cls, text: str, at: Where) -> Verifier:
        """Return the key in ``NAME+HASH+BASE64``. Raises InputError."""
        return cls(*read_key(text, at, ED25519))

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
    def new(cls, name: str, seed: bytes, at: Where) -> Signer:
        """Return the key made of ``seed``, 32 random bytes. Raises InputError for a name that a key cannot have."""
        check_key_name(name, at)
        return cls(name, seed)

    @classmethod
    def read(cls, text: str, at: Where) -> Signer:
        """Return the key in ``PRIVATE+KEY+NAME+HASH+BASE64``. Raises InputError."""
        if not text.strip().startswith(_PRIVATE):
            raise InputError(Problem(at, "it holds no private key", "make one with `lastword pack key FILE`"))
        return cls(*read_key(text, at, ED25519, private=True))

    @property
    def verifier(self) -> Verifier:
        """Return the public half."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Verifier(
            self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        )

    def private_line(self) -> str:
        """Return the line that a key file holds."""
        return _PRIVATE + written_key(self.name, ED25519, self.verifier.public, self.seed)

    def sign(self, text: str) -> str:
        """Return the note: the text, which ends with a line feed, and this signature below it."""
        return f"{text}\n{self.line(text)}"

    def line(self, text: str) -> str:
        """Return only the signature line, to stand below others. Raises nothing; ``text`` ends with a line feed."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        assert text.endswith("\n")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return signature_line(self.name, self.verifier.hash, signature)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures below it: name, hash of the key, signature."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def read(cls, content: bytes, at: Where) -> Note:
        """Return the note in ``content``. Raises InputError if it is none.

        Nothing in it is true before ``verified`` or ``signed_by`` says who signed.
        """
        try:
            whole = content.decode()
        except UnicodeDecodeError:
            raise _no_note(at, "it is not UTF-8") from None
        if any(ord(char) < ord(" ") and char != "\n" for char in whole):
            raise _no_note(at, "it holds control characters, perhaps line ends of Windows")
        head, blank, below = whole.rpartition("\n\n")
        if not blank or not below.endswith("\n"):
            raise _no_note(at, "it has no signature below an empty line")
        lines = below.removesuffix("\n").split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise _no_note(at, f"it has {len(lines)} signatures, and {MAX_SIGNATURES} are the most")
        return cls(f"{head}\n", tuple(read_signature_line(line, at) for line in lines))

    def __bytes__(self) -> bytes:
        """Return the note as it was read, byte for byte."""
        return f"{self.text}\n{''.join(signature_line(*one) for one in self.signatures)}".encode()

    def with_lines(self, lines: Iterable[str], at: Where) -> Note:
        """Return the note with more signature lines below, each with its line feed. Raises InputError for others."""
        return Note.read(bytes(self) + "".join(lines).encode(), at)

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

    def verified(self, keys: Iterable[AnyKey], at: Where) -> tuple[AnyKey, ...]:
        """Return those of ``keys`` that signed the text, in their order.

        Raises InputError if none did, and if a signature in the name of one of them does not fit: that spoils the
        note, whoever else signed. Signatures of other keys are passed over. Source: signed-note.md, "Signatures".
        """
        known = list(dict.fromkeys(keys))
        text = self.text.encode()
        signed: set[AnyKey] = set()
        for name, digest, signature in self.signatures:
            asked = [key for key in known if (key.name, key.hash) == (name, digest)]
            fitting = [key for key in asked if key.fits(text, signature)]
            if asked and not fitting:
                raise _no_note(at, f"the signature of `{name}` does not fit its text")
            signed.update(fitting)
        if not signed:
            raise _no_note(at, "nobody whose key is known here signed it")
        return tuple(key for key in known if key in signed)


def key_hash(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes that stand for a key: they begin the SHA-256 over name, line feed, type and key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_HASH_BYTES]


def written_key(name: str, kind: int, public: bytes, seed: bytes | None = None) -> str:
    """Return ``NAME+HASH+BASE64``: of the private key if ``seed`` is given, else of the public one."""
    half = public if seed is None else seed
    return f"{name}+{key_hash(name, kind, public).hex()}+{_base64(bytes([kind]) + half)}"


def read_key(text: str, at: Where, kind: int, *, private: bool = False) -> tuple[str, bytes]:
    """Return name and key (or seed) of an Ed25519 key that signs in the way of type ``kind``. Raises InputError."""
    what = "private key" if private else "verifier key"
    text = text.strip()
    if private and not text.startswith(_PRIVATE):
        raise InputError(Problem(at, "it holds no private key", f"it begins with {_PRIVATE}"))
    name, _, rest = text.removeprefix(_PRIVATE if private else "").partition("+")
    digest, _, coded = rest.partition("+")
    raw = _from_base64(coded)
    if not is_key_name(name) or raw is None or len(raw) != 1 + _KEY_BYTES or raw[0] != kind:
        raise InputError(Problem(at, f"is no {what}", "it is written name+hash+key, in one line"))
    key = raw[1:]
    public = Signer(name, key).verifier.public if private else key
    if digest.lower() != key_hash(name, kind, public).hex():
        raise InputError(
            Problem(at, f"the {what} of `{name}` is damaged: its hash does not fit", "copy it again")
        )
    return name, key


def check_key_name(name: str, at: Where) -> None:
    """Raise InputError unless a key can have this name."""
    if not is_key_name(name):
        raise InputError(
            Problem(
                at, f"`{name}` can be no name of a key", "leave out spaces and `+`, e.g. wiesengrund.example"
            )
        )


def is_key_name(name: str) -> bool:
    """Say whether a key can have this name: no spaces, no control characters, no ``+``."""
    return bool(name) and "+" not in name and not any(
        char.isspace() or unicodedata.category(char).startswith("C") for char in name
    )  # fmt: skip


def signature_line(name: str, digest: bytes, signature: bytes) -> str:
    """Return the line of one signature, with its line feed."""
    return f"{_DASH} {name} {_base64(digest + signature)}\n"


def read_signature_line(line: str, at: Where) -> tuple[str, bytes, bytes]:
    """Return name, hash of the key and signature, of whatever length, in ``line``. Raises InputError."""
    words = line.removesuffix("\n").split(" ")
    if len(words) != 3 or words[0] != _DASH or not is_key_name(words[1]):
        raise _no_note(at, "a line below the text is no signature")
    raw = _from_base64(words[2])
    if raw is None or len(raw) <= _HASH_BYTES:
        raise _no_note(at, f"the signature of `{words[1]}` is damaged")
    return words[1], raw[:_HASH_BYTES], raw[_HASH_BYTES:]


def _no_note(at: Where, why: str) -> InputError:
    return InputError(Problem(at, f"is no signed note: {why}", "get it again from who signed"))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None  # each value is written in one way only
