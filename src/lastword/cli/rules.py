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
from lastword.cli.rule_page import Entry, entry_page, in_force_word, kind_word, read_word
from lastword.errors import InputError, Problem, Where
from lastword.files.suggestion import did_you_mean
from lastword.files.values import Refused, day
from lastword.rules.book import Book
from lastword.rules.rule import Pack, Rule
from lastword.texts import _, chosen, speak
from lastword.workspace import BUNDLED, SETTINGS, open_book, pack_folders, read_settings

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
@_options
@exit_on_input_error()
def rules(pack: str | None, workspace: Path | None, as_of: str | None, lang: str | None) -> None:
    """List what the packs hold: id, kind, read or only reported, in force; below it the title and citation."""
    book, on = _opened(workspace, as_of, lang)
    chosen_packs = book.packs
    if pack is not None:
        chosen_packs = tuple(one for one in book.packs if one.id == pack)
        if not chosen_packs:
            mend = did_you_mean(pack, (one.id for one in book.packs)) or ", ".join(
                one.id for one in book.packs
            )
            raise InputError(Problem(Where("--pack"), f"there is no pack `{pack}`", mend))
    for one in chosen_packs:
        click.echo(wrapped(f"{one.id}: {chosen(one.title)} ({phrases.day(on)})", ""))
        for row in _rows(one, on):
            click.echo(row)
    click.echo(_("One of them in full: lastword rule ID"))


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
    root = workspace or _nearest()
    for number, one in enumerate(found):
        if number:
            click.echo()
        folders = (
            [base / one.pack for base in (*((root / "packs",) if root else ()), BUNDLED)]
            if isinstance(one, Rule)
            else []
        )
        click.echo(page(entry_page(book, one, on, folders, every=every)), nl=False)


def _opened(workspace: Path | None, as_of: str | None, lang: str | None) -> tuple[Book, date]:
    """Return all packs there are, the workspace's own among them, and the day."""
    root = workspace or _nearest()
    names = [folder.name for folder in pack_folders(BUNDLED)]
    language = "en"
    if root is not None:
        language = read_settings(root).language
        names += [folder.name for folder in pack_folders(root / "packs") if folder.name not in names]
    speak(lang or language)
    try:
        on = day(as_of) if as_of else date.today()  # noqa: DTZ011 - a day in the user's own zone
    except Refused as refused:
        raise InputError(Problem(Where("--as-of"), refused.what, refused.mend)) from None
    return open_book(root, names), on


def _nearest() -> Path | None:
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / SETTINGS).is_file()), None)


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
