"""An incident for tests."""

from datetime import UTC, datetime, timedelta

from playhead.monitoring.alerts.incidents import Incident

BEGUN = datetime(2026, 11, 30, 10, 22, tzinfo=UTC)
LASTED = timedelta(minutes=8)


def incident(
    alert: str = "RedisAway",
    severity: str = "page",
    summary: str = "Redis has not answered for 61 s.",
    ended_at: datetime | None = None,
    begin_noticed_at: datetime | None = None,
    end_noticed_at: datetime | None = None,
) -> Incident:
    """One that begins at `BEGUN`."""
    return Incident(
        id=7,
        alert=alert,
        severity=severity,
        summary=summary,
        value=61.0,
        begun_at=BEGUN,
        ended_at=ended_at,
        notice_at=BEGUN,
        notice_tries=0,
        begin_noticed_at=begin_noticed_at,
        end_noticed_at=end_noticed_at,
    )
