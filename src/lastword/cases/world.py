"""What an act meets besides its case: everything that the applicant does not answer for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lastword.cases.assessment import Assessment
from lastword.cases.calendar import Calendar
from lastword.cases.case import Case
from lastword.cases.constitution import Constitution, Proposal
from lastword.cases.licence import Licence
from lastword.cases.moratorium import Moratoria
from lastword.cases.roster import Roster


@dataclass(frozen=True, slots=True)
class World:
    """States of the other streams, read in the same transaction. ``facts``, ``rules``: numbers of these streams' last entries.

    ``assessment``: of the case in play, or of the licence's case, on today's facts and rules; None if it was not computed.
    ``unanswerable``: it can never be computed again, since fields of the request were erased. ``trusted_clock``: without it
    no silence means consent. ``case``: the case in play, None before filing.
    """

    roster: Roster = field(default_factory=Roster)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    moratoria: Moratoria = field(default_factory=Moratoria)
    constitution: Constitution = field(default_factory=Constitution)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    facts: int = 0
    rules: int = 0
    assessment: Assessment | None = None
    unanswerable: bool = False
    trusted_clock: bool = True
    case: Case | None = None
    licences: Mapping[str, Licence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """An event for the stream ``stream`` with what is kept of it, and the texts that may be erased.

    ``event``: a frozen dataclass of cases.events. ``texts``: name -> value or Salted. ``audience``: who may read the event:
    ``file`` (the offices of the case), ``applicant`` (these and the applicant), ``public``. ``text_audience``: name -> audience
    where it differs from the event's, e.g. the reasons for the file of a decision that the applicant may see. ``beside``: what is
    kept beside the event's own fields, e.g. a personal signature on it.
    """

    stream: str
    event: Any
    texts: Mapping[str, Any] = field(default_factory=dict)
    audience: str = "applicant"
    text_audience: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
