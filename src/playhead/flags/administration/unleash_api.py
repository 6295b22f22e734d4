"""A client of Unleash's Admin API: sends a request, and turns each failure into one sentence."""

import ssl
from functools import cache
from typing import TypeVar

import httpx
import msgspec

from playhead.config import check_admin_token
from playhead.flags.administration.store import Refusal, Unreachable
from playhead.flags.answers.address import api, server_name
from playhead.flags.answers.document import decode
from playhead.urls import is_loopback

ANSWER_S = 5.0
"""Timeout of a request: a server answers in well under a second, and in an emergency a person must learn soon that this
one does not."""
IMPORT_S = 30.0
"""Timeout of an import: a few flags take well under a second, longer on a server that is short of memory."""
AWAY = frozenset({502, 503, 504})
"""A proxy's statuses for a server that is not there."""
YOUR_TOKEN = "a personal access token (in Unleash: Profile → Personal API tokens)"  # noqa: S105 - no secret

Kind = TypeVar("Kind")


class _Detail(msgspec.Struct):
    message: str = ""


class _Refused(msgspec.Struct):
    message: str = ""
    details: list[_Detail] = []


@cache
def _certificates(trust_env: bool) -> ssl.SSLContext:
    """Whom TLS trusts. Loaded once, because it takes 23 ms of CPU, and a rollout asks Unleash every ten seconds."""
    return httpx.create_ssl_context(trust_env=trust_env)


class Admin:
    """One server and the token of one person.

    Raises:
        ConfigError: the URL or the token is malformed.
    """

    def __init__(self, url: str, token: str) -> None:
        self._api = api(url)
        check_admin_token(token)
        self._token = token.strip()
        self._proxied = not is_loopback(url)
        self.server = server_name(url)

    def get(self, path: str, kind: type[Kind]) -> Kind:
        return self._understood(self.ask("GET", path), kind)

    def post(self, path: str, body: object, kind: type[Kind]) -> Kind:
        return self._understood(self.ask("POST", path, body), kind)

    def ask(self, method: str, path: str, body: object = None, answer_s: float = ANSWER_S) -> bytes:
        """Send a request and return the body of its response.

        Raises:
            Refusal: Unleash refuses, or this is not Unleash.
            Unreachable: no response.
        """
        try:
            answer = httpx.request(
                method,
                f"{self._api}/admin/{path}",
                headers={"Authorization": self._token},
                json=body,
                timeout=httpx.Timeout(answer_s, connect=ANSWER_S),
                trust_env=self._proxied,
                verify=_certificates(self._proxied),
            )
        except (httpx.TransportError, httpx.InvalidURL):
            raise Unreachable(f"{self.server} cannot be reached.") from None
        if answer.status_code in AWAY:
            raise Unreachable(f"{self.server} cannot be reached: it answers {answer.status_code}.")
        if not answer.is_success:
            raise Refusal(self._why(answer))
        return answer.content

    def _why(self, answer: httpx.Response) -> str:
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return f"{self.server} does not know the token: UNLEASH_ADMIN_TOKEN must be {YOUR_TOKEN}."
        try:
            refused = decode(answer.content, _Refused)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._nonsense(answer.status_code)
        why = next((detail.message for detail in refused.details if detail.message), refused.message).rstrip(".")
        if "admin token" in why:
            return f"{self.server} takes flags only with {YOUR_TOKEN}: an admin token is nobody's."
        if answer.status_code == httpx.codes.FORBIDDEN:
            return f"{self.server} does not allow the token to do this: {why}. It must be {YOUR_TOKEN} of one who may."
        return f"{self.server} refuses ({answer.status_code}): {why}." if why else self._nonsense(answer.status_code)

    def _understood(self, content: bytes, kind: type[Kind]) -> Kind:
        try:
            return decode(content, kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refusal(self._nonsense(httpx.codes.OK)) from None

    def _nonsense(self, status: int) -> str:
        return f"{self.server} does not answer as Unleash does (status {status}): is UNLEASH_URL right?"
