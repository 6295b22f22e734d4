"""Sends the sessions nobody works on again: what became of their message or their worker, nobody else notices."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta

from playhead import log
from playhead.db import Database, DatabaseGone
from playhead.sessions import attempts
from playhead.sessions.ports import Enqueue, Publish, TaskQueue, send_or_leave

EVERY_S = 5.0
"""How often sessions nobody works on are looked for; with the lease of 20 s a lost worker costs at most 25 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Beside the requests of every web process: of several that look at once, one gets each session."""

    database: Database
    queue: TaskQueue
    enqueue: Enqueue
    publish: Publish
    every_s: float = EVERY_S

    async def run(self) -> None:
        """Look again and again, until canceled."""
        while True:
            await asyncio.sleep(self.every_s)
            try:
                overdue = await self._send_again(attempts.RESEND_AFTER)
                if overdue and await self._queue_is_empty():
                    await self._send_again(attempts.TAKEN_WITHIN)
            except DatabaseGone as error:
                log.get(__name__).warning("nothing swept: the database is gone", error=str(error))
            except Exception:  # noqa: BLE001 - a sweep that ended silently would strand every lost session
                log.get(__name__).exception("the sweep failed")

    async def _send_again(self, resend_after: timedelta) -> bool:
        """Send what `recover` finds; whether sessions wait whose messages are lost if the queue is empty."""
        found = await self.database.run(attempts.recover, resend_after)
        await self.publish(found.changed)
        for session_id in found.send:
            log.get(__name__).warning("sent again", session_id=session_id)
            await send_or_leave(self.database, self.enqueue, session_id)
        return found.overdue

    async def _queue_is_empty(self) -> bool:
        with contextlib.suppress(OSError):
            return await asyncio.to_thread(self.queue.is_empty)
        return False
