"""Asks one app for statuses both ways, directly and through Quart, and makes what comes comparable."""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from quart import Quart
from quart.typing import TestClientProtocol as Client

from playhead.accounts import repository as accounts
from playhead.accounts.guards import digest, new_token
from playhead.accounts.models import Scope
from playhead.delivery.direct import DirectStatuses
from playhead.live.clock import now
from playhead.live.http import Answer, Request
from playhead.sessions import repository
from playhead.sessions.models import Session
from playhead.web import DIRECT, Parts
from tests.contract.databases.app import queued, sign_up
from tests.support import asgi_client
from tests.support.event_stream import parse
from tests.support.waiting import ANSWER_S, async_until

ALL = "/api/v1/status"
OF_ITS_OWN = {"x-request-id", "date", "content-length"}
"""Headers that differ between any two answers, and one that the server writes."""
NO_BODY = {204, 304}
TIMES = {"playhead-server-time", "playhead-poll-after-ms"}
"""Headers whose values differ between any two answers."""
MOMENT = re.compile(rb'"(cursor|server_time)":("?)[^",}]+("?)')


@dataclass(frozen=True)
class Seen:
    """An answer without what differs between any two. `body`: of a stream its first events."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def seen(status: int, headers: Mapping[str, str], body: bytes) -> Seen:
    own = OF_ITS_OWN | ({"content-type"} if status in NO_BODY else set())
    kept = {name.lower(): value for name, value in headers.items() if name.lower() not in own}
    kept |= dict.fromkeys(TIMES & kept.keys(), "a time")
    return Seen(status, kept, MOMENT.sub(rb'"\1":\2a time\3', body))


class BothWays:
    """Asks as one client, with these headers in every request."""

    def __init__(self, app: Quart, **headers: str) -> None:
        self._direct: DirectStatuses = app.extensions[DIRECT]
        self._client = asgi_client.Client(app, **{"Host": "localhost"} | headers)

    async def direct(self, target: str, **headers: str) -> Answer | None:
        """The direct answer; None: it is left to Quart. Its frames are for the caller to read."""
        request = Request.of(self._client.scope(target, **headers))
        assert self._direct.takes(request.path)
        async with asyncio.timeout(ANSWER_S):
            # In a task of its own, as of a connection: it changes what log lines say.
            return await asyncio.create_task(self._direct.answer(request))

    async def quart(self, target: str, **headers: str) -> asgi_client.Response:
        """Quart's whole answer."""
        return await self._client.get(target, **headers)

    async def alike(self, target: str, **headers: str) -> Seen:
        """What comes, the same by both ways. No stream."""
        answer = await self.direct(target, **headers)
        assert answer is not None
        assert answer.frames is None
        response = await self.quart(target, **headers)
        return _same(
            seen(answer.status, answer.headers, answer.body), seen(response.status, response.headers, response.body)
        )

    async def alike_stream(
        self, target: str, *names: str, then: Callable[[], object] | None = None, later: str = "", **headers: str
    ) -> Seen:
        """A stream that begins with these events, the same by both ways.

        Args:
            then: is called once these events are there.
            later: the event that follows.
        """
        answer = await self.direct(target, **headers)
        assert answer is not None
        assert answer.frames is not None
        body = b""
        async with asyncio.timeout(ANSWER_S), aclosing(answer.frames(None)) as frames:
            while _names(body) != list(names):
                body += await anext(frames)
            if then is not None:
                then()
                while _names(body) != [*names, later]:
                    body += await anext(frames)
        async with self._client.open(target, ANSWER_S, **headers) as response:
            await async_until(lambda: _names(response.body) == list(names))
            if then is not None:
                then()
                await async_until(lambda: _names(response.body) == [*names, later])
        return _same(
            seen(answer.status, answer.headers, _quiet(body)),
            seen(response.status, response.headers, _quiet(response.body)),
        )

    async def left_to_quart(self, target: str, **headers: str) -> asgi_client.Response:
        """Quart's answer to a request that is not answered directly."""
        assert await self.direct(target, **headers) is None
        return await self.quart(target, **headers)


def _same(direct: Seen, quart: Seen) -> Seen:
    assert direct == quart, f"directly {direct}, by Quart {quart}"
    return direct


def _quiet(body: bytes) -> bytes:
    """A stream without its heartbeats, which come when it is time."""
    return b"".join(f"{event}\n\n".encode() for event in body.decode().split("\n\n") if "event: heartbeat" not in event)


def _names(body: bytes) -> list[str]:
    return [event.event for event in parse(_quiet(body))]


def _cookie_of(client: Client) -> str:
    """The `Cookie` header of a client who is signed in, its login alone."""
    assert client.cookie_jar is not None
    (login,) = [cookie for cookie in client.cookie_jar if cookie.name in ("playhead", "__Host-playhead")]
    return f"{login.name}={login.value}"


@dataclass(frozen=True)
class Person:
    """Somebody with a waiting session and one that was canceled."""

    app: Quart
    id: str
    cookie: str
    waiting: Session
    canceled: Session

    @property
    def by_cookie(self) -> BothWays:
        return BothWays(self.app, Cookie=self.cookie)

    async def by_token(self, scope: Scope = "read", ends_in: timedelta = timedelta(hours=1)) -> BothWays:
        """The same person as a client with a new token."""
        secret, parts = new_token(), parts_of(self.app)
        await parts.database.run(accounts.create_token, self.id, scope, digest(secret), scope, now() + ends_in)
        return BothWays(self.app, Authorization=f"Bearer {secret}")


def parts_of(app: Quart) -> Parts:
    parts: Parts = app.extensions["playhead"]
    return parts


def status_of(session: Session) -> str:
    return f"/api/v1/sessions/{session.id}/status"


async def person(app: Quart, name: str = "ada") -> Person:
    client, person_id = await sign_up(app, f"{name}@example.com")
    waiting, other = await queued(app, person_id), await queued(app, person_id)
    canceled = await parts_of(app).database.run(repository.cancel, other.id, person_id)
    return Person(app, person_id, _cookie_of(client), waiting, canceled)
