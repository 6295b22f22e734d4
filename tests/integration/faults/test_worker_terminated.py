"""A worker is asked to end, as a deployment does: it gives its session back, and the next one goes on."""

import signal

import jiwer

from playhead.sessions.status import Stage, State
from tests.support.house import QUICK_WORKER, House
from tests.support.speech import TWO_CITIES, text_of, words

HEARD_S = 180.0
"""It takes 7 s of CPU, and other engines may be at work on the same two cores."""
WER_MAX = 0.1
"""Of the small English model on clear speech; measured: 0.02."""


def test_worker_that_is_asked_to_end_gives_its_session_to_the_next(house: House) -> None:
    """With the speech engine, which no signal interrupts in the middle of a window."""
    session_id = house.upload(TWO_CITIES)
    with house.worker(QUICK_WORKER) as worker:
        before = house.in_mid_task(session_id)
        worker.end(signal.SIGTERM)
    given_back, heard = house.status(session_id), house.words(session_id)
    assert (given_back.attempt, given_back.stage) == (before.attempt, Stage.RETRYING)
    assert given_back.segments >= before.segments
    with house.worker():
        done = house.ends(session_id, HEARD_S)
    assert (done.state, done.attempt) == (State.COMPLETED, given_back.attempt + 1)
    assert house.words(session_id)[: len(heard)] == heard
    assert jiwer.wer(words(text_of(TWO_CITIES)), words(" ".join(house.words(session_id)))) <= WER_MAX
