"""Attempts at a new revision of a text, which takes the place of the one that is served when it is complete."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec import UNSET

from playhead.db import DatabaseGone
from playhead.sessions import repository, revisions
from playhead.sessions.facts import Choice, Options
from playhead.sessions.models import Session
from playhead.sessions.status import Stage, State
from playhead.transcription.engines import Checkpoint, Event, Language, ModelError, Segment
from tests.support.fakes import Meanwhile
from tests.unit.transcription.workbench import Bench

OLD: list[Event] = [Language("en"), Segment(1, 9, "old 0"), Segment(11, 19, "old 1"), Checkpoint(40.0)]
HALF: list[Event] = [Segment(1, 5, "new 0"), Checkpoint(10.0), Segment(11, 15, "new 1"), Checkpoint(20.0)]
REST: list[Event] = [Segment(21, 25, "new 2"), Checkpoint(40.0)]
OLD_TEXTS, NEW_TEXTS = ["old 0", "old 1"], ["new 0", "new 1", "new 2"]
THAI = Choice(language="th")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def session(bench: Bench) -> str:
    """A completed session that waits to be transcribed again, in Thai."""
    session = bench.queue()
    bench.work(session, OLD)
    bench.database.run(revisions.retry, session, "ada", THAI)
    return session


def read(bench: Bench, session: str) -> Session:
    return bench.database.run(repository.get, session, "ada")


def test_new_text_is_served_when_it_is_complete(bench: Bench, session: str) -> None:
    seen: list[object] = []
    look = Meanwhile(lambda: seen.append((bench.texts(session), read(bench, session).language)))
    bench.work(session, [*HALF, look, *REST])
    assert seen == [(OLD_TEXTS, "en")]
    assert bench.texts(session) == NEW_TEXTS
    done = read(bench, session)
    assert (done.revision, done.language, done.options, done.draft) == (1, "th", Options(language="th"), None)
    statuses = [status for status in bench.published(session) if status.attempt == 2]
    assert [(status.revision, status.segments) for status in statuses[:-1]] == [(0, 2)] * (len(statuses) - 1)
    assert {status.next_revision for status in statuses[:-1]} == {1}
    last = statuses[-1]
    assert (last.revision, last.next_revision, last.segments) == (1, UNSET, 3)
    assert last.message == "Done: 0:40 of audio, 3 lines"
    assert "Transcribing again: 0:20 of 0:40" in {status.message.partition(",")[0] for status in statuses}
    versions = [status.version for status in bench.published(session)]
    assert versions == sorted(set(versions))


def test_attempt_after_a_lost_one_goes_on_with_the_new_text(bench: Bench, session: str) -> None:
    with pytest.raises(DatabaseGone):
        bench.work(session, [*HALF, DatabaseGone("the machine is gone, too")])
    assert bench.texts(session) == OLD_TEXTS
    bench.lose(session)
    engine = bench.work(session, [*HALF, *REST])
    assert engine.starts == [20.0]
    assert bench.texts(session) == NEW_TEXTS


def test_canceled_retry_keeps_the_old_text_and_can_go_on(bench: Bench, session: str) -> None:
    cancel = Meanwhile(partial(bench.database.run, repository.cancel, session, "ada"))
    bench.work(session, [*HALF, cancel, *REST])
    status = bench.status(session)
    assert (status.state, status.segments, status.revision) == (State.CANCELED, 2, 0)
    assert status.message == "Canceled. The text of before is kept."
    assert bench.texts(session) == OLD_TEXTS
    assert read(bench, session).is_complete
    bench.database.run(revisions.retry, session, "ada")
    engine = bench.work(session, [*HALF, *REST])
    assert engine.starts == [40.0]
    assert bench.texts(session) == NEW_TEXTS


def test_failed_retry_keeps_the_old_text_and_says_so(bench: Bench, session: str) -> None:
    bench.work(session, [*HALF, ModelError("it is not here")])
    status = bench.status(session)
    assert status.state is State.FAILED
    assert status.message.endswith("or tell whoever runs this service. The text of before is kept.")
    assert bench.texts(session) == OLD_TEXTS


def test_retry_after_a_failed_one_with_other_options_begins_anew(bench: Bench, session: str) -> None:
    bench.work(session, [*HALF, ModelError("it is not here")])
    bench.database.run(revisions.retry, session, "ada", Choice(language="lo"))
    engine = bench.work(session, [*HALF, *REST])
    assert engine.starts == [0.0]
    assert bench.texts(session) == NEW_TEXTS
    assert (read(bench, session).revision, read(bench, session).language) == (1, "lo")


def test_session_is_transcribed_again_any_number_of_times(bench: Bench, session: str) -> None:
    bench.work(session, [*HALF, *REST])
    bench.database.run(revisions.retry, session, "ada", Choice())
    bench.work(session, OLD)
    assert (bench.texts(session), read(bench, session).revision) == (OLD_TEXTS, 2)


def test_new_text_without_speech_takes_the_place_of_the_old(bench: Bench, session: str) -> None:
    bench.work(session, [Checkpoint(40.0)])
    assert bench.texts(session) == []
    assert (bench.status(session).revision, bench.status(session).segments) == (1, 0)


def test_failure_without_text_begins_anew_in_place(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [MemoryError()])
    bench.database.run(revisions.retry, session, "ada", THAI)
    seen: list[object] = []
    look = Meanwhile(lambda: seen.append(bench.texts(session)))
    bench.work(session, [*HALF, look, *REST])
    assert seen == [NEW_TEXTS[:2]], "there is no text to keep: the new one is shown as it comes"
    assert (bench.texts(session), bench.status(session).revision) == (NEW_TEXTS, 0)
    assert bench.status(session).stage is Stage.COMPLETED
