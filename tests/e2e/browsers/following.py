"""Actions and expectations on a session's page, in any engine."""

import re

from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S, Tab
from tests.support.waiting import until
from tests.support.worker import Worker

FILE = "talk.mp3"
WORDS = "Words"
"""The accessible name of the transcript's group."""
STATUS = "Status"
"""The accessible name of the status bar's region."""
RESUME = "Follow the newest"
"""The button that follows the newest line again."""
TIMES = 30
"""The speed of a fast clock: a minute in two seconds."""


def words(tab: Tab) -> list[int]:
    return [int(number) for number in re.findall(r"word (\d+)", tab.text("group", WORDS))]


def sees_all(tab: Tab, worker: Worker) -> None:
    """Waits until the page shows all words, once and in order."""
    count = worker.newest.segments
    until(lambda: len(words(tab)) >= count, f"{count} words", SEEN_S)
    assert words(tab) == list(range(count))


def streams(house: Service, worker: Worker) -> None:
    """Waits until the session has a stream."""
    until(lambda: house.streams(worker.session_id), "it streams", SEEN_S)


def streams_no_more(house: Service, worker: Worker) -> None:
    """Waits until the session has no stream."""
    until(lambda: not house.streams(worker.session_id), "nobody streams", SEEN_S)


def follow(tab: Tab, house: Service, worker: Worker) -> None:
    """Opens the session's page, and waits until it streams."""
    tab.visit(f"/sessions/{worker.session_id}")
    tab.see("heading", FILE)
    sees_all(tab, worker)
    streams(house, worker)


def ends_well(tab: Tab, worker: Worker) -> None:
    """Finishes the session, and waits until the page shows all words and the end."""
    worker.finish()
    sees_all(tab, worker)
    tab.see("region", STATUS, "Done")
