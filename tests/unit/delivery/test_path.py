"""The path of a request: read from the request, and passed to whoever knows the health of paths."""

import pytest
from quart import Quart, g
from quart.typing import TestClientProtocol as Client
from quart_schema import QuartSchema

from playhead.accounts.models import User
from playhead.delivery import explain, routes
from playhead.live.path import ClientPath
from playhead.sessions.status import Status
from tests.unit.delivery.world import ADA, LOGIN, World, no_quota

STATE = "probing"
STATUS, STREAM = "/sessions/s/status", "/sessions/s/status/stream"


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> Client:
    """Ada's."""

    async def own_status(session_id: str, owner_id: str) -> Status:
        return await world.store.read(session_id)

    async def find(who: str) -> User | None:
        return ADA

    delivery = world.delivery(own_status)
    app = Quart(__name__)
    QuartSchema(app, conversion_preference="msgspec")
    app.url_map.converters["id"] = app.url_map.converters["default"]
    app.register_blueprint(routes.routes(delivery))
    app.register_blueprint(explain.routes(world.gate, world.transports, find, no_quota, lambda path: STATE))

    @app.before_request
    async def sign_in() -> None:
        g.user, g.login = ADA, LOGIN

    return app.test_client()


@pytest.mark.parametrize("url", [STATUS, STREAM, "/status", "/status/stream", "/me"])
@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({}, ClientPath("localhost")),
        ({"X-Forwarded-For": "192.0.2.9, 192.0.2.7", "X-Forwarded-Host": "example.net"}, ClientPath("localhost")),
        ({"Host": "Example.org:8443"}, ClientPath("example.org")),
        ({"Via": "1.1 varnish"}, ClientPath("localhost", via="varnish")),
        ({"CF-Ray": "230b030023ae2822-SJC"}, ClientPath("localhost", colo="SJC")),
    ],
)
async def test_path_is_read_from_the_request(
    world: World, client: Client, url: str, headers: dict[str, str], path: ClientPath
) -> None:
    world.path_health.answer = True
    await client.get(url, headers=headers)
    assert set(world.path_health.asked) == {path}


@pytest.mark.parametrize("url", [STREAM, "/status/stream"])
async def test_buffered_path_gets_a_204_with_its_reason(world: World, client: Client, url: str) -> None:
    world.path_health.answer = True
    response = await client.get(url)
    assert (response.status_code, response.headers["Playhead-Transport"]) == (204, "poll; reason=buffered")


@pytest.mark.parametrize("answer", [True, False, None])
async def test_me_says_what_is_known_of_the_path(world: World, client: Client, answer: bool | None) -> None:
    world.path_health.answer = answer
    transport = (await (await client.get("/me")).get_json())["transport"]
    assert transport["path"] == {"buffered": answer, "key": "localhost~1.1~-~-", "state": STATE}
    assert transport["reason"] == ("buffered" if answer else "flag_on")
