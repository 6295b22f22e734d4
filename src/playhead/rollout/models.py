"""The tables of rollouts: what is watched, what was decided, and the numbers of each minute for the charts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment
from playhead.webhooks.outbox import NoticeColumns

NOT_ENDED = text("ended_at IS NULL")
WAITS_FOR_NOTICE = text("notice_at IS NOT NULL")


class RolloutRow(Base):
    """A rollout of a flag that is watched, or was."""

    __tablename__ = "rollouts"
    __table_args__ = (
        Index("ix_rollouts_flag", "flag", unique=True, sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED),
        {"sqlite_autoincrement": True},  # a group is named after an id, so no id is used again
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    flag: Mapped[str] = mapped_column(String(100))
    group: Mapped[str] = mapped_column(String(64))
    """Who are drawn, by its name; of a dry run the group that the slider was last seen with."""
    state: Mapped[str] = mapped_column(String(8))
    """A `record.State`."""
    held_by: Mapped[str] = mapped_column(String(8))
    """`judge` or `person` while it is held; empty: it is not."""
    is_dry_run: Mapped[bool]
    plan: Mapped[str] = mapped_column(Text)
    """The plan as it was started with, as TOML."""
    stage: Mapped[int]
    """The index of the plan's stage."""
    share: Mapped[int]
    """The share in percent that it set or last saw."""
    since: Mapped[datetime] = mapped_column(Moment)
    """Begin of the evidence of this stage."""
    looked_at: Mapped[datetime | None] = mapped_column(Moment)
    """The last look; None: there was none."""
    memory: Mapped[str] = mapped_column(Text)
    """A `judge.Memory` as JSON; empty: a new one."""
    look: Mapped[str] = mapped_column(Text)
    """What the last look counted and found, a `record.Look` as JSON; empty: there was none."""
    trouble: Mapped[str] = mapped_column(Text)
    """Why the last round did nothing, a sentence; empty: it did what was due."""
    version: Mapped[int]
    """Grows with each change; whoever changes the row names the version that they read."""
    leader: Mapped[str] = mapped_column(String(64))
    """The process, or the order, that may move the slider until `lease_until`; empty: none."""
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    begun_by: Mapped[str] = mapped_column(String(320))
    reason: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str] = mapped_column(String(12))
    """`rolled_back`, `stopped` or `finished`; empty: it has not ended."""


class DecisionRow(NoticeColumns, Base):
    """A decision of the judge or of a person, written before it is acted upon."""

    __tablename__ = "rollout_decisions"
    __table_args__ = (
        Index("ix_rollout_decisions_rollout", "rollout_id", "id"),
        Index(
            "ix_rollout_decisions_notice",
            "notice_at",
            sqlite_where=WAITS_FOR_NOTICE,
            postgresql_where=WAITS_FOR_NOTICE,
        ),
        {"sqlite_autoincrement": True},
    )

    rollout_id: Mapped[int | None] = mapped_column(ForeignKey("rollouts.id", ondelete="CASCADE"))
    """None: of the emergency switch, which stops all streams without a rollout as well."""
    at: Mapped[datetime] = mapped_column(Moment)
    decision: Mapped[str] = mapped_column(String(12))
    """A `record.Kind`."""
    stage: Mapped[int | None]
    share_from: Mapped[int | None]
    share_to: Mapped[int | None]
    group_from: Mapped[str] = mapped_column(String(64))
    group_to: Mapped[str] = mapped_column(String(64))
    """Where the slider was, and where it is to be. None and empty: the slider stays."""
    by: Mapped[str] = mapped_column(String(320))
    """The email of a person, or `the judge`."""
    reason: Mapped[str] = mapped_column(Text)
    """Of a person their words, of the judge the id of its reason."""
    sentence: Mapped[str] = mapped_column(Text)
    numbers: Mapped[str] = mapped_column(Text)
    """What was counted and found then, a `record.Look` as JSON; empty: nothing."""
    state: Mapped[str] = mapped_column(String(12))
    """`recorded`, `acted`, `not_acted` (in a dry run) or `overtaken`."""
    acted_at: Mapped[datetime | None] = mapped_column(Moment)
    noticed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the notice was taken."""


class LookRow(Base):
    """The numbers of the last look of a minute, for the charts."""

    __tablename__ = "rollout_looks"

    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollouts.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    """The begin of the minute."""
    numbers: Mapped[str] = mapped_column(Text)
    """A `record.Minute` as JSON."""
