"""Corrective actions, quality feedback and call reviews."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MADE = ("corrective_action", "quality_feedback", "quality_link", "qa_review", "qa_comment", "phrase_hit")


def upgrade() -> None:
    for new in (_corrective_action, _quality_feedback, _quality_link, _qa_review, _qa_comment, _phrase_hit):
        new()
    op.create_index('ticket_received', 'ticket', ['received_at'], unique=False)
    op.create_index('ticket_call', 'ticket', ['call_id'], unique=False)
    op.create_index('call_answered', 'call', ['answered_by', 'answered_at'], unique=False)
    guards.install(op.get_bind(), MADE)



def _corrective_action() -> None:
    op.create_table('corrective_action',
    sa.Column('id', ID, nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('compound', sa.String(), nullable=True),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('supporting', sa.Text(), nullable=False),
    sa.Column('person', sa.String(), nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('first_due_at', sa.BigInteger(), nullable=False),
    sa.Column('measure', sa.String(), nullable=False),
    sa.Column('progress', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('origin_key', sa.String(), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('submitted_by', sa.String(), nullable=True),
    sa.Column('submitted_at', sa.BigInteger(), nullable=True),
    sa.Column('checked_by', sa.String(), nullable=True),
    sa.Column('checked_at', sa.BigInteger(), nullable=True),
    sa.Column('check_result', sa.String(), nullable=False),
    sa.Column('cleared_at', sa.BigInteger(), nullable=True),
    sa.Column('first_cleared_at', sa.BigInteger(), nullable=True),
    sa.Column('recheck_at', sa.BigInteger(), nullable=True),
    sa.Column('rechecked_by', sa.String(), nullable=True),
    sa.Column('rechecked_at', sa.BigInteger(), nullable=True),
    sa.Column('recheck_result', sa.String(), nullable=True),
    sa.Column('recheck_note', sa.String(), nullable=False),
    sa.Column('told_step', sa.Integer(), nullable=False),
    sa.Column('tell_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("(state = 'cleared') = (cleared_at IS NOT NULL)", name=op.f('corrective_action_cleared_with_its_time')),
    sa.ForeignKeyConstraint(['compound'], ['compound.code'], name=op.f('corrective_action_compound_fkey')),
    sa.ForeignKeyConstraint(['created_by'], ['person.user_name'], name=op.f('corrective_action_created_by_fkey')),
    sa.ForeignKeyConstraint(['person'], ['person.user_name'], name=op.f('corrective_action_person_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('corrective_action_pkey')),
    sa.UniqueConstraint('number', name=op.f('corrective_action_number_key'))
    )
    op.create_index('corrective_action_due', 'corrective_action', ['first_due_at'], unique=False)
    op.create_index('corrective_action_origin', 'corrective_action', ['origin', 'origin_key'], unique=False)
    op.create_index('corrective_action_state', 'corrective_action', ['state', 'due_at'], unique=False)
    op.create_index('corrective_action_tell', 'corrective_action', ['tell_at'], unique=False,
                    sqlite_where=sa.text('tell_at IS NOT NULL'), postgresql_where=sa.text('tell_at IS NOT NULL'))


def _quality_feedback() -> None:
    op.create_table('quality_feedback',
    sa.Column('id', ID, nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('compound', sa.String(), nullable=True),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('equipment', sa.String(), nullable=False),
    sa.Column('component', sa.String(), nullable=False),
    sa.Column('maker', sa.String(), nullable=False),
    sa.Column('builder', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=True),
    sa.Column('phenomenon', sa.String(), nullable=False),
    sa.Column('same_in_30_days', sa.Integer(), nullable=False),
    sa.Column('submitted_by_department', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('cluster_key', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('opinion', sa.String(), nullable=False),
    sa.Column('answered_by', sa.String(), nullable=True),
    sa.Column('answered_at', sa.BigInteger(), nullable=True),
    sa.Column('close_note', sa.String(), nullable=False),
    sa.Column('closed_by', sa.String(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['compound'], ['compound.code'], name=op.f('quality_feedback_compound_fkey')),
    sa.ForeignKeyConstraint(['created_by'], ['person.user_name'], name=op.f('quality_feedback_created_by_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('quality_feedback_pkey')),
    sa.UniqueConstraint('number', name=op.f('quality_feedback_number_key'))
    )
    op.create_index('quality_feedback_cluster_key', 'quality_feedback', ['cluster_key'], unique=False)
    op.create_index('quality_feedback_state', 'quality_feedback', ['state', 'created_at'], unique=False)


def _quality_link() -> None:
    op.create_table('quality_link',
    sa.Column('book', sa.String(), nullable=False),
    sa.Column('record_id', ID, nullable=False),
    sa.Column('ticket_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('quality_link_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('book', 'record_id', 'ticket_id', name=op.f('quality_link_pkey'))
    )
    op.create_index('quality_link_ticket_id', 'quality_link', ['ticket_id'], unique=False)


def _qa_review() -> None:
    op.create_table('qa_review',
    sa.Column('id', ID, nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('call_id', ID, nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('answered_at', sa.BigInteger(), nullable=False),
    sa.Column('reviewer', sa.String(), nullable=False),
    sa.Column('reviewed_at', sa.BigInteger(), nullable=False),
    sa.Column('marks', sa.Text(), nullable=False),
    sa.Column('suggested', sa.Text(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.Column('heard', sa.Text(), nullable=False),
    sa.Column('training', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f('qa_review_score_of_a_hundred')),
    sa.ForeignKeyConstraint(['agent'], ['person.user_name'], name=op.f('qa_review_agent_fkey')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('qa_review_call_id_fkey')),
    sa.ForeignKeyConstraint(['reviewer'], ['person.user_name'], name=op.f('qa_review_reviewer_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('qa_review_pkey')),
    sa.UniqueConstraint('call_id', 'version', name=op.f('qa_review_call_id_version_key'))
    )
    op.create_index('qa_review_agent', 'qa_review', ['agent', 'answered_at'], unique=False)
    op.create_index('qa_review_month', 'qa_review', ['answered_at'], unique=False)
    op.create_index('qa_review_number', 'qa_review', ['number'], unique=False)


def _qa_comment() -> None:
    op.create_table('qa_comment',
    sa.Column('call_id', ID, nullable=False),
    sa.Column('said_by', sa.String(), nullable=False),
    sa.Column('said_at', sa.BigInteger(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('qa_comment_call_id_fkey')),
    sa.ForeignKeyConstraint(['said_by'], ['person.user_name'], name=op.f('qa_comment_said_by_fkey')),
    sa.PrimaryKeyConstraint('call_id', name=op.f('qa_comment_pkey'))
    )


def _phrase_hit() -> None:
    op.create_table('phrase_hit',
    sa.Column('id', ID, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('hit_at', sa.BigInteger(), nullable=False),
    sa.Column('said_by', sa.String(), nullable=False),
    sa.Column('ticket_id', ID, nullable=True),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('phrase', sa.String(), nullable=False),
    sa.Column('excerpt', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('phrase_hit_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('phrase_hit_pkey')),
    sa.UniqueConstraint('key', name=op.f('phrase_hit_key_key'))
    )
    op.create_index('phrase_hit_hit_at', 'phrase_hit', ['hit_at'], unique=False)
    op.create_index('phrase_hit_ticket_id', 'phrase_hit', ['ticket_id'], unique=False)
