"""What may stand in for a consent: general licences and exceptions that look open, with what each still needs."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten
from typing import TYPE_CHECKING

from lastword.answers.settle import wording
from lastword.answers.told import phrases
from lastword.answers.told.page import Line
from lastword.rules.rule import Duty
from lastword.texts import _, chosen, several

if TYPE_CHECKING:
    from lastword.answers.answer import Answer, Opening

MOST_OPEN = 3
MOST_NEEDED = 3
MOST_CLOSED = 6
MOST_OF_A_TITLE = 110
MOST_OF_A_FINDING = 130


def worth_trying(answer: Answer, *, every: bool = False) -> Iterator[Line]:
    """Return the permissions and exceptions that look open, what asks for least first; then those that are
    closed.
    """
    unread = [opening for opening in answer.openings if opening.unread]
    found = [opening for opening in answer.openings if opening not in unread]
    for opening in found if every else found[:MOST_OPEN]:
        yield from _opening(answer, opening, every=every)
    left = len(found) - MOST_OPEN
    if left > 0 and not every:
        told = {opening.rule.label for opening in found[:MOST_OPEN]}
        labels = dict.fromkeys(o.rule.label for o in found[MOST_OPEN:] if o.rule.label not in told)
        more = phrases.names(labels, MOST_CLOSED) or several("%(n)d more (--why)", "%(n)d more (--why)", left)
        yield Line(_("perhaps also: %(names)s") % {"names": more})
    if unread:
        names = phrases.names(
            dict.fromkeys(o.rule.label for o in unread), len(unread) if every else MOST_CLOSED
        )
        yield Line(_("may cover it, but nobody here has read it: %(names)s") % {"names": names})
    closed = list(dict.fromkeys(rule.label for rule in answer.closed))
    if closed:
        names = phrases.names(closed, len(closed) if every else MOST_CLOSED)
        yield Line(
            (_("closed: %(names)s") if found or unread else _("none is open; closed: %(names)s"))
            % {"names": names}
        )


def _opening(answer: Answer, opening: Opening, *, every: bool) -> Iterator[Line]:
    rule = opening.rule
    title = chosen(rule.title)
    if rule.name and not title.startswith(rule.name):
        title = f"{rule.name}: {title}"
    said = title if every else shorten(title, MOST_OF_A_TITLE, placeholder=" ...")
    yield Line(f"{said} [{phrases.citation(rule.citation)}]")
    offices = _spared(answer, opening)
    if offices:
        yield Line(_("in place of %(offices)s only") % {"offices": offices}, 1)
    needed = [_("if %(finding)s") % {"finding": chosen(one.text)} for one in opening.findings]
    needed += [_("before: %(duty)s") % {"duty": duty(answer, one)} for one in opening.before]
    if opening.unknown:
        known = answer.judgement.reading.missing
        facts = [known[name] for name in opening.unknown if name in known]
        if facts:
            needed.append(_("not known: %(facts)s") % {"facts": wording(answer.book, answer.snapshot, facts)})
    for text in needed if every else needed[:MOST_NEEDED]:
        yield Line(text if every else shorten(text, MOST_OF_A_FINDING, placeholder=" ..."), 1)
    left = len(needed) - MOST_NEEDED
    if left > 0 and not every:
        yield Line(several("and %(n)d more (--why)", "and %(n)d more (--why)", left), 1)
    if every:
        for one in rule.duties:
            if one.when == "after":
                yield Line(_("after: %(duty)s") % {"duty": duty(answer, one)}, 1)


def _spared(answer: Answer, opening: Opening) -> str:
    """Return the offices that need not be asked then, where others still must say yes."""
    standing = [need for need in answer.consents if need.stands]
    spared = [need for need in standing if need.clause in opening.covers]
    if len(spared) == len(standing):
        return ""
    return phrases.names(
        phrases.short_office(answer.book, office) for need in spared for office in need.offices
    )


def duty(answer: Answer, owed: Duty) -> str:
    """Return a duty in words: what, to whom, by whom, by when."""
    words = [chosen(owed.what)]
    to = answer.duty_to(owed)
    if to:
        words.append(_("to %(office)s") % {"office": phrases.short_office(answer.book, to)})
    if owed.who:
        words.append(_("by %(who)s") % {"who": phrases.asker(owed.who)})
    if owed.days is not None:
        words.append(several("within %(n)d day", "within %(n)d days", owed.days))
    return ", ".join(words)
