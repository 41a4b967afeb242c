"""Figures summed up: what was over and taken up again is found by index, for the stock of open tickets at any time."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

OVER = "('cancelled', 'closed', 'closed_unsatisfied', 'merged')"
TAKEN_UP = sa.text(f"state_before IN {OVER} AND state_after NOT IN {OVER}")


def upgrade() -> None:
    op.create_index('event_taken_up', 'event', ['ticket_id'], sqlite_where=TAKEN_UP, postgresql_where=TAKEN_UP)
    # what was counted before knows neither the stock nor the faults: everything is counted anew, by the clock or `figures --rebuild`
    for table in ('figure_day', 'figure_spread', 'figure_counted'):
        op.execute(sa.delete(sa.table(table)))
    op.execute("UPDATE figure_mark SET generation = generation + 1, basis = '', toward = '', time_day = NULL, as_of = NULL")


def downgrade() -> None:
    op.drop_index('event_taken_up', 'event')
