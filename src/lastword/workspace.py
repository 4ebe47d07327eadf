"""A workspace: a folder with ``lastword.toml``, facts and own packs, opened once and asked many times."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from lastword.answers.answer import Answer
from lastword.answers.verdict import judge
from lastword.errors import InputError, Problem, UnreadableError, Where
from lastword.facts.fact import Facts
from lastword.facts.question import Question
from lastword.facts.schema import ACTS, END_USES
from lastword.facts.snapshot import Snapshot
from lastword.files.facts import merge, read_facts
from lastword.files.suggestion import did_you_mean
from lastword.files.text import read_bytes, utf8_text
from lastword.packcache import load_packs
from lastword.rules.book import Book

BUNDLED: Final = Path(__file__).with_name("packs")
SETTINGS: Final = "lastword.toml"
NOT_BY_DEFAULT: Final = frozenset({"reported-2025"})
KEYS: Final = {
    "name": "what answers call this workspace",
    "language": "`en` or `de`",
    "packs": "the packs in use; absent: all that come with Lastword but `reported-2025`, and those in packs/",
    "currency": "the currency of the workspace, ISO 4217",
}


@dataclass(frozen=True)
class Settings:
    """What ``lastword.toml`` says."""

    name: str = ""
    language: str = "en"
    packs: tuple[str, ...] | None = None
    currency: str = "EUR"


@dataclass
class Workspace:
    """Facts and rules that questions are asked of.

    >>> Workspace.open("examples/long-range-2025").ask(Question(...))  # doctest: +SKIP
    """

    root: Path
    settings: Settings
    book: Book
    facts: Facts
    _snapshots: dict[tuple[Any, ...], Snapshot] = field(default_factory=dict)

    @classmethod
    def open(cls, path: str | Path, *, cached: bool = True) -> Workspace:
        """Open the workspace in a folder. Raises InputError with everything wrong in its files at once."""
        root = Path(path)
        settings = read_settings(root)
        book = open_book(root, settings.packs, cached=cached)
        base = Facts(base=settings.currency)
        facts = read_facts(fact_files(root), terms=dict(book.fields), root=root, known=base)
        return cls(root, settings, book, facts)

    @classmethod
    def find(cls, start: str | Path = ".") -> Path:
        """Return the nearest folder upward that holds ``lastword.toml``. Raises InputError if there is none."""
        here = Path(start).resolve()
        for folder in (here, *here.parents):
            if (folder / SETTINGS).is_file():
                return folder
        raise InputError(
            Problem(
                Where(str(start)),
                f"there is no `{SETTINGS}` here or in a folder above",
                "make a workspace with `lastword init my-firm`, or name one with --workspace",
            )
        )

    def with_facts(self, paths: Iterable[str | Path]) -> Workspace:
        """Return the workspace with further facts files read on top; nothing is saved."""
        files = [Path(path) for path in paths]
        if not files:
            return self
        more = read_facts(files, terms=dict(self.book.fields), root=Path(), known=self.facts)
        return replace(self, facts=merge(self.facts, more), _snapshots={})

    def snapshot(self, question: Question) -> Snapshot:
        """Return the facts as of the question's days."""
        key = (question.as_of, question.known, question.bar, question.strict)
        if key not in self._snapshots:
            self._snapshots[key] = Snapshot(self.facts, *key)
        return self._snapshots[key]

    def ask(self, question: Question) -> Answer:
        """Answer a question. Raises InputError where the question names something that nobody knows."""
        self.check(question)
        snapshot = self.snapshot(question)
        return Answer(question, self.book, snapshot, judge(self.book, snapshot, question))

    def check(self, question: Question) -> None:
        """Raise InputError for a question that cannot be asked of these facts."""
        problems = []
        things = [name for name, kind in self.facts.kinds.items() if kind == "thing"]
        if question.thing not in things:
            mend = did_you_mean(question.thing, things) or "`lastword check` lists what the workspace holds"
            problems.append(Problem(Where("question"), f"there is no thing `{question.thing}` here", mend))
        if question.act not in ACTS:
            problems.append(
                Problem(Where("question"), f"`{question.act}` is no act", did_you_mean(question.act, ACTS))
            )
        if question.end_use not in END_USES:
            mend = did_you_mean(question.end_use, END_USES) or "one of " + ", ".join(END_USES)
            problems.append(Problem(Where("question"), f"`{question.end_use}` is no end use", mend))
        if problems:
            raise InputError(problems)


def read_settings(root: Path) -> Settings:
    """Return the settings of a workspace. Raises InputError for a file that is missing or wrong."""
    path = root / SETTINGS
    file = SETTINGS
    if not path.exists():
        raise InputError(
            Problem(
                Where(str(path)),
                "there is no such file",
                "name a workspace folder, or make one with `lastword init`",
            )
        )
    text = utf8_text(read_bytes(path, file), file)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError(Problem(Where(file), f"it is not TOML: {error}")) from None
    problems = []
    for key, value in content.items():
        if key not in KEYS:
            problems.append(Problem(Where(file), f"`{key}` is no setting", did_you_mean(key, KEYS)))
        elif key == "packs":
            if not isinstance(value, list) or not all(isinstance(pack, str) for pack in value):
                problems.append(Problem(Where(file), "`packs` must be a list of names", 'packs = ["us-ear"]'))
        elif not isinstance(value, str):
            problems.append(Problem(Where(file), f"`{key}` must be a text", f'{key} = "..."'))
    language = content.get("language", "en")
    if language not in ("en", "de"):
        problems.append(Problem(Where(file), f"`{language}` is no language here", 'language = "en" or "de"'))
    if problems:
        raise InputError(problems)
    packs = content.get("packs")
    return Settings(
        content.get("name", root.resolve().name),
        language,
        tuple(packs) if packs is not None else None,
        content.get("currency", "EUR"),
    )


def open_book(root: Path | None, packs: Sequence[str] | None = None, *, cached: bool = True) -> Book:
    """Return the rules of the named packs, or of all bundled ones; own packs of the workspace come on top."""
    available = {folder.name: folder for folder in pack_folders(BUNDLED)}
    own = {folder.name: folder for folder in pack_folders(root / "packs")} if root is not None else {}
    if packs is None:
        chosen = {name: folder for name, folder in available.items() if name not in NOT_BY_DEFAULT} | own
    else:
        known = available | own
        missing = [name for name in packs if name not in known]
        if missing:
            raise InputError(
                Problem(Where(SETTINGS), f"there is no pack `{name}`", did_you_mean(name, known))
                for name in missing
            )
        chosen = {name: known[name] for name in packs}
    return Book.of(load_packs([chosen[name] for name in sorted(chosen)], cached=cached))


def pack_folders(folder: Path) -> list[Path]:
    """Return the folders below ``folder`` that hold a pack."""
    if not folder.is_dir():
        return []
    return sorted(found for found in folder.iterdir() if (found / "pack.yaml").is_file())


def fact_files(root: Path) -> list[Path]:
    """Return the facts files of a workspace."""
    return sorted((root / "facts").glob("*.yaml"))
