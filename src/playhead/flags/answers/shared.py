"""What the processes of one database share of flags: the emergency switch, and the flags where there is no server."""

from datetime import datetime

import msgspec


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody streams, whatever the flags say. Who switched off, when and why."""

    since: datetime
    by: str
    reason: str = ""

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"{self.for_anybody} by {self.by}{why}"

    @property
    def for_anybody(self) -> str:
        """Without who and why, which are the operators'."""
        return f"the emergency switch holds all streams off since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """All of it at one moment. `emergency` is None where there is none."""

    emergency: Emergency | None = None
    flags: str | None = None
    """The text of the flags file that processes on several machines share; None where none do."""
