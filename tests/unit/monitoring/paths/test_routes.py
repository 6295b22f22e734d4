"""What admins see of paths, and decide about them."""

from datetime import timedelta
from typing import Any

import pytest
from quart import Quart, g
from quart.typing import TestClientProtocol as Client
from quart_schema import QuartSchema, RequestSchemaValidationError

from playhead.accounts.models import User
from playhead.errors import Problem
from playhead.live.clock import now
from playhead.live.path import ClientPath
from playhead.monitoring.paths.health import SharedPathHealth
from playhead.monitoring.paths.memory import MemoryPathStore
from playhead.monitoring.paths.ports import Outcome
from playhead.monitoring.paths.routes import OVERRIDE_MAX, routes
from tests.support.clock import Clock

EVE = User("eve", "eve@example.org", is_admin=True)
PATH, OTHER = ClientPath("example.org", "2", "FRA"), ClientPath("example.org", via="varnish,squid")


class World:
    def __init__(self, store: type[MemoryPathStore] = MemoryPathStore) -> None:
        self.clock = Clock()
        self.clock.now = 1_000_000_000.0
        self.store = store(self.clock)
        self.health = SharedPathHealth(self.store)
        app = Quart(__name__)
        QuartSchema(app, conversion_preference="msgspec")
        app.register_blueprint(routes(self.store, self.health))

        @app.before_request
        async def sign_in() -> None:
            g.user = EVE

        @app.errorhandler(Problem)
        async def problem(error: Problem) -> tuple[dict[str, object], int]:
            return error.document(), error.status

        @app.errorhandler(RequestSchemaValidationError)
        async def invalid(error: RequestSchemaValidationError) -> tuple[dict[str, object], int]:
            return {"code": "invalid"}, 400

        self.client: Client = app.test_client()

    async def override(self, key: str = PATH.key, **given: Any) -> tuple[int, Any]:
        answer = await self.client.post(f"/admin/paths/{key}/override", json=given)
        return answer.status_code, await answer.get_json()

    async def paths(self) -> list[dict[str, Any]]:
        answer = await self.client.get("/admin/paths")
        assert answer.status_code == 200
        listed: list[dict[str, Any]] = (await answer.get_json())["paths"]
        return listed


@pytest.fixture
async def world() -> World:
    """Three people on one path found it mute, and Bob reads by another."""
    world = World()
    world.health.buffered(OTHER, "bob")
    await world.health.refresh()
    world.clock.now += 1
    for person in ("ada", "ben", "cyd"):
        world.health.report(PATH, person, "page", 1, Outcome.MUTED)
    await world.health.refresh()
    return world


def later(**by: float) -> str:
    return (now() + timedelta(**by)).isoformat()


async def test_no_path_is_listed_at_first() -> None:
    assert await World().paths() == []


async def test_paths_are_listed_with_what_was_found(world: World) -> None:
    assert await world.paths() == [
        {
            "key": "example.org~2~FRA~-",
            "host": "example.org",
            "http_version": "2",
            "colo": "FRA",
            "via": None,
            "seen_at": "2001-09-09T01:46:41Z",
            "state": "buffered",
            "judged": "buffered",
            "since": "2001-09-09T01:46:41Z",
            "probe_at": "2001-09-09T01:51:41Z",
            "readers": 3,
            "proven": 0,
            "muted": 3,
            "override": None,
        },
        {
            "key": "example.org~1.1~-~varnish,squid",
            "host": "example.org",
            "http_version": "1.1",
            "colo": None,
            "via": "varnish,squid",
            "seen_at": "2001-09-09T01:46:40Z",
            "state": None,
            "judged": None,
            "since": None,
            "probe_at": None,
            "readers": 1,
            "proven": 0,
            "muted": 0,
            "override": None,
        },
    ]


async def test_override_names_who_why_and_until_when(world: World) -> None:
    until = later(hours=1)
    status, document = await world.override(state="healthy", reason=" the proxy\n is mended ", until=until)
    assert (status, document["state"], document["judged"]) == (200, "healthy", "buffered")
    assert document["override"] == {
        "state": "healthy",
        "reason": "the proxy is mended",
        "by": "eve@example.org",
        "until": until.replace("+00:00", "Z"),
    }
    assert (await world.paths())[0] == document
    assert world.health.buffered(PATH, "ada") is False


async def test_override_is_lifted(world: World) -> None:
    await world.override(state="healthy", reason="why", until=later(hours=1))
    status, document = await world.override(state=None)
    assert (status, document["state"], document["override"]) == (200, "buffered", None)
    assert world.health.buffered(PATH, "ada") is True


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"state": "probing", "reason": "why", "until": later(hours=1)},
        {"state": "healthy", "reason": " \n", "until": later(hours=1)},
        {"state": "healthy", "reason": "x" * 201, "until": later(hours=1)},
        {"state": "healthy", "reason": "why"},
        {"state": "healthy", "reason": "why", "until": later(hours=-1)},
        {"state": "healthy", "reason": "why", "until": later(days=OVERRIDE_MAX.days, hours=1)},
        {"state": "healthy", "reason": "why", "until": "2999-01-01T00:00:00"},
    ],
)
async def test_wrong_override_is_refused(world: World, wrong: dict[str, Any]) -> None:
    status, problem = await world.override(**wrong)
    assert (status, problem["code"]) == (400, "invalid")
    assert [path["override"] for path in await world.paths()] == [None, None]


@pytest.mark.parametrize("key", ["nobody.example.org~2~-~-", "x", "~~~"])
async def test_path_that_nobody_used_is_not_found(world: World, key: str) -> None:
    status, problem = await world.override(key, state="healthy", reason="why", until=later(hours=1))
    assert (status, problem["code"]) == (404, "path_not_found")


class Full(MemoryPathStore):
    """A store that takes no more overrides."""

    async def set_override(self, path: str, override: object, now: float) -> bool:
        return False


class Away(MemoryPathStore):
    async def now(self) -> float:
        raise ConnectionError("it was switched off")


async def test_too_many_overrides_are_a_conflict() -> None:
    world = World(Full)
    world.health.buffered(PATH, "ada")
    await world.health.refresh()
    status, problem = await world.override(state="healthy", reason="why", until=later(hours=1))
    assert (status, problem["code"]) == (409, "too_many_overrides")


async def test_store_that_is_away_is_a_503() -> None:
    world = World(Away)
    status, problem = await world.override(state="healthy", reason="why", until=later(hours=1))
    assert (status, problem["code"]) == (503, "store_gone")
    assert (await world.client.get("/admin/paths")).status_code == 503
