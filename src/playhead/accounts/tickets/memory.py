"""Tickets within one process: for tests."""

import time
from collections.abc import Callable

from playhead.accounts.tickets.ports import LIFE_S, OUTSTANDING_MAX, Ticket


class MemoryTicketStore:
    """Keeps tickets in a dict. `clock`: in seconds."""

    def __init__(self, *, life_s: float = LIFE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._life_s = life_s
        self._clock = clock
        self._kept: dict[str, tuple[Ticket, float]] = {}

    async def keep(self, digest: str, ticket: Ticket) -> bool:
        moment = self._clock()
        self._kept = {key: (kept, end) for key, (kept, end) in self._kept.items() if end > moment}
        if sum(kept.user_id == ticket.user_id for kept, _ in self._kept.values()) >= OUTSTANDING_MAX:
            return False
        self._kept[digest] = ticket, moment + self._life_s
        return True

    async def spend(self, digest: str) -> Ticket | None:
        ticket, end = self._kept.pop(digest, (None, 0.0))
        return ticket if end > self._clock() else None

    async def aclose(self) -> None: ...
