"""A stream by ticket on the stream origin: who gets in, who does not, and what a browser is allowed to read of it.

On SQLite alone: tickets are in no database, and who is signed in is read by a query that other tests try on both.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import Quart, Response
from quart.typing import TestClientProtocol as Client
from sqlalchemy import select

from playhead.accounts.models import Credential, LoginRow
from playhead.accounts.tickets.ports import OUTSTANDING_MAX
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.sessions import repository
from playhead.sessions.models import Session
from playhead.web import Parts
from tests.contract.databases.app import ask, queued, sign_up, web_app
from tests.support import asgi_client
from tests.support.waiting import async_until

PAGE, STREAMS = "https://page.example", "https://streams.example"
STREAM_HOST = {"Host": "streams.example", "Origin": PAGE}
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CORS = ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")


@pytest.fixture
async def app(tmp_path: Path, database_url: str, database: SyncDatabase) -> AsyncIterator[Quart]:
    origins = {"PUBLIC_URL": PAGE, "STREAM_ORIGIN": f"{STREAMS}/", "STREAM_ORIGIN_WHEN": "always"}
    async with web_app(tmp_path, database_url, **origins) as app:
        yield app


@pytest.fixture
def page(app: Quart) -> asgi_client.Client:
    """The page on the stream origin, where it has no cookie."""
    return asgi_client.Client(app, **STREAM_HOST)


async def session_of(app: Quart, owner_id: str, *, is_final: bool = False) -> Session:
    parts: Parts = app.extensions["playhead"]
    session = await queued(app, owner_id)
    return await parts.database.run(repository.cancel, session.id, owner_id) if is_final else session


async def ticket(client: Client, session_id: str | None = None) -> str:
    """The target of a stream on the stream origin."""
    answer = await ask(client, "POST", "/api/v1/tickets", json={"session_id": session_id})
    assert answer.status_code == 201
    given = await answer.get_json()
    path = "/status/stream" if session_id is None else f"/sessions/{session_id}/status/stream"
    assert given["url"] == f"{STREAMS}/api/v1{path}"
    return f"/api/v1{path}?ticket={given['ticket']}"


async def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, (await answer.get_json())["code"]


def problem(answer: asgi_client.Response) -> tuple[int, str]:
    return answer.status, answer.json["code"]


REFUSED = (401, "ticket_refused")


async def test_ticket_opens_one_stream_without_a_cookie(app: Quart, page: asgi_client.Client) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    target = await ticket(client, (await session_of(app, ada, is_final=True)).id)
    answer = await page.get(target)
    assert (answer.status, answer.names) == (200, ["hello", "status", "goodbye"])
    assert problem(await page.get(target)) == REFUSED, "as an EventSource that reconnects finds it"


async def test_every_answer_is_for_the_page_alone_and_without_credentials(app: Quart, page: asgi_client.Client) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    target = await ticket(client, (await session_of(app, ada, is_final=True)).id)
    for answer in (await page.get(target), await page.get(target)):
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert headers["access-control-allow-origin"] == PAGE
        assert headers["access-control-expose-headers"] == "Playhead-Transport, Retry-After"
        assert headers["referrer-policy"] == "no-referrer"
        assert "Origin" in headers["vary"]
        assert not {"access-control-allow-credentials", "set-cookie"} & set(headers)


async def test_ticket_is_neither_used_nor_spent_by_the_page_of_another_origin(
    app: Quart, page: asgi_client.Client
) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    target = await ticket(client, (await session_of(app, ada, is_final=True)).id)
    for origin in ("https://evil.example", f"{PAGE}.evil.example", "http://page.example", "null"):
        answer = await ask(app.test_client(), "GET", target, {**STREAM_HOST, "Origin": origin})
        assert await code(answer) == (403, "cross_site")
        assert not any(name in answer.headers for name in CORS)
    assert (await page.get(target)).status == 200


@pytest.mark.parametrize("text", ["", "wrong", "%00", "%ff", "x" * 5000])
async def test_text_that_is_no_ticket_is_refused_also_with_a_cookie(app: Quart, text: str) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    target = f"/api/v1/sessions/{(await session_of(app, ada, is_final=True)).id}/status/stream?ticket={text}"
    assert await code(await ask(client, "GET", target, STREAM_HOST)) == REFUSED


async def test_ticket_is_refused_for_anything_else_and_spent_by_that(app: Quart, page: asgi_client.Client) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    one, other = [(await session_of(app, ada, is_final=True)).id for _ in range(2)]
    target = await ticket(client, one)
    assert problem(await page.get(target.replace(one, other))) == REFUSED
    assert problem(await page.get(target)) == REFUSED
    target = await ticket(client, one)
    assert problem(await page.get(f"/api/v1/status/stream?{target.partition('?')[2]}")) == REFUSED
    target = await ticket(client)
    assert problem(await page.get(f"/api/v1/sessions/{one}/status/stream?{target.partition('?')[2]}")) == REFUSED


async def test_ticket_opens_no_other_route(app: Quart, page: asgi_client.Client) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    session = await session_of(app, ada)
    target = await ticket(client, session.id)
    query = target.partition("?")[2]
    for path in ("me", "status", f"sessions/{session.id}/status", f"sessions/{session.id}/transcript", "tickets"):
        assert problem(await page.get(f"/api/v1/{path}?{query}"))[0] in (401, 405)


async def test_ticket_of_a_login_that_ended_is_refused(app: Quart, page: asgi_client.Client) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    target = await ticket(client, (await session_of(app, ada, is_final=True)).id)
    assert (await ask(client, "POST", "/api/v1/auth/logout")).status_code == 204
    assert problem(await page.get(target)) == REFUSED


async def test_ticket_of_one_person_by_the_login_of_another_is_refused(app: Quart, page: asgi_client.Client) -> None:
    _, ada = await sign_up(app, "ada@example.com")
    _, bob = await sign_up(app, "bob@example.com")
    parts: Parts = app.extensions["playhead"]
    of_bob = await parts.database.run(lambda db: db.scalars(select(LoginRow.digest).filter_by(user_id=bob)).one())
    issued = await parts.tickets.issue(ada, Credential("login", of_bob), None)
    assert problem(await page.get(f"/api/v1/status/stream?ticket={issued.secret}")) == REFUSED


async def test_stream_by_ticket_ends_with_its_login(app: Quart, page: asgi_client.Client) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    async with page.open(await ticket(client, (await session_of(app, ada)).id)) as stream:
        await async_until(lambda: "status" in stream.names)
        assert (await ask(client, "POST", "/api/v1/auth/logout")).status_code == 204
        await async_until(lambda: "goodbye" in stream.names)
        assert '"reason":"signed_out"' in stream.events[-1].data


async def test_stream_by_ticket_counts_among_those_of_its_person(app: Quart, page: asgi_client.Client) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    async with page.open(await ticket(client)) as stream:
        await async_until(lambda: "hello" in stream.names)
        me = await (await ask(client, "GET", "/api/v1/me")).get_json()
        assert me["transport"]["capacity"]["own_streams"] == 1


async def test_ticket_for_the_session_of_somebody_else_is_not_issued(app: Quart) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    _, bob = await sign_up(app, "bob@example.com")
    for session_id in ((await session_of(app, bob)).id, new_id()):
        answer = await ask(client, "POST", "/api/v1/tickets", json={"session_id": session_id})
        assert await code(answer) == (404, "session_not_found")


@pytest.mark.parametrize("body", [{"session_id": 1}, {"session_id": "\0"}, {"session_id": "x" * 40}, [], "text"])
async def test_malformed_request_for_a_ticket_is_refused(app: Quart, body: Any) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    assert await code(await ask(client, "POST", "/api/v1/tickets", json=body)) == (400, "invalid")


async def test_tickets_are_for_people_who_are_signed_in_and_by_our_page(app: Quart) -> None:
    stranger = app.test_client()
    assert await code(await ask(stranger, "POST", "/api/v1/tickets", json={})) == (401, "not_signed_in")
    client, _ = await sign_up(app, "ada@example.com")
    answer = await ask(client, "POST", "/api/v1/tickets", {"Sec-Fetch-Site": "cross-site"}, json={})
    assert await code(answer) == (403, "cross_site")


async def test_person_with_ten_unused_tickets_gets_no_more_and_others_do(app: Quart) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    for _ in range(OUTSTANDING_MAX):
        await ticket(client)
    answer = await ask(client, "POST", "/api/v1/tickets", json={})
    assert await code(answer) == (429, "too_many_tickets")
    assert int(answer.headers["Retry-After"]) > 0
    other, _ = await sign_up(app, "bob@example.com")
    await ticket(other)


async def test_preflight_allows_the_page_to_read_and_nobody_else(app: Quart) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    target = await ticket(client, (await session_of(app, ada, is_final=True)).id)
    asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "last-event-id"}
    for origin, is_allowed in ((PAGE, True), ("https://evil.example", False)):
        answer = await ask(app.test_client(), "OPTIONS", target, {**STREAM_HOST, **asks, "Origin": origin})
        given = [answer.headers.get(name) for name in CORS]
        assert given == ([PAGE, "GET", "Last-Event-ID"] if is_allowed else [None, None, None])
        assert "Access-Control-Allow-Credentials" not in answer.headers
    for path in (target.partition("?")[0], "/api/v1/me?ticket=x", "/api/v1/tickets"):
        answer = await ask(app.test_client(), "OPTIONS", path, {**STREAM_HOST, **asks})
        assert not any(name in answer.headers for name in CORS), "only where there is a ticket"
    assert (await ask(app.test_client(), "GET", target, STREAM_HOST)).status_code == 200, "a preflight spends none"


async def test_head_spends_a_ticket_as_a_get_does(app: Quart, page: asgi_client.Client) -> None:
    client, ada = await sign_up(app, "ada@example.com")
    target = await ticket(client, (await session_of(app, ada, is_final=True)).id)
    assert (await page.get(target, method="HEAD")).status == 200
    assert problem(await page.get(target)) == REFUSED


async def test_other_routes_of_the_stream_host_are_as_they_were(app: Quart) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    for path in ("/api/v1/me", "/api/v1/status"):
        answer = await ask(client, "GET", path, STREAM_HOST)
        assert answer.status_code == 200
        assert not any(name in answer.headers for name in CORS)
        assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_page_may_connect_to_the_stream_origin_and_nowhere_else(app: Quart) -> None:
    answer = await ask(app.test_client(), "GET", "/api/v1/site")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["connect-src"] == f"'self' {STREAMS}"


async def test_me_explains_the_way_of_a_stream(app: Quart) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    transport = (await (await ask(client, "GET", "/api/v1/me")).get_json())["transport"]
    assert (transport["mode"], transport["reason"], transport["via"]) == ("stream", "flag_on", "ticket")
    key = "streams.example~-~-~-"
    assert transport["stream_origin"] == {"url": STREAMS, "use": "always", "key": key, "state": None}


async def test_stream_without_a_ticket_is_sent_to_get_one(app: Quart) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    answer = await ask(client, "GET", "/api/v1/status/stream")
    header = "stream; reason=flag_on; via=ticket"
    assert (answer.status_code, answer.headers["Playhead-Transport"]) == (204, header)
    answer = await ask(client, "GET", "/api/v1/status")
    assert answer.headers["Playhead-Transport"] == header
