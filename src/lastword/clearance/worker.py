"""The worker: lets fall due what falls due, and judges open cases again when facts, rules, calendars or moratoria changed.

It keeps no list of its own. What is to be done is seen from the states, and doing it twice does nothing the second time, so it
may be killed at any moment, and two of them do no harm. A case that cannot be worked on is left alone until the next round; it
holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from lastword.cases.acts import Act, PassTime, Reassess
from lastword.cases.case import Case
from lastword.cases.needs import is_current, same_answer
from lastword.cases.perform import WORKER, perform
from lastword.cases.refusal import ActRefused
from lastword.clearance.desk import Desk, answered, fields_of
from lastword.errors import LastwordError
from lastword.store.refusal import StoreError

BATCH: Final = 256
"""Cases that are looked at in one go, and timers that are read."""
AGAIN: Final = timedelta(minutes=5)
"""How long what could not be done is left alone, unless something changed."""
_LIVE: Final = ("open", "settle")


@dataclass(frozen=True, slots=True)
class Failed:
    """What could not be done on a stream, and why."""

    stream: str
    why: str


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: ``due`` streams on which something fell due, ``judged`` cases looked at again, ``changed`` of them."""

    due: int = 0
    judged: int = 0
    changed: int = 0
    failed: tuple[Failed, ...] = ()

    def __add__(self, other: Round) -> Round:
        return Round(
            self.due + other.due,
            self.judged + other.judged,
            self.changed + other.changed,
            (*self.failed, *other.failed),
        )


@dataclass
class Worker:
    """One worker of a desk. ``stopping``: says whether to leave off; asked between any two acts."""

    desk: Desk
    stopping: Callable[[], bool] = bool
    _seen: tuple[int, ...] | None = None
    _later: dict[str, datetime] = field(default_factory=dict)

    def round(self) -> Round:
        """Do all there is to do now. Raises StoreError if the record cannot be written at all."""
        done = self.fall_due()
        world = self._world()
        if world != self._seen and not self.stopping():
            done += self.campaign()
            if not self.stopping():
                self._seen = world
        return done

    def fall_due(self) -> Round:
        """Let everything happen whose timer is due, earliest first."""
        total, tried = Round(), set[str]()
        most = BATCH
        while not self.stopping():
            now = self.desk.now()
            due = self.desk.store.due(now, most=most)
            waiting = [
                stream
                for stream in dict.fromkeys(stream for stream, _name, _at in due)
                if stream not in tried and self._later.get(stream, now) <= now
            ]
            if not waiting:
                if len(due) < most:
                    break
                most *= 2  # what is stuck must not hide what comes after it
            for stream in waiting:
                if self.stopping():
                    break
                tried.add(stream)
                total += self._try(stream, passing(stream))
        return total

    def campaign(self) -> Round:
        """Look at every open case once: write where a hold begins or ends, a calendar moves it, or the answer is another."""
        total = Round()
        for case in self._open_cases():
            if self.stopping():
                break
            stream = f"case/{case.id}"
            total += Round(judged=1)
            try:
                act = self._needed(case)
            except StoreError:
                raise
            except Exception as why:  # whatever is wrong with one case holds up no other
                total += self._put_off(stream, why)
                continue
            if act is not None:
                done = self._try(stream, act)
                total += replace(done, due=0, changed=done.due)
        return total

    def _needed(self, case: Case) -> Act | None:
        """Return what has to be done on a case because the world changed; None if it stays as it is."""
        world, now = self.desk.world(case=case.id), self.desk.now()
        if world.case is None or world.case.status not in _LIVE:
            return None
        if self.desk.has_facts() and not is_current(world.case.assessment, world):
            loaded = self.desk.loads.now()
            answer = answered(
                loaded,
                world.case.request,
                fields_of(self.desk.store, world.case),
                world.case,
                now,
                world.calendars,
            )
            if not same_answer(answer, world.case.assessment):
                return Reassess(person=WORKER, case=case.id)
            world = replace(world, assessment=answer)
        act = PassTime(person=WORKER, case=case.id)
        try:
            return act if perform(act, world, now) else None
        except ActRefused as refused:
            if refused.code == "stale_answer":
                return act
            raise

    def _try(self, stream: str, act: Act) -> Round:
        """Do one act; what fails is told, and left alone for a while."""
        try:
            done = self.desk.do(act)
        except StoreError:
            raise
        except Exception as why:  # whatever is wrong with one stream holds up no other
            return self._put_off(stream, why)
        self._later.pop(stream, None)
        return Round(due=1 if done.written else 0)

    def _put_off(self, stream: str, why: Exception) -> Round:
        self._later[stream] = self.desk.now() + AGAIN
        told = str(why) if isinstance(why, LastwordError) else f"{type(why).__name__}: {why}"
        return Round(failed=(Failed(stream, told),))

    def _world(self) -> tuple[int, ...]:
        """Return the numbers of the streams that bear on every case."""
        store = self.desk.store
        states: list[Any] = [store.state(name) for name in ("facts", "rules", "calendar", "moratoria")]
        return tuple(state.no if state is not None else 0 for state in states)

    def _open_cases(self) -> Iterator[Case]:
        """Yield the open cases by number, page by page, so that a long campaign holds no lock and no list."""
        for status in _LIVE:
            after = ""
            while True:
                batch = self.desk.store.listed(f"status:{status}", after=after, most=BATCH)
                for stream in batch:
                    case = self.desk.store.state(stream) if stream.startswith("case/") else None
                    if isinstance(case, Case):
                        yield case
                if len(batch) < BATCH:
                    break
                after = batch[-1]


def passing(stream: str) -> PassTime:
    """Return the act that lets time pass on a stream: a case, a licence, or the moratoria."""
    area, _slash, ident = stream.partition("/")
    if area == "case":
        return PassTime(person=WORKER, case=ident)
    if area == "licence":
        return PassTime(person=WORKER, licence=ident)
    return PassTime(person=WORKER)
