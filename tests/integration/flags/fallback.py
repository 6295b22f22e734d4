"""A reader as the contract wants one: it streams, and when it may not any more, it polls and misses nothing."""

import asyncio

import httpx
import msgspec

from playhead.sessions.models import Segment
from playhead.sessions.status import decode
from tests.support.readers import Reader
from tests.support.site import Person
from tests.support.waiting import ANSWER_S


class FallingBack(Reader):
    """One that follows until its session is final, by a stream first. A network that fails is no part of this."""

    def __init__(self, port: int, person: Person, session_id: str) -> None:
        super().__init__(port, person, session_id)
        self._session = f"/api/v1/sessions/{session_id}"
        self.transports: list[str] = []
        """What its polls were told, one after the other."""

    @property
    def goodbye(self) -> dict[str, object] | None:
        """How its first stream ended; None as long as it has not."""
        return self.visits[0].goodbye if self.visits else None

    async def follow(self) -> None:
        pause_s = await self.visit()
        if self.goodbye is not None and self.goodbye["next"] in {"wait", "poll"}:
            await asyncio.sleep(pause_s)
            # One for each reader: a pool takes long to look through a thousand connections for a free one.
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{self.port}",
                headers=self.person.headers,
                timeout=ANSWER_S,
                trust_env=False,
                verify=False,
            ) as client:
                await self._poll(client)

    async def _poll(self, client: httpx.AsyncClient) -> None:
        known: dict[str, str] = {}
        while True:
            answer = await client.get(f"{self._session}/status", headers=known)
            assert answer.status_code in {httpx.codes.OK, httpx.codes.NOT_MODIFIED}, answer.text
            self.transports.append(answer.headers["Playhead-Transport"])
            known = {"If-None-Match": answer.headers["ETag"]}
            if answer.content:
                self._learn(answer.content)
            if self.is_over:
                break
            await asyncio.sleep(int(answer.headers["Playhead-Poll-After-Ms"]) / 1000)
        transcript = await client.get(f"{self._session}/transcript?format=json&from={len(self.words)}")
        self.words += msgspec.convert(transcript.json()["segments"], list[Segment])

    def _learn(self, document: bytes) -> None:
        status = decode(document)
        if status.version != self.version:  # else the transport is what changed
            self.statuses.append(status)
        self.is_over = status.is_final
