"""The head of the record, and the file that proves an entry under it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import VECTORS, cases

from lastword.errors import InputError
from lastword.record.checkpoint import Checkpoint
from lastword.record.note import Signer
from lastword.record.proof import EntryProof, read_proof, write_proof
from lastword.record.refusal import ProofError
from lastword.record.tree import EMPTY_ROOT, Leaves, inclusion_proof, leaf_hash, root

ROOT = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
ORIGINS = st.from_regex(r"[a-z0-9]{1,10}\.example(/[a-z0-9]{1,5})?", fullmatch=True)
HASHES = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("case", cases("checkpoint-bad.json"), ids=lambda case: case["name"])
@pytest.mark.parametrize("extensions", [False, True])
def test_published_texts_that_are_no_checkpoint_are_refused(case: dict[str, Any], extensions: bool) -> None:
    """Those of transparency-dev/formats, whether lines after the third are taken or not."""
    with pytest.raises(InputError, match="is no checkpoint"):
        Checkpoint.read(case["body"], extensions=extensions)


@settings(deadline=None)
@given(origin=ORIGINS, size=st.integers(1, 2**63 - 1), digest=HASHES)
def test_a_checkpoint_is_read_as_it_is_written(origin: str, size: int, digest: bytes) -> None:
    """Three lines, and only one way to write them."""
    head = Checkpoint(origin, size, digest)
    assert Checkpoint.read(head.text) == head
    assert head.text.count("\n") == 3


@pytest.mark.parametrize(
    "text",
    [
        f"a.example\n01\n{ROOT}\n",
        f"a.example\n+1\n{ROOT}\n",
        f"a.example\n1_0\n{ROOT}\n",
        f"a.example\n\u0661\n{ROOT}\n",
        f"a.example\n 1\n{ROOT}\n",
        f"a.example\n\n{ROOT}\n",
        f"a.example\n9223372036854775808\n{ROOT}\n",
        f"a.example\n{'9' * 5000}\n{ROOT}\n",
        f"a.example\n0\n{ROOT}\n",
        f"\n1\n{ROOT}\n",
        f"a\texample\n1\n{ROOT}\n",
        f"a.example\n1\n{ROOT[:-4]}\n",
        f"a.example\n1\n{ROOT[:-2]}F=\n",
        f"a.example\n1\n{ROOT[:-1]}\n",
        f"a.example\n1\n {ROOT}\n",
        f"a.example\r\n1\r\n{ROOT}\r\n",
        f"a.example\n1\n{ROOT}\n\n",
        f"a.example\n1\n{ROOT}\n\nmore\n",
        f"a.example\n1\n{ROOT}",
        f"a.example\n1\n{ROOT}\nmore",
        "",
    ],
)
def test_a_checkpoint_written_in_another_way_is_refused(text: str) -> None:
    """Leading zeros, signs, digits of other scripts, sizes beyond 63 bits, an empty log with entries, loose base64."""
    for extensions in (False, True):
        with pytest.raises(InputError, match="is no checkpoint"):
            Checkpoint.read(text, extensions=extensions)


def test_lines_after_the_third_are_refused_unless_the_log_is_somebody_elses() -> None:
    """We write none, since nobody can audit them."""
    text = f"a.example\n1\n{ROOT}\nmore\n"
    with pytest.raises(InputError, match="more than three lines"):
        Checkpoint.read(text)
    assert Checkpoint.read(text, extensions=True).size == 1


@pytest.mark.parametrize(
    ("origin", "size", "digest"),
    [
        ("", 1, bytes(32)),
        ("a\nb", 1, bytes(32)),
        ("a.example", -1, bytes(32)),
        ("a.example", 2**63, bytes(32)),
        ("a.example", 1, bytes(31)),
        ("a.example", 0, bytes(32)),
    ],
)
def test_a_head_that_could_not_be_read_is_not_made(origin: str, size: int, digest: bytes) -> None:
    """So nothing of the kind is ever signed."""
    with pytest.raises(InputError, match="is no checkpoint"):
        Checkpoint(origin, size, digest)


def test_an_empty_log_has_a_head() -> None:
    """It is the first that a witness sees."""
    head = Checkpoint("a.example", 0, EMPTY_ROOT)
    assert Checkpoint.read(head.text) == head


SIGNER = Signer("a.example", bytes(32))
ENTRIES = [b"entry %d" % number for number in range(11)]
TREE = Leaves(tuple(map(leaf_hash, ENTRIES)))
HEAD = Checkpoint("a.example", len(ENTRIES), root(TREE.leaves))
NOTE = SIGNER.sign(HEAD.text).encode()


@settings(deadline=None)
@given(
    index=st.integers(0, 2**63 - 2),
    hashes=st.lists(HASHES, max_size=63),
    extra=st.none() | st.binary(max_size=100),
)
def test_a_proof_file_is_read_as_it_is_written(index: int, hashes: list[bytes], extra: bytes | None) -> None:
    """Byte for byte: written again it is the same file."""
    file = write_proof(index, hashes, NOTE, extra)
    found = read_proof(file)
    assert found == EntryProof(index, tuple(hashes), NOTE, extra)
    assert write_proof(found.index, found.hashes, found.note, found.extra) == file


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_a_proof_file_proves_its_entry_and_no_other(index: int) -> None:
    """At its own index, under its own head."""
    proof = read_proof(write_proof(index, inclusion_proof(TREE, index, len(ENTRIES)), NOTE))
    proof.check(ENTRIES[index], HEAD)
    for other in (entry for entry in ENTRIES if entry != ENTRIES[index]):
        with pytest.raises(ProofError):
            proof.check(other, HEAD)
    with pytest.raises(ProofError):
        proof.check(ENTRIES[index], Checkpoint(HEAD.origin, HEAD.size, bytes(32)))


def test_the_form_is_that_of_the_specification() -> None:
    """Its name, extra data that proves nothing, the index, the hashes from the leaf up, and the checkpoint as it is."""
    checkpoint = (VECTORS / "tessera-log" / "checkpoint.10").read_bytes()
    lines = ["c2sp.org/tlog-proof@v1", "extra aGVsbG8=", "index 7", ROOT, ROOT]
    file = ("\n".join(lines) + "\n\n").encode() + checkpoint
    assert write_proof(7, [b"\1" * 32, b"\1" * 32], checkpoint, b"hello") == file


GOOD = write_proof(7, [b"\1" * 32], NOTE, b"hello")


@pytest.mark.parametrize(
    "file",
    [
        b"",
        GOOD.replace(b"v1", b"v2"),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"index 7\n", b""),
        GOOD.replace(b"index 7", b"index 07"),
        GOOD.replace(b"index 7", b"index -7"),
        GOOD.replace(b"index 7", b"index 7 "),
        GOOD.replace(b"index 7", b"index 9223372036854775807"),
        GOOD.replace(b"index 7", b"index " + b"9" * 5000),
        GOOD.replace(b"extra aGVsbG8=", b"extra aGVsbG9="),
        GOOD.replace(b"extra aGVsbG8=", b"extra *"),
        GOOD.replace(b"extra aGVsbG8=\nindex 7", b"index 7\nextra aGVsbG8="),
        GOOD.replace(ROOT.encode(), ROOT[:-4].encode()),
        GOOD.replace(ROOT.encode(), ROOT[:-2].encode() + b"F="),
        GOOD.replace(ROOT.encode(), "\u00e9".encode()),
        GOOD.replace(ROOT.encode(), b"\n".join([ROOT.encode()] * 64)),
        GOOD.partition(b"\n\n")[0] + b"\n\n",
        GOOD.partition(b"\n\n")[0] + b"\n",
    ],
)
def test_what_is_no_proof_file_is_refused(file: bytes) -> None:
    """Other versions, line ends and orders, indices and hashes written otherwise, too many hashes, no checkpoint."""
    with pytest.raises(InputError, match="is no proof of an entry"):
        read_proof(file)


@pytest.mark.parametrize(
    ("index", "hashes"), [(-1, []), (2**63 - 1, []), (0, [b"short"]), (0, [bytes(32)] * 64)]
)
def test_a_proof_file_that_could_not_be_read_is_not_written(index: int, hashes: list[bytes]) -> None:
    """Whoever writes one learns it, not whoever gets it."""
    with pytest.raises(InputError, match="is no proof of an entry"):
        write_proof(index, hashes, NOTE)
