"""The stream index: a shown row proves where its stream ends, and says nothing of the others."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from lastword.record.refusal import ProofError, RecordError
from lastword.record.streamindex import (
    RowProof,
    StreamRow,
    check_row,
    index_root,
    padded,
    row_proof,
    stream_salt,
    stream_tag,
)

SECRET = b"the secret of the record"


def row(stream: str, count: int = 1, last: int = 10) -> StreamRow:
    """Return the row of a stream."""
    tag = stream_tag(stream_salt(SECRET, stream), stream)
    return StreamRow(tag, count, last, hashlib.sha256(stream.encode()).digest())


def rows(number: int) -> list[StreamRow]:
    """Return rows of so many streams."""
    return [row(f"case/{one}", 1 + one % 5, 10 + one) for one in range(number)]


@settings(deadline=None)
@given(number=st.integers(0, 70))
def test_the_number_of_rows_is_a_power_of_two_whatever_the_number_of_streams(number: int) -> None:
    """At least eight, sorted by tag, the true ones among them, and the same each time."""
    whole = padded(rows(number), SECRET)
    assert len(whole) >= max(8, number)
    assert len(whole).bit_count() == 1
    assert len(whole) < max(9, 2 * number)
    assert [one.tag for one in whole] == sorted({one.tag for one in whole})
    assert set(rows(number)) <= set(whole)
    assert whole == padded(reversed(rows(number)), SECRET)


@settings(deadline=None, max_examples=50)
@given(number=st.integers(1, 20), data=st.data())
def test_each_row_is_proved_and_no_other_in_its_place(number: int, data: st.DataObject) -> None:
    """Another count, last entry, leaf or tag, or the proof of another row, is refused."""
    whole = padded(rows(number), SECRET)
    head = index_root(whole)
    one = data.draw(st.sampled_from(rows(number)))
    proof = row_proof(whole, one.tag)
    check_row(one, proof, head)
    wrong = [
        replace(one, count=one.count + 1),
        replace(one, last=one.last + 1),
        replace(one, leaf=bytes(32)),
        replace(one, tag=row("another").tag),
    ]
    for other in wrong:
        with pytest.raises(ProofError):
            check_row(other, proof, head)
    for other in (row for row in whole if row != one):
        with pytest.raises(ProofError):
            check_row(one, row_proof(whole, other.tag), head)
    for other_proof in (replace(proof, size=proof.size * 2), replace(proof, hashes=proof.hashes[:-1])):
        with pytest.raises(ProofError):
            check_row(one, other_proof, head)


def test_a_hidden_tail_is_another_row_and_so_another_root() -> None:
    """The row of an earlier night does not hold under tonight's root."""
    before, after = [row("case/1", 3, 30), row("case/2")], [row("case/1", 4, 44), row("case/2")]
    old = padded(before, SECRET)
    with pytest.raises(ProofError):
        check_row(before[0], row_proof(old, before[0].tag), index_root(padded(after, SECRET)))


@settings(deadline=None)
@given(number=st.integers(2, 20))
def test_the_root_does_not_depend_on_the_order_of_the_rows(number: int) -> None:
    """They are sorted by tag, which nobody can choose."""
    whole = padded(rows(number), SECRET)
    assert index_root(whole) == index_root(reversed(whole))


def test_two_rows_of_one_stream_are_refused() -> None:
    """One of them would show an end that is none."""
    with pytest.raises(RecordError, match="two rows"):
        padded([row("case/1", 1, 5), row("case/1", 2, 9)], SECRET)
    with pytest.raises(RecordError, match="two rows"):
        index_root([row("case/1", 1, 5), row("case/1", 2, 9)])


@pytest.mark.parametrize("number", [0, 3, 5, 7])
def test_an_index_that_is_not_filled_up_is_refused(number: int) -> None:
    """It would tell how many streams there are."""
    with pytest.raises(RecordError, match="power of two"):
        index_root(rows(number))
    with pytest.raises(ProofError, match="power of two"):
        check_row(row("case/1"), RowProof(0, number, ()), bytes(32))


def test_a_stream_that_is_not_in_the_index_is_not_proved() -> None:
    """There is no proof to give."""
    with pytest.raises(ProofError, match="no row of the stream index"):
        row_proof(padded(rows(3), SECRET), row("case/99").tag)


def test_a_tag_can_be_made_again_by_who_has_the_salt_of_its_stream_and_by_nobody_else() -> None:
    """The salt of one stream says nothing of the others; a name alone says nothing of its tag."""
    salt = stream_salt(SECRET, "case/1")
    assert stream_tag(salt, "case/1") == row("case/1").tag
    assert stream_tag(salt, "case/2") != row("case/2").tag
    assert stream_salt(b"another secret, as long", "case/1") != salt
    with pytest.raises(RecordError, match="16 are the least"):
        stream_salt(b"short", "case/1")


def test_a_row_is_hashed_in_one_way_of_writing() -> None:
    """Canonical JSON (RFC 8785), its numbers as texts; others can write it too."""
    content = json.loads(row("case/1", 3, 44).content)
    assert rfc8785.dumps(content) == row("case/1", 3, 44).content
    assert content == {
        "count": "3",
        "last": "44",
        "leaf": hashlib.sha256(b"case/1").hexdigest(),
        "tag": row("case/1").tag,
    }


def test_rows_that_stand_for_nothing_look_like_others() -> None:
    """Their numbers are possible ones, below the last entry there is."""
    real = row("case/1", 3, 1000)
    for filler in set(padded([real], SECRET)) - {real}:
        assert 0 < filler.count <= filler.last + 1 <= 1001
        assert filler.leaf.hex() != filler.tag


@pytest.mark.parametrize(
    ("tag", "count", "last", "leaf"),
    [
        ("", 1, 1, bytes(32)),
        ("A" * 64, 1, 1, bytes(32)),
        ("0" * 63, 1, 1, bytes(32)),
        ("0" * 64 + "\n", 1, 1, bytes(32)),
        ("0" * 64, 0, 1, bytes(32)),
        ("0" * 64, -1, 1, bytes(32)),
        ("0" * 64, 3, 1, bytes(32)),
        ("0" * 64, 1, -1, bytes(32)),
        ("0" * 64, 1, 2**63, bytes(32)),
        ("0" * 64, 1, 1, bytes(31)),
    ],
)
def test_what_cannot_be_a_row_is_refused(tag: str, count: int, last: int, leaf: bytes) -> None:
    """More entries than there are places up to the last one, no entries, half a tag."""
    with pytest.raises(RecordError):
        StreamRow(tag, count, last, leaf)
