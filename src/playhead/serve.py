"""Runs the web app on Hypercorn, and drains before the server waits.

Hypercorn tells an app of its end only after every open stream has ended by itself. So SIGTERM is handled here:
readers say goodbye first, then the requests under way end, then the server is told to stop, and nothing is left for it
to wait for.
"""

import asyncio
import contextlib
import gc
import logging
import os
import signal
from typing import Any

import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from playhead import log
from playhead.config import Settings
from playhead.web import create_app, drain

BACKLOG = 2048
"""Connections waiting to be accepted: with 100 a storm of 1,000 reconnects took 4 to 15 s instead of 0.7 s."""
KEEP_ALIVE_S = 75.0
"""Longer than the idle time of a proxy in front (60 s in most), or it sends requests into closing connections."""
DRAIN_S = 0.5
"""Time for the goodbyes to go out; measured: 0.03 s for 30 streams."""
REQUESTS_S = 30.0
"""For requests under way, an upload in its last seconds above all. Nothing is waited for where there is none."""
GRACE_S = 2.0
"""For connections to close after that."""
CLOSE_S = 12.0
"""For the parts to close: the flags' last metrics take 8 s with a server that hangs, the publisher's rest 2 s."""
LATE_S = 0.25
"""After the grace, Hypercorn has begun to close the parts, or never will."""
LONGEST_S = DRAIN_S + REQUESTS_S + GRACE_S + LATE_S + CLOSE_S
"""Who ends this process by force should wait for longer: `up`, and Render's `maxShutdownDelaySeconds`."""
GC_THRESHOLDS = (50_000, 20, 50)
"""A full collection walks 150 objects a stream. Measured: p99 of connecting at 5,000 streams 473 → 50 ms."""


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. uvloop: with asyncio on Python 3.12.1 and later an open stream blocks the end."""
    log.configure(settings.log_format, settings.log_level)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    app = create_app(settings)
    requests = Requests(app.asgi_app)
    app.asgi_app = requests  # type: ignore[method-assign]  # Quart's documented way to wrap an app
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()
    stop = asyncio.Event()
    ending: list[asyncio.Future[None]] = []
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def drained() -> None:
        await stop.wait()
        log.get(__name__).info("draining")
        await drain(app, DRAIN_S)
        await requests.finished(REQUESTS_S)
        ending.append(asyncio.ensure_future(_last_word(app)))

    await serve(app, _config(settings), shutdown_trigger=drained)


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
            if message["type"] == "http.response.start" and _is_stream(message):
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


def _is_stream(start: Any) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    return bool(headers.get(b"content-type", b"").startswith(b"text/event-stream"))


async def _last_word(app: Quart) -> None:
    """End the process although a connection never ends: a reader that took no goodbye must not keep it."""
    await asyncio.sleep(GRACE_S + LATE_S)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            if not app.shutdown_event.is_set():
                await app.shutdown()
            else:
                await asyncio.Future()  # Hypercorn is at it: the loop ends with it
    os._exit(0)


def _config(settings: Settings) -> Config:
    config = Config()
    config.bind = [f"{settings.host}:{settings.port}"]
    config.backlog = BACKLOG
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.graceful_timeout = GRACE_S
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")  # ours shows it: a stream that crashed is told of here only
    return config
