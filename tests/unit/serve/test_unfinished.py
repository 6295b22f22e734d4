"""Responses that break off: the client sees that they are incomplete, and the log has one line."""

from collections.abc import AsyncGenerator

import h2.connection
import h2.events
import pytest
from quart import Quart, Response
from structlog.testing import capture_logs

from playhead.db import DatabaseGone
from playhead.serve.unfinished import UnfinishedResponses
from playhead.storage import StorageGone
from tests.unit.serve.serving import connected

ERRORS: dict[str, Exception] = {"database": DatabaseGone("it went away"), "storage": StorageGone("it went away")}


@pytest.fixture
def app() -> Quart:
    app = Quart(__name__)

    @app.get("/<which>")
    async def broken(which: str) -> Response:
        async def body() -> AsyncGenerator[bytes]:
            yield b"the first page"
            raise ERRORS[which]

        return Response(body(), headers={"X-Request-Id": "7"})

    app.asgi_app = UnfinishedResponses(app.asgi_app)  # type: ignore[method-assign]  # Quart's documented way
    return app


@pytest.mark.parametrize("which", ERRORS)
async def test_broken_response_has_no_last_chunk_and_is_logged_once(app: Quart, which: str) -> None:
    with capture_logs() as lines:
        async with connected(app, http2=True) as (reader, writer):
            writer.write(f"GET /{which} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\nthe first page\r\n")
    (line,) = lines
    assert line == {
        "event": "a response broke off",
        "log_level": "warning",
        "path": f"/{which}",
        "request_id": "7",
        "error": "it went away",
    }


async def test_broken_http_1_0_response_is_reset(app: Quart) -> None:
    async with connected(app, http2=True) as (reader, writer):
        writer.write(b"GET /database HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await reader.read()


async def test_broken_http_2_response_is_reset(app: Quart) -> None:
    client = h2.connection.H2Connection()
    client.initiate_connection()
    head = [(":method", "GET"), (":path", "/database"), (":scheme", "http"), (":authority", "x")]
    client.send_headers(1, head, end_stream=True)
    events: list[h2.events.Event] = []
    async with connected(app, http2=True) as (reader, writer):
        writer.write(client.data_to_send())
        while not any(isinstance(event, h2.events.StreamReset) for event in events):
            events += client.receive_data(await reader.read(65536))
    assert not any(isinstance(event, h2.events.StreamEnded) for event in events)
