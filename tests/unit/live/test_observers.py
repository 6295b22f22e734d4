"""Several observers of one process: each gets every call, whatever the others do."""

import inspect

import pytest

from playhead.live.observer import (
    EndedWithoutGoodbye,
    NoObserver,
    Observer,
    Observers,
    PollAnswer,
    PollKind,
    Written,
    guarded,
)
from playhead.live.policy import Mode, Reason, Transport
from tests.support.observer import FailingObserver, RecordingObserver


def call_all(observer: Observer) -> None:
    """Each call of the port once, in the order in which it declares them."""
    written = Written()
    written.size += 100
    observer.opened("s", "ada")
    observer.first_event("s", "ada", 0.5)
    observer.written(written)
    observer.cut("s", 31.0)
    observer.ended("s", "ada", EndedWithoutGoodbye.LEFT, 32.0, 7)
    observer.gap(None)
    observer.chosen(Transport(Mode.STREAM, Reason.FLAG_ON))
    observer.polled("s", "ada", PollKind.WAIT, PollAnswer.CHANGED, 400, 7, is_final=True)
    observer.published(1)
    observer.retried(2)
    observer.dropped(3)


def names_of_port() -> list[str]:
    return [name for name, _ in inspect.getmembers(Observer, inspect.isfunction) if not name.startswith("_")]


def test_every_observer_gets_every_call_with_its_arguments() -> None:
    alone, first, second = RecordingObserver(), RecordingObserver(), RecordingObserver()
    call_all(alone)
    call_all(Observers(first, second))
    assert alone.calls == first.calls == second.calls
    assert alone.seconds == first.seconds == second.seconds
    assert alone.total.size == first.total.size == second.total.size == 100
    assert {name for name, *_ in alone.calls} | {"written"} == set(names_of_port())


def test_observer_that_fails_hurts_no_other_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    before, failing, after = RecordingObserver(), FailingObserver(), RecordingObserver()
    observers = Observers(before, failing, after)
    call_all(observers)
    call_all(observers)
    assert before.calls == after.calls == failing.calls
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_each_observer_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    call_all(Observers(FailingObserver(), FailingObserver()))
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def test_observer_of_an_older_port_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    call_all(Observers(object(), after := RecordingObserver()))  # type: ignore[arg-type]
    assert len(after.calls) == len(names_of_port()) - 1
    assert len(caplog.records) == 1


def test_observer_that_implements_a_part_is_guarded_too(caplog: pytest.LogCaptureFixture) -> None:
    class Part(NoObserver):
        def published(self, statuses: int) -> None:
            raise RuntimeError("published failed")

    call_all(guarded(Part()))
    call_all(guarded(None))
    assert len(caplog.records) == 1
