"""``lastword rules`` and ``lastword rule``: what the packs hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from textwrap import fill
from typing import Any

import click

from lastword.answers.told import phrases
from lastword.answers.told.page import WIDTH, page
from lastword.cli.errors import exit_on_input_error
from lastword.cli.rule_page import Entry, entry_page, in_force_word, read_word
from lastword.errors import InputError, Problem, Where
from lastword.files.suggestion import did_you_mean
from lastword.files.values import Refused, day
from lastword.rules.book import Book
from lastword.rules.rule import Pack, Rule
from lastword.texts import _, chosen, speak
from lastword.upkeep.aspects import kind_word
from lastword.workspace import Settings, nearest, open_book, pack_sources, read_settings

_NEAREST = "the workspace; else the nearest one upward, if there is one"


def _options(command: Any) -> Any:
    command = click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")(command)
    command = click.option(
        "--as-of", metavar="DAY", help="In force on which day, YYYY-MM-DD. Left out: today."
    )(command)
    return click.option(
        "--workspace", type=click.Path(path_type=Path), help=f"With the packs of {_NEAREST}."
    )(command)


@click.command("rules")
@click.option("--pack", metavar="PACK", help="Only this pack.")
@click.option(
    "--between",
    nargs=2,
    metavar="DAY DAY",
    help="Instead: what changed in the law on file after the first day and up to the second.",
)
@click.option("--json", "as_json", is_flag=True, help="With --between: print the changes as JSON.")
@_options
@exit_on_input_error()
def rules(
    pack: str | None,
    between: tuple[str, str] | None,
    as_json: bool,
    workspace: Path | None,
    as_of: str | None,
    lang: str | None,
) -> None:
    """List what the packs hold: id, kind, read or only reported, in force; below it the title and citation.

    A pack that does not come with Lastword is marked, with its version, where it lies, and who signed it.
    """
    book, on = _opened(workspace, as_of, lang)
    chosen_packs = book.packs
    if pack is not None:
        chosen_packs = tuple(one for one in book.packs if one.id == pack)
        if not chosen_packs:
            mend = did_you_mean(pack, (one.id for one in book.packs)) or ", ".join(
                one.id for one in book.packs
            )
            raise InputError(Problem(Where("--pack"), f"there is no pack `{pack}`", mend))
    if between is not None:
        from lastword.cli.rules_between import tell_between

        tell_between(
            chosen_packs, _day(between[0], "--between"), _day(between[1], "--between"), as_json=as_json
        )
        return
    if as_json:
        raise InputError(Problem(Where("--json"), "goes with --between only", "add --between DAY DAY"))
    for one in chosen_packs:
        click.echo(wrapped(f"{one.id}: {chosen(one.title)} ({phrases.day(on)})", ""))
        for line in _whence(one):
            click.echo(wrapped(line, "  "))
        for row in _rows(one, on):
            click.echo(row)
    click.echo(_("One of them in full: lastword rule ID"))


def _whence(pack: Pack) -> Iterator[str]:
    """Return where a pack was taken from, if it does not come with Lastword, and who signed it."""
    words = {"version": pack.version, "place": pack.place, "name": pack.signed}
    if pack.version:
        yield _("version %(version)s") % words
    if not pack.place:
        return
    if pack.replaces:
        yield _("from %(place)s, instead of the pack of this name that comes with Lastword") % words
    else:
        yield _("from %(place)s") % words
    yield _("signed by %(name)s") % words if pack.signed else _("not signed")


def _rows(pack: Pack, on: date) -> Iterator[str]:
    for rule in pack.rules:
        yield _row(rule, kind_word(rule.kind), in_force_word(rule, on))
    for term in pack.terms:
        valued = not term.values or any(dated.period.holds(on) for dated in term.values)
        yield _row(term, _("term"), _("in force") if valued else _("no value"))
    for table in pack.tables:
        yield _row(table, _("table"), "")
    for lines in pack.lines:
        yield _row(lines, _("table"), "")


def _row(entry: Entry, kind: str, in_force: str) -> str:
    head = f"  {entry.id:<32} {kind:<14} {read_word(entry.citation):<11} {in_force}".rstrip()
    return f"{head}\n{wrapped(f'{chosen(entry.title)} [{entry.citation.text}]', '      ')}"


def wrapped(text: str, inset: str) -> str:
    """Return a paragraph on rows of at most 80 columns."""
    return fill(
        text,
        WIDTH,
        initial_indent=inset,
        subsequent_indent=inset,
        break_long_words=False,
        break_on_hyphens=False,
    )


@click.command("rule")
@click.argument("ident", metavar="ID")
@click.option("--all", "every", is_flag=True, help="With every term, table row and case it rests on.")
@_options
@exit_on_input_error()
def rule(ident: str, every: bool, workspace: Path | None, as_of: str | None, lang: str | None) -> None:
    """Tell about a rule, term or table: where it is written, what it says, what nobody read; with --all
    everything.
    """
    book, on = _opened(workspace, as_of, lang)
    found = _found(book, ident)
    if not found:
        known = (
            *book.rules,
            *{name for r in book.rules.values() for name in r.families},
            *book.terms,
            *book.tables,
            *book.lines,
        )
        if any(pack.id == ident for pack in book.packs):
            raise InputError(
                Problem(Where("ID"), f"`{ident}` is a pack, not a rule", f"lastword rules --pack {ident}")
            )
        mend = did_you_mean(ident, known) or "`lastword rules` lists them"
        raise InputError(Problem(Where("ID"), f"there is no rule, term or table `{ident}`", mend))
    root = workspace or nearest()
    sources = pack_sources(root, read_settings(root) if root is not None else Settings())
    for number, one in enumerate(found):
        if number:
            click.echo()
        folders = [sources[one.pack].folder] if isinstance(one, Rule) else []
        click.echo(page(entry_page(book, one, on, folders, every=every)), nl=False)


def _opened(workspace: Path | None, as_of: str | None, lang: str | None) -> tuple[Book, date]:
    """Return all packs there are, the workspace's own among them, and the day."""
    root = workspace or nearest()
    settings = read_settings(root) if root is not None else Settings()
    speak(lang or settings.language)
    on = _day(as_of, "--as-of") if as_of else date.today()  # noqa: DTZ011 - a day in the user's own zone
    return open_book(root, list(pack_sources(root, settings)), settings=settings), on


def _day(text: str, option: str) -> date:
    try:
        return day(text)
    except Refused as refused:
        raise InputError(Problem(Where(option), refused.what, refused.mend)) from None


def _found(book: Book, ident: str) -> list[Entry]:
    if ident in book.rules:
        return [book.rules[ident]]
    known: list[Entry] = []
    known += [one for one in book.rules.values() if ident in one.families]
    known += [one for one in book.terms.values() if ident in (one.id, one.family)]
    if ident in book.tables:
        known.append(book.tables[ident])
    if ident in book.lines:
        known.append(book.lines[ident])
    return known
