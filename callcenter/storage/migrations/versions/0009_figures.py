"""Counted figures: sums by local day, and what every ticket and call was counted as."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    _sums()
    _counted()
    _mark()


def _sums() -> None:
    op.create_table('figure_day',
    sa.Column('dimension', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('day', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('hits', sa.Integer(), nullable=False),
    sa.Column('misses', sa.Integer(), nullable=False),
    sa.Column('apart', sa.Integer(), nullable=False),
    sa.Column('hit_amount', sa.BigInteger(), nullable=False),
    sa.Column('miss_amount', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('dimension', 'code', 'value', 'day', name=op.f('figure_day_pkey')),
    sqlite_with_rowid=False
    )
    op.create_table('figure_spread',
    sa.Column('dimension', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('day', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('second', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('dimension', 'value', 'day', 'second', name=op.f('figure_spread_pkey')),
    sqlite_with_rowid=False
    )


def _counted() -> None:
    op.create_table('figure_counted',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('id', ID, autoincrement=False, nullable=False),
    sa.Column('matter_id', ID, nullable=True),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('since_at', sa.BigInteger(), nullable=True),
    sa.Column('next_at', sa.BigInteger(), nullable=True),
    sa.Column('cases', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'id', name=op.f('figure_counted_pkey'))
    )
    for name, columns in (('matter', ['matter_id']), ('next', ['kind', 'next_at']), ('since', ['kind', 'since_at'])):
        there = sa.text(f"{columns[-1]} IS NOT NULL")
        op.create_index(f'figure_counted_{name}', 'figure_counted', columns, sqlite_where=there, postgresql_where=there)


def _mark() -> None:
    op.create_table('figure_mark',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('generation', sa.BigInteger(), nullable=False),
    sa.Column('event_id', ID, nullable=False),
    sa.Column('span_id', ID, nullable=False),
    sa.Column('time_day', sa.Integer(), nullable=True),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('toward', sa.String(), nullable=False),
    sa.Column('ticket_done', ID, nullable=False),
    sa.Column('call_done', ID, nullable=False),
    sa.Column('as_of', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('figure_mark_pkey'))
    )


def downgrade() -> None:
    for name in ('figure_mark', 'figure_counted', 'figure_spread', 'figure_day'):
        op.drop_table(name)
