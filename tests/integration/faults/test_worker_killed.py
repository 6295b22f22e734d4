"""A worker is killed: another attempt completes its session, from where it was."""

import os
import signal

import pytest

from playhead import web
from playhead.sessions import attempts
from playhead.sessions.status import Stage
from tests.integration.conftest import Speech
from tests.support.house import QUICK_WORKER, WORDS_WORKER, House
from tests.support.quick_worker import WORDS

WAITING_S = 30
TAKEN_S = 5
"""From a message to the worker that takes it, with time to spare."""


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
def test_session_whose_task_is_killed_is_completed_by_another_attempt(house: House, speech: Speech) -> None:
    session_id = house.upload(speech.recording)
    with house.worker(QUICK_WORKER) as worker:
        before = house.in_mid_task(session_id)
        (child,) = worker.family() - {worker.pid}
        os.kill(child, signal.SIGKILL)
        done = house.completes(session_id, speech.words)
    assert done.attempt > before.attempt


def test_session_whose_whole_worker_is_killed_goes_on_in_another_one(house: House) -> None:
    session_id = house.upload("words 0")
    with house.worker(WORDS_WORKER) as worker:
        before = house.in_mid_task(session_id)
        for pid in worker.family():
            os.kill(pid, signal.SIGKILL)
    lost = house.until(session_id, lambda status: status.stage is Stage.RETRYING, "its reader is told")
    assert lost.segments >= before.segments
    with house.worker(WORDS_WORKER):
        done = house.completes(session_id, WORDS)
    assert done.attempt > before.attempt


def test_lost_worker_costs_half_a_minute_of_waiting_at_most() -> None:
    assert attempts.LEASE.total_seconds() + web.SWEEP_S + TAKEN_S <= WAITING_S
