"""The bare application that polls and waits are compared with: it answers as the product does, without checks."""

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from infra.load import peers

SESSION = "/sse/session-1"
Bare = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class FakeHub:
    """Has the newest messages, and lets the reader of a session wait for the next."""

    def __init__(self) -> None:
        self.newest: dict[str, bytes] = {}
        self.readers: dict[str, asyncio.Queue[bytes]] = {}
        self.joined = asyncio.Event()

    async def join(self, session: str) -> asyncio.Queue[bytes]:
        self.joined.set()
        return self.readers.setdefault(session, asyncio.Queue())

    async def leave(self, session: str, _: asyncio.Queue[bytes]) -> None:
        del self.readers[session]

    def publish(self, session: str, message: bytes) -> None:
        self.newest[session] = message
        self.readers[session].put_nowait(message)


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, hub: FakeHub) -> Bare:
    monkeypatch.syspath_prepend(str(Path(peers.__file__).parent / "apps"))
    monkeypatch.setenv("REDIS_PORT", "1")
    made: Bare = importlib.import_module("asgi_hub").Application(hub)
    for name in ("asgi_hub", "hub"):
        del sys.modules[name]
    return made


async def asked(bare: Bare, **headers: str) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await bare({"type": "http", "path": SESSION, "headers": given}, None, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1].get("body", b"")


async def test_poll_gets_the_newest_document_and_its_tag(bare: Bare, hub: FakeHub) -> None:
    hub.newest["session-1"] = b'7 {"n":7}'
    status, headers, body = await asked(bare)
    assert (status, headers[b"etag"], body) == (200, b'"7"', b'{"n":7}')


async def test_poll_with_the_newest_tag_is_unchanged(bare: Bare) -> None:
    assert (await asked(bare, if_none_match='"0"'))[0] == 304


async def test_wait_is_held_for_the_next_update(bare: Bare, hub: FakeHub) -> None:
    waiting = asyncio.create_task(asked(bare, if_none_match='"0"', prefer="wait=20"))
    async with asyncio.timeout(5):
        await hub.joined.wait()
        assert not waiting.done()
        hub.publish("session-1", b'8 {"n":8}')
        status, headers, body = await waiting
    assert (status, headers[b"etag"], body) == (200, b'"8"', b'{"n":8}')
    assert hub.readers == {}


async def test_wait_without_an_update_is_unchanged(bare: Bare) -> None:
    assert (await asked(bare, if_none_match='"0"', prefer="wait=0"))[0] == 304
