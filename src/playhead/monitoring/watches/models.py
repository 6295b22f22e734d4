"""The tables of watches and exposures. People are digests with a key of the site, and nothing refers to an account."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment

SILENT = text("reported_at IS NULL AND counted_at IS NULL")


class WatchRow(Base):
    """One person who follows one session, or their list on one day: what the server did, and what pages report.

    About 700 bytes, most of them the report.
    """

    __tablename__ = "watches"
    __table_args__ = (
        Index("ix_watches_begun", "begun_at"),
        Index("ix_watches_rollout", "rollout", "stage", "begun_at"),
        Index("ix_watches_silent", "updated_at", sqlite_where=SILENT, postgresql_where=SILENT),
    )

    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A digest of the session's id or, for the list, of the day."""
    begun_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    """The last contact: a report, a poll, or an open stream (a minute late at most)."""
    rollout: Mapped[str] = mapped_column(String(64))
    stage: Mapped[int]
    """The share of people who stream, in percent, when the person was first seen here."""
    arm: Mapped[str] = mapped_column(String(8))
    """`stream` or `poll`: what the flags answered then; `none`: neither, as with the kill switch."""
    weight: Mapped[int]
    """How many people this one stands for, by the sample; 0: outside the sample, not to be compared."""
    streams: Mapped[int]
    established: Mapped[int]
    """Streams that were opened, and those whose first event the server took."""
    polls: Mapped[int]
    stream_s: Mapped[float]
    poll_s: Mapped[float]
    """Seconds with an open stream, and those between polls without one."""
    last_version: Mapped[int] = mapped_column(BigInteger)
    """The last version that was written to a stream or answered to a poll; -1: none."""
    version_at: Mapped[datetime | None] = mapped_column(Moment)
    """When that version was first written, as far as is known."""
    reported_at: Mapped[datetime | None] = mapped_column(Moment)
    """The last report of a page; None: there was none, so what the server did counts."""
    report: Mapped[str] = mapped_column(Text)
    """`accepted.Kept` as JSON: the sum of the clamped reports, and the last number of each page; empty: none."""
    harms: Mapped[str] = mapped_column(String(120))
    """Of `catalog.HARMS`, sorted, with a space between; by reports or, for silent pages, by what the server did."""
    final: Mapped[str] = mapped_column(String(8))
    """How the final status came: `in_time`, `late` or `missing`; empty: not yet, or nobody was there."""
    counted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was counted from what the server did, in place of reports."""


class ExposureRow(Base):
    """A person about whom the flags were asked in a stage of a rollout, and their first answer."""

    __tablename__ = "exposures"
    __table_args__ = (Index("ix_exposures_at", "at"),)

    rollout: Mapped[str] = mapped_column(String(64), primary_key=True)
    stage: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    arm: Mapped[str] = mapped_column(String(8))
    weight: Mapped[int]
    """As that of a watch: no report is expected of who is outside the sample."""
    at: Mapped[datetime] = mapped_column(Moment)


class AffectedRow(Base):
    """A person to whom something happened, and when that was last counted; kept for a day."""

    __tablename__ = "affected_people"
    __table_args__ = (Index("ix_affected_people_counted", "counted_at"),)

    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    what: Mapped[str] = mapped_column(String(12), primary_key=True)
    """Of `catalog.EFFECTS`."""
    counted_at: Mapped[datetime] = mapped_column(Moment)


WATCHES: Table = Base.metadata.tables[WatchRow.__tablename__]
"""For statements about many watches at once, which need no objects."""
