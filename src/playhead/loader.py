"""A loader: many ask for one thing each, one read answers them all (the pattern is known as DataLoader).

Thousands of streams ask in the same moment, after a gap or at a heartbeat, and each would cost a query of its own.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

AT_ONCE = 1000
"""Keys in one read: well under SQLite's 32,766 variables, and no other query waits long behind it."""


class Loader(Generic[K, V]):
    """Reads by key, together. Belongs to one event loop.

    A read that fails for another reason than that nothing can be reached (OSError) is made again in halves, down to
    the keys that it fails for: whoever asked for another key gets its answer.

    A question is answered by a read that began after it was asked: what was stored before is in the answer. What is
    asked while a read is under way waits for the next one.
    """

    def __init__(self, read: Callable[[Collection[K]], Awaitable[Mapping[K, V | Exception]]]) -> None:
        """An exception among the values is raised to those who asked for that key, and to nobody else."""
        self._read = read
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def load(self, key: K) -> V | None:
        """What the read found under this key; None if nothing. Raises what the read raises."""
        answer = self._asked.get(key)
        if answer is None:
            answer = self._asked[key] = asyncio.get_running_loop().create_future()
        if self._reading is None:
            # Without the context of whoever asked first: its log lines would bear a stranger's request.
            task = self._read_all()
            self._reading = asyncio.get_running_loop().create_task(task, name="loader", context=contextvars.Context())
        return await asyncio.shield(answer)  # it is also the others'

    async def _read_all(self) -> None:
        try:
            while self._asked:
                keys = list(self._asked)[:AT_ONCE]
                await self._answer({key: self._asked.pop(key) for key in keys})
        finally:
            self._reading = None

    async def _answer(self, asked: Mapping[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._read(asked.keys())
        except Exception as error:  # noqa: BLE001 - whoever asked decides what to do about it
            if len(asked) > 1 and not isinstance(error, OSError):
                keys = list(asked)
                for half in (keys[: len(keys) // 2], keys[len(keys) // 2 :]):
                    await self._answer({key: asked[key] for key in half})
                return
            for answer in asked.values():
                answer.set_exception(error)
                answer.exception()  # seen, also when everybody who asked has left
        else:
            for key, answer in asked.items():
                value = found.get(key)
                if isinstance(value, Exception):
                    answer.set_exception(value)
                    answer.exception()
                else:
                    answer.set_result(value)
        finally:
            for answer in asked.values():
                answer.cancel()  # those without an answer, because the loader itself was canceled
