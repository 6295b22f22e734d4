"""What a reader of a session does and sees, in any engine."""

import re

from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S, Tab
from tests.support.waiting import until
from tests.support.worker import Worker

FILE = "talk.mp3"
WORDS = "Words"
"""The name of the group that the words are in."""
STATUS = "Status"
"""The name of the region that says how far the work is."""
RESUME = "Follow the newest"
"""The button of who has scrolled away."""
TIMES = 30
"""A minute in two seconds."""


def words(tab: Tab) -> list[int]:
    return [int(number) for number in re.findall(r"word (\d+)", tab.text("group", WORDS))]


def sees_all(tab: Tab, worker: Worker) -> None:
    """Wait until every word is seen, once and in order."""
    count = worker.newest.segments
    until(lambda: len(words(tab)) >= count, f"{count} words", SEEN_S)
    assert words(tab) == list(range(count))


def streams(house: Service, worker: Worker) -> None:
    """Wait until somebody streams the session."""
    until(lambda: house.streams(worker.session_id), "it streams", SEEN_S)


def streams_no_more(house: Service, worker: Worker) -> None:
    """Wait until nobody streams the session."""
    until(lambda: not house.streams(worker.session_id), "nobody streams", SEEN_S)


def follow(tab: Tab, house: Service, worker: Worker) -> None:
    """Open the session's page, and wait until it streams."""
    tab.visit(f"/sessions/{worker.session_id}")
    tab.see("heading", FILE)
    sees_all(tab, worker)
    streams(house, worker)


def ends_well(tab: Tab, worker: Worker) -> None:
    """Finish the session, and see it done."""
    worker.finish()
    sees_all(tab, worker)
    tab.see("region", STATUS, "Done")
