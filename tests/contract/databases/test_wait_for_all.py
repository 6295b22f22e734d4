"""A wait for all of a person's sessions, on both databases: a change that is committed and published answers it."""

import asyncio
from typing import Any

from quart import Quart, Response
from quart.typing import TestClientProtocol as Client

from playhead.sessions import attempts, repository
from playhead.sessions.models import Session
from playhead.sessions.status import Stage
from playhead.web import Parts
from tests.contract.databases.app import ask, queued, sign_up
from tests.contract.databases.sessions import after
from tests.support.waiting import async_until


async def statuses(answer: Response) -> dict[str, str]:
    """The stage of each session in an answer, by its id, in order."""
    return {status["session_id"]: status["stage"] for status in (await answer.get_json())["statuses"]}


class Waiter:
    """Asks as a client does: each time with the cursor and the tag of the last answer."""

    def __init__(self, app: Quart, client: Client) -> None:
        self._parts: Parts = app.extensions["playhead"]
        self._client = client
        self._target, self._headers = "/api/v1/status", {"Prefer": "wait=20"}

    async def ask(self) -> dict[str, str]:
        answer = await ask(self._client, "GET", self._target, self._headers)
        assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=20")
        self._target = f"/api/v1/status?after={(await answer.get_json())['cursor']}"
        self._headers["If-None-Match"] = answer.headers["ETag"]
        return await statuses(answer)

    async def held(self) -> asyncio.Task[dict[str, str]]:
        asking = asyncio.create_task(self.ask())
        await async_until(lambda: self._parts.hub.watched or asking.done())
        assert not asking.done()
        return asking


async def test_wait_is_answered_by_each_change_committed_and_published(app: Quart) -> None:
    parts: Parts = app.extensions["playhead"]
    client, ada = await sign_up(app, "waits@example.com")
    _, bob = await sign_up(app, "other@example.com")
    first, other = await queued(app, ada), await queued(app, bob)
    waiter = Waiter(app, client)

    async def commit(change: Any, *given: Any) -> Session:
        session: Session = await parts.database.run(change, *given)
        await parts.publish([session])
        return session

    assert await waiter.ask() == {first.id: "queued"}
    waiting = await waiter.held()
    await commit(repository.cancel, other.id, bob)
    claimed = await commit(attempts.claim, first.id, "engine")
    assert await waiting == {first.id: claimed.status.stage}
    waiting = await waiter.held()
    second = await queued(app, ada)
    await parts.publish([second])
    assert await waiting == {first.id: claimed.status.stage, second.id: "queued"}
    waiting = await waiter.held()
    transcribing = after(claimed.status, Stage.TRANSCRIBING)
    await parts.database.run(attempts.save, transcribing)
    parts.publisher.publish(transcribing, ada)
    assert await waiting == {second.id: "queued", first.id: "transcribing"}
    waiting = await waiter.held()
    await commit(repository.cancel, second.id, ada)
    assert await waiting == {first.id: "transcribing", second.id: "canceled"}
    assert parts.hub.watched == 0


async def test_change_between_two_waits_and_a_lost_message_are_found(app: Quart) -> None:
    parts: Parts = app.extensions["playhead"]
    client, ada = await sign_up(app, "finds@example.com")
    first, second = await queued(app, ada), await queued(app, ada)
    waiter = Waiter(app, client)
    assert await waiter.ask() == {first.id: "queued", second.id: "queued"}
    await parts.database.run(repository.cancel, first.id, ada)
    assert await waiter.ask() == {second.id: "queued", first.id: "canceled"}
    await parts.database.run(repository.remove, second.id, ada)
    assert await waiter.ask() == {first.id: "canceled"}
