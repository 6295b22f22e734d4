"""A changed password needs the old one, and ends all other logins."""

from collections.abc import AsyncIterator

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from playhead.config import Settings
from playhead.db import Database
from tests.unit.accounts.rooms import OURS, PASSWORD, Ears, accounts_of, app_of, code, sign_in, sign_up

NEW = "another horse battery"
ATTEMPTS = 3


@pytest.fixture
async def app(settings: Settings, database: Database, ears: Ears) -> AsyncIterator[Quart]:
    app = app_of(settings, database, accounts_of(database, ears, attempts=f"{ATTEMPTS}/hour"))
    async with app.test_app():
        yield app


async def change(client: Client, old: str = PASSWORD, new: str = NEW) -> tuple[int, str]:
    body = {"password": old, "new_password": new}
    response = await client.post("/api/v1/auth/password", json=body, headers=OURS)
    return (204, "") if response.status_code == 204 else await code(response)


async def test_password_change_ends_all_other_logins(app: Quart, ears: Ears) -> None:
    here, elsewhere, eve = app.test_client(), app.test_client(), app.test_client()
    person = await sign_up(here)
    await sign_up(eve, "eve@example.org")
    await sign_in(elsewhere)
    assert await change(here) == (204, "")
    assert ears.signed_out == [person]
    statuses = [(await client.get("/api/v1/logins")).status_code for client in (here, elsewhere, eve)]
    assert statuses == [200, 401, 200]
    assert await sign_in(app.test_client()) == 401
    assert await sign_in(app.test_client(), password=NEW) == 200


async def test_password_change_keeps_api_tokens(app: Quart) -> None:
    client = app.test_client()
    await sign_up(client)
    made = await (await client.post("/api/v1/tokens", json={"name": "CI"}, headers=OURS)).get_json()
    assert await change(client) == (204, "")
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert (await app.test_client().get("/api/v1/tokens", headers=bearer)).status_code == 200


async def test_changed_password_needs_the_old_one(app: Quart, ears: Ears) -> None:
    client = app.test_client()
    await sign_up(client)
    assert await change(client, old="wrong horse") == (401, "wrong_credentials")
    assert ears.signed_out == []
    assert await sign_in(client) == 200


async def test_changed_password_may_not_be_weak(app: Quart) -> None:
    client = app.test_client()
    await sign_up(client)
    assert await change(client, new="password1") == (400, "weak_password")
    assert await sign_in(client) == 200


async def test_wrong_old_password_is_limited_like_a_sign_in(app: Quart) -> None:
    client = app.test_client()
    await sign_up(client)
    assert [await sign_in(client, password="wrong") for _ in range(ATTEMPTS - 1)] == [401] * (ATTEMPTS - 1)
    assert await change(client, old="wrong") == (401, "wrong_credentials")
    assert await change(client) == (429, "too_many_requests")


async def test_stranger_changes_no_password(app: Quart) -> None:
    assert await change(app.test_client()) == (401, "not_signed_in")
