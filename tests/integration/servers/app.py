"""The app that every server of the table serves: `Live`, and a route that counts what is open in the process."""

import asyncio
import os
from typing import Any

import msgspec

from playhead.live.asgi import Live
from playhead.live.http import Request
from playhead.live.job import Job
from tests.integration.servers.counts import COUNTS, PROCESS, REDIS_URL, TASKS, USER, WRITE_TIMEOUT_S, Counter, Counts


def who(request: Request) -> str | None:
    return request.headers.get(USER)


class App:
    """Calls `Live`, and counts."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._live: Live[Job[Any], str] = Live(
            os.environ[REDIS_URL],
            who=who,
            observer=Counter(self._counts),
            write_timeout_s=float(os.environ[WRITE_TIMEOUT_S]),
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._live(scope, receive, send)
        elif scope["path"] == COUNTS:
            self._counts.tasks = sum(task.get_name() in TASKS for task in asyncio.all_tasks())
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": msgspec.json.encode(self._counts), "more_body": False})
        else:
            self._counts.calls += 1
            try:
                await self._live(scope, receive, _signed(send))
            finally:
                self._counts.calls -= 1


def _signed(send: Any) -> Any:
    """The same, with the header `PROCESS`."""

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            process = (PROCESS.encode(), str(os.getpid()).encode())
            message = {**message, "headers": [*message["headers"], process]}
        await send(message)

    return sending


app = App()
