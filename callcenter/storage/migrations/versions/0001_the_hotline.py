"""The hotline."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('call_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('sid', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('call_event_pkey')),
    sa.UniqueConstraint('key', name=op.f('call_event_key_key'))
    )
    with op.batch_alter_table('call_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('call_event_sid'), ['sid'], unique=False)

    op.create_table('compound',
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('region', sa.String(), nullable=False),
    sa.Column('handed_over_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('code', name=op.f('compound_pkey')),
    sa.UniqueConstraint('name', name=op.f('compound_name_key'))
    )
    op.create_table('counter',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('counter_pkey'))
    )
    op.create_table('matter',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('first_responder', sa.String(), nullable=False),
    sa.Column('postponements', sa.Integer(), nullable=False),
    sa.Column('urges', sa.Integer(), nullable=False),
    sa.Column('last_urge_at', sa.BigInteger(), nullable=True),
    sa.Column('repeat_contacts', sa.Integer(), nullable=False),
    sa.Column('dissatisfied_rounds', sa.Integer(), nullable=False),
    sa.CheckConstraint('postponements BETWEEN 0 AND 1', name=op.f('matter_never_postponed_twice')),
    sa.PrimaryKeyConstraint('id', name=op.f('matter_pkey'))
    )
    op.create_table('node',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.Column('fired', sa.Integer(), nullable=False),
    sa.Column('late_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('node_pkey'))
    )
    op.create_table('person',
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('roles', sa.Text(), nullable=False),
    sa.Column('trades', sa.Text(), nullable=False),
    sa.Column('department', sa.String(), nullable=True),
    sa.Column('compounds', sa.Text(), nullable=False),
    sa.Column('certificates', sa.Text(), nullable=False),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('can_sign_in', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=True),
    sa.Column('session_version', sa.Integer(), nullable=False),
    sa.Column('failed_sign_ins', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.BigInteger(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('user_name', name=op.f('person_pkey'))
    )
    op.create_table('policy',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sha', sa.String(), nullable=False),
    sa.Column('versions', sa.Text(), nullable=False),
    sa.Column('texts', sa.Text(), nullable=False),
    sa.Column('stored_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('policy_pkey')),
    sa.UniqueConstraint('sha', name=op.f('policy_sha_key'))
    )
    op.create_table('policy_file',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('sha', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('name', 'version', name=op.f('policy_file_pkey')),
    sa.UniqueConstraint('name', 'version', name=op.f('policy_file_name_version_key'))
    )
    op.create_table('run',
    sa.Column('job', sa.String(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('ran_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('job', 'period', name=op.f('run_pkey'))
    )
    op.create_table('timer_fire',
    sa.Column('timer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('gen', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('rung', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('fired_at', sa.BigInteger(), nullable=False),
    sa.Column('late_ms', sa.BigInteger(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.CheckConstraint('late_ms >= 0', name=op.f('timer_fire_never_early')),
    sa.PrimaryKeyConstraint('timer_id', 'gen', 'step', name=op.f('timer_fire_pkey'))
    )
    with op.batch_alter_table('timer_fire', schema=None) as batch_op:
        batch_op.create_index('timer_fire_fired', ['fired_at'], unique=False)

    op.create_table('duty',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('roles', sa.Text(), nullable=False),
    sa.Column('start_at', sa.BigInteger(), nullable=False),
    sa.Column('end_at', sa.BigInteger(), nullable=False),
    sa.Column('compounds', sa.Text(), nullable=False),
    sa.Column('shift', sa.String(), nullable=False),
    sa.CheckConstraint('start_at < end_at', name=op.f('duty_forward')),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('duty_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('duty_pkey'))
    )
    with op.batch_alter_table('duty', schema=None) as batch_op:
        batch_op.create_index('duty_time', ['start_at', 'end_at'], unique=False)

    op.create_table('place',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('compound', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('handed_over_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['compound'], ['compound.code'], name=op.f('place_compound_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('place_pkey')),
    sa.UniqueConstraint('text', name=op.f('place_text_key'))
    )
    op.create_table('room',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('compound', sa.String(), nullable=False),
    sa.Column('building', sa.String(), nullable=False),
    sa.Column('entrance', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('handed_over_at', sa.BigInteger(), nullable=True),
    sa.Column('area', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['compound'], ['compound.code'], name=op.f('room_compound_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('room_pkey')),
    sa.UniqueConstraint('text', name=op.f('room_text_key'))
    )
    op.create_table('shift',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('handed_to', sa.String(), nullable=True),
    sa.Column('handed_at', sa.BigInteger(), nullable=True),
    sa.Column('signed_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('notes', sa.String(), nullable=True),
    sa.Column('tickets', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['user_name'], ['person.user_name'], name=op.f('shift_user_name_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('shift_pkey'))
    )
    with op.batch_alter_table('shift', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('shift_user_name'), ['user_name'], unique=False)

    op.create_table('customer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('room_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('relation', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('phone_key', sa.String(), nullable=True),
    sa.Column('preferred_window', sa.String(), nullable=True),
    sa.Column('care_flag', sa.String(), nullable=True),
    sa.Column('do_not_call', sa.Boolean(), nullable=False),
    sa.Column('no_texts', sa.Boolean(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('customer_room_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('customer_pkey'))
    )
    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('customer_phone_key'), ['phone_key'], unique=False)
        batch_op.create_index(batch_op.f('customer_room_id'), ['room_id'], unique=False)

    op.create_table('call',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sid', sa.String(), nullable=False),
    sa.Column('direction', sa.String(), nullable=False),
    sa.Column('from_number', sa.String(), nullable=True),
    sa.Column('phone_key', sa.String(), nullable=True),
    sa.Column('to_number', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('ring_started_at', sa.BigInteger(), nullable=False),
    sa.Column('answered_at', sa.BigInteger(), nullable=True),
    sa.Column('answered_by', sa.String(), nullable=True),
    sa.Column('held_at', sa.BigInteger(), nullable=True),
    sa.Column('hold_ms', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_by', sa.String(), nullable=True),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('disposition', sa.String(), nullable=True),
    sa.Column('recording_notice', sa.Boolean(), nullable=False),
    sa.Column('return_call', sa.String(), nullable=False),
    sa.Column('returned_by', sa.String(), nullable=True),
    sa.Column('returned_at', sa.BigInteger(), nullable=True),
    sa.Column('chain_seq', sa.Integer(), nullable=False),
    sa.Column('chain_head', sa.String(), nullable=False),
    sa.CheckConstraint('(answered_at IS NULL) = (answered_by IS NULL)', name=op.f('call_answered_by_somebody')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('call_customer_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('call_pkey')),
    sa.UniqueConstraint('sid', name=op.f('call_sid_key'))
    )
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.create_index('call_open', ['state'], unique=False, sqlite_where=sa.text("state IN ('ringing','answered','held')"), postgresql_where=sa.text("state IN ('ringing','answered','held')"))
        batch_op.create_index(batch_op.f('call_phone_key'), ['phone_key'], unique=False)

    op.create_table('ticket',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('matter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('policy_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=True),
    sa.Column('urgency', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('compound', sa.String(), nullable=True),
    sa.Column('room_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('content', sa.String(), nullable=False),
    sa.Column('customer_name', sa.String(), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('contact_phone', sa.String(), nullable=True),
    sa.Column('phone_key', sa.String(), nullable=True),
    sa.Column('call_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('registered_at', sa.BigInteger(), nullable=False),
    sa.Column('promise_at', sa.BigInteger(), nullable=True),
    sa.Column('first_responder', sa.String(), nullable=False),
    sa.Column('registrar', sa.String(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('acting_follower', sa.String(), nullable=True),
    sa.Column('receiver', sa.String(), nullable=True),
    sa.Column('specialist', sa.String(), nullable=True),
    sa.Column('assignee', sa.String(), nullable=True),
    sa.Column('department', sa.String(), nullable=True),
    sa.Column('accused', sa.Text(), nullable=False),
    sa.Column('cycle', sa.Integer(), nullable=False),
    sa.Column('cycle_started_at', sa.BigInteger(), nullable=True),
    sa.Column('appointment_start', sa.BigInteger(), nullable=True),
    sa.Column('appointment_end', sa.BigInteger(), nullable=True),
    sa.Column('suspended_from', sa.String(), nullable=True),
    sa.Column('suspend_reason', sa.String(), nullable=True),
    sa.Column('suspensions', sa.Integer(), nullable=False),
    sa.Column('signed', sa.Boolean(), nullable=False),
    sa.Column('callback_needed', sa.Boolean(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('completed_by', sa.String(), nullable=True),
    sa.Column('completed_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('evidence', sa.String(), nullable=True),
    sa.Column('merged_into', sa.String(), nullable=True),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('details', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('chain_seq', sa.Integer(), nullable=False),
    sa.Column('chain_head', sa.String(), nullable=False),
    sa.CheckConstraint("first_responder <> ''", name=op.f('ticket_first_responder_named')),
    sa.CheckConstraint("owner <> ''", name=op.f('ticket_owner_named')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('ticket_call_id_fkey')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('ticket_customer_id_fkey')),
    sa.ForeignKeyConstraint(['matter_id'], ['matter.id'], name=op.f('ticket_matter_id_fkey')),
    sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('ticket_policy_id_fkey')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('ticket_room_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('ticket_pkey')),
    sa.UniqueConstraint('number', name=op.f('ticket_number_key'))
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ticket_assignee'), ['assignee'], unique=False)
        batch_op.create_index('ticket_compound_category', ['compound', 'category', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ticket_matter_id'), ['matter_id'], unique=False)
        batch_op.create_index(batch_op.f('ticket_owner'), ['owner'], unique=False)
        batch_op.create_index(batch_op.f('ticket_phone_key'), ['phone_key'], unique=False)
        batch_op.create_index(batch_op.f('ticket_room_id'), ['room_id'], unique=False)
        batch_op.create_index('ticket_state', ['state', 'type'], unique=False)

    op.create_table('assignment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cycle', sa.Integer(), nullable=False),
    sa.Column('assigned_to', sa.String(), nullable=False),
    sa.Column('team', sa.Boolean(), nullable=False),
    sa.Column('assigned_at', sa.BigInteger(), nullable=False),
    sa.Column('assigned_by', sa.String(), nullable=False),
    sa.Column('overridden', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('accepted_at', sa.BigInteger(), nullable=True),
    sa.Column('departed_at', sa.BigInteger(), nullable=True),
    sa.Column('arrived_at', sa.BigInteger(), nullable=True),
    sa.Column('completed_at', sa.BigInteger(), nullable=True),
    sa.Column('voided_at', sa.BigInteger(), nullable=True),
    sa.Column('void_reason', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('assignment_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('assignment_pkey'))
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('assignment_assigned_to'), ['assigned_to'], unique=False)
        batch_op.create_index(batch_op.f('assignment_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('escalation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('triggered_by', sa.String(), nullable=False),
    sa.Column('clock', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('told', sa.Text(), nullable=False),
    sa.Column('escalated_at', sa.BigInteger(), nullable=False),
    sa.Column('acknowledged_at', sa.BigInteger(), nullable=True),
    sa.Column('acknowledged_by', sa.String(), nullable=True),
    sa.Column('note', sa.String(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('escalation_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('escalation_pkey'))
    )
    with op.batch_alter_table('escalation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('escalation_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('chain', sa.String(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('call_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('done_by', sa.String(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=False),
    sa.Column('state_before', sa.String(), nullable=True),
    sa.Column('state_after', sa.String(), nullable=True),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('prev_hash', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('event_call_id_fkey')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('event_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('event_pkey')),
    sa.UniqueConstraint('chain', 'seq', name=op.f('event_chain_seq_key')),
    sa.UniqueConstraint('key', name=op.f('event_key_key'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('event_call_id'), ['call_id'], unique=False)
        batch_op.create_index(batch_op.f('event_done_at'), ['done_at'], unique=False)
        batch_op.create_index(batch_op.f('event_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('form',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('call_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('saved_at', sa.BigInteger(), nullable=False),
    sa.Column('saved_by', sa.String(), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('form_call_id_fkey')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('form_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('form_pkey'))
    )
    with op.batch_alter_table('form', schema=None) as batch_op:
        batch_op.create_index('form_code_saved', ['code', 'saved_at'], unique=False)
        batch_op.create_index(batch_op.f('form_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('message',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('call_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('notice', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('read_at', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.BigInteger(), nullable=True),
    sa.Column('sent_at', sa.BigInteger(), nullable=True),
    sa.Column('provider', sa.String(), nullable=True),
    sa.Column('provider_sid', sa.String(), nullable=True),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('message_call_id_fkey')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('message_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('message_pkey')),
    sa.UniqueConstraint('key', name=op.f('message_key_key'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('message_recipient', ['recipient', 'read_at'], unique=False)
        batch_op.create_index(batch_op.f('message_ticket_id'), ['ticket_id'], unique=False)
        batch_op.create_index('message_waiting', ['next_try_at'], unique=False, sqlite_where=sa.text("status IN ('waiting', 'sending')"), postgresql_where=sa.text("status IN ('waiting', 'sending')"))
        batch_op.create_index('message_undelivered', ['id'], unique=False, sqlite_where=sa.text("status IN ('parked', 'unknown')"), postgresql_where=sa.text("status IN ('parked', 'unknown')"))

    op.create_table('promise',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('call_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('clock', sa.String(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('cycle', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('first_due_at', sa.BigInteger(), nullable=False),
    sa.Column('kept_at', sa.BigInteger(), nullable=True),
    sa.Column('excused_at', sa.BigInteger(), nullable=True),
    sa.Column('voided_at', sa.BigInteger(), nullable=True),
    sa.Column('broken_at', sa.BigInteger(), nullable=True),
    sa.Column('paused_at', sa.BigInteger(), nullable=True),
    sa.Column('paused_ms', sa.Integer(), nullable=False),
    sa.CheckConstraint('(ticket_id IS NULL) <> (call_id IS NULL)', name=op.f('promise_of_one_thing')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('promise_call_id_fkey')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('promise_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('promise_pkey'))
    )
    with op.batch_alter_table('promise', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('promise_call_id'), ['call_id'], unique=False)
        batch_op.create_index('promise_clock_due', ['clock', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('promise_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('timer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('promise_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('call_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=True),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('gen', sa.Integer(), nullable=False),
    sa.Column('armed_from', sa.BigInteger(), nullable=False),
    sa.Column('fails', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('retry_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('timer_call_id_fkey')),
    sa.ForeignKeyConstraint(['promise_id'], ['promise.id'], name=op.f('timer_promise_id_fkey')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('timer_ticket_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('timer_pkey')),
    sa.UniqueConstraint('promise_id', name=op.f('timer_promise_id_key'))
    )
    with op.batch_alter_table('timer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('timer_call_id'), ['call_id'], unique=False)
        batch_op.create_index('timer_due', ['due_at'], unique=False, sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
        batch_op.create_index(batch_op.f('timer_ticket_id'), ['ticket_id'], unique=False)

    guards.install(op.get_bind(), ("ticket", "call", "promise", "event", "form", "timer_fire", "call_event"))


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it")
