"""Finds this machine's browsers: the system's Chromium, Firefox and WebKitGTK, or else Playwright's builds.

As a program, it prints which of the given engines are missing.
"""

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LIBRARIES = ("/usr/lib", "/usr/libexec")


@dataclass(frozen=True)
class WebKitPrograms:
    driver: str
    browser: str
    screen: str


def chromium() -> str | None:
    """Returns the path in CHROMIUM, or that of the system's browser."""
    return os.environ.get("CHROMIUM") or next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


def firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


def webkit() -> WebKitPrograms | None:
    """Returns WebKitGTK's small browser, its driver, and a virtual screen."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next((path for top in LIBRARIES for path in Path(top).glob("**/webkit2gtk-4.*/MiniBrowser")), None)
    return WebKitPrograms(driver, str(browser), screen) if driver and screen and browser else None


SYSTEM = {"chromium": chromium, "firefox": firefox, "webkit": webkit}


def missing(engines: Iterable[str]) -> list[str]:
    """Lists the engines that neither the system nor Playwright has."""
    left = [engine for engine in engines if not SYSTEM[engine]()]
    if left:
        with sync_playwright() as playwright:
            left = [engine for engine in left if not Path(getattr(playwright, engine).executable_path).exists()]
    return left


if __name__ == "__main__":
    sys.stdout.write(" ".join(missing(sys.argv[1:] or SYSTEM)))
