"""How a block ends its job: as the task says, by an exception, or not at all where it is delivered again."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from playhead.live import LiveJob, State, live_job
from tests.unit.live.jobs import Jobs

SECRET = "password=hunter2"


class Again(Exception):
    """As Celery's Retry."""


def run(jobs: Jobs, step: Callable[[LiveJob], object] = lambda job: None, *, raises: BaseException) -> None:
    """A task that comes to 0.4, takes the step, and raises."""
    with live_job(jobs.url, "one", retry_on=(Again,)) as job:
        job.update("importing", progress=0.4, rejected=3)
        step(job)
        raise raises


def test_normal_end_completes(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.update("importing", progress=0.4, message="4,000 rows", rejected=3)
    ended = jobs.ended()
    assert (ended.state, ended.stage, ended.progress) == (State.COMPLETED, "completed", 1)
    assert (ended.message, ended.eta_s, ended.error, ended.data) == ("", None, None, {"rejected": 3})


def test_completion_in_one_s_own_words(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.complete("10,000 rows are there", url="/files/1")
    ended = jobs.ended()
    assert (ended.state, ended.progress, ended.message) == (State.COMPLETED, 1, "10,000 rows are there")
    assert ended.data == {"url": "/files/1"}


def test_exception_fails_and_is_raised_on(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LookupError, match="hunter2"):
        run(jobs, raises=LookupError(SECRET))
    ended = jobs.ended()
    assert (ended.state, ended.stage, ended.progress) == (State.FAILED, "failed", 0.4)
    assert ended.error is not None
    assert (ended.error.code, ended.error.retryable, ended.error.message) == ("internal", True, ended.message)
    assert "hunter2" not in repr(ended)
    assert "LookupError" not in repr(ended)
    (line,) = [record for record in caplog.records if ended.error.debug_id in record.getMessage()]
    assert line.exc_info is not None
    assert line.exc_info[0] is LookupError


def test_failure_in_one_s_own_words(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    with live_job(jobs.url, "one") as job:
        job.update("reading", progress=0.1)
        job.fail("no_header", "The file has no header row.", retryable=True, line=1)
    ended = jobs.ended()
    assert (ended.state, ended.message, ended.progress) == (State.FAILED, "The file has no header row.", 0.1)
    assert ended.error is not None
    assert (ended.error.code, ended.error.message, ended.error.retryable) == (
        "no_header",
        "The file has no header row.",
        True,
    )
    assert ended.data == {"line": 1}
    assert ended.error.debug_id in caplog.text


def test_failure_in_words_that_are_no_text_is_published(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.fail("no_header", "The file \udcff.csv has no header row.")
    assert (jobs.ended().state, jobs.ended().message) == (State.FAILED, "The file ?.csv has no header row.")


def test_exception_after_a_failure_changes_nothing(jobs: Jobs) -> None:
    with pytest.raises(Again):
        run(jobs, lambda job: job.fail("no_header", "The file has no header row."), raises=Again())
    error = jobs.ended().error
    assert error is not None
    assert error.code == "no_header"


def test_cancellation(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.update("importing", progress=0.4)
        job.cancel("You stopped it.")
    ended = jobs.ended()
    assert (ended.state, ended.stage) == (State.CANCELED, "canceled")
    assert (ended.progress, ended.message) == (0.4, "You stopped it.")


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError])
def test_what_is_no_exception_leaves_the_job_as_it_is(jobs: Jobs, end: type[BaseException]) -> None:
    with pytest.raises(end):
        run(jobs, raises=end())
    ended = jobs.ended()
    assert (ended.state, ended.stage, ended.progress) == (State.PROCESSING, "importing", 0.4)


def test_exception_after_which_it_is_tried_again_queues_the_job(jobs: Jobs) -> None:
    with pytest.raises(Again):
        run(jobs, raises=Again(SECRET))
    waiting = jobs.ended()
    assert (waiting.state, waiting.stage, waiting.progress) == (State.QUEUED, "retrying", None)
    assert (waiting.error, waiting.data) == (None, {"rejected": 3})
    assert "hunter2" not in repr(waiting)
    with live_job(jobs.url, "one", attempt=1, retry_on=(Again,)):
        assert jobs.newest().state is State.PROCESSING
    assert (jobs.ended().state, jobs.ended().attempt) == (State.COMPLETED, 1)


def test_other_exceptions_fail_though_some_are_tried_again(jobs: Jobs) -> None:
    with pytest.raises(OSError, match="x"):
        run(jobs, raises=OSError("x"))
    assert jobs.ended().state is State.FAILED


@pytest.mark.parametrize("end", ["block", "complete", "fail", "cancel"])
def test_update_after_the_end_is_an_error_in_tests(jobs: Jobs, end: str) -> None:
    with live_job(jobs.url, "one") as job:
        if end == "fail":
            job.fail("a", "A.")
        elif end != "block":
            getattr(job, end)()
        if end != "block":
            with pytest.raises(ValueError, match="has ended"):
                job.update("importing")
            with pytest.raises(ValueError, match="has ended"):
                job.complete()
    ended = jobs.ended()
    with pytest.raises(ValueError, match="has ended"):
        job.update("importing")
    assert jobs.newest() == ended
    assert ended.is_final


def test_update_after_the_end_is_ignored_with_a_log_line(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    with live_job(jobs.url, "one", strict=False) as job:
        job.cancel()
        job.update("importing")
        job.update("importing")
        job.complete()
    assert jobs.newest().state is State.CANCELED
    lines = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [line.getMessage() for line in lines] == ["an update of job one is not published: the job has ended"]


def test_update_before_the_block_is_an_error_in_tests(jobs: Jobs) -> None:
    job = live_job(jobs.url, "one")
    with pytest.raises(ValueError, match="has not begun"):
        job.update("importing")
    assert jobs.broker.held("one") is None


def test_block_elsewhere_ends_a_job_whose_task_goes_on(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as task:
        task.update("importing", progress=0.4)
        with live_job(jobs.url, "one") as job:
            job.cancel("You canceled it.")
        task.update("importing", progress=0.5)
    assert (jobs.newest().state, jobs.newest().message) == (State.CANCELED, "You canceled it.")
