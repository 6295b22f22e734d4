"""All responses share errors as problems, security headers, health checks and the page; no internals are exposed."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import pytest
from quart import Quart, request
from quart.typing import TestClientProtocol as Client
from quart_schema import validate_request

from playhead import edge
from playhead.config import load
from playhead.db import DatabaseGone
from playhead.errors import Problem


class Order(msgspec.Struct):
    amount: int


DEADLINE_S = 20.0
SLOW_BODY_S = 60
"""Limit for a body of a few kilobytes over the slowest network; a longer one only helps to hold connections open."""


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return client_of(tmp_path, tmp_path / "nowhere")


PARTS = ("database", "redis", "flags", "accepting")


def client_of(tmp_path: Path, page: Path, lacking: str | None = None, **more: str) -> Client:
    app = Quart(__name__, static_folder=None)
    settings = load({"DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://playhead.example.org"} | more)

    async def ready() -> dict[str, bool]:
        return {part: part != lacking for part in PARTS}

    edge.install(app, settings, ready, page)

    @app.get("/api/refused")
    async def refused() -> str:
        raise Problem(409, "not_now", "Not now.", retry_after_s=1.2)

    @app.get("/api/broken")
    async def broken() -> str:
        raise ZeroDivisionError("the secret is xyzzy")

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
    assert body["title"] == HTTPStatus(status).phrase
    assert answer.headers.get("Retry-After") == retry_after
    assert body["detail"]
    assert "xyzzy" not in str(body)
    assert "internal refused" not in str(body)


async def test_id_of_a_failed_request_is_in_the_log(client: Client) -> None:
    answer = await client.get("/api/broken")
    assert answer.headers["X-Request-Id"] in (await answer.get_json())["detail"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "TRACE", "FOO"])
async def test_wrong_method_is_answered_with_the_allowed_ones(client: Client, method: str) -> None:
    answer = await client.open("/api/orders", method=method, json=None)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "OPTIONS, POST"
    assert (await answer.get_json())["code"] == "method_not_allowed"


async def test_options_name_the_methods(client: Client) -> None:
    answer = await client.options("/api/orders")
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (200, {"OPTIONS", "POST"})


async def test_body_of_the_wrong_type_is_a_problem(client: Client) -> None:
    answer = await client.post("/api/orders", json={"amount": "many"})
    assert (answer.status_code, (await answer.get_json())["code"]) == (400, "invalid")


async def test_every_response_has_the_security_headers(client: Client) -> None:
    answer = await client.get("/healthz")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("part", "status", "degraded"),
    [("database", 503, 0), ("accepting", 503, 0), ("redis", 200, 1), ("flags", 200, 1), (None, 200, 0)],
)
async def test_process_is_unready_only_without_a_required_part(
    tmp_path: Path, part: str | None, status: int, degraded: int
) -> None:
    answer = await client_of(tmp_path, tmp_path / "nowhere", part).get("/readyz")
    parts = await answer.get_json()
    assert answer.status_code == status
    assert len(parts.pop("degraded")) == degraded
    assert parts == {name: name != part for name in PARTS}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "site" / "page"
    for name in ("index.html", "favicon.svg", "assets/app.js", "docs/index.html"):
        file = page / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"this is {name}")
    page.parent.joinpath("beside.txt").write_text("not for anybody")
    return page


async def test_missing_page_is_a_problem_with_a_remedy(client: Client) -> None:
    answer = await client.get("/sessions/1")
    assert (answer.status_code, (await answer.get_json())["code"]) == (503, "page_missing")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", "this is index.html"),
        ("/sessions/1", "this is index.html"),
        ("/favicon.svg", "this is favicon.svg"),
        ("/assets/app.js", "this is assets/app.js"),
        ("/docs", "this is docs/index.html"),
    ],
)
async def test_page_is_served_for_its_files_and_router_paths(page: Path, tmp_path: Path, path: str, body: str) -> None:
    answer = await client_of(tmp_path, page).get(path)
    assert (answer.status_code, await answer.get_data(as_text=True)) == (200, body)


async def test_long_path_of_the_documentation_redirects(page: Path, tmp_path: Path) -> None:
    answer = await client_of(tmp_path, page).get("/docs/index.html")
    assert (answer.status_code, answer.headers["Location"]) == (308, "http://localhost/docs")


async def _raw(app: Any, path: str, *body: bytes | asyncio.Future[None]) -> tuple[int, bytes]:
    """Send a path as it is, and a body in pieces, over ASGI; a future among the pieces is a pause."""
    sent: list[dict[str, Any]] = []
    ended: asyncio.Future[None] = asyncio.Future()
    pieces = iter([*body, b"", ended])  # the body ends, and the connection stays until the response is complete
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST" if body else "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"content-type", b"application/json")], "client": ("192.0.2.1", 1), "server": ("localhost", 80),
        "extensions": {},
    }  # fmt: skip

    async def receive() -> Any:
        piece = next(pieces)
        if isinstance(piece, asyncio.Future):
            await asyncio.wait({piece, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():  # as from a server; Quart 0.23 waits for that
                return {"type": "http.disconnect"}
            piece = next(pieces)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set_result(None)

    async with asyncio.timeout(DEADLINE_S):
        await app.asgi_app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize(
    "path",
    [
        "/../beside.txt",
        "/../../../../../etc/passwd",
        "/./../page/favicon.svg",
        "//etc/passwd",
        "/" + "a" * 300,
        "/a\0b",
    ],
)
async def test_no_path_reveals_files_on_the_disk(page: Path, tmp_path: Path, path: str) -> None:
    """The response is that for a path of the router, whether the file exists or not."""
    assert await _raw(client_of(tmp_path, page).app, path) == (200, b"this is index.html")


@pytest.mark.parametrize("path", ["/assets/../favicon.svg", "/assets/../../beside.txt", "/docs/" + "a" * 300])
async def test_no_path_leads_out_of_its_folder(page: Path, tmp_path: Path, path: str) -> None:
    assert (await _raw(client_of(tmp_path, page).app, path))[0] == 404


async def test_body_that_never_ends_is_timed_out(client: Client) -> None:
    assert client.app.config["BODY_TIMEOUT"] <= SLOW_BODY_S
    client.app.config["BODY_TIMEOUT"] = 0.05
    status, body = await _raw(client.app, "/api/orders", b'{"amount":', asyncio.Future())
    assert (status, msgspec.json.decode(body)["code"]) == (408, "request_timeout")


async def test_route_that_streams_the_body_has_its_own_timeout(client: Client) -> None:
    """An upload takes longer than any timeout for a whole body."""
    app: Any = client.app
    app.config["BODY_TIMEOUT"] = 0.01

    @app.post("/api/lengths")  # type: ignore[untyped-decorator]
    async def lengths() -> list[int]:
        return [len(chunk) async for chunk in request.body]

    loop = asyncio.get_running_loop()
    longer = loop.create_future()
    loop.call_later(0.05, longer.set_result, None)
    status, body = await _raw(app, "/api/lengths", b"one", longer, b"three")
    assert (status, sum(msgspec.json.decode(body))) == (200, 8)
