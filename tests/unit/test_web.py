"""The web process's own parts: what runs beside the requests is watched."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playhead.config import load
from playhead.web import Parts, create_app


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    parts: Parts = create_app(load({"DATA_DIR": str(tmp_path)})).extensions["playhead"]
    yield parts
    await parts.close()


async def test_process_is_not_ready_once_a_background_task_has_ended(parts: Parts) -> None:
    async def fails() -> None:
        raise ZeroDivisionError("a surprise")

    assert (await parts.ready())["background"]
    task = asyncio.create_task(fails(), name="sweep")
    parts.watch(task)
    await asyncio.wait([task])
    assert not (await parts.ready())["background"]
    assert parts.fallen == {"sweep"}


async def test_task_that_is_canceled_at_the_end_has_not_fallen(parts: Parts) -> None:
    task = asyncio.create_task(asyncio.Event().wait())
    parts.watch(task)  # type: ignore[arg-type]  # it never returns
    task.cancel()
    await asyncio.wait([task])
    assert parts.fallen == set()
