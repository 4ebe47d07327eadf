"""A workspace: a folder with ``lastword.toml``, facts and own packs, opened once and asked many times."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lastword.answers.answer import Answer
from lastword.answers.verdict import judge
from lastword.errors import InputError, Problem, UnreadableError, Where
from lastword.facts.audience import SEES, seen_by
from lastword.facts.fact import Facts
from lastword.facts.question import Question
from lastword.facts.schema import ACTS, END_USES
from lastword.facts.snapshot import Snapshot
from lastword.files.facts import merge, read_facts
from lastword.files.packdigest import SIGNATURE
from lastword.files.suggestion import did_you_mean
from lastword.files.text import read_bytes, utf8_text
from lastword.packcache import load_packs
from lastword.rules.book import Book
from lastword.rules.rule import Pack

if TYPE_CHECKING:
    from lastword.files.packsignature import Signed
    from lastword.record.note import Verifier

BUNDLED: Final = Path(__file__).with_name("packs")
SETTINGS: Final = "lastword.toml"
OUTSIDE: Final = "LASTWORD_PACKS"
"""The variable of the environment that names further folders with packs, as PATH names folders with programs."""
NOT_BY_DEFAULT: Final = frozenset({"firm", "reported-2025"})
KEYS: Final = {
    "name": "what answers call this workspace",
    "language": "`en` or `de`",
    "packs": "the packs in use; absent: all that come with Lastword but `reported-2025` and `firm`, and those in packs/",
    "currency": "the currency of the workspace, ISO 4217",
    "pack_folders": "further folders with packs, as seen from this one",
    "trust": "the keys of which one must have signed every pack that does not come with Lastword",
    "store": "the folder of the record's store, as seen from this one",
}
_LISTS: Final = {
    "packs": ("names", 'packs = ["us-ear"]'),
    "pack_folders": ("folders", 'pack_folders = ["../shared-packs"]'),
    "trust": (
        "keys",
        'trust = ["example.org+1c2d3e4f+AQ..."]; `lastword pack key` and who signed tell the key',
    ),
}


@dataclass(frozen=True)
class Settings:
    """What ``lastword.toml`` says."""

    name: str = ""
    language: str = "en"
    packs: tuple[str, ...] | None = None
    currency: str = "EUR"
    pack_folders: tuple[str, ...] = ()
    trust: tuple[Verifier, ...] = ()


@dataclass(frozen=True, slots=True)
class PackSource:
    """Where a pack is taken from. ``place``: the folder as a reader knows it, "" if it comes with Lastword.

    ``replaces``: it takes the place of one that comes with Lastword.
    """

    folder: Path
    place: str = ""
    replaces: bool = False


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
        book = open_book(root, settings.packs, cached=cached, settings=settings)
        base = Facts(base=settings.currency)
        facts = read_facts(fact_files(root), terms=dict(book.fields), root=root, known=base)
        return cls(root, settings, book, facts)

    @classmethod
    def find(cls, start: str | Path = ".") -> Path:
        """Return the nearest folder upward that holds ``lastword.toml``. Raises InputError if there is none."""
        found = nearest(start)
        if found is not None:
            return found
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

    def seen_by(self, reader: str) -> Workspace:
        """Return what a kind of reader of facts.audience.SEES may see of it."""
        book, sees = self.book, SEES[reader]
        rules = {name: rule for name, rule in book.rules.items() if rule.audience in sees}
        if len(rules) != len(book.rules):
            book = replace(book, rules=rules)
        return replace(self, book=book, facts=seen_by(self.facts, reader), _snapshots={})

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


def nearest(start: str | Path = ".") -> Path | None:
    """Return the nearest folder upward that holds ``lastword.toml``, None if there is none."""
    here = Path(start).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / SETTINGS).is_file()), None)


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
        elif key in _LISTS:
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                what, mend = _LISTS[key]
                problems.append(Problem(Where(file), f"`{key}` must be a list of {what}", mend))
        elif not isinstance(value, str):
            problems.append(Problem(Where(file), f"`{key}` must be a text", f'{key} = "..."'))
    language = content.get("language", "en")
    if language not in ("en", "de"):
        problems.append(Problem(Where(file), f"`{language}` is no language here", 'language = "en" or "de"'))
    if problems:
        raise InputError(problems)
    trust = _keys(content["trust"], Where(f"{file}: trust")) if "trust" in content else ()
    packs = content.get("packs")
    return Settings(
        content.get("name", root.resolve().name),
        language,
        tuple(packs) if packs is not None else None,
        content.get("currency", "EUR"),
        tuple(content.get("pack_folders", ())),
        trust,
    )


def _keys(texts: Sequence[str], at: Where) -> tuple[Verifier, ...]:
    from lastword.record.note import Verifier  # read only where somebody signs

    keys: list[Verifier] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            keys.append(Verifier.read(text, at))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(keys)


def open_book(
    root: Path | None,
    packs: Sequence[str] | None = None,
    *,
    cached: bool = True,
    settings: Settings | None = None,
) -> Book:
    """Return the rules of the named packs, or of all there are but those that must be asked for by name.

    ``settings``: those of the workspace ``root``, where they were read already. Raises InputError: a pack that nobody
    has, two of one name, a signature that does not fit or is none of those trusted, and every fault in the packs.
    """
    if settings is None:
        settings = read_settings(root) if root is not None and (root / SETTINGS).is_file() else Settings()
    chosen = packs_in_use(pack_sources(root, settings), packs)
    signed = {name: _signed(name, one, settings.trust) for name, one in chosen.items()}
    found = load({name: one.folder for name, one in chosen.items()}, cached=cached)
    return Book.of(_placed(pack, chosen[name], signed[name]) for name, pack in found.items())


def load(folders: Mapping[str, Path], *, cached: bool = True) -> Mapping[str, Pack]:
    """Return the packs in folders, by id. Raises InputError: every fault in them, and a pack that is not called like
    its folder.
    """
    names = sorted(folders)
    found = load_packs([folders[name] for name in names], cached=cached)
    problems = []
    if len(found) != len(names):
        problems = [problem for name in names for problem in _without_id(folders[name])]
    else:
        for name, pack in zip(names, found, strict=True):
            if pack.id != name:
                what = f"the pack calls itself `{pack.id}`, but its folder has another name"
                mend = f"rename the folder to `{pack.id}`"
                problems.append(Problem(Where(f"{named(folders[name])}/pack.yaml"), what, mend))
    if problems:
        raise InputError(problems)
    return dict(zip(names, found, strict=True))


def _without_id(folder: Path) -> Iterator[Problem]:
    from lastword.files.yaml import Map, read_yaml  # read only where something is wrong

    file = f"{named(folder)}/pack.yaml"
    content = read_yaml(folder / "pack.yaml", file)
    if not isinstance(content, Map) or "id" not in content:
        yield Problem(Where(file), "`id` is missing", f"write id: {named(folder)}")


def shipped() -> Mapping[str, Path]:
    """Return the packs that come with Lastword: id -> folder."""
    return {folder.name: folder for folder in pack_folders(BUNDLED)}


def pack_sources(root: Path | None, settings: Settings) -> Mapping[str, PackSource]:
    """Return every pack there is, by id: those that come with Lastword, the workspace's own, and those of the folders
    that its settings and the environment name.

    One from outside takes the place of one that comes with Lastword. Raises InputError for two from outside of one id,
    and for a folder that is not there.
    """
    found = {name: PackSource(folder) for name, folder in shipped().items()}
    problems = []
    for at, folder, place in _outside(root, settings):
        if not folder.is_dir():
            problems.append(Problem(at, f"there is no folder `{place}`", "correct it or take it out"))
        for pack in [folder] if (folder / "pack.yaml").is_file() else pack_folders(folder):
            told = place if pack == folder else f"{place.rstrip('/')}/{pack.name}"
            name = named(pack)
            before = found.get(name)
            if before is not None and before.place:
                if before.folder.resolve() != pack.resolve():
                    what = f"the pack `{name}` is in two places: {before.place} and {told}"
                    problems.append(Problem(at, what, "take one away"))
                continue
            found[name] = PackSource(pack, told, replaces=before is not None)
    if problems:
        raise InputError(problems)
    return found


def packs_in_use(known: Mapping[str, PackSource], packs: Sequence[str] | None) -> Mapping[str, PackSource]:
    """Return the packs that are named, or all but those that must be asked for by name. Raises InputError."""
    if packs is None:
        return {name: one for name, one in known.items() if one.place or name not in NOT_BY_DEFAULT}
    missing = [name for name in packs if name not in known]
    if missing:
        raise InputError(
            Problem(Where(SETTINGS), f"there is no pack `{name}`", did_you_mean(name, known))
            for name in missing
        )
    return {name: known[name] for name in packs}


def _outside(root: Path | None, settings: Settings) -> Iterator[tuple[Where, Path, str]]:
    """Return the folders with packs that do not come with Lastword: who names them, the folder, what to call it."""
    if root is not None and (root / "packs").is_dir():
        yield Where("packs"), root / "packs", "packs"
    for name in settings.pack_folders:
        yield Where(SETTINGS), (root or Path()) / name, name
    for name in os.environ.get(OUTSIDE, "").split(os.pathsep):
        if name:
            yield Where(OUTSIDE), Path(name), name


def _signed(ident: str, source: PackSource, trust: Sequence[Verifier]) -> Signed | None:
    """Return what the signature of a pack says; None if it has none and needs none.

    Raises InputError if it does not fit, or if it needs one of those trusted.
    """
    if not os.path.lexists(source.folder / SIGNATURE):
        if trust and source.place:
            raise InputError(
                Problem(
                    Where(source.place),
                    f"the pack `{ident}` is not signed, and `trust` in {SETTINGS} asks for a signature",
                    f"lastword pack sign {source.place} --key FILE",
                )
            )
        return None
    from lastword.files import packsignature  # read only where somebody signs

    signed = packsignature.verified(source.folder, ident)
    if trust and source.place:
        packsignature.trusted(source.folder, signed, trust)
    return signed


def _placed(pack: Pack, source: PackSource, signed: Signed | None) -> Pack:
    """Return a pack with where it comes from and who signed it."""
    if not source.place:
        return pack
    by = signed.key.name if signed is not None else ""
    return replace(pack, place=source.place, replaces=source.replaces, signed=by)


def named(folder: Path) -> str:
    """Return the name of a folder as it was reached, be it ``.`` or a link."""
    return Path(os.path.abspath(folder)).name


def pack_folders(folder: Path) -> list[Path]:
    """Return the folders below ``folder`` that hold a pack."""
    if not folder.is_dir():
        return []
    return sorted(found for found in folder.iterdir() if (found / "pack.yaml").is_file())


def fact_files(root: Path) -> list[Path]:
    """Return the facts files of a workspace."""
    return sorted((root / "facts").glob("*.yaml"))
