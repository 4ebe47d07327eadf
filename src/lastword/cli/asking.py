"""The question as it is typed: the options that ``ask`` and ``settle`` share, and what they mean."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from lastword.errors import InputError, Problem, Where
from lastword.facts.fact import Money, Standing
from lastword.facts.question import MOVEMENTS, Party, Question
from lastword.facts.schema import ACTS, CIRCUMSTANCES, END_USES, ROLES
from lastword.facts.unknown import NONE, Nothing
from lastword.files.places import country
from lastword.files.suggestion import did_you_mean, unknown_word
from lastword.files.values import Refused, day, money, number
from lastword.reach.subject import Assumption
from lastword.texts import LANGUAGES, speak

if TYPE_CHECKING:
    from lastword.answers.answer import Answer
    from lastword.workspace import Workspace

BARS: Final = ("confirmed", "asserted", "reported")
_ID: Final = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)+")


@dataclass(frozen=True)
class Asked:
    """A question typed on the command line, its workspace, and what the asker left open.

    ``full``: the workspace with what the reader may not see, None if that is nothing.
    """

    workspace: Workspace
    question: Question
    taken: tuple[Assumption, ...]
    typed: str
    full: Workspace | None = None

    def answer(self) -> Answer:
        """Return the answer, with what the asker left open among the assumptions."""
        return replace(self.workspace.ask(self.question), taken=self.taken)

    def full_answer(self) -> Answer:
        """Return the answer on all facts and rules, also those that the reader may not see."""
        return replace((self.full or self.workspace).ask(self.question), taken=self.taken)


def question_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a question to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Final = (
    click.argument("thing"),
    click.option(
        "--workspace", type=click.Path(path_type=Path), help="The workspace; else the nearest one upward."
    ),
    click.option(
        "--store",
        type=click.Path(path_type=Path, file_okay=False),
        help="Ask what is loaded in this store instead; with --known what was loaded at the end of that day (UTC).",
    ),
    click.option(
        "--act",
        metavar="ACT",
        help=f"What is done: {', '.join(ACTS)}. Left out: export, or retransfer within one state.",
    ),
    click.option("--from", "from_", metavar="PLACE", help="Where it is: a country by code or name."),
    click.option("--to", metavar="PLACE", help="Where it goes, or against which territory it is used."),
    click.option("--end-use", metavar="WORD", help=f"For what: {', '.join(END_USES)}."),
    click.option(
        "--end-use-text",
        metavar="TEXT",
        default="",
        help="For what, in your words; only repeated in the answer.",
    ),
    click.option(
        "--end-user",
        metavar="NAME",
        help="By whom: a party of the facts, or a name looked up in the party lists.",
    ),
    click.option(
        "--party",
        "parties",
        multiple=True,
        metavar="ROLE=NAME",
        help=f"A further party; roles: {', '.join(ROLES)}.",
    ),
    click.option("--route", metavar="PLACES", help="Through which countries, e.g. NL,AE."),
    click.option(
        "--value",
        metavar="AMOUNT",
        help='The value of the whole order, e.g. 10000USD; "none" if it has none.',
    ),
    click.option("--quantity", metavar="N", help="How many."),
    click.option(
        "--circumstance",
        metavar="WORD",
        help=f"Why it moves: {', '.join(CIRCUMSTANCES)}. Left out: sale, as an assumption.",
    ),
    click.option(
        "--as-of", metavar="DAY", help="The law and the facts of which day, e.g. 2026-11-22. Left out: today."
    ),
    click.option("--known", metavar="DAY", help="As far as was known on which day. Left out: today."),
    click.option(
        "--standing",
        metavar="WORD",
        help="The least firm facts that count: confirmed, asserted or reported (the default).",
    ),
    click.option("--strict", is_flag=True, help="Assume and presume nothing."),
    click.option(
        "--with",
        "with_files",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Facts to read on top; nothing is saved.",
    ),
    click.option("--lang", metavar="LANG", help="en or de. Left out: the language of the workspace."),
)


def asked(*, today: date, opened: Workspace | None = None, reader: str = "", **typed: Any) -> Asked:
    """Return the question that was typed. Raises InputError with everything wrong in it at once.

    ``opened``: the workspace, where it is open already. ``reader``: who asks, a kind of reader of facts.audience.SEES.
    """
    from lastword.workspace import Workspace

    language = typed["lang"]
    if language is not None:
        if language not in LANGUAGES:
            raise InputError(
                Problem(Where("--lang"), f"`{language}` is no language here", "use `en` or `de`")
            )
        speak(language)
    if typed.get("store") is not None:
        workspace = _loaded(typed)
    else:
        workspace = opened or Workspace.open(typed["workspace"] or Workspace.find())
    if language is None and not os.environ.get("LASTWORD_LANG"):
        speak(workspace.settings.language)
    workspace = full = workspace.with_facts(typed["with_files"])
    if reader:
        workspace = seen(workspace, reader)
    reading = _Reading(workspace, typed, today)
    question = reading.question()
    if reading.problems:
        raise InputError(reading.problems)
    workspace.check(question)
    return Asked(workspace, question, tuple(reading.taken), command_words(typed), full)


def _loaded(typed: dict[str, Any]) -> Workspace:
    """Return what is loaded in a store, now or at the end of the day ``--known``."""
    from lastword.clearance.loaded import Loads  # a question to files needs no database
    from lastword.record.refusal import RecordError
    from lastword.store.installation import Installation
    from lastword.store.refusal import StoreError

    if typed["workspace"] is not None:
        what = "a question is asked of a workspace or of a store, not of both"
        raise InputError(Problem(Where("--store"), what, "leave out --workspace or --store"))
    known = None
    if typed["known"] is not None:
        try:
            known = day(typed["known"])
        except Refused as refused:
            raise InputError(Problem(Where("--known"), refused.what, refused.mend)) from None
    try:
        with Installation.open(typed["store"]) as store:
            loads = Loads(store)
            return (loads.now() if known is None else loads.known(known)).workspace
    except (StoreError, RecordError) as why:
        raise InputError(Problem(Where("--store"), str(why))) from why


def seen(workspace: Workspace, reader: str) -> Workspace:
    """Return what a kind of reader may see of a workspace."""
    return workspace.seen_by(reader)


class _Reading:
    """Reads the options; what is wrong is collected."""

    def __init__(self, workspace: Workspace, typed: dict[str, Any], today: date) -> None:
        self.workspace = workspace
        self.typed = typed
        self.today = today
        self.problems: list[Problem] = []
        self.taken: list[Assumption] = []

    def question(self) -> Question:
        """Return the question."""
        typed = self.typed
        here, there = self._places()
        return Question(
            thing=self._thing(),
            act=self._act(here, there),
            from_=here,
            to=there,
            as_of=self._day("as_of"),
            known=self._day("known"),
            end_use=self._end_use(),
            end_use_text=typed["end_use_text"],
            end_user=typed["end_user"] or "",
            value=self._value(),
            quantity=self._quantity(),
            route=self._route(),
            parties=tuple(self._parties()),
            circumstance=self._circumstance(),
            bar=self._bar(),
            strict=typed["strict"],
        )

    def wrong(self, option: str, what: str, mend: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(Where(option), what, mend))

    def _thing(self) -> str:
        thing = str(self.typed["thing"])
        things = [name for name, kind in self.workspace.facts.kinds.items() if kind == "thing"]
        if thing not in things:
            called = [
                t
                for t in things
                if thing.casefold() in (n.casefold() for n in self.workspace.facts.names.get(t, {}).values())
            ]
            if len(called) == 1:
                return called[0]
            mend = did_you_mean(thing, things) or "`lastword check` says what the workspace holds"
            self.wrong("THING", f"there is no thing `{thing}` in this workspace", mend)
        return thing

    def _places(self) -> tuple[str, str]:
        found = []
        for option, name in (("--from", "from_"), ("--to", "to")):
            typed = self.typed[name]
            if typed is None:
                found.append("")
            else:
                found.append(self._place(option, typed))
        here, there = found
        if not here and self.typed["from_"] is None:
            self.wrong("--from", "the question does not say from where", "add --from, e.g. --from DE")
        if not there and self.typed["to"] is None:
            if self.typed["act"] in ("retransfer", "use", "disposal") and here:
                there = here
            else:
                self.wrong("--to", "the question does not say where to", "add --to, e.g. --to IN")
        return here, there

    def _place(self, option: str, typed: str) -> str:
        code = country(typed)
        if code is None:
            self.wrong(
                option,
                f"`{typed}` is no country",
                _country_meant(typed) or "use an ISO code such as DE, or a name",
            )
        return code or ""

    def _act(self, here: str, there: str) -> str:
        act = self.typed["act"]
        if act is None:
            act = "retransfer" if here and here == there else "export"
            self.taken.append(Assumption("act", act))
        elif act not in ACTS:
            self.wrong("--act", *unknown_word("an act", act, ACTS))
        return str(act)

    def _end_use(self) -> str:
        word = self.typed["end_use"]
        if word is None:
            if self.typed["act"] is None or self.typed["act"] in MOVEMENTS:
                self.taken.append(Assumption("end use", "unknown"))
            return "unknown"
        if word not in END_USES:
            self.wrong("--end-use", *unknown_word("an end use", word, END_USES))
        return str(word)

    def _circumstance(self) -> str | None:
        word = self.typed["circumstance"]
        if word is None:
            if self.typed["strict"]:
                return None
            if self.typed["act"] is None or self.typed["act"] in MOVEMENTS:
                self.taken.append(Assumption("circumstance", "sale"))
            return "sale"
        if word not in CIRCUMSTANCES:
            self.wrong("--circumstance", *unknown_word("a circumstance", word, CIRCUMSTANCES))
        return str(word)

    def _day(self, name: str) -> date:
        typed = self.typed[name]
        if typed is None:
            return self.today
        try:
            return day(typed)
        except Refused as refused:
            self.wrong("--" + name.replace("_", "-"), refused.what, refused.mend)
            return self.today

    def _bar(self) -> Standing:
        word = self.typed["standing"]
        if word is not None and word not in BARS:
            self.wrong("--standing", *unknown_word("a standing that can be asked for", word, BARS))
            return Standing.REPORTED
        return Standing[word.upper()] if word else Standing.REPORTED

    def _value(self) -> Money | Nothing | None:
        typed = self.typed["value"]
        if typed is None:
            return None
        if typed.strip().lower() == "none":
            return NONE
        try:
            found = money(typed.strip().upper())
        except Refused as refused:
            self.wrong("--value", refused.what, refused.mend)
            return None
        facts = self.workspace.facts
        if found.currency not in {facts.base, *facts.rates}:
            self.wrong(
                "--value",
                f"there is no rate for {found.currency}",
                f'add rates: {{{found.currency}: "0.92"}} to a facts file',
            )
        return found

    def _quantity(self) -> Fraction | None:
        typed = self.typed["quantity"]
        if typed is None:
            return None
        try:
            return number(typed.strip())
        except Refused as refused:
            self.wrong("--quantity", refused.what, refused.mend)
            return None

    def _route(self) -> tuple[str, ...]:
        typed = self.typed["route"]
        if not typed:
            return ()
        return tuple(place for one in typed.split(",") if (place := self._place("--route", one)))

    def _parties(self) -> Iterator[Party]:
        if self.typed["end_user"]:
            yield self._party("--end-user", "end_user", self.typed["end_user"])
        for one in self.typed["parties"]:
            role, equals, name = one.partition("=")
            if not equals or not name.strip():
                self.wrong("--party", f"`{one}` is not ROLE=NAME", "e.g. --party consignee=acme")
            elif role not in ROLES:
                self.wrong("--party", *unknown_word("a role", role, ROLES))
            else:
                yield self._party("--party", role, name.strip())

    def _party(self, option: str, role: str, name: str) -> Party:
        kinds = self.workspace.facts.kinds
        known = [ident for ident, kind in kinds.items() if kind == "party"]
        if name in known:
            return Party(name, role)
        called = [
            p
            for p in known
            if name.casefold() in (n.casefold() for n in self.workspace.facts.names.get(p, {}).values())
        ]
        if len(called) == 1:
            return Party(called[0], role)
        # What looks like an id and almost is one is a slip, not a name to look up.
        near = did_you_mean(name, known) if _ID.fullmatch(name) else ""
        if near:
            self.wrong(option, f"there is no party `{name}` in this workspace", near)
        if kinds.get(name) == "thing":
            self.wrong(
                option, f"`{name}` is a thing, not a party", "name a party of the facts, or a person or firm"
            )
        return Party(name, role)


def _country_meant(typed: str) -> str:
    from babel import Locale

    names = [name for language in LANGUAGES for name in Locale(language).territories.values()]
    return did_you_mean(typed, names)


def command_words(typed: dict[str, Any]) -> str:
    """Return the question as it would be typed again."""
    words: list[str] = [typed["thing"]]
    names = {"from_": "from", "with_files": "with", "parties": "party"}
    for name, value in typed.items():
        if name == "thing" or value is None or value is False or value in ("", ()):
            continue
        option = "--" + names.get(name, name).replace("_", "-")
        if value is True:
            words.append(option)
        else:
            for one in value if isinstance(value, tuple) else (value,):
                words += [option, str(one)]
    return quoted(words)


def quoted(words: Sequence[str]) -> str:
    """Return words as a shell takes them."""
    return " ".join(shlex.quote(word) for word in words)
