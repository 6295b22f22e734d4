"""Controls WebKitGTK by WebDriver, in its MiniBrowser, on a virtual display."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from infra.setup.browsers import WebKitPrograms

from tests.e2e.browsers.tab import SEEN_S, Tab
from tests.support.ports import free_port
from tests.support.programs import environ, program
from tests.support.waiting import until

SCREEN = ["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
WINDOW = {"x": 0, "y": 0, "width": 1280, "height": 900}
CANDIDATES = {
    "button": "button",
    "group": "[role=group], fieldset",
    "heading": "h1, h2, h3",
    "region": "section",
    "field": "input",
}
"""Selectors of the roles; the engine computes the accessible names."""
LISTEN = """
if (window.complaints) return
const list = (window.complaints = []), keep = (kind) => (what) => list.push(`${kind}: ${what}`)
for (const kind of ['error', 'warn']) console[kind] = (...words) => keep(kind)(words.join(' '))
addEventListener('error', (event) => keep('error')(event.message))
addEventListener('unhandledrejection', (event) => keep('error')(event.reason))
addEventListener('securitypolicyviolation', (event) => keep('policy')(`${event.violatedDirective} ${event.blockedURI}`))
"""
"""Records the console in the page, from the end of its loading on, because neither the driver nor WebKitGTK
reports it under automation."""


class WebDriverError(Exception):
    """An error code of the driver, and its message."""


class WebKit:
    """A browser with its driver, which controls one window at a time."""

    def __init__(self, driver: httpx.Client, session: str) -> None:
        self._driver = driver
        self._session = session
        self._window: str = self.ask("GET", "window")
        self.complaints: list[str] = []

    @property
    def window(self) -> str:
        return self._window

    def switch_to(self, window: str) -> None:
        if window != self._window:
            self.ask("POST", "window", handle=window)
            self._window = window

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = self._driver.request(method, f"{self._session}/{path}", json=body if method == "POST" else None)
        value = answer.json()["value"]
        if answer.is_error:
            raise WebDriverError(value["error"], value["message"])
        return value


GONE = ("stale element reference", "no such element", "unknown error")
"""The error codes for an element that left the page; during a request WebKit reports the last, without a message."""


class WebKitTab(Tab):
    def __init__(self, address: str, browser: WebKit) -> None:
        super().__init__(address)
        self._browser = browser
        self._window = browser.window

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        self._browser.switch_to(self._window)
        return self._browser.ask(method, path, **body)

    def _find(self, role: str, name: str) -> list[str]:
        found = self._ask("POST", "elements", using="css selector", value=CANDIDATES[role])
        ids = [next(iter(one.values())) for one in found]
        return [one for one in ids if self._ask("GET", f"element/{one}/computedlabel") == name]

    def _element(self, role: str, name: str) -> str:
        until(lambda: self.text(role, name) or self._find(role, name), f"a {role} {name!r}", SEEN_S)
        return "element/" + self._find(role, name)[0]

    def go(self, url: str) -> None:
        self._keep_complaints()
        self._ask("POST", "url", url=url)
        self.run(LISTEN)

    def reload(self) -> None:
        self._keep_complaints()
        self._ask("POST", "refresh")
        self.run(LISTEN)

    def back(self) -> None:
        self._keep_complaints()
        self._ask("POST", "back")
        self.run(LISTEN)

    def run(self, script: str, *arguments: object) -> Any:
        return self._ask("POST", "execute/sync", script=script, args=arguments)

    def text(self, role: str, name: str) -> str:
        try:
            return "\n".join(self._ask("GET", f"element/{one}/property/textContent") for one in self._find(role, name))
        except WebDriverError as error:
            if error.args[0] in GONE:
                return ""  # it left the page meanwhile
            raise

    def click(self, role: str, name: str) -> None:
        self._ask("POST", f"{self._element(role, name)}/click")

    def fill(self, label: str, text: str) -> None:
        field = self._element("field", label)
        self._ask("POST", f"{field}/clear")
        self._ask("POST", f"{field}/value", text=text)

    def hide(self) -> None:
        self._ask("POST", "window/minimize")
        until(lambda: self.run("return document.hidden"), "the tab is hidden")

    def show(self) -> None:
        self._ask("POST", "window/rect", **WINDOW)
        until(lambda: not self.run("return document.hidden"), "the tab is seen")

    def complaints(self) -> list[str]:
        self._keep_complaints()
        new = self._browser.complaints[:]
        self._browser.complaints.clear()
        return new

    def _keep_complaints(self) -> None:
        self._browser.complaints += self.run("return (window.complaints ?? []).splice(0)")

    def another(self) -> "WebKitTab":
        self._browser.switch_to(self._ask("POST", "window/new", type="window")["handle"])
        return type(self)(self.address, self._browser)

    def close(self) -> None:
        self._keep_complaints()
        left = self._ask("DELETE", "window")
        if left:
            self._browser.switch_to(left[0])


@contextmanager
def open_tab(programs: WebKitPrograms, address: str, folder: Path) -> Iterator[WebKitTab]:
    """Opens a tab with a new profile in the folder, where downloads are saved, too."""
    with program([programs.screen, *SCREEN], environ(), folder / "screen") as screen:
        until(lambda: screen.out.endswith("\n"), f"a screen: {screen.err}")
        port = free_port()
        # Without a graphics card, compositing costs more than it saves.
        settings = environ(HOME=str(folder), DISPLAY=f":{screen.out.strip()}", WEBKIT_DISABLE_COMPOSITING_MODE="1")
        with (
            program([programs.driver, f"--port={port}"], settings, folder / "driver"),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as driver,
        ):
            until(lambda: _answers(driver), "WebKit's driver answers")
            wanted = {"webkitgtk:browserOptions": {"binary": programs.browser, "args": ["--automation"]}}
            made = driver.post("session", json={"capabilities": {"alwaysMatch": wanted}}).raise_for_status().json()
            session = f"session/{made['value']['sessionId']}"
            yield WebKitTab(address, WebKit(driver, session))
            driver.delete(session)


def _answers(driver: httpx.Client) -> bool:
    try:
        return driver.get("status").is_success
    except httpx.TransportError:
        return False
