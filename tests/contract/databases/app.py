"""The whole web app on a database, without a network: no Redis, statuses in memory, a queue that drops its tasks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from quart import Quart, Response
from quart.typing import TestClientProtocol as Client

from playhead.accounts.passwords import Passwords
from playhead.accounts.tickets.memory import MemoryTicketStore
from playhead.config import load
from playhead.ids import new_id
from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.monitoring.paths.memory import MemoryPathStore
from playhead.sessions import repository
from playhead.sessions.models import NewSession, Session
from playhead.sessions.status import Status
from playhead.web import Parts, create_app
from tests.support.fakes import Tasks
from tests.support.passwords import CHEAP

OURS = {"X-Requested-With": "playhead"}
PASSWORD = "correct horse battery"
NO_REDIS = "redis://127.0.0.1:1/0"
ADDRESS = count(1)


@asynccontextmanager
async def web_app(folder: Path, database_url: str, **settings: str) -> AsyncIterator[Quart]:
    sender: MemorySender[Status] = MemorySender()
    given = {"DATA_DIR": str(folder), "DATABASE_URL": database_url, "REDIS_URL": NO_REDIS, "TRUSTED_HOPS": "1"}
    given |= settings
    app = create_app(
        load(given),
        subscriber=MemorySubscriber(sender),
        sender=sender,
        queue=Tasks(),
        paths=MemoryPathStore(),
        tickets=MemoryTicketStore(),
        passwords=Passwords(CHEAP),
    )
    async with app.test_app():
        yield app


async def ask(client: Client, method: str, path: str, headers: dict[str, str] | None = None, **given: Any) -> Response:
    """Sends a request from a new address, so that limits per address do not apply; reads the whole response."""
    number = next(ADDRESS)
    ours = OURS | {"X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
    answer = await client.open(path, method=method, headers=ours | (headers or {}), **given)
    await answer.get_data()
    return answer


async def sign_up(app: Quart, email: str) -> tuple[Client, str]:
    """Registers a person; returns a signed-in client and the person's id."""
    client = app.test_client()
    answer = await ask(client, "POST", "/api/v1/auth/register", json={"email": email, "password": PASSWORD})
    return client, (await answer.get_json())["id"]


async def queued(app: Quart, owner_id: str) -> Session:
    """Creates a waiting session of this person."""
    parts: Parts = app.extensions["playhead"]
    fields: dict[str, Any] = {"filename": "a", "size_bytes": 1, "audio_key": "audio/1"}
    return await parts.database.run(repository.create, NewSession(id=new_id(), owner_id=owner_id, **fields))


def routes_with(app: Quart, *parameters: str) -> list[tuple[str, str]]:
    """All pairs of method and rule whose rule holds one of these parameters."""
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
        if any(parameter in rule.rule for parameter in parameters)
    ]
