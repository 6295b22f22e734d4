"""Limits attempts to sign in to one account, so that neither guessing its password nor locking its owner out is easy.

A browser that signed in to the account before has a signed cookie for it, and a limit of its own. All others share one
limit, whatever their addresses: an attacker who exhausts it keeps strangers out, not the owner (OWASP's "device
cookies").
"""

import secrets
from datetime import timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from quart import Response, after_this_request, current_app, request

from playhead.accounts.guards import digest
from playhead.accounts.limits import count_against

ATTEMPTS = "20/hour"
"""Of an account's own browser, or of all other browsers together: 480 guesses a day do not find a password of 8
letters, and no owner mistypes so often."""
LIFETIME = timedelta(days=365)
"""Of the cookie: much longer than that of a login, which it has to outlive."""
SALT = "playhead.accounts.browsers"


async def count_attempt(email: str, attempts: str = ATTEMPTS) -> None:
    """Count an attempt to sign in against the limit `attempts`, before the password is checked.

    Raises:
        Problem: 429 `too_many_requests`.
    """
    await count_against("sign-in", attempts, _browser_name(email) or digest(email))


def remember(email: str) -> None:
    """Set the cookie of a browser that signed in to the account, with this response."""

    @after_this_request  # type: ignore[arg-type]  # a view here answers with Quart's own kind
    async def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _cookie(),
            _signer().dumps([digest(email), secrets.token_urlsafe()]),
            max_age=LIFETIME,
            path="/api/v1/auth",
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
        return response


def _browser_name(email: str) -> str | None:
    """The random name in this browser's cookie; None if it has not signed in to the account before."""
    try:
        account, name = _signer().loads(request.cookies.get(_cookie(), ""))
    except (BadSignature, ValueError, TypeError):
        return None
    return str(name) if account == digest(email) else None


def _cookie() -> str:
    return "__Secure-playhead-browser" if request.is_secure else "playhead-browser"


def _signer() -> URLSafeSerializer:
    assert current_app.secret_key is not None
    return URLSafeSerializer(current_app.secret_key, salt=SALT)
