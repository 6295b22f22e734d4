"""What admins do about people, over HTTP and on both kinds of database, and that nobody else may."""

import asyncio
from typing import Any

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from playhead.accounts.guards import digest
from playhead.accounts.invites import create_invited_user
from playhead.accounts.repository import create_user, set_admin
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.inbox import Signal
from tests.contract.databases.app import PASSWORD, ask, queued, routes_with, sign_up

ADMIN, BOB = "admin@example.com", "bob@example.com"


@pytest.fixture
async def admin(app: Quart, database: SyncDatabase) -> Client:
    client, _ = await sign_up(app, ADMIN)
    # In a thread: on SQLite it may wait for a background job of the app, which ends its transaction in the event loop.
    await asyncio.to_thread(database.run, set_admin, ADMIN, True)
    return client


async def read(client: Client, path: str, method: str = "GET", **given: Any) -> Any:
    answer = await ask(client, method, f"/api/v1/admin/{path}", **given)
    assert answer.status_code in (200, 201), await answer.get_data()
    return await answer.get_json()


async def refused(client: Client, method: str, path: str, **given: Any) -> tuple[int, str]:
    answer = await ask(client, method, f"/api/v1{path}", **given)
    return answer.status_code, (await answer.get_json())["code"]


@pytest.mark.parametrize("kind", ["cookie", "token", "anonymous"])
async def test_every_admin_route_is_for_admins(app: Quart, kind: str) -> None:
    """Generated over the routes: a new one is tested without being named here."""
    client, person = await sign_up(app, "eve@example.com")
    headers = {}
    if kind == "token":
        made = await ask(client, "POST", "/api/v1/tokens", json={"name": "mine"})
        headers = {"Authorization": f"Bearer {(await made.get_json())['secret']}"}
    client = client if kind == "cookie" else app.test_client()
    routes = routes_with(app, "/api/v1/admin/")
    assert len(routes) >= 8
    for method, rule in routes:
        path = rule.removeprefix("/api/v1").replace("<who>", person).replace("<order:action>", "start")
        expected = (401, "not_signed_in") if kind == "anonymous" else (403, "admins_only")
        if method != "HEAD":
            given: dict[str, Any] = {} if method == "GET" else {"json": {}}
            assert await refused(client, method, path, headers=headers, **given) == expected, f"{method} {rule}"


async def test_unknown_person_is_one_code_on_every_route(app: Quart, admin: Client) -> None:
    for method, rule in routes_with(app, "<who>"):
        if method == "HEAD":
            continue
        for who in (new_id(), "nobody@example.com", "%00"):
            path = rule.removeprefix("/api/v1").replace("<who>", who)
            given: dict[str, Any] = {} if method == "GET" else {"json": {}}
            assert await refused(admin, method, path, **given) == (404, "user_not_found"), f"{method} {path}"


async def test_people_are_listed_with_what_they_use(app: Quart, admin: Client) -> None:
    _, bob_id = await sign_up(app, BOB)
    await queued(app, bob_id)
    page = await read(admin, "users?search=BOB%40example.com")
    assert page["next_cursor"] is None
    (bob,) = page["users"]
    assert (bob["id"], bob["email"], bob["is_admin"], bob["disabled_at"]) == (bob_id, BOB, False, None)
    assert bob["own_quota"] == {"bytes": None, "hours": None, "queued": None}
    assert bob["quota"] == {
        "bytes": {"used": 1, "allowed": 50_000_000_000},
        "hours_today": {"used": 0, "allowed": 24},
        "queued": {"used": 1, "allowed": 100},
        "running": {"used": 0, "allowed": None},
    }


async def test_search_takes_every_letter_as_itself(admin: Client) -> None:
    for search in ("%25", "_", "%00", "'; --"):
        found = (await read(admin, f"users?search={search}"))["users"]
        assert found == [] or search == "%00", search  # which is no letter, and is left out


async def test_list_has_pages(app: Quart, admin: Client, database: SyncDatabase) -> None:
    for number in range(60):
        await asyncio.to_thread(database.run, create_user, f"p{number:02}@paged.example", "")
    first = await read(admin, "users?search=paged")
    second = await read(admin, f"users?search=paged&cursor={first['next_cursor']}")
    emails = [user["email"] for user in first["users"] + second["users"]]
    assert emails == [f"p{number:02}@paged.example" for number in reversed(range(60))]
    assert second["next_cursor"] is None


async def test_own_quota_holds_for_uploads_and_is_shown_to_its_owner(app: Quart, admin: Client) -> None:
    bob, _ = await sign_up(app, BOB)
    person = await read(admin, f"users/{BOB}/quota", "PUT", json={"queued": 0, "hours": 1.5})
    assert person["own_quota"] == {"bytes": None, "hours": 1.5, "queued": 0}
    assert person["quota"]["queued"]["allowed"] is None
    me = await (await ask(bob, "GET", "/api/v1/me")).get_json()
    assert me["quota"] == person["quota"]


async def test_quota_that_is_none_is_refused(admin: Client) -> None:
    quotas: list[dict[str, Any]] = [{"bytes": -1}, {"hours": "many"}, {"queued": 1.5}, {"queued": 2**31}]
    for quota in quotas:
        assert await refused(admin, "PUT", f"/admin/users/{ADMIN}/quota", json=quota) == (400, "invalid"), quota


async def test_disabled_person_is_refused_everywhere_until_enabled(app: Quart, admin: Client) -> None:
    bob, _ = await sign_up(app, BOB)
    secret = (await (await ask(bob, "POST", "/api/v1/tokens", json={"name": "mine"})).get_json())["secret"]
    token = {"Authorization": f"Bearer {secret}"}
    credentials = {"email": BOB, "password": PASSWORD}
    assert (await read(admin, f"users/{BOB}/disable", "POST"))["disabled_at"] is not None
    program = app.test_client()
    assert await refused(bob, "GET", "/me") == (401, "not_signed_in")
    assert await refused(bob, "POST", "/auth/login", json=credentials) == (403, "account_disabled")
    assert await refused(program, "GET", "/me", headers=token) == (403, "account_disabled")
    wrong = credentials | {"password": "wrong horse battery"}
    assert await refused(bob, "POST", "/auth/login", json=wrong) == (401, "wrong_credentials")
    assert (await read(admin, f"users/{BOB}/enable", "POST"))["disabled_at"] is None
    assert (await ask(program, "GET", "/api/v1/me", headers=token)).status_code == 200
    assert (await ask(bob, "POST", "/api/v1/auth/login", json=credentials)).status_code == 200


@pytest.mark.parametrize("deed", ["disable", "sign-out"])
async def test_open_streams_of_the_person_check_their_login(app: Quart, admin: Client, deed: str) -> None:
    _, bob_id = await sign_up(app, BOB)
    with app.extensions["playhead"].hub.subscribe("a session", bob_id) as inbox:
        await read(admin, f"users/{BOB}/{deed}", "POST")
        async with asyncio.timeout(5):
            while await inbox.take() is not Signal.LOGIN:
                pass


async def test_admin_cannot_disable_themselves(admin: Client) -> None:
    assert await refused(admin, "POST", f"/admin/users/{ADMIN}/disable") == (409, "own_account")


async def test_signing_out_ends_logins_and_keeps_tokens(app: Quart, admin: Client) -> None:
    bob, _ = await sign_up(app, BOB)
    secret = (await (await ask(bob, "POST", "/api/v1/tokens", json={"name": "mine"})).get_json())["secret"]
    await read(admin, f"users/{BOB}/sign-out", "POST")
    assert await refused(bob, "GET", "/me") == (401, "not_signed_in")
    token = {"Authorization": f"Bearer {secret}"}
    assert (await ask(app.test_client(), "GET", "/api/v1/me", headers=token)).status_code == 200


async def test_invite_makes_an_account(admin: Client, database: SyncDatabase) -> None:
    made = await read(admin, "invites", "POST", json={"days": 1})
    invited = await asyncio.to_thread(database.run, create_invited_user, BOB, "hash", digest(made["secret"]))
    assert invited.email == BOB


async def test_invite_for_no_time_is_refused(admin: Client) -> None:
    for days in (0, 366, "x"):
        assert await refused(admin, "POST", "/admin/invites", json={"days": days}) == (400, "invalid"), days
