"""Whether the worked cases of a pack come out as written, and whether each rule has one that it reaches and one that it
does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lastword.answers.judgement import Judgement
from lastword.errors import InputError, Where
from lastword.examples import question_of, read_examples, run
from lastword.facts.snapshot import Snapshot
from lastword.files.yaml import Map
from lastword.reach.reading import Reading
from lastword.rules.book import Book
from lastword.rules.rule import Pack, Rule
from lastword.texts import _, several
from lastword.upkeep.finding import Finding
from lastword.upkeep.folding import never


@dataclass(slots=True)
class _Shown:
    """What the cases of a rule show of it."""

    cases: int = 0
    reached: bool = False
    free: bool = False


def case_findings(book: Book, pack: Pack, folder: Path, today: date) -> Iterator[Finding]:
    """Run the cases beside a pack and return what they do not show."""
    shown: dict[str, _Shown] = defaultdict(_Shown)
    for path in sorted((folder / "cases").glob("*.yaml")):
        try:
            examples = read_examples(path)
        except InputError as error:
            for problem in error.problems:
                where = Where(f"{folder.name}/cases/{path.name}", problem.where.line)
                yield Finding(pack.id, where, True, "cases", "", str(problem.what))
            continue
        for example in examples:
            where = Where(f"{folder.name}/cases/{path.name}", example.at.line)
            outcome = run(book, example, today=today)
            ident = str(example.get("id"))
            if outcome.verdict != "passed":
                yield Finding(pack.id, where, True, "cases", ident, outcome.line.removeprefix(ident).strip())
            if "move" in example:
                _note(book, pack, example, today, shown)
    for rule in pack.rules:
        yield from _of_rule(book, pack, rule, shown[rule.id])


def _note(book: Book, pack: Pack, example: Map, today: date, shown: dict[str, _Shown]) -> None:
    """Note for each rule of the pack that an example speaks of whether it reaches it."""
    names = _names(example)
    rules = [rule for rule in pack.rules if not names.isdisjoint(_called(rule))]
    if not rules:
        return
    question, facts = question_of(book, example, today)
    judgement = Judgement(Reading(book, Snapshot(facts, question.as_of, question.known), question))
    for rule in rules:
        one = shown[rule.id]
        one.cases += 1
        applies, holds = judgement.applies(rule), judgement.holds(rule)
        one.reached = one.reached or applies is True
        one.free = one.free or applies is False or holds is False


def _names(example: Map) -> frozenset[str]:
    expect = example.get("expect") or {}
    regime = example.get("regime") or ()
    found = [str(name) for name in ((regime,) if isinstance(regime, str) else regime)]
    found += [str(row.get("basis")) for row in expect.get("consents") or () if isinstance(row, Map)]
    found += [str(row.get("name")) for row in expect.get("exceptions") or () if isinstance(row, Map)]
    found += [str(name) for name in expect.get("subject_to") or ()]
    return frozenset(name.casefold() for name in found)


def _called(rule: Rule) -> frozenset[str]:
    """Return the names by which a case may speak of a rule."""
    names = (rule.id, *rule.families, rule.name, rule.gives, rule.citation.text)
    return frozenset(name.casefold() for name in names if name)


def _of_rule(book: Book, pack: Pack, rule: Rule, one: _Shown) -> Iterator[Finding]:
    # A rule that only says what nobody read reaches nothing: no case can show it.
    only_unread = rule.unread is not None and rule.unread.may == "add" and never(book, rule)
    if not one.cases:
        yield Finding(pack.id, rule.where, not only_unread, "cases", rule.id, _("has no worked case"))
        return
    if only_unread:
        return
    lacking = []
    if not one.reached:
        lacking.append(_("one that it reaches"))
    if not one.free:
        lacking.append(_("one that it does not reach"))
    if lacking:
        count = several("has %(n)d worked case", "has %(n)d worked cases", one.cases)
        what = _("%(count)s, but lacks %(which)s") % {"count": count, "which": _(" and ").join(lacking)}
        yield Finding(pack.id, rule.where, False, "cases", rule.id, what)
    elif one.cases == 1:
        yield Finding(pack.id, rule.where, False, "cases", rule.id, _("has only one worked case"))
