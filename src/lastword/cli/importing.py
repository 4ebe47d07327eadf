"""``lastword import``: bring a bill of materials or suppliers' declarations into a workspace."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from lastword.cli.errors import exit_on_input_error
from lastword.errors import InputError, Problem, Where
from lastword.facts.schema import Field
from lastword.files.bill import Bill, written
from lastword.files.bom import Wishes
from lastword.files.importing import LISTS, Completeness, Imported, read_source, write_source
from lastword.files.sheet import unwatched
from lastword.files.values import Refused, share
from lastword.texts import _

Terms = Callable[[Path], Mapping[str, Field]]
_LONG = 5_000


@click.command("import")
@click.argument("sheet", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), required=True, help="The workspace folder.")
@click.option("--map", "mapped", multiple=True, metavar="OUR=THEIRS", help="Which column is which; repeatable.")
@click.option("--product", default="", metavar="ID", help="The id of the product the parts belong to.")
@click.option("--complete-by", metavar="NAME", help="Who declares the list of parts complete, at every depth.")
@click.option("--remainder", metavar="SHARE", help="But for at most this share of the value, e.g. 3%.")
@click.option("--sheet", "sheet_name", default="", metavar="NAME", help="Which sheet of a workbook.")
@click.option("--decimal", type=click.Choice(["comma", "point"]), help="How decimals are written, if unclear.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
@exit_on_input_error()
def import_(
    terms_of: Terms | None,
    sheet: Path,
    into: Path,
    mapped: tuple[str, ...],
    product: str,
    complete_by: str | None,
    remainder: str | None,
    sheet_name: str,
    decimal: Any,
    yes: bool,
) -> None:
    """Bring SHEET (CSV, XLSX or CycloneDX JSON) into a workspace: all rows or none.

    A sheet is a bill of materials or a table of suppliers' declarations; its columns tell which. Columns are
    recognised in English and German. Nothing that is in the workspace is overwritten: a bill imported again replaces
    the one before it from today on.
    """
    terms = terms_of(into) if callable(terms_of) else {}
    complete = _completeness(complete_by, remainder)
    wishes = Wishes(_mapping(mapped), product, decimal)
    source = read_source(sheet, into, terms=terms, wishes=wishes, sheet=sheet_name, watch=_watch())
    is_bill = isinstance(source.content, Bill)
    if not is_bill and complete is not None:
        raise _wrong("--complete-by", "these are declarations, not a list of parts", "leave it out")
    if is_bill and complete is None and not yes and _is_asked():
        complete = _ask()
    # The one place where this command looks at the clock.
    today = date.today()  # noqa: DTZ011 - a day in the user's own zone
    imported = write_source(source, into, terms=terms, today=today, complete=complete)
    click.echo(_bill_summary(imported) if is_bill else _declarations_summary(imported))


def _mapping(mapped: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in mapped:
        ours, equals, theirs = one.partition("=")
        if not equals or not ours.strip() or not theirs.strip() or ours.strip() in found:
            raise _wrong("--map", f"`{one}` is not OUR=THEIRS, or says one column twice", "e.g. --map id=Teil")
        found[ours.strip()] = theirs.strip()
    return found


def _completeness(by: str | None, remainder: str | None) -> Completeness | None:
    if by is None and remainder is None:
        return None
    if by is None or not by.strip():
        raise _wrong("--remainder", "nobody declares the list complete", "add --complete-by NAME")
    return Completeness(by.strip(), _remainder(remainder or "0"))


def _remainder(raw: str) -> Fraction:
    try:
        found = share(raw.strip().replace(" %", "%"))
    except Refused as refused:
        raise _wrong("--remainder", refused.what, refused.mend) from None
    if found == 1:
        raise _wrong("--remainder", "all of the value remains, so nothing is complete", "leave both options out")
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
            return Completeness(by.strip(), _remainder(raw))
        except InputError as error:
            click.echo(f"error: {error}", err=True)


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


def _bill_summary(imported: Imported) -> str:
    lines = [
        _("%(rows)d rows read: %(things)d things, %(suppliers)d suppliers, product %(product)s")
        % {
            "rows": imported.rows,
            "things": imported.things,
            "suppliers": imported.suppliers,
            "product": imported.product,
        },
        *_written(imported),
    ]
    if imported.replaced:
        lines.append(
            _("%(file)s stays as it was; from today on this list counts in its place") % {"file": imported.replaced}
        )
    gaps = [
        (_("origin"), imported.without["origin"]),
        *((name.upper() if name != "eu" else _("EU dual-use number"), imported.without[name]) for name in LISTS),
        (_("supplier"), imported.without["supplier"]),
    ]
    lines.append(_("Parts without: %(gaps)s") % {"gaps": ", ".join(f"{name} {count}" for name, count in gaps)})
    if imported.complete is None:
        lines.append(
            _("Nobody declares the list complete, so it stays open: --complete-by NAME --remainder 3%% closes it") % {}
        )
    else:
        lines.append(
            _("Declared complete by %(name)s, but for at most %(rest)s %% of the value")
            % {"name": imported.complete.by, "rest": written(imported.complete.remainder * 100)}
        )
    lines += [_("Note: %(note)s") % {"note": note} for note in imported.notes]
    lines.append(
        _("Next: lastword ask %(product)s --act export --from DE --to IN; lastword settle %(product)s")
        % {"product": _shell(imported.product)}
    )
    return "\n".join(lines)


def _declarations_summary(imported: Imported) -> str:
    lines = [
        _("%(rows)d declarations of %(suppliers)d suppliers read; they reach %(things)d things")
        % {"rows": imported.rows, "suppliers": imported.suppliers, "things": imported.things},
        *_written(imported),
        *(_("Note: %(note)s") % {"note": note} for note in imported.notes),
        _("Next: lastword check; then ask again"),
    ]
    return "\n".join(lines)


def _written(imported: Imported) -> list[str]:
    return [_("Written: %(files)s") % {"files": ", ".join(imported.files)}]


def _shell(word: str) -> str:
    return word if word.replace("-", "").replace("_", "").replace(".", "").isalnum() else f"'{word}'"
