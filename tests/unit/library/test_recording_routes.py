"""A recording is served whole or in part, and never as a page."""

import pytest
from quart.testing import connections
from quart.typing import TestClientProtocol as Client

from tests.unit.accounts.rooms import OURS, code
from tests.unit.library.shelf import uploaded
from tests.unit.uploads.world import FLAC, World


async def test_whole_recording_is_served(ada: Client) -> None:
    path = await uploaded(ada)
    response = await ada.get(f"{path}/audio")
    assert (response.status_code, await response.get_data()) == (200, FLAC)
    assert response.headers["Content-Type"] == "audio/flac"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Disposition"].startswith("inline")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_recording_is_sent_by_its_whole_name(ada: Client) -> None:
    path = await uploaded(ada, "می\u200cخواهم 2026.11.28.flac")
    response = await ada.get(f"{path}/audio")
    name = "%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85%202026.11.28.flac"
    assert response.headers["Content-Disposition"].endswith(f"; filename*=UTF-8''{name}")


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, len(FLAC)), ("bytes=-5", len(FLAC) - 5, len(FLAC)),
     ("bytes=10-999999999", 10, len(FLAC))],
)  # fmt: skip
async def test_part_of_a_recording_is_served(ada: Client, header: str, start: int, stop: int) -> None:
    path = await uploaded(ada)
    response = await ada.get(f"{path}/audio", headers={"Range": header})
    assert (response.status_code, await response.get_data()) == (206, FLAC[start:stop])
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(FLAC)}"
    assert response.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize(
    "headers",
    [{"Range": "bytes=0-1,5-6"}, {"Range": "lines=0-1"}, {"Range": "bytes=x"},
     {"Range": "bytes=0-1", "If-Range": '"another"'}],
)  # fmt: skip
async def test_other_ranges_are_answered_with_the_whole_recording(ada: Client, headers: dict[str, str]) -> None:
    path = await uploaded(ada)
    response = await ada.get(f"{path}/audio", headers=headers)
    assert (response.status_code, await response.get_data()) == (200, FLAC)


async def test_part_beyond_the_end_is_refused(ada: Client) -> None:
    path = await uploaded(ada)
    response = await ada.get(f"{path}/audio", headers={"Range": f"bytes={len(FLAC)}-"})
    assert await code(response) == (416, "range_not_satisfiable")
    assert response.headers["Content-Range"] == f"bytes */{len(FLAC)}"


async def test_head_request_returns_the_length_of_a_recording(ada: Client) -> None:
    path = await uploaded(ada)
    async with ada.request(f"{path}/audio", method="HEAD") as connection:
        await connection.send_complete()
        assert await connection.receive() == b""
        # The test client's response would recount the body.
        assert isinstance(connection, connections.TestHTTPConnection)
        assert connection.headers is not None
        assert connection.headers["Content-Length"] == str(len(FLAC))


@pytest.mark.parametrize("filename", ["talk.html", "talk.mp3", "talk"])
async def test_type_is_that_of_the_content_whatever_the_name(ada: Client, filename: str) -> None:
    path = await uploaded(ada, filename)
    for headers in ({}, {"Range": "bytes=100-"}, {"Range": "bytes=100-"}):
        response = await ada.get(f"{path}/audio", headers=headers)
        assert response.headers["Content-Type"] == "audio/flac"


async def test_upload_is_never_served_as_a_page(ada: Client, world: World) -> None:
    path = await uploaded(ada, "talk.html")
    world.files()[0].write_bytes(b"<html>")
    response = await ada.get(f"{path}/audio")
    assert (response.headers["Content-Type"], await response.get_data()) == ("application/octet-stream", b"<html>")


async def test_missing_recording_is_audio_gone(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    world.files()[0].unlink()
    assert await code(await ada.get(f"{path}/audio")) == (404, "audio_gone")
    assert (await ada.delete(path, headers=OURS)).status_code == 204
