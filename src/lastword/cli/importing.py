"""``lastword import``: bring a bill of materials or suppliers' declarations into a workspace."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from lastword.cli.errors import exit_on_input_error
from lastword.errors import InputError, Problem, Where
from lastword.facts.schema import THING_KINDS, Field
from lastword.files.bill import Bill, written
from lastword.files.bom import Wishes
from lastword.files.importing import LISTS, Completeness, Imported, read_source, write_source
from lastword.files.sheet import unwatched
from lastword.files.values import Refused, share
from lastword.texts import _, several, speak
from lastword.workspace import SETTINGS, Workspace, read_settings

Terms = Callable[[Path], Mapping[str, Field]]
_LONG = 5_000


@click.command("import")
@click.argument("sheet", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), help="The workspace; else the nearest one upward.")
@click.option(
    "--map", "mapped", multiple=True, metavar="OUR=THEIRS", help="Which column is which; repeatable."
)
@click.option("--product", default="", metavar="ID", help="The id of the product the parts belong to.")
@click.option(
    "--complete-by", metavar="NAME", help="Who declares the list of parts complete, at every depth."
)
@click.option("--remainder", metavar="SHARE", help="But for at most this share of the value, e.g. 3%.")
@click.option("--nothing-else", is_flag=True, help="They also declare: nothing unlisted behind it or its parts "
              "(technology, plant, data, support, services, earlier hands, things that come with it).")  # fmt: skip
@click.option("--kind", type=click.Choice(THING_KINDS), help="What a thing is that says no kind; in a CSV or XLSX "
              "bill a commodity if left out.")  # fmt: skip
@click.option("--sheet", "sheet_name", default="", metavar="NAME", help="Which sheet of a workbook.")
@click.option(
    "--decimal", type=click.Choice(["comma", "point"]), help="How decimals are written, if unclear."
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--lang", type=click.Choice(["en", "de"]), help="Left out: the language of the workspace.")
@click.pass_obj
@exit_on_input_error()
def import_(
    terms_of: Terms | None,
    sheet: Path,
    into: Path | None,
    mapped: tuple[str, ...],
    product: str,
    complete_by: str | None,
    remainder: str | None,
    nothing_else: bool,
    kind: str | None,
    sheet_name: str,
    decimal: Any,
    yes: bool,
    lang: str | None,
) -> None:
    """Bring SHEET (CSV, XLSX or CycloneDX JSON) into a workspace: all rows or none.

    A sheet is a bill of materials or a table of suppliers' declarations; its columns tell which. Columns
    are recognised in English and German. Nothing that is in the workspace is overwritten: a bill imported
    again replaces the one before it from today on.
    """
    into = into or Workspace.find()
    if (into / SETTINGS).is_file():
        speak(lang or read_settings(into).language)
    terms = terms_of(into) if callable(terms_of) else {}
    complete = _completeness(complete_by, remainder, nothing_else)
    wishes = Wishes(_mapping(mapped), product, decimal)
    source = read_source(sheet, into, terms=terms, wishes=wishes, sheet=sheet_name, watch=_watch())
    is_bill = isinstance(source.content, Bill)
    if not is_bill and (complete is not None or kind is not None):
        wrong = "--kind" if complete is None else "--complete-by"
        raise _wrong(wrong, "these are declarations, not a list of parts", "leave it out")
    if is_bill and complete is None and not yes and _is_asked():
        complete = _ask()
    # The one place where this command looks at the clock.
    today = date.today()  # noqa: DTZ011 - a day in the user's own zone
    # CycloneDX names the type of a component; one that we do not know need not be a commodity.
    usual = "" if sheet.suffix.lower() == ".json" else "commodity"
    imported = write_source(source, into, terms=terms, today=today, complete=complete, kind=kind or usual)
    click.echo(_bill_summary(imported, into) if is_bill else _declarations_summary(imported, into))


def _mapping(mapped: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in mapped:
        ours, equals, theirs = one.partition("=")
        if not equals or not ours.strip() or not theirs.strip() or ours.strip() in found:
            raise _wrong(
                "--map", f"`{one}` is not OUR=THEIRS, or says one column twice", "e.g. --map id=Teil"
            )
        found[ours.strip()] = theirs.strip()
    return found


def _completeness(by: str | None, remainder: str | None, nothing_else: bool) -> Completeness | None:
    if by is None and remainder is None and not nothing_else:
        return None
    if by is None or not by.strip():
        where = "--nothing-else" if remainder is None else "--remainder"
        raise _wrong(where, "nobody declares the list complete", "add --complete-by NAME")
    return Completeness(by.strip(), _remainder(remainder or "0"), nothing_else)


def _remainder(raw: str) -> Fraction:
    try:
        found = share(raw.strip().replace(" %", "%"))
    except Refused as refused:
        raise _wrong("--remainder", refused.what, refused.mend) from None
    if found == 1:
        raise _wrong(
            "--remainder", "all of the value remains, so nothing is complete", "leave both options out"
        )
    return found


def _wrong(where: str, what: str, mend: str) -> InputError:
    return InputError(Problem(Where(where), what, mend))


def _is_asked() -> bool:
    """Say whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask() -> Completeness | None:
    by = click.prompt(
        _("Who declares this list of parts complete, at every depth? (Enter: nobody, it stays open)"),
        default="",
        show_default=False,
    )
    if not by.strip():
        return None
    while True:
        raw = click.prompt(_("But for at most what share of the product's value?"), default="0%")
        try:
            rest = _remainder(raw)
            break
        except InputError as error:
            click.echo(f"error: {error}", err=True)
    asked = _(
        "Do they also declare that nothing unlisted is behind it or its parts: technology, plant, data, support, "
        "services, earlier hands, things that come with it?"
    )
    return Completeness(by.strip(), rest, click.confirm(asked, default=False))


def _watch() -> Callable[[Iterable[Any], int | None], Iterable[Any]]:
    """Return what shows a bar on long work, if a person is watching."""
    if not sys.stderr.isatty():
        return unwatched

    def watched(rows: Iterable[Any], length: int | None) -> Iterable[Any]:
        if length is not None and length < _LONG:
            yield from rows
            return
        with click.progressbar(rows, length=length, label=_("Reading"), file=sys.stderr) as bar:
            yield from bar

    return watched


def _bill_summary(imported: Imported, into: Path) -> str:
    lines = [
        _("%(rows)s read: %(things)s, %(suppliers)s, product %(product)s")
        % {
            "rows": several("%(n)d row", "%(n)d rows", imported.rows),
            "things": several("%(n)d thing", "%(n)d things", imported.things),
            "suppliers": several("%(n)d supplier", "%(n)d suppliers", imported.suppliers),
            "product": imported.product,
        },
        *_written(imported),
        *_unread(imported),
    ]
    if imported.kind_taken:
        words = {"kind": imported.kind_taken, "number": imported.taken_for, "all": imported.things}
        lines.append(
            _("%(number)d of %(all)d things say no kind: taken as %(kind)s (--kind says otherwise)") % words
        )
    if imported.replaced:
        lines.append(
            _("%(file)s stays as it was; from today on this list counts in its place")
            % {"file": imported.replaced}
        )
    gaps = [
        *([(_("kind"), imported.without["kind"])] if imported.without["kind"] else ()),
        (_("origin"), imported.without["origin"]),
        *(
            (name.upper() if name != "eu" else _("EU dual-use number"), imported.without[name])
            for name in LISTS
        ),
        (_("supplier"), imported.without["supplier"]),
    ]
    lines.append(
        _("Parts without: %(gaps)s") % {"gaps": ", ".join(f"{name} {count}" for name, count in gaps)}
    )
    if imported.complete is None:
        lines.append(
            _(
                "Nobody declares the list complete, so it stays open: --complete-by NAME --remainder 3%% closes it"
            )
            % {}
        )
    else:
        lines.append(
            _("Declared complete by %(name)s, but for at most %(rest)s %% of the value")
            % {"name": imported.complete.by, "rest": written(imported.complete.remainder * 100)}
        )
        lines.append(
            _("Declared as well: nothing unlisted is behind it or its parts")
            if imported.complete.nothing_else
            else _(
                "Still open: technology, plant, data, support, services and earlier hands behind it; --nothing-else "
                "declares that there are none unlisted"
            )
        )
    lines += [_("Note: %(note)s") % {"note": note} for note in imported.notes]
    words = {"product": shlex.quote(imported.product), "cd": _way(into)}
    lines.append(
        _("Next: %(cd)slastword ask %(product)s --act export --from DE --to IN --end-use civil") % words
    )
    lines.append(
        _("Then: lastword settle %(product)s --act export --from DE --to IN --end-use civil") % words
    )
    return "\n".join(lines)


def _declarations_summary(imported: Imported, into: Path) -> str:
    lines = [
        _("%(rows)s %(suppliers)s read; things they speak of: %(things)d")
        % {
            "rows": several("%(n)d declaration", "%(n)d declarations", imported.rows),
            "suppliers": several("of %(n)d supplier", "of %(n)d suppliers", imported.suppliers),
            "things": imported.things,
        },
        *_written(imported),
        *_unread(imported),
        *(_("Note: %(note)s") % {"note": note} for note in imported.notes),
        _("Next: %(cd)slastword check; then ask again") % {"cd": _way(into)},
    ]
    return "\n".join(lines)


def _written(imported: Imported) -> list[str]:
    return [_("Written: %(files)s") % {"files": ", ".join(imported.files)}]


def _unread(imported: Imported) -> list[str]:
    if not imported.unread:
        return []
    columns = ", ".join(f"`{name}`" for name in imported.unread)
    return [
        _("Warning: columns not read: %(columns)s (--map OUR=THEIRS says what one is)") % {"columns": columns}
    ]


def _way(into: Path) -> str:
    """Return the command that leads into the workspace, if the reader is elsewhere."""
    here = Path.cwd()
    return "" if into.resolve() in (here, *here.parents) else f"cd {shlex.quote(str(into))}; "
