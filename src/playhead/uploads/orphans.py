"""Deletes orphans: recordings that a crash between the storage and the database left without a session."""

from datetime import timedelta

from playhead import log
from playhead.db import Database
from playhead.live.clock import now
from playhead.metrics.catalog import SWEPT
from playhead.metrics.metrics import Metrics
from playhead.sessions.repository import audio_keys
from playhead.storage import Storage

FOLDER = "audio"
"""The recordings' folder in the storage. Nothing else is listed: the storage may be shared."""
OLD = timedelta(days=1)
"""Far longer than any upload takes: the row of a younger recording may be about to be written."""
EVERY_S = 3600.0
"""Between two listings of all keys: cheap once an hour, and an orphan has waited a day already."""

logger = log.get(__name__)


def key_of(session_id: str) -> str:
    """The storage key of a session's recording."""
    return f"{FOLDER}/{session_id}"


async def collect(database: Database, storage: Storage, metrics: Metrics, older_than: timedelta = OLD) -> int:
    """Delete once what is older than `older_than` and belongs to no session; returns the number of files.

    Raises:
        DatabaseGone, StorageGone: the next call finds the rest.
    """
    before = now() - older_than
    count = await storage.delete_unfinished(FOLDER, before)
    metrics.add(SWEPT, "orphan", amount=count)
    async for keys in storage.keys(FOLDER, before):
        ids = [key.removeprefix(f"{FOLDER}/").removesuffix("/") for key in keys]
        for key in set(keys) - await database.run(audio_keys, ids):
            await storage.delete(key)
            metrics.add(SWEPT, "orphan")
            count += 1
    if count:
        logger.warning("recordings of no session were deleted", count=count)
    return count
