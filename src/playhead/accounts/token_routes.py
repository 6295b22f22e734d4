"""Make, list and delete API tokens."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response

from playhead.accounts.access import login_only, signed_in
from playhead.accounts.guards import SignedOut, caller, digest, new_token
from playhead.accounts.limits import limited
from playhead.accounts.models import PersonScope, Scope, Token
from playhead.accounts.repository import create_token, delete_token, list_tokens
from playhead.db import Database
from playhead.errors import Problem
from playhead.live.clock import now
from playhead.openapi_marks import answers

NAME_LENGTH = 80
"""The longest name of a token: one line on a screen."""
LONGEST = timedelta(days=3660)
"""The furthest end of a token: ten years. Near the end of the calendar, times cannot be converted."""


class TokenWanted(msgspec.Struct):
    name: str
    scope: PersonScope = "write"
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class TokenDocument(msgspec.Struct):
    id: str
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewToken(msgspec.Struct):
    """`secret` is shown this once."""

    id: str
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    secret: str


class Tokens(msgspec.Struct):
    tokens: list[TokenDocument]


def add(blueprint: Blueprint, database: Database, on_signed_out: SignedOut) -> None:
    """Add the routes of API tokens to the blueprint of accounts."""

    @blueprint.post("/tokens")
    @login_only
    @limited("20/hour", by="user")
    @tag(["accounts"])
    @validate_request(TokenWanted)
    @validate_response(NewToken, 201)
    @answers(409, "There are as many tokens as one may have.")
    async def make_token(data: TokenWanted) -> tuple[NewToken, int]:
        """Make an API token: `Authorization: Bearer <secret>`. The secret is shown this once.

        With the scope `read` it may only be used for GET requests. It is refused from `expires_at` on.
        """
        name, ends_at, secret = named(data.name), checked_end(data.expires_at), new_token()
        made = await database.run(create_token, caller().id, name, digest(secret), data.scope, ends_at)
        return NewToken(**msgspec.structs.asdict(_document(made)), secret=secret), 201

    @blueprint.get("/tokens")
    @signed_in
    @limited("120/minute", by="user")
    @tag(["accounts"])
    @validate_response(Tokens)
    async def tokens() -> tuple[Tokens, int]:
        """The person's API tokens, newest first, without their secrets."""
        return Tokens([_document(token) for token in await database.run(list_tokens, caller().id)]), 200

    @blueprint.delete("/tokens/<id:id>")
    @signed_in
    @limited("60/minute", by="user")
    @tag(["accounts"])
    @answers(204, "It is gone.")
    async def revoke_token(id: str) -> tuple[str, int]:
        """Delete an API token: it is refused from now on, and its streams end."""
        await database.run(delete_token, caller().id, id)
        await on_signed_out(caller().id)
        return "", 204


def named(typed: str) -> str:
    """Raises Problem 400 `bad_name`."""
    name = "".join(letter for letter in typed if letter.isprintable()).strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise Problem(400, "bad_name", f"A token needs a name of at most {NAME_LENGTH} characters.")
    return name


def checked_end(wanted: datetime | None) -> datetime | None:
    """The end of a token in UTC, to the millisecond. Raises Problem 400 `bad_expiry`."""
    if wanted is None:
        return None
    if not now() < wanted <= now() + LONGEST:
        raise Problem(400, "bad_expiry", "A token ends within the next ten years, or has no end at all.")
    return wanted.astimezone(UTC).replace(microsecond=wanted.microsecond // 1000 * 1000)


def _document(token: Token) -> TokenDocument:
    return TokenDocument(token.id, token.name, token.scope, token.created_at, token.expires_at, token.last_used_at)
