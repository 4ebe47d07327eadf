"""``lastword pack import``: bring an official download into the tables of a pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import click

from lastword.cli.errors import exit_on_input_error
from lastword.cli.pack_folder import head_of
from lastword.errors import InputError, Problem, Where
from lastword.files.official.comparison import Change, Difference
from lastword.files.official.formats import FORMATS, open_official
from lastword.files.official.takeover import Compared, Taken, compared, names_in, take_over
from lastword.files.suggestion import did_you_mean
from lastword.files.values import Refused
from lastword.files.values import day as day_of
from lastword.texts import _, several, speak
from lastword.workspace import BUNDLED, SETTINGS, Settings, nearest, pack_sources, read_settings

SHOWN = 20
_LONGEST = 160


@click.command("import")
@click.argument("words", nargs=-1, required=True, metavar="[FORMAT] FILE")
@click.option("--day", "on", required=True, metavar="DAY", help="Of which day the text is, YYYY-MM-DD.")
@click.option("--pack", "named", metavar="ID|FOLDER", help="Which pack; else the one that has such tables.")
@click.option("--into", type=click.Path(path_type=Path), help="Take it over into the pack in this folder, or a copy "
              "made there.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Show every difference, not the first 20 of a kind.")
@click.option("--workspace", type=click.Path(path_type=Path), help="With the packs of this workspace; else the nearest "
              "one upward.")  # fmt: skip
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def import_(
    words: tuple[str, ...],
    on: str,
    named: str | None,
    into: Path | None,
    every: bool,
    workspace: Path | None,
    lang: str | None,
) -> None:
    """Show what an official FILE says against the tables in use, and with --into take it over.

    FORMAT is told from the file if left out: ecfr-738 (Commerce Country Chart), ecfr-740 (Country Groups), ecfr-774
    (Commerce Control List), each as XML of ecfr.gov; screening-list (consolidated.csv or .json of trade.gov);
    eurlex-annex-i (list of dual-use items, HTML or Formex XML of EUR-Lex).

    What changed becomes a second row of the table with its first day; the old one keeps holding until then. All of it
    is written or nothing, and never into the packs that come with Lastword.
    """
    root = workspace or nearest()
    settings = read_settings(root) if root is not None and (root / SETTINGS).is_file() else Settings()
    speak(lang or settings.language)
    day = _day(on)
    wanted, source = _words(words)
    official = open_official(source, wanted)
    folder = _folder(named or official.format.pack, into, root, settings)
    reading = official.read(lambda: names_in(folder, official.format))
    found = compared(folder, official.format, reading, day)
    for line in _report(found, source, day, every):
        click.echo(line)
    if into is None:
        if any(difference.count for difference in found.differences):
            click.echo(_("Nothing was written; --into FOLDER takes it over into a pack of your own"))
        return
    taken = take_over(found, into, head_of(folder)[0], source, day, BUNDLED)
    for line in _written(taken):
        click.echo(line)


def _day(text: str) -> date:
    try:
        return day_of(text)
    except Refused as refused:
        raise InputError(Problem(Where("--day"), refused.what, refused.mend)) from None


def _words(words: tuple[str, ...]) -> tuple[str | None, Path]:
    if len(words) > 2:
        what = f"{len(words)} words where a kind and a file are expected"
        raise InputError(
            Problem(Where("FILE"), what, "lastword pack import ecfr-738 title-15.xml --day 2026-09-24")
        )
    if len(words) == 1 and words[0] in FORMATS and not Path(words[0]).exists():
        raise InputError(
            Problem(Where("FILE"), "no file is named", f"lastword pack import {words[0]} FILE --day DAY")
        )
    return (words[0] if len(words) == 2 else None), Path(words[-1])


def _folder(named: str, into: Path | None, root: Path | None, settings: Settings) -> Path:
    """Return the folder of the pack whose tables are in use: the copy in ``into`` if it is there already."""
    sources = pack_sources(root, settings)
    path = Path(named)
    if (path / "pack.yaml").is_file():
        folder = path
    elif named in sources:
        folder = sources[named].folder
    else:
        mend = did_you_mean(named, sources) or "name the id of a pack, or a folder with a pack.yaml"
        raise InputError(Problem(Where("--pack"), f"there is no pack `{named}`", mend))
    ident = head_of(folder)[0]
    copies = (into, into / ident) if into is not None else ()
    return next((copy for copy in copies if (copy / "pack.yaml").is_file()), folder)


def _report(found: Compared, source: Path, day: date, every: bool) -> Iterator[str]:
    yield _("%(file)s, text of %(day)s, against the pack %(pack)s") % {
        "file": source.name,
        "day": day,
        "pack": found.folder.name,
    }
    for difference in found.differences:
        yield from _told(difference, found, day, every)
    unread = sorted(found.reading.unread)
    if unread:
        yield several("%(n)d place could not be read:", "%(n)d places could not be read:", len(unread))
        shown = unread if every else unread[:SHOWN]
        yield from (f"  {one.where}: {_short(one.words)}: {one.why}" for one in shown)
        yield from _rest(len(unread) - len(shown))
    for what, count in sorted(found.reading.left_out.items()):
        yield _("Left out: %(what)s: %(n)d") % {"what": what, "n": count}


def _told(difference: Difference, found: Compared, day: date, every: bool) -> Iterator[str]:
    words = {
        "table": difference.table,
        "n": difference.compared,
        "m": difference.held,
        "new": len(difference.new),
        "gone": len(difference.gone),
        "changed": len(difference.changed),
    }
    yield (
        _(
            "%(table)s: the file speaks of %(n)d, the table of %(m)d; new %(new)d, gone %(gone)d, changed %(changed)d"
        )
        % words
    )
    last = found.last_read.get(Path(difference.table).name)
    if last is not None and day < last:
        yield _("  the table was read on %(last)s, which is later than this file") % {"last": last}
    kinds = (
        (_("new"), difference.new),
        (_("gone"), difference.gone),
        (_("changed"), difference.changed),
        (_("for you to write, words that no table can take over"), difference.by_hand),
    )
    for kind, changes in kinds:
        if changes:
            yield f"  {kind}:"
            shown = changes if every else changes[:SHOWN]
            yield from (f"    {_change(change)}" for change in shown)
            yield from _rest(len(changes) - len(shown), "    ")


def _change(change: Change) -> str:
    before, after = _short(change.before), _short(change.after)
    told = f"{before} -> {after}" if before and after else before or after
    line = _(" (line %(n)d)") % {"n": change.line} if change.line else ""
    return f"{change.what}: {told}{line}"


def _rest(count: int, inset: str = "  ") -> Iterable[str]:
    return [inset + _("and %(n)d more; --all shows them") % {"n": count}] if count > 0 else []


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _written(taken: Taken) -> Iterator[str]:
    made = _("Made: %(folder)s, a copy of the pack; it counts in place of the one that comes with Lastword")
    yield (made if taken.is_new else _("Changed: %(folder)s")) % {"folder": taken.folder}
    yield _("Written: %(files)s") % {"files": ", ".join(taken.files)}
    if taken.was_signed:
        yield _(
            "Its signature no longer fits and was taken away: lastword pack sign %(folder)s --key FILE"
        ) % {"folder": taken.folder}
    yield _("Next: lastword pack check %(folder)s; then its cases") % {"folder": taken.folder}
