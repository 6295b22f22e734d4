"""Long work lets the event loop go on, and ends as if it had not."""

import asyncio
from collections.abc import Generator

import pytest

from playhead.monitoring.sums.slices import in_one_slice, in_slices


class Work:
    """Counts what it did, and what others did in between."""

    def __init__(self) -> None:
        self.is_done = False
        self.others = 0

    def until_others(self, count: int) -> Generator[None, None, str]:
        while self.others < count:
            yield
        self.is_done = True
        return "done"

    async def beside(self) -> None:
        while not self.is_done:
            self.others += 1
            await asyncio.sleep(0)


async def test_others_go_on_between_slices() -> None:
    work = Work()
    result, _ = await asyncio.gather(in_slices(work.until_others(20)), work.beside())
    assert result == "done"


async def test_error_of_the_work_is_raised() -> None:
    def fails() -> Generator[None, None, None]:
        yield
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await in_slices(fails())


def test_work_at_once_has_the_same_result() -> None:
    assert in_one_slice(Work().until_others(0)) == "done"
