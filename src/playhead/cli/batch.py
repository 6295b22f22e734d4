"""Transcribes recordings: a few under way, each to its end, and one that fails stops no other."""

import asyncio
import errno
from collections.abc import Sequence
from http import HTTPStatus

import httpx

from playhead.cli.exit_codes import FAILED, REFUSED, UNREACHABLE
from playhead.cli.follow import Unreachable
from playhead.cli.recordings import Recording
from playhead.cli.screen import FileProgress, Screen
from playhead.cli.sending import Stopped
from playhead.cli.site import Failed, Site
from playhead.cli.texts import Texts
from playhead.errors import Problem

UNDER_WAY = 4
"""Sessions followed concurrently: enough to keep some workers busy while the next file is sent, and few enough for the
streams that a person may have."""
ENDS_ALL = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.INSUFFICIENT_STORAGE})
"""Refusals that the next file would get, too."""
NOWHERE = frozenset({errno.EPIPE, errno.ENOSPC})
"""Nobody reads what is printed, or the disk is full: no other text could be written."""
GONE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol, Unreachable)
"""The server cannot be reached, for any file."""


class Batch:
    """One run over recordings.

    Args:
        recordings: what is transcribed.
        texts: takes their texts.
        site: the server.
        screen: where progress is shown.
        labelled: whether sentences begin with the name of the file.
        under_way: sessions that are followed concurrently.

    Attributes:
        done: texts that were taken, or were there already.
        is_server_gone: whether the server cannot be reached.
        codes: the exit code of each recording that failed.
        sessions: ids of the sessions that have not ended.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        texts: Texts,
        site: Site,
        screen: Screen,
        *,
        labelled: bool = True,
        under_way: int = UNDER_WAY,
    ) -> None:
        self._recordings, self._texts, self._site, self._screen = recordings, texts, site, screen
        self._labelled = labelled
        self._slots = asyncio.Semaphore(under_way)
        self._turn = asyncio.Lock()
        self._is_ended = False
        self.is_server_gone = False
        self.done = 0
        self.codes: list[int] = []
        self.sessions: list[str] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(len(self._recordings)):
                group.create_task(self._one(number))

    @property
    def advice(self) -> str:
        """How the upload that was stopped can be gone on with; empty: none was, or it cannot."""
        return self._site.advice

    @property
    def left(self) -> int:
        """The number of recordings that were not tried."""
        return len(self._recordings) - self.done - len(self.codes)

    async def _one(self, number: int) -> None:
        async with self._slots:
            if (present := self._texts.present(number)) is not None:
                self._report(number, f"left out, {present} is there. --overwrite writes it again.")
                self.done += 1
                return
            with self._screen.file(self._prefix(number)) as progress:
                text = await self._text(number, progress)
            try:
                with self._screen.aside():
                    self._texts.take(number, text)
            except OSError as error:
                self._is_ended |= error.errno in NOWHERE
                self._fail(number, f"The text cannot be written: {error.strerror}.", REFUSED)
                return
            self.done += text is not None

    async def _text(self, number: int, progress: FileProgress) -> str | None:
        """The text of a recording; None if it failed, which was reported."""
        sentence = "The connection broke while it was sent: look for it in the list of sessions."
        is_sent = False
        try:
            async with self._turn:
                if self._is_ended:
                    return None
                session = await self._site.upload(self._recordings[number], progress)
            self.sessions.append(session.id)
            is_sent = True  # the advice may be of another file from now on
            sentence = f"The connection broke, and the session goes on: {session.id}"
            text, notes = await self._site.finish(session, progress)
            self.sessions.remove(session.id)
        except GONE:
            self._is_ended = self.is_server_gone = True
            self.codes.append(UNREACHABLE)  # reported once, by who runs the batch
        except httpx.TransportError:
            self._fail(number, sentence, UNREACHABLE)
        except Failed as error:
            self.sessions.remove(error.session_id)
            self._fail(number, str(error), FAILED)
        except Stopped as error:
            self._fail(number, str(error), error.code)
        except Problem as refusal:
            self._is_ended |= refusal.status in ENDS_ALL
            advice = "" if is_sent else self._site.advice
            self._fail(number, f"{refusal.detail} {advice}".rstrip(), REFUSED)
        except OSError as error:
            self._fail(number, f"It cannot be read: {error.strerror}.", REFUSED)
        else:
            for note in notes:
                self._report(number, note)
            return text
        return None

    def _fail(self, number: int, sentence: str, code: int) -> None:
        self.codes.append(code)
        self._report(number, sentence)

    def _report(self, number: int, sentence: str) -> None:
        prefix = self._prefix(number)
        self._screen.report(f"{prefix}: {sentence}" if prefix else sentence)

    def _prefix(self, number: int) -> str:
        return self._recordings[number].label if self._labelled else ""
