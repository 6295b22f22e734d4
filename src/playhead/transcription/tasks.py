"""The Celery task: it takes a session's id and returns nothing, because the result is in the database."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery import Celery
from celery.exceptions import Reject

from playhead import log
from playhead.transcription.enqueue import NAME

if TYPE_CHECKING:
    from playhead.transcription.pipeline import WorkerContext

HARD_LIMIT_S = 6 * 3600
"""The longest audio allowed (12 h) at the slowest useful speed (twice real time)."""
SOFT_LIMIT_S = HARD_LIMIT_S - 60
VISIBILITY_S = HARD_LIMIT_S + 3600
"""Above the hard limit, because after this time Redis delivers a running task to a second worker. Lost sessions are
recovered by their lease."""
DATABASE_RETRY_S = 5
UNEXPECTED_RETRY_S = 60
RETRIES = 1000
"""So high because the session's own tries limit it, not Celery's count."""


def register(celery: Celery, worker_context: "Callable[[], WorkerContext]", soft_limit_s: float = SOFT_LIMIT_S) -> None:
    """Registers the task with a worker's app. `worker_context` is called in the process that runs the task."""

    misfit = ""

    @celery.task(
        name=NAME,
        bind=True,
        shared=False,
        max_retries=RETRIES,
        time_limit=HARD_LIMIT_S,
        soft_time_limit=soft_limit_s,
    )
    def transcribe_audio(self: Any, session_id: str) -> None:
        # Imported in the child: its parent, which only distributes tasks, starts in half the time without them.
        from playhead import schema_revision
        from playhead.db import DatabaseGone
        from playhead.storage import StorageGone
        from playhead.transcription.pipeline import STORAGE_RETRY, transcribe

        log.clear()
        log.bind(task_id=self.request.id)
        try:
            UUID(session_id)
        except (ValueError, TypeError, AttributeError):  # the database would refuse it at each retry
            log.get(__name__).error("a message without a session id was dropped")
            return
        nonlocal misfit
        try:
            transcribe(worker_context())
        except schema_revision.Misfit as error:
            if str(error) != misfit:
                log.get(__name__).warning("this worker takes no sessions: it waits for its tables", why=str(error))
            misfit = str(error)
            time.sleep(schema_revision.WAIT_S)  # so that this worker holds one message, not all of them
            raise Reject(misfit, requeue=True) from error  # a worker of the right release may take it
        except DatabaseGone as error:
            raise self.retry(countdown=DATABASE_RETRY_S, exc=error) from error
        except StorageGone as error:
            raise self.retry(countdown=STORAGE_RETRY.total_seconds(), exc=error) from error
        except Exception as error:  # before the claim: the message must not be lost
            log.get(__name__).exception("the session could not be claimed")
            raise self.retry(countdown=UNEXPECTED_RETRY_S, exc=error) from error
