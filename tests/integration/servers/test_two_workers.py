"""Servers with two worker processes: SIGTERM to their parent drains the streams of both."""

import asyncio
import json
import signal
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests.integration.servers.counts import PROCESS
from tests.integration.servers.serving import ADA, GONE_S, TWO_WORKERS, Server, serving
from tests.support.connection import Connection
from tests.support.valkey import Valkey
from tests.support.waiting import ANSWER_S, START_S

WORKERS = 2


@pytest.mark.parametrize("server", TWO_WORKERS, ids=lambda server: server.name)
async def test_streams_of_both_workers_end_with_a_goodbye(
    shared_valkey: Valkey, tmp_path: Path, server: Server
) -> None:
    with serving(server, tmp_path, shared_valkey.url) as served:
        path, streams = served.publish(str(uuid4())), dict[str, Connection]()
        async with asyncio.timeout(START_S):
            while len(streams) < WORKERS:
                stream = await Connection.open(served.port, path, ADA)
                if streams.setdefault(stream.headers[PROCESS], stream) is not stream:
                    stream.close()
        began = time.monotonic()
        served.program.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ANSWER_S):
            last = await asyncio.gather(*map(last_event, streams.values()))
            assert await asyncio.to_thread(served.program.process.wait) == server.exit_code, served.program.err
        ended_s = time.monotonic() - began
        assert set(last) == {("goodbye", "draining")}
        assert ended_s < GONE_S, f"the end after {ended_s:.2f} s"


async def last_event(stream: Connection) -> tuple[str, str]:
    *_, last = [event async for event in stream.events()]
    stream.close()
    return last.event, json.loads(last.data)["reason"]
