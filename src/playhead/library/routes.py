"""Routes of a person's sessions: list, read, cancel, retry, delete, and their transcripts and recordings."""

from collections.abc import AsyncIterator, Callable

from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_response

from playhead.accounts.access import signed_in
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.accounts.models import User
from playhead.db import Database
from playhead.library import audio, transcripts
from playhead.library.downloads import Downloads
from playhead.library.wire import Cursor, SessionPage, Transcript, TranscriptQuery
from playhead.openapi_marks import answers, asks
from playhead.sessions import repository
from playhead.sessions.commands import Commands
from playhead.sessions.models import Segment, Session
from playhead.sessions.status import State
from playhead.sessions.wire import SessionDocument, document
from playhead.storage import Storage

WordsAllowed = Callable[[User], bool]
"""Whether a person may read the words of a session that is not final."""


def routes(
    database: Database,
    storage: Storage,
    commands: Commands,
    words_allowed: WordsAllowed,
    *,
    downloads: Downloads | None = None,
) -> Blueprint:
    """Makes the blueprint; `downloads` counts the recordings being sent."""
    blueprint = Blueprint("library", __name__)
    counter = downloads or Downloads()

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
    @answers(409, "The session did not fail, or would fail again.")
    async def retry_session(id: str) -> tuple[SessionDocument, int]:
        """Queue a failed or canceled session again; it continues after its stored segments. 409 `not_retryable`."""
        return document(await commands.retry(id, caller().id)), 202

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

        `format` is json, or txt, srt or vtt for a download. With the flag `live-transcript` off there are no segments
        until the session is final.
        """
        session = await database.run(repository.get, id, caller().id)
        shown = session.status.is_final or words_allowed(caller())
        # The first page is read before the response begins, so that an error still gets its own status.
        pages = await _with_first_page(_pages(session, query_args.start)) if shown else _no_pages()
        body = _json(session, pages) if query_args.format == "json" else _text(query_args.format, pages)
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
    @answers(416, "The recording has no such part.")
    @answers(503, "Too many recordings are being sent: try again after `Retry-After`.")
    async def read_audio(id: str) -> Response:
        """Read the recording as it was uploaded, whole or by `Range`."""
        return await audio.answer(storage, await database.run(repository.get, id, caller().id), counter)

    async def _pages(session: Session, start: int) -> AsyncIterator[list[Segment]]:
        while page := await database.run(repository.segments, session.id, start):
            yield page
            start = page[-1].index + 1

    async def _with_first_page(pages: AsyncIterator[list[Segment]]) -> AsyncIterator[list[Segment]]:
        first: list[Segment] = await anext(pages, [])

        async def all_pages() -> AsyncIterator[list[Segment]]:
            if first:
                yield first
            async for page in pages:
                yield page

        return all_pages()

    async def _no_pages() -> AsyncIterator[list[Segment]]:
        return
        yield []

    async def _json(session: Session, pages: AsyncIterator[list[Segment]]) -> AsyncIterator[bytes]:
        complete = session.status.state == State.COMPLETED
        yield transcripts.json_head(session.id, session.language, complete=complete)
        comma = b""
        async for page in pages:
            yield comma + transcripts.json_page(page)
            comma = b","
        yield transcripts.JSON_TAIL

    async def _text(format: str, pages: AsyncIterator[list[Segment]]) -> AsyncIterator[bytes]:
        yield transcripts.HEADS[format].encode()
        async for page in pages:
            yield transcripts.render(format, page).encode()

    return blueprint
