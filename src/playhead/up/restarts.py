"""Waits until a part is ready, and restarts it when it ends, unless it ends too often."""

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from playhead.errors import ConfigError
from playhead.up.part import Part

CHECK_INTERVAL_S = 0.05
DEATHS = 5
"""Ends within `Timings.deaths_s` after which a part is not restarted."""
WRONG_SETTING = 2
"""Exit code of our commands for a wrong setting: a restart would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Time limits of starting and restarting a part, in seconds."""

    ready_s: float = 90.0
    """Limit for being ready: a first start on a slow laptop reads several hundred MB of libraries from a cold disk."""
    deaths_s: float = 60.0
    """A part that ends `DEATHS` times within it has a fault that a person has to mend."""
    pause_s: float = 0.2
    """Pause before the first restart; doubled for each further one within `deaths_s`."""


async def until_ready(part: Part, ready: Callable[[], bool], timings: Timings) -> None:
    """Waits until `ready` returns true for a part that was started.

    Raises:
        ConfigError: the part ended, or was not ready in time.
    """
    ended = asyncio.ensure_future(part.ended())
    deadline = time.monotonic() + timings.ready_s
    try:
        while not await asyncio.to_thread(ready):
            if ended.done():
                how = f"{describe_exit(ended.result())}: {part.output.last or 'without a message'}"
                raise ConfigError(f"The {part.name} ended before it was ready ({how}); {_log_of(part)}.")
            if time.monotonic() > deadline:
                raise ConfigError(f"The {part.name} was not ready within {timings.ready_s:.0f} s; {_log_of(part)}.")
            await asyncio.sleep(CHECK_INTERVAL_S)
    finally:
        ended.cancel()


async def until_web_is_ready(url: str, log: Path, timings: Timings) -> None:
    """Waits until `/readyz` of the web at `url` reports every part as ready; `log` is the web's log file.

    Raises:
        ConfigError: it was not ready in time.
    """
    deadline = time.monotonic() + timings.ready_s
    async with httpx.AsyncClient(trust_env=False) as client:  # ignores the machine's proxy settings
        while True:
            try:
                response = await client.get(f"{url}/readyz")
            except httpx.TransportError as error:
                answer = str(error) or type(error).__name__
            else:
                # Optional parts count as well: all of them have just been started here.
                if response.is_success and False not in response.json().values():
                    return
                answer = response.text.strip()
            if time.monotonic() > deadline:
                raise ConfigError(f"The web was not ready within {timings.ready_s:.0f} s ({answer}); its log is {log}.")
            await asyncio.sleep(CHECK_INTERVAL_S)


async def keep_running(part: Part, notify: Callable[[str], None], timings: Timings) -> None:
    """Restarts a part whenever it ends, and reports that to `notify`; runs until it is canceled.

    Raises:
        ConfigError: the part refuses its settings, or ends too often.
    """
    deaths: deque[float] = deque()
    while True:
        code = await part.ended()
        last = part.output.last
        how = f"{describe_exit(code)}: {last}" if code > 0 and last else describe_exit(code)
        if code == WRONG_SETTING:
            raise ConfigError(f"The {part.name} cannot start: {last}")
        now = time.monotonic()
        deaths.append(now)
        while deaths[0] < now - timings.deaths_s:
            deaths.popleft()
        if len(deaths) >= DEATHS:
            raise ConfigError(
                f"The {part.name} ended {DEATHS} times within {timings.deaths_s:.0f} s ({how}); {_log_of(part)}."
            )
        notify(f"The {part.name} ended ({how}) and is started again; {_log_of(part)}.")
        await asyncio.sleep(timings.pause_s * 2 ** (len(deaths) - 1))
        await part.start()


def describe_exit(code: int) -> str:
    """Describes a process's return code; negative ones are signals."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _log_of(part: Part) -> str:
    return f"its log is {part.output.path}"
