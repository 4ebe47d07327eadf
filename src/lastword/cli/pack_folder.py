"""Packs that a command is told by id or by folder, read among all that there are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lastword.errors import InputError, Problem, Where
from lastword.files import packsignature
from lastword.files.suggestion import did_you_mean
from lastword.files.yaml import Map, read_yaml
from lastword.rules.book import Book
from lastword.workspace import Settings, load, named, pack_sources, packs_in_use, read_settings


def packs_named(root: Path | None, names: Sequence[str]) -> tuple[Book, Mapping[str, Path], tuple[str, ...]]:
    """Return a book of all packs there are, the folder of each, and the ids of those that were named.

    A folder takes the place of the pack of its id. Without ``names``: the packs in use. Raises InputError.
    """
    settings = read_settings(root) if root is not None else Settings()
    sources = pack_sources(root, settings)
    folders = {ident: source.folder for ident, source in sources.items()}
    ids = []
    for name in names:
        path = Path(name)
        if name in folders and not (path / "pack.yaml").is_file():
            ids.append(name)
        elif path.is_dir():
            ident = head_of(path)[0]
            folders[ident] = Path(os.path.abspath(path))
            ids.append(ident)
        else:
            mend = did_you_mean(name, folders) or "name the id of a pack, or a folder with a pack.yaml"
            raise InputError(Problem(Where(name), f"there is no pack `{name}`", mend))
    if not names:
        ids = list(packs_in_use(sources, settings.packs))
    return book_of(folders), folders, tuple(dict.fromkeys(ids))


def book_of(folders: Mapping[str, Path]) -> Book:
    """Return the rules of packs, by id. Raises InputError, also for a signature that does not fit."""
    for ident, folder in folders.items():
        if packsignature.is_signed(folder):
            packsignature.verified(folder, ident)
    return Book.of(load(folders).values())


def head_of(folder: Path) -> tuple[str, str]:
    """Return id and version of the pack in a folder. Raises InputError if there is none."""
    content = read_yaml(folder / "pack.yaml", f"{named(folder)}/pack.yaml")
    if not isinstance(content, Map) or not isinstance(content.get("id"), str):
        raise InputError(Problem(content.at, "`id` is missing", "write id: ..."))
    return content["id"], str(content.get("version") or "")
