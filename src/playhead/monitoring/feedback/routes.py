"""Routes of the question after a session: whether to ask it, its answer, and what admins see of all answers."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Annotated, Literal
from unicodedata import category

import msgspec
from quart import Blueprint, Response
from quart_schema import tag, validate_querystring, validate_request, validate_response

from playhead.accounts.access import admin_only, signed_in
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.db import Database, present
from playhead.errors import Problem
from playhead.ids import CANONICAL
from playhead.monitoring.feedback import csv_export, repository
from playhead.monitoring.feedback.repository import Outcome
from playhead.monitoring.feedback.summary import STEPS, Range, Rated, edges_until, summed_up
from playhead.openapi_marks import answers

COMMENT_LENGTH = 2000
"""Letters: a page of text, which is more than anybody writes into a small field."""
EXPORT_PAGE = 500
"""Answers of a piece of the CSV: 2 MB if all comments have the greatest length, 50 kB as they are written."""

DigestOf = Callable[[str], str]
"""Makes the digest of a person's id."""
Rating = Annotated[int, msgspec.Meta(ge=1, le=5)]


class Ask(msgspec.Struct):
    ask: bool


class NewAnswer(msgspec.Struct):
    """`rating` null: the question is shown now. `mode`: how the session was followed most of the time."""

    rating: Rating | None
    comment: Annotated[str, msgspec.Meta(max_length=COMMENT_LENGTH)] = ""
    mode: Literal["stream", "wait", "poll", "none"] = "none"


class RatedDocument(msgspec.Struct):
    """`ratings`: how many of 1, 2, 3, 4 and 5; `mean` is null without any."""

    count: int
    mean: float | None
    ratings: list[int]


class ModeDocument(RatedDocument):
    mode: str


class StepDocument(RatedDocument):
    begins_at: datetime


class AnswerDocument(msgspec.Struct):
    id: str
    at: datetime
    rating: int
    comment: str
    mode: str


class Feedback(msgspec.Struct):
    """The counts are of the range, `answers` a page of it, newest first."""

    range: Range
    all: RatedDocument
    unanswered: int
    by_mode: list[ModeDocument]
    steps: list[StepDocument]
    answers: list[AnswerDocument]
    next_cursor: str | None


class FeedbackQuery(msgspec.Struct):
    range: Range = "month"
    cursor: Annotated[str, msgspec.Meta(pattern=f"^{CANONICAL}$", max_length=36)] | None = None


class ExportQuery(msgspec.Struct):
    range: Range = "quarter"


def routes(database: Database, digest_of: DigestOf, count_rating: Callable[[int], object]) -> Blueprint:
    """Makes the blueprint.

    Args:
        database: the database.
        digest_of: makes the digest of a person's id, as which they are kept.
        count_rating: is called with each rating that is kept.
    """
    blueprint = Blueprint("feedback", __name__)

    @blueprint.get("/feedback")
    @signed_in
    @limited("60/minute", by="user")
    @tag(["status"])
    @validate_response(Ask)
    async def may_ask() -> tuple[Ask, int]:
        """Ask whether the question may be shown: not if it was within 30 days, on any device."""
        return Ask(await database.run(repository.may_ask, digest_of(caller().id))), 200

    @blueprint.post("/feedback")
    @signed_in
    @limited("20/hour", by="user")
    @tag(["status"])
    @validate_request(NewAnswer)
    @validate_response(Ask, 201)
    @answers(409, "There is an answer from the last 30 days.")
    async def answer(data: NewAnswer) -> tuple[Ask, int]:
        """Note that the question whether the page kept somebody up to date is shown, or answer it."""
        kept = await database.run(repository.keep, digest_of(caller().id), data.rating, tidy(data.comment), data.mode)
        if kept is Outcome.ANSWERED_BEFORE:
            raise Problem(409, "already_answered", "You have answered already: your first answer was kept. Thank you.")
        if kept is Outcome.KEPT and data.rating is not None:
            count_rating(data.rating)
        return Ask(ask=False), 201

    @blueprint.get("/admin/feedback")
    @admin_only
    @limited("120/minute", by="user")
    @tag(["admin"])
    @validate_querystring(FeedbackQuery)
    @validate_response(Feedback)
    async def read(query_args: FeedbackQuery) -> tuple[Feedback, int]:
        """Read how people rated, by mode and over time, and what they wrote; `next_cursor` is for older answers."""
        edges = edges_until(await database.run(present), query_args.range)
        found = summed_up(await database.run(repository.counts, edges), STEPS[query_args.range][0])
        page, cursor = await database.run(repository.answers, edges[0], query_args.cursor)
        document = Feedback(
            range=query_args.range,
            all=_rated(found.all),
            unanswered=found.unanswered,
            by_mode=[_of_mode(mode, one) for mode, one in found.by_mode.items()],
            steps=[_of_step(begins_at, one) for begins_at, one in zip(edges, found.steps, strict=False)],
            answers=[_answer(one, one.rating) for one in page if one.rating is not None],
            next_cursor=cursor,
        )
        return document, 200

    @blueprint.get("/admin/feedback.csv")
    @admin_only
    @limited("20/minute", by="user")
    @tag(["admin"])
    @validate_querystring(ExportQuery)
    @answers(200, "The answers, and how often there was none.", "text/csv")
    async def export(query_args: ExportQuery) -> Response:
        """Download all answers of a range as CSV, newest first; a question without an answer has no rating."""
        since = edges_until(await database.run(present), query_args.range)[0]
        # The first page is read before the response begins, so that an error still gets its own status.
        first = await _page(since, None)
        response = Response(_csv(since, first), content_type="text/csv; charset=utf-8")
        name = f"feedback-{datetime.now(UTC).date().isoformat()}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    async def _page(since: datetime, cursor: str | None) -> tuple[list[repository.Answer], str | None]:
        return await database.run(repository.answers, since, cursor, unanswered=True, limit=EXPORT_PAGE)

    async def _csv(since: datetime, first: tuple[list[repository.Answer], str | None]) -> AsyncIterator[bytes]:
        yield csv_export.head()
        page, cursor = first
        yield csv_export.rows(page)
        while cursor is not None:
            page, cursor = await _page(since, cursor)
            yield csv_export.rows(page)

    return blueprint


def tidy(comment: str) -> str:
    """A comment without spaces around it and without control characters: PostgreSQL refuses NUL in a text."""
    lines = comment.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter in "\n\t" or category(letter) not in ("Cc", "Cs")).strip()


def _answer(one: repository.Answer, rating: int) -> AnswerDocument:
    return AnswerDocument(one.id, one.at, rating, one.comment, one.mode)


def _rated(one: Rated) -> RatedDocument:
    return RatedDocument(one.count, one.mean, list(one.by_rating))


def _of_mode(mode: str, one: Rated) -> ModeDocument:
    return ModeDocument(one.count, one.mean, list(one.by_rating), mode)


def _of_step(begins_at: datetime, one: Rated) -> StepDocument:
    return StepDocument(one.count, one.mean, list(one.by_rating), begins_at)
