"""What an example decides, beside what the answer says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from lastword.answers.answer import Answer, counted_json, decimal
from lastword.answers.explain import Link
from lastword.answers.judgement import Clause
from lastword.facts.unknown import NONE, Unknown
from lastword.files.yaml import Map
from lastword.reach.ways import path_to, witnesses
from lastword.rules.rule import Rule

_NEEDED: Final = {"needed": True, "needed_unless": True, "covered": False, "possible": None}


def compare(answer: Answer, expect: Map) -> Iterator[tuple[str, Any, Any, str]]:
    """Return (field, expected, got, what is missing) for everything the example decides; got is ``...`` where
    it is unknown.
    """
    rows = list(expect.get("consents") or ())
    for index, row in enumerate(rows):
        if row.get("needed") is not None:
            is_needed, why = needed(answer, str(row.get("state")), str(row.get("basis")))
            yield f"consents[{index}].needed", row["needed"], ... if is_needed is None else is_needed, why
    for regime, expected in (expect.get("subject_to") or {}).items():
        word = answer.verdict.regimes.get(regime, "unknown")
        got: Any = ... if word == "unknown" else word == "yes"
        yield f"subject_to.{regime}", expected, got, f"whether it is subject to the {regime}"
    basis = str(rows[0].get("basis")) if rows else ""
    yield from _limits(answer, expect, basis)
    yield from _shown_by_rules(answer, expect)
    for exception in expect.get("exceptions") or ():
        found = [
            rule for rule in answer.book.kind("exception", "permission") if _is(rule, str(exception["name"]))
        ]
        got = any(answer.exception(rule).open for rule in found)
        yield f"exceptions.{exception['name']}", exception["open"], got, ""


def needed(answer: Answer, state: str, basis: str) -> tuple[bool | None, str]:
    """Return whether a consent of ``state`` with ``basis`` in its chain is needed; None and what is missing
    if unknown.
    """
    result: bool | None = False
    why = ""
    for need in answer.consents:
        if need.country != state or not _in_chain(answer, need.clause, need.because, basis):
            continue
        got = _NEEDED[need.state]
        if got is True:
            return True, ""
        if got is None:
            result = None
            why = ", ".join(_missing(answer, need.clause))
    return result, why


def _missing(answer: Answer, clause: Clause) -> Iterator[str]:
    rule = answer.book.rules.get(clause.rule)
    if rule is None:
        yield clause.rule
        return
    truth = answer.judgement.clause(rule, clause.per).open
    yield from sorted(answer.judgement.reading.expand(truth.facts)) if isinstance(truth, Unknown) else ()


def _in_chain(answer: Answer, clause: Clause, links: Sequence[Link], basis: str) -> bool:
    """Say whether ``basis`` (rule, family, term, citation, or a permission that names the clause) is a link
    of the chain.
    """
    names: set[str] = set()
    for link in links:
        names |= {link.rule.id, *link.rule.families, link.rule.citation.text, *(t.family for t in link.terms)}
    cited = [link.rule.citation.text for link in links]
    for exception in answer.exceptions(clause):
        # What bars a permission is as much a reason for the consent as what would cover it.
        bars = (
            bar
            for bar in answer.book.lifters.get(exception.rule.id, ())
            if answer.judgement.holds(bar) is not False
        )
        for rule in (exception.rule, *bars):
            names |= {rule.id, *rule.families, rule.name, rule.citation.text}
            cited.append(rule.citation.text)
    wanted = basis.casefold()
    return any(wanted == name.casefold() for name in names) or any(_cites(text, basis) for text in cited)


def _cites(citation: str, basis: str) -> bool:
    return (
        len(basis) > 4 and any(char.isdigit() for char in basis) and basis.casefold() in citation.casefold()
    )


def _is(rule: Rule, name: str) -> bool:
    known = (rule.id, rule.name, *rule.families)
    wanted = name.casefold()
    return (
        wanted in {one.casefold() for one in known}
        or rule.id.casefold().endswith("-" + wanted)
        or (bool(rule.name) and _plain(wanted) == _plain(rule.name.casefold()))
    )


def _plain(name: str) -> str:
    return name.replace(" ", "").replace("-", "")


def _limits(answer: Answer, expect: Map, basis: str) -> Iterator[tuple[str, Any, Any, str]]:
    if not any(name in expect for name in ("limit", "limit_kind", "counted")):
        return
    link = _content_link(answer, basis) or _no_threshold_link(answer, basis)
    if link is None:
        yield "limit", expect.get("limit"), None, ""
        return
    if "limit" in expect:
        limit = link.limit
        got = ... if isinstance(limit, Unknown) or limit is None else _same(limit, expect["limit"])
        yield "limit", expect["limit"], got, "the limit"
    if "limit_kind" in expect:
        yield "limit_kind", expect["limit_kind"], link.limit_kind, ""
    if "counted" in expect:
        counted = link.counted
        if counted is None or counted[0] != counted[1]:
            yield "counted", expect["counted"], counted_json(counted), ""
        else:
            yield "counted", expect["counted"], _same(counted[0], expect["counted"]), ""


def _same(got: Fraction, expected: Any) -> Any:
    return expected if got == Fraction(str(expected)) else decimal(got)


def _content_link(answer: Answer, basis: str) -> Link | None:
    """Return what the rule named as basis counted; of several of one family the one that reaches, else that
    counted most.
    """
    wanted = basis.casefold()
    able = [r for r in answer.book.rules.values() if any(reach.kind == "content" for reach in r.reach)]
    rules = (
        [rule for rule in able if wanted in {one.casefold() for one in (rule.id, *rule.families)}]
        or [
            rule
            for rule in able
            if any(wanted == term.family.casefold() for term in answer.explanation.terms(rule))
        ]
        or [rule for rule in able if _cites(rule.citation.text, basis)]
    )
    links = [answer.explanation.link(rule) for rule in rules if answer.judgement.in_force(rule) is not False]

    def weight(link: Link) -> tuple[int, int, Fraction]:
        applies = 2 if link.truth is True else 1 if link.truth is not False else 0
        acts = 1 if answer.judgement.covers_act(link.rule) and _in_domain(answer, link.rule) else 0
        return applies, acts, link.counted[0] if link.counted else Fraction(-1)

    return max(links, key=weight, default=None)


def _no_threshold_link(answer: Answer, basis: str) -> Link | None:
    """Return what a rule counts that asks only whether such a part is in there: any share above nothing."""
    reading = answer.judgement.reading
    for rule in answer.book.named(basis):
        for reach in rule.reach:
            if reach.kind != "any_part":
                continue
            found = (w for w in witnesses(reading, rule, reach, reading.variables) if w.truth is True)
            paths = [path for path in (path_to(reading, witness) for witness in found) if path]
            share = sum((_path_share(path) for path in paths), Fraction(0))
            link = answer.explanation.link(rule)
            return replace(link, limit=Fraction(0), limit_kind="at_most", counted=(share, share))
    return None


def _path_share(path: Sequence[Any]) -> Fraction:
    share = Fraction(1)
    for element in path:
        share *= element.entry.fields.get("share", Fraction(0))
    return share


def _in_domain(answer: Answer, rule: Rule) -> bool:
    reading = answer.judgement.reading
    conditions = (rule.domain, rule.when)
    return all(c is None or c.evaluate(reading, reading.variables) is not False for c in conditions)


def _shown_by_rules(answer: Answer, expect: Map) -> Iterator[tuple[str, Any, Any, str]]:
    wanted = [name for name in ("row", "columns_checked", "columns_marked") if name in expect]
    if not wanted:
        return
    for name in wanted:
        rules = [rule for rule in answer.book.rules.values() if name in rule.shows]
        values = [dict(answer.explanation.link(rule).shown)[name] for rule in rules]
        known = [value for value in values if not isinstance(value, Unknown)]
        if not known:
            yield name, expect[name], ..., name
        elif name == "row":
            yield name, expect[name], known[0], ""
        else:
            got = sorted(str(column) for column in (known[0] if known[0] is not NONE else ()))
            same = got == sorted(str(column) for column in expect[name])
            yield name, expect[name], expect[name] if same else got, ""
