"""Layout shift of whole visits, to the session's end."""

import logging

import pytest

from playhead.sessions.status import Stage
from playhead.transcription.report import Stopped
from tests.e2e.browsers import shifts
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import newcomer
from tests.e2e.browsers.following import FILE, STATUS
from tests.e2e.browsers.reading import DURATION_S, add_lines, has_come, settle, show_lines
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.support.waiting import until
from tests.support.worker import Worker

MOST = 0.02
"""A fifth of the limit for "good" in the Web Vitals."""
LINES = 12
EARLIER = 8
"""Sessions in the list: a window full."""
AT_ONCE = (1, 2, 1, 3, 1)
HALF_A_SECOND = 30
"""Frames in which late changes come."""
CANCEL = """
const init = { method: 'POST', headers: { 'X-Requested-With': 'playhead' } }
return fetch(`/api/v1/sessions/${arguments[0]}/cancel`, init).then(answer => answer.status)
"""
at_both_sizes = pytest.mark.parametrize("size", [(360, 667), (1366, 768)], ids=["phone", "laptop"])


def nothing_jumped(tab: PlaywrightTab) -> None:
    settle(tab, HALF_A_SECOND)
    found = shifts.shifts(tab)
    summary = f"CLS {shifts.total(found):.4f}\n" + "\n".join(map(str, found))
    logging.getLogger(__name__).info("%s", summary)
    assert shifts.total(found) < MOST, summary


def visit(tab: PlaywrightTab, size: tuple[int, int], session_id: str) -> None:
    tab.resize(*size)
    tab.move()
    tab.visit(f"/sessions/{session_id}")
    shifts.watch(tab)
    tab.see("heading", FILE)


def read_on(tab: PlaywrightTab, worker: Worker) -> None:
    """Adds lines, one or two at a time."""
    for count in AT_ONCE:
        show_lines(tab, worker, count)


@at_both_sizes
def test_no_shift_from_the_queue_to_the_end(
    tab: PlaywrightTab, house: Service, email: str, size: tuple[int, int]
) -> None:
    session_id = house.queued(email)
    visit(tab, size, session_id)
    tab.see("region", STATUS, "Waiting")
    settle(tab, HALF_A_SECOND)
    with house.taken(session_id) as worker:
        tab.see("region", STATUS, "Reading audio")
        settle(tab)
        worker.report.advance(Stage.LOADING_MODEL, duration_s=DURATION_S)
        tab.see("region", STATUS, "Loading model")
        settle(tab)
        worker.report.advance(Stage.TRANSCRIBING, position_s=0.0, progress=0.0)
        tab.see("region", STATUS, "Transcribing")
        settle(tab)
        read_on(tab, worker)
        worker.report.advance(Stage.FINALIZING)
        tab.see("region", STATUS, "Finishing")
        settle(tab)
        worker.report.advance(Stage.COMPLETED, progress=1.0)
        tab.see("region", STATUS, "Done")
    nothing_jumped(tab)


@at_both_sizes
def test_no_shift_when_canceled_in_another_tab(
    tab: PlaywrightTab, house: Service, email: str, size: tuple[int, int]
) -> None:
    with house.session(email) as worker:
        add_lines(worker, LINES)
        visit(tab, size, worker.session_id)
        has_come(tab, worker)
        read_on(tab, worker)
        other = tab.another()
        other.visit("/favicon.svg")
        assert other.run(CANCEL, worker.session_id) == 202
        other.close()
        with pytest.raises(Stopped):
            worker.advance()
        worker.report.advance(Stage.CANCELED)
        tab.see("region", STATUS, "Canceled")
    nothing_jumped(tab)


@at_both_sizes
def test_no_shift_when_it_fails_midway(tab: PlaywrightTab, house: Service, email: str, size: tuple[int, int]) -> None:
    with house.session(email) as worker:
        add_lines(worker, LINES)
        visit(tab, size, worker.session_id)
        has_come(tab, worker)
        read_on(tab, worker)
        worker.report.fail("gave_up", "It was tried three times.", retryable=True)
        tab.see("region", STATUS, "It was tried three times.")
    nothing_jumped(tab)


@at_both_sizes
def test_no_shift_in_the_list(tab: PlaywrightTab, house: Service, own_email: str, size: tuple[int, int]) -> None:
    one = newcomer(tab, house, own_email)
    for _ in range(EARLIER):
        with house.session(own_email, "earlier.mp3") as worker:
            worker.finish()
    with house.session(own_email, "finishing.mp3") as worker:
        one.resize(*size)
        one.move()
        one.visit("/")
        shifts.watch(one)
        one.see("region", "Your sessions", "finishing.mp3")
        settle(one, HALF_A_SECOND)
        for position in (0.1, 0.4, 0.9):
            worker.advance(progress=position, position_s=position * DURATION_S, duration_s=DURATION_S)
            one.see("region", "Your sessions", f"{position:.0%}")
            settle(one)
        worker.finish()
        until(lambda: "90%" not in one.text("region", "Your sessions"), "it is not under way any more", SEEN_S)
    nothing_jumped(one)
    one.close()
