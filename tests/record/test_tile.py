"""Tiles and bundles: the geometry of C2SP tlog-tiles, and a log that somebody else published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import VECTORS

from lastword.errors import InputError, Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.note import Note, Verifier
from lastword.record.refusal import ProofError, RecordError
from lastword.record.tile import (
    TileHashes,
    entry_bundle,
    locate,
    split_entry_bundle,
    tile_path,
    tile_width,
    tiles,
)
from lastword.record.tree import (
    Completed,
    Frontier,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
)

SIZE = 70_000  # the example of the specification
LOG = VECTORS / "tessera-log"


@cache
def large() -> tuple[Frontier, tuple[Completed, ...]]:
    """A tree of 70,000 entries and its nodes."""
    return Frontier().extend(leaf_hash(b"%d" % number) for number in range(SIZE))


@dataclass
class Tiles:
    """Tiles in memory, filled with the nodes that appends complete, as a store fills its own."""

    kept: dict[tuple[int, int], bytearray] = field(default_factory=dict)
    asked: list[tuple[int, int, int]] = field(default_factory=list)

    def take(self, completed: tuple[Completed, ...]) -> None:
        """Put nodes where they belong; those between the levels of tiles are not kept."""
        for level, index, digest in completed:
            if level % 8 == 0:
                tile_level, n, first = locate(level, index)
                tile = self.kept.setdefault((tile_level, n), bytearray())
                assert len(tile) == 32 * first
                tile += digest

    def __call__(self, level: int, n: int, width: int) -> bytes:
        """Return a tile of at least ``width`` hashes."""
        self.asked.append((level, n, width))
        return bytes(self.kept[level, n])


@cache
def stored() -> Tiles:
    """The tiles of the large tree."""
    found = Tiles()
    found.take(large()[1])
    return found


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("tile/0/x001/x234/067", lambda: tile_path(0, 1_234_067)),
        ("tile/0/000", lambda: tile_path(0, 0)),
        ("tile/1/999", lambda: tile_path(1, 999)),
        ("tile/1/x001/000", lambda: tile_path(1, 1000)),
        ("tile/0/273.p/112", lambda: tile_path(0, 273, 112)),
        ("tile/63/000", lambda: tile_path(63, 0, 256)),
        ("tile/entries/x001/x234/067.p/1", lambda: tile_path(0, 1_234_067, 1, data=True)),
    ],
)
def test_tiles_have_the_paths_of_the_specification(path: str, made: Callable[[], str]) -> None:
    """Groups of three digits, all but the last with an x; a partial tile says how wide it is."""
    assert made() == path


@pytest.mark.parametrize(
    "asked",
    [
        lambda: tile_path(64, 0),
        lambda: tile_path(-1, 0),
        lambda: tile_path(0, -1),
        lambda: tile_path(0, 0, 0),
        lambda: tile_path(0, 0, 257),
        lambda: tile_path(1, 0, data=True),
    ],
)
def test_what_is_no_tile_has_no_path(asked: Callable[[], str]) -> None:
    """Levels beyond 63, widths beyond 256, and bundles above level 0."""
    with pytest.raises(ProofError, match="no tile"):
        asked()


def test_a_tree_of_70_000_entries_has_the_tiles_that_the_specification_lists() -> None:
    """273 full ones and one of 112 hashes at level 0, a full one and one of 17 at level 1, one of 1 at level 2."""
    assert [tile for tile in tiles(SIZE) if tile[0] or tile[2] != 256] == [
        (0, 273, 112),
        (1, 0, 256),
        (1, 1, 17),
        (2, 0, 1),
    ]
    assert sum(width == 256 for level, _, width in tiles(SIZE) if level == 0) == 273
    assert tiles(256) == ((0, 0, 256), (1, 0, 1))
    assert {(level, n): len(tile) // 32 for (level, n), tile in stored().kept.items()} == {
        (level, n): width for level, n, width in tiles(SIZE)
    }


@settings(deadline=None)
@given(since=st.integers(0, 140_000), more=st.integers(0, 70_000))
def test_the_tiles_that_grew_are_those_that_are_wider_than_before(since: int, more: int) -> None:
    """So a writer rewrites no more than he must, and forgets none."""
    was = {(level, n): width for level, n, width in tiles(since)}
    grown = [one for one in tiles(since + more) if one[2] > was.get(one[:2], 0)]
    assert list(tiles(since + more, since)) == grown
    assert all(width == tile_width(level, n, since + more) for level, n, width in grown)


@settings(deadline=None)
@given(level=st.integers(0, 62), index=st.integers(0, 2**40))
def test_a_node_lies_in_the_tile_whose_entries_it_is_above(level: int, index: int) -> None:
    """Its first hash there is the one above its first entry."""
    tile_level, n, first = locate(level, index)
    assert tile_level == level // 8
    assert 0 <= first < 256
    assert (n * 256 + first) << (8 * tile_level) == index << level


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, SIZE])
def test_proofs_made_from_tiles_hold(size: int) -> None:
    """At the borders of tiles, for the first, last and some other entries, and from older heads."""
    leaves = [digest for level, _, digest in large()[1] if level == 0][:size]
    head = root(leaves)
    hashes = TileHashes(stored(), size)
    for index in sorted({0, 1, 254, 255, 256, 300, size // 2, size - 2, size - 1} & set(range(size))):
        check_inclusion(leaves[index], index, size, inclusion_proof(hashes, index, size), head)
        proof = consistency_proof(hashes, index + 1, size)
        check_consistency(index + 1, size, proof, root(leaves[: index + 1]), head)


def test_a_proof_reads_each_tile_once_and_only_a_few() -> None:
    """Two levels of tiles above the entries of a tree of 70,000, and the right edge."""
    reader = Tiles(stored().kept)
    inclusion_proof(TileHashes(reader, SIZE), 12_345, SIZE)
    assert len(reader.asked) == len(set(reader.asked)) <= 6
    assert set(reader.asked) <= set(tiles(SIZE))


def test_a_proof_made_from_a_damaged_tile_does_not_hold() -> None:
    """Tiles are not believed: the root tells."""
    size = 300
    leaves = [digest for level, _, digest in large()[1] if level == 0][:size]

    def damaged(level: int, n: int, width: int) -> bytes:
        tile = bytearray(stored()(level, n, width))
        tile[0] ^= 1
        return bytes(tile)

    proof = inclusion_proof(TileHashes(damaged, size), 5, size)
    with pytest.raises(ProofError):
        check_inclusion(leaves[5], 5, size, proof, root(leaves))


@pytest.mark.parametrize("bytes_more", [-32, -1, 1, 8192])
def test_a_tile_that_is_cut_off_or_too_long_is_refused(bytes_more: int) -> None:
    """It is named, so that it can be fetched again."""

    def read(level: int, n: int, width: int) -> bytes:
        return bytes(32 * width + bytes_more)

    with pytest.raises(RecordError, match=r"tile/0/000\.p/9 has"):
        inclusion_proof(TileHashes(read, 9), 3, 9)


@pytest.mark.parametrize("node", [(0, 9), (4, 0), (0, -1), (-1, 0)])
def test_a_node_beyond_the_tree_is_not_looked_for(node: tuple[int, int]) -> None:
    """A tile may have grown since, and hold more than the tree that is asked about."""
    with pytest.raises(ProofError, match="no node"):
        TileHashes(stored(), 9).nodes([node])


@settings(deadline=None)
@given(entries=st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_gives_back_the_entries_that_went_in(entries: list[bytes]) -> None:
    """Whatever bytes they hold, and if they are empty."""
    assert split_entry_bundle(entry_bundle(entries)) == tuple(entries)


@settings(deadline=None)
@given(entries=st.lists(st.binary(max_size=20), min_size=1, max_size=5), data=st.data())
def test_a_bundle_that_is_cut_off_is_refused_or_has_fewer_entries(
    entries: list[bytes], data: st.DataObject
) -> None:
    """Never is an entry cut short."""
    bundle = entry_bundle(entries)
    cut = bundle[: data.draw(st.integers(0, len(bundle) - 1))]
    try:
        left = split_entry_bundle(cut)
    except RecordError:
        return
    assert left == tuple(entries[: len(left)])
    assert len(left) < len(entries)


def test_an_entry_too_long_for_its_two_bytes_of_length_is_refused() -> None:
    """65,535 bytes are the most; 256 entries are the most of a bundle."""
    assert split_entry_bundle(entry_bundle([bytes(65_535)])) == (bytes(65_535),)
    with pytest.raises(InputError, match="65536 bytes"):
        entry_bundle([bytes(65_536)])
    with pytest.raises(InputError, match="a bundle holds 256"):
        entry_bundle([b""] * 257)
    with pytest.raises(RecordError, match="0 entries"):
        split_entry_bundle(b"")


@pytest.mark.parametrize("size", range(1, 11))
def test_a_log_that_somebody_else_wrote_is_rebuilt_from_its_entries(size: int) -> None:
    """transparency-dev/tessera: tiles, root and signature at each size are what its entries give."""
    key = Verifier.read((LOG / "vkey.txt").read_text(), Where("vkey.txt"))
    note = Note.read((LOG / f"checkpoint.{size}").read_bytes(), Where("checkpoint"))
    assert note.verified([key], Where("checkpoint")) == (key,)
    head = Checkpoint.read(note.text)
    bundle = (LOG / tile_path(0, 0, size, data=True)).read_bytes()
    entries = split_entry_bundle(bundle)
    leaves = [leaf_hash(entry) for entry in entries]
    assert head == Checkpoint(key.name, size, root(leaves))
    assert entry_bundle(entries) == bundle
    assert b"".join(leaves) == (LOG / tile_path(0, 0, size)).read_bytes()
    assert head.text == note.text
    hashes = TileHashes(lambda level, n, width: (LOG / tile_path(level, n, width)).read_bytes(), size)
    for index, leaf in enumerate(leaves):
        check_inclusion(leaf, index, size, inclusion_proof(hashes, index, size), head.root)
