"""What is not settled and whom to ask, what would change the answer, what was taken for granted, what
contradicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from lastword.answers.change import Change
from lastword.answers.settle import OpenQuestion, outcome_word, topics
from lastword.answers.told import phrases
from lastword.answers.told.page import Line
from lastword.facts.day import EVER, NEVER
from lastword.reach.subject import Assumption
from lastword.texts import _, chosen, several

if TYPE_CHECKING:
    from lastword.answers.answer import Answer

MOST_ASKED = 3
MOST_NAMED = 2
MOST_TOPICS = 2
MOST_PHRASES = 3
MOST_CHANGES = 3
MOST_NEAR = 3
MOST_OLD = 2
NEAR = 0.8  # of 1: "huawai technologies" is near "huawei technologies"
SHORTEST_NAME = 4
_FORMS = frozenset("co company corp corporation inc llc ltd limited gmbh ag plc sa jsc ooo llp".split())


def open_points(answer: Answer, *, every: bool = False) -> Iterator[Line]:
    """Return the open questions, whom to ask, and what the reply would do."""
    questions = answer.open_questions
    groups = [[question] for question in questions] if every else _alike(answer, questions)
    for group in groups if every else groups[:MOST_ASKED]:
        if len(group) > 1:
            yield from _asked_of_all(answer, group)
        else:
            yield from _open_point(answer, group[0], every=every)
    if len(groups) > MOST_ASKED and not every:
        left = sum(len(group) for group in groups[MOST_ASKED:])
        yield Line(
            several(
                "and questions to %(n)d more; --why lists them",
                "and questions to %(n)d more; --why lists them",
                left,
            )
        )


def _alike(answer: Answer, questions: Iterable[OpenQuestion]) -> list[list[OpenQuestion]]:
    """Return the questions in groups: suppliers, or makers, who are asked the same about their things are
    told together.
    """
    groups: dict[tuple[str, ...], list[OpenQuestion]] = {}
    for question in questions:
        if question.ask.kind in ("supplier", "maker"):
            key = (question.ask.kind, *sorted(_phrases(answer, question)))
        else:
            key = (question.ask.kind, question.ask.id)
        groups.setdefault(key, []).append(question)
    return list(groups.values())


def _phrases(answer: Answer, question: OpenQuestion) -> tuple[str, ...]:
    asked = topics(answer.book, answer.snapshot, question.facts)
    return tuple(dict.fromkeys(phrase for _abouts, phrases_ in asked for phrase in phrases_))


def _asked_of_all(answer: Answer, group: list[OpenQuestion]) -> Iterator[Line]:
    """Return one question to several, each about things of his own."""
    names = phrases.names((question.ask.name for question in group), MOST_NAMED)
    yield Line(_("ask %(who)s") % {"who": names})
    things = dict.fromkeys(
        about
        for question in group
        for abouts, _phrases_ in topics(answer.book, answer.snapshot, question.facts)
        for about in abouts
    )
    asked = phrases.names(_phrases(answer, group[0]), MOST_PHRASES)
    yield Line(f"{phrases.names(things, 2)}: {asked}" if things else asked, 1)


def _open_point(answer: Answer, question: OpenQuestion, *, every: bool) -> Iterator[Line]:
    who = _("you") if question.ask.kind == "asker" else question.ask.name
    yield Line(_("ask %(who)s") % {"who": who}, 0, question.would)
    findings = [missing for missing in question.facts if missing.kind == "finding"]
    if findings and not every:
        rules = [answer.book.rules[missing.subject].label for missing in findings]
        yield Line(_("are the conditions of these met: %(names)s?") % {"names": phrases.names(rules, 5)}, 1)
    rest = [missing for missing in question.facts if every or missing.kind != "finding"]
    asked = topics(answer.book, answer.snapshot, rest)
    asked.sort(key=lambda topic: -len(topic[1]))
    for abouts, wanted in asked if every else asked[:MOST_TOPICS]:
        listed = phrases.names(wanted, len(wanted) if every else MOST_PHRASES)
        yield Line(f"{phrases.names(abouts, 2)}: {listed}" if abouts else listed, 1)
    if len(asked) > MOST_TOPICS and not every:
        yield Line(
            several("and %(n)d more question", "and %(n)d more questions", len(asked) - MOST_TOPICS), 1
        )
    adds = _adds(answer, question)
    if adds and every:
        yield Line(_("could add: %(offices)s") % {"offices": ", ".join(adds)}, 1)


def _adds(answer: Answer, question: OpenQuestion) -> list[str]:
    """Return the offices whose consent may come to be needed, depending on the reply."""
    facts = {missing.id for missing in question.facts}
    needed = {need.authority for need in answer.consents if need.stands}
    reading = answer.judgement.reading
    found: list[str] = []
    for need in answer.consents:
        if need.state != "possible" or need.authority in needed:
            continue
        missing = frozenset(name for link in need.because for name in link.missing)
        if not facts.isdisjoint(reading.expand(missing)):
            found += [phrases.short_office(answer.book, office) for office in need.offices]
    return list(dict.fromkeys(found))


def would_change(answer: Answer, found: Iterable[Change], *, every: bool = False) -> Iterator[Line]:
    """Return what would let a consent fall."""
    told = list(dict.fromkeys(_change(answer, change) for change in found if change.kind != "shown"))
    yield from (Line(text) for text in (told if every else told[:MOST_CHANGES]))
    shown = [answer.book.rules[change.subject[0]] for change in found if change.kind == "shown"]
    if shown and every:
        for rule in shown:
            yield Line(f"{rule.label}: {chosen(rule.title)}", 0, f"[{rule.citation.text}]")
    quickest = answer.quickest
    if quickest is not None:
        words = {"who": quickest.ask, "reply": quickest.reply, "outcome": outcome_word(quickest.outcome)}
        if len(quickest.facts) == 1 and sum(len(q.facts) for q in answer.open_questions) > 1:
            known = answer.judgement.reading.missing
            asked = topics(
                answer.book, answer.snapshot, [known[name] for name in quickest.facts if name in known]
            )
            words["question"] = "; ".join(
                f"{', '.join(a)}: {', '.join(p)}" if a else ", ".join(p) for a, p in asked
            )
            yield Line(
                _('quickest: the reply "%(reply)s" (%(who)s) ends it (%(outcome)s), to: %(question)s') % words
            )
        else:
            yield Line(_('quickest: the reply "%(reply)s" (%(who)s) ends it (%(outcome)s)') % words)


def _change(answer: Answer, change: Change) -> str:
    names = phrases.names(phrases.thing(answer.snapshot, one) for one in change.subject)
    rule = answer.book.rules[change.clause.rule]
    state = phrases.country(rule.seen_from or rule.state)
    if change.kind == "below" and change.share is not None:
        return _("%(names)s from elsewhere: then %(share)s, and this reason falls (%(state)s)") % {
            "names": names,
            "share": phrases.percent(change.share, change.limit),
            "state": state,
        }
    if change.outcome == "free":
        return _("another source for %(names)s: then nobody on record") % {"names": names}
    return _("another source for %(names)s: then this consent falls (%(state)s)") % {
        "names": names,
        "state": state,
    }


def own_packs(answer: Answer) -> Iterator[Line]:
    """Return the packs that stand in for those that come with the program."""
    for pack in answer.book.packs:
        if not pack.replaces:
            continue
        words = {"pack": f"{pack.id} {pack.version}".strip(), "place": pack.place, "key": pack.signed}
        if pack.signed:
            yield Line(_("%(pack)s from %(place)s, signed by %(key)s, not the one shipped") % words)
        else:
            yield Line(_("%(pack)s from %(place)s, not signed, not the one shipped") % words)


def out_of_date(answer: Answer, *, every: bool = False) -> Iterator[Line]:
    """Return the tables that are older than they are stated to last, the oldest first."""
    old = sorted(answer.old_tables, key=lambda table: table.read)
    if len(old) > MOST_OLD and not every:
        yield Line(several("%(n)d table, among them:", "%(n)d tables, among them:", len(old)))
    for table in old if every else old[:MOST_OLD]:
        age = (answer.question.as_of - table.read).days
        yield Line(
            _("%(table)s: read on %(day)s, %(age)d days before; stated to last %(lasts)d days")
            % {
                "table": chosen(table.title),
                "day": phrases.day(table.read),
                "age": age,
                "lasts": table.lasts,
            }
        )


def taken_for_granted(answer: Answer, *, every: bool = False) -> Iterator[Line]:
    """Return what was assumed, kinds together, and what the answer would be without it."""
    by_kind: dict[str, list[Assumption]] = {}
    for assumption in answer.assumptions:
        by_kind.setdefault(assumption.kind, []).append(assumption)
    order = ("act", "end use", "circumstance", "party not listed", "owners not listed", "nobody informed")
    for kind in sorted(by_kind, key=lambda k: (order.index(k) if k in order else len(order), k)):
        yield from _assumed(answer, kind, by_kind[kind], every=every)
    # A second judgement, made where an assumption may be what keeps it free, or what asks for a consent.
    matters = every or answer.outcome in ("free", "pending") or "undertaking" in by_kind
    if matters and answer.strict_outcome != answer.outcome:
        yield Line(
            _("with nothing assumed (--strict): %(outcome)s")
            % {"outcome": outcome_word(answer.strict_outcome)}
        )


def _assumed(answer: Answer, kind: str, found: list[Assumption], *, every: bool) -> Iterator[Line]:
    subjects = [phrases.thing(answer.snapshot, one.detail or one.subject) for one in found]
    if kind == "act":
        yield Line(_("the act, which was not named: %(act)s") % {"act": phrases.act(answer.question)})
    elif kind == "end use":
        yield Line(_("the end use, which was not named, is none for which a special rule is made"))
    elif kind == "circumstance":
        yield Line(_("it is %(why)s") % {"why": phrases.circumstance(found[0].subject)})
    elif kind == "party not listed":
        yield Line(
            _("not found on the party lists that come with Lastword: %(names)s")
            % {"names": phrases.names(subjects)}
        )
        near = list(dict.fromkeys(name for one in found for name in near_names(answer, one.detail)))
        if near:
            yield Line(
                _("near names on the lists, to be checked by a person: %(names)s")
                % {"names": phrases.names(near, MOST_NEAR)}
            )
    elif kind == "owners not listed":
        yield Line(_("no listed party owns a share of: %(names)s") % {"names": phrases.names(subjects)})
    elif kind == "party a firm":
        yield Line(_("a firm, no office and no forces: %(names)s") % {"names": phrases.names(subjects)})
    elif kind == "nobody informed":
        yield Line(_("no authority has told you that this needs a licence"))
    elif kind == "undertaking":
        for one in found:
            rule = answer.book.rules.get(one.detail)
            title = chosen(rule.title) if rule is not None else one.detail
            yield Line(_("a promise not to pass it on is presumed: %(rule)s") % {"rule": title})
    elif kind == "table":
        yield from _tables(answer, found, every=every)
    elif kind == "ladder":
        yield from _ladders(answer, found, every=every)
    else:
        yield Line(f"{kind}: {phrases.names(subjects)}")


def near_names(answer: Answer, name: str) -> list[str]:
    """Return names on the party lists that a person should compare: alike in letters, or with all words of
    ``name`` in them.
    """
    table = answer.book.tables.get("party_lists")
    asked = " ".join(name.casefold().split())
    if table is None or len(asked) < SHORTEST_NAME:
        return []
    listed = [key[0] for key in table.rows]
    words = _words(asked)
    telling = any(len(word) >= SHORTEST_NAME for word in words)
    holding = [one for one in listed if telling and words <= _words(one)]
    return list(
        dict.fromkeys([*get_close_matches(asked, listed, MOST_NEAR, NEAR), *sorted(holding, key=len)])
    )


def _words(name: str) -> set[str]:
    """Return the words of a name without marks, and without what only says what kind of firm it is."""
    return set(re.findall(r"\w+", name)) - _FORMS


def _tables(answer: Answer, found: list[Assumption], *, every: bool) -> Iterator[Line]:
    """Return the tables applied to a day on which they were not read (R16)."""
    told = []
    for one in found:
        table = answer.book.table(one.subject)
        if table is not None and table.read:
            read = table.read[-1] if answer.question.as_of > table.read[-1] else table.read[0]
            told.append((read, chosen(table.title)))
    if every:
        for read, title in sorted(told):
            yield Line(
                _("%(table)s, read on %(day)s, holds on %(then)s")
                % {"table": title, "day": phrases.day(read), "then": phrases.day(answer.question.as_of)}
            )
    elif told:
        words = {
            "tables": several("%(n)d table of the rules", "%(n)d tables of the rules", len(told)),
            "day": phrases.day(min(told)[0]),
        }
        yield Line(_("%(tables)s unchanged since last read (the oldest: %(day)s)") % words)


def _ladders(answer: Answer, found: list[Assumption], *, every: bool) -> Iterator[Line]:
    """Return the classifications presumed from others (R3, R8)."""
    ladders = {ladder.id: ladder for pack in answer.book.packs for ladder in pack.ladders}
    if not every:
        number = len({one.subject for one in found})
        counted = several("%(n)d classification", "%(n)d classifications", len(found))
        of = several("of %(n)d thing", "of %(n)d things", number)
        yield Line(
            _("%(classifications)s %(things)s, presumed from what is stated")
            % {"classifications": counted, "things": of}
        )
        return
    for name in sorted({one.detail for one in found}):
        things = {phrases.thing(answer.snapshot, one.subject) for one in found if one.detail == name}
        ladder = ladders.get(name)
        what = []
        for attribute, given in ladder.gives if ladder is not None else ():
            fld = answer.book.fields.get(attribute)
            what.append(f"{_field(fld, attribute)}: {phrases.value(given)}")
        cited = ladder.citation.text if ladder is not None else name
        yield Line(f"{phrases.names(sorted(things))}: {', '.join(what)}", 0, f"[{cited}]")


def _field(fld: object, name: str) -> str:
    from lastword.facts.schema import Field
    from lastword.texts import language

    if not isinstance(fld, Field):
        return name
    return fld.de if language() == "de" else fld.en


def contradictions(answer: Answer) -> Iterator[Line]:
    """Return facts that contradict one another, and permissions beside a need that they do not name (D2,
    D18).
    """
    for name, rivals in sorted(answer.judgement.reading.conflicts.items()):
        thing, _slash, attribute = name.partition("/")
        field = _field(answer.book.fields.get(attribute), attribute)
        yield Line(
            _("%(thing)s, %(field)s: sources contradict each other")
            % {"thing": phrases.thing(answer.snapshot, thing), "field": field}
        )
        for fact in rivals:
            source = answer.snapshot.facts.sources.get(fact.source)
            who = fact.said_by or (source.name if source is not None else fact.source)
            yield Line(f"{phrases.value(fact.value)} ({phrases.short_standing(fact.standing)}: {who})", 1)
    for clause, permission in answer.unnaming:
        rule = answer.book.rules[clause.rule]
        since = ""
        if permission.period.start not in (EVER, NEVER):
            since = _(", in force since %(day)s") % {"day": phrases.day(permission.period.start.by)}
        yield Line(
            _("a permission of the same state stands beside it: %(permission)s%(since)s")
            % {"permission": chosen(permission.title), "since": since}
        )
        yield Line(
            _("it does not name this, so the stricter holds: %(rule)s") % {"rule": chosen(rule.title)}, 1
        )
