"""A server in memory that answers by script, with the manners a client has to live with."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Sequence

import httpx

Answer = httpx.Response | Exception
BASE = "http://playhead.test/api/v1/"
MUTE = "<mute>"
BROKEN = "<broken>"


def status(version: int, state: str = "processing", **fields: object) -> str:
    document = {"version": version, "state": state, "stage": state, "message": f"Said {version}"}
    return json.dumps(document | {"progress": None, "error": None, "a_field_of_the_future": 1} | fields)


def event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"


def hello(heartbeat_s: float = 15) -> str:
    return event("hello", json.dumps({"protocol": 1, "heartbeat_s": heartbeat_s}))


def goodbye(reason: str, then: str) -> str:
    return event("goodbye", json.dumps({"reason": reason, "next": then, "retry_after_ms": 0}))


async def ctrl_c() -> httpx.Response:
    """Nothing: the person stops the command while it waits for this answer."""
    signal.raise_signal(signal.SIGINT)
    await asyncio.Event().wait()
    raise AssertionError("nothing ends the wait but its task")


class Frames(httpx.AsyncByteStream):
    """A stream's body: frames, then its end; `MUTE` says nothing more for ever, `BROKEN` cuts the connection."""

    def __init__(self, *frames: str | bytes) -> None:
        self._frames = frames

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for frame in self._frames:
            if frame == MUTE:
                await asyncio.Event().wait()
            if frame == BROKEN:
                raise httpx.ReadError("cut")
            yield frame if isinstance(frame, bytes) else frame.encode()


def stream(*frames: str) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=Frames(*frames))


def polled(document: str | None, mode: str = "poll; reason=flag_off", code: int = 200) -> httpx.Response:
    headers = {"Playhead-Transport": mode, "Playhead-Poll-After-Ms": "1", "ETag": '"an etag"'}
    return httpx.Response(code, headers=headers, text=document or "")


class Script:
    """Answers streams and polls from two lists; a list's last answer is repeated."""

    def __init__(self, streams: Sequence[Answer], polls: Sequence[Callable[[], Answer]] = ()) -> None:
        self.streams = list(streams)
        self.polls = list(polls)
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path.endswith("/stream"):
            answer = self.streams.pop(0)
        else:
            answer = (self.polls.pop(0) if len(self.polls) > 1 else self.polls[0])()
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def asked(self) -> list[str]:
        return [request.url.path.rpartition("/")[2] for request in self.requests]

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=BASE, transport=httpx.MockTransport(self))
