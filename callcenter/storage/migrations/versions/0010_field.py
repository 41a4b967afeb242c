"""Photographs and signatures from the field, the codes on the doors, and where a compound lies."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
NOW = sa.text('ended_at IS NULL')


def upgrade() -> None:
    _attachment()
    _door()
    _site()
    guards.install(op.get_bind(), ("attachment", "door", "site"))


def _attachment() -> None:
    op.create_table('attachment',
    sa.Column('id', ID, nullable=False),
    sa.Column('ticket_id', ID, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('cycle', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('media', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('signer', sa.String(), nullable=True),
    sa.Column('done_by', sa.String(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=False),
    sa.Column('device_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('attachment_ticket_id_fkey')),
    sa.ForeignKeyConstraint(['done_by'], ['person.user_name'], name=op.f('attachment_done_by_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('attachment_pkey')),
    sa.UniqueConstraint('key', name=op.f('attachment_key_key')),
    sa.UniqueConstraint('name', name=op.f('attachment_name_key'))
    )
    op.create_index(op.f('attachment_ticket_id'), 'attachment', ['ticket_id'])


def _door() -> None:
    op.create_table('door',
    sa.Column('id', ID, nullable=False),
    sa.Column('compound', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['compound'], ['compound.code'], name=op.f('door_compound_fkey')),
    sa.ForeignKeyConstraint(['made_by'], ['person.user_name'], name=op.f('door_made_by_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('door_pkey')),
    sa.UniqueConstraint('code', name=op.f('door_code_key'))
    )
    op.create_index('door_now', 'door', ['compound', 'label'], unique=True, sqlite_where=NOW, postgresql_where=NOW)


def _site() -> None:
    op.create_table('site',
    sa.Column('id', ID, nullable=False),
    sa.Column('compound', sa.String(), nullable=False),
    sa.Column('latitude', sa.Double(), nullable=False),
    sa.Column('longitude', sa.Double(), nullable=False),
    sa.Column('far_metres', sa.Integer(), nullable=False),
    sa.Column('set_by', sa.String(), nullable=False),
    sa.Column('set_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180 AND far_metres > 0', name=op.f('site_on_earth')),
    sa.ForeignKeyConstraint(['compound'], ['compound.code'], name=op.f('site_compound_fkey')),
    sa.ForeignKeyConstraint(['set_by'], ['person.user_name'], name=op.f('site_set_by_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('site_pkey'))
    )
    op.create_index('site_now', 'site', ['compound'], unique=True, sqlite_where=NOW, postgresql_where=NOW)


def downgrade() -> None:
    raise NotImplementedError("what people photographed and signed is not thrown away")
