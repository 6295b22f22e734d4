"""All numbers of a session come from one clock: they agree everywhere, and stop without new statuses."""

import math
import re
import time
from dataclasses import dataclass

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import FILE, STATUS, TIMES, follow, sees_all
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.e2e.browsers.test_engines import OFFLINE
from tests.support.waiting import until
from tests.support.worker import Worker

DURATION_S, SPEED = 600.0, 4.0
"""Two thirds of a percentage point a second: numbers updated once a second, in two windows, are within one point."""
SLOW = 0.1
"""For a fast clock: a status is extrapolated by 30 s of audio at most, which must last longer than the test."""
SAMPLES = 8
START_S, NEAR_END_S = 120.0, 570.0
CARRIED_TO = 99
"""The highest percentage before the end."""
SHOWN = """
const bar = document.querySelector(`[aria-label="${arguments[0]}"] [role=progressbar]`)
return [document.title, bar.ariaValueNow, bar.closest('section').textContent]
"""
LISTED = "return document.querySelector(`[data-session='${arguments[0]}'] [role=progressbar]`)?.ariaValueNow"


@dataclass(frozen=True)
class Shown:
    """The numbers on the session's page at one moment, in percent."""

    title: float
    bar: float
    position: float

    def __str__(self) -> str:
        return f"title {self.title:.0f} %, bar {self.bar:.0f} %, position {self.position:.1f} %"

    def spread(self, *others: float) -> float:
        """The range of these and other percentages; all but the position are truncated to whole ones."""
        numbers = [self.title, self.bar, math.floor(self.position), *others]
        return max(numbers) - min(numbers)


def shown(tab: PlaywrightTab) -> Shown:
    title, bar, sentence = tab.run(SHOWN, STATUS)
    percent, place = re.match(r"(\d+)%", title), re.search(r"(\d+):(\d\d) of 10:00", sentence)
    assert percent, title
    assert place, sentence
    position_s = 60 * int(place[1]) + int(place[2])
    return Shown(float(percent[1]), float(bar), position_s / DURATION_S * 100)


def transcribed_to(worker: Worker, position_s: float, speed: float = SPEED) -> None:
    worker.advance(
        words=1,
        position_s=position_s,
        progress=position_s / DURATION_S,
        duration_s=DURATION_S,
        speed=speed,
        eta_s=(DURATION_S - position_s) / speed,
    )


def listed(tab: PlaywrightTab, worker: Worker) -> float:
    """The percentage in the list; -1 if it has no bar for the session."""
    found = tab.run(LISTED, worker.session_id)
    return -1 if found is None else float(found)


def moved_on(tab: PlaywrightTab, before: Shown) -> Shown:
    """Waits for the next numbers on the page."""
    until(lambda: shown(tab).position > before.position, f"more than {before}", SEEN_S)
    return shown(tab)


def test_all_numbers_of_a_running_session_agree(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        beside = tab.beside()
        beside.visit("/")
        beside.see("region", "Your sessions", "Live updates")
        began = time.monotonic()
        transcribed_to(worker, START_S)
        until(lambda: listed(beside, worker) >= START_S / DURATION_S * 100, "the list shows it", SEEN_S)
        assert not tab.run("return document.hidden")
        now, wrong = shown(tab), []
        for sample in range(SAMPLES):
            if sample == SAMPLES // 2:
                transcribed_to(worker, START_S + SPEED * (time.monotonic() - began))
            now = moved_on(tab, now)
            in_list = listed(beside, worker)
            if now.spread(in_list) > 1:
                wrong.append(f"{now}, list {in_list:.0f} %")
        beside.close()
        assert wrong == []
        worker.finish()


def test_no_number_shows_the_end_before_it_is_final(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        transcribed_to(worker, NEAR_END_S)
        follow(tab, house, worker)
        until(lambda: shown(tab).title == CARRIED_TO, f"{CARRIED_TO} %", SEEN_S)
        assert shown(tab).spread() <= 1, shown(tab)
        transcribed_to(worker, DURATION_S - 1)
        tab.see("region", STATUS, "9:59 of 10:00")
        assert shown(tab).title == CARRIED_TO
        worker.finish()
        tab.see("region", STATUS, "Done")
        until(lambda: "%" not in tab.run("return document.title"), "a title without a percentage", SEEN_S)
        tab.has_title(FILE)


def test_numbers_stop_while_offline(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.run_fast(TIMES)
        transcribed_to(worker, START_S, SLOW)
        sees_all(tab, worker)
        tab.excuse(OFFLINE)
        with tab.offline():
            tab.see("region", STATUS, "Offline")
            resting = shown(tab)
            tab.see("region", STATUS, " old")
            text = tab.text("region", STATUS)
            until(lambda: tab.text("region", STATUS) != text, "the age changes", SEEN_S)
            assert shown(tab) == resting
            tab.run_fast(1 / TIMES)  # or the lag of events would seem to grow
        until(lambda: house.streams(worker.session_id), "it streams", SEEN_S)
        transcribed_to(worker, 2 * START_S)
        moved_on(tab, resting)
        worker.finish()
