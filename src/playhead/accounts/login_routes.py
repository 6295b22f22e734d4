"""List and end the logins of a person."""

from datetime import datetime

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_response

from playhead.accounts.access import login_only
from playhead.accounts.guards import SignedOut, caller, caller_login
from playhead.accounts.limits import limited
from playhead.accounts.logins import delete_login_by_id, delete_logins, list_logins, login_id
from playhead.db import Database
from playhead.openapi_marks import answers


class LoginDocument(msgspec.Struct):
    """`user_agent` and `address` are of the sign-in. `expires_at`: its end unless it is used before then.

    `current`: whether it is the login of this request.
    """

    id: str
    user_agent: str | None
    address: str | None
    current: bool
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


class Logins(msgspec.Struct):
    logins: list[LoginDocument]


def add(blueprint: Blueprint, database: Database, on_signed_out: SignedOut) -> None:
    """Add the routes of logins to the blueprint of accounts."""

    @blueprint.get("/logins")
    @login_only
    @limited("120/minute", by="user")
    @tag(["accounts"])
    @validate_response(Logins)
    async def logins() -> tuple[Logins, int]:
        """Where this person is signed in, the last used first. The last use is noted once an hour."""
        own = login_id(caller_login().digest)
        return Logins(
            [
                LoginDocument(
                    id=login.id,
                    user_agent=login.device.user_agent,
                    address=login.device.address,
                    current=login.id == own,
                    created_at=login.created_at,
                    last_used_at=login.last_used_at,
                    expires_at=login.expires_at,
                )
                for login in await database.run(list_logins, caller().id)
            ]
        ), 200

    @blueprint.delete("/logins")
    @login_only
    @limited("20/minute", by="user")
    @tag(["accounts"])
    @answers(204, "They are ended.")
    async def end_other_logins() -> tuple[str, int]:
        """Sign out everywhere else: ends all logins of this person but that of this request, and their streams."""
        await database.run(delete_logins, caller().id, but=caller_login().digest)
        await on_signed_out(caller().id)
        return "", 204

    @blueprint.delete("/logins/<id:id>")
    @login_only
    @limited("60/minute", by="user")
    @tag(["accounts"])
    @answers(204, "It is ended.")
    async def end_login(id: str) -> tuple[str, int]:
        """End a login: its cookie is refused from now on, and its streams end."""
        await database.run(delete_login_by_id, caller().id, id)
        await on_signed_out(caller().id)
        return "", 204
