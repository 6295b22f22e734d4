"""Where the system's own Firefox and WebKitGTK are. Where there are none, Playwright's builds stand in."""

import shutil
from dataclasses import dataclass
from pathlib import Path

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
