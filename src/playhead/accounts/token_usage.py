"""Records when an API token was last used, in the background and at most once in ten minutes."""

import asyncio
from time import monotonic

from playhead import log
from playhead.accounts.models import Credential
from playhead.accounts.repository import note_use
from playhead.db import Database, DatabaseError

NOTED_EVERY_S = 600.0
"""The resolution of `last_used_at`, so that a polling client does not cause a write at every request."""


class TokenUsage:
    """The recorder of one process. No request waits for the write: on SQLite it may wait for other transactions."""

    def __init__(self, database: Database, every_s: float = NOTED_EVERY_S) -> None:
        self._database = database
        self._every_s = every_s
        self._noted: dict[str, float] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, credential: Credential) -> None:
        """A valid credential was used; only tokens are recorded."""
        present = monotonic()
        noted_at = self._noted.get(credential.digest)
        if credential.kind != "token" or (noted_at is not None and present - noted_at < self._every_s):
            return
        self._noted[credential.digest] = present
        task = asyncio.create_task(self._write(credential.digest), name="note-use")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, digest: str) -> None:
        try:
            await self._database.run(note_use, digest)
        except DatabaseError as error:
            log.get(__name__).warning("a token's use was not noted", error=str(error))
