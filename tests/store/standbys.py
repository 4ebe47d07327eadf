"""What the tests with two PostgreSQL servers share: the pair, and acts that wait."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any

import sqlalchemy as sa

sys.path.append(str(Path(__file__).parents[1]))

from postgres import Server
from stores import Place

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
