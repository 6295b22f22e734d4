"""Measures layout shifts as Chromium reports them, and sums them up as the Web Vitals do (CLS)."""

from dataclasses import dataclass

from tests.e2e.browsers.by_playwright import PlaywrightTab

GAP_MS, WINDOW_MS = 1_000, 5_000
"""Shifts are in one session window while they are less than a second apart, for five seconds at most."""

WATCH = """
window.shifts = []
const nameOf = node => {
  const one = node instanceof Element ? node : node?.parentElement
  return one ? one.cloneNode(false).outerHTML + ' ' + one.textContent.trim().slice(0, 40) : 'what is gone'
}
const placeOf = ({ x, y, width, height }) => `${[x, y, width, height].map(Math.round).join(' ')}`
new PerformanceObserver(list => {
  for (const { startTime, value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue
    const moved = ({ node, previousRect, currentRect }) =>
      `${placeOf(previousRect)} -> ${placeOf(currentRect)}: ${nameOf(node)}`
    window.shifts.push({ at_ms: startTime, value, moved: sources.map(moved) })
  }
}).observe({ type: 'layout-shift', buffered: true })
"""


@dataclass(frozen=True)
class Shift:
    """The shift of one frame without recent input."""

    at_ms: float
    value: float
    moved: list[str]
    """For each element its old and new left, top, width and height, and its description."""

    def __str__(self) -> str:
        return "\n  ".join([f"{self.value:.4f} at {self.at_ms:.0f} ms", *self.moved])


def watch(tab: PlaywrightTab) -> None:
    """Records shifts from the beginning of this document on."""
    tab.run(WATCH)


def shifts(tab: PlaywrightTab) -> list[Shift]:
    return [Shift(**one) for one in tab.run("return window.shifts")]


def total(found: list[Shift]) -> float:
    """The sum of the worst session window."""
    worst, window, began_ms, last_ms = 0.0, 0.0, 0.0, 0.0
    for one in found:
        if one.at_ms - last_ms >= GAP_MS or one.at_ms - began_ms >= WINDOW_MS:
            window, began_ms = 0.0, one.at_ms
        window, last_ms = window + one.value, one.at_ms
        worst = max(worst, window)
    return worst
