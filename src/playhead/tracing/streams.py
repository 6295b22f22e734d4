"""The spans of streams: one for each stream of a session whose trace is recorded, made when it ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic, time_ns

from opentelemetry.trace import SpanKind, StatusCode

from playhead.live.observer import EndedWithoutGoodbye, NoObserver
from playhead.sessions.status import Status
from playhead.tracing.ids import root_of
from playhead.tracing.spans import Spans

NS = 1_000_000_000


@dataclass(slots=True)
class _Opened:
    """A stream that is open; times in seconds of the process's clock."""

    at: float
    first_event_at: float | None = None


@dataclass(slots=True)
class _Topic:
    """What is followed now."""

    trace: int = 0
    streams: dict[str, list[_Opened]] = field(default_factory=dict)
    """By who reads."""


class StreamSpans(NoObserver):
    """An observer of the kernel. Belongs to one event loop. Nothing is done for an event that a stream writes.

    The kernel names a stream by its topic and its reader. Of several with the same names, the one that opened when this
    one did is taken.
    """

    def __init__(self, spans: Spans, clock: Callable[[], float] = monotonic) -> None:
        self._spans, self._clock = spans, clock
        self._topics: dict[str, _Topic] = {}

    def note(self, status: Status) -> None:
        """Notes the trace of a session that was read, if a stream of it is open."""
        if isinstance(status.trace_id, str) and (topic := self._topics.get(status.id)) is not None:
            topic.trace = int(status.trace_id, 16)

    def opened(self, topic: str, person_id: str) -> None:
        streams = self._topics.setdefault(topic, _Topic()).streams
        streams.setdefault(person_id, []).append(_Opened(self._clock()))

    def first_event(self, topic: str, person_id: str, after_s: float) -> None:
        now = self._clock()
        self._find(topic, person_id, now - after_s).first_event_at = now

    def ended(self, topic: str, person_id: str, reason: StrEnum, age_s: float, version: int) -> None:
        stream = self._find(topic, person_id, self._clock() - age_s)
        of = self._topics[topic]
        of.streams[person_id].remove(stream)
        if not of.streams[person_id]:
            del of.streams[person_id]
        if not of.streams:
            del self._topics[topic]
        if of.trace:
            self._record(topic, of.trace, stream, reason, age_s, version)

    def _find(self, topic: str, person_id: str, opened_at: float) -> _Opened:
        return min(self._topics[topic].streams[person_id], key=lambda stream: abs(stream.at - opened_at))

    def _record(self, topic: str, trace: int, stream: _Opened, reason: StrEnum, age_s: float, version: int) -> None:
        ended_ns = time_ns()
        began_ns = ended_ns - int(age_s * NS)
        attributes: dict[str, str | int] = {"playhead.session_id": topic, "playhead.version": version}
        if isinstance(reason, EndedWithoutGoodbye):
            attributes["playhead.outcome"] = reason.value
        else:
            attributes |= {"playhead.outcome": "goodbye", "playhead.goodbye": reason.value}
        span = self._spans.child(
            "playhead.stream", trace, root_of(trace), kind=SpanKind.SERVER, attributes=attributes, began_ns=began_ns
        )
        if stream.first_event_at is not None:
            after_s = max(0.0, stream.first_event_at - stream.at)
            span.add_event("first event", timestamp=began_ns + int(after_s * NS))
        if reason is EndedWithoutGoodbye.FAILED:
            span.set_status(StatusCode.ERROR, reason.value)
        span.end(ended_ns)
