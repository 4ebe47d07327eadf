"""Whether a stream is whole in a bundle: no entry left out in its middle, and none at its end.

Numbers and back-links show gaps. They cannot show that the end was cut off: for this the stream index says how far
each stream went, up to the entry that holds the index; after it, every entry of the log must be there and be of
another stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lastword.record.bundle import IndexRow, StreamIndex
from lastword.record.kept import STREAM_INDEX, Kept, unbase64
from lastword.record.refusal import ProofError
from lastword.record.streamindex import check_row, stream_tag
from lastword.record.verdict import RefutedError, UnsettledError
from lastword.texts import marked


@dataclass(frozen=True, slots=True)
class Log:
    """What a bundle has of a log of ``size`` entries: leaf hash by index, and the kept parts that are shown."""

    size: int
    leaves: Mapping[int, bytes]
    kept: Mapping[int, Kept]
    _streams: dict[str, list[tuple[int, Kept]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Sort what is shown by stream, once."""
        for index in sorted(self.kept):
            self._streams.setdefault(self.kept[index].stream, []).append((index, self.kept[index]))

    def members(self, stream: str) -> Sequence[tuple[int, Kept]]:
        """Return the entries of a stream that are shown, in the order of the log."""
        return self._streams.get(stream, ())


@dataclass(frozen=True, slots=True)
class Covered:
    """How far each stream went (``rows``), by the entries of the log before ``until``."""

    entry: int | None
    until: int
    rows: Mapping[str, IndexRow]


NOTHING = Covered(None, 0, {})


def covered(log: Log, index: StreamIndex | None) -> Covered:
    """Return what the stream index of the bundle proves. Raises RefutedError if its rows are not in the entry it names."""
    if index is None:
        return NOTHING
    kept = log.kept.get(index.index)
    if kept is None or kept.kind != STREAM_INDEX:
        raise RefutedError(
            marked("entry %(entry)s is not shown, or holds no stream index"), entry=index.index
        )
    root, until = unbase64(kept.data.get("root")), kept.data.get("size", index.index)
    if root is None or isinstance(until, bool) or not isinstance(until, int) or not 0 <= until <= index.index:
        raise RefutedError(marked("the stream index in entry %(entry)s is damaged"), entry=index.index)
    rows = {}
    count = kept.data.get("rows")
    for one in index.rows:
        if count is not None and count != one.proof.size:
            raise RefutedError(
                marked("the stream index in entry %(entry)s has another number of rows"), entry=index.index
            )
        if one.row.last >= until or stream_tag(one.salt, one.stream) != one.row.tag:
            raise RefutedError(
                marked("the row for %(stream)s in the stream index is that of another"), stream=one.stream
            )
        try:
            check_row(one.row, one.proof, root)
        except ProofError as why:
            raise RefutedError(
                marked("the row for %(stream)s is not in the stream index: %(why)s"),
                stream=one.stream,
                why=why,
            ) from None
        rows[one.stream] = one
    return Covered(index.index, until, rows)


def chained(log: Log, stream: str) -> int:
    """Return how many entries ``stream`` has up to its last one in the bundle, 0 if there is none.

    Raises RefutedError if a number is missing or doubled, or a link leads elsewhere than to the entry before. A single
    entry whose kept part is not shown is held in place by the link to it; UnsettledError where two or more follow each other.
    """
    before: tuple[int, Kept] | None = None
    for index, kept in log.members(stream):
        last = before[1].number if before is not None else 0
        missing = kept.number - last - 1
        if missing < 0:
            raise RefutedError(
                marked("number %(number)s of %(stream)s comes twice, or too late"),
                number=kept.number,
                stream=stream,
            )
        link = kept.previous
        if link is not None:
            if link.index >= index or (before is not None and link.index < before[0]):
                raise RefutedError(
                    marked("entry %(entry)s of %(stream)s links to the wrong place"),
                    entry=index,
                    stream=stream,
                )
            if link.index not in log.leaves:
                raise RefutedError(
                    marked("number %(number)s of %(stream)s, entry %(entry)s, is missing"),
                    number=kept.number - 1,
                    stream=stream,
                    entry=link.index,
                )
            if log.leaves[link.index] != link.leaf:
                raise RefutedError(
                    marked("entry %(entry)s of %(stream)s links to another entry"), entry=index, stream=stream
                )
            if (link.index in log.kept) != (missing == 0) or (
                missing == 0 and before is not None and link.index != before[0]
            ):
                raise RefutedError(
                    marked("number %(number)s of %(stream)s is missing"),
                    number=kept.number - 1,
                    stream=stream,
                )
        if missing > 1:
            raise UnsettledError(
                marked("numbers %(first)s to %(last)s of %(stream)s are not shown"),
                first=last + 1,
                last=kept.number - 1,
                stream=stream,
            )
        before = (index, kept)
    return before[1].number if before is not None else 0


def whole(log: Log, stream: str, proved: Covered, size: int) -> int:
    """Return how many entries ``stream`` has among the first ``size`` of the log: none of them is missing in the bundle.

    Raises RefutedError if one is missing, UnsettledError if that cannot be told.
    """
    number = chained(log, stream)
    row = proved.rows.get(stream)
    until = proved.until if row is not None else 0
    if row is not None:
        number = max(number, _at_row(log, stream, row, until))
    if all(index in log.kept for index in range(until, size)):
        return number
    if row is None:
        raise UnsettledError(
            marked("nothing in the bundle says how many entries %(stream)s has, so its end may be cut off"),
            stream=stream,
        )
    raise UnsettledError(
        marked(
            "whether %(stream)s goes on from entry %(until)s on is not shown: the stream index goes no further"
        ),
        until=until,
        stream=stream,
    )


def shown_whole(log: Log, stream: str, proved: Covered, size: int) -> None:
    """Raise as ``whole`` does, and UnsettledError if an entry of the stream is there but not shown.

    For streams of which each entry may take away what another gave: keys, and who may sign.
    """
    number = whole(log, stream, proved, size)
    if len(log.members(stream)) < number:
        raise UnsettledError(
            marked("an entry of %(stream)s is in the bundle, but is not shown"), stream=stream
        )


def _at_row(log: Log, stream: str, row: IndexRow, until: int) -> int:
    """Return the number of entries by the stream index. Raises RefutedError if the bundle ends before it."""
    told, members = row.row, [one for one in log.members(stream) if one[0] < until]
    if log.leaves.get(told.last) != told.leaf:
        raise RefutedError(
            marked(
                "%(stream)s has %(count)s entries by the stream index; the last, entry %(entry)s, is missing"
            ),
            stream=stream,
            count=told.count,
            entry=told.last,
        )
    last = members[-1][1].number if members else 0
    at_last = log.kept.get(told.last)
    shown_there = at_last is not None and at_last.stream == stream
    if at_last is not None and not shown_there:
        raise RefutedError(
            marked("the stream index names an entry of another stream as the last of %(stream)s"),
            stream=stream,
        )
    if members and members[-1][0] > told.last:
        raise RefutedError(marked("%(stream)s has more entries than the stream index says"), stream=stream)
    if shown_there and last == told.count:
        return told.count
    if not shown_there and last == told.count - 1:
        return told.count  # the last one is in its place, but not shown
    if not shown_there and last < told.count - 1:
        raise UnsettledError(
            marked("numbers %(first)s to %(last)s of %(stream)s are not shown"),
            first=last + 1,
            last=told.count,
            stream=stream,
        )
    raise RefutedError(
        marked("%(stream)s has %(count)s entries by the stream index, and %(shown)s in the bundle"),
        stream=stream,
        count=told.count,
        shown=last,
    )
