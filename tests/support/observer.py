"""Observers for tests: one that records each call, one that always fails."""

from enum import StrEnum

from playhead.live.observer import PollAnswer, PollKind, Written
from playhead.live.policy import Transport


class RecordingObserver:
    """Keeps every call, without times: its name and arguments. What was written is added up in `total`."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.seconds: list[float] = []
        self.total = Written()

    def opened(self, topic: str, person_id: str) -> None:
        self.calls.append(("opened", topic, person_id))

    def first_event(self, topic: str, person_id: str, after_s: float) -> None:
        self.calls.append(("first_event", topic, person_id))
        self.seconds.append(after_s)

    def written(self, written: Written) -> None:
        total = self.total
        total.events += written.events
        total.size += written.size
        total.conflated += written.conflated
        total.lags = [one + other for one, other in zip(total.lags, written.lags, strict=True)]
        total.lag_s += written.lag_s

    def cut(self, topic: str, stalled_s: float) -> None:
        self.calls.append(("cut", topic))
        self.seconds.append(stalled_s)

    def ended(self, topic: str, person_id: str, reason: StrEnum, age_s: float, version: int) -> None:
        self.calls.append(("ended", topic, person_id, reason.value, version))
        self.seconds.append(age_s)

    def gap(self, topic: str | None) -> None:
        self.calls.append(("gap", topic))

    def chosen(self, transport: Transport) -> None:
        self.calls.append(("chosen", transport.header))

    def polled(
        self, topic: str, person_id: str, kind: PollKind, answer: PollAnswer, size: int, version: int, *, is_final: bool
    ) -> None:
        self.calls.append(("polled", topic, person_id, kind.value, answer.value, size, version, is_final))

    def published(self, statuses: int) -> None:
        self.calls.append(("published", statuses))

    def retried(self, statuses: int) -> None:
        self.calls.append(("retried", statuses))

    def dropped(self, statuses: int) -> None:
        self.calls.append(("dropped", statuses))


class FailingObserver(RecordingObserver):
    """Raises at the end of each call."""

    def __getattribute__(self, name: str) -> object:
        method = super().__getattribute__(name)
        if not callable(method):
            return method

        def fail(*args: object, **named: object) -> None:
            method(*args, **named)
            raise RuntimeError(f"{name} failed")

        return fail
