"""Recordings that processes append to which are killed, meet each other, or have no room."""

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playhead.storage import Storage, StorageGone, Superseded
from tests.integration.storage.test_appending import CONTENT, MiB, append, pieces_of, read
from tests.integration.storage.writer import CONTENT as ALL
from tests.integration.storage.writer import RECORD_BYTES, record
from tests.support.waiting import START_S

KEY = "audio/0196"


@pytest.fixture
def folder(tmp_path: Path) -> Storage:
    return Storage.from_url(tmp_path.as_uri())


@contextmanager
def writer(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.integration.storage.writer", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_two_processes_never_write_into_each_others_records(folder: Storage, tmp_path: Path) -> None:
    records, url = 300, tmp_path.as_uri()
    with writer(url, KEY, "a", str(records)) as one, writer(url, KEY, "b", str(records)) as two:
        for process in (one, two):
            assert await asyncio.to_thread(process.wait, START_S) == 0
    content = await read(folder, KEY)
    written = [content[at : at + RECORD_BYTES] for at in range(0, len(content), RECORD_BYTES)]
    for letter in "ab":
        assert [line for line in written if line.startswith(letter.encode())] == [
            record(letter, number) for number in range(records)
        ]
    assert len(written) == 2 * records
    assert written != sorted(written)  # they did meet


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_killed_process_loses_nothing_that_was_stored(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = tmp_path.as_uri() if kind == "folder" else request.getfixturevalue("s3_url")
    storage = Storage.from_url(url)
    key = storage.appendable(KEY)
    for _ in range(4):
        before = printed = await storage.stored(key)
        with writer(url, key) as process:
            assert process.stdout is not None
            while printed < before + 3 * MiB:
                printed = int(await asyncio.to_thread(process.stdout.readline))
            process.kill()
            printed = max([printed, *(int(line) for line in process.stdout if line.endswith("\n"))])
        assert await storage.stored(key) >= printed
    content = await read(storage, key)
    assert content == ALL[: len(content)]
    await storage.delete(key)


async def test_full_disk_keeps_what_fitted(folder: Storage) -> None:
    room, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MiB + 1000, hard))
    try:
        with pytest.raises(StorageGone):
            await append(folder, KEY, 0, *pieces_of(CONTENT[: 2 * MiB]))
        assert await folder.stored(KEY) == MiB + 1000
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    await append(folder, KEY, MiB + 1000, CONTENT[MiB + 1000 :])
    assert await read(folder, KEY) == CONTENT


async def test_deleted_file_supersedes_its_writer(folder: Storage) -> None:
    with pytest.raises(Superseded):  # noqa: PT012 - what is tested is how the block is left
        async with folder.append(KEY, 0) as appender:
            await appender.write(b"sound")
            await folder.delete(KEY)
            await appender.write(b"more")
    await append(folder, KEY, 0, b"sound")
    with pytest.raises(Superseded):  # noqa: PT012 - what is tested is how the block is left
        async with folder.append(KEY, 5) as appender:
            await folder.delete(KEY)
            await appender.write(b"more")
    assert await folder.stored(KEY) == 0


async def test_file_is_closed_when_a_block_ends(folder: Storage, tmp_path: Path) -> None:
    async with folder.append(KEY, 0) as appender:
        await appender.write(b"sound")
        assert is_open(tmp_path / KEY)
    assert not is_open(tmp_path / KEY)


def is_open(file: Path) -> bool:
    return any(opened.resolve() == file for opened in Path("/proc/self/fd").iterdir())


async def test_recording_begun_in_a_folder_is_not_appended_to_in_a_bucket(s3_url: str) -> None:
    with pytest.raises(StorageGone, match="begun in a folder"):
        await append(Storage.from_url(s3_url), KEY, 0, b"sound")
