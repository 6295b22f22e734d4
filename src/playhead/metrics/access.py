"""Decides who may read metrics: the same rule for a web process and for a worker."""

import secrets
from http import HTTPStatus

from playhead.config import Settings
from playhead.errors import Problem
from playhead.live.errors import plain


def check(settings: Settings, authorization: str) -> None:
    """Checks the header `Authorization` of a request for metrics.

    Raises:
        Problem: 401 `not_signed_in` without METRICS_TOKEN as a bearer token; 404 where production has no such token.
    """
    if settings.metrics_token:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {settings.metrics_token}".encode()):
            raise Problem(401, "not_signed_in", "Send METRICS_TOKEN as a bearer token.")
    elif settings.environment == "production":
        raise plain(HTTPStatus.NOT_FOUND, "There is nothing here.")
