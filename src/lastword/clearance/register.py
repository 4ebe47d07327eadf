"""The register: how many requests each authority had in a time, what became of them, and how long it took.

Counted are the cases that the reader may see, and no others: a number tells of a hidden case as well as its page would. Every
number stands beside what it is a number of, and the outcomes of the requests received add up to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import mean, median
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from lastword.cases.calendar import Calendar, CalendarEndsError, TimeLimit, due, moved
from lastword.cases.case import Case, Clearance, Outcome
from lastword.facts.fact import Facts, ReportedCounts, Standing

OUTCOMES: Final = (
    "granted",
    "granted_with_provisos",
    "refused",
    "returned",
    "not_required",
    "split",
    "withdrawn",
    "closed",
    "no_longer_needed",
    "pending",
)
"""What becomes of a request to one authority, by its first decision; together they make all requests."""
STATES: Final = (
    "settling",
    "held",
    "on_query",
    "waiting_for_advice",
    "waiting_for_agreement",
    "waiting_for_decision",
    "waiting_for_countersignature",
    "open_to_escalation",
    "on_appeal",
)
"""Where a pending request stands, the first that fits; together they make all pending ones."""
_WORDS: Final = {
    "grant": "granted",
    "grant_with_provisos": "granted_with_provisos",
    "refuse": "refused",
    "return": "returned",
    "not_required": "not_required",
}
_DAY_SECONDS: Final = Decimal(86_400)
By = Literal["received", "decided"]


@dataclass(frozen=True, slots=True)
class Within:
    """How many of ``of`` decided requests met a target: ``limit``, e.g. 20 working days, stops not counted."""

    limit: TimeLimit
    met: int
    of: int


@dataclass(frozen=True, slots=True)
class Row:
    """One authority. ``outcomes``: word of OUTCOMES -> number, together ``requests``. ``states``: of the pending ones.

    ``appeals``: ``heard``, ``open``, ``late``; ``granted_on_appeal`` counts beside the outcomes, which are the first ones.
    ``days``: lengths of the decided ones in days, from filing to the first decision, with all stops; ``running_days`` without.
    """

    authority: str
    requests: int
    outcomes: Mapping[str, int]
    states: Mapping[str, int]
    appeals: Mapping[str, int]
    granted_on_appeal: int
    refused_on_appeal: int
    days: tuple[Decimal, ...]
    running_days: tuple[Decimal, ...]
    within: tuple[Within, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """What was reported of an authority by others: ``counts``: word -> (number, only the least).

    It is never added to what is counted here.
    """

    authority: str
    counts: Mapping[str, tuple[int, bool]]
    sources: tuple[str, ...]
    standing: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Register:
    """The rows of the time from the day ``first`` up to and with ``last`` (None: no end), counted ``by`` receipt or decision."""

    first: date | None
    last: date | None
    by: By
    rows: tuple[Row, ...]
    reported: tuple[Reported, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain data; lengths of time in days with two decimals."""
        return {
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
            "by": self.by,
            "authorities": [_plain(row) for row in self.rows],
            "reported": [
                {
                    "authority": one.authority,
                    "counts": {
                        word: {"number": number, "at_least": least}
                        for word, (number, least) in one.counts.items()
                    },
                    "sources": list(one.sources),
                    "standing": one.standing,
                    "from": one.since,
                    "to": one.until,
                }
                for one in self.reported
            ],
        }


@dataclass
class _Tally:
    outcomes: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    appeals: Counter[str] = field(default_factory=Counter)
    on_appeal: Counter[str] = field(default_factory=Counter)
    days: list[Decimal] = field(default_factory=list)
    running: list[Decimal] = field(default_factory=list)
    met: Counter[tuple[int, str]] = field(default_factory=Counter)
    targeted: Counter[tuple[int, str]] = field(default_factory=Counter)


def register(
    cases: Iterable[Case],
    calendars: Mapping[str, Calendar],
    *,
    first: date | None = None,
    last: date | None = None,
    authority: str = "",
    by: By = "received",
    reported: Sequence[Reported] = (),
) -> Register:
    """Return the register over the cases a reader may see. Days count in the zone of each procedure's calendar."""
    tallies: dict[str, _Tally] = {}
    for case in cases:
        for one in case.clearances.values():
            if authority and one.authority != authority:
                continue
            calendar = calendars.get(one.procedure.calendar)
            made = first_outcome(one)
            when = one.opened if by == "received" else made.at if made is not None else None
            if when is None or not _inside(when, calendar, first, last):
                continue
            _count(tallies.setdefault(one.authority, _Tally()), case, one, made, calendar)
    rows = tuple(_row(name, tallies[name]) for name in sorted(tallies))
    told = tuple(one for one in reported if not authority or one.authority == authority)
    return Register(first, last, by, rows, told)


def reported_counts(
    facts: Facts, *, known: date, first: date | None = None, last: date | None = None
) -> tuple[Reported, ...]:
    """Return what the facts hold on the decisions of others, as far as was known on ``known``, per authority.

    What several say of one authority is put together; where two speak of the same number the firmer, and then the higher
    least, counts. A report whose time lies outside of the days asked for is left out.
    """
    by_authority: dict[str, list[tuple[Any, ReportedCounts]]] = {}
    for remark in facts.remarks:
        told = remark.register
        if (
            told is None
            or remark.standing is Standing.WITHDRAWN
            or not remark.known.holds(known)
            or (remark.day is not None and remark.day > known)
        ):
            continue
        if (last is not None and told.period.start.after > last) or (
            first is not None and told.period.end.by <= first
        ):
            continue
        by_authority.setdefault(told.authority, []).append((remark, told))
    return tuple(_reported(name, by_authority[name], facts) for name in sorted(by_authority))


def _reported(authority: str, found: Sequence[tuple[Any, ReportedCounts]], facts: Facts) -> Reported:
    counts: dict[str, tuple[int, bool]] = {}
    firm: dict[str, Any] = {}
    for remark, told in found:
        for word, (number, least) in told.counts.items():
            rank = (remark.standing, not least, number)
            if word not in firm or rank > firm[word]:
                firm[word], counts[word] = rank, (number, least)
    names = [
        facts.sources[one.source].name if one.source in facts.sources else one.source for one, _ in found
    ]
    starts = [told.period.start for _one, told in found]
    ends = [told.period.end for _one, told in found]
    return Reported(
        authority,
        counts,
        tuple(dict.fromkeys(names)),
        min(one.standing for one, _told in found).word,
        _bound(min(starts, key=lambda one: one.after)),
        _bound(max(ends, key=lambda one: one.by)),
    )


def _bound(found: Any) -> str:
    if found.after == date.min or found.by == date.max:
        return ""
    return (
        found.by.isoformat()
        if found.after == found.by
        else f"{found.after.isoformat()}/{found.by.isoformat()}"
    )


def first_outcome(one: Clearance) -> Outcome | None:
    """Return the first decision, which an appeal does not undo in the numbers."""
    return one.outcomes[0] if one.outcomes else None


def outcome_word(case: Case, one: Clearance) -> str:
    """Return what became of a clearance, a word of OUTCOMES."""
    made = first_outcome(one)
    if made is not None:
        return _WORDS.get(made.decision.outcome, "split")
    if one.status == "open":
        return "pending"
    if one.status == "not_needed":
        return "no_longer_needed"
    return "withdrawn" if case.status == "withdrawn" else "closed"


def state_word(case: Case, one: Clearance) -> str:
    """Return where a pending clearance stands, a word of STATES."""
    standing = [stop for stop in case.stops if stop.until is None and stop.clearance in ("", one.key)]
    if any(stop.reason.startswith("moratorium:") for stop in standing):
        return "held"
    if any(query.replied is None and query.clearance in ("", one.key) for query in case.queries):
        return "on_query"
    if not one.stage:
        return "settling"
    stage = one.procedure.stage(one.stage)
    if stage.entry == "appeal":
        return "on_appeal"
    roles = {seat.role for seat in stage.seats}
    if one.pending is not None:
        return "waiting_for_countersignature" if "countersign" in roles else "open_to_escalation"
    waiting = [
        seat.role
        for seat in stage.seats
        if len(one.counted(stage.id, seat.id)) < seat.needs and f"{stage.id}/{seat.id}" not in one.silent
    ]
    for role, word in (("advise", "waiting_for_advice"), ("agree", "waiting_for_agreement")):
        if role in waiting:
            return word
    return "waiting_for_decision"


def _inside(when: datetime, calendar: Calendar | None, first: date | None, last: date | None) -> bool:
    day = when.astimezone(ZoneInfo(calendar.zone) if calendar is not None else UTC).date()
    return (first is None or first <= day) and (last is None or day <= last)


def _count(
    tally: _Tally, case: Case, one: Clearance, made: Outcome | None, calendar: Calendar | None
) -> None:
    word = outcome_word(case, one)
    tally.outcomes[word] += 1
    if word == "pending":
        tally.states[state_word(case, one)] += 1
    for appeal in one.appeals:
        tally.appeals[appeal.state] += 1
    for outcome in one.outcomes:
        if outcome.on_appeal:
            granted = any(item.outcome.startswith("grant") for item in outcome.decision.items)
            tally.on_appeal["granted" if granted else "refused"] += 1
    if made is None:
        return
    tally.days.append(_days(made.at - one.opened))
    stops = union(case, one, made.at)
    stopped = sum((until - since for since, until in stops), timedelta())
    tally.running.append(_days(made.at - one.opened - stopped))
    for target in one.procedure.targets:
        key = (target.count, target.unit)
        by = _target_due(calendar, one.opened, target, stops)
        if by is not None:
            tally.targeted[key] += 1
            tally.met[key] += made.at < by


def union(case: Case, one: Clearance, end: datetime) -> list[tuple[datetime, datetime]]:
    """Return the times before ``end`` in which the clocks of a clearance stood still, those that overlap put together."""
    spans = sorted(
        (max(stop.since, one.opened), min(stop.until or end, end))
        for stop in case.stops
        if stop.clearance in ("", one.key) and stop.since < end
    )
    found: list[tuple[datetime, datetime]] = []
    for since, until in spans:
        if until <= since:
            continue
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def _target_due(
    calendar: Calendar | None, start: datetime, limit: TimeLimit, stops: Sequence[tuple[datetime, datetime]]
) -> datetime | None:
    """Return when the target was due, None where the calendar does not reach so far."""
    if calendar is None:
        return None
    try:
        at = due(calendar, start, limit)
        for since, until in stops:
            if since < at:
                at = moved(calendar, at, limit.unit, since, until)
    except CalendarEndsError:
        return None
    return at


def _days(length: timedelta) -> Decimal:
    return (Decimal(length // timedelta(seconds=1)) / _DAY_SECONDS).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _row(authority: str, tally: _Tally) -> Row:
    return Row(
        authority,
        tally.outcomes.total(),
        {word: tally.outcomes[word] for word in OUTCOMES},
        {word: tally.states[word] for word in STATES},
        {word: tally.appeals[word] for word in ("open", "heard", "late")},
        tally.on_appeal["granted"],
        tally.on_appeal["refused"],
        tuple(sorted(tally.days)),
        tuple(sorted(tally.running)),
        tuple(
            Within(TimeLimit(count, unit), tally.met[count, unit], tally.targeted[count, unit])  # type: ignore[arg-type]
            for count, unit in sorted(tally.targeted)
        ),
    )


def middle(days: Sequence[Decimal]) -> tuple[Decimal, Decimal] | None:
    """Return median and mean with two decimals, None of nothing."""
    if not days:
        return None
    return (
        median(days).quantize(Decimal("0.01"), ROUND_HALF_UP),
        Decimal(mean(days)).quantize(Decimal("0.01"), ROUND_HALF_UP),
    )


def _plain(row: Row) -> dict[str, Any]:
    return {
        "authority": row.authority,
        "requests": row.requests,
        "outcomes": dict(row.outcomes),
        "pending_by_state": dict(row.states),
        "appeals": {
            **row.appeals,
            "granted_on_appeal": row.granted_on_appeal,
            "refused_on_appeal": row.refused_on_appeal,
        },
        "days": _lengths(row.days),
        "running_days": _lengths(row.running_days),
        "within": [
            {"count": one.limit.count, "unit": one.limit.unit, "met": one.met, "of": one.of}
            for one in row.within
        ],
    }


def _lengths(days: Sequence[Decimal]) -> dict[str, Any]:
    found = middle(days)
    return {
        "of": len(days),
        "median": str(found[0]) if found else None,
        "mean": str(found[1]) if found else None,
    }


def table(found: Register) -> Iterator[list[str]]:
    """Yield the register as rows of a table, the first one its head; what is only reported says so in the column ``from``."""
    head = ["authority", "source", "requests", *OUTCOMES]
    head += [f"pending_{word}" for word in STATES]
    head += ["appeals_open", "appeals_heard", "appeals_late", "granted_on_appeal", "refused_on_appeal"]
    head += [
        "decided",
        "median_days",
        "mean_days",
        "median_running_days",
        "mean_running_days",
        "within_targets",
    ]
    yield head
    for row in found.rows:
        gross, net = middle(row.days), middle(row.running_days)
        yield [
            row.authority,
            "record",
            str(row.requests),
            *(str(row.outcomes[word]) for word in OUTCOMES),
            *(str(row.states[word]) for word in STATES),
            *(str(row.appeals[word]) for word in ("open", "heard", "late")),
            str(row.granted_on_appeal),
            str(row.refused_on_appeal),
            str(len(row.days)),
            *((str(gross[0]), str(gross[1])) if gross else ("", "")),
            *((str(net[0]), str(net[1])) if net else ("", "")),
            "; ".join(f"{one.limit.count} {one.limit.unit}: {one.met} of {one.of}" for one in row.within),
        ]
    for told in found.reported:
        said = {word: f"{number}+" if least else str(number) for word, (number, least) in told.counts.items()}
        line = [told.authority, f"{told.standing}: {'; '.join(told.sources)}", said.get("requests", "")]
        line += [said.get(word, "") for word in OUTCOMES]
        yield line + [""] * (len(head) - len(line))
