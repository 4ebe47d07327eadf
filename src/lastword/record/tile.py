"""How the tree is stored: tiles of 256 hashes, and bundles of 256 entries.

A tile at level L holds hashes of nodes whose level in the tree is 8 * L; the seven levels between two tile levels are
not stored but hashed again. The last tile of a level may be partial. A full tile never changes.

Source: github.com/C2SP/C2SP, tlog-tiles.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.record.refusal import ProofError, RecordError
from lastword.record.tree import HASH_BYTES, Node

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
MAX_ENTRY: Final = 2**16 - 1  # bytes; the length stands before an entry in two bytes
_PAIR: Final = 2 * HASH_BYTES
_TOP: Final = 63  # the highest level of tiles


def tile_path(level: int, n: int, width: int | None = None, *, data: bool = False) -> str:
    """Return the path of tile ``n`` of ``level``, with ``width`` hashes if it is partial (None or 256: full).

    With ``data`` the path of the bundle of entries below the tile, which must be one of level 0.
    Raises ProofError for what is no tile.
    """
    if not 0 <= level <= _TOP or n < 0 or (width is not None and not 0 < width <= WIDTH) or (data and level):
        raise ProofError(f"there is no tile {n} of level {level} with {width} hashes")
    groups = [f"{n % 1000:03}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03}")
    part = "" if width in (None, WIDTH) else f".p/{width}"
    return f"tile/{'entries' if data else level}/{'/'.join(reversed(groups))}{part}"


def locate(level: int, index: int) -> tuple[int, int, int]:
    """Return where the node (level, index) is: level of the tile, its number, and its first hash there (0 to 255).

    A node between two levels of tiles is hashed from the 2 ** (level % 8) hashes that begin there.
    """
    above = level % HEIGHT
    first = index << above
    return level // HEIGHT, first // WIDTH, first % WIDTH


def tile_width(level: int, n: int, size: int) -> int:
    """Return how many hashes tile ``n`` of ``level`` has in a tree of ``size`` entries: 0 to 256."""
    return min(max((size >> (HEIGHT * level)) - n * WIDTH, 0), WIDTH)


def tiles(size: int, since: int = 0) -> tuple[tuple[int, int, int], ...]:
    """Return (level, number, width) of each tile of a tree of ``size`` that one of ``since`` has not, or narrower."""
    found = []
    level = 0
    while count := size >> (HEIGHT * level):
        first = (since >> (HEIGHT * level)) // WIDTH
        for n in range(first, -(-count // WIDTH)):
            width = tile_width(level, n, size)
            if width > tile_width(level, n, since):
                found.append((level, n, width))
        level += 1
    return tuple(found)


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """Return up to 256 entries as one bundle: before each, its length in two bytes, greatest first.

    Raises InputError for an entry that is longer than 65,535 bytes.
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise InputError(
                Problem(Where("entry"), f"has {len(entry)} bytes, and {MAX_ENTRY} is the most", "shorten it")
            )
        parts += (len(entry).to_bytes(2, "big"), entry)
    if len(parts) > 2 * WIDTH:
        raise InputError(
            Problem(Where("entries"), f"are {len(parts) // 2}, and a bundle holds {WIDTH}", "split them")
        )
    return b"".join(parts)


def split_entry_bundle(bundle: bytes) -> tuple[bytes, ...]:
    """Return the entries of a bundle. Raises RecordError if it is cut off, too long or empty."""
    entries, place = list[bytes](), 0
    while place < len(bundle):
        start = place + 2
        place = start + int.from_bytes(bundle[place:start], "big")
        if place > len(bundle):
            raise RecordError(f"the bundle of entries is cut off in entry {len(entries)}")
        entries.append(bundle[start:place])
    if not 0 < len(entries) <= WIDTH:
        raise RecordError(f"the bundle has {len(entries)} entries, not 1 to {WIDTH}")
    return tuple(entries)


@dataclass(frozen=True, slots=True)
class TileHashes:
    """The hashes of a tree of ``size`` entries, read from its tiles.

    ``read_tile(level, n, width)`` returns the bytes of a tile that has at least ``width`` hashes (a tile that has
    grown since, or become full, begins with the same ones). Each is read once. ``read_tiles`` does the same for many,
    where asking for all at once costs less. Nothing here is believed: a proof made of wrong tiles fails when it is
    checked.
    """

    read_tile: Callable[[int, int, int], bytes]
    size: int
    read_tiles: Callable[[Sequence[tuple[int, int, int]]], Sequence[bytes]] | None = None
    _had: dict[tuple[int, int], bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def nodes(self, wanted: Sequence[Node]) -> tuple[bytes, ...]:
        """Return the hash of each node. Raises RecordError if a tile is too short, ProofError beyond the size."""
        for level, index in wanted:
            if level < 0 or index < 0 or (index + 1) << level > self.size:
                raise ProofError(f"a tree of {self.size} entries has no node {index} of level {level}")
        if self.read_tiles is not None:
            needed = dict.fromkeys(locate(level, index)[:2] for level, index in wanted)
            missing = [(*one, tile_width(*one, self.size)) for one in needed if one not in self._had]
            for (tile_level, n, width), tile in zip(missing, self.read_tiles(missing), strict=True):
                self._keep(tile_level, n, width, tile)
        return tuple(self._node(level, index) for level, index in wanted)

    def _node(self, level: int, index: int) -> bytes:
        tile_level, n, first = locate(level, index)
        tile = self._tile(tile_level, n)
        count = 1 << level % HEIGHT
        row = tile[first * HASH_BYTES : (first + count) * HASH_BYTES]
        # tree.node_hash over each pair, which stands together already: a proof makes some hundreds of these.
        while len(row) > HASH_BYTES:
            row = b"".join(
                [sha256(b"\x01" + row[at : at + _PAIR]).digest() for at in range(0, len(row), _PAIR)]
            )
        return row

    def _tile(self, level: int, n: int) -> bytes:
        had = self._had.get((level, n))
        if had is None:
            width = tile_width(level, n, self.size)
            had = self._keep(level, n, width, self.read_tile(level, n, width))
        return had

    def _keep(self, level: int, n: int, width: int, tile: bytes) -> bytes:
        if len(tile) < width * HASH_BYTES or len(tile) > WIDTH * HASH_BYTES or len(tile) % HASH_BYTES:
            raise RecordError(f"{tile_path(level, n, width)} has {len(tile)} bytes, not {width * HASH_BYTES}")
        self._had[level, n] = tile
        return tile
