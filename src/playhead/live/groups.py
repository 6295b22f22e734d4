"""Does what is due for many at once in groups, and lets everything else go on between two of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")


async def in_groups(items: Iterable[T], size: int) -> AsyncIterator[T]:
    """The items, `size` of them in each turn of the event loop: updates of streams wait for one group, not for all."""
    for number, item in enumerate(items, start=1):
        yield item
        if number % size == 0:
            await asyncio.sleep(0)
