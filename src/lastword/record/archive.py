"""A zip archive that can be written in one way only: stored, in the given order, without times, comments or extras.

What is read must be, byte for byte, what ``pack`` writes from the same files. So there is nothing in it that two
programs could read differently, nothing hidden between the files, and nothing that grows when it is unpacked.

Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from typing import Final

from lastword.errors import InputError, Problem, Where

MOST_BYTES: Final = 200_000_000
MOST_FILES: Final = 65_000  # a zip without extensions counts its files in 16 bits
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_LOCAL_MARK: Final = b"PK\x03\x04"
_VERSION: Final = 20
_FIRST_DAY: Final = 0x21  # 1 January 1980, the first day that a zip can name
_NAME: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*(?:/[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)*"
)
_LONGEST_NAME: Final = 200
_HERE: Final = Where("bundle")

Files = Sequence[tuple[str, bytes]]


def pack(files: Files) -> bytes:
    """Return the archive of ``files`` (name, content), in this order.

    Raises InputError for a name that leads outside or comes twice, and for more than MOST_BYTES or MOST_FILES.
    """
    _check(files)
    whole: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, content in files:
        raw = name.encode("ascii")
        crc = zlib.crc32(content)
        about = (_VERSION, 0, 0, 0, _FIRST_DAY, crc, len(content), len(content), len(raw), 0)
        whole += (_LOCAL.pack(_LOCAL_MARK, *about), raw, content)
        directory += (_CENTRAL.pack(b"PK\x01\x02", _VERSION, *about, 0, 0, 0, 0, offset), raw)
        offset += _LOCAL.size + len(raw) + len(content)
    listed = b"".join(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(files), len(files), len(listed), offset, 0)
    return b"".join((*whole, listed, end))


def unpack(archive: bytes) -> tuple[tuple[str, bytes], ...]:
    """Return the files of ``archive`` in their order. Raises InputError unless ``pack`` writes just these bytes."""
    if len(archive) > MOST_BYTES:
        raise _refused("is larger than 200 MB", "ask for it in parts, e.g. one stream each")
    files: list[tuple[str, bytes]] = []
    at = 0
    while archive[at : at + len(_LOCAL_MARK)] == _LOCAL_MARK and len(files) <= MOST_FILES:
        name, content, at = _file(archive, at)
        files.append((name, content))
    if not files or pack(files) != archive:
        raise _refused("is no archive as Lastword writes it", "get it again, as it was handed out")
    return tuple(files)


def _file(archive: bytes, at: int) -> tuple[str, bytes, int]:
    try:
        head = _LOCAL.unpack_from(archive, at)
    except struct.error:
        raise _refused("ends in the middle of a file", "get it again") from None
    size, length = head[8], head[9]
    start = at + _LOCAL.size + length
    if start + size > len(archive):
        raise _refused("ends in the middle of a file", "get it again")
    try:
        name = archive[at + _LOCAL.size : start].decode("ascii")
    except UnicodeDecodeError:
        raise _refused("holds a file with an unusable name", "get it again, as it was handed out") from None
    content = archive[start : start + size]
    if zlib.crc32(content) != head[6]:
        raise _refused("holds a file that was damaged on its way", "get it again, as it was handed out")
    return name, content, start + size


def _check(files: Files) -> None:
    if len(files) > MOST_FILES:
        raise _refused(f"holds more than {MOST_FILES} files", "ask for it in parts, e.g. one stream each")
    if sum(len(content) for _name, content in files) > MOST_BYTES:
        raise _refused("is larger than 200 MB", "ask for it in parts, e.g. one stream each")
    seen: set[str] = set()
    for name, _content in files:
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            raise _refused(
                f"holds a file with an unusable name, `{name[:40]}`", "get it again, as it was handed out"
            )
        if name.lower() in seen:
            raise _refused(f"holds `{name}` twice", "get it again, as it was handed out")
        seen.add(name.lower())


def _refused(what: str, mend: str) -> InputError:
    return InputError(Problem(_HERE, what, mend))
