"""The ports through which a process is traced, and their adapters for a process that is not: these do nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import msgspec

from playhead.sessions.models import Session
from playhead.sessions.status import Status
from playhead.tracing.ids import TraceId

BeginUpload = Callable[[str, str], AbstractContextManager[TraceId]]
"""Records the request that begins a session, given its route and its header `traceparent`, or an empty string. Yields
the id of its trace."""


def no_upload(_route: str, _traceparent: str) -> AbstractContextManager[TraceId]:
    """Records nothing."""
    return nullcontext(msgspec.UNSET)


class Attempt(Protocol):
    """The record of one attempt at a session. Neither method raises."""

    def stored(self, status: Status) -> None:
        """A status of the attempt was committed."""
        ...

    def ended(self, outcome: str) -> None:
        """The attempt is over: a final state, `postponed`, `released`, `lost` or `gave_up`."""
        ...


class Attempts(Protocol):
    """Records the attempts of a worker process."""

    def begin(self, session: Session) -> Attempt:
        """Begins the record of the attempt that claimed this session. Does not raise."""
        ...

    def close(self) -> None:
        """Sends what was recorded, within a bounded time."""
        ...


class NoAttempt:
    """Records nothing."""

    def stored(self, status: Status) -> None:
        return

    def ended(self, outcome: str) -> None:
        return


NO_ATTEMPT = NoAttempt()


class NoAttempts:
    """Records nothing."""

    def begin(self, session: Session) -> Attempt:
        return NO_ATTEMPT

    def close(self) -> None:
        return


NO_ATTEMPTS = NoAttempts()
