"""Who is calling, and may they: one hook before every request under `/api/`.

The cookie holds a random secret, signed; the table of logins holds its digest. So a sign-out is a deleted row, and
works on the server at once. An API client sends a token instead, and needs no protection from other sites' pages.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256, sha512
from http import HTTPStatus
from typing import Any

from itsdangerous import URLSafeTimedSerializer
from quart import Quart, current_app, g, request
from quart_auth import AuthUser, QuartAuth, current_user, login_user, logout_user

from playhead.accounts.access import Access, access_of, takes_beacons
from playhead.accounts.limits import client_address, count_against
from playhead.accounts.models import Credential, User
from playhead.accounts.repository import create_login, delete_login
from playhead.accounts.uses import Uses
from playhead.config import Settings
from playhead.db import Database
from playhead.errors import Problem, not_signed_in

GUARDED = "/api/"
LOGIN_LIFETIME = timedelta(days=30)
"""A month: a person who comes back for last week's transcript is still known, a lost laptop is not for ever."""
TOKEN_PREFIX = "ph_"  # noqa: S105 - not a secret: makes leaked tokens findable by scanners
SECRET_BYTES = 32
"""256 bits: cannot be guessed, so a fast digest is enough in the tables."""
REFUSALS = "300/minute"
"""Of one address, requests without a login that holds: a page that was signed out makes a few. Who is signed in behind
the same address is not counted."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CLIENT_HEADER, CLIENT_NAME = "X-Requested-With", "playhead"


SignedInAs = Callable[[Credential], Awaitable[User | None]]
"""Who stands behind a credential now; None once it does not hold any more. Raises OSError."""


class CookieSerializer(URLSafeTimedSerializer):
    """Signs the cookie of a login as quart-auth does, and takes it whenever it was signed.

    How long a login holds stands in the database. By the signature's time, which is refused when it is in the future,
    a clock that was set back by an hour, or another machine's that is 2 s behind, signed people out.
    """

    def __init__(self, secret: Any, salt: str) -> None:
        super().__init__(secret, salt, signer_kwargs={"digest_method": sha512})

    def loads(self, s: str | bytes, max_age: int | None = None) -> Any:  # type: ignore[override]  # as quart-auth calls it
        return super().loads(s)


def install(app: Quart, signed_in_as: SignedInAs, uses: Uses, settings: Settings, refusals: str = REFUSALS) -> None:
    """Guard every route under `/api/`, also one that bears no mark.

    Args:
        refusals: how many requests without a login an address may make.
    """
    app.secret_key = settings.secret_key
    QuartAuth(
        app,
        cookie_name="__Host-playhead" if settings.secure else "playhead",
        cookie_secure=settings.secure,
        cookie_http_only=True,
        cookie_samesite="Lax",
        duration=int(LOGIN_LIFETIME.total_seconds()),
        serializer_class=CookieSerializer,  # type: ignore[arg-type]  # named is its own, which is private
    )

    @app.before_request
    async def guard() -> None:
        g.user, g.login = None, None
        if settings.secure:
            # TLS ends at the proxy: what counts for cookies and links is how the browser got here.
            request.scheme = "https"
        if not request.path.startswith(GUARDED) or request.endpoint is None or request.method == "OPTIONS":
            return  # OPTIONS is answered with the methods, which the description tells everybody
        view = current_app.view_functions.get(request.endpoint)
        _refuse_cross_site(beacon=takes_beacons(view))
        await _identify(signed_in_as, uses)
        try:
            _admit(access_of(view))
        except Problem as refusal:
            if refusal.status == HTTPStatus.UNAUTHORIZED:
                await count_against("unauthorized", refusals, client_address(settings.trusted_hops))
            raise


def caller() -> User:
    """Who asks. Raises Problem 401 `not_signed_in`."""
    user: User | None = g.get("user")
    if user is None:
        raise not_signed_in()
    return user


def caller_login() -> Credential:
    """The login or token used: streams end when it is gone. Raises Problem 401."""
    caller()
    login: Credential = g.login
    return login


def digest(secret: str) -> str:
    """What the tables keep of a login's or token's secret."""
    return sha256(secret.encode()).hexdigest()


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


async def sign_in(database: Database, user: User) -> str | None:
    """Start a login of its own for this browser, ending the one it had: an old cookie is worth nothing.

    Returns:
        Whose login ended.
    """
    if g.login:
        await database.run(delete_login, g.login.digest)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    await database.run(create_login, user.id, digest(secret), LOGIN_LIFETIME)
    login_user(AuthUser(secret), remember=True)
    return g.user.id if g.login else None


async def sign_out(database: Database) -> None:
    """End the login on the server and in the browser."""
    await database.run(delete_login, caller_login().digest)
    logout_user()


def _refuse_cross_site(*, beacon: bool) -> None:
    """Raises Problem 403 `cross_site`: another site's page must not act in the person's name (ASVS 3.5.1, 3.5.3)."""
    if request.method in SAFE_METHODS or _bearer() is not None:
        return
    site = request.headers.get("Sec-Fetch-Site")
    ours = request.headers.get(CLIENT_HEADER) == CLIENT_NAME and site in (None, "same-origin", "none")
    if not ours and not (beacon and site == "same-origin"):
        raise Problem(403, "cross_site", f"Requests that change something need the header {CLIENT_HEADER}: playhead.")


async def _identify(signed_in_as: SignedInAs, uses: Uses) -> None:
    token = _bearer()
    secret = token if token is not None else current_user.auth_id
    if not secret:
        return
    credential = Credential("login" if token is None else "token", digest(secret))
    user = await signed_in_as(credential)
    if user is not None:
        g.user, g.login = user, credential
        uses.note(credential)


def _bearer() -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _admit(access: Access | None) -> None:
    """A route that does not say who may call it is for nobody but admins: forgetting must not open a door."""
    if access is not None and access.kind == "public":
        return
    if not caller().is_admin and (access is None or access.kind == "admin"):
        raise Problem(403, "admins_only", "Only an admin may do this.")
