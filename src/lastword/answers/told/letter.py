"""Letters that ask: one for each who can answer, with a declaration to fill in where one can be read back
(semantics D17).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Final

from lastword.answers.settle import OpenQuestion, drafted, field_name, topics
from lastword.answers.told import phrases
from lastword.answers.told.page import WIDTH
from lastword.facts.schema import DEPENDENCIES
from lastword.reach.subject import Missing
from lastword.rules.rule import Rule
from lastword.texts import _, chosen, several

if TYPE_CHECKING:
    from lastword.answers.answer import Answer

_NOT_A_LETTER: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME: Final = 40
MOST_REASONS: Final = 5


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to one respondent. ``files``: (ending, content), the letter (``.txt``) first."""

    to: str
    stem: str
    files: tuple[tuple[str, str], ...]


def letters(answer: Answer) -> tuple[Letter, ...]:
    """Return a letter to each who can answer an open question, and a form for what the asker has to judge or
    do.
    """
    found: list[Letter] = []
    taken: set[str] = set()
    for question in answer.open_questions:
        if question.ask.kind == "asker":
            continue
        stem = _stem(question.ask.name, taken)
        table = (("csv", question.draft),) if question.draft else ()
        found.append(Letter(question.ask.name, stem, (("txt", _letter(answer, question, stem)), *table)))
    own = [question for question in answer.open_questions if question.ask.kind == "asker"]
    duties = [(use.rule, duty) for use in answer.permissions for duty in use.waiting]
    if own or duties:
        stem = _stem(_("you"), taken)
        form = _form(answer, own)
        files = [("txt", _to_you(answer, own, stem, bool(form)))]
        files += [("yaml", form)] if form else []
        files += [("csv", question.draft) for question in own if question.draft]
        found.append(Letter(_("you"), stem, tuple(files)))
    return tuple(found)


def _stem(name: str, taken: set[str]) -> str:
    for german, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        name = name.lower().replace(german, plain)
    plain_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = _NOT_A_LETTER.sub("-", plain_name).strip("-") or "letter"
    if len(stem) > _LONGEST_NAME:
        stem = stem[: _LONGEST_NAME + 1].rpartition("-")[0] or stem[:_LONGEST_NAME]
    number, found = 1, stem
    while found in taken:
        number += 1
        found = f"{stem}-{number}"
    taken.add(found)
    return found


def _paragraphs(parts: Iterable[str]) -> str:
    return "\n".join(parts) + "\n"


def _wrapped(text: str, inset: str = "") -> str:
    return fill(
        text, WIDTH, initial_indent=inset, subsequent_indent=inset.replace("-", " "), break_on_hyphens=False
    )


def _letter(answer: Answer, question: OpenQuestion, stem: str) -> str:
    return _paragraphs(_lines(answer, question, stem))


def _lines(answer: Answer, question: OpenQuestion, stem: str) -> Iterator[str]:
    authority = question.ask.kind == "authority"
    yield _wrapped(_("To: %(who)s") % {"who": question.ask.name})
    yield (
        _("Subject: question on export control")
        if authority
        else _("Subject: declaration for export control")
    )
    yield _("Date: ____________")
    yield ""
    yield _("Dear Sir or Madam,")
    yield ""
    words = {"day": phrases.day(answer.question.as_of)}
    if authority:
        yield _wrapped(_("we ask you about the following intention:"))
        yield ""
        yield _wrapped(_intention(answer), "  ")
        yield ""
        yield _wrapped(
            _("Whether it needs a consent depends on these points, on which we find nothing certain:")
        )
    else:
        # The customer and the destination are not the supplier's business, so they are not named.
        yield _wrapped(
            _(
                "a product in which something of yours is used, or which is made by you, is to be cleared under export control "
                "law, as of %(day)s. We lack the following and ask you to declare it:"
            )
            % words
        )
    yield ""
    for abouts, wanted in topics(answer.book, answer.snapshot, question.facts):
        if abouts:
            yield _wrapped(", ".join(abouts) + ":")
        for one in wanted:
            yield _wrapped(one, "  - ")
    yield ""
    reasons = _reasons(answer, question)
    if reasons:
        yield _wrapped(_("Why we ask: these rules depend on it."))
        for reason in reasons:
            yield _wrapped(reason, "  - ")
        yield ""
    if question.draft:
        yield from _how_to_fill(answer, question, stem)
    elif not authority:
        yield _wrapped(
            _("Please answer in writing, with the day and the name of the person who answers for it.")
        )
    yield _wrapped(_("What we do not know counts as unknown, never as a no."))
    yield ""
    yield _("Please reply by ____________.")
    yield ""
    yield _("Yours faithfully,")
    yield ""
    yield _("____________ (name, firm, address)")


def _intention(answer: Answer) -> str:
    question = answer.question
    words = [phrases.thing(answer.snapshot, question.thing), phrases.act(question)]
    if question.end_use != "unknown":
        words.append(phrases.end_use(question.end_use))
    if question.end_user:
        words.append(_("for %(party)s") % {"party": question.end_user})
    words.append(phrases.day(question.as_of))
    return ", ".join(words)


def _reasons(answer: Answer, question: OpenQuestion) -> list[str]:
    """Return the rules that depend on the reply, with where they are written."""
    facts = {missing.id for missing in question.facts}
    reading = answer.judgement.reading
    rules: dict[str, Rule] = {}
    for need in answer.consents:
        for link in need.because:
            if link.missing and not facts.isdisjoint(reading.expand(frozenset(link.missing))):
                rules[link.rule.id] = link.rule
    told = list(dict.fromkeys(f"{chosen(rule.title)} [{rule.citation.text}]" for rule in rules.values()))
    more = several("and %(n)d more rule", "and %(n)d more rules", len(told) - MOST_REASONS)
    return told if len(told) <= MOST_REASONS else [*told[:MOST_REASONS], more]


def _how_to_fill(answer: Answer, question: OpenQuestion, stem: str) -> Iterator[str]:
    yield _wrapped(
        _(
            "Please fill in the columns value and signed_by of the enclosed table %(file)s, and the days from and to between "
            "which it holds (YYYY-MM-DD, may stay empty). Remove a row that you cannot answer. What to write as value:"
        )
        % {"file": f"{stem}.csv"}
    )
    told: dict[str, str] = {}
    for missing in question.facts:
        for term in drafted(missing, answer.book):
            told.setdefault(term, _value_wanted(answer, missing, term))
    for term, wanted in told.items():
        yield _wrapped(f"{term}: {wanted}", "  - ")
    if question.ask.kind in ("maker", "asker"):
        yield _wrapped(_("Please put the name of your firm into the column supplier."))
    yield _wrapped(
        _('A "none" for a control list speaks of the thing and of everything in it, at any depth.')
    )
    yield ""
    command = _("(Read the filled-in table with: lastword import %(file)s --into WORKSPACE)")
    if question.ask.kind != "asker":
        command = _("(We read the filled-in table with: lastword import %(file)s --into WORKSPACE)")
    yield _wrapped(command % {"file": f"{stem}.csv"})


def _value_wanted(answer: Answer, missing: Missing, term: str) -> str:
    if term == "complete":
        return (
            _("0 if all parts were named to us; else the greatest share of the value that was not, e.g. 3%%")
            % {}
        )
    if term in DEPENDENCIES:
        return _("none if there is nothing of the kind")
    fld = answer.book.fields.get(term)
    name = field_name(answer.book, term)
    if fld is None:
        return name
    if fld.kind == "yes-no":
        return _("%(field)s: yes or no") % {"field": name}
    if fld.kind == "code":
        return _("%(field)s: the full number, or none") % {"field": name}
    if fld.kind == "place":
        return _("%(field)s: a country") % {"field": name}
    if fld.words:
        return _("%(field)s: one of %(words)s") % {"field": name, "words": ", ".join(fld.words)}
    return name


# -- the asker
# ------------------------------------------------------------------------------------------------


def _to_you(answer: Answer, questions: Iterable[OpenQuestion], stem: str, has_form: bool) -> str:
    return _paragraphs(_you_lines(answer, questions, stem, has_form))


def _you_lines(answer: Answer, questions: Iterable[OpenQuestion], stem: str, has_form: bool) -> Iterator[str]:
    yield _wrapped(_("What you yourself have to judge, do or say"))
    yield ""
    yield _wrapped(_intention(answer), "  ")
    yield ""
    for question in questions:
        for abouts, wanted in topics(answer.book, answer.snapshot, question.facts):
            if abouts:
                yield _wrapped(", ".join(abouts) + ":")
            for one in wanted:
                yield _wrapped(one, "  - ")
        if question.draft:
            yield ""
            yield from _how_to_fill(answer, question, stem)
    for use in answer.permissions:
        for duty in use.waiting:
            yield _wrapped(f"{use.rule.label}:")
            yield _wrapped(_("to be done before: %(duty)s") % {"duty": chosen(duty.what)}, "  - ")
    yield ""
    if has_form:
        yield _wrapped(
            _(
                "%(file)s holds a form for it. Take away the signs # before what is so, put your name, and move the file to "
                "facts/ (or read it with --with)."
            )
            % {"file": f"{stem}.yaml"}
        )


def _form(answer: Answer, questions: Iterable[OpenQuestion]) -> str:
    """Return findings and duties to be confirmed, all behind ``#``, so that nothing is claimed before a
    person says it.
    """
    rows: list[str] = []
    findings: dict[str, list[str]] = {}
    for question in questions:
        for missing in question.facts:
            if missing.kind == "finding":
                findings.setdefault(missing.subject, []).append(missing.attribute)
    for name, found in sorted(findings.items()):
        rule = answer.book.rules[name]
        rows += _form_head(answer, rule)
        rows.append("#   shown:")
        words = {finding.id: chosen(finding.text) for finding in rule.checklist}
        rows += [f"#   - {one}  # {words.get(one, '')}".rstrip() for one in found]
    for use in answer.permissions:
        if use.waiting:
            rows += _form_head(answer, use.rule)
            rows.append("#   done:")
            rows += [f"#   - {duty.id}  # {chosen(duty.what)}" for duty in use.waiting]
    if not rows:
        return ""
    head = _("Who says that it is so? Nothing counts while the sign # stands before it.")
    source = _("own findings")
    return _paragraphs(
        (f"# {head}", "source: findings", f'sources: {{findings: {{name: "{source}"}}}}', "findings:", *rows)
    )


def _form_head(answer: Answer, rule: Rule) -> Iterator[str]:
    yield f"# {rule.label}: {chosen(rule.title)}"
    yield f"# - about: {answer.question.thing}"
    yield f"#   rule: {rule.id}"
    name = _("YOUR NAME")
    yield f'#   by: "{name}"'
    yield f"#   day: {answer.question.as_of.isoformat()}"
