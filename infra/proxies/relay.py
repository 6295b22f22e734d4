"""A TCP relay that misbehaves on request: between a client and Redis, PostgreSQL, the storage or the web.

By hand, `python -m infra.proxies.relay 6380 127.0.0.1:6379` relays from port 6380; then type a manner and press Enter:

    pass        carry bytes both ways
    mute        keep connections open and carry nothing, as a firewall that forgot them or a sleeping laptop
    cut         reset connections, those that are open and those to come
    slow 320    carry so many bytes a second each way
    refuse      refuse new connections; those that are open are left alone
    half-close  pass the client's end of sending on to the server at once; carry the answer

`new mute` changes only the connections to come, `old mute` only those that are open.

In a test, `with relay(port) as way:` runs one in a thread of its own: connect to `way.port`, then `way.behave(...)`.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from enum import StrEnum

LOOPBACK = "127.0.0.1"
PIECE = 16 * 1024
"""Bytes carried at once: small, so that a change of manner takes effect soon."""
PIECES_A_SECOND = 20
"""Of a slow connection: bytes that trickle, not bursts."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time at all: closing the socket sends RST."""


class Manner(StrEnum):
    """How a connection is treated."""

    PASS = "pass"  # noqa: S105 - no password
    MUTE = "mute"
    CUT = "cut"
    SLOW = "slow"
    REFUSE = "refuse"
    HALF_CLOSE = "half-close"


class Link:
    """One client's connection and the one to the server that was opened for it."""

    def __init__(self, client: tuple[asyncio.StreamReader, asyncio.StreamWriter], manner: Manner, rate: float) -> None:
        self.from_client, self.to_client = client
        self.to_server: asyncio.StreamWriter | None = None
        self.rate = rate
        self._manner = manner
        self._changed = asyncio.Event()
        self._ended: set[asyncio.StreamWriter] = set()
        """Those that were given their last byte."""

    def behave(self, manner: Manner, rate: float) -> None:
        self._manner, self.rate = manner, rate
        self._changed.set()
        self._changed = asyncio.Event()
        if manner is Manner.CUT:
            self.cut()
        elif manner is Manner.HALF_CLOSE and self.to_server is not None:
            self._end(self.to_server)

    async def carry(self, host: str, port: int) -> None:
        """Relay both ways until both have ended."""
        with contextlib.suppress(OSError):
            await self._unless_mute()
            from_server, self.to_server = await asyncio.open_connection(host, port)
            await asyncio.gather(
                self._one_way(self.from_client, self.to_server),
                self._one_way(from_server, self.to_client),
            )
        self.cut()

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(self._piece):
            await self._unless_mute()
            if writer in self._ended or writer.is_closing():
                return
            writer.write(data)
            await writer.drain()
            if self._manner is Manner.HALF_CLOSE and writer is self.to_server:
                self._end(writer)
            elif self._manner is Manner.SLOW:
                await asyncio.sleep(len(data) / self.rate)
        await self._unless_mute()
        self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        if writer not in self._ended and not writer.is_closing():
            self._ended.add(writer)
            if writer.can_write_eof():
                writer.write_eof()
            else:  # TLS has no half of a connection
                writer.close()

    @property
    def _piece(self) -> int:
        return max(1, int(self.rate / PIECES_A_SECOND)) if self._manner is Manner.SLOW else PIECE

    async def _unless_mute(self) -> None:
        while self._manner is Manner.MUTE:
            await self._changed.wait()

    def cut(self) -> None:
        """Reset both connections."""
        for writer in (self.to_client, self.to_server):
            if writer is not None and not writer.is_closing():
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()


class Relay:
    """Relays from a port of this machine to a server. `behave` may be called from any thread."""

    def __init__(self, port: int, host: str = LOOPBACK, *, listen: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._target = host, port
        self._manner, self._rate = Manner.PASS, 0.0
        self._links: dict[asyncio.Task[None], Link] = {}
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self.port = listen
        """Where clients connect."""
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._links)

    def start(self) -> None:
        self._thread.start()
        self._run(self._listen)

    def behave(self, manner: Manner | str, *, rate: float = 0.0, old: bool = True, new: bool = True) -> None:
        """Treat connections so from now on, and return when it holds.

        Args:
            rate: bytes a second each way, for `slow`.
            old: those that are open.
            new: those to come.
        """
        manner = Manner(manner)
        if manner is Manner.SLOW and rate <= 0:
            raise ValueError("slow needs a rate, in bytes a second")

        async def change() -> None:
            if new:
                self._manner, self._rate = manner, rate
                await (self._unlisten() if manner is Manner.REFUSE else self._listen())
            if old:
                for link in list(self._links.values()):
                    link.behave(manner, rate)

        self._run(change)

    def close(self) -> None:
        async def end() -> None:
            await self._unlisten()
            tasks = list(self._links)
            for link in self._links.values():
                link.cut()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._run(end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, change: Callable[[], Coroutine[None, None, None]]) -> None:
        asyncio.run_coroutine_threadsafe(change(), self._loop).result()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._begin, LOOPBACK, self.port, ssl=self._tls)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _unlisten(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link((reader, writer), self._manner, self._rate)
        if self._manner is Manner.CUT:
            link.cut()
            return
        task = asyncio.get_running_loop().create_task(link.carry(*self._target))
        self._links[task] = link
        task.add_done_callback(self._links.pop)


@contextlib.contextmanager
def relay(port: int, host: str = LOOPBACK, *, tls: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """A relay to a server, for the time of the block; its clients speak TLS to it if there is a context for it."""
    way = Relay(port, host, tls=tls)
    way.start()
    try:
        yield way
    finally:
        way.close()


def main(listen: str, target: str) -> None:
    host, _, port = target.rpartition(":")
    way = Relay(int(port), host or LOOPBACK, listen=int(listen))
    way.start()
    print(f"Relaying {LOOPBACK}:{way.port} to {target}. Manners: {', '.join(Manner)}", flush=True)  # noqa: T201
    for line in sys.stdin:
        words = line.split()
        which = words.pop(0) if words and words[0] in ("new", "old") else "both"
        try:
            name, *rate = words
            way.behave(name, rate=float(rate[0]) if rate else 0.0, old=which != "new", new=which != "old")
        except ValueError as error:
            print(f"Not understood: {error}", flush=True)  # noqa: T201
    way.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m infra.proxies.relay LISTEN_PORT HOST:PORT")
    main(*sys.argv[1:])
