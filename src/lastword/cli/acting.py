"""What the commands that act on a record share: whose record, who acts, when; and how a refusal is told.

Exit codes: 0 done, 2 what was typed cannot be used, 4 the act was refused and changed nothing, 6 the record cannot be written.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import click

from lastword.app import Configured, configured, instant, opened
from lastword.cases.refusal import ActRefused
from lastword.cli.errors import exit_on_input_error
from lastword.errors import InputError, LastwordError, Problem, Where
from lastword.files.values import Refused, day
from lastword.texts import _, speak

if TYPE_CHECKING:
    from lastword.cases.acts import Act
    from lastword.clearance.desk import Desk, Done

REFUSED: Final = 4
NOT_WRITTEN: Final = 6
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts at an open desk. ``key``: of the act, so that a repeated call is the same act.

    ``signed``: a file with the person's own signature on it; ``statement``: only print what would be signed.
    """

    desk: Desk
    config: Configured
    key: str = ""
    signed: Path | None = None
    statement: bool = False

    @property
    def person(self) -> str:
        """Return who acts. Raises InputError if nobody said."""
        if not self.config.person:
            raise InputError(
                Problem(Where("--as"), "nobody is named who acts", "add --as PERSON, or set LASTWORD_AS")
            )
        return self.config.person

    @property
    def who(self) -> dict[str, Any]:
        """Return who acts, as an act names it."""
        return {"person": self.person, "principal": self.config.principal}

    def do(self, act: Act) -> Done:
        """Do it; or, where only the statement is wanted, print that and end."""
        if self.statement:
            click.echo(json.dumps(self.desk.statement(act).to_json(), ensure_ascii=False, indent=2))
            click.get_current_context().exit()
        if self.signed is None:
            return self.desk.do(act, key=self.key)
        from lastword.store.enrolment import Signed

        return self.desk.do(act, key=self.key, signed=Signed.read(self.signed))


_STORE: Final = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="The store; else LASTWORD_STORE, else the key `store` in lastword.toml.",
)
_AS: Final = click.option("--as", "as_", metavar="PERSON", help="Who acts; else LASTWORD_AS.")
_AT: Final = click.option("--at", metavar="INSTANT", help="What time it is; in a practice store only.")
_LANG: Final = click.option("--lang", metavar="LANG", help="en or de.")
_FOR: Final = click.option("--for", "for_", metavar="PRINCIPAL", help="Act as deputy of this officer.")
_KEY: Final = click.option(
    "--key",
    default="",
    metavar="KEY",
    help="Names this act: the same again with the same key is not done twice.",
)


def acting(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its first argument, an Acting, and the options that say who acts where and when."""
    return _with(command, (_STORE, _AS, _FOR, _KEY, _AT, _LANG))


def looking(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that only reads its first argument, an Acting, and the options that say who reads what."""
    return _with(command, (_STORE, _AS, _AT, _LANG))


def _with(command: Callable[..., None], options: tuple[Callable[..., Any], ...]) -> Callable[..., None]:
    @wraps(command)
    def run(**typed: Any) -> None:
        with told():
            config = configured(
                os.environ,
                Path(),
                store=typed.pop("store"),
                person=typed.pop("as_"),
                principal=typed.pop("for_", None),
                at=typed.pop("at"),
                lang=typed.pop("lang"),
            )
            if config.language:
                speak(config.language)
            with opened(config) as desk:
                if desk.store.read_only is not None:
                    why = str(desk.store.read_only)
                    click.echo(
                        _("note: the record can be read only, and may lack the newest: %(why)s")
                        % {"why": why},
                        err=True,
                    )
                command(Acting(desk, config, typed.pop("key", "")), **typed)

    found: Callable[..., None] = run
    for option in reversed(options):
        found = option(found)
    return found


@contextmanager
def told() -> Iterator[None]:
    """Print a refusal as ``refused (code): what; mend`` and exit with 4; a record that cannot be read or written: 6."""
    with exit_on_input_error():
        try:
            yield
        except InputError as error:
            if not isinstance(error, ActRefused):
                raise
            refusal = error
        except LastwordError as error:
            click.echo(f"error: {error}", err=True)
            raise SystemExit(NOT_WRITTEN) from None
        else:
            return
        for problem in refusal.problems:
            mend = f"; {problem.mend}" if problem.mend else ""
            click.echo(f"refused ({refusal.code}): {problem.what}{mend}", err=True)
        raise SystemExit(REFUSED)


def words(value: str) -> str:
    """Return the words of a person: as typed, or with ``-`` what comes in on standard input."""
    return sys.stdin.read().strip() if value == "-" else value


def typed_day(value: str) -> date:
    """Return a day of the calendar; what is none is refused with the way to write one."""
    try:
        return day(value)
    except Refused as refused:
        raise click.BadParameter(
            f"{refused.what}; {refused.mend}" if refused.mend else refused.what
        ) from None


def moment(value: str) -> datetime:
    """Return an instant in UTC; one without its zone is refused."""
    try:
        return instant("instant", value)
    except InputError as error:
        problem = error.problems[0]
        raise click.BadParameter(f"{problem.what}; {problem.mend}") from None


WORDS: Final = words
DAY: Final = typed_day
MOMENT: Final = moment


def amount(option: str, typed: str) -> Decimal:
    """Return an exact quantity above zero with at most 12 decimals. Raises InputError."""
    mend = "write digits with a decimal point, e.g. 2.5"
    try:
        found = Decimal(typed) if typed.isascii() and len(typed) <= 40 else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or "e" in typed.lower() or "_" in typed:
        raise InputError(Problem(Where(option), f"`{typed}` is not a quantity", mend))
    if found <= 0:
        raise InputError(Problem(Where(option), f"`{typed}` is not above zero", "give how many there are"))
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -12:
        raise InputError(Problem(Where(option), f"`{typed}` has more than 12 decimals", mend))
    return found
