"""What would settle it: the missing facts that matter, grouped by who can answer, with a draft to ask for
(semantics D17).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from lastword.answers.judgement import SEVERITY, Judgement, Result
from lastword.answers.split import endings, facts_of
from lastword.answers.told.phrases import country, day, day_before, names, office, short_standing
from lastword.answers.verdict import Verdict
from lastword.facts.fact import Fact
from lastword.facts.schema import DEPENDENCIES, LISTS, Field
from lastword.facts.snapshot import Snapshot
from lastword.facts.unknown import NONE, Unknown
from lastword.reach.subject import Missing
from lastword.rules.book import Book
from lastword.rules.rule import Rule
from lastword.texts import _, chosen, language, several

_TESTED = re.compile(r"on\(\s*\w+\s*,\s*'(\w+)'")
_MOST_TRIED = 40


@dataclass(frozen=True, slots=True)
class Respondent:
    """Who can answer. ``kind``: supplier, maker, authority, asker; ``name``: as a reader knows it."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What to ask one respondent. ``facts_text``: each of the ``facts`` in words; ``would``: what the reply
    that asks least would do; ``draft``: a declaration to ask for (CSV); ``ends``: what it then comes to,
    if that ends it.
    """

    ask: Respondent
    facts: tuple[Missing, ...]
    facts_text: tuple[str, ...]
    text: str
    would: str
    draft: str
    ends: Result | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "ask": self.ask.name,
            "ask_id": self.ask.id,
            "ask_kind": self.ask.kind,
            "question": self.text,
            "facts": [missing.id for missing in self.facts],
            "facts_text": list(self.facts_text),
            "would": self.would,
            "draft": self.draft,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that ends it at once."""

    ask: str
    facts: tuple[str, ...]
    reply: str
    outcome: str

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"ask": self.ask, "facts": list(self.facts), "reply": self.reply, "outcome": self.outcome}


def essential(verdict: Verdict) -> tuple[Missing, ...]:
    """Return the unknown facts that matter: of the decision tree if there is one, else all that were read and
    left it open.
    """
    reading = verdict.judgement.reading
    if verdict.tree is not None:
        names = facts_of(verdict.tree)
    else:
        result = verdict.judgement.result()
        names = result.facts if isinstance(result, Unknown) else frozenset()
    names = reading.expand(names)
    return tuple(reading.missing[name] for name in sorted(names) if name in reading.missing)


def open_questions(book: Book, snapshot: Snapshot, verdict: Verdict) -> tuple[OpenQuestion, ...]:
    """Return what to ask whom, the most settling first."""
    groups: dict[Respondent, list[Missing]] = {}
    for missing in essential(verdict):
        groups.setdefault(respondent(book, snapshot, verdict, missing), []).append(missing)
    questions = []
    for who, facts in groups.items():
        result, decided = _after(verdict, facts)
        questions.append((
            (-decided, who.kind, who.id),
            OpenQuestion(
                who,
                tuple(facts),
                tuple(wording(book, snapshot, [missing]) for missing in facts),
                wording(book, snapshot, facts),
                _would(result, decided),
                draft(who, facts, book),
                result if isinstance(result, Result) else None,
            ),
        ))  # fmt: skip
    return tuple(question for _, question in sorted(questions, key=lambda pair: pair[0]))


def respondent(book: Book, snapshot: Snapshot, verdict: Verdict, missing: Missing) -> Respondent:
    """Return who can answer: maker or supplier for a thing, the authority for a rule, the asker for the
    question (D17).
    """
    if missing.kind in ("in-force", "unread", "law", "table"):
        return _authority(book, missing, verdict.judgement.question.from_)
    if missing.kind in ("finding", "question", "assumed"):
        return Respondent("asker", "you", _("you"))
    thing = missing.subject.split("/", 1)[0]
    if snapshot.facts.kinds.get(thing) == "party":
        return Respondent("asker", "you", _("you"))
    supplier = snapshot.value(thing, "supplier")
    if isinstance(supplier, str):
        return Respondent("supplier", supplier, snapshot.name(supplier, language()))
    if thing == verdict.judgement.reading.question.thing:
        # Whoever asks about a thing that nobody supplied to him has made it.
        return Respondent("asker", "you", _("you"))
    name = snapshot.name(thing, language())
    return Respondent("maker", thing, _("the maker of %(thing)s") % {"thing": name})


def _authority(book: Book, missing: Missing, here: str) -> Respondent:
    """Return the authority that can say what a rule or table leaves open; ``here``: the state of departure."""
    rule = book.rules.get(missing.subject)
    if rule is not None and rule.consent is not None:
        for group in rule.consent.alternatives:
            for seat in group:
                if seat.authority:
                    return Respondent("authority", seat.authority, authority_name(book, seat.authority))
    if missing.kind == "law":
        words = _("the licensing authority of %(state)s") % {"state": country(missing.subject)}
        return Respondent("authority", missing.subject, words)
    for pack in book.packs:
        held = {table.id for table in pack.tables} | {lines.id for lines in pack.lines}
        if pack.authorities and (missing.subject in held or (rule is not None and rule.pack == pack.id)):
            # Of a union's many offices the one of the exporter's own state answers.
            name = min(pack.authorities, key=lambda office: (not office.startswith(f"{here}/"), office))
            return Respondent("authority", name, chosen(pack.authorities[name]))
    return Respondent("authority", missing.subject, missing.subject)


def authority_name(book: Book, authority: str) -> str:
    """Return what an authority is called."""
    return office(book, authority)


def benign(missing: Missing, book: Book) -> Any:
    """Return the reply that asks least: nothing listed, nothing more, found."""
    if missing.kind == "finding":
        return True
    if missing.kind == "cell":
        fld = book.fields.get(missing.attribute)
        if fld is not None and fld.kind == "code":
            return NONE
        return missing.cases[-1] if missing.cases else NONE
    return False


def _after(verdict: Verdict, facts: Iterable[Missing]) -> tuple[Result | Unknown, int]:
    """Return the result and how many unknown facts fewer are left if all ``facts`` get the reply that asks
    least.
    """
    reading = verdict.judgement.reading
    before = verdict.judgement.result()
    for missing in facts:
        reading = reading.suppose(missing.id, benign(missing, reading.book))
    after = Judgement(reading).result()
    left = len(after.facts) if isinstance(after, Unknown) else 0
    return after, (len(before.facts) if isinstance(before, Unknown) else 0) - left


def _would(result: Result | Unknown, decided: int) -> str:
    if isinstance(result, Result):
        return _("could settle it: %(outcome)s") % {"outcome": outcome_word(result.outcome)}
    return several("could settle %(n)d open point", "could settle %(n)d open points", max(decided, 0))


def outcome_word(outcome: str) -> str:
    """Return an outcome as a reader says it."""
    return {
        "free": _("free"),
        "pending": _("free once a duty is done before"),
        "consent": _("consent needed"),
        "prohibited": _("prohibited"),
        "unknown": _("unknown"),
    }[outcome]


def wording(book: Book, snapshot: Snapshot, facts: Iterable[Missing]) -> str:
    """Return the question in words, facts of one kind together."""
    return "; ".join(
        f"{names(abouts)}: {names(asked, len(asked))}" if abouts else names(asked, len(asked))
        for abouts, asked in topics(book, snapshot, facts)
    )


def topics(
    book: Book, snapshot: Snapshot, facts: Iterable[Missing]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return (things or rules, what is asked of all of them), each question once."""
    asked: dict[str, list[str]] = {}
    for missing in facts:
        phrase, about = _topic(book, snapshot, missing)
        abouts = asked.setdefault(phrase, [])
        if about and about not in abouts:
            abouts.append(about)
    together: dict[tuple[str, ...], list[str]] = {}
    for phrase, abouts in asked.items():
        together.setdefault(tuple(abouts), []).append(phrase)
    return [(abouts, tuple(phrases)) for abouts, phrases in together.items()]


def _topic(book: Book, snapshot: Snapshot, missing: Missing) -> tuple[str, str]:
    """Return what is asked, and of which thing or rule."""
    name = snapshot.name(missing.subject.split("/", 1)[0], language())
    rule = book.rules.get(missing.subject)
    if missing.kind == "cell":
        return _field_asked(book, missing.attribute), name
    if missing.kind in ("open", "element"):
        lists = {
            "contains": _("does it contain anything not listed that matters here?"),
            "bundled_with": _("does anything not listed come with it?"),
            "made_with": _("was it made with technology or plant not listed?"),
            "needs_data": _("does its use depend on data not listed?"),
            "needs_support": _("does its use depend on support not listed?"),
            "needs_service": _("does its use depend on a service not listed?"),
            "custody": _("did it pass through hands not listed?"),
            "licences": _("is there a licence not listed?"),
        }
        if missing.kind == "open":
            return lists.get(missing.attribute, _("is the list complete?")), name
        part = snapshot.name(missing.id.rsplit("/", 1)[-1], language())
        return _("does %(part)s really belong to it?") % {"part": part}, name
    if missing.kind == "finding" and rule is not None:
        finding = next((f for f in rule.checklist if f.id == missing.attribute), None)
        what = chosen(finding.text) if finding else missing.attribute
        return what, rule.label
    if missing.kind == "in-force" and rule is not None:
        return _in_force(snapshot, rule), chosen(rule.title)
    if missing.kind == "unread":
        what = chosen(rule.unread.what) if rule and rule.unread else missing.text or missing.attribute
        about = chosen(rule.title) if rule else _table_title(book, missing.subject)
        return _("a text that nobody here has read decides: %(what)s") % {"what": what}, about
    if missing.kind == "law":
        return _("its law on this is not on file"), country(missing.subject)
    if missing.kind == "table":
        key = missing.id.partition(": ")[2]
        return _("no entry for %(key)s on this day") % {"key": key}, _table_title(book, missing.subject)
    if missing.kind == "assumed":
        return _("what would otherwise be taken for granted"), name
    if missing.kind == "question" and missing.subject == "rate":
        words = {"currency": missing.attribute}
        return _("the exchange rate of the %(currency)s (a line rates: in a facts file)") % words, ""
    return _ASKED.get(missing.attribute, lambda: missing.attribute or missing.id)(), ""


_ASKED: Final[Mapping[str, Callable[[], str]]] = {
    "value": lambda: _("the value of the order"),
    "circumstance": lambda: _("why it moves (sale, repair, exhibition ...)"),
}


def _field_asked(book: Book, attribute: str) -> str:
    """Return what is asked about a field: a question where yes or no is the reply, else its name."""
    if attribute in _YES_OR_NO:
        return _YES_OR_NO[attribute]()
    name = field_name(book, attribute)
    fld = book.fields.get(attribute)
    if fld is not None and fld.kind == "yes-no":
        return _("is this so: %(field)s?") % {"field": name}
    return name


_YES_OR_NO: Final[Mapping[str, Callable[[], str]]] = {
    "discrete": lambda: _("is it a product that stands by itself?"),
    "public": lambda: _("is it published?"),
}


def _in_force(snapshot: Snapshot, rule: Rule) -> str:
    """Return why it is not known whether a rule was in force."""
    if rule.period.holds(snapshot.as_of) is None:
        bound = rule.period.start if rule.period.start.reached(snapshot.as_of) is None else rule.period.end
        span = {"after": day(bound.after), "by": day(day_before(bound.by)), "day": day(snapshot.as_of)}
        if bound is rule.period.end:
            return _("still in force on %(day)s? It ended between %(after)s and %(by)s") % span
        return _("in force on %(day)s already? It began between %(after)s and %(by)s") % span
    if not snapshot.counts(rule.standing):
        return _("in force? It is only %(standing)s") % {"standing": short_standing(rule.standing)}
    return _("is this so?")


def _table_title(book: Book, name: str) -> str:
    table = book.table(name)
    return chosen(table.title) if table is not None else name


def field_name(book: Book, attribute: str) -> str:
    """Return what a field is called."""
    fld: Field | None = book.fields.get(attribute)
    for fields in LISTS.values():
        fld = fld or fields.get(attribute)
    if fld is None:
        return attribute
    return fld.de if language() == "de" else fld.en


def drafted(missing: Missing, book: Book) -> tuple[str, ...]:
    """Return the terms of a declaration that could answer a missing fact; () if none can."""
    if missing.kind == "cell" and missing.attribute in book.fields:
        return (missing.attribute,)
    if missing.kind != "open":
        return ()
    if missing.attribute == "contains":
        # "Nothing on this list in it, at any depth" closes what "all parts are named" would close,
        # and is easier to say.
        return tuple(dict.fromkeys(_TESTED.findall(missing.text)))[:1] or ("complete",)
    return (missing.attribute,) if missing.attribute in DEPENDENCIES else ()


def draft(who: Respondent, facts: Iterable[Missing], book: Book) -> str:
    """Return a declaration to be filled in, as CSV that ``lastword import`` takes back; '' if no declaration
    can answer.
    """
    rows = [(missing.subject.split("/", 1)[0], term) for missing in facts for term in drafted(missing, book)]
    if not rows or who.kind == "authority":
        return ""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("supplier", "scope", "term", "value", "from", "to", "signed_by"))
    for scope, term in dict.fromkeys(rows):
        writer.writerow((who.id if who.kind == "supplier" else "", scope, term, "", "", "", ""))
    return out.getvalue()


def quickest(verdict: Verdict, questions: Iterable[OpenQuestion]) -> Reply | None:
    """Return the reply to one question, or one respondent's replies, that ends it best; None where none ends
    it.

    Best is the least severe outcome, then the fewest consents. A reply that ends it in something worse
    than what several replies together could come to is not named: nobody should be led to it.
    """
    found = min(_ends(verdict, tuple(questions)), key=lambda end: end[0], default=None)
    if found is None:
        return None
    (severity, _consents), reply = found
    hoped = min((SEVERITY.index(word) for word in verdict.could_become if word in SEVERITY), default=severity)
    return reply if severity <= hoped else None


def _ends(verdict: Verdict, questions: tuple[OpenQuestion, ...]) -> Iterator[tuple[tuple[int, int], Reply]]:
    """Return ((severity, number of needs), reply) of the replies that end it: single ones first, then one
    respondent's.
    """
    asked_of = {missing.id: question.ask.name for question in questions for missing in question.facts}
    ends = [] if verdict.tree is None else [end for end in endings(verdict.tree) if end[0] in asked_of]
    for fact, case, result in ends:
        yield _rank(result), Reply(asked_of[fact], (fact,), _case(case), result.outcome)
    if not ends:
        cases = (
            (question, missing, case)
            for question in questions
            for missing in question.facts
            for case in missing.cases[:4]
        )
        for question, missing, case in islice(cases, _MOST_TRIED):
            after = Judgement(verdict.judgement.reading.suppose(missing.id, case)).result()
            if isinstance(after, Result):
                yield _rank(after), Reply(question.ask.name, (missing.id,), _case(case), after.outcome)
    for question in questions:
        if question.ends is not None:
            ids = tuple(missing.id for missing in question.facts)
            yield (
                _rank(question.ends),
                Reply(question.ask.name, ids, _("nothing of the kind"), question.ends.outcome),
            )


def _rank(result: Result) -> tuple[int, int]:
    return result.severity, len(result.clauses)


def _case(case: Any) -> str:
    if isinstance(case, bool):
        return _("yes") if case else _("no")
    return _("none") if case is NONE else str(case)


def sources(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return the sources of facts, once each."""
    return tuple(dict.fromkeys(fact.source for fact in facts if fact.source))
