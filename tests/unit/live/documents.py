"""Documents of jobs for tests."""

from typing import Any

from playhead.live.broker.ports import Published
from playhead.live.clock import now
from playhead.live.job import VERSIONS_PER_EPOCH, Failure, Job, State

STATES = {state.value: state for state in State}


def a_job(stage: str = "importing", version: int = 1_000_001, **fields: Any) -> Job[Any]:
    """The document of job `s` in this stage, with the state and attempt that follow from stage and version."""
    derived: dict[str, Any] = {
        "id": "s",
        "attempt": version // VERSIONS_PER_EPOCH,
        "state": STATES.get(stage, State.PROCESSING),
        "updated_at": now(),
    }
    if stage == "failed":
        derived["error"] = Failure(code="boom", message="It broke.", retryable=True, debug_id="d")
    return Job(version=version, stage=stage, **derived | fields)


def published(job: Job[Any]) -> Published[Job[Any]]:
    """The document as a subscriber receives it."""
    return Published(job.id, job)
