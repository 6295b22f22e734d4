"""Against a raw ASGI app: no framework can help or hide anything here."""

import asyncio
import json
import sys
from typing import Any

import pytest

from playhead.uploads.body_guard import (
    FORM_OVERHEAD_BYTES,
    METER,
    SMALL_BODY_BYTES,
    WINDOW_BYTES,
    BodyGuard,
    Receive,
    Scope,
    Send,
    meter_of,
)

UPLOAD = ("POST", "/api/v1/sessions")
BELOW = "/api/v1/uploads/"
UPLOAD_BYTES = 16 * 1024**2
CHUNK = bytes(64 * 1024)


class Exchange:
    """A request with a chunked body of any length, and what was answered."""

    def __init__(
        self, method: str, path: str, chunks: int, declared: int | None = None, *, chunk: bytes = CHUNK
    ) -> None:
        headers = [] if declared is None else [(b"content-length", str(declared).encode())]
        self.scope: Scope = {"type": "http", "method": method, "path": path, "headers": headers, "http_version": "1.1"}
        self.left, self.chunk = chunks, chunk
        self.sent: list[Any] = []
        self.given = 0
        self.closed = False

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        if self.closed:
            return {"type": "http.disconnect"}
        if self.left == 0:
            return {"type": "http.request", "body": b"", "more_body": False}
        self.left -= 1
        self.given += len(self.chunk)
        return {"type": "http.request", "body": self.chunk, "more_body": True}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        self.closed = message["type"] == "http.response.body" and not message.get("more_body", False)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status


async def swallow(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads all there is, then answers with its length; a client that left gets no answer."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
        if METER in scope:
            meter_of(scope).consumed(len(message["body"]))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def guarded(app: Any = swallow, **limits: Any) -> BodyGuard:
    return BodyGuard(app, {UPLOAD: UPLOAD_BYTES, ("PATCH", BELOW): UPLOAD_BYTES}, **limits)


@pytest.mark.parametrize(
    ("method", "path", "chunks", "status"),
    [
        ("GET", "/x", 0, 200),
        ("GET", "/x", 1, 413),
        ("HEAD", "/x", 1, 413),
        ("POST", "/x", SMALL_BODY_BYTES // len(CHUNK), 200),
        ("POST", "/x", SMALL_BODY_BYTES // len(CHUNK) + 1, 413),
        ("DELETE", "/x", 100, 413),
        (*UPLOAD, (UPLOAD_BYTES + FORM_OVERHEAD_BYTES) // len(CHUNK), 200),
        (*UPLOAD, (UPLOAD_BYTES + FORM_OVERHEAD_BYTES) // len(CHUNK) + 1, 413),
        ("PUT", UPLOAD[1], 100, 413),
        ("PATCH", f"{BELOW}1", UPLOAD_BYTES // len(CHUNK), 200),
        ("PATCH", BELOW, UPLOAD_BYTES // len(CHUNK), 200),
        ("PATCH", f"{BELOW}1/x", 100, 413),
        ("PATCH", BELOW.rstrip("/"), 100, 413),
        ("PUT", f"{BELOW}1", 100, 413),
    ],
)
async def test_body_is_counted_as_it_comes(method: str, path: str, chunks: int, status: int) -> None:
    exchange = Exchange(method, path, chunks)
    await guarded()(exchange.scope, exchange.receive, exchange.send)
    assert exchange.status == status


async def test_declared_length_is_refused_before_anyone_works_on_it() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    exchange = Exchange("POST", "/x", 5, declared=SMALL_BODY_BYTES + 1)
    await guarded(never)(exchange.scope, exchange.receive, exchange.send)
    assert exchange.status == 413
    assert (b"content-type", b"application/problem+json") in exchange.sent[0]["headers"]
    assert json.loads(exchange.sent[1]["body"])["code"] == "too_large"


async def test_refused_body_is_taken_in_so_that_its_sender_reads_why() -> None:
    exchange = Exchange("POST", "/x", 1000)
    await guarded()(exchange.scope, exchange.receive, exchange.send)
    assert exchange.left == 0
    assert [message.get("more_body") for message in exchange.sent] == [None, True, False]


async def test_endless_body_is_cut_off() -> None:
    exchange = Exchange("POST", "/x", 10**9)
    await guarded(linger_s=0.05)(exchange.scope, exchange.receive, exchange.send)
    assert exchange.status == 413
    assert exchange.left > 0


async def test_body_that_pauses_is_cut_off() -> None:
    exchange = Exchange("POST", "/x", 10)
    closed = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if exchange.left == 0:
            await closed.wait()
        return await exchange.receive()

    async def send(message: Any) -> None:
        await exchange.send(message)
        if exchange.closed:
            closed.set()

    await guarded(linger_idle_s=0.05)(exchange.scope, receive, send)
    assert exchange.status == 413


async def test_answer_that_has_begun_is_not_answered_again() -> None:
    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"end"})

    exchange = Exchange("POST", "/x", 100)
    await guarded(hasty)(exchange.scope, exchange.receive, exchange.send)
    assert [message["type"] for message in exchange.sent].count("http.response.start") == 1
    assert exchange.status == 200


async def test_late_answer_to_a_body_that_is_too_long_is_dropped() -> None:
    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 200, "headers": []})

    exchange = Exchange("POST", "/x", 100)
    await guarded(stubborn)(exchange.scope, exchange.receive, exchange.send)
    assert exchange.status == 413


async def test_upload_waits_until_its_route_takes_it() -> None:
    """As Quart does it: one task receives without end, another one takes when it can."""
    exchange, done = Exchange(*UPLOAD, chunks=200), asyncio.Event()

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        async def receiver() -> None:
            while (await receive())["more_body"]:
                pass
            done.set()

        receiving = asyncio.ensure_future(receiver())
        for window in (SMALL_BODY_BYTES, WINDOW_BYTES):  # before the route asks for the first bytes, and after
            before = -1
            while exchange.given != before:  # until it stands still
                before = exchange.given
                for _ in range(3):
                    await asyncio.sleep(0)
            assert window <= exchange.given <= window + 2 * len(CHUNK)
            scope[METER].consumed(0)
        taken = 0
        while not done.is_set():
            for _ in range(taken, exchange.given, len(CHUNK)):
                scope[METER].consumed(len(CHUNK))
            taken = exchange.given
            await asyncio.sleep(0)
        await receiving

    await guarded(framework)(exchange.scope, exchange.receive, exchange.send)
    assert exchange.left == 0


async def test_tiny_pieces_that_wait_take_no_more_memory() -> None:
    exchange = Exchange(*UPLOAD, chunks=10**6, chunk=b"x")

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        async def receiver() -> None:
            while (await receive())["more_body"]:
                pass

        receiving, before = asyncio.ensure_future(receiver()), -1
        while exchange.given != before:
            before = exchange.given
            for _ in range(3):
                await asyncio.sleep(0)
        assert exchange.given * (sys.getsizeof({"type": "", "body": b"", "more_body": True}) + 34) < SMALL_BODY_BYTES
        meter = meter_of(scope)
        for _ in range(exchange.given):
            meter.consumed(1)
        assert meter_of(scope)._waiting == 0  # noqa: SLF001 - what is counted in is counted out
        receiving.cancel()

    await guarded(framework)(exchange.scope, exchange.receive, exchange.send)


async def test_other_protocols_pass() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    exchange = Exchange("GET", "/", 0)
    await guarded(app)({"type": "lifespan"}, exchange.receive, exchange.send)
    assert seen == ["lifespan"]
