"""A worker is terminated, as in a deployment: it releases its session, and the next worker resumes."""

import signal

import jiwer

from playhead.sessions.status import Stage, State
from tests.support.house import QUICK_WORKER, House
from tests.support.speech import TWO_CITIES, text_of, words

TRANSCRIBED_S = 180.0
"""It takes 7 s of CPU, and other engines may run on the same two cores."""
WER_MAX = 0.1
"""Word error rate of the small English model on clear speech; measured: 0.02."""


def test_terminated_worker_releases_its_session_for_the_next(house: House) -> None:
    """With the speech engine, which a signal cannot interrupt in the middle of a window."""
    session_id = house.upload(TWO_CITIES)
    with house.worker(QUICK_WORKER) as worker:
        before = house.in_mid_task(session_id)
        worker.end(signal.SIGTERM)
    released, kept = house.status(session_id), house.words(session_id)
    assert (released.attempt, released.stage) == (before.attempt, Stage.RETRYING)
    assert released.segments >= before.segments
    with house.worker():
        done = house.ends(session_id, TRANSCRIBED_S)
    assert (done.state, done.attempt) == (State.COMPLETED, released.attempt + 1)
    assert house.words(session_id)[: len(kept)] == kept
    assert jiwer.wer(words(text_of(TWO_CITIES)), words(" ".join(house.words(session_id)))) <= WER_MAX
