"""The agent's desk: drafts, texts kept ready, keys to search by."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
PLAIN = sa.String().with_variant(sa.String(collation='C'), 'postgresql')


def upgrade() -> None:
    """The words to search by are filled in by `callcenter upgrade`, after the tables are there."""
    op.create_table('desk_draft',
    sa.Column('id', ID, nullable=False),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('call_sid', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('desk_draft_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('desk_draft_pkey')),
    sa.UniqueConstraint('user_name', 'call_sid', name=op.f('desk_draft_user_name_call_sid_key'))
    )
    op.create_index('desk_draft_saved', 'desk_draft', ['saved_at'])
    op.create_table('desk_macro',
    sa.Column('id', ID, nullable=False),
    sa.Column('owner', sa.String(), nullable=True),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('retired_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("kind IN ('note', 'reply')", name=op.f('desk_macro_known_kind')),
    sa.ForeignKeyConstraint(['owner'], ['person.user_name'], name=op.f('desk_macro_owner_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('desk_macro_pkey'))
    )
    op.create_index('desk_macro_owner', 'desk_macro', ['owner'])
    op.create_table('search_key',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ref', ID, nullable=False, autoincrement=False),
    sa.Column('word', PLAIN, nullable=False),
    sa.CheckConstraint("kind IN ('room', 'place', 'customer')", name=op.f('search_key_known_kind')),
    sa.PrimaryKeyConstraint('kind', 'ref', 'word', name=op.f('search_key_pkey'))
    )
    op.create_index('search_key_word', 'search_key', ['kind', 'word', 'ref'])
    guards.install(op.get_bind(), ("desk_macro",))


def downgrade() -> None:
    raise NotImplementedError("texts that people keep ready are not thrown away")
