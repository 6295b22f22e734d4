"""Measures how long `StatusPublisher.publish` blocks its caller, and its share of a real transcription.

With Redis as usual, with answers delayed by half a second, and without Redis. Beside it, for the same Redis, one
blocking `PUBLISH` of the same document by redis-py: what a task does that publishes for itself.
"""

import shutil
import time
from typing import Any

import msgspec
import redis
from infra.load import document, product
from infra.load.peers import ROOT
from infra.load.proxy import Proxy
from infra.load.rig import Rig
from infra.load.server import Server
from sqlalchemy import insert
from sqlalchemy.orm import Session as Db

from playhead import migrations
from playhead.accounts.models import UserRow
from playhead.config import Settings
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.broker.sender import ValkeySender
from playhead.live.publisher import StatusPublisher
from playhead.sessions import repository
from playhead.sessions.models import NewSession
from playhead.sessions.status import State, Status, encode
from playhead.storage import Storage
from playhead.transcription.engines.choice import Engines
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.pipeline import WorkerContext, transcribe
from playhead.up.folder import free_port

UPDATES = 1000
PAUSE_S = 0.002
"""Pause between two calls: far shorter than a worker's, so that the sending thread is always busy."""
SLOW_S = 0.5
RECORDING = ROOT / "tests" / "data" / "speech" / "two_cities.opus"
"""44 s of speech."""


class Timed(StatusPublisher):
    """Records the wall time of each call, in nanoseconds."""

    def __init__(self, port: int) -> None:
        super().__init__(ValkeySender(f"redis://127.0.0.1:{port}/0"))
        self.took: list[int] = []

    def publish(self, status: Status, owner_id: str = "") -> None:
        began = time.perf_counter_ns()
        super().publish(status, owner_id)
        self.took.append(time.perf_counter_ns() - began)


def run(server: Server) -> dict[str, Any]:
    rig = server.rig
    with Proxy(rig.redis_port, SLOW_S) as slow:
        found = _called(rig.redis_port, "") | _called(slow.port, "slow_") | _called(free_port(), "gone_")
    found |= _blocking(rig.redis_port, "redis_py_")
    found["of_redis_py"] = found["median_us"] / found["redis_py_median_us"]
    return found | _transcription(rig, server.targets[0].owner)


def _called(port: int, prefix: str) -> dict[str, float]:
    publisher, status = Timed(port), document.status()
    for number in range(UPDATES):
        publisher.publish(msgspec.structs.replace(status, version=status.version + number), document.OWNER)
        time.sleep(PAUSE_S)
    publisher.close(timeout_s=0.1)
    return _numbers(publisher.took, prefix)


def _blocking(port: int, prefix: str) -> dict[str, float]:
    """The same number of calls at the same pace, each of which waits for the answer."""
    status, took = document.status(), []
    with redis.Redis(port=port) as connection:
        for number in range(UPDATES):
            each = msgspec.structs.replace(status, version=status.version + number)
            began = time.perf_counter_ns()
            connection.publish(each.id, encode(each))
            took.append(time.perf_counter_ns() - began)
            time.sleep(PAUSE_S)
    return _numbers(took, prefix)


def _numbers(took: list[int], prefix: str) -> dict[str, float]:
    ordered = sorted(took)
    return {
        f"{prefix}median_us": ordered[len(ordered) // 2] / 1e3,
        f"{prefix}p99_us": ordered[int(len(ordered) * 0.99)] / 1e3,
    }


def _transcription(rig: Rig, owner: str) -> dict[str, float]:
    """Run a real transcription, from the queue to its final status, with its own database and storage."""
    data = rig.folder / "transcription"
    (data / "audio").mkdir(parents=True)
    shutil.copy(RECORDING, data / "audio" / "recording")
    settings = Settings(data_dir=str(data))
    migrations.upgrade(settings.database)
    database, publisher, session = SyncDatabase(settings.database), Timed(rig.redis_port), new_id()
    context = WorkerContext(
        database=database,
        storage=Storage.from_url(settings.storage),
        engines=Engines([settings.model], lambda name: FasterWhisper(name, settings.data)),
        publisher=publisher,
        scratch=rig.folder,
    )
    try:
        database.run(_queue, owner, session)
        began = time.perf_counter()
        transcribe(context)
        wall_s = time.perf_counter() - began
        state = database.run(repository.get, session, owner).status.state
        if state != State.COMPLETED:
            raise RuntimeError(f"the transcription {state}")
    finally:
        publisher.close()
        database.close()
    return {
        "wall_s": wall_s,
        "updates": len(publisher.took),
        "share_percent": sum(publisher.took) / 1e9 / wall_s * 100,
    }


def _queue(db: Db, owner: str, id: str) -> None:
    db.execute(insert(UserRow), [product.person(0, owner)])
    repository.create(db, NewSession(id=id, owner_id=owner, filename="a.opus", size_bytes=1, audio_key="recording"))
