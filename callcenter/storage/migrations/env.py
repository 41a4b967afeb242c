"""Alembic's entry: migrates the connection it is handed, or compares it with the tables for a new revision."""

from typing import Any, Literal

from alembic import context

from callcenter.storage import telephone_tables  # noqa: F401 - its tables stand on Base
from callcenter.storage.codec import Json, Moment
from callcenter.storage.tables import Base


def _plain(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """A migration names the databases' own types, so that it still runs when ours have moved on."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.BigInteger()"
    return "sa.Text()" if kind == "type" and isinstance(item, Json) else False


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=_plain)
with context.begin_transaction():
    context.run_migrations()
