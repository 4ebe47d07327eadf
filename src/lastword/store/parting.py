"""Kept parts by audience: of an entry that more than the offices may read, what is theirs alone stands in a part of its own.

Offices are shown before persons: who acted in one is for the file. So are the rules behind an answer, which may be such as an
applicant may not know, and the digests over reasons, with which a guess at them could be tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

FILE: Final = "file"
TEXTS: Final = "text_audience"
"""The name in a kept part under which it says for whom each erasable text is: else a row of the database alone would say so."""
_WIDEST: Final = ("public", "applicant", FILE)
_PERSONS: Final = ("by", "principal")
_REASONS: Final = ("rules", "basis")
_ASSESSMENT: Final = (
    *(f"assessment.consents.*.{name}" for name in _REASONS),
    "assessment.prohibitions",
    "assessment.facts_digest",
)
_CLEARANCE: Final = ("votes", "pending", "silent", *_REASONS)

WITHHELD: Final[Mapping[str, tuple[str, ...]]] = {
    "case.filed": (*_ASSESSMENT, *(f"clearances.*.{name}" for name in _CLEARANCE)),
    "case.reassessed": (*_ASSESSMENT, "person"),
    "case.clearance_opened": tuple(f"clearance.{name}" for name in _CLEARANCE),
    "case.basis_changed": _REASONS,
    "case.votes_voided": ("votes", "provisos"),
    "case.votes_carried": ("votes",),
    "case.stage_entered": ("silent",),
    "case.proviso_dropped": ("person", "principal"),
    "case.decided": ("outcome.decision.for_file",),
    "case.query_asked": ("query.asked_by", "query.principal"),
    "case.escalated": ("person", "principal"),
    "case.clearance_ended": ("votes",),
    "case.closed": ("person", "principal"),
    "case.glass_broken": _PERSONS,
    "licence.issued": ("licence.opened_by",),
    "licence.suspended": (*_PERSONS, "for_file"),
    "licence.reinstated": (*_PERSONS, "for_file"),
    "licence.revoked": (*_PERSONS, "for_file"),
    "licence.surrendered": _PERSONS,
    "licence.expired": _PERSONS,
    "licence.exhausted": _PERSONS,
    "licence.reopened": _PERSONS,
    "licence.reviewed": _PERSONS,
    "licence.proviso_dropped": _PERSONS,
    "moratorium.declared": ("moratorium.ordered_by",),
    "moratorium.lifted": ("by",),
    "calendar.set": ("by",),
    "person.enrolled": ("confirmed_by",),
    "person.revoked": ("by",),
    "log.key_changed": ("by",),
    "log.constitution_changed": ("by",),
    "log.clock_confirmed": ("by",),
    "log.redacted": ("by",),
}
"""Kind -> what is for the file alone: names with dots between them, ``*`` for each of a list."""


def parted(
    kind: str, data: Mapping[str, Any], audience: str, texts: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return the data of an entry of ``kind`` by audience; put together (Kept.of) they are ``data`` again.

    ``texts``: for whom each of its erasable texts is; that is put under TEXTS, for the file.
    """
    own: dict[str, Any] = {}
    shown = dict(data)
    paths = WITHHELD.get(kind, ())
    if audience != FILE and paths:
        shown, own = _split(data, [tuple(path.split(".")) for path in paths])
    if texts:
        own[TEXTS] = dict(texts)
    if audience == FILE:
        return {FILE: {**shown, **own}}
    return {audience: shown, FILE: own} if own else {audience: shown}


def misplaced(data: Mapping[str, Any], audiences: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts that are stored for others than the entry, whose kept data is ``data``, says."""
    said = data.get(TEXTS)
    if not isinstance(said, Mapping):
        return ()  # an entry that was written before it was said
    # A text that had been erased before a record went on in this one is not named here, and can be read by nobody.
    return tuple(sorted(name for name, audience in audiences.items() if said.get(name, audience) != audience))


def widest(audiences: Iterable[str]) -> str:
    """Return for whom an entry is, by the audiences of its kept parts: the one that most may read."""
    found = set(audiences)
    return next((one for one in _WIDEST if one in found), FILE)


def _split(value: Mapping[str, Any], paths: list[tuple[str, ...]]) -> tuple[dict[str, Any], dict[str, Any]]:
    shown: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for name, one in value.items():
        below = [path[1:] for path in paths if path[0] == name]
        if () in below:
            own[name] = one
        elif not below:
            shown[name] = one
        elif isinstance(one, Mapping):
            shown[name], own[name] = _split(one, below)
        elif isinstance(one, list | tuple) and all(path[0] == "*" for path in below):
            halves = [_split(each, [path[1:] for path in below]) for each in one]
            shown[name], own[name] = [half[0] for half in halves], [half[1] for half in halves]
        else:
            shown[name] = one
    return shown, own
