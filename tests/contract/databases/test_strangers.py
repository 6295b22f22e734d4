"""Other people's sessions get exactly the responses of absent ones: status, body and headers, for every credential."""

from collections.abc import Callable
from typing import Any

import pytest
from quart import Quart, Response
from quart.typing import TestClientProtocol as Client

from playhead.accounts.access import access_of
from playhead.accounts.guards import SAFE_METHODS
from playhead.ids import new_id
from tests.contract.databases.app import ask, queued, routes_with, sign_up

CHANGING = {"x-request-id", "date"}
"""Headers that differ between any two responses."""

TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
"""Without them uploads are refused, whosever they are."""


async def seen(answer: Response) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in CHANGING}
    return answer.status_code, await answer.get_data(as_text=False), headers


async def credential(app: Quart, kind: str) -> tuple[Client, dict[str, str]]:
    """A client of a person without sessions, and the headers of its credential: a token has its scope as its kind."""
    client, _ = await sign_up(app, "eve@example.com")
    if kind == "cookie":
        return client, {}
    if kind == "anonymous":
        return app.test_client(), {}
    made = await ask(client, "POST", "/api/v1/tokens", json={"name": "mine", "scope": kind})
    return app.test_client(), {"Authorization": f"Bearer {(await made.get_json())['secret']}"}


def refusal(kind: str, method: str, view: Callable[..., Any]) -> int:
    """The status of the answer to this kind of credential for an id that is not its own."""
    access = access_of(view)
    assert access is not None
    if kind == "anonymous":
        return 401
    if access.kind == "canary" or (kind in ("read", "write") and access.kind == "login"):
        return 403
    return 403 if kind == "read" and method not in SAFE_METHODS else 404


@pytest.mark.parametrize("kind", ["cookie", "write", "read", "anonymous"])
async def test_foreign_id_is_answered_like_an_absent_one(app: Quart, kind: str) -> None:
    eve, headers = await credential(app, kind)
    bob, bob_id = await sign_up(app, "bob@example.com")
    session = await queued(app, bob_id)
    made = await ask(bob, "POST", "/api/v1/tokens", json={"name": "his"})
    token_id = (await made.get_json())["id"]
    login_id = (await (await ask(bob, "GET", "/api/v1/logins")).get_json())["logins"][0]["id"]
    routes = routes_with(app, "<id:id>")
    assert len(routes) >= 11
    views = {rule.rule: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    for method, rule in routes:
        asked = headers | (TUS if "/uploads/" in rule else {})
        foreign_id = token_id if "/tokens/" in rule else login_id if "/logins/" in rule else session.id
        foreign = await seen(await ask(eve, method, rule.replace("<id:id>", foreign_id), asked))
        absent = await seen(await ask(eve, method, rule.replace("<id:id>", new_id()), asked))
        assert foreign == absent, f"{method} {rule}"
        assert foreign[0] == refusal(kind, method, views[rule]), f"{method} {rule}"
    for path in (f"/api/v1/sessions/{session.id}", f"/api/v1/sessions/{session.id}/status"):
        assert (await ask(bob, "GET", path)).status_code == 200
    assert len((await (await ask(bob, "GET", "/api/v1/tokens")).get_json())["tokens"]) == 1
    assert len((await (await ask(bob, "GET", "/api/v1/logins")).get_json())["logins"]) == 1
