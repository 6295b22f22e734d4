"""What the commands do at a server: upload patiently, transcribe again, follow to the end, read the text."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import IO, TypeVar

import httpx

from playhead.cli import resumable, server
from playhead.cli.follow import Follower, Timings
from playhead.cli.notes import notes_of
from playhead.cli.recordings import Recording
from playhead.cli.screen import FileProgress, until
from playhead.cli.sending import Sender, Stopped
from playhead.cli.server import Session
from playhead.cli.unfinished import Unfinished, path_of
from playhead.errors import Problem

Answer = TypeVar("Answer")
DEFAULT = Timings()
LATER = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.INSUFFICIENT_STORAGE})
"""Refusals of an upload on its way that leave it as it is: with another token, or more room, it goes on."""
GO_ON = "Run the same command again to go on from {} %."
LAST_S = 2.0
"""How long the command goes on after Ctrl-C for a last request: to ask what arrived, or to delete it."""


class Failed(Exception):
    """The session has no text; the sentence says why."""

    def __init__(self, session_id: str, sentence: str) -> None:
        super().__init__(sentence)
        self.session_id = session_id


class Site:
    """A server, by an HTTP client with a token.

    Args:
        http: the client.
        query: of the transcripts.
        options: chosen for the sessions.
        timings: how long a server that was reached may be away.

    Attributes:
        advice: how the newest upload, if it did not end, can be gone on with; empty: not at all.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        query: dict[str, str],
        options: Mapping[str, str],
        timings: Timings = DEFAULT,
    ) -> None:
        self._http, self._query, self._options, self._timings = http, query, options, timings
        self._was_reached = False
        self.advice = ""

    async def upload(self, recording: Recording, progress: FileProgress) -> Session:
        """Send a file as soon as the site takes it, from where an earlier command stopped.

        Raises:
            Stopped: something else ended it.
            Problem: it is refused.
            OSError: the file cannot be read.
            httpx.TransportError: the server cannot be reached, or the connection broke.
            Unreachable: the server was reached, and does not answer any more.
        """
        self.advice = ""
        with recording.open() as file:
            progress.uploading(recording.name, file.seek(0, os.SEEK_END))
            try:
                return await self._resumably(recording, file, progress)
            except resumable.NotOffered:
                return await self._patiently(lambda: self._form(recording, file, progress), progress)

    async def retry(self, session_id: str, progress: FileProgress) -> Session:
        """Have a session transcribed again. Raises as `upload`."""
        return await self._patiently(lambda: server.retry(self._http, session_id, self._options), progress)

    async def finish(self, session: Session, progress: FileProgress) -> tuple[str, list[str]]:
        """Follow a session to its end; return its text, and notes about it.

        Raises:
            Failed: it failed, or was canceled.
            Problem: the server refuses; for example, the token was deleted.
            Unreachable: it does not answer any more.
        """
        if session.status is not None:
            progress.status(session.status)
        follower = Follower(self._http, session.id, progress.status, self._timings, newest=session.status)
        final = await follower.follow()
        if final.state != "completed":
            raise Failed(session.id, final.message)  # the error, and whether an earlier text is kept
        text = await server.transcript(self._http, session.id, self._query)
        page = f"{str(self._http.base_url).partition('/api/')[0]}/sessions/{session.id}"
        return text.rstrip("\n"), list(notes_of(final, page))

    async def _resumably(self, recording: Recording, file: IO[bytes], progress: FileProgress) -> Session:
        note = Unfinished(self._note_path(recording, file))
        begun = await self._noted(note, progress)
        if begun is None:
            begun = await self._patiently(lambda: self._begin(note, recording, file), progress)
        session_id, stored = begun
        sender = Sender(self._http, session_id, file, note, progress, self._timings)
        try:
            await sender.send(stored)
        except BaseException as error:
            if note.is_kept and not _is_end(error):
                self.advice = GO_ON.format(sender.percent)
                await _soon(sender.ask())  # what came of the chunk that was under way is kept, too
                self.advice = GO_ON.format(sender.percent)
            elif note.taken_over() != session_id:
                note.drop()
                if not isinstance(error, Stopped) or error.is_there:
                    await _soon(resumable.discard(self._http, session_id))
            raise
        note.drop()
        self.advice = ""
        return Session(session_id)

    async def _noted(self, note: Unfinished, progress: FileProgress) -> tuple[str, int] | None:
        """The session of an upload that was noted, and what the server has of it; None: there is none."""
        if (noted := note.take()) is None:
            return None
        self.advice = "Run the same command again to go on."
        try:
            stored = await self._patiently(
                lambda: resumable.stored_bytes(self._http, noted), progress, httpx.TransportError
            )
        except Problem as refusal:
            if refusal.status not in resumable.GONE:
                raise
            self.advice = ""
            note.drop()
            return None
        return noted, stored

    async def _begin(self, note: Unfinished, recording: Recording, file: IO[bytes]) -> tuple[str, int]:
        """The session of a new upload, of which the server has nothing."""
        size = file.seek(0, os.SEEK_END)
        session_id = await resumable.begin(self._http, recording.name, size, self._options)
        note.keep(session_id)
        return session_id, 0

    def _note_path(self, recording: Recording, file: IO[bytes]) -> Path | None:
        if recording.path is None:
            return None
        credential = self._http.headers.get("Authorization", "")
        return path_of(recording.path, os.fstat(file.fileno()), str(self._http.base_url), credential, self._options)

    async def _form(self, recording: Recording, file: IO[bytes], progress: FileProgress) -> Session:
        progress.uploading(recording.name, file.seek(0, os.SEEK_END))
        file.seek(0)
        return await server.upload(self._http, recording.name, file, self._options, progress.sent)

    async def _patiently(
        self,
        ask: Callable[[], Awaitable[Answer]],
        progress: FileProgress,
        broken: type[httpx.TransportError] = httpx.ConnectError,
    ) -> Answer:
        """Ask again when the server says so: after a limit however long it is, else while it may be restarting.

        `broken`: errors after which it is asked again, too. What begins something is asked again only if the server
        got nothing of it: it may have begun though its answer was lost.
        """
        away_since: float | None = None
        while True:
            now = asyncio.get_running_loop().time()
            try:
                answer = await ask()
            except broken:
                away_since = away_since or now
                if not self._was_reached or now - away_since > self._timings.lost_s:
                    raise
                wait_s = self._timings.pause_s
            except Problem as refusal:
                self._was_reached = True
                is_limit = refusal.status == HTTPStatus.TOO_MANY_REQUESTS
                away_since = None if is_limit else away_since or now
                if refusal.retry_after_s is None or (away_since and now - away_since > self._timings.lost_s):
                    raise
                wait_s = refusal.retry_after_s
                if is_limit:
                    progress.waiting(until(wait_s))
            else:
                self._was_reached = True
                return answer
            await asyncio.sleep(wait_s)


def _is_end(error: BaseException) -> bool:
    """Whether the upload that raised it cannot be gone on with."""
    is_refusal = isinstance(error, Problem) and error.status < 500 and error.status not in LATER
    return isinstance(error, Stopped) or is_refusal


async def _soon(last: Awaitable[object]) -> None:
    """Wait for a last request, if it is answered at once."""
    with suppress(httpx.TransportError, Problem, TimeoutError):
        async with asyncio.timeout(LAST_S):
            await last
