"""Publishes a job from the task that does it, whatever runs the task: a block that begins, reports and ends the job.

with live_job(REDIS_URL, job_id, owner=user_id, attempt=self.request.retries) as job:
    job.update("importing", progress=0.4, message="4,000 of 10,000 rows", rejected=3)
"""

import asyncio
import logging
import operator
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sized
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

from playhead.live.broker.keys import NAMESPACE
from playhead.live.job import Failure, State
from playhead.live.job_publisher import Id, JobPublisher
from playhead.live.publisher import MIN_INTERVAL_S

logger = logging.getLogger(__name__)

T = TypeVar("T")

STARTED, RETRYING = "started", "retrying"
"""Stages before the first update of the task, and before the next attempt. At the end the stage is the state."""
AGAIN = "It is tried again soon."
RETRY_OF_CELERY = "celery.exceptions.Retry"
SORRY = "Something went wrong on our side: try again later."
"""The message of a failure that the task did not put into words: the exception may hold secrets."""


class LiveJob:
    """Publishes the status of a job from the block that does it. Publishing never raises into the task or blocks it.

    The end of the block ends the job: `completed`, or `failed` with an exception, which is raised on. `complete`,
    `fail` and `cancel` end it in the app's own words. What is no `Exception`, such as `SystemExit` or a canceled
    coroutine, leaves the job as it is: whoever runs the task delivers it again. The block's begin waits 2 s at most for
    an absent Redis, and so does its end. It works with `async with` as well, and never blocks the event loop then.

    Args:
        redis_url: of the Redis that the web app reads, or `memory://NAME` within one process, for tests.
        job_id: matches `playhead.live.job.ID`, as UUIDs and numbers do.
        owner: the id of the person who may read it.
        attempt: which try it is, from 0. Celery: `self.request.retries`.
        epoch: orders the attempts at a job: what one with a lower epoch publishes never replaces what one with a higher
            epoch published. By default Redis gives each block a higher one than all before. If the app has a store of
            its own, it is the number with which the store fences attempts.
        retry_on: exceptions after which the task is tried again: the job is `queued` then, in the stage `retrying`.
            Celery's `self.retry()` needs none. With `autoretry_for` they are its exceptions, but `()` at the last try
            (`self.request.retries >= self.max_retries`).
        strict: whether an update that cannot be published raises ValueError: a stage that is no string, a progress
            outside 0 to 1, data of more than 16 KB or not of JSON, an update after the end. Else it is logged, and the
            task goes on. By default it raises while pytest runs a test, by the variable `PYTEST_CURRENT_TEST`.
        clock: in seconds, never set back.

    Raises:
        ValueError: the id, the owner, the attempt or the epoch is not one, whether strict or not.
    """

    def __init__(
        self,
        redis_url: str,
        job_id: Id,
        *,
        owner: Id = "",
        attempt: int = 0,
        epoch: int | None = None,
        retry_on: tuple[type[Exception], ...] = (),
        namespace: str = NAMESPACE,
        strict: bool | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._publisher = JobPublisher(
            redis_url,
            job_id,
            owner=owner,
            attempt=attempt,
            epoch=epoch,
            namespace=namespace,
            strict=strict,
            clock=clock,
        )
        self._retry_on, self._clock = retry_on, clock
        self._ended = False
        self._lock = threading.RLock()  # threads of the task may update, and a signal's handler between two lines

    def update(
        self,
        stage: str | None = None,
        *,
        progress: float | None = None,
        message: str | None = None,
        eta_s: float | None = None,
        **data: Any,
    ) -> None:
        """Publish how far the job is, soon, and return at once.

        What is not given stays, but a new stage begins without progress and message.

        Args:
            progress: from 0 to 1, of the stage or of the whole job.
            message: one sentence for people.
            eta_s: seconds until it is done; by default estimated from the progress.
            data: the app's own, merged into what it gave before.
        """
        with self._lock:
            if not self._is_open():
                return
            last = self._publisher.last
            if stage is None or stage == last.stage:
                stage = last.stage
                progress = last.progress if progress is None else progress
                message = last.message if message is None else message
            fields = {
                "stage": stage,
                "progress": progress,
                "message": "" if message is None else message,
                "eta_s": eta_s,
            }
            self._publisher.publish(data, renew=True, state=State.PROCESSING, **fields)

    def track(self, items: Iterable[T], *, total: int | None = None, stage: str | None = None) -> Iterator[T]:
        """Yield the items, and publish how many are done: "importing: 4,000 of 10,000".

        Args:
            total: how many there are; by default their `len`, if they have one. Without it there is no progress.
            stage: by default the present one.
        """
        if total is None and isinstance(items, Sized):
            total = len(items)
        try:
            total = None if total is None else operator.index(total)
        except TypeError:
            self._publisher.refuse(f"the total is not a number: {total!r}")
            total = None
        stage = self._publisher.last.stage if stage is None else stage
        done, due_at = 0, self._clock()
        for item in items:
            if self._clock() >= due_at:
                due_at = self._clock() + MIN_INTERVAL_S  # more often nobody would see it
                self._count(stage, done, total)
            yield item
            done += 1
        self._count(stage, done, total)

    def complete(self, message: str = "", **data: Any) -> None:
        """End the job as completed, in the app's own words. Without it the end of the block does so."""
        self._end(State.COMPLETED, message, data, progress=1.0)

    def fail(self, code: str, message: str, *, retryable: bool = False, **data: Any) -> None:
        """End the job as failed, in the app's own words. The block goes on: return, or raise.

        Args:
            code: stable, for programs.
            message: one sentence for people, without a stack trace, path or secret.
            retryable: whether the same job may succeed if it is started again.
        """
        code, message, debug_id = _text(code), _text(message), secrets.token_hex(8)
        if self._end_failed(Failure(code=code, message=message, retryable=bool(retryable), debug_id=debug_id), data):
            logger.warning("job %s failed: %s, debug_id %s", self._publisher.last.id, code, debug_id)

    def cancel(self, message: str = "", **data: Any) -> None:
        """End the job as canceled. The block goes on: return."""
        self._end(State.CANCELED, message, data)

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end_block(error)
        self._publisher.flush()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._begin)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._end_block(error)
        await asyncio.to_thread(self._publisher.flush)

    def _begin(self) -> None:
        if self._publisher.has_begun:
            raise RuntimeError("a live job is of one block: make another one")
        self._publisher.begin()
        self._publisher.publish({}, renew=True, state=State.PROCESSING, stage=STARTED)

    def _is_open(self) -> bool:
        if self._ended or not self._publisher.has_begun:
            self._publisher.refuse("the job has ended" if self._ended else "the job has not begun")
            return False
        return True

    def _count(self, stage: str, done: int, total: int | None) -> None:
        progress = min(1.0, done / total) if total else None
        of_total = "" if total is None or done > total else f" of {total:,}"
        self.update(stage, progress=progress, message=f"{stage}: {done:,}{of_total}")

    def _end_block(self, error: BaseException | None) -> None:
        with self._lock:
            if self._ended:
                return
            if error is None:
                self.complete()
            elif isinstance(error, self._retry_on) or _is_retry_of_celery(error):
                again: dict[str, Any] = {"stage": RETRYING, "progress": None, "message": AGAIN, "eta_s": None}
                self._publisher.publish({}, state=State.QUEUED, **again)
            elif isinstance(error, Exception):
                debug_id = secrets.token_hex(8)
                logger.error("job %s failed, debug_id %s", self._publisher.last.id, debug_id, exc_info=error)
                self._end_failed(Failure(code="internal", message=SORRY, retryable=True, debug_id=debug_id), {})
            self._ended = True
            self._publisher.forget()

    def _end_failed(self, failure: Failure, data: dict[str, Any]) -> bool:
        return self._end(State.FAILED, failure.message, data, error=failure)

    def _end(self, state: State, message: str, data: dict[str, Any], **fields: Any) -> bool:
        """End the job unless it has ended. If the message or the data cannot be published, it ends without them."""
        with self._lock:
            if not self._is_open():
                return False
            fields |= {"state": state, "stage": str(state), "eta_s": None}
            if not self._publisher.publish(data, message=message, **fields):
                self._publisher.publish({}, message="", **fields)
            self._ended = True
            return True


def _is_retry_of_celery(error: BaseException) -> bool:
    """Whether `self.retry()` of a Celery task raised it. By its name, because the kernel imports no task queue."""
    return any(f"{kind.__module__}.{kind.__name__}" == RETRY_OF_CELERY for kind in type(error).__mro__)


def _text(value: object) -> str:
    """As a string that JSON can hold: a file's name may have bytes that are no characters."""
    return str(value).encode(errors="replace").decode()


live_job = LiveJob
"""As a block is written: `with live_job(REDIS_URL, job_id) as job:`."""


def queue(
    redis_url: str,
    job_id: Id,
    *,
    owner: Id = "",
    message: str = "",
    position: int | None = None,
    epoch: int | None = None,
    namespace: str = NAMESPACE,
    strict: bool | None = None,
    **data: Any,
) -> None:
    """Publish that a job waits, before its task is sent: a page that opens at once finds it.

    It returns when Redis has it, or after 2 s without Redis; so call it in a thread where an event loop runs. The
    arguments are those of `LiveJob`.

    Args:
        position: from 1; None where it is not known.
        epoch: lower than that of the task, or the same.
    """
    publisher = JobPublisher(redis_url, job_id, owner=owner, epoch=epoch, namespace=namespace, strict=strict)
    is_there = publisher.begin()
    publisher.publish(data, state=State.QUEUED, stage=str(State.QUEUED), message=message, queue_position=position)
    if is_there:
        publisher.flush()
