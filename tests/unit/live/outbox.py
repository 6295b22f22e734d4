"""The broker's end of a publisher, in the hands of a test."""

import threading
from collections.abc import Callable, Sequence

from playhead.live.broker.ports import Sending
from playhead.live.job import Job
from playhead.live.publisher import StatusPublisher
from tests.support.waiting import ANSWER_S

Open = Callable[..., StatusPublisher]
"""Makes a publisher for an outbox; it is closed at the end of the test."""


class Outbox:
    """A sender that keeps what it gets; it can be made to hang or to fail."""

    def __init__(self, *, hangs: bool = False, fails: bool = False) -> None:
        self.sent: list[Job] = []
        self.ended: list[str] = []
        self.refuses: set[str] = set()
        """The sessions whose statuses it does not take, and the people whose logins."""
        self.offered: list[Job] = []
        """What it was given, taken or not."""
        self.calls = 0
        self.closed = False
        self.hanging = False
        """A call waits in it now."""
        self.busy = threading.Event()
        self.go_on = threading.Event()
        self._changed = threading.Condition()
        self.fails = fails
        if not hangs:
            self.go_on.set()

    def send(self, batch: Sequence[Sending]) -> list[Sending]:
        self.hanging = True
        self.busy.set()
        let_go = self.go_on.wait(ANSWER_S)
        self.hanging = False
        assert let_go, "nobody let it go on"
        with self._changed:
            self.calls += 1
            self._changed.notify_all()
            if self.fails:
                raise ConnectionError("the broker is gone")
            self.offered += [status for status, _ in batch]
            refused = [sending for sending in batch if sending[0].id in self.refuses]
            self.sent += [sending[0] for sending in batch if sending not in refused]
            return refused

    def next_epoch(self, job_id: str) -> int:
        self.send([])
        return len(job_id)

    def login_ended(self, owner_id: str) -> None:
        self.send([])
        if owner_id in self.refuses:
            raise PermissionError("not this channel")
        self.ended.append(owner_id)

    def close(self) -> None:
        self.closed = True

    def wait_for_calls(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.calls >= count, ANSWER_S), self.calls

    def wait(self, count: int) -> list[Job]:
        """What was sent, once it is that many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.sent) >= count, ANSWER_S), self.sent
            return list(self.sent)


def is_running() -> bool:
    return "status-publisher" in {thread.name for thread in threading.enumerate()}


def versions(statuses: list[Job]) -> list[int]:
    return [status.version for status in statuses]
