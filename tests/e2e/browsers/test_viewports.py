"""The newest lines are visible while they arrive, and the page scrolls, in windows from the smallest phone on.

`pytest tests/e2e/browsers/test_viewports.py --log-cli-level=INFO` shows the table of numbers.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass

import pytest

from playhead.sessions.status import Stage
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import FILE, RESUME, STATUS
from tests.e2e.browsers.reading import NEWEST, Rows, add_lines, has_come, nested_scrollers, rows, settle, show_lines
from tests.e2e.browsers.service import Service
from tests.support.worker import Worker

VIEWPORTS = (
    (320, 568),
    (360, 640),
    (360, 740),
    (375, 667),
    (390, 844),
    (412, 915),
    (768, 1024),
    (1024, 768),
    (1280, 720),
    (1366, 768),
    (1440, 900),
    (1920, 1080),
)
TEXT_PERCENT = (100, 200)
LINES = 40
WAY_PX = 200
"""Two notches of a wheel, or a finger's path: more than the distance that still counts as the end."""


@dataclass(frozen=True)
class Numbers:
    """A row of the table: the numbers of one window."""

    window: str
    text: str
    newest_at: str
    """The bottom of the newest line, as a share of the window's height: above 100 % it is not visible."""
    seen: int
    """Visible rows of text."""
    newest: int
    after_two_more: int
    """How many of the last three rows are visible: at once, and after two more lines."""
    wheel: int | None
    finger: int | None
    """How far the page scrolled, in pixels, with the wheel or finger over visible text."""
    pulled: int | None
    """How far a new line moved the page for a person who had scrolled away."""
    resumed: int | None
    """How many of the last three rows are visible after one click on the button that resumes, if there is one."""
    nested: int
    """The elements that scroll within the page."""

    @property
    def good(self) -> bool:
        in_sight = (self.newest, self.after_two_more, self.resumed) == (NEWEST, NEWEST, NEWEST)
        return in_sight and bool(self.wheel and self.finger) and self.pulled == 0 and self.nested == 0


def table(found: list[Numbers]) -> str:
    cells = [[*asdict(found[0]), ""]]
    for one in found:
        shown = ["-" if value is None else str(value) for value in asdict(one).values()]
        cells.append([*shown, "" if one.good else "<- wrong"])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.rjust, line, widths)).rstrip() for line in cells)


def numbers(tab: PlaywrightTab, worker: Worker, percent: int) -> Numbers:
    opened = rows(tab)
    width, height = tab.run("return [innerWidth, innerHeight]")
    show_lines(tab, worker, 2)
    more = rows(tab)
    wheel = gone(tab, more, tab.wheel)
    away = rows(tab)
    show_lines(tab, worker, 1)
    later = rows(tab)
    resumed = resume(tab)
    finger = gone(tab, rows(tab), tab.drag)
    resume(tab)
    return Numbers(
        window=f"{width}x{height}",
        text=f"{percent} %",
        newest_at=f"{opened.bottom / height:.0%}",
        seen=opened.seen,
        newest=opened.newest,
        after_two_more=more.newest,
        wheel=wheel,
        finger=finger,
        pulled=round(max(abs(later.scrolled - away.scrolled), abs(later.y - away.y))) if wheel else None,
        resumed=resumed,
        nested=len(nested_scrollers(tab)),
    )


def gone(tab: PlaywrightTab, now: Rows, by: Callable[[float, float, float], None]) -> int | None:
    """How far the page scrolls, up from its end, or down if it is at its top."""
    if not now.seen:
        return None
    by(now.x, now.y, WAY_PX if now.scrolled == 0 else -WAY_PX)
    settle(tab)
    return round(abs(rows(tab).scrolled - now.scrolled))


def resume(tab: PlaywrightTab) -> int | None:
    if not tab.click_in_sight("button", RESUME):
        return None
    settle(tab)
    return rows(tab).newest


def test_newest_lines_are_visible_and_the_page_scrolls(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        tab.resize(*VIEWPORTS[0])
        tab.visit(f"/sessions/{worker.session_id}")
        tab.see("heading", FILE)
        show_lines(tab, worker, LINES)
        found = []
        for viewport in VIEWPORTS:
            tab.resize(*viewport)
            tab.visit(f"/sessions/{worker.session_id}")
            tab.see("heading", FILE)
            for percent in TEXT_PERCENT:
                tab.run("document.documentElement.style.fontSize = arguments[0]", f"{percent}%")
                has_come(tab, worker)
                found.append(numbers(tab, worker, percent))
        worker.finish()
    logging.getLogger(__name__).info("\n%s", table(found))
    assert all(one.good for one in found), f"\n{table(found)}"


@pytest.mark.parametrize("viewport", [(360, 640), (1366, 768)], ids=["phone", "laptop"])
def test_last_lines_are_visible_at_the_end(
    tab: PlaywrightTab, house: Service, email: str, viewport: tuple[int, int]
) -> None:
    with house.session(email) as worker:
        tab.resize(*viewport)
        tab.visit(f"/sessions/{worker.session_id}")
        tab.see("heading", FILE)
        show_lines(tab, worker, LINES)
        add_lines(worker, NEWEST, Stage.COMPLETED)
        tab.see("region", STATUS, "Done")
        has_come(tab, worker)
        assert rows(tab).newest == NEWEST
