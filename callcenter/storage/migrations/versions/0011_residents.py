"""The resident's pages: links that open one ticket."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('resident_link',
    sa.Column('id', ID, nullable=False),
    sa.Column('ticket_id', ID, nullable=False),
    sa.Column('phone_key', sa.String(), nullable=False),
    sa.Column('nonce', sa.String(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('resident_link_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('resident_link_pkey')),
    sa.UniqueConstraint('nonce', name=op.f('resident_link_nonce_key')),
    sa.UniqueConstraint('ticket_id', 'phone_key', name=op.f('resident_link_ticket_id_phone_key_key'))
    )
    guards.install(op.get_bind(), ("resident_link",))


def downgrade() -> None:
    op.drop_table('resident_link')
