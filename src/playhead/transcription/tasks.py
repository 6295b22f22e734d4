"""The Celery task: an id in, nothing out; what became of the session stands in the database."""

import random
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
"""The longest audio allowed (12 h) at the slowest speed worth having (twice real time)."""
SOFT_LIMIT_S = HARD_LIMIT_S - 60
VISIBILITY_S = HARD_LIMIT_S + 3600
"""Above the hard limit, or Redis hands a running task to a second worker. Lost ones come back by their lease."""
DATABASE_RETRY_S = 5
UNFORESEEN_RETRY_S = 60
RETRIES = 1000
"""Waiting is bounded by the session's own tries, not by Celery's count."""


def register(celery: Celery, worker_context: "Callable[[], WorkerContext]", soft_limit_s: float = SOFT_LIMIT_S) -> None:
    """Make the task known to a worker's app. `worker_context` is called in the process that runs it."""

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
        # In the child that works: its parent, which only hands out tasks, starts in half the time without.
        from playhead import schema_revision
        from playhead.db import DatabaseGone
        from playhead.sessions.attempts import Leased
        from playhead.storage import StorageGone
        from playhead.transcription.pipeline import STORAGE_RETRY, transcribe

        log.clear()
        log.bind(session_id=session_id, task_id=self.request.id)
        try:
            UUID(session_id)
        except (ValueError, TypeError, AttributeError):  # a database would refuse it, again and again
            log.get(__name__).error("a message with no id of a session is thrown away")
            return
        nonlocal misfit
        try:
            transcribe(worker_context(), session_id)
        except schema_revision.Misfit as error:
            if str(error) != misfit:
                log.get(__name__).warning("this worker takes no sessions: it waits for its tables", why=str(error))
            misfit = str(error)
            time.sleep(schema_revision.WAIT_S)  # it holds this message meanwhile, and no other
            raise Reject(misfit, requeue=True) from error  # it is anybody's, also a worker's whom the tables fit
        except Leased as held:
            raise self.retry(countdown=held.seconds + random.random(), exc=held) from held  # noqa: S311 - no secret
        except DatabaseGone as error:
            raise self.retry(countdown=DATABASE_RETRY_S, exc=error) from error
        except StorageGone as error:
            raise self.retry(countdown=STORAGE_RETRY.total_seconds(), exc=error) from error
        except Exception as error:  # before the session was taken: it must not be lost in the queue
            log.get(__name__).exception("the session could not be taken")
            raise self.retry(countdown=UNFORESEEN_RETRY_S, exc=error) from error
