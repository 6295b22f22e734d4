"""A tab of some engine, as a person has it before them: things are found by their role and their name."""

import re
from abc import ABC, abstractmethod
from typing import Any

from tests.support.waiting import until

SEEN_S = 20.0
"""What a person waits for comes within a second or a few; on two busy cores it is given more."""

FAST = """
const times = arguments[0], soon = 1000
const started = performance.now(), now = performance.now.bind(performance), after = window.setTimeout
performance.now = () => started + (now() - started) * times
window.setTimeout = (run, ms = 0, ...more) => after(run, ms < soon ? ms : ms / times, ...more)
"""
"""What is soon anyhow stays as it is: a page that draws thirty times as often takes all of a core."""


class Tab(ABC):
    """What can be done and seen. Whatever is looked for and is not there is empty, never waited for."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._excused: list[str] = []

    @abstractmethod
    def go(self, url: str) -> None: ...

    @abstractmethod
    def run(self, script: str, *arguments: object) -> Any:
        """The value of a function's body in the page."""

    @abstractmethod
    def text(self, role: str, name: str) -> str:
        """What all the elements of this role and accessible name say, out of sight or not."""

    @abstractmethod
    def click(self, role: str, name: str) -> None: ...

    @abstractmethod
    def fill(self, label: str, text: str) -> None: ...

    @abstractmethod
    def hide(self) -> None:
        """As when another tab is looked at."""

    @abstractmethod
    def show(self) -> None: ...

    @abstractmethod
    def complaints(self) -> list[str]:
        """Errors and warnings on the console, of all tabs of this browser, since it was last asked."""

    @abstractmethod
    def another(self) -> "Tab":
        """A second one in the same browser, signed in like this one; it is looked at from now on."""

    @abstractmethod
    def close(self) -> None: ...

    def excuse(self, complaint: str) -> None:
        """What a browser itself says of that which a test does to it; a pattern."""
        self._excused.append(complaint)

    def unexcused(self) -> list[str]:
        """The complaints that no page may be the reason of."""
        return [one for one in self.complaints() if not any(re.search(known, one) for known in self._excused)]

    def visit(self, path: str) -> None:
        self.go(self.address + path)

    def reload(self) -> None:
        self.run("setTimeout(() => location.reload())")

    def back(self) -> None:
        self.run("setTimeout(() => history.back())")

    def run_fast(self, times: float) -> None:
        """From now on clock and timers of this page go so many times as fast as now: nobody waits for a minute."""
        self.run(FAST, times)

    def see(self, role: str, name: str, words: str = "") -> None:
        """Wait until an element of this role and name is there and says `words`."""
        until(lambda: (said := self.text(role, name)) and words in said, f"{role} {name!r} says {words!r}", SEEN_S)

    def has_title(self, words: str) -> None:
        """Wait until the tab's title says so; it is all that is seen of one behind another."""
        until(lambda: words in self.run("return document.title"), f"a title with {words!r}", SEEN_S)
