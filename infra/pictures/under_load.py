"""Takes the pictures of the health page under real load: `python -m infra.pictures.under_load`, about 5 minutes.

Three people in Chromium upload recordings and watch them on the page of the session and in their list, on an otherwise
idle machine: every number in the pictures was measured.
"""

import tempfile
from time import monotonic

from infra.pictures.__main__ import READINGS, database_in, run, say, take
from infra.visit import EMAIL, PATIENCE_MS, chromium, joined, playhead, recording, register, upload
from playwright.sync_api import Page, ViewportSize

PEOPLE = 3
"""Two pages of each: with more, two cores cannot paint them in time beside the speech engine."""
LASTS_S = 200.0
"""A third of the shortest range of the page: enough for the checks to be judged."""
ROUND_MS = 500
WIDE: ViewportSize = {"width": 1120, "height": 1560}
NARROW: ViewportSize = {"width": 360, "height": 1500}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, playhead(**database_in(folder)) as address:
        watched: list[Page] = []
        for number in range(PEOPLE):
            context = browser.new_context(base_url=address, locale="en-GB")
            page = context.new_page()
            register(page, f"person-{number}@example.org")
            # In a window of its own: a tab behind another is painted four times a second.
            beside = browser.new_context(base_url=address, locale="en-GB", storage_state=context.storage_state())
            beside.new_page().goto("/")
            watched.append(page)
        sessions = follow(watched)
        say(f"{sessions} sessions of {PEOPLE} people in {LASTS_S:.0f} s")
        with browser.new_context(base_url=address, locale="en-GB", reduced_motion="reduce", viewport=WIDE) as admin:
            page = admin.new_page()
            register(page)
            run("playhead", "user", "admin", EMAIL, **database_in(folder))
            for size, name in ((WIDE, "health-under-load"), (NARROW, "health-under-load-narrow")):
                page.set_viewport_size(size)
                page.goto("/admin/health?range=now")
                page.locator("canvas").first.wait_for()
                take(page, name)


def follow(watched: list[Page]) -> int:
    """Let each person upload again as soon as their session is done."""
    recordings = (joined(READINGS, "Three readings.wav"), recording("jfk.flac", "Inaugural address.flac"))
    ends_at, sessions = monotonic() + LASTS_S, 0
    idle = set(watched)
    while monotonic() < ends_at:
        for page in watched:
            if page not in idle and page.get_by_role("region", name="Status").get_by_text("Done").is_visible():
                page.get_by_role("link", name="Sessions", exact=True).click()
                idle.add(page)
            if page in idle:
                page.get_by_label("Choose a recording").wait_for(state="attached", timeout=PATIENCE_MS)
                upload(page, recordings[sessions % len(recordings)])
                sessions += 1
                idle.discard(page)
        watched[0].wait_for_timeout(ROUND_MS)
    return sessions


if __name__ == "__main__":
    main()
