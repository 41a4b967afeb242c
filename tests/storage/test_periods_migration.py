"""A hotline that ran before there were periods keeps every promise and timer it had."""

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import DBAPIError

from callcenter.storage import schema
from callcenter.storage.store import make_engine, prepare

CALL = ("INSERT INTO call (id, sid, direction, state, ring_started_at, hold_ms, recording_notice, return_call, chain_seq, chain_head)"
        " VALUES (7, 'CA7', 'inbound', 'ringing', 1000, 0, true, 'none', 0, '')")
PROMISE = ("INSERT INTO promise (id, {of}_id, clock, about, cycle, started_at, due_at, first_due_at, paused_ms)"
           " VALUES ({id}, 7, 'answer', '', 1, 1000, 16000, 16000, 0)")
TIMER = "INSERT INTO timer (id, promise_id, call_id, due_at, step, gen, armed_from, fails) VALUES (5, 3, 7, 16000, 1, 2, 1000, 0)"


def at_the_first_schema(url):
    engine = make_engine(url)
    prepare(engine)
    with engine.begin() as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    return engine


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    engine = at_the_first_schema(url)
    with engine.begin() as connection:
        for statement in (CALL, PROMISE.format(of="call", id=3), TIMER):
            connection.execute(sa.text(statement))
    yield engine
    engine.dispose()


def test_promises_and_their_timers_outlive_the_migration(engine):
    schema.upgrade(engine)
    with engine.connect() as connection:
        promise = connection.execute(sa.text("SELECT id, call_id, period_id, due_at FROM promise")).all()
        timer = connection.execute(sa.text("SELECT id, promise_id, call_id, period_id, due_at, step, gen FROM timer")).all()
    assert (promise, timer) == ([(3, 7, None, 16000)], [(5, 3, 7, None, 16000, 1, 2)])


@pytest.mark.parametrize("statement", ["UPDATE promise SET first_due_at = 99", "UPDATE promise SET call_id = NULL"])
def test_what_the_database_guards_is_guarded_still(engine, statement):
    schema.upgrade(engine)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_a_promise_belongs_to_exactly_one_thing(engine):
    schema.upgrade(engine)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(sa.text(PROMISE.format(of="ticket", id=4).replace("ticket_id", "call_id, ticket_id").replace(" 7,", " 7, 7,")))
