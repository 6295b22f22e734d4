"""Publishes statuses without slowing or failing the work they report on.

The caller's thread only stores a status (one per job and stage, the newest wins); a thread of the publisher sends
the stored statuses. Progress waits for the minimum interval, a change of stage does not, and no stage replaces another.
What the broker did not take is sent again, unless a newer status replaced it. Ended logins are sent the same way.
The last statuses of jobs that go on are sent again, so that a broker which lost its data has them back.
The thread asks the broker for epochs, too, so that all tasks of a process share one connection.
"""

import logging
import threading
from concurrent.futures import CancelledError, Future
from time import monotonic
from typing import Generic

from playhead.live.broker.keys import SOCKET_TIMEOUT_S
from playhead.live.broker.ports import Sender, Sending
from playhead.live.job import D, is_newer
from playhead.live.observer import Observer, guarded

logger = logging.getLogger(__name__)

MIN_INTERVAL_S = 0.1
"""Seconds between two progress messages of a process: updates are joined for 100 ms at most, by contract."""
CLOSE_TIMEOUT_S = 5.0
"""Seconds that `close` waits for the last messages if the broker hangs; a store has them already."""
STAGES_KEPT = 1024
"""Jobs whose last stage is remembered. The next status of a forgotten job is sent without the interval."""
BACK_OFF_MIN_S, BACK_OFF_MAX_S = 0.1, 1.5
"""Seconds between attempts while the broker fails, as for its listeners: both are back within 2 s of its return."""
RENEW_S = 1.0
"""Seconds between two renewals. The broker compares versions and ignores what it has, in about 30 µs for each job."""
UNSENT_KEPT = 1024
"""Statuses kept while the broker fails, about 0.5 MB; beyond that the oldest are dropped. A store has them all, and
readers read it again after a gap."""

_Waiting = dict[tuple[str, str], Sending[D]]
_Batch = tuple[_Waiting[D], set[str]]
"""What is sent together: statuses, and the ids of people whose logins ended."""


class StatusPublisher(Generic[D]):
    """Sends the newest status of each job and stage.

    Create it after a fork: its thread does not survive one. Safe to call from any thread. Never raises.
    """

    def __init__(
        self,
        sender: Sender[D],
        *,
        min_interval_s: float = MIN_INTERVAL_S,
        back_off_s: float = BACK_OFF_MIN_S,
        renew_s: float = RENEW_S,
        observer: Observer | None = None,
    ) -> None:
        self.min_interval_s = min_interval_s
        """Seconds between two progress messages; may be changed at any time."""
        self._sender = sender
        self._back_off_s = back_off_s
        self._renew_s = renew_s
        self._observer = guarded(observer)
        self._changed = threading.Condition()
        self._waiting: _Waiting[D] = {}
        self._renewed: dict[str, Sending[D]] = {}
        """The last statuses of the jobs that are renewed."""
        self._renewed_at = monotonic()
        self._ended: set[str] = set()
        self._asked: list[tuple[str, Future[int]]] = []
        """Jobs for which a caller waits for an epoch."""
        self._stages: dict[str, str] = {}
        self._urgent = False
        self._sending = False
        self._refused: set[Sending[D]] = set()
        """Statuses that were refused once while others were taken. Used by the publisher's thread only."""
        self._is_failing = False
        """The last attempt to send failed. Used by the publisher's thread only."""
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="status-publisher", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The number of statuses that wait to be sent, without those that are sent right now."""
        return len(self._waiting)

    def publish(self, status: D, owner_id: str = "", *, renew: bool = False) -> None:
        """Store the status for sending and return at once; it replaces an older one of its job and stage.

        Args:
            owner_id: the owner of the job, for streams of all jobs of a person.
            renew: whether to send it again until the next one of its job, or `forget`.
        """
        with self._changed:
            slot = (status.id, str(status.stage))
            held = self._waiting.get(slot)
            if self._closed or (held is not None and not is_newer(status, held[0])):
                return
            self._waiting.pop(slot, None)  # to the end: they are sent in the order of their versions
            self._waiting[slot] = (status, owner_id)
            self._renewed.pop(status.id, None)
            if renew:
                self._renewed[status.id] = (status, owner_id)
            if self._stages.pop(status.id, None) != status.stage:
                self._urgent = True
            self._stages[status.id] = status.stage
            if len(self._stages) > STAGES_KEPT:
                del self._stages[next(iter(self._stages))]
            self._changed.notify_all()

    def forget(self, job_id: str) -> None:
        """Renew the job no more."""
        with self._changed:
            self._renewed.pop(job_id, None)

    def login_ended(self, owner_id: str) -> None:
        """Publish that a login of this person ended, soon, and return at once.

        If the message is late or lost, streams notice at their next heartbeat.
        """
        with self._changed:
            if len(self._ended) < UNSENT_KEPT:
                self._ended.add(owner_id)
            self._urgent = True
            self._changed.notify_all()

    def next_epoch(self, job_id: str, timeout_s: float = SOCKET_TIMEOUT_S) -> int | None:
        """Ask the broker for the epoch of a new attempt. None: there was no answer in time, or this is closed."""
        answer: Future[int] = Future()
        with self._changed:
            if self._closed:
                return None
            self._asked.append((job_id, answer))
            self._urgent = True
            self._changed.notify_all()
        try:
            error = answer.exception(timeout_s)
        except (TimeoutError, CancelledError) as no_answer:  # no others: a signal's handler may raise in the wait
            answer.cancel()
            error = no_answer
        if error is None:
            return answer.result()
        logger.warning("the broker gave no epoch: %r", error, extra={"id": job_id})
        return None

    def flush(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Wait until everything published is sent. False: it was not within the timeout, or the publisher is closed."""
        with self._changed:
            self._urgent = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or self._all_sent(), timeout_s)
            return self._all_sent()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Send what is stored, within the timeout in seconds, and end the thread. What is unsent then is dropped."""
        ends_at = monotonic() + timeout_s
        self.flush(timeout_s)
        with self._changed:
            is_first, self._closed = not self._closed, True
            self._changed.notify_all()
        self._thread.join(max(0.0, ends_at - monotonic()))
        if is_first and self.waiting:
            self._observer.dropped(self.waiting)
        self._sender.close()

    def _all_sent(self) -> bool:
        return not (self._waiting or self._ended or self._sending)

    def _run(self) -> None:
        sent_at = -self.min_interval_s
        wait_s = self._back_off_s
        while (batch := self._next_batch(sent_at)) is not None:
            self._answer()
            unsent, error = self._send(*batch)
            sent_at = monotonic()
            if any(batch):  # else epochs alone were asked for
                self._log(error)
            with self._changed:
                dropped = self._put_back(*unsent)
                self._urgent |= error is not None
                self._sending = False
                self._changed.notify_all()
            if unsent[0]:
                self._observer.retried(len(unsent[0]))
            if dropped:
                self._observer.dropped(dropped)
            if error is None:
                wait_s = self._back_off_s
                continue
            with self._changed:
                if self._changed.wait_for(lambda: self._closed, wait_s):
                    return
            wait_s = min(BACK_OFF_MAX_S, wait_s * 2)

    def _log(self, error: Exception | None) -> None:
        """Log the first failure, and the end of failing: there may be one every 1.5 s for hours."""
        if error is not None and not self._is_failing:
            logger.warning("publishing fails, and is tried again until it works: %r", error)
        elif error is None and self._is_failing:
            logger.info("publishing works again")
        self._is_failing = error is not None

    def _answer(self) -> None:
        """Answer those who wait for an epoch. After an error nobody waits on: each question may take seconds."""
        with self._changed:
            asked, self._asked = self._asked, []
        failed = False
        for job_id, answer in asked:
            if failed:
                answer.cancel()
            elif answer.set_running_or_notify_cancel():  # else the time of its caller is over
                try:
                    answer.set_result(self._sender.next_epoch(job_id))
                except Exception as error:  # noqa: BLE001 - it is raised to the caller
                    answer.set_exception(error)
                    failed = True

    def _send(self, statuses: _Waiting[D], ended: set[str]) -> tuple[_Batch[D], Exception | None]:
        """Send a batch.

        A status that was refused while others were taken is sent once more, with the next batch, and then dropped: a
        status that the broker never takes does not delay others.

        Returns:
            What is to be sent again, and the error if the broker failed: the next attempt then waits.
        """
        unsent, untold = statuses, set(ended)
        try:
            if statuses:
                refused = set(self._sender.send(list(statuses.values())))
                unsent = {slot: sending for slot, sending in statuses.items() if sending in refused}
                if len(unsent) < len(statuses):
                    self._observer.published(len(statuses) - len(unsent))
            for owner_id in ended:
                self._sender.login_ended(owner_id)
                untold.discard(owner_id)
        except Exception as error:  # noqa: BLE001 - best effort by contract: no error may reach the task
            return (unsent, untold), error
        again = {slot: sending for slot, sending in unsent.items() if sending not in self._refused}
        if len(again) < len(unsent):
            self._observer.dropped(len(unsent) - len(again))
        if again and len(again) == len(statuses):
            return (again, untold), ConnectionError("everything was refused")
        self._refused = set(again.values())
        return (again, untold), None

    def _put_back(self, unsent: _Waiting[D], ended: set[str]) -> int:
        """Keep what was not sent, before what was published since, unless that is newer in the same stage.

        Returns:
            How many statuses were dropped: those that a newer one replaced, and those beyond what is kept.
        """
        self._ended |= ended
        again = {slot: sending for slot, sending in unsent.items() if slot not in self._waiting}
        waiting = list((again | self._waiting).items())
        too_many = max(0, len(waiting) - UNSENT_KEPT)
        self._waiting = dict(waiting[too_many:])
        return len(unsent) - len(again) + too_many

    def _next_batch(self, sent_at: float) -> _Batch[D] | None:
        with self._changed:
            while not self._changed.wait_for(self._has_work, self._until_renewal()) or self._until_renewal() == 0:
                self._renew()
            while not (self._urgent or self._closed):
                due_in = sent_at + self.min_interval_s - monotonic()
                if due_in <= 0:
                    break
                self._changed.wait(due_in)
            if not (self._waiting or self._ended or self._asked):
                return None  # it is closed
            batch = self._waiting, self._ended
            self._waiting, self._ended = {}, set()
            self._urgent = False
            self._sending = True
            return batch

    def _has_work(self) -> bool:
        return bool(self._waiting or self._ended or self._asked or self._closed)

    def _until_renewal(self) -> float | None:
        """Seconds; None: there is nothing to renew."""
        return max(0.0, self._renewed_at + self._renew_s - monotonic()) if self._renewed else None

    def _renew(self) -> None:
        self._renewed_at = monotonic()
        for sending in self._renewed.values():
            self._waiting.setdefault((sending[0].id, str(sending[0].stage)), sending)
