"""`StatusPublisher`: publishing that can neither slow nor fail the work it reports on.

The task's thread only lays a status down (one a session and stage, the newest wins); a thread of our own sends what
lies there. Progress waits for its turn, a change of stage does not, and is not lost to the next one.
"""

import threading
from time import monotonic

from playhead import log
from playhead.pubsub.ports import Sender
from playhead.sessions.status import Stage, Status

MIN_INTERVAL_S = 0.1
"""Between two progress messages of a process: readers are promised that updates are joined for 100 ms at most."""
CLOSE_TIMEOUT_S = 5.0
"""How long `close` waits for the last messages when the carrier hangs; the database has them already."""
STAGES_KEPT = 1024
"""Sessions whose last stage is remembered. One that is forgotten is merely sent at once the next time."""


class StatusPublisher:
    """Sends the newest status of each session; bounded by the sessions one process works on, and their stages.

    Made after a fork: its thread does not survive one. Safe to call from any thread. Never raises.
    """

    def __init__(self, sender: Sender, *, min_interval_s: float = MIN_INTERVAL_S) -> None:
        self._sender = sender
        self._min_interval_s = min_interval_s
        self._changed = threading.Condition()
        self._waiting: dict[tuple[str, Stage], Status] = {}
        self._stages: dict[str, Stage] = {}
        self._urgent = False
        self._sending = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="status-publisher", daemon=True)
        self._thread.start()

    def publish(self, status: Status) -> None:
        """Take the status over and return at once; an older one of its stage that was not sent yet is dropped."""
        with self._changed:
            slot = (status.session_id, status.stage)
            if self._closed or not status.supersedes(self._waiting.get(slot)):
                return
            self._waiting.pop(slot, None)  # to the end: they are sent in the order of their versions
            self._waiting[slot] = status
            if self._stages.pop(status.session_id, None) != status.stage:
                self._urgent = True
            self._stages[status.session_id] = status.stage
            if len(self._stages) > STAGES_KEPT:
                del self._stages[next(iter(self._stages))]
            self._changed.notify_all()

    def flush(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Wait until everything published so far was sent or given up; False if that took too long."""
        with self._changed:
            self._urgent = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._waiting and not self._sending, timeout_s)

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Send what waits, within the timeout, and end the thread."""
        ends_at = monotonic() + timeout_s
        self.flush(timeout_s)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(max(0.0, ends_at - monotonic()))
        self._sender.close()

    def _run(self) -> None:
        sent_at = -self._min_interval_s
        while (batch := self._next_batch(sent_at)) is not None:
            try:
                self._sender.send(batch)
            except Exception:  # noqa: BLE001 - best effort by contract: whatever it is, the task must not feel it
                log.get(__name__).warning("publish failed", sessions=len(batch), exc_info=True)
            sent_at = monotonic()
            with self._changed:
                self._sending = False
                self._changed.notify_all()

    def _next_batch(self, sent_at: float) -> list[Status] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            while not (self._urgent or self._closed):
                due_in = sent_at + self._min_interval_s - monotonic()
                if due_in <= 0:
                    break
                self._changed.wait(due_in)
            if not self._waiting:
                return None
            batch = list(self._waiting.values())
            self._waiting.clear()
            self._urgent = False
            self._sending = True
            return batch
