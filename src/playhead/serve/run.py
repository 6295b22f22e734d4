"""Runs the web app until SIGTERM, and drains before the server stops.

Readers say goodbye first, then the requests under way end, then the server closes what is connected, and the app its
parts at last.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from typing import Any

import uvloop
from hypercorn.config import Config

from playhead import log
from playhead.config import Settings
from playhead.serve import files, protocols
from playhead.serve.server import Server
from playhead.serve.shutdown import CLOSE_S, DRAIN_S, GRACE_S, REQUESTS_S
from playhead.serve.takeover import is_stream
from playhead.serve.unfinished import Unfinished
from playhead.web import create_app, drain

BACKLOG = 2048
"""Connections waiting to be accepted: with 100 a storm of 1,000 reconnects took 4 to 15 s instead of 0.7 s."""
KEEP_ALIVE_S = 75.0
"""Longer than the idle time of a proxy in front (60 s in most), or it sends requests into closing connections."""
GC_THRESHOLDS = (50_000, 20, 50)
"""A full collection walks 150 objects a stream. Measured: p99 of connecting at 5,000 streams 473 → 50 ms."""


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    log.configure(settings.log_format, settings.log_level)
    descriptors = files.allow(settings.streams_per_process)
    uvloop.run(_serve(settings, descriptors))


async def _serve(settings: Settings, descriptors: int) -> None:
    app = create_app(settings)
    requests = Requests(Unfinished(app.asgi_app))
    app.asgi_app = requests  # type: ignore[method-assign]  # Quart's documented way to wrap an app
    app.config["RESPONSE_TIMEOUT"] = None  # connections see to it; on Quart 0.23 it leaves them open for ever
    gc.freeze()  # without a collection before: it takes a tenth of the start, and finds 1 % of what is there
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = Server(app, _config(http2=settings.http2), http2=settings.http2, descriptors=descriptors)
    await server.start(settings.host, settings.port, BACKLOG)
    await stop.wait()
    log.get(__name__).info("draining")
    await drain(app, DRAIN_S)
    await requests.finished(REQUESTS_S)
    try:
        async with asyncio.timeout(GRACE_S + CLOSE_S):
            await server.stop(GRACE_S)
    except TimeoutError:
        log.get(__name__).warning("something does not close: left as it is")
        os._exit(0)  # its threads would keep the process


class Requests:
    """Wraps an ASGI app: knows the requests under way that have an end of their own, so not the streams."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._under_way: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        end = asyncio.get_running_loop().create_future()
        self._under_way.add(end)

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start" and is_stream(message):
                self._under_way.discard(end)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._under_way.discard(end)
            end.set_result(None)

    async def finished(self, timeout_s: float) -> None:
        """Wait for those under way now, within the timeout; those that come meanwhile are not waited for."""
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=timeout_s)


def _config(*, http2: bool) -> Config:
    config = Config()
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.include_server_header = False
    config.h2_max_concurrent_streams = protocols.STREAMS_MAX
    if http2:
        config.keep_alive_max_requests = sys.maxsize  # after 1,000 Hypercorn would cut off all that is under way
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")  # ours shows it: an app that crashed is told of here only
    return config
