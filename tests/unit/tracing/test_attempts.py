"""An attempt is a span with one for each stage below it, in the trace of the session that it claimed."""

from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from playhead.live.job import Failure
from playhead.sessions.models import Session
from playhead.sessions.status import Stage, Status
from playhead.tracing.ids import attempt_of, root_of
from playhead.tracing.ports import NO_ATTEMPT
from playhead.tracing.worker import WorkerTracing
from tests.support.fakes import a_status
from tests.unit.tracing.recorded import TRACE_ID, Recorded, attributes, ids

TRACE = int(TRACE_ID, 16)
MOMENT = datetime(2026, 11, 30, tzinfo=UTC)


def claimed(status: Status) -> Session:
    return Session(
        id="s",
        owner_id="ada",
        filename="talk.mp3",
        language=None,
        engine=None,
        size_bytes=9,
        duration_s=None,
        audio_key="s",
        audio_deleted_at=None,
        created_at=MOMENT,
        queued_at=MOMENT,
        status=status,
    )


def of(stage: Stage, version: int, **fields: object) -> Status:
    return a_status(stage, version, trace_id=TRACE_ID, **fields)


def names(spans: list[ReadableSpan]) -> list[str]:
    return [span.name for span in spans]


def test_stages_are_spans_below_the_attempt(caplog: pytest.LogCaptureFixture) -> None:
    recorded = Recorded()
    attempt = WorkerTracing(recorded.spans).begin(claimed(of(Stage.DECODING, 1_000_001)))
    for version, stage in enumerate([Stage.TRANSCRIBING, Stage.TRANSCRIBING, Stage.COMPLETED], 1_000_002):
        attempt.stored(of(stage, version, duration_s=20.0))
    attempt.ended("completed")
    decoding, transcribing, whole = recorded.all()
    assert names([decoding, transcribing, whole]) == ["playhead.decoding", "playhead.transcribing", "playhead.attempt"]
    own = f"{attempt_of(TRACE, 1):016x}"
    assert [ids(span)[1] for span in (decoding, transcribing, whole)] == [own, own, f"{root_of(TRACE):016x}"]
    expected = {"session_id": "s", "attempt": 1, "duration_s": 20.0, "outcome": "completed", "statuses": 4}
    assert attributes(whole) == {f"playhead.{name}": value for name, value in expected.items()}
    assert (len(whole.links), whole.status.is_unset) == (0, True)
    assert caplog.records == []  # OpenTelemetry warns of a span that is ended twice


@pytest.mark.parametrize("attempt", [2, 3])
def test_later_attempt_is_linked_to_the_one_before(attempt: int) -> None:
    recorded = Recorded()
    WorkerTracing(recorded.spans).begin(claimed(of(Stage.RETRYING, attempt * 1_000_000 + 1))).ended("lost")
    _, whole = recorded.all()
    assert whole.context is not None
    assert whole.context.span_id == attempt_of(TRACE, attempt)
    assert [link.context.span_id for link in whole.links] == [attempt_of(TRACE, attempt - 1)]
    assert attributes(whole)["playhead.outcome"] == "lost"


def test_failure_is_an_error_with_its_code() -> None:
    recorded = Recorded()
    attempt = WorkerTracing(recorded.spans).begin(claimed(of(Stage.DECODING, 1_000_001)))
    error = Failure(code="damaged", message="No.", retryable=False, debug_id="s")
    attempt.stored(of(Stage.FAILED, 1_000_002, error=error))
    attempt.ended("failed")
    *_, whole = recorded.all()
    assert (whole.status.is_ok, whole.status.description) == (False, "damaged")
    assert attributes(whole)["error.type"] == "damaged"


def test_session_without_a_trace_has_no_record() -> None:
    recorded = Recorded()
    assert WorkerTracing(recorded.spans).begin(claimed(a_status(Stage.DECODING, 1_000_001))) is NO_ATTEMPT
    assert recorded.all() == []


def test_session_whose_trace_is_no_id_is_transcribed_all_the_same() -> None:
    session = claimed(a_status(Stage.DECODING, 1_000_001, trace_id="no hexadecimal number"))
    assert WorkerTracing(Recorded().spans).begin(session) is NO_ATTEMPT
