"""People and their sign-ins; common parts that end; who put rules into force."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('place', sa.Column('valid_to', sa.BigInteger(), nullable=True))
    op.add_column('person', sa.Column('must_change', sa.Boolean(), nullable=False, server_default=sa.text('false')))
    op.add_column('policy', sa.Column('stored_by', sa.String(), nullable=False, server_default=''))
    op.create_table('sign_in',
    sa.Column('id', ID, nullable=False),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('browser', sa.String(), nullable=False),
    sa.Column('began_at', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('sign_in_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('sign_in_pkey')),
    sa.UniqueConstraint('token', name=op.f('sign_in_token_key'))
    )
    op.create_index('sign_in_user', 'sign_in', ['user_name', 'seen_at'])
    guards.install(op.get_bind(), ('place',))


def downgrade() -> None:
    raise NotImplementedError('what people have signed and ended is not thrown away')
