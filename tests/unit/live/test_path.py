"""The path of a request: read from the request, and passed to whoever knows the health of paths."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis.strategies import characters, text

from playhead.live.asgi import Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.http import Request
from playhead.live.job import Job
from playhead.live.path import HOP_LENGTH, HOST_LENGTH, KEY, ClientPath, UnknownPathHealth, client_path
from tests.support.asgi_client import Client
from tests.unit.live.documents import a_job
from tests.unit.live.world import SwitchedPathHealth

latin = characters(max_codepoint=255)
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
    ("headers", "path"),
    [
        ({}, ClientPath()),
        ({"x_forwarded_for": "192.0.2.9"}, ClientPath()),
        ({"host": "example.org"}, ClientPath("example.org")),
        ({"via": "1.1 varnish", "cf_ray": "230b030023ae2822-SJC"}, ClientPath(colo="SJC", via="varnish")),
    ],
)
async def test_path_is_read_from_the_request(
    health: SwitchedPathHealth, ada: Client, route: str, headers: dict[str, str], path: ClientPath
) -> None:
    health.answer = True
    await ada.get(route, **headers)
    assert set(health.asked) == {path}


@pytest.mark.parametrize("route", [STREAM, "/status/stream"])
async def test_buffered_path_gets_a_204_with_its_reason(health: SwitchedPathHealth, ada: Client, route: str) -> None:
    health.answer = True
    answer = await ada.get(route)
    assert (answer.status, answer.headers["playhead-transport"]) == (204, "wait; reason=buffered")


def test_without_measurements_nothing_is_certain_of_a_path() -> None:
    assert UnknownPathHealth().buffered(ClientPath(), "ada") is None


def path_of(version: str = "1.1", **headers: str) -> ClientPath:
    lines = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return client_path(Request.of({"method": "GET", "path": "/", "headers": lines, "http_version": version}))


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("Example.ORG", "example.org"),
        ("example.org:8443", "example.org"),
        ("[2001:DB8::1]:8443", "2001:db8::1"),
        ("", "-"),
        ("é/~?#", "-"),
        ("a" * 1000, "a" * HOST_LENGTH),
    ],
)
def test_host_is_a_name_without_its_port(given: str, host: str) -> None:
    assert path_of(host=given).host == host


@pytest.mark.parametrize(
    ("given", "via"),
    [
        ("1.1 varnish", "varnish"),
        ("HTTP/1.1 GWA, 2.0 Caddy", "gwa,caddy"),
        ("1.1 0a1b2c.cloudfront.net (CloudFront (edge))", "cloudfront.net"),
        ("1.1 cache07.example.org:3128 (squid/5.7)", "example.org"),
        ("1.1 cache-17, 1.1 cache-4", "cache-*,cache-*"),
        ("1.1 a, 1.1 b, 1.1 c, 1.1 d", "a,b,c"),
        ("~~~", "-"),
        (" , ,", "-"),
        ("1.1 " + "x" * 5000, "x" * HOP_LENGTH),
    ],
)
def test_via_is_the_same_for_all_machines_of_a_proxy(given: str, via: str) -> None:
    assert path_of(via=given).via == via


@pytest.mark.parametrize(
    "given", ["230b030023ae2822", "230b030023ae2822-sjc", "x-SJC", "230b030023ae2822-SJC9", "-SJC"]
)
def test_only_a_data_centre_of_cloudflare_is_a_colo(given: str) -> None:
    assert path_of(cf_ray=given).colo == "-"


@given(version=text(), host=text(latin), via=text(latin), cf_ray=text(latin))
def test_whatever_is_invented_the_key_is_bounded(version: str, host: str, via: str, cf_ray: str) -> None:
    path = path_of(version, host=host, via=via, cf_ray=cf_ray)
    assert KEY.fullmatch(path.key)
    assert quote(path.key, safe=":*,") == path.key
