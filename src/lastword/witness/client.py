"""How a log asks a witness to sign its head."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from lastword.errors import InputError, LastwordError, Problem, Where
from lastword.record.cosignature import WitnessKey
from lastword.record.note import Note, read_signature_line, signature_line
from lastword.record.witness import CONFLICT, OK, request

PATIENCE: Final = 1.0  # seconds for the whole answer; the record does not wait for its witnesses
_MOST: Final = 64_000  # bytes of an answer
_HERE: Final = Where("witness")


class WitnessError(LastwordError):
    """A witness gave no signature: it is away, refuses, or answers with something else. The text says which."""


class WitnessBehindError(WitnessError):
    """The witness last signed another size than was said; send the proof from ``size`` on."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness last signed a head of {size} entries")
        self.size = size


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes


def submit(
    url: str,
    old_size: int,
    proof: Sequence[bytes],
    note: bytes,
    *,
    key: WitnessKey,
    patience: float = PATIENCE,
) -> tuple[str, ...]:
    """Return the signature lines by which the witness ``key`` at ``url`` signed the head ``note``.

    ``proof`` shows that the head goes on from the one of ``old_size`` entries, which the witness signed last. Lines of other
    keys are left away. Raises WitnessBehindError if it signed another size last, WitnessError if there is no valid
    signature within ``patience`` seconds, InputError for an address or head that cannot be used.
    """
    head = Note.read(note, Where("checkpoint"))
    answer = _post(url, request(old_size, proof, note), patience)
    if answer.status == CONFLICT:
        size = answer.body.removesuffix(b"\n")
        if size.isdigit() and len(size) <= 19:
            raise WitnessBehindError(int(size))
        raise WitnessError("the witness says that it signed another size last, but not which")
    if answer.status != OK:
        said = answer.body[:200].decode("utf-8", "replace").strip()
        raise WitnessError(f"the witness did not sign (status {answer.status}): {ascii(said)[1:-1]}")
    return _valid(answer.body, head, key)


def _valid(body: bytes, head: Note, key: WitnessKey) -> tuple[str, ...]:
    try:
        lines = [read_signature_line(line, _HERE) for line in body.decode().removesuffix("\n").split("\n")]
    except (UnicodeDecodeError, InputError):
        raise WitnessError("the witness answered with something else than signatures") from None
    text = head.text.encode()
    own = [one for one in lines if one[:2] == (key.name, key.hash)]
    if not own or not all(key.fits(text, signature) for _name, _hash, signature in own):
        raise WitnessError(f"the answer holds no valid signature of `{key.name}`")
    return tuple(signature_line(*one) for one in own)


def _post(url: str, body: bytes, patience: float) -> _Answer:
    """Send a request and read the answer within ``patience`` seconds in all. Redirections and proxies are not followed."""
    connection = _connection(url, patience)
    path = urlsplit(url).path.rstrip("/") + "/add-checkpoint"
    alarm: threading.Timer | None = None
    try:
        connection.connect()
        # The time-out of a socket is for each piece; a witness that drips would hold the record up for hours.
        alarm = threading.Timer(patience, _hang_up, [connection.sock])
        alarm.start()
        connection.request(
            "POST", path, body, {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
        )
        response = connection.getresponse()
        read = response.read(_MOST + 1)
    except (OSError, http.client.HTTPException) as why:
        raise WitnessError(f"the witness cannot be reached: {why or type(why).__name__}") from None
    finally:
        if alarm is not None:
            alarm.cancel()
        connection.close()
    if len(read) > _MOST:
        raise WitnessError("the answer of the witness is too long")
    return _Answer(response.status, read)


def _hang_up(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _connection(url: str, patience: float) -> http.client.HTTPConnection:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if (
        parts.scheme not in ("http", "https")
        or not host
        or parts.query
        or parts.fragment
        or not url.isprintable()
    ):
        raise InputError(
            Problem(
                _HERE, f"`{url}` is no address of a witness", "write it as https://witness.example/prefix"
            )
        )
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=patience)
    return http.client.HTTPConnection(host, port, timeout=patience)
