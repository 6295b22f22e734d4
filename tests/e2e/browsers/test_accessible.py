"""axe and overflow checks on every page, in both themes, which need a real browser's rendering."""

from contextlib import suppress
from pathlib import Path

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import NOBODY, enter
from tests.e2e.browsers.service import Service
from tests.support.waiting import until

AXE = Path(__file__).parents[3] / "src" / "web" / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = 1280, 320
"""320 CSS pixels is the width of WCAG 2.2, 1.4.10 (reflow): a window of 1280 at 400 %."""
HEIGHT = 900
LAID_OUT_S = 5.0
"""The page's layout is that of its window by then, on a busy machine."""
REFUSED = r"status of (415 .*/api/v1/uploads/|404 .*/api/v1/sessions/)"
"""The console messages of Chromium for a rejected upload, and for its session, which the page may look for then."""
LONG_NAME = "interview_with_the_whole_of_the_third_floor_2026-11-25_final_version_2.mp3"
WHY = "It was tried three times."
RUN_AXE = "return axe.run({ resultTypes: ['violations'], ...arguments[0] }).then(found => found.violations)"
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules whose result depends on the theme."""
STILL = """
const sheet = new CSSStyleSheet()
sheet.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important }')
document.adoptedStyleSheets = [sheet]
"""
"""Stops transitions: a colour between two themes belongs to neither."""
TOO_WIDE = """
const all = [...document.querySelectorAll('body *')]
const tell = what => one => `${what}: ${one.outerHTML.slice(0, 100)}`
const outside = all.filter(one => one.getBoundingClientRect().right > innerWidth).map(tell('outside of the window'))
const cut = all.filter(one => {
  const { overflowX, textOverflow } = getComputedStyle(one)
  if (overflowX !== 'hidden' || textOverflow === 'ellipsis') return false
  return one.clientWidth > 1 && one.scrollWidth > one.clientWidth
}).map(tell('cut off within'))
const over = document.scrollingElement.scrollWidth - innerWidth
return (over > 0 ? [`it scrolls sideways by ${over} px`, ...outside] : []).concat(cut)
"""
"""Elements that need horizontal scrolling, and cut-off ones. A name with an ellipsis is cut on purpose."""


def objections(tab: PlaywrightTab) -> list[str]:
    """The violations that axe finds on the page now, in each theme."""
    if not tab.run("return 'axe' in window"):
        tab.run(AXE.read_text())
        tab.run(STILL)
    found = []
    for theme, options in (("light", {}), ("dark", COLOURS)):
        tab.run("document.documentElement.style.colorScheme = arguments[0]", theme)
        for rule in tab.run(RUN_AXE, options):
            found += [f"{theme}: {rule['id']}: {node['html']}" for node in rule["nodes"]]
    return found


def too_wide(tab: PlaywrightTab) -> list[str]:
    """What is wider than the window once the page is laid out: charts follow a frame later, or a few."""
    with suppress(AssertionError):
        until(lambda: not tab.run(TOO_WIDE), timeout_s=LAID_OUT_S)
    found: list[str] = tab.run(TOO_WIDE)
    return found


def all_wrong(tab: PlaywrightTab) -> list[str]:
    """Faults in each width, and overflow with text of twice the size in a narrow window (WCAG 2.2, 1.4.4)."""
    found = []
    for width in (WIDE, NARROW):
        tab.resize(width, HEIGHT)
        found += [f"{width} px: {what}" for what in too_wide(tab) + objections(tab)]
    tab.run("document.documentElement.style.fontSize = '200%'")
    found += [f"with text twice as large: {what}" for what in too_wide(tab)]
    tab.run("document.documentElement.style.fontSize = ''")
    return found


def test_no_page_has_axe_violations_or_overflow(
    tab: PlaywrightTab, house: Service, own_email: str, tmp_path: Path
) -> None:
    tab.excuse(NOBODY)
    tab.excuse(REFUSED)
    one = tab.stranger()
    found: dict[str, list[str]] = {}

    def look(page: str) -> None:
        found[page] = all_wrong(one)

    one.visit("/")
    one.see("heading", "Sign in")
    look("sign in")
    one.click("button", "Create an account")
    one.see("heading", "Create an account")
    look("register")
    enter(one, "Create an account", own_email)
    one.see("heading", "New transcription")
    one.see("heading", "Nothing here yet. This is how it goes:")
    look("no sessions")

    with house.session(own_email, LONG_NAME) as failed, house.session(own_email, LONG_NAME) as working:
        failed.report.fail("gave_up", WHY, retryable=True)
        one.visit(f"/sessions/{failed.session_id}")
        one.see("region", "Status", WHY)
        look("a session that failed")
        one.visit(f"/sessions/{working.session_id}")
        one.see("group", "Words", "word 0")
        look("a session")
        one.click("button", "Cancel")
        one.see("dialog", "Cancel this transcription?")
        look("a dialog")
        one.visit("/")
        one.see("list", "Now", LONG_NAME)
        house.queued(own_email, LONG_NAME)
        notes = tmp_path / "notes.txt"
        notes.write_text("No recording.")
        one.choose("Choose a recording", notes)
        one.see("list", "Now", "Not uploaded")
        one.see("list", "Now", "Waiting")
        look("sessions")
        working.finish()
        one.visit(f"/sessions/{working.session_id}")
        one.see("region", "Status", "Done")
        look("a session that is done")

    other = tab.stranger()
    other.visit("/")
    enter(other, "Sign in", own_email)
    other.see("heading", "New transcription")
    other.close()
    one.visit("/account")
    one.see("button", "Sign out everywhere else")
    one.fill("Name of a new token", "backup")
    one.click("button", "Create token")
    one.see("button", "Delete backup")
    look("account with a new token")
    house.make_admin(own_email)
    one.visit("/admin")
    one.fill("Email or id", own_email)
    one.click("button", "Look up")
    until(lambda: one.run("return document.querySelector('main dl') !== null"), "the answer is there")
    one.click("button", f"Quota of {own_email}")
    one.click("button", "Make an invite")
    until(lambda: "phi_" in one.run("return document.body.innerText"), "the invite is there")
    look("admin")
    one.click("link", "All paths to this site")
    until(lambda: one.run("return document.querySelector('main li button') !== null"), "the path is there")
    one.run("document.querySelector('main li button').click()")
    one.see("button", "Set")
    look("paths")
    one.visit("/nowhere")
    one.see("heading", "There is nothing at this address")
    look("nothing there")
    one.close()
    assert {page: what for page, what in found.items() if what} == {}


def test_axe_finds_text_that_cannot_be_read(tab: PlaywrightTab) -> None:
    tab.visit("/")
    tab.see("heading", "New transcription")
    tab.run("document.querySelector('h1').style.color = 'light-dark(#eee, #222)'")
    assert any("color-contrast" in objection for objection in objections(tab))


def test_overflow_is_found(tab: PlaywrightTab) -> None:
    tab.visit("/nowhere")
    tab.see("heading", "There is nothing at this address")
    tab.run("document.querySelector('h1').style.minWidth = '400px'")
    tab.resize(NARROW, HEIGHT)
    found = too_wide(tab)
    assert [what for what in found if "sideways" in what]
    assert any("outside of the window" in what for what in found)
    tab.run("document.querySelector('main').style.overflow = 'hidden'")
    assert any("cut off within" in what for what in too_wide(tab))
