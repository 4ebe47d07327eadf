"""A pack of one's own to begin with: files that load, with cases that pass, and remarks on what to fill in.

The drafts are in ``drafts/``, a folder for each kind. A line that begins with ``#en`` or ``#de`` is a remark in that
language; ``@word@`` is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

KINDS: Final = {
    "release": "internal release: two persons must say yes",
    "supplier": "a supplier's contract forbids passing its goods on without its consent",
    "policy": "a group policy: a list of destinations that need the yes of one person",
}
NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_DRAFTS: Final = Path(__file__).with_name("drafts")
_REMARK: Final = re.compile(r"^#(en|de) (.*\n)", re.MULTILINE)
_WORD: Final = re.compile(r"@([a-zA-Z]+)@")
_MANUAL: Final = {"en": "Export control manual", "de": "Handbuch Exportkontrolle"}


def draft(kind: str, name: str, *, state: str, firm: str, language: str, today: date) -> Mapping[str, str]:
    """Return the files of a new pack: path in its folder -> text. ``firm``: what texts call the firm."""
    words = {
        "name": name,
        "ID": name.upper(),
        "table": name.replace("-", "_"),
        "state": state,
        "there": "IN" if state != "IN" else "JP",
        "firm": firm.replace("\\", "").replace('"', "'"),
        "manual": _MANUAL[language],
        "today": today.isoformat(),
        "year": str(today.year - 1),
        "before": str(today.year - 2),
        "version": f"{today.year}.{today.month}.1",
    }

    def remark(found: re.Match[str]) -> str:
        return f"# {found[2]}" if found[1] == language else ""

    def filled(text: str) -> str:
        return _WORD.sub(lambda found: words[found[1]], _REMARK.sub(remark, text))

    root = _DRAFTS / kind
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix().replace("rules/rules", f"rules/{name}").replace("cases/cases", f"cases/{name}"):
        filled(path.read_text(encoding="utf-8"))
        for path in files
    }  # fmt: skip
