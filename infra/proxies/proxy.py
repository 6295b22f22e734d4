"""An HTTP/1.1 proxy in front of one server, with the manners of bad proxies (`behavior.py`).

By hand, `python -m infra.proxies.proxy 8001 8000 hold-body` listens on port 8001 in front of a server on 8000; type
another manner and press Enter to change that of new requests.

In a test, `with proxy(port, "hold-body") as way:` runs one in a thread of its own: connect to `way.port`, and read in
`way.records` what was asked.
"""

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import Iterator

from infra.proxies.behavior import BEHAVIORS, passing
from infra.proxies.ending import CLOSED_WITHIN_S, end_all
from infra.proxies.exchange import Exchange, Manner, Record, Upstream
from infra.proxies.http1 import Broken, Head, read_body, read_head
from infra.proxies.relay import LOOPBACK

GATEWAY = Head(("HTTP/1.1", "502", "Bad Gateway"), (("Content-Type", "text/plain"),))


class Proxy:
    """Passes requests on to a server in the present manner. `behave` may be called from any thread."""

    def __init__(self, port: int, manner: str | Manner = passing, *, listen: int = 0) -> None:
        self.port = listen
        """The port for clients."""
        self.records: list[Record] = []
        """All requests so far, in the order in which they came."""
        self.behave(manner)
        self._target = port
        self._kept: list[Upstream] = []
        self._dangling: list[Upstream] = []
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def behave(self, manner: str | Manner) -> None:
        """Changes the manner of new requests."""
        self._manner = BEHAVIORS[manner] if isinstance(manner, str) else manner

    def start(self) -> None:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._begin, LOOPBACK, self.port), self._loop
        ).result()
        self.port = self._server.sockets[0].getsockname()[1]

    def close_dangling(self) -> None:
        """Closes the connections to the server that `dangling` kept."""
        for upstream in self._dangling:
            self._loop.call_soon_threadsafe(upstream.close)

    def close(self) -> None:
        self.close_dangling()

        async def end() -> None:
            self._server.close()
            # `close` would wait for a client that does not read.
            await end_all(self._clients, lambda client: client.transport.abort())
            for upstream in self._kept:
                upstream.close()
            await asyncio.sleep(0)  # their connections end

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(CLOSED_WITHIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._clients[task] = writer
        task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[None]") -> None:
        """Closes the connection of a task, which may have been canceled before it began."""
        self._clients.pop(task).close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of one connection, one after the other."""
        begun = b""
        try:
            while (head := await read_head(reader, begun)) is not None:
                body = b"".join([piece async for piece in read_body(reader, head)])
                exchange = Exchange(head, body, writer, self._target, self._kept)
                self.records.append(exchange.record)
                begun = await self._answer(exchange, reader)
                if not exchange.keeps_client or exchange.record.left:
                    return
        except OSError:
            pass

    async def _answer(self, exchange: Exchange, reader: asyncio.StreamReader) -> bytes:
        """Answers one request, unless the client leaves; returns what it has already sent of the next."""
        answering = asyncio.ensure_future(self._manner(exchange))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done() and not answering.done() and (leaving.exception() or leaving.result() == b""):
                exchange.record.left = True
                return b""
            await _passed_on(exchange, answering)
            return leaving.result() if leaving.done() and not leaving.exception() else b""
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)
            exchange.record.ended = time.time()
            if exchange.upstream is not None:
                if exchange.record.left and exchange.dangles:
                    self._dangling.append(exchange.upstream)
                else:
                    exchange.upstream.close()


async def _passed_on(exchange: Exchange, answering: "asyncio.Future[None]") -> None:
    """Waits for the end of an answer. If its server fails the client gets a 502, or once it has a head a reset."""
    try:
        await answering
    except (Broken, OSError):
        if exchange.record.head_at is not None:
            exchange.abort()
        else:
            await exchange.answer(GATEWAY, b"The server does not answer.\n")


@contextlib.contextmanager
def proxy(port: int, manner: str | Manner = passing) -> Iterator[Proxy]:
    """Runs a proxy in front of a server of this machine during the block."""
    way = Proxy(port, manner)
    way.start()
    try:
        yield way
    finally:
        way.close()


def main(listen: str, target: str, manner: str = "pass") -> None:
    way = Proxy(int(target), manner, listen=int(listen))
    way.start()
    print(f"{LOOPBACK}:{way.port} in front of {target}. Manners: {', '.join(BEHAVIORS)}", flush=True)  # noqa: T201
    for line in sys.stdin:
        try:
            way.behave(line.strip())
        except KeyError:
            print("There is no such manner.", flush=True)  # noqa: T201
    way.close()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: python -m infra.proxies.proxy LISTEN_PORT SERVER_PORT [MANNER]")
    main(*sys.argv[1:])
