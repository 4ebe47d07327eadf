"""The tables, one schema for SQLite and PostgreSQL. Instants are whole microseconds since 1970, in UTC.

Rows of ``entry``, ``node`` and ``head`` are never changed or deleted: triggers refuse it (see migrations). What may be
erased lies in ``disclosure.sealed`` and ``blob`` alone, as ciphertext whose keys are in the vault.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

REVISION: Final = "0001"
"""The migration these tables are made by; a test holds it to the newest one."""

Whole: Final = Integer().with_variant(BigInteger, "postgresql")
Name: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Sorted byte by byte, as SQLite and Python do."""
metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

entry: Final = Table(
    "entry",
    metadata,
    Column("idx", Whole, primary_key=True, autoincrement=False, comment="index in the log, from 0"),
    Column(
        "body", LargeBinary, nullable=False, comment="the signed entry, byte for byte what the tree hashes"
    ),
    Column("stream", Name, nullable=False),
    Column("no", Whole, nullable=False, comment="number in its stream, from 1"),
    Column("kind", Name, nullable=False),
    UniqueConstraint("stream", "no"),
    sqlite_strict=True,
)
"""``stream``, ``no`` and ``kind`` are copies from the kept part, to find entries by; the kept part is what is signed."""

disclosure: Final = Table(
    "disclosure",
    metadata,
    Column("idx", Whole, nullable=False),
    Column("name", Name, nullable=False),
    Column("digest", Name, nullable=False, comment="as it stands in the entry"),
    Column("audience", Name, nullable=False),
    Column("text", Text, comment="of a kept disclosure"),
    Column("sealed", LargeBinary, comment="of an erasable one: nonce and ciphertext of its text"),
    Column("erased_by", Whole, comment="the entry that says it was erased"),
    PrimaryKeyConstraint("idx", "name"),
    CheckConstraint(
        "(text IS NOT NULL AND sealed IS NULL AND erased_by IS NULL)"
        " OR (text IS NULL AND (sealed IS NULL) = (erased_by IS NOT NULL))",
        name="kept_sealed_or_erased",
    ),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
Index(
    "ix_disclosure_digest",
    disclosure.c.digest,
    sqlite_where=disclosure.c.text.is_(None),
    postgresql_where=disclosure.c.text.is_(None),
)

node: Final = Table(
    "node",
    metadata,
    Column(
        "level",
        Whole,
        nullable=False,
        comment="of tiles: 0 are the entries, 1 stands for 256 of them, and so on",
    ),
    Column("n", Whole, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "n"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""The hashes of the tiles, one a row: an entry adds one, and every 256th one more. 256 neighbours are a tile."""

head: Final = Table(
    "head",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False, comment="entries"),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False, comment="the signed checkpoint"),
    Column("at", Whole, nullable=False, comment="writer's time"),
    sqlite_strict=True,
)

cosignature: Final = Table(
    "cosignature",
    metadata,
    Column("size", Whole, nullable=False),
    Column("name", Name, nullable=False, comment="of the witness"),
    Column("line", Text, nullable=False),
    PrimaryKeyConstraint("size", "name"),
    sqlite_strict=True,
)

state: Final = Table(
    "state",
    metadata,
    Column("stream", Name, primary_key=True),
    Column("no", Whole, nullable=False),
    Column("last_idx", Whole, nullable=False),
    Column("last_leaf", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False, comment="JSON"),
    sqlite_strict=True,
)
"""What the entries of each stream come to. It can be made again from them at any time."""

listing: Final = Table(
    "listing",
    metadata,
    Column("word", Name, nullable=False),
    Column("stream", Name, nullable=False),
    PrimaryKeyConstraint("word", "stream"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""By which words a stream is found, e.g. ``status:open``; made from its state."""

timer: Final = Table(
    "timer",
    metadata,
    Column("stream", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("due_at", Whole, nullable=False),
    PrimaryKeyConstraint("stream", "name"),
    sqlite_strict=True,
)
Index("ix_timer_due_at", timer.c.due_at)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("idx", Whole, nullable=False, comment="the entry it follows from"),
    Column("what", LargeBinary, nullable=False, comment="JSON"),
    Column("done", Whole, comment="when it was done"),
    sqlite_strict=True,
)
Index(
    "ix_outbox_open",
    outbox.c.id,
    sqlite_where=outbox.c.done.is_(None),
    postgresql_where=outbox.c.done.is_(None),
)

request: Final = Table(
    "request",
    metadata,
    Column("key", Name, primary_key=True),
    Column("digest", Name, nullable=False),
    Column("result", LargeBinary, nullable=False, comment="JSON"),
    Column("idx", Whole, nullable=False, comment="the last entry it wrote, -1 for none"),
    sqlite_strict=True,
)
"""What came of each act that was asked for with a key, so that asking twice does once."""

blob: Final = Table(
    "blob",
    metadata,
    Column("digest", Name, primary_key=True),
    Column("data", LargeBinary, comment="clear, or nonce and ciphertext; NULL once erased"),
    Column("sealed", Whole, nullable=False, comment="1 if its key is in the vault"),
    Column("erased_by", Whole),
    sqlite_strict=True,
)

FOREVER: Final = ("entry", "node", "head")
"""Tables whose rows stay as they are."""

vault_metadata: Final = MetaData()

vault_key: Final = Table(
    "vault_key",
    vault_metadata,
    Column("digest", Name, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""The key of each sealed disclosure or blob, in a database of its own: without it the ciphertext is noise."""
