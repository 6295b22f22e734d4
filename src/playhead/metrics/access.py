"""Decides who may read metrics: the same rule for a web process and for a worker."""

import secrets
from http import HTTPStatus

from playhead.config import Settings
from playhead.errors import Problem
from playhead.live.errors import plain

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Hosts on which only programs of this machine reach a process."""


def check(settings: Settings, host: str, authorization: str) -> None:
    """Checks a request for metrics.

    Args:
        settings: the settings of the process.
        host: where it listens.
        authorization: the header of the request.

    Raises:
        Problem: 401 `not_signed_in` without METRICS_TOKEN as a bearer token. 404 without such a setting in
            production, and where other machines reach the process.
    """
    if settings.metrics_token:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {settings.metrics_token}".encode()):
            raise Problem(401, "not_signed_in", "Send METRICS_TOKEN as a bearer token.")
    elif settings.environment == "production" or host not in LOOPBACK:
        raise plain(HTTPStatus.NOT_FOUND, "There is nothing here.")
