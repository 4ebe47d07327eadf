"""Why something is forbidden, as far as the applicant may see it: the outcome is that of all facts, reasons may be hidden."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from lastword.cases.refusal import ActRefused
from lastword.cases.request import Request, Salted
from lastword.clearance.assess import assess
from lastword.clearance.loaded import Loaded
from lastword.errors import InputError

READER = "party"


def with_reasons(
    refused: ActRefused, loaded: Loaded, request: Request, fields: Mapping[str, Salted], day: date
) -> ActRefused:
    """Return a refusal of what is forbidden with the rules that forbid it on what a party to the deal may see.

    Where these say something else, nothing is added: then it reads the same whatever is hidden.
    """
    try:
        seen = assess(
            loaded.workspace.seen_by(READER),
            request,
            fields,
            loaded.procedures,
            day=day,
            known=day,
            facts=loaded.facts,
            rules=loaded.rules,
        )
    except InputError:
        return refused  # what it is about is not there for a party
    if not seen.prohibitions:
        return refused
    problem = refused.problems[0]
    rules = ", ".join(f"`{rule}`" for rule in seen.prohibitions)
    return ActRefused(refused.code, f"{problem.what}: {rules}", problem.mend, due=refused.due)
