"""Responses have an encoding that the client accepts, with its own `ETag` and `Vary`; some are never compressed."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import Quart, Response
from quart.typing import TestClientProtocol as Client
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from playhead import edge, wire
from playhead.config import load

CODE = b"let codec = 'none'\n" * 200
"""A content long enough to be compressed; each encoded file contains its name instead, to show which one was sent."""
LONG = {"text": "word " * 40_000}
"""A content too long to be compressed on the event loop."""
WORDS = [f"word {number}" for number in range(1000)]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    page = tmp_path / "page"
    page.joinpath("assets").mkdir(parents=True)
    for name in ("index.html", "assets/app.js", "assets/app.js.br", "assets/app.js.gz", "assets/small.js"):
        page.joinpath(name).write_bytes(name.encode() + b" " + CODE)
    app = Quart(__name__, static_folder=None)

    async def ready() -> dict[str, bool]:
        return {}

    edge.install(app, load({"DATA_DIR": str(tmp_path)}), ready, page)
    _answers(app)
    return app.test_client()


def _answers(app: Quart) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for word in WORDS:
            yield f'"{word}",'.encode()

    @app.route("/api/long", methods=["GET", "POST"])
    async def long() -> dict[str, str]:
        return LONG

    @app.get("/api/middling")
    async def middling() -> dict[str, str]:
        return {"text": "x" * 2000}

    @app.get("/api/short")
    async def short() -> dict[str, str]:
        return {"text": "x" * 900}

    @app.get("/api/pieces")
    async def in_pieces() -> Response:
        return Response(pieces(), content_type="application/json")

    @app.get("/api/stream")
    async def stream() -> Response:
        return Response(pieces(), content_type="text/event-stream")

    @app.get("/api/audio")
    async def audio() -> Response:
        return Response(CODE, 206, {"Content-Range": "bytes 0-9/10"}, content_type="audio/mpeg")

    @app.get("/api/status")
    async def status() -> Response:
        return Response(CODE, headers={"ETag": '"1"', "Vary": "Cookie"}, content_type="application/json")


def accepting(encodings: str | None) -> dict[str, str]:
    return {} if encodings is None else {"Accept-Encoding": encodings}


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("deflate", None),
        ("", None),
    ],
)
def test_best_encoding_that_a_client_accepts_is_chosen(accepted: str, chosen: str | None) -> None:
    assert wire.best(parse_accept_header(accepted, Accept), ["br", "gzip"]) == chosen


@pytest.mark.parametrize(
    ("accepted", "sent", "encoding"),
    [
        ("gzip, br", "assets/app.js.br", "br"),
        ("gzip", "assets/app.js.gz", "gzip"),
        ("br;q=0, gzip;q=0", "assets/app.js", None),
        (None, "assets/app.js", None),
    ],
)
async def test_file_is_sent_in_an_accepted_encoding(
    client: Client, accepted: str | None, sent: str, encoding: str | None
) -> None:
    answer = await client.get("/assets/app.js", headers=accepting(accepted))
    assert (await answer.get_data()).split()[0] == sent.encode()
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.content_type == "text/javascript; charset=utf-8"


async def test_file_without_encodings_does_not_vary(client: Client) -> None:
    answer = await client.get("/assets/small.js", headers=accepting("gzip, br"))
    assert (answer.headers.get("Content-Encoding"), answer.headers.get("Vary")) == (None, None)


@pytest.mark.parametrize("path", ["/assets/app.js.br", "/assets/app.js.gz"])
async def test_compressed_file_has_no_path_of_its_own(client: Client, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_each_encoding_of_a_file_has_its_own_etag(client: Client) -> None:
    tags = {
        encodings: (await client.get("/assets/app.js", headers=accepting(encodings))).headers["ETag"]
        for encodings in ("br", "gzip", "identity")
    }
    assert len(set(tags.values())) == 3
    for encodings, tag in tags.items():
        again = await client.get("/assets/app.js", headers=accepting(encodings) | {"If-None-Match": tag})
        assert (again.status_code, again.headers["ETag"], await again.get_data()) == (304, tag, b"")
        assert (again.headers["Vary"], again.headers.get("Content-Encoding")) == ("Accept-Encoding", None)
    other = await client.get("/assets/app.js", headers=accepting("br") | {"If-None-Match": tags["gzip"]})
    assert other.status_code == 200


async def test_range_is_taken_from_the_encoded_file(client: Client) -> None:
    answer = await client.get("/assets/app.js", headers=accepting("br") | {"Range": "bytes=7-15"})
    assert (answer.status_code, await answer.get_data()) == (206, b"app.js.br")
    assert answer.headers["Content-Encoding"] == "br"
    assert answer.headers["Content-Range"] == f"bytes 7-15/{len('assets/app.js.br ') + len(CODE)}"


async def test_head_of_a_file_has_the_headers_of_get(client: Client) -> None:
    head = await client.head("/assets/app.js", headers=accepting("br"))
    got = await client.get("/assets/app.js", headers=accepting("br"))
    for name in ("Content-Encoding", "Content-Length", "ETag", "Vary"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", ["/api/long", "/api/middling", "/api/pieces"])
async def test_json_over_a_kilobyte_is_compressed(client: Client, path: str) -> None:
    plain: Any = await client.get(path)
    answer: Any = await client.get(path, headers=accepting("gzip, br"))
    body = await answer.get_data()
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert answer.headers.get("Content-Length") in (None, str(len(body)))
    assert gzip.decompress(body) == await plain.get_data()
    assert len(body) < len(await plain.get_data()) / 2
    assert (plain.headers.get("Content-Encoding"), plain.headers["Vary"]) == (None, "Accept-Encoding")


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br", "identity", ""])
async def test_json_is_not_compressed_without_gzip(client: Client, accepted: str) -> None:
    answer = await client.get("/api/long", headers=accepting(accepted))
    assert (await answer.get_json(), answer.headers.get("Content-Encoding")) == (LONG, None)


@pytest.mark.parametrize("path", ["/api/short", "/api/stream", "/api/audio", "/api/status", "/api/nowhere"])
async def test_small_response_stream_or_range_is_not_compressed(client: Client, path: str) -> None:
    answer = await client.get(path, headers=accepting("gzip, br"))
    assert "Content-Encoding" not in answer.headers
    assert await answer.get_data() == await (await client.get(path)).get_data()


async def test_response_to_a_post_is_not_compressed(client: Client) -> None:
    """It may contain a secret beside text of an attacker."""
    answer = await client.post("/api/long", headers=accepting("gzip"))
    assert (await answer.get_json(), answer.headers.get("Content-Encoding")) == (LONG, None)
