"""Using licences: reserve, confirm, release, use, return, report. One call takes all licences named, or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

import click

from lastword.cases.acts import UseLicences
from lastword.cli.acting import MOMENT, WORDS, Acting, acting, amount
from lastword.cli.case_words import LICENCE
from lastword.cli.telling import tell_licences
from lastword.errors import InputError, Problem, Where
from lastword.files.places import country

RESERVED_FOR: Final = timedelta(days=7)
Mode = Literal["reserve", "confirm", "use", "release", "return", "report"]

_LICENCES: Final = click.argument("licences", metavar="LICENCE...", nargs=-1, required=True, type=LICENCE)
_USE: Final = click.option(
    "--use",
    "use_key",
    required=True,
    metavar="KEY",
    help="Your name of this use, e.g. the number of the shipment. The same again with the same key counts once.",
)
_LOTS: Final = click.option(
    "--item",
    "lots",
    multiple=True,
    metavar="ITEM=QUANTITY UNIT",
    help='e.g. "1=5 piece"; once for each item.',
)
_TEXT: Final = click.option("--text", type=WORDS, default="", metavar="TEXT", help="Your words.")


def _scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option(
                "--act", metavar="ACT", help="What happens: refused if the licence is for something else."
            ),
            click.option("--from", "from_", metavar="PLACE", help="Where it is; checked likewise."),
            click.option("--to", metavar="PLACE", help="Where it goes; checked likewise."),
            click.option("--end-use", metavar="WORD", help="For what; checked likewise."),
        )
    ):
        command = option(command)
    return command


def _scope(typed: dict[str, str | None]) -> dict[str, str]:
    """Return what was said of what is about to happen, under the names of a licence's scope."""
    found = {}
    for name, value in typed.items():
        if value is None:
            continue
        key = name.rstrip("_")
        if key in ("from", "to"):
            code = country(value)
            if code is None:
                raise InputError(
                    Problem(Where(f"--{key}"), f"`{value}` is no country", "use an ISO code such as DE")
                )
            value = code
        found[key] = value
    return found


def _lots(typed: tuple[str, ...]) -> dict[str, tuple[Decimal, str]]:
    found: dict[str, tuple[Decimal, str]] = {}
    for one in typed:
        item, equals, rest = one.partition("=")
        quantity, space, unit = rest.strip().partition(" ")
        if not equals or not space or not unit.strip() or not item.strip():
            raise InputError(
                Problem(Where("--item"), f"`{one}` is not ITEM=QUANTITY UNIT", 'e.g. --item "1=5 piece"')
            )
        if item.strip() in found:
            raise InputError(
                Problem(Where("--item"), f"item `{item.strip()}` is named twice", "name it once")
            )
        found[item.strip()] = (amount("--item", quantity), unit.strip())
    return found


def _use(
    acting: Acting,
    mode: Mode,
    licences: tuple[str, ...],
    use_key: str,
    lots: tuple[str, ...] = (),
    text: str = "",
    **more: Any,
) -> None:
    if mode in ("reserve", "use", "report") and not lots:
        raise InputError(Problem(Where("--item"), "nothing says how much", 'add e.g. --item "1=5 piece"'))
    named = acting.desk.licences_named(licences, acting.person)
    act = UseLicences(
        **acting.who,
        licences=named,
        key=use_key,
        mode=mode,
        quantities=_lots(lots),
        text=text,
        **more,
    )
    tell_licences(acting, acting.do(act), named)


@click.command("reserve")
@_LICENCES
@_USE
@_LOTS
@_scope_options
@click.option("--until", type=MOMENT, metavar="INSTANT",
              help="When the reservation ends by itself; left out: in seven days.")  # fmt: skip
@_TEXT
@acting
def reserve(
    acting: Acting,
    licences: tuple[str, ...],
    use_key: str,
    lots: tuple[str, ...],
    until: datetime | None,
    text: str,
    **scope: str | None,
) -> None:
    """Set quantities aside for a use that is about to happen."""
    expires = until or acting.desk.now() + RESERVED_FOR
    _use(acting, "reserve", licences, use_key, lots, text, expires=expires, scope=_scope(scope))


@click.command("confirm")
@_LICENCES
@_USE
@_LOTS
@_scope_options
@_TEXT
@acting
def confirm(
    acting: Acting,
    licences: tuple[str, ...],
    use_key: str,
    lots: tuple[str, ...],
    text: str,
    **scope: str | None,
) -> None:
    """Use what was reserved. Without --item all of it; what is left over goes back."""
    _use(acting, "confirm", licences, use_key, lots, text, scope=_scope(scope))


def _simple(mode: Mode) -> Callable[..., None]:
    def run(
        acting: Acting, licences: tuple[str, ...], use_key: str, lots: tuple[str, ...], text: str
    ) -> None:
        _use(acting, mode, licences, use_key, lots, text)

    return run


def _command(mode: Mode, told: str) -> click.Command:
    run = _simple(mode)
    run.__doc__ = told
    return click.command(mode)(_LICENCES(_USE(_LOTS(_TEXT(acting(run))))))


@click.command("use")
@_LICENCES
@_USE
@_LOTS
@_scope_options
@_TEXT
@acting
def use(
    acting: Acting,
    licences: tuple[str, ...],
    use_key: str,
    lots: tuple[str, ...],
    text: str,
    **scope: str | None,
) -> None:
    """Use a licence at once, without reserving first."""
    _use(acting, "use", licences, use_key, lots, text, scope=_scope(scope))


release = _command("release", "Give a reservation back.")
return_ = _command(
    "return",
    "Book goods that came back; they can be used again. Without --item all of what went in that use.",
)
report = _command(
    "report",
    "Report what happened. This is never refused for its quantity: what is beyond the licence is booked as a breach.",
)
