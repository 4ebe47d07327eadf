"""Streams by the words under which they are listed: page by page, so that a short answer is quick among very many streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

PAGE: Final = 256


class Lists(Protocol):
    """Whoever tells what is listed under a word: the store."""

    def listed(self, word: str, *, after: str = "", most: int = 100) -> tuple[str, ...]:
        """Return up to ``most`` streams listed under ``word``, by name, those after ``after``."""


def listed_under(
    store: Lists, groups: Sequence[Sequence[str]], prefix: str, after: str = "", *, page: int = PAGE
) -> Iterator[str]:
    """Yield the streams named ``prefix...`` that are listed under a word of each group, by name, those after ``after``.

    Where one group has few streams, the lists of the others are read around these only.
    """
    last = max(prefix, after)
    while True:
        pages = [_page(store, words, prefix, last, page) for words in groups]
        # Beyond the end of the shortest full page others may still come in between.
        end = min((stop for _names, stop in pages if stop is not None), default=None)
        for name in sorted(set.intersection(*(names for names, _stop in pages))):
            if end is None or name <= end:
                yield name
        if end is None:
            return
        following = []
        for names, stop in pages:
            beyond = [name for name in names if name > end and (stop is None or name <= stop)]
            if beyond:
                following.append(min(beyond))
            elif stop is None:
                return
        # The next one of all is none before the next of each, and this is a name just before that.
        last = max([end, *(name[:-1] for name in following)])


def _page(
    store: Lists, words: Sequence[str], prefix: str, last: str, page: int
) -> tuple[set[str], str | None]:
    """Return the next streams under any of ``words``, and up to which name they are all; None if there are no more."""
    found: set[str] = set()
    ends = []
    for word in words:
        batch = store.listed(word, after=last, most=page)
        found.update(name for name in batch if name.startswith(prefix))
        if len(batch) == page and batch[-1].startswith(prefix):
            ends.append(batch[-1])
    return found, min(ends, default=None)
