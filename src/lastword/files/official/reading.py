"""What was read in an official file, and what in it could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

from lastword.errors import Where


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """Something in the file that nobody could read: where, its words, and why."""

    where: Where
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class Control:
    """One line of a control table: what it applies to, and the chart columns it names (``NS1``), if any."""

    entry: str
    reason: str
    columns: tuple[str, ...]
    scope: str
    chart: str
    line: int


@dataclass(slots=True)
class Reading:
    """What a file says. Each format fills what it speaks of.

    ``marks``: destination -> chart columns or country groups, and the line where it stands; ``controls``: control
    lines; ``offers``: entry -> list-based exception -> words; ``parties``: name -> list and line; ``numbers``: entry
    of a control list -> heading and line; ``left_out``: what the file holds but no table takes, in words -> how often;
    ``doubtful``: entries of which something could not be read, so that nothing may be said to be gone from them.
    """

    marks: dict[str, tuple[frozenset[str], int]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    controls: list[Control] = field(default_factory=list)
    entries: dict[str, int] = field(default_factory=dict)
    offers: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    parties: dict[str, tuple[str, int]] = field(default_factory=dict)
    numbers: dict[str, tuple[str, int]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)

    def could_not(self, file: str, line: int, words: str, why: str) -> None:
        """Note something that could not be read."""
        self.unread.append(Unread(Where(file, line), words[:120], why))

    def leave_out(self, what: str, count: int = 1) -> None:
        """Count something that the file holds and no table takes."""
        self.left_out[what] = self.left_out.get(what, 0) + count


Rows = list[dict[str, str]]
