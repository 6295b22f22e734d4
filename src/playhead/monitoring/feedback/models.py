"""The table of answers."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment


class FeedbackRow(Base):
    """One answer of a person; they are a digest with a key of the site, as in the table of watches."""

    __tablename__ = "feedback"
    __table_args__ = (Index("ix_feedback_person", "person", "at"), Index("ix_feedback_at", "at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    person: Mapped[str] = mapped_column(String(32))
    rating: Mapped[int | None]
    """1 to 5; None: the question was closed without an answer."""
    comment: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(String(8))
    """How the session was followed most of the time."""
