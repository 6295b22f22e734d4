"""A stream of a session with a trace is one span, made when it ends; of several, each gets its own times."""

from playhead.live.broker.ports import topic_of
from playhead.live.observer import EndedWithoutGoodbye
from playhead.live.policy import GoodbyeReason
from playhead.tracing.ids import root_of
from playhead.tracing.streams import StreamSpans
from tests.support.clock import Clock
from tests.support.fakes import a_status
from tests.unit.tracing.recorded import TRACE_ID, Recorded, attributes, ids

NS = 1_000_000_000


def test_stream_is_a_span_with_its_first_event_and_its_goodbye() -> None:
    recorded, clock = Recorded(), Clock()
    streams = StreamSpans(recorded.spans, clock)
    streams.opened("s", "ada")
    streams.note(a_status(trace_id=TRACE_ID))
    clock.now += 0.25
    streams.first_event("s", "ada", 0.25)
    clock.now += 9.75
    streams.ended("s", "ada", GoodbyeReason.FINAL, 10.0, 1_000_007)
    (span,) = recorded.all()
    assert ids(span) == (TRACE_ID, f"{root_of(int(TRACE_ID, 16)):016x}")
    expected = {"session_id": "s", "version": 1_000_007, "outcome": "goodbye", "goodbye": "final"}
    assert attributes(span) == {f"playhead.{name}": value for name, value in expected.items()}
    assert span.start_time is not None
    assert span.end_time == span.start_time + 10 * NS
    assert [(event.name, event.timestamp - span.start_time) for event in span.events] == [("first event", NS // 4)]
    assert span.status.is_unset


def test_streams_of_one_reader_do_not_get_each_others_times() -> None:
    recorded, clock = Recorded(), Clock()
    streams = StreamSpans(recorded.spans, clock)
    streams.opened("s", "ada")
    clock.now += 5
    streams.opened("s", "ada")
    streams.note(a_status(trace_id=TRACE_ID))
    clock.now += 1
    streams.first_event("s", "ada", 1)  # of the second
    streams.ended("s", "ada", EndedWithoutGoodbye.LEFT, 6, -1)  # the first
    streams.ended("s", "ada", EndedWithoutGoodbye.FAILED, 1, -1)
    first, second = recorded.all()
    assert (attributes(first)["playhead.outcome"], len(first.events)) == ("left", 0)
    assert (attributes(second)["playhead.outcome"], len(second.events)) == ("failed", 1)
    assert second.status.description == "failed"


def test_stream_without_a_trace_is_no_span_and_nothing_is_kept() -> None:
    recorded = Recorded()
    streams = StreamSpans(recorded.spans, Clock())
    for topic in ("s", topic_of("ada")):
        streams.note(a_status(trace_id=TRACE_ID))  # nobody follows it now
        streams.opened(topic, "ada")
        streams.note(a_status())
        streams.ended(topic, "ada", GoodbyeReason.MAX_AGE, 1.0, -1)
    assert recorded.all() == []
