"""The adapter for Quart: who sends a request is asked as in a route, of the app's own login."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from httpx import ASGITransport, AsyncClient
from quart import Quart, request
from quart_auth import AuthUser, QuartAuth, current_user, login_user

from playhead.adapters.live_quart import in_request
from playhead.live.asgi import Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.clock import now
from playhead.live.job import Job, State


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    """A client of a Quart app with a login, which a live app is wrapped around; Ada's job is `one`."""
    app = Quart(__name__)
    app.secret_key = "a secret of a test"
    QuartAuth(app, cookie_secure=False)

    @app.post("/sign-in/<name>")
    async def sign_in(name: str) -> str:
        login_user(AuthUser(name))
        return ""

    def person() -> str | None:
        assert request.path.startswith("/jobs/")
        return current_user.auth_id

    url = f"memory://{uuid4()}"
    live: Live[Job[None], str] = Live(url, who=in_request(app, person))
    job: Job[None] = Job(id="one", owner="ada", version=1, state=State.QUEUED, stage="waiting", updated_at=now())
    sender: Sender[Job[None]] = open_sender(url)
    sender.send([(job, "ada")])
    async with AsyncClient(transport=ASGITransport(live.wrap(app)), base_url="http://test") as client:
        yield client
    await live.aclose()


async def test_person_is_who_signed_in_at_the_app(client: AsyncClient) -> None:
    await client.post("/sign-in/ada")
    answer = await client.get("/jobs/one/status")
    assert (answer.status_code, answer.json()["owner"]) == (200, "ada")


async def test_nobody_signed_in_is_refused(client: AsyncClient) -> None:
    assert (await client.get("/jobs/one/status")).status_code == 401


async def test_job_of_somebody_else_is_hidden(client: AsyncClient) -> None:
    await client.post("/sign-in/eve")
    assert (await client.get("/jobs/one/status")).status_code == 404


async def test_other_requests_go_to_the_app(client: AsyncClient) -> None:
    assert (await client.get("/jobs/one")).status_code == 404
    assert (await client.post("/sign-in/ada")).status_code == 200
