"""Controls Chromium, and Firefox by WebDriver BiDi, which works with Firefox builds that are not Playwright's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from infra.setup import browsers
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Playwright, sync_playwright

from tests.e2e.browsers.tab import SEEN_S, Tab
from tests.support.programs import environ, program
from tests.support.waiting import until

CHROMIUM = [
    "--disable-background-networking",
    "--disable-background-timer-throttling",  # a throttled second would be half a minute on a fast clock
    "--disable-component-update",
    "--disable-gpu",
    "--disable-renderer-backgrounding",  # a busy machine would starve a hidden page
    "--disable-sync",
    "--force-prefers-reduced-motion",  # a bar that moves is drawn sixty times a second: a quarter of all CPU time
    "--headless",
    "--no-first-run",
    "--no-sandbox",
    "--no-startup-window",  # a page that opens while Playwright connects may block it for good
    "--remote-debugging-port=0",
]
FIREFOX = {
    "dom.ipc.processPrelaunch.enabled": False,  # processes in reserve, for sites that no test visits
    "ui.prefersReducedMotion": 1,  # as in Chromium
}
TOUCHES, TOUCH_S = 8, 0.016
"""Points on a finger's path, and the time between two of them."""
REST_S = 0.3
"""The rest at the end: a finger that leaves while it moves flings the page."""
UNFINISHED = ".crdownload"
PORT = "DevToolsActivePort"
"""The file in the profile where Chromium writes its debugging port."""


class PlaywrightTab(Tab):
    """A tab; Chromium saves downloads in the folder."""

    def __init__(self, address: str, page: Page, folder: Path, complaints: list[str]) -> None:
        super().__init__(address)
        self._page = page
        self._folder = folder
        self._complaints = complaints
        self._front: Page | None = None
        page.set_default_timeout(SEEN_S * 1000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", self._record)

    def _record(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            self._complaints.append(f"{line.type}: {line.text} {line.location['url']}")

    def go(self, url: str) -> None:
        self._page.goto(url)

    def leave_freely(self) -> None:
        """Answers the question whether to leave a page, which nothing else does here and which stops the page."""
        self._page.on("dialog", lambda dialog: dialog.accept())

    def prepare(self, script: str) -> None:
        """Runs a script at the start of each page of this tab, before the page's own."""
        self._page.add_init_script(script)

    def reload(self) -> None:
        self._page.reload()

    def run(self, script: str, *arguments: object) -> Any:
        return self._page.evaluate(f"given => (function () {{ {script} }})(...given)", arguments)

    def text(self, role: Any, name: str) -> str:
        try:
            return "\n".join(self._page.get_by_role(role, name=name, exact=True).all_text_contents())
        except Error as error:
            if "context was destroyed" in error.message:
                return ""  # the page was closed meanwhile
            raise

    def click(self, role: Any, name: str) -> None:
        self._page.get_by_role(role, name=name, exact=True).first.click()

    def click_words(self, words: str) -> None:
        self._page.get_by_text(words, exact=True).locator("visible=true").first.click()

    def fill(self, label: str, text: str) -> None:
        self._page.get_by_label(label).fill(text)

    def choose(self, label: str, file: Path) -> None:
        """Chooses a file in a file field."""
        self._page.get_by_label(label).set_input_files(file)

    def download(self, link: str) -> str:
        """Downloads a link's file; returns its text. The file may exist before it has content."""
        before = set(self._folder.iterdir())
        self.click("link", link)

        def new() -> list[Path]:
            found = (path for path in self._folder.glob("[!.]*.*") if path not in before)
            return [path for path in found if path.suffix != UNFINISHED and path.stat().st_size > 0]

        until(new, "a file is saved", SEEN_S)
        return new()[0].read_text()

    def cookie(self) -> dict[str, str]:
        """All cookies, also the HttpOnly ones."""
        return {one["name"]: one["value"] for one in self._page.context.cookies()}

    def hide(self) -> None:
        with self._page.context.expect_page() as front:
            # With an opener Chromium stops this page meanwhile, and it never gets the event that it was hidden.
            self.run("open('about:blank', '', 'noopener')")
        self._front = front.value
        until(lambda: self.run("return document.hidden"), "the tab is hidden")

    def show(self) -> None:
        if self._front is not None:
            self._front.close()
            self._front = None
        self._page.bring_to_front()
        until(lambda: not self.run("return document.hidden"), "the tab is seen")

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Takes the network from all tabs of this browser for the time of the block."""
        self._page.context.set_offline(True)
        try:
            yield
        finally:
            self._page.context.set_offline(False)

    def resize(self, width: int, height: int) -> None:
        self._page.set_viewport_size({"width": width, "height": height})

    def wheel(self, x: float, y: float, by: float) -> None:
        """Turns the mouse wheel over a point; the page scrolls down by `by` pixels, up if negative."""
        self._page.mouse.move(x, y)
        self._page.mouse.wheel(0, by)

    def press(self, key: str) -> None:
        """Presses a key, by Playwright's name."""
        self._page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Types a text where the focus is, key by key."""
        self._page.keyboard.type(text)

    def drag(self, x: float, y: float, by: float) -> None:
        """Scrolls with a finger instead; Chromium only."""
        session = self._page.context.new_cdp_session(self._page)
        session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        began_s = time.time() - REST_S - TOUCHES * TOUCH_S

        def touch(kind: str, at_s: float, *places: float) -> None:
            event = {"type": kind, "timestamp": began_s + at_s, "touchPoints": [{"x": x, "y": at} for at in places]}
            session.send("Input.dispatchTouchEvent", event)

        touch("touchStart", 0, y)
        for step in range(1, TOUCHES + 1):
            touch("touchMove", step * TOUCH_S, y - by * step / TOUCHES)
        touch("touchEnd", TOUCHES * TOUCH_S + REST_S)
        session.detach()  # also removes the touch screen, which changes how a page looks

    def click_in_sight(self, role: Any, name: str) -> bool:
        """Clicks an element without scrolling to it; False if it is missing or outside the viewport."""
        found = self._page.get_by_role(role, name=name, exact=True)
        box = found.first.bounding_box() if found.count() else None
        if box is None or box["y"] < 0 or box["y"] + box["height"] > self.run("return innerHeight"):
            return False
        self._page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return True

    def prefer(self, color_scheme: Literal["light", "dark"]) -> None:
        """Emulates a reader's choice of the theme."""
        self._page.emulate_media(color_scheme=color_scheme)

    def move(self) -> None:
        """Lets this page move, which Chromium's pages do not here otherwise."""
        self._page.emulate_media(reduced_motion="no-preference")

    def point(self, x: float, y: float) -> None:
        """Moves the mouse to a point of the window."""
        self._page.mouse.move(x, y)

    def force_colors(self) -> None:
        """Emulates forced colours, as by the contrast themes of Windows."""
        self._page.emulate_media(forced_colors="active")

    def complaints(self) -> list[str]:
        self.run("")  # messages from before have arrived then
        new = self._complaints[:]
        self._complaints.clear()
        return new

    def another(self) -> "PlaywrightTab":
        return PlaywrightTab(self.address, self._page.context.new_page(), self._folder, self._complaints)

    def beside(self) -> "PlaywrightTab":
        """Opens a tab in another window, so that both are visible."""
        with self._page.context.expect_page() as page:
            self.run("open('about:blank', '', 'popup,noopener')")
        return PlaywrightTab(self.address, page.value, self._folder, self._complaints)

    def stranger(self) -> "PlaywrightTab":
        """Opens a tab in a new profile of the same browser."""
        browser = self._page.context.browser
        assert browser
        return PlaywrightTab(self.address, browser.new_context().new_page(), self._folder, self._complaints)

    def sign_in(self, email: str, password: str) -> None:
        """Signs this profile in by a request, without a page."""
        who, ours = {"email": email, "password": password}, {"X-Requested-With": "playhead"}
        answer = self._page.context.request.post(f"{self.address}/api/v1/auth/login", data=who, headers=ours)
        assert answer.ok, answer.text()

    def open_behind(self, link: str) -> "PlaywrightTab":
        """Opens a link with the middle button, in a tab that is not shown."""
        with self._page.context.expect_page() as page:
            self._page.get_by_role("link", name=link).first.click(button="middle")
        page.value.wait_for_url("**/sessions/*")
        return PlaywrightTab(self.address, page.value, self._folder, self._complaints)

    def close(self) -> None:
        self._page.close()


@contextmanager
def open_tab(engine: str, address: str, folder: Path) -> Iterator[PlaywrightTab]:
    """Opens a tab with a new profile in the folder, where downloads are saved, too."""
    with sync_playwright() as playwright:
        if engine == "chromium":
            with _chromium(playwright, folder) as context:
                yield PlaywrightTab(address, context.new_page(), folder, [])
        else:
            with _other(playwright, engine) as context:
                yield PlaywrightTab(address, context.new_page(), folder, [])


@contextmanager
def _chromium(playwright: Playwright, folder: Path) -> Iterator[BrowserContext]:
    """Starts Chromium without Playwright's defaults, with which every tab would count as visible."""
    profile = folder / "profile"
    command = [browsers.chromium() or playwright.chromium.executable_path, *CHROMIUM, f"--user-data-dir={profile}"]
    with program(command, environ(), folder / "chromium") as running:
        until(lambda: (profile / PORT).exists() and len((profile / PORT).read_text().split()) > 1, running.err)
        port = (profile / PORT).read_text().split()[0]
        browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", no_defaults=True)
        session = browser.new_browser_cdp_session()
        session.send("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
        yield browser.contexts[0]
        browser.close()


@contextmanager
def _other(playwright: Playwright, engine: str) -> Iterator[BrowserContext]:
    firefox = browsers.firefox() if engine == "firefox" else None
    kind = getattr(playwright, engine)
    try:
        if firefox:
            browser = kind.launch(channel="moz-firefox", executable_path=firefox, firefox_user_prefs=FIREFOX)
        else:
            browser = kind.launch()
    except Error as error:
        raise AssertionError(f"{engine} does not start; `make browsers` installs it") from error
    yield browser.new_context()
    browser.close()
