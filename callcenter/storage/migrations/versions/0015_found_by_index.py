"""What a page asks of all time is found by index: who was sent last, what was merged into a ticket, the calls placed about one."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

MERGED, PLACED = sa.text("merged_into IS NOT NULL"), sa.text("about_ticket IS NOT NULL")


def upgrade() -> None:
    op.create_index('assignment_last', 'assignment', ['assigned_to', 'id'])
    op.drop_index('assignment_assigned_to', 'assignment')
    op.create_index('ticket_merged', 'ticket', ['merged_into'], sqlite_where=MERGED, postgresql_where=MERGED)
    op.create_index('call_placed', 'call', ['about_ticket'], sqlite_where=PLACED, postgresql_where=PLACED)


def downgrade() -> None:
    op.drop_index('call_placed', 'call')
    op.drop_index('ticket_merged', 'ticket')
    op.create_index('assignment_assigned_to', 'assignment', ['assigned_to'])
    op.drop_index('assignment_last', 'assignment')
