"""A PostgreSQL database with the demo company for each test: one and the same, brought back to how it began, which is quicker than making another."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.servers import fresh_postgres_database

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"
#: tables, columns, keys, checks, indexes, triggers and functions; a test that changes one of them gets its database thrown away
SHAPE = """SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
    SELECT concat_ws(' ', oid, relname, relnatts, relchecks, relhastriggers) AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', tgrelid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', conrelid, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS lines"""
OTHERS = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Emptied:
    """The one database of a test process; `again` gives its address, filled as its template is and with nothing else in it."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._made: Iterator[str] | None = None

    def again(self) -> str:
        if self._made is None or not self._brought_back():
            self.end()
            self._made = self._making()
            self.address = next(self._made)
        return self.address

    def end(self) -> None:
        """The database is gone."""
        if self._made is not None:
            next(self._made, None)
            self._made = None

    def _making(self) -> Iterator[str]:
        with fresh_postgres_database(self._server, self._template) as address:
            with self._inside(address) as database:
                self._tables = [name for (name,) in database.execute(TABLES)]
                self._shape, self._counters = self._shape_of(database), dict(database.execute(SEQUENCES).fetchall())
                self._rows = {name: _copied(database, name) for name in self._tables}
                self._marks = self._marks_of(database)
            yield address

    def _brought_back(self) -> bool:
        """Only what was changed is written anew; false when more was changed than rows."""
        with self._inside(self.address) as database:
            database.execute(OTHERS)
            if self._shape_of(database) != self._shape:
                return False
            database.execute("SET session_replication_role = replica")  # the triggers guard the hotline, not us
            now = self._marks_of(database)
            for name in self._tables:
                if now[name] != self._marks[name]:
                    database.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
                    if self._rows[name]:
                        with database.cursor().copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(name))) as into:
                            into.write(self._rows[name])
            for name, last in database.execute(SEQUENCES).fetchall():
                if last != (first := self._counters[name]):
                    database.execute("SELECT setval(%s::regclass, %s, %s)", (name, first or 1, first is not None))
            self._marks = self._marks_of(database)
        return True

    def _marks_of(self, database: psycopg.Connection) -> dict[str, tuple[int, int]]:
        """How many rows a table has, and the youngest transaction that wrote one: whatever was added, changed or removed shows."""
        one = sql.SQL("SELECT {}, count(*), coalesce(max(xmin::text::bigint), 0) FROM {}")
        asked = sql.SQL(" UNION ALL ").join(one.format(sql.Literal(name), sql.Identifier(name)) for name in self._tables)
        return {name: (count, youngest) for name, count, youngest in database.execute(asked)}

    def _shape_of(self, database: psycopg.Connection) -> str:
        return database.execute(SHAPE).fetchone()[0]

    @contextmanager
    def _inside(self, address: str) -> Iterator[psycopg.Connection]:
        with psycopg.connect(address.replace("+psycopg", "")) as database:
            yield database


def _copied(database: psycopg.Connection, name: str) -> bytes:
    """The rows of a table; nothing for an empty one."""
    if database.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))).fetchone() is None:
        return b""
    with database.cursor().copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(name))) as out:
        return b"".join(bytes(piece) for piece in out)
