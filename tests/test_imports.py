"""The direction of imports is a promise of the design."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_no_package_imports_what_stands_above_it() -> None:
    """Import-linter holds the layers of section 10 of the design, and keeps clock, files and network out of the core."""
    root = Path(__file__).parent.parent
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(root / ".importlinter")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
