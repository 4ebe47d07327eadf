"""The acts of applicants on a case: file, amend, reply, withdraw, appeal."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from lastword.cases.acts import AppealAgainst, Reply, Withdraw
from lastword.cases.request import Salted
from lastword.clearance.filing import Lot, Wanted, amended, drafted
from lastword.cli.acting import DAY, WORDS, Acting, acting, amount
from lastword.cli.asking import asked
from lastword.cli.case_words import CASE
from lastword.cli.telling import tell_case, tell_plan
from lastword.errors import InputError, Problem, UnreadableError, Where
from lastword.facts.schema import CIRCUMSTANCES, END_USES, PARTY, ROLES
from lastword.files.suggestion import unknown_word
from lastword.files.values import Refused, money
from lastword.texts import _, language
from lastword.workspace import Workspace

_UNIT: Final = re.compile(r"[^\W\d_][^\W_]{0,19}(?:[ /.-][^\W_]{1,20})?")

_REQUEST: Final = (
    click.option("--from", "from_", metavar="PLACE", help="Where it is: a country by code or name."),
    click.option("--to", metavar="PLACE", help="Where it goes."),
    click.option("--act", metavar="ACT", help="What is done; left out: export, or retransfer within one state."),
    click.option("--end-use", metavar="WORD", help=f"For what: {', '.join(END_USES)}."),
    click.option("--end-use-text", metavar="TEXT", type=WORDS, help="For what, in your words."),
    click.option("--party", "parties", multiple=True, metavar="ROLE=NAME",
                 help=f"A party; roles: {', '.join(ROLES)}."),
    click.option("--says", multiple=True, metavar="ROLE.FIELD=VALUE",
                 help="What you state of a party, e.g. end_user.country=AT."),
    click.option("--route", metavar="PLACES", help="Through which countries, e.g. NL,AE."),
    click.option("--circumstance", metavar="WORD",
                 help=f"Why it moves: {', '.join(CIRCUMSTANCES)}. Left out: sale."),
    click.option("--planned", type=DAY, metavar="DAY", help="When it is to happen."),
    click.option("--item", "items", multiple=True, metavar='"THING=N UNIT[, AMOUNT]"',
                 help='A further item, e.g. "lamp=5 piece, 1200 EUR".'),
    click.option("--document", "documents", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
                 help="A file that belongs to the request; its name and SHA-256 are recorded, not what is in it."),
    click.option("--undertaking", "undertakings", multiple=True, metavar="TEXT", help="A promise that you make."),
)  # fmt: skip


def _request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_REQUEST):
        command = option(command)
    return command


@click.command("file")
@click.argument("thing")
@click.option("--quantity", metavar="N", default="1", show_default=True, help="How many.")
@click.option("--unit", metavar="UNIT", default="piece", show_default=True, help="Of which unit.")
@click.option("--value", metavar="AMOUNT", help="The value of this item, e.g. 10000EUR.")
@_request_options
@click.option("--applicant", metavar="ORG", help="Who applies; left out: the organisation of who acts.")
@click.option(
    "--choose", multiple=True, metavar="KEY", help="Which consent to ask for, where a need has alternatives."
)
@click.option(
    "--preliminary", is_flag=True, help="A question before there is a deal; a yes leaves no licence."
)
@click.option("--reader", "readers", multiple=True, metavar="ID",
              help="A further person or organisation that may read the case.")  # fmt: skip
@click.option("--id", "ident", type=CASE, metavar="CASE",
              help="The case's number, in a practice store only; else a random one.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only tell what filing would do.")
@acting
def file(
    acting: Acting,
    thing: str,
    quantity: str,
    unit: str,
    value: str | None,
    applicant: str | None,
    choose: tuple[str, ...],
    preliminary: bool,
    readers: tuple[str, ...],
    ident: str | None,
    dry_run: bool,
    **request: Any,
) -> None:
    """File a request for THING. It tells first which consents it asks for, who decides, and by when."""
    desk = acting.desk
    if ident and not desk.practice:
        raise InputError(
            Problem(
                Where("--id"), "numbers are drawn by lot in a store that is not for practice", "leave it out"
            )
        )
    workspace = desk.workspace()
    head = Lot(thing, amount("--quantity", quantity), _unit("--unit", unit), _value("--value", value))
    lots = [head, *(_lot(one) for one in request.pop("items"))]
    wanted = _wanted(workspace, desk.now().date(), lots, request, whole=True)
    organisation = applicant or desk.organisation(acting.person)
    fields = drafted(wanted, applicant=organisation, preliminary=preliminary, token=desk.token)
    act = desk.filing(**acting.who, case=ident or "", fields=fields, choose=choose, readers=readers)
    plan = desk.preview(act)
    tell_plan(acting, plan)
    if dry_run:
        click.echo(_("Nothing was filed (--dry-run)."))
        return
    tell_case(acting, acting.do(act), filed=True)


@click.command("amend")
@click.argument("case", type=CASE)
@click.option("--quantity", metavar="N", help="How many of the first item.")
@click.option("--unit", metavar="UNIT", help="The unit of the first item.")
@click.option("--value", metavar="AMOUNT", help="The value of the first item.")
@_request_options
@click.option(
    "--drop-item", "dropped", multiple=True, metavar="ITEM", help="Take an item out, by its number."
)
@click.option("--dry-run", is_flag=True, help="Only tell what would become of the case.")
@acting
def amend(
    acting: Acting,
    case: str,
    quantity: str | None,
    unit: str | None,
    value: str | None,
    dropped: tuple[str, ...],
    dry_run: bool,
    **request: Any,
) -> None:
    """Change the request: a new round. What is left out stays as it is; every yes must then be given again,
    but for changes that the procedure calls immaterial.
    """
    desk = acting.desk
    before = desk.fields(case, acting.person)
    workspace = desk.workspace()
    lots = [_lot(one) for one in request.pop("items")]
    first = Lot(
        "",
        amount("--quantity", quantity) if quantity is not None else None,
        _unit("--unit", unit) if unit is not None else None,
        _value("--value", value) if value is not None else None,
    )
    wanted = _wanted(workspace, desk.now().date(), lots, request, whole=False, before=before)
    fields = amended(before, wanted, first=first, dropped=dropped, token=desk.token)
    if fields == before:
        raise InputError(
            Problem(Where("CASE"), "nothing is changed", "say what is to change, e.g. --quantity 5")
        )
    act = desk.amending(**acting.who, case=case, fields=fields)
    if dry_run:
        tell_plan(acting, desk.preview(act))
        click.echo(_("Nothing was changed (--dry-run)."))
        return
    tell_case(acting, acting.do(act))


@click.command("reply")
@click.argument("case", type=CASE)
@click.argument("query")
@click.option("--text", type=WORDS, required=True, metavar="TEXT",
              help="The answer; - reads it from standard input.")  # fmt: skip
@acting
def reply(acting: Acting, case: str, query: str, text: str) -> None:
    """Answer a question of an office, named by its id, e.g. q1."""
    tell_case(acting, acting.do(Reply(**acting.who, case=case, query=query, text=text)))


@click.command("withdraw")
@click.argument("case", type=CASE)
@click.option("--text", type=WORDS, default="", metavar="TEXT", help="Why.")
@acting
def withdraw(acting: Acting, case: str, text: str) -> None:
    """Take the request back."""
    tell_case(acting, acting.do(Withdraw(**acting.who, case=case, text=text)))


@click.command("appeal")
@click.argument("case", type=CASE)
@click.option("--against", type=click.Choice(("refuse", "proviso", "revoke")), default="refuse",
              show_default=True, help="Against what.")  # fmt: skip
@click.option(
    "--text", type=WORDS, default="", metavar="TEXT", help="The reasons; - reads them from standard input."
)
@click.option("--clearance", default="", metavar="KEY", help="Against the decision on which consent.")
@acting
def appeal(acting: Acting, case: str, against: str, text: str, clearance: str) -> None:
    """Appeal against a decision. One that comes too late is recorded and rejected."""
    act = AppealAgainst(**acting.who, case=case, clearance=clearance, appeal="", against=against, text=text)
    tell_case(acting, acting.do(act))


def _wanted(
    workspace: Workspace,
    today: date,
    lots: Sequence[Lot],
    request: dict[str, Any],
    *,
    whole: bool,
    before: dict[str, Salted] | None = None,
) -> Wanted:
    """Return what was typed, read as `ask` reads it. ``whole``: all of a request, so that from and to must be said."""
    had = before or {}
    seen: dict[str, Any] = {
        "from_": request["from_"] or (_said(had, "from") if not whole else None),
        "to": request["to"] or (_said(had, "to") if not whole else None),
        "act": request["act"] or (_said(had, "act") if not whole else None),
        "end_use": request["end_use"],
        "end_use_text": request["end_use_text"] or "",
        "end_user": None,
        "parties": request["parties"],
        "route": request["route"],
        "value": None,
        "quantity": None,
        "circumstance": request["circumstance"],
        "as_of": None,
        "known": None,
        "standing": None,
        "strict": False,
        "with_files": (),
        "lang": language(),
        "workspace": None,
    }
    things = [lot.thing for lot in lots] or [
        next(_thing(one) for name, one in sorted(had.items()) if name.startswith("item."))
    ]
    questions = [
        asked(today=today, opened=workspace, **{**seen, "thing": thing}).question for thing in things
    ]
    first = questions[0]
    nobody = {one.partition(".")[0] for one in request["says"]} - {party.role for party in first.parties}
    if nobody:
        raise InputError(
            Problem(
                Where("--says"), f"no party is named as `{min(nobody)}`", f"add --party {min(nobody)}=NAME"
            )
        )
    return Wanted(
        act=first.act if whole or request["act"] else None,
        from_=first.from_ if whole or request["from_"] else None,
        to=first.to if whole or request["to"] else None,
        end_use=first.end_use if whole or request["end_use"] else None,
        end_use_text=request["end_use_text"],
        circumstance=(first.circumstance or "sale") if whole or request["circumstance"] else None,
        route=first.route if request["route"] is not None else None,
        planned=request["planned"],
        lots=tuple(
            Lot(question.thing, lot.quantity, lot.unit, lot.value)
            for question, lot in zip(questions, lots, strict=False)
        ),
        parties=tuple((party.role, party.id, _says(request["says"], party.role)) for party in first.parties),
        documents=tuple(_document(path) for path in request["documents"]),
        undertakings=request["undertakings"],
        known_parties=frozenset(name for name, kind in workspace.facts.kinds.items() if kind == "party"),
    )


def _said(fields: dict[str, Salted], name: str) -> str | None:
    found = fields.get(name)
    return str(found.value) if found is not None else None


def _thing(item: Salted) -> str:
    return str(item.value["thing"])


def _lot(typed: str) -> Lot:
    thing, equals, rest = typed.partition("=")
    counted, comma, value = rest.partition(",")
    quantity, _space, unit = counted.strip().partition(" ")
    if not equals or not thing.strip() or not quantity:
        raise InputError(
            Problem(Where("--item"), f"`{typed}` is not THING=N UNIT", 'e.g. --item "lamp=5 piece, 1200 EUR"')
        )
    return Lot(
        thing.strip(),
        amount("--item", quantity),
        _unit("--item", unit or "piece"),
        _value("--item", value) if comma else None,
    )


def _unit(option: str, typed: str) -> str:
    found = typed.strip()
    if not _UNIT.fullmatch(found):
        raise InputError(Problem(Where(option), f"`{typed}` is no unit", "e.g. piece, kg, m"))
    return found


def _value(option: str, typed: str | None) -> str | None:
    if typed is None:
        return None
    try:
        money(typed.strip().upper())
    except Refused as refused:
        raise InputError(Problem(Where(option), refused.what, refused.mend)) from None
    match = re.fullmatch(r"([\d.]+) ?([A-Z]{3})", typed.strip().upper())
    return f"{match[1]} {match[2]}" if match else typed.strip().upper()


def _says(typed: tuple[str, ...], role: str) -> dict[str, str]:
    found = {}
    for one in typed:
        name, equals, value = one.partition("=")
        who, dot, key = name.partition(".")
        if not equals or not dot or who not in ROLES:
            raise InputError(
                Problem(
                    Where("--says"), f"`{one}` is not ROLE.FIELD=VALUE", "e.g. --says end_user.country=AT"
                )
            )
        if key not in PARTY:
            raise InputError(Problem(Where("--says"), *unknown_word("a field of a party", key, PARTY)))
        if who == role:
            found[key] = value
    return found


def _document(path: Path) -> tuple[str, str]:
    try:
        return path.name, hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UnreadableError(Problem(Where(str(path)), f"it cannot be read: {error.strerror}")) from None
