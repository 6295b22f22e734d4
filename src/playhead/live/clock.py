"""Reads the current time in the precision of tables and documents."""

from datetime import UTC, datetime


def now() -> datetime:
    """Returns the current time in UTC, truncated to the millisecond as the contract demands."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
