"""Entries: what is signed, what can be shown or erased, and that one entry has one way of being written."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import cases
from salts import salts

from lastword.errors import InputError
from lastword.record.disclosure import Disclosure, Salted, digest_of
from lastword.record.entry import Composed, Entry, EntrySigner, compose
from lastword.record.json import Json, from_base64url, read_written, to_base64url, written
from lastword.record.refusal import RecordError

SIGNER = EntrySigner.of(bytes([7]) * 32)
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 25, 9, 7, 5, tzinfo=UTC)
SALT = "c2FsdC1vZi10aGUtdGVzdA"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = TEXTS.filter(lambda name: name not in {"_sd", "..."})
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.from_regex(r"[a-z]{4,8}(\.[a-z]{1,5})?", fullmatch=True)


def made(
    kept: Mapping[str, Mapping[str, Json]] | None = None,
    erasable: Mapping[str, Json | Salted] | None = None,
    *,
    origin: str = "log.example",
    issued: datetime = NOW,
) -> Composed:
    """Compose an entry, by default one of two fields."""
    return compose(
        origin=origin,
        issued=issued,
        kept={"authority": {"kind": "case.voted", "no": 3}} if kept is None else kept,
        erasable={"person": "Jane Doe"} if erasable is None else erasable,
        signer=SIGNER,
        salt=salts("entry"),
    )


ENTRY = made()


def forged(header: object = None, payload: object = None) -> bytes:
    """Return ENTRY with another header or payload (JSON, or bytes as they are), and a good signature of the log."""
    parts = ENTRY.body.split(b".")
    for place, part in enumerate((header, payload)):
        if part is not None:
            raw = part if isinstance(part, bytes) else written(part)  # type: ignore[arg-type]  # JSON by its callers
            parts[place] = to_base64url(raw).encode()
    signed = b".".join(parts[:2])
    return signed + b"." + to_base64url(SIGNER.sign(signed)).encode()


def part(place: int) -> dict[str, Any]:
    """Return header (0) or payload (1) of ENTRY."""
    found = json.loads(from_base64url(ENTRY.body.split(b".")[place].decode()))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("case", cases("sd-jwt-digest.json"))
def test_the_digest_of_a_disclosure_is_that_of_the_standard(case: dict[str, Any]) -> None:
    """The example of the SD-JWT specification."""
    assert digest_of(case["disclosure"]) == case["sha256_b64url"]


@settings(deadline=None)
@given(
    kept=st.dictionaries(FIELDS, st.dictionaries(NAMES, VALUES, max_size=4), max_size=3),
    erasable=st.dictionaries(FIELDS, VALUES, max_size=12),
    issued=st.integers(0, 253_402_300_799_999_999).map(lambda at: FIRST + timedelta(microseconds=at)),
)
def test_an_entry_is_read_as_it_was_composed(
    kept: dict[str, dict[str, Any]], erasable: dict[str, Any], issued: datetime
) -> None:
    """Its origin, its time to the second, and each disclosure, kept for an audience or erasable, with its value."""
    composed = made(kept, erasable, issued=issued)
    entry = Entry.read(composed.body)
    entry.check(SIGNER.public)
    assert (entry.origin, entry.issued, entry.kid) == (
        "log.example",
        issued.replace(microsecond=0),
        SIGNER.kid,
    )
    shown = [Disclosure.read(one.text) for one in composed.disclosures]
    assert all(entry.discloses(one) for one in shown)
    assert {one.audience: one.value for one in shown if one.audience is not None} == kept
    assert {one.name: one.value for one in shown if one.audience is None} == erasable


@pytest.mark.parametrize("fields", [0, 1, 6, 7, 8, 9, 15, 16, 17])
def test_the_number_of_digests_is_a_multiple_of_eight_however_many_fields_there_are(fields: int) -> None:
    """Decoys fill it up; an entry without any field has eight of them, so that none can be guessed from its hash."""
    composed = made({}, {f"field{number}": number for number in range(fields)})
    digests = Entry.read(composed.body).digests
    assert len(digests) == max(8, -(-fields // 8) * 8)
    assert list(digests) == sorted(set(digests))
    assert {one.digest for one in composed.disclosures} <= set(digests)


def test_open_to_all_are_origin_time_and_digests_alone() -> None:
    """Neither kind nor name nor value of any field can be seen in the entry."""
    assert part(0) == {"alg": "EdDSA", "typ": "lastword-entry+sd-jwt", "kid": SIGNER.kid}
    assert part(1).keys() == {"iss", "iat", "_sd", "_sd_alg"}
    assert part(1)["iat"] == int(NOW.timestamp())


def test_an_entry_and_its_disclosures_are_an_sd_jwt_of_the_standard() -> None:
    """Put together with tildes they are what RFC 9901, section 4, describes: digests over the text of [salt, name, value]."""
    for one in ENTRY.disclosures:
        raw = base64.urlsafe_b64decode(one.text + "=" * (-len(one.text) % 4))
        assert json.loads(raw) == [one.salt, one.name, one.value]
        digest = base64.urlsafe_b64encode(hashlib.sha256(one.text.encode()).digest()).rstrip(b"=").decode()
        assert digest in part(1)["_sd"]


def test_an_erased_field_leaves_the_entry_signed_and_the_others_readable() -> None:
    """The body never changes; what is gone is a text beside it."""
    composed = made({"authority": {"no": 1}}, {"name": "Jane Doe", "reason": "because"})
    left = [one for one in composed.disclosures if one.name != "name"]
    entry = Entry.read(composed.body)
    entry.check(SIGNER.public)
    assert all(entry.discloses(one) for one in left)
    assert b"Jane" not in composed.body


def test_a_value_without_its_salt_is_not_a_part_of_the_entry() -> None:
    """Whoever guesses name and value cannot find out from the entry that he is right."""
    assert Entry.read(ENTRY.body).discloses(ENTRY.disclosures[1])
    assert not Entry.read(ENTRY.body).discloses(Disclosure("person", "Jane Doe", SALT))


def test_a_digest_that_is_known_beforehand_is_kept_by_fixing_its_salt() -> None:
    """A request's fields have digests before the entry is written."""
    known = Disclosure("request.from", "DE", SALT)
    entry = Entry.read(made(erasable={"request.from": Salted("DE", SALT)}).body)
    assert entry.discloses(known)


def test_every_changed_byte_of_an_entry_is_found() -> None:
    """Each byte of the body, in each of its eight bits: the entry is refused or its signature fails."""
    entry = Entry.read(ENTRY.body)
    for place in range(len(ENTRY.body)):
        for bit in range(8):
            changed = bytearray(ENTRY.body)
            changed[place] ^= 1 << bit
            with pytest.raises(RecordError):
                Entry.read(bytes(changed)).check(SIGNER.public)
    entry.check(SIGNER.public)


def test_an_entry_cut_short_or_made_longer_is_refused() -> None:
    """At each place, and with what other forms of JWS and SD-JWT would append."""
    for place in range(len(ENTRY.body)):
        with pytest.raises(RecordError):
            Entry.read(ENTRY.body[:place]).check(SIGNER.public)
    for more in (
        b"=",
        b".",
        b"~",
        b"\n",
        b" ",
        b"\0",
        b"." + ENTRY.body,
        b"~" + ENTRY.disclosures[0].text.encode(),
    ):
        with pytest.raises(RecordError):
            Entry.read(ENTRY.body + more)


def test_a_signature_of_another_length_is_none_of_ed25519() -> None:
    """Refused already when it is read."""
    signed = ENTRY.body.rpartition(b".")[0]
    for length in (0, 32, 63, 65, 128):
        with pytest.raises(RecordError, match=f"{length} bytes, not 64"):
            Entry.read(signed + b"." + to_base64url(bytes(length)).encode())


def test_another_key_is_refused_whatever_the_entry_names() -> None:
    """The name of the key is that of its bytes; whoever checks says which key it must be."""
    other = EntrySigner.of(bytes([8]) * 32)
    with pytest.raises(RecordError, match="names the key"):
        Entry.read(ENTRY.body).check(other.public)
    with pytest.raises(RecordError, match="signature of the entry is not"):
        Entry.read(forged({**part(0), "kid": other.kid})).check(other.public)


HEADERS: dict[str, Any] = {
    "another algorithm": {**part(0), "alg": "HS256"},
    "no algorithm": {**part(0), "alg": "none"},
    "the algorithm in other letters": {**part(0), "alg": "eddsa"},
    "another type": {**part(0), "typ": "JWT"},
    "a type of media": {**part(0), "typ": "application/lastword-entry+sd-jwt"},
    "a critical header": {**part(0), "crit": ["exp"]},
    "a header of its own key": {**part(0), "jwk": {}},
    "an unknown header": {**part(0), "x": 1},
    "no key": {"alg": "EdDSA", "typ": "lastword-entry+sd-jwt"},
    "a key without a name": {**part(0), "kid": ""},
    "a key with a name of another kind": {**part(0), "kid": "K" * 16},
    "a key that is a number": {**part(0), "kid": 7},
    "a list": [],
    "a name twice": b'{"alg":"none",' + written(part(0))[1:],
    "spaces": json.dumps(part(0)).encode(),
    "no JSON": b"{",
    "no UTF-8": b"\xff",
    "nothing": b"",
}
PAYLOADS: dict[str, Any] = {
    "an unknown claim": {**part(1), "exp": 1},
    "no digests": {**part(1), "_sd": []},
    "digests that are a text": {**part(1), "_sd": "x" * 8},
    "a number of digests that says how many fields there are": {**part(1), "_sd": part(1)["_sd"][:7]},
    "digests out of order": {**part(1), "_sd": part(1)["_sd"][::-1]},
    "a digest twice": {**part(1), "_sd": sorted([*part(1)["_sd"][1:], part(1)["_sd"][1]])},
    "a short digest": {**part(1), "_sd": [*part(1)["_sd"][:7], "z"]},
    "a digest written otherwise": {**part(1), "_sd": [*part(1)["_sd"][:7], "z" * 42 + "9"]},
    "a digest that is a number": {**part(1), "_sd": [*part(1)["_sd"][:7], 1]},
    "other digests": {**part(1), "_sd_alg": "sha-1"},
    "no name of the digests": {name: value for name, value in part(1).items() if name != "_sd_alg"},
    "a time before 1970": {**part(1), "iat": -1},
    "a time beyond the calendar": {**part(1), "iat": 253_402_300_800},
    "a time that is a text": {**part(1), "iat": "1"},
    "a time that is true": {**part(1), "iat": True},
    "a time with a fraction": written(part(1)).replace(b'"iat":', b'"iat":1.0,"x":'),
    "a time in floating point": written({**part(1), "iat": 12}).replace(b":12,", b":1.2e1,"),
    "a time that is not finite": written({**part(1), "iat": 12}).replace(b":12,", b":NaN,"),
    "a time of many digits": written({**part(1), "iat": 12}).replace(b":12,", b":" + b"9" * 5000 + b","),
    "a zero with a sign": written({**part(1), "iat": 0}).replace(b":0,", b":-0,"),
    "a leading zero": written({**part(1), "iat": 7}).replace(b":7,", b":07,"),
    "no origin": {**part(1), "iss": ""},
    "an origin of two lines": {**part(1), "iss": "a\nb"},
    "an origin that is a list": {**part(1), "iss": ["log.example"]},
    "half a surrogate pair": written(part(1)).replace(b"log.example", b"\\ud800"),
    "a letter written as a number": written(part(1)).replace(b"log.example", b"\\u006cog.example"),
    "a claim twice": b'{"iss":"other.example",' + written(part(1))[1:],
    "claims out of order": b'{"iss":"log.example",'
    + written(part(1)).replace(b'"iss":"log.example",', b"")[1:],
    "too deep": b'{"iss":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "null": b"null",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_an_entry_with_another_header_is_refused_even_if_the_log_signed_it(header: object) -> None:
    """The algorithm, the type and the names are not for the entry to choose."""
    with pytest.raises(RecordError):
        Entry.read(forged(header=header))


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_an_entry_with_other_claims_is_refused_even_if_the_log_signed_it(payload: object) -> None:
    """What two readers could understand in two ways, and what says more than all entries say."""
    with pytest.raises(RecordError):
        Entry.read(forged(payload=payload))


def test_an_entry_is_accepted_when_it_is_forged_with_nothing_changed() -> None:
    """So the refusals above are for what was changed."""
    assert forged(part(0), part(1)) == ENTRY.body
    Entry.read(forged(part(0), part(1))).check(SIGNER.public)


class Verdict(StrEnum):
    """A text that is also something else."""

    GRANT = "grant"


@pytest.mark.parametrize(
    "value",
    [
        0.1,
        float("nan"),
        Decimal("0.10"),
        NOW,
        b"bytes",
        {1, 2},
        Verdict.GRANT,
        2**53,
        -(2**53),
        "\ud800",
        {"\udc00": 1},
        {1: "one"},
        {"a": [{"b": 0.5}]},
        {"_sd": []},
        [{"deep": [{"...": "x"}]}],
    ],
    ids=repr,
)
def test_a_value_that_readers_could_take_for_different_things_is_refused(value: Any) -> None:
    """Fractions, numbers beyond 2**53 - 1, halves of surrogate pairs, marks of SD-JWT; a quantity is a text."""
    with pytest.raises(InputError):
        made(erasable={"field": value})
    with pytest.raises(InputError):
        made(kept={"public": {"field": value}})
    with pytest.raises(RecordError):
        Disclosure("field", value, SALT)


def test_what_is_deeper_than_64_is_refused_without_exhausting_the_reader() -> None:
    """Written or read; the array around the value is the first level."""
    value: Any = "x"
    for _ in range(63):
        value = [value]
    assert Disclosure.read(Disclosure("field", value, SALT).text).value == value
    with pytest.raises(InputError, match="deeper than 64"):
        made(erasable={"field": [value]})
    text = to_base64url(f'["{SALT}","field",{"[" * 100_000}{"]" * 100_000}]'.encode())
    with pytest.raises(RecordError):
        Disclosure.read(text)


@pytest.mark.parametrize("name", ["", "iss", "iat", "_sd", "_sd_alg", "...", "kept:public"])
def test_a_field_cannot_have_a_name_that_means_something_else(name: str) -> None:
    """It would overwrite an open claim, or pass for what is kept."""
    with pytest.raises(InputError):
        made(erasable={name: "x"})


def test_an_audience_has_a_name() -> None:
    """`kept:` alone is for nobody."""
    with pytest.raises(InputError, match="audience has no name"):
        made(kept={"": {}})
    with pytest.raises(RecordError, match="no name of a disclosure"):
        Disclosure("kept:", {}, SALT)


DISCLOSURES: dict[str, str] = {
    "spaces": json.dumps([SALT, "a", 1]),
    "two parts": f'["{SALT}","a"]',
    "four parts": f'["{SALT}","a",1,2]',
    "an object": "{}",
    "a text": '"abc"',
    "a salt that is a number": '[7,"a",1]',
    "a short salt": '["abc","a",1]',
    "a salt of other characters": '["++++++++++++++++++++++","a",1]',
    "a name that is a number": f'["{SALT}",7,1]',
    "a name of SD-JWT": f'["{SALT}","_sd",1]',
    "a fraction": f'["{SALT}","a",0.5]',
    "a fraction that is whole": f'["{SALT}","a",1.0]',
    "no number": f'["{SALT}","a",NaN]',
    "infinity": f'["{SALT}","a",-Infinity]',
    "a number too large": f'["{SALT}","a",9007199254740992]',
    "a number of many digits": f'["{SALT}","a",{"9" * 5000}]',
    "a zero with a sign": f'["{SALT}","a",-0]',
    "a name twice": f'["{SALT}","a",{{"b":1,"b":2}}]',
    "names out of order": f'["{SALT}","a",{{"c":1,"b":2}}]',
    "half a surrogate pair": f'["{SALT}","a","\\ud800"]',
    "a letter written as a number": f'["{SALT}","a","\\u0062"]',
    "a mark of order": f'\ufeff["{SALT}","a",1]',
    "more behind": f'["{SALT}","a",1]x',
    "marks of SD-JWT inside": f'["{SALT}","a",{{"_sd":[]}}]',
}


@pytest.mark.parametrize("text", DISCLOSURES.values(), ids=DISCLOSURES.keys())
def test_a_disclosure_written_in_another_way_is_refused(text: str) -> None:
    """Otherwise one digest could stand for what two readers see differently."""
    with pytest.raises(RecordError):
        Disclosure.read(to_base64url(text.encode()))


@pytest.mark.parametrize(
    "text", ["", "=", "*", "A", "AB", "\u00e9", to_base64url(b"\xff"), "WzFd\n", "WzFd="]
)
def test_what_is_no_base64url_of_json_is_no_disclosure(text: str) -> None:
    """Padding, line ends and loose last bits included."""
    with pytest.raises(RecordError):
        Disclosure.read(text)


@settings(deadline=None)
@given(name=FIELDS, value=VALUES)
def test_a_disclosure_is_read_as_it_is_written(name: str, value: Any) -> None:
    """Its text is the one way to write it, whatever order its names came in."""
    one = Disclosure(name, value, SALT)
    again = Disclosure.read(one.text)
    assert again == one
    assert (again.text, again.digest) == (one.text, one.digest)
    if isinstance(value, dict):
        assert Disclosure(name, dict(reversed(value.items())), SALT).text == one.text


@settings(deadline=None)
@given(value=VALUES)
def test_json_is_read_as_it_is_written(value: Any) -> None:
    """And other readers understand the same."""
    text = written(value)
    assert read_written(text) == json.loads(text) == value


def test_a_source_of_salts_that_repeats_itself_is_found_before_anything_is_written() -> None:
    """With a known salt every value can be guessed, and two decoys would be one."""
    with pytest.raises(RecordError, match="one salt came twice"):
        compose(origin="a.example", issued=NOW, kept={}, erasable={}, signer=SIGNER, salt=lambda: SALT)
    with pytest.raises(InputError, match="salt of `field`"):
        compose(
            origin="a.example",
            issued=NOW,
            kept={},
            erasable={"field": 1},
            signer=SIGNER,
            salt=lambda: "short",
        )


def test_an_entry_larger_than_60_000_bytes_is_not_written_and_not_read() -> None:
    """Tiles could not hold it; files go in by their digest."""
    with pytest.raises(InputError, match="60000 are the most"):
        made(erasable={f"field{number}": number for number in range(1000)})
    with pytest.raises(RecordError, match="60000 are the most"):
        Entry.read(bytes(60_001))


def test_a_large_value_makes_no_larger_entry() -> None:
    """Only its digest is in it."""
    assert len(made(erasable={"text": "x" * 1_000_000}).body) == len(ENTRY.body)


def test_the_time_of_an_entry_is_in_utc_and_whole_seconds() -> None:
    """Whatever zone it was told in; a fraction is dropped, never rounded up into the future."""
    there = NOW.astimezone(timezone(timedelta(hours=13))) + timedelta(microseconds=999_999)
    assert Entry.read(made(issued=there).body).issued == NOW
    with pytest.raises(InputError, match="no zone"):
        made(issued=NOW.replace(tzinfo=None))
    with pytest.raises(InputError, match="before 1970"):
        made(issued=datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize("origin", ["", "a\nb", "a\tb", "\u2028"])
def test_an_origin_is_one_line_that_can_be_seen(origin: str) -> None:
    """It stands in the head of the record too."""
    with pytest.raises(InputError, match="can be no origin"):
        made(origin=origin)


def test_an_entry_key_has_the_name_of_its_public_half() -> None:
    """16 hex digits of its SHA-256; another name, or another length, is refused, and it is not shown by accident."""
    assert hashlib.sha256(SIGNER.public).hexdigest()[:16] == SIGNER.kid
    assert repr(SIGNER.seed) not in repr(SIGNER)
    with pytest.raises(RecordError, match="not the name of this entry key"):
        EntrySigner("0" * 16, SIGNER.seed)
    for wrong in (b"", bytes(31), bytes(64)):
        with pytest.raises(RecordError, match="32 secret bytes"):
            EntrySigner.of(wrong)
