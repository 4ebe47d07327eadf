"""Passkeys: whose they are, as entries of the record say, and what somebody signed with one.

A passkey is enrolled when an older one of the same person signs for it, or two officers of those who keep the keys ask for the
same. What a person signs is a *claim*: the words of the act as one erasable field, whose salted digest is known before the entry
is written. The statement names that digest, the entry holds it, and so the signature holds for this entry alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lastword.cases.acts import Act
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Salted
from lastword.cases.roster import Roster
from lastword.cases.world import Written
from lastword.errors import InputError, Problem, Where
from lastword.record.disclosure import Disclosure
from lastword.record.json import to_base64url
from lastword.record.logevents import PERSONS, Enrolled, Persons, Revoked
from lastword.record.refusal import RecordError
from lastword.record.statement import (
    Assertion,
    Enrolment,
    challenge,
    check_assertion,
    check_enrolment,
    statement,
)
from lastword.store import reading
from lastword.store.guarding import permitted

if TYPE_CHECKING:
    from lastword.store.store import Store
    from lastword.store.writing import Writing

SIGNATURE: Final = "signature"
"""The name of the personal signature in the kept part of an entry."""
ENROLMENT: Final = "enrolment"
_OFFICERS: Final = 2
_NAMES: Final = (
    "credential_id", "public_key", "algorithm", "backup_eligible", "backup_state", "rp_id", "origins", "attestation",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolPasskey(Act):
    """Enrol a passkey of ``owner``. Guarded by ``keys``, by two officers, unless an older passkey of the owner signed it."""

    owner: str
    credential_id: str
    public_key: str
    algorithm: int
    backup_eligible: bool
    backup_state: bool
    rp_id: str
    origins: tuple[str, ...]
    attestation: str

    @property
    def claim(self) -> dict[str, Any]:
        """Return what an older passkey signs."""
        named = {name: getattr(self, name) for name in _NAMES}
        return {"person": self.owner, **named, "origins": list(self.origins)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePasskey(Act):
    """Let a passkey of ``owner`` count no more. By the owner, or guarded by ``keys``."""

    owner: str
    credential_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a person is asked to sign: ``value`` under ``salt``, as the field ``name`` of an entry of kind ``kind``."""

    kind: str
    origin: str
    name: str
    value: Mapping[str, Any]
    salt: str

    @property
    def statement(self) -> bytes:
        """Return the statement: type, origin and the digest of the field."""
        return statement(self.kind, self.origin, [Disclosure(self.name, dict(self.value), self.salt).digest])

    def to_json(self) -> dict[str, Any]:
        """Return it as it is handed to whoever signs; ``challenge`` is what the passkey is given, in base64url."""
        signed = self.statement
        return {
            "type": self.kind,
            "origin": self.origin,
            "name": self.name,
            "value": dict(self.value),
            "salt": self.salt,
            "statement": signed.decode(),
            "challenge": to_base64url(challenge(signed)),
        }


@dataclass(frozen=True, slots=True)
class Signed:
    """A claim's salt, what the passkey answered, and the nonce in what was signed ("" if it has none)."""

    salt: str
    assertion: Assertion
    nonce: str = ""

    @classmethod
    def read(cls, path: Path) -> Signed:
        """Return what a file says: a claim as ``Claim.to_json`` gives it, with ``assertion``. Raises InputError."""
        at = Where(str(path))
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(found, dict) or not isinstance(found.get("salt"), str):
                raise RecordError("it has not the names salt and assertion")
            value = found.get("value")
            nonce = value.get("nonce", "") if isinstance(value, dict) else ""
            return cls(found["salt"], Assertion.from_json(found.get("assertion")), str(nonce))
        except (OSError, ValueError, RecordError) as why:
            raise InputError(
                Problem(at, f"is no personal signature: {why}", 'write {"salt": ..., "assertion": {...}}')
            ) from None


def read_credential(path: Path, owner: str, who: Mapping[str, Any]) -> EnrolPasskey:
    """Return the act of enrolling the passkey that a JSON file describes. Raises InputError."""
    at = Where(str(path))
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as why:
        raise InputError(Problem(at, f"cannot be read: {why}", "write it as JSON")) from None
    if not isinstance(found, dict) or found.keys() != set(_NAMES):
        raise InputError(Problem(at, "has other names than an enrolment", f"write {', '.join(_NAMES)}"))
    kinds = {"algorithm": int, "backup_eligible": bool, "backup_state": bool, "origins": list}
    for name in _NAMES:
        if type(found[name]) is not kinds.get(name, str):
            raise InputError(Problem(at, f"`{name}` is of another kind than it should be", "see the manual"))
    if not all(isinstance(one, str) for one in found["origins"]):
        raise InputError(Problem(at, "`origins` holds other things than texts", 'write ["https://..."]'))
    act = EnrolPasskey(**who, owner=owner, **{**found, "origins": tuple(found["origins"])})
    _check(act)
    return act


def enrol(store: Store, act: EnrolPasskey, signed: Signed | None = None) -> tuple[int, str]:
    """Enrol a passkey; return its entry and "", or -1 and the proposal under which it waits for another officer.

    Raises ActRefused, and InputError for a key that cannot be used.
    """
    _check(act)

    def work(writing: Writing) -> tuple[int, str]:
        roster = writing.state("roster") or Roster()
        persons = writing.state(PERSONS) or Persons()
        if not roster.is_human(act.owner):
            raise ActRefused(
                "unknown_person", f"`{act.owner}` is no human being the roster knows", "name a person of it"
            )
        if act.credential_id in persons.passkeys:
            raise ActRefused(
                "enrolled", f"the passkey `{act.credential_id}` is, or was, enrolled", "make a new one"
            )
        if signed is not None:
            if act.person != act.owner:
                raise ActRefused(
                    "not_yours", f"`{act.person}` cannot sign for `{act.owner}`", "act in person"
                )
            claim = Claim(Enrolled.kind, store.origin, ENROLMENT, act.claim, signed.salt)
            check_signed(writing, act.owner, claim, signed)
            written = _enrolled(act, (act.owner,))
            return writing.append(signed_entry(written, claim, signed)), ""
        leave = permitted(writing, "keys", act, needs=_OFFICERS)
        if not leave.goes:
            return -1, leave.proposal
        if (
            act.owner in leave.by
            and len({roster.human(one) for one in leave.by} - {roster.human(act.owner)}) < _OFFICERS
        ):
            raise ActRefused(
                "own_rights",
                f"`{act.owner}` is for the own passkey",
                "two other officers, or an older passkey, confirm it",
            )
        return writing.append(_enrolled(act, leave.by)), ""

    return store.submit(work).result


def revoke(store: Store, act: RevokePasskey) -> tuple[int, str]:
    """Revoke a passkey; return as ``enrol``. Raises ActRefused."""

    def work(writing: Writing) -> tuple[int, str]:
        roster = writing.state("roster") or Roster()
        persons = writing.state(PERSONS) or Persons()
        had = persons.passkeys.get(act.credential_id)
        if had is None or had.revoked or had.enrolled.person != act.owner:
            raise ActRefused("no_passkey", f"`{act.owner}` has no passkey `{act.credential_id}` that counts")
        by: tuple[str, ...] = (act.person,)
        if act.person != act.owner or not roster.is_human(act.person):
            leave = permitted(writing, "keys", act)
            if not leave.goes:
                return -1, leave.proposal
            by = leave.by
        return writing.append(Written(PERSONS, Revoked(act.owner, act.credential_id, by))), ""

    return store.submit(work).result


def check_signed(writing: Writing, person: str, claim: Claim, signed: Signed) -> None:
    """Raise ActRefused (``bad_signature``) unless ``person`` signed ``claim`` with a passkey that counts now."""
    assertion = signed.assertion
    if assertion.statement != claim.statement:
        raise ActRefused(
            "bad_signature",
            "the signature is over another act than this one",
            "have the statement of this act signed",
        )
    persons = writing.state(PERSONS) or Persons()
    found = persons.passkeys.get(assertion.credential_id)
    if found is None or found.revoked or found.enrolled.person != person:
        raise ActRefused(
            "bad_signature",
            f"`{person}` has no enrolled passkey that signed this",
            "enrol it with `lastword record enrol`",
        )
    entry = reading.index_of(writing.session, PERSONS, found.no)
    if entry is None:
        raise ActRefused("bad_signature", "the passkey was enrolled in this very turn", "try again")
    try:
        check_assertion(assertion, enrolment_of(found.enrolled, entry), index=writing.index)
    except RecordError as why:
        raise ActRefused("bad_signature", str(why), "have the statement signed again") from None


def signed_entry(written: Written, claim: Claim, signed: Signed) -> Written:
    """Return an entry with what was signed in it, as an erasable field, and the signature kept beside its event."""
    texts = {**written.texts, claim.name: Salted(dict(claim.value), claim.salt)}
    beside = {**written.beside, SIGNATURE: signed.assertion.as_json()}
    return Written(written.stream, written.event, texts, written.audience, written.text_audience, beside)


def enrolment_of(enrolled: Enrolled, index: int) -> Enrolment:
    """Return an enrolment as the entry ``index`` holds it."""
    return Enrolment(
        enrolled.person,
        enrolled.credential_id,
        enrolled.public_key,
        enrolled.algorithm,
        enrolled.backup_eligible,
        enrolled.backup_state,
        enrolled.rp_id,
        enrolled.origins,
        enrolled.attestation,
        index,
    )


def _check(act: EnrolPasskey) -> None:
    try:
        check_enrolment(enrolment_of(_event(act, ()), 0))
    except RecordError as why:
        raise InputError(
            Problem(Where("--credential"), str(why), "enrol a passkey of ES256, EdDSA or RS256")
        ) from None


def _event(act: EnrolPasskey, by: tuple[str, ...]) -> Enrolled:
    return Enrolled(
        act.owner,
        act.credential_id,
        act.public_key,
        act.algorithm,
        act.backup_eligible,
        act.backup_state,
        act.rp_id,
        act.origins,
        act.attestation,
        by,
    )


def _enrolled(act: EnrolPasskey, by: tuple[str, ...]) -> Written:
    return Written(PERSONS, _event(act, by))
