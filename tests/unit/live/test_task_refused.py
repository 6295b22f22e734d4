"""What cannot be published is an error in tests and a log line in production, and never silent."""

import math
from typing import Any

import msgspec
import pytest

from playhead.live import State, live_job, queue
from playhead.live.broker.keys import NAMESPACE
from playhead.live.job import DATA_MAX, VERSIONS_PER_EPOCH
from playhead.live.job_publisher import PYTEST, JobPublisher
from tests.unit.live.jobs import Jobs

TOO_DEEP: list[Any] = []
for _ in range(100_000):
    TOO_DEEP = [TOO_DEEP]

WRONG: dict[str, dict[str, Any]] = {
    "stage is not a string": {"stage": 3},
    "message is not a string": {"message": b"3"},
    "message is no text": {"message": "\ud800"},
    "progress below 0": {"progress": -0.01},
    "progress above 1": {"progress": 1.01},
    "progress is no number": {"progress": math.nan},
    "progress is a string": {"progress": "0.5"},
    "progress is no count": {"progress": True},
    "eta below 0": {"eta_s": -1},
    "eta is endless": {"eta_s": math.inf},
    "data is too large": {"text": "x" * DATA_MAX},
    "data is no JSON": {"file": object()},
    "data is too deep": {"tree": TOO_DEEP},
}
wrong = pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)


@wrong
def test_wrong_update_is_an_error_in_tests(jobs: Jobs, given: dict[str, Any]) -> None:
    with live_job(jobs.url, "one") as job:
        job.update("importing", progress=0.4)
        before = jobs.newest()
        with pytest.raises(ValueError, match=r"."):
            job.update(**given)
        assert jobs.newest() == before


@wrong
def test_wrong_update_is_a_log_line_in_production(
    jobs: Jobs, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(PYTEST)
    with live_job(jobs.url, "one") as job:
        job.update("importing", progress=0.4)
        before = jobs.newest()
        job.update(**given)
        assert jobs.newest() == before
        assert "an update of job one is not published: " in caplog.text
        job.update(progress=0.5)
        assert jobs.newest().progress == 0.5
    assert jobs.ended().state is State.COMPLETED


def test_data_of_exactly_the_most_is_published(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.update(text="x" * (DATA_MAX - len('{"text":""}')))
        with pytest.raises(ValueError, match="16,385 bytes"):
            job.update(text="x" * (DATA_MAX - len('{"text":""}') + 1))


def test_data_is_too_large_together_with_what_was_before(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.update(first="x" * (DATA_MAX // 2))
        with pytest.raises(ValueError, match="bytes as JSON"):
            job.update(second="x" * (DATA_MAX // 2))


def test_end_with_wrong_data_is_published_without_it(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    with live_job(jobs.url, "one", strict=False) as job:
        job.update(rows=3)
        job.complete("All is there.", file=object())
    assert (jobs.ended().state, jobs.ended().data) == (State.COMPLETED, {"rows": 3})
    assert "is not published" in caplog.text


def test_end_with_wrong_data_fails_in_tests(jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="JSON"), live_job(jobs.url, "one") as job:
        job.complete(file=object())
    assert jobs.ended().state is State.FAILED


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
def test_strictness_can_be_chosen(jobs: Jobs, strict: bool, caplog: pytest.LogCaptureFixture) -> None:
    raised = False
    with live_job(jobs.url, "one", strict=strict) as job:
        try:
            job.update(progress=2)
        except ValueError:
            raised = True
    assert raised is strict
    assert ("is not published" in caplog.text) is not strict


def test_total_that_is_no_number_is_not_shown(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    with live_job(jobs.url, "one", strict=False) as job:
        assert list(job.track("ab", total="many", stage="importing")) == ["a", "b"]  # type: ignore[arg-type]
        assert jobs.newest().message == "importing: 2"
    assert "the total is not a number" in caplog.text


def test_same_refusal_is_logged_once(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    with live_job(jobs.url, "one", strict=False) as job:
        for _ in range(100):
            job.update(progress=2)
        job.update(progress=3)
    assert caplog.text.count("is not published") == 2


def test_updates_end_before_the_next_epoch_and_the_end_still_fits(jobs: Jobs) -> None:
    publisher = JobPublisher(jobs.url, "one", epoch=1, namespace=NAMESPACE, strict=False)
    publisher.begin()
    publisher.last = msgspec.structs.replace(publisher.last, version=2 * VERSIONS_PER_EPOCH - 4)
    assert [publisher.publish({}, state=State.PROCESSING, stage="importing") for _ in range(3)] == [True, True, False]
    assert publisher.publish({}, state=State.COMPLETED)
    assert (jobs.newest().version, jobs.newest().state) == (2 * VERSIONS_PER_EPOCH - 1, State.COMPLETED)


def test_wrong_queued_job_is_an_error_in_tests_and_else_a_log_line(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValueError, match="JSON"):
        queue(jobs.url, "one", file=object())
    with pytest.raises(ValueError, match="queue_position"):
        queue(jobs.url, "one", position="3")  # type: ignore[arg-type]
    queue(jobs.url, "one", file=object(), strict=False)
    assert jobs.broker.held("one") is None
    assert "is not published" in caplog.text
