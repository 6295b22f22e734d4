"""What tasks published, for tests of tasks: a broker within this process."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from playhead.live.broker.connect import open_sender
from playhead.live.broker.memory import MemorySender
from playhead.live.broker.ports import Sender
from playhead.live.job import Job
from playhead.live.shared_publisher import shared_publisher


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Jobs:
    """The jobs at one `memory://` URL."""

    url: str = field(default_factory=lambda: f"memory://{uuid4()}")

    @property
    def broker(self) -> MemorySender[Job[Any]]:
        sender: Sender[Job[Any]] = open_sender(self.url)
        assert isinstance(sender, MemorySender)
        return sender

    def newest(self, job_id: str = "one") -> Job[Any]:
        """The newest document, once all that was published so far is sent."""
        assert shared_publisher(self.url).flush()
        return self.ended(job_id)

    def ended(self, job_id: str = "one") -> Job[Any]:
        """The newest document that the block has sent by itself."""
        job = self.broker.held(job_id)
        assert job is not None, "nothing was published"
        return job
