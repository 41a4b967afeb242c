"""The telephone: agents' time, offers, lines, recordings, texts that come in, and calls the hotline makes itself."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    for new in (_number_rule, _agent_phone, _agent_span, _line, _offer, _recording, _text_in, _machine_talk):
        new()
    _call_and_message()
    guards.install(op.get_bind(), ("offer", "agent_span", "machine_talk"))


def _call_and_message() -> None:
    for column in (sa.Column('queued_at', sa.BigInteger()), sa.Column('told_place', sa.Integer()),
                   sa.Column('language', sa.String(), nullable=False, server_default='zh'),
                   sa.Column('emergency', sa.Boolean(), nullable=False, server_default=sa.false()),
                   sa.Column('return_asked_at', sa.BigInteger()),
                   sa.Column('voicemail', sa.Boolean(), nullable=False, server_default=sa.false()), sa.Column('room', sa.String()),
                   sa.Column('recording_paused_at', sa.BigInteger()), sa.Column('placed_by', sa.String()),
                   sa.Column('about_ticket', sa.String())):
        op.add_column('call', column)
    op.create_index('call_room', 'call', ['room'], unique=True)
    for column in (sa.Column('script', sa.String()), sa.Column('picked_up_at', sa.BigInteger()), sa.Column('outcome', sa.String())):
        op.add_column('message', column)


def _number_rule() -> None:
    op.create_table('number_rule',
    sa.Column('id', ID, nullable=False),
    sa.Column('phone_key', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('set_by', sa.String(), nullable=False),
    sa.Column('set_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_by', sa.String(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('number_rule_pkey'))
    )
    op.create_index('number_rule_now', 'number_rule', ['phone_key', 'rule'], unique=True,
                    sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

def _agent_phone() -> None:
    op.create_table('agent_phone',
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('set_by', sa.String(), nullable=False),
    sa.Column('set_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('agent_phone_user_name_fkey')),
    sa.PrimaryKeyConstraint('user_name', name=op.f('agent_phone_pkey'))
    )


def _agent_span() -> None:
    op.create_table('agent_span',
    sa.Column('id', ID, nullable=False),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('call_id', ID, nullable=True),
    sa.Column('since_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=True),
    sa.Column('ends_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('until_at IS NULL OR since_at <= until_at', name=op.f('agent_span_forward')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('agent_span_call_id_fkey')),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('agent_span_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('agent_span_pkey'))
    )
    op.create_index('agent_span_ends', 'agent_span', ['ends_at'], unique=False,
                    sqlite_where=sa.text('until_at IS NULL'), postgresql_where=sa.text('until_at IS NULL'))
    op.create_index('agent_span_now', 'agent_span', ['user_name'], unique=True,
                    sqlite_where=sa.text('until_at IS NULL'), postgresql_where=sa.text('until_at IS NULL'))
    op.create_index('agent_span_time', 'agent_span', ['since_at'], unique=False)

def _line() -> None:
    op.create_table('line',
    sa.Column('id', ID, nullable=False),
    sa.Column('call_id', ID, nullable=False),
    sa.Column('sid', sa.String(), nullable=True),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('user_name', sa.String(), nullable=True),
    sa.Column('number', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('mode', sa.String(), nullable=True),
    sa.Column('asked_by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('talking_at', sa.BigInteger(), nullable=True),
    sa.Column('over_at', sa.BigInteger(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('line_call_id_fkey')),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('line_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('line_pkey')),
    sa.UniqueConstraint('key', name=op.f('line_key_key')),
    sa.UniqueConstraint('sid', name=op.f('line_sid_key'))
    )
    op.create_index(op.f('line_call_id'), 'line', ['call_id'], unique=False)

def _offer() -> None:
    op.create_table('offer',
    sa.Column('id', ID, nullable=False),
    sa.Column('call_id', ID, nullable=False),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('offered_at', sa.BigInteger(), nullable=False),
    sa.Column('settled_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name=op.f('offer_settled')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('offer_call_id_fkey')),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('offer_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('offer_pkey'))
    )
    op.create_index('offer_accepted', 'offer', ['call_id'], unique=True,
                    sqlite_where=sa.text("state = 'accepted'"), postgresql_where=sa.text("state = 'accepted'"))
    op.create_index(op.f('offer_call_id'), 'offer', ['call_id'], unique=False)
    op.create_index('offer_pending', 'offer', ['user_name'], unique=True,
                    sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))

def _recording() -> None:
    op.create_table('recording',
    sa.Column('id', ID, nullable=False),
    sa.Column('sid', sa.String(), nullable=False),
    sa.Column('call_id', ID, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('started_at', sa.BigInteger(), nullable=True),
    sa.Column('duration_s', sa.Integer(), nullable=True),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('legal_hold', sa.Boolean(), nullable=False),
    sa.Column('deleted_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('recording_call_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('recording_pkey')),
    sa.UniqueConstraint('sid', name=op.f('recording_sid_key'))
    )
    op.create_index(op.f('recording_call_id'), 'recording', ['call_id'], unique=False)

def _text_in() -> None:
    op.create_table('text_in',
    sa.Column('id', ID, nullable=False),
    sa.Column('sid', sa.String(), nullable=False),
    sa.Column('from_number', sa.String(), nullable=False),
    sa.Column('phone_key', sa.String(), nullable=True),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ticket_id', ID, nullable=True),
    sa.Column('user_name', sa.String(), nullable=True),
    sa.Column('handled_by', sa.String(), nullable=True),
    sa.Column('handled_at', sa.BigInteger(), nullable=True),
    sa.Column('reply', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('text_in_ticket_id_fkey')),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('text_in_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('text_in_pkey')),
    sa.UniqueConstraint('sid', name=op.f('text_in_sid_key'))
    )
    op.create_index(op.f('text_in_phone_key'), 'text_in', ['phone_key'], unique=False)
    op.create_index(op.f('text_in_ticket_id'), 'text_in', ['ticket_id'], unique=False)
    op.create_index('text_in_waiting', 'text_in', ['id'], unique=False,
                    sqlite_where=sa.text('handled_at IS NULL'), postgresql_where=sa.text('handled_at IS NULL'))

def _machine_talk() -> None:
    op.create_table('machine_talk',
    sa.Column('id', ID, nullable=False),
    sa.Column('message_id', ID, nullable=False),
    sa.Column('heard_at', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.String(), nullable=False),
    sa.Column('heard', sa.String(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('machine_talk_message_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('machine_talk_pkey'))
    )
    op.create_index(op.f('machine_talk_message_id'), 'machine_talk', ['message_id'], unique=False)
