"""Commands that end a person's login reach the processes that serve their streams."""

import asyncio
from pathlib import Path

from click.testing import CliRunner

from playhead.accounts.repository import find
from playhead.cli import main
from playhead.db import SyncDatabase
from playhead.live.broker.ports import LoginEnded
from tests.support.pubsub_broker import valkey_broker
from tests.support.valkey import valkey
from tests.support.waiting import async_until

EMAIL = "ada@example.org"


async def test_ended_login_is_published_on_the_embedded_server(tmp_path: Path) -> None:
    environ: dict[str, str | None] = {**dict.fromkeys(("REDIS_URL", "DATABASE_URL")), "DATA_DIR": str(tmp_path)}

    async def playhead(*words: str) -> None:
        done = await asyncio.to_thread(CliRunner().invoke, main, ["user", *words], env=environ)
        assert done.exit_code == 0, done.output

    await playhead("create", EMAIL, "--password", "correct horse battery")  # works without a subscriber
    await playhead("admin", EMAIL)
    database = SyncDatabase(f"sqlite:///{tmp_path}/playhead.db")
    person = await asyncio.to_thread(database.run, find, EMAIL)
    database.close()
    assert person is not None
    with valkey(tmp_path / "valkey") as redis:
        broker = valkey_broker(redis.url)
        listener = await broker.listener("a session")
        await playhead("admin", EMAIL, "--revoke")
        await async_until(lambda: LoginEnded(person.id) in listener.received)
        listener.received.clear()
        await playhead("disable", EMAIL)
        await async_until(lambda: LoginEnded(person.id) in listener.received)
        listener.received.clear()
        await playhead("remove", EMAIL, "--yes")
        await async_until(lambda: LoginEnded(person.id) in listener.received)
        await broker.close()
