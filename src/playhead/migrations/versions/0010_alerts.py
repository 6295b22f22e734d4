"""Adds the incidents of alerts, the last look at them, and the people whom something happened to of late.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "alert_looks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("looked_at", MOMENT, nullable=True),
        sa.Column("states", sa.Text, nullable=False),
    )
    op.create_table(
        "alert_incidents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alert", sa.String(64), nullable=False),
        sa.Column("severity", sa.String(8), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("value", sa.Double, nullable=True),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("notice_at", MOMENT, nullable=True),
        sa.Column("notice_tries", sa.Integer, nullable=False),
        sa.Column("begin_noticed_at", MOMENT, nullable=True),
        sa.Column("end_noticed_at", MOMENT, nullable=True),
        sqlite_autoincrement=True,
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_alert_incidents_open",
        "alert_incidents",
        ["alert"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_alert_incidents_ended", "alert_incidents", ["ended_at"])
    waits = sa.text("notice_at IS NOT NULL")
    op.create_index(
        "ix_alert_incidents_notice", "alert_incidents", ["notice_at"], sqlite_where=waits, postgresql_where=waits
    )
    op.create_table(
        "affected_people",
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("what", sa.String(12), primary_key=True),
        sa.Column("counted_at", MOMENT, nullable=False),
    )
    op.create_index("ix_affected_people_counted", "affected_people", ["counted_at"])


def downgrade() -> None:
    for table in ("affected_people", "alert_incidents", "alert_looks"):
        op.drop_table(table)
