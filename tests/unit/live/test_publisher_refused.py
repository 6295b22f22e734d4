"""What a broker fails to take, or refuses, is sent again, and holds nothing else up."""

from playhead.live import publisher as module
from tests.support.waiting import until
from tests.unit.live.documents import a_job
from tests.unit.live.outbox import Open, Outbox, is_running, versions

LONG_S = 3600.0
"""An interval no test waits for: what comes in spite of it was not throttled."""


def test_what_a_failing_broker_did_not_take_is_sent_when_it_is_back(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox)
    reporting.publish(a_job("reading", 1))
    outbox.wait_for_calls(1)
    for version in (2, 3):
        reporting.publish(a_job("importing", version))
        outbox.wait_for_calls(outbox.calls + 2)
    reporting.publish(a_job("completed", 4))
    outbox.wait_for_calls(outbox.calls + 2)
    outbox.fails = False
    assert reporting.flush()
    assert versions(outbox.sent) == [1, 3, 4]


def test_refused_status_alone_is_sent_again(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    outbox.refuses = {"bad"}
    reporting = publisher(outbox)
    for name in ("first", "bad", "good"):
        reporting.publish(a_job(id=name))
    outbox.go_on.set()
    assert reporting.flush()
    assert [status.id for status in outbox.offered].count("bad") == 2
    assert [status.id for status in outbox.sent] == ["first", "good"]


def test_refused_status_that_is_taken_the_second_time_is_sent(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    outbox.refuses = {"bad"}
    reporting = publisher(outbox, LONG_S)
    for name in ("bad", "good"):
        reporting.publish(a_job(id=name))
    outbox.go_on.set()
    assert [status.id for status in outbox.wait(1)] == ["good"]
    outbox.refuses.clear()
    assert reporting.flush()
    assert [status.id for status in outbox.sent] == ["good", "bad"]


def test_status_that_is_never_taken_holds_no_other_up(publisher: Open) -> None:
    outbox = Outbox()
    outbox.refuses = {"bad"}
    reporting = publisher(outbox)
    reporting.publish(a_job(id="bad"))
    outbox.wait_for_calls(2)  # alone: as if the broker had failed
    for version in range(1, 20):
        reporting.publish(a_job(version=version, id="good"))
        outbox.wait(version)
    assert reporting.flush()
    assert versions(outbox.sent) == list(range(1, 20))


def test_newer_status_takes_the_place_of_a_refused_one(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    outbox.refuses = {"bad"}
    reporting = publisher(outbox, LONG_S)
    for name in ("bad", "good"):
        reporting.publish(a_job(version=1, id=name))
    outbox.go_on.set()
    outbox.wait(1)
    reporting.publish(a_job(version=2, id="bad"))
    outbox.refuses.clear()
    assert reporting.flush()
    assert [(status.id, status.version) for status in outbox.sent] == [("good", 1), ("bad", 2)]


def test_statuses_are_not_sent_again_for_a_login_that_is_refused(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    outbox.refuses = {"eve"}
    reporting = publisher(outbox)
    reporting.publish(a_job(version=1))
    for person in ("ada", "eve", "joe"):
        reporting.login_ended(person)
    outbox.go_on.set()
    outbox.wait_for_calls(8)
    outbox.refuses.clear()
    assert reporting.flush()
    assert versions(outbox.offered) == [1]
    assert sorted(outbox.ended) == ["ada", "eve", "joe"]


def test_login_that_ended_is_told_at_once_and_without_a_status(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, min_interval_s=LONG_S)
    reporting.login_ended("ada")
    assert reporting.flush()
    assert (outbox.ended, outbox.sent) == (["ada"], [])


def test_ended_logins_are_published_when_the_broker_is_back(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox)
    for number in range(3 * module.UNSENT_KEPT):
        reporting.login_ended(f"user-{number % (2 * module.UNSENT_KEPT)}")
    reporting.publish(a_job(version=1))
    outbox.wait_for_calls(2)
    outbox.fails = False
    assert reporting.flush()
    assert versions(outbox.sent) == [1]
    assert {f"user-{number}" for number in range(module.UNSENT_KEPT)} <= set(outbox.ended)


def test_flush_says_that_it_was_not_sent(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox)
    reporting.publish(a_job())
    outbox.wait_for_calls(2)
    assert reporting.flush(timeout_s=0.01) is False
    outbox.fails = False
    assert reporting.flush() is True
    assert len(outbox.sent) == 1


def test_broker_that_fails_is_left_in_peace_for_a_while(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox, back_off_s=LONG_S)
    reporting.publish(a_job("reading", 1))
    outbox.wait_for_calls(1)
    reporting.publish(a_job("completed", 2))
    assert reporting.flush(timeout_s=0.01) is False
    reporting.close(timeout_s=0.01)
    assert (outbox.calls, outbox.closed) == (1, True)
    until(lambda: not is_running(), "its thread ends")
    assert reporting.flush(timeout_s=LONG_S) is False  # nothing is sent any more: there is nothing to wait for


def test_what_is_kept_for_a_failing_broker_is_bounded_and_the_newest(publisher: Open) -> None:
    outbox = Outbox(fails=True, hangs=True)
    reporting = publisher(outbox)
    names = [f"s{number}" for number in range(2 * module.UNSENT_KEPT)]
    for name in names:
        reporting.publish(a_job(version=1, id=name))
    outbox.go_on.set()
    outbox.wait_for_calls(1)
    outbox.fails = False
    assert reporting.flush()
    assert [status.id for status in outbox.sent] == names[-module.UNSENT_KEPT :]
