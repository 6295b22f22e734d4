"""With forced colours, what differs only by colour on the page can still be distinguished."""

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import NOBODY
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.support.waiting import until

CANVAS = """
const probe = document.body.appendChild(document.createElement('i'))
probe.style.color = 'Canvas'
const canvas = getComputedStyle(probe).color
probe.remove()
"""
BARS = (
    CANVAS
    + """
return [...document.querySelectorAll('[role=group] li')].filter(one => {
  const { borderInlineStartColor, borderInlineStartWidth } = getComputedStyle(one)
  return parseFloat(borderInlineStartWidth) > 0 && borderInlineStartColor !== canvas
}).map(one => one.ariaCurrent)
"""
)
"""For each line with a visible bar, whether it is the one being played."""
UNBORDERED = (
    CANVAS
    + """
return [...document.querySelectorAll(arguments[0])].filter(one => {
  const { backgroundColor, borderTopColor, borderTopStyle, borderTopWidth } = getComputedStyle(one)
  const isDrawn = parseFloat(borderTopWidth) > 0 && borderTopStyle !== 'none'
  return !isDrawn || [canvas, backgroundColor].includes(borderTopColor)
}).map(one => one.outerHTML)
"""
)
"""The buttons without a visible border."""
DOT = (
    CANVAS
    + """
const { backgroundColor } = getComputedStyle(document.querySelector('[data-phase=live] summary'), '::before')
return backgroundColor !== canvas && backgroundColor !== 'rgba(0, 0, 0, 0)'
"""
)
"""Whether the dot of a live connection is filled."""
PRIMARY = "button[class*=_primary_]"
PLAY = "button[class*=_play_]"
CHOOSE = "label[class*=_button_]"


def unbordered(tab: PlaywrightTab, buttons: str) -> list[str]:
    assert tab.run("return document.querySelector(arguments[0]) !== null", buttons)
    found: list[str] = tab.run(UNBORDERED, buttons)
    return found


def test_only_the_spoken_line_has_a_bar(tab: PlaywrightTab, house: Service, email: str) -> None:
    tab.force_colors()
    with house.session(email) as worker:
        for _ in range(3):
            worker.advance()
        tab.visit(f"/sessions/{worker.session_id}")
        tab.see("group", "Words", "word 3")
        assert tab.run(BARS) == []
        tab.click("button", "Play from 0:02")
        until(lambda: tab.run("return document.querySelector('li[aria-current=true]') !== null"), "it plays", SEEN_S)
        tab.click("button", "Pause")
        assert tab.run(BARS) == ["true"]
        assert unbordered(tab, PLAY) == []


def test_filled_buttons_have_a_border(tab: PlaywrightTab, house: Service, email: str) -> None:
    tab.excuse(NOBODY)
    tab.force_colors()
    one = tab.stranger()
    one.force_colors()
    one.visit("/")
    one.see("heading", "Sign in")
    assert unbordered(one, PRIMARY) == []
    one.close()
    tab.visit("/")
    tab.see("heading", "New transcription")
    assert unbordered(tab, CHOOSE) == []
    with house.session(email) as failed:
        failed.report.fail("gave_up", "It was tried three times.", retryable=True)
        tab.visit(f"/sessions/{failed.session_id}")
        tab.see("button", "Try again")
        assert unbordered(tab, PRIMARY) == []


def test_the_dot_of_a_live_connection_is_filled(tab: PlaywrightTab) -> None:
    tab.force_colors()
    tab.visit("/")
    until(lambda: tab.run("return document.querySelector('[data-phase=live] summary') !== null"), "it is live", SEEN_S)
    assert tab.run(DOT)
