"""Fixtures: a primary PostgreSQL and a standby that its commits wait for, both real, and a record in them.

A pytest plugin: ``pytest_plugins = ("pair",)``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from places import server
from postgres import Server
from stores import CONSTITUTION, NOON, ORIGIN, ROSTER, Place

from lastword.store import schema as t
from lastword.store.installation import Installation


@dataclass
class Pair:
    """A record in ``primary``, which ``standby`` follows. ``name``: of the database in both."""

    primary: Server
    standby: Server
    name: str
    place: Place

    def at(self, server: Server) -> Installation:
        """Return the installation as it would be with its database in one of the servers."""
        return replace(self.place.installation, database=server.address(self.name))

    def lose_standby(self) -> None:
        """End the standby, so that a commit waits for it without end."""
        self.standby.kill()

    def fail_over(self) -> None:
        """Let the primary's machine die, and the standby take its place."""
        if self.primary.process is not None:
            self.primary.kill()
        if self.standby.process is None:
            self.standby.start()
        self.standby.promote()

    def heads(self, server: Server) -> dict[int, bytes]:
        """Return the signed heads in one of the servers, by size."""
        database = self.at(server).open_database()
        try:
            with database.reading() as session:
                rows = session.rows(sa.select(t.head.c.size, t.head.c.note))
        finally:
            database.close()
        return {size: bytes(note) for size, note in rows}


class Waiting(Thread):
    """An act in a thread of its own, for acts that wait; ``came`` is its result or its error."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._act = act
        self.came: Any = None
        self.start()

    def run(self) -> None:
        """Do it."""
        try:
            self.came = self._act()
        except Exception as why:
            self.came = why

    def end(self) -> Any:
        """Wait for what came, and return it."""
        self.join(30)
        assert not self.is_alive()
        return self.came


@pytest.fixture(scope="session")
def first_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pair, Path]]:
    """Return a newly founded record in a primary with a synchronous standby, both stopped, to be copied."""
    base = tmp_path_factory.mktemp("pair")
    with server(debian=os.environ.get("LASTWORD_POSTGRESQL") == "debian") as primary:
        standby = primary.standby()
        primary.set("synchronous_standby_names", "*")
        primary.wait_for_standbys()
        address = primary.database()
        Installation.create(
            base / "store",
            origin=ORIGIN,
            constitution=CONSTITUTION,
            roster_changes=ROSTER,
            now=NOON - timedelta(minutes=1),
            database=address,
            private=base / "private",
        )
        primary.stop()
        standby.stop()
        name = address.partition("@/")[2].partition("?")[0]
        yield Pair(primary, standby, name, Place("postgresql", base / "store", base / "private")), base


@pytest.fixture
def pair(first_pair: tuple[Pair, Path], tmp_path: Path) -> Iterator[Pair]:
    """Return a newly founded record in a primary with a synchronous standby, both running."""
    first, base = first_pair
    primary, standby = first.primary.copy(), first.standby.copy()
    try:
        standby.follow(primary)
        primary.start()
        standby.start()
        primary.wait_for_standbys()
        shutil.copytree(base, tmp_path, dirs_exist_ok=True)
        toml = tmp_path / "store" / "store.toml"
        said = toml.read_text().replace(str(base), str(tmp_path))
        toml.write_text(said.replace(str(first.primary.folder), str(primary.folder)))
        place = Place("postgresql", tmp_path / "store", tmp_path / "private")
        yield Pair(primary, standby, first.name, place)
        place.close()
    finally:
        standby.close()
        primary.close()
