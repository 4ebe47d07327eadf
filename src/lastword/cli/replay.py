"""``lastword replay``: ask again what a case was judged on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import click

from lastword.cases.reading import is_officer, not_there, visible
from lastword.clearance.replay import Replayed, Status, Step
from lastword.clearance.replay import replay as replayed
from lastword.clearance.seeing import reader_of
from lastword.cli.acting import Acting, looking
from lastword.texts import _

EXIT_CODES: Final[Mapping[Status, int]] = {"same": 0, "differs": 1, "not_recomputable": 3}


@click.command("replay")
@click.argument("case")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def replay(acting: Acting, case: str, as_json: bool) -> None:
    """Ask again what CASE was judged on, of the facts, rules and days of then, and compare with the record.

    Exit code: 0 the same comes out, 1 something else comes out, 3 it can no longer be computed, e.g. because words were
    erased: the record stands as it is; 2 bad input, 4 there is no such case for you.
    """
    desk = acting.desk
    # Whoever may not read a case learns nothing by replaying it; and what came out otherwise names reasons, for offices alone.
    reader = reader_of(acting.person, desk.roster(), desk.now())
    seen = desk.store.state(f"case/{case}")
    visible(seen, case, reader)
    found = replayed(desk.store, case, loads=desk.loads)
    if found is None:
        raise not_there(case)
    if not is_officer(seen, reader):
        found = replace(found, steps=tuple(replace(step, differences=()) for step in found.steps))
    if as_json:
        click.echo(json.dumps(_data(found), ensure_ascii=False, indent=2))
    else:
        for line in _lines(found):
            click.echo(line)
    raise SystemExit(EXIT_CODES[found.status])


def _lines(found: Replayed) -> Iterator[str]:
    verdicts = {
        "same": _("the same comes out"),
        "differs": _("something else comes out"),
        "not_recomputable": _("as recorded; not recomputable"),
    }
    for step in found.steps:
        words = {"index": step.index, "kind": step.kind, "day": step.day.isoformat()}
        yield _("entry %(index)d (%(kind)s, as of %(day)s)") % words + ": " + _verdict(step, verdicts)
        for difference in step.differences:
            yield f"  {difference}"
    yield f"{found.case}: {verdicts[found.status]}"


def _verdict(step: Step, verdicts: Mapping[str, str]) -> str:
    if step.erased_by is not None:
        return _("as recorded; not recomputable: erased by entry %(index)d") % {"index": step.erased_by}
    return verdicts[step.status] + (f": {step.why}" if step.why else "")


def _data(found: Replayed) -> dict[str, object]:
    return {
        "case": found.case,
        "status": found.status,
        "steps": [
            {
                "index": step.index,
                "no": step.no,
                "kind": step.kind,
                "day": step.day.isoformat(),
                "facts": step.facts,
                "rules": step.rules,
                "status": step.status,
                "differences": list(step.differences),
                "erased_by": step.erased_by,
                "why": step.why,
            }
            for step in found.steps
        ],
    }
