"""Sends the messages of lost sessions again, whose message or worker was lost."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta

from playhead import log
from playhead.metrics.catalog import SWEPT
from playhead.metrics.metrics import Metrics
from playhead.sessions import attempts
from playhead.sessions.commands import Commands
from playhead.sessions.ports import TaskQueue

EVERY_S = 5.0
"""Interval of the sweep in seconds; with the lease of 20 s a lost worker costs at most 25 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A job of every web process; of several concurrent sweeps one gets each session."""

    commands: Commands
    queue: TaskQueue
    metrics: Metrics

    async def run(self) -> None:
        """Sweeps once. Raises DatabaseError; the next round repeats the work."""
        overdue = await self._send_again(attempts.RESEND_AFTER)
        if overdue and await self._queue_is_empty():
            await self._send_again(attempts.TAKEN_WITHIN)

    async def _send_again(self, resend_after: timedelta) -> bool:
        """Send what `recover` finds; True if sessions wait whose messages are lost in case the queue is empty."""
        found = await self.commands.database.run(attempts.recover, resend_after)
        self.metrics.add(SWEPT, "recovered", amount=len(found.changed))
        self.metrics.add(SWEPT, "sent_again", amount=len(found.send))
        await self.commands.publish(found.changed)
        for session_id in found.send:
            log.get(__name__).warning("sent again", session_id=session_id)
            await self.commands.send(session_id)
        return found.overdue

    async def _queue_is_empty(self) -> bool:
        with contextlib.suppress(OSError):
            return await asyncio.to_thread(self.queue.is_empty)
        return False
