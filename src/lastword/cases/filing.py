"""Filing: a request becomes a case, with one clearance for each consent that is needed for sure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from lastword.cases.acts import Act, File
from lastword.cases.caseevents import CaseFiled
from lastword.cases.competence import acts_for
from lastword.cases.draft import Draft
from lastword.cases.needs import (
    check_allowed,
    check_answer,
    chosen_keys,
    opened,
    procedure_of,
    recorded,
)
from lastword.cases.progress import advance
from lastword.cases.refusal import ActRefused
from lastword.cases.request import check_request
from lastword.cases.roster import Roster
from lastword.cases.seats import lacking
from lastword.cases.timing import begin_holds
from lastword.cases.world import World, Written

_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}", re.ASCII)
"""No letters that look like others, and nothing that could end a name of a stream."""


def file_case(act: File, world: World, now: datetime) -> tuple[Written, ...]:
    """File a request. What is unknown and asks for no consent yet waits in ``settle``; nothing to ask for is no case.

    Raises ActRefused: ``exists``, ``not_applicant``, ``bad_request``, ``stale_answer``, ``bad_answer``, ``prohibited``,
    ``choose``, ``no_procedure``, ``nothing_to_ask``, ``cannot_be_filled``, ``no_calendar``, ``calendar_ends``.
    """
    if world.case is not None:
        raise ActRefused("exists", f"there is a case `{act.case}` already", "file under an id of its own")
    if not _ID.fullmatch(act.case):
        raise ActRefused(
            "bad_request",
            "the case has no id that it can bear",
            "file under 1 to 64 letters, digits and . _ - beginning with a letter or digit",
        )
    check_applicant(act, act.request.applicant, world.roster)
    check_request(act.request, act.fields)
    check_answer(act.assessment, act.request, world, now)
    check_allowed(act.assessment)
    keys = chosen_keys(act.assessment, act.choose)
    consents = [one for one in act.assessment.consents if one.key in keys]
    if not consents and act.assessment.settled:
        raise ActRefused(
            "nothing_to_ask",
            "no consent is needed for this",
            "keep the answer; `lastword ask` gives it again",
        )
    procedures = {one.key: procedure_of(one) for one in consents}
    short = lacking(procedures, applicant=act.request.applicant, acted=(act.person,), world=world, now=now)
    if short:
        raise ActRefused(
            "cannot_be_filled",
            "the roster cannot fill the seats " + "; ".join(short),
            "appoint officers who are neither the applicant's nor needed at another seat of the case",
        )
    draft = Draft(world, now, None)
    draft.write(
        CaseFiled(
            at=now,
            case=act.case,
            person=act.person,
            applicant=act.request.applicant,
            request=act.request,
            assessment=recorded(act.assessment),
            clearances=tuple(opened(one, procedures[one.key], world, now) for one in consents),
            status="open" if consents else "settle",
            readers=tuple(dict.fromkeys(act.readers)),
            chosen=act.choose,
        ),
        act.fields,
    )
    begin_holds(draft)
    for key in draft.case.clearances:
        advance(draft, key, now)
    return tuple(draft.written)


def check_applicant(act: Act, applicant: str, roster: Roster) -> None:
    """Refuse who may not act in the applicant's name. Raises ActRefused ``not_applicant``."""
    if act.principal:
        raise ActRefused(
            "not_applicant", "deputies act in an office, and an applicant has none", "act without a principal"
        )
    if not acts_for(act.person, roster, applicant):
        raise ActRefused(
            "not_applicant",
            f"`{act.person}` may not act for `{applicant}`",
            "it is for its people, or for those whom the roster lets act for it",
        )
