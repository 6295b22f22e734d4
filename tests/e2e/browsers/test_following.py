"""One who follows a session in a real browser sees every word once, whatever happens to the browser or the service."""

import re

import pytest

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S, Tab
from tests.support.waiting import until
from tests.support.worker import Worker

TABS = 10
"""A browser has six connections to a host, so hidden tabs must let go of theirs."""
FILE = "talk.mp3"
GONE = r"net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING) \S*/api/v1/"
OFFLINE = r"net::ERR_INTERNET_DISCONNECTED \S*/api/v1/"
"""What Chromium says of every request that fails; no page can keep it from that."""
TIMES = 30
"""A minute in two seconds."""


def words(tab: Tab) -> list[int]:
    return [int(number) for number in re.findall(r"word (\d+)", tab.text("group", "Words"))]


def sees_all(tab: Tab, worker: Worker) -> None:
    count = worker.newest.segments
    until(lambda: len(words(tab)) >= count, f"{count} words", SEEN_S)
    assert words(tab) == list(range(count))


def follow(tab: Tab, house: Service, worker: Worker) -> None:
    tab.visit(f"/sessions/{worker.session_id}")
    tab.see("heading", FILE)
    sees_all(tab, worker)
    until(lambda: house.streams(worker.session_id), "it streams", SEEN_S)


def ends_well(tab: Tab, worker: Worker) -> None:
    worker.finish()
    sees_all(tab, worker)
    tab.see("region", "Status", "Done")


def test_words_come_as_they_are_heard(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        for _ in range(3):
            worker.say()
            sees_all(tab, worker)
        ends_well(tab, worker)


def test_streams_switched_off(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        house.turn_streams(on=False)
        try:
            until(lambda: not house.streams(worker.session_id), "nobody streams", SEEN_S)
            worker.say()
            sees_all(tab, worker)
            ends_well(tab, worker)
        finally:
            house.turn_streams(on=True)


def test_the_server_is_killed_and_comes_back(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.excuse(GONE)
        house.kill()
        worker.say()
        house.start()
        sees_all(tab, worker)
        until(lambda: house.streams(worker.session_id), "it streams again", SEEN_S)
        ends_well(tab, worker)


def test_the_network_goes_and_comes_back(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.excuse(OFFLINE)
        tab.cut_off(True)
        until(lambda: not house.streams(worker.session_id), "the stream is gone", SEEN_S)
        worker.say()
        tab.cut_off(False)
        sees_all(tab, worker)
        until(lambda: house.streams(worker.session_id), "it streams again", SEEN_S)
        ends_well(tab, worker)


def test_hidden_for_a_minute(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.run_fast(TIMES)
        tab.hide()
        start_ms = tab.run("return performance.now()")
        until(lambda: tab.run("return performance.now()") > start_ms + 60_000, "a minute has passed there", SEEN_S)
        until(lambda: not house.streams(worker.session_id), "the stream is let go", SEEN_S)
        worker.say()
        tab.show()
        sees_all(tab, worker)
        until(lambda: house.streams(worker.session_id), "it streams again", SEEN_S)
        ends_well(tab, worker)


def test_reload_in_the_middle(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        worker.say()
        tab.reload()
        worker.say()
        sees_all(tab, worker)
        ends_well(tab, worker)


def test_back_from_another_page(tab: Tab, house: Service, email: str, engine: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.run("addEventListener('pageshow', event => { window.kept = event.persisted })")
        tab.visit("/docs")
        until(lambda: not house.streams(worker.session_id), "the stream is let go", SEEN_S)
        worker.say()
        tab.back()
        sees_all(tab, worker)
        if engine != "firefox":  # it keeps no page that had a request open when it was left
            assert tab.run("return window.kept") is True, "the browser kept the page as it was"
        worker.say()
        sees_all(tab, worker)
        ends_well(tab, worker)


def test_more_tabs_than_connections(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tabs = [tab]
        while len(tabs) < TABS:
            tabs[-1].run_fast(TIMES)
            tabs[-1].hide()
            until(lambda: not house.streams(worker.session_id), "the stream is let go", SEEN_S)
            tabs[-1].run_fast(1 / TIMES)  # or it would ask for its title thirty times as often
            tabs.append(tab.another())
            tabs[-1].visit(f"/sessions/{worker.session_id}")
            worker.say()
            sees_all(tabs[-1], worker)
        ends_well(tabs[-1], worker)
        tab.show()
        sees_all(tab, worker)
        for one in tabs[1:]:
            one.close()


@pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)  # WebKit's driver has no middle button
def test_more_tabs_than_connections_opened_behind(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email, "behind.mp3") as worker:
        tab.visit("/")
        tab.see("link", "behind.mp3")
        tabs: list[PlaywrightTab] = []
        while len(tabs) < TABS:
            tabs.append(tab.open_behind("behind.mp3"))
            tabs[-1].has_title("behind.mp3")
            worker.say()
        assert not house.streams(worker.session_id)
        tabs[-1].show()
        sees_all(tabs[-1], worker)
        until(lambda: house.streams(worker.session_id), "it streams", SEEN_S)
        ends_well(tabs[-1], worker)
        for one in tabs:
            one.close()
