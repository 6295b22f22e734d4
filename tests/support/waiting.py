"""Waits for a condition with a deadline: `until` blocks its thread, `async_until` lets the event loop run."""

import asyncio
import time
from collections.abc import Callable

START_S = 120.0
"""The deadline of a start, on two cores that several test runs share, with a cold disk."""
ANSWER_S = 30.0
"""The deadline of a running process's response."""
LOOK_S = 0.05
"""Between two checks of `until`, whose conditions start programs and query servers."""
ASYNC_LOOK_S = 0.01
"""Between two checks of `async_until`, whose conditions mostly read this process's memory."""


def until(
    condition: Callable[[], object],
    what: str = "the condition is true",
    timeout_s: float = START_S,
    look_s: float = LOOK_S,
) -> None:
    """Waits until the condition is true; fails with `what` at the deadline."""
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
    """Waits until the condition is true, while other tasks run; fails with `what` at the deadline."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what}"
        await asyncio.sleep(look_s)
