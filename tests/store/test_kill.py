"""A writer killed with SIGKILL, in the middle of whatever it does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stores import Place

pytest_plugins = ("places",)
KILLS = Path(__file__).parents[2] / "bench" / "kills.py"


def test_killed_writers_lose_and_double_nothing(place: Place) -> None:
    """Five processes killed one after the other: every acknowledged act is there, once, and all fits together."""
    address = "record.db"
    if place.backend == "postgresql":
        address = place.installation.database
        place.close()
        database = place.installation.open_database()
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        database.close()
    ran = subprocess.run(
        [sys.executable, str(KILLS), "--kills", "5", "--seed", "1", "--database", address],
        capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("5 kills")
    assert ran.stdout.endswith(" 0 amiss\n")
    assert " 0 acknowledged" not in ran.stdout
