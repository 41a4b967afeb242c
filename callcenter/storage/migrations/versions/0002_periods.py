"""Days, weeks, months, surveys and shifts that somebody confirms; who took personal data out."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OF_ONE_THING = ("(CASE WHEN ticket_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN call_id IS NULL THEN 0 ELSE 1 END)"
                " + (CASE WHEN period_id IS NULL THEN 0 ELSE 1 END) = 1")
PROMISE = ("id, ticket_id, call_id, clock, about, cycle, started_at, due_at, first_due_at, kept_at, excused_at, voided_at, broken_at, "
           "paused_at, paused_ms")
TIMER = "id, promise_id, ticket_id, call_id, due_at, step, gen, armed_from, fails, last_error, retry_at"


def upgrade() -> None:
    _new_tables()
    sqlite = op.get_bind().dialect.name == "sqlite"
    _rebuild() if sqlite else _alter()
    guards.install(op.get_bind(), ("period", "access_log", "promise") if sqlite else ("period", "access_log"))


def _new_tables() -> None:
    op.create_table('period',
    sa.Column('id', ID, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('compound', sa.String(), nullable=False),
    sa.Column('since_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=False),
    sa.Column('opened_at', sa.BigInteger(), nullable=False),
    sa.Column('confirmed_at', sa.BigInteger(), nullable=True),
    sa.Column('confirmed_by', sa.String(), nullable=True),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('chain_seq', sa.Integer(), nullable=False),
    sa.Column('chain_head', sa.String(), nullable=False),
    sa.CheckConstraint('(confirmed_at IS NULL) = (confirmed_by IS NULL)', name=op.f('period_confirmed_by_somebody')),
    sa.CheckConstraint('since_at < until_at', name=op.f('period_forward')),
    sa.PrimaryKeyConstraint('id', name=op.f('period_pkey')),
    sa.UniqueConstraint('kind', 'key', 'compound', name=op.f('period_kind_key'))
    )
    op.create_table('access_log',
    sa.Column('id', ID, nullable=False),
    sa.Column('accessed_at', sa.BigInteger(), nullable=False),
    sa.Column('accessed_by', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('unmasked', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.CheckConstraint("NOT unmasked OR reason <> ''", name=op.f('access_log_unmasked_with_a_reason')),
    sa.PrimaryKeyConstraint('id', name=op.f('access_log_pkey'))
    )
    op.create_index('access_log_accessed_at', 'access_log', ['accessed_at'])


def _alter() -> None:
    """PostgreSQL changes its tables in place."""
    for table in ("promise", "timer", "event"):
        op.add_column(table, sa.Column('period_id', sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"{table}_period_id_fkey"), table, "period", ["period_id"], ["id"])
        op.create_index(f"{table}_period_id", table, ["period_id"])
    op.drop_constraint(op.f("promise_of_one_thing"), "promise", type_="check")
    op.create_check_constraint(op.f("promise_of_one_thing"), "promise", OF_ONE_THING)


def _rebuild() -> None:
    """SQLite changes no check in place: promises and their timers are set aside and put back, rows and all."""
    op.execute(f"CREATE TABLE promise_aside AS SELECT {PROMISE} FROM promise")  # noqa: S608 - constants of this file
    op.execute(f"CREATE TABLE timer_aside AS SELECT {TIMER} FROM timer")  # noqa: S608 - constants of this file
    op.drop_table("timer")
    op.drop_table("promise")
    _promise()
    _timer()
    op.execute(f"INSERT INTO promise ({PROMISE}) SELECT {PROMISE} FROM promise_aside ORDER BY id")  # noqa: S608 - constants of this file
    op.execute(f"INSERT INTO timer ({TIMER}) SELECT {TIMER} FROM timer_aside ORDER BY id")  # noqa: S608 - constants of this file
    op.drop_table("timer_aside")
    op.drop_table("promise_aside")
    op.execute("ALTER TABLE event ADD COLUMN period_id INTEGER CONSTRAINT event_period_id_fkey REFERENCES period (id)")
    op.create_index("event_period_id", "event", ["period_id"])


def _promise() -> None:
    op.create_table('promise',
    sa.Column('id', ID, nullable=False),
    sa.Column('ticket_id', ID, nullable=True),
    sa.Column('call_id', ID, nullable=True),
    sa.Column('period_id', ID, nullable=True),
    sa.Column('clock', sa.String(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('cycle', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('first_due_at', sa.BigInteger(), nullable=False),
    sa.Column('kept_at', sa.BigInteger(), nullable=True),
    sa.Column('excused_at', sa.BigInteger(), nullable=True),
    sa.Column('voided_at', sa.BigInteger(), nullable=True),
    sa.Column('broken_at', sa.BigInteger(), nullable=True),
    sa.Column('paused_at', sa.BigInteger(), nullable=True),
    sa.Column('paused_ms', sa.Integer(), nullable=False),
    sa.CheckConstraint(OF_ONE_THING, name=op.f('promise_of_one_thing')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('promise_call_id_fkey')),
    sa.ForeignKeyConstraint(['period_id'], ['period.id'], name=op.f('promise_period_id_fkey')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('promise_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('promise_pkey'))
    )
    for name, columns in (("call_id", ["call_id"]), ("clock_due", ["clock", "due_at"]), ("period_id", ["period_id"]), ("ticket_id", ["ticket_id"])):
        op.create_index(f"promise_{name}", "promise", columns)


def _timer() -> None:
    op.create_table('timer',
    sa.Column('id', ID, nullable=False),
    sa.Column('promise_id', ID, nullable=False),
    sa.Column('ticket_id', ID, nullable=True),
    sa.Column('call_id', ID, nullable=True),
    sa.Column('period_id', ID, nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=True),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('gen', sa.Integer(), nullable=False),
    sa.Column('armed_from', sa.BigInteger(), nullable=False),
    sa.Column('fails', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('retry_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('timer_call_id_fkey')),
    sa.ForeignKeyConstraint(['period_id'], ['period.id'], name=op.f('timer_period_id_fkey')),
    sa.ForeignKeyConstraint(['promise_id'], ['promise.id'], name=op.f('timer_promise_id_fkey')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('timer_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('timer_pkey')),
    sa.UniqueConstraint('promise_id', name=op.f('timer_promise_id_key'))
    )
    for name in ("call_id", "period_id", "ticket_id"):
        op.create_index(f"timer_{name}", "timer", [name])
    op.create_index('timer_due', 'timer', ['due_at'], sqlite_where=sa.text('due_at IS NOT NULL'))


def downgrade() -> None:
    raise NotImplementedError("periods that were confirmed are not thrown away")
