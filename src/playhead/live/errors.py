"""The errors of the kernel: a refusal of a request with its document (RFC 9457), and a store that cannot be read."""

from http import HTTPStatus
from typing import Any


class Problem(Exception):
    """An expected refusal of a request.

    Args:
        status: the HTTP status.
        code: stable, for programs.
        detail: one sentence for people.
        retry_after_s: seconds after which a retry makes sense, for `Retry-After`.
    """

    def __init__(self, status: int, code: str, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s

    def document(self) -> dict[str, Any]:
        """Makes the body of `application/problem+json`."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }


def plain(status: int, detail: str) -> Problem:
    """A refusal whose code is the name of its HTTP status."""
    phrase = HTTPStatus(status).phrase
    return Problem(status, phrase.lower().replace(" ", "_"), detail)


class StoreError(Exception):
    """What is to be shown cannot be read now. A stream ends without a goodbye, and its reader comes back."""
