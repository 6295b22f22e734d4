"""Measures how late the event loop runs what is due."""

import asyncio

from playhead.metrics.catalog import LOOP_LAG
from playhead.metrics.metrics import Metrics

EVERY_S = 0.5
"""Between two measurements: a block of a second is met by two of them, and 20 µs each are nothing."""


async def measure(metrics: Metrics, every_s: float = EVERY_S) -> None:
    """Measures without end."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every_s
        await asyncio.sleep(every_s)
        metrics.observe(LOOP_LAG, loop.time() - due)
