"""Posts one notice to a webhook, signed and within a limit of time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

from playhead.text import one_line
from playhead.urls import is_loopback
from playhead.webhooks import signing

LIMIT_S = 5.0
"""For one notice, the answer's head included. Chats answer in less than a second."""
TEXT_LIMIT_S = 1.0
"""For the beginning of the answer's body, which is for people to read: with the head it is there already."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered. `text`: the beginning of the answer's body, if it was asked for."""

    status: int | None
    """None: no answer came."""
    error: str = ""
    """The name of the error that took the place of an answer."""
    text: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the notice: 200 to 299. A redirect is not followed, it may lead anywhere."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def trouble(self) -> str:
        """Why the notice was not taken, without the URL, which is a secret; empty if it was."""
        if self.is_taken:
            return ""
        return self.error or f"it answered {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where notices go.

    Args:
        url: as `urls.check_webhook` allows it.
        keys: of `signing.keys_of`; none: notices are not signed.
        limit_s: seconds for one notice.
    """

    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    limit_s: float = LIMIT_S

    async def post(self, id: str, body: bytes, *, text_max: int = 0) -> Answer:
        """Posts a notice once. Raises nothing: no answer is an answer, too.

        Args:
            id: of the notice; the same at each try, so that a receiver can drop one that it has.
            body: JSON.
            text_max: how many bytes of the answer's body to read; it may have any length.
        """
        import httpx  # here, because most sites have no webhook

        named = signing.headers(self.keys, id, int(time.time()), body)
        sent = {"Content-Type": "application/json", "User-Agent": "playhead", "Accept-Encoding": "identity", **named}
        try:
            # httpx limits each read; this limits all of it.
            async with (
                asyncio.timeout(self.limit_s),
                httpx.AsyncClient(timeout=self.limit_s, trust_env=not is_loopback(self.url)) as client,
                client.stream("POST", self.url, content=body, headers=sent) as answer,
            ):
                text = ""
                with suppress(httpx.HTTPError, TimeoutError):  # the head counts, whatever becomes of the body
                    async with asyncio.timeout(TEXT_LIMIT_S):
                        text = await _beginning(answer.aiter_raw(), text_max)
                return Answer(answer.status_code, text=text)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            return Answer(None, error=type(error).__name__)


async def _beginning(chunks: AsyncIterator[bytes], length: int) -> str:
    """The first bytes of an answer's body as text on one line."""
    found = b""
    while len(found) < length and (chunk := await anext(chunks, b"")):
        found += chunk
    return one_line(found[:length].decode(errors="replace"))
