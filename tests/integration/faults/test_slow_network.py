"""Fault: a network that is slow, splits data into small pieces, and breaks connections between any two bytes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress

from tests.support.readers import Reader, following, measured
from tests.support.site import Site, Web
from tests.support.waiting import async_until
from tests.support.worker import Worker

PEOPLE = 4
CUTS = 8
"""Broken connections of each reader; a person may open 120 a minute."""
PIECE, PAUSE_S = 400, 0.003
LEAST, MOST = 200, 6000
"""Bytes until a connection breaks: between the middle of the head and some statuses later."""


class Wire:
    """A relay to a port that delays, splits and breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._chance = random.Random(20_261_124)
        self._carrying: set[asyncio.Task[None]] = set()
        self.breaks = True

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[int]:
        """Listens for the time of the block; yields the port."""
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
            for task in self._carrying:
                task.cancel()
            await asyncio.gather(*self._carrying, return_exceptions=True)
            await asyncio.sleep(0)  # the loop closes the aborted connections

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
            up = asyncio.create_task(self._up(reader, to_server))
            try:
                with suppress(OSError):
                    await self._down(from_server, writer)
            finally:
                up.cancel()
                to_server.transport.abort()
        finally:
            writer.transport.abort()

    async def _up(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            to_server.write(data)

    async def _down(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self._chance.randint(LEAST, MOST)
        while data := await from_server.read(self._chance.randint(1, PIECE)):
            # Decided once for each piece: `breaks` may change meanwhile, and a cut piece must be the last one.
            is_last = self.breaks and left <= len(data)
            writer.write(data[:left] if is_last else data)
            await writer.drain()
            await asyncio.sleep(self._chance.uniform(0, PAUSE_S))
            left -= len(data)
            if is_last:
                return
        await writer.drain()
        writer.write_eof()
        await asyncio.sleep(PAUSE_S)


async def test_readers_that_are_cut_off_often_end_with_everything(site: Site, web: Web) -> None:
    people = site.people(PEOPLE)
    with ExitStack() as stack:
        wire = Wire(web.port)
        workers = [stack.enter_context(site.worker(site.session(person))) for person in people]
        async with wire.laid() as port:
            readers = [Reader(port, person, each.session_id) for person, each in zip(people, workers, strict=True)]
            await readers_end(readers, workers, wire)
        measured.info("visits: %s", [len(reader.visits) for reader in readers])
        for reader, worker in zip(readers, workers, strict=True):
            reader.agrees_with(worker)


async def readers_end(readers: list[Reader], workers: list[Worker], wire: Wire) -> None:
    async with following(readers):
        with ExitStack() as busy:
            for worker in workers:
                busy.enter_context(worker.at_work())
            await async_until(lambda: all(len(reader.visits) > CUTS for reader in readers), "all were cut often")
        wire.breaks = False
        for worker in workers:
            worker.finish()
