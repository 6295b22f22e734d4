"""Publishing can neither slow nor fail the work it reports on."""

import signal
import threading

import pytest

from playhead.live import publisher as module
from tests.support.waiting import ANSWER_S
from tests.unit.live.documents import a_job
from tests.unit.live.outbox import Open, Outbox, is_running, versions

LONG_S = 3600.0
"""An interval no test waits for: what comes in spite of it was not throttled."""


def test_status_is_sent(publisher: Open) -> None:
    outbox = Outbox()
    status = a_job()
    publisher(outbox).publish(status)
    assert outbox.wait(1) == [status]


def test_broker_that_hangs_holds_nobody_up(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_job(version=1))
    assert outbox.busy.wait(ANSWER_S)
    for version in range(2, 2000):
        reporting.publish(a_job(version=version, id=f"s{version % 7}"))
    assert outbox.hanging
    outbox.go_on.set()
    assert reporting.flush()
    assert versions(outbox.sent) == [1, *range(1993, 2000)]


def test_newest_of_what_waits_is_sent_and_an_older_one_never_overtakes_it(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_job(version=1))
    assert outbox.busy.wait(ANSWER_S)
    for version in (2, 5, 3, 4):
        reporting.publish(a_job(version=version))
    outbox.go_on.set()
    assert reporting.flush()
    assert versions(outbox.sent) == [1, 5]


def test_each_stage_is_sent_even_when_the_next_one_is_there_already(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_job("reading", 1))
    assert outbox.busy.wait(ANSWER_S)
    life = ["preparing", "importing", "importing", "finishing", "completed"]
    for version, stage in enumerate(life, start=2):
        reporting.publish(a_job(stage, version))
    outbox.go_on.set()
    assert reporting.flush()
    assert [(status.version, status.stage) for status in outbox.sent[1:]] == [
        (2, "preparing"),
        (4, "importing"),
        (5, "finishing"),
        (6, "completed"),
    ]


def test_progress_waits_for_its_turn_and_a_change_of_stage_does_not(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    reporting.publish(a_job("importing", 1))
    outbox.wait(1)
    reporting.publish(a_job("importing", 2))
    reporting.publish(a_job("importing", 3))
    reporting.publish(a_job("finishing", 4))
    assert versions(outbox.wait(3)) == [1, 3, 4]
    reporting.publish(a_job("completed", 5))
    assert versions(outbox.wait(4))[-1] == 5
    assert outbox.calls == 3


def test_progress_goes_out_by_itself_when_its_turn_has_come(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, 0.05)
    reporting.publish(a_job(version=1))
    outbox.wait(1)
    reporting.publish(a_job(version=2))
    assert versions(outbox.wait(2)) == [1, 2]


def test_progress_that_waited_for_its_turn_is_joined(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    reporting.publish(a_job(version=1))
    outbox.wait(1)
    for version in range(2, 50):
        reporting.publish(a_job(version=version))
    reporting.min_interval_s = 0.0  # its turn has come
    reporting.publish(a_job(version=50))
    assert versions(outbox.wait(2)) == [1, 50]
    assert outbox.calls == 2


def test_flush_sends_what_waits_for_its_turn(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    reporting.publish(a_job(version=1))
    outbox.wait(1)
    reporting.publish(a_job(version=2))
    assert reporting.flush()
    assert versions(outbox.sent) == [1, 2]


def test_flush_and_close_are_bounded(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_job())
    assert outbox.busy.wait(ANSWER_S)
    assert reporting.flush(timeout_s=0.05) is False
    reporting.close(timeout_s=0.05)
    assert outbox.hanging
    assert outbox.closed


def test_close_sends_what_waits_and_ends_the_thread(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    for version in (1, 2):
        reporting.publish(a_job(version=version))
    reporting.close()
    assert versions(outbox.sent)[-1] == 2
    assert not is_running()
    reporting.publish(a_job(version=3))
    assert reporting.flush(timeout_s=0)


def test_many_sessions_from_many_threads_all_end_with_their_last(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox)

    def work(name: str) -> None:
        for version in range(1, 200):
            reporting.publish(a_job(version=version, id=name))
        reporting.publish(a_job("completed", 200, id=name))

    threads = [threading.Thread(target=work, args=(f"s{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reporting.flush()
    for number in range(8):
        seen = [status.version for status in outbox.sent if status.id == f"s{number}"]
        assert seen == sorted(set(seen))
        assert seen[-1] == 200


def test_sessions_that_never_end_here_are_forgotten(publisher: Open) -> None:
    """A web process publishes what it queues and cancels; workers say the rest."""
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    count = module.STAGES_KEPT + 1
    for number in range(count):
        reporting.publish(a_job("queued", 1, id=f"s{number}"))
    assert reporting.flush()
    assert len(outbox.sent) == count
    reporting.publish(a_job("queued", 2, id="s0"))  # not throttled: its stage is new again
    assert outbox.wait(count + 1)[-1].id == "s0"


def test_job_that_goes_on_is_sent_again_beside_a_busy_one(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, renew_s=0.01)
    quiet = a_job("importing", 1, id="quiet")
    reporting.publish(quiet, renew=True)
    for version in range(1, 4):
        outbox.wait_for_calls(outbox.calls + 2)
        reporting.publish(a_job("importing", version, id="busy"))
    assert reporting.flush()
    assert outbox.sent.count(quiet) > 2


@pytest.mark.parametrize("end", ["final", "forget"])
def test_job_that_ended_is_sent_once(publisher: Open, end: str) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, renew_s=0.001)
    reporting.publish(a_job("importing", 1, id="goes on"), renew=True)
    reporting.publish(a_job("importing", 1), renew=True)
    if end == "final":
        reporting.publish(a_job("completed", 2))
    else:
        reporting.forget(a_job().id)
    assert reporting.flush()
    sent = [job for job in outbox.sent if job.id == a_job().id]
    outbox.wait_for_calls(outbox.calls + 5)
    assert [job for job in outbox.sent if job.id == a_job().id] == sent


def test_epoch_is_asked_of_the_broker(publisher: Open) -> None:
    assert publisher(Outbox()).next_epoch("seven") == len("seven")


def test_no_epoch_comes_from_a_broker_that_fails_and_the_thread_goes_on(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox)
    assert reporting.next_epoch("one") is None
    outbox.fails = False
    assert reporting.next_epoch("one") == len("one")


def test_nobody_waits_for_an_epoch_longer_than_their_timeout(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_job())
    assert outbox.busy.wait(ANSWER_S)
    assert reporting.next_epoch("one", timeout_s=0.01) is None
    outbox.go_on.set()
    assert reporting.next_epoch("two") == len("two")
    assert outbox.calls == 2, "the question that nobody waits for is not put"


def test_after_a_failure_all_who_wait_for_an_epoch_go_on(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_job())
    assert outbox.busy.wait(ANSWER_S)
    answers: list[int | None] = []
    threads = [threading.Thread(target=lambda: answers.append(reporting.next_epoch("one", LONG_S))) for _ in range(5)]
    for thread in threads:
        thread.start()
    outbox.fails = True
    outbox.go_on.set()
    for thread in threads:
        thread.join(ANSWER_S)
    assert answers == [None] * 5


def test_closed_publisher_gives_no_epoch(publisher: Open) -> None:
    reporting = publisher(Outbox())
    reporting.close()
    assert reporting.next_epoch("one", LONG_S) is None


class SoftTimeLimit(Exception):
    """Celery raises one like it in the handler of a signal."""


def test_time_limit_of_a_task_ends_its_wait_for_an_epoch(publisher: Open) -> None:
    def raise_it(*_: object) -> None:
        raise SoftTimeLimit

    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    before = signal.signal(signal.SIGALRM, raise_it)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(SoftTimeLimit):
            reporting.next_epoch("one", ANSWER_S)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_failing_broker_is_two_log_lines_however_long(publisher: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    outbox = Outbox(fails=True)
    reporting = publisher(outbox)
    reporting.publish(a_job())
    outbox.wait_for_calls(5)
    outbox.fails = False
    assert reporting.flush()
    reporting.close()
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
        "publishing fails",
        "publishing works again",
    ]
