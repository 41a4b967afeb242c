"""Surveys: planned, issued, answered sheet by sheet, closed and published (F15)."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    _survey()
    _sheet()
    _answer()
    guards.install(op.get_bind(), ("survey", "survey_sheet", "survey_answer"))


def _survey() -> None:
    op.create_table('survey',
    sa.Column('id', ID, nullable=False),
    sa.Column('period_id', ID, nullable=False),
    sa.Column('compound', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('planned_for', sa.BigInteger(), nullable=False),
    sa.Column('planned_by', sa.String(), nullable=False),
    sa.Column('closes_at', sa.BigInteger(), nullable=False),
    sa.Column('share', sa.Integer(), nullable=False),
    sa.Column('way', sa.String(), nullable=False),
    sa.Column('remind_after', sa.Integer(), nullable=False),
    sa.Column('households', sa.Integer(), nullable=True),
    sa.Column('issued_at', sa.BigInteger(), nullable=True),
    sa.Column('issued_by', sa.String(), nullable=True),
    sa.Column('reminded_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('results', sa.Text(), nullable=True),
    sa.Column('published_at', sa.BigInteger(), nullable=True),
    sa.Column('published_by', sa.String(), nullable=True),
    sa.Column('anonymised_at', sa.BigInteger(), nullable=True),
    sa.Column('matters', sa.Text(), nullable=False),
    sa.CheckConstraint('share BETWEEN 1 AND 100', name=op.f('survey_share_of_a_hundred')),
    sa.CheckConstraint('(closed_at IS NULL) = (results IS NULL)', name=op.f('survey_closed_with_results')),
    sa.CheckConstraint('published_at IS NULL OR closed_at IS NOT NULL', name=op.f('survey_closed_before_published')),
    sa.CheckConstraint('anonymised_at IS NULL OR published_at IS NOT NULL', name=op.f('survey_published_before_anonymised')),
    sa.ForeignKeyConstraint(['period_id'], ['period.id'], name=op.f('survey_period_id_fkey')),
    sa.ForeignKeyConstraint(['compound'], ['compound.code'], name=op.f('survey_compound_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('survey_pkey')),
    sa.UniqueConstraint('period_id', name=op.f('survey_period_id_key')),
    sa.UniqueConstraint('compound', 'key', name=op.f('survey_compound_key_key'))
    )


def _sheet() -> None:
    op.create_table('survey_sheet',
    sa.Column('id', ID, nullable=False),
    sa.Column('survey_id', ID, nullable=False),
    sa.Column('room_id', ID, nullable=True),
    sa.Column('customer_id', ID, nullable=True),
    sa.Column('building', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('way', sa.String(), nullable=False),
    sa.Column('nonce', sa.String(), nullable=False),
    sa.Column('issued_at', sa.BigInteger(), nullable=False),
    sa.Column('reminded_at', sa.BigInteger(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('tried_at', sa.BigInteger(), nullable=True),
    sa.Column('tried_by', sa.String(), nullable=True),
    sa.Column('tried_result', sa.String(), nullable=True),
    sa.Column('returned_at', sa.BigInteger(), nullable=True),
    sa.Column('returned_by', sa.String(), nullable=True),
    sa.Column('entered_by', sa.String(), nullable=True),
    sa.Column('answers', sa.Text(), nullable=True),
    sa.Column('opinion', sa.String(), nullable=False),
    sa.Column('request', sa.Boolean(), nullable=False),
    sa.Column('anonymous', sa.Boolean(), nullable=False),
    sa.Column('spoilt', sa.String(), nullable=True),
    sa.Column('to_follow', sa.Boolean(), nullable=False),
    sa.Column('followup_ref', sa.String(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(returned_at IS NULL) = (returned_by IS NULL)', name=op.f('survey_sheet_returned_somehow')),
    sa.CheckConstraint('returned_at IS NULL OR answers IS NOT NULL OR spoilt IS NOT NULL', name=op.f('survey_sheet_answered_or_spoilt')),
    sa.ForeignKeyConstraint(['survey_id'], ['survey.id'], name=op.f('survey_sheet_survey_id_fkey')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('survey_sheet_room_id_fkey')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('survey_sheet_customer_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('survey_sheet_pkey')),
    sa.UniqueConstraint('nonce', name=op.f('survey_sheet_nonce_key')),
    sa.UniqueConstraint('survey_id', 'room_id', name=op.f('survey_sheet_survey_id_room_id_key'))
    )
    op.create_index('survey_sheet_returned', 'survey_sheet', ['survey_id', 'returned_at'])
    op.create_index('survey_sheet_at', 'survey_sheet', ['returned_at'])
    op.create_index('survey_sheet_to_follow', 'survey_sheet', ['id'], sqlite_where=sa.text('to_follow'), postgresql_where=sa.text('to_follow'))


def _answer() -> None:
    op.create_table('survey_answer',
    sa.Column('id', ID, nullable=False),
    sa.Column('sheet_id', ID, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('answered_at', sa.BigInteger(), nullable=False),
    sa.Column('way', sa.String(), nullable=False),
    sa.Column('entered_by', sa.String(), nullable=True),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('opinion', sa.String(), nullable=False),
    sa.Column('request', sa.Boolean(), nullable=False),
    sa.Column('anonymous', sa.Boolean(), nullable=False),
    sa.Column('spoilt', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['sheet_id'], ['survey_sheet.id'], name=op.f('survey_answer_sheet_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('survey_answer_pkey')),
    sa.UniqueConstraint('sheet_id', 'version', name=op.f('survey_answer_sheet_id_version_key'))
    )
