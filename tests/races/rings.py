"""Fixtures of the races, a pytest plugin: an arena in each of both databases, kept for all rounds of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from arena import Arena, arena
from postgres import Server, server

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def race_server() -> Iterator[Server]:
    """Return a running PostgreSQL."""
    with server() as running:
        yield running


@pytest.fixture(scope="session", params=BACKENDS)
def ring(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """Return a record with two processes that race in it."""
    with arena(tmp_path_factory.mktemp(f"races-{request.param}"), _address(request)) as made:
        yield made


@pytest.fixture(params=BACKENDS)
def empty_database(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database."""
    return _address(request)


def _address(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return "record.db"
    running: Server = request.getfixturevalue("race_server")
    return running.database()
