"""A worker is asked to end, as a deployment does: it gives its session back, and the next one goes on."""

import signal

from playhead.sessions.status import Stage
from tests.integration.conftest import Speech
from tests.support.house import QUICK_WORKER, House


def test_worker_that_is_asked_to_end_gives_its_session_to_the_next(house: House, speech: Speech) -> None:
    session_id = house.upload(speech.recording)
    with house.worker(QUICK_WORKER) as worker:
        before = house.in_mid_task(session_id)
        worker.end(signal.SIGTERM)
    given_back = house.status(session_id)
    assert (given_back.attempt, given_back.stage) == (before.attempt, Stage.RETRYING)
    assert given_back.segments >= before.segments
    with house.worker():
        done = house.completes(session_id, speech.words)
    assert done.attempt == given_back.attempt + 1
