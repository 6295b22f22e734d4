"""Chromium, and Firefox by WebDriver BiDi, which Playwright speaks to a Firefox that is not a build of its own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Error, Page, Playwright, sync_playwright

from tests.e2e.browsers import find
from tests.e2e.browsers.tab import SEEN_S, Tab
from tests.e2e.chromium import executable
from tests.integration.parts import until

CHROMIUM = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]
NO_COMPLAINT = re.compile(r"net::ERR_|status of 401")
"""Chromium's own notes that a server was away, or that nobody is signed in, which no page can keep it from."""
HIDDEN = """
const state = arguments[0] ? 'hidden' : 'visible'
for (const [name, value] of Object.entries({ visibilityState: state, hidden: arguments[0] }))
  Object.defineProperty(document, name, { configurable: true, get: () => value })
document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
"""


class PlaywrightTab(Tab):
    def __init__(self, address: str, page: Page, complaints: list[str]) -> None:
        super().__init__(address)
        self._page = page
        self._complaints = complaints
        self._front: Page | None = None
        page.set_default_timeout(SEEN_S * 1000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning") and not NO_COMPLAINT.search(line.text):
            self._complaints.append(f"{line.type}: {line.text} {line.location['url']}")

    def go(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str, *arguments: object) -> Any:
        return self._page.evaluate(f"given => (function () {{ {script} }})(...given)", arguments)

    def text(self, role: Any, name: str) -> str:
        try:
            return "\n".join(self._page.get_by_role(role, name=name, exact=True).all_text_contents())
        except Error as error:
            if "context was destroyed" in error.message:
                return ""  # the page went while it was looked at
            raise

    def click(self, role: Any, name: str) -> None:
        self._page.get_by_role(role, name=name, exact=True).first.click()

    def fill(self, label: str, text: str) -> None:
        self._page.get_by_label(label).fill(text)

    def choose(self, label: str, file: Path) -> None:
        self._page.get_by_label(label).set_input_files(file)

    def download(self, link: str) -> str:
        with self._page.expect_download() as download:
            self.click("link", link)
        return download.value.path().read_text()

    def cookie(self) -> dict[str, str]:
        return {one["name"]: one["value"] for one in self._page.context.cookies()}

    def hide(self) -> None:
        """Playwright tells Chromium that every tab is looked at, so that this one has to be told otherwise."""
        self.run(HIDDEN, True)

    def show(self) -> None:
        self.run(HIDDEN, False)

    def cut_off(self, yes: bool) -> None:
        self._page.context.set_offline(yes)

    def complaints(self) -> list[str]:
        self.run("")  # what came before has been told then
        new = self._complaints[:]
        self._complaints.clear()
        return new

    def another(self) -> "PlaywrightTab":
        return type(self)(self.address, self._page.context.new_page(), self._complaints)

    def close(self) -> None:
        self._page.close()


class FirefoxTab(PlaywrightTab):
    def hide(self) -> None:
        with self._page.expect_popup() as popup:
            self.run("open('about:blank')")
        self._front = popup.value
        until(lambda: self.run("return document.hidden"), "the tab is hidden")

    def show(self) -> None:
        assert self._front is not None
        self._front.close()
        self._page.bring_to_front()
        until(lambda: not self.run("return document.hidden"), "the tab is seen")


@contextmanager
def open_tab(engine: str, address: str) -> Iterator[PlaywrightTab]:
    """In a fresh profile."""
    with sync_playwright() as playwright:
        try:
            browser = _launch(playwright, engine)
        except Error as error:
            raise AssertionError(f"{engine} does not start; `make browsers` installs it") from error
        page = browser.new_context(accept_downloads=True).new_page()
        tab = FirefoxTab if engine == "firefox" else PlaywrightTab
        yield tab(address, page, [])
        browser.close()


def _launch(playwright: Playwright, engine: str) -> Browser:
    kind: BrowserType = getattr(playwright, engine)
    if engine == "chromium":
        unwanted = ["--disable-back-forward-cache"]
        return kind.launch(
            executable_path=executable(), args=CHROMIUM, chromium_sandbox=False, ignore_default_args=unwanted
        )
    firefox = find.firefox() if engine == "firefox" else None
    return kind.launch(channel="moz-firefox", executable_path=firefox) if firefox else kind.launch()
