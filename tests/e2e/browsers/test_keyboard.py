"""Sticky bars can be used by keyboard: focus on them does not scroll the page, and nothing covers them."""

from pathlib import Path

import pytest

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import FILE, STATUS
from tests.e2e.browsers.reading import add_lines, has_come, settle
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.e2e.browsers.test_uploads import OFFLINE
from tests.support.speech import JFK
from tests.support.waiting import until
from tests.support.worker import Worker

LINES = 60
PHONE, LAPTOP = (360, 667), (1366, 768)
MIDDLE, END = "(scrollHeight - clientHeight) / 2", "scrollHeight"
"""The scroll position of the page, as an expression."""
STEPS = """
const page = document.scrollingElement
const { scrollHeight, clientHeight } = page
const sticks = one => one !== null && (getComputedStyle(one).position === 'sticky' || sticks(one.parentElement))
const all = [...document.querySelectorAll('main :is(a, button, input, select, summary)')]
const wrong = []
for (const control of all.filter(one => one.checkVisibility() && sticks(one))) {
  scrollTo({ top: %s, behavior: 'instant' })
  document.activeElement.blur()
  const before = scrollY
  control.focus()
  const { left, right, top, bottom } = control.getBoundingClientRect()
  const name = control.ariaLabel ?? control.textContent
  if (scrollY !== before) wrong.push(`${name} scrolls by ${scrollY - before} px`)
  const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
  if (!control.contains(seen)) wrong.push(`${name} is covered`)
}
return wrong
"""
"""The faults of each control in a sticky bar when it gets the focus."""
FOCUS_CANCEL = """
[...document.querySelectorAll('section button')].find(one => one.textContent === 'Cancel').focus()
return scrollY
"""
HAS_FOCUS = "return document.activeElement.ariaLabel ?? document.activeElement.textContent"
in_both_of_playwright = pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
at_both_sizes = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])


def read(tab: PlaywrightTab, worker: Worker) -> None:
    """Opens a page that is longer than the window."""
    add_lines(worker, LINES)
    tab.visit(f"/sessions/{worker.session_id}")
    tab.see("heading", FILE)
    has_come(tab, worker)


def wrong(tab: PlaywrightTab) -> dict[str, list[str]]:
    found = {place: tab.run(STEPS % place) for place in (MIDDLE, END)}
    return {place: what for place, what in found.items() if what}


@in_both_of_playwright
@at_both_sizes
def test_focus_in_sticky_bars_does_not_scroll(
    tab: PlaywrightTab, house: Service, email: str, size: tuple[int, int]
) -> None:
    with house.session(email) as worker:
        tab.resize(*size)
        read(tab, worker)
        assert wrong(tab) == {}
        worker.finish()
        tab.see("region", STATUS, "Done")
        assert wrong(tab) == {}


@at_both_sizes
def test_an_upload_elsewhere_covers_neither_player_nor_button(
    tab: PlaywrightTab, house: Service, email: str, size: tuple[int, int], tmp_path: Path
) -> None:
    file = tmp_path / "a-long-recording-of-all-that-was-said.mp3"
    file.write_bytes(JFK.read_bytes())
    with house.session(email) as worker:
        tab.resize(*size)
        read(tab, worker)
        tab.excuse(OFFLINE)
        with tab.offline():
            tab.run("document.querySelector('main a').click()")
            tab.choose("Choose a recording", file)
            tab.see("paragraph", "", "Waiting for the network")
            tab.back()
            tab.see("heading", FILE)
            until(
                lambda: "Waiting for" in tab.run("return document.querySelector('main').innerText"), "a strip", SEEN_S
            )
            has_come(tab, worker)
            assert wrong(tab) == {}
        worker.finish()


def test_tab_order_is_status_bar_newest_line_player(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        tab.resize(*LAPTOP)
        read(tab, worker)
        top = tab.run(FOCUS_CANCEL)
        reached = []
        for _ in range(3):
            tab.press("Tab")
            reached.append(tab.run(HAS_FOCUS))
        assert reached == ["More actions", "Play from 1:00", "Play"]
        settle(tab)
        assert tab.run("return scrollY") == top > 0
        worker.finish()
