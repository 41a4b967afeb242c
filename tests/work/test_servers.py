"""The servers the tests lean on are real, separate and empty; and no test reaches another host."""

import socket

import psycopg
import pytest
import redis

from tests.servers import fresh_postgres_database


def test_a_postgres_database_is_new_and_gone_afterwards_even_when_somebody_is_still_connected(postgres_url):
    with fresh_postgres_database(postgres_url) as address:
        forgotten = psycopg.connect(address.replace("+psycopg", ""))
        forgotten.execute("create table tickets (number text)")
        forgotten.commit()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address.replace("+psycopg", ""))
    forgotten.close()


def test_a_database_can_start_as_a_copy_of_a_prepared_one(postgres_url):
    with fresh_postgres_database(postgres_url) as prepared:
        with psycopg.connect(prepared.replace("+psycopg", "")) as connection:
            connection.execute("create table tickets as select '接待' as word")
        name = prepared.removeprefix("postgresql+psycopg://postgres@/").partition("?")[0]
        with (
            fresh_postgres_database(postgres_url, template=name) as copy,
            psycopg.connect(copy.replace("+psycopg", "")) as connection,
        ):
            assert connection.execute("select word from tickets").fetchall() == [("接待",)]


@pytest.mark.parametrize("turn", [1, 2])
def test_redis_is_empty_at_the_start_of_each_test(redis_url, turn):
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.dbsize() == 0
        connection.set("left behind", turn)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.com", 443)])
def test_reaching_for_another_host_fails_the_test_even_when_the_error_is_swallowed(address, nothing_but_loopback):
    with pytest.raises(AssertionError, match="must not reach"):
        socket.create_connection(address, timeout=1)
    assert nothing_but_loopback == [address[0]]
    nothing_but_loopback.clear()  # forgiven here, or this very test would fail at its end
