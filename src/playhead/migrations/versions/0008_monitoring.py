"""Adds sums by the minute, watches, exposures and feedback.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sums",
        sa.Column("begins_at", MOMENT, primary_key=True),
        sa.Column("span_s", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.String(48), primary_key=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
    )
    op.create_table(
        "watches",
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("subject", sa.String(32), primary_key=True),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("rollout", sa.String(64), nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("arm", sa.String(8), nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("streams", sa.Integer, nullable=False),
        sa.Column("established", sa.Integer, nullable=False),
        sa.Column("polls", sa.Integer, nullable=False),
        sa.Column("stream_s", sa.Double, nullable=False),
        sa.Column("poll_s", sa.Double, nullable=False),
        sa.Column("last_version", sa.BigInteger, nullable=False),
        sa.Column("version_at", MOMENT, nullable=True),
        sa.Column("reported_at", MOMENT, nullable=True),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("harms", sa.String(120), nullable=False),
        sa.Column("final", sa.String(8), nullable=False),
        sa.Column("counted_at", MOMENT, nullable=True),
    )
    op.create_index("ix_watches_begun", "watches", ["begun_at"])
    op.create_index("ix_watches_rollout", "watches", ["rollout", "stage", "begun_at"])
    silent = sa.text("reported_at IS NULL AND counted_at IS NULL")
    op.create_index("ix_watches_silent", "watches", ["updated_at"], sqlite_where=silent, postgresql_where=silent)
    op.create_table(
        "exposures",
        sa.Column("rollout", sa.String(64), primary_key=True),
        sa.Column("stage", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("arm", sa.String(8), nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_exposures_at", "exposures", ["at"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("nth", sa.Integer, nullable=False),
        sa.Column("rating", sa.Integer, nullable=True),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.UniqueConstraint("person", "nth", name="uq_feedback_person_nth"),
    )
    op.create_index("ix_feedback_at", "feedback", ["at"])


def downgrade() -> None:
    for table in ("feedback", "exposures", "watches", "sums"):
        op.drop_table(table)
