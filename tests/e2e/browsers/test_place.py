"""The scroll position in a finished transcript is restored, although its lines load after the page."""

import pytest

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.reading import add_lines, has_come
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.support.waiting import until

FILE = "long.mp3"
LINES, LEFT_AT = 180, 120
PHONE = (360, 667)
FIRST_IN_SIGHT = """
const bar = document.querySelector('section[aria-label=Status]')
const below = (bar?.getBoundingClientRect().bottom ?? 0) + 8
return document.elementFromPoint(innerWidth / 2, below)?.closest('li')?.textContent
"""
GO = "document.querySelector(`nav a[href='${arguments[0]}']`).click()"


@pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
def test_scroll_position_of_a_finished_transcript_is_restored(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email, FILE) as worker:
        add_lines(worker, LINES)
        worker.finish(words=0)
        tab.resize(*PHONE)
        tab.visit(f"/sessions/{worker.session_id}")
        has_come(tab, worker)
        tab.run(
            "document.querySelectorAll('[role=group] ol > li')[arguments[0]].scrollIntoView({ behavior: 'instant' })",
            LEFT_AT,
        )
        until(lambda: tab.run("return history.state?.line") == LEFT_AT, "the place is kept", SEEN_S)
        left = tab.run(FIRST_IN_SIGHT)
        assert left
        tab.reload()
        until(lambda: tab.run(FIRST_IN_SIGHT) == left, left, SEEN_S)
        tab.run(GO, "/account")
        tab.see("heading", "Account")
        tab.back()
        until(lambda: tab.run(FIRST_IN_SIGHT) == left, left, SEEN_S)
        tab.run(GO, "/")
        tab.see("heading", "New transcription")
        tab.click("link", FILE)
        has_come(tab, worker)
        assert tab.run("return scrollY") == 0
