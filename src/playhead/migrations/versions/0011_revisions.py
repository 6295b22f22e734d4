"""Adds what was chosen for a session, revisions of its text, its tracks and warnings, and channels and words.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXTS = ("options", "tracks", "warnings", "draft")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    for name in TEXTS:
        op.add_column("sessions", sa.Column(name, sa.Text, nullable=True))
    op.add_column("segments", sa.Column("channel", sa.Integer, nullable=True))
    op.add_column("segments", sa.Column("words", sa.Text, nullable=True))
    op.create_table(
        "segment_drafts",
        sa.Column("session_id", sa.String(36), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("start_s", sa.Double, nullable=False),
        sa.Column("end_s", sa.Double, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("channel", sa.Integer, nullable=True),
        sa.Column("words", sa.Text, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("segment_drafts")
    for name in ("channel", "words"):
        op.drop_column("segments", name)
    for name in ("revision", *TEXTS):
        op.drop_column("sessions", name)
