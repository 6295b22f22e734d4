"""Where the browser is: told by CHROMIUM, the system's own, or Playwright's. One must be there."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str | None:
    """A path, or None for the one that `playwright install chromium` brought."""
    return os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)
