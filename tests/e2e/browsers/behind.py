"""Watches a session's page behind a proxy: how it gets the words, when, and by which requests."""

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median
from typing import Any, TypedDict

from infra.proxies.exchange import Record
from infra.proxies.manners import SETTLED_S, Expected
from infra.proxies.proxy import Proxy, proxy

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import STATUS, WORDS
from tests.e2e.browsers.service import Service

USUAL_S = 4.0
"""The 3 s between two polls, and one for two busy cores: no mode may be worse. What is usual is in the README of
`infra/proxies`."""
AT_ONCE = 12
LOOK_S = 1.0
"""Between two looks at all pages, which record themselves what they show: a look ends what has lasted long enough."""
FORGET_S = 10.0
FINAL_S = 5.0
"""The longest time from the end of a session to the page that says so."""
SLACK_S = 3.0
"""For two busy cores: what an idle machine does not need."""
STORED = Path(__file__).parents[3] / ".cache" / "proxies"
PATIENCE_S = 20.0
"""How much longer than expected a mode, or the end, is waited for."""
SPAN_S = 6.0
"""A page that streams may check by a poll, but not more often than this, and once more behind a change of mode."""
RECORDER = """
window.seen = {phases: [], words: [], done: 0}
const text = selector => document.querySelector(selector)?.textContent ?? ''
function look() {
  const {phases, words} = seen, now = Date.now()
  const indicator = document.querySelector('[data-phase]'), phase = indicator?.dataset.phase ?? ''
  if (phase !== (phases.at(-1)?.phase ?? '')) phases.push({at: now, phase})
  const count = (text('[role=group][aria-label="WORDS"]').match(/word \\d+/g) ?? []).length
  while (words.length < count) words.push(now)
  if (!seen.done && text('[aria-label="STATUS"]').includes('Done')) seen.done = now
  seen.reads = indicator?.querySelector('details p')?.textContent ?? seen.reads
}
new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true, attributes: true})
""".replace("WORDS", WORDS).replace("STATUS", STATUS)
"""Notes each change of the connection's phase, and when each word and the end were shown."""
MODES = {"live": "stream", "polling": "poll"}
PHASES = {"stream": "live", "wait": "polling", "poll": "polling"}


class Observation(TypedDict):
    """What was seen of one manner. Times in seconds."""

    mode: str
    mode_s: float
    """From the first request for a stream to the beginning of the last mode."""
    reads: str
    modes: list[str]
    """All modes one after the other."""
    lost: int
    """Words that were not shown."""
    oldest_s: float
    """The oldest word at the moment when it was shown."""
    usual_s: float
    """The age of a word when it was shown, at the median of those in the last mode."""
    final_s: float
    """From the end of the session to the page that says so."""
    streams: int
    left: int
    """The streams that the page left: all that the server sees of a proxy that holds them back."""
    polls: int
    overlaps: list[str]
    """Where two ways were used at the same time."""


@dataclass(frozen=True)
class Phase:
    phase: str
    began: float
    ended: float


@dataclass(frozen=True)
class Case:
    """A page to be watched, behind our own proxy in a manner and in front of a port."""

    name: str
    expected: Expected
    port: int
    manner: str = "pass"

    @property
    def duration_s(self) -> float:
        return max(self.expected.watch_s, self.expected.within_s)


def watch_all(cases: list[Case], first: PlaywrightTab, house: Service, email: str) -> dict[str, Observation]:
    """Watches all, several at a time, those that take longest first."""
    waiting = sorted(cases, key=lambda case: -case.duration_s)
    running: list[Watch] = []
    found: dict[str, Observation] = {}
    forgot = 0.0
    while waiting or running:
        if time.monotonic() > forgot + FORGET_S:
            house.forget_requests()  # all pages are of one person
            forgot = time.monotonic()
        if waiting and len(running) < AT_ONCE:
            running.append(Watch(waiting.pop(0), first, house, email))
        for watch in [watch for watch in running if watch.step()]:
            running.remove(watch)
            found[watch.name] = watch.close()
        time.sleep(LOOK_S)
    first.complaints()  # of connections that the proxies broke
    return {case.name: found[case.name] for case in cases}


def store(name: str, found: dict[str, Observation]) -> None:
    """Keeps what was seen for `python -m infra.proxies`."""
    STORED.mkdir(parents=True, exist_ok=True)
    (STORED / f"{name}.json").write_text(json.dumps(found, indent=1))


def meets(expected: Expected, seen: Observation) -> None:
    """Fails if it was not as expected."""
    assert (seen["mode"], seen["reads"]) == (expected.mode, expected.reads), seen
    assert seen["mode_s"] <= expected.within_s + SLACK_S, seen
    assert seen["lost"] == 0, seen
    assert seen["oldest_s"] <= expected.late_s + SLACK_S, seen
    assert -1 < seen["final_s"] <= FINAL_S, seen  # without an end it is a large negative number
    assert seen["usual_s"] <= USUAL_S, seen
    assert seen["streams"] <= expected.streams, seen
    assert len(seen["modes"]) == len(set(seen["modes"])), f"it changes to and fro: {seen}"
    assert seen["overlaps"] == [], seen


class Watch:
    """A page behind a proxy of its own. `step` is called until it returns True."""

    def __init__(self, case: Case, first: PlaywrightTab, house: Service, email: str) -> None:
        self.name, self._expected = case.name, case.expected
        expected = case.expected
        self._stack = ExitStack()
        self._proxy: Proxy = self._stack.enter_context(proxy(case.port, case.manner))
        self._worker = self._stack.enter_context(house.session(email, f"{case.name}.mp3"))
        self._tab = first.beside()
        self._stack.callback(self._tab.close)
        self._tab.prepare(RECORDER)
        self._tab.address = f"http://127.0.0.1:{self._proxy.port}"
        self._opened = time.time()
        self._tab.visit(f"/sessions/{self._worker.session_id}")
        self._work = ExitStack()
        self._work.enter_context(self._worker.at_work(expected.every_s))
        self._finished: float | None = None
        self._reads = ""

    def step(self) -> bool:
        """Looks at the page; ends the session once the mode has lasted, or did not come. True at the end."""
        seen, now = self._tab.run("return window.seen"), time.time()
        if self._finished is not None:
            is_whole = seen["done"] and len(seen["words"]) >= self._worker.newest.segments
            return is_whole or now > self._finished + PATIENCE_S
        last: Any = seen["phases"][-1] if seen["phases"] else {"phase": "", "at": 0}
        has_settled = last["phase"] == PHASES[self._expected.mode] and now - last["at"] / 1000 > SETTLED_S
        watched_s = now - self._opened
        due_s = self._expected.watch_s if has_settled else self._expected.within_s + PATIENCE_S
        if watched_s > due_s:
            self._reads = seen["reads"]
            self._work.close()
            self._worker.finish()
            self._finished = time.time()
        return False

    def close(self) -> Observation:
        seen = self._tab.run("return window.seen")
        self._work.close()
        self._stack.close()
        return observation(seen, self._proxy.records, self._committed(), self._reads)

    def _committed(self) -> list[float]:
        """When each word was committed, and last the end."""
        times: list[float] = []
        for _, status in sorted(self._worker.committed.items()):
            at = status.updated_at.timestamp()
            times += [at] * (status.segments - len(times))
        return [*times, at]


def observation(seen: Any, records: list[Record], committed: list[float], reads: str) -> Observation:
    *words, end = committed
    streams = [one for one in records if one.is_stream]
    polls = [one for one in records if one.is_poll]
    first = streams[0].began if streams else 0.0
    starts = [(one["phase"], one["at"] / 1000) for one in seen["phases"]] + [("", end)]
    phases = [Phase(phase, began, ended) for (phase, began), (_, ended) in pairwise(starts) if began < end]
    modes = [mode for mode, _ in groupby(MODES[one.phase] for one in phases if one.phase in MODES)]
    last = phases[-1]
    if modes and modes[-1] == "poll" and polls[-1].waits:
        modes[-1] = "wait"
    ages = [(was, at / 1000 - was) for at, was in zip(seen["words"], words, strict=False) if was > first]
    return {
        "mode": modes[-1] if modes else last.phase,
        "mode_s": round(last.began - first, 1),
        "reads": reads,
        "modes": modes,
        "lost": len(words) - len(seen["words"]),
        "oldest_s": round(max(age for _, age in ages), 1),
        "usual_s": round(median(age for was, age in ages if was > last.began), 2),
        "final_s": round(seen["done"] / 1000 - end, 1),
        "streams": len(streams),
        "left": sum(one.left for one in streams),
        "polls": len(polls),
        "overlaps": overlaps(streams, polls, [one for one in phases if one.phase == "live"]),
    }


def overlaps(streams: list[Record], polls: list[Record], live: list[Phase]) -> list[str]:
    """Two streams or two polls at the same time, and polls that go on while a stream is live."""
    found = [
        f"{one.target} at {one.began:.1f} and {two.began:.1f}"
        for several in (streams, polls)
        for one, two in pairwise(several)
        if one.ended is None or one.ended > two.began
    ]
    for phase in live:
        beside = [poll for poll in polls if phase.began < poll.began < phase.ended]
        if len(beside) > 2 + (phase.ended - phase.began) / SPAN_S:
            found.append(f"{len(beside)} polls in {phase.ended - phase.began:.0f} s of a live stream")
    return found
