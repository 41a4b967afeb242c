"""Corrective actions, quality feedback and call reviews."""

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
