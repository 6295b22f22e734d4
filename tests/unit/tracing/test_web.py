"""An upload begins a trace that its client cannot force, and a page's report ends it."""

import contextlib

import pytest
from opentelemetry.trace import use_span

from playhead.errors import Problem
from playhead.tracing.ids import root_of
from playhead.tracing.web import WebTracing
from tests.support.fakes import a_status
from tests.unit.tracing.recorded import TRACE_ID, Recorded, attributes, ids

SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

ROUTE = "/api/v1/sessions"


def test_upload_is_the_root_and_linked_to_the_client() -> None:
    recorded = Recorded()
    with WebTracing(recorded.spans).upload(ROUTE, SAMPLED) as trace_id:
        assert isinstance(trace_id, str)
    (span,) = recorded.all()
    assert span.context is not None
    assert (span.parent, f"{span.context.trace_id:032x}") == (None, trace_id)
    assert span.context.span_id == root_of(int(trace_id, 16))
    assert trace_id != TRACE_ID
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE_ID]
    assert attributes(span)["http.response.status_code"] == 201


def test_upload_during_another_span_is_a_root_all_the_same() -> None:
    recorded = Recorded()
    tracing = WebTracing(recorded.spans)
    with use_span(recorded.spans.root("of another request", {})), tracing.upload(ROUTE, ""):
        pass
    *_, span = recorded.all()
    assert (span.name, span.parent) == (f"POST {ROUTE}", None)


@pytest.mark.parametrize("traceparent", ["", "nonsense", SAMPLED.replace("4bf", "zzz"), "0" * 55, SAMPLED * 100])
def test_header_that_names_no_span_is_ignored(traceparent: str) -> None:
    recorded = Recorded()
    with WebTracing(recorded.spans).upload(ROUTE, traceparent):
        pass
    (span,) = recorded.all()
    assert not span.links


def test_client_cannot_force_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    recorded = Recorded()
    with WebTracing(recorded.spans).upload(ROUTE, SAMPLED) as trace_id:
        assert not isinstance(trace_id, str)
    assert recorded.all() == []


@pytest.mark.parametrize(
    ("error", "expected", "is_error"),
    [
        (Problem(415, "not_audio", "No."), {"http.response.status_code": 415, "error.type": "not_audio"}, False),
        (Problem(507, "storage_full", "No."), {"http.response.status_code": 507, "error.type": "storage_full"}, True),
        (ConnectionError("away"), {"error.type": "ConnectionError"}, True),
    ],
    ids=["a refusal", "our fault", "an error"],
)
def test_upload_that_fails_says_why(error: Exception, expected: dict[str, object], is_error: bool) -> None:
    recorded = Recorded()
    with contextlib.suppress(type(error)), WebTracing(recorded.spans).upload(ROUTE, ""):
        raise error
    (span,) = recorded.all()
    assert {name: value for name, value in attributes(span).items() if name in expected} == expected
    assert span.status.is_unset is not is_error


def test_report_of_a_page_is_a_span_and_a_harm_an_error() -> None:
    recorded = Recorded()
    tracing, status = WebTracing(recorded.spans), a_status(trace_id=TRACE_ID)
    tracing.page(status, 2.0, {"playhead.transport": "stream"}, [])
    tracing.page(status, 0.0, {"playhead.transport": "poll"}, ["mute", "slow"])
    tracing.page(a_status(), 1.0, {}, [])
    well, harmed = recorded.all()
    assert ids(well) == (TRACE_ID, f"{root_of(int(TRACE_ID, 16)):016x}")
    assert well.start_time is not None
    assert well.end_time == well.start_time + 2_000_000_000
    assert (well.status.is_unset, harmed.status.description) == (True, "mute, slow")
