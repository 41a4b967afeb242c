"""Alembic's entry: migrates the connection it is handed, or compares it with the tables for a new revision."""

from alembic import context

from callcenter.storage.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
