"""Whether the head of a bundle is to be trusted: who signed it, who watched it, and what it goes on from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from lastword.errors import InputError, Where
from lastword.record.bundle import Consistency
from lastword.record.checkpoint import Checkpoint
from lastword.record.cosignature import cosignatures
from lastword.record.keyring import Keyring
from lastword.record.note import Note, Verifier
from lastword.record.policy import Policy
from lastword.record.refusal import ProofError
from lastword.record.tree import check_consistency
from lastword.record.verdict import RefutedError, UnsettledError
from lastword.texts import marked

CHECKPOINT: Final = Where("checkpoint")
SINCE: Final = Where("--since")
_LAST_SECOND: Final = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Signed:
    """A head with its signatures, of which none is checked yet."""

    note: Note
    head: Checkpoint


def read_old(content: bytes, now: Checkpoint) -> Signed:
    """Return the head that the auditor kept. Raises UnsettledError if it is none, RefutedError if it is of another log."""
    try:
        note = Note.read(content, SINCE)
        old = Checkpoint.read(note.text, SINCE)
    except InputError as why:
        raise UnsettledError(marked("your checkpoint cannot be read: %(why)s"), why=why) from None
    if old.origin != now.origin:
        raise RefutedError(marked("your checkpoint is of another log, `%(log)s`"), log=old.origin)
    return Signed(note, old)


def signers(
    policy: Policy, note: Note, head: Checkpoint, ring: Keyring | None, at: Where
) -> tuple[list[Verifier], tuple[Verifier, ...]]:
    """Return the policy's keys of this log, and who of them and of the record's own keys (``ring``) signed ``head``.

    Raises RefutedError if the policy has none, or if the key in force at that size did not sign; InputError if nobody
    known did, or if a signature in the name of one of them does not fit.
    """
    pinned = [log.key for log in policy.logs if log.key.name == head.origin]
    if not pinned:
        raise RefutedError(marked("your policy trusts no log of the name `%(log)s`"), log=head.origin)
    found = note.verified([*pinned, *(one.key for one in ring.log)] if ring is not None else pinned, at)
    if ring is not None and ring.log_key(head.size).key not in found:
        raise RefutedError(
            marked("the head of %(size)s entries is not signed by the key that was in force at that size"),
            size=head.size,
        )
    return pinned, found


def check_trusted(policy: Policy, note: Note, head: Checkpoint, ring: Keyring | None) -> None:
    """Refuse a head to whose key no trust leads: it is in the policy, or one before it is and passed trust on."""
    pinned, found = signers(policy, note, head, ring, CHECKPOINT)
    if ring is None:
        return
    until_now = ring.log[: ring.log.index(ring.log_key(head.size)) + 1]
    for one in reversed(until_now):
        if one.key in pinned:
            return
        if not one.endorsed:
            break
    if any(one.key in pinned and one.key in found for one in until_now):
        return  # the key of old vouches for this very head, beside the one in force
    raise RefutedError(marked("the head is signed by a key to which none in your policy leads"))


def witnessed(policy: Policy, note: Note) -> tuple[datetime, ...]:
    """Return when the policy's witnesses signed. Raises RefutedError if they are too few, UnsettledError if none is asked for."""
    found = cosignatures(note, (one.key for one in policy.witnesses), CHECKPOINT)
    if not policy.asks_for_witnesses:
        raise UnsettledError(
            marked(
                "your policy asks for no witness, so nobody but the log says that all are shown the same record"
            )
        )
    keys = [one.key for one in found]
    names = [one.name for one in policy.witnesses if one.key in keys]
    if not policy.met(names):
        raise RefutedError(
            marked("the witnesses are too few for your policy: %(names)s"), names=", ".join(names) or "-"
        )
    return tuple(_instant(one.time) for one in found)


def seen_at(policy: Policy, note: Note, at: Where) -> tuple[datetime, ...]:
    """Return when those of the policy's witnesses that signed did so. Raises InputError for a false signature."""
    return tuple(_instant(one.time) for one in cosignatures(note, (one.key for one in policy.witnesses), at))


def check_goes_on(old: Checkpoint, now: Checkpoint, proof: Consistency | None) -> None:
    """Raise RefutedError if ``now`` does not begin with ``old``, UnsettledError if that cannot be told."""
    if old.size > now.size:
        raise UnsettledError(
            marked(
                "your checkpoint has %(old)s entries, more than the bundle's %(new)s; ask for a newer bundle"
            ),
            old=old.size,
            new=now.size,
        )
    if old.size == 0:
        return  # every record begins with nothing
    if old.size == now.size:
        proof = Consistency(old.size, ())
    if proof is None or proof.old != old.size:
        raise UnsettledError(
            marked("the bundle holds no proof from your %(old)s entries on; ask for one"), old=old.size
        )
    try:
        check_consistency(old.size, now.size, proof.hashes, old.root, now.root)
    except ProofError as why:
        raise RefutedError(
            marked(
                "the record does not go on from your checkpoint: %(why)s. Keep both: each is signed by the log"
            ),
            why=why,
        ) from None


def _instant(second: int) -> datetime:
    """Return a time in seconds since 1970; beyond the year 9999, its end."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(second, _LAST_SECOND))
