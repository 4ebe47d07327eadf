"""Lists by words: what comes page by page is what one would find by looking at all."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from lastword.clearance.listing import listed_under

names = st.sampled_from(
    ["a/9", "case/1", "case/11", "case/12", "case/2", "case/21", "case/3", "case/é", "licence/1", "z"]
)
lists = st.dictionaries(st.sampled_from("pqrs"), st.sets(names), max_size=4)


@dataclass
class Lists:
    """Lists in memory, which count how often they are read."""

    words: dict[str, set[str]]
    read: int = 0

    def listed(self, word: str, *, after: str = "", most: int = 100) -> tuple[str, ...]:
        """Return a page of a list."""
        self.read += 1
        return tuple(sorted(name for name in self.words.get(word, ()) if name > after)[:most])


@given(
    lists,
    st.lists(st.lists(st.sampled_from("pqrs"), max_size=3), min_size=1, max_size=3),
    st.sampled_from(["", "case/", "case/11", "case/2", "case/z"]),
    st.integers(1, 4),
)
def test_a_list_by_pages_is_the_list(
    words: dict[str, set[str]], groups: list[list[str]], after: str, page: int
) -> None:
    """Every stream that stands under a word of each group comes, once, in order, whatever the size of a page."""
    expected = set.intersection(
        *({name for word in group for name in words.get(word, ())} for group in groups)
    )
    found = list(listed_under(Lists(words), groups, "case/", after, page=page))
    assert found == sorted(name for name in expected if name.startswith("case/") and name > after)


def test_few_among_many_are_found_without_reading_the_many() -> None:
    """Ten open cases among a hundred thousand take a few pages around each, not hundreds."""
    every = [f"case/{number:06d}" for number in range(100_000)]
    store = Lists({"office": set(every), "open": set(every[5_000::10_000])})
    assert list(listed_under(store, [["office"], ["open"]], "case/")) == every[5_000::10_000]
    assert store.read <= 4 * 10
