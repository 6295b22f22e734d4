"""Recordings that no session knows: what a crash between the storage and the database leaves behind."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.db import Database
from playhead.sessions.models import SessionRow
from playhead.storage import Storage

FOLDER = "audio"
"""Where the recordings lie in the storage. Nothing else of it is looked at: it may be shared."""
OLD = timedelta(days=1)
"""Far longer than any upload takes: what is younger may be on its way into the database."""
EVERY_S = 3600.0
"""How often a process looks: a listing of all keys is cheap an hour, and what it finds has waited a day."""

logger = log.get(__name__)


def key_of(session_id: str) -> str:
    """Where a session's recording lies."""
    return f"{FOLDER}/{session_id}"


async def keep_collecting(database: Database, storage: Storage) -> None:
    """Delete recordings of no session now and then, until canceled."""
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await collect(database, storage)
        except OSError as error:  # the database or the storage is away
            logger.warning("nothing collected", error=str(error))
        except Exception:
            logger.exception("collecting failed")


async def collect(database: Database, storage: Storage, older_than: timedelta = OLD) -> int:
    """Delete what is older than that and belongs to no session; how many there were. To be called now and then.

    Raises:
        DatabaseGone, StorageGone: the rest is found the next time.
    """
    before = datetime.now(UTC) - older_than
    count = await storage.delete_unfinished(FOLDER, before)
    async for keys in storage.keys(FOLDER, before):
        for key in set(keys) - await database.run(_known, keys):
            await storage.delete(key)
            count += 1
    if count:
        logger.warning("recordings of no session were deleted", count=count)
    return count


def _known(db: Db, keys: Sequence[str]) -> set[str]:
    ids = [key.removeprefix(f"{FOLDER}/") for key in keys]
    return set(db.scalars(select(SessionRow.audio_key).where(SessionRow.id.in_(ids))))
