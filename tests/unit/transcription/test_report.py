"""The report of an attempt: each status is stored first, then published."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from playhead.sessions import attempts, repository
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, State
from playhead.transcription.report import Report, Stopped
from tests.unit.transcription.workbench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def session(bench: Bench) -> str:
    return bench.queue()


@pytest.fixture
def report(bench: Bench, session: str) -> Report:
    return Report(bench.database, bench.publisher, bench.take_over(session))


def test_advance_stores_and_publishes_the_next_version(bench: Bench, report: Report, session: str) -> None:
    before = report.status
    report.advance(Stage.LOADING_MODEL, duration_s=600.0, facts={"duration_s": 600.0})
    report.advance(Stage.TRANSCRIBING, [Segment(0, 0, 1, "a"), Segment(1, 1, 2, "b")], position_s=2.0)
    assert report.status.version == before.version + 2
    assert (report.status.segments, report.status.state) == (2, State.PROCESSING)
    assert report.status.message == "Transcribing: 0:02 of 10:00"
    assert report.status.updated_at >= before.updated_at
    assert bench.status(session) == report.status == bench.published(session)[-1]
    assert bench.texts(session) == ["a", "b"]


def test_coalesce_time_is_read_at_each_status(bench: Bench, session: str) -> None:
    answers = {"ada": 0.05}
    report = Report(bench.database, bench.publisher, bench.take_over(session), answers.__getitem__)
    report.advance(Stage.LOADING_MODEL)
    assert bench.publisher.min_interval_s == 0.05
    answers["ada"] = 0.0
    report.advance(Stage.TRANSCRIBING)
    assert bench.publisher.min_interval_s == 0.0


def test_canceled_session_raises_stopped_and_keeps_its_segments(bench: Bench, report: Report, session: str) -> None:
    bench.database.run(repository.cancel, session, "ada")
    with pytest.raises(Stopped):
        report.advance(Stage.TRANSCRIBING, [Segment(0, 0, 1, "a")])
    assert bench.texts(session) == ["a"]
    report.advance(Stage.CANCELED)
    assert bench.status(session).state is State.CANCELED


def test_failure_clears_the_estimates(bench: Bench, report: Report, session: str) -> None:
    report.advance(Stage.TRANSCRIBING, eta_s=9.0, eta_range_s=(8.0, 10.0), retry_in_s=1.0)
    report.fail("boom", "It broke.", retryable=True)
    status = bench.status(session)
    assert (status.eta_s, status.eta_range_s, status.retry_in_s) == (None, None, None)
    assert status.error is not None
    assert (status.error.code, status.error.message, status.message) == ("boom", "It broke.", "It broke.")
    assert session.endswith(status.error.debug_id)


def test_fenced_attempt_stores_and_publishes_nothing(bench: Bench, report: Report, session: str) -> None:
    present = bench.take_over(session).status
    for stage in (Stage.TRANSCRIBING, Stage.COMPLETED):
        with pytest.raises(attempts.Fenced):
            report.advance(stage, [Segment(0, 0, 1, "late")])
    assert bench.status(session) == present
    assert bench.texts(session) == []
    assert bench.published(session) == []
