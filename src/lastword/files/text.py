"""The bytes and the text of a file that a person gave us; each way of not getting them is a problem."""

from __future__ import annotations

import stat
from pathlib import Path

from lastword.errors import Problem, UnreadableError, Where

MOST_BYTES = 50 * 1024 * 1024


def unreadable(file: str, what: str, mend: str = "", line: int = 0) -> UnreadableError:
    """Return the error for a file that cannot be used at all."""
    return UnreadableError(Problem(Where(file, line), what, mend))


def read_bytes(path: Path, file: str, *, most: int = MOST_BYTES) -> bytes:
    """Return all bytes of ``path``; ``file`` is its name in problems.

    Raises UnreadableError if it is missing, no plain file, without permission, empty or larger than ``most``.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise unreadable(file, "is a directory, not a file", "name a file in it")
        if not stat.S_ISREG(mode):  # opening a pipe would wait for a writer, a device may never end
            raise unreadable(file, "is not a plain file", "name a plain file")
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except FileNotFoundError:
        raise unreadable(file, "there is no such file", "check its name and folder") from None
    except PermissionError:
        raise unreadable(file, "there is no permission to read it", "ask its owner") from None
    except (OSError, ValueError) as error:
        raise unreadable(file, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > most:
        raise unreadable(file, f"is larger than {most // 1024 // 1024} MB", "split it into several files")
    if not content:
        raise unreadable(file, "is empty", "write something into it or remove it")
    return content


def utf8_text(content: bytes, file: str) -> str:
    """Return ``content`` as text, without its byte order mark; raises UnreadableError if it is not UTF-8."""
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        what = "is UTF-16 or a binary file, not a text file in UTF-8"
        raise unreadable(file, what, "save it as text in UTF-8", line)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8 (byte 0x{content[error.start]:02X}): perhaps Latin-1 or Windows-1252"
        raise unreadable(file, what, "save it again in UTF-8", line) from None
