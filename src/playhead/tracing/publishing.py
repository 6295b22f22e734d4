"""The spans of publishing: of the first status of each stage, because one of each status would hide the rest."""

from collections.abc import Callable, Collection, Sequence
from time import time_ns

from opentelemetry.trace import SpanKind

from playhead.live.broker.ports import Sender, Sending
from playhead.sessions.status import Stage, Status
from playhead.tracing.harmless import harmless
from playhead.tracing.ids import parent_of
from playhead.tracing.spans import Spans

SESSIONS_KEPT = 1024
"""Sessions whose last stage is remembered, as the publisher does; of a forgotten one a status more is recorded."""


class TracedSender(Sender[Status]):
    """Passes everything on to another sender.

    Args:
        besides: stages whose statuses are not recorded: workers publish new positions in the queue of all who wait.
    """

    def __init__(
        self,
        sender: Sender[Status],
        spans: Spans,
        *,
        besides: Collection[Stage] = (),
        clock_ns: Callable[[], int] = time_ns,
    ) -> None:
        self._sender, self._spans, self._besides, self._clock_ns = sender, spans, besides, clock_ns
        self._stages: dict[str, tuple[int, Stage]] = {}

    def send(self, batch: Sequence[Sending[Status]]) -> Sequence[Sending[Status]]:
        began_ns = self._clock_ns()
        refused = self._sender.send(batch)
        self._record(batch, refused, began_ns)
        return refused

    def next_epoch(self, job_id: str) -> int:
        return self._sender.next_epoch(job_id)

    def login_ended(self, owner_id: str) -> None:
        self._sender.login_ended(owner_id)

    def close(self) -> None:
        self._sender.close()

    @harmless
    def _record(self, batch: Sequence[Sending[Status]], refused: Collection[Sending[Status]], began_ns: int) -> None:
        for sending in batch:
            status = sending[0]
            if isinstance(status.trace_id, str) and sending not in refused and self._is_first(status):
                self._record_one(status, status.trace_id, began_ns)

    def _is_first(self, status: Status) -> bool:
        """Whether it is the first one of its stage and attempt."""
        before, now = self._stages.pop(status.id, None), (status.attempt, status.stage)
        self._stages[status.id] = now
        if len(self._stages) > SESSIONS_KEPT:
            del self._stages[next(iter(self._stages))]
        return now != before and status.stage not in self._besides

    def _record_one(self, status: Status, trace_id: str, began_ns: int) -> None:
        trace, ended_ns = int(trace_id, 16), self._clock_ns()
        span = self._spans.child(
            "publish status",
            trace,
            parent_of(trace, status.attempt),
            kind=SpanKind.PRODUCER,
            attributes={
                "messaging.system": "redis",
                "messaging.operation.name": "publish",
                "messaging.operation.type": "send",
                "messaging.destination.name": "playhead:status",
                "playhead.session_id": status.id,
                "playhead.version": status.version,
                "playhead.stage": status.stage,
                "playhead.lag_s": max(0.0, ended_ns / 1e9 - status.updated_at.timestamp()),
            },
            began_ns=began_ns,
        )
        span.end(ended_ns)
