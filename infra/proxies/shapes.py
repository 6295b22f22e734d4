"""What proxies do to a body on its way: generators over its pieces. Whatever is held back passes at the body's end."""

import asyncio
import time
import zlib

from infra.proxies.exchange import Pieces

BLOCK = 4 * 1024
PASSED = 8 * 1024
BURST_S = 5.0
DRIP, DRIP_S = 20, 0.02
"""A thousand bytes a second: a status takes half a second, and no letter outside ASCII is safe."""
EVENT_END = b"\n\n"


async def all_at_the_end(body: Pieces) -> Pieces:
    yield b"".join([piece async for piece in body])


async def first_8k_then_all(body: Pieces, size: int = PASSED) -> Pieces:
    held = b""
    async for piece in body:
        now, later = piece[:size], piece[size:]
        size -= len(now)
        held += later
        yield now
    yield held


async def one_behind(body: Pieces) -> Pieces:
    """Each event waits for the next."""
    held = b""
    async for piece in body:
        *whole, rest = (held + piece).split(EVENT_END)
        last = [whole.pop() + EVENT_END] if whole else []
        held = b"".join([*last, rest])
        yield b"".join(event + EVENT_END for event in whole)
    yield held


async def delayed(body: Pieces, by_s: float = 0.1) -> Pieces:
    """Each piece comes later, as on a line with a long way: those behind it do not wait for it."""
    pieces: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()

    async def take() -> None:
        try:
            async for piece in body:
                pieces.put_nowait((time.monotonic() + by_s, piece))
        finally:
            pieces.put_nowait(None)

    taking = asyncio.ensure_future(take())
    try:
        while (next_one := await pieces.get()) is not None:
            due, piece = next_one
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            yield piece
        await taking  # raises if the server failed
    finally:
        taking.cancel()


async def blocks(body: Pieces, size: int = BLOCK) -> Pieces:
    held = b""
    async for piece in body:
        held += piece
        full = len(held) // size * size
        yield held[:full]
        held = held[full:]
    yield held


async def bursts(body: Pieces, every_s: float = BURST_S) -> Pieces:
    held: list[bytes] = []

    async def take() -> None:
        async for piece in body:
            held.append(piece)  # noqa: PERF401 - each as it comes

    taking = asyncio.ensure_future(take())
    try:
        while not taking.done():
            await asyncio.wait({taking}, timeout=every_s)
            now, held[:] = b"".join(held), []
            yield now
        await taking  # raises if the server failed
    finally:
        taking.cancel()


async def drips(body: Pieces) -> Pieces:
    async for piece in body:
        for at in range(0, len(piece), DRIP):
            yield piece[at : at + DRIP]
            await asyncio.sleep(DRIP_S)


async def gzipped(body: Pieces) -> Pieces:
    """Compressed without a flush, so that the compressor holds what is small."""
    gzip = zlib.compressobj(wbits=31)
    async for piece in body:
        yield gzip.compress(piece)
    yield gzip.flush()
