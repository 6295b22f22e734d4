import pytest
from quart import Quart

from playhead.accounts.access import access_of
from playhead.accounts.limits import limit_of
from playhead.accounts.models import Credential, User
from playhead.accounts.repository import TOKENS_PER_USER, create_token, delete_user, find, set_admin
from playhead.db import Database
from tests.unit.accounts.rooms import OURS, PASSWORD, Ears, code, logins_of, sign_up

MINE = "/api/v1/tokens"
"""What one must be signed in to see."""


async def test_registering_signs_in(app: Quart, database: Database) -> None:
    client = app.test_client()
    person = await sign_up(client, " Ada@Example.org ")
    assert (await client.get(MINE)).status_code == 200
    assert await database.run(find, person) == User(person, "ada@example.org", is_admin=False)


async def test_email_is_taken_whatever_its_case(app: Quart) -> None:
    client = app.test_client()
    await sign_up(client)
    again = {"email": "ADA@example.org", "password": PASSWORD}
    assert await code(await client.post("/api/v1/auth/register", json=again, headers=OURS)) == (409, "email_taken")


@pytest.mark.parametrize("email", ["", "ada", "ada@", "ada@host", "a da@example.org", "a@b@example.org", "a" * 300])
async def test_what_is_no_email_is_refused(app: Quart, email: str) -> None:
    response = await app.test_client().post(
        "/api/v1/auth/register", json={"email": email, "password": PASSWORD}, headers=OURS
    )
    assert await code(response) == (400, "bad_email")


async def test_weak_password_is_refused(app: Quart) -> None:
    weak = {"email": "ada@example.org", "password": "short"}
    response = await app.test_client().post("/api/v1/auth/register", json=weak, headers=OURS)
    assert await code(response) == (400, "weak_password")


async def test_incomplete_body_is_refused(app: Quart) -> None:
    response = await app.test_client().post("/api/v1/auth/register", json={"email": "a@b.org"}, headers=OURS)
    assert await code(response) == (400, "invalid")


async def test_signing_in_needs_the_right_password(app: Quart) -> None:
    await sign_up(app.test_client())
    client = app.test_client()
    for email, password in (("ada@example.org", "wrong horse"), ("nobody@example.org", PASSWORD)):
        response = await client.post("/api/v1/auth/login", json={"email": email, "password": password}, headers=OURS)
        assert await code(response) == (401, "wrong_credentials")
    right = {"email": "Ada@example.org", "password": PASSWORD}
    assert (await client.post("/api/v1/auth/login", json=right, headers=OURS)).status_code == 200
    assert (await client.get(MINE)).status_code == 200


async def test_signing_out_ends_the_login_on_the_server(app: Quart, ears: Ears) -> None:
    client = app.test_client()
    person = await sign_up(client)
    assert client.cookie_jar is not None
    stolen = next(cookie for cookie in client.cookie_jar if cookie.name == "playhead")
    response = await client.post("/api/v1/auth/logout", headers=OURS)
    assert response.status_code == 204
    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert ears.signed_out == [person]
    thief = app.test_client()
    thief.set_cookie("localhost", "playhead", stolen.value or "")
    assert await code(await thief.get(MINE)) == (401, "not_signed_in")


async def test_signing_in_again_ends_the_login_before(app: Quart, ears: Ears) -> None:
    client = app.test_client()
    person = await sign_up(client)
    assert ears.signed_out == []
    assert client.cookie_jar is not None
    before = next(cookie for cookie in client.cookie_jar if cookie.name == "playhead").value or ""
    credentials = {"email": "ada@example.org", "password": PASSWORD}
    await client.post("/api/v1/auth/login", json=credentials, headers=OURS)
    old = app.test_client()
    old.set_cookie("localhost", "playhead", before)
    assert (await old.get(MINE)).status_code == 401
    assert ears.signed_out == [person]
    assert (await client.get(MINE)).status_code == 200


async def test_token_works_until_it_is_deleted(app: Quart, ears: Ears) -> None:
    client = app.test_client()
    person = await sign_up(client)
    made = await (await client.post("/api/v1/tokens", json={"name": "CI\n"}, headers=OURS)).get_json()
    assert made["name"] == "CI"
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    robot = app.test_client()
    assert (await robot.get(MINE, headers=bearer)).status_code == 200
    listed = (await (await robot.get("/api/v1/tokens", headers=bearer)).get_json())["tokens"]
    assert [token["name"] for token in listed] == ["CI"]
    assert "secret" not in listed[0]
    # A bearer needs no protection from other sites: no page can make a browser send it.
    assert (await robot.delete(f"/api/v1/tokens/{made['id']}", headers=bearer)).status_code == 204
    assert ears.signed_out == [person]
    assert await code(await robot.get(MINE, headers=bearer)) == (401, "not_signed_in")


async def test_token_of_someone_else_cannot_be_deleted(app: Quart) -> None:
    ada, eve = app.test_client(), app.test_client()
    await sign_up(ada)
    await sign_up(eve, "eve@example.org")
    made = await (await ada.post("/api/v1/tokens", json={"name": "CI"}, headers=OURS)).get_json()
    assert await code(await eve.delete(f"/api/v1/tokens/{made['id']}", headers=OURS)) == (404, "token_not_found")


@pytest.mark.parametrize("name", ["", " \n", "x" * 81])
async def test_token_needs_a_name(app: Quart, name: str) -> None:
    client = app.test_client()
    await sign_up(client)
    assert await code(await client.post("/api/v1/tokens", json={"name": name}, headers=OURS)) == (400, "bad_name")


async def test_tokens_are_bounded(app: Quart, database: Database) -> None:
    client = app.test_client()
    person = await sign_up(client)
    for n in range(TOKENS_PER_USER):
        await database.run(create_token, person, "CI", f"digest {n}")
    response = await client.post("/api/v1/tokens", json={"name": "CI"}, headers=OURS)
    assert await code(response) == (409, "too_many_tokens")


async def test_login_of_a_deleted_person_is_worth_nothing(app: Quart, database: Database) -> None:
    client = app.test_client()
    await database.run(delete_user, await sign_up(client))
    assert await code(await client.get(MINE)) == (401, "not_signed_in")


async def test_admin_is_made_by_email(app: Quart, database: Database) -> None:
    client = app.test_client()
    await sign_up(client)
    assert await database.run(set_admin, "ada@example.org", True)
    assert not await database.run(set_admin, "nobody@example.org", True)
    found = await database.run(find, " Ada@example.org")
    assert found is not None
    assert found.is_admin


async def test_stream_learns_that_its_token_is_gone(app: Quart, database: Database) -> None:
    person = await sign_up(app.test_client())
    await database.run(create_token, person, "CI", "digest")
    token = Credential("token", "digest")
    assert await logins_of(database).load(token)
    await database.run(delete_user, person)
    assert not await logins_of(database).load(token)


def test_every_route_says_who_may_call_it_and_how_often(app: Quart) -> None:
    for name, view in app.view_functions.items():
        if name.startswith("accounts."):
            assert access_of(view), name
            assert limit_of(view), name


async def test_documentation_names_every_route(app: Quart) -> None:
    paths = (await (await app.test_client().get("/api/v1/openapi.json")).get_json())["paths"]
    assert {"/api/v1/auth/register", "/api/v1/tokens/{id}"} <= paths.keys()
    assert paths["/api/v1/tokens"]["get"]["security"] == [{"cookie": []}, {"token": []}]
    assert paths["/api/v1/tokens"]["post"]["security"] == [{"cookie": []}], "a token makes no tokens"
