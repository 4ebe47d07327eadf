"""``lastword check``: everything wrong in facts, rules and tables at once, and what is still missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import click

from lastword.cli.errors import BAD_INPUT, exit_on_input_error
from lastword.errors import InputError, Problem
from lastword.facts.day import EVER
from lastword.facts.question import Question
from lastword.facts.snapshot import Snapshot
from lastword.facts.unknown import Unknown
from lastword.files.facts import read_facts
from lastword.reach.reading import Reading
from lastword.rules.book import Book
from lastword.texts import _, language, several, speak
from lastword.workspace import Settings, Workspace, fact_files, open_book, read_settings

GAPS: Final = ("origin", "eccn", "usml", "eu", "ml")


@click.command("check")
@click.argument("workspace", required=False, type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["en", "de"]), help="Language of the summary.")
@exit_on_input_error()
def check(workspace: Path | None, lang: str | None) -> None:
    """List everything wrong in WORKSPACE (else the nearest one upward), with file, line, what, and how to
    mend it.

    Exit code 0 if nothing is wrong, 2 if anything is.
    """
    root = workspace or Workspace.find()
    problems = problems_of(root)
    if problems:
        for problem in problems:
            click.echo(f"error: {problem}", err=True)
        speak(lang or "en")
        click.echo(several("%(n)d thing is wrong", "%(n)d things are wrong", len(problems)), err=True)
        raise SystemExit(BAD_INPUT)
    opened = Workspace.open(root)
    speak(lang or opened.settings.language)
    # The one place where this command looks at the clock.
    for line in summary(opened, date.today()):  # noqa: DTZ011 - a day in the user's own zone
        click.echo(line)


def problems_of(root: Path) -> list[Problem]:
    """Return what is wrong in the settings, the packs and the facts of a workspace, in that order."""
    problems: list[Problem] = []
    settings = Settings()
    book: Book | None = None
    try:
        settings = read_settings(root)
    except InputError as error:
        problems += error.problems
        if not (root / "lastword.toml").exists():
            return problems
    try:
        book = open_book(root, settings.packs, settings=settings)
    except InputError as error:
        problems += error.problems
    # Facts are read with the fields of sound packs; where none can be read, what only they know cannot
    # be judged.
    fields = dict((book or open_book(None)).fields)
    try:
        read_facts(fact_files(root), terms=fields, root=root)
    except InputError as error:
        problems += error.problems
    return problems


def summary(workspace: Workspace, today: date) -> Iterator[str]:
    """Return what a sound workspace holds and what it lacks."""
    facts, book = workspace.facts, workspace.book
    kinds = Counter(facts.kinds.values())
    yield _("Nothing is wrong in %(name)s.") % {"name": workspace.settings.name}
    yield _("Rules: %(packs)s, %(rules)s") % {
        "packs": several("%(n)d pack", "%(n)d packs", len(book.packs)),
        "rules": several("%(n)d rule", "%(n)d rules", len(book.rules)),
    }
    snapshot = Snapshot(facts, today, today)
    parts = {
        fact.value.fields["thing"]
        for fact in facts.facts
        if fact.kind == "element" and fact.attribute == "contains"
    }
    products = sorted(name for name, kind in facts.kinds.items() if kind == "thing" and name not in parts)
    yield _("Facts: %(things)s, of them %(parts)s; %(parties)s; %(sources)s") % {
        "things": several("%(n)d thing", "%(n)d things", kinds["thing"]),
        "parts": several("%(n)d part", "%(n)d parts", len(parts)),
        "parties": several("%(n)d party", "%(n)d parties", kinds["party"]),
        "sources": several("%(n)d source", "%(n)d sources", len(facts.sources)),
    }
    yield from _reopened(workspace, snapshot)
    yield from _gaps(book, snapshot, products, today)
    if products:
        yield _("Next: lastword ask %(product)s --act export --from DE --to IN") % {"product": products[0]}


def _reopened(workspace: Workspace, snapshot: Snapshot) -> Iterator[str]:
    """Return the declarations without ``known_from`` that a later list has opened again (D3)."""
    for fact in workspace.facts.facts:
        if fact.kind != "complete" or fact.known.start != EVER:
            continue
        listing = snapshot.listing(fact.about, fact.attribute)
        later = [
            element.fact
            for element in listing.elements
            if element.certain and element.fact.known.start != EVER and element.fact.standing >= fact.standing
        ]
        if later:
            yield _("Warning: %(where)s declares `%(list)s` of %(thing)s complete but has no known_from: what came in "
                    "later (%(later)s) opens it again") % {
                "where": fact.where, "list": fact.attribute, "thing": fact.about, "later": later[0].where,
            }  # fmt: skip


def _gaps(book: Book, snapshot: Snapshot, products: list[str], today: date) -> Iterator[str]:
    """Return how many things lack what, and how many lists nobody declared complete."""
    lacking: dict[str, set[str]] = {name: set() for name in GAPS}
    open_lists: set[str] = set()
    for product in products:
        reading = Reading(book, snapshot, Question(product, "export", "", "", today, today))
        walk = reading.whole(product)
        for thing in walk.order:
            for name in GAPS:
                if isinstance(reading.cell(reading.subject(thing), name), Unknown):
                    lacking[name].add(thing)
            if not walk.closing(thing, "contains").facts:
                open_lists.add(thing)
    told = []
    for name in GAPS:
        if lacking[name]:
            fld = book.fields[name]
            told.append(f"{fld.de if language() == 'de' else fld.en} {len(lacking[name])}")
    if told:
        yield _("Things without: %(gaps)s") % {"gaps": ", ".join(told)}
    if open_lists:
        yield several(
            "%(n)d thing has a list of parts that nobody declared complete",
            "%(n)d things have a list of parts that nobody declared complete",
            len(open_lists),
        )
    if told or open_lists:
        yield _("A gap is no fault: an answer asks for it where it matters.")
