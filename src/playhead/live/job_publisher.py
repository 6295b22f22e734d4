"""Publishes the documents of one attempt at a job, each with a higher version, or refuses them with a reason."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from playhead.live.clock import now
from playhead.live.eta import Eta
from playhead.live.job import EPOCH_MAX, ID, VERSIONS_PER_EPOCH, Job, State, check, to_json
from playhead.live.publisher import StatusPublisher
from playhead.live.shared_publisher import shared_publisher

logger = logging.getLogger(__name__)

Id: TypeAlias = str | int | UUID
"""An id as an app has it; it is published as a string."""
Document: TypeAlias = Job[dict[str, Any]]

FLUSH_S = 2.0
"""Seconds that the end of a task waits for an absent broker. The publisher tries again while the process lives."""
PYTEST = "PYTEST_CURRENT_TEST"
"""The variable that pytest sets while a test runs; processes that a test starts inherit it."""


class JobPublisher:
    """Publishes over the shared publisher of the process. Not safe for threads by itself.

    Args:
        epoch: see `LiveJob`, as for the others.

    Raises:
        ValueError: the id, the owner, the attempt or the epoch is not one.
    """

    def __init__(
        self,
        redis_url: str,
        job_id: Id,
        *,
        owner: Id = "",
        attempt: int = 0,
        epoch: int | None = None,
        namespace: str,
        strict: bool | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if ID.fullmatch(str(job_id)) is None:
            raise ValueError(f"not the id of a job: {job_id!r}")
        if owner is None:
            raise ValueError("the owner is None: leave it out if the job has none")
        if not isinstance(attempt, int) or attempt < 0:
            raise ValueError(f"not the number of an attempt: {attempt!r}")
        if epoch is not None and not (isinstance(epoch, int) and 0 <= epoch <= EPOCH_MAX):
            raise ValueError(f"an epoch is from 0 to {EPOCH_MAX:,}: {epoch!r}")
        self._url, self._namespace, self._epoch = redis_url, namespace, epoch
        self._strict = PYTEST in os.environ if strict is None else strict
        self._publisher: StatusPublisher[Job[Any]] | None = None
        self._pid = 0
        """The process of the publisher."""
        self._version_max = 0
        self._refused = ""
        self._eta = Eta(clock)
        self.last: Document = Job(
            id=str(job_id), owner=str(owner), version=0, attempt=attempt, state=State.QUEUED, stage="", updated_at=now()
        )
        """The newest document."""

    @property
    def has_begun(self) -> bool:
        return self._publisher is not None

    def begin(self) -> bool:
        """Open the publisher, and take an epoch unless one was given. Waits 2 s at most for an absent broker.

        Returns:
            Whether there is an epoch that is certainly higher than all before. Else it is the clock.
        """
        epoch = self._shared().next_epoch(self.last.id) if self._epoch is None else self._epoch
        is_sure = epoch is not None and epoch <= EPOCH_MAX
        first = (epoch if epoch is not None and is_sure else int(time.time())) * VERSIONS_PER_EPOCH
        self.last = msgspec.structs.replace(self.last, version=first)
        self._version_max = first + VERSIONS_PER_EPOCH - 1
        return is_sure

    def publish(self, data: Mapping[str, Any], /, *, renew: bool = False, **fields: Any) -> bool:
        """Publish the last document with these fields changed, and with `data` merged into its own.

        Args:
            renew: see `StatusPublisher.publish`.

        Returns:
            Whether it was published. If not, `refuse` logged why.

        Raises:
            ValueError: it is not published, and the job is strict.
        """
        try:
            if data:
                # A copy, so that what the task changes later does not change what is not sent yet.
                fields["data"] = msgspec.json.decode(to_json({**(self.last.data or {}), **data}))
            job = msgspec.structs.replace(self.last, version=self.last.version + 1, updated_at=now(), **fields)
            check(job)
            if job.eta_s is None and job.state is State.PROCESSING:
                job = msgspec.structs.replace(job, eta_s=self._eta.note(job.progress))
        except (ValueError, RecursionError) as error:
            self.refuse(str(error))
            return False
        if job.version > self._version_max - (not job.is_final):  # the last one is kept for the end
            self.refuse(f"an attempt may have {VERSIONS_PER_EPOCH:,} updates")
            return False
        self.last = job
        self._shared().publish(job, job.owner, renew=renew)
        return True

    def forget(self) -> None:
        """Renew the job no more: it is nobody's now, or its next attempt's."""
        self._shared().forget(self.last.id)

    def refuse(self, reason: str) -> None:
        """Raise ValueError if the job is strict; else log the reason, unless it is that of the last refusal."""
        if self._strict:
            raise ValueError(reason)
        if reason != self._refused:
            self._refused = reason
            logger.error("an update of job %s is not published: %s", self.last.id, reason, extra={"id": self.last.id})

    def flush(self) -> bool:
        """Wait until all is sent, 2 s at most."""
        return self._shared().flush(FLUSH_S)

    def _shared(self) -> StatusPublisher[Job[Any]]:
        """The publisher of this process: a block may fork children that publish, too."""
        if self._publisher is None or self._pid != os.getpid():
            self._publisher, self._pid = shared_publisher(self._url, self._namespace), os.getpid()
        return self._publisher
