"""Why somebody streams, or not: told to them, and to the admin whom they ask."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from quart import Quart, g
from quart.typing import TestClientProtocol as Client
from quart_schema import QuartSchema

from playhead.accounts.access import access_of
from playhead.accounts.models import User
from playhead.delivery.explain import routes
from playhead.errors import Problem
from playhead.flags.answers.gate import StreamAnswer
from playhead.flags.answers.shared import Emergency
from playhead.ids import new_id
from tests.unit.delivery.world import LOGIN, PER_PROCESS, PER_USER, World, no_quota

BOB = User(new_id(), "bob@example.org", is_admin=False)
EVE = User("eve", "eve@example.org", is_admin=True)


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
def app(world: World) -> Quart:
    """As Eve sees it."""

    async def find(who: str) -> User | None:
        return next((user for user in (BOB, EVE) if who in (user.id, user.email)), None)

    app = Quart(__name__)
    QuartSchema(app, conversion_preference="msgspec")
    app.register_blueprint(routes(world.gate, world.transports, find, no_quota, lambda path: None, ["base"]))

    @app.before_request
    async def sign_in() -> None:
        g.user, g.login = EVE, LOGIN

    @app.errorhandler(Problem)
    async def problem(error: Problem) -> tuple[dict[str, object], int]:
        return error.document(), error.status

    return app


async def said(client: Client, path: str) -> Any:
    response = await client.get(path)
    assert response.status_code == 200
    return await response.get_json()


async def test_person_is_told_everything_that_was_weighed(app: Quart, world: World) -> None:
    with world.hub.subscribe("s", "eve"), world.hub.subscribe("s", "ada"):
        assert await said(app.test_client(), "/me") == {
            "id": "eve",
            "email": "eve@example.org",
            "is_admin": True,
            "features": {"sse.status-stream": True},
            "models": ["base"],
            "quota": {name: {"used": 0, "allowed": None} for name in ("bytes", "hours_today", "queued", "running")},
            "transport": {
                "mode": "stream",
                "reason": "flag_on",
                "via": None,
                "path": {"buffered": None, "key": "localhost~1.1~-~-", "state": None},
                "stream_origin": None,
                "capacity": {"draining": False, "full": False, "own_streams": 1, "own_streams_max": PER_USER},
                "tuning": {"heartbeat_s": 15.0, "coalesce_ms": 100, "max_age_s": 600.0},
                "flags": {"source": "file", "age_s": 0.5, "trouble": None, "emergency": None},
            },
        }


@pytest.mark.parametrize("admin", [True, False])
async def test_emergency_is_told_to_all_and_who_it_was_to_admins(app: Quart, world: World, admin: bool) -> None:
    world.gate.stopped = Emergency(since=datetime(2026, 11, 29, tzinfo=UTC), by="ops", reason="too slow")

    @app.before_request
    async def sign_in() -> None:
        g.user = EVE if admin else BOB

    assert (await said(app.test_client(), "/me"))["transport"]["flags"]["emergency"] == {
        "since": "2026-11-29T00:00:00Z",
        "reason": "too slow",
        "by": "ops" if admin else None,
    }


@pytest.mark.parametrize("who", [BOB.id, "bob@example.org", "Bob@Example.org"])
async def test_admin_is_told_the_same_of_somebody_else(app: Quart, world: World, who: str) -> None:
    world.gate.admins_only = True
    told = await said(app.test_client(), f"/admin/users/{who}/transport")
    assert (told["id"], told["is_admin"]) == (BOB.id, False)
    assert (told["transport"]["mode"], told["transport"]["reason"]) == ("poll", "flag_off")
    assert told["features"] == {"sse.status-stream": False}
    assert (await said(app.test_client(), "/me"))["transport"]["reason"] == "flag_on"


async def test_reason_names_what_stands_in_the_way(app: Quart, world: World) -> None:
    client = app.test_client()
    for answer in (StreamAnswer.KILL_SWITCH, StreamAnswer.FLAGS_UNAVAILABLE):
        world.gate.answer = answer
        assert (await said(client, "/me"))["transport"]["reason"] == answer
    world.gate.answer = StreamAnswer.FLAG_ON
    with contextlib.ExitStack() as stack:
        for number in range(PER_PROCESS):
            stack.enter_context(world.hub.subscribe("s", f"user-{number}"))
        told = (await said(client, "/me"))["transport"]
        assert (told["reason"], told["capacity"]["full"]) == ("at_capacity", True)
    world.hub.drain()
    assert (await said(client, "/me"))["transport"]["reason"] == "draining"


async def test_nobody_is_not_found(app: Quart) -> None:
    response = await app.test_client().get("/admin/users/nobody/transport")
    assert (response.status_code, (await response.get_json())["code"]) == (404, "user_not_found")


def test_somebody_else_is_for_admins_only(app: Quart) -> None:
    access = access_of(app.view_functions["explain.transport_of"])
    assert access is not None
    assert access.kind == "admin"
