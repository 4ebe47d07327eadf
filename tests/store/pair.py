"""Fixtures: a primary PostgreSQL and a standby that its commits wait for, both real, and a record in them.

A pytest plugin: ``pytest_plugins = ("places", "pair")``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from postgres import server
from standbys import Pair
from stores import CONSTITUTION, NOON, ORIGIN, ROSTER, Place

from lastword.store.installation import Installation


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
