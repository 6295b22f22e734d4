"""Start the parts in order, say when they are ready, start again what dies, and stop them in the opposite order."""

import asyncio
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx

from playhead.config import Settings, load
from playhead.errors import ConfigError
from playhead.up import valkey
from playhead.up.checks import check_redis, migrate
from playhead.up.folder import check_port, hold
from playhead.up.output import Output, Shows
from playhead.up.part import Part

WEB_PATIENCE_S = 50.0
"""Above `serve.LONGEST_S`: streams are asked to go, running requests end, an upload gets through."""
WORKER_PATIENCE_S = 40.0
"""Above Celery's soft shutdown, after which the task's message is back in the queue."""
VALKEY_PATIENCE_S = 10.0
READY_S = 90.0
"""A first start on a slow laptop reads several hundred MB of libraries from a cold disk."""
LOOK_S = 0.05
DEATHS = 5
DEATHS_S = 60.0
"""Dying 5 times in a minute is not bad luck but a fault, and the person has to know of it."""
PAUSE_S = 0.2
"""Before the first restart; doubled for each further death within `DEATHS_S`."""
REFUSED = 2
"""The exit code of our commands for a wrong setting: starting again would not help."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """One run of `playhead up`."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        say: Callable[[str], None],
        ready: Callable[[str], None],
        before: Callable[["Supervisor"], Awaitable[None]] | None = None,
        verbose: bool = False,
    ) -> None:
        """`before` comes before all others: it may start parts, and change `environ` for those that follow."""
        self.settings = settings
        self.environ = {**environ, "DATA_DIR": str(settings.data)}
        self._say = say
        self._ready = ready
        self._before = before
        self._verbose = verbose
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
                    group.create_task(self._keep(part))
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
        output = Output(self.logs / f"{name}.log", lambda line: self._say(f"{name}: {line}"), shows)
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
            await self._until(part, ready)

    async def _until(self, part: Part, ready: Callable[[], bool]) -> None:
        ended = asyncio.ensure_future(part.ended())
        deadline = time.monotonic() + READY_S
        try:
            while not await asyncio.to_thread(ready):
                log = f"its log is {self.logs}/{part.name}.log"
                if ended.done():
                    how = f"{manner(ended.result())}: {part.output.last or 'it said nothing'}"
                    raise ConfigError(f"The {part.name} ended before it was ready ({how}); {log}.")
                if time.monotonic() > deadline:
                    raise ConfigError(f"The {part.name} was not ready within {READY_S:.0f} s; {log}.")
                await asyncio.sleep(LOOK_S)
        finally:
            ended.cancel()

    async def _keep(self, part: Part) -> None:
        """Start `part` again whenever it dies, until it dies too often."""
        deaths: deque[float] = deque()
        while True:
            code = await part.ended()
            last = part.output.last
            how = f"{manner(code)}: {last}" if code > 0 and last else manner(code)
            if code == REFUSED:
                raise ConfigError(f"The {part.name} cannot start: {last}")
            now = time.monotonic()
            deaths.append(now)
            while deaths[0] < now - DEATHS_S:
                deaths.popleft()
            where = f"its log is {self.logs}/{part.name}.log"
            if len(deaths) >= DEATHS:
                raise ConfigError(f"The {part.name} ended {DEATHS} times within {DEATHS_S:.0f} s ({how}); {where}.")
            self._say(f"The {part.name} ended ({how}) and is started again; {where}.")
            await asyncio.sleep(PAUSE_S * 2 ** (len(deaths) - 1))
            await part.start()

    async def _announce(self) -> None:
        """Say once that people can come."""
        host = "127.0.0.1" if self.settings.host in {"0.0.0.0", "::"} else self.settings.host  # noqa: S104
        url = f"http://{f'[{host}]' if ':' in host else host}:{self.settings.port}"
        answer = "it did not answer"
        deadline = time.monotonic() + READY_S
        async with httpx.AsyncClient(trust_env=False) as client:  # a proxy of the machine's is not asked for ourselves
            while time.monotonic() < deadline:
                try:
                    response = await client.get(f"{url}/readyz")
                except httpx.TransportError as error:
                    answer = str(error) or type(error).__name__
                else:
                    if response.is_success:
                        self._ready(url)
                        return
                    answer = response.text.strip()
                await asyncio.sleep(LOOK_S)
        raise ConfigError(f"The web was not ready within {READY_S:.0f} s ({answer}); its log is {self.logs}/web.log.")


def manner(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
