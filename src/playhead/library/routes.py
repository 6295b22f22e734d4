"""Routes of a person's sessions: list, read, cancel, retry, delete, and their transcripts and recordings."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from quart import Blueprint, Response, request
from quart_schema import document_request, document_response, tag, validate_querystring, validate_response

from playhead.accounts.access import signed_in
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.accounts.models import User
from playhead.db import Database
from playhead.library import audio, transcripts
from playhead.library.downloads import Downloads
from playhead.library.media_types import MediaTypes
from playhead.library.wire import Cursor, SessionPage, Transcript, TranscriptQuery
from playhead.openapi_marks import answers, asks
from playhead.sessions import repository, transcript
from playhead.sessions.commands import Commands
from playhead.sessions.models import Segment, Session
from playhead.sessions.wire import SessionDocument, document
from playhead.storage import Storage
from playhead.uploads.options import RetryRequest, choice_of, retry_request

WordsAllowed = Callable[[User], bool]
"""Whether a person may read the words of a session that is not final."""


class Replaced(Exception):
    """The text that is being sent is not served any more."""


def routes(
    database: Database,
    storage: Storage,
    commands: Commands,
    words_allowed: WordsAllowed,
    *,
    downloads: Downloads | None = None,
    models: Sequence[str] = (),
) -> Blueprint:
    """Makes the blueprint; `downloads` counts the recordings being sent, `models` are the names that may be chosen."""
    blueprint = Blueprint("library", __name__)
    counter, media_types = downloads or Downloads(), MediaTypes(storage)
    # Subtitles of a page of segments take up to 0.4 s of a thread: one page at a time, so that streams keep their time.
    formatting = asyncio.Lock()

    @blueprint.get("/sessions")
    @signed_in
    @limited("240/minute", by="user")
    @tag(["sessions"])
    @validate_querystring(Cursor)
    @validate_response(SessionPage)
    async def list_sessions(query_args: Cursor) -> tuple[SessionPage, int]:
        """List the person's sessions, newest first; pass `next_cursor` as `cursor` to get older ones."""
        found, cursor = await database.run(repository.page, caller().id, query_args.cursor)
        return SessionPage([document(session) for session in found], cursor), 200

    @blueprint.get("/sessions/<id:id>")
    @signed_in
    @limited("240/minute", by="user")
    @tag(["sessions"])
    @validate_response(SessionDocument)
    async def read_session(id: str) -> tuple[SessionDocument, int]:
        """Read a session with its status."""
        return document(await database.run(repository.get, id, caller().id)), 200

    @blueprint.delete("/sessions/<id:id>")
    @signed_in
    @limited("60/minute", by="user")
    @tag(["sessions"])
    @answers(204, "The session is deleted.")
    async def delete_session(id: str) -> tuple[str, int]:
        """Delete a session with its transcript and recording; a running one is stopped first."""
        await commands.delete(id, caller().id)
        return "", 204

    @blueprint.post("/sessions/<id:id>/cancel")
    @signed_in
    @limited("60/minute", by="user")
    @tag(["sessions"])
    @validate_response(SessionDocument, 202)
    @answers(409, "The session is already final.")
    async def cancel_session(id: str) -> tuple[SessionDocument, int]:
        """Cancel a session: at once while it is queued, soon while it runs. 409 `already_final`.

        A running session stops at most 2 s after its next segment or its next fetched piece; loading a model is not
        interrupted.
        """
        return document(await commands.cancel(id, caller().id)), 202

    @blueprint.post("/sessions/<id:id>/retry")
    @signed_in
    @limited("60/minute", by="user")
    @tag(["sessions"])
    @validate_response(SessionDocument, 202)
    @document_request(RetryRequest)
    @answers(409, "The session is not final, or would fail again.")
    async def retry_session(id: str) -> tuple[SessionDocument, int]:
        """Queue a session again; a failed or canceled one continues after its stored segments. 409 `not_retryable`.

        With a body a completed one is transcribed again, and with other options any: a new revision of its text begins,
        and the one that is there is served until the new one is complete.
        """
        asked = retry_request(await request.get_data())
        choice = choice_of(asked, models) if asked else None
        return document(await commands.retry(id, caller().id, choice)), 202

    @blueprint.get("/sessions/<id:id>/transcript")
    @signed_in
    @limited("120/minute", by="user")
    @tag(["sessions"])
    @validate_querystring(TranscriptQuery)
    @document_response(Transcript)
    @answers(
        200,
        "With `format` txt, srt or vtt: the transcript as a download.",
        "text/plain",
        "application/x-subrip",
        "text/vtt",
    )
    async def read_transcript(id: str, query_args: TranscriptQuery) -> Response:
        """Read the segments stored so far, also while processing, from the index `from` on.

        `from` counts in `revision`, that of the segments you have: if another one is served, it is answered from its
        first segment on. While a session is transcribed again, the text of before is served.

        `format` is json, with the times of words by `words=1`; or a download: txt, in paragraphs or by `lines=segments`
        with a line for each segment, and srt or vtt, by the rules of subtitles. With the flag `live-transcript` off
        there are no segments until the session is final.
        """
        # The first page is read before the response begins, so that an error still gets its own status.
        session, first = await _with_first_page(id, query_args)
        pages = _pages(session, first)
        body = _json(session, pages, query_args) if query_args.format == "json" else _text(session, pages, query_args)
        response = Response(body, content_type=transcripts.MEDIA_TYPES[query_args.format])
        response.headers["Cache-Control"] = "no-store"
        if query_args.format != "json":
            response.headers["Content-Disposition"] = transcripts.attachment(session.filename, query_args.format)
        return response

    @blueprint.get("/sessions/<id:id>/audio")
    @signed_in
    @limited("600/minute", by="user")
    @tag(["sessions"])
    @asks("Range", "A part of the recording, such as `bytes=0-1023`.", "header", "string")
    @answers(200, "The recording.", "audio/*", "video/*", "application/octet-stream")
    @answers(206, "The requested part.", "audio/*", "video/*", "application/octet-stream")
    @answers(409, "The recording is still being uploaded.")
    @answers(416, "The recording has no such part.")
    @answers(503, "Too many recordings are being sent: try again after `Retry-After`.")
    async def read_audio(id: str) -> Response:
        """Read the recording as it was uploaded, whole or by `Range`."""
        session = await database.run(repository.get, id, caller().id)
        return await audio.answer(storage, session, counter, media_types)

    async def _with_first_page(id: str, query: TranscriptQuery) -> tuple[Session, list[Segment]]:
        while True:
            session = await database.run(repository.get, id, caller().id)
            if not session.is_shown_whole and not words_allowed(caller()):
                return session, []
            start = query.start if query.revision in (None, session.revision) else 0
            first = await database.run(transcript.segments_of, session.id, session.revision, start)
            if first is not None:  # else a new revision is served since the session was read
                return session, first

    async def _pages(session: Session, first: list[Segment]) -> AsyncIterator[list[Segment]]:
        page: list[Segment] | None = first
        while page:
            yield page
            after = page[-1].index + 1
            page = await database.run(transcript.segments_of, session.id, session.revision, after)
        if page is None:
            raise Replaced("another revision is served: the response breaks off, so that it is read again")

    async def _json(
        session: Session, pages: AsyncIterator[list[Segment]], query: TranscriptQuery
    ) -> AsyncIterator[bytes]:
        complete, revision = session.is_complete, session.revision
        yield transcripts.json_head(session.id, session.language, complete=complete, revision=revision)
        comma = b""
        async for page in pages:
            yield comma + transcripts.json_page(page, words=query.words == 1)
            comma = b","
        yield transcripts.JSON_TAIL

    async def _text(
        session: Session, pages: AsyncIterator[list[Segment]], query: TranscriptQuery
    ) -> AsyncIterator[bytes]:
        writer = transcripts.writer(
            query.format, language=session.language, duration_s=session.duration_s, lines=query.lines
        )
        yield writer.begin().encode()
        async for page in pages:
            async with formatting:
                text = await asyncio.to_thread(writer.add, page)
            yield text.encode()
        async with formatting:
            text = await asyncio.to_thread(writer.end)
        yield text.encode()

    return blueprint
