"""What the proxy of tests does in each manner."""

import asyncio
from collections.abc import Callable, Mapping

from infra.proxies import shapes
from infra.proxies.exchange import Exchange, Manner, Pieces, Response, forever
from infra.proxies.http1 import Head

MUTE_S = 5.0
CUT_S = 30.0
ORIGIN_S = 100.0
"""Cloudflare's time for a server's first byte."""
EVENT_STREAM = "text/event-stream"
PASSED_UP = frozenset({"host", "accept", "content-type", "content-length", "cookie", "user-agent", "x-requested-with"})
PASSED_DOWN = frozenset({"content-type", "content-length", "content-encoding", "date", "set-cookie", "location"})
"""The headers that `strip-headers` passes on."""
SIGN_IN = b"<!doctype html><title>Sign in</title><p>Sign in to your company's network.</p>"


async def _pass(x: Exchange, response: Response, shape: Callable[[Pieces], Pieces] = lambda body: body) -> None:
    await x.start(response.head)
    async for piece in shape(response.body):
        await x.send(piece)
    await x.end()


async def passing(x: Exchange) -> None:
    await _pass(x, await x.ask())


def shaped(shape: Callable[[Pieces], Pieces]) -> Manner:
    """Passes the head at once and changes how the body comes."""

    async def manner(x: Exchange) -> None:
        await _pass(x, await x.ask(), shape)

    return manner


def for_streams(manner: Manner) -> Manner:
    """Treats streams so, and passes everything else."""

    async def chosen(x: Exchange) -> None:
        await (manner if x.record.is_stream else passing)(x)

    return chosen


async def hold_headers(x: Exchange) -> None:
    """Sends nothing before the response is whole: a content scanner, or nginx with small responses."""
    response = await x.ask()
    whole = b"".join([piece async for piece in response.body])
    await x.start(response.head)
    await x.send(whole)
    await x.end()


async def hold_until_close(x: Exchange) -> None:
    """Sends nothing before the server has closed the connection: an antivirus that sees a download."""
    response = await x.ask()
    whole = b"".join([piece async for piece in response.body])
    assert x.upstream is not None
    await x.upstream.reader.read()
    await x.start(response.head)
    await x.send(whole)
    await x.end()


def mute(after_s: float = MUTE_S) -> Manner:
    """Passes for a time, then neither reads nor sends, and keeps both connections."""

    async def manner(x: Exchange) -> None:
        if not await _passed_within(after_s, x, await x.ask()):
            await forever()

    return manner


def cut(after_s: float = CUT_S) -> Manner:
    """Resets what lasts longer, whatever comes."""

    async def manner(x: Exchange) -> None:
        try:
            async with asyncio.timeout(after_s):
                await passing(x)
        except TimeoutError:
            x.abort()

    return manner


def lose_abort(after_s: float = MUTE_S) -> Manner:
    """Loses the server after a time, and does not tell the client."""

    async def manner(x: Exchange) -> None:
        if not await _passed_within(after_s, x, await x.ask()):
            assert x.upstream is not None
            x.upstream.close()
            await forever()

    return manner


async def _passed_within(seconds: float, x: Exchange, response: Response) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await _pass(x, response)
    except TimeoutError:
        return False
    return True


async def lose_end(x: Exchange) -> None:
    """Does not tell the client that the response has ended. One of known length ends all the same."""
    response = await x.ask()
    await x.start(response.head)
    async for piece in response.body:
        await x.send(piece)
    if x.record.is_stream:
        await forever()
    await x.end()


async def half_close(x: Exchange) -> None:
    """Closes its side towards the server behind each request."""
    await _pass(x, await x.ask(half_close=True))


async def dangling(x: Exchange) -> None:
    """Keeps the connection to the server when the client leaves."""
    x.dangles = x.record.is_stream
    await passing(x)


async def keepalive_reuse(x: Exchange) -> None:
    """Uses few connections to the server, for the requests of all clients."""
    await _pass(x, await x.ask(reuse=True))


async def accept_only(x: Exchange) -> None:
    """Passes pieces at once to whoever accepts an event stream, by that header alone."""
    await (passing if x.request.get("accept") == EVENT_STREAM else hold_headers)(x)


async def gzip_held(x: Exchange) -> None:
    """Compresses streams too, against `no-transform`, and never flushes."""
    response = await x.ask()
    is_whole = response.head.get("content-length") or response.head.get("content-encoding")
    if is_whole or "gzip" not in x.request.get("accept-encoding"):
        await _pass(x, response)
    else:
        await _pass(x, Response(response.head.having(content_encoding="gzip"), response.body), shapes.gzipped)


async def strip_headers(x: Exchange) -> None:
    """Passes on the headers it knows, both ways."""
    x.request = _with_only(PASSED_UP, x.request)
    response = await x.ask()
    await _pass(x, Response(_with_only(PASSED_DOWN, response.head), response.body))


def _with_only(names: frozenset[str], head: Head) -> Head:
    return head.without(*(name.lower() for name, _ in head.headers if name.lower() not in names))


async def http10(x: Exchange) -> None:
    """Speaks HTTP/1.0 on both sides: no chunks, and an end that looks like a broken connection."""
    response = await x.ask(version="HTTP/1.0")
    await x.start(response.head, version="HTTP/1.0")
    async for piece in response.body:
        await x.send(piece)


def page(status: str, words: str, body: bytes | None = None, **headers: str) -> Manner:
    """Answers with an HTML page of its own."""

    async def manner(x: Exchange) -> None:
        head = Head(("HTTP/1.1", status, words)).having(content_type="text/html; charset=UTF-8", **headers)
        await x.answer(head, body if body is not None else f"<h1>{status} {words}</h1>".encode())

    return manner


async def origin_timeout(x: Exchange) -> None:
    """Holds a response back until it is whole, and gives up on it after 100 s."""
    try:
        async with asyncio.timeout(ORIGIN_S):
            await hold_headers(x)
    except TimeoutError:
        await page("524", "A Timeout Occurred", server="cloudflare")(x)


async def sign_in_elsewhere(x: Exchange) -> None:
    """Sends streams to the sign-in page of another site."""
    port = x.client.get_extra_info("sockname")[1]
    here = page("302", "Found", b"", location=f"http://localhost:{port}/sign-in/stream")
    await (page("200", "OK", SIGN_IN) if x.record.path.startswith("/sign-in") else here)(x)


BEHAVIORS: Mapping[str, Manner] = {
    "pass": passing,
    "hold-headers": hold_headers,
    "hold-body": shaped(shapes.all_at_the_end),
    "hold-until-close": hold_until_close,
    "pass-8k-then-hold": shaped(shapes.first_8k_then_all),
    "one-behind": shaped(shapes.one_behind),
    "block-4k": shaped(shapes.blocks),
    "burst-5s": shaped(shapes.bursts),
    "mute": mute(),
    "cut-30": cut(),
    "half-close": half_close,
    "lose-abort": lose_abort(),
    "lose-end": lose_end,
    "dangling": dangling,
    "keepalive-reuse": keepalive_reuse,
    "accept-only": accept_only,
    "gzip-held": gzip_held,
    "502-page": for_streams(page("502", "Bad Gateway", server="cloudflare")),
    "524-page": origin_timeout,
    "challenge": for_streams(page("403", "Forbidden", server="cloudflare", cf_mitigated="challenge")),
    "login-page": for_streams(page("200", "OK", SIGN_IN)),
    "login-redirect": for_streams(sign_in_elsewhere),
    "strip-headers": strip_headers,
    "drip": for_streams(shaped(shapes.drips)),
    "http10": http10,
}
"""The manners by name. Pages and drips are for streams alone, or nothing of the app would load."""
