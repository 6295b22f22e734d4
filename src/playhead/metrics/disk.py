"""Measures how full the local file systems are that a process writes to."""

import asyncio
import os
import time
from collections.abc import Callable, Collection
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import make_url

from playhead.config import Settings
from playhead.metrics.answers import EVERY_S

KEPT_S = 3 * EVERY_S
"""After this time without a measurement there is no value."""


def folders_of(settings: Settings) -> list[Path]:
    """The folders of SQLite and of recordings; those that are elsewhere, as PostgreSQL or a bucket, are none."""
    database, storage = make_url(settings.database), urlsplit(settings.storage)
    file = database.database if database.get_backend_name() == "sqlite" else None
    found = [Path(file).parent] if file else []
    return [*found, Path(unquote(storage.path))] if storage.scheme == "file" else found


def used_ratio(folders: Collection[Path]) -> float | None:
    """The share that is used of the fullest of their file systems, by space or by files; None if none can be measured.

    Space that is kept for root counts as used, as `df` shows it: Playhead does not get it.
    """
    return max((share for folder in folders for share in _shares(folder)), default=None)


class DiskGauge:
    """The gauge of a web process. It is measured in a thread, as a network file system may hang.

    Args:
        folders: see `folders_of`.
        clock: seconds, monotonic.
        measure: see `used_ratio`.
        wait_s: how long a measurement is waited for.
    """

    def __init__(
        self,
        folders: Collection[Path],
        clock: Callable[[], float] = time.monotonic,
        *,
        measure: Callable[[Collection[Path]], float | None] = used_ratio,
        wait_s: float = EVERY_S,
    ) -> None:
        self._folders, self._clock, self._measure = folders, clock, measure
        self.wait_s = wait_s
        self._ratio: float | None = None
        self._measured_at = 0.0
        self._measuring: asyncio.Future[float | None] | None = None

    async def refresh(self) -> None:
        """Measures once. A measurement that hangs is waited for at each call, and no other begins."""
        if self._measuring is None or self._measuring.done():
            self._measuring = asyncio.ensure_future(asyncio.to_thread(self._measure, self._folders))
        done, _ = await asyncio.wait([self._measuring], timeout=self.wait_s)
        if done:
            self._ratio, self._measured_at = self._measuring.result(), self._clock()

    def read(self) -> float | None:
        return self._ratio if self._clock() - self._measured_at < KEPT_S else None


def _shares(folder: Path) -> list[float]:
    try:
        found = os.statvfs(_existing(folder))
    except OSError:
        return []
    pairs = (found.f_blocks - found.f_bfree, found.f_bavail), (found.f_files - found.f_ffree, found.f_favail)
    return [used / (used + free) for used, free in pairs if used + free > 0]  # some have no number of files


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it: some are made when the first file is written."""
    return next((one for one in (folder, *folder.parents) if one.exists()), folder)
