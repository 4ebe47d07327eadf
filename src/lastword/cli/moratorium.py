"""``lastword moratorium``: a dated hold on a class of decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import click

from lastword.cases.acts import Declare, Lift
from lastword.cases.moratorium import Class
from lastword.clearance.seeing import holds_office
from lastword.clearance.viewing import instant_text
from lastword.cli.acting import MOMENT, WORDS, Acting, acting, looking
from lastword.cli.blocking import instant_words
from lastword.cli.telling import tell_guarded
from lastword.errors import InputError, Problem, Where
from lastword.facts.schema import ACTS
from lastword.files.places import country
from lastword.files.suggestion import unknown_word
from lastword.texts import _

_NAMES: Final = {
    "authority": "authorities",
    "procedure": "procedures",
    "act": "acts",
    "to": "to",
    "from": "from_",
    "thing": "things",
    "case": "cases",
}


@click.group("moratorium")
def moratorium() -> None:
    """A hold on a class of decisions: no way to a grant, silence included, while it stands. Clocks stop."""


@moratorium.command("declare")
@click.argument("moratorium")
@click.option("--authority", multiple=True, metavar="ID", help="Whose decisions; left out: everybody's.")
@click.option("--procedure", multiple=True, metavar="ID", help="Which procedures.")
@click.option("--act", multiple=True, metavar="ACT", help="Which acts, e.g. export.")
@click.option("--to", multiple=True, metavar="PLACE", help="To where.")
@click.option("--from", "from_", multiple=True, metavar="PLACE", help="From where.")
@click.option("--thing", multiple=True, metavar="THING", help="Which things.")
@click.option("--case", "case", multiple=True, metavar="CASE", help="Which cases.")
@click.option("--except", "except_", multiple=True, metavar="KEY=WORD[,KEY=WORD]",
              help="What is carved out, e.g. thing=f35-part or to=AT,act=return; keys as the options.")  # fmt: skip
@click.option("--uses", is_flag=True, help="Licences in the class cannot be used either.")
@click.option("--until", type=MOMENT, metavar="INSTANT", help="It ends by itself then.")
@click.option("--all", "everything", is_flag=True, help="Really every decision of everybody.")
@click.option("--text", type=WORDS, default="", metavar="TEXT", help="Why; - reads it from standard input.")
@acting
def declare(
    acting: Acting,
    moratorium: str,
    except_: tuple[str, ...],
    uses: bool,
    until: datetime | None,
    everything: bool,
    text: str,
    **on: tuple[str, ...],
) -> None:
    """Declare a moratorium under the id MORATORIUM. The constitution says who may."""
    held = _class("", [(_key(name), word) for name, words in on.items() for word in words])
    if held == Class() and not everything:
        raise InputError(
            Problem(
                Where("--authority"),
                "the moratorium would hold every decision there is",
                "say what it holds, or add --all",
            )
        )
    carved = tuple(_class("--except", _pairs(one)) for one in except_)
    done = acting.do(
        Declare(
            **acting.who, moratorium=moratorium, on=held, carve_outs=carved, uses=uses, until=until, text=text
        )
    )
    tell_guarded(acting.desk, done)


@moratorium.command("lift")
@click.argument("moratorium")
@click.option("--text", type=WORDS, default="", metavar="TEXT", help="Why; - reads it from standard input.")
@acting
def lift(acting: Acting, moratorium: str, text: str) -> None:
    """End a moratorium now. Clocks run on."""
    tell_guarded(acting.desk, acting.do(Lift(**acting.who, moratorium=moratorium, text=text)))


@moratorium.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@looking
def list_(acting: Acting, as_json: bool) -> None:
    """List the moratoria, also those that have ended. One that names things or cases tells of these: it is for offices alone."""
    now = acting.desk.now()
    inside = holds_office(acting.config.person, acting.desk.roster(), now)
    shown = [one for one in acting.desk.moratoria().all.values() if inside or not one.names_some]
    found = sorted(shown, key=lambda one: (one.since, one.id))
    if as_json:
        rows = [
            {
                "id": one.id,
                "holds": _words(one.on),
                "carved_out": [_words(carved) for carved in one.carve_outs],
                "uses": one.uses,
                "since": instant_text(one.since),
                "until": instant_text(one.until),
                "lifted": instant_text(one.lifted),
                "standing": one.lifted is None and (one.until is None or now < one.until),
            }
            for one in found
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    if not found:
        click.echo(_("There is no moratorium."))
    for one in found:
        end = one.lifted or one.until
        if end is not None and end <= now:
            state = _("ended %(when)s") % {"when": instant_words(end)}
        else:
            state = _("stands") + (_(" until %(when)s") % {"when": instant_words(end)} if end else "")
        click.echo(f"{one.id}  {state}; " + _("since %(when)s") % {"when": instant_words(one.since)})
        held = (_told(one.on) or _("every decision")) + (_(", and uses of licences") if one.uses else "")
        click.echo("  " + _("holds %(what)s") % {"what": held})
        for carved in one.carve_outs:
            click.echo("  " + _("but not") + " " + _told(carved))


def _key(option: str) -> str:
    return option.removesuffix("_")


def _pairs(typed: str) -> list[tuple[str, str]]:
    found = []
    for one in typed.split(","):
        name, equals, word = one.strip().partition("=")
        if not equals or not word.strip():
            raise InputError(
                Problem(
                    Where("--except"),
                    f"`{one}` is not KEY=WORD",
                    "e.g. --except thing=lamp or --except to=AT",
                )
            )
        if name not in _NAMES:
            raise InputError(Problem(Where("--except"), *unknown_word("a key", name, _NAMES)))
        found.append((name, word.strip()))
    return found


def _class(option: str, pairs: Sequence[tuple[str, str]]) -> Class:
    """Return a class of decisions; the places and acts in it are checked, for a slip would hold nothing, or too much."""
    found: dict[str, list[str]] = {}
    for name, typed in pairs:
        word = typed
        if name in ("to", "from"):
            code = country(typed)
            if code is None:
                raise InputError(
                    Problem(
                        Where(option or f"--{name}"), f"`{typed}` is no country", "use an ISO code such as DE"
                    )
                )
            word = code
        elif name == "act" and typed not in ACTS:
            raise InputError(Problem(Where(option or "--act"), *unknown_word("an act", typed, ACTS)))
        elif name == "case":
            word = typed.upper()
        if word not in found.setdefault(_NAMES[name], []):
            found[_NAMES[name]].append(word)
    taken: dict[str, Any] = {name: tuple(words) for name, words in found.items()}
    return Class(**taken)


def _words(one: Class) -> dict[str, list[str]]:
    found = {name: list(getattr(one, field)) for name, field in _NAMES.items()}
    return {name: words for name, words in found.items() if words}


def _told(one: Class) -> str:
    parts: Iterable[str] = (f"{name} {', '.join(words)}" for name, words in _words(one).items())
    return "; ".join(parts)
