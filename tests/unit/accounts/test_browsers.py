"""Guessing is slow from everywhere together, and no stranger's guessing locks the owner out."""

from collections.abc import AsyncIterator

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from playhead.config import Settings
from playhead.db import Database
from tests.unit.accounts.rooms import OURS, PASSWORD, accounts_of, app_of, sign_up

ATTEMPTS = 3


@pytest.fixture
async def app(settings: Settings, database: Database) -> AsyncIterator[Quart]:
    app = app_of(settings, database, accounts_of(database, attempts=f"{ATTEMPTS}/hour"))
    async with app.test_app():
        yield app


async def attempt(client: Client, password: str, email: str = "ada@example.org") -> int:
    login = {"email": email, "password": password}
    return (await client.post("/api/v1/auth/login", json=login, headers=OURS)).status_code


async def test_strangers_share_one_count_in_which_the_right_password_counts_too(app: Quart) -> None:
    await sign_up(app.test_client())
    assert [await attempt(app.test_client(), f"wrong {n}") for n in range(ATTEMPTS)] == [401] * ATTEMPTS
    assert await attempt(app.test_client(), PASSWORD, " ADA@example.org") == 429
    assert await attempt(app.test_client(), PASSWORD, "eve@example.org") == 401


async def test_owner_gets_in_from_a_browser_that_was_in_before(app: Quart) -> None:
    owner = app.test_client()
    await sign_up(owner)
    for n in range(ATTEMPTS + 1):
        await attempt(app.test_client(), f"wrong {n}")
    assert await attempt(owner, PASSWORD) == 200


async def test_own_browser_is_bounded_too_and_known_for_its_own_account_only(app: Quart) -> None:
    eve = app.test_client()
    await sign_up(app.test_client())
    await sign_up(eve, "eve@example.org")
    assert [await attempt(eve, "wrong", "eve@example.org") for _ in range(ATTEMPTS + 1)] == [401] * ATTEMPTS + [429]
    assert [await attempt(eve, "wrong") for _ in range(ATTEMPTS)] == [401] * ATTEMPTS
    assert await attempt(app.test_client(), "wrong") == 429


async def test_cookie_that_was_made_up_is_worth_nothing(app: Quart) -> None:
    await sign_up(app.test_client())
    statuses = []
    for n in range(ATTEMPTS + 1):
        client = app.test_client()
        client.set_cookie("localhost", "playhead-browser", f"WyJhIiwiYiJd.{n}", path="/api/v1/auth")
        statuses.append(await attempt(client, "wrong"))
    assert statuses == [401] * ATTEMPTS + [429]
