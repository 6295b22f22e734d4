"""What becomes of a stream behind each proxy of `infra/proxies/real.py`: all run side by side and are measured once."""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypedDict

import httpx
import pytest
from infra.proxies.real import EVENTS, REAL, Real

from tests.support.site import Person, Site
from tests.support.waiting import ANSWER_S, async_until
from tests.support.worker import Worker

HELD_S = 6.0
"""The browser leaves a stream without an event after so long. One that should be passed has longer: on an idle machine
an event takes milliseconds and the second frame 1 s, and on two busy cores both have taken more than 6 s."""
SOON_S = 3.0
"""Slack of the time at which a stream is cut."""
CUT_S = 5.0
TOLD_S, LOOK_S = 3.0, 0.1
STORED = Path(__file__).parents[3] / ".cache" / "proxies" / "real.json"


class Measured(TypedDict):
    """Times in seconds; None: it did not come."""

    hello_s: float | None
    beat_s: float | None
    """From the first event to the second frame."""
    word_s: float | None
    """From a change to its event."""
    encoding: str
    cut_s: float | None
    """The silence after which the stream was cut."""
    left: str
    """When the server is told that the reader left: at once, or as it writes the next events."""


class Reader:
    """Reads a stream to the point that a test waits for."""

    def __init__(self, response: httpx.Response) -> None:
        self._pieces = response.aiter_bytes()
        self._read = b""

    async def has(self, words: bytes, times: int = 1) -> None:
        """Returns once the words came so many times. Raises httpx.RemoteProtocolError: the stream was cut."""
        while self._read.count(words) < times:
            piece = await anext(self._pieces, None)
            assert piece is not None, f"it ended: {self._read!r}"
            self._read += piece


@pytest.fixture(scope="module")
def measured(site: Site, ports: Mapping[str, int]) -> Mapping[str, Measured]:
    with ExitStack() as stack:
        person = site.person()
        workers = {name: stack.enter_context(site.worker(site.session(person))) for name in REAL}
        found = asyncio.run(measure_all(site, person, ports, workers))
    STORED.parent.mkdir(parents=True, exist_ok=True)
    STORED.write_text(json.dumps(found, indent=1))
    return found


async def measure_all(
    site: Site, person: Person, ports: Mapping[str, int], workers: Mapping[str, Worker]
) -> dict[str, Measured]:
    all_of_them = (measure(site, person, REAL[name], ports[name], workers[name]) for name in REAL)
    return dict(zip(REAL, await asyncio.gather(*all_of_them), strict=True))


async def measure(site: Site, person: Person, real: Real, port: int, worker: Worker) -> Measured:
    url = f"{'https' if real.tls else 'http'}://127.0.0.1:{port}/api/v1/sessions/{worker.session_id}/status/stream"
    found = Measured(hello_s=None, beat_s=None, word_s=None, encoding="", cut_s=None, left="")
    untrusting = ssl.create_default_context()
    untrusting.check_hostname, untrusting.verify_mode = False, ssl.CERT_NONE
    headers = person.headers | {"Accept": "text/event-stream", "Accept-Encoding": "gzip"}
    async with httpx.AsyncClient(headers=headers, timeout=None, trust_env=False, verify=untrusting, http2=True) as http:
        began = time.monotonic()
        with suppress(TimeoutError):
            first_s = HELD_S if real.is_held else ANSWER_S
            async with asyncio.timeout(first_s) as clock, http.stream("GET", url) as response:
                found["encoding"] = response.headers.get("Content-Encoding", "")
                reader = Reader(response)
                await reader.has(b"event: hello")
                found["hello_s"] = round(time.monotonic() - began, 2)
                clock.reschedule(asyncio.get_running_loop().time() + first_s + CUT_S)
                await read(reader, worker, real, found)
    if found["cut_s"] is None:
        found["left"] = await left(site, worker)
    return found


async def left(site: Site, worker: Worker) -> str:
    """When the server is told that the reader left."""

    async def told() -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(TOLD_S):
                await async_until(lambda: not site.followed(worker.session_id), look_s=LOOK_S)
                return True
        return False

    if await told():
        return "at once"
    for number in (1, 2, 3):
        await asyncio.to_thread(worker.advance)
        if await told():
            return f"{EVENTS} {number}"
    return "never"


async def read(reader: Reader, worker: Worker, real: Real, found: Measured) -> None:
    """Measures a stream that has begun."""
    hello = time.monotonic()
    await reader.has(b"event: heartbeat")
    found["beat_s"] = round(time.monotonic() - hello, 2)
    changed = time.monotonic()
    await asyncio.to_thread(worker.advance)
    await reader.has(b"event: status", 2)
    last = time.monotonic()
    found["word_s"] = round(last - changed, 2)
    if real.cut_s is not None:
        with suppress(httpx.RemoteProtocolError):
            await reader.has(b"nothing more")
        found["cut_s"] = round(time.monotonic() - last, 1)


@pytest.mark.parametrize("name", REAL)
def test_stream_is_passed_held_or_cut_as_expected(name: str, measured: Mapping[str, Measured]) -> None:
    real, found = REAL[name], measured[name]
    if real.is_held:
        assert found["hello_s"] is None, found
        return
    for wait_s in (found["hello_s"], found["beat_s"], found["word_s"]):
        assert wait_s is not None, found
    assert found["encoding"] == real.encoding, found
    if real.cut_s is not None:
        assert real.cut_s - 1 < (found["cut_s"] or 0) < real.cut_s + SOON_S, found
    else:
        assert found["left"].startswith(real.left), found
