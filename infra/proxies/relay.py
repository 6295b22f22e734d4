"""Relays TCP and injects network faults, between a client and Redis, PostgreSQL, the storage or the web.

By hand, `python -m infra.proxies.relay 6380 127.0.0.1:6379` relays from port 6380; then type a mode and press Enter:

    pass        relay bytes both ways
    mute        keep connections open and relay nothing, as a firewall that dropped its state or a sleeping laptop
    cut         reset open and new connections
    slow 320    relay this many bytes a second each way
    refuse      refuse new connections; open ones are not changed
    half-close  close the sending side towards the server at once; relay the answer

`new mute` changes only new connections, `old mute` only open ones.

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

from infra.proxies.ending import CLOSED_WITHIN_S, end_all

LOOPBACK = "127.0.0.1"
PIECE = 16 * 1024
"""Bytes relayed at once: few, so that a change of mode takes effect soon."""
PIECES_A_SECOND = 20
"""Pieces a second of a slow connection, so that it trickles instead of sending bursts."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, with 0 s: closing the socket sends RST."""


class Mode(StrEnum):
    """How connections are relayed."""

    PASS = "pass"  # noqa: S105 - no password
    MUTE = "mute"
    CUT = "cut"
    SLOW = "slow"
    REFUSE = "refuse"
    HALF_CLOSE = "half-close"


class Link:
    """A client's connection and the one to the server that was opened for it."""

    def __init__(self, client: tuple[asyncio.StreamReader, asyncio.StreamWriter], mode: Mode, rate: float) -> None:
        self.from_client, self.to_client = client
        self.to_server: asyncio.StreamWriter | None = None
        self.rate = rate
        self._mode = mode
        self._changed = asyncio.Event()
        self._ended: set[asyncio.StreamWriter] = set()
        """Writers whose sending side is closed."""

    def behave(self, mode: Mode, rate: float) -> None:
        self._mode, self.rate = mode, rate
        self._changed.set()
        self._changed = asyncio.Event()
        if mode is Mode.CUT:
            self.cut()
        elif mode is Mode.HALF_CLOSE and self.to_server is not None:
            self._end(self.to_server)

    async def carry(self, host: str, port: int) -> None:
        """Relays both ways until both have ended."""
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
            if self._mode is Mode.HALF_CLOSE and writer is self.to_server:
                self._end(writer)
            elif self._mode is Mode.SLOW:
                await asyncio.sleep(len(data) / self.rate)
        await self._unless_mute()
        self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        if writer not in self._ended and not writer.is_closing():
            self._ended.add(writer)
            if writer.can_write_eof():
                writer.write_eof()
            else:  # TLS cannot close one side only
                writer.close()

    @property
    def _piece(self) -> int:
        return max(1, int(self.rate / PIECES_A_SECOND)) if self._mode is Mode.SLOW else PIECE

    async def _unless_mute(self) -> None:
        while self._mode is Mode.MUTE:
            await self._changed.wait()

    def cut(self) -> None:
        """Resets both connections."""
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
        self._mode, self._rate = Mode.PASS, 0.0
        self._links: dict[asyncio.Task[None], Link] = {}
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self.port = listen
        """The port for clients."""
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)

    @property
    def connections(self) -> int:
        """The number of connected clients."""
        return len(self._links)

    def start(self) -> None:
        self._thread.start()
        self._run(self._listen)

    def behave(self, mode: Mode | str, *, rate: float = 0.0, old: bool = True, new: bool = True) -> None:
        """Changes the mode, and returns when it is in force.

        Args:
            mode: how connections are relayed.
            rate: bytes a second each way, for `slow`.
            old: whether open connections are changed.
            new: whether new connections are changed.
        """
        mode = Mode(mode)
        if mode is Mode.SLOW and rate <= 0:
            raise ValueError("slow needs a rate, in bytes a second")

        async def change() -> None:
            if new:
                self._mode, self._rate = mode, rate
                await (self._unlisten() if mode is Mode.REFUSE else self._listen())
            if old:
                for link in list(self._links.values()):
                    link.behave(mode, rate)

        self._run(change)

    def close(self) -> None:
        async def end() -> None:
            await self._unlisten()
            await end_all(self._links, Link.cut)
            await asyncio.sleep(0)  # their connections end

        self._run(end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, change: Callable[[], Coroutine[None, None, None]]) -> None:
        asyncio.run_coroutine_threadsafe(change(), self._loop).result(CLOSED_WITHIN_S)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._begin, LOOPBACK, self.port, ssl=self._tls)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _unlisten(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link((reader, writer), self._mode, self._rate)
        if self._mode is Mode.CUT:
            link.cut()
            return
        task = asyncio.get_running_loop().create_task(link.carry(*self._target))
        self._links[task] = link
        task.add_done_callback(self._links.pop)


@contextlib.contextmanager
def relay(port: int, host: str = LOOPBACK, *, tls: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """Runs a relay to a server during the block; clients connect to it by TLS if a context is given."""
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
    print(f"Relaying {LOOPBACK}:{way.port} to {target}. Modes: {', '.join(Mode)}", flush=True)  # noqa: T201
    for line in sys.stdin:
        words = line.split()
        which = words.pop(0) if words and words[0] in ("new", "old") else "both"
        try:
            name, *rate = words
            way.behave(name, rate=float(rate[0]) if rate else 0.0, old=which != "new", new=which != "old")
        except ValueError as error:
            print(f"Wrong input: {error}", flush=True)  # noqa: T201
    way.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m infra.proxies.relay LISTEN_PORT HOST:PORT")
    main(*sys.argv[1:])
