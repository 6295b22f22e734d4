"""Nobody downloads more at once than has a use, and all of them together no more than a process can bear."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from playhead.errors import Problem
from playhead.library.downloads import Downloads
from tests.unit.accounts.rooms import code, sign_up
from tests.unit.library.shelf import uploaded
from tests.unit.uploads.world import FLAC, world_in


async def endless() -> AsyncGenerator[bytes]:
    while True:
        yield b"x"


@asynccontextmanager
async def begun(downloads: Downloads, user_id: str) -> AsyncIterator[None]:
    sent = downloads.counted(user_id, endless())
    assert await anext(sent) == b"x"
    yield
    await sent.aclose()


async def refusal(downloads: Downloads, user_id: str) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        downloads.counted(user_id, endless())
    assert refused.value.retry_after_s
    return refused.value.status, refused.value.code


async def test_one_download_too_many_of_a_person_is_refused() -> None:
    downloads = Downloads(a_person=2)
    async with begun(downloads, "ada"), begun(downloads, "grace"):
        async with begun(downloads, "ada"):
            assert await refusal(downloads, "ada") == (429, "too_many_downloads")
        async with begun(downloads, "ada"):
            pass


async def test_one_download_too_many_of_all_is_refused() -> None:
    downloads = Downloads(at_once=2)
    async with begun(downloads, "ada"):
        async with begun(downloads, "grace"):
            assert await refusal(downloads, "eve") == (503, "busy")
        async with begun(downloads, "eve"):
            pass


async def test_download_that_is_canceled_counts_no_more() -> None:
    downloads, began = Downloads(a_person=1), asyncio.Event()

    async def read() -> None:
        async for _ in downloads.counted("ada", endless()):
            began.set()
            await asyncio.Event().wait()

    reading = asyncio.ensure_future(read())
    await began.wait()
    reading.cancel()
    await asyncio.wait([reading])
    del reading
    async with begun(downloads, "ada"):
        pass


async def test_download_that_never_begins_counts_no_more() -> None:
    downloads = Downloads(a_person=1)
    sent = downloads.counted("ada", endless())
    assert await refusal(downloads, "ada") == (429, "too_many_downloads")
    del sent
    async with begun(downloads, "ada"):
        pass


async def test_recording_that_may_not_be_sent_now_may_be_later(tmp_path: Path) -> None:
    async with world_in(tmp_path, downloads=(downloads := Downloads(a_person=1))) as world:
        ada = world.app.test_client()
        me = await sign_up(ada)
        path = await uploaded(ada)
        async with begun(downloads, me):
            response = await ada.get(f"{path}/audio")
            assert await code(response) == (429, "too_many_downloads")
            assert int(response.headers["Retry-After"]) > 0
            assert (await ada.head(f"{path}/audio")).status_code == 200
        for _ in range(2):
            response = await ada.get(f"{path}/audio")
            assert (response.status_code, await response.get_data()) == (200, FLAC)
