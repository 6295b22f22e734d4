"""Serves the app with Playhead's own server on the port that is its argument, until SIGTERM."""

import asyncio
import signal
import sys

import uvloop
from hypercorn.config import Config

from playhead.serve.server import Server
from playhead.serve.shutdown import GRACE_S
from tests.integration.servers.app import app


async def serve(port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = Server(app, Config.from_mapping(accesslog=None), http2=True)
    await server.start("127.0.0.1", port, 100)
    await stop.wait()
    await server.stop(GRACE_S)


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
