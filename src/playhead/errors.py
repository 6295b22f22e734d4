"""The one error a person or a client can cause, and what it looks like on the wire (RFC 9457)."""

from http import HTTPStatus
from typing import Any


class Problem(Exception):
    """An expected refusal: a status, a stable `code` for programs, and one sentence for people.

    Raised where the knowledge is; its `document` is the body of every refusal.
    """

    def __init__(self, status: int, code: str, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s

    def document(self) -> dict[str, Any]:
        """The body of `application/problem+json`."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }


class ConfigError(Exception):
    """A setting or a missing part stops the start; the message is the one sentence the person reads."""


def session_not_found() -> Problem:
    """The same answer for a session that is absent and one that belongs to someone else (ASVS 8.2.2)."""
    return Problem(404, "session_not_found", "There is no such session.")


def not_signed_in() -> Problem:
    return Problem(401, "not_signed_in", "Please sign in.")
