"""What each person was given of late, by which the queue is fair; and the index that finds whose turn it is.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("owner_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("used_s", sa.Double, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_turn_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_sessions_turn", "sessions", ["state", "owner_id", "queued_at", "id", "sent_at"])


def downgrade() -> None:
    op.drop_index("ix_sessions_turn", "sessions")
    op.drop_table("turns")
