"""Recordings that are appended to, in every kind of storage."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playhead.storage import PART_BYTES, Storage, StorageGone, Superseded, WrongOffset

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


async def test_only_one_of_two_writers_at_an_offset_is_stored(storage: Storage, key: str) -> None:
    first, second = pieces_of(CONTENT), pieces_of(CONTENT[::-1])
    with pytest.raises(Superseded):  # noqa: PT012 - what is tested is how the block is left
        async with storage.append(key, 0) as older:
            async with storage.append(key, 0) as newer:
                for piece in first:
                    await newer.write(piece)
            for piece in second:
                await older.write(piece)
    assert await read(storage, key) == CONTENT


async def test_superseded_writer_of_a_short_end_changes_nothing(storage: Storage, key: str) -> None:
    await append(storage, key, 0, b"begun ")
    with pytest.raises(Superseded):  # noqa: PT012 - what is tested is how the block is left
        async with storage.append(key, 6) as older:
            await append(storage, key, 6, b"by the newer")
            await older.write(b"of the older, which is longer")
    assert await read(storage, key) == b"begun by the newer"


async def test_wrong_offset_is_refused_with_the_right_one(storage: Storage, key: str) -> None:
    await append(storage, key, 0, b"sound")
    for wrong in (0, 4, 6):
        with pytest.raises(WrongOffset) as refusal:
            await append(storage, key, wrong, b"never written")
        assert refusal.value.stored == 5
    assert await read(storage, key) == b"sound"


async def test_append_of_nothing_creates_nothing(storage: Storage, key: str) -> None:
    await append(storage, key, 0)
    await append(storage, key, 0, b"")
    assert await storage.stored(key) == 0
    with pytest.raises(FileNotFoundError):
        await storage.size(key)
    with pytest.raises(FileNotFoundError):
        await storage.stream(key)


async def test_error_in_the_block_keeps_what_was_written(storage: Storage, key: str) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 - what is tested is how the block is left
        async with storage.append(key, 0) as appender:
            await appender.write(CONTENT)
            raise RuntimeError
    assert appender.stored == len(CONTENT)
    assert await read(storage, key) == CONTENT


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_canceled_writer_keeps_what_it_had_taken(storage: Storage, key: str, turns: int) -> None:
    taken, begun = 0, asyncio.Event()

    async def writing() -> None:
        nonlocal taken
        async with storage.append(key, 0) as appender:
            for piece in pieces_of(CONTENT):
                taken += len(piece)
                begun.set()
                await appender.write(piece)

    task = asyncio.create_task(writing())
    await begun.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])  # canceled, or it had ended
    assert await storage.stored(key) == taken
    assert await read(storage, key) == CONTENT[:taken]


async def test_ranges_over_the_borders_of_parts_are_read(storage: Storage, key: str) -> None:
    await append(storage, key, 0, CONTENT[: 6 * MiB])
    await append(storage, key, 6 * MiB, CONTENT[6 * MiB :])
    borders = [0, 1, 6 * MiB - 1, 6 * MiB, 6 * MiB + 1, 14 * MiB, 14 * MiB + 1, len(CONTENT)]
    for at, start in enumerate(borders[:-1]):
        assert await read(storage, key, start) == CONTENT[start:]
        for stop in borders[at + 1 :]:
            assert await read(storage, key, start, stop) == CONTENT[start:stop]


async def test_worker_gets_a_path_of_the_whole_recording(storage: Storage, key: str, tmp_path: Path) -> None:
    await append(storage, key, 0, CONTENT)
    pieces = []
    with storage.local_copy(key, tmp_path / "scratch", lambda: pieces.append(1)) as path:
        assert path.read_bytes() == CONTENT
    assert not list(tmp_path.joinpath("scratch").glob("*"))
    with pytest.raises(FileNotFoundError), storage.local_copy(storage.appendable("audio/none"), tmp_path):
        pass


async def test_deleted_recording_is_gone_and_can_be_deleted_twice(storage: Storage, key: str) -> None:
    await append(storage, key, 0, CONTENT)
    await storage.delete(key)
    await storage.delete(key)
    assert await storage.stored(key) == 0
    assert [keys async for keys in storage.keys("audio", datetime.now(UTC) + timedelta(hours=1)) if keys] == []


async def test_recording_is_listed_once_by_the_key_it_was_made_with(storage: Storage, key: str) -> None:
    for at in range(0, 2 * MiB, MiB):
        await append(storage, key, at, CONTENT[at : at + MiB])
    later = datetime.now(UTC) + timedelta(hours=1)
    assert [found async for keys in storage.keys("audio", later) for found in keys] == [key]
    assert [found async for keys in storage.keys("audio", later - timedelta(hours=2)) for found in keys] == []


async def test_unreachable_bucket_takes_nothing(unreachable: Storage) -> None:
    key = unreachable.appendable("audio/0193")
    with pytest.raises(StorageGone):
        await unreachable.stored(key)
    with pytest.raises(StorageGone):
        await append(unreachable, key, 0, b"sound")
    with pytest.raises(StorageGone):
        await unreachable.delete(key)
