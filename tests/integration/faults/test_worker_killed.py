"""Fault: a worker is killed. Another attempt resumes and completes its session."""

import os
import signal
from pathlib import Path

from playhead.sessions import attempts
from playhead.sessions.status import Stage, Status
from tests.support.house import WORDS_WORKER, House
from tests.support.ports import free_port
from tests.support.programs import Program, program, ready
from tests.support.quick_worker import FAULT_AT, WORDS
from tests.support.site import WEB
from tests.support.waiting import until

LEASE_S = str(round(attempts.LEASE.total_seconds()))
RETRYING_S = 30.0
"""25 s are promised; the rest is for two busy cores."""


def all_words_before_the_fault(status: Status) -> bool:
    return status.segments == FAULT_AT


def test_session_of_a_killed_task_is_completed_by_another_attempt(staffed_house: House, worker: Program) -> None:
    session_id = staffed_house.upload("babble 1")
    before = staffed_house.until(session_id, all_words_before_the_fault, "no checkpoint comes any more")
    (child,) = worker.family() - {worker.pid}
    os.kill(child, signal.SIGKILL)
    done = staffed_house.completes(session_id, WORDS)
    assert done.attempt > before.attempt


def test_session_of_a_killed_worker_is_resumed_in_time(house: House, tmp_path: Path) -> None:
    """With the real lease and the web process's sweep; those of other tests are shorter."""
    session_id = house.upload("babble 1")
    with house.worker(WORDS_WORKER, LEASE_S=LEASE_S) as worker:
        until(lambda: all_words_before_the_fault(house.status(session_id)), "no checkpoint comes any more")
        port = free_port()
        with program(WEB, house.environ | {"PORT": str(port)}, tmp_path / "web"):
            until(lambda: ready(f"http://127.0.0.1:{port}"), "the web is ready")
            before = house.status(session_id)
            for pid in worker.family():
                os.kill(pid, signal.SIGKILL)
            until(lambda: house.status(session_id).stage is Stage.RETRYING, "it is retrying", RETRYING_S)
            lost = house.status(session_id)
    assert (lost.attempt, lost.segments) == (before.attempt, before.segments)
    with house.worker(WORDS_WORKER):
        done = house.completes(session_id, WORDS)
    assert done.attempt > before.attempt
