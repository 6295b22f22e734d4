"""What the commands do at a server: upload patiently, transcribe again, follow to the end, read the text."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx

from playhead.cli import server
from playhead.cli.follow import Follower, Timings
from playhead.cli.notes import notes_of
from playhead.cli.recordings import Recording
from playhead.cli.screen import FileProgress
from playhead.cli.server import Session
from playhead.errors import Problem

DEFAULT = Timings()


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

    async def upload(self, recording: Recording, progress: FileProgress) -> Session:
        """Send a file as soon as the site takes it.

        Raises:
            Problem: it is refused.
            OSError: the file cannot be read.
            httpx.TransportError: the server cannot be reached, or the connection broke.
        """
        return await self._patiently(lambda: self._send(recording, progress), progress)

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
        progress.status(session.status)
        follower = Follower(self._http, session.id, progress.status, self._timings, newest=session.status)
        final = await follower.follow()
        if final.state != "completed":
            raise Failed(session.id, final.message)  # the error, and whether an earlier text is kept
        text = await server.transcript(self._http, session.id, self._query)
        page = f"{str(self._http.base_url).partition('/api/')[0]}/sessions/{session.id}"
        return text.rstrip("\n"), list(notes_of(final, page))

    async def _send(self, recording: Recording, progress: FileProgress) -> Session:
        with recording.open() as file:
            size = file.seek(0, 2)
            file.seek(0)
            progress.uploading(recording.name, size)
            return await server.upload(self._http, recording.name, file, self._options, progress.sent)

    async def _patiently(self, ask: Callable[[], Awaitable[Session]], progress: FileProgress) -> Session:
        """Ask again when the server says so: after a limit however long it is, else while it may be restarting."""
        away_since: float | None = None
        while True:
            now = asyncio.get_running_loop().time()
            try:
                session = await ask()
            except httpx.ConnectError:
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
                return session
            await asyncio.sleep(wait_s)


def until(wait_s: float, now: datetime | None = None) -> str:
    """A sentence with the time, in whole minutes, at which the site takes uploads again."""
    end = (now or datetime.now().astimezone()) + timedelta(seconds=wait_s, minutes=1, microseconds=-1)
    return f"The site takes no more uploads until {end:%H:%M}; waiting."
