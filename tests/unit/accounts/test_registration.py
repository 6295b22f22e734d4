"""Who may make an account: everybody, those with an invite, or nobody."""

from datetime import timedelta
from typing import Any

import pytest
from quart import Response

from playhead.accounts.guards import digest
from playhead.accounts.invites import create_invite, new_secret
from playhead.accounts.registration import Registration
from playhead.config import Settings
from playhead.db import Database
from tests.unit.accounts.rooms import OURS, PASSWORD, accounts_of, app_of, code


async def register(
    settings: Settings, database: Database, registration: Registration, email: str = "ada@example.org", **given: Any
) -> Response:
    app = app_of(settings, database, accounts_of(database, registration=registration))
    body = {"email": email, "password": PASSWORD, **given}
    return await app.test_client().post("/api/v1/auth/register", json=body, headers=OURS)


async def invite(database: Database, lifetime: timedelta = timedelta(days=1)) -> str:
    secret = new_secret()
    await database.run(create_invite, digest(secret), lifetime)
    return secret


@pytest.mark.parametrize("given", [{}, {"invite": None}, {"invite": ""}])
async def test_invite_is_needed_by_invite_only(settings: Settings, database: Database, given: dict[str, Any]) -> None:
    answer = await register(settings, database, Registration(mode="invite", support_contact="Bob"), **given)
    assert await code(answer) == (403, "registration_closed")
    assert (await answer.get_json())["detail"] == "An account needs an invite here: ask Bob for one."


async def test_invite_makes_one_account(settings: Settings, database: Database) -> None:
    secret, rule = await invite(database), Registration(mode="invite")
    assert (await register(settings, database, rule, invite=f" {secret} ")).status_code == 201
    again = await register(settings, database, rule, email="bob@example.org", invite=secret)
    assert await code(again) == (400, "bad_invite")


async def test_invite_outlives_a_refused_registration(settings: Settings, database: Database) -> None:
    rule = Registration(mode="invite")
    await register(settings, database, rule, invite=await invite(database))
    secret = await invite(database)
    assert await code(await register(settings, database, rule, invite=secret)) == (409, "email_taken")
    assert (await register(settings, database, rule, email="bob@example.org", invite=secret)).status_code == 201


@pytest.mark.parametrize("lifetime", [timedelta(0), -timedelta(days=1)])
async def test_expired_invite_is_refused(settings: Settings, database: Database, lifetime: timedelta) -> None:
    answer = await register(settings, database, Registration(mode="invite"), invite=await invite(database, lifetime))
    assert await code(answer) == (400, "bad_invite")


async def test_closed_registration_refuses_invites(settings: Settings, database: Database) -> None:
    answer = await register(settings, database, Registration(mode="closed"), invite=await invite(database))
    assert await code(answer) == (403, "registration_closed")


async def test_open_registration_keeps_the_invite(settings: Settings, database: Database) -> None:
    secret = await invite(database)
    assert (await register(settings, database, Registration(), invite=secret)).status_code == 201
    rule = Registration(mode="invite")
    assert (await register(settings, database, rule, email="bob@example.org", invite=secret)).status_code == 201


async def test_sign_in_page_can_read_the_rule(settings: Settings, database: Database) -> None:
    rule = Registration(mode="closed", support_contact="help@example.org")
    app = app_of(settings, database, accounts_of(database, registration=rule))
    answer = await app.test_client().get("/api/v1/site")
    assert await answer.get_json() == {"registration": "closed", "support_contact": "help@example.org"}
