"""Concurrent downloads are limited for a person and for the process."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from playhead.errors import Problem
from playhead.library.downloads import Downloads
from tests.support.clock import Clock
from tests.unit.accounts.rooms import code, sign_up
from tests.unit.library.shelf import uploaded
from tests.unit.uploads.world import FLAC, world_in


async def endless() -> AsyncGenerator[bytes]:
    while True:
        yield b"x"


async def opened() -> AsyncGenerator[bytes]:
    return endless()


@dataclass
class Begun:
    """A download, with an entry in `cuts` each time it was cut."""

    sent: AsyncGenerator[bytes]
    cuts: list[None]

    async def read(self, count: int = 1) -> None:
        """Read `count` bytes."""
        for _ in range(count):
            assert await anext(self.sent) == b"x"


@asynccontextmanager
async def begun(downloads: Downloads, user_id: str) -> AsyncIterator[Begun]:
    cuts: list[None] = []
    begun = Begun(await downloads.counted(user_id, opened, lambda: cuts.append(None)), cuts)
    await begun.read()
    yield begun
    await begun.sent.aclose()


async def refusal(downloads: Downloads, user_id: str) -> tuple[int, str]:
    opening: list[None] = []

    async def noted() -> AsyncGenerator[bytes]:
        opening.append(None)
        return endless()

    with pytest.raises(Problem) as refused:
        await downloads.counted(user_id, noted, None)
    assert opening == []  # the file is not opened
    assert refused.value.retry_after_s
    return refused.value.status, refused.value.code


async def test_download_beyond_the_limit_of_a_person_is_refused() -> None:
    downloads = Downloads(a_person=2)
    async with begun(downloads, "ada"), begun(downloads, "grace"):
        async with begun(downloads, "ada"):
            assert await refusal(downloads, "ada") == (429, "too_many_downloads")
        async with begun(downloads, "ada"):
            pass


async def test_download_beyond_the_limit_of_the_process_is_refused() -> None:
    downloads = Downloads(limit=2)
    async with begun(downloads, "ada"):
        async with begun(downloads, "grace"):
            assert await refusal(downloads, "eve") == (503, "busy")
        async with begun(downloads, "eve"):
            pass


async def test_first_download_replaces_the_slowest_of_who_has_most() -> None:
    clock = Clock()
    downloads = Downloads(limit=6, clock=clock)
    async with AsyncExitStack() as stack:
        alone, *two = [await stack.enter_async_context(begun(downloads, who)) for who in ("grace", "alan", "alan")]
        most = [await stack.enter_async_context(begun(downloads, "eve")) for _ in range(3)]
        clock.now = 60
        for one in (most[0], most[2]):
            await one.read(100)
        async with begun(downloads, "ada") as hers:
            assert [len(one.cuts) for one in most] == [0, 1, 0]
            assert (alone.cuts, two[0].cuts, two[1].cuts, hers.cuts) == ([], [], [], [])
            assert await refusal(downloads, "ada") == (503, "busy")
            await most[1].sent.aclose()
            assert await refusal(downloads, "eve") == (503, "busy")


async def test_only_download_of_a_person_is_not_replaced() -> None:
    downloads = Downloads(limit=2)
    async with begun(downloads, "ada") as one, begun(downloads, "grace") as other:
        assert await refusal(downloads, "eve") == (503, "busy")
        assert (one.cuts, other.cuts) == ([], [])


async def test_download_that_cannot_be_cut_is_not_replaced() -> None:
    downloads = Downloads(limit=2)
    kept = [await downloads.counted("eve", opened, None) for _ in range(2)]
    assert await refusal(downloads, "ada") == (503, "busy")
    del kept


async def test_recording_that_cannot_be_opened_is_not_counted() -> None:
    downloads = Downloads(a_person=1)

    async def gone() -> AsyncGenerator[bytes]:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError) as kept:
        await downloads.counted("ada", gone, None)
    async with begun(downloads, "ada"):
        assert kept.value


async def test_canceled_download_is_not_counted() -> None:
    downloads, began = Downloads(a_person=1), asyncio.Event()

    async def read() -> None:
        async for _ in await downloads.counted("ada", opened, None):
            began.set()
            await asyncio.Event().wait()

    reading = asyncio.ensure_future(read())
    await began.wait()
    reading.cancel()
    await asyncio.wait([reading])
    del reading
    async with begun(downloads, "ada"):
        pass


async def test_download_that_never_began_is_not_counted() -> None:
    downloads = Downloads(a_person=1)
    sent = await downloads.counted("ada", opened, None)
    assert await refusal(downloads, "ada") == (429, "too_many_downloads")
    del sent
    async with begun(downloads, "ada"):
        pass


async def test_refused_download_succeeds_later(tmp_path: Path) -> None:
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
