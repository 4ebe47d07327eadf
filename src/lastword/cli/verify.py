"""``lastword verify``: whether a bundle shows what it claims to."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Any, Final

import click

from lastword.answers.told.page import WIDTH
from lastword.cli.errors import exit_on_input_error
from lastword.errors import Where
from lastword.files.text import read_bytes
from lastword.record.archive import MOST_BYTES
from lastword.record.policy import Policy
from lastword.record.verdict import Check, Claims, Outcome, Shown, Told, Verdict
from lastword.record.verify import verify as verified
from lastword.texts import _, several, speak

EXIT_CODES: Final = {Outcome.OK: 0, Outcome.FAILED: 1, Outcome.CANNOT_TELL: 2}
_MOST_SHOWN: Final = 50
_LONGEST: Final = 300
_KEPT_SHORT: Final = 160


@click.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--policy",
    "policy_file",
    required=True,
    type=click.Path(path_type=Path),
    help="Whom you trust: logs, witnesses and a quorum (C2SP tlog-policy). Not the one in the bundle.",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    help="A checkpoint that you kept from before: the record must go on from it.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def verify(bundle: Path, policy_file: Path, since: Path | None, as_json: bool, lang: str | None) -> None:
    """Say whether BUNDLE, the evidence that somebody handed you about a case, holds.

    Nothing is asked of the record, of the network, or of who handed it out: all trust comes from --policy. What was not
    checked is said at the end.

    Exit code: 0 verified, 1 refused, 2 if something that was claimed cannot be told, or the input cannot be used.
    """
    speak(lang or "en")
    policy = Policy.read(read_bytes(policy_file, str(policy_file)), Where(str(policy_file)))
    before = read_bytes(since, str(since)) if since is not None else None
    verdict = verified(read_bytes(bundle, str(bundle), most=MOST_BYTES), policy, before)
    if as_json:
        text = json.dumps(_json(verdict), ensure_ascii=False, indent=2)
        # Also what JSON lets stand, such as marks that turn the direction of writing, must not reach a terminal.
        click.echo(
            "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)
        )
    else:
        for line in _page(str(bundle), verdict):
            click.echo(line)
    raise SystemExit(EXIT_CODES[verdict.outcome])


def said(told: Told) -> str:
    """Return a sentence in the language in use, without anything that could move the cursor of a terminal."""
    return printable(_(told.says) % told.about)


def printable(text: str) -> str:
    """Return ``text`` with all that is no visible character written as an escape."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _page(name: str, verdict: Verdict) -> Iterator[str]:
    titles = {
        Outcome.OK: _("VERIFIED: %(name)s"),
        Outcome.FAILED: _("REFUSED: %(name)s"),
        Outcome.CANNOT_TELL: _("CANNOT TELL: %(name)s"),
    }
    yield titles[verdict.outcome] % {"name": printable(name)}
    if verdict.claims is not None:
        yield from _about(verdict.claims)
    blocks = (
        (_("What is wrong:"), Outcome.FAILED),
        (_("What cannot be told:"), Outcome.CANNOT_TELL),
        (_("What holds:"), Outcome.OK),
    )
    for title, outcome in blocks:
        yield from _block(title, [_line(check) for check in verdict.checks if check.outcome is outcome])
    if verdict.claims is not None:
        yield from _entries(verdict.claims)
    if verdict.outcome is Outcome.FAILED:
        yield ""
        yield _filled(_("Do not rely on anything in it. Keep it as it is, and ask who gave it to you."), "")
    opened = [check.told for check in verdict.checks if check.outcome is Outcome.CANNOT_TELL]
    rest = [said(told) for told in verdict.not_checked if told not in opened]
    yield from _block(_("What was not checked:"), rest)


def _about(claims: Claims) -> Iterator[str]:
    entries = several("%(n)d entry", "%(n)d entries", claims.size)
    words = {"log": printable(claims.origin), "entries": entries}
    yield _("The record %(log)s, when it had %(entries)s.") % words
    for stream, number in claims.whole.items():
        words = {"stream": printable(stream), "entries": several("%(n)d entry", "%(n)d entries", number)}
        yield _("%(stream)s is whole: %(entries)s.") % words


def _entries(claims: Claims) -> Iterator[str]:
    """Return the entries of what the bundle is about; those that only carry it are counted."""
    about = [one for one in claims.entries if one.stream in claims.streams or not claims.streams]
    yield ""
    yield _("What it shows:")
    for one in about[:_MOST_SHOWN]:
        yield from _entry(one)
    more = len(about) - _MOST_SHOWN
    if more > 0:
        yield "  " + _("... and %(n)s more; --json shows all") % {"n": more}
    rest = len(claims.entries) - len(about)
    if rest:
        entries = several("%(n)d entry", "%(n)d entries", rest)
        yield _filled(
            _("and %(entries)s of other streams, on which these rest; --json shows them")
            % {"entries": entries},
            "  ",
        )


def _entry(one: Shown) -> Iterator[str]:
    place = f"{one.stream} {one.number}" if one.stream is not None else ""
    what = one.kind or _("(not shown)")
    yield printable(f"  {one.index:>5}  {one.at:%Y-%m-%d %H:%M:%S} UTC  {what}  {place}".rstrip())
    if one.signed_by is not None:
        yield "         " + printable(
            _("signed by %(person)s with their own key") % {"person": one.signed_by}
        )
    for name, value in one.fields.items():
        short = _short(value)
        yield _filled(
            printable(f"{name}: {short[:_LONGEST]}{'...' if short[_LONGEST:] else ''}"), "         "
        )
    for name, value in one.data.items():
        short = _short(value)
        if value not in ("", None, [], {}) and len(short) <= _KEPT_SHORT:  # the long ones are for programs
            yield _filled(printable(f"{name}: {short}"), "         ")
    for by in sorted(set(one.erased.values())):
        yield "         " + _("a field was erased, as entry %(entry)s says") % {"entry": by}


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _block(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        for line in dict.fromkeys(lines):
            yield _filled(line, "  - ")


def _line(check: Check) -> str:
    return said(check.told)


def _filled(text: str, inset: str) -> str:
    return fill(
        text,
        WIDTH,
        initial_indent=inset,
        subsequent_indent=" " * len(inset),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _json(verdict: Verdict) -> dict[str, Any]:
    claims = verdict.claims
    return {
        "outcome": str(verdict.outcome),
        "checks": [
            {"name": check.name, "outcome": str(check.outcome), "detail": said(check.told)}
            for check in verdict.checks
        ],
        "claims": None
        if claims is None
        else {
            "origin": claims.origin,
            "size": claims.size,
            "root": base64.b64encode(claims.root).decode(),
            "case": claims.case,
            "streams": list(claims.streams),
            "whole": dict(claims.whole),
            "entries": [_entry_json(one) for one in claims.entries],
        },
        "not_checked": [said(told) for told in verdict.not_checked],
    }


def _entry_json(one: Shown) -> dict[str, Any]:
    return {
        "index": one.index,
        "at": one.at.isoformat(),
        "kind": one.kind,
        "stream": one.stream,
        "number": one.number,
        "data": one.data,
        "fields": one.fields,
        "closed": one.closed,
        "erased": one.erased,
        "signed_by": one.signed_by,
    }
