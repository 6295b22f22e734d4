"""Retries and revisions on both kinds of database: what may be tried again, and what is read of a text."""

from datetime import timedelta

import msgspec
import pytest

from playhead.db import SyncDatabase
from playhead.errors import Problem
from playhead.sessions import attempts, repository, revisions, transcript
from playhead.sessions.facts import Choice, Draft, Options, TextWarning, Track, Word
from playhead.sessions.models import Segment, Session
from playhead.sessions.status import Stage, State, Status
from playhead.sessions.usage import usage_of
from tests.contract.databases.sessions import Queue, after
from tests.support.stored import read_status

SPOKEN = (Word(0.1, 0.4, "old"), Word(0.5, 0.9, "«ü»"))
OLD = [Segment(0, 0, 1, "old «ü»", 2, SPOKEN), Segment(1, 1, 2, "more")]
NEW = [Segment(0, 0, 1, "new")]
TRACKS = (
    Track(index=0, codec="aac", decodable=True, chosen=True),
    Track(index=1, codec="apac", decodable=False, chosen=False),
)
SILENT = (TextWarning("too_quiet", "It is very quiet."),)


def claim(database: SyncDatabase, id: str) -> Session:
    return database.run(attempts.claim, id, "whisper")


def last_of(status: Status, **fields: object) -> Status:
    done = after(status, Stage.COMPLETED, State.COMPLETED)
    return msgspec.structs.replace(done, **fields)


@pytest.fixture
def done(database: SyncDatabase, queue: Queue) -> str:
    """A completed session of a minute."""
    session = queue(options=Options(language="en")).id
    status = last_of(claim(database, session).status, segments=2, warnings=SILENT)
    database.run(attempts.save, status, OLD, tracks=TRACKS, warnings=SILENT, duration_s=60.0)
    return session


def again(database: SyncDatabase, id: str, **choice: object) -> Session:
    return database.run(revisions.retry, id, "ada", msgspec.convert(choice, Choice))


def test_everything_of_a_segment_and_a_session_is_read_back(database: SyncDatabase, done: str) -> None:
    session = database.run(repository.get, done, "ada")
    assert (session.tracks, session.warnings, session.options) == (TRACKS, SILENT, Options(language="en"))
    assert database.run(transcript.segments, done) == OLD
    assert database.run(transcript.segments_of, done, 0, 1) == OLD[1:]
    without_words = database.run(transcript.segments_of, done, 0, 0, 1, words=False)
    assert without_words == [Segment(0, 0, 1, "old «ü»", 2)]


def test_new_revision_takes_the_place_of_the_old_in_one_step(database: SyncDatabase, done: str) -> None:
    before = database.run(read_status, done)
    queued = again(database, done, language="auto")
    assert queued.status.version > before.version
    assert (queued.status.state, queued.status.segments, queued.status.next_revision) == (State.QUEUED, 2, 1)
    assert (queued.status.progress, queued.status.position_s) == (None, None)
    assert (queued.draft, queued.options) == (Draft(is_complete=True), Options())
    status = claim(database, done).status
    draft = Draft(is_complete=True, segments=1, language="th", duration_s=61.0, engine="whisper/small")
    database.run(attempts.save, after(status), NEW, draft=draft)
    assert database.run(transcript.segments, done) == OLD
    database.run(attempts.save, last_of(after(status), segments=1, revision=1), draft=draft)
    assert database.run(transcript.segments_of, done, 1) == [Segment(0, 0, 1, "new", revision=1)]
    assert database.run(transcript.segments_of, done, 0) is None
    assert database.run(transcript.segments_of, done, 1, 1) == []
    served = database.run(repository.get, done, "ada")
    assert (served.language, served.duration_s, served.engine, served.tracks) == ("th", 61.0, "whisper/small", ())


def test_late_worker_of_the_old_attempt_cannot_replace_the_text(database: SyncDatabase, done: str) -> None:
    again(database, done)
    late = claim(database, done).status
    database.run(attempts.release, done, late.attempt)
    claim(database, done)
    with pytest.raises(attempts.Fenced):
        database.run(attempts.save, last_of(late, revision=1), NEW, draft=Draft(is_complete=True, segments=1))
    assert database.run(transcript.segments, done) == OLD


@pytest.mark.parametrize(
    ("choice", "code", "sentence"),
    [
        (None, "not_retryable", "completed: choose a language"),
        (Choice(track=1), "invalid", "no track 1"),
        (Choice(track=7), "invalid", "no track 7"),
    ],
)
def test_completed_session_is_not_tried_again_so(
    database: SyncDatabase, done: str, choice: Choice | None, code: str, sentence: str
) -> None:
    before = database.run(repository.get, done, "ada")
    with pytest.raises(Problem, match=sentence) as refused:
        database.run(revisions.retry, done, "ada", choice)
    assert refused.value.code == code
    assert database.run(repository.get, done, "ada") == before


def test_session_that_is_not_final_is_not_tried_again(database: SyncDatabase, queue: Queue) -> None:
    with pytest.raises(Problem, match="under way"):
        again(database, queue().id, language="de")


def test_what_is_left_out_stays_and_auto_chooses_nothing(database: SyncDatabase, done: str) -> None:
    assert again(database, done, track=0, channels="each").options == Options(language="en", track=0, channels="each")
    database.run(repository.cancel, done, "ada")
    assert again(database, done, language="auto", track="all").options == Options(track="all", channels="each")


def test_each_revision_counts_once_for_the_hours_of_a_person(database: SyncDatabase, done: str) -> None:
    assert database.run(usage_of, ["ada"])["ada"].audio_s == 60
    again(database, done)
    status, draft = claim(database, done).status, Draft(is_complete=True, duration_s=60.0)
    database.run(attempts.save, after(status), duration_s=60.0, draft=draft)
    assert database.run(usage_of, ["ada"])["ada"].audio_s == 120
    database.run(attempts.save, after(after(status)), duration_s=60.0, draft=draft)
    assert database.run(usage_of, ["ada"])["ada"].audio_s == 120


def test_draft_is_deleted_with_its_session(database: SyncDatabase, done: str, queue: Queue) -> None:
    again(database, done)
    status = claim(database, done).status
    database.run(attempts.save, after(status), NEW, draft=Draft(is_complete=True, segments=1))
    database.run(repository.remove, done, "ada")
    queue(id=done)
    database.run(attempts.save, after(claim(database, done).status), NEW, draft=Draft(is_complete=False, segments=1))


def test_canceled_session_without_its_recording_is_not_tried(database: SyncDatabase, done: str) -> None:
    assert database.run(repository.mark_audio_deleted, done)
    with pytest.raises(Problem, match="upload it again"):
        again(database, done, language="de")


def test_lost_attempt_at_a_revision_is_recovered(database: SyncDatabase, done: str) -> None:
    again(database, done)
    database.run(attempts.claim, done, "whisper", lease=timedelta(seconds=-1))
    (found,) = database.run(attempts.recover).changed
    assert (found.status.stage, found.status.segments, found.status.next_revision) == (Stage.RETRYING, 2, 1)
