"""The page `/admin/health` in a real browser: who finds it, what moves, what is drawn, and whether all can use it."""

from playhead.monitoring.alerts.table import ALERTS
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import newcomer
from tests.e2e.browsers.following import STATUS
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.e2e.browsers.test_accessible import HEIGHT, NARROW, WIDE, all_wrong
from tests.e2e.browsers.test_engines import OFFLINE
from tests.support.measured import Fault
from tests.support.waiting import until

MOVED_S = 60.0
"""A process writes its numbers every 10 s, and the page reads them every 10 s."""
NO_STREAM = ("0", "–not reported")
"""The second before the process has written its first numbers."""
CHARTS = 4
LAG = "Lag, from change to paint"
CURSOR = f"document.querySelector('[aria-label=\"{LAG}: values over time\"]')"
DRAWN = f"return document.querySelectorAll('canvas').length === {CHARTS}"
COLOURS = """
return [...document.querySelectorAll('canvas')].map(canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  const colours = new Map()
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue
    const colour = data.slice(at, at + 3).join()
    colours.set(colour, (colours.get(colour) ?? 0) + 1)
  }
  return [...colours].toSorted(([, a], [, b]) => b - a).slice(0, 6).map(([colour]) => colour)
})
"""
"""The most frequent colours of each drawing."""
READBACK = "willReadFrequently"
"""The console message of Chromium for a drawing that is read several times, as `COLOURS` does."""


def number(tab: PlaywrightTab, name: str) -> str:
    """A number of the moment, by its name."""
    found: str = tab.run(
        "const all = [...document.querySelectorAll('dt')]"
        "; return all.find(one => one.textContent === arguments[0])?.nextElementSibling.textContent ?? ''",
        name,
    )
    return found


def test_numbers_move_by_themselves_for_admins_alone(tab: PlaywrightTab, house: Service, own_email: str) -> None:
    one = newcomer(tab, house, own_email)
    one.visit("/admin/health")
    one.see("heading", "There is nothing at this address")
    house.make_admin(own_email)
    one.visit("/admin")
    one.click("link", "Health")
    one.see("heading", "Health")
    until(lambda: number(one, "Streams") in NO_STREAM, "no stream is open", MOVED_S)
    other = one.beside()
    with house.session(own_email) as worker:
        other.visit(f"/sessions/{worker.session_id}")
        other.see("region", STATUS, "Transcribing")
        until(lambda: number(one, "Streams") not in NO_STREAM, "a stream is counted", MOVED_S)
    other.close()
    one.close()


def test_trouble_and_its_reason_can_be_read_by_all(admin: PlaywrightTab, house: Service) -> None:
    """Once, with all that the page has: axe takes a second of CPU for each width and theme."""
    house.measure(Fault.MUTE)
    admin.resize(WIDE, HEIGHT)
    with house.firing("FreshBurnsFast", "FreshBurnsSlowly"):
        admin.visit("/admin/health?range=now")
        admin.see("list", "Open incidents", "Act now")
        admin.see("heading", "People see old data.")
        until(lambda: admin.run(DRAWN), "the charts are drawn", SEEN_S)
        admin.click("button", "Show why: Fresh data")
        admin.see("region", "Fresh data", "stream delivered nothing")
        admin.click("button", f"{LAG} as a table")
        admin.see("table", f"{LAG} as a table", "p99")
        admin.click("button", f"Show what is watched ({len(ALERTS)})")
        admin.see("region", "What is watched", "firing")
        found = all_wrong(admin)
    assert found == [], "\n".join(found)


def test_charts_are_drawn_in_both_themes_and_follow_the_keys(
    tab: PlaywrightTab, admin: PlaywrightTab, house: Service
) -> None:
    house.measure(None)
    admin.resize(WIDE, HEIGHT)
    tab.excuse(READBACK)
    admin.prefer("light")
    admin.visit("/admin/health")
    until(lambda: admin.run(DRAWN), "the charts are drawn", SEEN_S)
    until(lambda: all(len(colours) > 2 for colours in admin.run(COLOURS)), "they are painted", SEEN_S)
    light = admin.run(COLOURS)
    tab.excuse(OFFLINE)
    with admin.offline():  # no new numbers draw it again
        admin.prefer("dark")
        until(lambda: set(admin.run(COLOURS)[0]).isdisjoint(light[0]), "the colours are of the dark theme", SEEN_S)

    admin.run(f"{CURSOR}.focus()")
    admin.press("Home")
    admin.press("ArrowRight")
    assert admin.run(f"return {CURSOR}.ariaValueText").count("ms") == 3
    places = "return [...document.querySelectorAll('[role=slider]')].map(one => one.ariaValueNow)"
    assert admin.run(places) == ["1"] * CHARTS, "one cursor is in all charts"
    admin.press("Escape")
    assert admin.run("return document.activeElement === document.body")
    admin.run(f"{CURSOR}.scrollIntoView({{ block: 'center' }})")
    x, y = admin.run(f"const at = {CURSOR}.getBoundingClientRect(); return [at.x + at.width / 2, at.y + at.height / 2]")
    admin.point(x, y)
    until(lambda: 20 < int(admin.run(places)[0]) < 40, "the mouse is at the middle", SEEN_S)

    widths = "return [...document.querySelectorAll('canvas')].map(one => one.clientWidth)"
    admin.resize(NARROW, HEIGHT)
    until(lambda: max(admin.run(widths)) < NARROW, "the charts are as narrow as the window", SEEN_S)
