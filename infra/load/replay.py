"""Simulates the statuses that a worker publishes for a session, with their times."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playhead.sessions.advance import advance
from playhead.sessions.status import Stage, Status
from playhead.transcription.eta import EtaEstimator

QUEUED_S, DECODING_S, LOADING_S, FINALIZING_S = 1.0, 0.4, 1.6, 0.3
"""Times of the steps around the transcription on a small machine."""
WINDOWS_S = (2.6, 3.1, 2.3, 3.6, 2.9)
"""Wall times of successive windows, repeated: a checkpoint every 2 to 4 s."""
MEAN_S = sum(WINDOWS_S) / len(WINDOWS_S)
SPEED = 7.3
"""Seconds of audio a second, on two cores without a GPU."""
SENTENCE_S = 4.0
"""Length of a segment."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A status, and the seconds from the start after which it is published."""

    at_s: float
    status: Status


def session(status: Status, wall_s: float) -> Iterator[Moment]:
    """Generates the statuses after `status` of a session that ends after `wall_s` seconds, as the pipeline would."""
    duration_s = round((wall_s - QUEUED_S - DECODING_S - LOADING_S - FINALIZING_S) * SPEED, 2)
    at_s = QUEUED_S
    status = advance(status, stage=Stage.DECODING, attempt=status.attempt + 1)
    yield Moment(at_s, status)
    at_s += DECODING_S
    status = advance(status, stage=Stage.LOADING_MODEL, duration_s=duration_s)
    yield Moment(at_s, status)
    at_s += LOADING_S
    estimator, done_s, window = EtaEstimator(SPEED * 0.9), 0.0, 0
    status = advance(status, stage=Stage.TRANSCRIBING, position_s=0.0, **_progress(estimator, 0.0, duration_s))
    yield Moment(at_s, status)
    while done_s < duration_s:
        took_s = min(WINDOWS_S[window % len(WINDOWS_S)], (duration_s - done_s) / SPEED)
        window += 1
        at_s, done_s = at_s + took_s, min(duration_s, round(done_s + took_s * SPEED, 2))
        estimator.note(took_s * SPEED, took_s)
        fields = _progress(estimator, done_s, duration_s) | {"segments": int(done_s / SENTENCE_S)}
        status = advance(status, stage=Stage.TRANSCRIBING, position_s=done_s, **fields)
        yield Moment(at_s, status)
    status = advance(status, stage=Stage.FINALIZING, eta_s=0.0, eta_range_s=(0.0, 0.0))
    yield Moment(at_s, status)
    yield Moment(wall_s, advance(status, stage=Stage.COMPLETED, progress=1.0, position_s=duration_s))


def _progress(estimator: EtaEstimator, done_s: float, duration_s: float) -> dict[str, Any]:
    """The fields of progress, rounded as by the pipeline."""
    eta_s, eta_range_s = estimator.eta(duration_s - done_s) or (None, None)
    return {
        "progress": round(min(done_s / duration_s, 0.999), 4),
        "speed": round(estimator.speed, 2) if estimator.speed else None,
        "eta_s": eta_s,
        "eta_range_s": eta_range_s,
    }
