"""Register, sign in and out, and API tokens."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response

from playhead.accounts import browsers, emails
from playhead.accounts.access import public, signed_in
from playhead.accounts.guards import caller, digest, new_token, sign_in, sign_out
from playhead.accounts.limits import limited
from playhead.accounts.models import Token, User
from playhead.accounts.passwords import Passwords, check_strength
from playhead.accounts.repository import create_token, create_user, delete_token, find_by_email, list_tokens
from playhead.db import Database
from playhead.errors import Problem
from playhead.openapi_marks import answers

NAME_LENGTH = 80
"""The longest name of a token: one line on a screen."""

SignedOut = Callable[[str], Awaitable[None]]
"""Called with the id of a user one of whose logins or tokens ended, so that their open streams check again."""


class Credentials(msgspec.Struct):
    email: str
    password: str


class Person(msgspec.Struct):
    id: str
    email: str
    is_admin: bool


class TokenName(msgspec.Struct):
    name: str


class TokenDocument(msgspec.Struct):
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


class NewToken(msgspec.Struct):
    """`secret` is shown this once."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    secret: str


class Tokens(msgspec.Struct):
    tokens: list[TokenDocument]


def routes(
    database: Database, passwords: Passwords, on_signed_out: SignedOut, attempts: str = browsers.ATTEMPTS
) -> Blueprint:
    blueprint = Blueprint("accounts", __name__)

    async def enter(user: User) -> None:
        if (replaced := await sign_in(database, user)) is not None:
            await on_signed_out(replaced)

    @blueprint.post("/auth/register")
    @public("nobody has an account before")
    @limited("10/hour", by="client")
    @tag(["accounts"])
    @validate_request(Credentials)
    @validate_response(Person, 201)
    @answers(409, "There is an account with this email.")
    @answers(503, "The database cannot be reached; `Retry-After` says when to try again.")
    async def register(data: Credentials) -> tuple[Person, int]:
        """Make an account and sign in."""
        email = _email(data.email)
        await asyncio.to_thread(check_strength, data.password, email)
        user = await database.run(create_user, email, await passwords.hash(data.password))
        await enter(user)
        browsers.remember(email)
        return _person(user), 201

    @blueprint.post("/auth/login")
    @public("this is how one signs in")
    @limited("10/minute", by="client")
    @tag(["accounts"])
    @validate_request(Credentials)
    @validate_response(Person)
    @answers(401, "The email or the password is wrong.")
    @answers(503, "The database cannot be reached; `Retry-After` says when to try again.")
    async def login(data: Credentials) -> tuple[Person, int]:
        """Sign in: sets the cookie."""
        email = emails.tidy(data.email)
        await browsers.count_attempt(email, attempts)
        found = await database.run(find_by_email, email) if emails.findable(email) else None
        user, password_hash = found or (None, None)
        if not await passwords.matches(data.password, password_hash) or user is None:
            raise Problem(401, "wrong_credentials", "The email or the password is wrong.")
        await enter(user)
        browsers.remember(email)
        return _person(user), 200

    @blueprint.post("/auth/logout")
    @signed_in
    @limited("30/minute", by="user")
    @tag(["accounts"])
    @answers(204, "Signed out.")
    async def logout() -> tuple[str, int, dict[str, str]]:
        """Sign out of this browser: the cookie is worth nothing from now on, and its streams end.

        The browser forgets what it kept of this site, such as recordings that were played (`Clear-Site-Data`).
        """
        await sign_out(database)
        await on_signed_out(caller().id)
        # Not "cookies" or "storage": another tab may have signed in as somebody else meanwhile.
        return "", 204, {"Clear-Site-Data": '"cache"'}

    @blueprint.post("/tokens")
    @signed_in
    @limited("20/hour", by="user")
    @tag(["accounts"])
    @validate_request(TokenName)
    @validate_response(NewToken, 201)
    @answers(409, "There are as many tokens as one may have.")
    async def make_token(data: TokenName) -> tuple[NewToken, int]:
        """Make an API token: `Authorization: Bearer <secret>`. The secret is shown this once."""
        secret = new_token()
        made = await database.run(create_token, caller().id, _name(data.name), digest(secret))
        return NewToken(made.id, made.name, made.created_at, made.last_used_at, secret), 201

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

    return blueprint


def _email(typed: str) -> str:
    email = emails.tidy(typed)
    if not emails.acceptable(email):
        raise Problem(400, "bad_email", "This is not an email address that can be used here.")
    return email


def _name(typed: str) -> str:
    name = "".join(letter for letter in typed if letter.isprintable()).strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise Problem(400, "bad_name", f"A token needs a name of at most {NAME_LENGTH} characters.")
    return name


def _person(user: User) -> Person:
    return Person(user.id, user.email, user.is_admin)


def _document(token: Token) -> TokenDocument:
    return TokenDocument(token.id, token.name, token.created_at, token.last_used_at)
