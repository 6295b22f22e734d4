"""The table of answers."""

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment


class FeedbackRow(Base):
    """One answer of a person; they are a digest with a key of the site, as in the table of watches."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("person", "nth", name="uq_feedback_person_nth"), Index("ix_feedback_at", "at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    person: Mapped[str] = mapped_column(String(32))
    nth: Mapped[int]
    """Counts the rows of a person, so that of two concurrent first answers the database takes one."""
    rating: Mapped[int | None]
    """1 to 5; None: the question was shown, and there is no answer."""
    comment: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(String(8))
    """How the session was followed most of the time."""
