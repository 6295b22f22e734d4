"""Authenticates and authorises every request under `/api/`, in one hook before it.

The cookie holds a random secret, signed; the table of logins holds its digest. So a sign-out is a deleted row, in force
on the server at once. An API client sends a token instead, and needs no protection from other sites' pages.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256, sha512
from http import HTTPStatus
from typing import Any

from itsdangerous import URLSafeTimedSerializer
from quart import Quart, current_app, g, request
from quart_auth import AuthUser, QuartAuth, current_user, login_user, logout_user

from playhead.accounts.access import Access, access_of
from playhead.accounts.limits import client_address, count_against
from playhead.accounts.logins import create_login, delete_login
from playhead.accounts.models import Credential, Device, User
from playhead.accounts.tickets.tickets import Tickets, ticket_refused
from playhead.accounts.usage import Usage
from playhead.config import Settings
from playhead.db import Database
from playhead.errors import Problem, account_disabled, not_signed_in

GUARDED = "/api/"
LOGIN_LIFETIME = timedelta(days=30)
"""A month: a person who comes back for last week's transcript is still signed in, a lost laptop not for ever. One that
is not used ends before, see `logins.IDLE_TIMEOUT`."""
TOKEN_PREFIX = "ph_"  # noqa: S105 - not a secret: makes leaked tokens findable by scanners
SECRET_BYTES = 32
"""256 bits: cannot be guessed, so a fast digest is enough in the tables."""
REFUSALS = "300/minute"
"""Requests of one address without a valid login: a page that was signed out makes a few. Signed-in users of the same
address are not counted."""
USER_AGENT_LENGTH = 255
"""What is kept of a browser's name: the usual ones have 70 to 140 characters."""
COOKIES_KEPT = 4096
"""Cookies whose signature is not checked again: 2 MB, for the people who have a page open at one process. A forged one
is not kept."""
COOKIE_LENGTH = 512
"""The longest cookie that is kept; ours have 160 characters. A signature is decoded leniently: with any number of some
characters behind it, up to 15 kB, it is valid again, and thousands of such would take 60 MB."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CLIENT_HEADER, CLIENT_NAME = "X-Requested-With", "playhead"


SignedInAs = Callable[[Credential], Awaitable[User | None]]
"""Returns the user of a credential; None if it is not valid any more. Raises OSError."""


IsDisabled = Callable[[str], Awaitable[bool]]
"""Whether the token with this digest is refused because its owner is disabled. Raises OSError."""


SignedOut = Callable[[str], Awaitable[None]]
"""Called with the id of a user one of whose logins or tokens ended, so that their open streams check again."""


class CookieSerializer(URLSafeTimedSerializer):
    """Signs the cookie of a login as quart-auth does, and accepts it whatever the signature's time is.

    The database has the time at which a login ends. The signature's time, which is refused if it is in the future,
    signed people out when a clock was set back by an hour, or when another machine's was 2 s behind.
    """

    def __init__(self, secret: Any, salt: str) -> None:
        super().__init__(secret, salt, signer_kwargs={"digest_method": sha512})
        self._read = lru_cache(maxsize=COOKIES_KEPT)(super().loads)
        """Of the same keys a cookie has the same content for ever: whether its login holds says the database alone."""

    def loads(self, s: str | bytes, max_age: int | None = None) -> Any:  # type: ignore[override]  # as quart-auth calls it
        return self._read(s) if len(s) <= COOKIE_LENGTH else super().loads(s)


def _serializer(keys: str | list[str], salt: str) -> CookieSerializer:
    """The serializer of these keys. quart-auth makes one for each request, which takes half as long as its work."""
    return _made(keys if isinstance(keys, str) else tuple(keys), salt)


@lru_cache(maxsize=4)
def _made(keys: str | tuple[str, ...], salt: str) -> CookieSerializer:
    return CookieSerializer(keys if isinstance(keys, str) else list(keys), salt)


def install(
    app: Quart,
    signed_in_as: SignedInAs,
    is_disabled: IsDisabled,
    usage: Usage,
    settings: Settings,
    refusals: str = REFUSALS,
    tickets: Tickets | None = None,
) -> None:
    """Guard every route under `/api/`, also one without an access rule.

    Args:
        refusals: the rate limit of an address's requests without a valid login.
        tickets: those of streams; None: none are taken.
    """
    app.secret_key = settings.secret_key
    QuartAuth(
        app,
        cookie_name="__Host-playhead" if settings.secure else "playhead",
        cookie_secure=settings.secure,
        cookie_http_only=True,
        cookie_samesite="Lax",
        duration=int(LOGIN_LIFETIME.total_seconds()),
        serializer_class=_serializer,  # type: ignore[arg-type]  # called with keys and salt
    )

    app.after_serving(usage.close)

    @app.before_request
    async def guard() -> None:
        g.user, g.login, g.by_ticket = None, None, False
        if settings.secure:
            # TLS ends at the proxy: for cookies and links, the browser's own connection counts.
            request.scheme = "https"
        if not request.path.startswith(GUARDED) or request.endpoint is None or request.method == "OPTIONS":
            return  # OPTIONS is answered with the methods, which the OpenAPI description has for everybody
        view = current_app.view_functions.get(request.endpoint)
        _refuse_cross_site()
        try:
            if tickets is not None and (ticket := given_ticket()) is not None:
                await _identify_by_ticket(tickets, ticket, signed_in_as, settings.page_origin)
            else:
                await _identify(signed_in_as, usage)
            if g.user is None and (token := _bearer()) and await is_disabled(digest(token)):
                raise account_disabled(settings.support_contact)
            _admit(access_of(view), request.method)
        except Problem as refusal:
            if refusal.status == HTTPStatus.UNAUTHORIZED:
                await count_against("unauthorized", refusals, client_address(settings.trusted_hops))
            raise


def caller() -> User:
    """The user of this request. Raises Problem 401 `not_signed_in`."""
    user: User | None = g.get("user")
    if user is None:
        raise not_signed_in()
    return user


def caller_login() -> Credential:
    """The credential of this request, a login or a token: streams end with it. Raises Problem 401."""
    caller()
    login: Credential = g.login
    return login


def given_ticket() -> str | None:
    """The ticket in the query of the present request; None on a route that takes none."""
    access = access_of(current_app.view_functions.get(request.endpoint or ""))
    return request.args.get("ticket") if access is not None and access.by_ticket else None


def digest(secret: str) -> str:
    """The digest of a secret, which is all that the tables have of it."""
    return sha256(secret.encode()).hexdigest()


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


async def sign_in(database: Database, user: User, trusted_hops: int, *, password_hash: str | None = None) -> str | None:
    """Start a new login for this browser, and end the one it had: the old cookie is not valid any more.

    Args:
        database: the database.
        user: who signs in.
        trusted_hops: how many proxies are trusted, for the address of the login.
        password_hash: what the password was checked against; None for a new account.

    Returns:
        The id of the user whose login ended, or None.

    Raises:
        Problem: 401 `wrong_credentials` if the password has changed since it was checked.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    await database.run(
        create_login,
        user.id,
        digest(secret),
        LOGIN_LIFETIME,
        device=Device(_user_agent(), client_address(trusted_hops)),
        password_hash=password_hash,
    )
    login_user(AuthUser(secret), remember=True)
    if g.login is None or g.login.kind != "login":
        return None
    await database.run(delete_login, g.login.digest)
    ended: User = g.user
    return ended.id


async def sign_out(database: Database) -> None:
    """End the login on the server and in the browser."""
    await database.run(delete_login, caller_login().digest)
    logout_user()


def _user_agent() -> str | None:
    header = "".join(letter for letter in request.headers.get("User-Agent", "") if letter.isprintable())
    return header[:USER_AGENT_LENGTH] or None


def _refuse_cross_site() -> None:
    """Refuse requests from another site's page (ASVS 3.5.1, 3.5.3). Raises Problem 403 `cross_site`."""
    if request.method in SAFE_METHODS or _bearer() is not None:
        return
    site = request.headers.get("Sec-Fetch-Site")
    ours = request.headers.get(CLIENT_HEADER) == CLIENT_NAME and site in (None, "same-origin", "none")
    if not ours:
        raise Problem(403, "cross_site", f"Requests that change something need the header {CLIENT_HEADER}: playhead.")


async def _identify(signed_in_as: SignedInAs, usage: Usage) -> None:
    credential = credential_of(_bearer(), lambda: current_user.auth_id)
    user = None if credential is None else await signed_in_as(credential)
    if user is not None and credential is not None:
        g.user, g.login = user, credential
        usage.note(credential)


def credential_of(token: str | None, secret_of_cookie: Callable[[], str | None]) -> Credential | None:
    """The credential of a request; None if there is none. A token counts alone, whatever the cookie is."""
    secret = token if token is not None else secret_of_cookie()
    return Credential("login" if token is None else "token", digest(secret)) if secret else None


async def _identify_by_ticket(tickets: Tickets, ticket: str, signed_in_as: SignedInAs, page_origin: str | None) -> None:
    """Sign in by a ticket alone. The page of another origin cannot use one that it got hold of, nor spend it.

    Raises:
        Problem: 401 `ticket_refused`, 403 `cross_site`, 503 `store_gone`.
    """
    if request.headers.get("Origin", page_origin) != page_origin:
        raise Problem(403, "cross_site", "Tickets are for the pages of this site.")
    taken = await tickets.take(ticket, (request.view_args or {}).get("id"))
    user = await signed_in_as(taken.credential)
    if user is None or user.id != taken.user_id:
        raise ticket_refused()
    g.user, g.login, g.by_ticket = user, taken.credential, True


def _bearer() -> str | None:
    return bearer(request.headers.get("Authorization", ""))


def bearer(authorization: str) -> str | None:
    """The token of an `Authorization` header; None if it has none."""
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _admit(access: Access | None, method: str) -> None:
    """Apply the access rule. A route without one is for admins only: forgetting it must not open the route."""
    if access is not None and access.kind == "login" and caller_login().kind == "token":
        raise Problem(403, "login_required", "An API token cannot do this: sign in in a browser.")
    user: User | None = g.user
    may_change = user is None or user.may_change or (user.is_canary and access is not None and access.by_canary)
    if not may_change and method not in SAFE_METHODS:
        raise Problem(403, "token_scope", "This API token may only read: make one that may change things as well.")
    if access is not None and access.kind == "public":
        return
    if access is not None and access.kind == "canary" and not caller().is_canary:
        made = "`playhead user token EMAIL --scope canary` makes one."
        raise Problem(403, "token_scope", f"Only an API token of the scope canary may do this: {made}")
    if not caller().is_admin and (access is None or access.kind == "admin"):
        raise Problem(403, "admins_only", "Only an admin may do this.")
