"""Run by Alembic: the connection comes from ``lastword.store.database``, so that all happens in one transaction."""

from __future__ import annotations

from alembic import context

from lastword.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
