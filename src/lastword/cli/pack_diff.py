"""``lastword pack diff``: what changed between two states of a pack, in words."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from lastword.cli.errors import exit_on_input_error
from lastword.cli.pack_folder import book_of, head_of
from lastword.cli.rules import wrapped
from lastword.errors import InputError, Problem, Where
from lastword.files.suggestion import did_you_mean
from lastword.rules.book import Book
from lastword.rules.rule import Pack
from lastword.texts import _, several, speak
from lastword.upkeep.comparison import Change, Difference, compare
from lastword.workspace import (
    PackSource,
    Settings,
    nearest,
    pack_folders,
    pack_sources,
    read_settings,
    shipped,
)

MOST_KEYS: Final = 12
MOST_ROWS: Final = 25
SHORT: Final = 58


@click.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="[B]", required=False)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    help="Read among the packs of this workspace; else of the nearest one upward, if there is one.",
)
@click.option(
    "--all", "every", is_flag=True, help="Every row of the tables, and rules that came or went in full."
)
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def diff(
    old: str, new: str | None, workspace: Path | None, every: bool, as_json: bool, lang: str | None
) -> None:
    """Tell what changed from pack A to pack B.

    Told are rules, terms and tables that were added, removed or changed, and in which days, limits, conditions,
    duties and citations.

    A and B are folders that hold a pack.yaml. A may also be the id of a pack that comes with Lastword (its
    folder of the same name is then written ./A); B left out is the one that takes its place here.
    """
    root = workspace or nearest()
    settings = read_settings(root) if root is not None else Settings()
    speak(lang or settings.language)
    sources = pack_sources(root, settings)
    before = _folder(old, sources, first=True)
    after = _folder(new, sources, first=False) if new is not None else _replacement(old, sources)
    ids = head_of(before)[0], head_of(after)[0]
    if ids[0] != ids[1]:
        what = f"`{ids[0]}` and `{ids[1]}` are two packs, not two states of one"
        raise InputError(Problem(Where(str(after)), what, "name the same pack before and after"))
    olds, news = _read(before, sources), _read(after, sources)
    changes = list(compare(olds, news))
    if as_json:
        told = {
            "old": {"id": olds[1].id, "version": olds[1].version, "folder": old},
            "new": {"id": news[1].id, "version": news[1].version, "folder": new or str(after)},
            "changes": [change.to_json() for change in changes],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    click.echo(
        wrapped(
            _("From %(old)s to %(new)s:")
            % {
                "old": _called(olds[1], before, sources, old),
                "new": _called(news[1], after, sources, new or old),
            },
            "",
        )
    )
    for line in _told(changes, every=every):
        click.echo(line)


def _folder(name: str, sources: Mapping[str, PackSource], *, first: bool) -> Path:
    path = Path(name)
    if first and path.name == name and name in shipped():
        return shipped()[name]
    if (path / "pack.yaml").is_file():
        return Path(os.path.abspath(path))
    if name in sources:
        return sources[name].folder
    mend = did_you_mean(name, sources) or "name the id of a pack, or a folder with a pack.yaml"
    raise InputError(Problem(Where(name), f"there is no pack `{name}`", mend))


def _replacement(name: str, sources: Mapping[str, PackSource]) -> Path:
    """Return what takes the place of a pack that comes with Lastword."""
    ident = head_of(Path(name))[0] if (Path(name) / "pack.yaml").is_file() else name
    source = sources.get(ident)
    if source is None or not (
        source.replaces or (source.folder.resolve() != Path(name).resolve() and Path(name).is_dir())
    ):
        raise InputError(
            Problem(Where(name), f"nothing here takes the place of `{name}`", "name two packs: A and B")
        )
    return source.folder


def _read(folder: Path, sources: Mapping[str, PackSource]) -> tuple[Book, Pack]:
    """Return a pack read among all others; where it does not fit them, among those that lie beside it."""
    ident = head_of(folder)[0]
    folders = {name: source.folder for name, source in sources.items()} | {ident: folder}
    try:
        book = book_of(folders)
    except InputError:
        beside = {
            head_of(one)[0]: one
            for one in pack_folders(folder.resolve().parent)
            if one.name != folder.resolve().name
        }
        if not beside:
            raise
        book = book_of(folders | beside | {ident: folder})
    return book, next(pack for pack in book.packs if pack.id == ident)


def _called(pack: Pack, folder: Path, sources: Mapping[str, PackSource], typed: str) -> str:
    version = f" {pack.version}" if pack.version else ""
    source = sources.get(pack.id)
    place = source.place if source is not None and source.folder == folder else typed
    if folder == shipped().get(pack.id):
        place = _("as it comes with Lastword")
    return f"{pack.id}{version} ({place})"


def _told(changes: Sequence[Change], *, every: bool) -> Iterator[str]:
    if not changes:
        yield _("Nothing changed.")
        return
    heads = {"pack": _("Pack"), "rule": _("Rules"), "term": _("Terms"), "table": _("Tables")}
    for group, head in heads.items():
        found = [change for change in changes if change.group == group]
        if not found:
            continue
        yield ""
        yield head
        for how in ("added", "removed", "changed"):
            for change in found:
                if change.how == how:
                    yield from _change(change, every=every)
    counted = [
        several("%(n)d added", "%(n)d added", sum(change.how == "added" for change in changes)),
        several("%(n)d removed", "%(n)d removed", sum(change.how == "removed" for change in changes)),
        several("%(n)d changed", "%(n)d changed", sum(change.how == "changed" for change in changes)),
    ]
    yield ""
    yield ", ".join(counted) + "."


def _change(change: Change, *, every: bool) -> Iterator[str]:
    how = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}[change.how]
    yield wrapped(f"{how:<9} {change.id}: {change.title}", "  ")
    brief = (
        _("Kind"),
        _("In force"),
        _("Must say yes"),
        _("Lifts"),
        _("Covers the need stated by"),
        _("Written in"),
        _("Value"),
    )
    for one in change.differences:
        if change.how == "changed" or every or one.label in brief:
            yield from _difference(one, change.how)
    rows = change.rows if every else change.rows[:MOST_ROWS]
    for one in rows:
        yield from _difference(Difference(_keys(one.label, every=every), one.old, one.new), "changed")
    if len(rows) < len(change.rows):
        more = several("%(n)d row more", "%(n)d rows more", len(change.rows) - len(rows))
        yield "            " + _("%(more)s: --all tells them") % {"more": more}


def _keys(label: str, *, every: bool) -> str:
    keys = label.split(", ")
    if every or len(keys) <= MOST_KEYS:
        return label
    more = several("and %(n)d more", "and %(n)d more", len(keys) - MOST_KEYS)
    return f"{', '.join(keys[:MOST_KEYS])} {more}"


def _difference(one: Difference, how: str) -> Iterator[str]:
    inset = " " * 12
    if how != "changed":
        for line in one.new or one.old:
            yield wrapped(f"{one.label}: {line}", inset)
        return
    if len(one.old) <= 1 and len(one.new) <= 1 and sum(map(len, (*one.old, *one.new, one.label))) < SHORT:
        old, new = ("".join(lines) or _("nothing") for lines in (one.old, one.new))
        yield wrapped(f"{one.label}: {old} -> {new}", inset)
        return
    yield wrapped(f"{one.label}:", inset)
    for line in one.old:
        yield wrapped(_("until now: %(line)s") % {"line": line}, inset + "  ")
    for line in one.new:
        yield wrapped(_("from now on: %(line)s") % {"line": line}, inset + "  ")
