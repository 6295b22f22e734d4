"""Ends the connections of a proxy."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

CLOSED_WITHIN_S = 60.0
"""Time for a proxy to end, on two cores that many programs share. Without a limit a fault there would hold up a test
for ever: pytest's own limit cannot end it twice."""


async def end_all(running: Mapping["asyncio.Task[Any]", T], stop: Callable[[T], None]) -> None:
    """Stops and cancels tasks until none is left; more may come while these end.

    Args:
        running: the tasks, each with what is passed to `stop`. A callback of each task removes it.
    """
    while running:
        for task, what in dict(running).items():
            stop(what)
            task.cancel()
        # Not `gather`, which returns at once if all are done, before their callbacks run: that would never end.
        await asyncio.wait(list(running))
