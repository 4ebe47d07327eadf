"""What a store cannot do. None of it is the fault of who asked; nothing of it is ever taken for a yes.

StoreError
├── NotWrittenError        nothing of the act was written; it can be asked again
├── NotAcknowledgedError   the act may be written; asking again with the same key tells
├── UnreachableError       no database answers
├── BusyError              too many wait already; nothing was written
├── ClockError             the machine's clock cannot be right
├── SchemaError            the database is of another version, or not ours
└── ReadOnlyError          the record can be read but not written
    ├── DamagedError          its stored bytes do not fit its signed head
    ├── MovedError            the record is in another database now
    ├── StandbyError          the server only follows another one
    └── RecordBehindAnchorError  the anchor knows entries, or another history, that the database has not
"""

from __future__ import annotations

from datetime import datetime

from lastword.errors import LastwordError


class StoreError(LastwordError):
    """Base of the store's errors."""


class NotWrittenError(StoreError):
    """The database or the key store refused; nothing of the act is there."""


class NotAcknowledgedError(StoreError):
    """It broke off after the act was handed to the database. Ask again with the same key: it is done once at most."""


class UnreachableError(StoreError):
    """The database cannot be reached, or was lost while it was read."""


class BusyError(StoreError):
    """So many acts wait that this one was not taken."""


class ClockError(StoreError):
    """The clock shows ``wall``; the record expects ``expected``. Writing goes on when it is right, or confirmed."""

    def __init__(self, what: str, wall: datetime, expected: datetime) -> None:
        super().__init__(what)
        self.wall, self.expected = wall, expected


class SchemaError(StoreError):
    """The tables are not the ones this program knows."""


class ReadOnlyError(StoreError):
    """Nothing can be written before somebody mends the record."""


class DamagedError(ReadOnlyError):
    """What is stored does not fit what was signed."""


class MovedError(ReadOnlyError):
    """The record is elsewhere now: this database can be read, and never written again."""


class StandbyError(ReadOnlyError):
    """The server follows another one. It can be read; it is written once it is promoted."""


class RecordBehindAnchorError(ReadOnlyError):
    """Entries ``first`` to ``last`` are missing or others than those once acknowledged, as an old backup would have it."""

    def __init__(self, first: int, last: int, size: int) -> None:
        if first <= last:
            what = f"the anchor names {last + 1} entries, and the database has {size}: entries {first} to {last} are missing"
        else:
            what = f"the database has another history than the anchor names at {size} entries"
        super().__init__(f"{what}; bring back the newer database, or run `lastword record recover`")
        self.first, self.last, self.size = first, last, size


def told(why: BaseException) -> str:
    """Return what a driver says, in one line and without what SQLAlchemy adds to it, nor the rows that PostgreSQL repeats."""
    said = getattr(why, "orig", None) or why
    short = getattr(getattr(said, "diag", None), "message_primary", None)
    return " ".join(str(short or said).split())
