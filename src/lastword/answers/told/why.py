"""The reasons of a need in words: the rule and where it is written, the path, the share beside its limit, who
says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from lastword.answers.explain import Link, Step
from lastword.answers.told import phrases
from lastword.answers.told.page import Line
from lastword.facts.fact import Fact, Source, Standing
from lastword.facts.schema import LISTS
from lastword.facts.unknown import Unknown
from lastword.texts import _, chosen, language, several

if TYPE_CHECKING:
    from lastword.answers.answer import Answer

MOST_PATHS = 2
MOST_PARTS = 2
MOST_SOURCES = 2
_A_FILE = re.compile(r"\.(csv|xlsx|json|ya?ml)$", re.IGNORECASE)


def reasons(
    answer: Answer, links: Sequence[Link], *, who: str = "", told: set[str] | None = None, every: bool = False
) -> Iterator[Line]:
    """Return a chain of rules in words: the rule that asks first, then what it builds on as far as it holds.

    ``who``: the office, where several ask; ``told``: ids of the rules already told, which are not told again.
    """
    told = set() if told is None else told
    first, *rest = links
    yield from reason(answer, first, who=who, every=every)
    holding = [link for link in rest if link.truth is True]
    # One ground on which a rule builds is enough to understand it; the one with a path or a share says most.
    shown = sorted(holding, key=lambda link: (not (link.paths or link.counted), link.rule.id))
    for link in rest if every else shown[:1]:
        if every or link.rule.id not in told:
            yield from reason(answer, link, every=every, depth=1)
        told.add(link.rule.id)


def reason(
    answer: Answer, link: Link, *, who: str = "", every: bool = False, depth: int = 0
) -> Iterator[Line]:
    """Return one rule in words."""
    title = phrases.sentence(chosen(link.rule.title))
    if who:
        title = f"{who}: {title}"
    if every:
        reach = (
            _("whether it reaches is open")
            if isinstance(link.truth, Unknown)
            else ""
            if link.truth
            else _("does not reach")
        )
        title = f"{title} ({link.rule.id}{'; ' if reach else ''}{reach})"
    yield Line(title if every else f"{title} {_cited(link)}", depth)
    if every:
        yield Line(_cited(link), depth + 1)
        if link.rule.citation.note:
            yield Line(link.rule.citation.note, depth + 1)
    for path in link.paths if every else link.paths[:MOST_PATHS]:
        yield from steps(answer, path, depth + 1)
    if len(link.paths) > MOST_PATHS and not every:
        yield Line(
            several("and %(n)d more way", "and %(n)d more ways", len(link.paths) - MOST_PATHS), depth + 1
        )
    yield from share(answer, link, depth + 1, every=every)
    marks = _marks(answer, link)
    if marks:
        yield Line(marks, depth + 1)
    stated = _classification(answer, link)
    if stated and not link.paths and not every:
        yield Line(stated, depth + 1)
    if every:
        for fact in link.facts:
            yield Line(said(answer, fact), depth + 1)
        if link.missing:
            words = _("not known: %(facts)s") % {"facts": _missing(answer, link)}
            yield Line(words, depth + 1)


def _cited(link: Link) -> str:
    return f"[{phrases.citation(link.rule.citation)}]"


def _missing(answer: Answer, link: Link) -> str:
    from lastword.answers.settle import wording

    known = answer.judgement.reading.missing
    facts = [
        known[name]
        for name in sorted(answer.judgement.reading.expand(frozenset(link.missing)))
        if name in known
    ]
    return wording(answer.book, answer.snapshot, facts)


def steps(answer: Answer, path: Sequence[Step], depth: int) -> Iterator[Line]:
    """Return a path through dependencies or hands, one step a line."""
    for number, step in enumerate(path):
        how = phrases.dependency(step.how)
        if step.how == "custody":
            here, _arrow, there = step.to.partition(" -> ")
            to = f"{_place(here)} -> {_place(there)}"
        else:
            to = phrases.thing(answer.snapshot, step.to)
            provider = answer.snapshot.value(step.to, "provider")
            origin = answer.snapshot.value(step.to, "origin")
            land = provider if isinstance(provider, str) else origin
            if isinstance(land, str):
                to += f" ({phrases.country(land)})"
        if number == 0:
            how = f"{phrases.thing(answer.snapshot, answer.question.thing)} {how}"
        part = "" if step.share is None else "  " + phrases.percent(step.share)
        yield Line(f"{how}: {to}{part}", depth + number)


def _place(code: str) -> str:
    return _("unknown hands") if code == "?" else phrases.country(code)


def share(answer: Answer, link: Link, depth: int, *, every: bool = False) -> Iterator[Line]:
    """Return a counted share beside its limit, with the parts that make it up."""
    if link.counted is None or not isinstance(link.limit, Fraction):
        return
    low, high = link.counted
    limit = link.limit
    words = {"limit": phrases.percent(limit, low)}
    allowed = (
        _("up to %(limit)s is free") if link.limit_kind == "at_most" else _("less than %(limit)s is free")
    )
    if high is not None and low == high:
        counted = phrases.percent(low, limit)
    elif high is None:
        counted = _("at least %(low)s") % {"low": phrases.percent(low, limit)}
    else:
        counted = _("between %(low)s and %(high)s") % {
            "low": phrases.percent(low, limit),
            "high": phrases.percent(high, limit),
        }
    if limit == 0 and link.limit_kind == "at_most":
        # No share is small enough: what counts is that there is something at all.
        yield Line(
            _("%(counted)s of the value counts; no share is small enough to be free") % {"counted": counted},
            depth,
        )
    else:
        margin = ""
        if link.truth is True and low > limit:
            over = {"points": phrases.number((low - limit) * 100, 1)}
            margin = (
                _("; %(points)s points above") if low == high else _("; at least %(points)s points above")
            ) % over
        text = _("%(counted)s of the value counts; %(allowed)s") % {
            "counted": counted,
            "allowed": allowed % words,
        }
        yield Line(text + margin, depth)
    counting = sorted(
        ((thing, part) for thing, part, truth in link.counted_parts if truth is True and part),
        key=lambda pair: (-pair[1], pair[0]),
    )
    for thing, part in counting if every else counting[:MOST_PARTS]:
        yield Line(
            f"{phrases.thing(answer.snapshot, thing)}: {phrases.percent(part)}{_details(answer, thing)}",
            depth + 1,
        )
    if len(counting) > MOST_PARTS and not every:
        left = len(counting) - MOST_PARTS
        yield Line(several("and %(n)d more part", "and %(n)d more parts", left), depth + 1)


def _details(answer: Answer, thing: str) -> str:
    words = []
    origin = answer.snapshot.value(thing, "origin")
    if isinstance(origin, str):
        words.append(_("made in %(country)s") % {"country": phrases.country(origin)})
    for name in ("usml", "eccn", "eu", "ml"):
        code = answer.snapshot.value(thing, name)
        if isinstance(code, str):
            words.append(code)
            break
    return f"  ({', '.join(words)})" if words else ""


def _marks(answer: Answer, link: Link) -> str:
    """Return which columns of a country chart led to the need."""
    shown = dict(link.shown)
    columns, row = shown.get("columns_marked"), shown.get("row")
    if not isinstance(columns, tuple) or not columns or not isinstance(row, str):
        return ""
    return _("Country Chart, %(country)s: marked in %(columns)s") % {
        "country": phrases.country(row),
        "columns": ", ".join(str(column) for column in columns),
    }


def _classification(answer: Answer, link: Link) -> str:
    """Return what the rule read about the thing itself: its codes, and its origin where that is how the rule
    reaches.
    """
    words = []
    by_origin = any(reach.kind == "origin" for reach in link.rule.reach)
    for fact in link.facts:
        fld = answer.book.fields.get(fact.attribute)
        if (
            by_origin
            and fact.about == answer.question.thing
            and fact.attribute == "origin"
            and fld is not None
        ):
            name = fld.de if language() == "de" else fld.en
            words.append(f"{name}: {phrases.country(str(fact.value))}")
        if (
            fact.about == answer.question.thing
            and fld is not None
            and fld.kind == "code"
            and isinstance(fact.value, str)
        ):
            words.append(f"{fld.de if language() == 'de' else fld.en} {fact.value}")
    return "; ".join(dict.fromkeys(words))


def said(answer: Answer, fact: Fact) -> str:
    """Return a fact with who says it, how firmly, and in which file."""
    about = phrases.thing(answer.snapshot, fact.about)
    if fact.kind == "element":
        fields = fact.value.fields
        target = fields.get("thing") or fields.get("party")
        if target is not None:
            what = f"{phrases.dependency(fact.attribute)}: {phrases.thing(answer.snapshot, str(target))}"
        else:
            here, there = (_place(str(fields.get(end, "?"))) for end in ("from", "to"))
            what = f"{phrases.dependency(fact.attribute)}: {here} -> {there}"
    elif fact.kind == "complete":
        what = _("%(list)s: declared complete by %(by)s") % {"list": fact.attribute, "by": fact.value.by}
    else:
        fld = answer.book.fields.get(fact.attribute)
        name = fact.attribute if fld is None else fld.de if language() == "de" else fld.en
        shown = fact.value
        if fld is not None and fld.kind == "place" and isinstance(shown, str):
            shown = phrases.country(shown)
        what = f"{name}: {phrases.value(shown)}"
    who = source(answer, fact)
    where = f" [{fact.where}]" if fact.where.file else ""
    return f"{about}, {what} ({phrases.short_standing(fact.standing)}: {who}){where}"


def source(answer: Answer, fact: Fact) -> str:
    """Return who says a fact."""
    found: Source | None = answer.snapshot.facts.sources.get(fact.source)
    return fact.said_by or (found.name if found is not None else fact.source) or _("nobody named")


def firmness(answer: Answer, links: Sequence[Link]) -> Iterator[Line]:
    """Return how firm the reasons are, and whose word the weakest of them is (D19)."""
    if not links:
        return
    weakest = min(link.standing for link in links)
    facts = [fact for link in links for fact in link.facts if fact.standing is weakest]
    # What the reasons rest on most directly is a dependency; the rest only belongs to it.
    facts = [fact for fact in facts if fact.attribute in LISTS] or facts
    tellers = list(dict.fromkeys(told for fact in facts if (told := _teller(answer, fact))))
    if not tellers and any(link.rule.standing is weakest for link in links):
        tellers = [link.rule.citation.text for link in links if link.rule.standing is weakest]
    text = phrases.standing(weakest)
    if weakest is not Standing.CONFIRMED and tellers:
        text += f": {phrases.names(tellers, MOST_SOURCES)}"
    yield Line(text)


def _teller(answer: Answer, fact: Fact) -> str:
    found = answer.snapshot.facts.sources.get(fact.source)
    who = source(answer, fact)
    if found is not None and not fact.said_by and _A_FILE.search(found.name):
        return _("in %(file)s") % {"file": found.name}  # a list that was imported, not a person
    return f"{who} ({found.note})" if found is not None and found.note else who


def nobody_else(links: Iterable[Link]) -> Iterator[Line]:
    """Return the rules that were looked at and do not reach, one a line."""
    for link in links:
        reach = (
            _("open")
            if isinstance(link.truth, Unknown)
            else _("does not reach")
            if not link.truth
            else _("holds")
        )
        yield Line(f"{link.rule.id}: {chosen(link.rule.title)}", 0, f"[{link.rule.citation.text}] {reach}")


def in_brief(answer: Answer) -> str:
    """Return how many rules of how many states were looked at in vain."""
    rules = [rule for rule in answer.looked_at if answer.judgement.applies(rule) is False]
    states = {rule.seen_from or rule.state for rule in rules}
    if not rules:
        return _("no other rule on file speaks of this act")
    counted = several("%(n)d other rule", "%(n)d other rules", len(rules))
    of = several("of one state", "of %(n)d states", len(states))
    return _("%(rules)s %(states)s looked at: none reaches it (--why)") % {"rules": counted, "states": of}
