"""Records when logins and API tokens were last used, in the background and seldom."""

import asyncio
from collections.abc import Mapping
from time import monotonic

from playhead import log
from playhead.accounts.logins import NOTED_EVERY, note_login_use
from playhead.accounts.models import Credential
from playhead.accounts.repository import note_token_use
from playhead.db import Database, DatabaseError

EVERY_S = {"login": NOTED_EVERY.total_seconds(), "token": 600.0}
"""How often a credential's use is written at most. A token's `last_used_at` has a resolution of ten minutes, so that a
polling client does not cause a write at every request."""
NOTE = {"login": note_login_use, "token": note_token_use}


class Usage:
    """The recorder of one process. No request waits for the write: on SQLite it may wait for other transactions."""

    def __init__(self, database: Database, every_s: Mapping[str, float] = EVERY_S) -> None:
        self._database = database
        self._every_s = every_s
        self._noted: dict[Credential, float] = {}
        """When each was noted, the oldest first."""
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, credential: Credential) -> None:
        """A valid credential was used."""
        present = monotonic()
        noted_at = self._noted.get(credential)
        if noted_at is not None and present - noted_at < self._every_s[credential.kind]:
            return
        self._forget(present)
        self._noted.pop(credential, None)
        self._noted[credential] = present
        task = asyncio.create_task(self._write(credential), name="note-use")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def _forget(self, present: float) -> None:
        """Drop what is old enough to be noted again: memory is for those in use only."""
        for credential, noted_at in list(self._noted.items()):
            if present - noted_at < self._every_s[credential.kind]:
                break
            del self._noted[credential]

    async def _write(self, credential: Credential) -> None:
        try:
            await self._database.run(NOTE[credential.kind], credential.digest)
        except DatabaseError as error:
            log.get(__name__).warning("the use of a credential was not noted", kind=credential.kind, error=str(error))
