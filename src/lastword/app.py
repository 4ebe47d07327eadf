"""The configuration, read once: which store, who acts, at what time, in which language. Nothing below reads the environment."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lastword.errors import InputError, Problem, Where
from lastword.texts import LANGUAGES
from lastword.workspace import SETTINGS, nearest

if TYPE_CHECKING:
    from lastword.clearance.desk import Desk

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9000
"""Instants beyond are slips of the hand; a day near the ends of the calendar of computers has no neighbour in another zone."""
VARIABLES: Final = {
    "store": ("LASTWORD_STORE", "the folder of the record's store; else the key `store` in lastword.toml"),
    "as": ("LASTWORD_AS", "who acts: the id of a person of the roster"),
    "at": ("LASTWORD_AT", "what time it is, in a practice store only"),
    "lang": ("LASTWORD_LANG", "en or de"),
}
"""option -> variable of the environment that stands in for it, and what it says."""


@dataclass(frozen=True, slots=True)
class Configured:
    """``person`` acts, as deputy of ``principal`` if that is not empty. ``at``: the time of a practice store."""

    store: Path
    person: str = ""
    principal: str = ""
    at: datetime | None = None
    language: str = ""


def configured(
    environment: Mapping[str, str],
    here: Path,
    *,
    store: Path | None = None,
    person: str | None = None,
    principal: str | None = None,
    at: str | None = None,
    lang: str | None = None,
) -> Configured:
    """Return what the options say, else the environment, else the nearest ``lastword.toml`` above ``here``.

    Raises InputError: no store is named, an instant without its zone, a language that is none.
    """
    language = lang or environment.get("LASTWORD_LANG", "")
    if language and language not in LANGUAGES:
        raise InputError(Problem(Where("--lang"), f"`{language}` is no language here", "use `en` or `de`"))
    time = at or environment.get("LASTWORD_AT") or ""
    return Configured(
        store=store or _store(environment, here),
        person=person or environment.get("LASTWORD_AS", ""),
        principal=principal or "",
        at=instant("--at" if at else "LASTWORD_AT", time) if time else None,
        language=language,
    )


def instant(option: str, typed: str) -> datetime:
    """Return an instant in UTC. Raises InputError for one without a zone: nine o'clock is not the same everywhere."""
    mend = "write e.g. 2026-11-22T09:00Z or 2026-11-22T10:00+01:00"
    try:
        found = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise InputError(Problem(Where(option), f"`{typed}` is no instant", mend)) from None
    if found.tzinfo is None:
        raise InputError(Problem(Where(option), f"`{typed}` does not say in which zone", mend))
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InputError(
            Problem(Where(option), f"`{typed}` is in no year from {FIRST_YEAR} to {LAST_YEAR}", mend)
        )
    return found.astimezone(UTC)


def _store(environment: Mapping[str, str], here: Path) -> Path:
    named = environment.get("LASTWORD_STORE")
    if named:
        return Path(named)
    folder = nearest(here)
    if folder is not None:
        try:
            content = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(Problem(Where(SETTINGS), f"it cannot be read: {error}")) from None
        store = content.get("store")
        if isinstance(store, str) and store:
            return folder / store
    raise InputError(
        Problem(
            Where("--store"),
            "no store is named",
            f'add --store FOLDER, set LASTWORD_STORE, or write store = "FOLDER" into {SETTINGS}; '
            "`lastword store init FOLDER` makes one",
        )
    )


@contextmanager
def opened(config: Configured) -> Iterator[Desk]:
    """Open the desk of a store, and close it in the end."""
    from lastword.clearance.desk import Desk  # a question to a workspace needs no database

    with Desk.open(config.store, at=config.at) as desk:
        yield desk
