"""A proof that an entry is in the record, as a text file that can be checked without the record.

``c2sp.org/tlog-proof@v1``, perhaps ``extra BASE64`` (which proves nothing), ``index N``, the hashes from the leaf's
sibling up, an empty line, and the checkpoint with its signatures as the log gave it out.

Source: github.com/C2SP/C2SP, tlog-proof.md.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.tree import HASH_BYTES, LARGEST, check_inclusion, leaf_hash

FORMAT: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63  # no tree that a checkpoint can name is higher
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_HERE: Final = Where("proof")


@dataclass(frozen=True, slots=True)
class EntryProof:
    """What a proof file holds; ``note`` is the checkpoint with its signatures, ``extra`` is not signed by anybody."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None

    def check(self, entry: bytes, checkpoint: Checkpoint) -> None:
        """Raise ProofError unless ``entry`` stands at ``index`` of the log that ``checkpoint`` is the head of.

        Whether ``checkpoint`` is what ``note`` says, and who signed that, is for the caller to check.
        """
        check_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)


def write_proof(
    index: int, hashes: Sequence[bytes], checkpoint_note: bytes, extra: bytes | None = None
) -> bytes:
    """Return the proof file. Raises InputError for what ``read_proof`` would refuse."""
    lines = [FORMAT]
    if extra is not None:
        lines.append(f"extra {_base64(extra)}")
    lines += [f"index {index}", *map(_base64, hashes), "", ""]
    file = "\n".join(lines).encode() + checkpoint_note
    read_proof(file)
    return file


def read_proof(file: bytes, at: Where = _HERE) -> EntryProof:
    """Return what a proof file says. Raises InputError if it is none; proved is nothing yet."""
    head, blank, note = file.partition(b"\n\n")
    if not blank or not note:
        raise _no_proof(at, "it has no checkpoint below an empty line")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise _no_proof(at, "it holds other characters than ASCII") from None
    if lines.pop(0) != FORMAT:
        raise _no_proof(at, f"it does not begin with {FORMAT}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = _from_base64(lines.pop(0).removeprefix("extra "), at)
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None or int(index[1]) >= LARGEST:
        raise _no_proof(at, "it does not say which entry it is about")
    if len(lines) > MAX_HASHES:
        raise _no_proof(at, f"it has {len(lines)} hashes, and {MAX_HASHES} are the most")
    hashes = tuple(_from_base64(line, at) for line in lines)
    if any(len(one) != HASH_BYTES for one in hashes):
        raise _no_proof(at, f"a hash has not {HASH_BYTES} bytes")
    return EntryProof(int(index[1]), hashes, note, extra)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_base64(text: str, at: Where) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _no_proof(at, "a line is not base64") from None
    if _base64(raw) != text:
        raise _no_proof(at, "a line is written in an unusual way")
    return raw


def _no_proof(at: Where, why: str) -> InputError:
    return InputError(Problem(at, f"is no proof of an entry: {why}", "get it again from the log"))
