"""The server: accepts connections, lets Hypercorn speak on them, and knows the lines that streams took."""

import asyncio
import functools
import sys
from typing import Any

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.lifespan import Lifespan
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config

from playhead import log
from playhead.delivery.takeover import Frames
from playhead.serve.connection import ANSWER_S, FIRST_S, UNREAD_S, Connection
from playhead.serve.line import GREETING_S, Line
from playhead.serve.port import cannot_listen
from playhead.serve.protocols import Speaker
from playhead.serve.takeover import Takeover

CROWDED = 0.75
"""Of the descriptors: when more are taken, connections end with their answers, so that idle ones take no places."""
WARN_S = 60.0
"""Between two warnings of the same, which might come a thousand times a second."""

logger = log.get(__name__)


class Server:
    """One listening socket and all that is connected to it. Made in the event loop it runs in.

    `descriptors` are those that its connections and what they ask for may take. When they are taken, the oldest idle
    connection ends for each that comes; with none, who comes is hung up on at once: without a descriptor of its own the
    process could not read its flags, nor ask its database.
    """

    def __init__(
        self,
        app: Any,
        config: Config,
        *,
        http2: bool = False,
        descriptors: int = sys.maxsize,
        unread_s: float = UNREAD_S,
        first_s: float = FIRST_S,
        answer_s: float = ANSWER_S,
        greeting_s: float = GREETING_S,
    ) -> None:
        self._app = Takeover(app, self._open_line, lambda: self._taken > CROWDED * descriptors)
        self._config = config
        self._http2, self._descriptors, self._unread_s = http2, descriptors, unread_s
        self._greeting_s = greeting_s
        self._connection = functools.partial(
            Connection, self._accept, unread_s=unread_s, first_s=first_s, answer_s=answer_s
        )
        self._loop = asyncio.get_running_loop()
        self._context = WorkerContext(None)
        self._state: dict[str, Any] = {}
        self._lifespan = Lifespan(ASGIWrapper(app), config, self._loop, self._state)
        self._living: asyncio.Task[None] | None = None
        self._listening: asyncio.Server | None = None
        self.speaking: set[asyncio.Task[None]] = set()
        """Hypercorn's sides of connections."""
        self._spoken_on: dict[Connection, None] = {}
        """Those connections, the oldest first, without what is cut."""
        self.lines: set[Line] = set()
        """Connections that streams took."""
        self._warns_at = 0.0

    async def start(self, host: str, port: int, backlog: int) -> None:
        """Start the app, then listen.

        Raises:
            ConfigError: the address cannot be listened on.
            Exception: what the app raises.
        """
        self._living = asyncio.create_task(self._lifespan.handle_lifespan(), name="lifespan")
        await self._lifespan.wait_for_startup()
        if self._living.done():
            self._living.result()
        try:
            self._listening = await self._loop.create_server(
                self._connection, host, port, backlog=backlog, reuse_address=True
            )
        except OSError as error:
            raise cannot_listen(host, port, error) from None

    async def stop(self, grace_s: float) -> None:
        """Accept nobody any more, let what is connected end within the grace, then cut it; end the app."""
        if self._listening is not None:
            self._listening.close()
        await self._context.terminated.set()  # those between two requests close now
        ends_at = self._loop.time() + grace_s
        while (self.speaking or self.lines) and self._loop.time() < ends_at:  # noqa: ASYNC110 - at the end only
            await asyncio.sleep(0.01)
        for task in self.speaking:
            task.cancel()
        for line in self.lines:
            line.abort()
        await asyncio.gather(*self.speaking, return_exceptions=True)
        await self._lifespan.wait_for_shutdown()

    @property
    def _taken(self) -> int:
        """Descriptors that are taken at most: a request may open a file beside its connection, a stream opens none."""
        return len(self.lines) + 2 * len(self._spoken_on)

    def _accept(self, connection: Connection) -> None:
        if self._taken + 2 > self._descriptors:
            self._warn()
            if not self._make_room():
                connection.cut()
                return
        task = self._loop.create_task(self._speak(connection), name="connection")
        connection.speaking = task
        self.speaking.add(task)
        task.add_done_callback(self.speaking.discard)
        self._spoken_on[connection] = None
        task.add_done_callback(lambda _: self._spoken_on.pop(connection, None))

    def _make_room(self) -> bool:
        """Cut the oldest idle connection; False if there is none."""
        idle = next((connection for connection in self._spoken_on if connection.is_idle), None)
        if idle is None:
            return False
        del self._spoken_on[idle]
        idle.cut()
        return True

    def _warn(self) -> None:
        if self._loop.time() >= self._warns_at:
            self._warns_at = self._loop.time() + WARN_S
            logger.warning(
                "too few open files are allowed: idle connections end, or new ones are refused; streams go on",
                allowed=self._descriptors,
                streams=len(self.lines),
            )

    async def _speak(self, connection: Connection) -> None:
        app = ASGIWrapper(functools.partial(self._app, connection))
        writer: Any = connection
        parts = (app, self._loop, self._config, self._context, self._state, connection.reader, writer)
        await Speaker(*parts, http2=self._http2, unread_s=self._unread_s)

    def _open_line(self, transport: asyncio.Transport, frames: Frames, is_half_closed: bool) -> None:
        self.lines.add(
            Line(transport, frames, self.lines.discard, is_half_closed=is_half_closed, greeting_s=self._greeting_s)
        )
