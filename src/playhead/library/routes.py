"""A person's sessions: list, read, cancel, retry, delete; the transcript and the recording of each."""

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
from playhead.library.wire import Cursor, SessionPage, Transcript, Wanted
from playhead.openapi_marks import answers, asks
from playhead.sessions import repository
from playhead.sessions.commands import Commands
from playhead.sessions.models import Segment, Session
from playhead.sessions.status import State
from playhead.sessions.wire import SessionDocument, document
from playhead.storage import Storage

WordsAllowed = Callable[[User], bool]
"""Whether this person may have the words while they are heard."""


def routes(
    database: Database,
    storage: Storage,
    commands: Commands,
    words_allowed: WordsAllowed,
    *,
    downloads: Downloads | None = None,
) -> Blueprint:
    blueprint = Blueprint("library", __name__)
    under_way = downloads or Downloads()

    @blueprint.get("/sessions")
    @signed_in
    @limited("240/minute", by="user")
    @tag(["sessions"])
    @validate_querystring(Cursor)
    @validate_response(SessionPage)
    async def list_sessions(query_args: Cursor) -> tuple[SessionPage, int]:
        """The person's sessions, newest first; `next_cursor` asks for the older ones."""
        found, cursor = await database.run(repository.page, caller().id, query_args.cursor)
        return SessionPage([document(session) for session in found], cursor), 200

    @blueprint.get("/sessions/<id:id>")
    @signed_in
    @limited("240/minute", by="user")
    @tag(["sessions"])
    @validate_response(SessionDocument)
    async def read_session(id: str) -> tuple[SessionDocument, int]:
        """One session with its status."""
        return document(await database.run(repository.get, id, caller().id)), 200

    @blueprint.delete("/sessions/<id:id>")
    @signed_in
    @limited("60/minute", by="user")
    @tag(["sessions"])
    @answers(204, "It is gone.")
    async def delete_session(id: str) -> tuple[str, int]:
        """Delete a session with its transcript and recording; if it runs, it is stopped first."""
        await commands.delete(id, caller().id)
        return "", 204

    @blueprint.post("/sessions/<id:id>/cancel")
    @signed_in
    @limited("60/minute", by="user")
    @tag(["sessions"])
    @validate_response(SessionDocument, 202)
    @answers(409, "It is final already.")
    async def cancel_session(id: str) -> tuple[SessionDocument, int]:
        """Stop a session: at once while it waits, soon while it runs. 409 `already_final`.

        Soon is 2 s after the next segment is heard, or the next piece fetched; loading a model is not interrupted.
        """
        return document(await commands.cancel(id, caller().id)), 202

    @blueprint.post("/sessions/<id:id>/retry")
    @signed_in
    @limited("60/minute", by="user")
    @tag(["sessions"])
    @validate_response(SessionDocument, 202)
    @answers(409, "It did not fail, or would fail again.")
    async def retry_session(id: str) -> tuple[SessionDocument, int]:
        """Queue a failed or canceled session again; it goes on from the segments it has. 409 `not_retryable`."""
        return document(await commands.retry(id, caller().id)), 202

    @blueprint.get("/sessions/<id:id>/transcript")
    @signed_in
    @limited("120/minute", by="user")
    @tag(["sessions"])
    @validate_querystring(Wanted)
    @document_response(Transcript)
    @answers(
        200,
        "With `format` txt, srt or vtt: the transcript as a download.",
        "text/plain",
        "application/x-subrip",
        "text/vtt",
    )
    async def read_transcript(id: str, query_args: Wanted) -> Response:
        """The segments so far, also while processing, from the index `from` on.

        `format` is json, or txt, srt or vtt, which come as a download. With the flag `live-transcript` off there are
        none until the session is final.
        """
        session = await database.run(repository.get, id, caller().id)
        shown = session.status.is_final or words_allowed(caller())
        # The first page is read before the answer begins: if it cannot be read, the answer says so.
        pages = await _begun(_pages(session, query_args.start)) if shown else _no_pages()
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
    @asks("Range", "`bytes=0-1023`: a part of it", "header", "string")
    @answers(200, "The recording.", "audio/*", "video/*", "application/octet-stream")
    @answers(206, "The part of it.", "audio/*", "video/*", "application/octet-stream")
    @answers(416, "It has no such part.")
    @answers(503, "Too many recordings are being sent just now: try again after `Retry-After`.")
    async def read_audio(id: str) -> Response:
        """The recording as it was sent, whole or by `Range`."""
        return await audio.answer(storage, await database.run(repository.get, id, caller().id), under_way)

    async def _pages(session: Session, start: int) -> AsyncIterator[list[Segment]]:
        while page := await database.run(repository.segments, session.id, start):
            yield page
            start = page[-1].index + 1

    async def _begun(pages: AsyncIterator[list[Segment]]) -> AsyncIterator[list[Segment]]:
        first: list[Segment] = await anext(pages, [])

        async def all_of_them() -> AsyncIterator[list[Segment]]:
            if first:
                yield first
            async for page in pages:
                yield page

        return all_of_them()

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
