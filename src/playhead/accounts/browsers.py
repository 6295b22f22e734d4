"""How often one account may be tried, so that neither guessing its password nor locking its owner out is easy.

A browser that signed in to the account before carries a signed cookie that says so, and has a count of its own. All
others share one count, whatever their addresses: who uses it up keeps strangers out, and not the owner (OWASP's
"device cookies").
"""

import secrets
from datetime import timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from quart import Response, after_this_request, current_app, request

from playhead.accounts.guards import digest
from playhead.accounts.limits import count_against

ATTEMPTS = "20/hour"
"""From an account's own browser, or from all strangers together: 480 guesses a day do not find a password of 8 letters,
and nobody mistypes theirs so often."""
LIFETIME = timedelta(days=365)
"""Much longer than a login, which it has to outlive."""
SALT = "playhead.accounts.browsers"


async def count_attempt(email: str, attempts: str = ATTEMPTS) -> None:
    """Count an attempt to sign in, one of so many, before it is known whether the password is right.

    Raises:
        Problem: 429 `too_many_requests`.
    """
    await count_against("sign-in", attempts, _known_as(email) or digest(email))


def remember(email: str) -> None:
    """Let this answer tell the browser that it signed in to the account."""

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


def _known_as(email: str) -> str | None:
    """This browser's own name, if it signed in to the account before."""
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
