"""Sends a file to an upload that was begun: in chunks, and after any cut from what the server has."""

import asyncio
import os
import random
import time
from typing import IO

import httpx
import msgspec

from playhead.cli import resumable, server
from playhead.cli.exit_codes import FAILED, REFUSED, TAKEN_OVER
from playhead.cli.follow import PAUSE_MAX_S, Timings, Unreachable
from playhead.cli.screen import FileProgress, until
from playhead.cli.unfinished import Unfinished
from playhead.errors import Problem

MIB = 1024**2
CHUNK_S = 10.0
"""How long a chunk should take: proxies cut requests after 60 to 100 s, and after a cut some keep nothing of it."""
FIRST_BYTES, LEAST_BYTES, MOST_BYTES = 4 * MIB, MIB, 32 * MIB
"""The first chunk, and the bounds of the others: less costs round trips, more saves none that matter."""
PASSING = frozenset({*range(300, 400), 408, 409, 423, 425, 429, 502, 503, 504, *range(520, 531)})
"""Answers after which the upload goes on: of the server, of a proxy that lost it (520 to 530 are Cloudflare's), or of a
network that leads to its own page first (3xx)."""
TOO_LARGE, LIMIT = 413, 429
CHANGED = "It changed while it was sent: run the command again."


class Stopped(Exception):
    """The upload ends here, with a sentence why and an exit code. `is_there`: whether the server has it still."""

    def __init__(self, sentence: str, code: int, *, is_there: bool = True) -> None:
        super().__init__(sentence)
        self.code, self.is_there = code, is_there


class Sender:
    """Sends one file.

    Args:
        http: the client.
        session_id: the upload.
        file: what is sent.
        note: says whether another process has taken the upload over.
        progress: shows what the server has.
        timings: how long the server may be away.

    Attributes:
        stored: how many bytes the server has.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        session_id: str,
        file: IO[bytes],
        note: Unfinished,
        progress: FileProgress,
        timings: Timings,
    ) -> None:
        self._http, self._session_id, self._file, self._note = http, session_id, file, note
        self._progress, self._timings = progress, timings
        self._begun = _version(file)
        self._size = self._begun[0]
        self._chunk, self._most, self._spent_s = FIRST_BYTES, MOST_BYTES, 0.0
        self._away_since: float | None = None
        self._pause_s = timings.pause_s
        self.stored = 0

    async def send(self, stored: int) -> None:
        """Send what the server has not; it has `stored` bytes.

        Raises:
            Stopped: the file changed, another process goes on with it, or the upload was deleted.
            Problem: the server refuses it.
            Unreachable: the server was away for too long.
            OSError: the file cannot be read.
        """
        self.stored = stored
        was_cut = is_whole = False
        while not is_whole:
            self._check()
            try:
                if was_cut:
                    await self.ask()
                    was_cut = False
                self._take(await self._send(self._length))
                is_whole = self.stored == self._size
            except (httpx.TransportError, Problem) as error:
                await self._wait_after(error)
                was_cut = True
            except resumable.CutShort:
                raise Stopped(CHANGED, REFUSED) from None

    async def ask(self) -> None:
        """Ask the server what it has. Raises httpx.TransportError, Problem."""
        self._take(await resumable.stored_bytes(self._http, self._session_id))

    @property
    def percent(self) -> int:
        return 100 * self.stored // max(self._size, 1)

    @property
    def _length(self) -> int:
        return min(self._chunk, self._size - self.stored)

    def _check(self) -> None:
        if _version(self._file) != self._begun:
            raise Stopped(CHANGED, REFUSED)
        if self._note.taken_over() is not None:
            raise Stopped("Another command goes on with this upload.", TAKEN_OVER)

    async def _send(self, length: int) -> int:
        watching = asyncio.create_task(self._watch())
        began = time.monotonic()
        try:
            return await resumable.send(self._http, self._session_id, self._file, self.stored, length)
        finally:
            self._spent_s = time.monotonic() - began
            watching.cancel()

    def _take(self, stored: int) -> None:
        """Note what the server has, and how fast the last chunk came there, also one that was cut."""
        rate = (stored - self.stored) / max(self._spent_s, 0.001)
        self._chunk = int(min(max(rate * CHUNK_S, LEAST_BYTES), self._most))
        if stored > self.stored:
            self._away_since, self._pause_s = None, self._timings.pause_s
        self.stored = stored
        self._progress.arrived(stored)

    async def _wait_after(self, error: httpx.TransportError | Problem) -> None:
        """Wait before the next try, longer each time and with jitter. Raises if there should be none."""
        status = error.status if isinstance(error, Problem) else None
        if status in resumable.GONE:
            sentence = "The upload is not there any more: it was canceled or deleted."
            raise Stopped(sentence, FAILED, is_there=False) from error
        if status == TOO_LARGE and self._length > LEAST_BYTES:  # of a proxy: the server takes the longest chunk
            self._most = max(LEAST_BYTES, self._length // 2)
            return
        if status is not None and status not in PASSING:
            raise error
        now = time.monotonic()
        is_first, self._away_since = self._away_since is None, self._away_since or now
        wait_s = self._pause_s * random.uniform(0.5, 1)  # noqa: S311 - not a secret
        if isinstance(error, Problem):
            wait_s = max(wait_s, error.retry_after_s or 0)
        if status == LIMIT:
            self._away_since = None
            self._progress.waiting(until(wait_s))
        elif now - self._away_since > self._timings.upload_lost_s:
            raise Unreachable from error
        elif not is_first:
            self._progress.waiting("The server does not answer; waiting.")
        await asyncio.sleep(wait_s)
        self._pause_s = min(self._pause_s * 2, PAUSE_MAX_S)

    async def _watch(self) -> None:
        """Show what arrives of a chunk, as the server says it."""
        while True:
            await asyncio.sleep(self._timings.watch_s)
            try:
                status = await server.status(self._http, self._session_id)
            except (httpx.HTTPError, Problem, msgspec.DecodeError):
                continue  # the chunk itself finds out
            if status.stage == "uploading":
                self._progress.status(status)


def _version(file: IO[bytes]) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns
