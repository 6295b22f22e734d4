"""Runs one attempt at a session, from claiming it to its final status."""

import contextlib
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

from playhead import log
from playhead.db import DatabaseError, DatabaseGone, SyncDatabase
from playhead.live.publisher import StatusPublisher
from playhead.metrics.metrics import Metrics
from playhead.sessions import attempts, repository
from playhead.sessions.facts import TextWarning, Track, Word
from playhead.sessions.measured_speed import past_speed
from playhead.sessions.models import Segment, Session
from playhead.sessions.stalled import LOADING_PATIENCE
from playhead.sessions.status import Stage, Status
from playhead.storage import Storage, StorageGone
from playhead.tracing.ports import NO_ATTEMPTS, Attempts
from playhead.transcription import counts, engines
from playhead.transcription.engines.choice import Engines
from playhead.transcription.engines.port import Checkpoint, Language, ModelError, UnknownLanguage, UnknownModel
from playhead.transcription.eta import EtaEstimator
from playhead.transcription.faults import AudioError, check_length
from playhead.transcription.report import Coalesce, Report, Stopped, failure_of, longest_coalesce
from playhead.transcription.survey import Survey
from playhead.transcription.watchdog import Timings, Watchdog

PROGRESS_MAX = 0.999
"""The highest progress before the end: the duration that was probed and that decoded differ a little."""
STORAGE_RETRY = timedelta(minutes=1)
"""A bucket that is throttled or restarted is back by then; a session's tries cover two such minutes."""
SKIPPED = TextWarning("skipped", "Some of the speech could not be made out, and was left out of the text.")
"""Without a count, so that an attempt that goes on says the same."""

UNCERTAIN = TextWarning(
    "language_uncertain", "The language is uncertain: if it is wrong, choose one and transcribe again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What a worker process needs for its tasks; created once, after the fork."""

    database: SyncDatabase
    storage: Storage
    engines: Engines
    publisher: StatusPublisher[Status]
    scratch: Path
    max_tries: int = attempts.MAX_TRIES
    max_running: int = 0
    """Running sessions that a person may have; 0: no limit."""
    coalesce_s: Coalesce = longest_coalesce
    timings: Timings = Timings()
    metrics: Metrics = field(default_factory=Metrics)
    tracing: Attempts = NO_ATTEMPTS


def transcribe(context: WorkerContext) -> None:
    """Claims the session whose turn it is and transcribes it to a final status, from its last checkpoint on.

    Raises:
        DatabaseGone: the database cannot be used; the lease will run out, and another attempt goes on.
        StorageGone: the recording cannot be read now; another attempt may begin in `STORAGE_RETRY`.
    """
    try:
        session = context.database.run(
            attempts.claim_next,
            context.engines.usual.name,
            context.max_tries,
            context.timings.lease,
            max_running=context.max_running,
        )
    except attempts.Exhausted as exhausted:
        _give_up(context, exhausted.args[0])
        return
    if session is None:
        log.get(__name__).info("no session waits")
        return
    session_id = session.id
    log.bind(session_id=session_id, **_traced(session))
    trace = context.tracing.begin(session)
    _publish(context, session)
    _renumber_queue(context)
    attempt = session.status.attempt
    log.bind(attempt=attempt)
    report = Report(
        context.database,
        context.publisher,
        session,
        context.coalesce_s,
        context.timings.lease,
        context.metrics,
        trace,
    )
    try:
        with Watchdog(context.database, session_id, attempt, context.timings) as watchdog:
            _attempt(context, session, report, watchdog)
    except attempts.Fenced:
        report.counts.ended("lost")
        log.get(__name__).info("the session belongs to another attempt")
    except DatabaseGone:
        report.counts.ended("lost")
        raise
    except SystemExit:  # a soft shutdown: Celery puts the message back into the queue
        report.counts.ended("released")
        with contextlib.suppress(attempts.Fenced, DatabaseGone):  # if this fails, the lease runs out instead
            _publish(context, context.database.run(attempts.release, session_id, attempt))
        raise


def _renumber_queue(context: WorkerContext) -> None:
    """Publishes the new positions of the waiting sessions. If it fails, the next session to leave the queue does it."""
    try:
        for waiting in context.database.run(repository.renumber, context.max_running):
            _publish(context, waiting)
    except DatabaseError as error:
        log.get(__name__).warning("the queue positions were not updated", error=str(error))


def _attempt(context: WorkerContext, session: Session, report: Report, watchdog: Watchdog) -> None:
    try:
        with context.storage.local_copy(session.audio_key, context.scratch, watchdog.note) as path:
            _transcribe(context, session, report, watchdog, path)
    except StorageGone as error:
        _postpone(context, report, error)
    except Stopped:
        report.advance(Stage.CANCELED)
    except AudioError as error:
        report.fail(error.code, error.detail, retryable=False, evidence=error.evidence)
    except UnknownLanguage as error:
        report.fail("unknown_language", str(error), retryable=False)
    except UnknownModel as error:
        report.fail("unknown_model", str(error), retryable=False)
    except ModelError as error:
        sentence = "The speech model cannot be loaded: retry later, or tell whoever runs this service."
        report.fail("model_unavailable", sentence, retryable=True, evidence=str(error))
    except FileNotFoundError:
        report.fail("audio_missing", "The audio is not in storage any more.", retryable=False)
    except MemoryError:
        report.fail("out_of_memory", "The worker ran out of memory: retry later.", retryable=True)
    except SoftTimeLimitExceeded:
        report.fail("timed_out", "It took longer than a transcription may: retry later.", retryable=True)
    except (DatabaseGone, attempts.Fenced):
        raise
    except Exception:  # noqa: BLE001 - every session must reach a final status
        log.get(__name__).exception("an attempt failed with an unexpected error")
        report.fail("internal", "Something went wrong on our side: retry later.", retryable=True)


def _postpone(context: WorkerContext, report: Report, gone: StorageGone) -> None:
    """Postpones the session and raises `gone`; fails it instead if that was its last try."""
    status = report.status
    try:
        put_off = context.database.run(
            attempts.postpone, status.session_id, status.attempt, STORAGE_RETRY, context.max_tries
        )
    except attempts.Exhausted:
        sentence = "The recording cannot be fetched from storage: retry later."
        report.fail("storage_unavailable", sentence, retryable=True, evidence=str(gone))
    else:
        report.counts.ended("postponed")
        _publish(context, put_off)
        raise gone


def _transcribe(context: WorkerContext, session: Session, report: Report, watchdog: Watchdog, path: Path) -> None:
    options = session.options
    engine = context.engines.choose(options.model)
    report.advance(Stage.DECODING, facts={"engine": engine.name})
    survey = engine.probe(path, watchdog.note, track=options.track, channels=options.channels)
    duration_s = survey.duration_s
    heard_s = duration_s if survey.heard_s is None else survey.heard_s
    log.get(__name__).info(
        "the recording was surveyed",
        duration_s=duration_s,
        tracks=len(survey.tracks),
        voices=len(survey.voices),
        warnings=[warning.code for warning in survey.warnings],
    )
    check_length(heard_s)
    if survey.warnings:
        report.warn(*(TextWarning(one.code, one.message) for one in survey.warnings))
    report.advance(
        Stage.LOADING_MODEL, facts={"duration_s": duration_s, "tracks": _tracks(survey)}, duration_s=duration_s
    )
    watchdog.note(LOADING_PATIENCE)
    engine.load()
    watchdog.note()
    done_s = report.status.position_s or 0.0
    estimator = EtaEstimator(context.database.run(past_speed, engine.name, duration_s))
    report.advance(Stage.TRANSCRIBING, position_s=done_s, **_progress(estimator, done_s, heard_s))

    fresh: list[Segment] = []
    language = guess = None
    chosen = (session.draft or session).language
    began = time.monotonic()
    events = engine.segments(path, chosen, done_s, watchdog.note, voices=survey.voices)
    try:
        for event in events:
            watchdog.note()
            match event:
                case engines.Segment():
                    fresh.append(_stored(event, report.written + len(fresh)))
                case engines.Skipped():
                    report.warn(SKIPPED)
                case Language(code, is_certain=True):
                    language = code
                case Language(code):
                    guess = code
                    report.warn(UNCERTAIN)
                case Checkpoint(reached_s) if reached_s > done_s:
                    audio_s, work_s = reached_s - done_s, time.monotonic() - began
                    estimator.note(audio_s, work_s)
                    report.counts.transcribed(audio_s, work_s)
                    done_s, began = reached_s, time.monotonic()
                    facts = {"language": language, "speed": estimator.speed}
                    report.advance(
                        Stage.TRANSCRIBING, fresh, facts, position_s=done_s, **_progress(estimator, done_s, heard_s)
                    )
                    fresh = []
    finally:
        events.close()
    facts = {"language": language or guess}  # only now: an attempt that goes on takes what is stored for certain
    report.advance(Stage.FINALIZING, facts=facts, position_s=done_s, eta_s=0.0, eta_range_s=(0.0, 0.0))
    report.advance(Stage.COMPLETED, progress=1.0, position_s=duration_s)


def _tracks(survey: Survey) -> tuple[Track, ...]:
    return tuple(
        Track(
            index=one.index,
            title=one.title,
            language=one.language,
            codec=one.codec,
            channels=one.channels,
            decodable=one.decodable,
            chosen=one.chosen,
        )
        for one in survey.tracks
    )


def _stored(spoken: engines.Segment, index: int) -> Segment:
    words = tuple(Word(word.start_s, word.end_s, word.text) for word in spoken.words)
    return Segment(index, spoken.start_s, spoken.end_s, spoken.text, spoken.channel, words)


def _progress(estimator: EtaEstimator, done_s: float, heard_s: float) -> dict[str, Any]:
    eta_s, eta_range_s = estimator.eta(heard_s - done_s) or (None, None)
    return {
        "progress": round(min(done_s / heard_s, PROGRESS_MAX), 4) if heard_s else None,
        "speed": round(estimator.speed, 2) if estimator.speed else None,
        "eta_s": eta_s,
        "eta_range_s": eta_range_s,
    }


def _give_up(context: WorkerContext, session_id: str) -> None:
    failure = failure_of(
        session_id,
        "gave_up",
        f"The worker died {context.max_tries} times at this file: convert it to another format and upload it again.",
        retryable=False,  # each retry would kill as many workers again
    )
    session = context.database.run(attempts.give_up, session_id, failure)
    if session is not None:
        counts.gave_up(context.metrics, failure.code)
        trace = context.tracing.begin(session)
        trace.stored(session.status)
        trace.ended("gave_up")
        _publish(context, session)


def _traced(session: Session) -> dict[str, str]:
    """What its log lines have if the session's trace is recorded."""
    trace_id = session.status.trace_id
    return {"trace_id": trace_id} if isinstance(trace_id, str) else {}


def _publish(context: WorkerContext, session: Session) -> None:
    context.publisher.publish(session.status, session.owner_id)
