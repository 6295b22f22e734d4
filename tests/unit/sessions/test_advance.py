"""One status becomes the next: the version grows, the state follows the stage, and what no longer holds is dropped."""

import pytest

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
def test_next_version_keeps_what_is_done_and_its_state_follows_the_stage(stage: Stage) -> None:
    status = advance(FULL, stage=stage)
    assert (status.version, status.attempt) == (FULL.version + 1, 2)
    assert status.updated_at >= FULL.updated_at
    assert (status.progress, status.position_s, status.speed, status.segments) == (0.5, 30.0, 7.0, 3)
    assert status.state == a_status(stage).state
    assert status.is_final == (stage in {Stage(state.value) for state in FINAL})
    assert status.message == advance(FULL, stage=stage).message != ""


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.TRANSCRIBING])
def test_what_was_foretold_is_gone_with_its_stage(stage: Stage) -> None:
    status = advance(FULL, stage=stage)
    assert (status.eta_s, status.eta_range_s, status.retry_in_s) == (None, None, None)
    assert advance(FULL, stage=stage, eta_s=9.0).eta_s == 9.0


def test_what_was_foretold_holds_within_its_stage() -> None:
    status = advance(FULL, stage=Stage.TRANSCRIBING, position_s=31.0)
    assert (status.eta_s, status.eta_range_s, status.position_s) == (4.0, (3.0, 5.0), 31.0)


def test_new_attempt_begins_its_own_versions_and_measures_anew() -> None:
    status = advance(advance(FULL, stage=Stage.RETRYING, retry_in_s=0.0), stage=Stage.RETRYING, attempt=3)
    assert (status.version, status.attempt, status.state) == (3 * ATTEMPT_SPAN + 1, 3, State.PROCESSING)
    assert (status.speed, status.eta_s, status.retry_in_s) == (None, None, None)
    assert (status.progress, status.position_s, status.segments) == (0.5, 30.0, 3)


def test_only_one_that_waits_has_a_place_and_only_one_that_failed_an_error() -> None:
    waiting = advance(FULL, stage=Stage.QUEUED, queue_position=4)
    assert advance(waiting, stage=Stage.QUEUED).queue_position == 4
    assert advance(waiting, stage=Stage.DECODING).queue_position is None
    failed = advance(waiting, stage=Stage.FAILED, error=FAILURE)
    assert (failed.message, failed.queue_position) == ("It broke.", None)
    assert advance(failed, stage=Stage.QUEUED, queue_position=1).error is None
