"""The Merkle tree of the record: hashes, roots, proofs and their checks.

A leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right), the empty tree SHA-256 of nothing; a tree of
n leaves splits at the largest power of two below n. The first byte keeps a node from passing for an entry.

A *node* here is the root of a complete subtree: (level, index) stands for the leaves from index * 2**level up to
(index + 1) * 2**level. Hashes are 32 bytes.

Source: RFC 6962, section 2.1 (the same in RFC 9162, section 2.1).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from lastword.record.refusal import ProofError

HASH_BYTES: Final = 32
LARGEST: Final = 2**63 - 1  # leaves; C2SP writes sizes as signed 64-bit numbers
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Node: TypeAlias = tuple[int, int]
Completed: TypeAlias = tuple[int, int, bytes]


class Hashes(Protocol):
    """Where the hashes of complete subtrees can be had."""

    def nodes(self, wanted: Sequence[Node]) -> Sequence[bytes]:
        """Return the hash of each (level, index) in ``wanted``, in its order; level 0 is the leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above ``left`` and ``right``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over ``leaf_hashes``, in their order. Raises ProofError for one that is not 32 bytes."""
    if not leaf_hashes:
        return EMPTY_ROOT
    if not _are_hashes(leaf_hashes):
        raise ProofError(f"a leaf hash has not {HASH_BYTES} bytes")
    row = list(leaf_hashes)
    while len(row) > 1:
        # A last one without a partner moves up as it is: that is the split at the largest power of two.
        above = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        if len(row) % 2:
            above.append(row[-1])
        row = above
    return row[0]


@dataclass(frozen=True, slots=True)
class Leaves:
    """The hashes of a tree small enough to be hashed whole, from its leaf hashes."""

    leaves: tuple[bytes, ...]

    def nodes(self, wanted: Sequence[Node]) -> tuple[bytes, ...]:
        """Return the hash of each node. Raises ProofError for one that is not complete."""
        return tuple(self._node(level, index) for level, index in wanted)

    def _node(self, level: int, index: int) -> bytes:
        low, high = index << level, (index + 1) << level
        if not 0 <= low < high <= len(self.leaves):
            raise ProofError(f"a tree of {len(self.leaves)} entries has no node {index} of level {level}")
        return root(self.leaves[low:high])


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that an append needs to know of what is there.

    ``hashes`` are the roots of the complete subtrees the tree falls into, largest (leftmost) first: one for each
    binary 1 in ``size``.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if (
            not 0 <= self.size <= LARGEST
            or len(self.hashes) != self.size.bit_count()
            or not _are_hashes(self.hashes)
        ):
            raise ProofError(f"{len(self.hashes)} hashes are no right edge of a tree of {self.size} entries")

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> Frontier:
        """Return the right edge of a tree over these leaf hashes."""
        return cls().extend(leaves)[0]

    @property
    def root(self) -> bytes:
        """Return the root of the tree."""
        return _fold(self.hashes)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Return which nodes ``hashes`` are the hashes of, in the same order."""
        return _complete(0, self.size)

    def append(self, leaf: bytes) -> tuple[Frontier, tuple[Completed, ...]]:
        """Return the edge with one leaf hash more, and the nodes that it completed, lowest (the leaf itself) first."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> tuple[Frontier, tuple[Completed, ...]]:
        """Return the edge with ``leaves`` appended, and the nodes they completed, in the order of completion."""
        size, hashes, completed = self.size, list(self.hashes), list[Completed]()
        for leaf in leaves:
            if len(leaf) != HASH_BYTES:
                raise ProofError(f"a leaf hash has {HASH_BYTES} bytes, not {len(leaf)}")
            level, index, digest = 0, size, leaf
            completed.append((level, index, digest))
            while index % 2:
                level, index, digest = level + 1, index // 2, node_hash(hashes.pop(), digest)
                completed.append((level, index, digest))
            hashes.append(digest)
            size += 1
        return Frontier(size, tuple(hashes)), tuple(completed)


def inclusion_proof(hashes: Hashes, index: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that entry ``index`` is in the tree of ``size``, from the leaf's sibling up (PATH in the RFC).

    Raises ProofError if the tree has no such entry.
    """
    if not 0 <= index < size <= LARGEST:
        raise ProofError(f"a tree of {size} entries has no entry {index}")
    beside: list[tuple[int, int]] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    return _hashed(hashes, beside[::-1])


def consistency_proof(hashes: Hashes, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of ``new`` entries begins with that of ``old`` (PROOF in the RFC).

    Raises ProofError unless 0 < old <= new. The empty tree is a case apart: every tree begins with it, and
    whoever knows only it must ask no proof.
    """
    if not 0 < old <= new <= LARGEST:
        raise ProofError(f"nothing can be proved from {old} to {new} entries")
    ranges: list[tuple[int, int]] = []
    low, high, whole = 0, new, True
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low, whole = middle, False
    if not whole:  # else the old tree is a node of the new one, and its root is known
        ranges.append((low, high))
    return _hashed(hashes, ranges[::-1])


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ProofError unless ``proof`` shows that the leaf hash stands at ``index`` of the tree of ``size``.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size <= LARGEST:
        raise ProofError(f"a tree of {size} entries has no entry {index}")
    if not _are_hashes((leaf, root, *proof)):
        raise ProofError("a hash of the proof is not 32 bytes long")
    place, last, digest = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError(f"the proof is too long for entry {index} of {size}")
        if place % 2 or place == last:
            digest = node_hash(sibling, digest)
            while not place % 2 and place:  # levels at which it has no partner
                place, last = place >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError(f"the proof is too short for entry {index} of {size}")
    if not hmac.compare_digest(digest, root):
        raise ProofError(f"the entry is not number {index} of the {size} under this root")


def check_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise ProofError unless ``proof`` shows that the new tree begins with the old one.

    A first size of 0 is refused, as the published vectors demand: about the empty tree nothing is proved.
    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 < old <= new <= LARGEST:
        raise ProofError(f"nothing can be proved from {old} to {new} entries")
    if not _are_hashes((old_root, new_root, *proof)):
        raise ProofError("a hash of the proof is not 32 bytes long")
    if old == new:
        if proof:
            raise ProofError("two trees of one size need no proof, but there is one")
        if not hmac.compare_digest(old_root, new_root):
            raise ProofError(f"there are two trees of {old} entries with different roots")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise ProofError(f"the proof is too short for {old} to {new} entries")
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    was = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError(f"the proof is too long for {old} to {new} entries")
        if place % 2 or place == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError(f"the proof is too short for {old} to {new} entries")
    if not hmac.compare_digest(was, old_root):
        raise ProofError(f"the proof does not lead to the old root of {old} entries")
    if not hmac.compare_digest(now, new_root):
        raise ProofError(f"the tree of {new} entries does not begin with the {old} that were there")


def _split(count: int) -> int:
    """Return the largest power of two below ``count``, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _complete(low: int, high: int) -> tuple[Node, ...]:
    """Return the nodes that the leaves from ``low`` up to ``high`` fall into; ``low`` is where a subtree begins."""
    found = []
    while low < high:
        level = (high - low).bit_length() - 1
        found.append((level, low >> level))
        low += 1 << level
    return tuple(found)


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees, largest first."""
    if not hashes:
        return EMPTY_ROOT
    digest = hashes[-1]
    for left in hashes[-2::-1]:
        digest = node_hash(left, digest)
    return digest


def _hashed(hashes: Hashes, ranges: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
    """Return the root over each range of leaves; all hashes are asked for at once, since each asking may cost a read."""
    parts = [_complete(low, high) for low, high in ranges]
    had = iter(hashes.nodes([node for nodes in parts for node in nodes]))
    return tuple(_fold([next(had) for _ in nodes]) for nodes in parts)


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
