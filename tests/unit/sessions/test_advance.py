"""The next status: version, state, and which fields are kept or cleared."""

import pytest
from msgspec import UNSET

from playhead.sessions.advance import advance
from playhead.sessions.status import ATTEMPT_SPAN, FINAL, Failure, Stage, State
from tests.support.fakes import a_status

FAILURE = Failure(code="boom", message="It broke.", retryable=True, debug_id="d")
FULL = a_status(
    Stage.TRANSCRIBING,
    2 * ATTEMPT_SPAN + 7,
    progress=0.5,
    position_s=30.0,
    duration_s=60.0,
    speed=7.0,
    eta_s=4.0,
    eta_range_s=(3.0, 5.0),
    retry_in_s=1.0,
    segments=3,
)


@pytest.mark.parametrize("stage", list(Stage))
def test_next_version_keeps_progress_and_derives_the_state(stage: Stage) -> None:
    status = advance(FULL, stage=stage)
    assert (status.version, status.attempt) == (FULL.version + 1, 2)
    assert status.updated_at >= FULL.updated_at
    assert (status.progress, status.position_s, status.speed, status.segments) == (0.5, 30.0, 7.0, 3)
    assert status.state == a_status(stage).state
    assert status.is_final == (stage in {Stage(state.value) for state in FINAL})
    assert status.message == advance(FULL, stage=stage).message != ""


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.TRANSCRIBING])
def test_next_stage_clears_the_estimates(stage: Stage) -> None:
    status = advance(FULL, stage=stage)
    assert (status.eta_s, status.eta_range_s, status.retry_in_s) == (None, None, None)
    assert advance(FULL, stage=stage, eta_s=9.0).eta_s == 9.0


def test_estimates_are_kept_within_a_stage() -> None:
    status = advance(FULL, stage=Stage.TRANSCRIBING, position_s=31.0)
    assert (status.eta_s, status.eta_range_s, status.position_s) == (4.0, (3.0, 5.0), 31.0)


def test_new_attempt_begins_its_versions_and_clears_the_speed() -> None:
    status = advance(advance(FULL, stage=Stage.RETRYING, retry_in_s=0.0), stage=Stage.RETRYING, attempt=3)
    assert (status.version, status.attempt, status.state) == (3 * ATTEMPT_SPAN + 1, 3, State.PROCESSING)
    assert (status.speed, status.eta_s, status.retry_in_s) == (None, None, None)
    assert (status.progress, status.position_s, status.segments) == (0.5, 30.0, 3)


def test_only_queued_has_a_position_and_only_failed_an_error() -> None:
    waiting = advance(FULL, stage=Stage.QUEUED, queue_position=4)
    assert advance(waiting, stage=Stage.QUEUED).queue_position == 4
    assert advance(waiting, stage=Stage.DECODING).queue_position is None
    failed = advance(waiting, stage=Stage.FAILED, error=FAILURE)
    assert (failed.message, failed.queue_position) == ("It broke.", None)
    assert advance(failed, stage=Stage.QUEUED, queue_position=1).error is None


@pytest.mark.parametrize("stage", [Stage.QUEUED, Stage.CANCELED])
def test_what_follows_an_upload_begins_its_progress_anew(stage: Stage) -> None:
    upload = a_status(Stage.UPLOADING, 3, progress=0.5, size_bytes=100, eta_s=9.0)
    assert (advance(upload, stage=Stage.UPLOADING).progress, upload.size_bytes) == (0.5, 100)
    after = advance(upload, stage=stage)
    assert (after.progress, after.size_bytes, after.eta_s, after.version) == (None, UNSET, None, 4)
