"""Adds the time of a status's change, by which a client that was offline finds the sessions that ended meanwhile.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Older sessions have none, nor those that a worker of the previous release ends: no client has a cursor that old,
    # and a list is read again when a page is opened.
    op.add_column("sessions", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_sessions_changed", "sessions", ["owner_id", "changed_at"])


def downgrade() -> None:
    op.drop_index("ix_sessions_changed", "sessions")
    op.drop_column("sessions", "changed_at")
