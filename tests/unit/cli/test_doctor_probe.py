"""What the doctor asks of a site, and what it makes of one that answers in another way."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest

from playhead.cli.doctor_probe import LOOKS, Prober, Unreachable
from playhead.doctor.findings import FindingId
from playhead.doctor.measured import Measured
from playhead.doctor.verdict import verdict
from tests.support.local_server import LocalServer
from tests.unit.cli.rude_server import event, goodbye

RECEIVED = {
    "http_version": "1.1", "host": "x", "via": "", "added": [], "accept": "", "accept_encoding": "", "origin": True,
    "cookie": True, "header": True, "server_time": 0, "upload_max_bytes": 1024 * 1024 * 1024,
}  # fmt: skip
Answer = tuple[int, str, bytes]
"""A status, a type and a body."""
Stream = Callable[[str, int], bytes]
"""The body of a stream of a pattern, asked for so many times before."""


def events(apart_ms: int, count: int = 8, end: str = goodbye("final", "none")) -> bytes:
    """Events that were sent so far apart and come together."""
    sent = [event("probe", json.dumps({"number": n + 1, "sent_at": n * apart_ms})) for n in range(count)]
    return ("".join(sent) + end).encode()


def flowing(pattern: str, before: int) -> bytes:
    return events(0)


@contextmanager
def site(
    stream: Stream = flowing, request: Answer | None = None, location: str = ""
) -> Iterator[tuple[str, list[str]]]:
    """A site with such streams; yields its address and the targets that are asked for.

    Args:
        location: of all answers.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path.removeprefix("/api/v1/"), parse_qs(urlsplit(self.path).query)
            before = sum(self.path == one for one in asked)
            asked.append(self.path)
            if path == "doctor/request":
                self.answer(*(request or (200, "application/json", json.dumps(RECEIVED).encode())))
            elif path == "site":
                self.answer(200, "application/json", b"{}")
            elif path in ("doctor/stream", "stream/probe"):
                self.answer(200, "text/event-stream", stream(query.get("pattern", ["public"])[0], before))
            else:
                self.answer(404, "text/html", b"<h1>404</h1>")

        def do_POST(self) -> None:
            asked.append(self.path)
            self.answer(413, "application/problem+json", b"{}")

        def answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            for name, value in (
                ("Location", location),
                ("Content-Type", kind),
                ("Cache-Control", "no-store"),
                ("Content-Length", len(body)),
            ):
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def handle_expect_100(self) -> bool:
            return True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = LocalServer(Handler)
    try:
        yield server.url, asked
    finally:
        server.close()


def patterns(measured: Measured) -> list[tuple[str, str]]:
    return [(one.pattern, one.variant) for one in measured.streams]


async def test_way_that_streams_is_asked_once_for_each_kind() -> None:
    with site() as (address, _):
        found = await Prober(address, "ph_1").measure()
    assert patterns(found) == [("short", "page"), ("large", "page"), ("short", "all"), ("short", "any")]
    assert (found.login, found.upload and found.upload.is_ours) == (200, True)
    assert len(found.round_trips_ms) == 3
    assert found.clock_ms is not None
    assert [one.id for one in verdict(found).findings] == [FindingId.CLOCK], "the clock of the test stands at 1970"


async def test_way_that_holds_back_is_asked_again_and_without_compression() -> None:
    with site(lambda pattern, before: events(400)) as (address, _):
        found = await Prober(address, "ph_1").measure(is_long=True)
    assert patterns(found) == [
        ("short", "page"), ("large", "page"), ("short", "page"), ("short", "identity"), ("steady", "page"),
    ]  # fmt: skip
    assert FindingId.HELD in [one.id for one in verdict(found).findings]


async def test_streams_that_differ_are_asked_a_third_time() -> None:
    with site(lambda pattern, before: events(0 if before % 2 else 400)) as (address, asked):
        found = await Prober(address, "").measure()
    assert patterns(found) == [("public", "page")] * LOOKS
    assert "/api/v1/doctor/request" not in asked


async def test_streams_that_end_early_are_watched_twice() -> None:
    def cut(pattern: str, before: int) -> bytes:
        return events(0, 2, "") if pattern in ("long", "steady") else events(0)

    with site(cut) as (address, _):
        found = await Prober(address, "ph_1").measure(is_long=True)
    assert patterns(found)[4:] == [("long", "page"), ("steady", "page")] * 2
    assert FindingId.CUT_TOTAL in [one.id for one in verdict(found).findings]


@pytest.mark.parametrize(
    "answer", [(401, "application/problem+json", b"{}"), (200, "text/html", b"<h1>"), (200, "application/json", b"[]")]
)
async def test_without_a_person_the_public_stream_is_measured(answer: Answer) -> None:
    with site(request=answer) as (address, asked):
        found = await Prober(address, "ph_1").measure()
    assert patterns(found) == [("public", "page")]
    assert (found.login, found.received, found.upload) == (answer[0], None, None)
    assert asked == ["/api/v1/doctor/request", "/api/v1/stream/probe"]


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://x.example.org/api/v1/doctor/request", "https://x.example.org"),
        ("https://x.example.org/base/api/v1/doctor/request", "https://x.example.org/base"),
        ("https://sign-in.example.org/?next=/api/v1/doctor/request", None),
        ("/api/v1/doctor/request/", None),
        ("http://[", None),
    ],
)
async def test_address_that_sends_on_names_the_other(location: str, named: str | None) -> None:
    with site(request=(301, "text/html", b""), location=location) as (address, _):
        if named is None:
            assert (await Prober(address, "ph_1").measure()).login == 301
        else:
            with pytest.raises(Unreachable, match=f"it sends on to {named}: measure that address"):
                await Prober(address, "ph_1").measure()


@pytest.mark.parametrize("token", ["", "ph_1"])
async def test_another_site_is_said_to_be_no_playhead(token: str) -> None:
    with site() as (address, _), pytest.raises(Unreachable, match="no Playhead answers there"):
        await Prober(f"{address}/elsewhere", token).measure()


async def test_playhead_of_an_older_release_is_measured_by_its_public_stream() -> None:
    with site(request=(404, "application/problem+json", b"{}")) as (address, _):
        found = await Prober(address, "ph_1").measure()
    assert patterns(found) == [("public", "page")]


async def test_stream_whose_place_was_taken_is_asked_for_again() -> None:
    def replaced_at_first(pattern: str, before: int) -> bytes:
        return events(0) if before else events(0, 1, goodbye("replaced", "wait"))

    with site(replaced_at_first) as (address, _):
        found = await Prober(address, "ph_1").measure()
    assert [one.pattern for one in found.streams].count("short") == 4
    assert verdict(found).findings[0].id is FindingId.CLOCK
