"""Counts in the metrics of a process what the live kernel observes."""

from enum import StrEnum

from playhead.live.observer import PollAnswer, PollKind, Written
from playhead.live.policy import Transport
from playhead.metrics import catalog
from playhead.metrics.metrics import Metrics


class MetricsObserver:
    """An `Observer` of the kernel. What streams wrote appears in the metrics half a second later at most."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def opened(self, topic: str, person_id: str) -> None:
        self._metrics.add(catalog.STREAMS_OPENED)

    def first_event(self, topic: str, person_id: str, after_s: float) -> None:
        self._metrics.add(catalog.STREAMS_ESTABLISHED)
        self._metrics.observe(catalog.STREAM_ESTABLISH, after_s)

    def written(self, written: Written) -> None:
        self._metrics.add(catalog.STREAM_EVENTS, amount=written.events)
        self._metrics.add(catalog.STREAM_BYTES, amount=written.size)
        self._metrics.add(catalog.STATUSES_CONFLATED, amount=written.conflated)
        self._metrics.merge(catalog.WRITE_LAG, written.lags, written.lag_s)

    def cut(self, topic: str, stalled_s: float) -> None:
        self._metrics.add(catalog.READERS_CUT)

    def ended(self, topic: str, person_id: str, reason: StrEnum, age_s: float, version: int) -> None:
        self._metrics.add(catalog.STREAMS_ENDED, reason.value)

    def gap(self, topic: str | None) -> None:
        self._metrics.add(catalog.GAPS, "all" if topic is None else "topic")

    def chosen(self, transport: Transport) -> None:
        self._metrics.add(catalog.TRANSPORTS, transport.mode.value, transport.reason.value)

    def polled(
        self, topic: str, person_id: str, kind: PollKind, answer: PollAnswer, size: int, version: int, *, is_final: bool
    ) -> None:
        self._metrics.add(catalog.STATUS_REQUESTS, kind.value, answer.value)
        self._metrics.add(catalog.STATUS_BYTES, amount=size)

    def published(self, statuses: int) -> None:
        self._metrics.add(catalog.PUBLISHED, amount=statuses)

    def retried(self, statuses: int) -> None:
        self._metrics.add(catalog.PUBLISH_RETRIES, amount=statuses)

    def dropped(self, statuses: int) -> None:
        self._metrics.add(catalog.PUBLISH_DROPS, amount=statuses)
