"""Signed notes and cosignatures: who signed, what spoils a note, and what is passed over."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import cases, signatures

from lastword.errors import InputError, Where
from lastword.record.cosignature import Cosignature, WitnessKey, WitnessSigner, cosignatures, cosigned_at
from lastword.record.note import Key, Note, Signer, Verifier, signature_line

AT = Where("note")
LOG = Signer("log.example", bytes([1]) * 32)
OTHER = Signer("other.example", bytes([2]) * 32)
WITNESS = WitnessSigner("witness.example", bytes([3]) * 32)
SECOND = WitnessSigner("second.example", bytes([4]) * 32)
TEXT = "log.example\n7\nAAAA\n"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=60).map(
    lambda text: text + "\n"
)


def read(note: str) -> Note:
    """Read a note."""
    return Note.read(note.encode(), AT)


@pytest.mark.parametrize("case", cases("signed-note.json"), ids=lambda case: case["name"])
def test_published_notes_are_judged_as_their_authors_say(case: dict[str, Any]) -> None:
    """The examples of C2SP and of Go: unknown signers are passed over, a known one whose signature fails is not."""
    keys = [Verifier.read(text, AT) for text in case["vkeys"]]
    content = case["note"].encode()
    if case["ok"]:
        note = Note.read(content, AT)
        assert note.verified(keys, AT) == tuple(keys)
        assert bytes(note) == content
    else:
        with pytest.raises(InputError, match="is no signed note"):
            Note.read(content, AT).verified(keys, AT)


@pytest.mark.parametrize(
    ("key", "case"),
    signatures(),
    ids=lambda given: f"tc{given['tcId']}" if isinstance(given, dict) else "key",
)
def test_signatures_of_ed25519_are_judged_as_wycheproof_says(key: str, case: dict[str, Any]) -> None:
    """Among them ones that are cut short, too long, or another way of writing a valid one."""
    verifier = Verifier("wycheproof", bytes.fromhex(key))
    fits = verifier.fits(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
    assert fits is (case["result"] == "valid")


@settings(deadline=None)
@given(text=TEXTS)
def test_any_text_that_is_signed_is_read_back_with_its_signer(text: str) -> None:
    """Empty lines in it included."""
    note = read(LOG.sign(text))
    assert note.text == text
    assert note.verified([OTHER.verifier, LOG.verifier], AT) == (LOG.verifier,)
    assert note.signed_by([OTHER.verifier, LOG.verifier]) == LOG.verifier


def test_all_who_signed_and_are_known_are_named() -> None:
    """In the order of the reader's keys; a witness is a signer like any other."""
    note = read(LOG.sign(TEXT)).with_lines([OTHER.line(TEXT), WITNESS.sign(TEXT, 1)], AT)
    known: list[Key] = [WITNESS.key, OTHER.verifier, SECOND.key]
    assert note.verified(known, AT) == (WITNESS.key, OTHER.verifier)


def test_a_known_key_whose_signature_fails_spoils_the_note_whoever_else_signed() -> None:
    """Even if the same key also signed well."""
    bad = OTHER.line("another text\n")
    note = read(LOG.sign(TEXT)).with_lines([bad], AT)
    assert note.verified([LOG.verifier], AT) == (LOG.verifier,)
    with pytest.raises(InputError, match=r"`other\.example` does not fit"):
        note.verified([LOG.verifier, OTHER.verifier], AT)
    both = note.with_lines([OTHER.line(TEXT)], AT)
    with pytest.raises(InputError, match=r"`other\.example` does not fit"):
        both.verified([LOG.verifier, OTHER.verifier], AT)


@pytest.mark.parametrize("length", [1, 8, 63, 65, 72, 2428, 5000])
def test_signatures_of_unknown_types_and_lengths_are_passed_over_and_kept(length: int) -> None:
    """A log may sign in ways that were not thought of when this was written."""
    strange = signature_line("strange.example", b"\1\2\3\4", bytes(length))
    note = read(LOG.sign(TEXT) + strange)
    assert note.verified([LOG.verifier], AT) == (LOG.verifier,)
    assert bytes(note) == (LOG.sign(TEXT) + strange).encode()


def test_a_known_key_with_a_signature_of_another_length_spoils_the_note() -> None:
    """It is known what its signatures look like."""
    line = signature_line(OTHER.name, OTHER.verifier.hash, bytes(72))
    with pytest.raises(InputError, match="does not fit"):
        read(LOG.sign(TEXT) + line).verified([LOG.verifier, OTHER.verifier], AT)


def test_one_name_or_one_hash_alone_is_not_the_key() -> None:
    """Signatures from keys that share only one of them with a known key are passed over."""
    lines = [
        signature_line(OTHER.name, b"\0\0\0\0", bytes(64)),
        signature_line("nobody.example", OTHER.verifier.hash, bytes(64)),
    ]
    assert read(LOG.sign(TEXT)).with_lines(lines, AT).verified([LOG.verifier, OTHER.verifier], AT) == (
        LOG.verifier,
    )


def test_the_same_32_bytes_are_another_key_as_a_witness() -> None:
    """Otherwise a witness's key could sign as a log."""
    twin = WitnessSigner(LOG.name, LOG.seed)
    assert twin.key.public == LOG.verifier.public
    assert twin.key.hash != LOG.verifier.hash
    with pytest.raises(InputError, match="nobody whose key is known"):
        read(LOG.sign(TEXT)).verified([twin.key], AT)
    for text, reader in ((str(twin.key), Verifier), (str(LOG.verifier), WitnessKey)):
        with pytest.raises(InputError, match="is no verifier key"):
            reader.read(text, AT)


def test_a_note_may_have_100_signatures_and_no_more() -> None:
    """16 must be taken, says C2SP; Go ends at 100."""
    lines = [signature_line(f"n{number}.example", b"\1\2\3\4", bytes(64)) for number in range(100)]
    note = read(LOG.sign(TEXT)).with_lines(lines[:99], AT)
    assert note.verified([LOG.verifier], AT) == (LOG.verifier,)
    with pytest.raises(InputError, match="101 signatures"):
        note.with_lines(lines[:1], AT)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no signature below"),
        (TEXT.encode(), "no signature below"),
        (LOG.sign(TEXT).encode()[:-1], "no signature below"),
        (LOG.sign(TEXT).encode() + b"\n", "no signature below"),
        (LOG.sign(TEXT).replace("\n", "\r\n").encode(), "control characters"),
        (LOG.sign(TEXT).replace("7", "\t").encode(), "control characters"),
        (LOG.sign(TEXT).encode() + b"\xff\n", "not UTF-8"),
        (LOG.sign(TEXT).replace("\u2014", "-").encode(), "no signature"),
        (LOG.sign(TEXT).replace("\u2014 ", "\u2014  ").encode(), "no signature"),
        (LOG.sign(TEXT).replace("\u2014 log.example", "\u2014 log+example").encode(), "no signature"),
        (f"{TEXT}\n\u2014 log.example AAAA\n".encode(), "is damaged"),
        (f"{TEXT}\n\u2014 log.example AAAAAA==\n".encode(), "is damaged"),
        (f"{TEXT}\n\u2014 log.example AAAAAAAAB\n".encode(), "is damaged"),
        (f"{TEXT}\n\u2014 log.example AAAAAAB=\n".encode(), "is damaged"),
    ],
)
def test_what_is_no_note_is_refused(content: bytes, why: str) -> None:
    """Half a line, line ends of Windows, other dashes, other spaces, base64 in two ways of writing."""
    with pytest.raises(InputError, match=re.escape(why)):
        Note.read(content, AT)


@pytest.mark.parametrize("case", cases("cosignature.json"), ids=lambda case: case["source_path"])
def test_a_cosignature_of_a_witness_at_work_is_accepted(case: dict[str, Any]) -> None:
    """One of FiloSottile/sunlight, over a log of 300 entries; one bit of text or time changed, it is refused."""
    key = WitnessKey.read(case["cosigner_vkey"], AT)
    assert str(key) == case["cosigner_vkey"]
    note = read(case["note"])
    assert cosignatures(note, [key], AT) == (Cosignature(key, case["timestamp"]),)
    name, digest, signature = note.signatures[0]
    for text, other in (
        (note.text.replace("300", "301"), signature),
        (note.text, bytes([*signature[:7], signature[7] ^ 1]) + signature[8:]),
    ):
        with pytest.raises(InputError, match="does not fit"):
            cosignatures(Note(text, ((name, digest, other),)), [key], AT)


@settings(deadline=None)
@given(text=TEXTS, time=st.integers(0, 2**63 - 1))
def test_a_witness_signs_the_text_and_its_time(text: str, time: int) -> None:
    """Both are read back; at no other time does the signature hold."""
    note = read(LOG.sign(text)).with_lines([WITNESS.sign(text, time)], AT)
    assert cosignatures(note, [SECOND.key, WITNESS.key], AT) == (Cosignature(WITNESS.key, time),)
    signature = note.signatures[1][2]
    assert cosigned_at(signature) == time
    later = ((time + 1) % 2**63).to_bytes(8, "big") + signature[8:]
    assert not WITNESS.key.fits(text.encode(), later)


@pytest.mark.parametrize("times", [(9, 5), (5, 9)])
def test_of_several_cosignatures_of_one_witness_the_latest_time_counts(times: tuple[int, int]) -> None:
    """A witness says again from time to time that it saw nothing larger; the order of the lines means nothing."""
    note = read(LOG.sign(TEXT)).with_lines([WITNESS.sign(TEXT, time) for time in times], AT)
    assert cosignatures(note, [WITNESS.key], AT) == (Cosignature(WITNESS.key, 9),)


def test_a_note_without_cosignatures_is_not_spoilt() -> None:
    """A log may be read before its witnesses came by."""
    assert cosignatures(read(LOG.sign(TEXT)), [WITNESS.key], AT) == ()


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_time_that_cannot_be_written_is_not_signed(time: int) -> None:
    """Eight bytes, and no more than 2**63 - 1."""
    with pytest.raises(InputError, match="is no time of a cosignature"):
        WITNESS.sign(TEXT, time)
    assert cosigned_at(bytes([255]) * 72) is None


@settings(deadline=None)
@given(seed=st.binary(min_size=32, max_size=32))
def test_keys_are_read_as_they_are_written(seed: bytes) -> None:
    """Of logs and of witnesses, private and public."""
    log, witness = Signer("a.example", seed), WitnessSigner("a.example", seed)
    assert Signer.read(log.private_line(), AT) == log
    assert WitnessSigner.read(witness.private_line(), AT) == witness
    assert Verifier.read(str(log.verifier), AT) == log.verifier
    assert WitnessKey.read(str(witness.key), AT) == witness.key


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u200bb"])
def test_a_key_has_a_name_without_spaces_and_plus_signs(name: str) -> None:
    """Else its lines could be read otherwise than they were written."""
    for new in (Signer.new, WitnessSigner.new):
        with pytest.raises(InputError, match="can be no name of a key"):
            new(name, bytes(32), AT)


def test_a_private_key_is_not_shown_by_accident() -> None:
    """Not in what a debugger or a log of errors prints."""
    assert WITNESS.seed.hex() not in repr(WITNESS)
    assert repr(WITNESS.seed) not in repr(WITNESS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        str(LOG.verifier),
        WITNESS.private_line()[:-4],
        WITNESS.private_line().replace("witness", "w1tness"),
        LOG.private_line(),
    ],
)
def test_what_is_no_private_key_of_a_witness_is_refused(text: str) -> None:
    """Nothing, a public key, half a key, another name, the key of a log."""
    with pytest.raises(InputError):
        WitnessSigner.read(text, AT)
