"""A `Direct` that answers, and an app that answers what it leaves; both remember what they were asked."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from quart import Quart, Response, request

from playhead.adapters.live_quart import response
from playhead.live.endpoints import STREAM_HEADERS
from playhead.live.http import Answer, Request
from playhead.live.takeover import FrameWriter
from playhead.serve.connection import NO_LINGER

TEXT = {"Content-Type": "text/plain", "X-Kind": "Direct"}
BIG = b"x" * 16_000_000
"""More than the kernel takes of a response that nobody reads."""


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection as a process does that is killed with unread bytes."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    writer.transport.abort()


LEAVE: dict[str, Callable[[asyncio.StreamWriter], object]] = {
    "close": lambda writer: writer.close(),
    "half-close": lambda writer: writer.write_eof(),
    "reset": reset,
}
"""The ways in which a client leaves."""


@dataclass(frozen=True)
class Seen:
    """A request as the app received it."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass
class Direct:
    """Answers the paths below `/direct` by their names; those that end with `-late` once `go` is set."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    """The paths."""
    in_progress: int = 0
    """Answers that wait, the app's too, and streams."""

    def takes(self, path: str) -> bool:
        return path.startswith("/direct/")

    async def answer(self, request: Request) -> Answer | None:
        self.asked.append(request.path)
        name = request.path.removeprefix("/direct/")
        if name.endswith("-late"):
            with self.counted():
                await self.go.wait()
        return self.answer_of(name.removesuffix("-late"))

    def answer_of(self, name: str) -> Answer | None:
        match name:
            case "none":
                return None
            case "crash":
                raise RuntimeError("boom")
            case "stream":
                return Answer(status=200, headers=STREAM_HEADERS, frames=self.frames)
            case "big":
                return Answer(status=200, headers=TEXT, body=BIG)
            case "204" | "304":
                return Answer(status=int(name), headers=TEXT)
            case _:
                return Answer(status=200, headers=TEXT, body=f"directly {name}".encode())

    async def frames(self, _: FrameWriter | None) -> AsyncGenerator[bytes]:
        with self.counted():
            yield b"hello"
            await self.go.wait()

    @contextmanager
    def counted(self) -> Iterator[None]:
        self.in_progress += 1
        try:
            yield
        finally:
            self.in_progress -= 1


@dataclass
class App:
    """Answers `/same/…` as `Direct` does, else with the method and the path; `/late` once `go` is set."""

    direct: Direct = field(default_factory=Direct)
    seen: list[Seen] = field(default_factory=list)
    quart: Quart = field(default_factory=lambda: Quart(__name__))

    def __post_init__(self) -> None:
        self.quart.add_url_rule("/<path:path>", "any", self._any, methods=["GET", "POST"])

    async def _any(self, path: str) -> Response:
        body: bytes = await request.data
        path_and_query = [request.scope["raw_path"].decode(), request.scope["query_string"].decode()]
        target = "?".join(filter(None, path_and_query))
        self.seen.append(Seen(request.method, target, list(request.scope["headers"]), body))
        if path == "late":
            with self.direct.counted():
                await self.direct.go.wait()
        room, _, name = path.partition("/")
        if room == "same" and (answer := self.direct.answer_of(name)) is not None:
            return response(answer)
        return Response(f"app {request.method} /{path}")


def get(path: str, *headers: str) -> bytes:
    """A plain GET."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def post(path: str, body: bytes) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass(frozen=True)
class Received:
    """A response."""

    lines: list[str]
    """The head's."""
    body: bytes

    @property
    def closes(self) -> bool:
        return "connection: close" in [line.lower() for line in self.lines]


async def received(reader: asyncio.StreamReader) -> Received:
    """Reads the next response; without a length its body is empty."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
    lengths = [int(line.split(": ")[1]) for line in lines if line.startswith("content-length: ")]
    return Received(lines, await reader.readexactly(sum(lengths)))
