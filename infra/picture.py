"""Takes the README's pictures: a real Playhead, real recordings, in a real browser, while they are transcribed.

.venv/bin/python infra/picture.py
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import FilePayload, Page, ViewportSize, sync_playwright

from playhead.up.folder import free_port

HERE = Path(__file__).parent
ROOT = HERE.parent
SESSION_PICTURE = HERE / "picture.png"
LIST_PICTURE = HERE / "picture-list.png"
SPEECH = ROOT / "tests" / "data" / "speech"
SESSION_SIZE: ViewportSize = {"width": 1120, "height": 840}
LIST_SIZE: ViewportSize = {"width": 1120, "height": 700}
PATIENCE_MS = 180_000
"""A machine that is busy with other things may need that."""


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        environ = os.environ | {"DATA_DIR": data, "PORT": str(port)}
        up = subprocess.Popen([sys.executable, "-m", "playhead", "up"], env=environ, stdout=subprocess.PIPE, text=True)
        try:
            assert up.stdout is not None
            assert any("is ready" in line for line in up.stdout), "Playhead did not start"
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), chromium_sandbox=False)
                # With less motion, so that no bar is caught on its way.
                page = browser.new_page(base_url=f"http://127.0.0.1:{port}", locale="en-GB", reduced_motion="reduce")
                page.set_default_timeout(PATIENCE_MS)
                register(page)
                take_session(page)
                take_list(page)
                browser.close()
        finally:
            up.terminate()
            up.wait()


def register(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Email").fill("you@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")


def take_session(page: Page) -> None:
    page.set_viewport_size(SESSION_SIZE)
    upload(page, recording("two_cities.opus", "A Tale of Two Cities.opus"))
    words = page.get_by_role("group", name="Words").get_by_role("listitem")
    words.nth(2).wait_for()
    page.screenshot(path=SESSION_PICTURE)


def take_list(page: Page) -> None:
    """One that is transcribed, between those that are done and those that wait."""
    page.set_viewport_size(LIST_SIZE)
    page.get_by_role("link", name="Sessions", exact=True).click()
    upload(
        page,
        recording("jfk.flac", "Inaugural address.flac"),
        recording("two_cities.opus", "Reading group, first evening.opus"),
        recording("sense_and_sensibility.opus", "Sense and Sensibility.opus"),
    )
    under_way = page.get_by_role("listitem").filter(has_text="Reading group").filter(has_text=re.compile(r"[2-8]\d%"))
    under_way.wait_for()
    page.screenshot(path=LIST_PICTURE)


def upload(page: Page, *recordings: FilePayload) -> None:
    page.get_by_label("Choose a recording").set_input_files(recordings)


def recording(file: str, name: str) -> FilePayload:
    return {"name": name, "mimeType": "audio/*", "buffer": (SPEECH / file).read_bytes()}


if __name__ == "__main__":
    main()
