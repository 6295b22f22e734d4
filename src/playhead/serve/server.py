"""Accepts connections, runs Hypercorn on them, and keeps track of the stream connections."""

import asyncio
import functools
import sys
from collections.abc import Callable
from typing import Any

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.lifespan import Lifespan
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config

from playhead import log
from playhead.live.takeover import Frames
from playhead.port import cannot_listen
from playhead.serve.connection import ANSWER_S, FIRST_S, UNREAD_S, Connection
from playhead.serve.direct import Direct, DirectHandler, DirectParts
from playhead.serve.protocols import HttpHandler
from playhead.serve.stream_connection import HALF_CLOSE_GRACE_S, StreamConnection
from playhead.serve.takeover import Takeover

CROWDED = 0.75
"""Share of the descriptors in use above which responses close their connection, so that idle ones use none."""
WARN_S = 60.0
"""Interval between two equal warnings, which might come a thousand times a second."""

logger = log.get(__name__)


class Server:
    """One listening socket and its connections. Create it in the event loop it runs in.

    When all descriptors are in use, each new connection replaces the oldest idle one; without an idle one it is reset:
    with no descriptor left, the process could neither read its flags nor query its database.

    Args:
        app: the ASGI app.
        config: Hypercorn's configuration.
        http2: whether HTTP/2 without TLS is accepted.
        descriptors: file descriptors that connections and their requests may use.
        unread_s, first_s, answer_s: timeouts of a connection in seconds, see `Connection`.
        half_close_grace_s: see `StreamConnection`.
        refused: called with the status of each response to a request that cannot be parsed.
        direct: answers some requests without the app; None: the app answers all.
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
        half_close_grace_s: float = HALF_CLOSE_GRACE_S,
        refused: Callable[[int], object] = lambda _: None,
        direct: Direct | None = None,
    ) -> None:
        self._app = Takeover(app, self._open_stream, self._is_crowded)
        self._config = config
        self._http2, self._descriptors, self._unread_s = http2, descriptors, unread_s
        self._refused = refused
        self._half_close_grace_s = half_close_grace_s
        self._new_connection = functools.partial(
            Connection, self._accept, unread_s=unread_s, first_s=first_s, answer_s=answer_s
        )
        self._loop = asyncio.get_running_loop()
        self._context = WorkerContext(None)
        self._state: dict[str, Any] = {}
        self._lifespan = Lifespan(ASGIWrapper(app), config, self._loop, self._state)
        self._lifespan_task: asyncio.Task[None] | None = None
        self._listener: asyncio.Server | None = None
        self.http_tasks: set[asyncio.Task[None]] = set()
        """Hypercorn's tasks, one a connection."""
        self._connections: dict[Connection, None] = {}
        """The connections without a stream, the oldest first, without those being reset."""
        self.streams: set[StreamConnection] = set()
        self._next_warning_at = 0.0
        self._direct: DirectParts | None = (
            None
            if direct is None
            else DirectParts(
                direct=direct,
                open_stream=self._open_stream,
                begin_http=self._begin_http,
                forget=self._drop,
                is_crowded=self._is_crowded,
                idle_s=config.keep_alive_timeout,
            )
        )

    async def start(self, host: str, port: int, backlog: int) -> None:
        """Starts the app, then listens.

        Raises:
            ConfigError: the address cannot be listened on.
            Exception: what the app raises.
        """
        self._lifespan_task = asyncio.create_task(self._lifespan.handle_lifespan(), name="lifespan")
        await self._lifespan.wait_for_startup()
        if self._lifespan_task.done():
            self._lifespan_task.result()
        try:
            self._listener = await self._loop.create_server(
                self._new_connection, host, port, backlog=backlog, reuse_address=True
            )
        except OSError as error:
            raise cannot_listen(host, port, error) from None

    async def stop(self, grace_s: float) -> None:
        """Stops accepting, waits up to `grace_s` seconds for connections to end, aborts the rest, ends the app."""
        if self._listener is not None:
            self._listener.close()
        await self._context.terminated.set()  # idle connections close now
        self._end_direct()
        ends_at = self._loop.time() + grace_s
        while self._is_in_use() and self._loop.time() < ends_at:  # noqa: ASYNC110 - at the end only
            await asyncio.sleep(0.01)
        for task in (*self.http_tasks, *self._direct_tasks):
            task.cancel()
        for stream in self.streams:
            stream.abort()
        for connection in self._read_directly():
            connection.cut()
        await asyncio.gather(*self.http_tasks, *self._direct_tasks, return_exceptions=True)
        await self._lifespan.wait_for_shutdown()

    @property
    def descriptors_used(self) -> int:
        """Descriptors in use at most: a request may open a file beside its connection, a stream opens none."""
        return len(self.streams) + 2 * len(self._connections)

    def _is_crowded(self) -> bool:
        """Whether responses should close their connection, because descriptors are running out."""
        return self.descriptors_used > CROWDED * self._descriptors

    @property
    def _direct_tasks(self) -> set[asyncio.Task[None]]:
        return self._direct.tasks if self._direct is not None else set()

    def _end_direct(self) -> None:
        """Let the connections that are read directly end with their response, idle ones at once."""
        if self._direct is not None:
            self._direct.is_ending = True
        for connection in self._read_directly():
            if connection.handler is not None:
                connection.handler.close_if_idle()

    def _read_directly(self) -> list[Connection]:
        return [connection for connection in self._connections if connection.handler is not None]

    def _is_in_use(self) -> bool:
        """Whether a connection is open, or a task of one goes on."""
        return bool(self._connections or self.http_tasks or self._direct_tasks or self.streams)

    def _accept(self, connection: Connection) -> None:
        if self.descriptors_used + 2 > self._descriptors:
            self._warn()
            if not self._cut_idle():
                connection.cut()
                return
        self._connections[connection] = None
        if self._direct is not None and not self._direct.is_ending:
            connection.handler = DirectHandler(connection, self._direct)
        else:
            self._begin_http(connection)

    def _begin_http(self, connection: Connection) -> None:
        task = self._loop.create_task(self._serve_http(connection), name="connection")
        connection.http_task = task
        self.http_tasks.add(task)
        task.add_done_callback(functools.partial(self._forget, connection))

    def _forget(self, connection: Connection, task: asyncio.Task[None]) -> None:
        """Drops a connection that Hypercorn has left."""
        self.http_tasks.discard(task)
        self._drop(connection)
        connection.http_task = None  # a canceled task refers to its connection by its traceback

    def _drop(self, connection: Connection) -> None:
        self._connections.pop(connection, None)

    def _cut_idle(self) -> bool:
        """Reset the oldest idle connection; False if there is none."""
        idle = next((connection for connection in self._connections if connection.is_idle), None)
        if idle is None:
            return False
        del self._connections[idle]
        idle.cut()
        return True

    def _warn(self) -> None:
        if self._loop.time() >= self._next_warning_at:
            self._next_warning_at = self._loop.time() + WARN_S
            logger.warning(
                "too few open files: closing idle connections or refusing new ones; raise ulimit -n",
                allowed=self._descriptors,
                streams=len(self.streams),
            )

    async def _serve_http(self, connection: Connection) -> None:
        app = ASGIWrapper(functools.partial(self._app, connection))
        writer: Any = connection
        arguments = (app, self._loop, self._config, self._context, self._state, connection.reader, writer)
        await HttpHandler(*arguments, http2=self._http2, unread_s=self._unread_s, refused=self._refused)

    def _open_stream(
        self,
        transport: asyncio.Transport,
        frames: Frames,
        is_half_closed: bool,
        first_pause_s: float = 0.0,
        head: bytes = b"",
    ) -> None:
        stream = StreamConnection(
            transport,
            frames,
            self.streams.discard,
            is_half_closed=is_half_closed,
            half_close_grace_s=self._half_close_grace_s,
            first_pause_s=first_pause_s,
            head=head,
        )
        self.streams.add(stream)
