"""The streams of the record: which events each knows, the state they make, and how both are written as JSON.

A stream is named by its area alone (``roster``), or by area and id (``case/K7M4-QX2P``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from lastword.cases import caseevents, licenceevents, loadevents, rosterevents
from lastword.cases.blocks import next_up
from lastword.cases.calendar import CalendarSet
from lastword.cases.case import Case
from lastword.cases.constitution import Proposals
from lastword.cases.holding import moratoria_dues
from lastword.cases.licence import Licence
from lastword.cases.licensing import licence_dues
from lastword.cases.moratorium import Moratoria
from lastword.cases.roster import Roster
from lastword.cases.timing import case_dues
from lastword.record import logevents
from lastword.record.kept import VERSION
from lastword.record.refusal import RecordError

Dues = Iterable[tuple[str, datetime]]
UPCASTERS: Final[Mapping[tuple[str, int], Callable[[Mapping[str, Any]], Mapping[str, Any]]]] = {}
"""(kind, version of the kept part) -> how its data is written in the next version; a kind without one stays as it is.

What is here stays for ever: the entries written then are never written anew.
"""


def _nothing(_state: Any) -> tuple[Any, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class StreamKind:
    """``apply(state or None, event)`` gives the next state; ``dues`` what happens by itself; ``words`` what finds it."""

    state: type
    events: tuple[type, ...]
    apply: Callable[[Any, Any], Any]
    dues: Callable[[Any], Dues] = _nothing
    words: Callable[[Any], Iterable[str]] = _nothing


def case_words(case: Case) -> Iterable[str]:
    """Return the words that a case is listed under: status, applicant, further readers, its offices, and whose turn it is."""
    yield f"status:{case.status}"
    yield f"applicant:{case.applicant}"
    for reader in (case.applicant, *case.acted, *case.readers):
        yield f"reader:{reader}"
    for clearance in case.clearances.values():
        yield f"authority:{clearance.authority}"
        for office in clearance.procedure.offices:
            yield f"office:{office}"
    for one in next_up(case, case.filed):
        for office in one.offices:
            yield f"turn:{office}"
    if any(query.replied is None for query in case.queries) and case.status == "open":
        yield f"turn:{case.applicant}"


def licence_words(licence: Licence) -> Iterable[str]:
    """Return the words that a licence is listed under."""
    yield f"status:{licence.status}"
    yield f"applicant:{licence.applicant}"
    yield f"reader:{licence.applicant}"
    yield f"authority:{licence.authority}"
    yield f"case:{licence.case}"
    for office in licence.offices:
        yield f"office:{office}"


_LICENCE_EVENTS: Final = tuple(
    event for event in licenceevents.EVENTS if event not in licenceevents.MORATORIUM_EVENTS
)

STREAMS: Final[Mapping[str, StreamKind]] = {
    "case": StreamKind(Case, caseevents.EVENTS, caseevents.apply_case, case_dues, case_words),
    "licence": StreamKind(Licence, _LICENCE_EVENTS, licenceevents.apply_licence, licence_dues, licence_words),
    "moratoria": StreamKind(
        Moratoria, licenceevents.MORATORIUM_EVENTS, licenceevents.apply_moratoria, moratoria_dues
    ),
    "roster": StreamKind(Roster, (rosterevents.RosterChanged,), rosterevents.apply_roster),
    "calendar": StreamKind(CalendarSet, (rosterevents.CalendarsSet,), rosterevents.apply_calendars),
    "proposals": StreamKind(
        Proposals,
        (
            rosterevents.ProposalMade,
            rosterevents.ProposalConfirmed,
            rosterevents.ProposalCarriedOut,
            rosterevents.ProposalRefused,
        ),
        rosterevents.apply_proposals,
    ),
    "facts": StreamKind(loadevents.FactsState, (loadevents.FactsLoaded,), loadevents.apply_facts),
    "rules": StreamKind(loadevents.RulesState, (loadevents.RulesLoaded,), loadevents.apply_rules),
    logevents.KEYS: StreamKind(logevents.Keys, logevents.KEY_EVENTS, logevents.apply_keys),
    logevents.PERSONS: StreamKind(logevents.Persons, logevents.PERSON_EVENTS, logevents.apply_persons),
    logevents.LOG: StreamKind(logevents.Log, logevents.LOG_EVENTS, logevents.apply_log),
}
KINDS: Final[Mapping[str, type[Any]]] = {
    str(getattr(event, "kind")): event  # noqa: B009  (not every class has one, and mypy says so)
    for stream in STREAMS.values()
    for event in stream.events
}
"""Kind of event -> its class."""


def area(stream: str) -> str:
    """Return the area of a stream: ``case`` of ``case/K7M4-QX2P``."""
    return stream.partition("/")[0]


def stream_kind(stream: str) -> StreamKind:
    """Return what ``stream`` is. Raises RecordError for an unknown one."""
    found = STREAMS.get(area(stream))
    if found is None:
        raise RecordError(f"there are no streams like `{stream}`")
    return found


def written_event(stream: str, event: Any) -> dict[str, Any]:
    """Return the data of ``event`` as JSON has it. Raises RecordError if the stream knows no such event."""
    if type(event) not in stream_kind(stream).events:
        raise RecordError(f"`{type(event).__name__}` is no event of the stream `{stream}`")
    data = msgspec.to_builtins(event, str_keys=True)
    assert isinstance(data, dict)
    return data


def read_event(kind: str, version: int, data: Mapping[str, Any]) -> Any:
    """Return the event of ``kind`` in ``data``. Raises RecordError for one that nothing here knows or that does not fit."""
    found = KINDS.get(kind)
    if found is None or version > VERSION:
        raise RecordError(f"the kind `{kind}` of version {version} is not known here; use a newer Lastword")
    for old in range(version, VERSION):
        if upcast := UPCASTERS.get((kind, old)):
            data = upcast(data)
    try:
        return msgspec.convert(data, found)
    except msgspec.ValidationError as why:
        raise RecordError(f"the data of a `{kind}` is damaged: {why}") from None


def written_state(state: Any) -> bytes:
    """Return a state as JSON."""
    return msgspec.json.encode(state)


_DECODERS: Final[Mapping[str, msgspec.json.Decoder[Any]]] = {
    name: msgspec.json.Decoder(kind.state) for name, kind in STREAMS.items()
}


def read_state(stream: str, data: bytes) -> Any:
    """Return the state that ``written_state`` wrote. Raises RecordError if it is none of this stream's."""
    stream_kind(stream)
    try:
        return _DECODERS[area(stream)].decode(data)
    except msgspec.DecodeError as why:
        raise RecordError(f"the state of `{stream}` is damaged: {why}; rebuild it from the entries") from None
