"""The published vectors beside this file; where they come from is told in ``vectors/SOURCES.md``."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent / "vectors"


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of one file of vectors."""
    found = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    assert isinstance(found, list)
    return found


def signatures() -> list[tuple[str, dict[str, Any]]]:
    """Return the cases of Wycheproof for Ed25519: public key in hex, case."""
    found = json.loads((VECTORS / "wycheproof-ed25519.json").read_text(encoding="utf-8"))
    return [(group["publicKey"]["pk"], case) for group in found["testGroups"] for case in group["tests"]]


def raw(text: str) -> bytes:
    """Return the bytes of a value in base64."""
    return base64.b64decode(text)
