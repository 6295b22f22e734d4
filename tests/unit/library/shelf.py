"""Helpers that upload a session and process it partly, for tests of a person's sessions."""

from typing import Any

import msgspec
from quart.typing import TestClientProtocol as Client

from playhead.sessions import attempts
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, State, Status
from tests.unit.uploads.world import World, send


async def uploaded(client: Client, filename: str = "talk.flac") -> str:
    made: dict[str, str] = await (await send(client, filename=filename)).get_json()
    return f"/api/v1/sessions/{made['id']}"


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


async def running(world: World, path: str, segments: int = 0) -> Status:
    """Claim the session as a worker does, and save some segments."""
    session = await world.database.run(attempts.claim, id_of(path), "an engine")
    status = msgspec.structs.replace(
        session.status, version=session.status.version + 1, stage=Stage.TRANSCRIBING, segments=segments
    )
    words = [Segment(n, float(n), n + 0.5, f"Word {n}.") for n in range(segments)]
    await world.database.run(attempts.save, status, words, language="en")
    return status


async def completed(world: World, path: str, segments: int = 0) -> None:
    status = await running(world, path, segments)
    done = msgspec.structs.replace(
        status, version=status.version + 1, state=State.COMPLETED, stage=Stage.COMPLETED, progress=1.0
    )
    await world.database.run(attempts.save, done)


async def read(client: Client, path: str) -> Any:
    response = await client.get(path)
    assert response.status_code == 200
    return await response.get_json()
