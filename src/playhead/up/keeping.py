"""Wait until a part is ready, and start it again whenever it dies, until it dies too often."""

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

LOOK_S = 0.05
DEATHS = 5
REFUSED = 2
"""The exit code of our commands for a wrong setting: starting again would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long a part may take to be ready, and how soon it is started again."""

    ready_s: float = 90.0
    """A first start on a slow laptop reads several hundred MB of libraries from a cold disk."""
    deaths_s: float = 60.0
    """Dying `DEATHS` times within it is not bad luck but a fault, and the person has to know of it."""
    pause_s: float = 0.2
    """Before the first restart; doubled for each further death within `deaths_s`."""


async def until_ready(part: Part, ready: Callable[[], bool], timings: Timings) -> None:
    """Wait until a part that was started says that it is ready.

    Raises:
        ConfigError: it ended before, or was not ready in time.
    """
    ended = asyncio.ensure_future(part.ended())
    deadline = time.monotonic() + timings.ready_s
    try:
        while not await asyncio.to_thread(ready):
            if ended.done():
                how = f"{manner(ended.result())}: {part.output.last or 'it said nothing'}"
                raise ConfigError(f"The {part.name} ended before it was ready ({how}); {_where(part)}.")
            if time.monotonic() > deadline:
                raise ConfigError(f"The {part.name} was not ready within {timings.ready_s:.0f} s; {_where(part)}.")
            await asyncio.sleep(LOOK_S)
    finally:
        ended.cancel()


async def until_web_is_ready(url: str, log: Path, timings: Timings) -> None:
    """Wait until the web says that it is ready.

    Raises:
        ConfigError: it did not in time; `log` is where it may have said why.
    """
    deadline = time.monotonic() + timings.ready_s
    async with httpx.AsyncClient(trust_env=False) as client:  # a proxy of the machine's is not asked for ourselves
        while True:
            try:
                response = await client.get(f"{url}/readyz")
            except httpx.TransportError as error:
                answer = str(error) or type(error).__name__
            else:
                # Also what a process can do without: here all of it was started just now.
                if response.is_success and False not in response.json().values():
                    return
                answer = response.text.strip()
            if time.monotonic() > deadline:
                raise ConfigError(f"The web was not ready within {timings.ready_s:.0f} s ({answer}); its log is {log}.")
            await asyncio.sleep(LOOK_S)


async def keep(part: Part, notify: Callable[[str], None], timings: Timings) -> None:
    """Start a part again whenever it dies, and report that.

    Raises:
        ConfigError: it refuses its settings, or dies too often.
    """
    deaths: deque[float] = deque()
    while True:
        code = await part.ended()
        last = part.output.last
        how = f"{manner(code)}: {last}" if code > 0 and last else manner(code)
        if code == REFUSED:
            raise ConfigError(f"The {part.name} cannot start: {last}")
        now = time.monotonic()
        deaths.append(now)
        while deaths[0] < now - timings.deaths_s:
            deaths.popleft()
        if len(deaths) >= DEATHS:
            raise ConfigError(
                f"The {part.name} ended {DEATHS} times within {timings.deaths_s:.0f} s ({how}); {_where(part)}."
            )
        notify(f"The {part.name} ended ({how}) and is started again; {_where(part)}.")
        await asyncio.sleep(timings.pause_s * 2 ** (len(deaths) - 1))
        await part.start()


def manner(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _where(part: Part) -> str:
    return f"its log is {part.output.path}"
