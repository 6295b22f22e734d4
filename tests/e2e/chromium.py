"""Where the browser is: told by CHROMIUM, the system's own, or Playwright's. One must be there."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str | None:
    """A path, or None for the one that `playwright install chromium` brought."""
    return os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)


if __name__ == "__main__":  # asked by `make`: exit code 0 if there is one
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        there = executable() or Path(playwright.chromium.executable_path).exists()
    raise SystemExit(0 if there else 1)
