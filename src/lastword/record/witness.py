"""A witness, the part that thinks: it signs a head only if that goes on from the last head it signed of this log.

So no log can show one record to some and another to others, nor take back what was there, as long as those who check
demand the witness's signature. It sees hashes and sizes, never an entry.

Source: github.com/C2SP/C2SP, tlog-witness.md (5ba5ee8), ``add-checkpoint``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lastword.errors import InputError, Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.cosignature import WitnessSigner
from lastword.record.kept import unbase64
from lastword.record.note import Note, Verifier
from lastword.record.proof import MAX_HASHES
from lastword.record.refusal import ProofError
from lastword.record.tree import check_consistency

MOST_BYTES: Final = 100_000  # of a request: 63 hashes, a head, and many signatures of others
OK: Final = 200
BAD_REQUEST: Final = 400
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
CONFLICT: Final = 409
UNPROCESSABLE: Final = 422
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_HERE: Final = Where("checkpoint")


@dataclass(frozen=True, slots=True)
class WitnessState:
    """The last head of one log that was signed: its size in entries, and its root."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A request to sign a head: the size that the log believes was signed last, and the proof from there on."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    head: Checkpoint

    @classmethod
    def read(cls, body: bytes) -> Request | None:
        """Return the request in ``body``, None if it is none."""
        above, blank, note = body.partition(b"\n\n")
        if not blank or len(body) > MOST_BYTES or not above.isascii():
            return None
        first, *lines = above.decode("ascii").split("\n")
        old = _OLD.fullmatch(first)
        hashes = [unbase64(line) for line in lines]
        proof = tuple(one for one in hashes if one is not None and len(one) == 32)
        if old is None or len(proof) != len(hashes) or len(proof) > MAX_HASHES:
            return None
        try:
            read = Note.read(note, _HERE)
            # Other logs may add lines below the third; they are signed with the rest, and mean nothing here.
            return cls(int(old[1]), proof, read, Checkpoint.read(read.text, _HERE, extensions=True))
        except InputError:
            return None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a request: status of HTTP, body, and the state to keep before it is given; None: as it was."""

    status: int
    body: str
    state: WitnessState | None = None


def request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """Return the request to sign the head ``note``, which goes on by ``proof`` from the head of ``old`` entries."""
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof), "", ""]
    return "\n".join(lines).encode() + note


def add_checkpoint(
    state: WitnessState | None,
    asked: Request,
    logs: Mapping[str, Sequence[Verifier]],
    signer: WitnessSigner,
    time: int,
) -> Outcome:
    """Return what a witness that last signed ``state`` of this log answers at ``time``, in seconds since 1970.

    ``logs``: origin -> its keys. The state of the outcome must be saved in one step with the reading of ``state``, and
    before the answer is given: else two requests at once could roll the log back.
    """
    keys = logs.get(asked.head.origin)
    if not keys:
        return Outcome(NOT_FOUND, "this witness does not know this log\n")
    try:
        asked.note.verified(keys, _HERE)
    except InputError:
        return Outcome(FORBIDDEN, "the log did not sign this checkpoint\n")
    if asked.old > asked.head.size:
        return Outcome(BAD_REQUEST, "the old size is larger than the checkpoint's\n")
    signed = state.size if state is not None else 0
    if asked.old != signed:
        return Outcome(CONFLICT, f"{signed}\n")
    if why := _inconsistent(state, asked):
        return Outcome(UNPROCESSABLE, f"{why}\n")
    line = signer.sign(asked.note.text, time)
    return Outcome(OK, line, WitnessState(asked.head.size, asked.head.root))


def _inconsistent(state: WitnessState | None, asked: Request) -> str:
    """Return why the head does not go on from ``state``; "" if it does."""
    if state is None or state.size == 0:
        # Every tree goes on from the empty one, whose root ``Checkpoint.read`` has looked at already.
        return "from nothing on there is nothing to prove" if asked.proof else ""
    try:
        check_consistency(state.size, asked.head.size, asked.proof, state.root, asked.head.root)
    except ProofError as why:
        return str(why)
    return ""
