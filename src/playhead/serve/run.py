"""Runs the web app until SIGTERM, and drains it before the server stops.

The order: streams get their goodbye, requests in progress end, the server closes the connections, the app closes its
parts.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, cast

import uvloop
from hypercorn.config import Config
from quart import Quart

from playhead import log
from playhead.config import Settings
from playhead.metrics.requests import CountedRequests
from playhead.serve import files, protocols
from playhead.serve.server import Server
from playhead.serve.shutdown import CLOSE_S, DRAIN_S, GRACE_S, REQUESTS_S
from playhead.serve.takeover import is_stream
from playhead.serve.unfinished import UnfinishedResponses
from playhead.web import DIRECT, create_app, drain

BACKLOG = 2048
"""Connections that wait to be accepted. Measured: with 100, a storm of 1,000 reconnects takes 4 to 15 s instead of
0.7 s."""
KEEP_ALIVE_S = 75.0
"""Longer than the idle timeout of a proxy in front (60 s in most); else it sends requests into closing connections."""
GC_THRESHOLDS = (50_000, 20, 50)
"""A full collection visits 150 objects a stream. Measured: p99 of connecting at 5,000 streams falls from 473 to
50 ms."""


def run(settings: Settings, create: Callable[[Settings], Quart] = create_app) -> None:
    """Serves the web app that `create` makes until SIGTERM or SIGINT, then drains and returns.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    log.configure(settings.log_format, settings.log_level)
    descriptors = files.raise_limit(settings.streams_per_process)
    uvloop.run(_serve(settings, create, descriptors))


async def _serve(settings: Settings, create: Callable[[Settings], Quart], descriptors: int) -> None:
    app = create(settings)
    counted = cast("CountedRequests", app.asgi_app)
    requests = Requests(UnfinishedResponses(app.asgi_app))
    app.asgi_app = requests  # type: ignore[method-assign]  # Quart's documented way to wrap an app
    app.config["RESPONSE_TIMEOUT"] = None  # connections have timeouts; Quart 0.23's leaves them open for ever
    gc.freeze()  # without a collection before it, which takes a tenth of the start and frees 1 % of the objects
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = Server(
        app,
        _config(http2=settings.http2),
        http2=settings.http2,
        descriptors=descriptors,
        refused=counted.count,
        direct=app.extensions[DIRECT],
    )
    await server.start(settings.host, settings.port, BACKLOG)
    await stop.wait()
    log.get(__name__).info("draining")
    await drain(app, DRAIN_S)
    await requests.wait_finished(REQUESTS_S)
    try:
        async with asyncio.timeout(GRACE_S + CLOSE_S):
            await server.stop(GRACE_S)
    except TimeoutError:
        log.get(__name__).warning("a part of the app did not close in time: exiting without it")
        os._exit(0)  # a normal exit would wait for its threads


class Requests:
    """ASGI middleware that tracks the requests in progress, except streams, which have no end of their own."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._in_progress: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        end = asyncio.get_running_loop().create_future()
        self._in_progress.add(end)

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start" and is_stream(message):
                self._in_progress.discard(end)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._in_progress.discard(end)
            end.set_result(None)

    async def wait_finished(self, timeout_s: float) -> None:
        """Waits for the requests in progress now, but not for later ones, within the timeout."""
        if self._in_progress:
            await asyncio.wait(set(self._in_progress), timeout=timeout_s)


def _config(*, http2: bool) -> Config:
    config = Config()
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.include_server_header = False
    config.h2_max_concurrent_streams = protocols.STREAMS_MAX
    if http2:
        config.keep_alive_max_requests = sys.maxsize  # after 1,000 Hypercorn would abort the requests in progress
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")  # through our log: crashes of the app appear only here
    return config
