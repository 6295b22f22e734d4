"""The background tasks of a web process for flags: read what all processes share, and publish this process's report."""

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
"""Between two reads. A quarter of the 2 s within which every stream has to end in an emergency: the read itself, the
notice to the streams and a busy machine take the rest. A read costs about 1 ms of CPU."""
PUBLISH_S = 1.0
"""Between two reports; a change is reported at once."""
UNREAD_S = 3.0
"""Six reads. A restarted database is back by then; one that hangs does not answer any of them."""
UNREAD = "the database cannot be read, so what is switched there does not get here"

logger = log.get(__name__)


class Watch:
    """Reads for as long as the process lives; the last reading stays in force while the database cannot be read."""

    def __init__(
        self,
        gate: Gate,
        read: Callable[[], Awaitable[Shared]],
        publish: Callable[[bytes], Awaitable[None]],
        instance: str,
        *,
        look_s: float = LOOK_S,
        publish_s: float = PUBLISH_S,
        unread_s: float = UNREAD_S,
    ) -> None:
        """
        Args:
            read: reads what the processes share from the database; may raise DatabaseError.
            publish: sends this process's report to where the command line reads it; may raise OSError.
            instance: the name of this process, for people.
        """
        self._gate = gate
        self._read = read
        self._publish = publish
        self._instance = instance
        self._look_s, self._publish_s, self._unread_s = look_s, publish_s, unread_s
        self._read_at = time.monotonic()
        self._failed = False
        self._trouble = ""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_looking(), name="flags-look")
            tasks.create_task(self._keep_publishing(), name="flags-publish")

    async def look(self) -> None:
        """Read once, and hand it to the gate."""
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

    async def _keep_publishing(self) -> None:
        """A task of its own: a process whose database hangs must be able to report that."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(changed.set)

        leave = self._gate.on_change(wake)
        try:
            while True:
                changed.clear()
                unread = UNREAD if time.monotonic() - self._read_at > self._unread_s else ""
                report = self._gate.report(self._instance, unread)
                self._log(self._gate.health().trouble)
                with contextlib.suppress(OSError):  # the command line then counts this process as missing
                    await self._publish(msgspec.json.encode(report))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._publish_s):
                        await changed.wait()
        finally:
            leave()

    def _log(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            logger.error("the flags in force may be old", why=trouble)
        elif self._trouble and not trouble:
            logger.info("the flags in force are those of their source again")
        self._trouble = trouble
