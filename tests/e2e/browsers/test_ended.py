"""The recording of an ended session can be played, whatever the final state."""

from collections.abc import Callable

import pytest

from playhead.sessions.status import Stage
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import STATUS
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.support.waiting import until
from tests.support.worker import Worker

PLAYED_S = "return document.querySelector('audio').currentTime"
LINES = 3


def fails(worker: Worker) -> None:
    worker.report.fail("gave_up", "It was tried three times.", retryable=True)


def fails_after_words(worker: Worker) -> None:
    worker.advance(words=LINES)
    fails(worker)


def is_canceled(worker: Worker) -> None:
    worker.report.advance(Stage.CANCELED)


@pytest.mark.parametrize("end", [fails, fails_after_words, is_canceled, Worker.finish])
def test_recording_of_an_ended_session_plays(
    tab: PlaywrightTab, house: Service, email: str, end: Callable[[Worker], None]
) -> None:
    session_id = house.queued(email)
    with house.taken(session_id) as worker:
        end(worker)
    tab.visit(f"/sessions/{session_id}")
    tab.see("region", STATUS)
    tab.click("button", "Play")
    until(lambda: tab.run(PLAYED_S) > 0, "it plays", SEEN_S)
    tab.click("button", "Pause")
