"""Register, sign in and out, and change the password."""

import asyncio

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response

from playhead.accounts import browsers, emails, login_routes, token_routes
from playhead.accounts.access import login_only, public
from playhead.accounts.administration import get_account
from playhead.accounts.guards import SignedOut, caller, caller_login, sign_in, sign_out
from playhead.accounts.limits import limited
from playhead.accounts.logins import wrong_credentials
from playhead.accounts.models import User
from playhead.accounts.passwords import Passwords, check_strength
from playhead.accounts.registration import OPEN, Registration
from playhead.accounts.registration import add as add_site
from playhead.accounts.repository import change_password, find_by_email
from playhead.db import Database
from playhead.errors import Problem, account_disabled
from playhead.openapi_marks import answers


class Credentials(msgspec.Struct):
    email: str
    password: str


class NewAccount(msgspec.Struct):
    """`invite` is needed while registration is by invite only."""

    email: str
    password: str
    invite: str | None = None


class PasswordChange(msgspec.Struct):
    password: str
    new_password: str


class Person(msgspec.Struct):
    id: str
    email: str
    is_admin: bool


def routes(
    database: Database,
    passwords: Passwords,
    on_signed_out: SignedOut,
    *,
    trusted_hops: int,
    attempts: str = browsers.ATTEMPTS,
    registration: Registration = OPEN,
) -> Blueprint:
    blueprint = Blueprint("accounts", __name__)

    async def enter(user: User, password_hash: str | None = None) -> None:
        replaced = await sign_in(database, user, trusted_hops, password_hash=password_hash)
        if replaced is not None:
            await on_signed_out(replaced)

    @blueprint.post("/auth/register")
    @public("nobody has an account before")
    @limited("10/hour", by="client")
    @tag(["accounts"])
    @validate_request(NewAccount)
    @validate_response(Person, 201)
    @answers(403, "No accounts can be made here, or only with an invite.")
    @answers(409, "There is an account with this email.")
    @answers(503, "The database cannot be reached; `Retry-After` says when to try again.")
    async def register(data: NewAccount) -> tuple[Person, int]:
        """Make an account and sign in."""
        registration.check(data.invite)
        email = _email(data.email)
        await asyncio.to_thread(check_strength, data.password, email)
        user = await registration.create(database, email, await passwords.hash(data.password), data.invite)
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
    @answers(403, "The account is disabled.")
    @answers(503, "The database cannot be reached; `Retry-After` says when to try again.")
    async def login(data: Credentials) -> tuple[Person, int]:
        """Sign in: sets the cookie."""
        email = emails.tidy(data.email)
        await browsers.count_attempt(email, attempts)
        found = await database.run(find_by_email, email) if emails.findable(email) else None
        user, password_hash = found or (None, None)
        if not await passwords.matches(data.password, password_hash) or user is None:
            raise wrong_credentials()
        account = await database.run(get_account, user.id)
        if account is not None and account.disabled_at is not None:
            raise account_disabled(registration.support_contact)
        await enter(user, password_hash)
        browsers.remember(email)
        return _person(user), 200

    @blueprint.post("/auth/logout")
    @login_only
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

    @blueprint.post("/auth/password")
    @login_only
    @limited("10/minute", by="user")
    @tag(["accounts"])
    @validate_request(PasswordChange)
    @answers(204, "Changed, and all other logins are ended.")
    @answers(401, "Not signed in, or `password` is not the current one.")
    async def password(data: PasswordChange) -> tuple[str, int]:
        """Change the password: ends all other logins of this person and their streams. API tokens go on working."""
        user = caller()
        await browsers.count_attempt(user.email, attempts)
        found = await database.run(find_by_email, user.email)
        old_hash = found[1] if found else None
        if not await passwords.matches(data.password, old_hash) or old_hash is None:
            raise _wrong_password()
        await asyncio.to_thread(check_strength, data.new_password, user.email)
        new_hash = await passwords.hash(data.new_password)
        if not await database.run(change_password, user.id, old_hash, new_hash, caller_login().digest):
            raise _wrong_password()
        await on_signed_out(user.id)
        return "", 204

    token_routes.add(blueprint, database, on_signed_out)
    login_routes.add(blueprint, database, on_signed_out)
    add_site(blueprint, registration)
    return blueprint


def _email(typed: str) -> str:
    email = emails.tidy(typed)
    if not emails.acceptable(email):
        raise Problem(400, "bad_email", "This is not an email address that can be used here.")
    return email


def _wrong_password() -> Problem:
    return Problem(401, "wrong_credentials", "The current password is wrong.")


def _person(user: User) -> Person:
    return Person(user.id, user.email, user.is_admin)
