"""What the processes of one database share about flags: the emergency switch and, without a server, the flags file."""

from datetime import datetime

import msgspec


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """The emergency switch is on: nobody streams, whatever the flags are. Who turned it on, when and why."""

    since: datetime
    by: str
    reason: str = ""

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"{self.for_anybody} by {self.by}{why}"

    @property
    def for_anybody(self) -> str:
        """The sentence without who and why, which only operators may read."""
        return f"the emergency switch holds all streams off since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of the database. `emergency` is None while the switch is off."""

    emergency: Emergency | None = None
    flags: str | None = None
    """The text of the flags file that processes on several machines share; None if they share none."""
