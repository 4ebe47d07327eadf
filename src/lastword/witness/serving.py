"""The service of a witness: ``POST /add-checkpoint``, and ``GET /<SHA-256 of the origin>/checkpoint`` for who watches it.

Source: github.com/C2SP/C2SP, tlog-witness.md, "HTTP Interface".
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from lastword.record.cosignature import WitnessSigner
from lastword.record.note import Verifier
from lastword.record.witness import BAD_REQUEST, CONFLICT, MOST_BYTES, NOT_FOUND, OK, Outcome, Request
from lastword.witness.keeping import Memory

PATH: Final = "/add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
_TEXT: Final = "text/plain; charset=utf-8"
_PATIENCE: Final = 10.0  # seconds for a client to say what it wants
_TOO_LARGE: Final = 413
_LENGTH_REQUIRED: Final = 411
_BROKEN: Final = 500


class WitnessServer(ThreadingHTTPServer):
    """A witness that listens at an address (host, port; port 0: any free one)."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        memory: Memory,
        logs: Mapping[str, Sequence[Verifier]],
        signer: WitnessSigner,
        now: Callable[[], int],
    ) -> None:
        super().__init__(address, _Handler)
        self.memory, self.logs, self.signer, self.now = memory, logs, signer, now

    def answer(self, body: bytes) -> Outcome:
        """Return what comes of a request; what could not be saved was not signed either."""
        asked = Request.read(body)
        if asked is None:
            return Outcome(BAD_REQUEST, "this is no request of add-checkpoint\n")
        try:
            return self.memory.add_checkpoint(asked, self.logs, self.signer, self.now)
        except sqlite3.Error:
            return Outcome(_BROKEN, "the witness could not save this checkpoint, so it did not sign it\n")

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over a client that went away; anything else is told, and ends that request alone."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as it was given


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    timeout = _PATIENCE
    protocol_version = "HTTP/1.1"
    server_version = "lastword-witness"
    sys_version = ""

    def do_POST(self) -> None:
        """Answer add-checkpoint."""
        told = self.headers.get("Content-Length", "")
        if self.path != PATH:
            return self._say(Outcome(NOT_FOUND, "a witness answers at /add-checkpoint\n"), close=True)
        if not (told.isascii() and told.isdigit()):
            return self._say(Outcome(_LENGTH_REQUIRED, "say how long the request is\n"), close=True)
        if len(told) > len(str(MOST_BYTES)) or int(told) > MOST_BYTES:
            return self._say(Outcome(_TOO_LARGE, "the request is too long\n"), close=True)
        outcome = self.server.answer(self.rfile.read(int(told)))
        return self._say(outcome, SIZE_TYPE if outcome.status == CONFLICT else _TEXT)

    def do_GET(self) -> None:
        """Give out the last head that was signed of a log."""
        digest, slash, rest = self.path.removeprefix("/").partition("/")
        try:
            note = self.server.memory.checkpoint(digest) if slash and rest == "checkpoint" else None
        except sqlite3.Error:
            return self._say(Outcome(_BROKEN, "the witness cannot read its store\n"))
        if note is None:
            return self._say(Outcome(NOT_FOUND, "no checkpoint of such a log was signed here\n"))
        return self._say(Outcome(OK, note.decode()))

    def _say(self, outcome: Outcome, kind: str = _TEXT, *, close: bool = False) -> None:
        body = outcome.body.encode()
        self.send_response(outcome.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if close:  # the rest of what was sent is not read
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the line of each request would only fill a terminal."""
