"""`StatusPublisher`: publishing that can neither slow nor fail the work it reports on.

The task's thread only lays a status down (one a session and stage, the newest wins); a thread of our own sends what
lies there. Progress waits for its turn, a change of stage does not, and is not lost to the next one. What the broker
did not take is sent again, unless something newer took its place. That a login ended goes the same way.
"""

import threading
from time import monotonic

from playhead import log
from playhead.pubsub.observer import Observer, guarded
from playhead.pubsub.ports import Sender, Sending
from playhead.sessions.status import Stage, Status

MIN_INTERVAL_S = 0.1
"""Between two progress messages of a process: readers are promised that updates are joined for 100 ms at most."""
CLOSE_TIMEOUT_S = 5.0
"""How long `close` waits for the last messages when the broker hangs; the database has them already."""
STAGES_KEPT = 1024
"""Sessions whose last stage is remembered. One that is forgotten is merely sent at once the next time."""
BACK_OFF_MIN_S, BACK_OFF_MAX_S = 0.1, 1.5
"""Between attempts while the broker fails: like its listeners, so that both are back within 2 s of its return."""
UNSENT_KEPT = 1024
"""Statuses kept while the broker fails, about 0.5 MB; of more the oldest are dropped. The database has them all, and
who reads them there again sees the newest."""

_Waiting = dict[tuple[str, Stage], Sending]
_Batch = tuple[_Waiting, set[str]]
"""What is sent in one go: statuses, and whose logins ended."""


class StatusPublisher:
    """Sends the newest status of each session; bounded by the sessions one process works on, and their stages.

    Made after a fork: its thread does not survive one. Safe to call from any thread. Never raises.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        min_interval_s: float = MIN_INTERVAL_S,
        back_off_s: float = BACK_OFF_MIN_S,
        observer: Observer | None = None,
    ) -> None:
        self.min_interval_s = min_interval_s
        """Progress waits for so long after the last message; may be changed at any time."""
        self._sender = sender
        self._back_off_s = back_off_s
        self._observer = guarded(observer)
        self._changed = threading.Condition()
        self._waiting: _Waiting = {}
        self._ended: set[str] = set()
        self._stages: dict[str, Stage] = {}
        self._urgent = False
        self._sending = False
        self._refused: set[Sending] = set()
        """Statuses that were refused once while others were taken. Only our thread's."""
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="status-publisher", daemon=True)
        self._thread.start()

    def publish(self, status: Status, owner_id: str = "") -> None:
        """Take the status over and return at once; an older one of its stage that was not sent yet is dropped.

        Args:
            owner_id: whose session it is, for those who follow all of a person's sessions at once.
        """
        with self._changed:
            slot = (status.session_id, status.stage)
            held = self._waiting.get(slot)
            if self._closed or (held is not None and not status.supersedes(held[0])):
                return
            self._waiting.pop(slot, None)  # to the end: they are sent in the order of their versions
            self._waiting[slot] = (status, owner_id)
            if self._stages.pop(status.session_id, None) != status.stage:
                self._urgent = True
            self._stages[status.session_id] = status.stage
            if len(self._stages) > STAGES_KEPT:
                del self._stages[next(iter(self._stages))]
            self._changed.notify_all()

    def login_ended(self, owner_id: str) -> None:
        """Let every process know, soon, and return at once. One that is told late looks at its next heartbeat."""
        with self._changed:
            if len(self._ended) < UNSENT_KEPT:
                self._ended.add(owner_id)
            self._urgent = True
            self._changed.notify_all()

    def flush(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Wait until all that was published is sent; False if it is not within the timeout, or this was closed."""
        with self._changed:
            self._urgent = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or self._all_sent(), timeout_s)
            return self._all_sent()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Send what waits, within the timeout, and end the thread."""
        ends_at = monotonic() + timeout_s
        self.flush(timeout_s)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(max(0.0, ends_at - monotonic()))
        self._sender.close()

    def _all_sent(self) -> bool:
        return not (self._waiting or self._ended or self._sending)

    def _run(self) -> None:
        sent_at = -self.min_interval_s
        wait_s = self._back_off_s
        while (batch := self._next_batch(sent_at)) is not None:
            unsent, error = self._send(*batch)
            sent_at = monotonic()
            if error is not None:
                # Without a traceback: drawing one takes the task's time, and there may be one every 1.5 s.
                log.get(__name__).warning(
                    "publish failed", statuses=len(unsent[0]), again_in_s=wait_s, error=repr(error)
                )
            with self._changed:
                retried, dropped = self._put_back(*unsent)
                self._urgent |= error is not None
                self._sending = False
                self._changed.notify_all()
            if retried:
                self._observer.retried(retried)
            if dropped:
                self._observer.dropped(dropped)
            if error is None:
                wait_s = self._back_off_s
                continue
            with self._changed:
                if self._changed.wait_for(lambda: self._closed, wait_s):
                    return
            wait_s = min(BACK_OFF_MAX_S, wait_s * 2)

    def _send(self, statuses: _Waiting, ended: set[str]) -> tuple[_Batch, Exception | None]:
        """What is to be sent again, and why the broker failed, if it did: then it is left in peace for a while.

        What was refused while the rest was taken is sent once more, with whatever comes next, and then dropped: a
        status that the broker never takes holds no other up.
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
        except Exception as error:  # noqa: BLE001 - best effort by contract: whatever it is, the task must not feel it
            return (unsent, untold), error
        again = {slot: sending for slot, sending in unsent.items() if sending not in self._refused}
        if len(again) < len(unsent):
            self._observer.dropped(len(unsent) - len(again))
        if again and len(again) == len(statuses):
            return (again, untold), ConnectionError("everything was refused")
        self._refused = set(again.values())
        return (again, untold), None

    def _put_back(self, unsent: _Waiting, ended: set[str]) -> tuple[int, int]:
        """Keep what was not sent, before what was published since, unless that is newer in the same stage.

        Returns:
            How many of these statuses are sent again, and how many statuses were dropped because too many are kept.
        """
        self._ended |= ended
        again = {slot: sending for slot, sending in unsent.items() if slot not in self._waiting}
        waiting = list((again | self._waiting).items())
        dropped = max(0, len(waiting) - UNSENT_KEPT)
        self._waiting = dict(waiting[dropped:])
        return max(0, len(again) - dropped), dropped

    def _next_batch(self, sent_at: float) -> _Batch | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended or self._closed)
            while not (self._urgent or self._closed):
                due_in = sent_at + self.min_interval_s - monotonic()
                if due_in <= 0:
                    break
                self._changed.wait(due_in)
            if not (self._waiting or self._ended):
                return None
            batch = self._waiting, self._ended
            self._waiting, self._ended = {}, set()
            self._urgent = False
            self._sending = True
            return batch
