"""The Celery task around an attempt: a session that cannot be claimed now is retried, and never lost."""

from collections.abc import Callable

import pytest
from celery import Celery
from celery.exceptions import Retry

from playhead.db import DatabaseGone
from playhead.ids import new_id
from playhead.storage import StorageGone
from playhead.transcription import tasks
from playhead.transcription.enqueue import NAME
from playhead.transcription.pipeline import STORAGE_RETRY, WorkerContext


def task_that(raises: Exception) -> Callable[[str], None]:
    celery = Celery(broker="memory://")

    def worker_context() -> WorkerContext:
        raise raises

    tasks.register(celery, worker_context)
    task: Callable[[str], None] = celery.tasks[NAME]
    return task


@pytest.mark.parametrize(
    ("error", "at_least_s", "below_s"),
    [
        (DatabaseGone("away"), tasks.DATABASE_RETRY_S, tasks.DATABASE_RETRY_S + 1),
        (StorageGone("away"), STORAGE_RETRY.total_seconds(), STORAGE_RETRY.total_seconds() + 1),
        (RuntimeError("unexpected"), tasks.UNEXPECTED_RETRY_S, tasks.UNEXPECTED_RETRY_S + 1),
    ],
)
def test_session_that_cannot_be_claimed_is_retried_later(error: Exception, at_least_s: float, below_s: float) -> None:
    task = task_that(error)
    task.push_request(called_directly=False, id="1", retries=0, is_eager=True)  # type: ignore[attr-defined]
    with pytest.raises(Retry) as retry:
        task(new_id())
    assert at_least_s <= retry.value.when < below_s
