"""Adds rollouts, their decisions, and the numbers of each minute.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rollouts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("flag", sa.String(100), nullable=False),
        sa.Column("group", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("held_by", sa.String(8), nullable=False),
        sa.Column("is_dry_run", sa.Boolean, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("share", sa.Integer, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("looked_at", MOMENT, nullable=True),
        sa.Column("memory", sa.Text, nullable=False),
        sa.Column("look", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("leader", sa.String(64), nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("begun_by", sa.String(320), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(12), nullable=False),
        sqlite_autoincrement=True,
    )
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_rollouts_flag", "rollouts", ["flag"], unique=True, sqlite_where=running, postgresql_where=running
    )
    op.create_table(
        "rollout_decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rollout_id", sa.Integer, sa.ForeignKey("rollouts.id", ondelete="CASCADE"), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("decision", sa.String(12), nullable=False),
        sa.Column("stage", sa.Integer, nullable=True),
        sa.Column("share_from", sa.Integer, nullable=True),
        sa.Column("share_to", sa.Integer, nullable=True),
        sa.Column("group_from", sa.String(64), nullable=False),
        sa.Column("group_to", sa.String(64), nullable=False),
        sa.Column("by", sa.String(320), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("numbers", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("acted_at", MOMENT, nullable=True),
        sa.Column("notice_at", MOMENT, nullable=True),
        sa.Column("notice_tries", sa.Integer, nullable=False),
        sa.Column("noticed_at", MOMENT, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rollout_decisions_rollout", "rollout_decisions", ["rollout_id", "id"])
    waits = sa.text("notice_at IS NOT NULL")
    op.create_index(
        "ix_rollout_decisions_notice", "rollout_decisions", ["notice_at"], sqlite_where=waits, postgresql_where=waits
    )
    op.create_table(
        "rollout_looks",
        sa.Column(
            "rollout_id",
            sa.Integer,
            sa.ForeignKey("rollouts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("at", MOMENT, primary_key=True),
        sa.Column("numbers", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("rollout_looks", "rollout_decisions", "rollouts"):
        op.drop_table(table)
