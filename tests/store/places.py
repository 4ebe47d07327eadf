"""Fixtures of the tests of the store: a newly founded record in SQLite and in a real PostgreSQL.

A pytest plugin: ``pytest_plugins = ("places",)``. Tests that take ``place`` or ``store`` run with both databases.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from postgres import Server, server
from stores import CONSTITUTION, NOON, ORIGIN, ROSTER, Place

from lastword.store.installation import Installation
from lastword.store.store import Store

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Return a running PostgreSQL; with LASTWORD_POSTGRESQL=debian the system's own, the oldest we promise."""
    with server(debian=os.environ.get("LASTWORD_POSTGRESQL") == "debian") as running:
        yield running


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Return a function that founds a record once for each kind of database, to be copied."""
    made: dict[str, Path] = {}

    def found(backend: str, address: str) -> Path:
        if backend not in made:
            base = tmp_path_factory.mktemp(f"founded-{backend}")
            Installation.create(
                base / "store",
                origin=ORIGIN,
                constitution=CONSTITUTION,
                roster_changes=ROSTER,
                now=NOON - timedelta(minutes=1),
                database=address,
                private=base / "private",
            )
            (base / "address").write_text(address)
            made[backend] = base
        return made[backend]

    return found


@pytest.fixture(params=BACKENDS)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, founded: Callable[[str, str], Path]
) -> Iterator[Place]:
    """Return a newly founded record, in each of both databases in turn."""
    yield from new_place(request, request.param, tmp_path, founded)


@pytest.fixture
def sqlite_place(
    request: pytest.FixtureRequest, tmp_path: Path, founded: Callable[[str, str], Path]
) -> Iterator[Place]:
    """Return a newly founded record in SQLite, for what only files can show."""
    yield from new_place(request, "sqlite", tmp_path, founded)


@pytest.fixture
def store(place: Place) -> Store:
    """Return the store of ``place``, open."""
    return place.open()


def new_place(
    request: pytest.FixtureRequest, backend: str, tmp_path: Path, founded: Callable[[str, str], Path]
) -> Iterator[Place]:
    """Yield a copy of a founded record."""
    address = "record.db"
    if backend == "postgresql":
        running: Server = request.getfixturevalue("postgresql")
        base = founded(backend, running.database())
        template = (base / "address").read_text()
        address = running.database(like=template.partition("@/")[2].partition("?")[0])
    else:
        base = founded(backend, address)
    shutil.copytree(base / "store", tmp_path / "store")
    shutil.copytree(base / "private", tmp_path / "private")
    written = (base / "store" / "store.toml").read_text()
    written = written.replace(str(base / "private"), str(tmp_path / "private"))
    if backend == "postgresql":
        written = written.replace(template, address)
    (tmp_path / "store" / "store.toml").write_text(written)
    made = Place(backend, tmp_path / "store", tmp_path / "private")
    yield made
    made.close()
