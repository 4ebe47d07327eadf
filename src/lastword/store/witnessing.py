"""Witnesses: asking them to sign a head, keeping what they signed, and saying whether that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from lastword.errors import LastwordError, Where
from lastword.record.cosignature import WitnessKey, cosignatures
from lastword.record.note import Note, read_signature_line
from lastword.record.policy import Policy, Witness
from lastword.store import reading
from lastword.store.reading import Head

if TYPE_CHECKING:
    from lastword.store.store import Store

_HERE: Final = Where("checkpoint")
_TRIES: Final = 3
_LOOK_BACK: Final = 10_000  # heads in which the last quorum is looked for


class Ask(Protocol):
    """How a witness is asked: witness.client.submit."""

    def __call__(
        self, url: str, old_size: int, proof: Sequence[bytes], note: bytes, *, key: WitnessKey
    ) -> tuple[str, ...]:
        """Return the lines by which it signed. Raises WitnessError; WitnessBehindError, with ``size``, says what it had."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Who signed a head, by their names in the policy. ``quorum``: it is enough; ``at``: the earliest of their times."""

    size: int
    names: tuple[str, ...]
    quorum: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking one witness: its lines, or why there are none."""

    name: str
    signed: bool
    why: str = ""


def cosign(store: Store, policy: Policy, head: Head, ask: Ask) -> tuple[Asked, ...]:
    """Ask every witness of ``policy`` that has an address to sign ``head``, and keep what they signed."""
    had = {one.name for one in policy.witnesses if one.name in seen_by(store, policy, head).names}
    found, lines = [], []
    for witness in policy.witnesses:
        if witness.url is None or witness.name in had:
            continue
        try:
            signed = _asked(store, witness, head, ask)
        except LastwordError as why:
            found.append(Asked(witness.name, False, str(why)))
            continue
        lines += [(read_signature_line(line, _HERE)[0], line) for line in signed]
        found.append(Asked(witness.name, True))
    if lines:
        store.cosigned(head.size, lines)
    return tuple(found)


def seen_by(store: Store, policy: Policy, head: Head) -> Seen:
    """Return which witnesses of ``policy`` signed ``head``, as far as is kept here."""
    lines = store.cosignatures(head.size)
    note = Note.read(head.note, _HERE).with_lines(lines, _HERE) if lines else Note.read(head.note, _HERE)
    signed = cosignatures(note, (one.key for one in policy.witnesses), _HERE)
    keys = {one.key: one.time for one in signed}
    names = tuple(one.name for one in policy.witnesses if one.key in keys)
    at = min(keys.values(), default=None)
    return Seen(
        head.size, names, policy.met(names), datetime.fromtimestamp(at, UTC) if at is not None else None
    )


def last_quorum(store: Store, policy: Policy) -> Seen | None:
    """Return the newest head that enough witnesses signed, None if there is none among the newest ones that were signed."""
    with store.reading() as session:
        sizes = reading.cosigned_sizes(session, _LOOK_BACK)
    for size in sizes:
        head = store.head(size)
        seen = seen_by(store, policy, head) if head is not None else None
        if seen is not None and seen.quorum:
            return seen
    return None


def _asked(store: Store, witness: Witness, head: Head, ask: Ask) -> tuple[str, ...]:
    """Ask one witness. What it signed last is not kept here: it says so itself, and gets the proof from there."""
    old = 0
    for turn in range(_TRIES):
        proof = store.consistency(old, head.size) if 0 < old < head.size else ()
        try:
            return ask(witness.url or "", old, proof, head.note, key=witness.key)
        except LastwordError as why:
            size = getattr(why, "size", None)
            if not isinstance(size, int) or turn == _TRIES - 1 or size > head.size:
                raise
            old = size
    raise AssertionError("the last turn returns or raises")
