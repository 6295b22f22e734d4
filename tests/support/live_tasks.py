"""Celery tasks of an app that has nothing of Playhead but the live status: `celery -A tests.support.live_tasks:celery`.

Their stages and data are their own. `FOLDER` is where they leave marks of having run.
"""

import os
import time
from pathlib import Path
from typing import Any

from celery import Celery

from playhead.live import LiveJob, live_job, live_task

REDIS_URL = os.environ["REDIS_URL"]
FOLDER = Path(os.environ["FOLDER"])
ROWS = 40
HANGS_AT = 0.9
"""The progress at which an attempt waits to be killed: more than the next one begins with."""

celery = Celery("live_tasks", broker=REDIS_URL)
celery.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_lost_wait=0.5,
    broker_connection_retry_on_startup=True,
)


def _live(task: Any, job_id: str) -> LiveJob:
    return live_job(REDIS_URL, job_id, owner="ada", attempt=task.request.retries)


@celery.task(name="import_rows", bind=True, max_retries=1)  # type: ignore[untyped-decorator]
@live_task(_live)
def import_rows(job: LiveJob, task: Any, job_id: str) -> None:
    """Is tried again once, in the middle of its rows."""
    job.update("reading", message="Reading the file", file="rows.csv")
    for row in job.track(range(ROWS), stage="importing"):
        if row == ROWS // 2 and not task.request.retries:
            raise task.retry(countdown=0)
        time.sleep(0.005)
    job.complete(f"{ROWS} rows are there.", rows=ROWS)


@celery.task(name="explode", bind=True)  # type: ignore[untyped-decorator]
def explode(task: Any, job_id: str) -> None:
    """Fails with a secret in its exception."""
    with _live(task, job_id) as job:
        job.update("mixing", progress=0.25)
        raise ValueError("password=hunter2")


@celery.task(name="hang_once", bind=True)  # type: ignore[untyped-decorator]
def hang_once(task: Any, job_id: str) -> None:
    """The first time it waits to be killed; the next time it completes."""
    mark = FOLDER / job_id
    is_first = not mark.exists()
    mark.touch()
    with _live(task, job_id) as job:
        job.update("digging", progress=HANGS_AT if is_first else 0.1, pid=os.getpid())
        while is_first:
            time.sleep(0.1)
