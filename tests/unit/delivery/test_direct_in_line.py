"""Streams beyond what the process opens in a second or two: who is told when to come, and what becomes of them."""

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

import msgspec
import pytest
from quart import Quart

from playhead.accounts.guards import digest
from playhead.accounts.models import Credential
from playhead.delivery.openings import Openings
from playhead.live.endpoints import TRANSPORT
from playhead.live.http import Answer, Request
from tests.support.asgi_client import Client
from tests.support.waiting import async_until
from tests.unit.delivery.test_direct import ALL, ONE, SECRET, App, app
from tests.unit.delivery.world import ADA
from tests.unit.serve import serving
from tests.unit.serve.answering import get, received

__all__ = ["app"]
BY_COOKIE = Credential("login", digest(SECRET))


class Full(Openings):
    """A line that is full, with a slot for each."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Hashable] = []

    @property
    def is_calm(self) -> bool:
        return False

    def retry_after_s(self, login: Hashable) -> int | None:
        self.asked.append(login)
        return 7

    def wait_for_slot_s(self, login: Hashable) -> int | None:
        self.asked.append(login)
        return 5


def cookie(app: App) -> str:
    token = app.app.extensions["QUART_AUTH"][0].dump_token(SECRET, app.app)
    return f"{app.app.extensions['QUART_AUTH'][0].cookie_name}={token}"


async def asked(app: App, target: str, line: Openings, **headers: str) -> Answer | None:
    request = Request.of(Client(app.app, Host="localhost").scope(target, **headers))
    return await app.direct(line).answer(request)


@pytest.mark.parametrize(("target", "wait_s"), [(f"{ONE}/stream", "7"), (f"{ALL}/stream", "7"), (ONE, "5"), (ALL, "5")])
async def test_who_is_signed_in_is_told_when_to_come(app: App, target: str, wait_s: str) -> None:
    app.world.store.gone = True  # nothing is read
    line = Full()
    answer = await asked(app, target, line, Cookie=cookie(app))
    assert answer is not None
    assert (answer.status, answer.headers["Retry-After"], answer.headers["Every"]) == (503, wait_s, "answer")
    assert msgspec.json.decode(answer.body)["code"] == "busy"
    assert answer.headers["X-Request-Id"]
    assert TRANSPORT not in answer.headers
    assert [status for status, _ in app.counted] == [503]
    assert (line.asked, app.usage.noted) == ([digest(SECRET)], [])


@pytest.mark.parametrize("headers", [{}, {"Cookie": "playhead=forged"}, {"Authorization": "Bearer forged"}])
async def test_who_was_never_signed_in_takes_no_slot(app: App, headers: dict[str, str]) -> None:
    line = Full()
    assert await asked(app, f"{ONE}/stream", line, **headers) is None
    assert line.asked == []


class Counting(Openings):
    """Counts the openings that began, and those that were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.began = self.were_opened = 0

    @contextmanager
    def opening(self) -> Iterator[None]:
        self.began += 1
        with super().opening():
            yield

    def opened(self) -> None:
        self.were_opened += 1


@pytest.mark.parametrize("secret", [SECRET, "invented"])
async def test_stream_by_token_is_no_opening_in_progress(app: App, secret: str) -> None:
    line = Counting()
    answer = await asked(app, f"{ONE}/stream", line, Authorization=f"Bearer {secret}", Cookie=cookie(app))
    assert (answer is None, line.began, line.were_opened) == (secret != SECRET, 0, 0)


@pytest.mark.parametrize("is_valid", [True, False])
async def test_only_a_stream_that_is_opened_counts_for_the_rate(app: App, is_valid: bool) -> None:
    if is_valid:
        app.world.store.logins[BY_COOKIE] = ADA
    line = Counting()
    answer = await asked(app, f"{ONE}/stream", line, Cookie=cookie(app))
    assert (answer is not None, line.began, line.were_opened) == (is_valid, 1, int(is_valid))


async def test_reader_without_a_place_comes_back_on_its_connection(app: App) -> None:
    app.world.store.logins[BY_COOKIE] = ADA
    go, read = asyncio.Event(), app.delivery.own_status

    async def own_status(session_id: str, owner_id: str) -> object:
        await go.wait()
        return await read(session_id, owner_id)

    object.__setattr__(app.delivery, "own_status", own_status)
    line = Openings(busy=1, line_s=0.0)
    sent = get(f"{ONE}/stream", f"Cookie: {cookie(app)}")
    async with serving.served(Quart(__name__), direct=app.direct(line)) as (_, port):
        first, leaving = await asyncio.open_connection("127.0.0.1", port)
        leaving.write(sent)
        await async_until(lambda: line.in_progress == 1)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        answer = await received(reader)
        assert answer.lines[0].startswith("HTTP/1.1 503")
        assert "retry-after: 1" in answer.lines
        assert not answer.closes
        go.set()
        await async_until(lambda: line.is_calm)
        writer.write(sent)
        for opened in (first, reader):
            assert (await received(opened)).lines[0].startswith("HTTP/1.1 200")
        leaving.close()
        writer.close()
