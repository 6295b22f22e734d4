"""The list of sessions: running ones are visible, rows are dense, and a row that is done stays and keeps the focus."""

import pytest

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import newcomer
from tests.e2e.browsers.service import Service
from tests.support.waiting import until

RUNNING, FAILED = "running.mp3", "failed.mp3"
WAITING = 9
DENSE_PX = range(48, 57)
BOTTOM = """
const row = [...document.querySelectorAll('main li')].find(one => one.textContent.includes(arguments[0]))
return scrollY + row.getBoundingClientRect().bottom
"""
"""The bottom of a name's row, in pixels from the top of the page."""
HEIGHTS = "return [...document.querySelectorAll('main li')].map(one => Math.round(one.getBoundingClientRect().height))"
FOCUS = "[...document.querySelectorAll('button')].find(one => one.ariaLabel === arguments[0]).focus()"
FOCUSED = "return document.activeElement.ariaLabel"


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (360, 667)])
def test_running_sessions_are_visible_above_waiting_ones(
    tab: PlaywrightTab, house: Service, own_email: str, width: int, height: int
) -> None:
    one = newcomer(tab, house, own_email)
    with house.session(own_email, RUNNING), house.session(own_email, FAILED) as failed:
        failed.report.fail("gave_up", "It was tried three times.", retryable=True)
        for n in range(WAITING):
            house.queued(own_email, f"waiting {n}.mp3")
        one.resize(width, height)
        one.visit("/")
        one.see("list", "Now", RUNNING)
        assert one.run(BOTTOM, RUNNING) <= height
        if width == 1366:
            assert {px for px in one.run(HEIGHTS) if px not in DENSE_PX} == set()
    one.close()


def test_completed_row_stays_and_keeps_the_focus(tab: PlaywrightTab, house: Service, own_email: str) -> None:
    one = newcomer(tab, house, own_email)
    with house.session(own_email, RUNNING) as worker:
        one.visit("/")
        one.see("list", "Now", RUNNING)
        one.run(FOCUS, f"Delete {RUNNING}")
        worker.finish()
        one.see("list", "Now", "Done")
        assert one.run(FOCUSED) == f"Delete {RUNNING}"
    one.close()


def test_confirmation_stays_open_when_its_session_ends(tab: PlaywrightTab, house: Service, own_email: str) -> None:
    one = newcomer(tab, house, own_email)
    with house.session(own_email, RUNNING) as worker:
        one.visit("/")
        one.see("list", "Now", RUNNING)
        one.click("button", f"Delete {RUNNING}")
        one.see("dialog", "Delete this session?")
        worker.finish()
        until(lambda: "Done" in one.run("return document.querySelector('main').textContent"), "it is done")
        one.click("button", "Delete it")
        one.see("heading", "Nothing here yet. This is how it goes:")
    one.close()
