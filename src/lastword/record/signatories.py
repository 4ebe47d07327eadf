"""Who signed an entry with a key of their own, as far as a bundle shows it.

A person's passkey is enrolled in an entry ``person.enrolled``, whose kept data has the names of ``Enrolment`` but for the two
indices, and ends with ``person.revoked`` of the same ``credential_id``. What a person signed of an entry (``statement``) are the
digests of its disclosures; the statement names the kind of the entry and the origin of the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lastword.record.disclosure import Disclosure
from lastword.record.entry import Entry
from lastword.record.kept import ENROLLED, PERSONS, REVOKED, Kept, same
from lastword.record.refusal import RecordError
from lastword.record.statement import Assertion, Enrolment, check_assertion
from lastword.record.streams import Covered, Log, shown_whole
from lastword.record.verdict import RefutedError, UnsettledError
from lastword.texts import marked

_ASSERTION: Final = {"credential_id", "statement", "client_data", "authenticator_data", "signature"}
_VOTE: Final = "vote"
Passkeys = Mapping[str, Sequence[int]]
_TEXTS: Final = ("person", "credential_id", "public_key", "rp_id", "attestation")


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signed, the names of the shown fields that the signature does not cover, and how many it covers that are not shown."""

    person: str
    uncovered: tuple[str, ...]
    unseen: int = 0


def is_signed(kept: Kept) -> bool:
    """Say whether an entry holds a personal signature, which is known by its five names."""
    return _signature(kept) is not None


def says_signed(kept: Kept) -> bool:
    """Say whether the vote in an entry is said to be signed in person."""
    vote = kept.data.get(_VOTE)
    return isinstance(vote, dict) and vote.get("signed") is True and vote.get("carried") is not True


def assertion_in(kept: Kept) -> Assertion | None:
    """Return the personal signature in an entry, None if there is none. Raises RefutedError if it is damaged."""
    found = _signature(kept)
    try:
        return Assertion.from_json(found) if found is not None else None
    except RecordError as why:
        raise RefutedError(marked("a personal signature is damaged: %(why)s"), why=why) from None


def _signature(kept: Kept) -> dict[str, Any] | None:
    return next((one for one in kept.data.values() if isinstance(one, dict) and set(one) == _ASSERTION), None)


def signatory(
    log: Log,
    index: int,
    entry: Entry,
    shown: Sequence[Disclosure],
    assertion: Assertion,
    proved: Covered,
    about: Passkeys,
) -> Signatory:
    """Return who signed the entry at ``index``.

    Raises RefutedError if the signature does not hold or is not over what is shown, UnsettledError if the person's key
    is not shown, or might have been revoked before.
    """
    enrolled = _enrolment(log, index, about.get(assertion.credential_id, ()))
    kept = log.kept.get(index)
    if kept is None:
        raise UnsettledError(
            marked("entry %(entry)s is signed by a person, but its kept part is not shown"), entry=index
        )
    try:
        signed = check_assertion(assertion, enrolled, index=index)
    except RecordError as why:
        raise RefutedError(marked("entry %(entry)s: %(why)s"), entry=index, why=why) from None
    if signed.origin != entry.origin or signed.type != kept.kind or not set(signed.sd) <= set(entry.digests):
        raise RefutedError(marked("entry %(entry)s: the personal signature is over another act"), entry=index)
    vote = kept.data.get(_VOTE)
    told = {**(vote if isinstance(vote, dict) else {}), **kept.data}
    if told.get("person", enrolled.person) != enrolled.person:
        raise RefutedError(
            marked("entry %(entry)s: another person signed than the one it names"), entry=index
        )
    covered = [one for one in shown if one.digest in signed.sd]
    for one in covered:
        if one.name in told and not _agree(told[one.name], one.value):
            raise RefutedError(
                marked("entry %(entry)s says otherwise of `%(field)s` than what the person signed"),
                entry=index,
                field=one.name,
            )
    _check_place(index, kept.stream, covered)
    try:
        shown_whole(log, PERSONS, proved, index)
    except UnsettledError:
        raise UnsettledError(marked("entry %(entry)s: whether the key of %(person)s had been revoked before is not shown"),
            entry=index, person=enrolled.person,
        ) from None  # fmt: skip
    return Signatory(
        enrolled.person,
        tuple(one.name for one in shown if one.digest not in signed.sd and one.audience is None),
        len(signed.sd) - len(covered),
    )


def _check_place(index: int, stream: str, covered: Sequence[Disclosure]) -> None:
    """See that what was signed is about this case, or licence: salted fields alone could be copied into any other.

    Raises RefutedError if it names another, UnsettledError if nothing that is shown of it names any.
    """
    area, _, ident = stream.partition("/")
    if not ident or any(one.audience is not None for one in covered):
        return  # a kept part names its stream and its number itself
    values = [one.value if one.name != area else {area: one.value} for one in covered]
    named = [value[area] for value in values if isinstance(value, dict) and area in value]
    if any(one != ident for one in named):
        raise RefutedError(
            marked("entry %(entry)s: the personal signature is for another %(area)s"), entry=index, area=area
        )
    if not named:
        raise UnsettledError(
            marked("entry %(entry)s: nothing that is shown of what the person signed names this %(area)s"),
            entry=index,
            area=area,
        )


def _agree(kept: object, signed: object) -> bool:
    """Say whether what is kept is what was signed; what was not signed may stand beside it."""
    if isinstance(kept, dict) and isinstance(signed, dict):
        return all(_agree(kept[name], value) for name, value in signed.items() if name in kept)
    return same(kept, signed)


def passkeys(log: Log) -> Passkeys:
    """Return the entries about each passkey, by its credential id, in the order of the log."""
    found: dict[str, list[int]] = {}
    for index, kept in log.members(PERSONS):
        # What stands in another stream could be shown without what took it away again in this one.
        credential = kept.data.get("credential_id")
        if kept.kind in (ENROLLED, REVOKED) and isinstance(credential, str):
            found.setdefault(credential, []).append(index)
    return found


def _enrolment(log: Log, index: int, about: Sequence[int]) -> Enrolment:
    """Return the last enrolment before ``index`` among the entries about one passkey."""
    enrolled = revoked = None
    for place in about:
        if log.kept[place].kind == REVOKED:
            revoked = place if enrolled is not None and revoked is None else revoked
        elif enrolled is not None and revoked is None:
            raise RefutedError(marked("entry %(entry)s enrols a key a second time"), entry=place)
        elif place < index:
            enrolled, revoked = place, None
    if enrolled is None:
        raise UnsettledError(
            marked("the key of the person who signed entry %(entry)s is not shown"), entry=index
        )
    data = log.kept[enrolled].data
    origins, algorithm = data.get("origins"), data.get("algorithm")
    eligible, backed_up = data.get("backup_eligible"), data.get("backup_state")
    texts = [one for name in _TEXTS if isinstance(one := data.get(name), str)]
    if (
        len(texts) != len(_TEXTS)
        or not isinstance(origins, list)
        or not all(isinstance(one, str) for one in origins)
        or not isinstance(algorithm, int)
        or not isinstance(eligible, bool)
        or not isinstance(backed_up, bool)
    ):
        raise RefutedError(marked("entry %(entry)s does not say how the key is used"), entry=enrolled)
    person, credential, public_key, rp_id, attestation = texts
    return Enrolment(
        person, credential, public_key, algorithm, eligible, backed_up, rp_id, tuple(origins), attestation,
        enrolled, revoked,
    )  # fmt: skip
