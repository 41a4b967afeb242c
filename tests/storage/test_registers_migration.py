"""A hotline that ran before it kept its own registers keeps its people and its roster, and loses no row by a slip."""

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import DBAPIError

from callcenter.storage import schema
from callcenter.storage.store import make_engine, prepare

PERSON = ("INSERT INTO person (user_name, name, roles, trades, compounds, certificates, language, can_sign_in, active, session_version,"
          " failed_sign_ins, is_demo) VALUES ('wang', '王芳', '[]', '[]', '[]', '{}', 'zh', true, true, 1, 0, false)")
TURN = "INSERT INTO duty (user_name, roles, start_at, end_at, compounds, shift) VALUES ('wang', '[]', {n}, {n} + 5, '[]', '早班')"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    engine = make_engine(url)
    prepare(engine)
    with engine.begin() as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for statement in (PERSON, TURN.format(n=1), TURN.format(n=2)):
            connection.execute(sa.text(statement))
    schema.upgrade(engine)
    yield engine
    engine.dispose()


def test_people_and_their_turns_outlive_the_migration(engine):
    with engine.connect() as connection:
        person = connection.execute(sa.text("SELECT name, certificate_numbers, employee_no FROM person")).all()
        turns = connection.execute(sa.text("SELECT id, user_name, start_at, end_at FROM duty ORDER BY id")).all()
    assert (person, turns) == ([("王芳", "{}", None)], [(1, "wang", 1, 6), (2, "wang", 2, 7)])


def test_the_id_of_a_removed_turn_is_never_used_again(engine):
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM duty WHERE id = 2"))
        connection.execute(sa.text(TURN.format(n=3)))
        assert connection.execute(sa.text("SELECT max(id) FROM duty")).scalar() == 3


def test_nobody_is_ever_deleted(engine):
    with pytest.raises(DBAPIError, match="rows are never deleted"), engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM person"))
