"""A loader: many ask for one thing each, one read answers them all (the pattern is known as DataLoader).

Thousands of streams ask in the same moment, after a gap or at a heartbeat, and each would cost a query of its own.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Asked = Mapping[K, asyncio.Future[V | None]]

FAILED_READS = 4
"""Of one question, times the halvings of its keys: two keys at fault are found among all others. Where every key fails,
as where a table is missing, 1,000 keys cost 40 failed reads and not 2,000, behind which others would wait."""
AT_ONCE = 1000
"""Keys in one read: well under SQLite's 32,766 variables, and no other query waits long behind it."""


class Loader(Generic[K, V]):
    """Reads by key, together. Belongs to one event loop.

    A read that fails for another reason than that nothing can be reached (OSError) is made again in halves, down to
    the keys that it fails for: whoever asked for another key gets its answer, unless many keys are at fault.

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

    async def _answer(self, asked: Asked[K, V]) -> None:
        try:
            await self._read_in_parts(asked)
        finally:
            for answer in asked.values():
                answer.cancel()  # those without an answer, because the loader itself was canceled

    async def _read_in_parts(self, asked: Asked[K, V]) -> None:
        """One read, unless it fails for a key; then halves, as many reads as two keys at fault take."""
        parts, reads_left = [asked], 1 + FAILED_READS * len(asked).bit_length()
        while parts:
            part = parts.pop()
            try:
                found = await self._read(part.keys())
            except Exception as error:  # noqa: BLE001 - whoever asked decides what to do about it
                reads_left -= 1
                if isinstance(error, OSError) or len(part) == 1 or reads_left <= 0:
                    _fail(part, error)
                else:
                    keys = list(part)
                    middle = len(keys) // 2
                    parts += ({key: part[key] for key in half} for half in (keys[:middle], keys[middle:]))
            else:
                _settle(part, found)


def _settle(asked: Asked[K, V], found: Mapping[K, V | Exception]) -> None:
    for key, answer in asked.items():
        value = found.get(key)
        if isinstance(value, Exception):
            _fail({key: answer}, value)
        else:
            answer.set_result(value)


def _fail(asked: Asked[K, V], error: Exception) -> None:
    for answer in asked.values():
        answer.set_exception(error)
        answer.exception()  # seen, also when everybody who asked has left
