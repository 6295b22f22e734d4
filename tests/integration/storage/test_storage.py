"""Files in one piece, in every kind of storage."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from playhead.errors import ConfigError
from playhead.storage import PART_BYTES, UNFINISHED, Storage, StorageGone
from tests.support.waiting import until

KEY = "audio/0193"
LONG = bytes(range(256)) * (PART_BYTES // 256) + b"and a second part"


async def write(storage: Storage, content: bytes = LONG) -> None:
    async with storage.writer(KEY) as writer:
        for at in range(0, len(content), 1_000_000):
            await writer.write(content[at : at + 1_000_000])


async def read(storage: Storage, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([piece async for piece in await storage.stream(KEY, start, stop)])


@pytest.mark.parametrize("content", [b"", b"short", LONG], ids=["empty", "short", "long"])
async def test_file_is_read_as_it_was_written(storage: Storage, content: bytes) -> None:
    await write(storage, content)
    assert await storage.size(KEY) == len(content)
    assert await read(storage) == content


async def test_part_of_a_file_is_read(storage: Storage) -> None:
    await write(storage)
    assert await read(storage, 10, 20) == LONG[10:20]
    assert await read(storage, len(LONG) - 5) == LONG[-5:]


async def test_new_file_replaces_the_old_one(storage: Storage) -> None:
    await write(storage)
    await write(storage, b"new")
    assert await read(storage) == b"new"


async def test_file_can_be_deleted_twice(storage: Storage) -> None:
    await write(storage)
    await storage.delete(KEY)
    await storage.delete(KEY)
    with pytest.raises(FileNotFoundError):
        await storage.size(KEY)
    with pytest.raises(FileNotFoundError):
        await storage.stream(KEY)


async def test_worker_gets_a_path(storage: Storage, tmp_path: Path) -> None:
    await write(storage)
    with storage.local_copy(KEY, tmp_path / "scratch") as path:
        assert path.read_bytes() == LONG
    assert not list(tmp_path.joinpath("scratch").glob("*"))


async def test_missing_file_is_an_error_for_a_worker(storage: Storage, tmp_path: Path) -> None:
    await storage.delete(KEY)
    with pytest.raises(FileNotFoundError), storage.local_copy(KEY, tmp_path / "scratch"):
        pass


async def test_failed_write_leaves_no_file(storage: Storage) -> None:
    await storage.delete(KEY)
    with pytest.raises(RuntimeError):  # noqa: PT012 - what is tested is how the block is left
        async with storage.writer(KEY) as writer:
            await writer.write(LONG)
            raise RuntimeError
    with pytest.raises(FileNotFoundError):
        await storage.size(KEY)


async def test_local_copy_in_a_folder_is_the_file_itself(tmp_path: Path) -> None:
    storage = Storage.from_url(tmp_path.as_uri())
    await write(storage, b"sound")
    with storage.local_copy(KEY, tmp_path / "scratch") as path:
        assert path == tmp_path / KEY
    assert path.exists()


async def test_parts_of_an_aborted_upload_are_deleted(s3: Any, s3_url: str) -> None:
    storage = Storage.from_url(s3_url)
    with pytest.raises(RuntimeError):  # noqa: PT012 - what is tested is how the block is left
        async with storage.writer("aborted") as writer:
            await writer.write(LONG)
            raise RuntimeError
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="recordings")


@pytest.mark.parametrize("url", ["gs://bucket/prefix", "az://container?account_name=us&account_key=a2V5"])
def test_other_clouds_append_in_parts(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")
    assert Storage.from_url(url).appendable("audio/0193") == "audio/0193/"


@pytest.mark.parametrize("url", ["nowhere://x", "s3://bucket?colour=red", "not a url", "file:///proc/version/folder"])
def test_url_of_no_storage_is_a_config_error(url: str) -> None:
    with pytest.raises(ConfigError, match="STORAGE_URL"):
        Storage.from_url(url)


async def test_unreachable_storage_is_gone_and_no_file_is_missing(unreachable: Storage, tmp_path: Path) -> None:
    for request in (write(unreachable), read(unreachable), unreachable.size(KEY), unreachable.delete(KEY)):
        with pytest.raises(StorageGone):
            await request
    with pytest.raises(StorageGone):
        assert [keys async for keys in unreachable.keys("audio", datetime.now(UTC))]
    with pytest.raises(StorageGone), unreachable.local_copy(KEY, tmp_path):
        pass
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - an empty folder


async def test_keys_are_listed_by_their_age(storage: Storage) -> None:
    await write(storage, b"sound")
    later = datetime.now(UTC) + timedelta(hours=1)
    assert [key async for keys in storage.keys("audio", later) for key in keys] == [KEY]
    assert [key async for keys in storage.keys("audio", later - timedelta(hours=2)) for key in keys] == []
    assert [key async for keys in storage.keys("elsewhere", later) for key in keys] == []


async def test_old_half_written_files_of_a_folder_are_deleted(tmp_path: Path) -> None:
    storage = Storage.from_url(tmp_path.as_uri())
    await write(storage, b"sound")
    crashed = tmp_path / "audio" / "crashed#1"
    crashed.touch()
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert await storage.delete_unfinished("audio", hour_ago) == 0
    os.utime(crashed, (0, 0))
    assert await storage.delete_unfinished("audio", hour_ago) == 1
    assert not crashed.exists()
    assert await read(storage) == b"sound"
    assert await storage.delete_unfinished("nowhere", hour_ago) == 0


async def test_pattern_matches_half_written_files_of_the_library(tmp_path: Path) -> None:
    storage = Storage.from_url(tmp_path.as_uri())
    async with storage.writer(KEY) as writer:
        await writer.write(LONG)
        await asyncio.to_thread(until, lambda: any(tmp_path.joinpath("audio").glob(UNFINISHED)), "it is being written")
    assert [path.name for path in tmp_path.joinpath("audio").iterdir()] == ["0193"]


async def test_half_written_files_of_a_bucket_are_not_listed(unreachable: Storage) -> None:
    assert await unreachable.delete_unfinished("audio", datetime.now(UTC)) == 0
    assert unreachable.free_bytes() is None


async def test_missing_bucket_is_no_missing_recording(s3_url: str) -> None:
    storage = Storage.from_url(s3_url.replace("recordings", "nowhere"))
    with pytest.raises(StorageGone):
        await write(storage)
    with pytest.raises(StorageGone):
        assert [keys async for keys in storage.keys("audio", datetime.now(UTC))]
