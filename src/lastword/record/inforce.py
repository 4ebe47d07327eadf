"""Whether the rules and facts that an entry names were the ones in force when it was written.

The kept part of a decision names them by their numbers in the streams ``rules`` and ``facts``. The load of that number must be
the last before the decision: the next one comes after it, or the stream index, or every entry between, shows that there is
none. A decision that waited for a countersignature counts from the moment at which it was made.

Source: IETF SCITT architecture, registration policies: the policy committed last is the one that applies.
"""

from __future__ import annotations

from typing import Any, Final

from lastword.record.kept import DECIDED, PENDING, Kept, Link, is_count
from lastword.record.streams import Covered, Log
from lastword.record.verdict import RefutedError, UnsettledError
from lastword.texts import marked

RULES: Final = "rules"
SOURCES: Final = (RULES, "facts")
_OWNERS: Final = ("case", "licence")
_ANSWER: Final = "assessment"


def names(kept: Kept, source: str) -> bool:
    """Say whether an entry of a case or licence names the load of ``source`` it was written under, as a decision must."""
    return kept.stream.partition("/")[0] in _OWNERS and (
        kept.kind == DECIDED or is_count(_told(kept, source))
    )


def check_in_force(log: Log, index: int, source: str, proved: Covered) -> int:
    """Return the entry of ``source`` (``rules`` or ``facts``) under which the entry ``index`` was written.

    Raises RefutedError if another was in force, UnsettledError if that cannot be told.
    """
    moments = [index]
    kept = log.kept[index]
    if not is_count(_told(kept, source)):
        raise UnsettledError(
            marked("entry %(entry)s does not say under which %(source)s it was decided"),
            entry=index,
            source=source,
        )
    if kept.kind == DECIDED:
        made = [
            place
            for place, one in log.members(kept.stream)
            if place < index
            and one.kind == PENDING
            and one.data.get("clearance") == kept.data.get("clearance")
        ]
        moments += made[-1:]
    try:
        return _in_force(log, index, index, source, proved)
    except RefutedError:
        if len(moments) == 1:
            raise
        return _in_force(log, index, moments[1], source, proved)


def _in_force(log: Log, index: int, moment: int, source: str, proved: Covered) -> int:
    """Return the load that the entry ``index`` names, if it was in force right before the entry ``moment``."""
    number = _told(log.kept[index], source)
    loads = log.members(source)
    about = {"entry": index, "number": number, "source": source}
    named = [place for place, kept in loads if kept.number == number]
    if len(named) > 1:
        raise RefutedError(marked("number %(number)s of %(source)s comes twice"), **about)
    if not named:
        raise UnsettledError(
            marked("entry %(entry)s was written under %(source)s number %(number)s, which are not shown"),
            **about,
        )
    place = named[0]
    if place >= moment:
        raise RefutedError(
            marked("entry %(entry)s names %(source)s number %(number)s, which came after it"), **about
        )
    later = [(other, kept) for other, kept in loads if kept.number > number]
    if any(other < moment for other, _ in later):
        raise RefutedError(
            marked("entry %(entry)s names %(source)s number %(number)s, but others had replaced them"),
            **about,
        )
    after = next((kept for _, kept in later if kept.number == number + 1), None)
    if after is not None and after.previous == Link(place, log.leaves[place]):
        return place
    row = proved.rows.get(source)
    if row is not None and moment <= proved.until:
        told = row.row
        if (told.count, told.last, told.leaf) == (number, place, log.leaves[place]):
            return place
    if all(one in log.kept for one in range(place + 1, moment)):
        return place
    raise UnsettledError(
        marked("whether %(source)s number %(number)s were the last before entry %(entry)s is not shown"),
        **about,
    )


def _told(kept: Kept, source: str) -> Any:
    """Return the number that an entry names, at the top of its data or in the answer it holds."""
    if is_count(kept.data.get(source)):
        return kept.data[source]
    answer = kept.data.get(_ANSWER)
    return answer.get(source) if isinstance(answer, dict) else None


def texts(value: object) -> set[str]:
    """Return every text anywhere in a JSON value."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return {text for one in value for text in texts(one)}
    return set()
