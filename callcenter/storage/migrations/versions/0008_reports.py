"""Reports: drafted by the clock, signed word for word, corrected by entries of their own; what was confirmed before is carried over."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

from callcenter.storage import guards

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    _draft()
    _signed()
    _correction()
    _carry_over()
    guards.install(op.get_bind(), ("report_signed", "report_correction"))


def _draft() -> None:
    op.create_table('report_draft',
    sa.Column('period_id', ID, autoincrement=False, nullable=False),
    sa.Column('drafted_at', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('written_by', sa.String(), nullable=True),
    sa.Column('written_at', sa.BigInteger(), nullable=True),
    sa.Column('checked_by', sa.String(), nullable=True),
    sa.Column('checked_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('(checked_at IS NULL) = (checked_by IS NULL)', name=op.f('report_draft_checked_by_somebody')),
    sa.ForeignKeyConstraint(['period_id'], ['period.id'], name=op.f('report_draft_period_id_fkey')),
    sa.PrimaryKeyConstraint('period_id', name=op.f('report_draft_pkey'))
    )


def _signed() -> None:
    op.create_table('report_signed',
    sa.Column('id', ID, nullable=False),
    sa.Column('period_id', ID, nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('signed_by', sa.String(), nullable=False),
    sa.Column('signed_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['period_id'], ['period.id'], name=op.f('report_signed_period_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('report_signed_pkey')),
    sa.UniqueConstraint('period_id', name=op.f('report_signed_period_id_key'))
    )


def _correction() -> None:
    op.create_table('report_correction',
    sa.Column('id', ID, nullable=False),
    sa.Column('period_id', ID, nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('was', sa.Text(), nullable=False),
    sa.Column('is_now', sa.Text(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('corrected_by', sa.String(), nullable=False),
    sa.Column('corrected_at', sa.BigInteger(), nullable=False),
    sa.Column('prev_hash', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.CheckConstraint("why <> ''", name=op.f('report_correction_with_a_reason')),
    sa.ForeignKeyConstraint(['period_id'], ['period.id'], name=op.f('report_correction_period_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('report_correction_pkey')),
    sa.UniqueConstraint('period_id', 'seq', name=op.f('report_correction_period_id_seq_key'))
    )


def _carry_over() -> None:
    """Reports confirmed until now stood inside their period."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, content, confirmed_by, confirmed_at FROM period WHERE confirmed_at IS NOT NULL")).all()
    for id_, content, by, at in rows:
        report = json.loads(content).get("report")
        if report is not None:
            text = json.dumps({"notes": {}, "report": report}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            connection.execute(
                sa.text("INSERT INTO report_signed (period_id, content, sha256, signed_by, signed_at) VALUES (:id, :text, :sha, :by, :at)"),
                {"id": id_, "text": text, "sha": hashlib.sha256(text.encode()).hexdigest(), "by": by, "at": at})


def downgrade() -> None:
    raise NotImplementedError("reports that were signed are not thrown away")
