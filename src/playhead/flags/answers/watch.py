"""Keeps a web process in step with what all processes share about flags, and says how its own stand."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import msgspec

from playhead import log
from playhead.db import DatabaseError
from playhead.flags.answers.gate import Gate
from playhead.flags.answers.shared import Shared

LOOK_S = 0.5
"""A quarter of the 2 s in which every stream is to have ended: reading, telling the streams and a busy machine are the
rest. A look costs about 1 ms of CPU."""
TELL_S = 1.0
"""How old what is told may be; a change is told at once."""
UNREAD_S = 3.0
"""Six looks. A database that is restarted is back before; one that hangs does not answer the look at all."""
UNREAD = "the database cannot be read, so what is switched there does not get here"

logger = log.get(__name__)


class Watch:
    """Reads again and again, for as long as the process lives; what was read last holds while nothing can be read."""

    def __init__(
        self,
        gate: Gate,
        read: Callable[[], Awaitable[Shared]],
        tell: Callable[[bytes], Awaitable[None]],
        instance: str,
        *,
        look_s: float = LOOK_S,
        tell_s: float = TELL_S,
        unread_s: float = UNREAD_S,
    ) -> None:
        """`tell` may raise OSError; `instance` is what people call this process."""
        self._gate = gate
        self._read = read
        self._tell = tell
        self._instance = instance
        self._look_s, self._tell_s, self._unread_s = look_s, tell_s, unread_s
        self._read_at = time.monotonic()
        self._failed = False
        self._trouble = ""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_looking(), name="flags-look")
            tasks.create_task(self._keep_telling(), name="flags-tell")

    async def look(self) -> None:
        """Bring the gate in step, once."""
        try:
            shared = await self._read()
        except DatabaseError as error:
            if not self._failed:
                logger.warning("what is switched in the database does not get here", error=str(error))
            self._failed = True
        else:
            self._read_at, self._failed = time.monotonic(), False
            self._gate.take(shared)

    async def _keep_looking(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._look_s)

    async def _keep_telling(self) -> None:
        """Apart from looking: a database that hangs must not keep this process from saying so."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(changed.set)

        leave = self._gate.on_change(wake)
        try:
            while True:
                changed.clear()
                unread = UNREAD if time.monotonic() - self._read_at > self._unread_s else ""
                standing = self._gate.standing(self._instance, unread)
                self._log(self._gate.health().trouble)
                with contextlib.suppress(OSError):  # whoever asks then hears nothing of this process, and says so
                    await self._tell(msgspec.json.encode(standing))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._tell_s):
                        await changed.wait()
        finally:
            leave()

    def _log(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            logger.error("the flags in force may be old", why=trouble)
        elif self._trouble and not trouble:
            logger.info("the flags in force are those of their source again")
        self._trouble = trouble
