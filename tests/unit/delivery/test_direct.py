"""Direct answers of the product's routes: what is asked of the app first, what is noted, and what is left to it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from limits import RateLimitItem
from quart import Quart, Response
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from playhead import log
from playhead.accounts import guards, limits
from playhead.accounts.access import admin_only, login_only, public, signed_in
from playhead.accounts.counter import Counter
from playhead.accounts.guards import digest
from playhead.accounts.limits import limited, unlimited
from playhead.accounts.models import Credential
from playhead.accounts.usage import Usage
from playhead.config import load
from playhead.delivery.direct import ENDPOINTS, DirectStatuses
from playhead.delivery.openings import Openings
from playhead.delivery.routes import Delivery, routes
from playhead.edge import bind_request_id
from playhead.errors import session_not_found
from playhead.ids import new_id
from playhead.live.endpoints import TRANSPORT
from playhead.live.http import Answer, Request
from playhead.sessions.status import Status
from tests.support.asgi_client import Client
from tests.support.fakes import a_status
from tests.support.waiting import async_until
from tests.unit.delivery.world import ADA, Store, World

SECRET = "secret"
TOKEN = Credential("token", digest(SECRET))
SESSION = new_id()
ONE, ALL = f"/api/v1/sessions/{SESSION}/status", "/api/v1/status"


class NotedUses(Usage):
    """Keeps what is noted in memory."""

    def __init__(self) -> None:
        self.noted: list[Credential] = []

    def note(self, credential: Credential) -> None:
        self.noted.append(credential)


@dataclass
class App:
    """An app of status routes, and what its direct answers noted. Ada is signed in by a token."""

    world: World
    app: Quart
    delivery: Delivery
    usage: NotedUses = field(default_factory=NotedUses)
    counted: list[tuple[int, str]] = field(default_factory=list)

    def direct(self, openings: Openings | None = None) -> DirectStatuses:
        return DirectStatuses(
            self.app,
            self.delivery,
            self.usage,
            may_serve=lambda: True,
            count=lambda status, route: self.counted.append((status, route)),
            bind_request_id=bind_request_id,
            headers={"Every": "answer"},
            stream_headers={"Every": "stream"},
            openings=openings,
        )

    async def ask(self, target: str, **headers: str) -> Answer | None:
        client = Client(self.app, Host="localhost", Authorization=f"Bearer {SECRET}")
        return await self.direct().answer(Request.of(client.scope(target, **headers)))


@pytest.fixture
async def app(tmp_path: Path) -> App:
    world = World()
    world.store.logins = {TOKEN: ADA}

    async def own_status(session_id: str, owner_id: str) -> Status:
        log.get(__name__).info("asked", session_id=session_id)
        if session_id != SESSION:
            raise session_not_found()
        return await world.store.read(session_id)

    quart, settings = Quart(__name__), load({"DATA_DIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:1/0"})
    quart.url_map.converters["id"] = quart.url_map.converters["default"]
    made = App(world, quart, world.delivery(own_status))
    guards.install(quart, made.delivery.signed_in_as, _nobody, made.usage, settings)
    limits.install(quart, settings)
    quart.register_blueprint(routes(made.delivery), url_prefix="/api/v1")
    return made


async def _nobody(token_digest: str) -> bool:
    return False


async def test_answer_is_counted_and_its_use_noted(app: App) -> None:
    assert (answer := await app.ask(ONE)) is not None
    assert (answer.status, answer.headers["Every"]) == (200, "answer")
    assert app.counted == [(200, "/api/v1/sessions/<id:id>/status")]
    assert app.usage.noted == [TOKEN]
    assert (answer := await app.ask(f"{ALL}/stream")) is not None
    assert (answer.frames is None, answer.headers["Every"]) == (False, "stream")
    assert app.counted[1:] == [(200, "/api/v1/status/stream")]


async def test_what_is_left_to_the_app_is_neither_counted_nor_noted(app: App) -> None:
    asked = [
        await app.ask(ONE.replace(SESSION, new_id())),
        await app.ask(ALL, Authorization="Bearer another"),
        await app.ask(f"{ALL}?ticket="),
        await app.ask(ALL, Origin="http://localhost"),
    ]
    app.world.store.gone = True
    asked += [await app.ask(ONE), await app.ask(ALL), await app.ask(f"{ONE}/stream"), await app.ask(f"{ALL}/stream")]
    assert asked == [None] * 8
    assert (app.counted, app.usage.noted) == ([], [])


async def test_only_paths_of_statuses_are_taken(app: App) -> None:
    direct = app.direct()
    assert all(direct.takes(path) for path in (ONE, ALL, f"{ONE}/stream", f"{ALL}/stream", "/api/v1/sessions/x/status"))
    others = [
        f"{ALL}/",
        f"{ALL}/streams",
        f"/x{ALL}",
        f"{ONE}\n",
        "/api/v1/sessions//status",
        "/api/v1/sessions/a/b/status",
    ]
    others += ["/api/v1/sessions", "/api/v1/stream/probe", "/api/v1/sessions/x/statusX", "/healthz", ""]
    assert not any(map(direct.takes, others))


async def test_log_lines_of_an_answer_have_its_request_id(app: App) -> None:
    log.bind(request_id="of another request", session="another")
    with capture_logs([merge_contextvars]) as lines:
        answers = await asyncio.gather(*(asyncio.create_task(app.ask(ONE)) for _ in range(3)))
    ids = {answer.headers["X-Request-Id"] for answer in answers if answer is not None}
    asked = [line for line in lines if line["event"] == "asked"]
    assert len(ids) == len(asked) == 3
    assert {line["request_id"] for line in asked} == ids
    assert not any("session" in line for line in asked)


async def test_who_signed_out_while_they_waited_is_told_so_once(app: App) -> None:
    app.world.gate.long_poll = True
    first = await app.ask(ONE)
    assert first is not None
    headers = {"If_None_Match": first.headers["ETag"], "Prefer": "wait=20"}
    held = asyncio.create_task(app.ask(ONE, **headers))
    await async_until(lambda: app.world.hub.watched)
    app.world.store.logins.clear()
    app.world.commit(a_status(version=1_000_002))
    app.world.publish()
    assert (answer := await held) is not None
    assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (401, "not_signed_in")
    assert answer.headers[TRANSPORT] == "stream; reason=flag_on"
    assert app.counted[1:] == [(401, "/api/v1/sessions/<id:id>/status")]


class LosesDatabase(Counter):
    """Counts nothing; by the end of a count the database is gone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def hit(self, rate: RateLimitItem, *key: str) -> float | None:
        self._store.gone = True
        return None


async def test_database_that_goes_after_the_count_is_answered_not_left(app: App) -> None:
    app.app.extensions[limits.EXTENSION] = LosesDatabase(app.world.store)
    assert (answer := await app.ask(ALL)) is not None
    assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (503, "database_gone")
    assert (answer.headers["Retry-After"], answer.headers[TRANSPORT]) == ("2", "stream; reason=flag_on")
    assert app.counted == [(503, "/api/v1/status")]


async def test_status_that_cannot_be_decoded_is_left_without_a_log_line(app: App) -> None:
    async def of_a_newer_release(session_id: str, owner_id: str) -> Status:
        raise msgspec.ValidationError("Invalid enum value")

    app.delivery = replace(app.delivery, own_status=of_a_newer_release)
    with capture_logs() as lines:
        assert await app.ask(ONE) is None
    assert (lines, app.counted, app.usage.noted) == ([], [], [])


LIMITED = limited("9/minute", by="user")
UNFIT: dict[str, Callable[[Any], Any]] = {
    "no access mark": LIMITED,
    "public": lambda view: public("why")(LIMITED(view)),
    "login only": lambda view: login_only(LIMITED(view)),
    "admin only": lambda view: admin_only(LIMITED(view)),
    "no limit": signed_in,
    "unlimited": lambda view: signed_in(unlimited("why")(view)),
    "limited by client": lambda view: signed_in(limited("9/minute", by="client")(view)),
}


@pytest.mark.parametrize("endpoint", ENDPOINTS.values())
async def test_route_that_lost_a_mark_is_not_answered_directly(app: App, endpoint: str) -> None:
    for name, mark in UNFIT.items():
        app.app.view_functions[endpoint] = mark(_unmarked())
        with pytest.raises(AssertionError, match=endpoint):
            pytest.fail(f"{name}: {app.direct()}")
    app.app.view_functions[endpoint] = signed_in(LIMITED(_unmarked()))
    app.direct()


def _unmarked() -> Callable[..., Awaitable[Response]]:
    async def view(**_: str) -> Response:
        return Response("")

    return view
