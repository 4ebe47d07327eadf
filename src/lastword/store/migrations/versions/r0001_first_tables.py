"""The first tables, and the triggers that keep the rows of some of them as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lastword.store.database import forever

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "entry",
        sa.Column("idx", _WHOLE, autoincrement=False, comment="index in the log, from 0"),
        sa.Column(
            "body",
            sa.LargeBinary(),
            nullable=False,
            comment="the signed entry, byte for byte what the tree hashes",
        ),
        sa.Column("stream", _NAME, nullable=False),
        sa.Column("no", _WHOLE, nullable=False, comment="number in its stream, from 1"),
        sa.Column("kind", _NAME, nullable=False),
        sa.PrimaryKeyConstraint("idx", name="pk_entry"),
        sa.UniqueConstraint("stream", "no", name="uq_entry_stream_no"),
        sqlite_strict=True,
    )
    op.create_table(
        "disclosure",
        sa.Column("idx", _WHOLE, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("digest", _NAME, nullable=False, comment="as it stands in the entry"),
        sa.Column("audience", _NAME, nullable=False),
        sa.Column("text", sa.Text(), comment="of a kept disclosure"),
        sa.Column("sealed", sa.LargeBinary(), comment="of an erasable one: nonce and ciphertext of its text"),
        sa.Column("erased_by", _WHOLE, comment="the entry that says it was erased"),
        sa.PrimaryKeyConstraint("idx", "name", name="pk_disclosure"),
        sa.CheckConstraint(
            "(text IS NOT NULL AND sealed IS NULL AND erased_by IS NULL)"
            " OR (text IS NULL AND (sealed IS NULL) = (erased_by IS NOT NULL))",
            name=op.f("ck_disclosure_kept_sealed_or_erased"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_disclosure_digest",
        "disclosure",
        ["digest"],
        sqlite_where=sa.text("text IS NULL"),
        postgresql_where=sa.text("text IS NULL"),
    )
    op.create_table(
        "node",
        sa.Column(
            "level",
            _WHOLE,
            nullable=False,
            comment="of tiles: 0 are the entries, 1 stands for 256 of them, and so on",
        ),
        sa.Column("n", _WHOLE, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "n", name="pk_node"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "head",
        sa.Column("size", _WHOLE, autoincrement=False, comment="entries"),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False, comment="the signed checkpoint"),
        sa.Column("at", _WHOLE, nullable=False, comment="writer's time"),
        sa.PrimaryKeyConstraint("size", name="pk_head"),
        sqlite_strict=True,
    )
    op.create_table(
        "cosignature",
        sa.Column("size", _WHOLE, nullable=False),
        sa.Column("name", _NAME, nullable=False, comment="of the witness"),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", "name", name="pk_cosignature"),
        sqlite_strict=True,
    )
    op.create_table(
        "state",
        sa.Column("stream", _NAME),
        sa.Column("no", _WHOLE, nullable=False),
        sa.Column("last_idx", _WHOLE, nullable=False),
        sa.Column("last_leaf", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("stream", name="pk_state"),
        sqlite_strict=True,
    )
    op.create_table(
        "listing",
        sa.Column("word", _NAME, nullable=False),
        sa.Column("stream", _NAME, nullable=False),
        sa.PrimaryKeyConstraint("word", "stream", name="pk_listing"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "timer",
        sa.Column("stream", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("due_at", _WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("stream", "name", name="pk_timer"),
        sqlite_strict=True,
    )
    op.create_index("ix_timer_due_at", "timer", ["due_at"])
    op.create_table(
        "outbox",
        sa.Column("id", _WHOLE),
        sa.Column("idx", _WHOLE, nullable=False, comment="the entry it follows from"),
        sa.Column("what", sa.LargeBinary(), nullable=False, comment="JSON"),
        sa.Column("done", _WHOLE, comment="when it was done"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["id"],
        sqlite_where=sa.text("done IS NULL"),
        postgresql_where=sa.text("done IS NULL"),
    )
    op.create_table(
        "request",
        sa.Column("key", _NAME),
        sa.Column("digest", _NAME, nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False, comment="JSON"),
        sa.Column("idx", _WHOLE, nullable=False, comment="the last entry it wrote, -1 for none"),
        sa.PrimaryKeyConstraint("key", name="pk_request"),
        sqlite_strict=True,
    )
    op.create_table(
        "blob",
        sa.Column("digest", _NAME),
        sa.Column("data", sa.LargeBinary(), comment="clear, or nonce and ciphertext; NULL once erased"),
        sa.Column("sealed", _WHOLE, nullable=False, comment="1 if its key is in the vault"),
        sa.Column("erased_by", _WHOLE),
        sa.PrimaryKeyConstraint("digest", name="pk_blob"),
        sqlite_strict=True,
    )
    for statement in forever(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Nothing: a record is not taken down by a program."""
    raise NotImplementedError("the record cannot be taken down")
