"""Measures a first visit over a slow network: Chromium with an empty cache, against a real Playhead.

`python -m infra.load.first_visit [--waterfall]`. FCP is the time of the first paint, LCP that of the largest part of
the page; both from the click on, as the median and the minimum. A busy machine is slower by its additional CPU time.
"""

import argparse
import sys
from statistics import median
from typing import Any

from infra.visit import chromium, playhead, recording, register, upload
from playwright.sync_api import Browser, StorageState

RUNS = 5
GOAL_MS = 1_800
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
"""Slow 4G as in Lighthouse: 1.6 Mbit/s down, 750 kbit/s up, 150 ms for each round trip."""
QUIET_MS = 1_000
"""Wait after the page is complete; nothing larger is painted later than that."""

PAINTS = """
window.paints = {}
new PerformanceObserver(list => { for (const { name, startTime } of list.getEntries()) paints[name] = startTime })
  .observe({ type: 'paint', buffered: true })
new PerformanceObserver(list => {
  for (const { startTime, element } of list.getEntries()) {
    paints.largest = startTime
    paints.element = element ? `<${element.localName}> ${element.textContent.trim().slice(0, 40)}` : ''
  }
}).observe({ type: 'largest-contentful-paint', buffered: true })
"""
WATERFALL = """
const [page] = performance.getEntriesByType('navigation')
return [page, ...performance.getEntriesByType('resource')].map(
  ({ name, startTime, responseStart, responseEnd, transferSize }) =>
    ({ name: new URL(name).pathname, startTime, responseStart, responseEnd, transferSize }))
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.load.first_visit", description=__doc__)
    parser.add_argument("--waterfall", action="store_true", help="show the requests of the last visit of each page")
    waterfall = parser.parse_args().waterfall
    with playhead(MODEL="tiny.en") as address, chromium() as browser:
        person, session = prepared(browser, address)
        visits = {
            "sign-in": (None, "/", "Sign in"),
            "home": (person, "/", "Your sessions"),
            "a finished session": (person, session, "Transcript"),
        }
        slow = []
        for name, (who, path, heading) in visits.items():
            found = [visited(browser, address + path, who, heading) for _ in range(RUNS)]
            first = [one["first-contentful-paint"] for one in found]
            largest = [one["largest"] for one in found]
            print_line(
                f"{name:20} FCP {median(first):5.0f} ms ({min(first):4.0f} at best)"
                f"  LCP {median(largest):5.0f} ms ({min(largest):4.0f} at best; goal: below {GOAL_MS})"
                f"  {found[-1]['element']}"
            )
            if waterfall:
                for one in found[-1]["requests"]:
                    times = "{startTime:6.0f} {responseStart:6.0f} {responseEnd:6.0f} ms {transferSize:7} B  {name}"
                    print_line("  " + times.format(**one))
            slow += [name] if median(largest) >= GOAL_MS else []
    if slow:
        sys.exit(f"Too slow: {', '.join(slow)}")


def prepared(browser: Browser, address: str) -> tuple[StorageState, str]:
    """Signs a person up and uploads a recording; returns the browser's state and the path of the finished session."""
    page = browser.new_page(base_url=address, locale="en-GB")
    register(page)
    upload(page, recording("jfk.flac", "Inaugural address.flac"))
    page.wait_for_url("**/sessions/*")
    page.get_by_role("region", name="Status").get_by_text("Done").wait_for()
    state, path = page.context.storage_state(), page.evaluate("location.pathname")
    page.close()
    return state, path


def visited(browser: Browser, url: str, who: StorageState | None, heading: str) -> dict[str, Any]:
    """Opens the page in a new browser context, and returns the paint times in milliseconds."""
    with browser.new_context(storage_state=who, locale="en-GB") as context:
        page = context.new_page()
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", LINE)
        page.add_init_script(PAINTS)
        page.goto(url)
        page.get_by_role("heading", name=heading).wait_for()
        page.wait_for_timeout(QUIET_MS)
        found: dict[str, Any] = page.evaluate("paints")
        return found | {"requests": page.evaluate(f"(() => {{ {WATERFALL} }})()")}


def print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
