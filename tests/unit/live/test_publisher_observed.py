"""What an observer learns of publishing: published, retried and dropped statuses, in order."""

import pytest

from playhead.live import publisher as module
from tests.support.observer import FailingObserver, RecordingObserver
from tests.support.waiting import ANSWER_S, until
from tests.unit.live.documents import a_job
from tests.unit.live.outbox import Open, Outbox


def test_statuses_that_are_sent_are_reported_as_published(publisher: Open) -> None:
    outbox, observer = Outbox(hangs=True), RecordingObserver()
    reporting = publisher(outbox, observer=observer)
    reporting.publish(a_job(id="first"))
    assert outbox.busy.wait(ANSWER_S)
    for name in ("a", "b"):
        reporting.publish(a_job(id=name))
    outbox.go_on.set()
    assert reporting.flush()
    assert observer.calls == [("published", 1), ("published", 2)]


def test_statuses_that_wait_are_counted_until_they_are_sent(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    assert reporting.waiting == 0
    reporting.publish(a_job(id="first"))
    assert outbox.busy.wait(ANSWER_S)
    for version in (1, 2):
        for name in ("a", "b"):
            reporting.publish(a_job(id=name, version=version))
    assert reporting.waiting == 2
    outbox.go_on.set()
    assert reporting.flush()
    assert reporting.waiting == 0


def test_status_that_is_refused_twice_is_retried_then_dropped(publisher: Open) -> None:
    outbox, observer = Outbox(hangs=True), RecordingObserver()
    outbox.refuses = {"bad"}
    reporting = publisher(outbox, observer=observer)
    reporting.publish(a_job(id="first"))
    assert outbox.busy.wait(ANSWER_S)
    for name in ("bad", "good"):
        reporting.publish(a_job(id=name))
    outbox.go_on.set()
    assert reporting.flush()
    assert observer.calls == [("published", 1), ("published", 1), ("retried", 1), ("dropped", 1)]


def test_status_that_a_failing_broker_did_not_take_is_retried(publisher: Open) -> None:
    outbox, observer = Outbox(hangs=True, fails=True), RecordingObserver()
    reporting = publisher(outbox, observer=observer)
    reporting.publish(a_job())
    assert outbox.busy.wait(ANSWER_S)
    outbox.go_on.set()
    outbox.wait_for_calls(2)
    outbox.fails = False
    assert reporting.flush()
    assert observer.calls[0] == ("retried", 1)
    assert set(observer.calls[:-1]) == {("retried", 1)}
    assert observer.calls[-1] == ("published", 1)


def test_failed_status_that_a_newer_one_replaced_is_counted_as_both(publisher: Open) -> None:
    outbox, observer = Outbox(hangs=True, fails=True), RecordingObserver()
    reporting = publisher(outbox, back_off_s=60.0, observer=observer)
    reporting.publish(a_job(version=1))
    assert outbox.busy.wait(ANSWER_S)
    reporting.publish(a_job(version=2))
    outbox.go_on.set()
    outbox.wait_for_calls(1)
    reporting.close(timeout_s=0.2)  # it would wait for the broker
    assert observer.calls == [("retried", 1), ("dropped", 1), ("dropped", 1)]  # the last: the second one, at the end


def test_statuses_beyond_what_is_kept_are_dropped(publisher: Open) -> None:
    outbox, observer = Outbox(hangs=True, fails=True), RecordingObserver()
    reporting = publisher(outbox, back_off_s=60.0, observer=observer)
    reporting.publish(a_job("reading", id="first"))
    assert outbox.busy.wait(ANSWER_S)
    for number in range(module.UNSENT_KEPT + 2):
        reporting.publish(a_job(id=f"s{number}"))
    outbox.go_on.set()
    until(lambda: observer.calls == [("retried", 1), ("dropped", 3)])
    reporting.close(timeout_s=0.0)  # it would wait for the broker


def test_statuses_that_are_unsent_at_the_end_are_dropped_once(publisher: Open) -> None:
    outbox, observer = Outbox(fails=True), RecordingObserver()
    reporting = publisher(outbox, back_off_s=60.0, observer=observer)
    for name in ("a", "b"):
        reporting.publish(a_job(id=name))
    outbox.wait_for_calls(1)
    for _ in range(2):
        reporting.close(timeout_s=0.2)
    assert [call for call in observer.calls if call[0] == "dropped"] == [("dropped", 2)]


def test_errors_of_an_observer_do_not_stop_publishing(publisher: Open, caplog: pytest.LogCaptureFixture) -> None:
    outbox, observer = Outbox(), FailingObserver()
    reporting = publisher(outbox, observer=observer)
    for version in (1, 2, 3):
        reporting.publish(a_job(version=version))
        outbox.wait(version)
    assert reporting.flush()
    assert observer.calls == [("published", 1)] * 3
    assert [record.levelname for record in caplog.records] == ["ERROR"]
