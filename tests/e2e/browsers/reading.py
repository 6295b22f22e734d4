"""Measures which rows of a growing transcript are visible, from the browser's layout."""

from dataclasses import dataclass
from itertools import cycle, islice

from playhead.sessions.status import Stage
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import WORDS
from tests.e2e.browsers.tab import SEEN_S
from tests.support.speech import ALL_SPEECH, text_of
from tests.support.waiting import until
from tests.support.worker import Worker

NEWEST = 3
"""The rows at the end that must be visible, so that people can read along."""
LENGTHS = (8, 14, 20, 11, 17)
"""Words in a line, as engines produce them."""
DURATION_S = 600.0
FRAMES = 4
"""Frames without movement that count as rest; a second has sixty."""

ROWS = """
const words = document.querySelector(`[role=group][aria-label="${arguments[0]}"]`)
const rows = []
for (const line of [...words.querySelectorAll('li')].slice(-40)) {
  const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
  const range = document.createRange()
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
    if (text.parentElement.closest('button, time') !== null) continue
    range.selectNodeContents(text)
    for (const { left, right, top, bottom } of range.getClientRects()) {
      const last = rows.at(-1)
      if (last !== undefined && last.line === line && last.bottom > (top + bottom) / 2) last.right = right
      else rows.push({ line, left, right, top, bottom })
    }
  }
}
const isAt = ({ line, left, right }, y) => line.contains(document.elementFromPoint((left + right) / 2, y))
const isSeen = row => [0.25, 0.5, 0.75].every(share => isAt(row, row.top + (row.bottom - row.top) * share))
const seen = rows.filter(isSeen)
const [first] = seen.length > 0 ? seen : rows
return {
  seen: seen.length,
  newest: rows.slice(-arguments[1]).filter(isSeen).length,
  bottom: rows.at(-1).bottom,
  scrolled: scrollY,
  x: (first.left + first.right) / 2,
  y: (first.top + first.bottom) / 2,
}
"""
"""A row is visible if nothing covers it, neither the edge of the window nor a sticky bar."""

SETTLED = """
const [name, frames] = arguments
const where = () => {
  const lines = document.querySelectorAll(`[role=group][aria-label="${name}"] li`)
  return [scrollY, lines[lines.length - 1]?.getBoundingClientRect().bottom].join()
}
return new Promise(done => {
  let [before, same, left] = ['', 0, 120 + frames]
  function look() {
    same = where() === before ? same + 1 : 0
    before = where()
    if (same >= frames || --left === 0) done(left > 0)
    else requestAnimationFrame(look)
  }
  look()
})
"""
"""Waits until nothing has moved for so many frames; false if that takes more than two seconds."""

NESTED = """
const all = [...document.querySelectorAll('body *')]
return all.filter(one => {
  const way = getComputedStyle(one).overflowY
  return (way === 'auto' || way === 'scroll') && one.scrollHeight > one.clientHeight + 1
}).map(one => one.outerHTML.slice(0, 100))
"""
"""The elements that scroll within the page."""


@dataclass(frozen=True)
class Rows:
    """The visible rows of the last 40 lines, in CSS pixels of the window."""

    seen: int
    newest: int
    """How many of the last three rows are visible."""
    bottom: float
    """The bottom of the last row."""
    scrolled: float
    """The scroll position of the page."""
    x: float
    y: float
    """The middle of the first visible row."""


def line(number: int) -> str:
    """The text of a line by its number; neighbours differ."""
    spoken = cycle(" ".join(text_of(speech) for speech in ALL_SPEECH).split())
    length = LENGTHS[number % len(LENGTHS)]
    return f"{number}: " + " ".join(islice(spoken, number * 7 % 200, number * 7 % 200 + length))


def add_lines(worker: Worker, count: int, stage: Stage = Stage.TRANSCRIBING) -> None:
    start = worker.newest.segments
    position_s = start + count * 1.0
    worker.advance(
        stage,
        lines=[line(number) for number in range(start, start + count)],
        progress=1.0 if stage is Stage.COMPLETED else position_s / DURATION_S,
        duration_s=DURATION_S,
        speed=4.0,
        eta_s=(DURATION_S - position_s) / 4,
    )


def show_lines(tab: PlaywrightTab, worker: Worker, count: int) -> None:
    """Adds lines, and waits until the page shows them and nothing moves."""
    add_lines(worker, count)
    has_come(tab, worker)


def has_come(tab: PlaywrightTab, worker: Worker) -> None:
    last = line(worker.newest.segments - 1)
    until(lambda: last in tab.text("group", WORDS), f"the line {last!r}", SEEN_S)
    settle(tab)


def settle(tab: PlaywrightTab, frames: int = FRAMES) -> None:
    assert tab.run(SETTLED, WORDS, frames), "the page never rests"


def rows(tab: PlaywrightTab) -> Rows:
    return Rows(**tab.run(ROWS, WORDS, NEWEST))


def nested_scrollers(tab: PlaywrightTab) -> list[str]:
    found: list[str] = tab.run(NESTED)
    return found
