"""Recordings that are appended to, in every kind of storage."""

import hashlib
import random
from collections.abc import AsyncIterator

import pytest

from playhead.storage import PART_BYTES, Storage

MiB = 1024**2
CONTENT = random.Random(1).randbytes(2 * PART_BYTES + 3 * MiB)


@pytest.fixture
async def key(storage: Storage) -> AsyncIterator[str]:
    """The key of a recording of which nothing is stored."""
    key = storage.appendable("audio/0193")
    yield key
    await storage.delete(key)


async def append(storage: Storage, key: str, offset: int, *pieces: bytes) -> None:
    async with storage.append(key, offset) as appender:
        for piece in pieces:
            await appender.write(piece)
    assert appender.stored == offset + sum(map(len, pieces))


async def read(storage: Storage, key: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([piece async for piece in await storage.stream(key, start, stop)])


def pieces_of(content: bytes) -> list[bytes]:
    """What a server hands over: pieces of 64 KiB at most."""
    return [content[at : at + 65536] for at in range(0, len(content), 65536)]


async def test_recording_cut_at_100_random_bytes_is_the_same(storage: Storage, key: str) -> None:
    cuts = sorted(random.Random(2).sample(range(len(CONTENT)), 100))
    for start, stop in zip([0, *cuts], [*cuts, len(CONTENT)], strict=True):
        assert await storage.stored(key) == start
        await append(storage, key, start, *pieces_of(CONTENT[start:stop]))
    assert await storage.size(key) == await storage.stored(key) == len(CONTENT)
    assert hashlib.sha256(await read(storage, key)).digest() == hashlib.sha256(CONTENT).digest()
