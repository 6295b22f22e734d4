"""Records when logins and API tokens were last used, in the background, seldom and many at once."""

import asyncio
import contextlib
import contextvars
import itertools
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from time import monotonic

from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.accounts.logins import NOTED_EVERY, note_login_use
from playhead.accounts.models import Credential
from playhead.accounts.repository import note_token_use
from playhead.db import Database, DatabaseError

EVERY_S = {"login": NOTED_EVERY.total_seconds(), "token": 600.0}
"""How often a credential's use is written at most. A token's `last_used_at` has a resolution of ten minutes, so that a
polling client does not cause a write at every request."""
NOTE = {"login": note_login_use, "token": note_token_use}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """How uses are gathered for one transaction."""

    wait_s: float = 0.25
    """How long the first one waits for others. After a deploy 1,000 readers are back within seconds, and a transaction
    for each costs 1 ms of CPU."""
    most: int = 300
    """Most credentials in one transaction: it takes some 10 ms, in which nobody else can write to SQLite."""
    close_s: float = 2.0
    """How long the end of the process waits for the rest: a sixth of the time that its parts have for closing."""


class Usage:
    """The recorder of one process. No request waits for the write: on SQLite it may wait for other transactions."""

    def __init__(
        self, database: Database, every_s: Mapping[str, float] = EVERY_S, gathering: Gathering = Gathering()
    ) -> None:
        self._database = database
        self._every_s = every_s
        self._gathering = gathering
        self._noted: OrderedDict[Credential, float] = OrderedDict()
        """When each was noted, the oldest first. A dict would look for its first one among all that were deleted."""
        self._unwritten: dict[Credential, None] = {}
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def note(self, credential: Credential) -> None:
        """A valid credential was used."""
        present = monotonic()
        noted_at = self._noted.get(credential)
        if noted_at is not None and present - noted_at < self._every_s[credential.kind]:
            return
        self._forget(present)
        self._noted[credential] = present
        self._noted.move_to_end(credential)
        self._unwritten[credential] = None
        if self._writing is None:
            # An empty context: in that of the request, log lines about all would have its id.
            write = asyncio.get_running_loop().create_task
            self._writing = write(self._write_all(), name="note-use", context=contextvars.Context())

    async def close(self) -> None:
        """Write what is noted, without waiting for more. Returns in time if the database does not answer."""
        self._closing.set()
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=self._gathering.close_s)

    def _forget(self, present: float) -> None:
        """Drop what is old enough to be noted again: memory is for those in use only."""
        while self._noted:
            credential = next(iter(self._noted))
            if present - self._noted[credential] < self._every_s[credential.kind]:
                return
            del self._noted[credential]

    async def _write_all(self) -> None:
        try:
            while self._unwritten:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._gathering.wait_s):
                        await self._closing.wait()
                await self._write_some()
        finally:
            self._writing = None

    async def _write_some(self) -> None:
        some = list(itertools.islice(self._unwritten, self._gathering.most))
        for credential in some:
            del self._unwritten[credential]
        try:
            await self._database.run(note_use, some)
        except DatabaseError as error:
            log.get(__name__).warning("the use of credentials was not noted", count=len(some), error=str(error))


def note_use(db: Db, credentials: Collection[Credential]) -> None:
    """Set the time of these credentials' last use to now."""
    for kind, note in NOTE.items():
        if digests := [credential.digest for credential in credentials if credential.kind == kind]:
            note(db, digests)
