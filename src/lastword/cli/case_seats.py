"""The acts of offices on a case: ask, advise, agree, object, decide, countersign, escalate, close."""

from __future__ import annotations

from typing import Any, Final

import click

from lastword.cases.acts import (
    Act,
    Advise,
    Agree,
    Ask,
    BreakTheGlass,
    Close,
    Countersign,
    Decide,
    DropProviso,
    Escalate,
    ItemVerdict,
    Object,
    ProvisoAsked,
)
from lastword.cases.procedure import OUTCOMES, VIEWS
from lastword.cli.acting import WORDS, Acting, acting, amount
from lastword.cli.case_words import CASE
from lastword.cli.signing import signable
from lastword.cli.telling import tell_case
from lastword.errors import InputError, Problem, Where
from lastword.files.suggestion import unknown_word

_CLEARANCE: Final = click.option(
    "--clearance",
    default="",
    metavar="KEY",
    help="Which consent of the case, where your office leaves a choice, e.g. GB/ECJU:SIEL.",
)
_TEXT: Final = click.option(
    "--text", type=WORDS, default="", metavar="TEXT", help="Your words; - reads them from standard input."
)
_PROVISO: Final = click.option(
    "--proviso", "provisos", multiple=True, metavar="TEXT", help="A condition on the licence, in words."
)
_OWNER: Final = click.option(
    "--owner", default="", metavar="OFFICE", help="Who alone may drop these provisos; left out: your office."
)
_GROUND: Final = click.option(
    "--ground",
    "grounds",
    multiple=True,
    metavar="CODE",
    help="A ground of refusal of the procedure, e.g. 2c.",
)
_ROUND: Final = click.option(
    "--round",
    "round_",
    type=click.IntRange(min=1),
    metavar="N",
    help="The round you read: refused if the request was amended since.",
)


def _done(acting: Acting, act: Act) -> None:
    tell_case(acting, acting.do(act))


def _asked(provisos: tuple[str, ...], owner: str) -> tuple[ProvisoAsked, ...]:
    return tuple(ProvisoAsked(text, owner) for text in provisos)


@click.command("query")
@click.argument("case", type=CASE)
@click.option("--text", type=WORDS, required=True, metavar="TEXT",
              help="The question; - reads it from standard input.")  # fmt: skip
@_CLEARANCE
@acting
def query(acting: Acting, case: str, text: str, clearance: str) -> None:
    """Put a question to the applicant. Where the procedure says so, the clock stops until it is answered."""
    _done(acting, Ask(**acting.who, case=case, clearance=clearance, text=text, query=""))


@click.command("advise")
@click.argument("case", type=CASE)
@click.argument("view", type=click.Choice(VIEWS))
@_TEXT
@_PROVISO
@_OWNER
@_GROUND
@_CLEARANCE
@_ROUND
@acting
@signable
def advise(
    acting: Acting,
    case: str,
    view: str,
    text: str,
    provisos: tuple[str, ...],
    owner: str,
    grounds: tuple[str, ...],
    clearance: str,
    round_: int | None,
) -> None:
    """Give the view of your office on a case. With --proviso, `approve` is an approval with provisos."""
    if provisos and view == "approve":
        view = "approve_with_proviso"
    _done(
        acting,
        Advise(
            **acting.who,
            case=case,
            clearance=clearance,
            view=view,
            nonce="",
            text=text,
            provisos=_asked(provisos, owner),
            grounds=grounds,
            round=round_ or 0,
        ),
    )


@click.command("agree")
@click.argument("case", type=CASE)
@click.option("--no", "no", is_flag=True, help="Say no.")
@_TEXT
@_PROVISO
@_OWNER
@_CLEARANCE
@_ROUND
@acting
@signable
def agree(
    acting: Acting,
    case: str,
    no: bool,
    text: str,
    provisos: tuple[str, ...],
    owner: str,
    clearance: str,
    round_: int | None,
) -> None:
    """Say yes to a case where your office must agree; with --no, say no."""
    _done(
        acting,
        Agree(
            **acting.who,
            case=case,
            clearance=clearance,
            nonce="",
            yes=not no,
            text=text,
            provisos=_asked(provisos, owner),
            round=round_ or 0,
        ),
    )


@click.command("object")
@click.argument("case", type=CASE)
@click.option("--release", is_flag=True, help="Take the objection back.")
@_TEXT
@_CLEARANCE
@_ROUND
@acting
@signable
def object_(acting: Acting, case: str, release: bool, text: str, clearance: str, round_: int | None) -> None:
    """Object where your office may: while it stands, nothing can be granted."""
    _done(
        acting,
        Object(
            **acting.who,
            case=case,
            clearance=clearance,
            nonce="",
            release=release,
            text=text,
            round=round_ or 0,
        ),
    )


@click.command("decide")
@click.argument("case", type=CASE)
@click.argument("outcome", type=click.Choice(OUTCOMES))
@click.option("--item", "items", multiple=True, metavar="ITEM=OUTCOME[:QUANTITY]",
              help="Another outcome for one item, e.g. 2=not_required or 1=grant:5.")  # fmt: skip
@_GROUND
@_PROVISO
@_OWNER
@click.option("--drop", multiple=True, metavar="PROVISO",
              help="Leave a proviso of the advice out; its owner must have agreed.")  # fmt: skip
@click.option(
    "--text-applicant", type=WORDS, default="", metavar="TEXT", help="The reasons, for the applicant."
)
@click.option("--text-file", type=WORDS, default="", metavar="TEXT", help="The reasons, for the file only.")
@_CLEARANCE
@_ROUND
@acting
@signable
def decide(
    acting: Acting,
    case: str,
    outcome: str,
    items: tuple[str, ...],
    grounds: tuple[str, ...],
    provisos: tuple[str, ...],
    owner: str,
    drop: tuple[str, ...],
    text_applicant: str,
    text_file: str,
    clearance: str,
    round_: int | None,
) -> None:
    """Decide a case. Provisos of the advice become part of a grant; a refusal names its grounds.

    OUTCOME holds for all items that --item does not name.
    """
    _done(
        acting,
        Decide(
            **acting.who,
            case=case,
            clearance=clearance,
            nonce="",
            outcome=outcome,
            items=tuple(_verdict(one) for one in items),
            grounds=grounds,
            provisos=_asked(provisos, owner),
            drop=drop,
            for_applicant=text_applicant,
            for_file=text_file,
            round=round_ or 0,
        ),
    )


@click.command("countersign")
@click.argument("case", type=CASE)
@click.option("--no", "no", is_flag=True, help="Reject it: it is then decided again.")
@click.option("--decision", default="", metavar="DIGEST",
              help="The decision you read: refused if it is another by now. Left out: the one that waits.")  # fmt: skip
@_TEXT
@_CLEARANCE
@_ROUND
@acting
@signable
def countersign(
    acting: Acting, case: str, no: bool, decision: str, text: str, clearance: str, round_: int | None
) -> None:
    """Confirm the decision that waits for it; with --no, reject it."""
    _done(
        acting,
        Countersign(
            **acting.who,
            case=case,
            clearance=clearance,
            nonce="",
            yes=not no,
            decision=decision,
            text=text,
            round=round_ or 0,
        ),
    )


@click.command("escalate")
@click.argument("case", type=CASE)
@_TEXT
@_CLEARANCE
@acting
def escalate(acting: Acting, case: str, text: str, clearance: str) -> None:
    """Take a decision with which your office disagrees to the next instance, in time."""
    _done(acting, Escalate(**acting.who, case=case, clearance=clearance, text=text))


@click.command("close")
@click.argument("case", type=CASE)
@_TEXT
@acting
def close(acting: Acting, case: str, text: str) -> None:
    """Close a case whose question stayed unanswered."""
    _done(acting, Close(**acting.who, case=case, text=text))


@click.command("drop-proviso")
@click.argument("case", type=CASE)
@click.argument("proviso")
@_TEXT
@_CLEARANCE
@acting
def drop_proviso(acting: Acting, case: str, proviso: str, text: str, clearance: str) -> None:
    """Agree that a proviso of your office is dropped, before the decision."""
    _done(
        acting,
        DropProviso(**acting.who, case=case, clearance=clearance, proviso=proviso, text=text),
    )


@click.command("break-glass")
@click.argument("case", type=CASE)
@click.option("--text", type=WORDS, required=True, metavar="TEXT",
              help="Why it cannot wait; - reads it from standard input.")  # fmt: skip
@click.option("--item", "items", multiple=True, metavar="ITEM:QUANTITY", help="Not all of it, e.g. 1:5.")
@_CLEARANCE
@acting
def break_glass(acting: Acting, case: str, text: str, items: tuple[str, ...], clearance: str) -> None:
    """Let one act go ahead before the decision, where the procedure has it. It is reviewed afterwards."""
    _done(
        acting,
        BreakTheGlass(
            **acting.who,
            case=case,
            clearance=clearance,
            licence="",
            text=text,
            items=tuple(_lot(one) for one in items),
        ),
    )


def _verdict(typed: str) -> ItemVerdict:
    item, equals, rest = typed.partition("=")
    outcome, colon, quantity = rest.partition(":")
    if not equals or not item.strip():
        raise InputError(
            Problem(Where("--item"), f"`{typed}` is not ITEM=OUTCOME", "e.g. --item 2=not_required")
        )
    if outcome not in OUTCOMES:
        raise InputError(Problem(Where("--item"), *unknown_word("an outcome", outcome, OUTCOMES)))
    taken: dict[str, Any] = {"quantity": amount("--item", quantity)} if colon else {}
    return ItemVerdict(item.strip(), outcome, **taken)


def _lot(typed: str) -> ItemVerdict:
    item, colon, quantity = typed.partition(":")
    return ItemVerdict(item.strip(), "grant", amount("--item", quantity) if colon else None)
