"""The table of sums."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment


class SumRow(Base):
    """What a process did in a minute or, once it is thinned, all processes in a span.

    A process writes its own row again and again, each time with all of the minute, so a repeated write adds nothing.
    """

    __tablename__ = "sums"

    begins_at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    span_s: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """60, or 3600 once it is thinned."""
    source: Mapped[str] = mapped_column(String(48), primary_key=True)
    """The process: its kind and a random id; empty: all of them."""
    updated_at: Mapped[datetime] = mapped_column(Moment)
    reading: Mapped[str] = mapped_column(Text)
    """A `metrics.Reading` as JSON: what was added, and gauges as they are."""
