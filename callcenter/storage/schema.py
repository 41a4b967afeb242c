"""Brings a database to today's schema: alembic migrations, or all at once for a throw-away database.

Alembic is loaded when it is needed: a rehearsal on a database in memory never does.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

import callcenter.storage.action_tables
import callcenter.storage.desk_tables
import callcenter.storage.people_tables  # noqa: F401 - the tables of the quality books, of the desk and of people stand on Base
from callcenter.storage import field_tables, figure_tables, guards, ledger_tables, report_tables, resident_tables, survey_tables, telephone_tables  # noqa: F401 - their tables stand on Base
from callcenter.storage.tables import Base

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(engine: sa.Engine) -> None:
    """Run every migration that is missing; safe to run again, and by several processes one after the other."""
    from alembic import command

    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(engine: sa.Engine) -> tuple[str | None, str | None]:
    """The migration the database is at, and the newest there is."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return at, ScriptDirectory.from_config(_config()).get_current_head()


def create_at_once(engine: sa.Engine) -> None:
    """Tables and triggers without the migrations' history; for rehearsals and tests. A test compares the two."""
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        guards.install(connection)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
