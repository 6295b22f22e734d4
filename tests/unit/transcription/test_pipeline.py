"""One attempt at a session, whatever happens meanwhile: milestones, checkpoints, and an end for everybody.

Somewhat over 300 lines: it is one list of what may happen, and the place to see that nothing is missing.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from obstore.store import MemoryStore

from playhead.db import DatabaseGone
from playhead.sessions import attempts, repository
from playhead.sessions.status import Stage, State
from playhead.storage import CHUNK_BYTES, Storage, StorageGone
from playhead.transcription.audio import AudioError, AudioFault
from playhead.transcription.engines import Checkpoint, Event, Language, ModelError, Segment, UnknownLanguage
from playhead.transcription.watchdog import Timings
from tests.support.fakes import Meanwhile, ScriptedEngine
from tests.support.waiting import until
from tests.unit.transcription.workbench import AUDIO_S, Bench

ONE, TWO, THREE, FOUR = (Segment(10.0 * n + 1, 10.0 * n + 9, f"word {n}") for n in range(4))
FIRST_HALF: list[Event] = [Language("en"), ONE, Checkpoint(10.0), TWO, Checkpoint(20.0)]
SECOND_HALF: list[Event] = [THREE, Checkpoint(30.0), FOUR, Checkpoint(40.0)]
WORDS = ["word 0", "word 1", "word 2", "word 3"]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def test_milestones_come_in_order_and_everything_is_written(bench: Bench) -> None:
    session = bench.queue()
    engine = bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    said = bench.said(session)
    assert [status.stage for status in said] == [
        Stage.DECODING,
        Stage.DECODING,
        Stage.LOADING_MODEL,
        *[Stage.TRANSCRIBING] * 5,
        Stage.FINALIZING,
        Stage.COMPLETED,
    ]
    assert [status.version for status in said] == list(range(1_000_001, 1_000_011))
    assert [status.segments for status in said[3:]] == [0, 1, 2, 3, 4, 4, 4]
    assert [status.position_s for status in said[3:]] == [0, 10, 20, 30, 40, 40, 40]
    assert bench.words(session) == WORDS
    assert (engine.loads, engine.starts) == (1, [0.0])
    done = bench.database.run(repository.get, session, "ada")
    assert (done.duration_s, done.language, done.engine) == (AUDIO_S, "en", "scripted")
    assert done.status.message == "Done: 0:40 of audio, 4 lines"


def test_progress_never_falls_and_is_one_only_at_the_end(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, *SECOND_HALF, Checkpoint(AUDIO_S + 0.3)])
    progress = [status.progress for status in bench.said(session) if status.progress is not None]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert max(progress[:-1]) < 1
    assert all(status.eta_s is None or status.eta_s >= 0 for status in bench.said(session))


def test_what_is_published_is_stored_before_with_the_segments_it_counts(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    for status, (stored, segments) in zip(bench.publisher.said, bench.publisher.stored, strict=True):
        assert stored == status
        assert len(segments) == status.segments


def test_speed_is_measured_and_the_next_session_is_foretold_from_it(bench: Bench) -> None:
    first, second = bench.queue(), bench.queue()
    bench.work(first, [*FIRST_HALF, *SECOND_HALF])
    last = bench.said(first)[-1]
    assert last.speed is not None
    assert last.speed > 0
    bench.work(second, FIRST_HALF)
    foretold = next(status for status in bench.said(second) if status.stage is Stage.TRANSCRIBING)
    assert foretold.speed is None
    assert foretold.eta_s is not None
    assert foretold.eta_range_s is not None
    assert foretold.eta_range_s[0] <= foretold.eta_s <= foretold.eta_range_s[1]


def test_silence_is_a_transcript_too(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [Checkpoint(20.0), Checkpoint(40.0)])
    assert bench.status(session).message == "Done: 0:40 of audio, no speech found"


def test_those_who_wait_hear_that_they_moved_up(bench: Bench) -> None:
    session, other = bench.queue(), bench.queue()
    bench.work(session, FIRST_HALF)
    assert [(status.queue_position, status.message) for status in bench.said(other)] == [(1, "Next in line")]


def test_worker_that_is_killed_costs_only_what_came_after_the_last_checkpoint(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(DatabaseGone):
        bench.work(session, [*FIRST_HALF, THREE, DatabaseGone("the machine is gone, too")])
    assert bench.words(session) == WORDS[:2]
    before = bench.status(session)
    assert before.state is State.PROCESSING
    bench.lose(session)
    engine = bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    assert engine.starts == [20.0]
    assert bench.words(session) == WORDS
    (resumed,) = (status for status in bench.said(session) if status.stage is Stage.RETRYING)
    assert (resumed.attempt, resumed.position_s, resumed.segments) == (2, 20.0, 2)
    assert resumed.message == "Interrupted: attempt 2 goes on from 0:20"
    versions = [status.version for status in bench.said(session)]
    assert versions == sorted(set(versions))


def test_language_that_was_heard_is_kept_for_the_rest(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(SystemExit):
        bench.work(session, [*FIRST_HALF, SystemExit()])
    given: list[str | None] = []

    class Listening(ScriptedEngine):
        def segments(
            self, path: Path, language: str | None, start_at: float, on_sign: Callable[[], object] = lambda: None
        ) -> Generator[Event]:
            given.append(language)
            return super().segments(path, language, start_at, on_sign)

    bench.work_with(session, Listening([*FIRST_HALF, *SECOND_HALF], duration_s=AUDIO_S))
    assert given == ["en"]


def test_soft_shutdown_gives_the_session_back_at_once(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(SystemExit):
        bench.work(session, [*FIRST_HALF, SystemExit()])
    assert bench.status(session) == bench.said(session)[-1]
    assert bench.status(session).message == "Interrupted: attempt 2 goes on from 0:20 as soon as a worker is free"
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    assert bench.status(session).state is State.COMPLETED
    assert bench.words(session) == WORDS


def test_soft_shutdown_goes_on_though_the_session_was_deleted(bench: Bench) -> None:
    session = bench.queue()
    delete = Meanwhile(partial(bench.database.run, repository.remove, session, "ada"))
    with pytest.raises(SystemExit):
        bench.work(session, [delete, SystemExit()])


def test_canceled_session_stops_at_the_next_checkpoint_and_keeps_its_words(bench: Bench) -> None:
    session = bench.queue()
    cancel = Meanwhile(partial(bench.database.run, repository.cancel, session, "ada"))
    bench.work(session, [*FIRST_HALF, cancel, *SECOND_HALF])
    last = bench.said(session)[-1]
    assert (last.state, last.eta_s) == (State.CANCELED, None)
    assert last.message == "Canceled: 3 lines kept"
    assert bench.words(session) == WORDS[:3]
    bench.database.run(repository.retry, session, "ada")
    engine = bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    assert engine.starts == [30.0]
    assert bench.words(session) == WORDS


class SlowBucket(Storage):
    """A bucket that takes its time before each piece: something happens, and it says so until somebody objects."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        bucket = MemoryStore()
        bucket.put("long", b"sound" * CHUNK_BYTES)
        super().__init__(bucket)
        self._meanwhile = meanwhile

    @contextmanager
    def local_copy(self, key: str, scratch: Path, on_piece: Callable[[], None] = lambda: None) -> Iterator[Path]:
        def on_slow_piece() -> None:
            self._meanwhile()
            until(on_piece, "it is stopped")

        with super().local_copy(key, scratch, on_slow_piece) as path:
            yield path


def test_session_can_be_canceled_while_its_recording_is_fetched(bench: Bench) -> None:
    bench.timings = Timings(look_s=0.01, rearm_s=0.0)
    session = bench.queue(audio_key="long")
    bench.storage = SlowBucket(partial(bench.database.run, repository.cancel, session, "ada"))
    engine = bench.work(session, FIRST_HALF)
    assert (bench.status(session).state, engine.starts) == (State.CANCELED, [])
    assert list((bench.folder / "scratch").iterdir()) == []


class Hanging(ScriptedEngine):
    """An engine that waits for sound in one of its steps, after something happened, until somebody objects."""

    def __init__(self, step: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(FIRST_HALF, duration_s=AUDIO_S)
        self._step, self._meanwhile = step, meanwhile

    def probe(self, path: Path, on_sign: Callable[[], object] = lambda: None) -> float:
        self._wait("probe", on_sign)
        return super().probe(path)

    def segments(
        self, path: Path, language: str | None, start_at: float, on_sign: Callable[[], object] = lambda: None
    ) -> Generator[Event]:
        self._wait("segments", on_sign)
        yield from super().segments(path, language, start_at)

    def _wait(self, step: str, on_sign: Callable[[], object]) -> None:
        if step == self._step:
            self._meanwhile()
            until(on_sign, "it is stopped")


@pytest.mark.parametrize("step", ["probe", "segments"])
def test_session_can_be_canceled_while_its_decoder_hangs(bench: Bench, step: str) -> None:
    bench.timings = Timings(look_s=0.01, rearm_s=0.0)
    session = bench.queue()
    bench.work_with(session, Hanging(step, partial(bench.database.run, repository.cancel, session, "ada")))
    assert bench.status(session).state is State.CANCELED


def test_sign_of_life_on_the_way_is_no_progress(bench: Bench) -> None:
    session = bench.queue()
    for _ in range(attempts.MAX_TRIES):
        with pytest.raises(DatabaseGone):
            bench.work(session, [Checkpoint(0.0), DatabaseGone("away")])
        bench.lose(session)
    bench.work(session, [])
    error = bench.status(session).error
    assert error is not None
    assert error.code == "gave_up"


def test_attempt_that_lost_the_session_writes_and_says_nothing_more(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, Meanwhile(partial(bench.take_over, session)), *SECOND_HALF])
    assert bench.status(session).attempt == 2
    assert bench.words(session) == WORDS[:2]
    assert {status.attempt for status in bench.said(session)} == {1}
    assert bench.said(session)[-1].position_s == 20


def test_session_that_is_deleted_ends_the_attempt_without_a_word(bench: Bench) -> None:
    session = bench.queue()
    engine = bench.work(
        session, [*FIRST_HALF, Meanwhile(partial(bench.database.run, repository.remove, session, "ada")), *SECOND_HALF]
    )
    assert engine.starts == [0.0]
    assert not bench.said(session)[-1].is_final
    bench.work(session, [])


@pytest.mark.parametrize(
    ("raised", "code", "retryable"),
    [
        *[(AudioError(fault, "/secret/path"), fault.value, False) for fault in AudioFault],
        (UnknownLanguage("The model does not know 'xx'."), "unknown_language", False),
        (ModelError("The model folder /secret/path does not exist."), "model_unavailable", True),
        (FileNotFoundError("/secret/path"), "audio_missing", False),
        (MemoryError(), "out_of_memory", True),
        (SoftTimeLimitExceeded(), "timed_out", True),
        (RuntimeError("secret"), "internal", True),
        (OSError("secret"), "internal", True),
    ],
)
def test_every_failure_has_a_code_a_sentence_and_no_secret(
    bench: Bench, raised: Exception, code: str, retryable: bool
) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, raised])
    status = bench.status(session)
    assert (status.state, status.stage) == (State.FAILED, Stage.FAILED)
    assert status.error is not None
    assert (status.error.code, status.error.retryable) == (code, retryable)
    assert status.message == status.error.message
    assert status.message[-1] == "."
    assert "secret" not in status.message
    assert len(status.error.debug_id) == 12
    assert (status.segments, status.eta_s) == (2, None)
    assert bench.said(session)[-1] == status


def test_audio_that_is_not_there_is_a_failure(bench: Bench) -> None:
    session = bench.queue(audio_key="nowhere")
    bench.work(session, [])
    error = bench.status(session).error
    assert error is not None
    assert error.code == "audio_missing"


def test_storage_that_is_gone_for_a_while_is_asked_again(bench: Bench) -> None:
    session = bench.queue()
    for attempt in range(1, attempts.MAX_TRIES):
        with pytest.raises(StorageGone):
            bench.work(session, [StorageGone("the bucket is throttled")])
        status = bench.said(session)[-1]
        assert status == bench.status(session)
        assert (status.stage, status.attempt, status.retry_in_s) == (Stage.RETRYING, attempt, 60.0)
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    assert bench.status(session).state is State.COMPLETED
    assert bench.words(session) == WORDS


def test_storage_that_stays_away_is_a_failure_that_can_pass(bench: Bench) -> None:
    session = bench.queue()
    gone: list[BaseException] = [StorageGone("https://secret.example/bucket is throttled")]
    for _ in range(attempts.MAX_TRIES - 1):
        with pytest.raises(StorageGone):
            bench.work(session, gone)
    bench.work(session, gone)
    error = bench.said(session)[-1].error
    assert error is not None
    assert (error.code, error.retryable) == ("storage_unavailable", True)
    assert "secret" not in error.message


def test_queue_that_cannot_be_numbered_costs_no_try(bench: Bench) -> None:
    bench.database.away.add(repository.renumber)
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    status = bench.status(session)
    assert (status.state, status.attempt) == (State.COMPLETED, 1)


def test_database_that_is_gone_leaves_the_session_to_the_next_attempt(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(DatabaseGone):
        bench.work(session, [ONE, DatabaseGone("away")])
    assert bench.status(session).state is State.PROCESSING


def test_session_of_a_live_worker_is_left_alone(bench: Bench) -> None:
    session = bench.queue()
    bench.take_over(session)
    with pytest.raises(attempts.Leased):
        bench.work(session, FIRST_HALF)
    assert bench.said(session) == []


def test_what_is_over_is_left_alone(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    count = len(bench.publisher.said)
    engine = bench.work(session, FIRST_HALF)
    assert engine.loads == 0
    assert len(bench.publisher.said) == count


def test_file_that_kills_its_workers_is_given_up(bench: Bench) -> None:
    session = bench.queue()
    for _ in range(attempts.MAX_TRIES):
        bench.take_over(session)
    bench.lose(session)
    bench.work(session, FIRST_HALF)
    status = bench.said(session)[-1]
    assert status == bench.status(session)
    assert status.error is not None
    assert (status.state, status.error.code, status.error.retryable) == (State.FAILED, "gave_up", False)


def test_segments_of_a_lost_checkpoint_are_not_written_twice(bench: Bench) -> None:
    """The position and the segments are one transaction: whoever resumes finds both or neither."""
    session = bench.queue()
    with pytest.raises(SystemExit):
        bench.work(session, [ONE, Checkpoint(10.0), TWO, THREE, SystemExit()])
    stored = bench.status(session)
    assert (stored.position_s, stored.segments, bench.words(session)) == (10.0, 1, WORDS[:1])
    bench.work(session, [ONE, Checkpoint(10.0), TWO, Checkpoint(20.0), *SECOND_HALF])
    assert bench.words(session) == WORDS
