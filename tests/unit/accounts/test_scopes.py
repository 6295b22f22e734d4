"""What an API token may do: read or also change, until its end, and nothing that needs a login."""

from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from playhead.accounts.guards import digest
from playhead.accounts.repository import create_token
from playhead.db import Database
from playhead.live.clock import now
from tests.unit.accounts.rooms import OURS, PASSWORD, Ears, code, sign_up

TOKENS = "/api/v1/tokens"
NEEDS_LOGIN = [
    ("POST", "/auth/logout", None),
    ("POST", "/auth/password", {"password": PASSWORD, "new_password": "another horse battery"}),
    ("POST", "/tokens", {"name": "more"}),
    ("GET", "/logins", None),
    ("DELETE", "/logins", None),
    ("DELETE", f"/logins/{uuid4()}", None),
]


async def make(client: Client, **fields: object) -> tuple[dict[str, str], dict[str, object]]:
    """Makes a token; returns the header that sends it, and its document."""
    made = await (await client.post(TOKENS, json={"name": "CI"} | fields, headers=OURS)).get_json()
    return {"Authorization": f"Bearer {made['secret']}"}, made


async def test_token_without_a_scope_may_change_and_has_no_end(app: Quart) -> None:
    client = app.test_client()
    await sign_up(client)
    bearer, made = await make(client)
    assert (made["scope"], made["expires_at"]) == ("write", None)
    assert (await app.test_client().delete(f"{TOKENS}/{made['id']}", headers=bearer)).status_code == 204


async def test_read_token_may_only_get(app: Quart) -> None:
    client, robot = app.test_client(), app.test_client()
    await sign_up(client)
    bearer, made = await make(client, scope="read")
    for method in ("GET", "HEAD"):
        assert (await robot.open(TOKENS, method=method, json=None, headers=bearer)).status_code == 200
    assert await code(await robot.delete(f"{TOKENS}/{made['id']}", headers=bearer)) == (403, "token_scope")
    again = {"email": "ada@example.org", "password": PASSWORD}
    answer = await robot.post("/api/v1/auth/login", json=again, headers=bearer)
    assert await code(answer) == (403, "token_scope")


@pytest.mark.parametrize("scope", ["read", "write"])
async def test_token_does_nothing_that_needs_a_login(app: Quart, ears: Ears, scope: str) -> None:
    client, robot = app.test_client(), app.test_client()
    await sign_up(client)
    bearer, _ = await make(client, scope=scope)
    for method, path, body in NEEDS_LOGIN:
        answer = await robot.open(f"/api/v1{path}", method=method, json=body, headers=bearer)
        assert await code(answer) == (403, "login_required"), path
    assert ears.signed_out == []
    assert (await client.get("/api/v1/logins")).status_code == 200


async def test_expired_token_is_refused(app: Quart, database: Database) -> None:
    client = app.test_client()
    person = await sign_up(client)
    for secret, ends_in, status in (("ph_old", -1, 401), ("ph_young", 1, 200)):
        ends_at = now() + timedelta(minutes=ends_in)
        await database.run(create_token, person, "CI", digest(secret), "write", ends_at)
        answer = await app.test_client().get(TOKENS, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == status
    assert len((await (await client.get(TOKENS)).get_json())["tokens"]) == 2, "its owner sees why a program stopped"


async def test_end_of_a_token_is_kept_in_utc(app: Quart) -> None:
    client = app.test_client()
    await sign_up(client)
    tomorrow = now() + timedelta(days=1)
    await make(client, expires_at=tomorrow.astimezone(timezone(timedelta(hours=2))).isoformat())
    (listed,) = (await (await client.get(TOKENS)).get_json())["tokens"]
    assert datetime.fromisoformat(listed["expires_at"]) == tomorrow
    assert listed["expires_at"].endswith("Z")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "bad_expiry"),
        ({"expires_at": "2999-01-01T00:00:00"}, "invalid"),
        ({"expires_at": "0001-01-01T00:00:00+23:59"}, "bad_expiry"),
        ({"expires_at": "9999-12-31T23:59:59-23:59"}, "bad_expiry"),
        ({"scope": "all"}, "invalid"),
        ({"scope": None}, "invalid"),
    ],
)
async def test_wrong_scope_or_end_is_refused(app: Quart, fields: dict[str, object], refusal: str) -> None:
    client = app.test_client()
    await sign_up(client)
    answer = await client.post(TOKENS, json={"name": "CI"} | fields, headers=OURS)
    assert await code(answer) == (400, refusal)
