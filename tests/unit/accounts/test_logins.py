"""People see where they are signed in, and end logins."""

from uuid import uuid4

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from playhead.accounts.guards import USER_AGENT_LENGTH
from tests.unit.accounts.rooms import OURS, Ears, code, sign_in, sign_up

LOGINS = "/api/v1/logins"


async def logins(client: Client) -> list[dict[str, object]]:
    response = await client.get(LOGINS)
    assert response.status_code == 200
    listed: list[dict[str, object]] = (await response.get_json())["logins"]
    return listed


async def test_list_has_every_browser_and_marks_the_one_that_asks(app: Quart) -> None:
    here, elsewhere, eve = app.test_client(), app.test_client(), app.test_client()
    await sign_up(here)
    await sign_up(eve, "eve@example.org")
    await sign_in(elsewhere, agent="Firefox")
    assert {(login["user_agent"], login["current"]) for login in await logins(elsewhere)} == {
        ("Firefox", True),
        ("Quart", False),
    }
    (own,) = await logins(eve)
    assert own["current"] is True
    assert own["address"]
    assert str(own["created_at"]) <= str(own["last_used_at"]) < str(own["expires_at"])


@pytest.mark.parametrize(("sent", "kept"), [("", None), ("x" * 300, "x" * USER_AGENT_LENGTH), ("a\tb", "ab")])
async def test_name_of_a_browser_is_bounded_and_printable(app: Quart, sent: str, kept: str | None) -> None:
    await sign_up(app.test_client())
    client = app.test_client()
    await sign_in(client, agent=sent)
    assert kept in [login["user_agent"] for login in await logins(client)]


async def test_login_is_ended_by_its_owner(app: Quart, ears: Ears) -> None:
    here, elsewhere = app.test_client(), app.test_client()
    person = await sign_up(here)
    await sign_in(elsewhere)
    (other,) = [login["id"] for login in await logins(here) if not login["current"]]
    assert (await here.delete(f"{LOGINS}/{other}", headers=OURS)).status_code == 204
    assert ears.signed_out == [person]
    assert await code(await elsewhere.get(LOGINS)) == (401, "not_signed_in")
    assert [login["current"] for login in await logins(here)] == [True]


async def test_sign_out_everywhere_else_keeps_the_login_that_asks(app: Quart, ears: Ears) -> None:
    here, elsewhere, eve = app.test_client(), app.test_client(), app.test_client()
    person = await sign_up(here)
    await sign_up(eve, "eve@example.org")
    await sign_in(elsewhere)
    assert (await here.delete(LOGINS, headers=OURS)).status_code == 204
    assert ears.signed_out == [person]
    assert [(await client.get(LOGINS)).status_code for client in (here, elsewhere, eve)] == [200, 401, 200]


async def test_login_of_someone_else_cannot_be_ended(app: Quart) -> None:
    ada, eve = app.test_client(), app.test_client()
    await sign_up(ada)
    await sign_up(eve, "eve@example.org")
    (of_ada,) = await logins(ada)
    for login in (of_ada["id"], uuid4()):
        assert await code(await eve.delete(f"{LOGINS}/{login}", headers=OURS)) == (404, "login_not_found")
    assert len(await logins(ada)) == 1
