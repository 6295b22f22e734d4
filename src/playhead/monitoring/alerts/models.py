"""The tables of alerts: the state of each at the last look, and the incidents."""

from datetime import datetime

from sqlalchemy import Index, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment
from playhead.webhooks.outbox import NoticeColumns

IS_OPEN = text("ended_at IS NULL")
WAITS_FOR_NOTICE = text("notice_at IS NOT NULL")


class AlertLookRow(Base):
    """The last look at the alerts; one row."""

    __tablename__ = "alert_looks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime | None] = mapped_column(Moment)
    """None: nobody has looked yet."""
    states: Mapped[str] = mapped_column(Text)
    """A `judge.States` as JSON; empty: none."""


class IncidentRow(NoticeColumns, Base):
    """One firing of one alert, and the outbox of its two notices."""

    __tablename__ = "alert_incidents"
    __table_args__ = (
        Index("ix_alert_incidents_open", "alert", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        Index("ix_alert_incidents_ended", "ended_at"),
        Index(
            "ix_alert_incidents_notice", "notice_at", sqlite_where=WAITS_FOR_NOTICE, postgresql_where=WAITS_FOR_NOTICE
        ),
        {"sqlite_autoincrement": True},  # a notice is named after an id, so no id is used again
    )

    alert: Mapped[str] = mapped_column(String(64))
    """The name of an alert."""
    severity: Mapped[str] = mapped_column(String(8))
    summary: Mapped[str] = mapped_column(Text)
    """The sentence with the value when it began."""
    value: Mapped[float | None]
    """Of the condition when it began."""
    begun_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    """None: it goes on."""
    begin_noticed_at: Mapped[datetime | None] = mapped_column(Moment)
    end_noticed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When each of the two notices was taken."""


LOOKS: Table = Base.metadata.tables[AlertLookRow.__tablename__]
INCIDENTS: Table = Base.metadata.tables[IncidentRow.__tablename__]
