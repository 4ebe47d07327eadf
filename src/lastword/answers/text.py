"""The answer as a reader sees it first: verdict, who, why, how firm, what is open, what next (design, section
3).

The order is that of the JSON document. ``tell`` gives labelled blocks for any channel; ``text`` puts them
on 80 columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING

from lastword.answers.settle import outcome_word
from lastword.answers.told import doubt, openings, phrases, why
from lastword.answers.told.page import WIDTH, Block, Line, Style, page, unstyled
from lastword.rules.rule import Rule
from lastword.texts import _, chosen, several

if TYPE_CHECKING:
    from lastword.answers.answer import Answer, ConsentNeed
    from lastword.answers.explain import Link

MOST_REASONS = 2
MOST_COVERED = 2
MOST_REMARKS = 2
MOST_OF_A_REMARK = 90
MOST_OF_A_LIMIT = 118
MOST_NOT_LOOKED_AT = 1


def text(
    answer: Answer,
    *,
    every: bool = False,
    following: Sequence[tuple[str, str]] = (),
    width: int = WIDTH,
    style: Style = unstyled,
) -> str:
    """Return the answer as text. ``every``: with every rule, fact and source. ``following``: (command, what
    it does).
    """
    return page(tell(answer, every=every, following=following), width=width, style=style)


def tell(
    answer: Answer, *, every: bool = False, following: Sequence[tuple[str, str]] = ()
) -> tuple[Block, ...]:
    """Return the answer as blocks with a label, in the order in which a reader asks."""
    return tuple(block for block in _blocks(answer, every, following) if block.lines)


def _blocks(answer: Answer, every: bool, following: Sequence[tuple[str, str]]) -> Iterator[Block]:
    needs = [need for need in answer.consents if need.stands]
    if answer.outcome == "prohibited" and not every:
        needs = []  # where it is forbidden, a consent does not help (D8)
    possible = [need for need in answer.consents if need.state == "possible"]
    covered = [need for need in answer.consents if need.state == "covered"]
    yield Block(phrases.verdict(answer.outcome), tuple(_headline(answer)), "verdict")
    yield Block(_("Forbidden by"), tuple(_forbidden(answer, every=every)), "forbidden")
    asked = _not_met_by_others(needs)
    without = Block(_("Without asking"), tuple(openings.worth_trying(answer, every=every)) if needs else ())
    if answer.openings:
        yield without
    yield Block(_("Must say yes"), tuple(_must_say_yes(answer, asked)), "yes")
    if answer.outcome == "free" and not covered:
        yield Block(_("Must say yes"), (Line(_("nobody, by any rule on file")),), "yes")
    elif answer.outcome == "unknown" and not needs:
        yield Block(_("Must say yes"), (Line(_("nobody on record, but that is not certain")),), "yes")
    yield Block(_("Can say no"), tuple(_can_say_no(answer, needs)))
    yield Block(_("Who asks"), tuple(_who_asks(answer, asked)))
    yield Block(_("Outlook"), tuple(_outlook(answer, needs)))
    yield Block(_("Usual time"), tuple(_usual_time(answer, needs)))
    yield Block(_("Papers"), tuple(_papers(needs)))
    if not answer.openings:
        yield without
    yield Block(_("Why"), tuple(_why(answer, needs, possible, every=every)), "why")
    yield Block(_("Covered"), tuple(_covered(answer, covered, every=every)), "covered")
    yield Block(_("Before"), tuple(_duties(answer, "before")))
    yield Block(_("After"), tuple(_duties(answer, "after")))
    yield Block(_("How firm"), tuple(_how_firm(answer, needs)))
    yield Block(_("Could become"), tuple(_could_become(answer, possible)))
    yield Block(_("Not settled"), tuple(doubt.open_points(answer, every=every)), "open")
    yield Block(_("Would change it"), tuple(doubt.would_change(answer, answer.would_change, every=every)))
    yield Block(_("Conflict"), tuple(doubt.contradictions(answer)))
    yield Block(_("Out of date"), tuple(doubt.out_of_date(answer, every=every)))
    yield Block(_("Assumed"), tuple(doubt.taken_for_granted(answer, every=every)))
    yield Block(_("Rules from"), tuple(doubt.own_packs(answer)))
    yield Block(_("Also said"), tuple(_remarks(answer, every=every)))
    yield Block(_("Nobody else"), tuple(_nobody_else(answer, every=every)))
    yield Block(_("Not looked at"), tuple(_not_looked_at(answer, every=every)))
    yield Block(_("Next"), tuple(Line(command, aside=what, kept=True) for command, what in following), "next")


def _headline(answer: Answer) -> Iterator[Line]:
    question = answer.question
    words = [phrases.thing(answer.snapshot, question.thing) + ": " + phrases.act(question)]
    if question.end_use != "unknown":
        words.append(phrases.end_use(question.end_use))
    if question.end_use_text:
        words.append(f"({question.end_use_text})")
    if question.end_user:
        words.append(_("for %(party)s") % {"party": question.end_user})
    words.append(phrases.day(question.as_of))
    yield Line(", ".join(words))
    marks = []
    if question.known != question.as_of:
        marks.append(_("as known on %(day)s") % {"day": phrases.day(question.known)})
    if phrases.bar(question.bar):
        marks.append(phrases.bar(question.bar))
    if question.strict:
        marks.append(_("with nothing assumed"))
    if marks:
        yield Line(", ".join(marks))


def _not_met_by_others(needs: Sequence[ConsentNeed]) -> list[ConsentNeed]:
    """Return the needs without those that name a choice of which one side must say yes anyway, on another
    ground.
    """
    alone = {
        frozenset(office for office, _how in need.alternatives[0])
        for need in needs
        if need.state == "needed" and len(need.alternatives) == 1
    }
    return [
        need
        for need in needs
        if len(need.alternatives) == 1
        or alone.isdisjoint(frozenset(office for office, _how in group) for group in need.alternatives)
    ]


# -- who
# ------------------------------------------------------------------------------------------------------


def _offices(answer: Answer, need: ConsentNeed, *, short: bool = False) -> str:
    name = phrases.short_office if short else phrases.office
    groups = [
        _(" and ").join(name(answer.book, office) for office, _how in group) for group in need.alternatives
    ]
    return phrases.either(groups)


def _must_say_yes(answer: Answer, needs: Sequence[ConsentNeed]) -> Iterator[Line]:
    by_office: dict[str, list[ConsentNeed]] = {}
    named: set[str] = set()
    for need in needs:
        by_office.setdefault(_offices(answer, need), []).append(need)
    for offices, group in by_office.items():
        last = {need.last_word for need in group if need.last_word}
        aside = ""
        if len(last) == 1:
            word = next(iter(last))
            alone = offices == phrases.office(answer.book, word)
            short = phrases.short_office(answer.book, word)
            aside = _("has the last word") if alone else _("last word: %(office)s") % {"office": short}
        authorities = {office for need in group for office in need.offices}
        # An office is named in full once.
        yield Line(_offices(answer, group[0], short=authorities <= named), 0, aside)
        named |= authorities
        if all(need.state == "needed_unless" for need in group):
            yield Line(_("unless it is shown that one of the above applies"), 1)


def _can_say_no(answer: Answer, needs: Sequence[ConsentNeed]) -> Iterator[Line]:
    if not needs:
        return
    yes = {phrases.office(answer.book, office) for need in needs for office in need.offices}
    no = {phrases.office(answer.book, office): None for need in needs for office in need.vetoes}
    if set(no) == yes:
        if len(yes) == 1:
            yield Line(_("the same office; nobody else on record"))
        else:
            yield Line(_("each of them; nobody else on record"))
        return
    yield Line(", ".join(no))


def _who_asks(answer: Answer, needs: Sequence[ConsentNeed]) -> Iterator[Line]:
    asked: dict[str, dict[str, None]] = {}
    for need in needs:
        if need.rule is None or need.rule.consent is None or not need.rule.consent.asked_by:
            continue
        who = phrases.either([phrases.asker(one) for one in _fitting(answer, need.rule.consent.asked_by)])
        asked.setdefault(who, {})[_offices(answer, need, short=True)] = None
    for who, offices in asked.items():
        if len(asked) == 1:
            yield Line(who)
        else:
            yield Line(_("%(who)s asks %(office)s") % {"who": who, "office": "; ".join(offices)})


def _fitting(answer: Answer, askers: Sequence[str]) -> Sequence[str]:
    """Return the one that this movement has, where a rule names the exporter beside the reexporter."""
    if {"exporter", "reexporter"} <= set(askers) and answer.question.act in ("export", "reexport"):
        leaves = answer.question.act
        other = "reexporter" if leaves == "export" else "exporter"
        return [one for one in askers if one != other]
    return askers


def _outlook(answer: Answer, needs: Sequence[ConsentNeed]) -> Iterator[Line]:
    found: dict[str, dict[str, None]] = {}
    for need in needs:
        if need.outlook:
            found.setdefault(_offices(answer, need, short=True), {})[phrases.outlook(need.outlook)] = None
    for offices, words in found.items():
        said = "; ".join(words)
        yield Line(said if len(found) == 1 else f"{offices}: {said}")


def _usual_time(answer: Answer, needs: Iterable[ConsentNeed]) -> Iterator[Line]:
    found: dict[str, dict[str, None]] = {}
    for need in needs:
        time = need.rule.consent.usual_time if need.rule and need.rule.consent else None
        if time is not None:
            cited = f"{chosen(time.text)} [{phrases.citation(time.citation)}]"
            found.setdefault(cited, {})[_offices(answer, need, short=True)] = None
    for said, offices in found.items():
        yield Line(said if len(found) == 1 else f"{phrases.names(offices)}: {said}")


def _papers(needs: Iterable[ConsentNeed]) -> Iterator[Line]:
    papers = dict.fromkeys(
        chosen(paper)
        for need in needs
        if need.rule and need.rule.consent
        for paper in need.rule.consent.papers
    )
    yield from (Line(paper) for paper in papers)


# -- why
# ------------------------------------------------------------------------------------------------------


def _forbidden(answer: Answer, *, every: bool) -> Iterator[Line]:
    for name, state in answer.verdict.prohibitions.items():
        rule = answer.book.rules[name]
        if state == "possible" and answer.outcome == "prohibited":
            continue
        if state == "possible":
            yield Line(
                _("possibly: %(rule)s") % {"rule": chosen(rule.title)},
                0,
                f"[{phrases.citation(rule.citation)}]",
            )
            continue
        yield from why.reason(answer, answer.explanation.link(rule), every=every)
        if rule.lifted_by_office:
            yield Line(
                _("can be lifted by %(office)s")
                % {"office": phrases.office(answer.book, rule.lifted_by_office)},
                1,
            )
        elif not answer.book.lifters.get(name):
            yield Line(_("no office on file can lift it; a consent would not help"), 1)


def _why(
    answer: Answer, needs: Sequence[ConsentNeed], possible: Sequence[ConsentNeed], *, every: bool
) -> Iterator[Line]:
    shown = needs if every else needs[:MOST_REASONS]
    told: set[str] = set()
    for need in shown:
        if need.because:
            who = _offices(answer, need, short=True) if len(shown) > 1 else ""
            yield from why.reasons(answer, need.because, who=who, told=told, every=every)
            yield from _ground(answer, need)
        else:
            yield Line(
                _("the law of %(state)s on this act is not on file")
                % {"state": phrases.country(need.country)}
            )
    if len(needs) > len(shown):
        left = len(needs) - len(shown)
        yield Line(
            several("and %(n)d more reason, listed by --why", "and %(n)d more reasons, listed by --why", left)
        )
    if every:
        for need in possible:
            if need.because:
                who = _("possibly %(office)s") % {"office": _offices(answer, need, short=True)}
                yield from why.reasons(answer, need.because, who=who, every=True)
    if answer.outcome == "unknown" and not needs:
        yield Line(_("facts that decide it are missing, and a missing fact is never taken for a no"))


def _ground(answer: Answer, need: ConsentNeed) -> Iterator[Line]:
    rule = need.rule
    if rule is not None and rule.consent is not None:
        ground = phrases.claim(rule.consent.claim)
        if ground:
            yield Line(_("ground: %(ground)s") % {"ground": ground}, 1)


def _covered(answer: Answer, covered: Sequence[ConsentNeed], *, every: bool) -> Iterator[Line]:
    """Return the needs that a permission or exception covers: in full where the answer rests on them, else in
    brief.
    """
    told: set[str] = set()
    full = every or answer.outcome in ("free", "pending")
    brief: list[str] = []
    shown = 0
    for use in answer.permissions:
        offices = list(
            dict.fromkeys(_offices(answer, need, short=True) for need in covered if need.clause in use.covers)
        )
        if not offices or (not every and {str(clause) for clause in use.covers} <= told):
            continue
        told.update(str(clause) for clause in use.covers)
        if full and (every or shown < MOST_COVERED):
            shown += 1
            yield Line(_("the consent of %(office)s is covered by") % {"office": phrases.names(offices)})
            yield from _permission(answer, use.rule, every=every)
        else:
            brief.append(f"{phrases.names(offices)}: {use.rule.label}")
    brief += [_offices(answer, need, short=True) for need in covered if str(need.clause) not in told]
    if not full:
        # Who must say yes on another ground is no news here.
        needed = {_offices(answer, need, short=True) for need in answer.consents if need.stands}
        brief = [one for one in brief if not any(one.startswith(office) for office in needed)]
    if brief:
        words = {"consents": "; ".join(dict.fromkeys(brief))}
        yield Line((_("also: %(consents)s") if shown else "%(consents)s") % words)


def _permission(answer: Answer, rule: Rule, *, every: bool) -> Iterator[Line]:
    link = answer.explanation.link(rule)
    if every:
        yield from why.reason(answer, link, every=True, depth=1)
        return
    title = chosen(rule.title)
    name = f"{rule.name}: " if rule.name and not title.startswith(rule.name) else ""
    yield Line(name + title, 1, f"[{phrases.citation(rule.citation)}]")


def _duties(answer: Answer, when: str) -> Iterator[Line]:
    for use in answer.permissions:
        for duty in use.rule.duties:
            if duty.when == when:
                words = openings.duty(answer, duty)
                if when == "before":
                    words += ", " + (_("not yet done") if duty in use.waiting else _("done"))
                yield Line(words)


# -- how firm, what else
# ---------------------------------------------------------------------------------------


def _how_firm(answer: Answer, needs: Sequence[ConsentNeed]) -> Iterator[Line]:
    yield from why.firmness(answer, [link for link in _grounds(answer, needs) if link.truth is True])
    if answer.confirmed_outcome is not None:
        words = {"outcome": outcome_word(answer.confirmed_outcome)}
        yield Line(_("counting confirmed facts only, the answer is: %(outcome)s") % words)
    if answer.settled:
        yield Line(_("settled: no missing fact can change it under the rules on file"))
    elif answer.outcome == "unknown":
        yield Line(
            _("on record: %(outcome)s, if all that nobody said counted as no")
            % {"outcome": outcome_word(answer.verdict.on_record)}
        )


def _grounds(answer: Answer, needs: Sequence[ConsentNeed]) -> Iterator[Link]:
    """Return what the outcome rests on: prohibitions, else needs, else the permissions that cover them."""
    if answer.outcome == "prohibited":
        yield from (answer.explanation.link(answer.book.rules[name]) for name in answer.verdict.prohibitions)
    elif needs:
        yield from (link for need in needs for link in need.because)
    elif answer.outcome != "unknown":
        yield from (answer.explanation.link(use.rule) for use in answer.permissions)


def _could_become(answer: Answer, possible: Sequence[ConsentNeed]) -> Iterator[Line]:
    words = [outcome_word(word) for word in answer.verdict.could_become]
    if words:
        yield Line(phrases.either(words))
    if possible and answer.outcome != "prohibited":
        offices = phrases.names((_offices(answer, need, short=True) for need in possible), 5)
        if answer.outcome == "unknown":
            yield Line(_("who might have to say yes: %(offices)s") % {"offices": offices})
        else:
            yield Line(_("who might have to say yes as well: %(offices)s") % {"offices": offices})


def _remarks(answer: Answer, *, every: bool) -> Iterator[Line]:
    remarks = sorted(
        answer.remarks(),
        key=lambda r: (r.about != answer.question.thing, -(r.day.toordinal() if r.day else 0), r.id),
    )
    for remark in remarks if every else remarks[:MOST_REMARKS]:
        source = answer.snapshot.facts.sources.get(remark.source)
        who = source.name if source is not None else remark.source
        when = f", {phrases.day(remark.day)}" if remark.day else ""
        said = remark.text if every else shorten(remark.text, MOST_OF_A_REMARK, placeholder=" ...")
        yield Line(f"{who}{when}: {said}")
    left = len(remarks) - MOST_REMARKS
    if left > 0 and not every:
        yield Line(
            several(
                "and %(n)d more (--why); a remark changes no rule",
                "and %(n)d more (--why); a remark changes no rule",
                left,
            )
        )
    elif remarks:
        yield Line(_("a remark changes no rule"))


def _nobody_else(answer: Answer, *, every: bool) -> Iterator[Line]:
    if answer.outcome == "prohibited" and not every:
        return
    yield Line(why.in_brief(answer))
    if every:
        yield from why.nobody_else(answer.nobody_else)


def _not_looked_at(answer: Answer, *, every: bool) -> Iterator[Line]:
    found = answer.not_looked_at()
    for one in found if every else found[:MOST_NOT_LOOKED_AT]:
        yield Line(one if every else shorten(one, MOST_OF_A_LIMIT, placeholder=" ..."))
    left = len(found) - MOST_NOT_LOOKED_AT
    if left > 0 and not every:
        yield Line(several("and %(n)d more (--why)", "and %(n)d more (--why)", left))
