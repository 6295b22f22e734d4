"""A tab of any engine; elements are found by their role and accessible name."""

import re
from abc import ABC, abstractmethod
from typing import Any

from tests.support.waiting import until

SEEN_S = 20.0
"""The deadline of what a page shows, which takes a few seconds at most; the rest is for two busy cores."""

FAST = """
const times = arguments[0], soon = 1000
const started = performance.now(), now = performance.now.bind(performance), after = window.setTimeout
performance.now = () => started + (now() - started) * times
window.setTimeout = (run, ms = 0, ...more) => after(run, ms < soon ? ms : ms / times, ...more)
"""
"""Timers below a second are not changed: a page that draws thirty times as often uses a whole core."""


class Tab(ABC):
    """Actions and reads of a tab. A read does not wait: without the element it is empty."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._excused: list[str] = []

    @abstractmethod
    def go(self, url: str) -> None: ...

    @abstractmethod
    def run(self, script: str, *arguments: object) -> Any:
        """Runs a function's body in the page; returns its value."""

    @abstractmethod
    def text(self, role: str, name: str) -> str:
        """The text of all elements with this role and accessible name, also outside the viewport."""

    @abstractmethod
    def click(self, role: str, name: str) -> None: ...

    @abstractmethod
    def fill(self, label: str, text: str) -> None: ...

    @abstractmethod
    def hide(self) -> None:
        """Hides the page, as by a switch to another tab."""

    @abstractmethod
    def show(self) -> None: ...

    @abstractmethod
    def complaints(self) -> list[str]:
        """Errors and warnings on the console of all tabs of this browser since the last call."""

    @abstractmethod
    def another(self) -> "Tab":
        """Opens another tab in the same browser, with the same login, and shows it."""

    @abstractmethod
    def close(self) -> None: ...

    def excuse(self, complaint: str) -> None:
        """Allows console messages of the browser about a test's own actions, by a pattern."""
        self._excused.append(complaint)

    def unexcused(self) -> list[str]:
        """The console messages that are not excused."""
        return [one for one in self.complaints() if not any(re.search(pattern, one) for pattern in self._excused)]

    def visit(self, path: str) -> None:
        self.go(self.address + path)

    def reload(self) -> None:
        self.run("setTimeout(() => location.reload())")

    def back(self) -> None:
        self.run("setTimeout(() => history.back())")

    def run_fast(self, times: float) -> None:
        """Makes clock and timers of this page `times` as fast, so that a test need not wait for a minute."""
        self.run(FAST, times)

    def see(self, role: str, name: str, words: str = "") -> None:
        """Waits until there is an element with this role and name that contains `words`."""
        until(lambda: (text := self.text(role, name)) and words in text, f"{role} {name!r} has {words!r}", SEEN_S)

    def has_title(self, words: str) -> None:
        """Waits until the tab's title contains `words`; of a hidden tab the title is all that people see."""
        until(lambda: words in self.run("return document.title"), f"a title with {words!r}", SEEN_S)
