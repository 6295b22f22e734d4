"""The page `/admin/rollout` in a real browser: a dry run on the flags file, by keyboard and for all who read it."""

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.tab import SEEN_S
from tests.e2e.browsers.test_accessible import HEIGHT, WIDE, all_wrong
from tests.support.waiting import until

LOOKED_S = 60.0
"""The judge looks every 10 s, and the page reads every 5 s."""
DRAWN = "return document.querySelectorAll('canvas').length > 0"
FOCUSED = "return document.activeElement.textContent"


def order(tab: PlaywrightTab, button: str, dialog: str, action: str, reason: str) -> None:
    tab.click("button", button)
    tab.see("dialog", dialog)
    tab.fill("Reason", reason)
    tab.click("button", action)


def test_admin_starts_holds_resumes_and_stops_a_dry_run(admin: PlaywrightTab) -> None:
    """Once, with all that the page has: axe takes a second of CPU for each width and theme."""
    admin.resize(WIDE, HEIGHT)
    admin.visit("/admin/health")
    admin.click("link", "Rollout")
    admin.see("heading", "No rollout yet.")

    order(admin, "Start…", "Start a rollout?", "Start", "to try it")
    admin.see("heading", "Dry run at 100%: stage 5 of 5.")
    until(lambda: admin.run(FOCUSED) == "Hold…", "the focus is at what can be done next", SEEN_S)
    order(admin, "Hold…", "Hold the rollout?", "Hold", "for lunch")
    admin.see("heading", "Held at 100% by a person.")
    admin.see("list", "Decisions", "for lunch")

    until(lambda: admin.run(DRAWN), "the judge has looked, and its evidence is drawn", LOOKED_S)
    admin.click("button", "Resume…")
    admin.see("dialog", "Resume the rollout?")
    found = all_wrong(admin)
    assert found == [], "\n".join(found)
    admin.resize(WIDE, HEIGHT)
    admin.fill("Reason", "after lunch")
    admin.press("Enter")
    admin.see("heading", "Dry run at 100%: stage 5 of 5.")
    order(admin, "Stop watching…", "Stop watching?", "Stop watching", "seen enough")
    admin.see("heading", "The last dry run was stopped.")
    admin.see("list", "Earlier rollouts", "Stopped at 100%")
