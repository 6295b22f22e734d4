"""When a credential was used last is noted, seldom, and nobody waits for it."""

import asyncio
from collections.abc import Mapping

import pytest
from quart import Quart

from playhead.accounts.models import Credential
from playhead.accounts.repository import create_token, list_tokens
from playhead.accounts.usage import EVERY_S, Usage
from playhead.db import Database, DatabaseGone
from tests.support.waiting import async_until
from tests.unit.accounts.rooms import sign_up

TOKEN = Credential("token", "digest")


class Busy(Database):
    """Its writes wait until they are let on, and then fail, if they are told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.go_on = asyncio.Event()

    async def run(self, *_: object, **__: object) -> None:  # type: ignore[override]
        self.asked += 1
        await self.go_on.wait()
        raise DatabaseGone("somebody else writes")


async def test_use_is_noted(app: Quart, database: Database) -> None:
    person = await sign_up(app.test_client())
    await database.run(create_token, person, "CI", TOKEN.digest)
    usage = Usage(database)
    usage.note(TOKEN)
    await async_until(nothing_is_written)
    (token,) = await database.run(list_tokens, person)
    assert token.last_used_at is not None


def nothing_is_written() -> bool:
    return "note-use" not in {task.get_name() for task in asyncio.all_tasks()}


@pytest.mark.parametrize(("every_s", "notes"), [(EVERY_S, 3), ({"login": 0, "token": 0}, 4)], ids=["seldom", "always"])
async def test_each_credential_is_noted_seldom(every_s: Mapping[str, float], notes: int) -> None:
    busy = Busy()
    usage = Usage(busy, every_s=every_s)
    for credential in (Credential("login", "digest"), TOKEN, TOKEN, Credential("token", "another")):
        usage.note(credential)
    busy.go_on.set()
    await async_until(nothing_is_written)
    assert busy.asked == notes
