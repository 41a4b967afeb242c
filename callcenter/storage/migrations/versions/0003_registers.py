"""Registers a company keeps itself: what people, rooms and customers need more, leave, the working calendar, and a chain for every record."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
DUTY = "id, user_name, roles, start_at, end_at, compounds, shift"
NO = sa.text("false")


def upgrade() -> None:
    _new_tables()
    _new_columns()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_duty()
    guards.install(op.get_bind(), ("person", "person_leave", "room", "customer", "register_entry"))


def _new_tables() -> None:
    op.create_table('register_entry',
    sa.Column('id', ID, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('chain_seq', sa.Integer(), nullable=False),
    sa.Column('chain_head', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('register_entry_pkey')),
    sa.UniqueConstraint('kind', 'key', name=op.f('register_entry_kind_key'))
    )
    op.create_table('calendar_day',
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('is_workday', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('date', name=op.f('calendar_day_pkey'))
    )
    op.create_table('person_leave',
    sa.Column('id', ID, nullable=False),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('since_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('withdrawn_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('since_at < until_at', name=op.f('person_leave_forward')),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('person_leave_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('person_leave_pkey'))
    )
    op.create_index('person_leave_user_name', 'person_leave', ['user_name'])


def _new_columns() -> None:
    op.add_column('person', sa.Column('certificate_numbers', sa.Text(), nullable=False, server_default='{}'))
    op.add_column('person', sa.Column('employee_no', sa.String(), nullable=True))
    op.create_index('person_employee_no', 'person', ['employee_no'], unique=True)
    op.add_column('room', sa.Column('warranty', sa.Text(), nullable=False, server_default='{}'))
    op.add_column('room', sa.Column('valid_to', sa.BigInteger(), nullable=True))
    op.add_column('customer', sa.Column('other_phone', sa.String(), nullable=True))
    op.add_column('customer', sa.Column('other_key', sa.String(), nullable=True))
    op.create_index('customer_other_key', 'customer', ['other_key'])
    op.add_column('customer', sa.Column('nuisance', sa.Boolean(), nullable=False, server_default=NO))
    op.add_column('customer', sa.Column('language', sa.String(), nullable=False, server_default='zh'))
    op.add_column('customer', sa.Column('valid_to', sa.BigInteger(), nullable=True))


def _rebuild_duty() -> None:
    """SQLite used the id of a removed turn again; the readers of the roster would not have noticed the change."""
    op.execute(f"CREATE TABLE duty_aside AS SELECT {DUTY} FROM duty")  # noqa: S608 - constants of this file
    op.drop_table("duty")
    op.create_table('duty',
    sa.Column('id', ID, nullable=False),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('roles', sa.Text(), nullable=False),
    sa.Column('start_at', sa.BigInteger(), nullable=False),
    sa.Column('end_at', sa.BigInteger(), nullable=False),
    sa.Column('compounds', sa.Text(), nullable=False),
    sa.Column('shift', sa.String(), nullable=False),
    sa.CheckConstraint('start_at < end_at', name=op.f('duty_forward')),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('duty_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('duty_pkey')),
    sqlite_autoincrement=True
    )
    op.create_index('duty_time', 'duty', ['start_at', 'end_at'])
    op.execute(f"INSERT INTO duty ({DUTY}) SELECT {DUTY} FROM duty_aside ORDER BY id")  # noqa: S608 - constants of this file
    op.drop_table("duty_aside")


def downgrade() -> None:
    raise NotImplementedError("what people entered is not thrown away")
