"""The live kernel as an app of one's own uses it: `Live`, under a server that it does not know."""

import os
from datetime import UTC, datetime
from typing import Any

from playhead.live.asgi import Limits, Live
from playhead.live.job import Job, State

UNLIMITED = 100_000


def read(job_id: str) -> Job[Any]:
    """The job as an app's own store has it, before its first update."""
    return Job(id=job_id, version=0, state=State.PROCESSING, stage="working", updated_at=datetime.now(UTC))


app: Live[Job[Any], str] = Live(
    f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/0",
    who=lambda request: "reader",
    owns=lambda person, job_id: True,
    read=read,
    limits=Limits(
        streams_per_user=UNLIMITED,
        streams_per_job=UNLIMITED,
        streams_per_process=UNLIMITED,
        waits_per_user=UNLIMITED,
        waits_per_process=UNLIMITED,
    ),
)
