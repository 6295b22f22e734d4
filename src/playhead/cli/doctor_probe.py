"""Measures the way to a site, as `playhead doctor` does: small requests, streams, what is announced and not sent."""

import asyncio
import re
import ssl
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import msgspec

from playhead.cli.doctor_stream import Patience, StreamReading, noted
from playhead.cli.doctor_unreachable import moved, plain
from playhead.cli.doctor_upload import measure_upload
from playhead.cli.token import bearer
from playhead.doctor.lasting import cuts
from playhead.doctor.measured import (
    PROBE_COOKIE,
    PROBE_HEADER,
    AnnouncedUpload,
    Measured,
    Pattern,
    Received,
    Stream,
    Variant,
)
from playhead.doctor.shapes import Shape, is_problem, shape
from playhead.doctor.verdict import QUICK_TUNNEL

ANSWER_S, CONNECT_S = 10.0, 10.0
"""Timeouts of a small request, in seconds: nothing holds it back, or nothing works here."""
SAMPLES = 3
"""Small requests. The first one opens the connection; the quickest is the best sample of the clock."""
LOOKS = 3
"""Streams by which it is decided, where the first two differ."""
BATCHES_S = 12.0
"""How long a steady stream is watched where short ones are held back: enough for two batches of what is passed on by
time, and not at a stream's end."""
OUTLIVED_S = 3.0
"""How long a stream is watched further when the one beside it has ended: enough to know that it outlived it."""
NO_PLAYHEAD = "no Playhead answers there (404): check the address, and that the proxy passes `/api/v1/` on"
SENT = ["Origin", "Cookie", PROBE_HEADER]


class Unreachable(Exception):
    """Nothing answers at this address, or what answers names another one."""


class Prober:
    """Measures one address.

    Args:
        address: such as `https://playhead.example.org`.
        token: of a person; empty: only what is public is measured.
        show: is called with what is being measured.
        tls: makes the context of connections; by default that of httpx.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        show: Callable[[str], None] = lambda _: None,
        tls: Callable[[], ssl.SSLContext] = httpx.create_ssl_context,
        patience: Patience = Patience(),
    ) -> None:
        self.address = address
        self._token, self._show, self._tls, self._patience = token, show, tls, patience
        self._found: dict[str, Any] = {}
        self._streams: list[Stream] = []

    async def measure(self, *, is_long: bool = False) -> Measured:
        """Measure everything; with `is_long` also how long streams last, which takes two minutes.

        Raises:
            Unreachable: nothing answers, or what answers names another address.
        """
        if not re.search(QUICK_TUNNEL, urlsplit(self.address).hostname or ""):
            try:
                async with self._client() as http:
                    await self._measure(http, is_long=is_long)
            except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as error:
                raise Unreachable(plain(error)) from error
        return Measured(url=self.address[:512], probe="cli", streams=self._streams, **self._found)

    def _client(self) -> httpx.AsyncClient:
        headers = {PROBE_HEADER: "1", "Cookie": f"{PROBE_COOKIE}=1", "Origin": self.address} | bearer(self._token)
        verify = self._tls() if self.address.startswith("https:") else False  # a context takes 30 ms to make
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        base = f"{self.address}/api/v1/"
        return httpx.AsyncClient(base_url=base, headers=headers, timeout=timeout, http2=True, verify=verify)

    async def _measure(self, http: httpx.AsyncClient, *, is_long: bool) -> None:
        self._show("Small requests")
        received = await self._small_requests(http)
        if received is None:
            await self._public(http)
            return
        self._show("Streams with small and large events, and the upload limit")
        upload, _ = await asyncio.gather(self._upload(received), self._short(http))
        self._found["upload"] = upload
        if is_long and Shape.FLOWS in self._shapes("short", "page"):
            self._show("Streams that last: two minutes")
            await self._watch(http, None, "long", "steady")
            if any(cuts(self._streams)):
                self._show("Streams that last, again")
                await self._watch(http, None, "long", "steady")

    async def _small_requests(self, http: httpx.AsyncClient) -> Received | None:
        """Ask what arrives at the server; None: it cannot be asked."""
        received, best_ms, round_trips = None, float("inf"), []
        for _ in range(SAMPLES):
            began_at, began = time.time() * 1000, time.monotonic()
            response = await http.get("doctor/request" if self._token else "site")
            took_ms = (time.monotonic() - began) * 1000
            if (other := moved(response)) is not None:
                raise Unreachable(f"it sends on to {other}: measure that address")
            if response.status_code == httpx.codes.NOT_FOUND and not is_problem(noted(response.headers)):
                raise Unreachable(NO_PLAYHEAD)
            round_trips.append(round(took_ms, 1))
            self._found |= {"headers": noted(response.headers), "login": response.status_code if self._token else 0}
            received = _received(response) if self._token else None
            if received is None and self._token:
                break
            if received is not None and took_ms < best_ms:
                best_ms = took_ms
                offset_ms = received.server_time - (began_at + took_ms / 2)
                self._found |= {"clock_ms": (round(offset_ms, 1), round(took_ms / 2, 1)), "received": received}
        self._found["round_trips_ms"] = round_trips
        self._found["sent"] = SENT
        return received

    async def _public(self, http: httpx.AsyncClient) -> None:
        self._show("The public stream")
        await self._together(http, ("public", "page"))
        await self._look_again(http, "public")

    async def _short(self, http: httpx.AsyncClient) -> None:
        await self._together(http, ("short", "page"), ("large", "page"))
        if self._shapes("short", "page") == [Shape.FLOWS]:
            await self._together(http, ("short", "all"), ("short", "any"))
            await self._look_again(http, "short", "all")
            await self._look_again(http, "short", "any")
            await self._look_again(http, "large")
        else:
            await self._together(http, ("short", "page"), ("short", "identity"))
            await self._look_again(http, "short")
            if Shape.HELD in self._shapes("short", "page"):
                await self._watch(http, BATCHES_S, "steady")

    async def _look_again(self, http: httpx.AsyncClient, pattern: Pattern, variant: Variant = "page") -> None:
        """Ask for a stream again that did not flow, until two show the same or it was asked for often enough."""
        while True:
            seen = self._shapes(pattern, variant)
            is_clear = seen[0] is Shape.FLOWS if len(seen) == 1 else len(set(seen)) < len(seen)
            if is_clear or len(seen) >= LOOKS:
                return
            self._show("A stream again")
            await self._together(http, (pattern, variant))

    def _shapes(self, pattern: Pattern, variant: Variant) -> list[Shape]:
        return [shape(one) for one in self._streams if (one.pattern, one.variant) == (pattern, variant)]

    async def _together(self, http: httpx.AsyncClient, *chosen: tuple[Pattern, Variant]) -> None:
        readings = [StreamReading(pattern, variant, self._patience) for pattern, variant in chosen]
        await asyncio.gather(*(reading.run(http) for reading in readings))
        self._streams += [reading.measured for reading in readings]

    async def _watch(self, http: httpx.AsyncClient, most_s: float | None, *patterns: Pattern) -> None:
        """Read streams side by side, for `most_s` at most. When one has ended, a moment of the others is enough."""
        readings = [StreamReading(pattern, "page", self._patience) for pattern in patterns]
        tasks = [asyncio.create_task(reading.run(http)) for reading in readings]
        try:
            done, _ = await asyncio.wait(tasks, timeout=most_s, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(tasks, timeout=OUTLIVED_S if done else 0)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._streams += [reading.measured for reading in readings]

    async def _upload(self, received: Received) -> AnnouncedUpload | None:
        url = urlsplit(self.address)
        if url.scheme in getproxies() and not proxy_bypass(url.hostname or ""):
            return None  # the environment's proxy is asked by httpx alone
        return await measure_upload(self.address, self._token, received.upload_max_bytes, self._tls)


def _received(response: httpx.Response) -> Received | None:
    if response.status_code != httpx.codes.OK:
        return None
    try:
        return msgspec.json.decode(response.content, type=Received)
    except msgspec.MsgspecError:
        return None
