"""A server in memory that takes uploads, for commands about several sessions."""

import json
from collections.abc import Callable, Mapping
from typing import Literal

import httpx
from click.testing import CliRunner, Result

from playhead.cli import main
from tests.unit.cli.rude_server import BASE, ctrl_c, event, goodbye, hello, status, stream

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
DONE = status(9, "completed", progress=1)
Answer = httpx.Response | Exception | Literal["ctrl-c"]


class Server:
    """Takes uploads, and ends each session by what is scripted for the name of its file: else it is completed.

    Args:
        uploads: by name, the answers to its uploads before it is taken.
        finals: by name, the final status.
    """

    def __init__(self, uploads: Mapping[str, list[Answer]] | None = None, finals: Mapping[str, str] | None = None):
        self.uploads, self.finals = {name: list(answers) for name, answers in (uploads or {}).items()}, finals or {}
        self.requests: list[httpx.Request] = []
        self.sent: list[str] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.removeprefix("/api/v1/sessions")
        if request.method == "POST" and not path:
            return await self._take(request.content)
        name = path.split("/")[1]
        if path.endswith("/retry"):
            return httpx.Response(202, json=_session(name))
        if path.endswith("/status/stream"):
            return stream(hello(), event("status", self.finals.get(name, DONE)), goodbye("final", "none"))
        return httpx.Response(200, text=f"the words of {name}\n")

    async def _take(self, content: bytes) -> httpx.Response:
        name = content.partition(b'filename="')[2].partition(b'"')[0].decode()
        self.sent.append(name)
        answer: Answer = httpx.Response(201, json=_session(name))
        if self.uploads.get(name):
            answer = self.uploads[name].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return await ctrl_c() if answer == "ctrl-c" else answer


def _session(name: str) -> dict[str, object]:
    return {"id": name, "status": json.loads(status(1, "queued"))}


def playhead(server: Server | Callable[[httpx.Request], httpx.Response], *words: object, stdin: bytes = b"") -> Result:
    def connect(address: str, token: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=BASE, transport=httpx.MockTransport(server))

    return CliRunner().invoke(
        main, [str(word) for word in words], obj=connect, input=stdin, env={"PLAYHEAD_TOKEN": "ph_1"}
    )


def refusal(code: int, detail: str = "No.", **headers: str) -> httpx.Response:
    return httpx.Response(code, json={"code": "x", "detail": detail}, headers=headers)
