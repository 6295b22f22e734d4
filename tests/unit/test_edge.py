"""What every answer shares: an error is a problem with a code and a sentence, and nothing of the inside shows."""

from pathlib import Path

import msgspec
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client
from quart_schema import validate_request

from playhead import edge
from playhead.config import load
from playhead.db import DatabaseGone
from playhead.errors import Problem


class Order(msgspec.Struct):
    amount: int


@pytest.fixture
def client(tmp_path: Path) -> Client:
    app = Quart(__name__, static_folder=None)
    settings = load({"DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://playhead.example.org"})

    async def ready() -> dict[str, bool]:
        return {"database": True, "redis": False}

    edge.install(app, settings, ready)

    @app.get("/api/refused")
    async def refused() -> str:
        raise Problem(409, "not_now", "Not now.", retry_after_s=1.2)

    @app.get("/api/broken")
    async def broken() -> str:
        raise ZeroDivisionError("the secret is 42")

    @app.get("/api/gone")
    async def gone() -> str:
        raise DatabaseGone("host db.internal refused")

    @app.post("/api/orders")
    @validate_request(Order)
    async def order(data: Order) -> str:
        return str(data.amount)

    return app.test_client()


@pytest.mark.parametrize(
    ("path", "status", "code", "retry_after"),
    [
        ("/api/refused", 409, "not_now", "2"),
        ("/api/broken", 500, "internal", None),
        ("/api/gone", 503, "database_gone", "2"),
        ("/api/nowhere", 404, "not_found", None),
    ],
)
async def test_an_error_is_a_problem(
    client: Client, path: str, status: int, code: str, retry_after: str | None
) -> None:
    answer = await client.get(path)
    body = await answer.get_json()
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert (body["status"], body["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == retry_after
    assert body["detail"]
    assert "42" not in str(body)
    assert "internal refused" not in str(body)


async def test_the_number_of_a_failed_request_finds_its_log_line(client: Client) -> None:
    answer = await client.get("/api/broken")
    assert answer.headers["X-Request-Id"] in (await answer.get_json())["detail"]


async def test_a_body_of_the_wrong_shape_is_a_problem(client: Client) -> None:
    answer = await client.post("/api/orders", json={"amount": "many"})
    assert (answer.status_code, (await answer.get_json())["code"]) == (400, "invalid")


async def test_every_answer_guards_the_page(client: Client) -> None:
    answer = await client.get("/healthz")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_ready_only_if_every_part_is(client: Client) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, await answer.get_json()) == (503, {"database": True, "redis": False})


async def test_metrics_are_prometheus_text(client: Client) -> None:
    answer = await client.get("/metrics")
    assert b"python_info" in await answer.get_data()


async def test_a_page_that_was_not_built_says_what_to_do(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "PAGE", Path("/nowhere"))
    answer = await client.get("/sessions/1")
    assert (answer.status_code, (await answer.get_json())["code"]) == (503, "page_missing")


async def test_the_page_answers_for_the_paths_of_its_router(client: Client) -> None:
    for path in ("/", "/sessions/1", "/favicon.svg"):
        assert (await client.get(path)).status_code == 200, path
    assert (await client.get("/%2e%2e/web.py")).content_type != "text/x-python; charset=utf-8"
