"""`playhead doctor`: which addresses it takes, what it announces, and what it prints."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from click.testing import CliRunner

from playhead.cli import main
from playhead.cli.doctor_probe import Prober, Unreachable
from playhead.cli.doctor_text import difference, text
from playhead.cli.doctor_upload import MIB, measure_upload
from playhead.doctor.measured import AnnouncedUpload
from playhead.doctor.verdict import verdict
from tests.unit.doctor.vectors import measured, recorded, stream

OURS = b"HTTP/1.1 413 \r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}"
THEIRS = b"HTTP/1.1 413 Too Large\r\nServer: nginx\r\nContent-Type: text/html\r\n\r\n<h1>"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    "address", ["ftp://x", "http://", "http://[", "http://u:p@x", "http://x:0", "http://x:99999", "http://x?q", "x\ny"]
)
def test_what_is_no_address_of_a_site_is_refused(address: str) -> None:
    done = CliRunner().invoke(main, ["doctor", address])
    assert done.exit_code == 2
    assert "The address of a site is as https://playhead.example.org." in done.stderr


def test_no_server_is_said_in_a_sentence() -> None:
    done = CliRunner().invoke(main, ["doctor", "http://127.0.0.1:1/"])
    assert (done.exit_code, done.stdout) == (3, "")
    assert "http://127.0.0.1:1 cannot be reached: nothing listens there" in done.stderr


def test_quick_tunnel_is_named_without_a_request() -> None:
    done = CliRunner().invoke(main, ["doctor", "https://a.trycloudflare.com", "--json"])
    assert done.exit_code == 1
    assert '"id": "quick_tunnel"' in done.stdout


async def test_address_without_a_server_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        await Prober("http://127.0.0.1:1", "").measure()


@asynccontextmanager
async def server(answer: Callable[[int], bytes]) -> AsyncIterator[str]:
    """A server that answers what is announced by its size, and reads no body."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert "Expect: 100-continue" in head
        assert "Authorization: Bearer ph_1" in head
        writer.write(answer(int(head.partition("Content-Length: ")[2].split("\r\n")[0])))
        assert await reader.read() == b"", "no body is sent"
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"


def no_tls() -> ssl.SSLContext:
    raise AssertionError("the address has none")


@pytest.mark.parametrize(
    ("answer", "status", "is_ours", "passed"),
    [
        (lambda size: OURS, 413, True, 0),
        (lambda size: GO_ON + OURS, 413, True, 0),
        (lambda size: GO_ON, 100, False, 0),
        (lambda size: THEIRS if size > 100 * MIB else OURS, 413, False, 100 * MIB),
        (lambda size: THEIRS, 413, False, 0),
        (lambda size: b"SSH-2.0\r\n\r\n", 0, False, 0),
        (lambda size: b"HTTP/1.1 " + b"9" * 40 + b"\r\n\r\n", 0, False, 0),
        (lambda size: b"x" * 100_000 + b"\r\n\r\n", 0, False, 0),
    ],
    ids=["ours", "ours behind go on", "go on", "of a proxy from 100 MB", "of a proxy", "none", "junk", "endless"],
)
async def test_announced_upload(answer: Callable[[int], bytes], status: int, is_ours: bool, passed: int) -> None:
    async with server(answer) as address:
        found = await measure_upload(address, "ph_1", 2048 * MIB, no_tls)
    assert (found.asked_bytes, found.status, found.is_ours) == (2048 * MIB, status, is_ours)
    assert found.passed_bytes == passed


async def test_announced_upload_without_a_server() -> None:
    assert (await measure_upload("http://127.0.0.1:1", "ph_1", MIB, no_tls)).status == 0


def test_text_has_what_was_measured_and_what_to_change() -> None:
    one = recorded()["nginx, header ignored"]
    printed = text(one, verdict(one))
    assert "  protocol                HTTP/1.1; HTTP/1.0 at the server\n" in printed
    assert "  small events            held: the first after " in printed
    assert "\nWRONG: Streams are held back until enough bytes have come" in printed
    assert (
        "  1. nginx, or what is made of it (ingress-nginx, OpenResty), recognised by `server: nginx/1.22.1`" in printed
    )
    assert "     change: Remove `proxy_ignore_headers X-Accel-Buffering;`" in printed
    assert "     source: tried here: row nginx, header ignored\n" in printed


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (AnnouncedUpload(2 * 10**9, 413, is_ours=True), "2000 MB: not refused on the way"),
        (AnnouncedUpload(2 * 10**9, 100), "2000 MB: not refused on the way"),
        (AnnouncedUpload(2 * 10**9, 413), "2000 MB: refused on the way (413)"),
    ],
    ids=["by the server", "go on", "by a proxy"],
)
def test_text_tells_who_refused_an_upload(upload: AnnouncedUpload, words: str) -> None:
    one = measured(stream(), upload=upload)
    assert f"  upload announced        {words}\n" in text(one, verdict(one))


def test_text_of_every_recorded_vector_is_plain() -> None:
    for one in recorded().values():
        assert all(line.isprintable() for line in text(one, verdict(one)).splitlines())


def test_addresses_that_show_the_same_send_on() -> None:
    assert difference([], "https://a", "https://b") == (
        "https://a shows nothing that https://b does not show as well: look beyond https://b."
    )
