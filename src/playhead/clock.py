"""The current time, as every table and every document on the wire keeps it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC, truncated to the millisecond: the precision of the wire contract."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
