"""Takes the README's pictures: a real Playhead, real recordings, in a real browser, while they are transcribed.

`make pictures`. Each still picture is taken in both themes in the same moment.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.pictures.film import filming
from infra.visit import EMAIL, PATIENCE_MS, chromium, joined, playhead, recording, register, upload
from playwright.sync_api import Locator, Page, ViewportSize

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SIZE: ViewportSize = {"width": 1120, "height": 700}
TALL: ViewportSize = {"width": 1120, "height": 1243}
"""As high as the first row of charts of the health page."""
CHARTS = 4
FILM_SIZE: ViewportSize = {"width": 800, "height": 560}
READINGS = ("two_cities.opus", "sense_and_sensibility.opus", "jfk.flac")
UPLOADED = ("Inaugural address.flac", "Reading group, first evening.opus", "Sense and Sensibility.opus")
FILM_S, REST_S = 10.0, 1.5
"""The whole, and the last frame."""
MOST_BYTES = 1_000_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, playhead(**database_in(folder)) as address:
        # Without motion no bar is caught on its way; the film wants it.
        with browser.new_context(base_url=address, locale="en-GB", reduced_motion="reduce", viewport=SIZE) as still:
            page = still.new_page()
            register(page)
            take_session(page)
            take_list(page)
            who = still.storage_state()
            take_health(page, database_in(folder))
        with browser.new_context(
            base_url=address, locale="en-GB", storage_state=who, viewport=FILM_SIZE, device_scale_factor=2
        ) as moving:
            take_film(moving.new_page())


def take_session(page: Page) -> None:
    upload(page, joined(READINGS, "Three readings.wav"))
    lines(page).nth(6).wait_for()
    take(page, "session")


def take_list(page: Page) -> None:
    """One that is transcribed, between those that are done and those that wait."""
    done(page)
    page.get_by_role("link", name="Sessions", exact=True).click()
    upload(
        page,
        recording("jfk.flac", UPLOADED[0]),
        recording("two_cities.opus", UPLOADED[1]),
        recording("sense_and_sensibility.opus", UPLOADED[2]),
    )
    under_way = page.get_by_role("listitem").filter(has_text="Reading group").filter(has_text=re.compile(r"[2-8]\d%"))
    under_way.wait_for()
    take(page, "list")


def take_health(page: Page, database: dict[str, str]) -> None:
    """The day of a site with forty people, as `tests/support/measured.py` has it: a real one takes a day."""
    run("playhead", "user", "admin", EMAIL, **database)
    run("tests.support.measured", *database.values())
    page.set_viewport_size(TALL)
    page.goto("/admin/health?range=day")
    page.get_by_role("region", name="Verdict").get_by_text("Everybody is well.").wait_for()
    page.locator("canvas").nth(CHARTS - 1).wait_for()
    take(page, "health")


def take_film(page: Page) -> None:
    """From the choice of a recording to its last word."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/")
    page.get_by_role("region", name="Your sessions").get_by_text("Sense and Sensibility.opus").wait_for()
    for name in UPLOADED:
        page.get_by_role("listitem").filter(has_text=name).filter(has_text="Done").wait_for()
    page.reload()  # a row stays in "Now" for as long as the page that saw its session end
    with filming(page) as film:
        upload(page, joined(READINGS, "Three readings.wav"))
        done(page)
        page.wait_for_timeout(REST_S * 1000)  # the last words, and what fades
    path = HERE / "live.webp"
    faster = film.save(path, FILM_S, REST_S)
    say(f"{path.name}: {path.stat().st_size / 1000:.0f} kB, {film.length_s:.1f} s, shown {faster:.1f} times as fast")
    assert path.stat().st_size < MOST_BYTES, "too large"


def take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)  # nothing is pointed at
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=HERE / f"{name}-{theme}.png")


def lines(page: Page) -> Locator:
    return page.get_by_role("group", name="Words").get_by_role("listitem")


def done(page: Page) -> None:
    page.get_by_role("region", name="Status").get_by_text("Done").wait_for()


def database_in(folder: str) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{folder}/db"}


def run(*module: str, **settings: str) -> None:
    command = [sys.executable, "-m", *module]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | settings)  # noqa: S603 - our own


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
