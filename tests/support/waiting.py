"""Wait for a condition with a deadline: `until` in a thread, `async_until` on an event loop that goes on meanwhile."""

import asyncio
import time
from collections.abc import Callable

START_S = 120.0
"""Two cores that several test runs share, and a cold disk: a start that takes longer is broken."""
ANSWER_S = 30.0
"""The same for what a running process answers or passes on."""
LOOK_S = 0.05
"""Between two looks: conditions of `until` start programs and ask servers."""
ASYNC_LOOK_S = 0.01
"""Conditions of `async_until` mostly look at this process's own memory."""


def until(
    condition: Callable[[], object],
    what: str = "the condition is true",
    timeout_s: float = START_S,
    look_s: float = LOOK_S,
) -> None:
    """Wait until the condition is true; fails with `what` at the deadline."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what}"
        time.sleep(look_s)


async def async_until(
    condition: Callable[[], object],
    what: str = "the condition is true",
    timeout_s: float = ANSWER_S,
    look_s: float = ASYNC_LOOK_S,
) -> None:
    """Wait until the condition is true, while other tasks run; fails with `what` at the deadline."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what}"
        await asyncio.sleep(look_s)
