"""What the doctor notes of one stream, however it comes and ends."""

import json
import zlib

import httpx
import pytest

from playhead.cli.doctor_stream import READ_MOST, Patience, StreamReading
from playhead.doctor.measured import Stream
from tests.unit.cli.rude_server import BROKEN, MUTE, Frames, event, goodbye

IMPATIENT = Patience(short_s=0.1)
TYPE = "text/event-stream; charset=utf-8"
OVER = goodbye("final", "none")


def probe(number: int) -> str:
    return event("probe", json.dumps({"number": number, "sent_at": 1000 * number}))


async def read(
    *pieces: bytes | str, status: int = 200, kind: str = TYPE, pattern: str = "short", **headers: str
) -> Stream:
    named = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": kind}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=named, stream=Frames(*pieces))

    reading = StreamReading(pattern, "page", IMPATIENT)  # type: ignore[arg-type]  # of literals
    async with httpx.AsyncClient(base_url="http://x/api/v1/", transport=httpx.MockTransport(answer)) as http:
        await reading.run(http)
    return reading.measured


async def test_whole_stream_has_its_events_and_headers() -> None:
    found = await read(probe(1), probe(2) + OVER, Via="1.1 a\x07proxy", X_Other="not noted")
    assert [(one.number, one.sent_at) for one in found.events] == [(1, 1000), (2, 2000)]
    assert (found.end, found.status, found.http_version) == ("whole", 200, "1.1")
    assert found.headers == {"content-type": TYPE, "via": "1.1 aproxy"}
    assert found.head_ms is not None
    assert found.first_byte_ms is not None
    assert found.head_ms <= found.first_byte_ms <= found.ended_ms


async def test_event_in_two_pieces_arrives_with_the_second() -> None:
    one = probe(1)
    found = await read(one[:10], one[10:] + OVER)
    assert len(found.events) == 1


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([probe(1)], "cut"),
        ([probe(1), BROKEN], "cut"),
        ([probe(1), MUTE], "silent"),
        ([MUTE], "silent"),
        ([probe(1), OVER, MUTE], "open"),
        ([probe(1), OVER, BROKEN], "whole"),
        ([probe(1), goodbye("replaced", "wait")], "left"),
    ],
    ids=[
        "without a goodbye",
        "broken",
        "mute",
        "mute from the start",
        "kept open",
        "broken behind the goodbye",
        "replaced",
    ],
)
async def test_end_of_a_stream(pieces: list[str], expected: str) -> None:
    assert (await read(*pieces)).end == expected


async def test_gzip_is_decoded_as_it_comes() -> None:
    gzip = zlib.compressobj(wbits=31)
    first = gzip.compress(probe(1).encode()) + gzip.flush(zlib.Z_SYNC_FLUSH)
    found = await read(first, gzip.compress(OVER.encode()) + gzip.flush(), Content_Encoding="gzip")
    assert (len(found.events), found.end) == (1, "whole")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip"])
async def test_what_cannot_be_decoded_is_counted(encoding: str) -> None:
    found = await read(b"\x0b\x02\x80", b"no gzip", Content_Encoding=encoding)
    assert (found.events, found.size_bytes) == ([], 10)
    assert found.headers["content-encoding"] == encoding


@pytest.mark.parametrize("data", ["", "{", '{"number":0,"sent_at":1}', '{"number":1e400}', '{"number":1,"sent_at":-1}'])
async def test_event_that_is_none_of_ours_is_left_out(data: str) -> None:
    assert (await read(event("probe", data), OVER)).events == []


async def test_page_in_place_of_a_stream_is_no_cut_stream() -> None:
    found = await read("<h1>502</h1>", status=502, kind="text/html")
    assert (found.end, found.status, found.headers["content-type"]) == ("whole", 502, "text/html")


async def test_no_more_is_read_than_a_stream_has() -> None:
    found = await read(*[b"x" * 1024] * (READ_MOST // 1024 + 100))
    assert found.size_bytes == READ_MOST + 1024


async def test_public_stream_has_the_times_that_its_server_promises() -> None:
    public = [event("probe", json.dumps({"number": number, "of": 3})) for number in (1, 2, 3)]
    found = await read(*public, OVER, pattern="public")
    assert [one.sent_at for one in found.events] == [500, 1000, 1500]
