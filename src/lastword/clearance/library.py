"""What was loaded, kept so that it can be asked again: the files of a workspace and the packs in use.

A pack is one JSON text of its files, named by its SHA-256; it is laid out again in a folder of the cache, from which it is
read as any other pack. The files of a workspace may tell of persons: they are laid out only while they are read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import platformdirs

from lastword.cases.loadevents import PackLoaded
from lastword.errors import InputError, Problem, Where
from lastword.facts.fact import Facts
from lastword.files.facts import read_facts
from lastword.files.packdigest import SIGNATURE, digest_of, pack_files
from lastword.files.text import read_bytes
from lastword.record.json import read_written, written
from lastword.record.refusal import RecordError
from lastword.rules.book import Book
from lastword.workspace import SETTINGS, Workspace, fact_files, load, read_settings

FACTS: Final = "facts"
_TABLES: Final = (".yaml", ".csv")

Files = Mapping[str, bytes]
"""Path within a folder, with slashes -> content."""


class NotKeptError(InputError):
    """What was loaded is not in the record any more, or a copy of it is damaged."""

    def __init__(self, what: str) -> None:
        super().__init__(Problem(Where("record"), what, "load the workspace again with `lastword load`"))
        self.what = what


def workspace_files(root: Path) -> Files:
    """Return the files of a workspace that answers rest on: ``lastword.toml`` and all tables and facts below ``facts/``."""
    paths = [root / SETTINGS]
    paths += sorted(
        path for path in (root / FACTS).rglob("*") if path.suffix.lower() in _TABLES and path.is_file()
    )
    return {name: read_bytes(path, name) for path in paths if (name := path.relative_to(root).as_posix())}


def rule_files(folder: Path) -> Files:
    """Return the files of a pack that answers rest on, with its signature if it has one."""
    paths = pack_files(folder)
    if (folder / SIGNATURE).is_file():
        paths.append(folder / SIGNATURE)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def rules_digest_of(files: Files) -> str:
    """Return the digest of a pack's rules as ``packdigest.digest_of`` gives it, from its files in the order of ``rule_files``."""
    found = hashlib.sha256()
    for name, content in files.items():
        if name != SIGNATURE:
            found.update(f"{name}\0{len(content)}\0".encode())
            found.update(content)
    return found.hexdigest()


def told(name: str, content: bytes) -> dict[str, str]:
    """Return a file as plain data: as text if it is one, else as base64."""
    try:
        return {"path": name, "text": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"path": name, "base64": base64.b64encode(content).decode()}


def file_of(data: Any) -> tuple[str, bytes]:
    """Return path and content of a file told as plain data. Raises NotKeptError for what ``told`` never makes."""
    if not isinstance(data, Mapping) or not isinstance(data.get("path"), str):
        raise NotKeptError("a file that was loaded is damaged: it has no path")
    name: str = data["path"]
    place = PurePosixPath(name)
    if not name or place.is_absolute() or ".." in place.parts or "\\" in name or "\0" in name:
        raise NotKeptError(f"a file that was loaded is damaged: its path `{name}` leads elsewhere")
    if isinstance(data.get("text"), str):
        return name, data["text"].encode()
    try:
        return name, base64.b64decode(data["base64"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise NotKeptError(f"the file `{name}` that was loaded is damaged") from None


def archive(files: Files) -> bytes:
    """Return files as one text, in the one way it can be written: canonical JSON, by path."""
    return written({"files": [told(name, files[name]) for name in sorted(files)]})


def files_of(content: bytes) -> Files:
    """Return the files in an archive. Raises NotKeptError."""
    try:
        data = read_written(content)
    except RecordError as why:
        raise NotKeptError(f"what was loaded is damaged: {why}") from None
    found = data.get("files") if isinstance(data, Mapping) else None
    if not isinstance(found, list):
        raise NotKeptError("what was loaded is damaged: it holds no files")
    return dict(file_of(one) for one in found)


def digest(content: bytes) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of a cache in which packs are laid out. Deleting it loses nothing but time."""

    folder: Path

    @classmethod
    def usual(cls) -> Shelf:
        """Return the one in the user's cache."""
        return cls(Path(platformdirs.user_cache_dir("lastword")) / "loaded")

    def pack(self, row: PackLoaded, content: Callable[[], bytes]) -> Path:
        """Return the folder of a pack. ``content()``: its archive, asked for only where it does not lie there yet.

        Raises NotKeptError if what is there is not what was loaded.
        """
        folder = self.folder / row.archive / row.id
        if not folder.is_dir() or not _intact(folder, row):
            self._lay_out(folder, row, content())
        return folder

    def _lay_out(self, folder: Path, row: PackLoaded, content: bytes) -> None:
        if digest(content) != row.archive:
            raise NotKeptError(f"the pack `{row.id}` that was loaded is damaged")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Under another name first, so that another process never reads half a pack.
        made = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            _write(made / row.id, files_of(content))
            if digest_of(made / row.id) != row.digest:
                raise NotKeptError(f"the pack `{row.id}` that was loaded has other rules than its entry says")
            if folder.parent.exists():
                shutil.rmtree(folder.parent, ignore_errors=True)
            try:
                os.rename(made, folder.parent)
            except OSError:
                if not _intact(folder, row):
                    raise
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _intact(folder: Path, row: PackLoaded) -> bool:
    return folder.is_dir() and digest_of(folder) == row.digest


def open_book(rows: Sequence[PackLoaded], folders: Mapping[str, Path], *, cached: bool = True) -> Book:
    """Return the rules of packs that were loaded, with where they were taken from at that time."""
    found = load(folders, cached=cached)
    return Book.of(
        replace(found[row.id], place=row.place, replaces=row.replaces, signed=row.signed)
        if row.place
        else found[row.id]
        for row in rows
    )


def open_workspace(files: Files, book: Book) -> Workspace:
    """Return a workspace of files and rules that were loaded; on the disk it is only while it is read.

    Raises InputError as for any workspace; what was checked when it was loaded is so again only by another version of Lastword.
    """
    with tempfile.TemporaryDirectory(prefix="lastword-") as temporary:
        root = Path(temporary) / "workspace"
        _write(root, files)
        settings = read_settings(root)
        base = Facts(base=settings.currency)
        facts = read_facts(fact_files(root), terms=dict(book.fields), root=root, known=base)
    return Workspace(Path(), settings, book, facts)


def unkept(files: Files, workspace: Workspace) -> Iterator[Problem]:
    """Yield what a workspace reads and its files, as they are kept, do not say again."""
    try:
        again = open_workspace(files, workspace.book)
    except InputError as error:
        yield from error.problems
        return
    if again.facts != workspace.facts:
        yield Problem(
            Where(FACTS),
            "the facts rest on files that are not kept, or changed while they were read",
            "name only .csv tables below facts/, and load again",
        )


def _write(root: Path, files: Files) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)
