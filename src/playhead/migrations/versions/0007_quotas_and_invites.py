"""Adds quotas, invites, disabled accounts, what people use in a day, and when a recording was deleted.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("quota_bytes", sa.BigInteger, nullable=True))
    op.add_column("users", sa.Column("quota_hours", sa.Double, nullable=True))
    op.add_column("users", sa.Column("quota_queued", sa.Integer, nullable=True))
    op.add_column("sessions", sa.Column("audio_deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "usage",
        sa.Column("owner_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("audio_s", sa.Double, nullable=False),
    )
    op.create_table(
        "invites",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("invites")
    op.drop_table("usage")
    op.drop_column("sessions", "audio_deleted_at")
    for column in ("quota_queued", "quota_hours", "quota_bytes", "disabled_at"):
        op.drop_column("users", column)
