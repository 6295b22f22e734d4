"""The doctor's routes: what they answer, and what of a body or a request they refuse."""

from typing import Any

import msgspec
import pytest
from quart import Quart, g
from quart.typing import TestClientProtocol as Client
from quart_schema import QuartSchema, RequestSchemaValidationError

from playhead.accounts.models import User
from playhead.doctor.measured import Received
from playhead.doctor.routes import BODY_BYTES, routes
from playhead.doctor.streams import DoctorStreams
from playhead.edge import StrictRequest
from playhead.errors import Problem
from playhead.flags.answers.gate import StreamAnswer
from playhead.live.endpoints import Visitor
from tests.support.event_stream import parse
from tests.unit.delivery.world import ADA, World
from tests.unit.doctor.vectors import at_the_end, measured, recorded, stream

UPLOAD_MAX = 2**31
LEAST: dict[str, Any] = {"url": "https://playhead.example.org", "probe": "page"}
STREAM: dict[str, Any] = {"pattern": "short", "variant": "page", "began_at": 1, "end": "whole", "ended_ms": 1}


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    app = Quart(__name__)
    app.request_class = StrictRequest
    QuartSchema(app, conversion_preference="msgspec")

    async def recheck(_: User) -> User:
        return ADA

    streams = DoctorStreams(hub=world.hub, transports=world.transports)
    app.register_blueprint(routes(streams, lambda: Visitor(ADA, recheck), UPLOAD_MAX))

    @app.before_request
    async def sign_in() -> None:
        g.user = ADA

    @app.errorhandler(Problem)
    async def problem(error: Problem) -> tuple[str, int]:
        return error.code, error.status

    @app.errorhandler(RequestSchemaValidationError)
    async def invalid(error: RequestSchemaValidationError) -> tuple[str, int]:
        return "invalid", 400

    return app.test_client()


async def test_stream_has_the_headers_of_all_streams(client: Client) -> None:
    response = await client.get("/doctor/stream?pattern=short")
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store, no-transform"
    body = await response.get_data(as_text=False)
    assert [event.event for event in parse(body)] == ["probe"] * 8 + ["goodbye"]
    assert len(body) < 1024


@pytest.mark.parametrize("pattern", ["", "endless", "short\0", "SHORT"])
async def test_unknown_pattern_is_refused(client: Client, pattern: str) -> None:
    response = await client.get("/doctor/stream", query_string={"pattern": pattern})
    assert (response.status_code, await response.get_data(as_text=True)) == (400, "invalid")


async def test_kill_switch_answers_204_with_the_transport(world: World, client: Client) -> None:
    world.gate.answer = StreamAnswer.KILL_SWITCH
    response = await client.get("/doctor/stream")
    assert (response.status_code, response.headers["Playhead-Transport"]) == (204, "poll; reason=kill_switch")


async def test_request_tells_names_of_headers_and_no_secret(client: Client) -> None:
    headers = {
        "Via": "1.1 varnish (Varnish/7.1), 1.1 \tgoogle",
        "X-Forwarded-For": "192.0.2.7",
        "X-Playhead-Probe": "1",
        "Cookie": "playhead=secret; playhead-probe=1",
        "Authorization": "Bearer secret",
        "Accept": "a" * 1000,
    }
    response = await client.get("/doctor/request", headers=headers)
    body = await response.get_data(as_text=False)
    found = msgspec.json.decode(body, type=Received)
    assert (found.via, found.added) == ("1.1 varnish (Varnish/7.1), 1.1 google", ["via", "x-forwarded-for"])
    assert (found.cookie, found.header, found.origin) == (True, True, False)
    assert found.upload_max_bytes == UPLOAD_MAX
    assert len(found.accept) == 200
    assert b"secret" not in body
    assert b"192.0.2.7" not in body


async def test_verdict_is_that_of_the_pure_function(client: Client) -> None:
    held = stream(deliver=at_the_end)
    response = await client.post("/doctor/verdict", json=msgspec.to_builtins(measured(held, held)))
    found = msgspec.json.decode(await response.get_data(as_text=False))
    assert response.status_code == 200
    assert (found["healthy"], found["findings"][0]["id"]) == (False, "held")
    assert found["findings"][0]["culprits"][0]["change"]


async def test_longest_vector_of_a_probe_is_taken(client: Client) -> None:
    longest = max((msgspec.json.encode(one) for one in recorded().values()), key=len)
    assert len(longest) < BODY_BYTES / 4
    response = await client.post("/doctor/verdict", data=longest, headers={"Content-Type": "application/json"})
    assert response.status_code == 200


BAD = [
    {"url": "x" * 513},
    {"probe": "somebody"},
    {"streams": [STREAM | {"pattern": "other"}]},
    {"streams": [STREAM] * 25},
    {"streams": [STREAM | {"ended_ms": -1}]},
    {"streams": [STREAM | {"ended_ms": 1e300}]},
    {"streams": [STREAM | {"status": 10**20}]},
    {"streams": [STREAM | {"events": [{"number": 1, "sent_at": 0, "arrived_ms": 0}] * 129}]},
    {"streams": [STREAM | {"headers": {"a" * 65: ""}}]},
    {"streams": [STREAM | {"headers": {f"h{n}": "" for n in range(49)}}]},
    {"clock_ms": [1]},
    {"round_trips_ms": [1] * 17},
    {"login": 600},
]


@pytest.mark.parametrize("fields", BAD, ids=lambda fields: next(iter(fields)))
async def test_vector_out_of_its_bounds_is_refused(client: Client, fields: dict[str, Any]) -> None:
    response = await client.post("/doctor/verdict", json=LEAST | fields)
    assert (response.status_code, await response.get_data(as_text=True)) == (400, "invalid")


@pytest.mark.parametrize("body", [b"", b"{", b'{"url":"\xff"}', b'{"url":NaN}', b"[" * 10_000, b"[]", b"null"])
async def test_body_that_is_no_vector_is_refused(client: Client, body: bytes) -> None:
    response = await client.post("/doctor/verdict", data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, await response.get_data(as_text=True)) == (400, "invalid")


async def test_body_that_is_too_long_is_refused(client: Client) -> None:
    response = await client.post("/doctor/verdict", data=b" " * (BODY_BYTES + 1))
    assert (response.status_code, await response.get_data(as_text=True)) == (413, "too_large")
