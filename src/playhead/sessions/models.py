"""The tables of sessions, and the immutable records that other packages get."""

from dataclasses import dataclass
from datetime import date, datetime

from msgspec import UNSET, UnsetType
from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment
from playhead.sessions.facts import NOTHING_CHOSEN, Draft, Options, TextWarning, Track, Word
from playhead.sessions.status import State, Status


class SessionRow(Base):
    """A session. `version`, `attempt` and `state` are copies from `status`, for queries."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_owner", "owner_id", "id"),
        Index("ix_sessions_state", "state", "id"),
        Index("ix_sessions_changed", "owner_id", "changed_at"),
        Index("ix_sessions_turn", "state", "owner_id", "queued_at", "id", "sent_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    filename: Mapped[str] = mapped_column(String(255))
    language: Mapped[str | None] = mapped_column(String(8))
    engine: Mapped[str | None] = mapped_column(String(120))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    duration_s: Mapped[float | None]
    audio_key: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Moment)
    queued_at: Mapped[datetime] = mapped_column(Moment)
    """Orders the queue; sending the message again does not change it."""
    enqueued: Mapped[bool] = mapped_column(default=False)
    """Whether the broker confirmed the task's message; until then the sweep sends it again."""
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the message was last sent, or a delayed one is due; None if it was not sent since the session was queued."""
    tries: Mapped[int] = mapped_column(default=0)
    """Attempts since a person last queued the session, or since its last progress."""
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[int]
    state: Mapped[State] = mapped_column(String(12))
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    speed: Mapped[float | None]
    status: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    """`updated_at` of the status; None if it is older than this column."""
    audio_deleted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the recording was deleted although the session is kept; None: it is there."""
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of the text that is served, in `segments`: how many there were before it."""
    options: Mapped[str | None] = mapped_column(Text)
    """What a person chose (`facts.Options`); None: nothing, or only the language, before this column was there."""
    tracks: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[str | None] = mapped_column(Text)
    draft: Mapped[str | None] = mapped_column(Text)
    """The revision that is written beside the one that is served (`facts.Draft`), in `segment_drafts`."""


class UsageRow(Base):
    """Seconds of audio that a person had transcribed on `day` (UTC), the last day on which there were any."""

    __tablename__ = "usage"

    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date]
    audio_s: Mapped[float]


class TurnRow(Base):
    """What a person was given of late, by which the queue is fair."""

    __tablename__ = "turns"

    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    used_s: Mapped[float]
    """Seconds of audio transcribed for them, decayed to `used_at`."""
    used_at: Mapped[datetime] = mapped_column(Moment)
    last_turn_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a worker last claimed one of their sessions."""


class SegmentColumns:
    """A stretch of speech with its text. The index counts from 0 without a hole."""

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start_s: Mapped[float]
    end_s: Mapped[float]
    text: Mapped[str] = mapped_column(Text)
    channel: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(Text)
    """JSON, `[[start_s, end_s, text], …]`."""


class SegmentRow(SegmentColumns, Base):
    """A segment of the revision that is served, or of the first one while it is written."""

    __tablename__ = "segments"


class SegmentDraftRow(SegmentColumns, Base):
    """A segment of a revision that is written while another one is served."""

    __tablename__ = "segment_drafts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as other packages get it; `audio_key` is the storage key, which never leaves the service.

    `language`, `engine`, `duration_s`, `tracks` and `warnings` are of the text that is served, `options` of the newest
    one, which may still be a draft.
    """

    id: str
    owner_id: str
    filename: str
    language: str | None
    engine: str | None
    size_bytes: int
    duration_s: float | None
    audio_key: str
    audio_deleted_at: datetime | None
    created_at: datetime
    queued_at: datetime
    changed_at: datetime | None = None
    """When its status was written, or its upload last had a byte; None: before that was stored."""
    revision: int = 0
    options: Options = NOTHING_CHOSEN
    tracks: tuple[Track, ...] = ()
    warnings: tuple[TextWarning, ...] = ()
    draft: Draft | None = None
    status: Status

    @property
    def is_complete(self) -> bool:
        """Whether no segment of the text that is served can follow."""
        return self.status.state is State.COMPLETED if self.draft is None else self.draft.is_complete

    @property
    def is_shown_whole(self) -> bool:
        """Whether the text that is served is that of a session that was final."""
        return self.status.is_final or self.draft is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """What a session begins with.

    Args:
        size_bytes: the length of the whole recording.
        audio_key: the recording's key in the storage, which of an upload has nothing yet.
        options: what the person chose.
        trace_id: of the session's trace, if one is recorded.
    """

    id: str
    owner_id: str
    filename: str
    size_bytes: int
    audio_key: str
    options: Options = NOTHING_CHOSEN
    trace_id: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment; times are in seconds from the start of the audio.

    `index` counts from 0 in its revision; `channel` counts from 1, and is None where channels are not heard apart.
    """

    index: int
    start_s: float
    end_s: float
    text: str
    channel: int | None = None
    words: tuple[Word, ...] = ()
    revision: int = 0
