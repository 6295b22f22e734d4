"""What is read of a job that is not there: for who asks first, and for who has seen it."""

from typing import Any

import pytest

from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.errors import Problem
from playhead.live.job import Job
from playhead.live.reading import Reading

Stored = Job[Any] | None


def reading(*, has_store: bool) -> Reading[Job[Any]]:
    def read(job_id: str) -> Stored:
        return None

    return Reading(MemorySubscriber(MemorySender()), read if has_store else None, None)


@pytest.mark.parametrize("has_store", [True, False])
async def test_absent_job_is_not_found(has_store: bool) -> None:
    with pytest.raises(Problem, match="no such job"):
        await reading(has_store=has_store).one("one")


async def test_job_that_redis_lost_is_not_gone_for_its_readers() -> None:
    with pytest.raises(OSError, match="nothing of job one"):
        await reading(has_store=False).again("one")


async def test_job_that_the_store_lost_is_gone_for_its_readers() -> None:
    with pytest.raises(Problem, match="no such job"):
        await reading(has_store=True).again("one")
