"""Readers that only wait, as a browser behind a proxy that holds streams back."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from playhead.live.errors import Problem
from playhead.live.http import Answer
from tests.unit.live.world import LOGIN, World

APPLIED = "Preference-Applied"


class Waiter:
    """Asks for the job `s` again and again until it is final, each time with the tag of its last answer."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.documents: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        """Of all answers; 503 stands for a store that is gone."""
        self.tag = '"none"'
        self.task = asyncio.create_task(self._wait())

    @property
    def versions(self) -> list[int]:
        return [document["version"] for document in self.documents]

    async def _wait(self) -> None:
        while not self._has_ended():
            try:
                answer = await self._ask(if_none_match=self.tag, prefer="wait=20")
            except Problem as problem:
                self.statuses.append(problem.status)
            except ConnectionError:
                self.statuses.append(503)
            else:
                self.statuses.append(answer.status)
                self.tag = answer.headers["ETag"]
                if answer.status == 200:
                    self._take(msgspec.json.decode(answer.body))
            await asyncio.sleep(0)

    async def _ask(self, **headers: str) -> Answer:
        if LOGIN not in self.world.store.logins:  # as the guard of a route
            raise Problem(401, "not_signed_in", "Please sign in.")
        return await self.world.poll(**headers)

    def _take(self, document: Any) -> None:
        self.documents.append(document)

    def _has_ended(self) -> bool:
        return bool(self.documents) and self.documents[-1]["state"] in ("completed", "failed", "canceled")


class WaiterForAll(Waiter):
    """Asks for all jobs, each time with the cursor of its last answer too. Never ends."""

    def __init__(self, world: World) -> None:
        self.newest: dict[str, int] = {}
        """The newest version of each job that it was ever answered."""
        self.listed: Mapping[str, str] = {}
        """The state of each job in the last answer."""
        self._cursor: str | None = None
        super().__init__(world)

    async def _ask(self, **headers: str) -> Answer:
        if LOGIN not in self.world.store.logins:
            raise Problem(401, "not_signed_in", "Please sign in.")
        return await self.world.poll_all(self._cursor, **headers)

    def _take(self, document: Any) -> None:
        self._cursor = document["cursor"]
        self.documents += document["statuses"]
        for status in document["statuses"]:
            assert status["version"] >= self.newest.get(status["id"], 0), "a version went back"
            self.newest[status["id"]] = status["version"]
        self.listed = {status["id"]: status["state"] for status in document["statuses"]}

    def _has_ended(self) -> bool:
        return False
