"""Publishing can neither slow nor fail the work it reports on."""

import threading

from playhead.pubsub import publisher as module
from playhead.sessions.status import Stage, Status
from tests.support.fakes import PATIENCE_S, a_status
from tests.support.waiting import until
from tests.unit.pubsub.outbox import Open, Outbox

LONG_S = 3600.0
"""An interval no test waits for: what comes in spite of it was not throttled."""


def is_running() -> bool:
    return "status-publisher" in {thread.name for thread in threading.enumerate()}


def versions(statuses: list[Status]) -> list[int]:
    return [status.version for status in statuses]


def test_status_is_sent(publisher: Open) -> None:
    outbox = Outbox()
    status = a_status()
    publisher(outbox).publish(status)
    assert outbox.wait(1) == [status]


def test_carrier_that_hangs_holds_nobody_up(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_status(version=1))
    assert outbox.busy.wait(PATIENCE_S)
    for version in range(2, 2000):
        reporting.publish(a_status(version=version, session_id=f"s{version % 7}"))
    assert outbox.hanging
    outbox.go_on.set()
    assert reporting.flush()
    assert versions(outbox.sent) == [1, *range(1993, 2000)]


def test_what_a_failing_carrier_did_not_take_is_sent_when_it_is_back(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox)
    reporting.publish(a_status(Stage.DECODING, 1))
    outbox.wait_for_calls(1)
    for version in (2, 3):
        reporting.publish(a_status(Stage.TRANSCRIBING, version))
        outbox.wait_for_calls(outbox.calls + 2)
    reporting.publish(a_status(Stage.COMPLETED, 4))
    outbox.wait_for_calls(outbox.calls + 2)
    outbox.fails = False
    assert reporting.flush()
    assert versions(outbox.sent) == [1, 3, 4]


def test_refused_status_alone_is_sent_again(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    outbox.refuses = {"bad"}
    reporting = publisher(outbox)
    for name in ("first", "bad", "good"):
        reporting.publish(a_status(session_id=name))
    outbox.go_on.set()
    assert reporting.flush()
    assert [status.session_id for status in outbox.offered].count("bad") == 2
    assert [status.session_id for status in outbox.sent] == ["first", "good"]


def test_refused_status_that_is_taken_the_second_time_is_sent(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    outbox.refuses = {"bad"}
    reporting = publisher(outbox, LONG_S)
    for name in ("bad", "good"):
        reporting.publish(a_status(session_id=name))
    outbox.go_on.set()
    assert [status.session_id for status in outbox.wait(1)] == ["good"]
    outbox.refuses.clear()
    assert reporting.flush()
    assert [status.session_id for status in outbox.sent] == ["good", "bad"]


def test_status_that_is_never_taken_holds_no_other_up(publisher: Open) -> None:
    outbox = Outbox()
    outbox.refuses = {"bad"}
    reporting = publisher(outbox)
    reporting.publish(a_status(session_id="bad"))
    outbox.wait_for_calls(2)  # alone: as if the carrier had failed
    for version in range(1, 20):
        reporting.publish(a_status(version=version, session_id="good"))
        outbox.wait(version)
    assert reporting.flush()
    assert versions(outbox.sent) == list(range(1, 20))


def test_newer_status_takes_the_place_of_a_refused_one(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    outbox.refuses = {"bad"}
    reporting = publisher(outbox, LONG_S)
    for name in ("bad", "good"):
        reporting.publish(a_status(version=1, session_id=name))
    outbox.go_on.set()
    outbox.wait(1)
    reporting.publish(a_status(version=2, session_id="bad"))
    outbox.refuses.clear()
    assert reporting.flush()
    assert [(status.session_id, status.version) for status in outbox.sent] == [("good", 1), ("bad", 2)]


def test_statuses_are_not_sent_again_for_a_login_that_is_refused(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    outbox.refuses = {"eve"}
    reporting = publisher(outbox)
    reporting.publish(a_status(version=1))
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


def test_logins_that_ended_hold_nobody_up_and_are_told_when_the_carrier_is_back(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox)
    for number in range(3 * module.UNSENT_KEPT):
        reporting.login_ended(f"user-{number % (2 * module.UNSENT_KEPT)}")
    reporting.publish(a_status(version=1))
    outbox.wait_for_calls(2)
    outbox.fails = False
    assert reporting.flush()
    assert versions(outbox.sent) == [1]
    assert {f"user-{number}" for number in range(module.UNSENT_KEPT)} <= set(outbox.ended)


def test_flush_says_that_it_was_not_sent(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox)
    reporting.publish(a_status())
    outbox.wait_for_calls(2)
    assert reporting.flush(timeout_s=0.01) is False
    outbox.fails = False
    assert reporting.flush() is True
    assert len(outbox.sent) == 1


def test_carrier_that_fails_is_left_in_peace_for_a_while(publisher: Open) -> None:
    outbox = Outbox(fails=True)
    reporting = publisher(outbox, back_off_s=LONG_S)
    reporting.publish(a_status(Stage.DECODING, 1))
    outbox.wait_for_calls(1)
    reporting.publish(a_status(Stage.COMPLETED, 2))
    assert reporting.flush(timeout_s=0.01) is False
    reporting.close(timeout_s=0.01)
    assert (outbox.calls, outbox.closed) == (1, True)
    until(lambda: not is_running(), "its thread ends")
    assert reporting.flush(timeout_s=LONG_S) is False  # nothing is sent any more: there is nothing to wait for


def test_what_is_kept_for_a_failing_carrier_is_bounded_and_the_newest(publisher: Open) -> None:
    outbox = Outbox(fails=True, hangs=True)
    reporting = publisher(outbox)
    names = [f"s{number}" for number in range(2 * module.UNSENT_KEPT)]
    for name in names:
        reporting.publish(a_status(version=1, session_id=name))
    outbox.go_on.set()
    outbox.wait_for_calls(1)
    outbox.fails = False
    assert reporting.flush()
    assert [status.session_id for status in outbox.sent] == names[-module.UNSENT_KEPT :]


def test_newest_of_what_waits_is_sent_and_an_older_one_never_overtakes_it(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_status(version=1))
    assert outbox.busy.wait(PATIENCE_S)
    for version in (2, 5, 3, 4):
        reporting.publish(a_status(version=version))
    outbox.go_on.set()
    assert reporting.flush()
    assert versions(outbox.sent) == [1, 5]


def test_each_stage_is_sent_even_when_the_next_one_is_there_already(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_status(Stage.DECODING, 1))
    assert outbox.busy.wait(PATIENCE_S)
    life = [Stage.LOADING_MODEL, Stage.TRANSCRIBING, Stage.TRANSCRIBING, Stage.FINALIZING, Stage.COMPLETED]
    for version, stage in enumerate(life, start=2):
        reporting.publish(a_status(stage, version))
    outbox.go_on.set()
    assert reporting.flush()
    assert [(status.version, status.stage) for status in outbox.sent[1:]] == [
        (2, Stage.LOADING_MODEL),
        (4, Stage.TRANSCRIBING),
        (5, Stage.FINALIZING),
        (6, Stage.COMPLETED),
    ]


def test_progress_waits_for_its_turn_and_a_change_of_stage_does_not(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    reporting.publish(a_status(Stage.TRANSCRIBING, 1))
    outbox.wait(1)
    reporting.publish(a_status(Stage.TRANSCRIBING, 2))
    reporting.publish(a_status(Stage.TRANSCRIBING, 3))
    reporting.publish(a_status(Stage.FINALIZING, 4))
    assert versions(outbox.wait(3)) == [1, 3, 4]
    reporting.publish(a_status(Stage.COMPLETED, 5))
    assert versions(outbox.wait(4))[-1] == 5
    assert outbox.calls == 3


def test_progress_goes_out_by_itself_when_its_turn_has_come(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, 0.05)
    reporting.publish(a_status(version=1))
    outbox.wait(1)
    reporting.publish(a_status(version=2))
    assert versions(outbox.wait(2)) == [1, 2]


def test_progress_that_waited_for_its_turn_is_joined(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    reporting.publish(a_status(version=1))
    outbox.wait(1)
    for version in range(2, 50):
        reporting.publish(a_status(version=version))
    reporting.min_interval_s = 0.0  # its turn has come
    reporting.publish(a_status(version=50))
    assert versions(outbox.wait(2)) == [1, 50]
    assert outbox.calls == 2


def test_flush_sends_what_waits_for_its_turn(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    reporting.publish(a_status(version=1))
    outbox.wait(1)
    reporting.publish(a_status(version=2))
    assert reporting.flush()
    assert versions(outbox.sent) == [1, 2]


def test_flush_and_close_are_bounded(publisher: Open) -> None:
    outbox = Outbox(hangs=True)
    reporting = publisher(outbox)
    reporting.publish(a_status())
    assert outbox.busy.wait(PATIENCE_S)
    assert reporting.flush(timeout_s=0.05) is False
    reporting.close(timeout_s=0.05)
    assert outbox.hanging
    assert outbox.closed


def test_close_sends_what_waits_and_ends_the_thread(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    for version in (1, 2):
        reporting.publish(a_status(version=version))
    reporting.close()
    assert versions(outbox.sent)[-1] == 2
    assert not is_running()
    reporting.publish(a_status(version=3))
    assert reporting.flush(timeout_s=0)


def test_many_sessions_from_many_threads_all_end_with_their_last(publisher: Open) -> None:
    outbox = Outbox()
    reporting = publisher(outbox)

    def work(name: str) -> None:
        for version in range(1, 200):
            reporting.publish(a_status(version=version, session_id=name))
        reporting.publish(a_status(Stage.COMPLETED, 200, session_id=name))

    threads = [threading.Thread(target=work, args=(f"s{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reporting.flush()
    for number in range(8):
        seen = [status.version for status in outbox.sent if status.session_id == f"s{number}"]
        assert seen == sorted(set(seen))
        assert seen[-1] == 200


def test_sessions_that_never_end_here_are_forgotten(publisher: Open) -> None:
    """A web process publishes what it queues and cancels; workers say the rest."""
    outbox = Outbox()
    reporting = publisher(outbox, LONG_S)
    count = module.STAGES_KEPT + 1
    for number in range(count):
        reporting.publish(a_status(Stage.QUEUED, 1, session_id=f"s{number}"))
    assert reporting.flush()
    assert len(outbox.sent) == count
    reporting.publish(a_status(Stage.QUEUED, 2, session_id="s0"))  # not throttled: its stage is news again
    assert outbox.wait(count + 1)[-1].session_id == "s0"
