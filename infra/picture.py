"""Takes the README's picture: a real Playhead, a real recording, in a real browser, while it is transcribed.

.venv/bin/python infra/picture.py
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from playhead.up.folder import free_port

HERE = Path(__file__).parent
ROOT = HERE.parent
PICTURE = HERE / "picture.png"
RECORDING = ROOT / "tests" / "data" / "speech" / "two_cities.opus"
SIZE = {"width": 1120, "height": 900}
PATIENCE_MS = 60_000


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
                page = browser.new_page(base_url=f"http://127.0.0.1:{port}", viewport=SIZE)
                page.set_default_timeout(PATIENCE_MS)
                take(page)
                browser.close()
        finally:
            up.terminate()
            up.wait()


def take(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Email").fill("you@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.get_by_label("Choose a recording").set_input_files(RECORDING)
    words = page.get_by_role("group", name="Words").get_by_role("listitem")
    words.nth(2).wait_for()
    page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
