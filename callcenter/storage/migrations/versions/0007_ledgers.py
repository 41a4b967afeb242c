"""Saved views and exports."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
UNFINISHED = sa.text("state IN ('waiting', 'running', 'ready')")


def upgrade() -> None:
    _tables()
    _orders()


def _tables() -> None:
    op.create_table('saved_view',
    sa.Column('id', ID, nullable=False),
    sa.Column('ledger', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('filters', sa.Text(), nullable=False),
    sa.Column('columns', sa.Text(), nullable=False),
    sa.Column('shared_with', sa.Text(), nullable=False),
    sa.Column('counted', sa.Boolean(), nullable=False),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['owner'], ['person.user_name'], name=op.f('saved_view_owner_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('saved_view_pkey')),
    sa.UniqueConstraint('owner', 'ledger', 'name', name=op.f('saved_view_owner_ledger_name_key'))
    )
    op.create_index('saved_view_owner', 'saved_view', ['owner'])
    op.create_table('export_job',
    sa.Column('id', ID, nullable=False),
    sa.Column('ledger', sa.String(), nullable=False),
    sa.Column('ending', sa.String(), nullable=False),
    sa.Column('wish', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('worker', sa.String(), nullable=True),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('expires_at', sa.BigInteger(), nullable=True),
    sa.Column('file', sa.String(), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('error', sa.String(), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'running', 'ready', 'cancelled', 'failed', 'expired')", name=op.f('export_job_known_state')),
    sa.ForeignKeyConstraint(['asked_by'], ['person.user_name'], name=op.f('export_job_asked_by_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('export_job_pkey'))
    )
    op.create_index('export_job_asked_by', 'export_job', ['asked_by'])
    op.create_index('export_job_unfinished', 'export_job', ['id'], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED)


def _orders() -> None:
    """By a moment and, within it, by key: a page of a ledger begins where the one before ended."""
    for moment in ('completed', 'closed'):
        there = sa.text(f"{moment}_at IS NOT NULL")
        op.create_index(f'ticket_{moment}', 'ticket', [f'{moment}_at', 'id'], sqlite_where=there, postgresql_where=there)
    op.create_index('assignment_sent', 'assignment', ['assigned_at', 'id'])
    op.create_index('escalation_raised', 'escalation', ['escalated_at', 'id'])
    op.create_index('call_rung', 'call', ['ring_started_at', 'id'])


def downgrade() -> None:
    raise NotImplementedError("views that people saved are not thrown away")
