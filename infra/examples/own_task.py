"""Streams the live status of your own Celery task with a few imports of Playhead.

Run it with any Redis or Valkey:

    export REDIS_URL=redis://127.0.0.1:6379/0
    celery -A own_task:celery worker &       # in this folder
    hypercorn own_task:app &
    curl -X POST http://127.0.0.1:8000/jobs  # {"id": "…"}
    curl -N http://127.0.0.1:8000/jobs/<id>  # watch it
"""

import os
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import uuid4

from celery import Celery
from quart import Quart, Response

from playhead.live.broker.sender import ValkeySender
from playhead.live.broker.subscriber import ValkeySubscriber
from playhead.live.clock import now
from playhead.live.events import StatusEvents
from playhead.live.follow import follow
from playhead.live.hub import Hub
from playhead.live.loader import Loader
from playhead.live.publisher import StatusPublisher
from playhead.sessions.status import ATTEMPT_SPAN, Stage, State, Status, decode, encode

REDIS_URL = os.environ["REDIS_URL"]
STEPS = 20

celery = Celery("own_task", broker=REDIS_URL)


@celery.task(ignore_result=True)
def count(job_id: str) -> None:
    """Does some work. Publishing never waits for Redis and never raises."""
    publisher = StatusPublisher(ValkeySender(REDIS_URL))
    for step in range(STEPS + 1):
        publisher.publish(_status(job_id, step))
        time.sleep(0.1)
    publisher.close()


def _status(job_id: str, step: int) -> Status:
    done = step == STEPS
    return Status(
        session_id=job_id,
        version=ATTEMPT_SPAN + step,
        attempt=1,
        state=State.COMPLETED if done else State.PROCESSING,
        stage=Stage.COMPLETED if done else Stage.TRANSCRIBING,
        progress=step / STEPS,
        message=f"Step {step} of {STEPS}",
        updated_at=now(),
    )


app = Quart(__name__)
subscriber = ValkeySubscriber(REDIS_URL, decode)
events = StatusEvents(encode)
hub = Hub(subscriber, heartbeat_s=15)
snapshots = Loader(subscriber.snapshots)  # concurrent reads share one request to Redis


@app.while_serving
async def listening() -> AsyncGenerator[None]:
    app.add_background_task(hub.run)
    yield
    await subscriber.aclose()


@app.post("/jobs")
async def start() -> dict[str, str]:
    job_id = str(uuid4())
    count.delay(job_id)
    return {"id": job_id}


@app.get("/jobs/<id>")
async def watch(id: str) -> Response:
    response = Response(_frames(id), content_type="text/event-stream")
    response.timeout = None
    return response


async def _read(job_id: str) -> Status:
    """Reads the present status. Your app reads it from its database; this example uses the snapshot in Redis."""
    waiting = Status(
        session_id=job_id,
        version=0,
        attempt=0,
        state=State.QUEUED,
        stage=Stage.QUEUED,
        message="Waiting for a worker",
        updated_at=now(),
    )
    return await snapshots.load(job_id) or waiting


async def _frames(job_id: str) -> AsyncGenerator[bytes]:
    with hub.subscribe(job_id, owner_id="anyone") as inbox:
        async with aclosing(follow(inbox, _read)) as feed:
            async for item in feed:
                if isinstance(item, Status):
                    yield events.whole(item)
