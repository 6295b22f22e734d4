"""Starts the parts in order, reports when they are ready, restarts what dies, and stops them in the opposite order."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from playhead.config import Settings, load
from playhead.serve.shutdown import LONGEST_S
from playhead.up import valkey
from playhead.up.checks import check_redis, migrate
from playhead.up.folder import check_port, hold
from playhead.up.keeping import Timings, keep, until_ready, until_web_is_ready
from playhead.up.output import Output, Shows
from playhead.up.part import Part

WEB_PATIENCE_S = LONGEST_S + 5.0
"""Streams are asked to go, running requests end, an upload gets through; the rest is for a busy machine."""
WORKER_PATIENCE_S = 40.0
"""Above Celery's soft shutdown, after which the task's message is back in the queue."""
VALKEY_PATIENCE_S = 10.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """One run of `playhead up`."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        notify: Callable[[str], None],
        ready: Callable[[str], None],
        before: Callable[["Supervisor"], Awaitable[None]] | None = None,
        verbose: bool = False,
        timings: Timings = Timings(),
    ) -> None:
        """`before` comes before all others: it may start parts, and change `environ` for those that follow."""
        self.settings = settings
        self.environ = {**environ, "DATA_DIR": str(settings.data)}
        self._notify = notify
        self._ready = ready
        self._before = before
        self._verbose = verbose
        self._timings = timings
        self._parts: list[Part] = []
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()

    @property
    def logs(self) -> Path:
        return self.settings.data / "logs"

    async def run(self) -> None:
        """Run until a signal asks to stop.

        Raises:
            ConfigError: something is missing, or a part cannot be kept running; all the others are stopped by then.
        """
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._asked_to_stop)
        with hold(self.settings.data):
            check_port(self.settings.host, self.settings.port)
            work = asyncio.ensure_future(self._work())
            asked = asyncio.ensure_future(self._stop.wait())
            try:
                await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                work.cancel()
                asked.cancel()
                await asyncio.wait({work, asked})
                for part in reversed(self._parts):
                    await part.stop(self._hurry)
            if not work.cancelled():
                work.result()

    def _asked_to_stop(self) -> None:
        """The first signal stops gently; the next one is from somebody who does not want to wait."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def _work(self) -> None:
        if self._before is not None:
            await self._before(self)
        if not self.environ.get("REDIS_URL"):
            server = await asyncio.to_thread(valkey.prepare, self.settings.data / "valkey")
            self.environ["REDIS_URL"] = server.url
            await self.start("valkey", server.command, VALKEY_PATIENCE_S, ready=server.answers)
        else:
            await asyncio.to_thread(check_redis, self.settings.redis_url)
        await asyncio.to_thread(migrate, load(self.environ).database)
        await self.start("worker", [sys.executable, "-m", "playhead", "worker"], WORKER_PATIENCE_S)
        await self.start("web", [sys.executable, "-m", "playhead", "web"], WEB_PATIENCE_S)
        try:
            async with asyncio.TaskGroup() as group:
                for part in self._parts:
                    group.create_task(keep(part, self._notify, self._timings))
                group.create_task(self._announce())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def start(
        self,
        name: str,
        command: list[str],
        patience_s: float,
        *,
        environ: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        ready: Callable[[], bool] | None = None,
    ) -> None:
        """Start a part, which is kept running from then on; with `ready`, wait until it says so.

        Raises:
            ConfigError: it ended before it was ready, or was not in time.
        """
        shows: Shows = "all" if self._verbose else "grave"
        if name == "valkey" and not self._verbose:
            shows = "nothing"  # it warns of the kernel's settings at every start
        output = Output(self.logs / f"{name}.log", lambda line: self._notify(f"{name}: {line}"), shows)
        part = Part(
            name,
            command,
            self.environ if environ is None else environ,  # those of its own may be all that it is to know
            output,
            patience_s=patience_s,
            stop_signal=stop_signal,
        )
        self._parts.append(part)
        await part.start()
        if ready is not None:
            await until_ready(part, ready, self._timings)

    async def _announce(self) -> None:
        """Say once that people can come."""
        host = "127.0.0.1" if self.settings.host in {"0.0.0.0", "::"} else self.settings.host  # noqa: S104
        url = f"http://{f'[{host}]' if ':' in host else host}:{self.settings.port}"
        await until_web_is_ready(url, self.logs / "web.log", self._timings)
        self._ready(url)
