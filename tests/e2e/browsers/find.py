"""Where the system's own Firefox and WebKitGTK are; of Chromium, `tests.e2e.chromium` says it. Where there are none,
Playwright's builds stand in.

As a program: the names of those engines that are nowhere, of the ones it is asked about.
"""

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e import chromium

LIBRARIES = ("/usr/lib", "/usr/libexec")


@dataclass(frozen=True)
class WebKitPrograms:
    driver: str
    browser: str
    screen: str


def firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


def webkit() -> WebKitPrograms | None:
    """The small browser that comes with WebKitGTK, its driver, and a screen that nobody sees."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next((path for top in LIBRARIES for path in Path(top).glob("**/webkit2gtk-4.*/MiniBrowser")), None)
    return WebKitPrograms(driver, str(browser), screen) if driver and screen and browser else None


SYSTEM = {"chromium": chromium.executable, "firefox": firefox, "webkit": webkit}


def missing(engines: Iterable[str]) -> list[str]:
    """Those that neither the system has nor Playwright."""
    left = [engine for engine in engines if not SYSTEM[engine]()]
    if left:
        with sync_playwright() as playwright:
            left = [engine for engine in left if not Path(getattr(playwright, engine).executable_path).exists()]
    return left


if __name__ == "__main__":
    sys.stdout.write(" ".join(missing(sys.argv[1:] or SYSTEM)))
