"""Starts the parts in order, reports when they are ready, restarts those that end, and stops them in reverse order."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from playhead.config import Settings, load
from playhead.serve.shutdown import LONGEST_S
from playhead.up import valkey
from playhead.up.checks import check_redis, migrate
from playhead.up.folder import check_port, lock_folder
from playhead.up.output import Output, Shown
from playhead.up.part import Part
from playhead.up.restarts import Timings, keep_running, until_ready, until_web_is_ready

WEB_STOP_S = LONGEST_S + 5.0
"""The web's own shutdown limit, and 5 s for a busy machine."""
WORKER_STOP_S = 40.0
"""Longer than Celery's soft shutdown, after which the task's message is back in the queue."""
VALKEY_STOP_S = 10.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """One run of `playhead up`.

    Args:
        settings: its settings.
        environ: the environment of the parts.
        notify: shows a line to the person.
        ready: called once with the web's URL, when people can use it.
        before: runs before the other parts start; it may start parts, and change `environ` for the others.
        verbose: whether all output of the parts is shown.
        timings: time limits of starting and restarting.
    """

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
        self.settings = settings
        self.environ = {**environ, "DATA_DIR": str(settings.data)}
        self._notify = notify
        self._ready = ready
        self._before = before
        self._verbose = verbose
        self._timings = timings
        self._parts: list[Part] = []
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()

    @property
    def logs(self) -> Path:
        return self.settings.data / "logs"

    @property
    def host(self) -> str:
        """Where programs on this machine reach what listens on `HOST`, as it is written in a URL."""
        host = "127.0.0.1" if self.settings.host in {"0.0.0.0", "::"} else self.settings.host  # noqa: S104
        return f"[{host}]" if ":" in host else host

    @property
    def url(self) -> str:
        """The address of the web on this machine."""
        return f"http://{self.host}:{self.settings.port}"

    async def run(self) -> None:
        """Runs until a signal asks to stop, and stops all parts before it returns.

        Raises:
            ConfigError: a setting or a service is unusable, or a part does not stay running.
        """
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._request_stop)
        with lock_folder(self.settings.data):
            check_port(self.settings.host, self.settings.port)
            work = asyncio.ensure_future(self._work())
            stopped = asyncio.ensure_future(self._stop.wait())
            try:
                await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                work.cancel()
                stopped.cancel()
                await asyncio.wait({work, stopped})
                for part in reversed(self._parts):
                    await part.stop(self._kill)
            if not work.cancelled():
                work.result()

    def _request_stop(self) -> None:
        """Stop the parts at the first signal; kill them at the second."""
        if self._stop.is_set():
            self._kill.set()
        self._stop.set()

    async def _work(self) -> None:
        if self._before is not None:
            await self._before(self)
        if not self.environ.get("REDIS_URL"):
            server = await asyncio.to_thread(valkey.prepare, self.settings.data / "valkey")
            self.environ["REDIS_URL"] = server.url
            await self.start("valkey", server.command, VALKEY_STOP_S, ready=server.answers)
        else:
            await asyncio.to_thread(check_redis, self.settings.redis_url)
        await asyncio.to_thread(migrate, load(self.environ).database)
        await self.start("worker", [sys.executable, "-m", "playhead", "worker"], WORKER_STOP_S)
        await self.start("web", [sys.executable, "-m", "playhead", "web"], WEB_STOP_S)
        try:
            async with asyncio.TaskGroup() as group:
                for part in self._parts:
                    group.create_task(keep_running(part, self._notify, self._timings))
                group.create_task(self._announce())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def start(
        self,
        name: str,
        command: list[str],
        stop_timeout_s: float,
        *,
        environ: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        ready: Callable[[], bool] | None = None,
    ) -> None:
        """Starts a part, which is restarted whenever it ends; waits until `ready`, if given, returns true.

        Raises:
            ConfigError: the part ended before it was ready, or was not ready in time.
        """
        shown: Shown = "all" if self._verbose else "warnings"
        if name == "valkey" and not self._verbose:
            shown = "nothing"  # it warns about kernel settings at every start
        output = Output(self.logs / f"{name}.log", lambda line: self._notify(f"{name}: {line}"), shown)
        part = Part(
            name,
            command,
            self.environ if environ is None else environ,
            output,
            stop_timeout_s=stop_timeout_s,
            stop_signal=stop_signal,
        )
        self._parts.append(part)
        await part.start()
        if ready is not None:
            await until_ready(part, ready, self._timings)

    async def _announce(self) -> None:
        """Report once that people can use the web."""
        await until_web_is_ready(self.url, self.logs / "web.log", self._timings)
        self._ready(self.url)
