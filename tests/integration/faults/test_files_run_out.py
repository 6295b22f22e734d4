"""Fault: a process has no free file descriptor. It logs one line, open streams go on, and it recovers."""

import asyncio
import resource
import socket
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

from tests.integration.conftest import NO_HEARTBEAT
from tests.support.connection import Connection
from tests.support.readers import measured
from tests.support.site import Site, Web
from tests.support.waiting import ANSWER_S, async_until

FILES = 160
"""60 of them are for connections; `files.OWN` are reserved for the process."""
STREAMS = 20
SILENT = 300
ONE_LINE = "too few open files: "


async def test_streams_go_on_while_connections_use_up_the_files(site: Site) -> None:
    ada = site.person()
    with site.web(0, FILES, **NO_HEARTBEAT) as web, site.worker(site.session(ada)) as worker:
        async with AsyncExitStack() as stack:
            streams = [await opened(stack, web, worker.session_id, ada.headers) for _ in range(STREAMS)]
            silent = [stack.enter_context(socket.create_connection(("127.0.0.1", web.port))) for _ in range(SILENT)]
            await async_until(lambda: ONE_LINE in web.program.out + web.program.err, "it is logged")
            measured.info("%d files are open with %d connections", files_of(web), len(silent) + STREAMS)
            assert files_of(web) < FILES
            worker.advance()
            await asyncio.gather(*(has(stream, worker.newest.version) for stream in streams))
            assert await asyncio.to_thread(web.ready), "requests are answered"
        assert (web.program.out + web.program.err).count(ONE_LINE) == 1


async def test_streams_go_on_while_accept_fails(site: Site) -> None:
    ada = site.person()
    with site.web(0, FILES, **NO_HEARTBEAT) as web, site.worker(site.session(ada)) as worker:
        async with AsyncExitStack() as stack:
            streams = [await opened(stack, web, worker.session_id, ada.headers) for _ in range(STREAMS)]
            resource.prlimit(web.program.pid, resource.RLIMIT_NOFILE, (files_of(web) - STREAMS // 2, FILES))
            # Each accept() fails with EMFILE: new connections are closed at once.
            assert not [True for _ in range(20) if await asyncio.to_thread(web.ready)]
            worker.advance()
            await asyncio.gather(*(has(stream, worker.newest.version) for stream in streams))
            resource.prlimit(web.program.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
            assert await asyncio.to_thread(web.ready)


async def opened(stack: AsyncExitStack, web: Web, session_id: str, headers: dict[str, str]) -> Connection:
    connection = await Connection.open(web.port, f"/api/v1/sessions/{session_id}/status/stream", headers)
    stack.callback(connection.close)
    assert connection.status == 200
    return connection


async def has(stream: Connection, version: int) -> None:
    """Waits until the stream has this version."""
    async with asyncio.timeout(ANSWER_S), aclosing(stream.events()) as events:
        while (await anext(events)).last_event_id != str(version):
            pass


def files_of(web: Web) -> int:
    """The number of file descriptors that the process has open."""
    return len(list(Path(f"/proc/{web.program.pid}/fd").iterdir()))
