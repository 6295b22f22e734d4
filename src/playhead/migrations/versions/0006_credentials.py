"""Adds from where and until when a login is used, and the scope and the end of an API token.

Tokens that exist may go on reading and changing, and have no end. Logins that exist count as used now, so that the idle
timeout signs nobody out at once.

Revision ID: 0006
Revises: 0005
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("logins", sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("logins", sa.Column("user_agent", sa.String(255), nullable=True))
    op.add_column("logins", sa.Column("address", sa.String(64), nullable=True))
    op.add_column("api_tokens", sa.Column("scope", sa.String(8), nullable=False, server_default="write"))
    op.add_column("api_tokens", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    logins = sa.table("logins", sa.column("used_at", sa.DateTime(timezone=True)))
    op.execute(logins.update().values(used_at=datetime.now(UTC).replace(microsecond=0)))


def downgrade() -> None:
    for column in ("expires_at", "scope"):
        op.drop_column("api_tokens", column)
    for column in ("address", "user_agent", "used_at"):
        op.drop_column("logins", column)
