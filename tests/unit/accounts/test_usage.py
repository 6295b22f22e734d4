"""When a credential was used last is noted, seldom, many at once, and nobody waits for it."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest
from quart import Quart
from structlog.testing import capture_logs

from playhead.accounts.models import Credential
from playhead.accounts.repository import create_token, list_tokens
from playhead.accounts.usage import EVERY_S, Gathering, Usage
from playhead.db import Database, DatabaseGone
from tests.support.waiting import async_until
from tests.unit.accounts.rooms import sign_up

TOKEN = Credential("token", "digest")
LOGIN = Credential("login", "digest")
MANY = [Credential("login", str(number)) for number in range(5)]
AT_ONCE = Gathering(wait_s=0)
"""A write begins as soon as it can."""
PATIENT = Gathering(wait_s=3600)
"""No write begins before the end of the process."""


class Busy(Database):
    """Its writes wait until they are let on, and then fail if they are told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[list[Credential]] = []
        self.go_on = asyncio.Event()
        self.fails = fails

    async def run(self, _query: Callable[..., Any], credentials: Collection[Credential]) -> None:  # type: ignore[override]
        self.asked.append(list(credentials))
        await self.go_on.wait()
        if self.fails:
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


@pytest.mark.parametrize(("every_s", "notes"), [(EVERY_S, 1), ({"login": 0, "token": 0}, 2)], ids=["seldom", "always"])
async def test_each_credential_is_noted_seldom(every_s: Mapping[str, float], notes: int) -> None:
    busy = Busy()
    busy.go_on.set()
    usage = Usage(busy, every_s, AT_ONCE)
    for credential in (LOGIN, TOKEN, Credential("token", "another"), TOKEN):
        usage.note(credential)
        await async_until(nothing_is_written)
    assert sum(TOKEN in written for written in busy.asked) == notes
    assert [LOGIN] in busy.asked


async def test_those_of_one_moment_are_one_transaction() -> None:
    busy = Busy()
    usage = Usage(busy, gathering=AT_ONCE)
    for credential in (*MANY, TOKEN):
        usage.note(credential)
    await async_until(lambda: busy.asked)
    assert busy.asked == [[*MANY, TOKEN]]


async def test_those_during_a_write_are_the_next_transaction() -> None:
    busy = Busy()
    usage = Usage(busy, gathering=AT_ONCE)
    usage.note(TOKEN)
    await async_until(lambda: busy.asked)
    for credential in MANY:
        usage.note(credential)
    busy.go_on.set()
    await async_until(nothing_is_written)
    assert busy.asked == [[TOKEN], MANY]


async def test_transaction_is_bounded_and_the_rest_follows() -> None:
    busy = Busy()
    busy.go_on.set()
    usage = Usage(busy, gathering=replace(AT_ONCE, most=2))
    for credential in MANY:
        usage.note(credential)
    await async_until(nothing_is_written)
    assert busy.asked == [MANY[:2], MANY[2:4], MANY[4:]]


async def test_failure_is_logged_once_for_all_and_the_next_are_written() -> None:
    busy = Busy(fails=True)
    busy.go_on.set()
    usage = Usage(busy, gathering=AT_ONCE)
    with capture_logs() as lines:
        for credential in MANY:
            usage.note(credential)
        await async_until(nothing_is_written)
    assert [(line["count"], line["error"]) for line in lines] == [(len(MANY), "somebody else writes")]
    busy.fails = False
    usage.note(TOKEN)
    await async_until(nothing_is_written)
    assert busy.asked == [MANY, [TOKEN]]


async def test_end_of_the_process_writes_what_was_noted_at_once() -> None:
    busy = Busy()
    busy.go_on.set()
    usage = Usage(busy, gathering=PATIENT)
    usage.note(TOKEN)
    await usage.close()
    assert busy.asked == [[TOKEN]]
    assert nothing_is_written()


async def test_app_writes_what_was_noted_before_it_ends(app: Quart, database: Database) -> None:
    client = app.test_client()
    await sign_up(client)
    assert (await client.get("/api/v1/tokens")).status_code == 200
    await app.shutdown()
    assert nothing_is_written()


async def test_database_that_does_not_answer_holds_no_end_up() -> None:
    busy = Busy()
    usage = Usage(busy, gathering=replace(PATIENT, close_s=0))
    usage.note(TOKEN)
    await usage.close()
    assert not nothing_is_written()
    busy.go_on.set()
    await async_until(nothing_is_written)


async def test_end_without_any_use_waits_for_nothing() -> None:
    await Usage(Busy(), gathering=PATIENT).close()
