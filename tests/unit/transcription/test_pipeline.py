"""One attempt at a session: stages, checkpoints, and a final status after every kind of failure.

Over 300 lines, because the whole list of events and failures is in one file, where a missing one is easy to see.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from obstore.store import MemoryStore

from playhead.db import DatabaseGone
from playhead.sessions import attempts, repository, revisions, transcript
from playhead.sessions.facts import Options, TextWarning, Track, Word
from playhead.sessions.status import Stage, State
from playhead.storage import CHUNK_BYTES, Storage, StorageGone
from playhead.transcription.engines import Checkpoint, Event, Language, ModelError, Segment, Skipped, UnknownLanguage
from playhead.transcription.engines.port import Word as SpokenWord
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.survey import MIX, ChannelChoice, Survey, SurveyWarning, TrackChoice, Voice
from playhead.transcription.survey import Track as SurveyedTrack
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


def test_stages_come_in_order_and_everything_is_stored(bench: Bench) -> None:
    session = bench.queue()
    engine = bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    published = bench.published(session)
    assert [status.stage for status in published] == [
        Stage.DECODING,
        Stage.DECODING,
        Stage.LOADING_MODEL,
        *[Stage.TRANSCRIBING] * 5,
        Stage.FINALIZING,
        Stage.COMPLETED,
    ]
    assert [status.version for status in published] == list(range(1_000_001, 1_000_011))
    assert [status.segments for status in published[3:]] == [0, 1, 2, 3, 4, 4, 4]
    assert [status.position_s for status in published[3:]] == [0, 10, 20, 30, 40, 40, 40]
    assert bench.texts(session) == WORDS
    assert (engine.loads, engine.starts) == (1, [0.0])
    done = bench.database.run(repository.get, session, "ada")
    assert (done.duration_s, done.language, done.engine) == (AUDIO_S, "en", "scripted")
    assert done.status.message == "Done: 0:40 of audio, 4 lines"


def test_progress_never_falls_and_is_1_only_at_the_end(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, *SECOND_HALF, Checkpoint(AUDIO_S + 0.3)])
    progress = [status.progress for status in bench.published(session) if status.progress is not None]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert max(progress[:-1]) < 1
    assert all(status.eta_s is None or status.eta_s >= 0 for status in bench.published(session))


def test_statuses_are_stored_with_segments_before_publishing(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    for status, (stored, segments) in zip(bench.publisher.published, bench.publisher.stored, strict=True):
        assert stored == status
        assert len(segments) == status.segments


def test_measured_speed_predicts_the_next_session(bench: Bench) -> None:
    first, second = bench.queue(), bench.queue()
    bench.work(first, [*FIRST_HALF, *SECOND_HALF])
    last = bench.published(first)[-1]
    assert last.speed is not None
    assert last.speed > 0
    bench.work(second, FIRST_HALF)
    begun = next(status for status in bench.published(second) if status.stage is Stage.TRANSCRIBING)
    assert begun.speed is None
    assert begun.eta_s is not None
    assert begun.eta_range_s is not None
    assert begun.eta_range_s[0] <= begun.eta_s <= begun.eta_range_s[1]


def test_silent_recording_completes_without_segments(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [Checkpoint(20.0), Checkpoint(40.0)])
    assert bench.status(session).message == "Done: 0:40 of audio, no speech found"


def test_waiting_sessions_get_their_new_positions(bench: Bench) -> None:
    session, other = bench.queue(), bench.queue()
    bench.work(session, FIRST_HALF)
    assert [(status.queue_position, status.message) for status in bench.published(other)] == [(1, "Next in line")]


def test_next_attempt_resumes_from_the_last_checkpoint(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(DatabaseGone):
        bench.work(session, [*FIRST_HALF, THREE, DatabaseGone("the machine is gone, too")])
    assert bench.texts(session) == WORDS[:2]
    before = bench.status(session)
    assert before.state is State.PROCESSING
    bench.lose(session)
    engine = bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    assert engine.starts == [20.0]
    assert bench.texts(session) == WORDS
    (resumed,) = (status for status in bench.published(session) if status.stage is Stage.RETRYING)
    assert (resumed.attempt, resumed.position_s, resumed.segments) == (2, 20.0, 2)
    assert resumed.message == "Interrupted: attempt 2 goes on from 0:20"
    versions = [status.version for status in bench.published(session)]
    assert versions == sorted(set(versions))


def test_detected_language_is_kept_by_the_next_attempt(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(SystemExit):
        bench.work(session, [*FIRST_HALF, SystemExit()])
    given: list[str | None] = []

    class Listening(ScriptedEngine):
        def segments(
            self,
            path: Path,
            language: str | None,
            start_at: float,
            on_progress: Callable[[], object] = lambda: None,
            *,
            voices: Sequence[Voice] = MIX,
        ) -> Generator[Event]:
            given.append(language)
            return super().segments(path, language, start_at, on_progress)

    bench.work_with(session, Listening([*FIRST_HALF, *SECOND_HALF], duration_s=AUDIO_S))
    assert given == ["en"]


def test_soft_shutdown_releases_the_session_at_once(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(SystemExit):
        bench.work(session, [*FIRST_HALF, SystemExit()])
    assert bench.status(session) == bench.published(session)[-1]
    assert bench.status(session).message == "Interrupted: attempt 2 goes on from 0:20 as soon as a worker is free"
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    assert bench.status(session).state is State.COMPLETED
    assert bench.texts(session) == WORDS


def test_soft_shutdown_ignores_a_deleted_session(bench: Bench) -> None:
    session = bench.queue()
    delete = Meanwhile(partial(bench.database.run, repository.remove, session, "ada"))
    with pytest.raises(SystemExit):
        bench.work(session, [delete, SystemExit()])


def test_canceled_session_stops_at_a_checkpoint_and_keeps_text(bench: Bench) -> None:
    session = bench.queue()
    cancel = Meanwhile(partial(bench.database.run, repository.cancel, session, "ada"))
    bench.work(session, [*FIRST_HALF, cancel, *SECOND_HALF])
    last = bench.published(session)[-1]
    assert (last.state, last.eta_s) == (State.CANCELED, None)
    assert last.message == "Canceled: 3 lines kept"
    assert bench.texts(session) == WORDS[:3]
    bench.database.run(revisions.retry, session, "ada")
    engine = bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    assert engine.starts == [30.0]
    assert bench.texts(session) == WORDS


class SlowBucket(Storage):
    """A bucket that does something before each piece, and then calls `on_piece` until that raises."""

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


def test_session_can_be_canceled_while_its_recording_is_read(bench: Bench) -> None:
    bench.timings = Timings(look_s=0.01, rearm_s=0.0)
    session = bench.queue(audio_key="long")
    bench.storage = SlowBucket(partial(bench.database.run, repository.cancel, session, "ada"))
    engine = bench.work(session, FIRST_HALF)
    assert (bench.status(session).state, engine.starts) == (State.CANCELED, [])
    assert list((bench.folder / "scratch").iterdir()) == []


def test_recording_in_parts_is_read_as_one_file(bench: Bench) -> None:
    class Reading(ScriptedEngine):
        content = b""

        def probe(self, path: Path, *given: Any, **named: Any) -> Survey:
            self.content = path.read_bytes()
            return super().probe(path, *given, **named)

    bucket = MemoryStore()
    bench.storage = Storage(bucket)
    session = bench.queue(audio_key="audio/0193/")
    for start, data in ((0, b"first, "), (7, b"second, "), (15, b"third")):
        bucket.put(f"audio/0193/{start:016}", data)
    engine = Reading([*FIRST_HALF, *SECOND_HALF], duration_s=AUDIO_S)
    bench.work_with(session, engine)
    assert (bench.status(session).state, engine.content) == (State.COMPLETED, b"first, second, third")
    bucket.delete(f"audio/0193/{7:016}")
    damaged = bench.queue(audio_key="audio/0193/")
    bench.work_with(damaged, Reading([], duration_s=AUDIO_S))
    error = bench.status(damaged).error
    assert error is not None
    assert (error.code, error.retryable) == ("audio_missing", False)


class Hanging(ScriptedEngine):
    """An engine that does something in one of its steps, and then calls `on_progress` until that raises."""

    def __init__(self, step: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(FIRST_HALF, duration_s=AUDIO_S)
        self._step, self._meanwhile = step, meanwhile

    def probe(
        self,
        path: Path,
        on_progress: Callable[[], object] = lambda: None,
        *,
        track: TrackChoice = None,
        channels: ChannelChoice = None,
    ) -> Survey:
        self._wait("probe", on_progress)
        return super().probe(path)

    def segments(
        self,
        path: Path,
        language: str | None,
        start_at: float,
        on_progress: Callable[[], object] = lambda: None,
        *,
        voices: Sequence[Voice] = MIX,
    ) -> Generator[Event]:
        self._wait("segments", on_progress)
        yield from super().segments(path, language, start_at)

    def _wait(self, step: str, on_progress: Callable[[], object]) -> None:
        if step == self._step:
            self._meanwhile()
            until(on_progress, "it is stopped")


@pytest.mark.parametrize("step", ["probe", "segments"])
def test_session_can_be_canceled_while_its_decoder_hangs(bench: Bench, step: str) -> None:
    bench.timings = Timings(look_s=0.01, rearm_s=0.0)
    session = bench.queue()
    bench.work_with(session, Hanging(step, partial(bench.database.run, repository.cancel, session, "ada")))
    assert bench.status(session).state is State.CANCELED


def test_checkpoint_at_the_start_does_not_reset_the_tries(bench: Bench) -> None:
    session = bench.queue()
    for _ in range(attempts.MAX_TRIES):
        with pytest.raises(DatabaseGone):
            bench.work(session, [Checkpoint(0.0), DatabaseGone("away")])
        bench.lose(session)
    bench.work(session, [])
    error = bench.status(session).error
    assert error is not None
    assert error.code == "gave_up"


def test_attempt_that_lost_the_session_stores_nothing_more(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, Meanwhile(partial(bench.take_over, session)), *SECOND_HALF])
    assert bench.status(session).attempt == 2
    assert bench.texts(session) == WORDS[:2]
    assert {status.attempt for status in bench.published(session)} == {1}
    assert bench.published(session)[-1].position_s == 20


def test_deleted_session_ends_the_attempt_quietly(bench: Bench) -> None:
    session = bench.queue()
    engine = bench.work(
        session, [*FIRST_HALF, Meanwhile(partial(bench.database.run, repository.remove, session, "ada")), *SECOND_HALF]
    )
    assert engine.starts == [0.0]
    assert not bench.published(session)[-1].is_final
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
def test_every_failure_has_code_and_message_without_secrets(
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
    assert bench.published(session)[-1] == status


def test_missing_recording_fails_the_session(bench: Bench) -> None:
    session = bench.queue(audio_key="nowhere")
    bench.work(session, [])
    error = bench.status(session).error
    assert error is not None
    assert error.code == "audio_missing"


def test_unavailable_storage_is_retried(bench: Bench) -> None:
    session = bench.queue()
    for attempt in range(1, attempts.MAX_TRIES):
        with pytest.raises(StorageGone):
            bench.work(session, [StorageGone("the bucket is throttled")])
        bench.pass_delay(session)
        status = bench.published(session)[-1]
        assert status == bench.status(session)
        assert (status.stage, status.attempt, status.retry_in_s) == (Stage.RETRYING, attempt, 60.0)
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    assert bench.status(session).state is State.COMPLETED
    assert bench.texts(session) == WORDS


def test_storage_that_stays_away_is_a_retryable_failure(bench: Bench) -> None:
    session = bench.queue()
    gone: list[BaseException] = [StorageGone("https://secret.example/bucket is throttled")]
    for _ in range(attempts.MAX_TRIES - 1):
        with pytest.raises(StorageGone):
            bench.work(session, gone)
        bench.pass_delay(session)
    bench.work(session, gone)
    error = bench.published(session)[-1].error
    assert error is not None
    assert (error.code, error.retryable) == ("storage_unavailable", True)
    assert "secret" not in error.message


def test_failed_renumbering_costs_no_try(bench: Bench) -> None:
    bench.database.away.add(repository.renumber)
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    status = bench.status(session)
    assert (status.state, status.attempt) == (State.COMPLETED, 1)


def test_lost_database_leaves_the_session_to_the_next_attempt(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(DatabaseGone):
        bench.work(session, [ONE, DatabaseGone("away")])
    assert bench.status(session).state is State.PROCESSING


def test_session_leased_by_another_worker_is_not_touched(bench: Bench) -> None:
    session = bench.queue()
    bench.take_over(session)
    bench.work(session, FIRST_HALF)
    assert bench.published(session) == []


def test_delayed_session_is_not_claimed_before_its_time(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(StorageGone):
        bench.work(session, [StorageGone("the bucket is throttled")])
    bench.work(session, FIRST_HALF)
    assert bench.status(session).attempt == 1


def test_final_session_is_not_touched(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, *SECOND_HALF])
    count = len(bench.publisher.published)
    engine = bench.work(session, FIRST_HALF)
    assert engine.loads == 0
    assert len(bench.publisher.published) == count


def test_session_whose_workers_died_is_given_up(bench: Bench) -> None:
    session = bench.queue()
    for _ in range(attempts.MAX_TRIES):
        bench.take_over(session)
    bench.lose(session)
    bench.work(session, FIRST_HALF)
    status = bench.published(session)[-1]
    assert status == bench.status(session)
    assert status.error is not None
    assert (status.state, status.error.code, status.error.retryable) == (State.FAILED, "gave_up", False)


def test_speech_that_was_left_out_has_a_warning(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [*FIRST_HALF, Skipped(24.0, 26.0), *SECOND_HALF])
    assert [warning.code for warning in bench.status(session).warnings or ()] == ["skipped"]


def test_uncertain_language_has_a_warning_and_is_stored_last(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [Language("cy", is_certain=False), *FIRST_HALF[1:], *SECOND_HALF])
    assert [warning.code for warning in bench.status(session).warnings or ()] == ["language_uncertain"]
    assert bench.database.run(repository.get, session, "ada").language == "cy"


def test_certain_language_takes_the_place_of_a_guess(bench: Bench) -> None:
    session = bench.queue()
    bench.work(session, [Language("cy", is_certain=False), *FIRST_HALF, *SECOND_HALF])
    assert bench.database.run(repository.get, session, "ada").language == "en"


def test_segments_after_a_lost_checkpoint_are_not_duplicated(bench: Bench) -> None:
    """The position and the segments are one transaction: a resumed attempt finds both or neither."""
    session = bench.queue()
    with pytest.raises(SystemExit):
        bench.work(session, [ONE, Checkpoint(10.0), TWO, THREE, SystemExit()])
    stored = bench.status(session)
    assert (stored.position_s, stored.segments, bench.texts(session)) == (10.0, 1, WORDS[:1])
    bench.work(session, [ONE, Checkpoint(10.0), TWO, Checkpoint(20.0), *SECOND_HALF])
    assert bench.texts(session) == WORDS


def test_what_was_found_and_heard_is_stored(bench: Bench) -> None:
    session = bench.queue(options=Options(track="all", channels="each"))
    asked: list[object] = []
    surveyed = Survey(
        duration_s=AUDIO_S,
        tracks=(
            SurveyedTrack(index=1, title=None, language="en", codec="aac", channels=2, decodable=True, chosen=True),
        ),
        warnings=(SurveyWarning(code="too_quiet", message="Some of it is too quiet."),),
    )

    class Surveying(ScriptedEngine):
        def probe(self, path: Path, on_progress: Callable[[], object] = lambda: None, **chosen: object) -> Survey:
            asked.append(chosen)
            return surveyed

    spoken = Segment(1.0, 2.0, "Hello.", channel=2, words=(SpokenWord(1.0, 2.0, "Hello."),))
    bench.work_with(session, Surveying([spoken, Checkpoint(40.0)], duration_s=AUDIO_S))
    assert asked == [{"track": "all", "channels": "each"}]
    stored = bench.database.run(repository.get, session, "ada")
    assert stored.tracks == (Track(index=1, language="en", codec="aac", channels=2, decodable=True, chosen=True),)
    assert stored.warnings == stored.status.warnings == (TextWarning("too_quiet", "Some of it is too quiet."),)
    (line,) = bench.database.run(transcript.segments, session)
    assert (line.channel, line.words) == (2, (Word(1.0, 2.0, "Hello."),))


def test_progress_is_of_what_is_heard_and_the_end_of_the_whole(bench: Bench) -> None:
    class Film(ScriptedEngine):
        def probe(self, path: Path, on_progress: Callable[[], object] = lambda: None, **chosen: object) -> Survey:
            return Survey(duration_s=AUDIO_S, heard_s=20.0)

    session = bench.queue()
    bench.work_with(session, Film(FIRST_HALF, duration_s=AUDIO_S))
    *_, last_checkpoint, _, done = bench.published(session)
    assert (last_checkpoint.position_s, last_checkpoint.progress, last_checkpoint.eta_s) == (20.0, 0.999, 0.0)
    assert (done.position_s, done.progress, done.duration_s) == (AUDIO_S, 1.0, AUDIO_S)
