"""Personal signatures: a passkey's answer counts for one act, at one place, by one enrolled person who was there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1
from passkeys import CREDENTIAL, ORIGIN, Passkey, ecdsa, eddsa, rsa_key
from published import VECTORS

from lastword.record.disclosure import digest_of
from lastword.record.json import to_base64url
from lastword.record.refusal import RecordError
from lastword.record.statement import Assertion, Statement, challenge, check_assertion, statement

DIGESTS = sorted(digest_of(f"field {number}") for number in range(3))
VOTE = statement("case.voted", "log.example", DIGESTS)
ACT = 9  # index of the entry that holds the vote


@cache
def key_of(kind: str) -> Passkey:
    """Return one key of each kind."""
    return {"ES256": ecdsa, "EdDSA": eddsa, "RS256": rsa_key}[kind]()


KEY = key_of("ES256")
PARTS = ["statement", "client_data", "authenticator_data", "signature"]


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "values"])
def test_canonical_json_is_that_of_the_published_examples(name: str) -> None:
    """RFC 8785, byte for byte; statements and rows of the stream index are written by it."""
    given = json.loads((VECTORS / "jcs" / "input" / f"{name}.json").read_text(encoding="utf-8"))
    assert rfc8785.dumps(given) == (VECTORS / "jcs" / "output" / f"{name}.json").read_bytes()


def test_a_statement_is_canonical_json_of_type_origin_and_digests() -> None:
    """The digests sorted, whatever order they came in; the challenge is its SHA-256."""
    text = (
        f'{{"_sd":["{DIGESTS[0]}","{DIGESTS[1]}","{DIGESTS[2]}"],"origin":"log.example","type":"case.voted"}}'
    )
    assert statement("case.voted", "log.example", DIGESTS[::-1]) == text.encode() == VOTE
    assert challenge(VOTE) == hashlib.sha256(text.encode()).digest()
    assert Statement.read(VOTE) == Statement("case.voted", "log.example", tuple(DIGESTS))


@pytest.mark.parametrize(
    ("kind", "origin", "sd"),
    [
        ("", "log.example", DIGESTS),
        ("case\nvoted", "log.example", DIGESTS),
        ("case.voted", "", DIGESTS),
        ("case.voted", "log\nexample", DIGESTS),
        ("case.voted", "log.example", []),
        ("case.voted", "log.example", [DIGESTS[0], DIGESTS[0]]),
        ("case.voted", "log.example", ["short"]),
        ("case.voted", "log.example", [DIGESTS[0] + "\n"]),
        ("case.voted", "\ud800", DIGESTS),
    ],
)
def test_a_statement_that_says_nothing_is_not_made(kind: str, origin: str, sd: list[str]) -> None:
    """Without act, record or digests there is nothing to sign."""
    with pytest.raises(RecordError):
        statement(kind, origin, sd)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        VOTE + b" ",
        VOTE.replace(b":", b": "),
        VOTE.replace(b'"type"', b'"kind"'),
        VOTE[:-1] + b',"more":1}',
        VOTE[:-1] + b',"type":"case.voted"}',
        VOTE.replace(b'"case.voted"', b"1"),
        VOTE.replace(b'"log.example"', b"null"),
        VOTE.replace(f'"{DIGESTS[2]}"'.encode(), b"1"),
        statement("a", "b", DIGESTS).replace(DIGESTS[0].encode(), DIGESTS[2].encode()),
        b'{"_sd":"x","origin":"log.example","type":"case.voted"}',
    ],
)
def test_a_statement_written_in_another_way_is_refused(content: bytes) -> None:
    """Spaces, other names, more names, one twice, other values, digests out of order or twice."""
    with pytest.raises(RecordError, match=r"the statement is damaged|names the digests"):
        Statement.read(content)


@pytest.mark.parametrize("kind", ["ES256", "EdDSA", "RS256"])
def test_a_passkey_of_each_algorithm_signs_an_act(kind: str) -> None:
    """The answer holds, and says what was signed; with one bit of its signature changed it does not."""
    key = key_of(kind)
    answer = key.answer(VOTE)
    assert check_assertion(answer, key.enrolment(), index=ACT) == Statement.read(VOTE)
    damaged = bytes([*answer.signature[:-1], answer.signature[-1] ^ 1])
    with pytest.raises(RecordError, match="does not hold"):
        check_assertion(replace(answer, signature=damaged), key.enrolment(), index=ACT)


def test_the_counter_of_the_passkey_is_not_looked_at() -> None:
    """The record orders the acts, so a counter that stays, or goes back, spoils nothing."""
    for counter in (0, 1, 4_000_000_000):
        check_assertion(KEY.answer(VOTE, counter=counter), KEY.enrolment(), index=ACT)


CLIENTS: dict[str, tuple[Any, str]] = {
    "an enrolment passed off as an act": ({"type": "webauthn.create"}, "did not sign an act"),
    "a payment": ({"type": "payment.get"}, "did not sign an act"),
    "another statement": ({"challenge": to_base64url(bytes(32))}, "another statement"),
    "its challenge with padding": ({"challenge": to_base64url(challenge(VOTE)) + "="}, "another statement"),
    "another site": ({"origin": "https://evil.example"}, "does not allow"),
    "the site without encryption": ({"origin": "http://clearance.example"}, "does not allow"),
    "a site that begins alike": ({"origin": ORIGIN + ".evil.example"}, "does not allow"),
    "several sites": ({"origin": [ORIGIN]}, "does not allow"),
    "a frame in another page": ({"crossOrigin": True}, "page of somebody else"),
    "a frame, said otherwise": ({"crossOrigin": 1}, "page of somebody else"),
    "a page above": ({"topOrigin": "https://evil.example"}, "page of somebody else"),
    "a name twice": (
        b'{"type":"webauthn.get","type":"webauthn.get","challenge":"'
        + to_base64url(challenge(VOTE)).encode()
        + b'","origin":"https://clearance.example"}',
        "damaged",
    ),
    "no object": (b"[]", "damaged"),
    "no JSON": (b"{", "damaged"),
    "nothing": (b"", "damaged"),
}


@pytest.mark.parametrize(("client", "why"), CLIENTS.values(), ids=CLIENTS.keys())
def test_what_was_signed_elsewhere_or_for_something_else_is_refused(client: Any, why: str) -> None:
    """Though the passkey did sign it."""
    with pytest.raises(RecordError, match=why):
        check_assertion(KEY.answer(VOTE, client=client), KEY.enrolment(), index=ACT)


@pytest.mark.parametrize(
    ("flags", "rp_id", "why"),
    [
        (0b001, "clearance.example", "not verified"),
        (0b100, "clearance.example", "not present"),
        (0b000, "clearance.example", "not present"),
        (0b101, "evil.example", "RP ID"),
        (0b1101, "clearance.example", "can be copied"),
        (0b11101, "clearance.example", "can be copied"),
    ],
)
def test_the_person_must_be_there_and_verified_at_the_enrolled_place(
    flags: int, rp_id: str, why: str
) -> None:
    """A touch alone is not enough; and a key that could not be copied at its enrolment still cannot."""
    with pytest.raises(RecordError, match=why):
        check_assertion(KEY.answer(VOTE, flags=flags, rp_id=rp_id), KEY.enrolment(), index=ACT)


def test_a_passkey_that_can_be_copied_may_be_copied_later() -> None:
    """Enrolled as one that can be, it is in the cloud or not yet."""
    enrolment = KEY.enrolment(backup_eligible=True)
    for flags in (0b1101, 0b11101):
        check_assertion(KEY.answer(VOTE, flags=flags), enrolment, index=ACT)
    with pytest.raises(RecordError, match="can be copied"):
        check_assertion(KEY.answer(VOTE), enrolment, index=ACT)


@pytest.mark.parametrize("enrolled", [ACT, ACT + 1, 10**9])
def test_a_passkey_counts_only_after_its_enrolment(enrolled: int) -> None:
    """Not in the same entry, and not backwards."""
    with pytest.raises(RecordError, match="not before the act"):
        check_assertion(KEY.answer(VOTE), KEY.enrolment(index=enrolled), index=ACT)
    check_assertion(KEY.answer(VOTE), KEY.enrolment(index=ACT - 1), index=ACT)


@pytest.mark.parametrize("revoked", [6, ACT - 1, ACT])
def test_a_revoked_passkey_counts_no_more(revoked: int) -> None:
    """What it signed before stays signed."""
    enrolment = KEY.enrolment(revoked_index=revoked)
    with pytest.raises(RecordError, match="was revoked"):
        check_assertion(KEY.answer(VOTE), enrolment, index=ACT)
    check_assertion(KEY.answer(VOTE), KEY.enrolment(revoked_index=ACT + 1), index=ACT)


def test_another_credential_or_another_key_is_not_the_persons() -> None:
    """Neither its name nor its signature stands in for the enrolled one."""
    answer = replace(KEY.answer(VOTE), credential_id=to_base64url(b"another"))
    with pytest.raises(RecordError, match="not the one enrolled"):
        check_assertion(answer, KEY.enrolment(), index=ACT)
    with pytest.raises(RecordError, match="does not hold"):
        check_assertion(ecdsa(secret=18).answer(VOTE), KEY.enrolment(), index=ACT)


def test_an_answer_does_not_count_for_another_statement() -> None:
    """Another type of act, another record, another field."""
    others = [
        statement("case.decided", "log.example", DIGESTS),
        statement("case.voted", "other.example", DIGESTS),
        statement("case.voted", "log.example", DIGESTS[:2]),
    ]
    for other in others:
        with pytest.raises(RecordError, match="another statement"):
            check_assertion(replace(KEY.answer(VOTE), statement=other), KEY.enrolment(), index=ACT)


@pytest.mark.parametrize(
    ("key", "other"),
    [
        (ecdsa, {"algorithm": -8}),
        (ecdsa, {"algorithm": -35}),
        (lambda: ecdsa(ec.SECP384R1(), 2), {}),
        (lambda: rsa_key(1024), {}),
        (lambda: rsa_key(2048, -37), {}),
        (lambda: rsa_key(2048, -65535, SHA1()), {}),
        (lambda: rsa_key(2048, -65535, SHA1()), {"algorithm": -257}),
        (ecdsa, {"public_key": to_base64url(b"\x04" + ecdsa().cose[-2] + ecdsa().cose[-3])}),
        (ecdsa, {"public_key": ""}),
        (ecdsa, {"public_key": to_base64url(b"\x04" + bytes(64))}),
        (ecdsa, {"public_key": to_base64url(b"\xa0")}),
        (ecdsa, {"public_key": to_base64url(b"no key")}),
        (ecdsa, {"public_key": "*"}),
    ],
)
def test_an_enrolled_key_that_is_weak_or_of_another_kind_is_refused(key: Any, other: dict[str, Any]) -> None:
    """Other algorithms than enrolled, other curves, short keys, SHA-1, damaged keys."""
    made: Passkey = key()
    with pytest.raises(RecordError):
        check_assertion(made.answer(VOTE), made.enrolment(**other), index=ACT)


@pytest.mark.parametrize("kind", ["ES256", "EdDSA", "RS256"])
@pytest.mark.parametrize("part", PARTS)
def test_no_byte_of_a_personal_signature_can_be_changed(kind: str, part: str) -> None:
    """Each one changed, left out, or the last one added: it is refused, never misread."""
    key = key_of(kind)
    answer = key.answer(VOTE)
    content: bytes = getattr(answer, part)
    changes = [content + b"\0"]
    for place in range(len(content)):
        before, here, after = content[:place], content[place], content[place + 1 :]
        changes += [before + bytes([here ^ 1 << place % 8]) + after, before + after]
    parts = {"credential_id": CREDENTIAL, **{name: getattr(answer, name) for name in PARTS}}
    for changed in changes:
        with pytest.raises(RecordError):
            check_assertion(Assertion(**{**parts, part: changed}), key.enrolment(), index=ACT)


def test_a_personal_signature_is_kept_as_json_and_read_back() -> None:
    """The statement as text, bytes in base64url."""
    answer = KEY.answer(VOTE)
    kept = json.loads(json.dumps(answer.as_json()))
    assert Assertion.from_json(kept) == answer
    assert kept["statement"] == VOTE.decode()
    assert kept["credential_id"] == CREDENTIAL


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        {"statement": None},
        {"signature": 1},
        {"signature": "a="},
        {"client_data": "*"},
        {"credential_id": "++"},
        {"statement": "\ud800"},
    ],
)
def test_a_personal_signature_kept_in_another_form_is_refused(change: dict[str, Any]) -> None:
    """More names, other kinds of values, other base64."""
    with pytest.raises(RecordError):
        Assertion.from_json({**KEY.answer(VOTE).as_json(), **change})
    with pytest.raises(RecordError):
        Assertion.from_json([])
