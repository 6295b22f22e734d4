"""Batches reads: concurrent calls for single keys share one read (the DataLoader pattern).

Thousands of streams read at the same moment, after a gap or at a heartbeat, and each would cost a query of its own.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

from playhead.live.groups import in_groups

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Pending = Mapping[K, list[asyncio.Future[V | None]]]
"""The keys to read, with a future for each of their callers, who may leave."""

FAILED_READS = 4
"""Failed reads of one batch for each halving of its keys: enough to isolate two faulty keys. If every key fails, as
with a missing table, 1,000 keys cost 40 failed reads instead of 2,000, for which other calls would wait."""
SETTLED_AT_ONCE = 16
"""Keys whose callers go on in one turn of the event loop, mostly one each: streams of a job and of a login are few. The
callers of 1,000 would take 50 ms, for which updates wait. All callers of one key go on in one turn, however many."""
BUSY_KEYS = 32
"""Keys of a read that show a storm: the next one waits for more. Of 64 streams that open at once a read has fewer."""
GATHER_S = 0.02
"""Seconds for which a read gathers in a storm. One costs 1 ms and 4 µs for each key: where 1,000 streams open together,
reads of 16 keys took a quarter of the CPU. Meanwhile the event loop gets other callers to where they wait."""
MAX_KEYS = 1000
"""Keys in one read: well under SQLite's 32,766 variables, and no other query waits long for it."""


class Loader(Generic[K, V]):
    """Reads values by key in batches. Belongs to one event loop.

    A call is answered by a read that began after the call, so it sees everything stored before. Calls during a read
    wait for the next one, which waits for more of them after a large one.

    If a read fails, except by OSError (nothing is reachable), its keys are halved and read again, down to the faulty
    ones: the other keys get their values, unless many keys are faulty.

    Args:
        read: reads several keys at once. An exception among its values is raised only to the callers for that key.
    """

    def __init__(self, read: Callable[[Collection[K]], Awaitable[Mapping[K, V | Exception]]]) -> None:
        self._read = read
        self._pending: dict[K, list[asyncio.Future[V | None]]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def load(self, key: K) -> V | None:
        """Returns the value of this key, None if there is none. Raises what the read raises."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[V | None] = loop.create_future()
        self._pending.setdefault(key, []).append(answer)
        if self._reading is None:
            # An empty context: in that of the first caller, log lines of all would have its request id.
            self._reading = loop.create_task(self._read_all(), name="loader", context=contextvars.Context())
        return await answer

    async def _read_all(self) -> None:
        try:
            keys: list[K] = []
            while self._pending:
                if len(keys) >= BUSY_KEYS:
                    await asyncio.sleep(GATHER_S)
                keys = list(self._pending)[:MAX_KEYS]
                await self._answer({key: self._pending.pop(key) for key in keys})
        finally:
            self._reading = None

    async def _answer(self, batch: Pending[K, V]) -> None:
        try:
            await self._read_in_parts(batch)
        finally:
            for answers in batch.values():
                for answer in answers:
                    answer.cancel()  # those without a result, because the loader itself was canceled

    async def _read_in_parts(self, batch: Pending[K, V]) -> None:
        """Read the batch at once; after an error in halves, with at most as many failures as two faulty keys cause."""
        parts, reads_left = [batch], 1 + FAILED_READS * len(batch).bit_length()
        while parts:
            part = parts.pop()
            try:
                found = await self._read(part.keys())
            except Exception as error:  # noqa: BLE001 - passed on to the callers
                reads_left -= 1
                if isinstance(error, OSError) or len(part) == 1 or reads_left <= 0:
                    _fail(part, error)
                else:
                    keys = list(part)
                    middle = len(keys) // 2
                    parts += ({key: part[key] for key in half} for half in (keys[:middle], keys[middle:]))
            else:
                await _settle(part, found)


async def _settle(batch: Pending[K, V], found: Mapping[K, V | Exception]) -> None:
    async for key, answers in in_groups(batch.items(), SETTLED_AT_ONCE):
        value = found.get(key)
        if isinstance(value, Exception):
            _fail({key: answers}, value)
            continue
        for answer in answers:
            if not answer.done():  # its caller has left
                answer.set_result(value)


def _fail(batch: Pending[K, V], error: Exception) -> None:
    for answers in batch.values():
        for answer in answers:
            if not answer.done():
                answer.set_exception(error)
