"""What the record says of itself: its keys and constitution, passkeys, erasures, the clock, the stream index.

Three streams: ``keys`` begins with entry 0 and says who keeps the record, with which keys and under which constitution;
``persons`` holds the passkeys; ``log`` all else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from lastword.cases.constitution import Constitution
from lastword.record import kept
from lastword.record.refusal import RecordError

LOG: Final = "log"
KEYS: Final = kept.KEYS
PERSONS: Final = kept.PERSONS


@dataclass(frozen=True, slots=True)
class EntryKey:
    """A public key of entries: its name (first 16 hex digits of the SHA-256 over it), and its 32 bytes in base64."""

    kid: str
    public: str


@dataclass(frozen=True, slots=True)
class Continued:
    """The record that this one goes on from, because that one lost entries (``loss``) or its key was exposed (``key``).

    ``note``: its head of ``size`` entries as it was signed; ``root`` in base64. All that was in it up to there was written again
    into this record. ``lost``: how many entries it once had beyond, as far as known. ``by``: the officers who declared it.
    """

    origin: str
    size: int
    root: str
    note: str
    why: Literal["loss", "key"]
    by: tuple[str, ...]
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Genesis:
    """Entry 0. ``log_key``: the key of checkpoints as a note's verifier key, ``name+hash+key``.

    ``practice``: a record to practise with; its clock is set by hand, so it proves nothing about time.
    """

    kind: ClassVar[str] = kept.GENESIS
    origin: str
    log_key: str
    entry_key: EntryKey
    constitution: Constitution
    practice: bool = False
    continues: Continued | None = None


@dataclass(frozen=True, slots=True)
class KeyChanged:
    """A new key for entries, or heads, from ``from_size`` on; this entry is still signed by the old one.

    ``kid`` and ``public`` (base64) are given for ``entry``; ``vkey`` for ``log``, with the old key's ``endorsement``
    (keyring.endorsement).
    """

    kind: ClassVar[str] = kept.KEY_CHANGED
    which: Literal["entry", "log"]
    from_size: int
    kid: str = ""
    public: str = ""
    vkey: str = ""
    endorsement: str = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConstitutionChanged:
    """Another constitution, from the next entry on. ``by``: who was for it."""

    kind: ClassVar[str] = "log.constitution_changed"
    constitution: Constitution
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRange:
    """A key and the first entry (or size, for a key of checkpoints) for which it is the right one."""

    key: str
    since: int
    kid: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """Who keeps the record, under which constitution, with which keys: all there ever were, the last is in force."""

    origin: str
    practice: bool
    constitution: Constitution
    log_keys: tuple[KeyRange, ...]
    entry_keys: tuple[KeyRange, ...]
    continues: Continued | None = None

    @property
    def log_key(self) -> str:
        """Return the key of checkpoints in force."""
        return self.log_keys[-1].key

    @property
    def entry_key(self) -> KeyRange:
        """Return the key of entries in force."""
        return self.entry_keys[-1]


def apply_keys(state: Keys | None, event: Genesis | KeyChanged | ConstitutionChanged) -> Keys:
    """Return the state after ``event``. Raises RecordError if the first is no genesis, or a later one is."""
    if isinstance(event, Genesis):
        if state is not None:
            raise RecordError("the record begins a second time")
        return Keys(
            event.origin,
            event.practice,
            event.constitution,
            (KeyRange(event.log_key, 0),),
            (KeyRange(event.entry_key.public, 0, event.entry_key.kid),),
            event.continues,
        )
    if state is None:
        raise RecordError("the record does not begin with its genesis")
    if isinstance(event, ConstitutionChanged):
        return replace(state, constitution=event.constitution)
    if event.which == "log":
        if not event.vkey:
            raise RecordError("a change of the log's key names no key")
        return replace(state, log_keys=(*state.log_keys, KeyRange(event.vkey, event.from_size)))
    if not event.kid or not event.public:
        raise RecordError("a change of the key of entries names no key")
    changed = KeyRange(event.public, event.from_size, event.kid)
    return replace(state, entry_keys=(*state.entry_keys, changed))


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A passkey of ``person``. Fields as in statement.Enrolment; ``confirmed_by``: an older passkey's owner, or officers."""

    kind: ClassVar[str] = kept.ENROLLED
    person: str
    credential_id: str
    public_key: str
    algorithm: int
    backup_eligible: bool
    backup_state: bool
    rp_id: str
    origins: tuple[str, ...]
    attestation: str
    confirmed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revoked:
    """The passkey ``credential_id`` of ``person`` counts no more."""

    kind: ClassVar[str] = kept.REVOKED
    person: str
    credential_id: str
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as enrolled. ``no``: the entry of the stream that enrolled it; ``revoked``: the one that revoked it, or 0."""

    enrolled: Enrolled
    no: int
    revoked: int = 0


@dataclass(frozen=True, slots=True)
class Persons:
    """All passkeys, by credential id. ``no``: entries in the stream."""

    no: int = 0
    passkeys: Mapping[str, Passkey] = field(default_factory=dict)

    def of(self, person: str) -> tuple[Passkey, ...]:
        """Return the passkeys of ``person`` that count, in the order of their credential ids."""
        return tuple(
            one
            for _id, one in sorted(self.passkeys.items())
            if one.enrolled.person == person and not one.revoked
        )


def apply_persons(state: Persons | None, event: Enrolled | Revoked) -> Persons:
    """Return the state after ``event``. Raises RecordError for a passkey enrolled twice, or revoked but not enrolled."""
    state = state or Persons()
    no = state.no + 1
    had = state.passkeys.get(event.credential_id)
    if isinstance(event, Enrolled):
        if had is not None:
            raise RecordError(f"the passkey `{event.credential_id}` is enrolled twice")
        return Persons(no, {**state.passkeys, event.credential_id: Passkey(event, no)})
    if had is None or had.revoked or had.enrolled.person != event.person:
        raise RecordError(f"`{event.person}` has no passkey `{event.credential_id}` that could be revoked")
    return Persons(no, {**state.passkeys, event.credential_id: replace(had, revoked=no)})


@dataclass(frozen=True, slots=True)
class StreamIndexed:
    """How far every stream went when the record had ``size`` entries: the root of streamindex, in base64, and its rows."""

    kind: ClassVar[str] = kept.STREAM_INDEX
    root: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """Disclosures of entry ``index`` were erased: name -> digest. ``ground``: a code; ``by``: who was for it."""

    kind: ClassVar[str] = kept.REDACTED
    index: int
    digests: Mapping[str, str]
    ground: str
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle about ``streams`` was handed out. ``reader``: for whom it was made; ``by``: who made it.

    ``digests``: of the erasable texts in it, so that an erasure can say which copies are out of reach.
    """

    kind: ClassVar[str] = "log.exported"
    streams: tuple[str, ...]
    reader: str
    by: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClockConfirmed:
    """Officers looked at a clock and confirm that it was ``at``, though the record expected about ``expected``."""

    kind: ClassVar[str] = "log.clock_confirmed"
    at: datetime
    expected: datetime
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """``indexed``: the last stream index, and the number of its entry in this stream; ``redactions``: how many there were."""

    no: int = 0
    indexed: StreamIndexed | None = None
    indexed_no: int = 0
    redactions: int = 0
    clock: ClockConfirmed | None = None


def apply_log(state: Log | None, event: StreamIndexed | Redacted | Exported | ClockConfirmed) -> Log:
    """Return the state after ``event``."""
    state = state or Log()
    no = state.no + 1
    if isinstance(event, StreamIndexed):
        return replace(state, no=no, indexed=event, indexed_no=no)
    if isinstance(event, ClockConfirmed):
        return replace(state, no=no, clock=event)
    if isinstance(event, Exported):
        return replace(state, no=no)
    return replace(state, no=no, redactions=state.redactions + 1)


KEY_EVENTS: Final = (Genesis, KeyChanged, ConstitutionChanged)
PERSON_EVENTS: Final = (Enrolled, Revoked)
LOG_EVENTS: Final = (StreamIndexed, Redacted, Exported, ClockConfirmed)
EVENTS: Final[tuple[type, ...]] = (*KEY_EVENTS, *PERSON_EVENTS, *LOG_EVENTS)
