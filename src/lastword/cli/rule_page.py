"""A rule, term or table told in full: text, dated values, tables, cases, and what nobody read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from lastword.answers.told import phrases
from lastword.answers.told.page import Block, Line
from lastword.facts.day import EVER, Period
from lastword.files.yaml import Map, read_yaml
from lastword.rules.book import Book, rule_conditions
from lastword.rules.rule import Duty, Reach, Rule, Term
from lastword.rules.table import Citation, Lines, Table
from lastword.texts import _, chosen, several
from lastword.upkeep.aspects import kind_word
from lastword.upkeep.days import told

MOST_ROWS: Final = 20
Entry = Rule | Term | Table | Lines


def entry_page(
    book: Book, one: Entry, on: date, folders: Iterable[Path], *, every: bool = True
) -> Iterator[Block]:
    """Return an entry of the packs, as of the day ``on``. ``folders``: where its worked cases may lie.

    Without ``every`` the terms and tables that a rule rests on, and its cases, are only counted.
    """
    yield Block(one.id, (Line(chosen(one.title)),), "verdict")
    if isinstance(one, Rule) and not every:
        yield from (
            block for block in (*_rule_itself(book, one, on), *_rest(book, one, folders)) if block.lines
        )
        return
    if isinstance(one, Rule):
        blocks = _rule(book, one, on)
    elif isinstance(one, Term):
        blocks = _term(book, one, on)
    else:
        blocks = _table(one, on, whole=True)
    yield from (block for block in blocks if block.lines)
    if isinstance(one, Rule):
        lines = tuple(_cases(one, folders))
        if lines:
            yield Block(_("Cases"), lines)


def _rest(book: Book, rule: Rule, folders: Iterable[Path]) -> Iterator[Block]:
    """Return how much the rule rests on, and how to see it."""
    terms, tables = _rests_on(book, rule)
    cases = len(list(_cases(rule, folders)))
    counted = [
        *([several("%(n)d term", "%(n)d terms", len(terms))] if terms else []),
        *([several("%(n)d table", "%(n)d tables", len(tables))] if tables else []),
        *([several("%(n)d worked case", "%(n)d worked cases", cases)] if cases else []),
    ]
    if counted:
        words = {"what": ", ".join(counted), "id": rule.id}
        yield Block(_("Rests on"), (Line(_("%(what)s: lastword rule %(id)s --all lists them") % words),))


def _rests_on(book: Book, rule: Rule) -> tuple[list[Term], list[Table | Lines]]:
    """Return the terms and tables that the conditions of a rule name, and those that these terms name."""
    terms = [book.terms[name] for name in _closure(book, _calls(rule))]
    names = set().union(*(_tables_of(text) for text in _texts_of(rule, terms)))
    known = sorted(names & (book.tables.keys() | book.lines.keys()))
    return terms, [book.tables.get(name) or book.lines[name] for name in known]


def _rule(book: Book, rule: Rule, on: date) -> Iterator[Block]:
    yield from _rule_itself(book, rule, on)
    terms, tables = _rests_on(book, rule)
    for term in terms:
        yield Block(_("Term"), (Line(f"{term.id}: {chosen(term.title)}"), *_values(term, on, depth=1)))
    for table in tables:
        yield from _table(table, on)


def _rule_itself(book: Book, rule: Rule, on: date) -> Iterator[Block]:
    yield Block(_("Kind"), (Line(f"{kind_word(rule.kind)} ({phrases.country(rule.state)}, {rule.pack})"),))
    yield Block(_("Written in"), tuple(_citation(rule.citation)))
    yield Block(_("In force"), (Line(f"{told(rule.period)}: {in_force_word(rule, on)} ({phrases.day(on)})"),))
    if rule.known.start != EVER:
        yield Block(_("Known"), (Line(told(rule.known)),))
    yield Block(_("How firm"), (Line(phrases.standing(rule.standing)),))
    if rule.acts is not None:
        seen = phrases.country(rule.seen_from or rule.state)
        yield Block(
            _("Acts"),
            (
                Line(
                    _("%(acts)s, as %(state)s sees them")
                    % {"acts": ", ".join(sorted(rule.acts)), "state": seen}
                ),
            ),
        )
    if rule.leg:
        yield Block(_("Acts"), (Line(_("the earlier delivery of a part, whatever is done now")),))
    yield Block(_("Says"), tuple(_says(book, rule)))
    yield Block(_("If"), tuple(_conditions(rule)))
    yield Block(_("Reaches by"), tuple(line for reach in rule.reach for line in _reach(reach)))
    yield Block(
        _("To be shown"), tuple(Line(f"{finding.id}: {chosen(finding.text)}") for finding in rule.checklist)
    )
    yield Block(_("Duties"), tuple(Line(_duty_text(duty)) for duty in rule.duties))
    yield Block(_("Lifted by"), tuple(_others(book.lifters.get(rule.id, ()))))
    yield Block(_("Covered by"), tuple(_others(book.covering.get(rule.id, ()))))
    if rule.lifted_by_office:
        yield Block(_("Lifted by"), (Line(phrases.office(book, rule.lifted_by_office)),))
    if rule.unread is not None:
        effect = _("may add to it") if rule.unread.may == "add" else _("may take from it")
        lines = [Line(f"{chosen(rule.unread.what)} ({effect})")]
        if rule.unread.when is not None:
            lines.append(Line(_("where: %(condition)s") % {"condition": rule.unread.when.text}, 1))
        yield Block(_("Not read"), tuple(lines))


def _says(book: Book, rule: Rule) -> Iterator[Line]:
    if rule.gives:
        yield Line(_("the thing is then under: %(regime)s") % {"regime": rule.gives})
    if rule.consent is not None:
        groups = []
        for group in rule.consent.alternatives:
            seats = [
                phrases.office(book, s.authority) if s.expression is None else s.expression.text
                for s in group
            ]
            groups.append(_(" and ").join(seats))
        yield Line(_("must say yes: %(offices)s") % {"offices": phrases.either(groups)})
        if rule.consent.last_word:
            yield Line(_("last word: %(office)s") % {"office": phrases.office(book, rule.consent.last_word)})
        if rule.consent.asked_by:
            askers = phrases.either([phrases.asker(one) for one in rule.consent.asked_by])
            yield Line(_("asked for by %(who)s") % {"who": askers})
        outlook = (
            rule.consent.outlook_expression.text
            if rule.consent.outlook_expression
            else phrases.outlook(rule.consent.outlook)
        )
        if outlook:
            yield Line(_("outlook: %(outlook)s") % {"outlook": outlook})
        ground = phrases.claim(rule.consent.claim)
        if ground:
            yield Line(_("ground: %(ground)s") % {"ground": ground})
    if rule.kind == "prohibition":
        yield Line(_("it is forbidden"))
    if rule.lifts:
        yield Line(_("lifts: %(rules)s") % {"rules": ", ".join(rule.lifts)})
    if rule.satisfies:
        yield Line(_("covers the need stated by: %(rules)s") % {"rules": ", ".join(rule.satisfies)})
    if rule.kind in ("exception", "permission"):
        yield Line(
            _("must be shown by whoever relies on it") if rule.claimant else _("counts without being shown")
        )


def _conditions(rule: Rule) -> Iterator[Line]:
    if rule.needs:
        yield Line(_("under all of: %(regimes)s") % {"regimes": ", ".join(rule.needs)})
    if rule.needs_any:
        yield Line(_("under one of: %(regimes)s") % {"regimes": ", ".join(rule.needs_any)})
    if rule.domain is not None:
        yield Line(rule.domain.text)
    if rule.when is not None:
        yield Line(rule.when.text)


def _reach(reach: Reach) -> Iterator[Line]:
    words = {
        "origin": _("its origin"),
        "content": _("the share of its value"),
        "any_part": _("any part"),
        "made_with": _("what it is made with"),
        "needs_in_use": _("what its use needs"),
        "undertaking": _("a promise given on the way"),
        "party": _("a party"),
        "place": _("the place"),
    }
    through = _(" (also of a part)") if reach.through else ""
    yield Line(f"{words.get(reach.kind, reach.kind)}{through}: {reach.test.text}")
    if reach.limit is not None:
        kind = _("a share equal to it is free") if reach.equal_free else _("a share equal to it is caught")
        yield Line(_("limit: %(limit)s; %(equal)s") % {"limit": reach.limit.text, "equal": kind}, 1)
    if reach.base:
        yield Line(_("of: %(base)s") % {"base": chosen(reach.base)}, 1)
    if reach.whole is not None:
        yield Line(_("judged as a whole where: %(condition)s") % {"condition": reach.whole.text}, 1)
    if reach.stop is not None:
        yield Line(_("not looked inside where: %(condition)s") % {"condition": reach.stop.text}, 1)
    if reach.presumed is not None:
        yield Line(_("presumed where: %(condition)s") % {"condition": reach.presumed.text}, 1)


def _duty_text(duty: Duty) -> str:
    when = _("before") if duty.when == "before" else _("after")
    days = ", " + several("within %(n)d day", "within %(n)d days", duty.days) if duty.days is not None else ""
    return f"{duty.id}: {chosen(duty.what)} ({when}{days})"


def _others(rules: Iterable[Rule]) -> Iterator[Line]:
    for other in rules:
        yield Line(f"{other.id}: {chosen(other.title)}")


def _term(book: Book, term: Term, on: date) -> Iterator[Block]:
    args = ", ".join(f"{name}: {kind}" for name, kind in term.args)
    yield Block(_("Kind"), (Line(_("a term of other rules: %(term)s(%(args)s), %(type)s (%(pack)s)") % {
        "term": term.id, "args": args, "type": term.type, "pack": term.pack
    }),))  # fmt: skip
    yield Block(_("Written in"), tuple(_citation(term.citation)))
    yield Block(_("Value"), tuple(_values(term, on)))
    if term.statable:
        yield Block(_("Stated"), (Line(_("a fact may state it")),))
    for name in sorted(set().union(*(_tables_of(dated.condition.text) for dated in term.values))):
        table = book.table(name)
        if table is not None:
            yield from _table(table, on)


def _values(term: Term, on: date, depth: int = 0) -> Iterator[Line]:
    if not term.values:
        yield Line(_("only stated by a fact"), depth)
    for dated in term.values:
        mark = "" if dated.period.holds(on) or len(term.values) == 1 else _(" (not in force)")
        when = "" if dated.period == Period() else f"{told(dated.period)}: "
        yield Line(f"{when}{dated.condition.text}{mark}", depth)


def _table(table: Table | Lines, on: date, *, whole: bool = False) -> Iterator[Block]:
    lines = [Line(f"{table.id}: {chosen(table.title)}"), *_citation(table.citation, 1)]
    if table.read:
        lines.append(
            Line(_("read on %(days)s") % {"days": ", ".join(phrases.day(one) for one in table.read)}, 1)
        )
    rows = _table_rows(table, on) if isinstance(table, Table) else _line_rows(table, on)
    if whole or len(rows) <= MOST_ROWS:
        lines += [Line(row, 1) for row in rows]
    else:
        words = {"rows": several("%(n)d row", "%(n)d rows", len(rows)), "id": table.id}
        lines.append(Line(_("%(rows)s: lastword rule %(id)s lists them") % words, 1))
    yield Block(_("Table"), tuple(lines))


def _table_rows(table: Table, on: date) -> list[str]:
    rows_told = []
    for keys, rows in sorted(table.rows.items()):
        for row in rows:
            held = row.period.holds(on)
            if held is not False:
                when = f" ({told(row.period)})" if row.dated else ""
                rows_told.append(f"{', '.join(keys)}: {phrases.value(row.value)}{when}")
    return rows_told


def _line_rows(table: Lines, on: date) -> list[str]:
    rows_told = []
    for entry, lines in sorted(table.entries.items()):
        for line in lines:
            if line.period.holds(on) is not False:
                scope = "|".join(line.scope) + ("!" + "|".join(line.but) if line.but else "")
                unread = _(" (scope not read)") if line.status == "unread" else ""
                rows_told.append(f"{scope or entry}: {line.reason} {line.column}{unread}".rstrip())
    return rows_told


def _citation(citation: Citation, depth: int = 0) -> Iterator[Line]:
    yield Line(citation.text, depth)
    if citation.read is not None:
        yield Line(_("read in full on %(day)s") % {"day": phrases.day(citation.read)}, depth)
    else:
        yield Line(_("reported, the text was not read (%(when)s)") % {"when": citation.reported}, depth)
    if citation.note:
        yield Line(citation.note, depth)
    if citation.again:
        words = {key: str(citation.again.get(key, "")) for key in ("day", "source", "changed")}
        yield Line(_("looked up again on %(day)s in %(source)s; changed: %(changed)s") % words, depth)


def _cases(rule: Rule, folders: Iterable[Path]) -> Iterator[Line]:
    """Return the worked cases that lie beside the pack and name the rule."""
    folder = next((one for one in folders if one.is_dir()), None)
    for path in sorted((folder / "cases").glob("*.yaml")) if folder is not None else ():
        content = read_yaml(path)
        for case in content.get("examples") or () if isinstance(content, Map) else ():
            named = case.get("regime") or ()
            if any(name in named for name in (rule.id, *rule.families)):
                yield Line(f"{case.get('id')}: {case.get('title', '')} ({phrases.value(case.get('as_of'))})")


def _calls(rule: Rule) -> frozenset[str]:
    return frozenset().union(*(condition.calls for condition in rule_conditions(rule)))


def _closure(book: Book, calls: Iterable[str]) -> list[str]:
    waiting, seen = sorted(calls), []
    while waiting:
        name = waiting.pop(0)
        if name in book.terms and name not in seen:
            seen.append(name)
            for dated in book.terms[name].values:
                waiting += sorted(dated.condition.calls)
    return seen


def _texts_of(rule: Rule, terms: Iterable[Term]) -> Iterator[str]:
    yield from (condition.text for condition in rule_conditions(rule))
    for term in terms:
        yield from (dated.condition.text for dated in term.values)


def _tables_of(text: str) -> set[str]:
    """Return the words in quotes: the names of tables are among them."""
    return set(text.replace('"', "'").split("'")[1::2])


def read_word(citation: Citation) -> str:
    """Return whether somebody read the text."""
    return _("read") if citation.read is not None else _("reported")


def in_force_word(rule: Rule, on: date) -> str:
    """Return whether a rule is in force on a day."""
    held = rule.period.holds(on)
    if held is False:
        return _("not yet") if rule.period.start.reached(on) is False else _("no longer")
    return _("in force") if held and not rule.in_force_unknown else _("uncertain")
