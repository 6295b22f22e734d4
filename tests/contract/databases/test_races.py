"""The same request six times at once: one succeeds, the others are refused, and none is a 5xx."""

import asyncio
from collections import Counter
from typing import Any

from quart import Quart
from quart.typing import TestClientProtocol as Client

from tests.contract.databases.app import PASSWORD, ask, queued, sign_up

TIMES = 6


async def at_once(client: Client, method: str, path: str, **given: Any) -> Counter[int]:
    """Sends the requests; returns the number of responses for each status code."""
    answers = await asyncio.gather(*(ask(client, method, path, **given) for _ in range(TIMES)))
    return Counter(answer.status_code for answer in answers)


async def test_address_is_registered_once(app: Quart) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD}
    assert await at_once(app.test_client(), "POST", "/api/v1/auth/register", json=body) == {201: 1, 409: TIMES - 1}


async def test_token_is_deleted_once(app: Quart) -> None:
    ada, _ = await sign_up(app, "ada@example.com")
    made = await (await ask(ada, "POST", "/api/v1/tokens", json={"name": "a"})).get_json()
    assert await at_once(ada, "DELETE", f"/api/v1/tokens/{made['id']}") == {204: 1, 404: TIMES - 1}


async def test_waiting_session_is_canceled_and_retried_once(app: Quart) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    session = await queued(app, ada_id)
    assert await at_once(ada, "POST", f"/api/v1/sessions/{session.id}/cancel") == {202: 1, 409: TIMES - 1}
    assert await at_once(ada, "POST", f"/api/v1/sessions/{session.id}/retry") == {202: 1, 409: TIMES - 1}


async def test_session_is_deleted_once(app: Quart) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    session = await queued(app, ada_id)
    assert await at_once(ada, "DELETE", f"/api/v1/sessions/{session.id}") == {204: 1, 404: TIMES - 1}
