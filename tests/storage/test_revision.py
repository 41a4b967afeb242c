"""A second start sees without the database library that nothing is to be migrated, and never believes it wrongly."""

import sqlite3

from callcenter.storage import revision, schema
from callcenter.storage.store import make_engine


def test_the_newest_file_is_the_head_of_the_migrations(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    assert schema.current(engine)[1] == revision.newest()
    engine.dispose()


def test_a_migrated_file_is_current_and_nothing_else_is(tmp_path):
    file = tmp_path / "hotline.sqlite3"
    assert not revision.is_current(file)
    file.write_bytes(b"")
    assert not revision.is_current(file)
    engine = make_engine(f"sqlite:///{file}")
    schema.upgrade(engine)
    engine.dispose()
    assert revision.is_current(file)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    database.close()
    assert not revision.is_current(file)
