"""Replay a case: ask again what it was judged on, of the facts, rules and days of then, and compare with what is recorded.

Nothing is changed by it. Where words were erased that the answer rests on, the record stands as it is: it says what was
decided, and no longer lets everybody compute it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from lastword.cases.assessment import Assessed, Assessment
from lastword.cases.case import Case
from lastword.cases.caseevents import CaseAmended, CaseDecided, CaseFiled, CaseReassessed, apply_case
from lastword.cases.request import Request, Salted
from lastword.clearance.assess import assess, salt_of
from lastword.clearance.library import NotKeptError
from lastword.clearance.loaded import ErasedError, Loads
from lastword.errors import InputError
from lastword.store.reading import Erased

if TYPE_CHECKING:
    from lastword.store.reading import ReadEntry
    from lastword.store.store import Store

Status = Literal["same", "differs", "not_recomputable"]
_PAGE: Final = 200
_GRAVEST: Final[tuple[Status, ...]] = ("same", "not_recomputable", "differs")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry that rests on an answer. ``differences``: what is recorded, and what comes out now, in words.

    ``erased_by``: index of the entry that erased what it rests on, None if nothing was erased; ``why``: why it cannot be
    computed again.
    """

    index: int
    no: int
    kind: str
    day: date
    facts: int
    rules: int
    status: Status
    differences: tuple[str, ...] = ()
    erased_by: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay of a case comes to, and each of its steps."""

    case: str
    steps: tuple[Step, ...]

    @property
    def status(self) -> Status:
        """Return the gravest status of its steps: a difference goes before what can no longer be computed."""
        return max((step.status for step in self.steps), key=_GRAVEST.index, default="same")


def replay(store: Store, case: str, *, loads: Loads | None = None) -> Replayed | None:
    """Return what comes out of asking again, None if there is no such case."""
    loads = loads or Loads(store)
    steps: list[Step] = []
    told: dict[str, Salted | Erased] = {}
    state: Case | None = None
    for entry in _entries(store, f"case/{case}"):
        state = apply_case(state, entry.event)
        if isinstance(entry.event, CaseFiled | CaseAmended):
            told.update(_fields(entry))
        recorded = _recorded(state, entry)
        if recorded is not None:
            steps.append(_step(loads, state, entry, recorded, told))
    return Replayed(case, tuple(steps)) if state is not None else None


def _entries(store: Store, stream: str) -> Iterator[ReadEntry]:
    after = 0
    while page := store.entries(stream, after=after, most=_PAGE):
        yield from page
        after = page[-1].no


def _fields(entry: ReadEntry) -> Iterator[tuple[str, Salted | Erased]]:
    """Yield, by its digest in the request, each field that stands in an entry; an erased one by its name."""
    for name, value in entry.texts.items():
        if isinstance(value, Erased):
            yield name, value
        else:
            shown = entry.disclosures[name]
            yield shown.digest, Salted(value, shown.salt)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What an entry says of an answer: all of it, or (``only``) the part that speaks of one clearance."""

    assessment: Assessment
    only: str = ""


def _recorded(case: Case, entry: ReadEntry) -> _Recorded | None:
    event = entry.event
    if isinstance(event, CaseFiled):
        # The procedures stand with the clearances, once, and stay those of the filing.
        ways = {one.key: one.procedure for one in event.clearances}
        consents = tuple(
            replace(one, procedure=one.procedure or ways.get(one.key)) for one in event.assessment.consents
        )
        return _Recorded(replace(event.assessment, consents=consents))
    if isinstance(event, CaseReassessed):
        return _Recorded(event.assessment)
    if isinstance(event, CaseDecided):
        # The answer was computed again for the decision; all that is recorded of that one is that the basis had not changed.
        judged = replace(case.assessment, day=event.day, facts=event.facts, rules=event.rules)
        return _Recorded(judged, event.clearance)
    return None


def _step(
    loads: Loads,
    case: Case,
    entry: ReadEntry,
    recorded: _Recorded,
    told: Mapping[str, Salted | Erased],
) -> Step:
    of = recorded.assessment
    step = Step(entry.index, entry.no, entry.kind, of.day, of.facts, of.rules, "same")
    request = case.request
    try:
        fields = _salted(request, told)
        loaded = loads.of(of.facts, of.rules)
        again = assess(
            loaded.workspace,
            request,
            fields,
            loaded.procedures,
            day=of.day,
            known=of.day,
            facts=of.facts,
            rules=of.rules,
            salt=salt_of(case, request),
        )
    except ErasedError as erased:
        return replace(step, status="not_recomputable", erased_by=erased.by, why=f"{erased.what} was erased")
    except NotKeptError as lost:
        return replace(step, status="not_recomputable", why=lost.what)
    except InputError as error:
        return replace(step, status="differs", differences=(f"it is refused now: {error}",))
    if recorded.only:
        differences = tuple(_of_clearance(case, recorded.only, again))
    else:
        differences = tuple(_differences(of, again))
    return replace(step, status="differs" if differences else "same", differences=differences)


def _salted(request: Request, told: Mapping[str, Salted | Erased]) -> dict[str, Salted]:
    """Return the fields of a request. Raises ErasedError for one that was erased, NotKeptError for one that is not there."""
    found: dict[str, Salted] = {}
    for name, digest in request.fields.items():
        field = told.get(digest)
        if isinstance(field, Salted):
            found[name] = field
            continue
        erased = told.get(name)
        if isinstance(erased, Erased):
            raise ErasedError(f"the field `{name}` of the request", erased.by)
        raise NotKeptError(f"the field `{name}` of the request is not in the record")
    return found


def _differences(recorded: Assessment, again: Assessment) -> Iterator[str]:
    for name in ("settled", "prohibitions", "needs", "facts_digest", "rules_digest"):
        was, now = getattr(recorded, name), getattr(again, name)
        if was != now:
            yield f"{name.replace('_', ' ')}: recorded {_shown(was)}, now {_shown(now)}"
    for item in sorted({*recorded.outcomes, *again.outcomes}):
        was, now = recorded.outcomes.get(item), again.outcomes.get(item)
        if was != now:
            yield f"outcome of item {item}: recorded {_shown(was)}, now {_shown(now)}"
    keys = dict.fromkeys([one.key for one in (*recorded.consents, *again.consents)])
    for key in keys:
        yield from _of_consent(key, recorded.consent(key), again.consent(key))


def _of_consent(key: str, was: Assessed | None, now: Assessed | None) -> Iterator[str]:
    if was is None or now is None:
        yield f"consent {key}: {'recorded' if now is None else 'not recorded'}, {'needed' if now else 'not needed'} now"
        return
    for name in ("authority", "items", "rules", "basis", "procedure", "lifts"):
        if name == "procedure" and was.procedure is None:
            continue  # it is not recorded here: nobody chose this consent, or it was filed before
        if getattr(was, name) != getattr(now, name):
            what = {"basis": "the reasons", "procedure": "the procedure"}.get(name, name)
            yield f"consent {key}: {what} came out otherwise"


def _of_clearance(case: Case, key: str, again: Assessment) -> Iterator[str]:
    clearance = case.clearances[key]
    now = again.consent(key)
    if now is None:
        yield f"consent {key}: recorded, not needed now"
    elif now.basis != clearance.basis:
        yield f"consent {key}: the reasons came out otherwise"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(one) for one in value) or "nothing"
    return "nothing" if value is None else str(value)
