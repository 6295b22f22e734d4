"""The path of a request: read from the request, and passed to whoever knows the health of paths."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from playhead.live.asgi import Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.job import Job
from playhead.live.path import ClientPath, UnknownPathHealth
from tests.support.asgi_client import Client
from tests.unit.live.documents import a_job
from tests.unit.live.world import SwitchedPathHealth

STATUS, STREAM = "/jobs/s/status", "/jobs/s/status/stream"


@pytest.fixture
def health() -> SwitchedPathHealth:
    return SwitchedPathHealth()


@pytest.fixture
async def ada(health: SwitchedPathHealth) -> AsyncIterator[Client]:
    url = f"memory://{uuid4()}"
    sender: Sender[Job[Any]] = open_sender(url)
    sender.send([(a_job(owner="ada"), "ada")])
    live: Live[Job[Any], str] = Live(url, who=lambda request: "ada", path_health=health)
    yield Client(live)
    await live.aclose()


@pytest.mark.parametrize("route", [STATUS, STREAM, "/status/stream"])
@pytest.mark.parametrize(
    ("headers", "is_proxied"),
    [({}, False), ({"x_forwarded_for": "192.0.2.9"}, False), ({"via": "1.1 varnish"}, True), ({"cf_ray": "8d3"}, True)],
)
async def test_path_is_read_from_the_request(
    health: SwitchedPathHealth, ada: Client, route: str, headers: dict[str, str], is_proxied: bool
) -> None:
    health.answer = True
    await ada.get(route, **headers)
    assert set(health.asked) == {ClientPath("192.0.2.1", "1.1", is_proxied=is_proxied)}


@pytest.mark.parametrize("route", [STREAM, "/status/stream"])
async def test_buffered_path_gets_a_204_with_its_reason(health: SwitchedPathHealth, ada: Client, route: str) -> None:
    health.answer = True
    answer = await ada.get(route)
    assert (answer.status, answer.headers["playhead-transport"]) == (204, "wait; reason=buffered")


def test_without_measurements_nothing_is_certain_of_a_path() -> None:
    assert UnknownPathHealth().buffered(ClientPath("192.0.2.1", "1.1", is_proxied=False)) is None
