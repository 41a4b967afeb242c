"""The migrations and the tables say the same, on both databases, triggers included."""

import pytest
import sqlalchemy as sa

from callcenter.storage import schema
from callcenter.storage.store import make_engine
from callcenter.storage.tables import Base


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    return request.getfixturevalue("postgres_database")


def shape(engine):
    """Tables, columns, indexes and triggers as the database itself describes them."""
    seen = sa.inspect(engine)
    tables = {t: ({c["name"]: str(c["type"]) for c in seen.get_columns(t)}, sorted(i["name"] for i in seen.get_indexes(t)))
              for t in seen.get_table_names() if t != "alembic_version"}
    names = ("SELECT name FROM sqlite_master WHERE type = 'trigger'" if engine.dialect.name == "sqlite"
             else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    with engine.connect() as connection:
        return tables, sorted(connection.execute(sa.text(names)).scalars())


def test_migrating_an_empty_database_gives_what_the_tables_say(empty_database, tmp_path):
    migrated = make_engine(empty_database)
    schema.upgrade(migrated)
    tables, triggers = shape(migrated)
    assert set(tables) == set(Base.metadata.tables)
    for name, table in Base.metadata.tables.items():
        assert set(tables[name][0]) == {c.name for c in table.columns}, name
        assert set(tables[name][1]) >= {i.name for i in table.indexes}, name
    assert "first_responder_never_changes" in triggers
    migrated.dispose()


def test_migrating_twice_changes_nothing(empty_database):
    engine = make_engine(empty_database)
    schema.upgrade(engine)
    before = shape(engine)
    schema.upgrade(engine)
    assert shape(engine) == before
    at, head = schema.current(engine)
    assert at == head
    engine.dispose()


def test_sqlite_made_at_once_equals_sqlite_migrated(tmp_path):
    migrated, made = (make_engine(f"sqlite:///{tmp_path / name}") for name in ("a.sqlite3", "b.sqlite3"))
    schema.upgrade(migrated)
    schema.create_at_once(made)
    assert shape(migrated) == shape(made)
    migrated.dispose()
    made.dispose()
