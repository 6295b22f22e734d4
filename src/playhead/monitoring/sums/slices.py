"""Does long work on the event loop in slices, so that streams go on in between.

A thread would be worse for them: whenever the event loop has sent something, it waits for the interpreter's lock, which
a thread that computes gives up each 5 ms only.
"""

import asyncio
import time
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Work = Generator[None, None, T]
"""Work that may be interrupted at each `yield`, and returns its result."""

SLICE_S = 0.001
"""How long others wait for a slice: a hundredth of the lag that is promised. Between two slices they get as long."""


async def in_slices(work: Work[T]) -> T:
    """Does the work beside others, at half speed. Raises what it raises."""
    while True:
        until = time.monotonic() + SLICE_S
        while time.monotonic() < until:
            try:
                next(work)
            except StopIteration as done:
                result: T = done.value
                return result
        await asyncio.sleep(SLICE_S)


def in_one_slice(work: Work[T]) -> T:
    """Does the work without interruption."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result
