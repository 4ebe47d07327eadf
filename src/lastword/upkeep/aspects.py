"""What a rule, term or table says, aspect by aspect, in words: so that two states of it can be held side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lastword.answers.told import phrases
from lastword.facts.day import EVER, NEVER, Bound, Period
from lastword.rules.book import Book
from lastword.rules.condition import Condition
from lastword.rules.rule import Consent, Duty, Finding, Pack, Reach, Rule, Term, Texts
from lastword.rules.table import Citation, Lines, Table
from lastword.texts import _, chosen, language, several
from lastword.upkeep.days import told

Aspects = Mapping[str, tuple[str, ...]]


def rule_aspects(book: Book, rule: Rule) -> Aspects:
    """Return what a rule says: label -> lines."""
    return _gathered((
        *_head(rule.title, rule.citation),
        (_("Kind"), kind_word(rule.kind)),
        (_("Family"), ", ".join(rule.families)),
        (_("Name"), rule.name),
        (_("In force"), _in_force(rule)),
        (_("Known"), _known(rule)),
        (_("How firm"), phrases.standing(rule.standing)),
        (_("Acts"), ", ".join(sorted(rule.acts or ()))),
        (_("Acts seen from"), phrases.country(rule.seen_from) if rule.seen_from else ""),
        (_("Acts"), _("the earlier delivery of a part, whatever is done now") if rule.leg else ""),
        (_("Puts it under"), rule.gives),
        (_("Under all of"), ", ".join(rule.needs)),
        (_("Under one of"), ", ".join(rule.needs_any)),
        (_("Looked at only if"), _text(rule.domain)),
        (_("If"), _text(rule.when)),
        *((_reach_label(reach), line) for reach in rule.reach for line in _reach(reach)),
        *_consent(book, rule.consent),
        (_("For each"), _text(rule.per)),
        (_("Lifts"), ", ".join(rule.lifts)),
        (_("Covers the need stated by"), ", ".join(rule.satisfies)),
        (_("Burden"), _burden(rule)),
        *((_("To be shown"), _finding(one)) for one in rule.checklist),
        *((_("Duties"), _duty(book, duty)) for duty in rule.duties),
        (_("Can be lifted by"), phrases.office(book, rule.lifted_by_office) if rule.lifted_by_office else ""),
        *_unread(rule),
        *((_("Shown in the answer"), f"{name}: {condition.text}") for name, condition in sorted(rule.shows.items())),
    ))  # fmt: skip


def term_aspects(term: Term) -> Aspects:
    """Return what a term says."""
    values = tuple(
        (_("Value"), dated.condition.text + ("" if dated.period == Period() else f" ({told(dated.period)})"))
        for dated in term.values
    )
    return _gathered((
        *_head(term.title, term.citation),
        (_("Of"), ", ".join(f"{name}: {kind}" for name, kind in term.args)),
        (_("Kind"), term.type),
        *values,
        (_("Stated"), _("a fact may state it") if term.statable else ""),
    ))  # fmt: skip


def table_aspects(table: Table | Lines) -> Aspects:
    """Return what a table says besides its rows."""
    missing = table.missing
    return _gathered((
        *_head(table.title, table.citation),
        (_("Without a row"), {"unknown": _("not known"), "same": _("the key itself")}.get(missing) or phrases.value(missing)),
        (_("Read"), ", ".join(phrases.day(one) for one in table.read)),
        (_("Assumed"), told(table.assume) if table.assume != Period() else ""),
        (_("May age"), several("%(n)d day", "%(n)d days", table.stale_after)),
    ))  # fmt: skip


def pack_aspects(pack: Pack) -> Aspects:
    """Return what the head of a pack says."""
    covers = tuple(
        (_("Covers"), " ".join((
            "*" if one.states is None else one.table or ", ".join(one.states), ", ".join(sorted(one.acts)),
            ", ".join(sorted(one.kinds)), _text(one.when), told(one.period) if one.period != Period() else "",
        )).strip())
        for one in pack.covers
    )  # fmt: skip
    return _gathered((
        (_("Title"), chosen(pack.title)),
        (_("Version"), pack.version),
        *((_("Offices"), f"{name}: {chosen(texts)}") for name, texts in sorted(pack.authorities.items())),
        *covers,
        *((_("Not looked at"), chosen(texts)) for texts in pack.not_looked_at),
        *((_("Fields"), f"{name}: {fld.en if language() == 'en' else fld.de}") for name, fld in sorted(pack.fields.items())),
        *((_("Ladders"), f"{one.id}: {one.when.text} -> {', '.join(f'{n} = {phrases.value(v)}' for n, v in one.gives)}")
          for one in sorted(pack.ladders, key=lambda one: one.id)),
    ))  # fmt: skip


def kind_word(kind: str) -> str:
    """Return what kind of rule it is."""
    return {
        "regime": _("status"),
        "consent": _("consent"),
        "prohibition": _("prohibition"),
        "permission": _("permission"),
        "exception": _("exception"),
    }.get(kind, kind)


def _gathered(pairs: Iterable[tuple[str, str]]) -> Aspects:
    found: dict[str, list[str]] = {}
    for label, line in pairs:
        if line:
            found.setdefault(label, []).append(line)
    return {label: tuple(lines) for label, lines in found.items()}


def _head(title: Texts, citation: Citation) -> Iterator[tuple[str, str]]:
    yield _("Title"), chosen(title)
    read = _("read in full on %(day)s") % {"day": phrases.day(citation.read)} if citation.read is not None else (
        _("reported, the text was not read (%(when)s)") % {"when": citation.reported})  # fmt: skip
    yield _("Written in"), f"{citation.text}; {read}"
    yield _("Remark"), citation.note


def _in_force(rule: Rule) -> str:
    return told(rule.period) + (" (" + _("uncertain") + ")" if rule.in_force_unknown else "")


def _known(rule: Rule) -> str:
    """Return since when one could know of a rule, where that is not its first day."""
    same = rule.known.start in (EVER, Bound.on(rule.period.start.after)) and rule.known.end == NEVER
    return "" if same else told(rule.known)


def _finding(finding: Finding) -> str:
    occasion = f" ({finding.circumstance})" if finding.circumstance else ""
    return f"{finding.id}: {chosen(finding.text)}{occasion}"


def _reach_label(reach: Reach) -> str:
    return {
        "origin": _("Reaches by its origin"),
        "content": _("Reaches by the share of its value"),
        "any_part": _("Reaches by any part"),
        "made_with": _("Reaches by what it is made with"),
        "needs_in_use": _("Reaches by what its use needs"),
        "undertaking": _("Reaches by a promise given on the way"),
        "party": _("Reaches by a party"),
        "place": _("Reaches by the place"),
    }.get(reach.kind, reach.kind)


def _reach(reach: Reach) -> Iterator[str]:
    yield reach.test.text + (_(" (also of a part)") if reach.through else "")
    if reach.limit is not None:
        kind = _("a share equal to it is free") if reach.equal_free else _("a share equal to it is caught")
        yield _("limit: %(limit)s; %(equal)s") % {"limit": reach.limit.text, "equal": kind}
    if reach.base:
        yield _("of: %(base)s") % {"base": chosen(reach.base)}
    if reach.whole is not None:
        yield _("judged as a whole where: %(condition)s") % {"condition": reach.whole.text}
    if reach.stop is not None:
        yield _("not looked inside where: %(condition)s") % {"condition": reach.stop.text}
    if reach.presumed is not None:
        yield _("presumed where: %(condition)s") % {"condition": reach.presumed.text}
    if not reach.itself:
        yield _("the thing itself does not count")
    if reach.kinds:
        yield ", ".join(reach.kinds)


def _consent(book: Book, consent: Consent | None) -> Iterator[tuple[str, str]]:
    if consent is None:
        return
    groups = [
        _(" and ").join(
            phrases.office(book, seat.authority) if seat.expression is None else seat.expression.text
            for seat in group
        )
        for group in consent.alternatives
    ]
    yield _("Must say yes"), phrases.either(groups)
    yield _("Has the last word"), phrases.office(book, consent.last_word) if consent.last_word else ""
    yield _("Can say no"), ", ".join(phrases.office(book, one) for one in consent.vetoes)
    yield _("Asked for by"), phrases.either([phrases.asker(one) for one in consent.asked_by])
    yield _("Ground"), phrases.claim(consent.claim)
    outlook = (
        consent.outlook_expression.text if consent.outlook_expression else phrases.outlook(consent.outlook)
    )
    yield _("Outlook"), outlook
    for paper in consent.papers:
        yield _("Papers"), chosen(paper)
    if consent.usual_time is not None:
        yield _("Usual time"), chosen(consent.usual_time.text)


def _burden(rule: Rule) -> str:
    if rule.kind not in ("exception", "permission"):
        return ""
    return _("must be shown by whoever relies on it") if rule.claimant else _("counts without being shown")


def _duty(book: Book, duty: Duty) -> str:
    when = _("before") if duty.when == "before" else _("after")
    days = ", " + several("within %(n)d day", "within %(n)d days", duty.days) if duty.days is not None else ""
    to = (
        f"; {phrases.office(book, duty.to)}"
        if duty.to
        else f"; {_text(duty.to_expression)}"
        if duty.to_expression
        else ""
    )
    return f"{duty.id}: {chosen(duty.what)} ({when}{days}{to})"


def _unread(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.unread is None:
        return
    effect = _("may add to it") if rule.unread.may == "add" else _("may take from it")
    yield _("Not read"), f"{chosen(rule.unread.what)} ({effect})"
    if rule.unread.when is not None:
        yield _("Not read"), _("where: %(condition)s") % {"condition": rule.unread.when.text}


def _text(condition: Condition | None) -> str:
    return "" if condition is None else " ".join(condition.text.split())
