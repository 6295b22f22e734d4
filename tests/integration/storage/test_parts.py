"""What only a bucket has: recordings as rows of parts, of which one may vanish or come from another writer."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from playhead.storage import PART_BYTES, Storage, StorageGone, Superseded
from tests.integration.storage.test_appending import CONTENT, MiB, append, read
from tests.support.s3 import BUCKET, s3_server

KEY = "audio/0194/"
PREFIX = f"some/prefix/{KEY}"
TAIL = 2 * PART_BYTES
"""Where the last part begins."""


@pytest.fixture(autouse=True)
async def storage(s3_url: str) -> AsyncIterator[Storage]:
    """A bucket, which Moto's servers share, with nothing under the key before and after."""
    storage = Storage.from_url(s3_url)
    yield storage
    await storage.delete(KEY)


@pytest.fixture
async def heedless(s3_url: str) -> Storage:
    """The same bucket, as if it heeded no conditions."""
    return Storage.from_url(f"{s3_url}&aws_conditional_put=disabled")


def storage_at(client: Any) -> Storage:
    """The same storage at another address, without retries."""
    url = f"s3://{BUCKET}/some/prefix?endpoint={client.meta.endpoint_url}&region=us-east-1"
    return Storage.from_url(url, retries=0)


def parts(s3: Any) -> list[tuple[int, int]]:
    """Start and size of each part in the bucket."""
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX).get("Contents", [])
    return [(int(found["Key"].removeprefix(PREFIX)), found["Size"]) for found in listed]


async def test_requests_of_one_byte_make_one_part(s3: Any, storage: Storage) -> None:
    for at in range(50):
        await append(storage, KEY, at, CONTENT[at : at + 1])
    assert parts(s3) == [(0, 50)]
    assert await read(storage, KEY) == CONTENT[:50]


async def test_uploads_cut_anywhere_have_a_part_for_5_mib_at_most(s3: Any, storage: Storage) -> None:
    stops = sorted(random.Random(3).sample(range(1, len(CONTENT)), 60))
    at = 0
    for stop in [*stops, len(CONTENT)]:
        await append(storage, KEY, at, CONTENT[at:stop])
        at = stop
        assert len(parts(s3)) <= at / (5 * MiB) + 1
    assert max(size for _, size in parts(s3)) <= PART_BYTES
    assert await read(storage, KEY) == CONTENT


async def test_long_end_stays_a_part_of_its_own(s3: Any, storage: Storage) -> None:
    await append(storage, KEY, 0, CONTENT[: 5 * MiB])
    await append(storage, KEY, 5 * MiB, CONTENT[5 * MiB : 6 * MiB])
    assert parts(s3) == [(0, 5 * MiB), (5 * MiB, MiB)]


async def test_part_that_vanished_is_a_hole_and_can_be_sent_again(s3: Any, storage: Storage, tmp_path: Path) -> None:
    await append(storage, KEY, 0, CONTENT)
    s3.delete_object(Bucket=BUCKET, Key=f"{PREFIX}{PART_BYTES:016}")
    assert await storage.stored(KEY) == PART_BYTES
    for broken in (storage.size(KEY), storage.stream(KEY, 0, 10)):
        with pytest.raises(FileNotFoundError):
            await broken
    with pytest.raises(FileNotFoundError), storage.local_copy(KEY, tmp_path):
        pass
    with pytest.raises(Superseded):  # at the part that is there
        await append(storage, KEY, PART_BYTES, CONTENT[PART_BYTES:])
    assert await storage.stored(KEY) == len(CONTENT)
    assert await read(storage, KEY) == CONTENT


async def test_short_end_that_vanished_supersedes_its_writer(s3: Any, storage: Storage) -> None:
    await append(storage, KEY, 0, CONTENT[: TAIL + 1])
    with pytest.raises(Superseded):  # noqa: PT012 - what is tested is how the block is left
        async with storage.append(KEY, TAIL + 1) as appender:
            s3.delete_object(Bucket=BUCKET, Key=f"{PREFIX}{TAIL:016}")
            await appender.write(b"more")
    assert await storage.stored(KEY) == TAIL


async def test_foreign_objects_under_a_key_do_not_count(s3: Any, storage: Storage) -> None:
    await append(storage, KEY, 0, b"sound")
    for name in ("notes.txt", "0000000000000005/0000000000000000", "5"):
        s3.put_object(Bucket=BUCKET, Key=PREFIX + name, Body=b"foreign")
    assert await read(storage, KEY) == b"sound"
    await storage.delete(KEY)
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)


async def test_bucket_without_conditions_takes_a_recording(heedless: Storage, storage: Storage) -> None:
    for start, stop in ((0, 3), (3, 6 * MiB), (6 * MiB, len(CONTENT))):
        await append(heedless, KEY, start, CONTENT[start:stop])
    assert await read(heedless, KEY) == CONTENT


async def test_bucket_without_conditions_loses_no_byte_that_is_sent_again(heedless: Storage, storage: Storage) -> None:
    async with heedless.append(KEY, 0) as older:
        await older.write(CONTENT[:MiB])
        await append(heedless, KEY, 0, CONTENT[: TAIL + 5])
    # The older writer's first part has replaced the newer one's, which was longer.
    while (at := await heedless.stored(KEY)) < len(CONTENT):
        await append(heedless, KEY, at, CONTENT[at : at + 3 * MiB])
    assert await read(heedless, KEY) == CONTENT


async def test_bucket_that_goes_away_keeps_the_parts_it_has() -> None:
    with s3_server() as client:
        storage = storage_at(client)
        appending = storage.append(KEY, 0)
        appender = await appending.__aenter__()
        await appender.write(CONTENT[:TAIL])
        await appender.write(CONTENT[TAIL : TAIL + PART_BYTES])  # waits until the part before is sent
    assert appender.stored >= PART_BYTES
    with pytest.raises(StorageGone):
        await appender.write(bytes(2 * PART_BYTES))
    stored = appender.stored
    with pytest.raises(StorageGone):
        await appending.__aexit__(None, None, None)
    assert appender.stored == stored


async def test_error_in_the_block_hides_that_the_bucket_is_away() -> None:
    with s3_server() as client:
        storage = storage_at(client)
        appending = storage.append(KEY, 0)
        appender = await appending.__aenter__()
    await appender.write(b"sound")
    error = RuntimeError()
    assert not await appending.__aexit__(RuntimeError, error, None)
    assert appender.stored == 0
