"""The Merkle tree: our fast code against the definition in RFC 6962, and against proofs that others published."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import cases, raw

from lastword.record.refusal import ProofError, RecordError
from lastword.record.tree import (
    EMPTY_ROOT,
    LARGEST,
    Completed,
    Frontier,
    Leaves,
    Node,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
)

MOST = 300
LEAVES = tuple(leaf_hash(b"entry %d" % number) for number in range(MOST))


# The definition, word for word from RFC 6962, section 2.1; D[low:high] is written (low, high).
def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@cache
def mth(low: int, high: int) -> bytes:
    """Merkle Tree Hash."""
    if high - low == 1:
        return LEAVES[low]
    k = split(high - low)
    return hashlib.sha256(b"\x01" + mth(low, low + k) + mth(low + k, high)).digest()


def path(m: int, low: int, high: int) -> list[bytes]:
    """Merkle audit path."""
    n = high - low
    if n == 1:
        return []
    k = split(n)
    if m < k:
        return [*path(m, low, low + k), mth(low + k, high)]
    return [*path(m - k, low + k, high), mth(low, low + k)]


def subproof(m: int, low: int, high: int, b: bool) -> list[bytes]:
    """Merkle consistency proof."""
    n = high - low
    if m == n:
        return [] if b else [mth(low, high)]
    k = split(n)
    if m <= k:
        return [*subproof(m, low, low + k, b), mth(low + k, high)]
    return [*subproof(m - k, low + k, high, False), mth(low, low + k)]


class Stored:
    """The nodes that an append said to be completed, as a store would keep them."""

    def __init__(self, completed: Sequence[Completed]) -> None:
        self.known = {(level, index): digest for level, index, digest in completed}

    def nodes(self, wanted: Sequence[Node]) -> list[bytes]:
        """Return the hashes of nodes."""
        return [self.known[node] for node in wanted]


EDGE, COMPLETED = Frontier().extend(LEAVES)
STORED = Stored(COMPLETED)


def changed(digest: bytes) -> bytes:
    """Return a hash that differs in one bit."""
    return bytes([digest[0] ^ 1]) + digest[1:]


def as_hash(root: bytes) -> bytes:
    """Return a root of 32 bytes for whatever stands in a vector: the same for the same."""
    return root if len(root) == 32 else hashlib.sha256(root).digest()


@pytest.mark.parametrize("case", cases("merkle-inclusion.json"), ids=lambda case: case["source_path"])
def test_published_inclusion_proofs_are_judged_as_their_authors_say(case: dict[str, Any]) -> None:
    """98 proofs of transparency-dev/merkle: the good ones hold, the broken ones are refused."""
    values = (
        raw(case["leafHash"]),
        case["leafIdx"],
        case["treeSize"],
        [raw(one) for one in case["proof"] or ()],
        raw(case["root"]),
    )
    if case["wantErr"]:
        with pytest.raises(ProofError):
            check_inclusion(*values)
    else:
        check_inclusion(*values)


@pytest.mark.parametrize("case", cases("merkle-consistency.json"), ids=lambda case: case["source_path"])
def test_published_consistency_proofs_are_judged_as_their_authors_say(case: dict[str, Any]) -> None:
    """98 proofs of transparency-dev/merkle, among them three from an empty tree, about which nothing can be proved.

    Some name as roots what is no hash ("don't care 2"); here hashes of it stand for it, since we take no others.
    """
    values = (
        case["size1"],
        case["size2"],
        [raw(one) for one in case["proof"] or ()],
        as_hash(raw(case["root1"])),
        as_hash(raw(case["root2"])),
    )
    if case["wantErr"]:
        with pytest.raises(ProofError):
            check_consistency(*values)
    else:
        check_consistency(*values)


def test_the_root_of_each_tree_is_that_of_the_definition_however_it_is_computed() -> None:
    """At once, from the right edge, and by appending one entry after the other."""
    edge = Frontier()
    for size in range(1, MOST + 1):
        edge, completed = edge.append(LEAVES[size - 1])
        assert completed[0] == (0, size - 1, LEAVES[size - 1])
        assert edge.root == root(LEAVES[:size]) == mth(0, size)
    assert edge == Frontier.of(LEAVES) == EDGE


def test_an_append_names_exactly_the_subtrees_that_it_completed() -> None:
    """Each complete subtree is named once, with the hash of the definition; together they are all there are."""
    named = [(level, index) for level, index, _ in COMPLETED]
    assert len(named) == len(set(named))
    expected = {(level, index) for level in range(9) for index in range(MOST >> level)}
    assert set(named) == expected
    assert all(digest == mth(index << level, (index + 1) << level) for level, index, digest in COMPLETED)


def test_an_append_costs_no_more_than_the_height_of_the_tree() -> None:
    """The right edge of a tree of n entries holds as many hashes as n has binary ones."""
    for size in range(MOST):
        edge = Frontier.of(LEAVES[:size])
        assert len(edge.hashes) == size.bit_count() == len(edge.nodes)
        assert [STORED.known[node] for node in edge.nodes] == list(edge.hashes)


def test_every_inclusion_proof_up_to_300_entries_is_that_of_the_definition_and_holds() -> None:
    """All 45,150 pairs of index and size."""
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = inclusion_proof(STORED, index, size)
            assert list(proof) == path(index, 0, size)
            check_inclusion(LEAVES[index], index, size, proof, mth(0, size))


def test_every_consistency_proof_up_to_300_entries_is_that_of_the_definition_and_holds() -> None:
    """All 45,150 pairs of an old size and a new one."""
    for new in range(1, MOST + 1):
        for old in range(1, new + 1):
            proof = consistency_proof(STORED, old, new)
            assert list(proof) == subproof(old, 0, new, True)
            check_consistency(old, new, proof, mth(0, old), mth(0, new))


@settings(deadline=None)
@given(size=st.integers(1, 40), data=st.data())
def test_a_small_tree_hashed_whole_gives_the_same_proofs_as_a_stored_one(
    size: int, data: st.DataObject
) -> None:
    """Leaves and stored nodes are two ways to the same hashes."""
    index = data.draw(st.integers(0, size - 1))
    whole = Leaves(LEAVES[:size])
    assert inclusion_proof(whole, index, size) == inclusion_proof(STORED, index, size)
    assert consistency_proof(whole, index + 1, size) == consistency_proof(STORED, index + 1, size)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 9, 16, 21, 33])
def test_an_inclusion_proof_holds_for_nothing_but_what_it_was_made_for(size: int) -> None:
    """Another leaf, index, size or root, and a hash changed, left out, doubled, exchanged or added, are refused."""
    for index in range(size):
        leaf, proof, head = LEAVES[index], inclusion_proof(STORED, index, size), mth(0, size)
        wrong: list[tuple[bytes, int, int, Sequence[bytes], bytes]] = [
            (changed(leaf), index, size, proof, head),
            (leaf, index, size, proof, changed(head)),
            (leaf, index, size, (*proof, head), head),
            (leaf, index, size, (leaf, *proof), head),
            (leaf, -1, size, proof, head),
            (leaf, index, index, proof, head),
            (leaf, index, LARGEST + 1, proof, head),
            (leaf[:-1], index, size, proof, head),
            (leaf, index, size, proof, head + b"\0"),
        ]
        wrong += [(leaf, other, size, proof, head) for other in range(size + 2) if other != index]
        for place in range(len(proof)):
            before, here, after = proof[:place], proof[place], proof[place + 1 :]
            wrong += [
                (leaf, index, size, (*before, changed(here), *after), head),
                (leaf, index, size, (*before, here[:-1], *after), head),
                (leaf, index, size, (*before, *after), head),
                (leaf, index, size, (*before, here, here, *after), head),
            ]
            if after:
                wrong.append((leaf, index, size, (*before, after[0], here, *after[1:]), head))
        for wrong_one in wrong:
            with pytest.raises(ProofError):
                check_inclusion(*wrong_one)


@pytest.mark.parametrize("new", [1, 2, 3, 5, 7, 8, 9, 16, 21, 33])
def test_a_consistency_proof_holds_for_nothing_but_what_it_was_made_for(new: int) -> None:
    """Another old or new root or old size, and a hash changed, left out, doubled or added, are refused."""
    for old in range(1, new + 1):
        proof, was, now = consistency_proof(STORED, old, new), mth(0, old), mth(0, new)
        wrong: list[tuple[int, int, Sequence[bytes], bytes, bytes]] = [
            (old, new, proof, changed(was), now),
            (old, new, proof, was, changed(now)),
            (old, new, (*proof, now), was, now),
            (old, new, (was, *proof), was, now),
            (0, new, proof, EMPTY_ROOT, now),
            (0, 0, (), EMPTY_ROOT, EMPTY_ROOT),
            (-1, new, proof, was, now),
            (new + 1, new, proof, was, now),
            (old, new, proof, was[:-1], now),
        ]
        wrong += [(other, new, proof, was, now) for other in range(1, new) if other != old]
        for place in range(len(proof)):
            before, here, after = proof[:place], proof[place], proof[place + 1 :]
            wrong += [
                (old, new, (*before, changed(here), *after), was, now),
                (old, new, (*before, *after), was, now),
                (old, new, (*before, here, here, *after), was, now),
            ]
        for wrong_one in wrong:
            with pytest.raises(ProofError):
                check_consistency(*wrong_one)


def test_two_trees_of_one_size_with_different_roots_are_never_consistent() -> None:
    """That is a record shown in two versions."""
    with pytest.raises(ProofError, match="different roots"):
        check_consistency(7, 7, (), mth(0, 7), changed(mth(0, 7)))


def test_a_rewritten_past_is_found() -> None:
    """No proof leads from the old head to a tree in which one old entry is another."""
    forged = Leaves((*LEAVES[:3], changed(LEAVES[3]), *LEAVES[4:20]))
    for old in range(4, 20):
        proof = consistency_proof(forged, old, 20)
        with pytest.raises(ProofError):
            check_consistency(old, 20, proof, mth(0, old), root(forged.leaves))


def test_a_tree_is_not_shown_smaller_than_it_is() -> None:
    """A proof that goes on above the root of the size that is claimed is refused, though it leads to the root given."""
    with pytest.raises(ProofError, match="too long"):
        check_inclusion(LEAVES[0], 0, 1, [LEAVES[1]], node_hash(LEAVES[1], LEAVES[0]))


def test_what_is_no_hash_proves_nothing() -> None:
    """Not even that it is equal to itself."""
    with pytest.raises(ProofError, match="32 bytes"):
        check_consistency(1, 1, (), b"root", b"root")


def test_a_node_cannot_pass_for_an_entry() -> None:
    """The first byte that is hashed tells them apart: the two hashes below the root are no entry of a smaller tree."""
    with pytest.raises(ProofError):
        check_inclusion(leaf_hash(LEAVES[0] + LEAVES[1]), 0, 1, (), node_hash(LEAVES[0], LEAVES[1]))


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    """It has a root, and no proof of anything."""
    assert Frontier().root == root(()) == EMPTY_ROOT == hashlib.sha256(b"").digest()
    with pytest.raises(ProofError):
        inclusion_proof(Leaves(()), 0, 0)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (0, 0), (-1, 5), (6, 5)])
def test_nothing_is_proved_about_an_empty_or_a_larger_tree(old: int, new: int) -> None:
    """An error that is a ValueError as well as one of the record's own."""
    with pytest.raises(ValueError, match="nothing can be proved") as told:
        consistency_proof(STORED, old, new)
    assert isinstance(told.value, RecordError)


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_no_entry_beyond_the_tree_is_proved(index: int, size: int) -> None:
    """Asking for it is an error, not an empty proof."""
    with pytest.raises(ProofError, match="has no entry"):
        inclusion_proof(STORED, index, size)


@pytest.mark.parametrize("node", [(0, 5), (1, 2), (3, 0), (0, -1), (1, -1)])
def test_a_subtree_that_is_not_complete_has_no_hash(node: Node) -> None:
    """It would change with the next entry."""
    with pytest.raises(ProofError, match="no node"):
        Leaves(LEAVES[:5]).nodes([node])


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, ()), (0, (LEAVES[0],)), (3, LEAVES[:1]), (1, (b"short",)), (-1, LEAVES[:1])]
)
def test_a_right_edge_has_as_many_hashes_as_its_size_has_binary_ones(
    size: int, hashes: tuple[bytes, ...]
) -> None:
    """A damaged one is refused before anything is appended to it."""
    with pytest.raises(ProofError, match="no right edge"):
        Frontier(size, hashes)


def test_a_leaf_that_is_no_hash_is_not_appended() -> None:
    """Two of other lengths could make one node with different halves."""
    for leaves in ([b"short"], [LEAVES[0], LEAVES[1][:-1]], [LEAVES[0] + b"\0"]):
        with pytest.raises(ProofError, match="32 bytes"):
            Frontier.of(leaves)
        with pytest.raises(ProofError, match="32 bytes"):
            root(leaves)
