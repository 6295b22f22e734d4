"""`/metrics` of a web process: for holders of the token alone, with each request counted once by its route."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from quart import Quart

from playhead.config import load
from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.metrics.catalog import requests
from playhead.metrics.metrics import Metrics
from playhead.metrics.requests import CountedRequests
from playhead.monitoring.paths.memory import MemoryPathStore
from playhead.sessions.status import Status
from playhead.uploads.body_guard import SMALL_BODY_BYTES
from playhead.web import create_app
from tests.support.asgi_client import Client
from tests.support.fakes import Tasks
from tests.support.migrated import migrated_sqlite
from tests.support.waiting import async_until

PRODUCTION = {"ENVIRONMENT": "production", "SECRET_KEY": 32 * "s"}
TOKEN = {"METRICS_TOKEN": "hush"}


@asynccontextmanager
async def app_in(folder: Path, **given: str) -> AsyncIterator[Quart]:
    migrated_sqlite(folder / "playhead.db")
    sender: MemorySender[Status] = MemorySender()
    app = create_app(
        load({"DATA_DIR": str(folder)} | given),
        subscriber=MemorySubscriber(sender),
        sender=sender,
        queue=Tasks(),
        paths=MemoryPathStore(),
    )
    async with app.test_app():
        yield app


async def values(app: Quart, name: str, **headers: str) -> dict[tuple[str, ...], float]:
    """The samples of a metric that are not 0, by the values of their labels in alphabetical order."""
    body = (await Client(app).get("/metrics", **headers)).body.decode()
    samples = [sample for family in text_string_to_metric_families(body) for sample in family.samples]
    found = {tuple(v for _, v in sorted(s.labels.items())): s.value for s in samples if s.name == f"playhead_{name}"}
    return {labels: value for labels, value in found.items() if value}


@pytest.mark.parametrize(
    ("settings", "authorization", "status"),
    [
        ({}, "", 200),
        ({"HOST": "0.0.0.0"}, "", 404),
        ({"HOST": "0.0.0.0"} | TOKEN, "Bearer hush", 200),
        (PRODUCTION, "", 404),
        (PRODUCTION, "Bearer ", 404),
        (PRODUCTION | TOKEN, "", 401),
        (PRODUCTION | TOKEN, "Bearer hushed", 401),
        (PRODUCTION | TOKEN, "Bearer hush", 200),
        (TOKEN, "", 401),
    ],
)
async def test_metrics_require_their_token(
    tmp_path: Path, settings: dict[str, str], authorization: str, status: int
) -> None:
    async with app_in(tmp_path, **settings) as app:
        answer = await Client(app).get("/metrics", authorization=authorization)
        assert answer.status == status
        assert answer.headers["cache-control"] == "no-store" or status == 404
        assert (b"playhead_" in answer.body) == (status == 200)


async def test_header_that_is_not_ascii_is_refused(tmp_path: Path) -> None:
    async with app_in(tmp_path, **TOKEN) as app:
        assert (await Client(app).get("/metrics", authorization="Bearer hushé")).status == 401


async def test_requests_are_counted_by_route_whoever_answers(tmp_path: Path) -> None:
    async with app_in(tmp_path) as app:
        client = Client(app)
        for path in ("/healthz", "/healthz", "/api/v1/me", "/api/v1/sessions/1/status", "/api/v1/none/of/them"):
            await client.get(path)
        await client.get("x")  # no path: refused above the framework
        await client.get("/api/v1/auth/login", method="POST", content_length=str(SMALL_BODY_BYTES + 1))
        await client.get("/api/v1/auth/login", method="POST")
        assert await values(app, "requests_total") == {
            ("/healthz", "2xx"): 2,
            ("/api/v1/me", "4xx"): 1,
            ("/api/v1/sessions/<id:id>/status", "4xx"): 1,
            ("/api/v1/auth/login", "4xx"): 1,
            ("none", "4xx"): 3,
        }
        assert (await values(app, "requests_total"))[("/metrics", "2xx")] == 1


async def test_gauges_and_the_loops_lag_are_measured(tmp_path: Path) -> None:
    async with app_in(tmp_path) as app:
        await async_until(lambda: "event_loop_lag_seconds" in app.extensions["playhead"].monitoring.metrics.read())
        assert await values(app, "event_loop_lag_seconds_count")
        assert await values(app, "flags_age_seconds")
        text = (await Client(app).get("/metrics")).body.decode()
        assert "# UNIT" not in text
        assert (await Client(app).get("/metrics", accept="application/openmetrics-text")).body.endswith(b"# EOF\n")


async def test_process_that_reports_not_to_be_ready_counts_no_error(tmp_path: Path) -> None:
    async with app_in(tmp_path) as app:
        app.extensions["playhead"].hub.drain()
        assert (await Client(app).get("/readyz")).status == 503
        assert await values(app, "requests_total") == {}


async def test_flags_that_were_never_confirmed_are_as_old_as_the_process(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    async with app_in(tmp_path, FLAGS_FILE=str(broken)) as app:
        assert (await values(app, "flags_age_seconds"))[()] > 0


def counted(app: Any) -> tuple[CountedRequests, Metrics]:
    metrics = Metrics()
    return CountedRequests(app, metrics, requests({"/a"})), metrics


async def test_stream_is_counted_when_it_begins() -> None:
    over = asyncio.Event()

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await over.wait()

    app, metrics = counted(stream)
    async with Client(app).open("/a") as response:
        assert response.status == 200
        assert metrics.read() == {"requests": {"none,2xx": 1.0}}
        over.set()
    assert metrics.read() == {"requests": {"none,2xx": 1.0}}


async def test_crash_without_a_response_counts_as_a_server_error() -> None:
    async def crash(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    app, metrics = counted(crash)
    with pytest.raises(ZeroDivisionError):
        await app({"type": "http"}, None, _never)
    assert metrics.read() == {"requests": {"none,5xx": 1.0}}


async def test_crash_after_its_response_began_is_counted_once() -> None:
    async def crash(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    async def taken(message: Any) -> None:
        pass

    app, metrics = counted(crash)
    with pytest.raises(ZeroDivisionError):
        await app({"type": "http"}, None, taken)
    assert metrics.read() == {"requests": {"none,2xx": 1.0}}


async def _never(message: Any) -> None:
    raise AssertionError(message)
