"""Keeps a web process in step with what all processes share about flags."""

import asyncio
from collections.abc import Awaitable, Callable

from playhead import log
from playhead.db import DatabaseError
from playhead.flags.gate import Gate
from playhead.flags.shared import Shared

LOOK_S = 0.5
"""A quarter of the 2 s in which every stream is to have ended: reading, telling the streams and a busy machine are the
rest. A look costs about 1 ms of CPU."""

logger = log.get(__name__)


class Watch:
    """Reads again and again, for as long as the process lives; what was read last holds while nothing can be read."""

    def __init__(self, gate: Gate, read: Callable[[], Awaitable[Shared]], *, look_s: float = LOOK_S) -> None:
        self._gate = gate
        self._read = read
        self._look_s = look_s
        self._trouble = ""

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._look_s)

    async def look(self) -> None:
        """Bring the gate in step, once."""
        try:
            shared = await self._read()
        except DatabaseError as error:
            if not self._trouble:
                logger.warning("the emergency switch cannot be read, it stays as it is", error=str(error))
            self._trouble = str(error)
            return
        self._trouble = ""
        self._gate.take(shared)
