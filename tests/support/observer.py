"""Observers for tests: one that records each call, one that always fails."""

from enum import StrEnum


class RecordingObserver:
    """Keeps every call, without times: its name and what was counted, or the reason."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []
        self.seconds: list[float] = []

    def opened(self, topic: str) -> None:
        self.calls.append(("opened", topic))

    def first_event(self, topic: str, after_s: float) -> None:
        self.calls.append(("first_event", topic))
        self.seconds.append(after_s)

    def written(self, topic: str, events: int) -> None:
        self.calls.append(("written", events))

    def conflated(self, topic: str, statuses: int) -> None:
        self.calls.append(("conflated", statuses))

    def cut(self, topic: str, stalled_s: float) -> None:
        self.calls.append(("cut", topic))
        self.seconds.append(stalled_s)

    def ended(self, topic: str, reason: StrEnum, age_s: float) -> None:
        self.calls.append(("ended", reason.value))
        self.seconds.append(age_s)

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

        def fail(*args: object) -> None:
            method(*args)
            raise RuntimeError(f"{name} failed")

        return fail
